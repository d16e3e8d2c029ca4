"""`seedcli __complete KIND`: what only this machine knows, for the Tab key.

Answered before typer is imported, and without a word on any failure: a Tab key has nobody to complain to.
A line is a name, a tab and what it is.
"""

from __future__ import annotations

import os
import sys

from seedcli import paths
from seedcli.errors import SeedError
from seedcli.text import clean

TYPE_CHECKING = False
if TYPE_CHECKING:
    from collections.abc import Iterator

_MOST = 100
# Straight from the file: opening the journal as the program does would take three times as long,
# and would be free to change it. Jobs that are still to be fetched come first.
_JOBS = """SELECT job_set_id, state, input FROM entries WHERE job_set_id IS NOT NULL
           GROUP BY job_set_id ORDER BY max(state = 'accepted') DESC, max(seq) DESC LIMIT ?"""
_EDITS = "SELECT id, state, prompt FROM entries ORDER BY seq DESC LIMIT ?"


def answer(words: list[str]) -> int:
    """Prints what there is of the kind; nothing for a kind that is not known."""
    try:
        for name, note in _found(words[0] if words else ""):
            if name == clean(name, limit=1000):  # one with a line break in it could not be told from two
                sys.stdout.write(f"{name}\t{clean(note, limit=60)}\n")
        sys.stdout.flush()
    except (OSError, ValueError, SeedError):  # a broken file, a closed pipe
        return 1
    return 0


def _found(kind: str) -> Iterator[tuple[str, str]]:
    if kind in ("presets", "profiles"):
        yield from _tables(kind)
    elif kind in ("jobs", "edits"):
        yield from _entries(_JOBS if kind == "jobs" else _EDITS)


def _tables(kind: str) -> Iterator[tuple[str, str]]:
    import tomllib

    with paths.config_file(os.environ).open("rb") as file:
        tables = tomllib.load(file).get(kind)
    for name, table in tables.items() if isinstance(tables, dict) else ():
        values = table if isinstance(table, dict) else {}
        yield name, str(values.get("prompt") or values.get("base_url") or "")


def _entries(query: str) -> Iterator[tuple[str, str]]:
    import sqlite3

    path = paths.state_folder(os.environ) / "journal.db"
    if not os.path.isfile(path):
        return
    escaped = str(path).replace("%", "%25").replace("?", "%3f").replace("#", "%23")
    try:
        journal = sqlite3.connect(f"file:{escaped}?mode=ro", uri=True, timeout=0.2)
        try:
            rows = journal.execute(query, (_MOST,)).fetchall()
        finally:
            journal.close()
    except sqlite3.Error as error:
        raise ValueError("the journal can't be read") from error
    for name, state, about in rows:
        text = about.decode("utf-8", "replace") if isinstance(about, bytes) else str(about)
        yield str(name), f"{state}: {text.rpartition(chr(10))[2]}"
