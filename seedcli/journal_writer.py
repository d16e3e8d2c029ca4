"""The journal at many images' pace: calls that wait together share one commit."""

from __future__ import annotations

import threading
from collections.abc import Callable, Sequence
from queue import SimpleQueue
from types import TracebackType
from typing import TYPE_CHECKING, Any, NamedTuple, Self, TypeVar

from seedcli.journal import Journal

if TYPE_CHECKING:
    import asyncio

T = TypeVar("T")
_AT_ONCE = 256


class JournalWriter:
    """One thread that has the journal to itself, from `async with` until it ends.

    Meanwhile nothing else may touch the journal; it is not closed here.
    """

    def __init__(self, journal: Journal) -> None:
        self._journal = journal
        self._waiting: SimpleQueue[_Call | None] = SimpleQueue()
        self._thread = threading.Thread(target=self._work, name="journal", daemon=True)
        self._closed = False

    async def do(self, call: Callable[[Journal], T], *, alone: bool = False) -> T:
        """What `call` returns, once it is on disk; or what it raises, having changed nothing.

        `call` runs in the writer's thread and must return whole values, no iterator of the
        journal's. Where the disk fails a commit it may run twice, so it must not use up an
        iterator; one that does (`start_run`) is given `alone`, in transactions of its own.
        Once given, it is carried out even when the waiting task is cancelled.
        """
        import asyncio

        if self._closed:
            raise RuntimeError("the journal's writer is closed")
        loop = asyncio.get_running_loop()
        given: _Call = _Call(call, loop, loop.create_future(), alone)
        self._waiting.put(given)
        result: T = await given.future
        return result

    async def close(self) -> None:
        """Carry out what was given, and end the thread; when cancelled, not before that either."""
        import asyncio

        if not self._closed:
            self._closed = True
            self._waiting.put(None)
        try:
            await asyncio.to_thread(self._thread.join)
        finally:
            self._thread.join()  # the journal is about to be closed: it must have one user only

    async def __aenter__(self) -> Self:
        self._thread.start()
        return self

    async def __aexit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        await self.close()

    def _work(self) -> None:
        going = True
        while going:
            calls, going = self._next_calls()
            for batch in _batches(calls):
                self._carry_out(batch)

    def _next_calls(self) -> tuple[list[_Call], bool]:
        """All that wait now, at least one; and whether more may come."""
        calls: list[_Call] = []
        while len(calls) < _AT_ONCE and (not calls or not self._waiting.empty()):
            given = self._waiting.get()
            if given is None:
                return calls, False
            calls.append(given)
        return calls, True

    def _carry_out(self, batch: list[_Call]) -> None:
        calls = [given.bind(self._journal) for given in batch]
        outcomes: Sequence[object]
        try:
            outcomes = self._journal.apart(calls) if batch[0].alone else self._journal.together(calls)
        except BaseException as defect:  # noqa: BLE001 - else all who wait would do so for ever
            outcomes = [defect] * len(batch)
        for given, outcome in zip(batch, outcomes, strict=True):
            given.settle(outcome)


class _Call(NamedTuple):
    """Something to do with the journal, and who waits for it."""

    function: Callable[[Journal], Any]
    loop: asyncio.AbstractEventLoop
    future: asyncio.Future[Any]
    alone: bool

    def bind(self, journal: Journal) -> Callable[[], Any]:
        return lambda: self.function(journal)

    def settle(self, outcome: object) -> None:
        try:
            self.loop.call_soon_threadsafe(_settle, self.future, outcome)
        except RuntimeError:  # the loop has ended: nobody waits any more
            return


def _batches(calls: list[_Call]) -> list[list[_Call]]:
    """`calls` in their order, those that share a transaction together."""
    batches: list[list[_Call]] = []
    for given in calls:
        if batches and not given.alone and not batches[-1][0].alone:
            batches[-1].append(given)
        else:
            batches.append([given])
    return batches


def _settle(future: asyncio.Future[Any], outcome: object) -> None:
    if future.done():
        return
    if isinstance(outcome, StopIteration):  # which a future refuses
        future.set_exception(RuntimeError("the call ran out of values"))
    elif isinstance(outcome, BaseException):
        future.set_exception(outcome)
    else:
        future.set_result(outcome)
