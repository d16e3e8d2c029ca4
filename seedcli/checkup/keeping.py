"""Where edits are kept account of: the journal, what in it waits for its user, and the disk's room."""

from __future__ import annotations

import os
import shutil
import time
from collections.abc import Iterator
from pathlib import Path

from seedcli.checkup.finding import Finding, Level, failed, good, skipped, warned
from seedcli.errors import BadOutput, NoJournal
from seedcli.journal import open_journal
from seedcli.records import JsonObject, State

_LITTLE_ROOM = 256_000_000
_NO_ROOM = 32_000_000
_UNSAVED = frozenset({State.ACCEPTED, State.ANSWERED})


def journal(folder: Path) -> Iterator[Finding]:
    """The journal, its room, and what in it waits for its user. One that is not there is not made."""
    path = folder / "journal.db"
    if _is_missing(path):
        yield _place_for(path)
    else:
        try:
            yield from _journal_at(path)
        except NoJournal as error:
            yield failed("journal", error)
            yield skipped("results", "not known, for want of a journal")
    yield _room(folder)


def _is_missing(path: Path) -> bool:
    """Not so in a folder that can't be looked into: what is there can't be known."""
    try:
        path.stat()
    except (FileNotFoundError, NotADirectoryError):
        return True
    except OSError:
        pass
    return False


def _journal_at(path: Path) -> Iterator[Finding]:
    with open_journal(path, now=time.time) as opened:
        counts = dict.fromkeys(State, 0)
        for run in opened.runs():
            for state, count in run.counts.items():
                counts[state] += count
    edits, size = sum(counts.values()), path.stat().st_size
    yield good("journal", f"{path}, {_edits(edits)}, {_size(size)}", path=str(path), edits=edits, bytes=size)
    unsaved = sum(counts[state] for state in _UNSAVED)
    doubtful = counts[State.IN_DOUBT]
    facts: JsonObject = {"unsaved": unsaved, "in_doubt": doubtful}
    if not unsaved and not doubtful:
        yield good("results", "all that was paid for is saved, none is in doubt", **facts)
        return
    said, hints = [], []
    if unsaved:
        said.append(f"{unsaved} paid for and not saved")
        hints.append("'seedcli resume' saves them at no charge.")
    if doubtful:
        said.append(f"{doubtful} in doubt")
        hints.append("'seedcli history list --state in_doubt' shows what may have been billed.")
    yield Finding("results", Level.WARNING, ", ".join(said), " ".join(hints), facts=facts)


def _place_for(path: Path) -> Finding:
    folder = next(place for place in path.parents if os.path.exists(place))
    if os.path.isdir(folder) and os.access(folder, os.W_OK | os.X_OK):
        return good("journal", f"none yet; the first edit makes {path}", path=str(path), edits=0)
    return failed(
        "journal",
        NoJournal(
            f"the journal {path} can't be made: {folder} can't be written",
            hint="Set SEEDCLI_STATE_DIR to a folder that can be written.",
        ),
    )


def _room(folder: Path) -> Finding:
    place = next(place for place in (folder, *folder.parents) if os.path.exists(place))
    try:
        free = shutil.disk_usage(place).free
    except OSError as fault:
        return skipped("disk", f"{place}: {fault.strerror}")
    detail = f"{_size(free)} free at {place}"
    hint = "Free some space, or set SEEDCLI_STATE_DIR to a folder on a disk with room."
    if free < _NO_ROOM:
        return failed("disk", BadOutput(detail, hint=hint))
    if free < _LITTLE_ROOM:
        return warned("disk", detail, hint=hint, free_bytes=free)
    return good("disk", detail, free_bytes=free)


def _edits(count: int) -> str:
    return "1 edit" if count == 1 else f"{count} edits"


def _size(count: int) -> str:
    for unit, scale in (("GB", 1e9), ("MB", 1e6)):
        if count >= scale:
            return f"{count / scale:.1f} {unit}"
    return f"{max(1, round(count / 1e3))} KB"
