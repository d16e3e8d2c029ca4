"""Entries, journals and crashes for the journal's tests."""

from __future__ import annotations

import os
import subprocess
import sys
from collections.abc import Iterator
from pathlib import Path

from seedcli.journal import NewEntry, SqliteJournal
from seedcli.records import Failure, OutputPlan, Placement, Source, SourceKind

DOUBT = Failure("in_doubt", "no answer", exit_code=7)
REJECTED = Failure("rejected", "no", http_status=400, exit_code=4)
UNSAVED = Failure("not_saved", "disk full", exit_code=8)


class Ticks:
    """A clock that moves one second at each look."""

    def __init__(self, start: float = 1_800_000_000.0) -> None:
        self.time = start

    def __call__(self) -> float:
        self.time += 1
        return self.time


def new_entry(name: str = "cat.jpg", *, prompt: str = "blue eyes", folder: str = "/photos") -> NewEntry:
    return NewEntry(
        source=Source(SourceKind.FILE, name, Path(folder, name)),
        prompt=prompt,
        parameters={"seed": 42, "guidance_scale": 5.5},
        output=OutputPlan(Placement.BESIDE, folder="/photos"),
        gateway="https://gateway.example",
        input_size=1234,
        input_mtime_ns=1_700_000_000_123_456_789,
    )


def new_entries(count: int) -> Iterator[NewEntry]:
    return (new_entry(f"{number}.jpg") for number in range(count))


def prepare(journal: SqliteJournal, entry_id: str, *, key: str = "key") -> None:
    journal.prepared(entry_id, input_sha256="in", image_sha256="out", request_key=key)


def save(journal: SqliteJournal, entry_id: str, *, path: str = "/photos/cat-edited.jpg") -> None:
    journal.saved(entry_id, output_path=Path(path), output_sha256="made", output_bytes=3)


def crash(journal: SqliteJournal) -> None:
    """What the system does to a process that is killed: files closed, locks gone, no clean-up."""
    journal._database.close()
    if journal._owner._descriptor is not None:
        os.close(journal._owner._descriptor)


def started(code: str, *words: str) -> subprocess.Popen[str]:
    """A Python process that runs `code`, spoken to line by line."""
    here = Path(__file__).parent
    paths = os.pathsep.join(map(str, (here, here.parent)))
    return subprocess.Popen(
        [sys.executable, "-c", code, *words],
        stdin=subprocess.PIPE,
        stdout=subprocess.PIPE,
        text=True,
        env=os.environ | {"PYTHONPATH": paths},
    )


def tell(process: subprocess.Popen[str], line: str) -> None:
    assert process.stdin is not None
    process.stdin.write(line + "\n")
    process.stdin.flush()


def heard(process: subprocess.Popen[str]) -> str:
    assert process.stdout is not None
    return process.stdout.readline().strip()
