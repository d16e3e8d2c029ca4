"""From an answer to a file in its place: download, check, put in place, record.

A result is paid for, so nothing here gives up on it: what can't be saved keeps its link, or its
bytes, in the journal, and `seedcli resume` tries again at no charge.
"""

from __future__ import annotations

import asyncio
import errno
import os
from collections.abc import Awaitable, Callable, Iterator
from contextlib import suppress
from dataclasses import dataclass, field
from functools import partial
from pathlib import Path
from typing import TYPE_CHECKING, BinaryIO
from urllib.parse import urljoin, urlsplit

from seedcli import files
from seedcli.clock import Clock, Deadline
from seedcli.errors import BadInput, BadOutput, Charged, NoJournal, SeedError, Unsaved
from seedcli.finish import Finish, finish
from seedcli.gateway.client import Gateway, PerhapsWhole
from seedcli.pictures.probe import Probe, check_complete
from seedcli.records import (
    Entry,
    Event,
    Listener,
    Outcome,
    OutputPlan,
    Placement,
    SourceKind,
    Stage,
    State,
    Status,
)

if TYPE_CHECKING:
    from seedcli.journal import Journal
    from seedcli.journal_writer import JournalWriter

_TRIES = 3
_SUFFIXES = {"jpeg": ".jpg", "tiff": ".tif"}
_RESUME = "'seedcli resume' finishes it at no charge."
STDOUT = "-"


@dataclass(frozen=True, slots=True)
class Saver:
    """Brings answered entries to their place on disk, or to `stdout`."""

    gateway: Gateway
    journal: JournalWriter
    clock: Clock
    listen: Listener
    spool: Path
    stdout: BinaryIO | None = None
    timeout_s: float = 300.0
    wanted: Finish = field(default_factory=Finish)
    sandbox: str | None = None
    cleaned: set[Path] = field(default_factory=set)

    def check_place(self, entry: Entry, *, input_bytes: int) -> None:
        """Before anything is sent: raises `BadOutput` when the result could not be kept."""
        path = entry.source.path if entry.source.kind is SourceKind.FILE else None
        beside = path.parent if path is not None else None
        files.check_output(entry.output, beside=beside, input_bytes=input_bytes)
        if entry.parameters.get("response_format") == "b64_json":
            files.check_room(self.spool, input_bytes=input_bytes)
        self._clear(self.folder(entry))

    async def save(self, entry: Entry, *, started_s: float, again: bool = False) -> Outcome:
        """Saves the first picture of `entry`'s answer; `again` says that an earlier process may have.

        Raises `Unsaved` when it can't be saved now.
        """
        try:
            if entry.output.kind is Placement.STDOUT and self.stdout is None:
                entry = entry._replace(output=OutputPlan(Placement.BESIDE, folder=str(Path.cwd())))
            folder = self.folder(entry)
            self._clear(folder)
            with files.stage(folder) as staged:
                probe = await self._fetch(entry, staged)
                self.listen(Event(entry.id, entry.source.text, Stage.SAVING))
                finished: tuple[str, ...] = ()
                if self.wanted != Finish():
                    finished = await asyncio.to_thread(
                        finish, entry, staged, wanted=self.wanted, spool=self.spool
                    )
                    probe = self._check(entry, staged)
                kept = await self._keep(entry, staged, probe, started_s=started_s, again=again)
                return kept._replace(finished=finished)
        except BadOutput as fault:
            raise _not_saved(entry, fault.message) from fault
        except OSError as fault:
            error = _not_saved(entry, f"{fault.filename or 'its place'}: {fault.strerror or fault}")
            error.stops_run = fault.errno in (errno.ENOSPC, errno.EDQUOT)
            raise error from fault

    def _clear(self, folder: Path) -> None:
        """Takes away what killed runs left in `folder`, when a result first goes there."""
        if folder not in self.cleaned:
            self.cleaned.add(folder)
            files.clean_leftovers(folder)

    def folder(self, entry: Entry) -> Path:
        """Where the result will be."""
        if entry.output.kind is Placement.STDOUT:
            return self.spool
        path, _ = files.destination(entry.output, source=entry.source, suffix=".jpg", fields=fields_of(entry))
        return path.parent

    async def _fetch(self, entry: Entry, staged: files.Staged) -> Probe:
        """The first whole picture among the kept bytes and the links, in the staged file."""
        deadline = Deadline.after(self.clock, self.timeout_s)
        ways: list[Callable[[], Awaitable[Probe]]] = [
            partial(self._download, entry, link, staged, deadline) for link in entry.links
        ]
        if (answer := self.kept_answer(entry)) is not None:
            ways.insert(0, partial(self._copy, entry, answer, staged))
        faults: list[Unsaved] = []
        for way in ways:
            try:
                return await way()
            except Unsaved as fault:
                faults.append(fault)
        gone = "the answer's bytes are gone from this machine"
        raise faults[0] if faults else _not_saved(entry, gone, hint=_lost(entry))

    async def _copy(self, entry: Entry, answer: Path, staged: files.Staged) -> Probe:
        import shutil

        with answer.open("rb") as kept:
            await asyncio.to_thread(shutil.copyfileobj, kept, staged.file, 1 << 18)
        return self._check(entry, staged)

    async def _download(self, entry: Entry, link: str, staged: files.Staged, deadline: Deadline) -> Probe:
        for attempt in range(1, _TRIES + 1):
            self.listen(Event(entry.id, entry.source.text, Stage.DOWNLOADING))
            broke_off: PerhapsWhole | None = None
            try:
                await self.gateway.download(
                    self._reachable(link),
                    target=staged.file,
                    deadline=deadline,
                    progress=self._progress(entry),
                )
            except PerhapsWhole as fault:
                broke_off = fault
            try:
                return self._check(entry, staged)
            except Unsaved as fault:
                if broke_off is not None or attempt == _TRIES or deadline.passed:
                    raise broke_off or fault from None
        raise AssertionError("the last try returns or raises")

    def kept_answer(self, entry: Entry) -> Path | None:
        """The bytes that came inside the answer; the state folder may have been moved since."""
        if entry.answer_path is None:
            return None
        path = Path(entry.answer_path)
        return next((place for place in (path, self.spool / path.name) if place.exists()), None)

    def _reachable(self, link: str) -> str:
        """Where `link` leads now: a sandbox of this command serves what an earlier one made."""
        return urljoin(self.sandbox, urlsplit(link).path) if self.sandbox else link

    def _progress(self, entry: Entry):  # type: ignore[no-untyped-def]  # a callback of two numbers
        def moved(done: int, total: int | None) -> None:
            self.listen(Event(entry.id, entry.source.text, Stage.DOWNLOADING, done, total))

        return moved

    def _check(self, entry: Entry, staged: files.Staged) -> Probe:
        staged.file.flush()
        staged.file.seek(0)
        try:
            return check_complete(staged.file)
        except (ValueError, BadInput) as fault:
            why = str(fault).removeprefix("the input: ")
            hint = _RESUME if entry.links else _lost(entry)
            raise _not_saved(entry, f"the result is not a whole picture ({why})", hint=hint) from fault

    async def _keep(
        self, entry: Entry, staged: files.Staged, probe: Probe, *, started_s: float, again: bool
    ) -> Outcome:
        staged.file.seek(0, os.SEEK_END)
        size = staged.file.tell()
        staged.file.seek(0)
        sha256 = files.sha256_of(staged.file)
        saved = entry._replace(
            state=State.SAVED,
            charged=Charged.YES,
            output_sha256=sha256,
            output_bytes=size,
            output_format=probe.format,
            output_width=probe.width,
            output_height=probe.height,
        )
        found = await self._found(saved, staged) if again else None
        warnings: tuple[str, ...] = ()
        if found is None:
            place, warnings = await asyncio.to_thread(self._put, saved, staged)
        else:
            place = str(found)
        elapsed_s = round(self.clock.monotonic() - started_s, 3)
        return await self._record(saved._replace(output_path=place, elapsed_s=elapsed_s), warnings)

    def _destination(self, entry: Entry, staged: files.Staged) -> tuple[Path, bool]:
        suffix = _SUFFIXES.get(entry.output_format or "", f".{entry.output_format}")
        limit = files.name_limit(staged.path.parent)
        return files.destination(
            entry.output, source=entry.source, suffix=suffix, fields=fields_of(entry), limit=limit
        )

    async def _found(self, entry: Entry, staged: files.Staged) -> Path | None:
        """The result, where an earlier process put it in place and could not record it.

        One that is recorded belongs to another edit, though it may have the same bytes.
        """
        if entry.output.kind is Placement.STDOUT:
            return None
        path, _ = self._destination(entry, staged)
        same = await asyncio.to_thread(_of_same_bytes, files.candidates(path), entry)
        with suppress(NoJournal):
            if same:
                return await self.journal.do(lambda journal: _unrecorded(journal, same))
        return None

    def _put(self, entry: Entry, staged: files.Staged) -> tuple[str, tuple[str, ...]]:
        """Puts the staged file in place; returns where, and what the user should know of it."""
        if entry.output.kind is Placement.STDOUT and self.stdout is not None:
            files.pour(staged, self.stdout)
            return STDOUT, ()
        path, exact = self._destination(entry, staged)
        if exact and entry.output.force and not path.is_dir():
            return str(files.place(staged, path, replace=True)), ()
        placed = files.place(staged, files.candidates(path))
        moved = exact and placed != path
        warnings = (f"{path} appeared in the meantime; the result is {placed}",) if moved else ()
        return str(placed), warnings

    async def _record(self, saved: Entry, warnings: tuple[str, ...]) -> Outcome:
        """After the commit point: the picture is there, and a fault is a warning."""
        try:
            recorded = await self.journal.do(
                lambda journal: journal.saved(
                    saved.id,
                    output_path=None if saved.output_path == STDOUT else Path(saved.output_path or ""),
                    output_sha256=saved.output_sha256,
                    output_bytes=saved.output_bytes,
                    output_format=saved.output_format,
                    output_width=saved.output_width,
                    output_height=saved.output_height,
                    elapsed_s=saved.elapsed_s,
                )
            )
        except NoJournal as fault:
            lapse = f"saved, but not recorded: {fault.message}"
            return Outcome(saved, Status.SAVED, warnings=(*warnings, lapse))
        if (answer := self.kept_answer(saved)) is not None:
            with suppress(OSError):  # the spool is swept later
                answer.unlink()
        return Outcome(recorded._replace(output_path=saved.output_path), Status.SAVED, warnings=warnings)


def fields_of(entry: Entry) -> dict[str, object]:
    """What an entry's template may name beside what follows from the input."""
    return {
        "seed": entry.parameters.get("seed", "random"),
        "model": entry.parameters.get("model", "default"),
        "n": entry.variation,
        "id": entry.id,
    }


def _of_same_bytes(candidates: Iterator[Path], entry: Entry) -> list[Path]:
    """Those of the candidates that are there and hold the result of `entry`."""
    same = []
    for candidate in candidates:
        try:
            with candidate.open("rb") as file:
                same_size = os.fstat(file.fileno()).st_size == entry.output_bytes
                if same_size and files.sha256_of(file) == entry.output_sha256:
                    same.append(candidate)
        except OSError:
            break
    return same


def _unrecorded(journal: Journal, paths: list[Path]) -> Path | None:
    return next((path for path in paths if not journal.is_output(path.absolute())), None)


def is_lost(entry: Entry) -> bool:
    """Whether the answer, which came whole, can never become a picture: its bytes are none, or gone,
    and there is no job to ask for them again."""
    if entry.state is not State.ANSWERED or entry.links:
        return False
    if entry.answer_path is None:
        return True
    try:
        check_complete(Path(entry.answer_path))
    except FileNotFoundError:
        return entry.job_set_id is None
    except (ValueError, BadInput):
        return True
    return False


def _lost(entry: Entry) -> str:
    kept = f" What came is kept in {entry.answer_path}." if entry.answer_path else ""
    return f"'seedcli resume' can't finish it; 'seedcli history show {entry.id}' says what can be done.{kept}"


def _not_saved(entry: Entry, problem: str, *, hint: str = _RESUME) -> SeedError:
    link = f"; it is at {entry.links[0]}" if entry.links else ""
    return Unsaved(f"the result could not be saved: {problem}{link}", hint=hint)
