"""Whether to try again, and when: (attempt, fault) to a delay or a stop. Pure."""

from __future__ import annotations

import math
import re
from collections.abc import Callable, Mapping
from typing import NamedTuple

from seedcli.errors import InDoubt, RateLimited, SeedError, Undelivered

_LONGEST_WAIT_S = 86_400
_IN_MESSAGE = (
    r"(?:try again|retry)\s+(?:in|after)\s+([0-9]{1,6}(?:\.[0-9]{1,6})?)\s*(s|sec|second|m|min|minute)s?\b"
)


class RetryPolicy(NamedTuple):
    """How often a request that was certainly not processed is sent again, and how patiently."""

    retries: int = 3
    base_s: float = 1.0
    cap_s: float = 30.0


def next_delay(
    policy: RetryPolicy,
    *,
    attempt: int,
    error: SeedError,
    remaining_s: float,
    random: Callable[[], float],
    server_errors: bool = False,
) -> float | None:
    """Seconds to wait before sending again after attempt number `attempt` (from 1); None is stop.

    Only what was certainly not processed is sent again, and 5xx answers when `server_errors`
    asks for it. What the gateway asks for is the least that is waited; when that does not fit
    into `remaining_s` there is nothing to wait for. `random` gives numbers from 0 to below 1.
    """
    if attempt > policy.retries or not may_resend(error, server_errors=server_errors):
        return None
    ceiling = min(policy.cap_s, policy.base_s * 2.0 ** min(attempt - 1, 60))
    asked = error.retry_after_s if isinstance(error, RateLimited) else None
    # Full jitter; after a Retry-After a little of it, so that a crowd does not come back as one.
    delay = random() * ceiling if asked is None else asked + random() * min(1.0, ceiling)
    if delay >= remaining_s:
        return asked if asked is not None and asked < remaining_s else None
    return delay


def may_resend(error: SeedError, *, server_errors: bool = False) -> bool:
    """Whether `error` leaves no doubt that the request was not processed, or the user takes the risk."""
    if isinstance(error, Undelivered):
        return error.retryable
    return server_errors and isinstance(error, InDoubt) and (error.http_status or 0) >= 500


def retry_after(headers: Mapping[str, str], message: str, *, now: float) -> float | None:
    """Seconds that a 429 asks to wait, from `Retry-After` (seconds or a date) or its message.

    `now` is the wall clock, seconds since the epoch. What makes no sense, or is more than a
    day, is ignored.
    """
    for name, value in headers.items():
        if name.lower() == "retry-after":
            asked = _seconds(value.strip(), now=now)
            if asked is not None:
                return asked
    match = re.search(_IN_MESSAGE, message[:2000], re.IGNORECASE)
    if match is None:
        return None
    return _sane(float(match[1]) * (60 if match[2].lower().startswith("m") else 1))


def _seconds(value: str, *, now: float) -> float | None:
    if re.fullmatch(r"[0-9]{1,9}", value):
        return _sane(float(value))
    return _until(value, now=now)


def _until(date: str, *, now: float) -> float | None:
    if not re.fullmatch(r"[A-Za-z]{3,9},? [0-9A-Za-z :+-]{8,40}", date):
        return None
    from datetime import UTC
    from email.utils import parsedate_to_datetime

    try:
        moment = parsedate_to_datetime(date)
        # HTTP dates are in GMT whether they say so or not.
        moment = moment if moment.tzinfo else moment.replace(tzinfo=UTC)
        return _sane(max(0.0, moment.timestamp() - now))
    except (ValueError, OverflowError, TypeError, IndexError):
        return None


def _sane(seconds: float) -> float | None:
    return seconds if math.isfinite(seconds) and 0 <= seconds <= _LONGEST_WAIT_S else None
