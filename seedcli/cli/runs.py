"""Which run a command is: an unfinished one that it goes on with, or a new one.

The same prompt, parameters, place and inputs are the same run. Inputs that came since, as in a
folder that is given again, are added to it: what it has made already is not made once more.
"""

from __future__ import annotations

import hashlib
import itertools
import json
import os
from collections.abc import Callable, Iterable, Iterator
from pathlib import Path
from typing import TYPE_CHECKING, Any, NamedTuple

from seedcli import files
from seedcli.cli.request import Asked
from seedcli.records import Entry, Placement, Run, Source, SourceKind, State

if TYPE_CHECKING:
    from seedcli.cli.session import Session
    from seedcli.journal import Journal, NewEntry

_HIGHEST_SEED = 2_147_483_647
_MOST_UNRECORDED = 1000


class Survey(NamedTuple):
    """What a command's words came to, looked at once: `recipe` is all but its inputs.

    `renewed` says that it is one picture, which has other bytes than when it came to be in doubt.
    """

    recipe: str
    fingerprint: str
    images: int
    left_out: int
    renewed: bool = False


class Standing(NamedTuple):
    """A run that a command goes on with, the inputs that it lacks, and its entries that are to go:
    nothing was paid for them, and their inputs are no more.
    """

    run: Run
    lacking: tuple[Source, ...] = ()
    gone: tuple[str, ...] = ()


def realm_of(session: Session) -> str:
    """What is made for trying out is no part of a real run, nor the other way round."""
    from seedcli.gateway.endpoint import parse_endpoint

    if session.settings.flag("sandbox"):
        return "sandbox"
    return "loopback" if parse_endpoint(session.settings.text("base_url") or "").is_loopback else ""


def survey(asked: Asked, journal: Journal, *, realm: str, fresh: str = "") -> Survey:
    """Walks through the inputs; `fresh` makes the command a run of its own."""
    plan = asked.output
    recipe = [asked.prompt, asked.parameters.as_sent(), plan.kind.value, plan.value, asked.count, fresh]
    if plan.kind is Placement.BESIDE:
        recipe.append(plan.folder)
    recipe += [realm] if realm else []
    head = hashlib.sha256(json.dumps(recipe, sort_keys=True).encode()).hexdigest()[:32]
    digest, images = hashlib.sha256(), 0
    inputs = asked.inputs(makers(journal))
    for source in inputs:
        digest.update(b"\0" + _key(source))
        images += asked.count
    fingerprint = f"{head}-{digest.hexdigest()[:32]}"
    sha256 = _new_bytes(journal, fingerprint)
    if sha256 is not None:
        fingerprint += f"-{sha256[:32]}"
    return Survey(head, fingerprint, images, inputs.left_out, renewed=sha256 is not None)


def find_run(asked: Asked, journal: Journal, found: Survey) -> Standing | None:
    """The unfinished run that has these inputs, or all of whose inputs are among these."""
    same = journal.unfinished_run(found.fingerprint)
    if same is not None:
        return Standing(same)
    if found.renewed:
        return None
    for run in journal.unfinished_runs(f"{found.recipe}-"):
        known, gone = set[int](), list[str]()
        for entry in journal.entries(run_id=run.id):
            if not _is_gone(entry):
                known.add(_short(entry.source))
            elif entry.state in (State.INTENDED, State.FAILED):
                gone.append(entry.id)
        inputs = asked.inputs(makers(journal))
        lacking = tuple(each for each in inputs if _short(each) not in known)
        if known and len(known) + len(lacking) == found.images // asked.count:
            return Standing(run, lacking, tuple(gone))
    return None


def _new_bytes(journal: Journal, fingerprint: str) -> str | None:
    """The SHA-256 of the one picture of a run that is in doubt, where it has been changed since: to send
    it is another request."""
    run = journal.unfinished_run(fingerprint)
    found = list(journal.entries(run_id=run.id, limit=2)) if run is not None else []
    if len(found) != 1 or found[0].state is not State.IN_DOUBT or found[0].source.path is None:
        return None
    try:
        with found[0].source.path.open("rb") as file:
            sha256 = files.sha256_of(file)
    except OSError:
        return None
    return None if sha256 == found[0].input_sha256 else sha256


def open_run(
    asked: Asked, journal: Journal, found: Survey, standing: Standing | None, *, gateway: str, resend: bool
) -> Run:
    """The run to be carried: gone on with, its failures to be tried again, or begun."""
    if standing is not None and standing.lacking:
        more = entries(standing.lacking, asked, gateway=gateway)
        extended = journal.extend_run(standing.run, found.fingerprint, entries=more)
        run = extended or journal.unfinished_run(found.fingerprint)
    else:
        run = standing.run if standing is not None else None
    if run is None:
        inputs = asked.inputs(makers(journal))
        return journal.start_run(
            found.fingerprint,
            command=f"edit {asked.prompt}",
            entries=entries(inputs, asked, gateway=gateway),
        )
    if standing is not None:
        journal.forget(entry_ids=standing.gone)
    journal.reopen(run.id, doubtful=resend)
    return run


def entries(sources: Iterable[Source], asked: Asked, *, gateway: str) -> Iterator[NewEntry]:
    """An entry for each result: every source, each variation of it."""
    from seedcli.journal import NewEntry

    for source in sources:
        size, mtime_ns = _identity(source)
        for variation, parameters in variations(asked):
            yield NewEntry(
                source,
                asked.prompt,
                parameters,
                asked.output,
                variation=variation,
                gateway=gateway,
                input_size=size,
                input_mtime_ns=mtime_ns,
            )


def variations(asked: Asked) -> Iterator[tuple[int, dict[str, Any]]]:
    """The parameters of each of `-N` results: seeds of the program's choice where the model takes one."""
    first = asked.parameters.seed
    for number in range(1, asked.count + 1):
        parameters = asked.parameters
        if asked.count > 1 and takes_seed(asked):
            import random

            chosen = random.randint(0, _HIGHEST_SEED) if first in (None, -1) else (first or 0) + number - 1
            parameters = parameters._replace(seed=chosen % (_HIGHEST_SEED + 1))
        yield number, parameters.as_sent()


def takes_seed(asked: Asked) -> bool:
    """Whether the model, where it is known, takes a seed."""
    from seedcli.gateway.models import resolve

    model = resolve(asked.parameters.model)
    return model is None or model.takes_seed


def makers(journal: Journal) -> Callable[[Path], Source | None]:
    """Whose result a file is: saved, or put in its place by a process killed before it could say so."""
    unrecorded = {
        path: entry.source
        for entry in journal.entries(states={State.ANSWERED}, limit=_MOST_UNRECORDED)
        for path in _places(entry)
    }
    return lambda path: unrecorded.get(path) or journal.made_from(path)


def _places(entry: Entry) -> Iterator[Path]:
    """The files at the names that the entry's result may have been given."""
    from seedcli.save import fields_of

    if entry.output.kind in (Placement.STDOUT, Placement.FILE):
        return
    for suffix in (".jpg", ".png", ".webp"):
        first, _ = files.destination(
            entry.output, source=entry.source, suffix=suffix, fields=fields_of(entry)
        )
        yield from itertools.takewhile(os.path.lexists, files.candidates(first))


def _key(source: Source) -> bytes:
    return str(source.path or source.text).encode("utf-8", "surrogateescape")


def _short(source: Source) -> int:
    """`_key` in little memory: a run may be long."""
    return int.from_bytes(hashlib.sha256(_key(source)).digest()[:7])


def _is_gone(entry: Entry) -> bool:
    """A file that can't be named any more, and whose result needs nothing."""
    path = entry.source.path
    return entry.state is not State.ANSWERED and path is not None and not os.path.exists(path)


def _identity(source: Source) -> tuple[int | None, int | None]:
    if source.kind is not SourceKind.FILE or source.path is None:
        return None, None
    try:
        stat = source.path.stat()
    except OSError:
        return None, None
    return stat.st_size, stat.st_mtime_ns
