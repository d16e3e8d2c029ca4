"""What moves on a terminal: that it fits, that it is taken away again, and what takes its place elsewhere."""

from __future__ import annotations

import fcntl
import os
import pty
import re
import signal
import struct
import subprocess
import termios
import threading
import time
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from dataclasses import dataclass, field
from pathlib import Path

import pytest
from many_pictures import write_pictures
from program import PROGRAM, Program

from seedcli.cli.progress import Progress
from seedcli.cli.progress_lines import Look, clock_time, progress_lines
from seedcli.cli.screen import Draw, Screen, cells, cut, shorten
from seedcli.records import (
    Entry,
    Event,
    Failure,
    Outcome,
    OutputPlan,
    Placement,
    Source,
    Stage,
    State,
    Status,
)
from seedcli.records import SourceKind as Kind
from seedcli.sandbox.server import RunningSandbox

Desk = Callable[..., tuple[Program, RunningSandbox]]
NAMES = ["cat.jpg", "a/very/long/way/to/some/holiday/pictures/DSC_00001.jpg", "写真/猫の写真.jpg", "é́.jpg"]


def outcome(number: int, status: Status = Status.SAVED, failure: Failure | None = None) -> Outcome:
    source, plan = Source(Kind.FILE, "cat.jpg"), OutputPlan(Placement.BESIDE)
    return Outcome(Entry(str(number), "r", number, 0, 0, State.SAVED, source, "x", {}, plan), status, failure)


def under_way(*, total: int | None = 60, price: float | None = 0.03, active: int = 8) -> Progress:
    progress = Progress(total, price, started_s=time.monotonic() - 30)
    for number in range(20):
        bad = (Status.FAILED, Failure("x", "x"))
        progress.ended(outcome(number, *(bad if number < 2 else ())))
    for number in range(active):
        name = NAMES[number % len(NAMES)]
        progress.event(Event(f"a{number}", name, Stage.UPLOADING, 1_200_000, 3_400_000))
    if active:
        progress.event(Event("a1", NAMES[1], Stage.RETRYING, note="connection refused; again in 3 s"))
    return progress


@pytest.mark.parametrize("columns", [1, 2, 10, 20, 40, 60, 80, 140, 300])
@pytest.mark.parametrize("lines", [1, 3, 10, 50])
@pytest.mark.parametrize("plain", [True, False])
def test_it_fits_any_terminal(columns: int, lines: int, plain: bool) -> None:
    for total in (1, 60, None):
        look = Look(colour=True, plain=plain)
        shown = progress_lines(under_way(total=total), look, columns=columns, lines=lines)
        assert len(shown) <= lines
        assert all(cells(line) <= max(1, columns - 1) for line in shown)


@pytest.mark.parametrize("columns", [40, 80, 140])
def test_all_that_a_person_wants_to_know_is_there_at_any_usual_width(columns: int) -> None:
    shown = progress_lines(under_way(), Look(), columns=columns, lines=30)
    text = "\n".join(shown)
    for fact in ("20 of 60, 2 failed", "/min", " left", "0.54 so far"):
        assert fact in text
    assert sum("uploading" in line or "retrying" in line for line in shown) == 8
    assert "00001.jpg" in text  # names differ at their ends


def test_more_in_flight_than_there_are_lines_are_counted() -> None:
    shown = progress_lines(under_way(active=30), Look(), columns=80, lines=10)
    assert (len(shown), shown[-1]) == (10, "and 22 more")


def test_the_time_left_goes_by_what_this_command_has_ended() -> None:
    progress = Progress(100, started_s=time.monotonic() - 10)
    for number in range(80):
        progress.ended(outcome(number, Status.SKIPPED))
    assert progress.left_s is None
    for number in range(80, 90):
        progress.ended(outcome(number))
    assert progress.left_s == pytest.approx(10, rel=0.1)


@pytest.mark.parametrize(
    ("text", "room", "short"),
    [
        ("cat.jpg", 7, "cat.jpg"),
        ("holiday-001.jpg", 10, "hol…01.jpg"),
        ("写真写真写真.jpg", 10, "写…真.jpg"),
        ("holiday", 1, "…"),
    ],
)
def test_a_name_is_shortened_in_its_middle(text: str, room: int, short: str) -> None:
    assert shorten(text, room) == short
    assert cells(short) <= room
    assert cells(cut(text, room)) <= room


def test_times_are_written_like_a_clocks() -> None:
    assert [clock_time(each) for each in (7.9, 754, 3723)] == ["0:07", "12:34", "1:02:03"]


@dataclass
class Terminal:
    """The program's end of a pseudo-terminal, and what was written to it."""

    number: int
    slave: int
    written: bytearray = field(default_factory=bytearray)

    def resize(self, columns: int, lines: int = 24) -> None:
        fcntl.ioctl(self.slave, termios.TIOCSWINSZ, struct.pack("HHHH", lines, columns, 0, 0))

    @property
    def text(self) -> str:
        return self.written.decode("utf-8", "replace")

    @property
    def plain(self) -> str:
        return re.sub(r"\x1b\[[0-9;]*m", "", self.text)

    def wait_for(self, words: str, *, limit_s: float = 30) -> None:
        end_s = time.monotonic() + limit_s
        while words not in self.text:
            assert time.monotonic() < end_s, self.text[-500:]
            time.sleep(0.02)


@contextmanager
def terminal(columns: int = 80) -> Iterator[Terminal]:
    number, slave = pty.openpty()
    found = Terminal(number, slave)
    found.resize(columns)

    def read() -> None:
        try:
            while piece := os.read(number, 65536):
                found.written += piece
        except OSError:
            return

    reader = threading.Thread(target=read, daemon=True)
    reader.start()
    try:
        yield found
    finally:
        os.close(slave)
        reader.join(5)
        os.close(number)


@contextmanager
def screen_on(found: Terminal, draw: Draw, *, every_s: float) -> Iterator[Screen]:
    with os.fdopen(os.dup(found.slave), "w", encoding="utf-8") as stream:
        screen = Screen(stream, draw, every_s=every_s)
        screen.start()
        try:
            yield screen
        finally:
            screen.stop()


def moves_up(found: Terminal) -> list[int]:
    return [int(rows) for rows in re.findall(r"\x1b\[(\d+)A", found.text)]


def test_a_narrower_terminal_is_cleared_of_as_many_rows_as_it_has_folded_what_was_there_into() -> None:
    with terminal() as found:
        with screen_on(found, lambda columns, lines: ["x" * (columns - 1)] * 3, every_s=0.01) as screen:
            screen.above("one")
            found.wait_for("one")
            found.resize(20)
            found.wait_for("\x1b[12A")  # three lines of 79, four rows each
            screen.above("two")
            found.wait_for("two")
        found.wait_for("\x1b[?25h")
        assert moves_up(found) == [3, 12, 3, 3]
        assert found.text.endswith("\x1b[A\x1b[?25h")


def test_lines_above_wait_for_the_next_drawing_and_none_is_lost_or_out_of_turn_at_the_end() -> None:
    with terminal() as found:
        with screen_on(found, lambda columns, lines: ["moving"], every_s=1000) as screen:
            for number in range(50):
                screen.above(f"line {number}.")
            assert "line" not in found.text
            screen.stop()
            screen.above("at rest.")
        found.wait_for("at rest.")
        said = re.findall(r"(line \d+|at rest)\.", found.text)
        assert said == [*(f"line {number}" for number in range(50)), "at rest"]
        assert found.text.count("moving") == found.text.count("\x1b[?25h") == 1


def test_what_has_not_changed_is_not_drawn_again() -> None:
    drawings = threading.Semaphore(0)

    def draw(columns: int, lines: int) -> list[str]:
        drawings.release()
        return ["the same"]

    with terminal() as found, screen_on(found, draw, every_s=0.001):
        for _ in range(20):
            assert drawings.acquire(timeout=30)
        found.wait_for("the same")
        assert found.text.count("the same") == 1


def test_a_terminal_that_is_held_keeps_nobody_from_going_on() -> None:
    """Ctrl-S, or a connection that hangs: pictures that are paid for are received all the same."""
    with terminal() as found:
        with screen_on(found, lambda columns, lines: ["moving"], every_s=0.001) as screen:
            termios.tcflow(found.slave, termios.TCOOFF)
            for number in range(1000):
                screen.above(f"line {number}.")
            assert "line 999." not in found.text
            termios.tcflow(found.slave, termios.TCOON)
        found.wait_for("line 999.")
        assert found.text.count("line ") == 1000


def run_on(found: Terminal, program: Program, *arguments: str, **variables: str) -> subprocess.Popen[bytes]:
    return subprocess.Popen(
        [*PROGRAM, *arguments],
        cwd=program.folder,
        env={**os.environ, "TERM": "xterm-256color", **program.variables, **variables},
        stdin=found.slave,
        stdout=found.slave,
        stderr=found.slave,
        start_new_session=True,
    )


def test_on_a_terminal_progress_moves_and_the_cursor_comes_back(desk: Desk, tmp_path: Path) -> None:
    edit, _ = desk(latency_s=0.6)
    with terminal() as found:
        process = run_on(found, edit, "edit", "cat.jpg", "x", "-N", "2")
        assert process.wait(60) == 0
        found.wait_for("2 saved")
    assert "editing 0:00" in found.text
    assert "of 2" in found.text
    assert found.text.count("\x1b[?25l") == found.text.count("\x1b[?25h") == 1
    assert found.text.index("\x1b[?25h") < found.text.index("2 saved")
    assert found.plain.count("saved cat-edited.jpg") == 1  # the path is not printed once more beside it


@pytest.mark.parametrize("number", [signal.SIGINT, signal.SIGTERM])
def test_a_signal_on_a_terminal_is_answered_and_all_is_said_in_turn(
    desk: Desk, number: signal.Signals
) -> None:
    edit, _ = desk(latency_s=1)
    with terminal() as found:
        process = run_on(found, edit, "edit", "cat.jpg", "x", "-N", "2", "-j", "1")
        found.wait_for("editing 0:00")
        process.send_signal(number)
        assert process.wait(60) == 128 + number
        found.wait_for("not sent of 2")
    said = re.findall(r"stopping:|saved cat-edited.jpg|\x1b\[\?25h|1 saved, 1 not sent of 2", found.plain)
    assert said == ["stopping:", "saved cat-edited.jpg", "\x1b[?25h", "1 saved, 1 not sent of 2"]


@pytest.mark.parametrize("variables", [{"TERM": "dumb"}])
def test_a_terminal_that_can_not_move_is_left_in_peace(desk: Desk, variables: dict[str, str]) -> None:
    edit, _ = desk(latency_s=0.3)
    with terminal() as found:
        process = run_on(found, edit, "edit", "cat.jpg", "x", **variables)
        assert process.wait(60) == 0
        found.wait_for("saved")
    assert "\x1b[" not in found.text.replace("\x1b[32m", "").replace("\x1b[0m", "")


def test_no_colour_moves_all_the_same(desk: Desk) -> None:
    edit, _ = desk(latency_s=0.5)
    with terminal() as found:
        process = run_on(found, edit, "edit", "cat.jpg", "x", NO_COLOR="1")
        assert process.wait(60) == 0
    assert "editing 0:00" in found.text
    assert not re.search(r"\x1b\[[0-9;]*m", found.text)


@pytest.mark.parametrize(("count", "options", "told"), [(4, (), 4), (5, (), 0), (5, ("-v",), 5)])
def test_off_a_terminal_many_are_told_of_by_their_paths_alone(
    desk: Desk, tmp_path: Path, count: int, options: tuple[str, ...], told: int
) -> None:
    edit, _ = desk(faults=("400:1:1",))
    write_pictures(tmp_path / "photos", count + 1)
    ran = edit("edit", "-r", "photos", "x", "-j", "1", "-o", "out/", *options)
    assert len(ran.lines) == count
    assert ran.stderr.count("saved out/") == told
    assert ran.stderr.count("failed: photos/p0000.jpg") == 1
    assert f"{count} saved, 1 rejected of {count + 1}" in ran.stderr
    few = edit("edit", "cat.jpg", "x", *options)
    assert "saved cat-edited.jpg" in few.stderr


def test_the_history_keeps_to_the_terminal_and_is_whole_in_a_pipe(desk: Desk) -> None:
    edit, _ = desk()
    prompt = "make it as long as a prompt may well be"
    edit("edit", "cat.jpg", prompt)
    with terminal() as found:
        assert run_on(found, edit, "history", "list", COLUMNS="80").wait(60) == 0
        found.wait_for("…")
    (line,) = found.plain.splitlines()
    assert len(line) == 80
    assert edit("history", "list", COLUMNS="80").lines[0].endswith(prompt)
