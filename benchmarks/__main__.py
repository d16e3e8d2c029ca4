"""`python -m benchmarks`: measures everything, prints a table, writes JSON and a chart.

`--quick` measures less, judges nothing and writes nothing. `--only WORD` takes the parts whose
name begins with it, for work on one of them.
"""

from __future__ import annotations

import argparse
import sys
from collections.abc import Callable, Iterator
from datetime import date
from pathlib import Path

from benchmarks.chart import write_chart
from benchmarks.environment import fresh_environment
from benchmarks.figures import Figure
from benchmarks.lab import Lab, opened_lab
from benchmarks.many import QUICK, Sizes, running
from benchmarks.single import editing, holding, starting
from benchmarks.table import machine, markdown, shown_value, write_json

HERE = Path(__file__).parent


def main() -> int:
    asked = _arguments()
    figures = []
    with opened_lab(fresh_environment()) as lab:
        for figure in _measured(lab, quick=asked.quick, only=asked.only):
            figures.append(figure)
            print(f"{figure.what}: {shown_value(figure.value, figure.unit)}", file=sys.stderr, flush=True)
    print(f"{machine()}\n\n{markdown(figures)}")
    if asked.quick:
        return 0
    if not asked.only:
        day = date.today().isoformat()
        write_json(figures, HERE / "results.json", day=day)
        write_chart(figures, HERE / "chart.svg", day=day)
    missed = [figure.what for figure in figures if not figure.met]
    if missed:
        print(f"\nover what they may be: {'; '.join(missed)}")
    return int(bool(missed))


def _measured(lab: Lab, *, quick: bool, only: str) -> Iterator[Figure]:
    parts: dict[str, Callable[[], Iterator[Figure]]] = {
        "starting": lambda: starting(lab, rounds=7 if quick else 31),
        "editing": lambda: editing(lab, rounds=3 if quick else 15, with_requests=not quick),
        "holding": lambda: holding(lab, rounds=1 if quick else 5),
        "running": lambda: running(lab, QUICK if quick else Sizes(), rounds=1 if quick else 3),
    }
    for name, part in parts.items():
        if name.startswith(only):
            yield from part()


def _arguments() -> argparse.Namespace:
    parser = argparse.ArgumentParser(prog="python -m benchmarks")
    parser.add_argument("--quick", action="store_true", help="less of everything, not judged")
    parser.add_argument("--only", default="", metavar="WORD", help="starting, editing, holding, running")
    return parser.parse_args()


if __name__ == "__main__":
    raise SystemExit(main())
