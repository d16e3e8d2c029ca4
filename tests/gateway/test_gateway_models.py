"""The models' rules: names, parameters, limits, and the size that comes out."""

from __future__ import annotations

import math
from fractions import Fraction
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from seedcli.errors import UsageError
from seedcli.gateway.models import (
    ADAPTIVE_SIZES,
    MODELS,
    SEEDEDIT,
    SEEDREAM,
    check,
    limits,
    model_id,
    nearest,
    output_tokens,
    planned_size,
    resolve,
)
from seedcli.records import Parameters


@pytest.mark.parametrize(
    ("name", "model"),
    [
        ("seededit", SEEDEDIT),
        (" SeedEdit ", SEEDEDIT),
        ("seededit-3-0-i2i-250628", SEEDEDIT),
        ("seedream", SEEDREAM),
        ("seedream-4.5", SEEDREAM),
        ("seedream-4-5-251128", SEEDREAM),
        ("ep-20250628-abcde", None),
        ("seededit-9-0-x", None),
        (None, None),
    ],
)
def test_names_and_ids_resolve(name: str | None, model: object) -> None:
    assert resolve(name) is model


def test_what_goes_on_the_wire_is_an_id() -> None:
    assert model_id("seededit") == "seededit-3-0-i2i-250628"
    assert model_id("Seedream-4.5") == "seedream-4-5-251128"
    assert model_id(" ep-20250628-abcde ") == "ep-20250628-abcde"


@pytest.mark.parametrize(
    ("name", "hint"), [("seedit", "seededit"), ("seedrem", "seedream"), ("", "models"), ("zzz", "models")]
)
def test_an_unknown_word_is_refused_with_the_nearest(name: str, hint: str) -> None:
    with pytest.raises(UsageError, match="--model") as caught:
        model_id(name)
    assert hint in (caught.value.hint or "")


@pytest.mark.parametrize("name", ["a-1\n", "x" * 200 + "-1", "ep-1 2", "modél-1"])
def test_what_could_not_be_an_id_is_refused(name: str) -> None:
    with pytest.raises(UsageError):
        model_id(name.replace("\n", "\n2"))


def test_unchecked_leaves_any_word_to_the_gateway() -> None:
    for name, sent in (("foo", "foo"), ("seededit", "seededit-3-0-i2i-250628"), (" a b ", "a b")):
        assert check(Parameters(model=name), unchecked=True).model == sent
    for name in ("", " ", "a\nb"):
        with pytest.raises(UsageError, match="--model"):
            check(Parameters(model=name), unchecked=True)


def test_nearest_finds_nothing_for_nonsense() -> None:
    assert nearest("qqqqqq") is None


def parameters(**values: Any) -> Parameters:
    return Parameters(**values)


@pytest.mark.parametrize("unchecked", [False, True])
@pytest.mark.parametrize(
    ("values", "option"),
    [
        ({"seed": -2}, "--seed"),
        ({"seed": 2147483648}, "--seed"),
        ({"seed": 1.0}, "--seed"),
        ({"seed": True}, "--seed"),
        ({"seed": "1"}, "--seed"),
        ({"guidance_scale": 0.9}, "--guidance-scale"),
        ({"guidance_scale": 10.1}, "--guidance-scale"),
        ({"guidance_scale": math.nan}, "--guidance-scale"),
        ({"guidance_scale": math.inf}, "--guidance-scale"),
        ({"guidance_scale": -math.inf}, "--guidance-scale"),
        ({"guidance_scale": True}, "--guidance-scale"),
        ({"guidance_scale": "5"}, "--guidance-scale"),
        ({"guidance_scale": 10**400}, "--guidance-scale"),
        ({"response_format": "png"}, "--response-format"),
        ({"watermark": 1}, "--watermark"),
        ({"size": ""}, "--size"),
        ({"size": "so big"}, "--size"),
    ],
)
def test_what_the_document_states_for_all_models_is_always_held(
    values: dict[str, Any], option: str, unchecked: bool
) -> None:
    with pytest.raises(UsageError, match=option):
        check(parameters(**values), unchecked=unchecked)


@pytest.mark.parametrize(
    ("values", "option"),
    [
        ({"model": "seededit", "size": "2K"}, "--size"),
        ({"model": "seededit", "size": "1024x1024"}, "--size"),
        ({"model": "seedream", "seed": 1}, "--seed"),
        ({"model": "seedream", "guidance_scale": 5.0}, "--guidance-scale"),
        ({"model": "seedream", "size": "adaptive"}, "--size"),
        ({"model": "seedream", "size": "1K"}, "--size"),
        ({"model": "seedream", "size": "1024x1024"}, "--size"),
        ({"model": "seedream", "size": "4097x4096"}, "--size"),
        ({"model": "seedream", "size": "20000x300"}, "--size"),
        ({"model": "seedream", "size": "300x20000"}, "--size"),
    ],
)
def test_a_models_own_rules_are_held_unless_left_to_the_gateway(values: dict[str, Any], option: str) -> None:
    with pytest.raises(UsageError, match=option) as caught:
        check(parameters(**values), unchecked=False)
    assert "--unchecked" in (caught.value.hint or "")
    passed = check(parameters(**values), unchecked=True)
    assert passed.seed == values.get("seed") and passed.model != values["model"]


@pytest.mark.parametrize(
    ("given_size", "sent"),
    [
        ("2k", "2K"),
        (" 4K ", "4K"),
        ("2560x1440", "2560x1440"),
        ("2560X1440", "2560x1440"),
        ("2560×1440", "2560x1440"),
        ("4096x4096", "4096x4096"),
        (None, "2K"),
    ],
)
def test_sizes_go_out_in_the_gateways_spelling(given_size: str | None, sent: str) -> None:
    checked = check(parameters(model="seedream", size=given_size), unchecked=False)
    assert checked.as_sent() == {"model": "seedream-4-5-251128", "size": sent}


def test_only_what_was_set_is_sent() -> None:
    assert check(Parameters(), unchecked=False) == Parameters()
    full = parameters(
        model="seededit",
        size="ADAPTIVE",
        seed=-1,
        guidance_scale=10,
        watermark=False,
        response_format="b64_json",
    )
    assert check(full, unchecked=False).as_sent() == {
        "model": "seededit-3-0-i2i-250628",
        "size": "adaptive",
        "seed": -1,
        "guidance_scale": 10,
        "watermark": False,
        "response_format": "b64_json",
    }


def test_an_unknown_models_parameters_are_left_to_the_gateway() -> None:
    checked = check(parameters(model="ep-1-x", size="1K", seed=5, guidance_scale=1.5), unchecked=False)
    assert checked.as_sent() == {"model": "ep-1-x", "size": "1K", "seed": 5, "guidance_scale": 1.5}
    assert check(parameters(size="8K"), unchecked=True).size == "8K"


def test_limits_of_no_model_are_the_strictest() -> None:
    strict = limits(None)
    assert strict.formats == ("jpeg", "png")
    assert (strict.min_aspect, strict.max_aspect) == (1 / 3, 3.0)
    assert strict.max_bytes == 10_000_000 and strict.max_pixels == 36_000_000 and strict.min_side == 15
    assert limits(SEEDREAM).formats == ("jpeg", "png", "webp", "bmp", "tiff", "gif")
    assert limits(SEEDREAM).max_aspect == 16


def test_the_adaptive_table_is_the_documents() -> None:
    assert len(ADAPTIVE_SIZES) == 53
    assert ADAPTIVE_SIZES[0] == (512, 1536) and ADAPTIVE_SIZES[-1] == (1536, 512)
    for size in ADAPTIVE_SIZES:
        first = next(row for row in ADAPTIVE_SIZES if row[0] * size[1] == size[0] * row[1])
        assert planned_size(SEEDEDIT, size=None, width=size[0], height=size[1]) == first


@given(st.integers(1, 40_000), st.integers(1, 40_000))
def test_the_planned_size_is_the_first_row_with_the_nearest_ratio(width: int, height: int) -> None:
    ratio = Fraction(width, height)
    nearest_row = min(ADAPTIVE_SIZES, key=lambda row: abs(ratio - Fraction(*row)))
    assert planned_size(SEEDEDIT, size="adaptive", width=width, height=height) == nearest_row


def test_where_the_model_decides_nothing_is_planned() -> None:
    assert planned_size(SEEDREAM, size="2K", width=100, height=100) is None
    assert planned_size(SEEDREAM, size="2560x1440", width=100, height=100) == (2560, 1440)
    assert planned_size(None, size=None, width=100, height=100) is None


def test_tokens_are_pixels_over_256() -> None:
    assert output_tokens(1024, 1024) == 4096


def test_every_model_says_what_it_takes() -> None:
    assert [model.name for model in MODELS] == ["seededit", "seedream"]
    assert all(model.sizes_help and model.title for model in MODELS)
