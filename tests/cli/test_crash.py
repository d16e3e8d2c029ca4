"""A defect of the program itself: one line, exit code 1, and the way to what was paid for."""

from __future__ import annotations

import sys
from pathlib import Path

import pytest
from program import Program

BROKEN = (
    "import sys, types; sys.modules['seedcli.cli.models_run'] = types.ModuleType('half');"
    "from seedcli.__main__ import program; program()"
)
"""An installation of which a part is missing."""


@pytest.fixture
def broken(tmp_path: Path) -> Program:
    return Program(tmp_path, {}, (sys.executable, "-c", BROKEN))


def test_a_defect_is_one_line_that_says_how_to_go_on(broken: Program) -> None:
    ran = broken("models")
    assert (ran.code, ran.stdout) == (1, b"")
    first, second = ran.stderr.splitlines()
    assert first.startswith("seedcli: internal error: ImportError: ") and first.endswith(")")
    assert "seedcli resume" in second and "SEEDCLI_DEBUG=1" in second


def test_where_it_arose_is_shown_to_whoever_asks(broken: Program) -> None:
    assert "Traceback" in broken("models", SEEDCLI_DEBUG="1").stderr


def test_on_github_it_is_an_annotation(broken: Program) -> None:
    assert "::error title=seedcli::internal error" in broken("models", GITHUB_ACTIONS="true").stderr
