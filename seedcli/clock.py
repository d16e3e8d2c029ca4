"""Time and chance, passed in so that decisions can be tested without waiting."""

from __future__ import annotations

import time
from typing import NamedTuple, Protocol


class Clock(Protocol):
    """A source of time in seconds, and a way to wait."""

    def monotonic(self) -> float: ...

    def now(self) -> float: ...

    async def sleep(self, delay_s: float, /) -> None: ...


class SystemClock:
    """The machine's own clock."""

    def monotonic(self) -> float:
        return time.monotonic()

    def now(self) -> float:
        return time.time()

    async def sleep(self, delay_s: float, /) -> None:
        import asyncio

        await asyncio.sleep(delay_s)


def chance() -> float:
    """A random number in [0, 1)."""
    import random  # here: most edits wait for nothing, and it takes a millisecond to load

    return random.random()


class Deadline(NamedTuple):
    """A moment on the monotonic clock by which something must have ended."""

    clock: Clock
    at_s: float

    @classmethod
    def after(cls, clock: Clock, timeout_s: float) -> Deadline:
        return cls(clock, clock.monotonic() + timeout_s)

    @property
    def remaining_s(self) -> float:
        """Seconds left, never negative."""
        return max(0.0, self.at_s - self.clock.monotonic())

    @property
    def passed(self) -> bool:
        return self.remaining_s <= 0
