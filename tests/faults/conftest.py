"""A server and a place for each case."""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path

import pytest
from fault_program import Place
from fault_scripts import DONE, picture, says
from fault_server import Server, serving


@pytest.fixture
def server() -> Iterator[Server]:
    with serving(Server(edit=says(), poll=says(DONE), download=picture())) as server:
        yield server


@pytest.fixture
def place(tmp_path: Path) -> Place:
    return Place(tmp_path)
