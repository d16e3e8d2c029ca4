"""What `seedcli batch` does with a manifest on disk: checked whole, then sent as one run."""

from __future__ import annotations

import hashlib
import io
import os
from collections import Counter
from collections.abc import Iterable, Iterator, Mapping
from dataclasses import dataclass, field
from pathlib import Path
from typing import TYPE_CHECKING, Any, BinaryIO

from seedcli.cli import afterwards
from seedcli.cli.batch_rows import Planned, Planner, keys_of
from seedcli.cli.session import Session, open_session
from seedcli.errors import BadInput, SeedError, UsageError
from seedcli.manifest import BadRow, format_of, read_rows
from seedcli.records import Entry, Run, State

if TYPE_CHECKING:
    from seedcli.cli.work import Desk
    from seedcli.journal import Journal, NewEntry

_MADE = frozenset({State.SAVED, State.ACCEPTED, State.ANSWERED})


def run_batch(manifest: str, given: Mapping[str, Any]) -> int:
    """The whole command; returns its exit code."""
    session = open_session(given)
    form = format_of(manifest, session.settings.text("format"))
    if manifest == "-":
        from seedcli.cli.batch_stream import run_stream

        return run_stream(session, form=form)
    return _run(session, Manifest.open(session, manifest, form=form))


@dataclass(slots=True)
class Manifest:
    """A file of rows, read as often as it is needed: it may be longer than memory is large."""

    name: str
    form: str
    planner: Planner
    data: bytes | None = None

    @classmethod
    def open(cls, session: Session, name: str, *, form: str) -> Manifest:
        """Raises `BadInput` for a file that can't be read."""
        planner = Planner.read(session.settings, folder=_folder_of(name))
        found = cls(name, form, planner)
        try:
            if not Path(name).is_file():
                found.data = Path(name).read_bytes()  # a pipe such as <(make-rows) gives its rows once
            else:
                found._open().close()
        except OSError as fault:
            raise BadInput(f"{name}: {fault.strerror}", hint="Check the name.") from fault
        return found

    def rows(self) -> Iterator[Planned | BadRow]:
        self.planner.begin()
        with self._open() as file:
            for row in read_rows(file, form=self.form):
                if isinstance(row, BadRow):
                    yield row
                    continue
                try:
                    yield self.planner.plan(row)
                except SeedError as fault:
                    yield BadRow(row.line, fault.message, fault.hint)

    def planned(self) -> Iterator[Planned]:
        """The rows again, after all of them were found good."""
        for row in self.rows():
            if isinstance(row, BadRow):
                raise BadInput(f"{self.name}:{row.line}: {row.message}", hint=row.hint)
            yield row

    def _open(self) -> BinaryIO:
        return io.BytesIO(self.data) if self.data is not None else Path(self.name).open("rb")


@dataclass(slots=True)
class Checked:
    """What a look at every row came to.

    `doubtful` holds the rows that are bad unless they were carried out before, with their results' keys.
    """

    recipe: str
    rows: int = 0
    images: int = 0
    bad: list[BadRow] = field(default_factory=list)
    doubtful: list[tuple[tuple[int, ...], BadRow]] = field(default_factory=list)
    seedless: int = 0
    digest: Any = field(default_factory=hashlib.sha256)

    @property
    def fingerprint(self) -> str:
        return f"{self.recipe}-{self.digest.hexdigest()[:32]}"


@dataclass(frozen=True, slots=True)
class Standing:
    """An unfinished run of the manifest: how many results it lacks, and what is in no row any more."""

    run: Run
    lacking: Counter[int] = field(default_factory=Counter)
    gone: tuple[str, ...] = ()


def _folder_of(name: str) -> str:
    """Where a manifest's relative paths start: a pipe such as <(make-rows) is in no folder of the user's."""
    return "" if name.startswith(("/dev/", "/proc/")) else os.path.dirname(name)


def _run(session: Session, manifest: Manifest) -> int:
    checked = _check(session, manifest)
    if session.settings.flag("dry_run"):
        _refuse_bad(session, manifest, checked)
        from seedcli.cli.dry_run import print_all

        return print_all(session, ((row.source, row.asked) for row in manifest.planned()))
    from seedcli.cli.work import opened_desk

    session.reporter.afterwards += afterwards.steps(session)
    with opened_desk(session) as desk:
        return _send(session, desk, manifest, checked)


def _check(session: Session, manifest: Manifest) -> Checked:
    """Tells of every bad row; raises `BadInput` where there is one, or no row at all."""
    from seedcli.cli.runs import realm_of, takes_seed

    realm = realm_of(session)
    recipe = "\0".join(("batch", os.path.abspath(manifest.name), *([realm] if realm else [])))
    checked = Checked(hashlib.sha256(os.fsencode(recipe)).hexdigest()[:32])
    for row in manifest.rows():
        checked.rows += 1
        if isinstance(row, BadRow):
            checked.bad.append(row)
            continue
        checked.images += row.asked.count
        checked.seedless += row.asked.count > 1 and not takes_seed(row.asked)
        keys = tuple(row.result_keys())
        if row.fault is not None:
            checked.doubtful.append((keys, row.fault))
        for key in keys:
            checked.digest.update(key.to_bytes(7))
    if checked.bad:
        _refuse_bad(session, manifest, checked)
    if not checked.rows:
        raise BadInput(f"{manifest.name}: no rows in it", hint="seedcli help batch shows what a row is.")
    if checked.seedless:
        session.reporter.say(
            "where the model takes no seed, a row's results can't be told apart or made again"
        )
    return checked


def complain_of(session: Session, name: str, row: BadRow) -> None:
    """One line on standard error for a row that can't be used."""
    hint = f" {row.hint}" if row.hint else ""
    session.reporter.say(f"{name}:{row.line}: {row.message}.{hint}")


def _refuse_bad(session: Session, manifest: Manifest, checked: Checked) -> None:
    """Raises `UsageError` where rows were found bad, and are so still."""
    bad = sorted((*checked.bad, *(row for _, row in checked.doubtful)), key=lambda row: row.line)
    for row in bad:
        complain_of(session, manifest.name, row)
    if bad:
        rows = "1 row" if checked.rows == 1 else f"{checked.rows} rows"
        raise UsageError(
            f"{len(bad)} of {rows} can't be used; nothing was sent", hint="Put them right, or take them out."
        )


def _clear_of_doubt(checked: Checked, done: Iterable[Entry]) -> None:
    """A row whose results are made needs no picture any more, and its output is its own."""
    made = {key for entry in done for key in keys_of(entry)} if checked.doubtful else set()
    checked.doubtful = [each for each in checked.doubtful if not made.issuperset(each[0])]


def _send(session: Session, desk: Desk, manifest: Manifest, checked: Checked) -> int:
    from seedcli.cli.budget import check_budget

    journal, resend = desk.journal, session.settings.flag("resend")
    standing = _find(journal, manifest, checked)
    if standing is not None:
        _clear_of_doubt(checked, journal.entries(run_id=standing.run.id, states=_MADE))
    _refuse_bad(session, manifest, checked)
    more = standing.lacking.total() if standing is not None else checked.images
    run = standing.run if standing is not None else None
    check_budget(session, journal, run=run, more=more, resend=resend)
    run = _open(desk, manifest, checked, standing, resend=resend)
    return desk.run(
        lambda batch: batch.finish_run(run.id),
        jobs=session.settings.whole("jobs"),
        total=checked.images,
        run_id=run.id,
    )


def _find(journal: Journal, manifest: Manifest, checked: Checked) -> Standing | None:
    """The unfinished run with these rows, or the newest of this manifest as it was before."""
    same = journal.unfinished_run(checked.fingerprint)
    if same is not None:
        return Standing(same)
    for run in journal.unfinished_runs(f"{checked.recipe}-"):
        lacking = Counter(key for row in manifest.planned() for key in row.result_keys())
        gone, known = [], 0
        for entry in journal.entries(run_id=run.id):
            key = next((key for key in keys_of(entry) if lacking[key]), None)
            if key is not None:
                lacking[key] -= 1
                known += 1
            elif entry.state in (State.INTENDED, State.FAILED):
                gone.append(entry.id)
        if known:
            return Standing(run, lacking, tuple(gone))
    return None


def _open(
    desk: Desk, manifest: Manifest, checked: Checked, standing: Standing | None, *, resend: bool
) -> Run:
    """The run to be carried: begun, or gone on with as the manifest is now."""
    journal, gateway = desk.journal, desk.gate.endpoint.origin
    if standing is None:
        rows = (new for row in manifest.planned() for new in row.entries(gateway=gateway))
        return journal.start_run(checked.fingerprint, command=f"batch {manifest.name}", entries=rows)
    run = standing.run
    if run.fingerprint != checked.fingerprint:
        lacking = _lacking(manifest, standing.lacking, gateway=gateway)
        extended = journal.extend_run(run, checked.fingerprint, entries=lacking)
        run = extended or journal.unfinished_run(checked.fingerprint) or run
        if extended is not None:  # what no row asks for any more, and nothing was paid for
            journal.forget(entry_ids=standing.gone)
    journal.reopen(run.id, doubtful=resend)
    return run


def _lacking(manifest: Manifest, wanted: Counter[int], *, gateway: str) -> Iterator[NewEntry]:
    left = wanted.copy()
    for row in manifest.planned():
        for key, new in zip(row.result_keys(), row.entries(gateway=gateway), strict=True):
            if left[key] > 0:
                left[key] -= 1
                yield new
