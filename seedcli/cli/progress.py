"""What moves on a terminal while work is under way, and what takes its place elsewhere."""

from __future__ import annotations

import sys
import time
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass, field
from typing import Any

from seedcli.cli.report import Reporter
from seedcli.records import Event, Outcome, Stage, Status
from seedcli.text import clean

# 32 rows at 10 Hz take 16 % of a core, a few at 4 Hz under 2 %.
_REFRESH_HZ = 4
_MOST_ROWS = 8
_PLAIN_EVERY_S = 10.0
_FEW = 20


@dataclass(slots=True)
class Progress:
    """The counts of a run, and what each image in flight is doing. Times are seconds.

    `total` is None where nobody knows how many will come.
    """

    total: int | None
    price: float | None = None
    started_s: float = field(default_factory=time.monotonic)
    active: dict[str, tuple[Event, float]] = field(default_factory=dict)
    done: int = 0
    made: int = 0
    failed: int = 0

    def event(self, event: Event) -> None:
        before = self.active.get(event.entry_id)
        since_s = before[1] if before and before[0].stage is event.stage else time.monotonic()
        self.active[event.entry_id] = (event, since_s)

    def ended(self, outcome: Outcome) -> None:
        self.active.pop(outcome.entry.id, None)
        self.done += 1
        self.made += outcome.status is Status.SAVED
        self.failed += outcome.failure is not None

    @property
    def per_minute(self) -> float:
        return self.made * 60 / max(0.001, time.monotonic() - self.started_s)

    @property
    def left_s(self) -> float | None:
        rate = self.per_minute / 60
        known = self.total is not None and rate and self.made >= 3
        return (self.total - self.done) / rate if known and self.total is not None else None

    @property
    def summary(self) -> str:
        """`37 of 120, 2 failed · 41/min · 2:01 left · $1.11`"""
        of = f" of {self.total}" if self.total is not None else ""
        parts = [f"{self.done}{of}" + (f", {self.failed} failed" if self.failed else "")]
        if self.made:
            parts.append(f"{self.per_minute:.0f}/min")
        if self.left_s is not None:
            parts.append(f"{_clock(self.left_s)} left")
        if self.price:
            parts.append(f"{self.made * self.price:.2f} so far")
        return " · ".join(parts)


class PlainDisplay:
    """No terminal: nothing moves; a run of many says how far it is every so often."""

    def __init__(self, progress: Progress) -> None:
        self._progress = progress
        self._said_s = time.monotonic()

    def event(self, event: Event) -> None:
        return

    def ended(self, outcome: Outcome) -> None:
        self._progress.ended(outcome)
        now_s = time.monotonic()
        if now_s - self._said_s >= _PLAIN_EVERY_S:
            self._said_s = now_s
            self.above(self._progress.summary)

    def above(self, text: str) -> None:
        Reporter().say(text)

    def hide(self) -> None:
        return

    def show(self) -> None:
        return

    def close(self) -> None:
        return


class LiveDisplay:
    """A terminal: an overall bar where there are several images, and a line for each in flight."""

    def __init__(self, progress: Progress, *, colour: bool) -> None:
        from rich.console import Console
        from rich.live import Live
        from rich.spinner import Spinner

        self._progress = progress
        self._spinner = Spinner("dots", style="cyan")  # one for all rows: it counts from its first frame
        self._frame: Any = None
        self._drawn_s = 0.0
        self._console = Console(
            file=sys.stderr, no_color=not colour, highlight=False, markup=False, emoji=False
        )
        self._live = Live(
            get_renderable=self._render,
            console=self._console,
            refresh_per_second=_REFRESH_HZ,
            transient=True,
            redirect_stdout=False,
            redirect_stderr=False,
        )
        self._live.start()

    def event(self, event: Event) -> None:
        self._progress.event(event)

    def ended(self, outcome: Outcome) -> None:
        self._progress.ended(outcome)

    def above(self, text: str) -> None:
        from rich.text import Text

        self._console.print(Text.from_ansi(text), soft_wrap=True)

    def hide(self) -> None:
        self._live.stop()

    def show(self) -> None:
        self._live.start()

    def close(self) -> None:
        self._live.stop()

    def _render(self) -> Any:
        """The frame, drawn anew at most as often as it is meant to move: each line above asks for it."""
        from rich.console import Group
        from rich.segment import SegmentLines

        now_s = time.monotonic()
        if self._frame is None or now_s - self._drawn_s >= 0.9 / _REFRESH_HZ:
            lines = self._console.render_lines(Group(*self._rows()), pad=False)
            self._frame, self._drawn_s = SegmentLines(lines, new_lines=True), now_s
        return self._frame

    def _rows(self) -> Iterator[Any]:
        if self._progress.total != 1:
            yield self._overall()
        active = sorted(self._progress.active.copy().values(), key=lambda pair: pair[1])
        room = max(1, min(_MOST_ROWS, self._console.height - 4))
        for event, since_s in active[:room]:
            yield self._row(event, since_s)
        if len(active) > room:
            yield f"… and {len(active) - room} more"

    def _overall(self) -> Any:
        from rich.progress_bar import ProgressBar
        from rich.table import Table

        line = Table.grid(padding=(0, 1), expand=True)
        line.add_column(ratio=1)
        line.add_column(no_wrap=True, overflow="ellipsis")
        line.add_row(
            ProgressBar(total=self._progress.total, completed=self._progress.done), self._progress.summary
        )
        return line

    def _row(self, event: Event, since_s: float) -> Any:
        from rich.table import Table
        from rich.text import Text

        line = Table.grid(padding=(0, 1))
        line.add_column(width=1)
        line.add_column(no_wrap=True, overflow="ellipsis", max_width=max(10, self._console.width // 2))
        line.add_column(no_wrap=True, overflow="ellipsis")
        doing = describe(event, elapsed_s=time.monotonic() - since_s)
        line.add_row(self._spinner, Text(clean(event.name)), Text(doing, style="dim"))
        return line


def describe(event: Event, *, elapsed_s: float) -> str:
    """`uploading 1.2 of 3.4 MB`, `editing 0:12`, `retrying …`."""
    if event.stage in (Stage.UPLOADING, Stage.DOWNLOADING) and event.total:
        return f"{event.stage.value} {(event.done or 0) / 1e6:.1f} of {event.total / 1e6:.1f} MB"
    note = f" ({clean(event.note, limit=120)})" if event.note else ""
    return f"{event.stage.value} {_clock(elapsed_s)}{note}"


@contextmanager
def shown_progress(reporter: Reporter, *, total: int | None, price: float | None) -> Iterator[None]:
    """Gives the reporter a display that fits where standard error goes."""
    progress = Progress(total, price)
    if reporter.moves:
        reporter.display = LiveDisplay(progress, colour=reporter.colour)
    elif (total is None or total > _FEW) and not reporter.quiet:
        reporter.display = PlainDisplay(progress)
    try:
        yield
    finally:
        if reporter.display is not None:
            reporter.display.close()
            reporter.display = None


def _clock(seconds: float) -> str:
    whole = int(seconds)
    hours = f"{whole // 3600}:" if whole >= 3600 else ""
    minutes = whole % 3600 // 60
    return f"{hours}{minutes:02d}:{whole % 60:02d}" if hours else f"{minutes}:{whole % 60:02d}"
