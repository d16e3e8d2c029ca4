"""How a run under way looks: its lines for a terminal of any width. Pure but for the time."""

from __future__ import annotations

import functools
import time
from typing import TYPE_CHECKING, NamedTuple

from seedcli.cli.screen import cells, cut, shorten
from seedcli.records import Event, Stage
from seedcli.text import clean

if TYPE_CHECKING:
    from seedcli.cli.progress import Progress

_SHORTEST_BAR = 10
_LONGEST_NAME, _SHORTEST_NAME = 60, 8
_NARROWEST = 16
_TURNS_PER_S = 8


class Look(NamedTuple):
    """`plain` draws with ASCII alone."""

    colour: bool = False
    plain: bool = False

    def paint(self, text: str, style: str) -> str:
        return f"\x1b[{style}m{text}\x1b[0m" if self.colour and text else text

    @property
    def spinner(self) -> str:
        return "|/-\\" if self.plain else "⠋⠙⠹⠸⠼⠴⠦⠧⠇⠏"

    @property
    def dot(self) -> str:
        return "," if self.plain else " ·"


def progress_lines(progress: Progress, look: Look, *, columns: int, lines: int) -> list[str]:
    """The whole run above, where there are several images, and below it those in flight."""
    columns = max(1, columns - 1)  # some terminals begin a new line at the last column
    shown = _overall(progress, look, columns=columns) if progress.total != 1 else []
    active = list(progress.active.copy().values()) if columns >= _NARROWEST else []
    room = max(0, lines - len(shown))
    if len(active) > room:
        more = len(active) - max(0, room - 1)
        active = active[: max(0, room - 1)]
        tail = [cut(f"and {more} more", columns)]
    else:
        tail = []
    return [*shown, *_rows(active, look, columns=columns), *tail][:lines]


def _overall(progress: Progress, look: Look, *, columns: int) -> list[str]:
    """A bar with its facts beside it, or above them where there is no room."""
    joint = f"{look.dot} "
    facts = joint.join(progress.facts)
    if progress.total is None:
        return _folded(progress.facts, joint, columns=columns)
    done = progress.done / max(1, progress.total)
    beside = columns - cells(facts) - 1
    if beside >= _SHORTEST_BAR:
        return [f"{_bar(done, beside, look)} {facts}"]
    return [_bar(done, columns, look), *_folded(progress.facts, joint, columns=columns)]


def _folded(facts: list[str], joint: str, *, columns: int) -> list[str]:
    """As many facts a line as there is room for."""
    folded = [facts[0]]
    for fact in facts[1:]:
        if cells(folded[-1] + joint + fact) <= columns:
            folded[-1] += joint + fact
        else:
            folded.append(fact)
    return [cut(line, columns) for line in folded]


def _bar(done: float, columns: int, look: Look) -> str:
    full = min(columns, int(done * columns))
    mark, rest = ("#", ".") if look.plain else ("━", "━" if look.colour else "─")
    return look.paint(mark * full, "32") + look.paint(rest * (columns - full), "2;37")


def _rows(active: list[tuple[Event, float]], look: Look, *, columns: int) -> list[str]:
    """Names in one column, and beside them what is being done."""
    now_s = time.monotonic()
    names = [_cleaned(event.name) for event, _ in active]
    doing = [describe(event, elapsed_s=now_s - since_s) for event, since_s in active]
    widest = max(map(cells, doing), default=0)
    room = max(_SHORTEST_NAME, columns - 3 - min(widest, max(columns // 2, columns - 3 - _LONGEST_NAME)))
    width = min(room, max(map(cells, names), default=0))
    turn = look.spinner[int(now_s * _TURNS_PER_S) % len(look.spinner)]
    rows = []
    for name, what in zip(names, doing, strict=True):
        short = shorten(name, width)
        gap = " " * (width - cells(short) + 1)
        line_room = columns - 3 - width
        rows.append(f"{look.paint(turn, '36')} {short}{gap}{look.paint(cut(what, max(1, line_room)), '2')}")
    return rows


@functools.lru_cache(maxsize=512)
def _cleaned(name: str) -> str:
    """The same names are drawn over and over."""
    return clean(name)


def describe(event: Event, *, elapsed_s: float) -> str:
    """`uploading 1.2 of 3.4 MB`, `editing 0:12`, `retrying …`."""
    if event.stage in (Stage.UPLOADING, Stage.DOWNLOADING) and event.total:
        return f"{event.stage.value} {(event.done or 0) / 1e6:.1f} of {event.total / 1e6:.1f} MB"
    note = f" ({clean(event.note, limit=120)})" if event.note else ""
    return f"{event.stage.value} {clock_time(elapsed_s)}{note}"


def clock_time(seconds: float) -> str:
    """`0:07`, `12:34`, `1:02:03`."""
    whole = int(seconds)
    hours, minutes = whole // 3600, whole % 3600 // 60
    return f"{hours}:{minutes:02d}:{whole % 60:02d}" if hours else f"{minutes}:{whole % 60:02d}"
