"""Help: what it says, how it looks at any width, and what is answered to a slip of the fingers."""

from __future__ import annotations

import json
import re
import subprocess
import sys
from pathlib import Path

import pytest
from program import PROGRAM, Program

from seedcli import errors
from seedcli.cli import kept_help, topics
from seedcli.cli.completions.catalogue import Command, read_program
from seedcli.cli.page import Block, Page, Row, from_data, render, to_data

ESCAPES = re.compile(r"\x1b\[[0-9;]*m")


@pytest.fixture(scope="module")
def program() -> Command:
    return read_program()


@pytest.fixture
def seedcli(tmp_path: Path) -> Program:
    return Program(tmp_path, {})


def every_page() -> list[tuple[str, Page]]:
    pages = [(name, kept_help.find(name)) for name in ["", *kept_help.names()]]
    return [(name, page) for name, page in pages if page is not None]


@pytest.mark.parametrize("width", [60, 80, 100])
def test_every_page_keeps_to_the_width(width: int) -> None:
    for name, page in every_page():
        for line in render(page, width=width, colour=False).splitlines():
            assert len(line) <= width, f"{name}: {line}"


def test_no_wider_than_can_be_read_and_no_narrower_than_makes_sense(seedcli: Program) -> None:
    for told, most in (("300", 100), ("120", 100), ("60", 60), ("5", 80), ("x", 80)):
        lines = seedcli("edit", "--help", COLUMNS=told).lines
        assert max(map(len, lines)) <= most


def test_colours_change_nothing_but_colours() -> None:
    for _, page in every_page():
        plain = render(page, width=80, colour=False)
        painted = render(page, width=80, colour=True)
        assert "\x1b" not in plain
        assert ESCAPES.sub("", painted) == plain != painted


@pytest.mark.parametrize(
    ("variables", "coloured"),
    [
        ({}, False),  # a pipe
        ({"FORCE_COLOR": "1"}, True),
        ({"CLICOLOR_FORCE": "1"}, True),
        ({"CLICOLOR_FORCE": "0"}, False),
        ({"FORCE_COLOR": "1", "NO_COLOR": "1"}, False),
        ({"FORCE_COLOR": "1", "NO_COLOR": ""}, True),
    ],
)
@pytest.mark.parametrize("words", [("edit", "--help"), ("help", "json"), ("config",)])
def test_the_conventions_on_colour_are_kept(
    variables: dict[str, str], coloured: bool, words: tuple[str, ...], seedcli: Program
) -> None:
    assert (b"\x1b[" in seedcli(*words, stdin=None, **variables).stdout) is coloured


def test_every_command_has_its_page_however_it_is_asked_for(program: Command, seedcli: Program) -> None:
    for command in program.commands:
        asked = [seedcli(command.name, "--help"), seedcli(command.name, "-h"), seedcli("help", command.name)]
        assert {ran.code for ran in asked} == {0}
        assert len({ran.stdout for ran in asked}) == 1
        assert asked[0].lines[0].startswith(command.page.about[0][:20])


def test_the_kept_page_is_what_typer_would_show(seedcli: Program) -> None:
    # With an option before it the page is not a kept one.
    assert seedcli("edit", "--json", "--help").stdout == seedcli("edit", "--help").stdout
    assert seedcli("config", "set", "--keyring", "--help").stdout == seedcli("config", "set", "-h").stdout


def test_a_value_that_looks_like_help_is_a_value(seedcli: Program) -> None:
    ran = seedcli("edit", "nothing.jpg", "-p", "--help")
    assert (ran.code, ran.stdout) == (2, b"")
    assert "nothing.jpg" in ran.stderr


def test_the_program_alone_shows_its_page(seedcli: Program) -> None:
    ran = seedcli()
    assert (ran.code, ran.stderr) == (0, "")
    assert ran.stdout == seedcli("--help").stdout == seedcli("help").stdout


def test_a_group_alone_shows_its_page(seedcli: Program) -> None:
    ran = seedcli("config")
    assert (ran.code, ran.stderr) == (0, "")
    assert ran.stdout == seedcli("config", "--help").stdout


def test_a_command_that_lacks_its_words_says_so_on_standard_error(seedcli: Program) -> None:
    for words in (["edit"], ["poll"], ["completion"]):
        ran = seedcli(*words)
        assert (ran.code, ran.stdout) == (2, b"")
        assert f"Usage: seedcli {words[0]}" in ran.stderr


def test_a_reader_that_has_seen_enough_is_no_fault(tmp_path: Path) -> None:
    done = subprocess.run(
        ["bash", "-o", "pipefail", "-c", '"$@" | true', "bash", *PROGRAM, "edit", "--help"],
        capture_output=True,
        text=True,
        timeout=30,
    )
    assert (done.returncode, done.stderr) == (0, "")


def test_a_terminal_that_knows_no_unicode_gets_what_it_can_show(seedcli: Program) -> None:
    ran = seedcli("config", "--help", PYTHONIOENCODING="ascii")
    assert ran.code == 0
    ran.stdout.decode("ascii")


def test_topics_are_listed_and_shown(seedcli: Program) -> None:
    root = seedcli("help").stdout.decode()
    for name, summary in topics.SUMMARIES.items():
        assert f"help {name}" in root
        assert summary in root
        assert seedcli("help", name).code == 0
    assert topics.SUMMARIES.keys() == topics.topics().keys()


def test_exit_codes_are_those_of_the_errors() -> None:
    rows = {code: (charged, words) for code, _, charged, words in topics.EXIT_CODES}
    kinds: list[type[errors.SeedError]] = [errors.SeedError, *descendants(errors.SeedError)]
    for kind in kinds:
        if kind is errors.Interrupted:
            continue
        charged, words = rows[str(int(kind.exit_code))]
        assert kind.code in words.split(", ")
        assert kind.charged.value == charged
    listed = {code for row in rows for code in row.split(", ")}
    assert listed == {str(int(code)) for code in errors.ExitCode}


def descendants(kind: type[errors.SeedError]) -> list[type[errors.SeedError]]:
    below = kind.__subclasses__()
    return below + [deeper for one in below for deeper in descendants(one)]


def test_the_topic_json_tells_of_every_field(seedcli: Program) -> None:
    fields = json.loads(seedcli("history", "--schema").stdout)["properties"]
    said = re.findall(r"[a-z_0-9]+", seedcli("help", "json", COLUMNS="500").stdout.decode())
    assert set(fields) <= set(said)


def test_the_topic_json_names_every_kind_of_object(seedcli: Program) -> None:
    sources = (Path(__file__).parents[2] / "seedcli" / "cli").glob("*_run.py")
    kinds = {kind for path in sources for kind in re.findall(r"seedcli\.[a-z]+/1", path.read_text())}
    assert len(kinds) >= 3
    assert kinds <= set(seedcli("help", "json").stdout.decode().split())


def test_exit_codes_print_as_a_table(seedcli: Program) -> None:
    lines = seedcli("help", "exit-codes").lines
    (head,) = [line for line in lines if line.split()[:1] == ["code"]]
    assert head.split() == ["code", "meaning", "charged", "error", "codes"]
    (doubt,) = [line for line in lines if line.startswith("  7 ")]
    assert doubt.rstrip().endswith("in_doubt")
    assert head.index("error") == doubt.index("in_doubt")


@pytest.mark.parametrize(
    ("words", "message"),
    [
        ("edti x y", "no such command: edti. Did you mean seedcli edit?"),
        ("config sett", "no such command: sett. Did you mean seedcli config set?"),
        ("zzz", "no such command: zzz"),
        ("edit a b --modle x", "no such option: --modle. Did you mean --model?"),
        ("edit a b --guidance_scale 3", "no such option: --guidance_scale. Did you mean --guidance-scale?"),
        ("poll a --zzz", "no such option: --zzz"),
        ("edit a b --api-key secret", "no option takes the key: other users can see those"),
        ("edit a b --key=secret", "no option takes the key: other users can see those"),
        ("edit a b -Z", "no such option: -Z"),
        ("edit a b -m", "-m needs a value"),
        ("edit a b --json=3", "--json takes no value"),
        ("--sandbox edit a b", "--sandbox comes after the command"),
        ("history --since 1h", "--since comes after the command"),
        ("-n edit a b", "-n comes after the command"),
        ("sandbox --port 99999", "--port: 99999 is not from 0 to 65535"),
        ("batch a b c", "too many words: b c"),
        ("history list x", "too many words: x"),
        ("poll --no-wait", "missing argument 'JOB_SET_ID...'"),
        ("help exitcodes", "there is no help on 'exitcodes'. Did you mean seedcli help exit-codes?"),
        ("help zzz", "there is no help on 'zzz'"),
    ],
)
def test_a_slip_is_answered_in_one_line_with_what_was_meant(
    words: str, message: str, seedcli: Program
) -> None:
    ran = seedcli(*words.split())
    assert (ran.code, ran.stdout) == (2, b"")
    first, *rest = ran.stderr.splitlines()
    assert first == f"seedcli: {message}"
    assert len(rest) == 1, "a hint and no more"


def test_a_value_of_the_wrong_kind_is_told_without_python_s_words(seedcli: Program) -> None:
    ran = seedcli("sandbox", "--port", "x")
    first, _ = ran.stderr.splitlines()
    assert ran.code == 2
    # In the words of typer before 0.29, and since.
    assert first in ("seedcli: --port: 'x' is not a number", "seedcli: --port: a number is expected")


def test_a_picture_where_a_command_should_be_is_told_how_to_be_edited(
    seedcli: Program, tmp_path: Path
) -> None:
    (tmp_path / "cat.jpg").touch()
    assert "seedcli edit IMAGE... PROMPT" in seedcli("cat.jpg", "make it blue").stderr


def test_a_page_survives_being_kept() -> None:
    page = Page(
        ["About."],
        usage="seedcli x",
        blocks=[
            Block("Rows", rows=[Row("--a", "does a", short="-a", metavar="N"), Row("b", "")]),
            Block("Table", table=[("x", "y"), ("1", "2")]),
            Block("", text=["one", "two"], commands=["seedcli x"]),
        ],
    )
    assert to_data(from_data(to_data(page))) == to_data(page)
    assert render(from_data(to_data(page)), width=60, colour=True) == render(page, width=60, colour=True)


def test_a_folded_command_is_the_same_command() -> None:
    command = "seedcli edit 'a very long name of a file.jpg' \"make it blue\" -o out/ > done.txt | cat"
    shown = render(Page([], blocks=[Block("", commands=[command])]), width=40, colour=False)
    assert len(shown.splitlines()) > 1
    words = "import sys; print(*sys.argv[1:], sep='|')"
    script = shown.split(">")[0].replace("seedcli", f"'{sys.executable}' -c \"$0\"").rstrip().rstrip("\\")
    done = subprocess.run(["bash", "-c", script, words], capture_output=True, text=True)
    assert done.stdout.strip() == "edit|a very long name of a file.jpg|make it blue|-o|out/"
