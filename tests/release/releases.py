"""How distributions are built in the tests, and commands run that fetch packages."""

from __future__ import annotations

import os
import shutil
import subprocess
import sys
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path

ROOT = Path(__file__).parents[2]
NOT_SOURCE = (
    ".git",
    ".venv*",
    "build",
    "dist",
    "*.egg-info",
    "__pycache__",
    ".*_cache",
    ".hypothesis",
    ".coverage*",
)
EPOCH = "1700000000"
HOME = os.environ.get("HOME", "")
NETWORK = {
    name: value
    for name, value in os.environ.items()
    if name.lower() in ("http_proxy", "https_proxy", "all_proxy", "no_proxy", "ssl_cert_file", "ssl_cert_dir")
}
"""As they were before each test got a home and a network of its own: packages are fetched by them."""


@dataclass(frozen=True)
class Dists:
    """What a build has made."""

    source: Path
    wheel: Path
    sdist: Path

    @classmethod
    def found(cls, out: Path, *, source: Path) -> Dists:
        (wheel,), (sdist,) = out.glob("*.whl"), out.glob("*.tar.gz")
        return cls(source, wheel, sdist)


def copied(folder: Path, *, of: Path = ROOT) -> Path:
    """The source tree without what is never part of it."""
    shutil.copytree(of, folder, ignore=shutil.ignore_patterns(*NOT_SOURCE), symlinks=True)
    return folder


def built(source: Path, out: Path) -> Dists:
    """sdist from `source`, and the wheel from that sdist, as a release is made."""
    command = [sys.executable, "-m", "build", "--no-isolation", "--outdir", str(out), str(source)]
    done = subprocess.run(command, env=with_caches(), capture_output=True, text=True, timeout=120)
    assert done.returncode == 0, done.stdout + done.stderr
    return Dists.found(out, source=source)


def with_caches(**variables: str) -> dict[str, str]:
    """The environment, with the network and the caches of the real home."""
    caches = {"PIP_CACHE_DIR": f"{HOME}/.cache/pip", "UV_CACHE_DIR": f"{HOME}/.cache/uv"}
    return {
        **os.environ,
        **NETWORK,
        **caches,
        "PIP_DISABLE_PIP_VERSION_CHECK": "1",
        "SOURCE_DATE_EPOCH": EPOCH,
        **variables,
    }


def run(
    command: Sequence[str | Path], *, cwd: Path | None = None, variables: Mapping[str, str] | None = None
) -> str:
    """Standard output; a failure shows all that was said."""
    done = subprocess.run(
        [*map(str, command)],
        cwd=cwd,
        env=with_caches(**variables or {}),
        capture_output=True,
        text=True,
        timeout=300,
        stdin=subprocess.DEVNULL,
    )
    assert done.returncode == 0, f"{command}\n{done.stdout}\n{done.stderr}"
    return done.stdout
