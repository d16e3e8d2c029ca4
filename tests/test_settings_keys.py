from __future__ import annotations

from pathlib import Path

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from seedcli.errors import UsageError
from seedcli.setting_keys import KEYS, nearest, per_second
from seedcli.setting_names import check_profile_name, join_name, split_name


@pytest.mark.parametrize(
    ("name", "word", "value"),
    [
        ("jobs", " 8 ", 8),
        ("seed", "+5", 5),
        ("seed", "2147483647", 2_147_483_647),
        ("timeout", "0.5", 0.5),
        ("timeout", "1e3", 1000.0),
        ("timeout", "300", 300),
        ("price_per_image", ".03", 0.03),
        ("guidance_scale", "10", 10),
        ("watermark", "ON", True),
        ("embed", "0", False),
        ("size", "Adaptive", "adaptive"),
        ("size", "2560X1440", "2560x1440"),
        ("size", "4k", "4K"),
        ("response_format", "B64_JSON", "b64_json"),
        ("proxy", "localhost:3128", "http://localhost:3128"),
        ("proxy", "socks5://u:p@[::1]:1080", "socks5://u:p@[::1]:1080"),
        ("rate", "0.5/S", "0.5/s"),
        ("output", "out/", "out/"),
        ("output", "-", "-"),
        ("debug_http", Path("x.log"), Path("x.log")),
    ],
)
def test_words_become_values(name: str, word: object, value: object) -> None:
    parsed = KEYS[name].parse(word)
    assert parsed == value
    assert type(parsed) is type(value)


@pytest.mark.parametrize(
    ("name", "word"),
    [
        ("jobs", "1_0"),
        ("jobs", "٣"),
        ("jobs", "9" * 5000),
        ("jobs", ""),
        ("seed", "-2"),
        ("seed", "2147483648"),
        ("seed", "1.0"),
        ("seed", True),
        ("timeout", "0"),
        ("timeout", "1_0"),
        ("timeout", "inf"),
        ("timeout", "NaN"),
        ("timeout", "1e999"),
        ("timeout", "0x10"),
        ("timeout", 10**400),
        ("timeout", False),
        ("guidance_scale", "0.99"),
        ("guidance_scale", "10.01"),
        ("price_per_image", "-1"),
        ("price_per_image", "0,03"),
        ("watermark", 1),
        ("size", "big"),
        ("size", 2),
        ("response_format", "png"),
        ("proxy", "ftp://h"),
        ("proxy", "http://h/path"),
        ("proxy", "http://"),
        ("proxy", "a b"),
        ("rate", "0/s"),
        ("rate", "5"),
        ("rate", "5/h"),
        ("output", "~nobody-of-that-name/x"),
        ("ca_bundle", "~nobody-of-that-name/x"),
        ("model", "a\0b"),
        ("prompt", "x" * 100_001),
        ("prompt", " \n"),
    ],
)
def test_what_makes_no_sense_is_refused(name: str, word: object) -> None:
    with pytest.raises(ValueError, match=r"^(a |one of|true|text|adaptive)"):
        KEYS[name].parse(word)


def test_a_home_folder_is_resolved_and_a_last_slash_kept(home: Path) -> None:
    assert KEYS["output"].parse("~/out/") == f"{home}/out/"
    assert KEYS["output"].parse("~/{stem}.jpg") == f"{home}/{{stem}}.jpg"
    assert KEYS["ca_bundle"].parse("~/ca.pem") == home / "ca.pem"


@pytest.mark.parametrize(("given", "value"), [("5/s", 5), ("30/min", 0.5), (".5/s", 0.5)])
def test_a_rate_is_so_many_a_second(given: str, value: float) -> None:
    assert per_second(given) == value


@settings(deadline=None)
@given(st.sampled_from(sorted(KEYS)), st.text() | st.integers() | st.floats() | st.booleans())
def test_any_value_is_parsed_or_refused_and_parsing_is_stable(name: str, value: object) -> None:
    try:
        parsed = KEYS[name].parse(value)
    except ValueError:
        return
    assert KEYS[name].parse(parsed) == parsed


@pytest.mark.parametrize(
    ("dotted", "parts"),
    [
        ("model", ("model",)),
        ("Guidance-Scale", ("guidance_scale",)),
        ("profiles.work.api-key", ("profiles", "work", "api_key")),
        ('profiles."my.work".model', ("profiles", "my.work", "model")),
        ("profiles.'my work'.model", ("profiles", "my work", "model")),
        ("profiles.büro.model", ("profiles", "büro", "model")),
        ("profiles.work", ("profiles", "work")),
        ("presets.cat.prompt", ("presets", "cat", "prompt")),
    ],
)
def test_full_names_are_taken_apart(dotted: str, parts: tuple[str, ...]) -> None:
    assert split_name(dotted) == parts
    assert split_name(join_name(parts)) == parts


@pytest.mark.parametrize(
    "dotted",
    [
        "",
        ".",
        "model.",
        ".model",
        "a b",
        'profiles."x.model',
        "profiles.a.b.c",
        "profiles",
        "seed",
        "a.b",
        "profiles.work.seed",
        "presets.cat.api_key",
        'profiles."a\nb".model',
        'profiles."".model',
        "profiles..model",
    ],
)
def test_what_is_no_name_is_refused(dotted: str) -> None:
    with pytest.raises(UsageError):
        split_name(dotted)


@pytest.mark.parametrize(
    ("word", "hint"), [("modle", "model"), ("apikey", "api_key"), ("guidance", "guidance_scale")]
)
def test_the_nearest_name_is_offered(word: str, hint: str) -> None:
    assert nearest(word, KEYS) == hint
    with pytest.raises(UsageError, match=f"there is no setting {word}") as caught:
        split_name(word)
    assert caught.value.hint == f"Did you mean {hint}?"


@pytest.mark.parametrize("word", ["0123456789abcdef", "k" * 32, "sk=abc", "ключ"])
def test_a_key_given_in_a_names_place_is_not_shown(word: str) -> None:
    with pytest.raises(UsageError) as caught:
        split_name(word)
    assert word not in caught.value.message + (caught.value.hint or "")


@pytest.mark.parametrize("name", ["", " ", 'a"b', "a\\b", "a\nb", "a\x7f"])
def test_a_profile_name_that_could_not_be_written_is_refused(name: str) -> None:
    with pytest.raises(UsageError):
        check_profile_name(name)


def test_odd_but_writable_profile_names_are_taken() -> None:
    for name in ("my.work", "my work", "büro", "it's"):
        assert check_profile_name(name) == name
