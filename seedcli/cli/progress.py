"""What moves on a terminal while work is under way, and what takes its place elsewhere."""

from __future__ import annotations

import sys
import time
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass, field
from typing import TextIO

from seedcli.cli.progress_lines import Look, clock_time, progress_lines
from seedcli.cli.report import Reporter
from seedcli.cli.screen import Screen
from seedcli.records import Event, Outcome, Stage, Status

# A drawing of 32 rows takes 0.5 ms: at 4 Hz, 0.2 % of a core.
_REFRESH_S = 0.25
_PLAIN_EVERY_S = 10.0
_FEW = 5
_ENOUGH = 3


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
    skipped: int = 0

    def event(self, event: Event) -> None:
        if event.stage is Stage.WAITING and event.note is None:  # ready, and nothing is done for it
            self.active.pop(event.entry_id, None)
            return
        before = self.active.get(event.entry_id)
        since_s = before[1] if before and before[0].stage is event.stage else time.monotonic()
        self.active[event.entry_id] = (event, since_s)

    def ended(self, outcome: Outcome) -> None:
        self.active.pop(outcome.entry.id, None)
        self.done += 1
        self.made += outcome.status is Status.SAVED
        self.failed += outcome.failure is not None
        self.skipped += outcome.status is Status.SKIPPED

    @property
    def per_minute(self) -> float:
        return self.made * 60 / max(0.001, time.monotonic() - self.started_s)

    @property
    def left_s(self) -> float | None:
        """By what this command has ended so far: what it found ended took no time."""
        ended = self.done - self.skipped
        if self.total is None or ended < _ENOUGH:
            return None
        return (self.total - self.done) * (time.monotonic() - self.started_s) / ended

    @property
    def facts(self) -> list[str]:
        """`37 of 120, 2 failed`, `41/min`, `2:01 left`, `1.11 so far`."""
        of = f" of {self.total}" if self.total is not None else ""
        found = [f"{self.done}{of}" + (f", {self.failed} failed" if self.failed else "")]
        if self.made:
            found.append(f"{self.per_minute:.0f}/min")
        if self.left_s is not None:
            found.append(f"{clock_time(self.left_s)} left")
        if self.price:
            found.append(f"{self.made * self.price:.2f} so far")
        return found


class PlainDisplay:
    """No terminal: nothing moves; a run of many says how far it is every so often."""

    def __init__(self, progress: Progress) -> None:
        self._progress = progress
        self._said_s = time.monotonic()

    @property
    def tells_each(self) -> bool:
        """Where nobody knows whether few or many will come, the first few."""
        return self._progress.total is None and self._progress.done <= _FEW

    def event(self, event: Event) -> None:
        return

    def ended(self, outcome: Outcome) -> None:
        self._progress.ended(outcome)
        now_s = time.monotonic()
        if now_s - self._said_s >= _PLAIN_EVERY_S:
            self._said_s = now_s
            self.above(" · ".join(self._progress.facts))

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

    def __init__(self, progress: Progress, *, stream: TextIO, colour: bool) -> None:
        self._progress = progress
        self._look = Look(colour=colour, plain=not _shows_marks(stream))
        self._screen = Screen(stream, self._draw, every_s=_REFRESH_S)
        self._screen.start()

    @property
    def tells_each(self) -> bool:
        return True

    def event(self, event: Event) -> None:
        self._progress.event(event)

    def ended(self, outcome: Outcome) -> None:
        self._progress.ended(outcome)

    def above(self, text: str) -> None:
        self._screen.above(text)

    def hide(self) -> None:
        self._screen.stop()

    def show(self) -> None:
        self._screen.start()

    def close(self) -> None:
        self._screen.stop()

    def _draw(self, columns: int, lines: int) -> list[str]:
        return progress_lines(self._progress, self._look, columns=columns, lines=lines)


@contextmanager
def shown_progress(reporter: Reporter, *, total: int | None, price: float | None) -> Iterator[None]:
    """Gives the reporter a display that fits where standard error goes."""
    progress = Progress(total, price)
    if reporter.moves:
        reporter.display = LiveDisplay(progress, stream=sys.stderr, colour=reporter.colour)
    elif (total is None or total > _FEW) and not reporter.quiet:
        reporter.display = PlainDisplay(progress)
    try:
        yield
    finally:
        if reporter.display is not None:
            reporter.display.close()
            reporter.display = None


def _shows_marks(stream: TextIO) -> bool:
    """Whether the terminal's encoding has the marks that a bar is drawn with."""
    return (stream.encoding or "").lower().replace("-", "") in ("utf8", "utf16", "utf32")
