"""`seedcli batch -`: rows from standard input are sent as they come."""

from __future__ import annotations

import asyncio
import functools
import hashlib
import os
import sys
import threading
from collections import deque
from collections.abc import AsyncIterator, Iterator
from dataclasses import dataclass, field
from typing import TYPE_CHECKING

from seedcli.cli import afterwards
from seedcli.cli.batch_rows import Planned, Planner, keys_of
from seedcli.cli.batch_run import complain_of
from seedcli.cli.session import Session
from seedcli.errors import BadInput, ExitCode, Interrupted, NoJournal, OverBudget, SeedError
from seedcli.manifest import BadRow, Row, read_rows
from seedcli.records import Entry, Run, Source, State

if TYPE_CHECKING:
    from seedcli.batch import Batch
    from seedcli.cli.budget import Allowance
    from seedcli.cli.request import Asked
    from seedcli.cli.work import Desk
    from seedcli.journal import Journal, NewEntry

_NAME = "standard input"
_AHEAD = 64


def run_stream(session: Session, *, form: str) -> int:
    """Carries rows until standard input ends. A bad row is told of when it comes, and ends nothing."""
    if sys.stdin is None:
        raise BadInput("standard input is closed", hint="Pipe rows in, or name a file.")
    planner = Planner.read(session.settings, folder="")
    if session.settings.flag("dry_run"):
        return _show(session, planner, form=form)
    from seedcli.cli.budget import Allowance
    from seedcli.cli.work import opened_desk

    session.reporter.afterwards += afterwards.steps(session)
    with opened_desk(session) as desk:
        stream = _Stream(session, desk, planner, form, Allowance.read(session))
        stream.look_back()
        code = desk.run(
            lambda batch: batch.finish_coming(stream.entry_ids(batch)),
            jobs=session.settings.whole("jobs"),
            total=None,
        )
    if stream.run is None:
        session.reporter.say("no rows came" if not code else "nothing was sent")
    else:
        session.reporter.summarize(total=sum(session.reporter.tally.values()), run_id=stream.run.id)
    return code


@dataclass(slots=True)
class _Stream:
    """Rows on their way into the journal. Rows given again go on with what an unfinished run has of them.

    So do those that another process has been given at the same time: of the entries with a row's key
    its first takes the first, its second the second. `last` is the place in the run up to which they
    are known.
    """

    session: Session
    desk: Desk
    planner: Planner
    form: str
    allowance: Allowance
    run: Run | None = None
    known: dict[int, deque[str]] = field(default_factory=dict)
    given: set[str] = field(default_factory=set)
    last: int = 0
    spent: int = 0

    def look_back(self) -> None:
        """Finds the newest unfinished run that began with rows from standard input in this folder."""
        journal = self.desk.journal
        self.run = journal.unfinished_run(self._fingerprint)
        if self.run is None:
            return
        journal.reopen(self.run.id, doubtful=self.session.settings.flag("resend"))
        self._learn(_noted_since(self.run.id, 0, journal))
        self.spent = journal.spend(self.run.id)

    async def entry_ids(self, batch: Batch) -> AsyncIterator[str]:
        """The journal's entry for each result that a row asks for, noted before it is given out."""
        rows = _Incoming(self.form)
        rows.start()
        while (row := await self._next(rows, batch)) is not None:
            planned = self._plan(row)
            if planned is None:
                continue
            for key, new in zip(
                planned.result_keys(), planned.entries(gateway=self.desk.gate.endpoint.origin), strict=True
            ):
                try:
                    entry_id = await self._note(key, new, batch)
                except (OverBudget, NoJournal) as fault:
                    self._refuse(fault, batch)
                    return
                yield entry_id

    async def _next(self, rows: _Incoming, batch: Batch) -> Row | BadRow | None:
        try:
            return await batch.stop.race(rows.next(), otherwise=Interrupted("stopped"))
        except Interrupted:
            return None

    def _plan(self, row: Row | BadRow) -> Planned | None:
        fault = row if isinstance(row, BadRow) else None
        if isinstance(row, Row):
            try:
                planned = self.planner.plan(row)
                if planned.fault is None or self._has(planned):
                    return planned
                fault = planned.fault
            except SeedError as error:
                fault = BadRow(row.line, error.message, error.hint)
        if fault is not None:
            complain_of(self.session, _NAME, fault)
            self.session.reporter.codes.add(ExitCode.USAGE)
        return None

    def _has(self, planned: Planned) -> bool:
        return any(self.known.get(key) for key in planned.result_keys())

    async def _note(self, key: int, new: NewEntry, batch: Batch) -> str:
        """The entry that an earlier command, or another one, noted for such a row, or a new one."""
        entry = await self._found(key, batch)
        if entry is None or entry.state is State.INTENDED:
            self.spent += 1
            self.allowance.check(self.spent)
        while entry is None:
            entry = await self._added(new, batch) or await self._found(key, batch)
        return entry.id

    async def _found(self, key: int, batch: Batch) -> Entry | None:
        known = self._known(key)
        return await batch.journal.do(functools.partial(_look, known)) if known else None

    async def _added(self, new: NewEntry, batch: Batch) -> Entry | None:
        """None where others have noted something meanwhile, which is known from now on."""
        journal = batch.journal
        if self.run is None:
            self.run = await journal.do(functools.partial(_start, self._fingerprint, new), alone=True)
        elif added := await journal.do(functools.partial(_add, self.run.id, new, self.last)):
            self.last = added.position
            return added
        self._learn(await journal.do(functools.partial(_noted_since, self.run.id, self.last)))
        return None

    def _learn(self, entries: list[tuple[int, str, tuple[int, int]]]) -> None:
        for position, entry_id, keys in entries:
            self.last = position
            for key in keys:
                self.known.setdefault(key, deque()).append(entry_id)

    def _known(self, key: int) -> str | None:
        """An entry with this key that no row has had yet."""
        waiting = self.known.get(key)
        while waiting:
            if (entry_id := waiting.popleft()) not in self.given:
                self.given.add(entry_id)
                return entry_id
        return None

    def _refuse(self, fault: SeedError, batch: Batch) -> None:
        reporter = self.session.reporter
        reporter.say(f"stopped: {fault.message}")
        reporter.codes.add(fault.exit_code)
        if not isinstance(fault, OverBudget):  # rows within the budget are still carried to their end
            batch.stop.request(reason=fault)

    @property
    def _fingerprint(self) -> str:
        from seedcli.cli.runs import realm_of

        where = "\0".join((os.getcwd(), realm_of(self.session))).removesuffix("\0")
        return "batch--" + hashlib.sha256(os.fsencode(where)).hexdigest()[:32]


class _Incoming:
    """Rows read by a thread of their own: reading standard input can't be cancelled."""

    def __init__(self, form: str) -> None:
        self._form = form
        self._loop = asyncio.get_running_loop()
        self._rows: asyncio.Queue[Row | BadRow | None] = asyncio.Queue()
        self._room = threading.Semaphore(_AHEAD)
        self._ended = False

    def start(self) -> None:
        threading.Thread(target=self._read, name="rows", daemon=True).start()

    async def next(self) -> Row | BadRow | None:
        """The next row; None when there are no more, however often it is asked for."""
        if self._ended:
            return None
        row = await self._rows.get()
        self._ended = row is None
        self._room.release()
        return row

    def _read(self) -> None:
        try:
            for row in read_rows(sys.stdin.buffer, form=self._form):
                self._room.acquire()
                self._put(row)
        except (OSError, ValueError) as fault:
            self._put(BadRow(0, f"reading failed: {fault}"))
        self._put(None)

    def _put(self, row: Row | BadRow | None) -> None:
        try:
            self._loop.call_soon_threadsafe(self._rows.put_nowait, row)
        except RuntimeError:  # the command has ended; nobody waits for rows any more
            return


def _show(session: Session, planner: Planner, *, form: str) -> int:
    from seedcli.cli.dry_run import print_all

    def good() -> Iterator[tuple[Source, Asked]]:
        for row in read_rows(sys.stdin.buffer, form=form):
            try:
                if isinstance(row, BadRow):
                    raise BadInput(row.message, hint=row.hint)
                planned = planner.plan(row)
            except SeedError as fault:
                complain_of(session, _NAME, BadRow(row.line, fault.message, fault.hint))
                session.reporter.codes.add(fault.exit_code)
            else:
                yield planned.source, planned.asked

    return print_all(session, good())


def _look(entry_id: str, journal: Journal) -> Entry:
    return journal.entry(entry_id)


def _add(run_id: str, new: NewEntry, last: int, journal: Journal) -> Entry | None:
    return journal.add_unless_grown(run_id, new=new, last=last)


def _start(fingerprint: str, new: NewEntry, journal: Journal) -> Run:
    """A run that begins with `new`, or the one that another process has begun meanwhile."""
    return journal.start_run(fingerprint, command="batch -", entries=[new])


def _noted_since(run_id: str, last: int, journal: Journal) -> list[tuple[int, str, tuple[int, int]]]:
    """Place, ID and keys of the run's entries behind the place `last`."""
    found = journal.entries(run_id=run_id, after=last, newest_first=False)
    return [(entry.position, entry.id, keys_of(entry)) for entry in found]
