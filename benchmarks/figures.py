"""What is claimed, and what is found: each figure with its reference and the most it may be."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import dataclass

from benchmarks.measure import Command, Usage, interleave, median

Cost = Callable[[Usage], float]


@dataclass(frozen=True, slots=True)
class Figure:
    """`value` is in `unit`: "x" for times the reference, "MB" for megabytes.

    `ours` and `theirs` are the medians behind it, told with their own unit. One without
    `at_most` is shown for comparison and judged by nobody.
    """

    group: str
    what: str
    reference: str
    value: float
    unit: str
    ours: str
    theirs: str
    rounds: int
    at_most: float | None = None
    aim: float | None = None

    @property
    def met(self) -> bool:
        return self.at_most is None or self.value <= self.at_most


@dataclass(frozen=True, slots=True)
class Claim:
    """What a figure says before it is measured."""

    group: str
    what: str
    reference: str
    at_most: float | None = None
    aim: float | None = None


def wall(usage: Usage) -> float:
    return usage.wall_s


def cpu(usage: Usage) -> float:
    return usage.cpu_s


def peak_mb(usage: Usage) -> float:
    return usage.peak_bytes / 1e6


def ratio(claim: Claim, ours: Command, theirs: Command, *, cost: Cost, rounds: int) -> Figure:
    """How many times the reference: the median of the ratios of runs side by side."""
    pairs = interleave((ours, theirs), rounds=rounds)
    value = median([cost(one) / cost(other) for one, other in pairs])
    shown = megabytes if cost is peak_mb else seconds
    return figure_of(claim, pairs, value=value, unit="x", shown=shown, cost=cost)


def figure_of(
    claim: Claim,
    pairs: Sequence[tuple[Usage, ...]],
    *,
    value: float,
    unit: str,
    shown: Callable[[float], str],
    cost: Cost,
) -> Figure:
    """`pairs` have the measured command first and its reference second."""
    return Figure(
        claim.group,
        claim.what,
        claim.reference,
        value,
        unit,
        shown(median([cost(pair[0]) for pair in pairs])),
        shown(median([cost(pair[1]) for pair in pairs])),
        len(pairs),
        claim.at_most,
        claim.aim,
    )


def seconds(value: float) -> str:
    return f"{value * 1000:.0f} ms" if value < 1 else f"{value:.2f} s"


def megabytes(value: float) -> str:
    return f"{value:.1f} MB"
