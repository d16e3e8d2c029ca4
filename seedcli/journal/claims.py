"""Who works on which entry: claims, and what a dead process leaves behind."""

from __future__ import annotations

import sqlite3
from collections.abc import Callable, Collection
from pathlib import Path
from typing import Any

from seedcli.errors import Charged, ExitCode
from seedcli.journal import owners
from seedcli.journal.connection import translated
from seedcli.journal.lookups import Lookups
from seedcli.journal.owners import Owner
from seedcli.journal.protocol import LostClaim
from seedcli.journal.schema import Value, bound
from seedcli.records import Entry, Failure, State

TO_DO = frozenset({State.INTENDED, State.ACCEPTED, State.ANSWERED})
_STOPPED = Failure(
    code="in_doubt",
    message="the program was stopped while it waited for the answer",
    hint="look at the gateway's usage page; --resend sends it once more, and may be billed twice",
    exit_code=int(ExitCode.IN_DOUBT),
)


class Claims(Lookups):
    """A journal's entries, each worked on by one process at a time."""

    def __init__(
        self, database: sqlite3.Connection, *, path: Path, owners_folder: Path, now: Callable[[], float]
    ) -> None:
        super().__init__(database, path=path, owner=Owner(owners_folder))
        self._owners_folder = owners_folder
        self._now = now

    def claim_next(self, run_id: str, *, states: Collection[State]) -> Entry | None:
        if self._first_free(run_id, states=states) is None:  # without waiting for the write lock
            return None

        def work() -> Entry | None:
            seq = self._first_free(run_id, states=states)
            return self._take(seq) if seq is not None else None

        return self._write(work)

    def claim(self, entry_id: str) -> Entry | None:
        def work() -> Entry | None:
            rows = self._read("SELECT seq, state, owner FROM entries WHERE id = ?", [entry_id])
            free = rows and rows[0][2] is None and rows[0][1] in TO_DO
            return self._take(rows[0][0]) if free else None

        return self._write(work)

    def release(self, entry_id: str) -> None:
        self._move(entry_id, of=TO_DO, owner=None)

    def release_dead(self) -> int:
        holders = {
            token for (token,) in self._read("SELECT DISTINCT owner FROM entries WHERE owner IS NOT NULL")
        }
        with translated(self.path):
            idle = {*owners.tokens_in(self._owners_folder)}
            with owners.take_over(self._owners_folder, tokens=(holders | idle) - {self._owner.token}) as dead:
                left = sorted(dead & holders)
                return self._write(lambda: sum(map(self._let_go, left))) if left else 0

    def others_at_work(self, run_id: str) -> int:
        self.release_dead()
        sql = "SELECT count(*) FROM entries WHERE owner IS NOT NULL AND owner <> ? AND run_id = ?"
        return int(self._read(sql, [self._owner.token, run_id])[0][0])

    def doubtful(self, request_key: str, *, besides_run: str | None = None) -> Entry | None:
        self.release_dead()
        return self._newest(
            "request_key = ? AND run_id IS NOT ? AND (state = 'in_doubt' OR (state = 'sent' AND owner <> ?))",
            [request_key, besides_run, self._owner.token],
        )

    def _first_free(self, run_id: str, *, states: Collection[State]) -> int | None:
        """One probe of the index a state: the number of entries does not matter."""
        sql = (
            "SELECT position, seq FROM entries INDEXED BY entries_claim"
            " WHERE state = ? AND run_id = ? AND owner IS NULL ORDER BY position LIMIT 1"
        )
        found = [row for state in states for row in self._read(sql, [state, run_id])]
        return min(found)[1] if found else None

    def _take(self, seq: int) -> Entry:
        self._update(seq, {"owner": self._owner.take()})
        return self._one("seq = ?", [seq])

    def _let_go(self, token: str) -> int:
        """Release a dead owner's claims; nobody will ever know what became of what it had sent."""
        self._execute(
            "UPDATE entries SET state = ?, charged = ?, error = ?, updated_at = ?"
            " WHERE owner = ? AND state = ?",
            [
                State.IN_DOUBT,
                Charged.UNKNOWN,
                bound(_STOPPED._asdict(), column="error"),
                self._now(),
                token,
                State.SENT,
            ],
        )
        return self._execute("UPDATE entries SET owner = NULL WHERE owner = ?", [token]).rowcount

    def _move(
        self,
        entry_id: str,
        *,
        of: Collection[State],
        orphaned: Collection[State] = (),
        count: str | None = None,
        **changes: Any,
    ) -> Entry:
        """Change an entry that this process has, and that is in one of the states `of`.

        One in a state of `orphaned` may also be nobody's, and is claimed: a process that was taken
        for dead still brings its answer.
        """

        def work() -> Entry:
            rows = self._read("SELECT seq, state, owner FROM entries WHERE id = ?", [entry_id])
            if not rows:
                raise self._lost(entry_id)
            seq, state, owner = rows[0]
            ours = owner == self._owner.token if owner else state in orphaned
            if not ours or state not in of:
                raise self._lost(entry_id, state=state, owner=owner)
            self._update(seq, {"owner": self._owner.take()} | changes, count=count)
            return self._one("seq = ?", [seq])

        return self._write(work, urgent=set(of) != {State.INTENDED})

    def _update(self, seq: int, changes: dict[str, Any], *, count: str | None = None) -> None:
        values = {name: bound(value, column=name) for name, value in changes.items()}
        parts = [f"{name} = :{name}" for name in values]
        if count:
            parts.append(f"{count} = {count} + 1")
        sql = f"UPDATE entries SET {', '.join(parts)}, updated_at = :now WHERE seq = :seq"
        self._execute(sql, values | {"now": self._now(), "seq": seq})

    def _insert(self, table: str, values: dict[str, Value]) -> None:
        marks = ", ".join(f":{name}" for name in values)
        self._execute(f"INSERT INTO {table} ({', '.join(values)}) VALUES ({marks})", values)

    def _lost(self, name: str, *, state: str = "gone", owner: str | None = None) -> LostClaim:
        return LostClaim(
            f"entry {name} of the journal is not as this process left it: it is {state},"
            f" claimed by {owner or 'nobody'}",
            hint="another seedcli has it; `seedcli history show` tells what became of it",
        )
