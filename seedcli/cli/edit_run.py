"""What `seedcli edit` does once its words are parsed."""

from __future__ import annotations

import gc
import hashlib
import os
import sys
from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from pathlib import Path
from typing import TYPE_CHECKING, Any

from seedcli import files, inputs, locks
from seedcli.cli import afterwards
from seedcli.cli.request import Asked, read_request
from seedcli.cli.session import Session, open_session
from seedcli.errors import BadInput, BadOutput, UsageError
from seedcli.records import Placement

if TYPE_CHECKING:
    from seedcli.cli.work import Desk


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

        gc.enable()  # the JSON of each request, drawn with indents, leaves cycles: there may be many
        return print_requests(session, asked)
    inputs.check_words(asked.words, recursive=asked.recursive)
    files.check_output(asked.output)
    if asked.output.kind is Placement.STDOUT:
        check_stdout(session)
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
    from seedcli.cli.runs import find_run, open_run, realm_of, survey

    found = survey(asked, desk.journal, realm=realm_of(session), fresh=fresh)
    if found.images == 0:
        raise _no_pictures(asked, found.left_out)
    _check_one_place(asked, found.images)
    _say_what_is_left_out(session, found.left_out)
    standing = find_run(asked, desk.journal, found)
    resend = session.settings.flag("resend")
    more = found.images
    if standing is not None:
        more = len(standing.lacking) * asked.count - len(standing.gone)
    check_budget(session, desk.journal, run=standing.run if standing else None, more=more, resend=resend)
    say_of_seeds(session, asked)
    gateway = desk.gate.endpoint.origin
    run = open_run(asked, desk.journal, found, standing, gateway=gateway, resend=resend)
    return desk.run(
        lambda batch: batch.finish_run(run.id),
        jobs=session.settings.whole("jobs"),
        total=found.images,
        run_id=run.id,
        stdout=asked.output.kind is Placement.STDOUT,
    )


def say_of_seeds(session: Session, asked: Asked) -> None:
    """Where variations can't be told apart by a seed, they can't be made again either."""
    from seedcli.cli.runs import takes_seed

    if asked.count > 1 and not takes_seed(asked):
        session.reporter.say(
            f"{asked.parameters.model} takes no seed: "
            f"the {asked.count} results of each picture differ by chance, and can't be made again"
        )


def _no_pictures(asked: Asked, left_out: int) -> BadInput:
    names = ", ".join(asked.words[:3]) + (", …" if len(asked.words) > 3 else "")
    if left_out:
        return BadInput(f"{names}: only earlier results there", hint="Name the pictures they were made from.")
    return BadInput(f"{names}: no pictures there", hint="Name pictures, or another folder.")


def _say_what_is_left_out(session: Session, left_out: int) -> None:
    if left_out and not session.reporter.quiet:
        session.reporter.say(
            "1 earlier result is not taken as an input, since its source is one"
            if left_out == 1
            else f"{left_out} earlier results are not taken as inputs, since their sources are"
        )


def check_stdout(session: Session) -> None:
    """Raises `UsageError` or `BadOutput` where standard output can't take a picture."""
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
    """The picture from standard input in a file, for as long as the command takes: it may be read twice.

    It is named after its bytes, so that the same command goes on with its run. Commands that are
    given the same picture at once share it, each writing what is there already.
    """
    data = inputs.read_stdin()
    if not data:
        raise BadInput("standard input is empty", hint="Pipe a picture in: < photo.jpg")
    path = spool / f"stdin-{hashlib.sha256(data).hexdigest()[:32]}"
    with locks.shared(path, mode=0o600) as descriptor:
        try:
            with os.fdopen(descriptor, "r+b", closefd=False) as file:
                file.write(data)
        except OSError as fault:
            raise BadOutput(
                f"{spool}: {fault.strerror}", hint="Name another folder: SEEDCLI_STATE_DIR."
            ) from fault
        yield path
