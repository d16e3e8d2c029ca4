"""A machine that runs pipelines: the program on its PATH, pictures in a folder, a sandbox as the gateway."""

from __future__ import annotations

import os
import shlex
import shutil
from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest
from program import PROGRAM

from seedcli.sandbox.server import RunningSandbox

ROOT = Path(__file__).parents[2]


@pytest.fixture
def path(tmp_path_factory: pytest.TempPathFactory) -> str:
    """A PATH on which `seedcli` is the program under test."""
    folder = tmp_path_factory.mktemp("bin")
    program = folder / "seedcli"
    program.write_text(f'#!/bin/sh\nexec {shlex.join(PROGRAM)} "$@"\n')
    program.chmod(0o755)
    return f"{folder}{os.pathsep}{os.environ['PATH']}"


@pytest.fixture
def machine(
    path: str, tmp_path: Path, sandbox: Callable[..., RunningSandbox], monkeypatch: pytest.MonkeyPatch
) -> Callable[..., tuple[dict[str, str], RunningSandbox]]:
    """The variables of a machine with cat.jpg and dog.jpg in its folder, and the sandbox it speaks to."""

    def start(**settings: Any) -> tuple[dict[str, str], RunningSandbox]:
        gateway = sandbox(**settings)
        for name in ("cat.jpg", "dog.jpg"):
            shutil.copy(ROOT / "examples" / "cat.jpg", tmp_path / name)
        monkeypatch.setenv("PYTHONPATH", str(ROOT))
        return {
            "PATH": path,
            "SEEDCLI_BASE_URL": gateway.base_url,
            "SEEDCLI_API_KEY": gateway.key,
            "SEEDCLI_POLL_INTERVAL": "0.05",
        }, gateway

    return start
