"""How fast paid requests may start: one hold and one rate for a whole run.

A 429 is the gateway's word about the key, not about one image, so it slows every image. Before
the first one nothing bounds the run but the ceiling that its user may have set. Then:

- nothing starts until `Retry-After` has passed (without one: 1 s, doubled until something gets through);
- the first burst of refusals sets a rate: what the gateway was seen to let through, decreased;
- each later one decreases that rate, as far as to one half where less was let through; refusals of
  what had started before the last decrease belong to its burst, and until an answer's usual time has
  passed nobody can know what the decrease has done, so that further ones only hold;
- between bursts the rate grows by the same amount each second (additive increase, multiplicative
  decrease), slowly: a limit met again costs a whole hold, and a rate that takes ten seconds and
  twenty requests from 90 % to 100 % of the limit spends under a tenth of its time there;
- far below the best rate of the last minutes it grows faster: refusals that come whatever the rate,
  of a gateway that is overloaded or flips a coin, would else slow a run down to nothing.

Pure but for its random numbers: the time is passed in, in seconds on one monotonic clock.
"""

from __future__ import annotations

from collections import deque
from collections.abc import Callable

from seedcli.clock import chance

_DECREASE = 0.9
_STEEPEST = 0.5
_RECOVERY_S, _RECOVERY_REQUESTS = 10.0, 20.0
_FLOOR_PER_S, _UNKNOWN_PER_S = 0.05, 1.0
_HALF_LIFE_S = 120.0
_PATIENCE_S = 30.0
_WINDOW_S = 60.0
_FIRST_HOLD_S, _LONGEST_HOLD_S = 1.0, 30.0
_ROUNDED_UP_S = 0.5  # what a Retry-After in whole seconds is too long by, on average


class _Burst:
    """Refusals that are one event: what was let through before them, in which time, at which rate."""

    def __init__(self, let_through: int, span_s: float, rate_before: float | None) -> None:
        self.let_through = let_through
        self.span_s = span_s
        self.rate_before = rate_before

    @property
    def met_at(self) -> float:
        """The rate at which the limit was met, as far as anything is known of it."""
        seen = self.let_through / self.span_s if self.let_through else _UNKNOWN_PER_S
        return seen if self.rate_before is None else self.rate_before

    def rate_after(self) -> float:
        if self.rate_before is None:
            return self.met_at * _DECREASE
        seen = self.let_through / self.span_s
        return min(self.rate_before * _DECREASE, max(self.rate_before * _STEEPEST, seen))


class Pace:
    """Says when the next request may start, and learns from what becomes of each.

    `start` begins a request; `passed`, `refused` or `dropped` ends it.
    """

    def __init__(self, *, ceiling_per_s: float | None = None, random: Callable[[], float] = chance) -> None:
        self._ceiling = ceiling_per_s
        self._random = random
        self._rate: float | None = None
        self._burst: _Burst | None = None
        self._started: deque[float] = deque()
        self._last_start = self._next_at = self._hold_until = self._slowed_at = self._best_at = float("-inf")
        self._answer_s: float | None = None
        self._passed_at: float | None = None
        self._best = 0.0
        self._under_way = self._holds = 0
        self.refusals = 0
        self.fruitless = 0
        """Refusals since something got through, those at which nothing else was on its way."""

    @property
    def rate_per_s(self) -> float | None:
        """The rate in force, None while nothing bounds it."""
        return min((rate for rate in (self._rate, self._ceiling) if rate is not None), default=None)

    def wait_s(self, now_s: float) -> float:
        """Seconds until the next request may start, 0 for now. To be asked again after waiting."""
        return max(0.0, self._next_at - now_s, self._hold_until - now_s)

    def start(self, now_s: float) -> None:
        """A request starts."""
        self._grow(now_s)
        rate = self.rate_per_s
        self._next_at = now_s + (1 / rate if rate else 0.0)
        self._last_start = now_s
        self._started.append(now_s)
        self._forget(now_s)
        self._under_way += 1

    def passed(self, now_s: float, *, started_s: float) -> None:
        """A request got an answer that was no 429: the gateway let it through."""
        took_s = now_s - started_s
        self._answer_s = took_s if self._answer_s is None else (3 * self._answer_s + took_s) / 4
        self._passed_at = now_s
        self._under_way -= 1
        self.fruitless = self._holds = 0

    def dropped(self) -> None:
        """A request ended without an answer."""
        self._under_way -= 1

    def refused(self, now_s: float, *, started_s: float, retry_after_s: float | None) -> None:
        """A request that started at `started_s` was answered with 429."""
        self._under_way -= 1
        self.refusals += 1
        if started_s in self._started:
            self._started.remove(started_s)
        if self._burst is None or self._is_news(now_s, started_s):
            self._burst = self._measure(now_s, retry_after_s)
            self._slowed_at = now_s
        elif started_s <= self._slowed_at:
            self._burst.let_through = max(0, self._burst.let_through - 1)
        self.fruitless += self._under_way == 0
        self._hold(now_s, retry_after_s)
        self._rate = max(_FLOOR_PER_S, self._burst.rate_after(), self._least())
        remembered = self._best * 0.5 ** ((now_s - self._best_at) / _HALF_LIFE_S)
        self._best, self._best_at = max(remembered, self._burst.met_at), now_s

    def is_hopeless(self, now_s: float, *, retries: int) -> bool:
        """Whether the gateway refuses everyone: more than `retries` times with nothing let through.

        A run that was getting on is given some time as well.
        """
        lately = self._passed_at is not None and now_s - self._passed_at < _PATIENCE_S
        return self.fruitless > retries and not lately

    def _is_news(self, now_s: float, started_s: float) -> bool:
        known = self._answer_s is not None and now_s - self._slowed_at >= self._answer_s
        return known and started_s > self._slowed_at

    def _measure(self, now_s: float, retry_after_s: float | None) -> _Burst:
        """What was let through since the last hold, in that time and the wait that it earned."""
        self._forget(now_s)
        recent = [start_s for start_s in self._started if start_s >= self._hold_until]
        span_s = now_s - recent[0] if recent else 0.0
        if retry_after_s is not None and retry_after_s > span_s:
            # They were let through at the beginning of a time that the gateway counts by.
            span_s += retry_after_s - _ROUNDED_UP_S
        return _Burst(len(recent), max(1.0, span_s), self._rate)

    def _least(self) -> float:
        """No burst takes the rate below what the last minute shows to be let through."""
        return _DECREASE * len(self._started) / _WINDOW_S

    def _hold(self, now_s: float, retry_after_s: float | None) -> None:
        """A little longer than asked, so that several processes don't come back as one."""
        asked_s = retry_after_s
        if asked_s is None:
            asked_s = min(_LONGEST_HOLD_S, _FIRST_HOLD_S * 2.0 ** min(self._holds, 10))
        if now_s >= self._hold_until:
            self._holds += 1
        jitter_s = min(1.0, asked_s / 10) * self._random()
        self._hold_until = max(self._hold_until, now_s + asked_s + jitter_s)
        self._next_at = self._hold_until

    def _grow(self, now_s: float) -> None:
        """A pause of the run's own, with nothing to send, is no sign that more would be let through."""
        if self._rate is not None and self._burst is not None:
            since_s = min(now_s - max(self._last_start, self._hold_until), 2 / self._rate)
            self._rate += max(0.0, since_s) * self._step_per_s(self._burst, self._rate)

    def _step_per_s(self, burst: _Burst, rate: float) -> float:
        """The increase: what one decrease took off comes back in the time that the module's docstring names.

        Far below the best that was met lately, it is that distance that shrinks in this time.
        """
        if burst.rate_before is None and not burst.let_through:
            return _UNKNOWN_PER_S / _RECOVERY_S
        small = burst.met_at * (1 - _DECREASE) / _recovery_s(burst.met_at)
        return max(small, (self._best - rate) / _recovery_s(self._best))

    def _forget(self, now_s: float) -> None:
        while self._started and self._started[0] < now_s - _WINDOW_S:
            self._started.popleft()


def _recovery_s(rate: float) -> float:
    return max(_RECOVERY_S, _RECOVERY_REQUESTS / rate)
