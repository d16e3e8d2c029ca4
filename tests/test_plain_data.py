"""Records that are quick to make behave as the standard library's dataclasses do."""

from __future__ import annotations

import dataclasses
from typing import Any

import pytest

from seedcli.plain_data import dataclass


@dataclass(frozen=True, slots=True)
class Point:
    x: int
    y: int = 2
    marks: list[str] = dataclasses.field(default_factory=list)
    secret: str = dataclasses.field(default="s", repr=False)


@dataclass(slots=True)
class Count:
    done: int = 0


@dataclass(frozen=True, slots=True)
class Quiet:
    key: str

    def __repr__(self) -> str:
        return "Quiet(…)"


def test_values_come_by_place_by_name_and_by_default() -> None:
    point = Point(1, marks=["a"])
    assert (point.x, point.y, point.marks, point.secret) == (1, 2, ["a"], "s")
    assert Point(1).marks is not Point(1).marks


@pytest.mark.parametrize("words", [{}, {"x": 1, "z": 2}])
def test_what_is_missing_or_unknown_is_refused(words: dict[str, Any]) -> None:
    with pytest.raises(TypeError):
        Point(**words)


def test_a_frozen_one_can_not_be_changed() -> None:
    point = Point(1)
    with pytest.raises(dataclasses.FrozenInstanceError):
        point.x = 2  # type: ignore[misc]
    with pytest.raises(dataclasses.FrozenInstanceError):
        del point.x
    assert point.x == 1


def test_one_that_is_not_frozen_counts_and_has_no_hash() -> None:
    count = Count()
    count.done += 1
    assert count == Count(1)
    with pytest.raises(TypeError):
        hash(count)


def test_there_is_no_room_for_other_names() -> None:
    with pytest.raises(AttributeError):
        Count().other = 1  # type: ignore[attr-defined]


def test_equal_ones_are_equal_and_hash_alike() -> None:
    assert Quiet("a") == Quiet("a") != Quiet("b")
    assert hash(Quiet("a")) == hash(Quiet("a"))
    other: object = Point(1)
    assert Count(1) != other


def test_what_is_shown_is_what_may_be_shown() -> None:
    assert repr(Point(1)) == "Point(x=1, y=2, marks=[])"
    assert repr(Quiet("secret")) == "Quiet(…)"


def test_the_standard_library_takes_them_for_its_own() -> None:
    point = dataclasses.replace(Point(1), y=5)
    assert dataclasses.asdict(point) == {"x": 1, "y": 5, "marks": [], "secret": "s"}
    match point:
        case Point(x, y):
            assert (x, y) == (1, 5)
