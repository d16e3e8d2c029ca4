"""The made files are what the commands make of them, and the scripts offer what the commands take."""

from __future__ import annotations

import shutil
import subprocess
import sys
from pathlib import Path

import pytest
from one_job import keep_job
from program import Program
from shells import SCRIPTS

from seedcli.cli.completions import made
from seedcli.cli.completions.catalogue import Command, read_program
from seedcli.cli.completions.values import ASKED, of_argument, of_option
from seedcli.gateway.models import MODELS
from seedcli.sandbox.faults import KINDS
from seedcli.setting_keys import STORED

BASH = SCRIPTS / "seedcli.bash"


@pytest.fixture(scope="module")
def program() -> Command:
    return read_program()


def offered(words: list[str], *, folder: Path) -> list[str]:
    """What bash offers for the last word. PATH is empty: it can start nothing, Python least of all."""
    done = subprocess.run(
        [
            shutil.which("bash") or "bash",
            "--noprofile",
            "--norc",
            "-c",
            f"""source '{BASH}'; compopt() {{ :; }}; PATH=
            COMP_WORDS=("$@"); COMP_CWORD=$(($# - 1)); _seedcli
            printf '%s\\n' "${{COMPREPLY[@]}}" """,
            "bash",
            "seedcli",
            *words,
        ],
        cwd=folder,
        capture_output=True,
        text=True,
        timeout=30,
    )
    assert done.stderr == ""
    return [line for line in done.stdout.splitlines() if line]


def test_the_made_files_are_current() -> None:
    stale = [str(path) for path in made.stale()]
    assert stale == [], "run: python -m seedcli.cli.completions --write"


def test_making_says_what_is_out_of_date() -> None:
    done = subprocess.run([sys.executable, "-m", "seedcli.cli.completions"], capture_output=True, timeout=60)
    assert (done.returncode, done.stdout) == (0, b"")


def test_the_generator_takes_no_other_words() -> None:
    command = [sys.executable, "-m", "seedcli.cli.completions", "--help"]
    assert subprocess.run(command, capture_output=True, timeout=60).returncode == 2


def test_bash_script_is_clean() -> None:
    if shutil.which("shellcheck") is None:
        pytest.skip("no shellcheck here")
    done = subprocess.run(["shellcheck", "--shell=bash", str(BASH)], capture_output=True, text=True)
    assert done.stdout == ""


def test_every_option_of_every_command_is_offered(program: Command, tmp_path: Path) -> None:
    for command in program.walk():
        longs = {name for o in command.options for name in o.names if name.startswith("--")}
        assert set(offered([*command.path, "--"], folder=tmp_path)) == longs, command.name
        names = {name for o in command.options for name in o.names}
        assert set(offered([*command.path, "-"], folder=tmp_path)) == names, command.name


def test_every_command_is_offered(program: Command, tmp_path: Path) -> None:
    for command in program.walk():
        if command.commands:
            names = [below.path[-1] for below in command.commands]
            assert offered([*command.path, ""], folder=tmp_path) == names


@pytest.mark.parametrize(
    ("words", "expected"),
    [
        (["edit", "--model", ""], [m.name for m in MODELS] + [m.id for m in MODELS]),
        (["edit", "-m", "seedd"], []),
        (["edit", "--model", "=", "seede"], [MODELS[0].name, MODELS[0].id]),
        (["edit", "--model", "="], [m.name for m in MODELS] + [m.id for m in MODELS]),
        (["edit", "--size", ""], ["adaptive", "2K", "4K"]),
        (["edit", "--response-format", ""], ["url", "b64_json"]),
        (["edit", "--color", "a"], ["auto", "always"]),
        (["config", "get", ""], list(STORED)),
        (["config", "set", "watermark", ""], ["true", "false"]),
        (["config", "set", "--profile", "work", "size", ""], ["adaptive", "2K", "4K"]),
        (["sandbox", "--fault", ""], list(KINDS)),
        (["sandbox", "--jobs", "--fault", "poll-4"], [kind for kind in KINDS if kind.startswith("poll-4")]),
        (["completion", ""], ["bash", "zsh", "fish", "powershell"]),
        (["edit", "--prompt", ""], []),
        (["edit", "cat.jpg", ""], []),
        (["edit", "--", "--mod"], []),
    ],
)
def test_values_come_from_tables(words: list[str], expected: list[str], tmp_path: Path) -> None:
    assert offered(words, folder=tmp_path) == expected


@pytest.mark.parametrize(
    ("script", "written"),
    [("_seedcli", "{name}"), ("seedcli.fish", "-{kind} {bare} "), ("seedcli.ps1", "$t['{name}'] =")],
)
def test_no_script_lacks_an_option_or_a_word(script: str, written: str, program: Command) -> None:
    text = (SCRIPTS / script).read_text(encoding="utf-8")
    for command in program.walk():
        for option in command.options:
            for name in option.names:
                kind = "l" if name.startswith("--") else "s"
                assert written.format(name=name, kind=kind, bare=name.lstrip("-")) in text
            for word, _ in option.values.words if option.values else ():
                assert word in text


@pytest.mark.parametrize("shell", ["bash", "zsh", "fish", "powershell"])
def test_completion_prints_the_script(shell: str, tmp_path: Path) -> None:
    name = {"bash": "seedcli.bash", "zsh": "_seedcli", "fish": "seedcli.fish", "powershell": "seedcli.ps1"}
    ran = Program(tmp_path, {})("completion", shell)
    assert (ran.code, ran.stdout) == (0, (SCRIPTS / name[shell]).read_bytes())


def test_completion_of_another_shell_is_refused(tmp_path: Path) -> None:
    ran = Program(tmp_path, {})("completion", "tcsh")
    assert (ran.code, ran.stdout) == (2, b"")
    assert "bash, zsh, fish, powershell" in ran.stderr


def test_names_of_presets_and_profiles_are_told(home: Path, tmp_path: Path) -> None:
    config = home / "config" / "seedcli" / "config.toml"
    config.parent.mkdir(parents=True)
    config.write_text(
        '[presets."my gold"]\nprompt = "make it\\ngolden"\n[presets."a\\nb"]\n'
        '[profiles.work]\nmodel = "seededit"\n'
    )
    program = Program(tmp_path, {})
    assert program("__complete", "presets").lines == ["my gold\tmake it golden"]
    assert program("__complete", "profiles").lines == ["work\t"]


def test_jobs_and_edits_are_told(home: Path, tmp_path: Path) -> None:
    entry = keep_job(home / "state" / "seedcli" / "journal.db", "job-1")
    program = Program(tmp_path, {})
    assert program("__complete", "jobs").lines == ["job-1\taccepted: cat.jpg"]
    assert program("__complete", "edits").lines == [f"{entry}\taccepted: make it blue"]


@pytest.mark.parametrize("kind", [*ASKED, "else"])
@pytest.mark.parametrize("content", [None, b"\0 no TOML = [, no database"])
def test_where_nothing_can_be_told_nothing_is_said(
    kind: str, content: bytes | None, home: Path, tmp_path: Path
) -> None:
    if content is not None:
        for place in (home / "config" / "seedcli" / "config.toml", home / "state" / "seedcli" / "journal.db"):
            place.parent.mkdir(parents=True)
            place.write_bytes(content)
    ran = Program(tmp_path, {})("__complete", kind)
    assert (ran.stdout, ran.stderr) == (b"", "")


def test_a_table_that_is_none_is_passed_over(home: Path, tmp_path: Path) -> None:
    config = home / "config" / "seedcli" / "config.toml"
    config.parent.mkdir(parents=True)
    config.write_text('presets = 3\n[profiles]\nwork = "no table"\n')
    program = Program(tmp_path, {})
    assert program("__complete", "presets").lines == []
    assert program("__complete", "profiles").lines == ["work\t"]


def test_a_new_option_is_completed_by_its_metavar() -> None:
    assert [word for word, _ in of_option(("--fit",), "original|cover").words] == ["original", "cover"]
    assert of_option(("--sidecar-to",), "FOLDER").folders
    assert of_option(("--log",), "FILE").files
    assert of_option(("--anything",), "N|M") == of_option(("--other",), "TEXT")
    both = of_argument("[ID|FILE...]")
    assert (both.ask, both.files) == ("edits", True)


@pytest.mark.parametrize("page", sorted((SCRIPTS.parent / "man" / "man1").glob("*.1")), ids=lambda p: p.name)
def test_man_pages_are_sound(page: Path) -> None:
    if shutil.which("groff") is None:
        pytest.skip("no groff here")
    done = subprocess.run(["groff", "-man", "-Tutf8", "-ww", "-z", str(page)], capture_output=True, text=True)
    assert done.stderr == ""


def test_every_command_has_a_man_page(program: Command) -> None:
    pages = {path.stem for path in (SCRIPTS.parent / "man" / "man1").glob("*.1")}
    assert pages == {"seedcli", *(f"seedcli-{command.name}" for command in program.commands)}
