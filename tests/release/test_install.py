"""What is installed in a fresh environment works: by pip, pipx and uv, on every Python that is here."""

from __future__ import annotations

import os
import re
import shutil
import subprocess
import sys
from collections.abc import Callable
from pathlib import Path

import pytest
from releases import HOME, ROOT, Dists, copied, run

from seedcli import __version__

Check = Callable[[Path], None]
VERSIONS = ("3.11", "3.12", "3.13", "3.14")


def python_of(version: str) -> str | None:
    """An interpreter of that version: by its name, or among those that pyenv keeps."""
    kept = sorted(Path(HOME, ".pyenv", "versions").glob(f"{version}.*/bin/python{version}"))
    names = [*map(str, kept), f"python{version}", "python3"]
    asked = "import sys, venv, sqlite3, ssl; print('%d.%d' % sys.version_info[:2])"
    for name in names:
        if path := shutil.which(name):
            done = subprocess.run([path, "-c", asked], capture_output=True, text=True, timeout=30)
            if done.stdout.strip() == version:
                return path
    return None


def test_pip_installs_the_wheel(dists: Dists, tmp_path: Path, edits_a_picture: Check) -> None:
    fresh = tmp_path / "fresh"
    run([sys.executable, "-m", "venv", fresh])
    run([fresh / "bin" / "pip", "install", "--quiet", f"{dists.wheel}[sandbox]"])
    program = fresh / "bin" / "seedcli"
    assert run([program, "--version"]) == f"seedcli {__version__}\n"
    assert (fresh / "share" / "man" / "man1" / "seedcli-edit.1").is_file()
    edits_a_picture(program)


@pytest.mark.release
def test_pipx_installs_the_wheel(dists: Dists, tmp_path: Path, edits_a_picture: Check) -> None:
    homes = {"PIPX_HOME": str(tmp_path / "pipx"), "PIPX_BIN_DIR": str(tmp_path / "bin")}
    homes["PIPX_MAN_DIR"] = str(tmp_path / "man")
    command = [sys.executable, "-m", "pipx", "install", "--python", sys.executable, f"{dists.wheel}[sandbox]"]
    run(command, variables=homes)
    edits_a_picture(tmp_path / "bin" / "seedcli")


@pytest.mark.release
def test_uv_installs_the_wheel(dists: Dists, tmp_path: Path, edits_a_picture: Check) -> None:
    homes = {"UV_TOOL_DIR": str(tmp_path / "tools"), "UV_TOOL_BIN_DIR": str(tmp_path / "bin")}
    homes["UV_PYTHON_DOWNLOADS"] = "never"
    command = [sys.executable, "-m", "uv", "tool", "install", "--quiet", "--python", sys.executable]
    run([*command, f"seedcli[sandbox] @ {dists.wheel.as_uri()}"], variables=homes)
    edits_a_picture(tmp_path / "bin" / "seedcli")


@pytest.mark.release
def test_pip_installs_the_sdist(dists: Dists, tmp_path: Path, edits_a_picture: Check) -> None:
    fresh = tmp_path / "fresh"
    run([sys.executable, "-m", "venv", fresh])
    run([fresh / "bin" / "pip", "install", "--quiet", f"{dists.sdist}[sandbox]"])
    edits_a_picture(fresh / "bin" / "seedcli")


@pytest.mark.release
@pytest.mark.parametrize("version", VERSIONS)
def test_every_python_that_is_here_runs_it(
    version: str, dists: Dists, tmp_path: Path, edits_a_picture: Check
) -> None:
    python = python_of(version)
    if python is None:
        pytest.skip(f"no Python {version} here")
    fresh = tmp_path / "fresh"
    run([python, "-m", "venv", fresh])
    run([fresh / "bin" / "python", "-m", "pip", "install", "--quiet", f"{dists.wheel}[sandbox]"])
    assert run([fresh / "bin" / "python", "-W", "error", "-m", "seedcli", "--version"])
    edits_a_picture(fresh / "bin" / "seedcli")


@pytest.mark.release
def test_the_set_up_of_the_readme_works_in_a_new_home(
    home: Path, tmp_path: Path, edits_a_picture: Check
) -> None:
    readme = (ROOT / "README.md").read_text()
    (block,) = re.findall(r"^```console\n([^`]*python3 -m venv[^`]*)^```$", readme, re.MULTILINE)
    shell = ["bash", "-euo", "pipefail", "-c", block]
    python = Path(os.path.realpath(sys.executable))
    first = tmp_path / "first"
    first.mkdir()
    (first / "python3").symlink_to(python)
    (home / ".local" / "bin").mkdir(parents=True)
    run(shell, cwd=copied(tmp_path / "checkout"), variables={"PATH": f"{first}:{os.environ['PATH']}"})
    edits_a_picture(home / ".local" / "bin" / "seedcli")
