"""What a command must not load on its way: each is paid for at every start."""

from __future__ import annotations

import json
import os
import subprocess
import sys
from importlib.metadata import version
from pathlib import Path

import pytest

HEAVY = {
    "httpx",
    "h11",
    "ssl",
    "rich",
    "asyncio",
    "sqlite3",
    "PIL",
    "pydantic",
    "click",
    "tomlkit",
    "starlette",
    "uvicorn",
}
NEW_TYPER = tuple(map(int, version("typer").split(".")[:2])) >= (0, 29)
COMMANDS = sorted(
    path.stem
    for path in (Path(__file__).parents[1] / "seedcli" / "cli").glob("*.py")
    if "\napp = typer.Typer(" in path.read_text(encoding="utf-8")
)
CAT = Path(__file__).parents[1] / "examples" / "cat.jpg"


def loaded(code: str, *arguments: str) -> set[str]:
    """The top-level modules that a fresh interpreter has after `code`, less those it begins with."""
    report = (
        "import atexit, sys; before = set(sys.modules); words = sys.argv[1:]\n"
        "@atexit.register\n"
        "def report():\n"
        "    import json\n"
        "    kept = {name.partition('.')[0] for name in set(sys.modules) - before}\n"
        "    sys.stderr.write('\\n' + json.dumps(sorted(kept)))\n"
    )
    done = subprocess.run(
        [sys.executable, "-c", report + code, *arguments],
        capture_output=True,
        text=True,
        timeout=60,
        env={**os.environ, "SEEDCLI_API_KEY": ""},
    )
    assert done.returncode == 0, done.stderr
    return set(json.loads(done.stderr.splitlines()[-1]))


def run(*words: str) -> set[str]:
    return loaded("sys.argv = ['seedcli', *words]; from seedcli.__main__ import main; main()", *words)


@pytest.mark.parametrize("command", COMMANDS)
def test_a_command_s_module_loads_nothing_heavy(command: str) -> None:
    assert not loaded(f"import seedcli.cli.{command}") & HEAVY


def test_every_command_is_looked_at() -> None:
    from seedcli.cli.app import COMMANDS as named

    assert set(COMMANDS) - {"app"} <= set(named)
    assert {"app", "edit", "poll", "config", "help"} <= set(COMMANDS)


@pytest.mark.parametrize(
    "words",
    [["--version"], ["-V"], [], ["--help"], ["edit", "-h"], ["config", "set", "--help"], ["help", "json"]],
)
def test_help_and_version_are_answered_without_typer(words: list[str]) -> None:
    assert not run(*words) & (HEAVY | {"typer", "typing", "inspect", "dataclasses", "pathlib", "shutil"})


def test_the_configuration_s_path_is_told_without_typer() -> None:
    assert not run("config", "path") & (HEAVY | {"typer", "typing", "inspect", "dataclasses"})


@pytest.mark.parametrize("kind", ["presets", "profiles", "jobs", "edits"])
def test_a_tab_key_never_waits_for_typer(kind: str) -> None:
    # SQLite is loaded where there is a journal to look into; here there is none.
    assert not run("__complete", kind) & (HEAVY - {"sqlite3"} | {"typer"})


@pytest.mark.skipif(NEW_TYPER, reason="typer 0.29 loads pydantic for every command, which loads the rest")
@pytest.mark.parametrize(
    "words",
    [
        ["config", "path", "--config", "x.toml"],
        ["config", "list"],
        ["config", "get", "base_url"],
        ["completion", "bash"],
        ["edit", "--dry-run", str(CAT), "make it blue"],
    ],
)
def test_commands_that_send_nothing_load_nothing_that_sends(words: list[str]) -> None:
    assert not run(*words) & (HEAVY - {"sqlite3"} if words[0] == "edit" else HEAVY)


def test_the_path_is_the_one_that_typer_would_tell(tmp_path: Path) -> None:
    def told(*words: str, **variables: str) -> tuple[int, str, str]:
        done = subprocess.run(
            [sys.executable, "-m", "seedcli", *words],
            capture_output=True,
            text=True,
            env={**os.environ, **variables},
        )
        return done.returncode, done.stdout, done.stderr

    named = str(tmp_path / "named.toml")
    for variables in ({}, {"SEEDCLI_CONFIG": named}, {"SEEDCLI_CONFIG": "~nobody-is-called-so/x"}):
        # `--` says nothing, and is not the line that is known beforehand.
        assert told("config", "path", **variables) == told("config", "path", "--", **variables)
    assert told("config", "path", SEEDCLI_CONFIG=named) == (0, f"{named}\n", "")
