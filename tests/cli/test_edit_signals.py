"""Signals: the first lets what is in flight come in, the second stops at once and records doubt."""

from __future__ import annotations

import json
import os
import signal
import subprocess
import time
from collections.abc import Callable
from pathlib import Path

import pytest
from program import PROGRAM, Program

from seedcli.sandbox.server import RunningSandbox

Desk = Callable[..., tuple[Program, RunningSandbox]]


def begin(program: Program, *arguments: str, stdin: int = subprocess.DEVNULL) -> subprocess.Popen[bytes]:
    return subprocess.Popen(
        [*PROGRAM, *arguments],
        cwd=program.folder,
        env={**os.environ, **program.variables},
        stdin=stdin,
        stdout=subprocess.PIPE,
        stderr=subprocess.PIPE,
    )


def wait_for(condition: Callable[[], bool]) -> None:
    limit = time.monotonic() + 30
    while not condition():
        assert time.monotonic() < limit
        time.sleep(0.02)


@pytest.mark.parametrize(
    ("number", "code"), [(signal.SIGINT, 130), (signal.SIGTERM, 143), (signal.SIGHUP, 129)]
)
def test_one_signal_receives_and_saves_what_is_in_flight(
    desk: Desk, tmp_path: Path, number: signal.Signals, code: int
) -> None:
    edit, sandbox = desk(latency_s=1.5)
    process = begin(edit, "edit", "cat.jpg", "x")
    wait_for(lambda: sandbox.stats().edits == 1)
    process.send_signal(number)
    out, err = process.communicate(timeout=30)
    assert (process.returncode, out) == (code, b"cat-edited.jpg\n")
    assert b"still received" in err
    assert (tmp_path / "cat-edited.jpg").exists()


@pytest.mark.parametrize(
    ("number", "code"), [(signal.SIGINT, 130), (signal.SIGTERM, 143), (signal.SIGHUP, 129)]
)
def test_a_signal_before_anything_is_under_way_ends_it_in_order(
    desk: Desk, home: Path, number: signal.Signals, code: int
) -> None:
    edit, sandbox = desk()
    process = begin(edit, "edit", "-", "x", stdin=subprocess.PIPE)
    wait_for(lambda: bool(list(home.rglob("journal.db"))))
    process.send_signal(number)
    out, err = process.communicate(timeout=30)
    assert (process.returncode, out, err) == (code, b"", b"")
    assert sandbox.stats().edits == 0


def test_two_signals_stop_at_once_and_record_doubt(desk: Desk) -> None:
    edit, sandbox = desk(latency_s=20)
    process = begin(edit, "edit", "cat.jpg", "x")
    wait_for(lambda: sandbox.stats().edits == 1)
    process.send_signal(signal.SIGINT)
    assert process.stderr is not None
    process.stderr.readline()
    process.send_signal(signal.SIGINT)
    _, err = process.communicate(timeout=10)
    assert process.returncode == 130, err
    (entry,) = edit("history", "list", "--json").objects
    assert (entry["charged"], entry["error"]["code"]) == ("unknown", "in_doubt")
    assert edit("edit", "cat.jpg", "x").code == 7
    assert edit("resume").code == 0, "there is nothing that it could do"
    assert edit("resume", entry["id"]).code == 7, "what was asked for is in doubt"
    assert sandbox.stats().edits == 1


def test_a_signal_leaves_the_rest_of_a_run_for_the_same_command(desk: Desk) -> None:
    edit, sandbox = desk(latency_s=1)
    command = ("edit", "cat.jpg", "x", "-N", "4", "-j", "1", "--json")
    process = begin(edit, *command)
    wait_for(lambda: sandbox.stats().edits == 1)
    process.send_signal(signal.SIGTERM)
    out, _ = process.communicate(timeout=30)
    assert process.returncode == 143
    assert [json.loads(line)["status"] for line in out.splitlines()] == ["saved"]
    again = edit(*command)
    assert again.code == 0
    assert sorted(one["status"] for one in again.objects) == ["saved", "saved", "saved", "skipped"]
    assert sandbox.stats().edits == 4


def test_a_job_is_left_running_and_said_to_be(desk: Desk) -> None:
    edit, sandbox = desk(faults=("endless-job",))
    process = begin(edit, "edit", "cat.jpg", "x")
    wait_for(lambda: sandbox.stats().polls >= 1)
    process.send_signal(signal.SIGINT)
    _, err = process.communicate(timeout=30)
    assert process.returncode == 130
    assert b"seedcli poll" in err


def test_a_closed_standard_output_loses_nothing(desk: Desk, tmp_path: Path) -> None:
    edit, _ = desk()
    reading, writing = os.pipe()
    os.close(reading)
    process = subprocess.run(
        [*PROGRAM, "edit", "cat.jpg", "x"],
        cwd=edit.folder,
        env={**os.environ, **edit.variables},
        stdout=writing,
        stderr=subprocess.PIPE,
        timeout=30,
    )
    os.close(writing)
    assert (tmp_path / "cat-edited.jpg").exists()
    assert b"Traceback" not in process.stderr
    assert process.returncode == 0
