"""The place of the measurements: a gateway of our own, pictures, folders, and commands to run there."""

from __future__ import annotations

import os
import shutil
import subprocess
import sys
import tempfile
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path

from benchmarks.environment import BUILD, ROOT
from benchmarks.measure import Command
from benchmarks.pictures import write_pictures

KB, MB = 1000, 1_000_000
RESULT_BYTES = 40 * KB
PROMPT = "make the cat's eyes blue"


@dataclass(frozen=True, slots=True)
class Plan:
    """What the gateway does with an edit."""

    latency_ms: int = 0
    kind: str = "url"
    result_bytes: int = RESULT_BYTES


@dataclass(frozen=True, slots=True)
class Lab:
    """`programs` holds `seedcli` and a bare `python`; `folder` is on a disk, so that syncing costs."""

    programs: Path
    folder: Path
    port: int

    @property
    def python(self) -> str:
        return str(self.programs / "python")

    def base_url(self, plan: Plan) -> str:
        return f"http://127.0.0.1:{self.port}/{plan.latency_ms}-{plan.kind}-{plan.result_bytes}"

    def pictures(self, *, count: int, size: int) -> Path:
        return write_pictures(self.folder / f"pictures-{size}-{count}", count=count, size=size)

    def picture(self, size: int) -> Path:
        return self.pictures(count=1, size=size) / "00000.jpg"

    def bare(self) -> Command:
        """An interpreter that starts and ends."""
        return self.command(self.python, "-c", "pass")

    def seedcli(self, *words: str) -> Command:
        return self.command(str(self.programs / "seedcli"), *words)

    def command(self, *argv: str) -> Command:
        return Command(argv, _environment(self.folder), self.folder)

    def edit(self, source: Path, *options: str, plan: Plan = Plan(), terminal: bool = False) -> Command:
        """An edit of a picture, or of a folder's pictures, with a new output folder and, where
        there are many, a new journal. Afterwards every result must be there."""
        many = source.is_dir()
        count = sum(1 for _ in source.iterdir()) if many else 1
        output, state = self.folder / "results", self.folder / f"state-{'many' if many else 'one'}"
        words = [str(source), PROMPT, "-o", f"{output}/", *(["-r"] if many else []), *options]
        if plan.kind != "url":
            words += ["--response-format", plan.kind]
        env = _environment(self.folder) | {
            "SEEDCLI_BASE_URL": self.base_url(plan),
            "SEEDCLI_API_KEY": "0123456789abcdef0123456789abcdef",
            "SEEDCLI_STATE_DIR": str(state),
        }

        def before() -> None:
            renew(output)
            if many:
                shutil.rmtree(state, ignore_errors=True)

        def after() -> None:
            found = sum(1 for path in output.iterdir() if path.stat().st_size == plan.result_bytes)
            if found != count:
                raise RuntimeError(f"{found} results of {count}")

        argv = (str(self.programs / "seedcli"), "edit", *words)
        return Command(argv, env, self.folder, terminal=terminal, before=before, after=after)


def renew(folder: Path) -> None:
    """`folder`, made anew and empty."""
    shutil.rmtree(folder, ignore_errors=True)
    folder.mkdir()


@contextmanager
def opened_lab(programs: Path) -> Iterator[Lab]:
    """A lab with its gateway at work, a process of its own whose time is nobody's here."""
    BUILD.mkdir(parents=True, exist_ok=True)
    folder = Path(tempfile.mkdtemp(prefix="lab-", dir=BUILD))  # another run may be under way
    (folder / "home").mkdir()
    gateway = subprocess.Popen(
        [sys.executable, "-m", "benchmarks.gateway"],
        cwd=ROOT,
        stdin=subprocess.PIPE,
        stdout=subprocess.PIPE,
        text=True,
    )
    with gateway:
        assert gateway.stdin and gateway.stdout
        try:
            yield Lab(programs, folder, int(gateway.stdout.readline()))
        finally:
            gateway.stdin.close()
            gateway.wait()
            shutil.rmtree(folder, ignore_errors=True)


def _environment(folder: Path) -> dict[str, str]:
    return {
        "PATH": os.environ["PATH"],
        "HOME": str(folder / "home"),
        "LANG": "C.UTF-8",
        "TERM": "xterm-256color",
        "SEEDCLI_STATE_DIR": str(folder / "state-one"),
    }
