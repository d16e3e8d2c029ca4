"""The journal in SQLite: claims, and an entry's way from intended to saved."""

from __future__ import annotations

import sqlite3
from collections.abc import Collection, Iterable, Sequence
from contextlib import suppress
from pathlib import Path
from types import TracebackType
from typing import Any, Self

from seedcli.errors import Charged, NoJournal
from seedcli.journal import ids
from seedcli.journal.claims import Claims
from seedcli.journal.connection import translated
from seedcli.journal.protocol import NewEntry
from seedcli.journal.schema import Value, bound, new_row
from seedcli.records import Entry, Failure, JsonObject, OutputPlan, Run, State

_PAID = frozenset({State.ACCEPTED, State.ANSWERED})
_OUT = frozenset({State.SENT, State.ACCEPTED, State.ANSWERED, State.IN_DOUBT})


class SqliteJournal(Claims):
    """A `Journal` in one SQLite file. Made by `open_journal`; one thread at a time."""

    def start_run(self, fingerprint: str, *, command: str, entries: Iterable[NewEntry]) -> Run:
        if self._database.in_transaction:  # a repeated transaction would find `entries` used up
            raise RuntimeError("a run is not started within another transaction")
        self._draft(entries)

        def work() -> Run:
            return self.unfinished_run(fingerprint) or self._run_from_draft(fingerprint, command=command)

        return self._write(work)

    def extend_run(self, run: Run, fingerprint: str, *, entries: Iterable[NewEntry]) -> Run | None:
        if self._database.in_transaction:
            raise RuntimeError("a run is not extended within another transaction")
        self._draft(entries)
        sql = "UPDATE runs SET fingerprint = ? WHERE id = ? AND fingerprint = ?"

        def work() -> Run | None:
            values = [bound(fingerprint), run.id, bound(run.fingerprint)]
            if self._execute(sql, values).rowcount == 0:
                return None
            self._take_draft(run.id, number=self._free_number(), after=self._last_position(run.id))
            return self._runs("id = ?", [run.id])[0]

        return self._write(work)

    def add(self, run_id: str, *, new: NewEntry) -> Entry:
        return self._write(lambda: self._append(run_id, new, after=self._last_position(run_id)))

    def add_unless_grown(self, run_id: str, *, new: NewEntry, last: int) -> Entry | None:
        def work() -> Entry | None:
            found = self._last_position(run_id)
            return self._append(run_id, new, after=found) if found <= last else None

        return self._write(work)

    def reopen(self, run_id: str, *, doubtful: bool = False) -> int:
        sql = (
            "UPDATE entries SET state = 'intended', doubts = doubts + (charged <> 'no'), charged = 'no',"
            " error = NULL, job_set_id = NULL, links = '[]', answer_path = NULL, answer_text = NULL,"
            " usage = NULL, updated_at = ? WHERE run_id = ? AND owner IS NULL AND state IN (?, ?)"
        )
        also = State.IN_DOUBT if doubtful else State.FAILED
        return self._write(lambda: self._execute(sql, [self._now(), run_id, State.FAILED, also]).rowcount)

    def prepared(
        self,
        entry_id: str,
        *,
        input_sha256: str | None,
        image_sha256: str | None,
        request_key: str,
        input_width: int | None = None,
        input_height: int | None = None,
        prepared: Collection[str] = (),
        parent_id: str | None = None,
        parameters: JsonObject | None = None,
    ) -> Entry:
        changes: dict[str, Any] = {"parameters": parameters} if parameters is not None else {}
        return self._move(
            entry_id,
            of={State.INTENDED},
            input_sha256=input_sha256,
            image_sha256=image_sha256,
            request_key=request_key,
            input_width=input_width,
            input_height=input_height,
            prepared=list(prepared),
            parent_id=parent_id,
            **changes,
        )

    def sent(self, entry_id: str) -> Entry:
        with translated(self.path):
            self._owner.reserve()
        return self._move(
            entry_id, of={State.INTENDED}, count="attempts", state=State.SENT, charged=Charged.UNKNOWN
        )

    def unsent(self, entry_id: str, *, doubtful: bool = False) -> Entry:
        count = "doubts" if doubtful else None
        return self._move(entry_id, of={State.SENT}, count=count, state=State.INTENDED, charged=Charged.NO)

    def accepted(self, entry_id: str, *, job_set_id: str, usage: JsonObject | None = None) -> Entry:
        return self._move(
            entry_id,
            of=_OUT | {State.INTENDED},
            orphaned=_OUT,
            state=State.ACCEPTED,
            job_set_id=job_set_id,
            usage=usage,
            charged=Charged.YES,
            error=None,
        )

    def answered(
        self,
        entry_id: str,
        *,
        links: Collection[str] = (),
        answer_path: Path | None = None,
        usage: JsonObject | None = None,
    ) -> Entry:
        return self._move(
            entry_id,
            of=_OUT,
            orphaned=_OUT,
            state=State.ANSWERED,
            links=list(links),
            answer_path=answer_path,
            usage=usage,
            charged=Charged.YES,
            error=None,
        )

    def saved(
        self,
        entry_id: str,
        *,
        output_path: Path | None,
        output_sha256: str | None,
        output_bytes: int | None,
        output_format: str | None = None,
        output_width: int | None = None,
        output_height: int | None = None,
        elapsed_s: float | None = None,
    ) -> Entry:
        return self._move(
            entry_id,
            of=_OUT,
            orphaned=_OUT,
            state=State.SAVED,
            owner=None,
            output_path=output_path,
            output_folder=output_path.parent if output_path else None,
            output_sha256=output_sha256,
            output_bytes=output_bytes,
            output_format=output_format,
            output_width=output_width,
            output_height=output_height,
            elapsed_s=elapsed_s,
            charged=Charged.YES,
            error=None,
        )

    def redirected(self, entry_id: str, *, output: OutputPlan) -> Entry:
        return self._move(entry_id, of=_PAID, output=output._asdict())

    def failed(self, entry_id: str, *, failure: Failure, charged: Charged = Charged.NO) -> Entry:
        of = {State.INTENDED, State.SENT, State.ACCEPTED}
        return self._move(
            entry_id, of=of, state=State.FAILED, owner=None, charged=charged, error=failure._asdict()
        )

    def in_doubt(self, entry_id: str, *, failure: Failure, answer_text: str | None = None) -> Entry:
        return self._move(
            entry_id,
            of={State.SENT},
            state=State.IN_DOUBT,
            owner=None,
            charged=Charged.UNKNOWN,
            error=failure._asdict(),
            answer_text=answer_text,
        )

    def unsaved(self, entry_id: str, *, failure: Failure) -> Entry:
        return self._move(entry_id, of=_PAID, owner=None, error=failure._asdict())

    def forget(self, *, entry_ids: Collection[str] = (), older_than_s: float | None = None) -> int:
        tests: list[tuple[str, Sequence[Value]]] = [("id = ?", [name]) for name in entry_ids]
        if older_than_s is not None:
            over = "updated_at < ? AND (state = 'saved' OR (state IN ('failed', 'intended') AND doubts = 0))"
            tests.append((over, [self._now() - older_than_s]))
        found = self._write(lambda: [row for test, values in tests for row in self._remove(test, values)])
        for _, answer in found:
            if answer is not None:
                with suppress(OSError):
                    Path(answer).unlink()
        return len(found)

    def close(self) -> None:
        """Let go of what is still claimed, as of a process that ended."""
        try:
            if self._owner.token:
                with suppress(NoJournal):  # whoever opens it next does the same
                    self._write(lambda: self._let_go(self._owner.token))
        finally:
            with suppress(sqlite3.Error, OSError):
                self._database.close()
            self._owner.close()

    def __enter__(self) -> Self:
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        self.close()

    def _draft(self, entries: Iterable[NewEntry]) -> None:
        """Put `entries` aside, holding no lock while they are made, however long that takes."""
        with translated(self.path):
            self._execute("DROP TABLE IF EXISTS temp.draft")
            self._execute("CREATE TEMP TABLE draft AS SELECT * FROM main.entries LIMIT 0")
        for position, new in enumerate(entries, 1):
            with translated(self.path):
                self._insert("temp.draft", {"position": position} | new_row(new))

    def _last_position(self, run_id: str) -> int:
        return self._read("SELECT max(position) FROM entries WHERE run_id = ?", [run_id])[0][0] or 0

    def _append(self, run_id: str, new: NewEntry, *, after: int) -> Entry:
        if not self._read("SELECT 1 FROM runs WHERE id = ?", [run_id]):
            raise self._lost(run_id)
        name = ids.spell(self._free_number())
        place: dict[str, Value] = {"id": name, "run_id": run_id, "position": after + 1}
        self._insert("entries", place | self._moment() | new_row(new))
        return self._one("id = ?", [name])

    def _run_from_draft(self, fingerprint: str, *, command: str) -> Run:
        number = self._free_number()
        name = ids.spell(number)
        values = {"id": name, "fingerprint": bound(fingerprint), "command": bound(command)}
        self._insert("runs", values | {"created_at": self._now()})
        self._take_draft(name, number=number, after=0)
        return self._runs("id = ?", [name])[0]

    def _take_draft(self, run_id: str, *, number: int, after: int) -> None:
        """The entries put aside become those of a run, behind its first `after` ones."""
        step = 1 + ids.random_below(16)
        self._database.create_function("spell", 1, ids.spell, deterministic=True)
        brought = "source, input, prompt, parameters, output, variation, gateway, input_size, input_mtime_ns"
        self._execute(
            f"INSERT INTO entries (id, run_id, position, created_at, updated_at, state, {brought})"
            f" SELECT spell(:number + position * :step), :run, :after + position, :now, :now, 'intended',"
            f" {brought} FROM temp.draft ORDER BY position",
            {"number": number, "step": step, "run": run_id, "after": after, "now": self._now()},
        )
        self._execute("DROP TABLE temp.draft")

    def _free_number(self) -> int:
        rows = self._read("SELECT max(id) FROM entries UNION ALL SELECT max(id) FROM runs")
        last = max((name for (name,) in rows if name), default=None)
        return ids.first_free(now=self._now(), last=last)

    def _moment(self) -> dict[str, Value]:
        return {"created_at": self._now(), "updated_at": self._now(), "state": State.INTENDED}

    def _remove(self, test: str, values: Sequence[Value]) -> list[tuple[int, str | None]]:
        sql = f"SELECT seq, answer_path, run_id FROM entries WHERE owner IS NULL AND {test}"
        rows = self._read(sql, values)
        for seq, _, _ in rows:
            self._execute("DELETE FROM entries WHERE seq = ?", [seq])
        for run_id in {row[2] for row in rows}:
            empty = "id = ? AND NOT EXISTS (SELECT 1 FROM entries WHERE run_id = runs.id)"
            self._execute(f"DELETE FROM runs WHERE {empty}", [run_id])
        return [(seq, answer) for seq, answer, _ in rows]
