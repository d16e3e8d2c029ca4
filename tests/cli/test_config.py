"""`seedcli config` as a user runs it: a process, its streams, its files."""

from __future__ import annotations

import json
import os
import stat
import subprocess
import sys
import tomllib
from collections.abc import Callable
from pathlib import Path

import pytest

KEY = "k3y-of-the-gateway-1234"
Result = subprocess.CompletedProcess[str]
Config = Callable[..., Result]


@pytest.fixture
def file(home: Path) -> Path:
    return home / "config" / "seedcli" / "config.toml"


@pytest.fixture
def config(home: Path) -> Config:
    """Runs `seedcli config …`; standard input is empty unless given."""

    def run(*arguments: str, stdin: str | bytes = "", code: int = 0, **variables: str) -> Result:
        data = stdin.encode() if isinstance(stdin, str) else stdin
        done = subprocess.run(
            [sys.executable, "-m", "seedcli", "config", *arguments],
            input=data,
            capture_output=True,
            env={**os.environ, **variables},
            check=False,
            timeout=30,
        )
        result = Result(done.args, done.returncode, done.stdout.decode(), done.stderr.decode())
        assert result.returncode == code, result.stderr
        assert "Traceback" not in result.stderr
        return result

    return run


def write(file: Path, content: str) -> str:
    file.parent.mkdir(parents=True, exist_ok=True)
    file.write_text(content)
    file.chmod(0o600)
    return content


def held(file: Path) -> dict[str, object]:
    return tomllib.loads(file.read_text())


def mode(path: Path) -> int:
    return stat.S_IMODE(path.stat().st_mode)


class TestSet:
    def test_makes_a_private_folder_and_file_and_says_nothing_on_standard_output(
        self, config: Config, file: Path
    ) -> None:
        result = config("set", "model", "seededit")
        assert result.stdout == ""
        assert f"set model in {file}" in result.stderr
        assert held(file) == {"model": "seededit"}
        assert mode(file) == 0o600
        assert mode(file.parent) == mode(file.parent.parent) == 0o700

    def test_keeps_comments_order_and_everything_else(self, config: Config, file: Path) -> None:
        content = write(
            file,
            '# mine\nmodel = "seededit" # the fast one\n\n# network\ntimeout = 60\n\n'
            '# at work\n[profiles.work] # here\njobs = 8\n\n[presets.cat]\nprompt = """\nmake it\na cat"""\n',
        )
        config("set", "timeout", "90.5")
        assert file.read_text() == content.replace("timeout = 60", "timeout = 90.5")

    def test_puts_a_new_setting_before_the_tables(self, config: Config, file: Path) -> None:
        write(file, "# at work\n[profiles.work]\njobs = 8\n")
        config("set", "jobs", "2")
        assert held(file) == {"jobs": 2, "profiles": {"work": {"jobs": 8}}}
        assert "\n# at work\n[profiles.work]" in file.read_text()

    def test_is_not_led_astray_by_brackets_in_a_text(self, config: Config, file: Path) -> None:
        write(file, '# mine\n\noutput = """\n[x]\n"""\n\n# at home\n[profiles.home]\njobs = 3\n')
        config("set", "timeout", "9")
        assert '"""\ntimeout = 9\n\n# at home\n[profiles.home]' in file.read_text()

    @pytest.mark.parametrize(
        "content",
        [
            "profiles.work.jobs = 1\n",
            "profiles = {work = {jobs = 1}}\n",
            "[profiles]\nwork = {jobs = 1}\n",
            "[profiles.work]\njobs = 1\n[presets.a]\nseed = 1\n[profiles.home]\njobs = 3\n",
            "[profiles]\n[profiles.work]\r\njobs = 1\r\n",
            "[profiles.work]\njobs = 1",
        ],
    )
    def test_finds_its_place_however_the_file_is_written(
        self, config: Config, file: Path, content: str
    ) -> None:
        write(file, content)
        wanted = held(file)
        wanted["profiles"]["work"].update(jobs=2, model="seededit")  # type: ignore[index]
        config("set", "profiles.work.jobs", "2")
        config("set", "--profile", "work", "model", "seededit")
        assert held(file) == wanted

    @pytest.mark.parametrize(
        ("name", "word", "value"),
        [
            ("jobs", "8", 8),
            ("price_per_image", "0.03", 0.03),
            ("watermark", "no", False),
            ("response-format", "url", "url"),
            ("output", "-", "-"),
            ("base_url", "http://localhost:8787", "http://localhost:8787"),
            ("size", "2560x1440", "2560x1440"),
            ("poll_interval", "7", 7),
            ("proxy", "localhost:3128", "http://localhost:3128"),
            ("model", "seedream-4-5-251128", "seedream-4-5-251128"),
        ],
    )
    def test_writes_each_type_as_itself(
        self, config: Config, file: Path, name: str, word: str, value: object
    ) -> None:
        config("set", name, word)
        assert held(file) == {name.replace("-", "_"): value}

    def test_takes_a_negative_number_in_a_preset(self, config: Config, file: Path) -> None:
        config("set", "presets.wild.seed", "-1")
        config("set", "presets.wild.prompt", 'say "hi"\n\\o/ é')
        assert held(file) == {"presets": {"wild": {"seed": -1, "prompt": 'say "hi"\n\\o/ é'}}}

    def test_keeps_a_certificates_path_absolute(
        self, config: Config, file: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
    ) -> None:
        monkeypatch.chdir(tmp_path)
        config("set", "ca_bundle", "ca.pem", PYTHONPATH=str(Path(__file__).parents[2]))
        assert held(file) == {"ca_bundle": str(tmp_path / "ca.pem")}

    @pytest.mark.parametrize(
        ("arguments", "code", "said"),
        [
            (("set", "jobs", "many"), 2, "jobs: expected a whole number from 1 to 256, not 'many'"),
            (("set", "guidance_scale", "nan"), 2, "guidance_scale: expected a number from 1 to 10"),
            (("set", "jobs", "1", "2"), 2, "jobs takes one value, not 2"),
            (("set", "jobs"), 2, "jobs takes one value, not 0"),
            (("set", "jobs=3"), 2, "two words"),
            (("set", "modle", "x"), 2, "Did you mean model?"),
            (("set", "yes", "true"), 2, "--yes or SEEDCLI_YES"),
            (("set", "presets.a.base_url", "x"), 2, "a preset can't hold base_url"),
            (("set", "model", "seedrem"), 2, "seedream"),
            (("set", "seed", "1"), 2, "seed is not kept in the file"),
            (("set", "presets.cat.api_key", "x"), 2, "a preset can't hold api_key"),
            (("set", "presets.cat", "x"), 2, "group of settings"),
            (("set", "profiles.a.b.c", "x"), 2, "have dots"),
            (("set", "--profile", "work", "presets.cat.seed", "1"), 2, "--profile goes with a plain KEY"),
            (("set", "--profile", 'a"b', "jobs", "1"), 2, "can't hold quotes"),
            (("set", "base_url", "http://example.org"), 3, "http"),
            (("get", "modle"), 2, "Did you mean model?"),
            (("get", "presets.cat"), 2, "group of settings"),
            (("get", "model"), 3, "model is not set"),
            (("get", "api_key"), 3, "api_key is not set"),
            (("get", "profiles.work.api_key"), 3, "api_key is not set"),
            (("get", "--profile", "none", "model"), 3, "no profile none"),
            (("list", "--config", "none.toml"), 3, "no such file"),
            (("unset", "modle"), 2, "Did you mean model?"),
        ],
    )
    def test_what_can_not_be_is_told_and_changes_nothing(
        self, config: Config, file: Path, arguments: tuple[str, ...], code: int, said: str
    ) -> None:
        result = config(*arguments, code=code)
        assert said in result.stderr
        assert result.stdout == ""
        assert not file.exists()

    @pytest.mark.parametrize("name", ["my.work", "my work", "büro", "it's", "ключ"])
    def test_odd_profile_names_are_quoted_and_found_again(
        self, config: Config, file: Path, name: str
    ) -> None:
        config("set", "--profile", name, "jobs", "9")
        assert held(file) == {"profiles": {name: {"jobs": 9}}}
        assert config("get", "jobs", SEEDCLI_PROFILE=name).stdout == "9\n"
        assert config("get", f'profiles."{name}".jobs').stdout == "9\n"
        assert config("profiles").stdout == f"{name}\n"

    def test_goes_to_the_profile_of_the_environment_too(self, config: Config, file: Path) -> None:
        assert "set profiles.work.jobs" in config("set", "jobs", "9", SEEDCLI_PROFILE="work").stderr
        assert held(file) == {"profiles": {"work": {"jobs": 9}}}

    def test_says_when_a_variable_hides_it(self, config: Config) -> None:
        assert "SEEDCLI_MODEL is set" in config("set", "model", "seededit", SEEDCLI_MODEL="seedream").stderr

    def test_follows_a_symlink_to_the_file_behind_it(
        self, config: Config, file: Path, tmp_path: Path
    ) -> None:
        real = tmp_path / "dotfiles" / "seedcli.toml"
        write(real, "jobs = 1\n")
        file.parent.mkdir(parents=True)
        file.symlink_to(real)
        config("set", "jobs", "2")
        assert file.is_symlink()
        assert held(real) == {"jobs": 2}
        assert list(real.parent.iterdir()) == [real]

    def test_narrows_a_wider_mode(self, config: Config, file: Path) -> None:
        write(file, "jobs = 1\n")
        file.chmod(0o644)
        config("set", "jobs", "2")
        assert mode(file) == 0o600

    @pytest.mark.parametrize(
        ("content", "said"),
        [
            ("jobs = 1\nmodel = = 2\n", "line 2, column 9"),
            ("jobs = 1\njobs = 2\n", "line 2"),
            ("jobs = 1\n\0", "line 2"),
        ],
    )
    def test_leaves_a_broken_file_as_it_is(self, config: Config, file: Path, content: str, said: str) -> None:
        write(file, content)
        assert said in config("set", "timeout", "5", code=3).stderr
        assert said in config("set", "api_key", stdin=KEY, code=3).stderr
        assert said in config("unset", "timeout", code=3).stderr
        assert file.read_text() == content
        assert list(file.parent.iterdir()) == [file]

    def test_writes_nothing_over_what_is_no_file(self, config: Config, home: Path) -> None:
        pipe = home / "pipe"
        os.mkfifo(pipe)
        for place in (os.devnull, str(home), str(pipe)):
            said = config("set", "jobs", "2", "--config", place, code=3).stderr
            assert f"{place} is not a regular file" in said
        assert stat.S_ISCHR(Path(os.devnull).stat().st_mode)

    def test_tells_of_a_symlink_that_leads_nowhere_but_to_itself(self, config: Config, file: Path) -> None:
        file.parent.mkdir(parents=True)
        file.symlink_to(file)
        assert str(file) in config("set", "jobs", "2", code=3).stderr

    def test_a_full_disk_leaves_the_old_file(self, file: Path) -> None:
        content = write(file, "jobs = 1\n")
        script = (
            "import resource, sys; resource.setrlimit(resource.RLIMIT_FSIZE, (4, 4));"
            "from seedcli.__main__ import main; sys.exit(main())"
        )
        done = subprocess.run(
            [sys.executable, "-c", script, "config", "set", "jobs", "2"], capture_output=True, check=False
        )
        assert done.returncode == 3
        assert b"can't be written: File too large" in done.stderr
        assert file.read_text() == content
        assert list(file.parent.iterdir()) == [file]

    def test_two_at_once_both_last(self, file: Path) -> None:
        write(file, "# mine\n")
        words = {"jobs": "2", "timeout": "3", "retries": "4", "poll_interval": "5"}
        running = [
            subprocess.Popen(
                [sys.executable, "-m", "seedcli", "config", "set", *pair], stderr=subprocess.DEVNULL
            )
            for pair in words.items()
        ]
        assert [process.wait(timeout=30) for process in running] == [0] * len(words)
        assert held(file) == {name: int(word) for name, word in words.items()}


class TestGet:
    def test_prints_the_value_in_force_alone(self, config: Config, file: Path) -> None:
        write(file, "watermark = false\ntimeout = 90.0\n[profiles.work]\nmodel = 'work-1'\n")
        assert config("get", "watermark").stdout == "false\n"
        assert config("get", "timeout").stdout == "90\n"
        assert config("get", "jobs").stdout == "4\n"
        assert config("get", "model", SEEDCLI_MODEL="env-1").stdout == "env-1\n"
        assert config("get", "--profile", "work", "model").stdout == "work-1\n"

    def test_warns_of_a_wider_mode_on_standard_error(self, config: Config, file: Path) -> None:
        write(file, "jobs = 2\n")
        file.chmod(0o640)
        result = config("get", "jobs")
        assert result.stdout == "2\n"
        assert "mode 0640" in result.stderr

    def test_masks_a_proxys_password_unless_asked(self, config: Config, file: Path) -> None:
        write(file, 'proxy = "http://me:pass@proxy:1"\n')
        assert config("get", "proxy").stdout == "http://****@proxy:1\n"
        assert config("get", "proxy", "--reveal").stdout == "http://me:pass@proxy:1\n"
        assert "pass" not in config("list").stdout + config("list", "--json").stdout


class TestUnset:
    def test_removes_the_setting_alone(self, config: Config, file: Path) -> None:
        write(file, "# a\njobs = 2 # b\n# c\ntimeout = 5\n")
        assert "removed jobs" in config("unset", "jobs").stderr
        assert file.read_text() == "# a\n# c\ntimeout = 5\n"

    def test_of_what_is_not_set_says_so_and_is_no_error(self, config: Config, file: Path) -> None:
        write(file, "timeout = 5\n")
        for name in ("jobs", "profiles.work", "presets.a.seed"):
            assert f"{name} was not set" in config("unset", name).stderr
        assert file.read_text() == "timeout = 5\n"

    def test_makes_no_file(self, config: Config, file: Path) -> None:
        config("unset", "jobs")
        assert not file.exists()

    def test_removes_a_whole_preset_or_profile(self, config: Config, file: Path) -> None:
        write(file, "jobs = 1\n[profiles.work]\njobs = 2\nmodel = 'm-1'\n[presets.a]\nseed = 1\n")
        config("unset", "profiles.work")
        config("unset", "presets.a")
        config("unset", "jobs")
        assert config("profiles").stdout == ""
        assert not any(table for table in held(file).values())

    def test_works_under_a_profile(self, config: Config, file: Path) -> None:
        write(file, "jobs = 1\n[profiles.work]\njobs = 2\nmodel = 'm-1'\n")
        config("unset", "--profile", "work", "jobs")
        assert held(file) == {"jobs": 1, "profiles": {"work": {"model": "m-1"}}}

    def test_mends_a_file_with_an_unknown_name_or_a_bad_value(self, config: Config, file: Path) -> None:
        write(file, "modle = 1\njobs = 'x'\n[presets.a]\nbogus = 1\n")
        for name in ("modle", "jobs", "presets.a.bogus"):
            config("list", code=3)
            config("unset", name)
        assert config("get", "jobs").stdout == "4\n"


class TestList:
    def test_is_a_table_with_sources(self, config: Config, file: Path) -> None:
        write(
            file,
            f'api_key = "{KEY}"\nmodel = "seededit"\n[profiles.work]\napi_key = "other-key-5678"\n'
            '[presets.cat]\nprompt = "make it\\na cat \\u202e"\n',
        )
        result = config("list", SEEDCLI_JOBS="8")
        rows = [line.split(maxsplit=2) for line in result.stdout.splitlines()]
        assert ["api_key", "****1234", f"file {file}"] in rows
        assert ["jobs", "8", "environment SEEDCLI_JOBS"] in rows
        assert ["retries", "3", "default"] in rows
        assert ["profiles.work.api_key", "****5678", f"file {file}"] in rows
        assert "make it a cat \N{REPLACEMENT CHARACTER}" in result.stdout
        assert "size" in result.stdout
        starts = {
            line.index(row[2])
            for line, row in zip(result.stdout.splitlines(), rows, strict=True)
            if len(row) > 2 and "set)" not in row[2] and "cat" not in row[0]
        }
        assert len(starts) == 1
        assert not any(line.endswith(" ") for line in result.stdout.splitlines())

    def test_as_json_is_one_object_a_line(self, config: Config, file: Path) -> None:
        write(file, f'api_key = "{KEY}"\nwatermark = true\n[presets.cat]\nprompt = "é"\n')
        lines = [
            json.loads(line) for line in config("list", "--json", SEEDCLI_TIMEOUT="5").stdout.splitlines()
        ]
        assert all(list(line) == ["name", "value", "source"] for line in lines)
        asked_by_variable = config("list", SEEDCLI_JSON="1", SEEDCLI_TIMEOUT="5").stdout
        assert [json.loads(line) for line in asked_by_variable.splitlines()] == lines
        found = {line["name"]: (line["value"], line["source"]) for line in lines}
        assert found["api_key"] == ("****1234", f"file {file}")
        assert found["watermark"] == (True, f"file {file}")
        assert found["timeout"] == (5, "environment SEEDCLI_TIMEOUT")
        assert found["model"] == (None, "default")
        assert found["presets.cat.prompt"] == ("é", f"file {file}")

    def test_profiles_can_be_told_apart(self, config: Config, file: Path) -> None:
        write(file, "[profiles.a]\n[profiles.b]\njobs = 1\n")
        assert config("profiles").stdout == "a\nb\n"
        lines = config("profiles", "--json", "--profile", "b").stdout.splitlines()
        assert [json.loads(line) for line in lines] == [
            {"name": "a", "active": False},
            {"name": "b", "active": True},
        ]


class TestPath:
    def test_prints_the_path_alone(self, config: Config, file: Path) -> None:
        assert config("path").stdout == f"{file}\n"
        assert config("path", SEEDCLI_CONFIG="/x/c.toml").stdout == "/x/c.toml\n"
        assert config("path", "--config", "/y.toml", SEEDCLI_CONFIG="/x/c.toml").stdout == "/y.toml\n"

    def test_loads_nothing_heavy(self) -> None:
        result = subprocess.run(
            [sys.executable, "-X", "importtime", "-m", "seedcli", "config", "path"],
            capture_output=True,
            text=True,
            check=True,
            env={name: value for name, value in os.environ.items() if not name.startswith("COVERAGE_")},
        )
        loaded = {line.rpartition("|")[2].strip() for line in result.stderr.splitlines()}
        heavy = {"tomllib", "tomlkit", "httpx", "asyncio", "rich", "platformdirs", "sqlite3", "PIL", "json"}
        assert not loaded & {*heavy, "seedcli.settings", "seedcli.setting_keys", "seedcli.records"}


def test_without_a_command_the_help_is_shown(config: Config) -> None:
    assert "api_key" in config("--help").stdout
    for command in ("set", "get", "unset", "list", "path", "profiles"):
        assert f"seedcli config {command}" in config(command, "--help").stdout
