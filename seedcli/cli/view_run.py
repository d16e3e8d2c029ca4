"""What `seedcli view` does."""

from __future__ import annotations

import io
import os
import sys
from collections.abc import Iterator
from pathlib import Path

from seedcli import files
from seedcli.cli.afterwards import show_pair
from seedcli.cli.session import Session, open_session
from seedcli.cli.work import opened_journal
from seedcli.errors import BadInput, BadOutput, UsageError
from seedcli.journal import Journal
from seedcli.pictures.page import Pair, write_page
from seedcli.records import Entry, OutputPlan, Placement, SourceKind, State

_DEFAULT_PAGE = "seedcli.html"


def run_view(
    what: list[str], *, html: bool, output: str | None, force: bool, open: bool, quiet: bool | None
) -> int:
    session = open_session({"quiet": quiet})
    if output is not None and not html:
        raise UsageError("-o is for the page", hint="Add --html.")
    with opened_journal(session) as journal:
        pairs = list(_pairs(journal, what))
    if not pairs:
        raise BadInput("there is nothing to show yet", hint="Edit a picture first, or name a result.")
    if not html:
        return _show(session, pairs)
    if output == "-":
        if open:
            raise UsageError("--open needs a file", hint="Give -o one.")
        _write_to_stdout(session, pairs)
        return 0
    path = Path(output or _DEFAULT_PAGE)
    if os.path.isdir(path) or (output or "").endswith(("/", os.sep)):
        path /= _DEFAULT_PAGE
    _write(session, pairs, path, force=force)
    session.reporter.put(str(path))
    if open:
        from seedcli.pictures.view import open_with_viewer

        if not open_with_viewer(path, environ=os.environ):
            session.reporter.warn(f"there is no program to open {path} with")
    return 0


def _show(session: Session, pairs: list[Pair]) -> int:
    for pair in pairs:
        if pair.after is None or not os.path.exists(pair.after):
            session.reporter.warn(f"{pair.title}: the result is gone: {pair.after}")
            continue
        before = pair.before if pair.before is not None and os.path.exists(pair.before) else None
        if not show_pair(before, pair.after):
            raise BadOutput(
                "this is no terminal that pictures could be shown on",
                hint="Write a page: seedcli view --html",
            )
        session.reporter.say(f"{pair.title}: {pair.prompt}")
    return 0


def _write(session: Session, pairs: list[Pair], path: Path, *, force: bool) -> None:
    """The page appears whole or not at all, like a result."""
    plan = OutputPlan(Placement.FILE, str(path.absolute()), force=force)
    files.check_output(plan)
    try:
        with files.stage(path.absolute().parent) as staged:
            with staged.path.open("w", encoding="utf-8", newline="\n") as page:
                missing = write_page(pairs, page)
            files.place(staged, path.absolute(), replace=force)
    except files.PlaceTaken as fault:
        raise BadOutput(f"{path} exists", hint="Use --force to replace it.") from fault
    except OSError as fault:
        raise BadOutput(f"{path}: {fault.strerror}", hint="Name another file with -o.") from fault
    for line in missing:
        session.reporter.warn(line)


def _write_to_stdout(session: Session, pairs: list[Pair]) -> None:
    page = io.TextIOWrapper(sys.stdout.buffer, encoding="utf-8", newline="\n")
    missing = write_page(pairs, page)
    page.detach()
    for line in missing:
        session.reporter.warn(line)


def _pairs(journal: Journal, what: list[str]) -> Iterator[Pair]:
    if not what:
        newest = next(journal.entries(states={State.SAVED}, limit=1), None)
        what = [newest.run_id] if newest is not None else []
    for word in what:
        yield from _named(journal, word)


def _named(journal: Journal, word: str) -> Iterator[Pair]:
    """The pairs of a run, of an edit, or of a result's file, whether the journal knows it or not."""
    path = Path(word)
    if os.path.isfile(path):
        with path.open("rb") as file:
            found = journal.by_output_sha256(files.sha256_of(file))
        yield _pair(found, after=path) if found is not None else _stranger(path)
        return
    try:
        run = journal.run(word)
    except UsageError:
        yield _pair(journal.entry(word))
        return
    for entry in journal.entries(run_id=run.id, states={State.SAVED}, newest_first=False):
        yield _pair(entry)


def _pair(entry: Entry, *, after: Path | None = None) -> Pair:
    result = after or (Path(entry.output_path) if entry.output_path not in (None, "-") else None)
    before = entry.source.path if entry.source.kind is SourceKind.FILE else None
    return Pair(
        entry_id=entry.id,
        before=before,
        after=result,
        prompt=entry.prompt,
        parameters=entry.parameters,
        title=entry.source.text,
        parent_id=entry.parent_id,
        group=f"{entry.run_id} {entry.source.text}",
    )


def _stranger(path: Path) -> Pair:
    """A result that the journal does not know tells of itself what was embedded."""
    from seedcli.pictures.origin import read_origin

    try:
        origin = read_origin(path)
    except ValueError:
        origin = None
    before = path.with_name(origin.input_name) if origin and origin.input_name else None
    return Pair(
        entry_id=(origin.entry_id if origin else None) or path.name,
        before=before if before is not None and os.path.exists(before) else None,
        after=path,
        prompt=origin.prompt if origin else "",
        parameters=origin.request if origin else {},
        title=path.name,
    )
