"""How many requests are at the gateway: each holds one of so many places."""

from __future__ import annotations

import asyncio
from typing import Self

from seedcli.clock import Clock


class Place:
    """One of the places at the gateway: taken when there is something to ask, given back at the end."""

    def __init__(self, places: asyncio.Semaphore, clock: Clock) -> None:
        self._places = places
        self._clock = clock
        self._taken = False
        self.waited_s = 0.0

    async def take(self) -> None:
        since_s = self._clock.monotonic()
        await self._places.acquire()
        self._taken = True
        self.waited_s = self._clock.monotonic() - since_s

    def give_back(self) -> None:
        if self._taken:
            self._places.release()
        self._taken = False

    def __enter__(self) -> Self:
        return self

    def __exit__(self, *_: object) -> None:
        self.give_back()
