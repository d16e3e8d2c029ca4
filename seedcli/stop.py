"""How work is told to stop: first no new sends, then at once."""

from __future__ import annotations

import asyncio
from collections.abc import Coroutine
from typing import Any, TypeVar

from seedcli.clock import Deadline
from seedcli.errors import Interrupted, SeedError

T = TypeVar("T")


class Stop:
    """Shared by all tasks of a command.

    After `request` nothing new is sent and waits before a send end, while what is in flight is
    received. `reason` is the failure that asked for it (a refused key, no credits, a full disk)
    or None where a signal did; `signal` is that signal's number.
    """

    def __init__(self) -> None:
        self._event = asyncio.Event()
        self.reason: SeedError | None = None
        self.signal: int | None = None

    @property
    def requested(self) -> bool:
        return self._event.is_set()

    def request(self, *, reason: SeedError | None = None, signal: int | None = None) -> None:
        if self.reason is None:
            self.reason = reason
        if self.signal is None:
            self.signal = signal
        self._event.set()

    def check(self) -> None:
        """Raises `Interrupted` when nothing new may be sent."""
        if self.requested:
            raise Interrupted("stopped before it was sent", hint="Give the same command again to go on.")

    async def sleep(self, delay_s: float, *, deadline: Deadline | None = None) -> None:
        """Waits `delay_s` seconds, cut at the deadline; ends early when a stop is requested."""
        if deadline is not None:
            delay_s = min(delay_s, deadline.remaining_s)
        try:
            await asyncio.wait_for(self._event.wait(), max(0.0, delay_s))
        except TimeoutError:
            return

    async def race(self, work: Coroutine[Any, Any, T], *, otherwise: SeedError) -> T:
        """The result of `work`; a stop that comes first cancels it and raises `otherwise`."""
        task = asyncio.ensure_future(work)
        stopped = asyncio.ensure_future(self._event.wait())
        try:
            await asyncio.wait({task, stopped}, return_when=asyncio.FIRST_COMPLETED)
            if task.done():
                return task.result()
            raise otherwise
        finally:
            stopped.cancel()
            task.cancel()
            await asyncio.wait({task, stopped})
