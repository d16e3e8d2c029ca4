"""`seedcli history replay`: the request of an earlier edit as a new one."""

from __future__ import annotations

import os
import secrets
from collections.abc import Mapping
from pathlib import Path
from typing import Any

from seedcli.cli.edit_run import carry_out
from seedcli.cli.request import Asked, read_output
from seedcli.cli.session import Session, open_session
from seedcli.cli.work import opened_journal
from seedcli.errors import BadInput
from seedcli.files import sha256_of
from seedcli.gateway.models import check
from seedcli.pictures.origin import Origin, read_origin
from seedcli.records import Entry, Parameters, SourceKind


def run_replay(what: str, given: Mapping[str, Any]) -> int:
    """Sends again what edit `what` sent; refused like any other while the same request is in doubt."""
    session = open_session(given)
    path = Path(what)
    asked = _asked_of_file(session, path) if os.path.isfile(path) else _asked(session, _entry(session, what))
    return carry_out(session, asked, fresh=secrets.token_hex(8))


def _entry(session: Session, prefix: str) -> Entry:
    with opened_journal(session) as journal:
        return journal.entry(prefix)


def _asked_of_file(session: Session, path: Path) -> Asked:
    """What a result says of itself, applied to the input it names: beside it, and the same bytes."""
    origin = _origin(path)
    source = path.with_name(origin.input_name) if origin.input_name else None
    if source is None or not os.path.isfile(source):
        raise BadInput(
            f"{path} was made from {origin.input_name or 'a link'}, which is not beside it",
            hint="Put it there, or give the picture to 'seedcli edit' with the prompt.",
        )
    with source.open("rb") as file:
        if sha256_of(file) != origin.input_sha256:
            raise BadInput(f"{source} is not the picture that {path} was made from: its bytes differ")
    known = {name: value for name, value in origin.request.items() if name in Parameters._fields}
    word = str(source.absolute()) if source.name == "-" else str(source)  # "-" would be standard input
    return Asked(
        words=(word,),
        prompt=origin.prompt,
        parameters=check(Parameters(**known), unchecked=session.settings.flag("unchecked")),
        output=read_output(session.settings, [str(source)]),
        recursive=False,
        count=1,
    )


def _origin(path: Path) -> Origin:
    try:
        origin = read_origin(path)
    except ValueError as fault:
        raise BadInput(f"{path}: {fault}") from fault
    if origin is None:
        raise BadInput(
            f"{path} does not say how it was made",
            hint="Results do when edited with --embed; else replay by ID.",
        )
    return origin


def _asked(session: Session, entry: Entry) -> Asked:
    source = entry.source
    if source.kind is SourceKind.STDIN or (source.kind is SourceKind.FILE and source.path is None):
        raise BadInput(
            f"{entry.id}: its picture came from standard input", hint="Give the picture to 'seedcli edit'."
        )
    word = source.text if source.kind is SourceKind.URL else str(source.path)
    given = session.settings.get("output")
    plan = read_output(session.settings, [word]) if given.source == "option" else entry.output
    return Asked(
        words=(word,),
        prompt=entry.prompt,
        parameters=Parameters(**entry.parameters),
        output=plan._replace(force=session.settings.flag("force"), folder=plan.folder or os.getcwd()),
        recursive=False,
        count=1,
    )
