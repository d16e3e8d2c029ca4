"""How fast paid requests may start: one hold and one rate for a whole run.

A 429 is the gateway's word about the key, not about one image, so it slows every image: all
wait until `Retry-After` has passed, the rate falls by half of what was being reached, and
then grows again by a fixed step a second (additive increase, multiplicative decrease).
Until the first 429 there is no rate but the ceiling that the user may have set.
"""

from __future__ import annotations

from collections import deque

_WINDOW_S = 2.0
_DECREASE = 0.7
_RECOVERY_PER_S = 0.03
_FLOOR_PER_S = 0.05


class Pace:
    """Says when the next request may start. Times are seconds on one monotonic clock."""

    def __init__(self, *, ceiling_per_s: float | None = None) -> None:
        self._ceiling = ceiling_per_s
        self._rate = ceiling_per_s
        self._rate_at = 0.0
        self._next_at = 0.0
        self._hold_until = 0.0
        self._slowed_at = float("-inf")
        self._started: deque[float] = deque()
        self.refusals = 0

    @property
    def rate_per_s(self) -> float | None:
        """The rate in force, None while nothing bounds it."""
        return self._rate

    def reserve(self, now_s: float) -> float:
        """Takes the next place in the queue; returns how many seconds from now it is."""
        self._recover(now_s)
        start_s = max(now_s, self._next_at, self._hold_until)
        self._next_at = start_s + (1 / self._rate if self._rate else 0.0)
        self._started.append(start_s)
        return start_s - now_s

    def held(self, now_s: float) -> float:
        """Seconds until a hold that began after a place was reserved is over."""
        return max(0.0, self._hold_until - now_s)

    def refused(self, now_s: float, *, retry_after_s: float | None) -> None:
        """The gateway answered 429: hold everything, and slow down once for each burst of refusals."""
        self.refusals += 1
        if retry_after_s:
            self._hold_until = max(self._hold_until, now_s + retry_after_s)
        if now_s - self._slowed_at < 1.0:
            return
        self._slowed_at = now_s
        reached = self._reached(now_s)
        current = min(self._rate, reached) if self._rate else reached
        self._rate = max(_FLOOR_PER_S, current * _DECREASE)
        self._rate_at = now_s
        self._next_at = max(now_s, self._hold_until)

    def _reached(self, now_s: float) -> float:
        """Requests a second over the last window."""
        while self._started and self._started[0] < now_s - _WINDOW_S:
            self._started.popleft()
        recent = sum(1 for start_s in self._started if start_s <= now_s)
        span_s = now_s - self._started[0] if self._started else 0.0
        return max(1.0, recent / max(span_s, 1.0))

    def _recover(self, now_s: float) -> None:
        while self._started and self._started[0] < now_s - _WINDOW_S:
            self._started.popleft()
        if self._rate is None or self._slowed_at == float("-inf"):
            return
        grown = self._rate + (now_s - self._rate_at) * max(_RECOVERY_PER_S, self._rate * _RECOVERY_PER_S)
        self._rate = min(grown, self._ceiling) if self._ceiling else grown
        self._rate_at = now_s
