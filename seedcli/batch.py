"""Many images: how many at a time, in which order, and when to stop. One image is a batch of one."""

from __future__ import annotations

import asyncio
import functools
from collections import deque
from collections.abc import AsyncIterator, Awaitable, Callable, Collection, Iterable, Iterator
from contextlib import suppress
from dataclasses import dataclass, field
from itertools import islice
from typing import TYPE_CHECKING

from seedcli.editor import Editor, already_in_doubt
from seedcli.errors import Interrupted, NoJournal, Pending, SeedError, Unsaved
from seedcli.records import Entry, Failure, Outcome, State, Status
from seedcli.stop import Stop

if TYPE_CHECKING:
    from seedcli.journal import Journal
    from seedcli.journal_writer import JournalWriter

PAID = frozenset({State.ACCEPTED, State.ANSWERED})
_ENDED = frozenset({State.SAVED, State.FAILED, State.IN_DOUBT})
_OTHERS_INTERVAL_S = 0.25
_PAGE = 100

Claim = Callable[[], Awaitable[Entry | None]]


class _Marks:
    """A set of places in a run, a byte each: a run may be long, and this is all that grows with it."""

    def __init__(self) -> None:
        self._marked = bytearray()

    def add(self, place: int) -> None:
        if place >= len(self._marked):
            self._marked.extend(bytes(place + 1 - len(self._marked)))
        self._marked[place] = 1

    def __contains__(self, place: int) -> bool:
        return place < len(self._marked) and self._marked[place] == 1


@dataclass(slots=True)
class Batch:
    """Carries entries, at most `jobs` of them at the gateway; `report` is told of each outcome once.

    Half as many more are prepared or saved meanwhile, so that a place at the gateway is filled as soon
    as it is free; not all the more, which other processes may have. With one job all is in turn.
    """

    editor: Editor
    journal: JournalWriter
    stop: Stop
    jobs: int
    report: Callable[[Outcome], None]
    handled: _Marks = field(default_factory=_Marks)

    async def finish_run(self, run_id: str) -> None:
        """Carries everything of a run that is not ended; shares it with other processes.

        What is paid for comes first: its links expire. Entries that another process is working on are
        waited for: when it dies, they are taken over.
        """
        await self._report_standing(run_id, {State.IN_DOUBT, State.SAVED})
        try:
            while not self.stop.requested:
                await self._work(_first(self._paid(run_id), functools.partial(self._next_to_send, run_id)))
                if not await self.journal.do(lambda j: j.others_at_work(run_id)):
                    break
                await self.stop.sleep(_OTHERS_INTERVAL_S)
            await self._report_standing(run_id, _ENDED)
        except NoJournal as fault:  # what has ended by now has been told
            self.stop.request(reason=fault)

    async def finish(self, entry_ids: Iterable[str], *, patience_s: float) -> None:
        """Carries the entries named. Those that another process is working on are waited for, `patience_s`
        seconds at most, and told of as they then stand."""
        now_s = asyncio.get_running_loop().time
        until_s = now_s() + patience_s
        try:
            elsewhere = await self._carry_coming(_one_by_one(entry_ids))
            while elsewhere and not self.stop.requested and now_s() < until_s:
                elsewhere = await self._carry_later(elsewhere)
            for entry_id in elsewhere:
                found = await self.journal.do(functools.partial(_look, entry_id))
                busy = Pending("another seedcli is at work on it", hint="'seedcli resume' looks again.")
                self._end(Outcome(found, Status.PENDING, Failure.of(busy)))
        except NoJournal as fault:
            self.stop.request(reason=fault)

    async def finish_coming(self, entry_ids: AsyncIterator[str]) -> None:
        """Carries entries as their IDs come; those that have ended are told of as they were found.

        Those that another process is working on are waited for: when it dies, they are taken over.
        """
        elsewhere = await self._carry_coming(entry_ids)
        try:
            while elsewhere and not self.stop.requested:
                elsewhere = await self._carry_later(elsewhere)
        except NoJournal as fault:
            self.stop.request(reason=fault)

    async def _carry_later(self, entry_ids: list[str]) -> list[str]:
        """After a while, those that another process has let go of; returns the others."""
        await self.stop.sleep(_OTHERS_INTERVAL_S)
        await self.journal.do(lambda j: j.release_dead())
        return await self._carry_coming(_one_by_one(entry_ids))

    async def _carry_coming(self, entry_ids: AsyncIterator[str]) -> list[str]:
        """Returns those that another process is working on."""
        turn, elsewhere = asyncio.Lock(), list[str]()

        async def claim() -> Entry | None:
            async with turn:
                async for entry_id in entry_ids:
                    if entry := await self.journal.do(functools.partial(_claim, entry_id)):
                        return entry
                    found = await self.journal.do(functools.partial(_look, entry_id))
                    if found.state in _ENDED:
                        self._end(_as_found(found))
                    else:
                        elsewhere.append(entry_id)
            return None

        await self._work(claim)
        return elsewhere

    def _paid(self, run_id: str) -> Claim:
        """Claims what is paid for, but for what this command has had in hand already."""
        pages = _Pages(self.journal, run_id, PAID)

        async def claim() -> Entry | None:
            while found := await pages.next():
                if found.position not in self.handled and (
                    entry := await self.journal.do(functools.partial(_claim, found.id))
                ):
                    return entry
            return None

        return claim

    async def _next_to_send(self, run_id: str) -> Entry | None:
        return await self.journal.do(lambda j: j.claim_next(run_id, states=(State.INTENDED,)))

    async def _work(self, claim: Claim) -> None:
        try:
            async with asyncio.TaskGroup() as group:
                for _ in range(self.jobs + self.jobs // 2):
                    group.create_task(self._worker(claim))
        except BaseExceptionGroup as faults:
            # One worker's fault has ended them all; the first is the one to tell.
            raise faults.exceptions[0] from None

    async def _worker(self, claim: Claim) -> None:
        while not self.stop.requested:
            try:
                entry = await claim()
            except NoJournal as fault:  # what the others have in flight is paid for: it is still received
                self.stop.request(reason=fault)
                return
            if entry is None:
                return
            try:
                outcome = await self.editor.carry(entry)
            except asyncio.CancelledError:
                await self._tell_of_cut(entry)
                raise
            self._end(outcome)

    async def _tell_of_cut(self, entry: Entry) -> None:
        """What a second signal has cut is in doubt, or paid for: whoever cut it must know."""
        with suppress(SeedError):
            found = await self.journal.do(functools.partial(_look, entry.id))
            if found.state is State.IN_DOUBT:
                self._end(Outcome(found, Status.FAILED, found.error))
            elif found.state in PAID:
                cut = Unsaved(
                    "stopped before it was saved", hint="'seedcli resume' finishes it at no charge."
                )
                self._end(Outcome(found, Status.PENDING, Failure.of(cut)))

    def _end(self, outcome: Outcome) -> None:
        failure = outcome.failure
        if failure is not None and failure.code == Interrupted.code:
            return
        self.handled.add(outcome.entry.position)
        self.report(outcome)

    async def _report_standing(self, run_id: str, states: Collection[State]) -> None:
        """Tells of what ended before this command, or in another process, in the run's order."""
        pages = _Pages(self.journal, run_id, states)
        while entry := await pages.next():
            if entry.position not in self.handled:
                self._end(_as_found(entry))


class _Pages:
    """Entries of a run in their order, a page of them in memory. Several tasks may ask for the next."""

    def __init__(self, journal: JournalWriter, run_id: str, states: Collection[State]) -> None:
        self._journal = journal
        self._run_id, self._states = run_id, states
        self._found: Iterator[Entry] | None = None
        self._page: deque[Entry] = deque()
        self._ended = False
        self._turn = asyncio.Lock()

    async def next(self) -> Entry | None:
        async with self._turn:
            if not self._page and not self._ended:
                self._page.extend(await self._journal.do(self._read, alone=True))
                self._ended = not self._page
            return self._page.popleft() if self._page else None

    def _read(self, journal: Journal) -> list[Entry]:
        if self._found is None:
            self._found = journal.entries(run_id=self._run_id, states=self._states, newest_first=False)
        return list(islice(self._found, _PAGE))


async def _one_by_one(entry_ids: Iterable[str]) -> AsyncIterator[str]:
    for entry_id in entry_ids:
        yield entry_id


def _first(claim: Claim, rest: Claim) -> Claim:
    async def either() -> Entry | None:
        return await claim() or await rest()

    return either


def _claim(entry_id: str, journal: Journal) -> Entry | None:
    return journal.claim(entry_id)


def _look(entry_id: str, journal: Journal) -> Entry:
    return journal.entry(entry_id)


def _as_found(entry: Entry) -> Outcome:
    if entry.state is State.SAVED:
        return Outcome(entry, Status.SKIPPED)
    if entry.state is State.IN_DOUBT:
        return Outcome(entry, Status.FAILED, Failure.of(already_in_doubt(entry)))
    return Outcome(entry, Status.FAILED, entry.error)
