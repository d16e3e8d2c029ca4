"""What the program plans a picture to come out as is what the sandbox makes of it."""

from __future__ import annotations

import random

import pytest

from seedcli.gateway.models import ADAPTIVE_SIZES, SEEDEDIT, planned_size
from seedcli.sandbox.sizes import adaptive_size


def plan(width: int, height: int) -> tuple[int, int] | None:
    return planned_size(SEEDEDIT, size="adaptive", width=width, height=height)


@pytest.mark.parametrize("row", ADAPTIVE_SIZES)
def test_each_row_of_the_table_is_planned_as_itself_and_as_the_sandbox_does(row: tuple[int, int]) -> None:
    assert plan(*row) == adaptive_size(*row) == row


def test_random_sizes_are_planned_as_the_sandbox_does() -> None:
    chance = random.Random(6)
    for _ in range(500):
        width = chance.randint(15, 6000)
        height = chance.randint(max(15, -(-width // 3)), min(6000, width * 3))
        assert plan(width, height) == adaptive_size(width, height), (width, height)
