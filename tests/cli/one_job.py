"""A journal that knows one job."""

from __future__ import annotations

from pathlib import Path

from seedcli.journal import NewEntry
from seedcli.journal.opening import open_journal
from seedcli.records import OutputPlan, Placement, Source, SourceKind


def keep_job(path: Path, job_set_id: str) -> str:
    """A journal with one accepted job; returns the entry's ID."""
    new = NewEntry(
        Source(SourceKind.FILE, "cat.jpg", Path("/photos/cat.jpg")),
        "make it blue",
        {},
        OutputPlan(Placement.BESIDE),
        variation=1,
        gateway="https://gateway.example",
    )
    with open_journal(path, now=lambda: 1_800_000_000.0) as journal:
        run = journal.start_run("fingerprint", command="edit", entries=[new])
        (entry,) = journal.entries(run_id=run.id)
        journal.claim(entry.id)
        journal.sent(entry.id)
        journal.accepted(entry.id, job_set_id=job_set_id)
    return entry.id
