"""Calls that wait together share a commit, and nothing else."""

from __future__ import annotations

import asyncio
import threading
from collections.abc import Awaitable, Callable, Iterator
from pathlib import Path
from typing import TypeVar

import pytest
from journal_cases import Ticks, new_entries, new_entry

from seedcli.errors import NoJournal
from seedcli.journal import Journal, LostClaim, SqliteJournal, open_journal
from seedcli.journal_writer import JournalWriter
from seedcli.records import State

T = TypeVar("T")
INTENDED = {State.INTENDED}


@pytest.fixture
def journal(tmp_path: Path) -> Iterator[SqliteJournal]:
    with open_journal(tmp_path / "journal.db", now=Ticks()) as opened:
        yield opened


def with_writer(journal: SqliteJournal, work: Callable[[JournalWriter], Awaitable[T]]) -> T:
    async def run() -> T:
        async with JournalWriter(journal) as writer:
            return await work(writer)

    return asyncio.run(run())


def test_two_hundred_at_once_share_a_few_commits(journal: SqliteJournal, tmp_path: Path) -> None:
    run = journal.start_run("fp", command="edit", entries=new_entries(200))
    before = journal.commits

    async def work(writer: JournalWriter) -> set[str]:
        claims = await asyncio.gather(
            *(writer.do(lambda j: j.claim_next(run.id, states=INTENDED)) for _ in range(200))
        )
        return {entry.id for entry in claims if entry is not None}

    assert len(with_writer(journal, work)) == 200
    assert journal.commits - before <= 6
    with open_journal(tmp_path / "journal.db", now=Ticks()) as other:
        assert other.others_at_work(run.id) == 200


def test_one_that_fails_leaves_no_trace_and_spares_its_neighbours(journal: SqliteJournal) -> None:
    run = journal.start_run("fp", command="edit", entries=[])

    def half_done(j: Journal) -> None:
        j.add(run.id, new=new_entry("half.jpg"))
        j.sent("0000000000")

    def ran_out(j: Journal) -> object:
        return next(j.entries(run_id="nothing"))

    async def work(writer: JournalWriter) -> list[object]:
        calls: list[Callable[[Journal], object]] = [
            lambda j: j.add(run.id, new=new_entry("one.jpg")),
            half_done,
            ran_out,
            lambda j: 1 / 0,
            lambda j: j.add(run.id, new=new_entry("two.jpg")),
        ]
        return await asyncio.gather(*map(writer.do, calls), return_exceptions=True)

    outcomes = with_writer(journal, work)
    assert [type(o) for o in outcomes[1:4]] == [LostClaim, RuntimeError, ZeroDivisionError]
    assert [e.source.text for e in journal.entries(newest_first=False)] == ["one.jpg", "two.jpg"]


def test_what_was_given_is_carried_out_though_nobody_waits(journal: SqliteJournal) -> None:
    run = journal.start_run("fp", command="edit", entries=[])
    hold, held = threading.Event(), threading.Event()

    async def work(writer: JournalWriter) -> None:
        def block(j: Journal) -> None:
            held.set()
            hold.wait(10)

        blocking = asyncio.ensure_future(writer.do(block))
        await asyncio.to_thread(held.wait, 10)
        given = asyncio.ensure_future(writer.do(lambda j: j.add(run.id, new=new_entry())))
        await asyncio.sleep(0)
        given.cancel()
        hold.set()
        await blocking
        with pytest.raises(asyncio.CancelledError):
            await given

    with_writer(journal, work)
    assert len(list(journal.entries())) == 1


def test_closing_carries_out_what_was_given_and_takes_no_more(journal: SqliteJournal) -> None:
    run = journal.start_run("fp", command="edit", entries=[])

    async def work(writer: JournalWriter) -> None:
        given = [
            asyncio.ensure_future(writer.do(lambda j: j.add(run.id, new=new_entry()))) for _ in range(50)
        ]
        await asyncio.sleep(0)
        await writer.close()
        assert all([await entry for entry in given])
        with pytest.raises(RuntimeError, match="closed"):
            await writer.do(lambda j: None)
        await writer.close()

    with_writer(journal, work)
    assert len(list(journal.entries())) == 50


def test_a_cancelled_close_still_leaves_the_journal_alone(journal: SqliteJournal) -> None:
    run = journal.start_run("fp", command="edit", entries=[])
    held, entered = threading.Event(), threading.Event()

    def slow(j: Journal) -> None:
        entered.set()
        held.wait(10)
        j.add(run.id, new=new_entry())

    async def leave() -> None:
        writer = JournalWriter(journal)
        await writer.__aenter__()
        given = asyncio.ensure_future(writer.do(slow))
        await asyncio.to_thread(entered.wait, 10)
        closing = asyncio.ensure_future(writer.close())
        await asyncio.sleep(0)
        closing.cancel()
        threading.Timer(0.05, held.set).start()
        with pytest.raises(asyncio.CancelledError):
            await closing
        assert len(list(journal.entries())) == 1
        await given

    asyncio.run(leave())


def test_a_loop_that_has_ended_takes_the_thread_not_along(journal: SqliteJournal) -> None:
    run = journal.start_run("fp", command="edit", entries=[])
    writer = JournalWriter(journal)

    async def leave() -> None:
        await writer.__aenter__()
        hold = threading.Event()
        first = asyncio.ensure_future(writer.do(lambda j: hold.wait(0.2)))
        second = asyncio.ensure_future(writer.do(lambda j: j.add(run.id, new=new_entry())))
        await asyncio.sleep(0)
        first.cancel()
        second.cancel()

    asyncio.run(leave())
    asyncio.run(writer.close())
    assert len(list(journal.entries())) == 1


def test_a_run_is_started_alone(journal: SqliteJournal) -> None:
    async def work(writer: JournalWriter) -> tuple[object, object, object]:
        return await asyncio.gather(
            writer.do(lambda j: j.runs()),
            writer.do(lambda j: j.start_run("fp", command="edit", entries=new_entries(3)), alone=True),
            writer.do(lambda j: [e.id for e in j.entries()]),
        )

    before, _, entries = with_writer(journal, work)
    assert before == []
    assert isinstance(entries, list)
    assert len(entries) == 3


def test_a_journal_that_breaks_tells_everyone_who_waits(journal: SqliteJournal) -> None:
    journal._database.execute("DROP TABLE runs")

    async def work(writer: JournalWriter) -> list[object]:
        return await asyncio.gather(
            *(writer.do(lambda j: j.runs()) for _ in range(3)), return_exceptions=True
        )

    assert [type(outcome) for outcome in with_writer(journal, work)] == [NoJournal] * 3
