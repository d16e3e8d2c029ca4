"""The figures for people, as a table, and for programs, as JSON."""

from __future__ import annotations

import json
import os
import platform
from collections.abc import Sequence
from dataclasses import asdict
from pathlib import Path

from benchmarks.figures import Figure

HEAD = ("what", "measured", "reference", "", "found", "at most")
_LEFT = (0, 2)


def markdown(figures: Sequence[Figure]) -> str:
    """A table that reads well as it is and as Markdown."""
    rows = [HEAD, *(_cells(figure) for figure in figures)]
    widths = [max(len(row[column]) for row in rows) for column in range(len(HEAD))]
    lines = [_line(row, widths) for row in rows]
    rule = (
        "| "
        + " | ".join("-" * (width - 1) + ("-" if n < 1 else ":") for n, width in enumerate(widths))
        + " |"
    )
    return "\n".join([lines[0], rule, *lines[1:]])


def shown_value(value: float, unit: str) -> str:
    if unit == "x":
        return f"{value:.2f} x" if value < 10 else f"{value:.1f} x"
    return f"{value:+.1f} {unit}" if abs(value) < 20 else f"{value:.1f} {unit}"


def write_json(figures: Sequence[Figure], path: Path, *, day: str) -> None:
    about = {"date": day, "machine": machine()}
    rows = [asdict(figure) | {"met": figure.met} for figure in figures]
    path.write_text(json.dumps(about | {"figures": rows}, indent=2) + "\n")


def machine() -> str:
    """Its kind, not its name."""
    return (
        f"{os.cpu_count()} cores of {_processor()}, {platform.system()}, Python {platform.python_version()}"
    )


def _processor() -> str:
    try:
        for line in Path("/proc/cpuinfo").read_text().splitlines():
            if line.startswith("model name"):
                return line.split(":", 1)[1].strip()
    except OSError:
        pass
    return platform.processor() or platform.machine()


def _cells(figure: Figure) -> tuple[str, ...]:
    limit = "" if figure.at_most is None else shown_limit(figure)
    mark = "" if figure.met else " (over)"
    found = shown_value(figure.value, figure.unit) + mark
    return figure.what, figure.ours, figure.reference, figure.theirs, found, limit


def shown_limit(figure: Figure) -> str:
    aim = f", aim {figure.aim:g}" if figure.aim is not None else ""
    return f"{figure.at_most:g}{' MB' if figure.unit == 'MB' else ''}{aim}"


def _line(cells: Sequence[str], widths: Sequence[int]) -> str:
    placed = [
        cell.ljust(width) if number in _LEFT else cell.rjust(width)
        for number, (cell, width) in enumerate(zip(cells, widths, strict=True))
    ]
    return f"| {' | '.join(placed)} |"
