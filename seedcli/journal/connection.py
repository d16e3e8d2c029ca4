"""One connection to the journal's database: transactions, and its faults told as `NoJournal`."""

from __future__ import annotations

import errno
import sqlite3
from collections.abc import Callable, Iterator, Mapping, Sequence
from contextlib import contextmanager
from pathlib import Path
from typing import Any, TypeVar

from seedcli.errors import NoJournal
from seedcli.journal.owners import Owner
from seedcli.journal.schema import Value
from seedcli.text import clean

T = TypeVar("T")
Rows = list[tuple[Any, ...]]

MOVE_HINT = "set SEEDCLI_STATE_DIR to a folder that can be written, on a disk with room"
BROKEN_HINT = (
    "it is left as it is; move it and the files beside it elsewhere to begin anew, or set"
    " SEEDCLI_STATE_DIR; what it knew of unsaved or doubtful edits does not move along"
)
_TROUBLES: Mapping[int, tuple[str, str]] = {
    sqlite3.SQLITE_FULL: ("has no room: the disk is full", f"free some space, or {MOVE_HINT}"),
    sqlite3.SQLITE_BUSY: ("is held by another program", "end that program, or try again later"),
    sqlite3.SQLITE_LOCKED: ("is held by another program", "end that program, or try again later"),
    sqlite3.SQLITE_READONLY: ("can't be written", MOVE_HINT),
    sqlite3.SQLITE_PERM: ("can't be written", MOVE_HINT),
    sqlite3.SQLITE_CANTOPEN: ("can't be opened", MOVE_HINT),
    sqlite3.SQLITE_IOERR: ("can't be read or written", MOVE_HINT),
    sqlite3.SQLITE_CORRUPT: ("is broken", BROKEN_HINT),
    sqlite3.SQLITE_NOTADB: ("is not a journal", BROKEN_HINT),
}

_DISK = frozenset({sqlite3.SQLITE_FULL, sqlite3.SQLITE_IOERR})
_HELD = frozenset({sqlite3.SQLITE_BUSY, sqlite3.SQLITE_LOCKED})
_AS_SQLITE = {
    errno.ENOSPC: sqlite3.SQLITE_FULL,
    errno.EDQUOT: sqlite3.SQLITE_FULL,
    errno.EFBIG: sqlite3.SQLITE_IOERR,
    errno.EIO: sqlite3.SQLITE_IOERR,
    errno.EACCES: sqlite3.SQLITE_PERM,
    errno.EPERM: sqlite3.SQLITE_PERM,
    errno.EROFS: sqlite3.SQLITE_READONLY,
}


def no_journal(path: Path, fault: sqlite3.Error | OSError) -> NoJournal:
    """`fault` on the journal at `path`, in one line that says what to do."""
    if isinstance(fault, OSError):
        what, hint = _TROUBLES[_AS_SQLITE.get(fault.errno or 0, sqlite3.SQLITE_CANTOPEN)]
        detail: str = fault.strerror or str(fault)
    else:
        what, hint = _TROUBLES.get(_primary(fault), ("can't be used", BROKEN_HINT))
        detail = str(fault)
    return NoJournal(f"the journal {clean(str(path))} {what} ({clean(detail)})", hint=hint)


@contextmanager
def translated(path: Path) -> Iterator[None]:
    """Faults of the database or the disk come out as `NoJournal`."""
    try:
        yield
    except (sqlite3.Error, OSError) as fault:
        raise no_journal(path, fault) from fault


class Connection:
    """SQLite with explicit transactions. One thread at a time."""

    def __init__(self, database: sqlite3.Connection, *, path: Path, owner: Owner) -> None:
        self.path = path
        self.commits = 0
        self._database = database
        self._owner = owner
        self._urgent = False

    def together(self, calls: Sequence[Callable[[], T]]) -> list[T | BaseException]:
        """Carry out `calls` in one transaction; each gives its result or what it raised.

        One that raises leaves no trace and does not touch the others. Should the transaction
        as a whole fail, each is carried out again in one of its own.
        """
        try:
            return self._transaction(lambda: [self._attempt(call) for call in calls])
        except sqlite3.Error as fault:
            if _primary(fault) in _HELD:
                return [no_journal(self.path, fault) for _ in calls]
        return self.apart([_alone(self._write, call) for call in calls])

    def apart(self, calls: Sequence[Callable[[], T]]) -> list[T | BaseException]:
        """Carry out `calls` one after the other; each gives its result or what it raised."""
        return [_outcome(call) for call in calls]

    def _read(self, sql: str, values: Sequence[Value] | Mapping[str, Value] = ()) -> Rows:
        with translated(self.path):
            return self._execute(sql, values).fetchall()

    def _write(self, work: Callable[[], T], *, urgent: bool = False) -> T:
        """Run `work` in a transaction, or in a part of the one that is open.

        What is urgent, the outcome of a request that went out, gets a second try when the disk
        fails it, and the space that was kept in reserve.
        """
        with translated(self.path):
            self._urgent |= urgent
            if self._database.in_transaction:
                return self._part(work)
            self._urgent = urgent
            try:
                return self._transaction(work)
            except sqlite3.OperationalError as fault:
                if not (self._urgent and _primary(fault) in _DISK):
                    raise
            self._owner.spend_reserve()
            return self._transaction(work)

    def _execute(self, sql: str, values: Sequence[Value] | Mapping[str, Value] = ()) -> sqlite3.Cursor:
        return self._database.execute(sql, values)

    def _attempt(self, call: Callable[[], T]) -> T | BaseException:
        outcome = _outcome(lambda: self._translated_part(call))
        if not self._database.in_transaction:  # SQLite rolls everything back on some faults
            raise sqlite3.OperationalError("the transaction was lost")
        return outcome

    def _translated_part(self, call: Callable[[], T]) -> T:
        with translated(self.path):
            return self._part(call)

    def _transaction(self, work: Callable[[], T]) -> T:
        self._execute("BEGIN IMMEDIATE")
        try:
            result = work()
            self._execute("COMMIT")
        except BaseException:
            if self._database.in_transaction:
                self._execute("ROLLBACK")
            raise
        self.commits += 1
        return result

    def _part(self, work: Callable[[], T]) -> T:
        self._execute("SAVEPOINT part")
        try:
            result = work()
        except BaseException:
            if self._database.in_transaction:
                self._execute("ROLLBACK TO part")
                self._execute("RELEASE part")
            raise
        self._execute("RELEASE part")
        return result


def _outcome(call: Callable[[], T]) -> T | BaseException:
    try:
        return call()
    except BaseException as raised:  # noqa: BLE001 - it is handed to whoever waits for this call
        return raised


def _alone(write: Callable[[Callable[[], T]], T], call: Callable[[], T]) -> Callable[[], T]:
    return lambda: write(call)


def _primary(fault: sqlite3.Error) -> int:
    return getattr(fault, "sqlite_errorcode", 0) & 0xFF
