"""One point of torture, and the three promises held against what came of it."""

from __future__ import annotations

from dataclasses import dataclass, field
from enum import StrEnum

from torture_bench import EDIT, Bench
from torture_gateway import KEY, picture
from torture_strace import NETWORK, Point, Struck

RESUME = ("resume", "--json")
_ENDS = frozenset({0, 2, 3, 6, 7, 8})
_UNCHARGED = frozenset({2, 3, 4, 5, 6})
_PAID = frozenset({"accepted", "answered"})
_DOUBT = 7


class Came(StrEnum):
    """What came of a point."""

    NOT_REACHED = "not reached"
    UNHURT = "saved at once"
    LATER = "saved when given again or resumed"
    DOUBT = "in doubt"


@dataclass
class Trial:
    """A point, what came of it, and each promise that it broke."""

    point: Point
    came: Came = Came.UNHURT
    may_be_in_doubt: bool = False
    problems: list[str] = field(default_factory=list)
    story: list[str] = field(default_factory=list)

    def hold(self, kept: bool, problem: str) -> None:
        if not kept:
            self.problems.append(problem)

    def __str__(self) -> str:
        return "\n  ".join((f"{self.point}: {'; '.join(self.problems)}", *self.story))


def attempt(bench: Bench, point: Point) -> Trial:
    """Runs the command with the fault, then again without it, and `resume`; judges after each."""
    trial = Trial(point)
    bench.restore()
    struck = bench.strike(point)
    trial.story.append(f"struck: exit {struck.code}: {struck.stderr.strip()[-600:]}")
    trial.may_be_in_doubt = _may_be_in_doubt(trial, bench, struck)
    _judge_end(trial, bench, struck)
    _look(trial, bench)
    if _states(trial, bench) != ["saved"]:
        trial.came = Came.LATER
        _go_on(trial, bench)
    _judge_final(trial, bench)
    if not struck.hit:
        trial.came = Came.NOT_REACHED
    return trial


def _judge_end(trial: Trial, bench: Bench, struck: Struck) -> None:
    """What a run that was struck says of itself must be true."""
    said = struck.stdout + struck.stderr
    trial.hold("Traceback" not in said and "internal error" not in said, "a defect shows")
    trial.hold(KEY not in said, "the key shows")
    trial.hold(not struck.hung, "hung")
    if trial.point.kills and struck.hit:
        return
    sent = bench.gateway.whole
    trial.hold(struck.code in _ENDS, f"exit code {struck.code}")
    if struck.code in _UNCHARGED and not bench.scenario.resumes:
        trial.hold(sent == 0, f"exit code {struck.code} says that nothing is charged, and {sent} was sent")
    if struck.code == 0:
        trial.hold(_is_there(bench), "exit code 0 without the result")
    if struck.code == 8:
        link_shown = f"{bench.gateway.base_url}/result/" in said
        trial.hold(
            bool(_PAID & set(_states(trial, bench))) or link_shown, "exit code 8, and no trace of the answer"
        )
    if struck.code == _DOUBT:
        trial.hold(trial.may_be_in_doubt, "in doubt, though the answer could be kept")


def _go_on(trial: Trial, bench: Bench) -> None:
    """Both commands, in an order that alternates from point to point; none may send a second time."""
    resume_first = bench.scenario.resumes or trial.point.number % 2 == 1
    commands = (RESUME, EDIT) if resume_first else (EDIT, RESUME)
    for command in commands:
        if command == EDIT and _states(trial, bench) == ["saved"]:
            continue  # that would be a new edit
        ran = bench.run(*command)
        trial.story.append(f"{command[0]}: exit {ran.code}: {ran.stderr.strip()[-300:]}")
        allowed = {0} if command == RESUME else {0, _DOUBT}
        trial.hold(ran.code in allowed, f"{command[0]} ended with {ran.code}")
        if command == EDIT:
            trial.hold(not bench.leftovers(), f"left behind: {[path.name for path in bench.leftovers()]}")
        _look(trial, bench)


def _look(trial: Trial, bench: Bench) -> None:
    trial.hold(bench.gateway.whole <= 1, f"sent {bench.gateway.whole} times")
    trial.hold(not bench.gateway.strays, f"strays: {bench.gateway.strays}")
    for path in bench.results():
        trial.hold(path.read_bytes() == picture(1), f"{path.name} is not what was served")


def _judge_final(trial: Trial, bench: Bench) -> None:
    states = _states(trial, bench)
    trial.story.append(f"finally {states}, {len(bench.results())} results, {bench.gateway.whole} sent")
    trial.hold(len(bench.results()) <= 1, "the result is there twice")
    if states == ["saved"]:
        trial.hold(_is_there(bench), "recorded as saved, and it is not there")
    elif states == ["in_doubt"]:
        trial.came = Came.DOUBT
        kept = _is_there(bench) or trial.may_be_in_doubt
        trial.hold(kept, "in doubt, though nothing was sent or the answer could be kept")
        sent = bench.gateway.whole
        trial.hold(bench.run(*EDIT).code == _DOUBT, "the doubt is not told")
        trial.hold(bench.gateway.whole == sent, "what is in doubt was sent again")
    else:
        trial.hold(False, f"ended as {states}")


def _may_be_in_doubt(trial: Trial, bench: Bench, struck: Struck) -> bool:
    """Only between the intent to send and the answer on disk; and of faults only such as last.

    How many calls the network takes differs from run to run, so there it is the connection that counts:
    the first is the paid one.
    """
    point = trial.point
    if bench.scenario.resumes:
        return False
    if point.place == NETWORK:
        return struck.connections <= 1 and (not point.kills or _states(trial, bench) == ["sent"])
    begins, ends = window(bench)
    inside = begins < _index(point, bench) < ends
    return inside and (point.kills or point.lasting)


def window(bench: Bench) -> tuple[int, int]:
    """The call that made durable what came before the intent to send, and the first after the answer was."""
    connects = [call.index for call in bench.calls if call.name == "connect"]
    syncs = [
        c.index for c in bench.calls if (c.name, c.place) == ("fdatasync", "wal") and c.index < connects[0]
    ]
    stagings = [call.index for call in bench.calls if (call.name, call.place) == ("openat", "staged")]
    return syncs[-2], min([*connects[1:], stagings[-1]])


def _index(point: Point, bench: Bench) -> int:
    wanted = (point.name, point.place, point.number)
    return min(c.index for c in bench.calls if (c.name, c.place, c.number) == wanted)


def _is_there(bench: Bench) -> bool:
    return picture(1) in [path.read_bytes() for path in bench.results()]


def _states(trial: Trial, bench: Bench) -> list[str]:
    try:
        return bench.entries()
    except AssertionError as broken:
        trial.hold(False, str(broken))
        return []
