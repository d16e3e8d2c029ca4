"""SIGINT, SIGTERM, SIGHUP, once and twice, and SIGKILL, at each step of an edit's way."""

from __future__ import annotations

import os
import signal
from collections.abc import Callable, Sequence
from dataclasses import dataclass
from typing import Any

import fault_pictures as pictures
import pytest
from fault_audit import audit
from fault_cases import Then
from fault_program import PROMPT, Place, Program
from fault_scripts import DONE, JOB, JPEG_TYPE, after, answer, halfway, says
from fault_server import Script, Server

HELD = "held"
SIGNALS = (signal.SIGINT, signal.SIGTERM, signal.SIGHUP)
STOPPING = "stopping"


@dataclass(frozen=True)
class Moment:
    """Where the signal hits. `seen` is what the server comes to, or what is said, just before."""

    name: str
    edit: Script | Sequence[Script] = ()
    poll: Sequence[Script] = ()
    download: Sequence[Script] = ()
    big: bool = False
    said: str | None = None


UPLOADING = Moment("uploading", edit=after(HELD, says(), taken=100_000), big=True)
WAITING = Moment("waiting", edit=after(HELD, says()))
POLLING = Moment("polling", edit=says(JOB), poll=[after(HELD, says(DONE))])
DOWNLOADING = Moment("downloading", download=[halfway(HELD, answer(pictures.jpeg(), headers=JPEG_TYPE))])
RETRYING = Moment(
    "retrying", edit=says({"error": "slow"}, status=429, headers={"Retry-After": "9"}), said="pace"
)


@dataclass(frozen=True)
class Stopped:
    """How it ends: `posts` and `files` when the command has ended, `again` and `resume` after it."""

    at: Moment
    times: int
    posts: int
    files: int
    state: str
    again: Then | None = None
    resume: Then | None = None
    by: Sequence[signal.Signals] = SIGNALS


CASES = [
    Stopped(UPLOADING, 1, posts=1, files=1, state="saved", by=[signal.SIGINT]),
    Stopped(UPLOADING, 2, posts=0, files=0, state="intended", again=Then(0, 1, 1), by=[signal.SIGTERM]),
    Stopped(WAITING, 1, posts=1, files=1, state="saved", again=Then(0, 2, 2)),
    Stopped(WAITING, 2, posts=1, files=0, state="in_doubt", again=Then(7, 1, 0), resume=Then(0, 1, 0)),
    Stopped(POLLING, 1, posts=1, files=0, state="accepted", resume=Then(0, 1, 1), by=[signal.SIGINT]),
    Stopped(POLLING, 2, posts=1, files=0, state="accepted", again=Then(0, 1, 1), by=[signal.SIGHUP]),
    Stopped(DOWNLOADING, 1, posts=1, files=1, state="saved", by=[signal.SIGTERM]),
    Stopped(DOWNLOADING, 2, posts=1, files=0, state="answered", resume=Then(0, 1, 1), by=[signal.SIGINT]),
    Stopped(RETRYING, 1, posts=1, files=0, state="intended", again=Then(0, 2, 1), by=[signal.SIGINT]),
]  # fmt: skip

KILLED = [
    Stopped(UPLOADING, 1, posts=0, files=0, state="sent", again=Then(7, 0, 0), resume=Then(0, 0, 0)),
    Stopped(WAITING, 1, posts=1, files=0, state="sent", again=Then(7, 1, 0), resume=Then(0, 1, 0)),
    Stopped(POLLING, 1, posts=1, files=0, state="accepted", again=Then(0, 1, 1)),
    Stopped(DOWNLOADING, 1, posts=1, files=0, state="answered", resume=Then(0, 1, 1)),
    Stopped(RETRYING, 1, posts=1, files=0, state="intended", again=Then(0, 2, 1)),
]  # fmt: skip


@pytest.mark.parametrize(
    ("case", "number"),
    [(case, number) for case in CASES for number in case.by],
    ids=[f"{number.name} {case.times}x {case.at.name}" for case in CASES for number in case.by],
)
def test_a_signal_loses_nothing(case: Stopped, number: signal.Signals, server: Server, place: Place) -> None:
    program = _begun(case.at, server, place)
    running = program.start(*_words(case.at), "--json")
    _reach(case.at, server, running)
    running.signal(number)
    running.wait_for(STOPPING) if case.at.said is None else None
    if case.times == 2:
        running.signal(number)
        assert running.process.wait(20) == 128 + number
    server.release(HELD)
    result = running.finish()
    assert result.exit == 128 + number, result
    if case.times == 2:
        # A job that is only waited for may have been left in order before the second signal came.
        told = {"in_doubt": ["in_doubt"], "accepted": ["not_saved", "pending"], "answered": ["not_saved"]}
        codes = [found["error"]["code"] for found in result.objects]
        assert (codes[0] in told[case.state] and len(codes) == 1) if case.state in told else not codes, result
    _check(case, program, server, place, str(result))


@pytest.mark.parametrize("case", KILLED, ids=[case.at.name for case in KILLED])
def test_a_kill_loses_nothing(case: Stopped, server: Server, place: Place) -> None:
    program = _begun(case.at, server, place)
    running = program.start(*_words(case.at))
    _reach(case.at, server, running)
    running.kill()
    server.release(HELD)
    _check(case, program, server, place, "killed")


def test_a_hang_up_that_nohup_ignores_stays_ignored(server: Server, place: Place) -> None:
    program = _begun(WAITING, server, place)
    running = program.start(*_words(WAITING), prepare=_ignore_hang_ups)
    server.wait_for(HELD)
    running.signal(signal.SIGHUP)
    server.release(HELD)
    result = running.finish()
    assert result.exit == 0, result
    assert STOPPING not in result.err


def test_the_rest_of_a_run_is_not_sent_after_a_signal_and_goes_on_when_given_again(
    server: Server, place: Place
) -> None:
    for name in ("a.jpg", "b.jpg", "c.jpg"):
        place.put(name, pictures.input_jpeg())
    program = _begun(WAITING, server, place)
    words = ["edit", "a.jpg", "b.jpg", "c.jpg", PROMPT, "-j", "1"]
    running = program.start(*words)
    server.wait_for(HELD)
    running.signal(signal.SIGINT)
    running.wait_for(STOPPING)
    server.release(HELD)
    result = running.finish()
    assert (result.exit, server.whole_posts, len(place.made())) == (130, 1, 1), result
    again = program.run(*words)
    assert (again.exit, server.whole_posts, len(place.made())) == (0, 3, 3), again
    audit(program, server)


def test_a_gateway_that_stays_silent_is_not_waited_for_beyond_the_deadline(
    server: Server, place: Place
) -> None:
    program = _begun(WAITING, server, place)
    running = program.start(*_words(WAITING), "--timeout", "1.5")
    server.wait_for(HELD)
    running.signal(signal.SIGTERM)
    result = running.finish()
    assert result.exit == 143, result
    assert [row["state"] for row in place.rows()] == ["in_doubt"]
    audit(program, server)


def test_the_spool_and_the_folder_are_clean_after_a_kill_and_the_next_command(
    server: Server, place: Place
) -> None:
    program = _begun(DOWNLOADING, server, place)
    running = program.start(*_words(DOWNLOADING))
    server.wait_for(HELD)
    running.kill()
    assert list(place.work.glob(".seedcli-*.part")), "there is nothing to clean: the test shows nothing"
    assert program.run(*_words(DOWNLOADING)).exit == 0
    assert not list(place.work.glob(".seedcli-*.part"))
    audit(program, server)


def _ignore_hang_ups() -> None:
    signal.signal(signal.SIGHUP, signal.SIG_IGN)


def _begun(at: Moment, server: Server, place: Place) -> Program:
    if at.big:
        place.put("cat.jpg", pictures.large_jpeg())
    server.scripts["edit"] = [at.edit] if callable(at.edit) else list(at.edit)
    server.scripts["poll"], server.scripts["download"] = list(at.poll), list(at.download)
    return Program(place, server.base_url)


def _words(at: Moment) -> Sequence[str]:
    return ["edit", "cat.jpg", PROMPT, *(["--verbose"] if at.said else [])]


def _reach(at: Moment, server: Server, running: Any) -> None:
    if at.said is None:
        server.wait_for(HELD)
    else:
        running.wait_for(at.said)


def _check(case: Stopped, program: Program, server: Server, place: Place, story: str) -> None:
    assert server.whole_posts == case.posts, story
    assert len(place.made()) == case.files + len(list(place.work.glob(".seedcli-*"))), story
    assert [row["state"] for row in place.rows()] == [case.state], story
    then: tuple[tuple[Then | None, Callable[[], Any]], ...] = (
        (case.again, lambda: program.run(*_words(case.at))),
        (case.resume, lambda: program.run("resume")),
    )
    for expected, command in then:
        if expected is not None:
            result = command()
            assert (result.exit, server.whole_posts) == (expected.exit, expected.posts), f"{story}\n{result}"
            assert len(place.made()) == expected.files, f"{story}\n{result}"
    if case.again or case.resume:
        audit(program, server)


def test_an_interrupt_before_there_is_anything_to_receive_ends_it_without_a_traceback(
    server: Server, place: Place
) -> None:
    os.mkfifo(place.root / "config.toml")
    running = Program(place, server.base_url).start(
        *_words(WAITING), "--config", str(place.root / "config.toml")
    )
    writer = os.open(place.root / "config.toml", os.O_WRONLY)  # comes back when the program reads
    running.signal(signal.SIGINT)
    result = running.finish()
    os.close(writer)
    (place.root / "config.toml").unlink()
    assert (result.exit, result.err) == (130, "")
    assert server.connections == 0
