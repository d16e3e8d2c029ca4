"""A result's way to its place, seen from outside."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any


def test_what_a_killed_run_left_is_cleared_away_by_resume(desk: Callable[..., Any]) -> None:
    program, _ = desk(jobs=True)
    assert program("edit", "cat.jpg", "make it blue", "--no-wait").code == 0
    leftover = program.folder / ".seedcli-0123456789ab.part"
    leftover.write_bytes(b"half a picture")

    resumed = program("resume")

    assert resumed.code == 0, resumed.stderr
    assert (program.folder / "cat-edited.jpg").exists()
    assert not leftover.exists()
