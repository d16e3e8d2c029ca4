"""A reader of the documentation, at home."""

from __future__ import annotations

import shlex
import shutil
import stat
from pathlib import Path

import pytest
from program import PROGRAM

ROOT = Path(__file__).parents[2]


@pytest.fixture
def at_home(tmp_path: Path) -> Path:
    """A folder as a reader has it: pictures at hand, the program on PATH, a saved result."""
    here = tmp_path / "here"
    here.mkdir()
    cat = ROOT / "examples" / "cat.jpg"
    for place in ("cat.jpg", "photo.jpg", "photos/a.jpg", "photos/b.jpg"):
        (here / place).parent.mkdir(exist_ok=True)
        shutil.copy(cat, here / place)
    program = tmp_path / "bin" / "seedcli"
    program.parent.mkdir()
    program.write_text(f'#!/bin/sh\nexec {shlex.join(PROGRAM)} "$@"\n')
    program.chmod(program.stat().st_mode | stat.S_IXUSR)
    return here
