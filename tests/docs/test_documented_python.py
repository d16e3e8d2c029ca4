"""Every Python block in docs/ is run as it stands, against a sandbox."""

from __future__ import annotations

import os
import re
import shutil
import subprocess
import sys
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import get_type_hints

import pytest

import seedcli
from seedcli.sandbox.server import RunningSandbox

ROOT = Path(__file__).parents[2]
PAGE = ROOT / "docs" / "python.md"


def blocks() -> Iterator[tuple[int, str]]:
    text = PAGE.read_text()
    for match in re.finditer(r"^```python\n(.*?)^```$", text, re.MULTILINE | re.DOTALL):
        yield text[: match.start()].count("\n") + 2, match[1]


@pytest.mark.parametrize(
    "script", [pytest.param(block, id=f"{PAGE.name}:{line}") for line, block in blocks()]
)
def test_a_documented_block_runs_as_it_stands(
    script: str, tmp_path: Path, sandbox: Callable[..., RunningSandbox]
) -> None:
    gateway = sandbox()
    shutil.copy(ROOT / "examples" / "cat.jpg", tmp_path)
    variables = {"SEEDCLI_BASE_URL": gateway.base_url, "SEEDCLI_API_KEY": gateway.key}
    done = subprocess.run(
        [sys.executable, "-W", "error", "-c", script],
        cwd=tmp_path,
        env={**os.environ, **variables, "PYTHONPATH": str(ROOT)},
        capture_output=True,
        text=True,
        timeout=60,
    )
    assert (done.returncode, done.stderr) == (0, "")


def test_every_option_and_every_error_is_named() -> None:
    text = PAGE.read_text()
    options = set(get_type_hints(seedcli.EditOptions))
    raised = {name for name in seedcli.__all__ if name[0].isupper()} - {"EditOptions", "Result"}
    assert {
        name for name in options | raised if f"`{name}`" not in text and f"seedcli.{name}" not in text
    } == set()
