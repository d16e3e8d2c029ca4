"""What is measured: the wheel in a fresh environment, as a user would have it.

An editable install or an old pip starts programs through slower launchers, so neither will do.
Kept in `build/benchmarks` between runs; the wheel is built anew when the source has changed.
"""

from __future__ import annotations

import hashlib
import subprocess
import sys
from pathlib import Path

ROOT = Path(__file__).parent.parent
BUILD = ROOT / "build" / "benchmarks"


def fresh_environment() -> Path:
    """The folder of programs with `seedcli` in it, no extras, by the current pip."""
    folder = BUILD / "seedcli"
    stamp, state = folder / "installed", _source_state()
    if not stamp.exists():
        _make(folder)
    if not stamp.exists() or stamp.read_text() != state:
        wheels = BUILD / "wheel"
        for old in wheels.glob("*.whl"):
            old.unlink()
        _pip(folder, "wheel", "--no-deps", "--wheel-dir", str(wheels), str(ROOT))
        (wheel,) = wheels.glob("*.whl")
        _pip(folder, "install", "--upgrade", str(wheel))
        _pip(folder, "install", "--force-reinstall", "--no-deps", str(wheel))
        stamp.write_text(state)
    return folder / "bin"


def requests_environment() -> Path:
    """The folder of programs whose Python has `requests`, which the vendor's document uses."""
    folder = BUILD / "requests"
    stamp = folder / "installed"
    if not stamp.exists():
        _make(folder)
        _pip(folder, "install", "requests")
        stamp.touch()
    return folder / "bin"


def _make(folder: Path) -> None:
    subprocess.run([sys.executable, "-m", "venv", "--clear", str(folder)], check=True)
    _pip(folder, "install", "--upgrade", "pip")


def _pip(folder: Path, *words: str) -> None:
    command = [str(folder / "bin" / "python"), "-m", "pip", "--quiet", "--disable-pip-version-check", *words]
    subprocess.run(command, check=True)


def _source_state() -> str:
    digest = hashlib.sha256()
    for path in sorted([ROOT / "pyproject.toml", *(ROOT / "seedcli").rglob("*.py")]):
        digest.update(str(path.relative_to(ROOT)).encode() + b"\0" + path.read_bytes())
    return digest.hexdigest()
