# ruff: noqa: E501  # a case is a line, however long
"""Standard streams that are closed, full or gone: they end no work that was paid for."""

from __future__ import annotations

import os
from collections.abc import Callable
from pathlib import Path

import fault_pictures as pictures
import pytest
from fault_audit import audit
from fault_cases import Case, doubt, each, kept, play, saved, unsent
from fault_program import PROMPT, Place, Program, Result
from fault_scripts import after, inline, says
from fault_server import Server


def closes(*descriptors: int) -> Callable[[], None]:
    def prepare() -> None:
        for descriptor in descriptors:
            os.close(descriptor)

    return prepare


def turns(descriptor: int, path: str) -> Callable[[], None]:
    """In the child: the stream is the file at `path`."""

    def prepare() -> None:
        opened = os.open(path, os.O_RDWR)
        os.dup2(opened, descriptor)
        os.close(opened)

    return prepare


def breaks(*descriptors: int) -> Callable[[], None]:
    """In the child: the stream is a pipe that nobody reads."""

    def prepare() -> None:
        reader, writer = os.pipe()
        os.close(reader)
        for descriptor in descriptors:
            os.dup2(writer, descriptor)
        os.close(writer)

    return prepare


def both(first: Callable[[], None], second: Callable[[], None]) -> Callable[[], None]:
    def prepare() -> None:
        first()
        second()

    return prepare


def on_stdout(data: bytes) -> Callable[[Place, Server, Result], None]:
    def check(place: Place, server: Server, result: Result) -> None:
        assert result.out == data

    return check


def silent(name: str, child: Callable[[], None], **rest: object) -> Case:
    """Whatever became of its streams: the picture is saved, and the command has done its work."""
    return saved(name, child=child, **{"charged": None, **rest})


STDOUT = ["-o", "-"]

BROKEN = [
    silent("standard output closed", closes(1)),
    silent("standard output closed, plain", closes(1), json=False),
    silent("standard output full", turns(1, "/dev/full")),
    silent("standard output full, plain", turns(1, "/dev/full"), json=False),
    silent("standard output without a reader", breaks(1)),
    silent("standard output without a reader, plain", breaks(1), json=False),
    silent("standard error closed", closes(2)),
    silent("standard error full", turns(2, "/dev/full")),
    silent("standard error without a reader", breaks(2), args=["--verbose"]),
    silent("standard input closed", closes(0)),
    silent("all closed", closes(0, 1, 2)),
    silent("all full", both(turns(1, "/dev/full"), turns(2, "/dev/full"))),
    silent("both without a reader", breaks(1, 2)),
    doubt("doubt, and standard output full", says({"error": "x"}, status=500), child=turns(1, "/dev/full"), charged=None),
    doubt("doubt, and all without a reader", says({"error": "x"}, status=500), child=breaks(1, 2), charged=None, hint=None),
]  # fmt: skip

RESULTS = [
    saved("-o -", args=STDOUT, json=False, files=0, check=on_stdout(pictures.jpeg())),
    saved("- as the input", words=("edit", "-", PROMPT), stdin=pictures.input_jpeg(), json=False, files=0, check=on_stdout(pictures.jpeg())),
    saved("- as the input, -o FILE", words=("edit", "-", PROMPT), stdin=pictures.input_jpeg(), args=["-o", "new.jpg"]),
    saved("base64 to standard output", args=STDOUT, edit=says(inline(pictures.png())), json=False, files=0, check=on_stdout(pictures.png())),
    kept("-o - without a reader", args=STDOUT, child=breaks(1), charged=None, json=False),
    kept("-o - full", args=STDOUT, child=turns(1, "/dev/full"), charged=None, json=False),
    kept("-o - full, base64", args=STDOUT, edit=says(inline(pictures.jpeg())), child=turns(1, "/dev/full"), charged=None, json=False),
    unsent("-o - closed", args=STDOUT, child=closes(1)),
    doubt("- as the input, in doubt", says({"error": "x"}, status=500), words=("edit", "-", PROMPT), stdin=pictures.input_jpeg(), args=["-o", "new.jpg"]),
    unsent("- as the prompt, closed", words=("edit", "cat.jpg", "--prompt-file", "-"), child=closes(0), code="usage"),
    unsent("- as the input, closed", words=("edit", "-", PROMPT), child=closes(0), code="bad_input", hint="closed"),
    unsent("- as the input, twice", words=("edit", "-", "-p", PROMPT, "--files-from", "-"), stdin=b"x"),
]  # fmt: skip


@each(BROKEN)
def test_broken_streams_lose_nothing(case: Case, server: Server, place: Place) -> None:
    play(case, server, place)


@each(RESULTS)
def test_results_on_standard_output(case: Case, server: Server, place: Place) -> None:
    play(case, server, place)


def test_a_picture_is_not_written_to_a_terminal(server: Server, place: Place) -> None:
    leader, follower = os.openpty()
    try:
        program = Program(place, server.base_url)
        result = program.start("edit", "cat.jpg", PROMPT, "-o", "-", stdout=follower).finish()
        assert result.exit == 2, result
        assert server.whole_posts == 0
    finally:
        os.close(leader)
        os.close(follower)
    audit(program, server)


@pytest.mark.parametrize("terminal", ["xterm-256color", "dumb"])
def test_a_terminal_on_standard_error_gets_its_cursor_back(
    terminal: str, server: Server, place: Place
) -> None:
    leader, follower = os.openpty()
    program = Program(place, server.base_url, env={"TERM": terminal})
    running = program.start("edit", "cat.jpg", PROMPT, stderr=follower)
    result = running.finish()
    os.close(follower)
    said = _drained(leader)
    assert result.exit == 0, said
    assert result.out == b"cat-edited.jpg\n"
    assert said.count(b"\x1b[?25l") == said.count(b"\x1b[?25h"), said
    if terminal == "dumb":
        assert b"\x1b[" not in said, said


def _drained(leader: int) -> bytes:
    said = b""
    try:
        while data := os.read(leader, 65536):
            said += data
    except OSError:  # the end, on Linux
        pass
    finally:
        os.close(leader)
    return said


def test_a_log_of_exchanges_is_its_owners_alone_and_says_what_was_sent(server: Server, place: Place) -> None:
    log = place.root / "http.log"
    play(saved("log", files=1), server, place)
    text = log.read_text()
    assert Path(log).stat().st_mode & 0o077 == 0
    assert "POST" in text and "GET" in text and PROMPT in text
    assert len(text) < 20_000, "the image is not shortened"


@pytest.mark.parametrize(
    "words", [["--version"], ["help"], ["config", "list"], ["history", "--schema"], ["models"]], ids=" ".join
)
def test_commands_that_only_print_end_cleanly_without_standard_output(
    words: list[str], server: Server, place: Place
) -> None:
    program = Program(place, server.base_url)
    for child in (closes(1), turns(1, "/dev/full"), closes(0, 1, 2), breaks(1)):
        assert program.start(*words, prepare=child).finish().exit in (0, 2)
    audit(program, server)


def test_commands_with_the_same_picture_on_standard_input_do_not_disturb_each_other(
    server: Server, place: Place
) -> None:
    picture = pictures.large_jpeg(1_000_000)
    server.scripts["edit"] = [after("first", says({"error": "slow"}, status=429)), after("second", says())]
    program = Program(place, server.base_url)
    first = program.start("edit", "-", "one", "-o", "one.jpg", stdin=picture)
    server.wait_for("first")
    second = program.start("edit", "-", "two", "-o", "two.jpg", stdin=picture)
    server.wait_for("second")
    server.release("second")
    assert second.finish().exit == 0
    server.release("first")
    assert first.finish().exit == 0
    assert [path.name for path in place.made()] == ["one.jpg", "two.jpg"]
    audit(program, server)
