"""What a command costs: wall time, processor time and peak memory, its children included.

`os.wait4` counts a process and all that it has waited for. Linux lets a process inherit the peak
memory of the one that started it, so this harness stays smaller than what it measures.
"""

from __future__ import annotations

import os
import pty
import statistics
import subprocess
import sys
import threading
import time
from collections.abc import Callable, Mapping, Sequence
from contextlib import suppress
from dataclasses import dataclass
from pathlib import Path

_RSS_UNIT = 1 if sys.platform == "darwin" else 1024


@dataclass(frozen=True, slots=True)
class Usage:
    """Seconds and bytes. The peak is that of the largest single process."""

    wall_s: float
    cpu_s: float
    peak_bytes: int


@dataclass(frozen=True, slots=True)
class Command:
    """A command that must succeed. With `terminal` its standard error is one of 40 lines.

    `before` makes the place ready, `after` looks whether the work was done; neither is measured.
    """

    argv: Sequence[str]
    env: Mapping[str, str]
    folder: Path
    terminal: bool = False
    before: Callable[[], None] | None = None
    after: Callable[[], None] | None = None


class Failed(Exception):
    """A measured command did not do its work; the message has the end of what it said."""


def measure(command: Command) -> Usage:
    """Runs it once. Raises `Failed`."""
    if command.before is not None:
        command.before()
    with open(command.folder / "stderr.txt", "w+b") as said:
        usage, code = _run_on_terminal(command) if command.terminal else _run(command, said.fileno())
        if code:
            said.seek(0)
            text = said.read()[-2000:].decode(errors="replace")
            raise Failed(f"exit code {code}: {' '.join(command.argv)[:300]}\n{text}")
    if command.after is not None:
        command.after()
    return usage


def interleave(commands: Sequence[Command], *, rounds: int) -> list[tuple[Usage, ...]]:
    """Each command once a round, the order turned every round, after one round not counted."""
    for command in commands:
        measure(command)
    found = []
    for number in range(rounds):
        order = list(range(len(commands)))
        order = order if number % 2 == 0 else order[::-1]
        usages = {index: measure(commands[index]) for index in order}
        found.append(tuple(usages[index] for index in range(len(commands))))
    return found


def median(values: Sequence[float]) -> float:
    return statistics.median(values)


def _run(command: Command, stderr: int) -> tuple[Usage, int]:
    started_s = time.perf_counter()
    child = subprocess.Popen(
        command.argv,
        env=command.env,
        cwd=command.folder,
        stdin=subprocess.DEVNULL,
        stdout=subprocess.DEVNULL,
        stderr=stderr,
    )
    _, status, spent = os.wait4(child.pid, 0)
    wall_s = time.perf_counter() - started_s
    child.returncode = os.waitstatus_to_exitcode(status)
    usage = Usage(wall_s, spent.ru_utime + spent.ru_stime, spent.ru_maxrss * _RSS_UNIT)
    return usage, child.returncode


def _run_on_terminal(command: Command) -> tuple[Usage, int]:
    """Somebody reads the terminal all the while, in a thread of this process."""
    ours, theirs = pty.openpty()
    _set_size(theirs, lines=40, columns=120)
    reader = threading.Thread(target=_drain, args=(ours,), daemon=True)
    reader.start()
    try:
        return _run(command, theirs)
    finally:
        os.close(theirs)
        reader.join()
        os.close(ours)


def _set_size(terminal: int, *, lines: int, columns: int) -> None:
    import fcntl
    import struct
    import termios

    fcntl.ioctl(terminal, termios.TIOCSWINSZ, struct.pack("HHHH", lines, columns, 0, 0))


def _drain(terminal: int) -> None:
    with suppress(OSError):  # Linux ends a terminal with EIO
        while os.read(terminal, 1 << 16):
            pass
