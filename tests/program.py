"""The real program in a process of its own, as its users run it."""

from __future__ import annotations

import json
import os
import subprocess
import sys
from dataclasses import dataclass, replace
from pathlib import Path
from typing import Any

PROGRAM = (
    [os.environ["SEEDCLI_TEST_PROGRAM"]]
    if "SEEDCLI_TEST_PROGRAM" in os.environ
    else [sys.executable, "-m", "seedcli"]
)


@dataclass(frozen=True)
class Ran:
    """What a command left behind."""

    code: int
    stdout: bytes
    stderr: str

    @property
    def lines(self) -> list[str]:
        return self.stdout.decode().splitlines()

    @property
    def objects(self) -> list[dict[str, Any]]:
        return [json.loads(line) for line in self.lines]

    @property
    def object(self) -> dict[str, Any]:
        (only,) = self.objects
        return only


@dataclass(frozen=True)
class Program:
    """Runs the program in `folder` with `variables` set."""

    folder: Path
    variables: dict[str, str]
    command: tuple[str, ...] = tuple(PROGRAM)

    def __call__(self, *arguments: str | Path, stdin: bytes | None = None, **variables: str) -> Ran:
        done = subprocess.run(
            [*self.command, *map(str, arguments)],
            cwd=self.folder,
            env={**os.environ, **self.variables, **variables},
            input=b"" if stdin is None else stdin,
            capture_output=True,
            timeout=60,
        )
        return Ran(done.returncode, done.stdout, done.stderr.decode("utf-8", "replace"))


def as_anyone(program: Program) -> Program:
    """The program run by somebody for whom file modes hold; a superuser's powers are taken away."""
    if os.geteuid() != 0:
        return program
    return replace(
        program, command=("setpriv", "--bounding-set=-dac_override,-dac_read_search", *program.command)
    )
