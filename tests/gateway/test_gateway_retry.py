"""What is sent again, and when."""

from __future__ import annotations

import math
from datetime import UTC, datetime
from email.utils import format_datetime, formatdate

import pytest
from hypothesis import given
from hypothesis import strategies as st

from seedcli.errors import BadKey, InDoubt, Pending, RateLimited, Rejected, SeedError, Undelivered
from seedcli.gateway.retry import RetryPolicy, next_delay, retry_after

POLICY = RetryPolicy()
NOW = 1_757_502_222.0


def delay(
    error: SeedError, *, attempt: int = 1, remaining_s: float = 300.0, random: float = 0.5, **options: bool
) -> float | None:
    return next_delay(
        POLICY, attempt=attempt, error=error, remaining_s=remaining_s, random=lambda: random, **options
    )


def test_what_was_certainly_not_processed_is_sent_again() -> None:
    assert delay(Undelivered("x", retryable=True)) == 0.5
    assert delay(Undelivered("x")) is None


@pytest.mark.parametrize(
    "error",
    [
        InDoubt("x"),
        InDoubt("x", retryable=True),
        Rejected("x", retryable=True),
        BadKey("x"),
        Pending("x", retryable=True),
    ],
)
def test_nothing_else_is_ever_sent_again(error: SeedError) -> None:
    assert delay(error) is None
    assert delay(error, server_errors=True) is None


def test_server_errors_are_repeated_only_when_asked_for() -> None:
    error = InDoubt("x", http_status=503)
    assert delay(error) is None
    assert delay(error, server_errors=True) == 0.5
    assert delay(InDoubt("x", http_status=408), server_errors=True) is None
    assert delay(InDoubt("x", http_status=200), server_errors=True) is None


def test_retries_are_counted() -> None:
    error = Undelivered("x", retryable=True)
    assert [delay(error, attempt=attempt) is None for attempt in (1, 2, 3, 4)] == [False, False, False, True]
    assert next_delay(RetryPolicy(retries=0), attempt=1, error=error, remaining_s=9, random=lambda: 0) is None


def test_waiting_grows_with_full_jitter_up_to_a_cap() -> None:
    error = Undelivered("x", retryable=True)
    policy = RetryPolicy(retries=1000)
    ceilings = [
        next_delay(policy, attempt=attempt, error=error, remaining_s=300, random=lambda: 1.0)
        for attempt in (1, 2, 3, 6, 900)
    ]
    assert ceilings == [1, 2, 4, 30, 30]
    assert delay(error, random=0.0) == 0


def test_what_the_gateway_asks_is_the_least_that_is_waited() -> None:
    assert delay(RateLimited("x", retry_after_s=10), random=0.0) == 10
    assert delay(RateLimited("x", retry_after_s=10), random=0.9) == 10.9
    assert delay(RateLimited("x")) == 0.5


def test_a_wait_that_does_not_fit_is_not_begun() -> None:
    assert delay(RateLimited("x", retry_after_s=60), remaining_s=59) is None
    assert delay(RateLimited("x", retry_after_s=60), remaining_s=60) is None
    assert delay(RateLimited("x", retry_after_s=60), remaining_s=60.1) == 60
    assert delay(Undelivered("x", retryable=True), remaining_s=0.1) is None


@pytest.mark.parametrize(
    ("value", "seconds"),
    [
        ("0", 0),
        ("120", 120),
        (" 7 ", 7),
        ("86400", 86400),
        ("86401", None),
        ("-1", None),
        ("+1", None),
        ("1.5", None),
        ("1e3", None),
        ("NaN", None),
        ("inf", None),
        ("²", None),
        ("9" * 50, None),
        ("", None),
        ("soon", None),
        (formatdate(NOW + 90, usegmt=True), 90),
        (formatdate(NOW - 90, usegmt=True), 0),
        (formatdate(NOW + 90_000, usegmt=True), None),
        (format_datetime(datetime.fromtimestamp(NOW + 60, UTC)), 60),
        (datetime.fromtimestamp(NOW + 30, UTC).strftime("%a %b %d %H:%M:%S %Y"), 30),
        ("Wed, 99 Foo 2025 99:99:99 GMT", None),
        ("Fri, 31 Dec 9999 23:59:59 GMT", None),
    ],
)
def test_retry_after_is_seconds_or_a_date(value: str, seconds: float | None) -> None:
    assert retry_after({"Retry-After": value}, "", now=NOW) == seconds


@pytest.mark.parametrize(
    ("message", "seconds"),
    [
        ("Rate limit is exceeded. Try again in 60 seconds.", 60),
        ("try again in 1 second", 1),
        ("Please retry after 2.5s", 2.5),
        ("Try again in 2 minutes", 120),
        ("Try again in -5 seconds", None),
        ("Try again in 999999 seconds", None),
        ("Try again later", None),
        ("Try again in 5 fortnights", None),
    ],
)
def test_retry_after_may_be_in_the_message(message: str, seconds: float | None) -> None:
    assert retry_after({}, message, now=NOW) == seconds


def test_a_header_that_makes_no_sense_gives_way_to_the_message() -> None:
    assert retry_after({"retry-after": "soon"}, "Try again in 3 seconds", now=NOW) == 3


@given(st.text(), st.text())
def test_retry_after_is_sane_for_any_text(header: str, message: str) -> None:
    found = retry_after({"Retry-After": header}, message, now=NOW)
    assert found is None or (math.isfinite(found) and 0 <= found <= 86_400)
