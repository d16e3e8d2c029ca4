"""Runs of many pictures: bounded by the gateway, and what one more costs."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass, replace

from benchmarks.figures import Claim, Figure, cpu, figure_of, megabytes, peak_mb, ratio, seconds, wall
from benchmarks.lab import KB, MB, Lab, Plan
from benchmarks.measure import Command, interleave, median

RUN, MEMORY = "Runs", "Memory"
_SMALL = 20 * KB


@dataclass(frozen=True, slots=True)
class Sizes:
    """How many pictures each kind of run has."""

    wide: int = 256
    narrow: int = 160
    spread: int = 160
    few: int = 800
    times: int = 4
    heavy: int = 200
    shown: int = 256


QUICK = Sizes(wide=64, narrow=80, spread=80, few=100, heavy=40, shown=96)


def running(lab: Lab, sizes: Sizes, *, rounds: int) -> Iterator[Figure]:
    yield _beside_ideal(lab, count=sizes.wide, jobs=32, latency_ms=1000, at_most=1.10, rounds=rounds)
    yield _beside_ideal(lab, count=sizes.narrow, jobs=8, latency_ms=100, at_most=1.25, rounds=rounds)
    yield _spread(lab, sizes, rounds=rounds)
    yield from _more_pictures(lab, sizes, rounds=rounds)
    yield _heavy(lab, sizes, rounds=rounds)
    yield _shown(lab, sizes, rounds=rounds)


def _beside_ideal(lab: Lab, *, count: int, jobs: int, latency_ms: int, at_most: float, rounds: int) -> Figure:
    """Start-up is what a run of one takes beside the gateway's latency."""
    plan, latency_s = Plan(latency_ms=latency_ms), latency_ms / 1000
    ideal_s = count / jobs * latency_s
    run = lab.edit(lab.pictures(count=count, size=_SMALL), "-j", str(jobs), plan=plan)
    one = lab.edit(lab.pictures(count=1, size=_SMALL), plan=plan)
    pairs = interleave((run, one), rounds=rounds)
    values = [(many.wall_s - (single.wall_s - latency_s)) / ideal_s for many, single in pairs]
    claim = Claim(RUN, f"{count} pictures, {seconds(latency_s)} each, {jobs} at once, wall", "ideal", at_most)
    found = figure_of(claim, pairs, value=median(values), unit="x", shown=seconds, cost=wall)
    return replace(found, theirs=seconds(ideal_s))


def _spread(lab: Lab, sizes: Sizes, *, rounds: int) -> Figure:
    folder, plan = lab.pictures(count=sizes.spread, size=_SMALL), Plan(latency_ms=100)
    claim = Claim(RUN, f"{sizes.spread} pictures, 64 at once, CPU", "8 at once", 1.3)
    wide, narrow = (lab.edit(folder, "-j", jobs, plan=plan) for jobs in ("64", "8"))
    return ratio(claim, wide, narrow, cost=cpu, rounds=rounds)


def _more_pictures(lab: Lab, sizes: Sizes, *, rounds: int) -> Iterator[Figure]:
    many = sizes.few * sizes.times
    commands = [
        lab.edit(lab.pictures(count=count, size=_SMALL), "-j", "32") for count in (many, sizes.few, 1)
    ]
    found = interleave(commands, rounds=rounds)
    claim = Claim(RUN, f"{many} pictures, CPU less start-up", f"{sizes.few} pictures", sizes.times * 1.1)
    value = median([(one.cpu_s - start.cpu_s) / (other.cpu_s - start.cpu_s) for one, other, start in found])
    yield figure_of(claim, found, value=value, unit="x", shown=seconds, cost=cpu)
    claim = Claim(MEMORY, f"run of {many} pictures", f"of {sizes.few}", 3.0)
    value = median([peak_mb(one) - peak_mb(other) for one, other, _ in found])
    yield figure_of(claim, found, value=value, unit="MB", shown=megabytes, cost=peak_mb)


def _heavy(lab: Lab, sizes: Sizes, *, rounds: int) -> Figure:
    run = lab.edit(lab.pictures(count=sizes.heavy, size=2 * MB), "-j", "32", plan=Plan(latency_ms=100))
    one = lab.edit(lab.picture(2 * MB))
    pairs = interleave((run, one), rounds=rounds)
    claim = Claim(MEMORY, f"run of {sizes.heavy} of 2 MB, 32 at once, peak", "(one picture)", 50.0)
    value = median([peak_mb(many) for many, _ in pairs])
    return figure_of(claim, pairs, value=value, unit="MB", shown=megabytes, cost=peak_mb)


def _shown(lab: Lab, sizes: Sizes, *, rounds: int) -> Figure:
    folder = lab.pictures(count=sizes.shown, size=_SMALL)
    plan = Plan(latency_ms=1000)

    def run(*options: str) -> Command:
        return lab.edit(folder, "-j", "32", *options, plan=plan, terminal=True)

    claim = Claim(RUN, f"display, {sizes.shown} pictures, 32 at once, CPU", "same with -q", 1.05)
    # One pair differs by a sixth from the next on a shared machine, and a twentieth is to be seen.
    return ratio(claim, run(), run("-q"), cost=cpu, rounds=rounds * 3)
