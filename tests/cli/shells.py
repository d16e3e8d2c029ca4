"""Real shells on a pseudo-terminal: what a person types, Tab keys included, and what the program gets."""

from __future__ import annotations

import os
import pty
import select
import signal
import subprocess
import sys
import time
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from pathlib import Path

SCRIPTS = Path(__file__).parents[2] / "completions"
_PROMPT = "READY>"
_PATIENCE_S = 60.0

# Stands in for the program: notes the words that it was called with, and hands on what only the
# program can answer. A shell script: where it was not called, the Tab key started no Python.
_STAND_IN = """#!/bin/sh
if [ "$1" = __complete ]; then
  printf '?\\0' >> "$CALLS"
  exec {python} -m seedcli "$@"
fi
printf '%s\\0' "$#" "$@" >> "$CALLS"
"""


@dataclass(frozen=True)
class Call:
    """The words that the program got from a line, and how often it was asked for names before."""

    words: list[str]
    asked: int


def type_in(
    shell: str, lines: Sequence[str], *, folder: Path, place: Path, autoload: bool = False
) -> list[Call]:
    """Types the lines, each with Enter after it, into an interactive `shell` in `folder`.

    Each line calls the program once; `place` holds what the shell needs. With `autoload` zsh finds
    the script in its `fpath`, else the script is sourced.
    """
    (place / "bin").mkdir(parents=True)
    stand_in, calls = place / "bin" / "seedcli", place / "calls"
    stand_in.write_text(_STAND_IN.format(python=sys.executable))
    stand_in.chmod(0o755)
    calls.touch()
    environment = {
        **os.environ,
        "PATH": f"{place / 'bin'}{os.pathsep}{os.environ['PATH']}",
        "PYTHONPATH": str(SCRIPTS.parent),
        "CALLS": str(calls),
        "TERM": "xterm",
        "ZDOTDIR": str(place),
    }
    screen = _session(_command(shell, place, autoload), environment, folder, [*lines, "exit"])
    noted = list(_calls(calls.read_bytes()))
    assert len(noted) == len(lines), f"{shell}: {noted}; on its screen:\n{screen}"
    return noted


def _calls(noted: bytes) -> Iterator[Call]:
    fields, asked = iter(noted.split(b"\0")[:-1]), 0
    for field in fields:
        if field == b"?":
            asked += 1
        else:
            yield Call([os.fsdecode(next(fields)) for _ in range(int(field))], asked)
            asked = 0


def _command(shell: str, place: Path, autoload: bool) -> list[str]:
    if shell == "bash":
        rc = place / "bashrc"
        rc.write_text(f"PS1='{_PROMPT}'\nbind 'set bell-style none'\nsource '{SCRIPTS}/seedcli.bash'\n")
        return ["bash", "--noprofile", "--rcfile", str(rc), "-i"]
    if shell == "zsh":
        load = "" if autoload else f"source '{SCRIPTS}/_seedcli'"
        fpath = f"fpath=('{SCRIPTS}' $fpath)\n" if autoload else ""
        (place / ".zshrc").write_text(
            f"{fpath}autoload -Uz compinit\ncompinit -u -d '{place}/dump'\n{load}\n"
            f"PROMPT='{_PROMPT}'\nunsetopt BEEP PROMPT_SP\n"
        )
        return ["zsh", "--no-globalrcs", "-i"]
    return [
        "fish",
        "--no-config",
        "-i",
        "-C",
        f"source '{SCRIPTS}/seedcli.fish'; function fish_prompt; echo -n '{_PROMPT}'; end",
    ]


def _session(command: list[str], environment: dict[str, str], folder: Path, lines: list[str]) -> str:
    """Sends each line when the prompt is there, until the shell has ended."""
    ours, theirs = pty.openpty()
    process = subprocess.Popen(
        ["setsid", "--ctty", *command],  # fish will have a terminal of its own
        stdin=theirs,
        stdout=theirs,
        stderr=theirs,
        cwd=folder,
        env=environment,
    )
    os.close(theirs)
    screen, waiting, deadline = "", list(lines), time.monotonic() + _PATIENCE_S
    seen = 0
    try:
        while time.monotonic() < deadline:
            if not select.select([ours], [], [], 0.5)[0]:
                continue
            try:
                piece = os.read(ours, 65536)
            except OSError:  # the shell has ended
                break
            if not piece:
                break
            screen += piece.decode("utf-8", "replace")
            if waiting and _PROMPT in screen[seen:]:
                seen = len(screen)
                os.write(ours, waiting.pop(0).encode() + b"\r")
        else:
            raise AssertionError(f"the shell did not end; on its screen:\n{screen}")
    finally:
        os.close(ours)
        if process.poll() is None:
            try:
                process.wait(timeout=5)
            except subprocess.TimeoutExpired:
                os.killpg(process.pid, signal.SIGKILL)
                process.wait()
    return screen
