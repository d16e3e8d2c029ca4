"""Opening the journal: only one that is whole and ours, and nothing else is ever touched."""

from __future__ import annotations

import os
import sqlite3
import stat
import time
from collections.abc import Callable
from contextlib import closing, suppress
from pathlib import Path

from seedcli.errors import NoJournal
from seedcli.journal.connection import BROKEN_HINT, MOVE_HINT, translated
from seedcli.journal.schema import APPLICATION_ID, CHECKS, TABLES, VERSION
from seedcli.journal.store import SqliteJournal
from seedcli.text import clean

_WAIT_S = 30.0


def open_journal(path: Path, *, now: Callable[[], float]) -> SqliteJournal:
    """The journal at `path`, made if there is none; dead processes' claims are released.

    Raises `NoJournal`, and leaves the file as it is, when it is newer, foreign, broken, or
    can't be written.
    """
    path = path.absolute()
    owners = path.with_name(f"{path.name}-owners")
    with translated(path):
        _make_folder(path.parent)
        fresh = _examine(path, begun=owners.is_dir(), owners=owners)
        database = _connect(path, mode="rw")
        try:
            _configure(database, path=path, fresh=fresh)
            owners.mkdir(mode=0o700, exist_ok=True)
            journal = SqliteJournal(database, path=path, owners_folder=owners, now=now)
            journal.release_dead()
        except BaseException:
            database.close()
            raise
    return journal


def _make_folder(folder: Path) -> None:
    """Make what is missing of it, to outlive a power cut."""
    missing = [place for place in (folder, *folder.parents) if not place.exists()]
    for place in reversed(missing):
        place.mkdir(mode=0o700, exist_ok=True)
        _sync(place.parent)


def _sync(folder: Path) -> None:
    with suppress(OSError):  # not every system can, and SQLite does it for the file itself
        descriptor = os.open(folder, os.O_RDONLY)
        try:
            os.fsync(descriptor)
        finally:
            os.close(descriptor)


def _examine(path: Path, *, begun: bool, owners: Path) -> bool:
    """Judge the file without changing it; whether it is to be filled, being new or not there.

    `begun` says that the folder of owners was there before: it is made only after a journal is
    whole, so an empty file beside it has lost what it held.
    """
    try:
        found = path.stat()
    except FileNotFoundError:
        if begun:
            with suppress(OSError):  # it belongs to a journal that was taken away
                owners.rmdir()
        os.close(os.open(path, os.O_RDWR | os.O_CREAT, 0o600))
        return True
    if not stat.S_ISREG(found.st_mode):
        raise _refusal(path, "is not a file", hint=MOVE_HINT)
    if not (os.access(path, os.R_OK | os.W_OK) and os.access(path.parent, os.W_OK | os.X_OK)):
        raise _refusal(path, "can't be written by this user", hint=MOVE_HINT)
    if found.st_size == 0 and begun:
        raise _refusal(path, "is broken: it is empty", hint=BROKEN_HINT)
    if found.st_size:
        _judge(path, _look(path))
    return not begun


def _look(path: Path) -> tuple[int, int] | None:
    """Its application ID and version; None when a crash left it to be mended first.

    SQLite reads the header: a descriptor of ours on the file, once closed, would take along the
    locks that another connection of this process holds. `immutable` touches nothing beside it.
    """
    for _ in range(2):
        if _has_content(path, "-wal"):
            return _marks_of_file(path, mode="ro")
        try:
            return _marks_of_file(path, mode="ro&immutable=1")
        except sqlite3.DatabaseError as fault:  # once it may be another process, writing just now
            last = fault
    if _has_content(path, "-journal"):
        return None
    raise last


def _marks_of_file(path: Path, *, mode: str) -> tuple[int, int]:
    with closing(_connect(path, mode=mode)) as database:
        return _marks(database)


def _marks(database: sqlite3.Connection) -> tuple[int, int]:
    (application,) = database.execute("PRAGMA application_id").fetchone()
    (version,) = database.execute("PRAGMA user_version").fetchone()
    return application, version


def _judge(path: Path, marks: tuple[int, int] | None) -> None:
    if marks is None:
        return
    application, version = marks
    if application != APPLICATION_ID:
        raise _refusal(path, "belongs to another program", hint=MOVE_HINT)
    if version < 1:
        raise _refusal(path, "is broken: it has no version", hint=BROKEN_HINT)
    if version > VERSION:
        what = f"was written by a newer seedcli (format {version}; this one knows {VERSION})"
        raise _refusal(path, what, hint="update seedcli, or set SEEDCLI_STATE_DIR to keep another journal")


def _connect(path: Path, *, mode: str) -> sqlite3.Connection:
    return sqlite3.connect(
        f"{path.as_uri()}?mode={mode}",
        uri=True,
        timeout=_WAIT_S,
        isolation_level=None,
        check_same_thread=False,  # a JournalWriter takes it to its own thread
    )


def _configure(database: sqlite3.Connection, *, path: Path, fresh: bool) -> None:
    # FULL, and where the file system can't take WAL, the folder is synced as well.
    database.execute("PRAGMA synchronous = EXTRA")
    # 512 KB each, not 2 MB: a run goes through its entries in order, and its memory is to stay as it is.
    database.execute("PRAGMA cache_size = -512")
    database.execute("PRAGMA temp.cache_size = -512")
    database.execute("PRAGMA fullfsync = ON")  # macOS: to the platter, not to the drive's cache
    if fresh and _marks(database) == (0, 0):
        _create(database)
    _judge(path, _marks(database))
    _switch_to_wal(database)
    for check in CHECKS:
        database.execute(check)
    if path.stat().st_mode & 0o077:
        path.chmod(0o600)


def _create(database: sqlite3.Connection) -> None:
    """In one transaction, so that a process killed here leaves an empty file or a journal."""
    database.execute("BEGIN EXCLUSIVE")
    try:
        if _marks(database) == (0, 0):  # another process may have been faster
            for statement in TABLES:
                database.execute(statement)
            database.execute(f"PRAGMA application_id = {APPLICATION_ID}")
            database.execute(f"PRAGMA user_version = {VERSION}")
        database.execute("COMMIT")
    except BaseException:
        if database.in_transaction:
            database.execute("ROLLBACK")
        raise


def _switch_to_wal(database: sqlite3.Connection) -> None:
    """SQLite does not wait by itself here for another process that does the same."""
    end_s = time.monotonic() + _WAIT_S
    while True:
        try:
            database.execute("PRAGMA journal_mode = WAL")
            return
        except sqlite3.OperationalError as fault:
            if fault.sqlite_errorcode & 0xFF != sqlite3.SQLITE_BUSY or time.monotonic() > end_s:
                raise
        time.sleep(0.005)


def _has_content(path: Path, suffix: str) -> bool:
    try:
        return path.with_name(path.name + suffix).stat().st_size > 0
    except FileNotFoundError:
        return False


def _refusal(path: Path, what: str, *, hint: str) -> NoJournal:
    return NoJournal(f"the journal {clean(str(path))} {what}", hint=hint)
