"""What the commands of `seedcli history` do."""

from __future__ import annotations

import re
import shutil
import sys
import time
from collections.abc import Mapping
from datetime import datetime
from typing import Any

from seedcli.cli.result_json import as_found, dump, result_object, shown_output
from seedcli.cli.screen import cut
from seedcli.cli.session import Session, open_session
from seedcli.cli.work import opened_journal
from seedcli.errors import UsageError
from seedcli.journal import Journal
from seedcli.records import Entry, Run, State
from seedcli.save import is_lost
from seedcli.text import clean

_UNITS_S = {"s": 1, "m": 60, "h": 3600, "d": 86_400, "w": 604_800}
_DEFAULT_LIMIT = 20
_NARROWEST = 72  # columns; below, a line that wraps says more than one that is cut
_STYLES = {
    State.SAVED: "32",
    State.FAILED: "31",
    State.IN_DOUBT: "33",
    State.ANSWERED: "33",
    State.ACCEPTED: "33",
}


def run_list(
    given: Mapping[str, Any],
    *,
    limit: str | None,
    states: list[str] | None,
    since: str | None,
    until: str | None,
    input: str | None,
) -> int:
    session = open_session(given)
    chosen = {_state(word) for word in states} if states else None
    with opened_journal(session) as journal:
        found = journal.entries(
            states=chosen,
            since=_moment(since, option="--since"),
            until=_moment(until, option="--until"),
            input=input,
            limit=_limit(limit),
        )
        for entry in found:
            if session.reporter.json:
                session.reporter.put(dump(result_object(as_found(entry))))
            else:
                session.reporter.put(_line(entry, colour=_colour(session)))
    return 0


def run_show(given: Mapping[str, Any], prefix: str) -> int:
    session = open_session(given)
    with opened_journal(session) as journal:
        entry = journal.entry(prefix)
        if session.reporter.json:
            session.reporter.put(dump(result_object(as_found(entry))))
            return 0
        for name, value in (*_facts(entry), *_chain(journal, entry)):
            session.reporter.put(f"{name:<17}{value}")
        if remedy := remedy_for(entry):
            session.reporter.put(f"\n{remedy}")
    return 0


def run_runs(given: Mapping[str, Any], *, limit: str | None) -> int:
    session = open_session(given)
    with opened_journal(session) as journal:
        for run in journal.runs(limit=_limit(limit)):
            session.reporter.put(dump(_run_object(run)) if session.reporter.json else _run_line(run))
    return 0


def run_forget(ids: list[str], older_than: str | None) -> int:
    session = open_session({})
    age_s = _age(older_than) if older_than is not None else None
    if older_than is not None and age_s is None:
        shown = clean(older_than, limit=40)
        raise UsageError(f"--older-than {shown!r} is no length of time", hint="Such as 30m, 12h, 7d or 4w.")
    with opened_journal(session) as journal:
        wanted = [journal.entry(prefix).id for prefix in ids]
        count = journal.forget(entry_ids=wanted, older_than_s=age_s)
    session.reporter.say(f"forgot {count} edit{'' if count == 1 else 's'}")
    return 0


def print_schema() -> None:
    from importlib.resources import files

    sys.stdout.write(files("seedcli").joinpath("result.schema.json").read_text(encoding="utf-8"))


def remedy_for(entry: Entry) -> str | None:
    """What a person can do about an edit that is not saved."""
    if entry.state is State.IN_DOUBT:
        return (
            "In doubt: the request went out whole and no usable answer came back. It may have been billed:\n"
            "the gateway's dashboard tells. Nothing sends it again on its own.\n"
            f"  once more:  seedcli history replay {entry.id} --resend\n"
            f"  let it be:  seedcli history forget {entry.id}"
        )
    if is_lost(entry):
        return (
            "Paid for, and what came is no picture: 'seedcli resume' can't finish it. The gateway's support\n"
            "may credit it.\n"
            f"  made again, and charged again:  seedcli history replay {entry.id}\n"
            f"  let it be:                      seedcli history forget {entry.id}"
        )
    if entry.state in (State.ACCEPTED, State.ANSWERED):
        return f"Paid for and not saved yet: 'seedcli resume {entry.id}' finishes it at no charge."
    if entry.state is State.INTENDED:
        return "Not sent: give the same command again to go on."
    return None


def _facts(entry: Entry) -> list[tuple[str, str]]:
    facts: list[tuple[str, object]] = [
        ("id", entry.id),
        ("run", entry.run_id),
        ("state", entry.state.value),
        ("charged", entry.charged.value),
        ("when", _when(entry.created_at)),
        ("input", entry.source.text),
        ("prompt", entry.prompt),
        *((name, value) for name, value in entry.parameters.items()),
        ("prepared", ", ".join(entry.prepared) or None),
        ("attempts", entry.attempts),
        ("job", entry.job_set_id),
        ("link", entry.links[0] if entry.links else None),
        ("output", shown_output(entry)),
        ("size", f"{entry.output_width}x{entry.output_height}" if entry.output_width else None),
        ("usage", dump(entry.usage) if entry.usage else None),
        ("error", entry.error.message if entry.error else None),
        ("answer", entry.answer_text),
        ("kept in", entry.answer_path if entry.state is State.ANSWERED else None),
    ]
    return [(name, clean(str(value), limit=2000)) for name, value in facts if value not in (None, "")]


def _chain(journal: Journal, entry: Entry) -> list[tuple[str, str]]:
    """The way from the first picture to this one, where this is an edit of an edit."""
    way, seen = [], {entry.id}
    parent_id = entry.parent_id
    while parent_id is not None and parent_id not in seen:
        seen.add(parent_id)
        try:
            parent = journal.entry(parent_id)
        except UsageError:
            break
        way.append(
            ("made from", f"{parent.id}  {clean(parent.source.text)} → {clean(parent.prompt, limit=80)}")
        )
        parent_id = parent.parent_id
    return way


def _line(entry: Entry, *, colour: bool) -> str:
    state, style = f"{entry.state.value:<9}", _STYLES.get(entry.state)
    name, prompt = clean(entry.source.title, limit=40), clean(entry.prompt, limit=50)
    note = f"(no picture came: seedcli history show {entry.id})  " if is_lost(entry) else ""
    line = _fitted(f"{entry.id}  {_when(entry.created_at)}  {state}  {name:<24}  {note}{prompt}")
    return line.replace(state, f"\x1b[{style}m{state}\x1b[0m", 1) if colour and style else line


def _fitted(line: str) -> str:
    """No longer than the terminal is wide, where there is one."""
    columns = max(_NARROWEST, shutil.get_terminal_size().columns)
    return cut(line, columns) if sys.stdout.isatty() else line


def _run_line(run: Run) -> str:
    counts = ", ".join(
        f"{count} {state.value.replace('_', ' ')}" for state, count in run.counts.items() if count
    )
    return _fitted(f"{run.id}  {_when(run.created_at)}  {counts:<32}  {clean(run.command, limit=60)}")


def _run_object(run: Run) -> dict[str, Any]:
    counts = {state.value: run.counts.get(state, 0) for state in State}
    return {
        "schema": "seedcli.run/1",
        "id": run.id,
        "created_at": run.created_at,
        "command": run.command,
        "counts": counts,
    }


def _colour(session: Session) -> bool:
    from seedcli.cli.report import decide_colour

    return decide_colour(session.settings.text("color") or "auto", sys.stdout)


def _when(at: float) -> str:
    return time.strftime("%Y-%m-%d %H:%M:%S", time.localtime(at))


def _state(word: str) -> State:
    try:
        return State(word.strip().lower().replace("-", "_"))
    except ValueError:
        raise UsageError(f"--state {word!r} is none", hint=f"One of {', '.join(State)}.") from None


def _limit(text: str | None) -> int | None:
    if text is None:
        return _DEFAULT_LIMIT
    if not text.isascii() or not text.isdigit():
        raise UsageError(f"--limit {text!r} is no whole number", hint="0 means all.")
    return int(text[:12]) or None


def _age(text: str) -> float | None:
    """Seconds of `30m`, `12h`, `7d`; None where it is no length of time."""
    match = re.fullmatch(r"(\d{1,6})([smhdw])", text.strip())
    return float(int(match[1]) * _UNITS_S[match[2]]) if match else None


def _moment(text: str | None, *, option: str) -> float | None:
    """Seconds since the epoch of a date, or of so long ago."""
    if text is None:
        return None
    age_s = _age(text)
    if age_s is not None:
        return time.time() - age_s
    try:
        return datetime.fromisoformat(text).timestamp()
    except (ValueError, OverflowError):
        shown = clean(text, limit=40)
        raise UsageError(
            f"{option} {shown!r} is no date and no length of time", hint="Such as 2026-11-25, 30m, 12h or 7d."
        ) from None
