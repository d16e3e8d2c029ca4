"""The built distributions, made once for all tests, and what an installed program must be able to do."""

from __future__ import annotations

import os
import shutil
from collections.abc import Callable
from fcntl import LOCK_EX, flock
from pathlib import Path

import pytest
from releases import ROOT, Dists, built, copied, run


def pytest_collection_modifyitems(config: pytest.Config, items: list[pytest.Item]) -> None:
    """What installs in many ways takes minutes: only where it is asked for."""
    if "release" not in config.option.markexpr:
        slow = {item for item in items if item.get_closest_marker("release")}
        config.hook.pytest_deselected(items=slow)
        items[:] = [item for item in items if item not in slow]


@pytest.fixture(scope="session")
def dists(tmp_path_factory: pytest.TempPathFactory) -> Dists:
    """The distributions of this tree: made once, also where tests run in several processes."""
    folder = tmp_path_factory.getbasetemp()
    if "PYTEST_XDIST_WORKER" in os.environ:
        folder = folder.parent
    with open(folder / "dists.lock", "w") as lock:
        flock(lock, LOCK_EX)
        if not (folder / "dists-out").is_dir():
            built(copied(folder / "dists-source"), folder / "dists-out")
    return Dists.found(folder / "dists-out", source=folder / "dists-source")


@pytest.fixture
def edits_a_picture(tmp_path: Path) -> Callable[[Path], None]:
    """Holds that an installed program does its main job."""

    def check(program: Path) -> None:
        here = tmp_path / "here"
        here.mkdir()
        shutil.copy(ROOT / "examples" / "cat.jpg", here)
        assert run([program, "edit", "cat.jpg", "make it sepia", "--sandbox"], cwd=here) == "cat-edited.jpg\n"
        assert (here / "cat-edited.jpg").read_bytes()[:2] == b"\xff\xd8"

    return check
