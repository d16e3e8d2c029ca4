from __future__ import annotations

import os
import threading
from collections.abc import Callable, Mapping
from pathlib import Path

import pytest

from seedcli.errors import ConfigError, UsageError
from seedcli.records import ApiKey
from seedcli.setting_keys import KEYS, STORED
from seedcli.settings import Setting, Settings, load

KEY = "secret-of-the-gateway-1234"
Loader = Callable[..., Settings]


@pytest.fixture
def loaded(tmp_path: Path) -> Loader:
    """Settings from a file's text, options and variables."""

    def load_from(
        content: str | bytes = "",
        *,
        options: Mapping[str, object] | None = None,
        environ: Mapping[str, str] | None = None,
        profile: str | None = None,
    ) -> Settings:
        path = tmp_path / "config.toml"
        path.write_bytes(content.encode() if isinstance(content, str) else content)
        path.chmod(0o600)
        return load(options or {}, environ=environ or {}, config_path=path, profile=profile)

    return load_from


FILE = """
model = "from-file-1"
[profiles.work]
model = "from-profile-1"
[presets.cat]
model = "from-preset-1"
prompt = "make it a cat"
"""


@pytest.mark.parametrize(
    ("options", "environ", "value", "source"),
    [
        ({"model": "opt-1", "preset": "cat"}, {"SEEDCLI_MODEL": "env-1"}, "opt-1", "option"),
        ({"preset": "cat"}, {"SEEDCLI_MODEL": "env-1"}, "from-preset-1", "preset cat"),
        ({}, {"SEEDCLI_PRESET": "cat"}, "from-preset-1", "preset cat"),
        (
            {"model": None},
            {"SEEDCLI_MODEL": "env-1", "SEEDCLI_PROFILE": "work"},
            "env-1",
            "environment SEEDCLI_MODEL",
        ),
        ({}, {"SEEDCLI_PROFILE": "work", "SEEDCLI_MODEL": ""}, "from-profile-1", "profile work"),
        ({}, {"SEEDCLI_MODEL": " "}, "from-file-1", "file {path}"),
    ],
)
def test_the_order_of_sources(
    loaded: Loader, options: dict[str, object], environ: dict[str, str], value: str, source: str
) -> None:
    settings = loaded(FILE, options=options, environ=environ)
    assert settings.get("model") == Setting("model", value, source.format(path=settings.path))


def test_defaults_come_last(loaded: Loader) -> None:
    settings = loaded()
    assert settings.get("jobs") == Setting("jobs", 4, "default")
    assert settings.whole("retries") == 3
    assert settings.number("timeout") == 300.0
    assert settings.text("model") is None
    assert settings.api_key is None
    assert not settings.flag("force")
    assert settings.get("base_url").value.startswith("https://")


def test_an_option_for_a_profile_beats_the_variable(loaded: Loader) -> None:
    content = "[profiles.a]\njobs = 1\n[profiles.b]\njobs = 2"
    assert loaded(content, profile="a", environ={"SEEDCLI_PROFILE": "b"}).whole("jobs") == 1


def test_every_setting_has_a_variable_and_types(loaded: Loader) -> None:
    environ = {
        "SEEDCLI_SEED": "-1",
        "SEEDCLI_WATERMARK": "No",
        "SEEDCLI_GUIDANCE_SCALE": "5.5",
        "SEEDCLI_RESPONSE_FORMAT": "URL",
        "SEEDCLI_SIZE": "2k",
        "SEEDCLI_CA_BUNDLE": "/ca.pem",
        "SEEDCLI_RATE": "30/min",
        "SEEDCLI_NO_INPUT": "1",
    }
    settings = loaded(environ=environ)
    assert settings.get("seed").value == -1
    assert settings.get("watermark").value is False
    assert settings.number("guidance_scale") == 5.5
    assert settings.text("response_format") == "url"
    assert settings.text("size") == "2K"
    assert settings.location("ca_bundle") == Path("/ca.pem")
    assert settings.text("rate") == "30/min"
    assert settings.flag("no_input")


def test_a_bad_variable_is_named_and_harms_only_those_who_ask(loaded: Loader) -> None:
    settings = loaded(environ={"SEEDCLI_JOBS": "many"})
    assert settings.number("timeout") == 300
    with pytest.raises(ConfigError, match=r"SEEDCLI_JOBS: expected a whole number .*'many'"):
        settings.whole("jobs")


def test_a_bad_option_is_a_usage_error_that_names_it(loaded: Loader) -> None:
    with pytest.raises(UsageError, match="--guidance-scale: expected a number from 1 to 10, not 'nan'"):
        loaded(options={"guidance_scale": "nan"}).get("guidance_scale")


def test_an_option_nobody_knows_is_a_defect(loaded: Loader) -> None:
    with pytest.raises(KeyError):
        loaded(options={"speling": 1})


class TestTheKey:
    @pytest.fixture
    def key_file(self, tmp_path: Path) -> Path:
        path = tmp_path / "key"
        path.write_text("  key-of-the-file-5678\n")
        return path

    @pytest.mark.parametrize(
        ("given", "ending"),
        [
            ({"SEEDCLI_API_KEY", "SEEDCLI_API_KEY_FILE", "PIXAZO_API_KEY"}, "seed"),
            ({"SEEDCLI_API_KEY_FILE", "PIXAZO_API_KEY"}, "5678"),
            ({"PIXAZO_API_KEY"}, "pixa"),
            (set(), "1234"),
        ],
    )
    def test_comes_in_the_contracts_order(
        self, loaded: Loader, key_file: Path, given: set[str], ending: str
    ) -> None:
        variables = {
            "SEEDCLI_API_KEY": "key-of-seed",
            "SEEDCLI_API_KEY_FILE": str(key_file),
            "PIXAZO_API_KEY": "key-of-pixa",
        }
        environ = {name: value for name, value in variables.items() if name in given}
        key = loaded(f'api_key = "{KEY}"', environ=environ).api_key
        assert key is not None
        assert key.reveal().endswith(ending)

    def test_is_masked_and_in_no_repr(self, loaded: Loader) -> None:
        setting = loaded(f'api_key = " {KEY} "').get("api_key")
        assert setting.value == ApiKey(KEY)
        assert setting.shown == "****1234"
        assert setting.revealed == KEY
        assert KEY not in repr(setting)

    def test_is_read_from_a_pipe_only_once(self, loaded: Loader, tmp_path: Path) -> None:
        pipe = tmp_path / "pipe"
        os.mkfifo(pipe)
        writer = threading.Thread(target=pipe.write_text, args=(KEY,))
        writer.start()
        settings = loaded(environ={"SEEDCLI_API_KEY_FILE": str(pipe)})
        assert settings.get("api_key").source == "environment SEEDCLI_API_KEY_FILE"
        assert settings.api_key == ApiKey(KEY)
        writer.join()

    @pytest.mark.parametrize(
        ("content", "said"), [(None, "can't be read"), (b" \n", "empty"), (b"x" * 5000, "too long")]
    )
    def test_a_file_that_can_not_hold_one_is_named(
        self, loaded: Loader, tmp_path: Path, content: bytes | None, said: str
    ) -> None:
        path = tmp_path / "key"
        if content is not None:
            path.write_bytes(content)
        settings = loaded(environ={"SEEDCLI_API_KEY_FILE": str(path)})
        with pytest.raises(ConfigError, match=said) as caught:
            _ = settings.api_key
        assert str(path) in caught.value.message

    def test_of_another_type_is_refused_unshown(self, loaded: Loader) -> None:
        with pytest.raises(ConfigError) as caught:
            loaded("api_key = 123456789012")
        assert "123456789012" not in caught.value.message


class TestTheNetwork:
    @pytest.mark.parametrize(
        ("environ", "value"),
        [
            (
                {
                    "SEEDCLI_PROXY": "http://one:1",
                    "https_proxy": "http://two:2",
                    "HTTPS_PROXY": "http://three:3",
                    "all_proxy": "http://four:4",
                },
                "http://one:1",
            ),
            ({"https_proxy": "two:2", "HTTPS_PROXY": "http://three:3"}, "http://two:2"),
            (
                {"https_proxy": "", "HTTPS_PROXY": "http://three:3", "all_proxy": "http://four:4"},
                "http://three:3",
            ),
            ({"all_proxy": "socks5h://four:4", "ALL_PROXY": "http://five:5"}, "socks5h://four:4"),
            ({"http_proxy": "http://not-for-https:1"}, "http://of-the-file:1"),
        ],
    )
    def test_proxy_variables_in_their_order(
        self, loaded: Loader, environ: dict[str, str], value: str
    ) -> None:
        assert loaded('proxy = "http://of-the-file:1"', environ=environ).text("proxy") == value

    def test_an_empty_option_turns_the_proxy_off(self, loaded: Loader) -> None:
        assert loaded(options={"proxy": ""}, environ={"HTTPS_PROXY": "http://p:1"}).text("proxy") is None

    def test_a_proxys_password_is_masked_and_never_in_an_error(self, loaded: Loader) -> None:
        setting = loaded('proxy = "http://user:pa@ss@proxy:8080"').get("proxy")
        assert setting.shown == "http://****@proxy:8080"
        with pytest.raises(ConfigError) as caught:
            loaded(environ={"ALL_PROXY": "gopher://user:password@proxy"}).text("proxy")
        assert "password" not in caught.value.message
        assert "ALL_PROXY" in caught.value.message

    def test_certificates_and_exceptions_have_their_usual_variables(self, loaded: Loader) -> None:
        environ = {"SSL_CERT_FILE": "/etc/ca.pem", "NO_PROXY": "10.0.0.0/8,.example"}
        settings = loaded(environ=environ)
        assert settings.location("ca_bundle") == Path("/etc/ca.pem")
        assert settings.text("no_proxy") == "10.0.0.0/8,.example"
        assert loaded(environ={**environ, "no_proxy": "low"}).text("no_proxy") == "low"

    def test_a_relative_path_in_the_file_starts_at_the_file(self, loaded: Loader, tmp_path: Path) -> None:
        assert loaded('ca_bundle = "ca.pem"').location("ca_bundle") == tmp_path / "ca.pem"


class TestPresetsAndProfiles:
    def test_a_preset_holds_prompt_and_options(self, loaded: Loader) -> None:
        settings = loaded('[presets.gold]\nprompt = "golden hour"\nseed = "7"\ncount = 2')
        assert settings.preset("gold") == {"prompt": "golden hour", "seed": 7, "count": 2}
        assert list(settings.presets) == ["gold"]

    def test_a_missing_preset_is_a_usage_error_with_the_nearest(self, loaded: Loader) -> None:
        settings = loaded('[presets.golden]\nprompt = "x"', options={"preset": "goldn"})
        with pytest.raises(UsageError, match="goldn") as caught:
            settings.get("model")
        assert caught.value.hint == "Did you mean golden?"

    def test_a_missing_profile_is_told_with_the_nearest(self, loaded: Loader) -> None:
        with pytest.raises(ConfigError, match="wrok") as caught:
            loaded("[profiles.work]\njobs = 1", profile="wrok")
        assert caught.value.hint == "Did you mean work?"
        with pytest.raises(ConfigError) as caught:
            loaded(profile="new")
        assert "config set --profile new" in (caught.value.hint or "")

    @pytest.mark.parametrize("name", ["api_key", "base_url", "proxy", "resend", "keep_location", "yes"])
    def test_a_preset_can_not_say_where_the_key_goes_or_spend_unasked(
        self, loaded: Loader, name: str
    ) -> None:
        with pytest.raises(ConfigError, match=rf"presets\.p\.{name}: a preset can't hold {name}"):
            loaded(f'[presets.p]\n{name} = "true"')


class TestTheFile:
    @pytest.mark.parametrize(
        ("content", "said"),
        [
            ('modle = "x"', "modle is not a setting"),
            ("seed = 1", "seed is not kept in the file"),
            ("jobs = true", "jobs: expected a whole number"),
            ("jobs = 1.5", "jobs: expected a whole number"),
            ("jobs = 0", "from 1 to 256, not '0'"),
            ("timeout = nan", "timeout: expected a number above 0"),
            ("timeout = inf", "timeout: expected a number above 0"),
            ('model = ""', "model: expected text"),
            ("model = ['a']", "model: expected text"),
            ("watermark = 'maybe'", "watermark: expected true or false"),
            ("profiles = 3", "profiles holds tables only"),
            ("[profiles]\nmodel = 'x'", "profiles holds tables only"),
            ("[profiles.a]\nprofiles.b.jobs = 1", r"profiles\.a\.profiles is not a setting"),
            ("[profiles.'a b']\njobs = 'x'", r'profiles\."a b"\.jobs: expected'),
            ("a = 1\nb = = 2", "at line 2, column 5"),
            ("model = 'x'\nmodel = 'y'", "at line 2"),
            ("jobs = 1" + "0" * 5000, "not valid TOML"),
            ("model = " + "[" * 100_000, "too deeply nested"),
            (b"model = '\xff'", r"not UTF-8 \(at line 1, column 10\)"),
            (b"model = 'a'\n# \xe4\n", r"not UTF-8 \(at line 2, column 3\)"),
            (b"#" * (1 << 20) + b"##", "larger than"),
        ],
    )
    def test_a_mistake_is_named(self, loaded: Loader, content: str | bytes, said: str) -> None:
        with pytest.raises(ConfigError, match=said) as caught:
            loaded(content)
        assert "config.toml" in caught.value.message
        assert len(caught.value.message) < 400

    def test_an_unknown_name_comes_with_the_nearest(self, loaded: Loader) -> None:
        with pytest.raises(ConfigError) as caught:
            loaded('modle = "x"')
        assert caught.value.hint == "Did you mean model?"

    def test_a_byte_order_mark_is_no_fault(self, loaded: Loader) -> None:
        assert loaded(b"\xef\xbb\xbfjobs = 2").whole("jobs") == 2

    def test_a_mode_open_to_others_is_a_warning(self, loaded: Loader) -> None:
        settings = loaded("jobs = 2")
        assert settings.warnings == ()
        settings.path.chmod(0o644)
        (warning,) = load({}, environ={}, config_path=settings.path).warnings
        assert "mode 0644" in warning
        assert "chmod 600" in warning

    def test_a_missing_file_is_empty_unless_named_as_an_option(self, tmp_path: Path) -> None:
        missing = tmp_path / "none.toml"
        assert load({}, environ={"SEEDCLI_CONFIG": str(missing)}).whole("jobs") == 4
        with pytest.raises(ConfigError, match="no such file"):
            load({}, environ={}, config_path=missing)

    def test_the_null_device_is_no_configuration_and_no_warning(self) -> None:
        assert load({}, environ={"SEEDCLI_CONFIG": os.devnull}).warnings == ()

    def test_a_folder_is_no_file(self, tmp_path: Path) -> None:
        with pytest.raises(ConfigError, match="can't be read"):
            load({}, environ={}, config_path=tmp_path)


def test_every_default_passes_its_own_check() -> None:
    for key in KEYS.values():
        assert key.default is None or key.parse(key.default) == key.default


def test_the_contracts_keys_can_be_stored() -> None:
    contract = (
        "api_key base_url model size guidance_scale watermark response_format output jobs retries timeout "
        "price_per_image max_cost"
    )
    assert set(contract.split()) <= set(STORED)


def test_all_lists_what_a_file_may_hold(loaded: Loader) -> None:
    assert [setting.name for setting in loaded().all()] == list(STORED)


def test_the_default_gateway_is_the_gateways() -> None:
    from seedcli.gateway.endpoint import DEFAULT_BASE_URL

    assert KEYS["base_url"].default == DEFAULT_BASE_URL
