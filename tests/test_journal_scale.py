"""Thousands of entries cost no more a step than a few."""

from __future__ import annotations

import subprocess
import sys
import time
import tracemalloc
from pathlib import Path

from journal_cases import Ticks, new_entries

from seedcli.journal import SqliteJournal, open_journal
from seedcli.records import State


def work(journal: SqliteJournal, run_id: str, *, count: int) -> float:
    """Seconds of processor time for `count` edits from claim to saved."""
    start = time.process_time()
    for _ in range(count):
        entry = journal.claim_next(run_id, states=set(State) - {State.SAVED})
        assert entry is not None
        assert journal.doubtful(entry.id) is None
        journal.prepared(entry.id, input_sha256="a", image_sha256="b", request_key=entry.id)
        journal.sent(entry.id)
        journal.answered(entry.id, links=["https://x.example"])
        journal.saved(entry.id, output_path=Path(f"/a/{entry.id}"), output_sha256=entry.id, output_bytes=1)
    return time.process_time() - start


def test_an_edit_among_ten_thousand_costs_what_one_among_a_hundred_does(tmp_path: Path) -> None:
    costs = {}
    for size in (100, 10_000):
        with open_journal(tmp_path / f"{size}.db", now=Ticks()) as journal:
            run = journal.start_run("fp", command="edit", entries=new_entries(size))
            journal._database.execute("UPDATE entries SET state = 'saved' WHERE position < ?", [size - 60])
            work(journal, run.id, count=10)
            costs[size] = min(work(journal, run.id, count=15) for _ in range(3))
    assert costs[10_000] < 3 * costs[100]


def test_every_lookup_goes_by_an_index(tmp_path: Path) -> None:
    with open_journal(tmp_path / "journal.db", now=Ticks()) as journal:
        run = journal.start_run("fp", command="edit", entries=new_entries(3))
        asked: list[str] = []
        journal._database.set_trace_callback(asked.append)
        entry = journal.claim_next(run.id, states={State.INTENDED})
        assert entry is not None
        journal.prepared(entry.id, input_sha256="a", image_sha256="b", request_key="c")
        journal.sent(entry.id)
        journal.doubtful("c")
        journal.is_output(Path("/a/b"))
        journal.by_job("job")
        journal.by_output_sha256("made")
        journal.unfinished_run("fp")
        journal.others_at_work(run.id)
        journal.entry(entry.id)
        journal.run(run.id)
        journal.claim(entry.id)
        journal._database.set_trace_callback(None)
        queries = [sql for sql in asked if sql.startswith(("SELECT", "UPDATE"))]
        plans = {
            f"{row[3]}: {sql}"
            for sql in queries
            for row in journal._database.execute(f"EXPLAIN QUERY PLAN {sql}")
        }
    assert len(plans) > 15
    # A whole index is read only for its end (max) and for the few owners there are.
    scans = {plan for plan in plans if "SCAN" in plan and "SCAN CONSTANT ROW" not in plan}
    assert not {plan for plan in scans if "entries_owner" not in plan and "max(" not in plan}


def test_a_long_run_is_noted_without_holding_it_in_memory(tmp_path: Path) -> None:
    with open_journal(tmp_path / "journal.db", now=Ticks()) as journal:
        tracemalloc.start()
        journal.start_run("fp", command="edit", entries=new_entries(1200))
        for _ in journal.entries():
            pass
        peak = tracemalloc.get_traced_memory()[1]
        tracemalloc.stop()
    assert peak < 2_500_000


def test_the_journal_loads_no_event_loop() -> None:
    code = "import sys, seedcli.journal, seedcli.journal_writer; sys.exit('asyncio' in sys.modules)"
    subprocess.run([sys.executable, "-c", code], check=True, cwd=Path(__file__).parent.parent)
