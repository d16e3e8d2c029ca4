"""What `poll` and `resume` do: go on with what the gateway has accepted; neither ever sends an edit."""

from __future__ import annotations

import os
from collections.abc import Iterator, Mapping
from typing import Any

from seedcli import files
from seedcli.cli.edit_run import check_stdout
from seedcli.cli.request import read_output
from seedcli.cli.result_json import as_found
from seedcli.cli.session import Session, open_session
from seedcli.cli.work import Desk, opened_desk, opened_journal, read_policy
from seedcli.errors import ExitCode, UsageError
from seedcli.gateway.wire import LONGEST_JOB_ID
from seedcli.journal import Journal, NewEntry
from seedcli.records import Entry, Outcome, OutputPlan, Placement, Source, SourceKind, State, Status

_PAID = frozenset({State.ACCEPTED, State.ANSWERED})


def run_poll(job_set_ids: list[str], given: Mapping[str, Any]) -> int:
    """Follows the jobs named; a job that the journal does not know is noted in it first."""
    session = open_session(given)
    wanted = [_check_job_id(word) for word in dict.fromkeys(job_set_ids)]
    plan = _read_plan(session, jobs=len(wanted))
    with opened_desk(session) as desk:
        entries = [_adopt(desk, job, plan) for job in wanted]
        return _carry(session, desk, entries, stdout=plan is not None and plan.kind is Placement.STDOUT)


def run_resume(ids: list[str], given: Mapping[str, Any]) -> int:
    """Finishes all that is paid for, or what `ids` name, which may be runs or edits."""
    session = open_session(given)
    with opened_journal(session) as journal:
        unfinished, doubtful = _unfinished(journal, ids), _doubtful(journal, ids)
    for entry in doubtful:
        session.reporter.say(
            f"in doubt: {entry.source.text}: seedcli history show {entry.id}; it is not sent again by resume"
        )
    if ids and doubtful:
        session.reporter.codes.add(ExitCode.IN_DOUBT)
    if not unfinished:
        if not session.reporter.quiet:
            session.reporter.say("nothing to resume: everything that was paid for is saved")
        return int(session.reporter.exit_code)
    with opened_desk(session) as desk:
        return _carry(session, desk, unfinished)


def _read_plan(session: Session, *, jobs: int) -> OutputPlan | None:
    """The place that `-o` names, if it is given. Raises `UsageError` or `BadOutput`."""
    if session.settings.get("output").source != "option":
        return None
    plan = read_output(session.settings, [])
    files.check_output(plan)
    if plan.kind is Placement.STDOUT:
        check_stdout(session)
    if plan.kind in (Placement.FILE, Placement.STDOUT) and jobs > 1:
        raise UsageError("-o names one place, and there are several jobs", hint="Give a folder: -o results/")
    return plan


def _carry(session: Session, desk: Desk, entries: list[Entry], *, stdout: bool = False) -> int:
    reporter = session.reporter
    for entry in entries:
        if entry.state not in _PAID:
            reporter.ended(_ended(entry))
    ids = [entry.id for entry in entries if entry.state in _PAID]
    if not ids:
        return int(reporter.exit_code)
    policy = read_policy(session, sandbox=desk.gate.sandbox)._replace(pending_is_success=False)
    return desk.run(
        lambda batch: batch.finish(ids, patience_s=policy.timeout_s),
        jobs=session.settings.whole("jobs"),
        total=len(ids),
        policy=policy,
        stdout=stdout,
    )


def _ended(entry: Entry) -> Outcome:
    """What a job that needs no following came to; a saved one is there to be used."""
    found = as_found(entry)
    return found._replace(status=Status.SAVED) if entry.state is State.SAVED else found


def _adopt(desk: Desk, job: str, plan: OutputPlan | None) -> Entry:
    """The journal's entry for `job`, made when there is none, or when its result is wanted once more."""
    known = desk.journal.by_job(job)
    if known is not None and plan is not None and known.state in _PAID:
        return _redirected(desk.journal, known, plan)
    wanted_again = plan is not None and known is not None and known.state is State.SAVED
    if known is not None and not wanted_again and not _result_is_gone(known):
        return known
    beside = OutputPlan(Placement.BESIDE, suggested=f"job-{job.removeprefix('job-')}", folder=os.getcwd())
    output = plan or (known.output if known is not None else beside)
    new = NewEntry(
        known.source if known else Source(SourceKind.STDIN, job),
        known.prompt if known else "",
        dict(known.parameters) if known else {},
        output if plan is None else plan._replace(suggested=beside.suggested),
        gateway=desk.gate.endpoint.origin,
    )
    return _noted(desk.journal, new, job)


def _noted(journal: Journal, new: NewEntry, job: str) -> Entry:
    """An entry that begins with its job: what it makes is then recorded like any other."""
    run = journal.start_run(f"poll {job}", command=f"poll {job}", entries=[new])
    entry = next(journal.entries(run_id=run.id))
    if journal.claim(entry.id) is not None:
        if entry.state is State.INTENDED:
            journal.accepted(entry.id, job_set_id=job)
        journal.release(entry.id)
    return journal.entry(entry.id)


def _redirected(journal: Journal, entry: Entry, plan: OutputPlan) -> Entry:
    """`entry`, its result to go where `-o` says; unchanged where another process is at it."""
    if journal.claim(entry.id) is not None:
        journal.redirected(entry.id, output=plan._replace(suggested=entry.output.suggested))
        journal.release(entry.id)
    return journal.entry(entry.id)


def _result_is_gone(entry: Entry) -> bool:
    if entry.state is not State.SAVED:
        return False
    return entry.output_path is None or not os.path.exists(entry.output_path)


def _check_job_id(word: str) -> str:
    """A job's ID as the gateway gave it. Raises `UsageError` for what can't be one."""
    word = word.strip()
    if not word or len(word) > LONGEST_JOB_ID or not word.isprintable() or any(map(str.isspace, word)):
        raise UsageError(
            f"{word[:60]!r} is no job ID", hint="It is the job_set_id that the gateway answered."
        )
    return word


def _unfinished(journal: Journal, ids: list[str]) -> list[Entry]:
    if not ids:
        return list(journal.entries(states=_PAID, newest_first=False))
    return [entry for found in ids for entry in _named(journal, found) if entry.state in _PAID]


def _doubtful(journal: Journal, ids: list[str]) -> list[Entry]:
    if not ids:
        return list(journal.entries(states={State.IN_DOUBT}, newest_first=False))
    return [entry for found in ids for entry in _named(journal, found) if entry.state is State.IN_DOUBT]


def _named(journal: Journal, prefix: str) -> Iterator[Entry]:
    """The edits of a run, or the one edit, whose ID begins with `prefix`."""
    try:
        run = journal.run(prefix)
    except UsageError:
        yield journal.entry(prefix)
        return
    yield from journal.entries(run_id=run.id, newest_first=False)
