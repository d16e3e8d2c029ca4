"""`python -m benchmarks.long_run`: does a run of 10,000 pictures cost more a picture than one of 100?

Too long for `make bench`: each picture has 100 KB, and so the run writes over a gigabyte. Once is
enough; the longest of three short runs is what it is held against.
"""

from __future__ import annotations

import argparse
from pathlib import Path

from benchmarks.environment import fresh_environment
from benchmarks.lab import KB, Lab, opened_lab
from benchmarks.measure import Usage, measure, median

_SHORT, _MORE_MB, _LONGER = 100, 15.0, 1.2


def main() -> int:
    parser = argparse.ArgumentParser(prog="python -m benchmarks.long_run")
    parser.add_argument("count", type=int, nargs="?", default=10_000, help="how many pictures the run has")
    parser.add_argument("--programs", type=Path, help="a folder with seedcli and python in it")
    parser.add_argument("--jobs", type=int, default=8)
    asked = parser.parse_args()
    with opened_lab(asked.programs or fresh_environment()) as lab:
        one = _costs(lab, 1, jobs=asked.jobs, times=3)
        short = _costs(lab, _SHORT, jobs=asked.jobs, times=3)
        (long,) = _costs(lab, asked.count, jobs=asked.jobs, times=1)
    start_s = median([usage.wall_s for usage in one])
    start_cpu_s = median([usage.cpu_s for usage in one])
    more_mb = (long.peak_bytes - max(usage.peak_bytes for usage in short)) / 1e6
    slower = _each(long.wall_s - start_s, asked.count) / _each(
        median([usage.wall_s for usage in short]) - start_s, _SHORT
    )
    dearer = _each(long.cpu_s - start_cpu_s, asked.count) / _each(
        median([usage.cpu_s for usage in short]) - start_cpu_s, _SHORT
    )
    print(f"{_SHORT} pictures: {_told(short[0])}\n{asked.count} pictures: {_told(long)}")
    print(f"peak memory: {more_mb:+.1f} MB (at most {_MORE_MB:+.0f})")
    print(f"time a picture: {slower:.2f} times (at most {_LONGER}); CPU a picture: {dearer:.2f} times")
    return int(more_mb > _MORE_MB or slower > _LONGER)


def _costs(lab: Lab, count: int, *, jobs: int, times: int) -> list[Usage]:
    run = lab.edit(lab.pictures(count=count, size=100 * KB), "-j", str(jobs), "-q")
    return [measure(run) for _ in range(times)]


def _each(cost_s: float, count: int) -> float:
    return cost_s / count


def _told(usage: Usage) -> str:
    return f"{usage.wall_s:.1f} s, CPU {usage.cpu_s:.1f} s, peak {usage.peak_bytes / 1e6:.1f} MB"


if __name__ == "__main__":
    raise SystemExit(main())
