"""Journals that are newer, foreign, broken, gone or locked: said before anything is sent, and left as they are."""
# ruff: noqa: E501  # a case is a line, however long

from __future__ import annotations

import os
import sqlite3
import subprocess
from collections.abc import Callable
from contextlib import closing, suppress
from typing import Any

from fault_cases import Case, each, play, saved, unsent
from fault_program import PROMPT, Place, Program, Result
from fault_scripts import after, meanwhile, says
from fault_server import Server

SEED = 0x53454544


def database(*statements: str) -> Callable[[Place], None]:
    """A file of SQLite's in the journal's place."""

    def make(place: Place) -> None:
        place.state.mkdir(parents=True, mode=0o700)
        with closing(sqlite3.connect(place.journal)) as connection:
            for statement in statements:
                connection.execute(statement)
            connection.commit()

    return make


def bytes_there(data: bytes) -> Callable[[Place], None]:
    def make(place: Place) -> None:
        place.state.mkdir(parents=True, mode=0o700)
        place.journal.write_bytes(data)

    return make


def used(change: Callable[[bytes], bytes]) -> Callable[[Place], None]:
    """A journal that the program has made and used, and that something has changed since."""

    def make(place: Place) -> None:
        program = Program(place, "http://127.0.0.1:9", env={"SEEDCLI_RETRIES": "0"})
        assert program.run("edit", "cat.jpg", PROMPT).exit == 6
        for beside in ("-wal", "-shm"):
            place.journal.with_name(f"journal.db{beside}").unlink(missing_ok=True)
        place.journal.write_bytes(change(place.journal.read_bytes()))

    return make


def left_as_it_was(before: Callable[[Place], None]) -> dict[str, Any]:
    """`before`, and a check that not a byte of what it made has changed."""
    found: list[bytes] = []

    def make(place: Place) -> None:
        before(place)
        found.append(place.journal.read_bytes())

    def check(place: Place, server: Server, result: Result) -> None:
        assert place.journal.read_bytes() == found[-1], "the journal was touched"

    return {"before": make, "check": check}


def stopped(name: str, before: Callable[[Place], None], **rest: Any) -> Case:
    return unsent(name, **{"code": "no_journal", "hint": "journal", **left_as_it_was(before), **rest})


def something_else(make: Callable[[Place], None]) -> Callable[[Place], None]:
    def before(place: Place) -> None:
        place.state.mkdir(parents=True, mode=0o700)
        make(place)

    return before


NEWER = database("CREATE TABLE later (x)", f"PRAGMA application_id = {SEED}", "PRAGMA user_version = 99")
FOREIGN = database("CREATE TABLE bookmarks (x)", "PRAGMA application_id = 77")

OPENING = [
    stopped("newer", NEWER, hint="newer"),
    stopped("newer, for resume", NEWER, words=("resume",), hint="newer"),
    stopped("newer, for poll", NEWER, words=("poll", "job-1"), hint="newer"),
    stopped("newer, for history", NEWER, words=("history", "list"), hint="newer"),
    stopped("another program's", FOREIGN, hint="another program"),
    stopped("a text", bytes_there(b"# my notes\n" * 500)),
    stopped("zeros", bytes_there(b"\0" * 8192)),
    stopped("half a header", bytes_there(b"SQLite format 3\0" + b"\x10\0")),
    stopped("emptied", used(lambda data: b"")),
    stopped("cut to a page", used(lambda data: data[:4096])),
    stopped("its tables gone", used(lambda data: data[:4096] + b"\0" * (len(data) - 4096))),
    stopped("its first page garbled", used(lambda data: data[:100] + b"\xa5" * 3996 + data[4096:])),
    unsent("a folder", before=something_else(lambda place: place.journal.mkdir()), hint="journal"),
    unsent("a pipe", before=something_else(lambda place: os.mkfifo(place.journal)), hint="journal"),
    unsent("a link in a circle", before=something_else(lambda place: place.journal.symlink_to(place.journal)), hint="journal"),
    saved("its mode too wide", before=used(lambda data: data), after=lambda place: None),
]  # fmt: skip


def remove(place: Place) -> None:
    for path in place.state.glob("journal.db*"):
        if path.is_file():
            path.unlink()


IN_THE_MEANTIME = [
    saved("removed", edit=meanwhile(remove), state=None),
    saved("its folder removed", edit=meanwhile(lambda place: place.state.rename(place.root / "gone")), state=None),
]  # fmt: skip


@each(OPENING)
def test_journals_found(case: Case, server: Server, place: Place) -> None:
    play(case, server, place)


@each(IN_THE_MEANTIME)
def test_journals_that_go_in_the_meantime(case: Case, server: Server, place: Place) -> None:
    play(case, server, place)


def test_a_journal_that_another_program_has_locked_is_waited_for(server: Server, place: Place) -> None:
    used(lambda data: data)(place)
    with closing(sqlite3.connect(place.journal, isolation_level=None)) as other:
        other.execute("BEGIN IMMEDIATE")
        running = Program(place, server.base_url).start("edit", "cat.jpg", PROMPT, "-v")
        with suppress(subprocess.TimeoutExpired):  # it waits, as it should
            running.process.wait(0.6)
        assert server.connections == 0, "it sent without a journal"
        other.execute("ROLLBACK")
    result = running.finish()
    assert result.exit == 0, result
    assert server.whole_posts == 1


def test_doubt_of_another_run_stands_in_the_way_of_the_same_request(server: Server, place: Place) -> None:

    server.scripts["edit"] = [says({"error": "x"}, status=500)]
    program = Program(place, server.base_url)
    assert program.run("edit", "cat.jpg", PROMPT).exit == 7
    other = program.run("edit", "cat.jpg", PROMPT, "-o", "elsewhere.jpg")
    assert other.exit == 7, other
    place.put("copy.jpg", (place.work / "cat.jpg").read_bytes())
    assert program.run("edit", "copy.jpg", PROMPT).exit == 7, "the same bytes under another name"
    assert server.whole_posts == 1
    assert program.run("edit", "cat.jpg", "another prompt").exit == 0
    assert server.whole_posts == 2
    resent = program.run("edit", "cat.jpg", PROMPT, "--resend")
    assert resent.exit == 0, resent
    assert server.whole_posts == 3


def test_two_processes_with_the_same_command_send_it_once(server: Server, place: Place) -> None:

    server.scripts["edit"] = [after("sent", says())]
    program = Program(place, server.base_url)
    first = program.start("edit", "cat.jpg", PROMPT)
    server.wait_for("sent")
    second = program.start("edit", "cat.jpg", PROMPT)
    with suppress(subprocess.TimeoutExpired):  # it waits for the other, or has ended: both are fine
        second.process.wait(1)
    server.release("sent")
    assert first.finish().exit == 0
    second.finish()
    assert server.whole_posts == 1
    assert len(place.made()) == 1


def test_what_may_be_forgotten_is_not_what_is_paid_for(server: Server, place: Place) -> None:

    server.scripts["download"] = [says("gone", status=404)]
    program = Program(place, server.base_url)
    assert program.run("edit", "cat.jpg", PROMPT).exit == 8
    program.run("history", "forget", "--older-than", "0s", "--yes")
    assert [row["state"] for row in place.rows()] == ["answered"]
    play(Case("resume", 0, posts=1, files=1, words=("resume",), charged="yes", state="saved"), server, place)
