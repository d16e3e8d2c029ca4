"""A run killed at random, shared by processes, held to a limit: nothing sent twice, nothing missing."""

from __future__ import annotations

import os
import random
import shutil
import signal
import subprocess
import time
from collections.abc import Callable
from pathlib import Path

import pytest
from program import PROGRAM, Program

from seedcli.sandbox.server import RunningSandbox

Desk = Callable[..., tuple[Program, RunningSandbox]]


def pictures(folder: Path, count: int) -> Path:
    """As many copies of the example, each with bytes of its own, so that requests can be told apart."""
    place = folder / "photos"
    place.mkdir()
    data = (folder / "cat.jpg").read_bytes()
    for number in range(count):
        comment = f"{number:06}".encode()
        (place / f"p{number:04}.jpg").write_bytes(
            data[:2] + b"\xff\xfe" + (len(comment) + 2).to_bytes(2) + comment + data[2:]
        )
    shutil.rmtree(folder / "out", ignore_errors=True)
    return place


def begin(program: Program, *arguments: str) -> subprocess.Popen[bytes]:
    return subprocess.Popen(
        [*PROGRAM, *arguments],
        cwd=program.folder,
        env={**os.environ, **program.variables},
        stdin=subprocess.DEVNULL,
        stdout=subprocess.DEVNULL,
        stderr=subprocess.DEVNULL,
    )


def kill_and_go_on(desk: Desk, folder: Path, *, images: int, kills: int, seed: int) -> None:
    """Each part of the run is killed a moment after it has sent a few: every kill meets work under way.

    One part in five is killed while it begins.
    """
    edit, sandbox = desk(latency_s=0.03)
    pictures(folder, images)
    command = ("edit", "-r", "photos", "x", "-o", "out/", "-j", "2", "-q")
    chance, a_part, met = random.Random(seed), images // kills, 0
    for _ in range(kills):
        enough = sandbox.stats().edits + chance.randint(1, 2 * a_part - 1)
        process = begin(edit, *command)
        if chance.random() < 0.2:
            time.sleep(chance.uniform(0, 0.4))
        else:
            wait_until(lambda enough=enough: sandbox.stats().edits >= enough, process)  # type: ignore[misc]
            time.sleep(chance.uniform(0, 0.06))
        process.send_signal(signal.SIGKILL)
        met += process.wait() == -signal.SIGKILL
    last = edit(*command)
    assert last.code in (0, 7), last.stderr
    assert met >= kills * 0.8
    rows = edit("history", "list", "--limit", "0", "--json").objects
    saved = [row for row in rows if row["status"] == "saved"]
    doubtful = [row for row in rows if row["error"] and row["error"]["code"] == "in_doubt"]
    assert len(saved) + len(doubtful) == len(rows) == images
    assert len(doubtful) <= 2 * kills  # at most what was in flight
    assert len(list((folder / "out").iterdir())) == len(saved)
    assert sandbox.stats().repeated == 0
    assert sandbox.stats().edits <= images


def wait_until(condition: Callable[[], bool], process: subprocess.Popen[bytes]) -> None:
    """Returns when it holds, or the process has ended by itself."""
    limit = time.monotonic() + 60
    while not condition() and process.poll() is None:
        assert time.monotonic() < limit
        time.sleep(0.002)


def test_a_run_killed_at_random_is_finished_by_the_same_command(desk: Desk, tmp_path: Path) -> None:
    kill_and_go_on(desk, tmp_path, images=48, kills=8, seed=1)


@pytest.mark.torture
def test_a_run_killed_fifty_times_is_finished_by_the_same_command(desk: Desk, tmp_path: Path) -> None:
    kill_and_go_on(desk, tmp_path, images=200, kills=50, seed=2)


def test_three_processes_share_one_run_and_send_each_image_once(desk: Desk, tmp_path: Path) -> None:
    edit, sandbox = desk(latency_s=0.05)
    pictures(tmp_path, 100)
    processes = [begin(edit, "edit", "-r", "photos", "x", "-o", "out/", "-j", "4", "-q") for _ in range(3)]
    assert [process.wait(timeout=120) for process in processes] == [0, 0, 0]
    assert (sandbox.stats().edits, sandbox.stats().repeated) == (100, 0)
    assert len(list((tmp_path / "out").glob("*.jpg"))) == 100


def test_a_run_keeps_to_the_gateways_limit_with_few_refusals(desk: Desk, tmp_path: Path) -> None:
    """The time is `make bench`'s to judge; here the run ends well, and most requests are let through."""
    edit, sandbox = desk(rate_per_s=20)
    pictures(tmp_path, 120)
    ran = edit("edit", "-r", "photos", "x", "-o", "out/", "-j", "8", "-q")
    stats = sandbox.stats()
    assert (ran.code, stats.made) == (0, 120), ran.stderr
    assert stats.rate_limited <= 24, f"{stats.rate_limited} refusals"
