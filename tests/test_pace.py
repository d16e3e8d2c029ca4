"""The pace of a run, with a clock of its own and a gateway that counts."""

from __future__ import annotations

import heapq
import itertools
from collections import deque
from collections.abc import Callable
from dataclasses import dataclass, field
from math import ceil

import pytest

from seedcli.pace import Pace

Refuse = Callable[[float], float | None]
"""Given the time, the Retry-After in seconds of a refusal, or None to let a request through."""


@dataclass
class Simulation:
    """`jobs` workers that send `images` to a gateway, in a time that passes only when they wait."""

    pace: Pace
    refuse: Refuse
    jobs: int
    latency_s: float = 0.05
    now_s: float = 0.0
    refused: int = 0
    sent_s: list[float] = field(default_factory=list)
    rates: list[tuple[float, float]] = field(default_factory=list)

    def run(self, images: int) -> float:
        """When the last answer came."""
        answers: list[tuple[float, float, float | None]] = []
        waiting, under_way = images, 0
        while waiting or answers:
            free = waiting > 0 and under_way < self.jobs
            start_s = self.now_s + self.pace.wait_s(self.now_s)
            if free and (not answers or start_s <= answers[0][0]):
                self.now_s = start_s
                asked = self.refuse(start_s)
                self.pace.start(start_s)
                self.sent_s.append(start_s)
                self.rates.append((start_s, self.pace.rate_per_s or 0))
                waiting, under_way = waiting - 1, under_way + 1
                after_s = self.latency_s if asked is None else 0.005
                heapq.heappush(answers, (start_s + after_s, start_s, asked))
                self.now_s += 0.003
                continue
            self.now_s, started_s, asked = heapq.heappop(answers)
            under_way -= 1
            if asked is None:
                self.pace.passed(self.now_s, started_s=started_s)
            else:
                self.pace.refused(self.now_s, started_s=started_s, retry_after_s=asked or None)
                waiting, self.refused = waiting + 1, self.refused + 1
        return self.now_s


def sliding(limit: int, *, window_s: float = 1.0, retry_after: bool = True) -> Refuse:
    """At most `limit` in any `window_s`; Retry-After in whole seconds, as gateways say it."""
    taken: deque[float] = deque()

    def refuse(now_s: float) -> float | None:
        while taken and taken[0] <= now_s - window_s:
            taken.popleft()
        if len(taken) < limit:
            taken.append(now_s)
            return None
        return max(1, ceil(taken[0] + window_s - now_s)) if retry_after else 0

    return refuse


def paced(**settings: float) -> Pace:
    return Pace(random=lambda: 0.5, **settings)


def test_nothing_is_held_back_before_the_first_refusal() -> None:
    pace = paced()
    for number in range(100):
        assert pace.wait_s(number * 0.001) == 0
        pace.start(number * 0.001)
    assert pace.rate_per_s is None


def test_a_ceiling_spaces_requests_evenly_from_the_first_on() -> None:
    simulation = Simulation(paced(ceiling_per_s=10), lambda now_s: None, jobs=8)
    simulation.run(50)
    gaps = [later - sooner for sooner, later in zip(simulation.sent_s, simulation.sent_s[1:], strict=False)]
    assert min(gaps) == pytest.approx(0.1)
    assert simulation.sent_s[-1] == pytest.approx(4.9, abs=0.01)


def test_a_refusal_holds_everything_for_as_long_as_the_gateway_asks() -> None:
    pace = paced()
    pace.start(0)
    pace.start(0.1)
    pace.refused(0.2, started_s=0, retry_after_s=7)
    assert 7 <= pace.wait_s(0.2) <= 7.7
    pace.refused(0.3, started_s=0.1, retry_after_s=3)
    assert 6.9 <= pace.wait_s(0.3) <= 7.6


def test_one_burst_of_refusals_slows_down_once() -> None:
    one, many = paced(), paced()
    for pace, refusals in ((one, 1), (many, 10)):
        for number in range(30):
            pace.start(number * 0.01)
            if number < 20:
                pace.passed(number * 0.01, started_s=number * 0.01)
        for number in range(refusals):
            pace.refused(0.4, started_s=0.2 + number * 0.01, retry_after_s=1)
    assert one.rate_per_s == pytest.approx(29 * 0.9)
    assert many.rate_per_s == pytest.approx(20 * 0.9)


def test_the_rate_falls_by_a_factor_and_grows_by_the_same_step_each_second() -> None:
    simulation = Simulation(paced(), sliding(20), jobs=8)
    simulation.run(1000)
    points = simulation.rates[200:]
    pairs = [(one, next_) for one, next_ in itertools.pairwise(points) if one[1] != next_[1]]
    falls = [after / before for (_, before), (_, after) in pairs if after < before]
    assert falls == pytest.approx([0.9] * len(falls), abs=0.03)
    climbs = [(b[1] - a[1]) / (b[0] - a[0]) for a, b in pairs if b[1] > a[1] and b[0] - a[0] < 0.2]
    assert climbs == pytest.approx([0.2] * len(climbs), abs=0.03)


@pytest.mark.parametrize("jobs", [4, 8, 32, 64])
@pytest.mark.parametrize("latency_s", [0.01, 0.2, 1.0])
def test_a_limit_of_twenty_a_second_is_used_with_few_refusals(jobs: int, latency_s: float) -> None:
    simulation = Simulation(paced(), sliding(20), jobs=jobs, latency_s=latency_s)
    ideal_s = max(120 / 20, 120 / jobs * latency_s)
    assert simulation.run(120) <= 1.5 * ideal_s
    assert simulation.refused <= jobs + 4


def test_in_the_long_run_most_of_the_limit_is_used_and_hardly_anything_is_refused() -> None:
    simulation = Simulation(paced(), sliding(20), jobs=16)
    assert simulation.run(4000) <= 1.25 * 4000 / 20
    assert simulation.refused <= 60


def test_a_limit_a_minute_is_found_too() -> None:
    simulation = Simulation(paced(), sliding(5, window_s=60), jobs=4, latency_s=8)
    assert simulation.run(60) <= 1.3 * 60 * 12
    assert simulation.refused <= 16


def test_a_limit_on_what_is_in_flight_is_lived_with() -> None:
    """Some gateways count what they are working on, and say nothing of how long to wait."""
    under_way: list[float] = []

    def refuse(now_s: float) -> float | None:
        under_way[:] = [end_s for end_s in under_way if end_s > now_s]
        if len(under_way) >= 5:
            return 0
        under_way.append(now_s + 10)
        return None

    simulation = Simulation(paced(), refuse, jobs=32, latency_s=10)
    assert simulation.run(100) <= 1.6 * 100 / 5 * 10
    assert simulation.pace.fruitless == 0


def test_a_limit_that_is_lifted_is_noticed() -> None:
    limit, free = sliding(2), 300.0
    simulation = Simulation(paced(), lambda now_s: limit(now_s) if now_s < 60 else None, jobs=8)
    simulation.run(2000)
    assert simulation.now_s < free * 2
    assert (simulation.pace.rate_per_s or 0) > 6


def test_a_limit_that_others_had_used_up_is_no_limit_of_ours() -> None:
    """At first nothing gets through at all, and nothing is known; then everything does."""
    simulation = Simulation(paced(), lambda now_s: 5 if now_s < 12 else None, jobs=4)
    assert simulation.run(200) < 120
    assert simulation.refused <= 8


@pytest.mark.parametrize("every", [10, 5, 3])
def test_refusals_that_come_whatever_the_rate_don_t_stop_a_run(every: int) -> None:
    """An overloaded gateway refuses one in so many, and each refusal holds the run for a second."""
    count = itertools.count(1)
    simulation = Simulation(paced(), lambda _: 1 if next(count) % every == 0 else None, jobs=8, latency_s=0.3)
    holds_s = 200 / (every - 1)
    assert simulation.run(200) <= 4 * holds_s


def test_bad_times_are_left_again() -> None:
    limits = {0: sliding(20), 60: sliding(1, window_s=20), 300: sliding(20)}

    def refuse(now_s: float) -> float | None:
        return limits[max(start_s for start_s in limits if start_s <= now_s)](now_s)

    simulation = Simulation(paced(), refuse, jobs=8)
    simulation.run(1500)
    assert simulation.now_s < 600
    assert (simulation.pace.rate_per_s or 0) > 3


def test_refusals_are_fruitless_only_while_nothing_gets_through_or_may_yet() -> None:
    pace = paced()
    pace.start(0)
    pace.start(0.1)
    pace.refused(0.2, started_s=0.1, retry_after_s=None)
    assert pace.fruitless == 0  # the other one is still on its way
    pace.refused(0.3, started_s=0, retry_after_s=None)
    assert pace.fruitless == 1
    for number in range(2, 5):
        pace.start(number * 10)
        pace.refused(number * 10 + 0.1, started_s=number * 10, retry_after_s=None)
        assert pace.fruitless == number
    assert 8 <= pace.wait_s(40.1) <= 9  # the hold has doubled each time
    assert pace.is_hopeless(41, retries=3)
    assert not pace.is_hopeless(41, retries=4)
    pace.start(60)
    pace.passed(61, started_s=60)
    assert pace.fruitless == 0
    for number in range(4):
        pace.start(62 + number)
        pace.refused(62.5 + number, started_s=62 + number, retry_after_s=0)
    assert not pace.is_hopeless(66, retries=3)  # a moment ago something was let through
    assert pace.is_hopeless(100, retries=3)


def test_an_idle_run_does_not_grow_its_rate() -> None:
    pace = paced()
    for number in range(10):
        pace.start(number * 0.01)
    pace.refused(0.2, started_s=0.09, retry_after_s=1)
    before = pace.rate_per_s or 0
    pace.start(1000)
    assert pace.rate_per_s == pytest.approx(before, rel=0.02)
