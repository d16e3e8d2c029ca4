"""Finding entries and runs in the journal; nothing here changes one."""

from __future__ import annotations

from collections.abc import Collection, Iterator
from pathlib import Path
from typing import Any

from seedcli.errors import UsageError
from seedcli.journal import ids
from seedcli.journal.connection import Connection, translated
from seedcli.journal.schema import COLUMNS, Value, bound, entry_of, source_of
from seedcli.records import Entry, Run, Source, State
from seedcli.text import clean

_PAGE = 500
_NOT_SAVED = tuple(state for state in State if state is not State.SAVED)
_UNFINISHED = (
    "EXISTS (SELECT 1 FROM entries INDEXED BY entries_claim"
    f" WHERE run_id = runs.id AND state IN ({', '.join('?' * len(_NOT_SAVED))}))"
)


class Lookups(Connection):
    """The reading half of a journal."""

    def entries(
        self,
        *,
        run_id: str | None = None,
        after: int = 0,
        states: Collection[State] | None = None,
        since: float | None = None,
        until: float | None = None,
        input: str | None = None,
        limit: int | None = None,
        newest_first: bool = True,
    ) -> Iterator[Entry]:
        tests: list[tuple[str, list[Value]]] = []
        if run_id is not None:
            tests.append(("run_id = ?", [run_id]))
        if after:
            tests.append(("position > ?", [after]))
        if states is not None:
            tests.append((f"state IN ({_marks(states)})", list(states)))
        if since is not None:
            tests.append(("created_at >= ?", [since]))
        if until is not None:
            tests.append(("created_at < ?", [until]))
        if input is not None:
            tests.append(("instr(CAST(input AS BLOB), CAST(? AS BLOB)) > 0", [bound(input)]))
        return self._pages(tests, limit=limit, newest_first=newest_first)

    def entry(self, prefix: str) -> Entry:
        found = self._by_prefix("entries", prefix)
        return self._one("id = ?", [found])

    def by_job(self, job_set_id: str) -> Entry | None:
        return self._newest("job_set_id = ?", [bound(job_set_id)])

    def by_output_sha256(self, sha256: str) -> Entry | None:
        return self._newest("output_sha256 = ?", [sha256])

    def run(self, prefix: str) -> Run:
        return self._runs("id = ?", [self._by_prefix("runs", prefix)])[0]

    def runs(self, *, limit: int | None = None) -> list[Run]:
        return self._runs("1", [], limit=limit)

    def unfinished_run(self, fingerprint: str) -> Run | None:
        found = self._runs(f"fingerprint = ? AND {_UNFINISHED}", [bound(fingerprint), *_NOT_SAVED], limit=1)
        return found[0] if found else None

    def unfinished_runs(self, beginning: str) -> list[Run]:
        test = f"fingerprint >= ? AND fingerprint < ? AND {_UNFINISHED}"
        return self._runs(test, [bound(beginning), bound(beginning + "~"), *_NOT_SAVED])

    def spend(self, run_id: str) -> int:
        sql = "SELECT coalesce(sum(doubts + (charged <> 'no')), 0) FROM entries WHERE run_id = ?"
        return int(self._read(sql, [run_id])[0][0])

    def is_output(self, path: Path) -> bool:
        sql = "SELECT 1 FROM entries WHERE output_folder = ? AND output_path = ? LIMIT 1"
        return bool(self._read(sql, [bound(path.parent), bound(path)]))

    def made_from(self, path: Path) -> Source | None:
        sql = (
            "SELECT source FROM entries WHERE output_folder = ? AND output_path = ? ORDER BY seq DESC LIMIT 1"
        )
        rows = self._read(sql, [bound(path.parent), bound(path)])
        with translated(self.path):
            return source_of(rows[0][0]) if rows else None

    def _pages(
        self, tests: list[tuple[str, list[Value]]], *, limit: int | None, newest_first: bool
    ) -> Iterator[Entry]:
        """Page by page, so that no read stays open while the reader takes its time."""
        last, left = None, limit
        order, beyond = ("DESC", "<") if newest_first else ("ASC", ">")
        while left is None or left > 0:
            now = [*tests, (f"seq {beyond} ?", [last])] if last is not None else tests
            where = " AND ".join(test for test, _ in now) or "1"
            values = [value for _, bounds in now for value in bounds]
            size = _PAGE if left is None else min(_PAGE, left)
            sql = f"SELECT seq, {COLUMNS} FROM entries WHERE {where} ORDER BY seq {order} LIMIT {size}"
            rows = self._read(sql, values)
            for row in rows:
                yield self._entry(row[1:])
            if len(rows) < size:
                return
            last = rows[-1][0]
            left = None if left is None else left - size

    def _newest(self, test: str, values: list[Value]) -> Entry | None:
        sql = f"SELECT {COLUMNS} FROM entries WHERE {test} ORDER BY seq DESC LIMIT 1"
        rows = self._read(sql, values)
        return self._entry(rows[0]) if rows else None

    def _one(self, test: str, values: list[Value]) -> Entry:
        found = self._newest(test, values)
        if found is None:  # forgotten by another process since it was looked up
            raise UsageError("the journal no longer has that entry")
        return found

    def _entry(self, row: tuple[Any, ...]) -> Entry:
        with translated(self.path):
            return entry_of(row)

    def _by_prefix(self, table: str, prefix: str) -> str:
        typed = ids.normal(prefix)
        noun = "run" if table == "runs" else "entry"
        hint = "`seedcli history runs` lists them" if table == "runs" else "`seedcli history list` lists them"
        if len(typed) < 4:
            raise UsageError(f"{clean(prefix)!r} is too short for an ID: give at least four characters")
        sql = f"SELECT id FROM {table} WHERE id >= ? AND id < ? LIMIT 2"
        found = [name for (name,) in self._read(sql, [bound(typed), bound(typed + "~")])]
        if not found:
            raise UsageError(f"the journal has no {noun} {clean(prefix)!r}", hint=hint)
        if len(found) > 1:
            raise UsageError(
                f"more than one {noun} begins with {clean(prefix)!r}", hint="give more of the ID"
            )
        return str(found[0])

    def _runs(self, test: str, values: list[Value], *, limit: int | None = None) -> list[Run]:
        sql = f"SELECT id, created_at, fingerprint, command FROM runs WHERE {test} ORDER BY seq DESC LIMIT ?"
        rows = self._read(sql, [*values, -1 if limit is None else limit])
        return [
            Run(name, created_at, _as_text(fingerprint), _as_text(command), self._counts(name))
            for name, created_at, fingerprint, command in rows
        ]

    def _counts(self, run_id: str) -> dict[State, int]:
        sql = (
            f"SELECT state, count(*) FROM entries INDEXED BY entries_claim"
            f" WHERE state IN ({_marks(tuple(State))}) AND run_id = ? GROUP BY state"
        )
        return {State(state): count for state, count in self._read(sql, [*State, run_id])}


def _marks(values: Collection[object]) -> str:
    return ", ".join("?" * len(values))


def _as_text(value: str | bytes) -> str:
    return value.decode("utf-8", "surrogatepass") if isinstance(value, bytes) else value
