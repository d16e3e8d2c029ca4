"""How many requests a second are let through."""

from __future__ import annotations

from collections import deque
from math import ceil


class RateLimit:
    """At most `per_s` requests within any one second; below 1, one in 1/`per_s` seconds."""

    def __init__(self, per_s: float) -> None:
        self._window_s = max(1.0, 1.0 / per_s)
        self._room = max(1, int(per_s))
        self._taken: deque[float] = deque()

    def wait_s(self, now: float) -> int | None:
        """None lets the request through and counts it; else whole seconds until there is room."""
        while self._taken and self._taken[0] <= now - self._window_s:
            self._taken.popleft()
        if len(self._taken) < self._room:
            self._taken.append(now)
            return None
        return max(1, ceil(self._taken[0] + self._window_s - now))
