"""Many images: how many at a time, in which order, and when to stop. One image is a batch of one."""

from __future__ import annotations

import asyncio
import functools
from collections.abc import Awaitable, Callable, Iterable
from dataclasses import dataclass, field
from typing import TYPE_CHECKING

from seedcli.editor import Editor, already_in_doubt
from seedcli.errors import Interrupted
from seedcli.records import Entry, Failure, Outcome, State, Status
from seedcli.stop import Stop

if TYPE_CHECKING:
    from seedcli.journal import Journal
    from seedcli.journal_writer import JournalWriter

PAID = frozenset({State.ACCEPTED, State.ANSWERED})
_OTHERS_INTERVAL_S = 0.25

Claim = Callable[[], Awaitable[Entry | None]]


@dataclass(slots=True)
class Batch:
    """Carries entries with at most `jobs` in flight; `report` is told of each outcome once."""

    editor: Editor
    journal: JournalWriter
    stop: Stop
    jobs: int
    report: Callable[[Outcome], None]
    handled: set[str] = field(default_factory=set)

    async def finish_run(self, run_id: str) -> None:
        """Carries everything of a run that is not ended; shares it with other processes.

        What is paid for comes first: its links expire. Entries that another process is working on are
        waited for: when it dies, they are taken over.
        """
        await self._report_standing(run_id, {State.IN_DOUBT, State.SAVED})
        while not self.stop.requested:
            paid = await self.journal.do(lambda j: [e.id for e in j.entries(run_id=run_id, states=PAID)])
            await self._work(_paid_first(self._each(paid), functools.partial(self._next_to_send, run_id)))
            if not await self.journal.do(lambda j: j.others_at_work(run_id)):
                break
            await self.stop.sleep(_OTHERS_INTERVAL_S)
        await self._report_standing(run_id, set(State) - PAID - {State.INTENDED})

    async def finish(self, entry_ids: Iterable[str]) -> None:
        """Carries the entries named, those that nobody else has claimed."""
        await self._work(self._each(entry_ids))

    def _each(self, entry_ids: Iterable[str]) -> Claim:
        """Claims one after the other of those named, none that this command has carried already."""
        waiting = iter(entry_ids)

        async def claim() -> Entry | None:
            for entry_id in waiting:
                if entry_id not in self.handled:
                    entry = await self.journal.do(functools.partial(_claim, entry_id))
                    if entry is not None:
                        return entry
            return None

        return claim

    async def _next_to_send(self, run_id: str) -> Entry | None:
        return await self.journal.do(lambda j: j.claim_next(run_id, states=(State.INTENDED,)))

    async def _work(self, claim: Claim) -> None:
        try:
            async with asyncio.TaskGroup() as group:
                for _ in range(self.jobs):
                    group.create_task(self._worker(claim))
        except BaseExceptionGroup as faults:
            # One worker's fault has ended them all; the first is the one to tell.
            raise faults.exceptions[0] from None

    async def _worker(self, claim: Claim) -> None:
        while not self.stop.requested:
            entry = await claim()
            if entry is None:
                return
            outcome = await self.editor.carry(entry)
            self._end(outcome)

    def _end(self, outcome: Outcome) -> None:
        failure = outcome.failure
        if failure is not None and failure.code == Interrupted.code:
            return
        self.handled.add(outcome.entry.id)
        self.report(outcome)

    async def _report_standing(self, run_id: str, states: set[State]) -> None:
        """Tells of what ended before this command, or in another process, in the run's order."""
        standing = await self.journal.do(
            lambda j: [
                entry
                for entry in j.entries(run_id=run_id, states=states, newest_first=False)
                if entry.id not in self.handled
            ]
        )
        for entry in standing:
            self.handled.add(entry.id)
            self.report(_as_found(entry))


def _paid_first(paid: Claim, rest: Claim) -> Claim:
    async def claim() -> Entry | None:
        return await paid() or await rest()

    return claim


def _claim(entry_id: str, journal: Journal) -> Entry | None:
    return journal.claim(entry_id)


def _as_found(entry: Entry) -> Outcome:
    if entry.state is State.SAVED:
        return Outcome(entry, Status.SKIPPED)
    if entry.state is State.IN_DOUBT:
        return Outcome(entry, Status.FAILED, Failure.of(already_in_doubt(entry)))
    return Outcome(entry, Status.FAILED, entry.error)
