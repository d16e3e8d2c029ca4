"""Each system call of an edit, in turn: failing, and the program killed there.

Whatever happens: no edit is sent twice, and what the gateway was paid for is saved, or kept in
the journal until `resume` saves it, or, where the program was cut off before it could have kept
the answer, told as doubtful.
"""

from __future__ import annotations

from collections.abc import Callable

import pytest
from torture_bench import SCENARIOS, Bench
from torture_judge import Trial, attempt
from torture_points import points_of, telling_points

PARTS = 12
NAMES = [scenario.name for scenario in SCENARIOS]


@pytest.mark.parametrize("name", ["link", "inline", "job", "resume-link"])
def test_an_edit_struck_where_it_counts_is_sent_once_and_kept(
    name: str, bench: Callable[[str], Bench], tally: Callable[[list[Trial]], None]
) -> None:
    place = bench(name)
    tally([attempt(place, point) for point in telling_points(place)])


@pytest.mark.torture
@pytest.mark.parametrize("name", NAMES)
@pytest.mark.parametrize("part", range(PARTS))
def test_an_edit_struck_anywhere_is_sent_once_and_kept(
    name: str, part: int, bench: Callable[[str], Bench], tally: Callable[[list[Trial]], None]
) -> None:
    place = bench(name)
    tally([attempt(place, point) for point in points_of(place)[part::PARTS]])
