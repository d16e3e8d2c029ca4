"""The key in the system's keyring, with a backend that keeps it in a file of the test's own."""

from __future__ import annotations

import importlib.util
import os
import subprocess
import sys
import tomllib
from collections.abc import Callable
from pathlib import Path

import pytest

KEY = "k3y-of-the-gateway-1234"
needs_keyring = pytest.mark.skipif(
    importlib.util.find_spec("keyring") is None, reason="the extra keyring is not installed"
)
BACKEND = """
import json, os, pathlib, time
from keyring.backend import KeyringBackend
from keyring.errors import KeyringError

class Backend(KeyringBackend):
    priority = 1
    path = pathlib.Path(os.environ["HOME"], "ring.json")

    def held(self):
        return json.loads(self.path.read_text()) if self.path.exists() else {}

    def get_password(self, service, username):
        if os.environ.get("RING") == "locked":
            raise KeyringError("locked, and the key is k3y-of-the-gateway-1234")
        if os.environ.get("RING") == "silent":
            time.sleep(60)
        return self.held().get(f"{service}/{username}")

    def set_password(self, service, username, password):
        self.path.write_text(json.dumps({**self.held(), f"{service}/{username}": password}))

    def delete_password(self, service, username):
        held = self.held()
        del held[f"{service}/{username}"]
        self.path.write_text(json.dumps(held))
"""
Config = Callable[..., subprocess.CompletedProcess[str]]


@pytest.fixture
def file(home: Path) -> Path:
    return home / "config" / "seedcli" / "config.toml"


@pytest.fixture
def config(home: Path) -> Config:
    modules = home / "modules"
    modules.mkdir()
    (modules / "ring_of_the_test.py").write_text(BACKEND)

    def run(*arguments: str, stdin: str = "", code: int = 0, start: str = "", **variables: str) -> object:
        script = f"import sys; {start or 'pass'}; from seedcli.__main__ import main; sys.exit(main())"
        done = subprocess.run(
            [sys.executable, "-c", script, "config", *arguments],
            input=stdin,
            capture_output=True,
            text=True,
            check=False,
            timeout=30,
            env={
                **os.environ,
                "PYTHONPATH": f"{modules}{os.pathsep}{Path(__file__).parents[2]}",
                "PYTHON_KEYRING_BACKEND": "ring_of_the_test.Backend",
                **variables,
            },
        )
        assert done.returncode == code, done.stderr
        assert "Traceback" not in done.stderr
        return done

    return run  # type: ignore[return-value]  # the fixture's own signature has keywords


@needs_keyring
def test_the_key_is_moved_there_and_found_again(config: Config, file: Path, home: Path) -> None:
    config("set", "api_key", stdin="old-key-of-the-file")
    config("set", "api_key", "--keyring", stdin=KEY)
    assert tomllib.loads(file.read_text()) == {"keyring": True}
    assert KEY in (home / "ring.json").read_text()
    assert config("get", "api_key", "--reveal").stdout == f"{KEY}\n"
    rows = [line.split(maxsplit=1) for line in config("list").stdout.splitlines()]
    assert [rows[0][0], rows[0][1].split()[0]] == ["api_key", "****1234"]
    assert rows[0][1].endswith(" keyring")
    assert config("get", "api_key", SEEDCLI_API_KEY="from-the-variable").stdout == "****able\n"


@needs_keyring
def test_each_profile_has_its_own_and_falls_back_on_the_common_one(config: Config, file: Path) -> None:
    config("set", "api_key", "--keyring", stdin=KEY)
    config("set", "--profile", "work", "api_key", "--keyring", stdin="key-at-work-5678")
    config("set", "profiles.home.jobs", "2")
    assert config("get", "api_key", "--profile", "work").stdout == "****5678\n"
    assert config("get", "api_key", "--profile", "home").stdout == "****1234\n"
    assert "keyring profile work" in config("list", "--profile", "work").stdout


@needs_keyring
def test_it_can_be_forgotten(config: Config) -> None:
    config("set", "api_key", "--keyring", stdin=KEY)
    assert "removed the key" in config("unset", "api_key", "--keyring").stderr
    assert "holds no such key" in config("unset", "api_key", "--keyring").stderr
    assert "api_key is not set" in config("get", "api_key", code=3).stderr


@needs_keyring
def test_a_locked_keyring_is_told_in_one_line_without_its_words(config: Config) -> None:
    config("set", "keyring", "true")
    told = config("get", "api_key", code=3, RING="locked").stderr
    assert "the system's keyring failed" in told
    assert KEY not in told


@needs_keyring
def test_a_keyring_without_an_answer_holds_nobody(config: Config) -> None:
    config("set", "keyring", "true")
    impatient = "from seedcli import keyring_store; keyring_store.PATIENCE_S = 0.2"
    assert (
        "gave no answer in 0.2 s" in config("get", "api_key", code=3, RING="silent", start=impatient).stderr
    )


@needs_keyring
def test_a_machine_without_a_keyring_says_what_to_do(config: Config) -> None:
    told = config(
        "set",
        "api_key",
        "--keyring",
        stdin=KEY,
        code=3,
        PYTHON_KEYRING_BACKEND="keyring.backends.fail.Keyring",
    ).stderr
    assert "this system has no keyring" in told and "SEEDCLI_API_KEY_FILE" in told
    assert KEY not in told


def test_without_the_extra_its_name_is_told(config: Config) -> None:
    hidden = "sys.modules['keyring'] = None"
    assert "seedcli[keyring]" in config("set", "api_key", "--keyring", stdin=KEY, code=3, start=hidden).stderr


@pytest.mark.parametrize("command", [["set", "jobs", "2"], ["unset", "jobs"]])
def test_only_the_key_goes_there(config: Config, file: Path, command: list[str]) -> None:
    assert "for api_key alone" in config(*command, "--keyring", code=2).stderr
    assert not file.exists()
