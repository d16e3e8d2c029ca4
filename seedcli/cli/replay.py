"""`seedcli history replay`: the request of an earlier edit as a new one."""

from __future__ import annotations

import os
import secrets
from collections.abc import Mapping
from dataclasses import replace
from typing import Any

from seedcli.cli.edit_run import carry_out
from seedcli.cli.request import Asked, read_output
from seedcli.cli.session import Session, open_session
from seedcli.cli.work import opened_journal
from seedcli.errors import BadInput
from seedcli.records import Entry, Parameters, SourceKind


def run_replay(what: str, given: Mapping[str, Any]) -> int:
    """Sends again what edit `what` sent; refused like any other while the same request is in doubt."""
    session = open_session(given)
    with opened_journal(session) as journal:
        entry = journal.entry(what)
    return carry_out(session, _asked(session, entry), fresh=secrets.token_hex(8))


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
        output=replace(plan, force=session.settings.flag("force"), folder=plan.folder or os.getcwd()),
        recursive=False,
        count=1,
    )
