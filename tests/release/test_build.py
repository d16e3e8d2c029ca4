"""sdist and wheel: the same bytes from the same source, well-formed, and complete."""

from __future__ import annotations

import hashlib
import os
import subprocess
import sys
import tarfile
import zipfile
from pathlib import Path

from releases import Dists, built, copied, run


def digest(path: Path) -> str:
    return hashlib.sha256(path.read_bytes()).hexdigest()


def test_the_same_source_makes_the_same_bytes(dists: Dists, tmp_path: Path) -> None:
    """In another folder, at another time, with other modes."""
    source = copied(tmp_path / "elsewhere" / "source", of=dists.source)
    for path in source.rglob("*"):
        os.utime(path, (1_234_567_890, 1_234_567_890))
        path.chmod(path.stat().st_mode & 0o700)
    again = built(source, tmp_path / "out")
    assert digest(again.sdist) == digest(dists.sdist)
    assert digest(again.wheel) == digest(dists.wheel)


def test_the_wheel_is_the_same_without_the_sdist_between(dists: Dists, tmp_path: Path) -> None:
    command = [sys.executable, "-m", "build", "--no-isolation", "--wheel"]
    run([*command, "--outdir", tmp_path, dists.source])
    (direct,) = tmp_path.glob("*.whl")
    assert digest(direct) == digest(dists.wheel)


def test_the_index_would_take_them(dists: Dists) -> None:
    command = [sys.executable, "-m", "twine", "check", "--strict", str(dists.wheel), str(dists.sdist)]
    done = subprocess.run(command, capture_output=True, text=True, timeout=60)
    assert done.returncode == 0, done.stdout


def test_the_wheel_holds_what_a_wheel_should(dists: Dists) -> None:
    # W002: the completions lie in the package, to be printed, and where shells look for them.
    command = [sys.executable, "-m", "check_wheel_contents", "--ignore", "W002", str(dists.wheel)]
    done = subprocess.run(command, capture_output=True, text=True, timeout=60)
    assert done.returncode == 0, done.stdout


def test_the_wheel_carries_types_manual_and_completions(dists: Dists) -> None:
    with zipfile.ZipFile(dists.wheel) as wheel:
        names = {name.partition(".data/data/")[2] or name for name in wheel.namelist()}
    assert {"seedcli/py.typed", "seedcli/result.schema.json", "share/man/man1/seedcli.1"} <= names
    assert {"share/bash-completion/completions/seedcli", "share/zsh/site-functions/_seedcli"} <= names
    assert not [name for name in names if name.startswith(("tests", "docs", "benchmarks"))]


def test_the_sdist_carries_what_the_tests_need(dists: Dists) -> None:
    with tarfile.open(dists.sdist) as sdist:
        names = {name.partition("/")[2] for name in sdist.getnames()}
    assert {"pyproject.toml", "Makefile", "LICENSE", "README.md", "CHANGELOG.md", "docs/guide.md"} <= names
    assert {"tests/conftest.py", "examples/cat.jpg", "completions/_seedcli", "man/man1/seedcli.1"} <= names
    assert not [name for name in names if "__pycache__" in name or name.startswith((".venv", "dist/"))]
