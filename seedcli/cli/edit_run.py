"""What `seedcli edit` does once its words are parsed."""

from __future__ import annotations

import hashlib
import json
import random
import sys
from collections.abc import Callable, Iterator, Mapping
from contextlib import contextmanager
from dataclasses import replace
from pathlib import Path
from typing import TYPE_CHECKING, Any

from seedcli import files, inputs
from seedcli.cli import afterwards
from seedcli.cli.request import Asked, read_request
from seedcli.cli.session import Session, open_session
from seedcli.errors import BadInput, BadOutput, UsageError
from seedcli.records import Placement, Source, SourceKind

if TYPE_CHECKING:
    from seedcli.cli.work import Desk
    from seedcli.journal import NewEntry

_HIGHEST_SEED = 2_147_483_647


def run_edit(words: list[str], given: Mapping[str, Any]) -> int:
    """The whole command; returns its exit code."""
    session = open_session(given)
    asked = read_request(session.settings, words)
    return carry_out(session, asked)


def carry_out(session: Session, asked: Asked, *, fresh: str = "") -> int:
    """Sends what is asked, or with `--dry-run` shows it.

    The same command goes on with its unfinished run; `fresh` makes it one of its own.
    """
    if session.settings.flag("dry_run"):
        from seedcli.cli.dry_run import print_requests

        return print_requests(session, asked)
    inputs.check_words(asked.words, recursive=asked.recursive)
    files.check_output(asked.output)
    if asked.output.kind is Placement.STDOUT:
        _check_stdout(session)
    from seedcli.cli.work import opened_desk

    session.reporter.afterwards += afterwards.steps(session)
    with opened_desk(session) as desk:
        return _edit(session, desk, asked, fresh=fresh)


def _edit(session: Session, desk: Desk, asked: Asked, *, fresh: str) -> int:
    if "-" not in asked.words:
        return _make(session, desk, asked, fresh=fresh)
    with _kept_stdin(desk.spool) as picture:
        return _make(session, desk, asked.with_stdin(picture), fresh=fresh)


def _make(session: Session, desk: Desk, asked: Asked, *, fresh: str) -> int:
    from seedcli.cli.budget import check_budget

    run_key, count = _fingerprint(asked, desk.journal.is_output, fresh=fresh)
    if count == 0:
        raise BadInput(
            f"{', '.join(asked.words)}: no pictures there", hint="Name pictures, or another folder."
        )
    _check_one_place(asked, count)
    run = desk.journal.unfinished_run(run_key)
    check_budget(session, desk.journal, images=count, run=run)
    if run is None:
        run = desk.journal.start_run(run_key, command=f"edit {asked.prompt}", entries=_entries(asked, desk))
    else:
        desk.journal.reopen(run.id, doubtful=session.settings.flag("resend"))
    run_id = run.id
    return desk.run(
        lambda batch: batch.finish_run(run_id),
        jobs=session.settings.whole("jobs"),
        total=count,
        run_id=run_id,
        stdout=asked.output.kind is Placement.STDOUT,
    )


def _check_stdout(session: Session) -> None:
    if session.settings.flag("json"):
        raise UsageError("--json and a picture can't share standard output", hint="Give -o a file.")
    if not sys.stdout.writable():
        raise BadOutput("standard output is closed", hint="Give -o a file.")
    files.refuse_terminal(sys.stdout.buffer)


def _check_one_place(asked: Asked, count: int) -> None:
    if asked.output.kind is Placement.STDOUT and count > 1:
        raise UsageError(f"{count} pictures can't share standard output", hint="Give a folder: -o out/")
    if asked.output.kind is Placement.FILE and count > 1:
        raise UsageError(
            f"-o {asked.output.value} is one file, and there are {count} results",
            hint="Give a folder (-o out/) or a template (-o 'out/{stem}-{n}.jpg').",
        )


@contextmanager
def _kept_stdin(spool: Path) -> Iterator[Path]:
    """The picture from standard input in a file, for as long as the command takes: it may be read twice."""
    data = inputs.read_stdin()
    if not data:
        raise BadInput("standard input is empty", hint="Pipe a picture in: < photo.jpg")
    path = spool / f"stdin-{hashlib.sha256(data).hexdigest()[:32]}"
    path.write_bytes(data)
    try:
        yield path
    finally:
        path.unlink(missing_ok=True)


def _fingerprint(asked: Asked, is_result: Callable[[Path], bool], *, fresh: str) -> tuple[str, int]:
    """What makes two commands the same run, and how many results it makes."""
    digest = hashlib.sha256()
    plan = asked.output
    head = [asked.prompt, asked.parameters.as_sent(), plan.kind.value, plan.value, asked.count, fresh]
    if plan.kind is Placement.BESIDE:
        head.append(plan.folder)
    digest.update(json.dumps(head, sort_keys=True).encode())
    count = 0
    for source in asked.sources(is_result):
        digest.update(f"\0{source.path or source.text}".encode("utf-8", "surrogateescape"))
        count += asked.count
    return digest.hexdigest(), count


def _entries(asked: Asked, desk: Desk) -> Iterator[NewEntry]:
    from seedcli.journal import NewEntry

    for source in asked.sources(desk.journal.is_output):
        for variation, parameters in variations(asked):
            size, mtime_ns = _identity(source)
            yield NewEntry(
                source,
                asked.prompt,
                parameters,
                asked.output,
                variation=variation,
                gateway=desk.gate.endpoint.origin,
                input_size=size,
                input_mtime_ns=mtime_ns,
            )


def variations(asked: Asked) -> Iterator[tuple[int, dict[str, Any]]]:
    """The parameters of each of `-N` results: seeds of the program's choice where the model takes one."""
    from seedcli.gateway.models import resolve

    model = resolve(asked.parameters.model)
    seeded = asked.count > 1 and (model is None or model.takes_seed)
    first = asked.parameters.seed
    for number in range(1, asked.count + 1):
        parameters = asked.parameters
        if seeded:
            chosen = random.randint(0, _HIGHEST_SEED) if first in (None, -1) else (first or 0) + number - 1
            parameters = replace(parameters, seed=chosen % (_HIGHEST_SEED + 1))
        yield number, parameters.as_sent()


def _identity(source: Source) -> tuple[int | None, int | None]:
    if source.kind is not SourceKind.FILE or source.path is None:
        return None, None
    try:
        stat = source.path.stat()
    except OSError:
        return None, None
    return stat.st_size, stat.st_mtime_ns
