"""One image's life: prepare ▶ record the intent ▶ submit ▶ follow ▶ save ▶ record.

Every step that could cost money or lose a result is written to the journal before the next
one begins, so that another process can go on from any of them.
"""

from __future__ import annotations

import asyncio
import hashlib
import json
import time
from collections.abc import Callable, Collection
from contextlib import suppress
from pathlib import Path
from typing import TYPE_CHECKING

from seedcli.clock import Deadline
from seedcli.edit_limits import limits_for
from seedcli.errors import (
    BadInput,
    Charged,
    InDoubt,
    Interrupted,
    JobFailed,
    Moderated,
    NoJournal,
    NotFound,
    Pending,
    SeedError,
    Unsaved,
    UsageError,
)
from seedcli.gateway.client import Upload
from seedcli.pictures.prepare import Prepared, prepare
from seedcli.pictures.probe import check_complete
from seedcli.places import Place
from seedcli.records import (
    Answer,
    Entry,
    Failure,
    Job,
    JobState,
    Outcome,
    SourceKind,
    Stage,
    State,
    Status,
)
from seedcli.sending import Sender
from seedcli.tools import Policy, Tools

if TYPE_CHECKING:
    from seedcli.journal import Journal

_PAID = frozenset({State.ACCEPTED, State.ANSWERED})
_FINAL = (JobFailed, Moderated)


class Editor:
    """Carries entries of the journal, each claimed by this process, to their end.

    Any number may be carried at the same time; `jobs` of them at most are at the gateway, from
    their request to its answer, or to the end of the job that it began.
    """

    def __init__(self, tools: Tools, policy: Policy, *, jobs: int) -> None:
        self._tools = tools
        self._policy = policy
        self._journal = tools.journal
        self._sender = Sender(tools, policy)
        self._preparing = asyncio.Semaphore(2)
        self._places = asyncio.Semaphore(jobs)
        self._lapses: dict[str, tuple[str, ...]] = {}

    async def carry(self, entry: Entry) -> Outcome:
        """Takes `entry` from where it stands to its end; never raises for a failure of this image.

        What it raises is cancellation, after what that means for the bill has been recorded.
        """
        started_s = self._tools.clock.monotonic()
        fresh = entry.state is State.INTENDED
        try:
            with Place(self._places, self._tools.clock) as place:
                if entry.state is State.INTENDED:
                    entry = await self._send(entry, place)
                elif entry.state is State.ACCEPTED:
                    await place.take()
                if entry.state is State.ACCEPTED:
                    entry = await self._follow(entry, fresh=fresh)
            # The wait for a place is the run's time, not the image's.
            started_s += place.waited_s
            outcome = await self._save(entry, started_s=started_s, again=not fresh)
        except SeedError as error:
            outcome = await self._record_failure(entry, error)
        except asyncio.CancelledError:
            with suppress(NoJournal):  # what was sent is recorded already, and no longer ours
                await self._journal.do(lambda journal: journal.release(entry.id))
            raise
        lapses = self._lapses.pop(entry.id, ())
        return outcome._replace(warnings=(*lapses, *outcome.warnings))

    async def _send(self, entry: Entry, place: Place) -> Entry:
        self._tools.stop.check()
        if entry.source.kind is SourceKind.URL:
            link = entry.source.text
            await asyncio.to_thread(self._tools.saver.check_place, entry, input_bytes=0)
            entry = await self._intend(entry, image_sha256=hashlib.sha256(link.encode()).hexdigest())
            return await self._submit(entry, link, place)
        self._tools.announce(entry, Stage.READING)
        async with self._preparing:
            prepared, said = await asyncio.to_thread(self._prepare, entry)
        try:
            entry = await self._intend(entry, image_sha256=prepared.sha256, prepared=prepared, said=said)
            upload = Upload(
                path=prepared.path, size=prepared.size, sha256=prepared.sha256, mime=prepared.mime
            )
            return await self._submit(entry, upload, place)
        finally:
            if prepared.temporary:
                prepared.path.unlink(missing_ok=True)

    def _prepare(self, entry: Entry) -> tuple[Prepared, str | None]:
        """All that is read before a picture is sent, in one thread: its place, itself, its maker."""
        self._tools.saver.check_place(entry, input_bytes=entry.input_size or 0)
        if entry.source.path is None:
            raise BadInput(
                f"{entry.source.text}: the picture came from standard input and is gone",
                hint="Give the picture again.",
            )
        prepared = prepare(
            entry.source.path,
            limits=limits_for(entry.parameters.get("model"), unchecked=self._policy.unchecked),
            folder=self._tools.spool,
            options=self._policy.prepare,
            name=entry.source.title,
        )
        return prepared, _said_maker(entry.source.path)

    async def _intend(
        self, entry: Entry, *, image_sha256: str, prepared: Prepared | None = None, said: str | None = None
    ) -> Entry:
        """Records what will be sent; raises `InDoubt` when the same request already is in doubt."""
        key = request_key(entry, image_sha256=image_sha256, sandbox=self._policy.sandbox)

        def record(journal: Journal) -> Entry:
            """The entry, or in its place the earlier one that is in doubt."""
            if not self._policy.resend:
                earlier = journal.doubtful(key, besides_run=entry.run_id)
                if earlier is not None and earlier.state is State.IN_DOUBT:
                    return earlier
            return journal.prepared(
                entry.id,
                input_sha256=prepared.source_sha256 if prepared else None,
                image_sha256=image_sha256,
                request_key=key,
                input_width=prepared.source_width if prepared else None,
                input_height=prepared.source_height if prepared else None,
                prepared=prepared.changes if prepared else (),
                parent_id=_parent(journal, prepared, said),
            )

        recorded = await self._journal.do(record)
        if recorded.id != entry.id:
            raise already_in_doubt(recorded)
        return recorded

    async def _submit(self, entry: Entry, upload: Upload | str, place: Place) -> Entry:
        if self._places.locked():
            self._tools.announce(entry, Stage.WAITING)
        await place.take()
        answer = await self._sender.submit(entry, upload)
        if answer.job is None:
            place.give_back()
        return await self._record_answer(entry, answer)

    async def _record_answer(self, entry: Entry, answer: Answer) -> Entry:
        """Makes the answer durable. It is paid for: a journal that fails now loses nothing.

        Of several pictures inside it the first whole one is kept.
        """
        pictures = _whole_first(answer.files)  # not in a thread: nothing may come in between
        known = entry._replace(
            state=State.ANSWERED if answer.has_picture else State.ACCEPTED,
            job_set_id=answer.job.job_set_id if answer.job else entry.job_set_id,
            links=answer.links,
            answer_path=str(pictures[0]) if pictures else None,
            usage=answer.usage,
            charged=Charged.YES,
        )
        try:
            recorded = await self._journal.do(lambda journal: _record(journal, known, answer.job))
        except NoJournal as fault:
            self._lapses[entry.id] = (f"the answer could not be recorded: {fault.message}",)
            return known
        for picture in pictures[1:]:
            picture.unlink(missing_ok=True)
        return recorded

    async def _follow(self, entry: Entry, *, fresh: bool) -> Entry:
        """Polls the job until it has made its picture; with `wait` off looks once at most."""
        job = entry.job_set_id or ""
        if not self._policy.wait:
            answer = None if fresh else await self._look(entry, job)
            if answer is None:
                raise Pending(f"job {job} is accepted and still running", hint=f"seedcli poll {job}")
            return await self._record_answer(entry, answer)
        self._tools.announce(entry, Stage.FOLLOWING, note=job)
        answer = await self._tools.stop.race(
            self._tools.gateway.follow(
                job,
                deadline=Deadline.after(self._tools.clock, self._policy.timeout_s),
                interval_s=self._policy.poll_interval_s,
                fresh=fresh,
                on_look=lambda word: self._tools.announce(entry, Stage.FOLLOWING, note=word),
                spool=self._tools.answer_folders(entry),
            ),
            otherwise=Pending(f"stopped while job {job} was running", hint=f"seedcli poll {job}"),
        )
        return await self._record_answer(entry, answer)

    async def _look(self, entry: Entry, job: str) -> Answer | None:
        from seedcli.gateway.follow import LONGEST_LOOK_S  # here: most edits are answered with their picture

        deadline = Deadline.after(self._tools.clock, min(LONGEST_LOOK_S, self._policy.timeout_s))
        report = await self._tools.gateway.poll(
            job, deadline=deadline, spool=self._tools.answer_folders(entry)
        )
        if report.state is JobState.FAILED:
            raise report.error or JobFailed(f"job {job} failed")
        return report.answer if report.state is JobState.SUCCEEDED else None

    async def _save(self, entry: Entry, *, started_s: float, again: bool) -> Outcome:
        """Puts the picture in its place. A link of an earlier command that leads to none any more is
        asked for anew where a job made it: links expire, and asking is free."""
        saver = self._tools.saver
        try:
            return await saver.save(entry, started_s=started_s, again=again)
        except Unsaved:
            renewed = await self._renewed(entry) if again else None
            if renewed is None:
                raise
            return await saver.save(renewed, started_s=started_s, again=again)

    async def _renewed(self, entry: Entry) -> Entry | None:
        """`entry` with the links that its job gives now, None when they are no others."""
        if not entry.job_set_id or self._tools.saver.kept_answer(entry) or self._tools.stop.requested:
            return None
        try:
            answer = await self._look(entry, entry.job_set_id)
        except SeedError:
            return None
        if answer is None or not answer.has_picture or (answer.links == entry.links and not answer.files):
            return None
        return await self._record_answer(entry, answer)

    async def _record_failure(self, entry: Entry, error: SeedError) -> Outcome:
        """Writes down how the image ended, or where it paused."""
        if error.stops_run:
            self._tools.stop.request(reason=error)
        standing = await self._standing(entry)
        sent_by_us = standing.attempts > 0
        unknown_job = isinstance(error, NotFound) and not sent_by_us
        pause = standing.state in _PAID and not unknown_job and not isinstance(error, _FINAL)
        still_running = isinstance(error, Pending)
        if pause and sent_by_us and not isinstance(error, Unsaved):
            error = _kept(error)
        failure = Failure.of(error)
        try:
            recorded = await self._journal.do(_ending(standing.id, error, pause=pause))
        except NoJournal as fault:
            ended = standing._replace(charged=error.charged, error=failure)
            return Outcome(ended, _status(error), failure, warnings=(fault.message,))
        if still_running and self._policy.pending_is_success:
            return Outcome(recorded, Status.PENDING)
        return Outcome(recorded, _status(error), failure)

    async def _standing(self, entry: Entry) -> Entry:
        """The entry as the journal has it: a step may have recorded more before it failed."""
        try:
            standing = await self._journal.do(lambda journal: journal.entry(entry.id))
        except SeedError:
            return entry
        return entry if entry.state in _PAID and standing.state not in _PAID else standing


def request_key(entry: Entry, *, image_sha256: str, sandbox: bool) -> str:
    """What makes two requests the same one: image bytes, prompt and parameters as sent.

    What goes to a sandbox of the program's own never stands in the way of a real request.
    """
    parts = [image_sha256, entry.prompt, entry.parameters, *(["sandbox"] if sandbox else [])]
    return hashlib.sha256(json.dumps(parts, sort_keys=True).encode()).hexdigest()


class SameInDoubt(InDoubt):
    """The refusal to send a request again that may have been billed before."""


def already_in_doubt(earlier: Entry) -> SameInDoubt:
    """Names the earlier attempt, and what a person can do."""
    when = time.strftime("%Y-%m-%d %H:%M", time.localtime(earlier.updated_at))
    return SameInDoubt(
        f"the same request is in doubt: {earlier.id}, sent {when}, may have been billed",
        hint=f"Look at it with 'seedcli history show {earlier.id}'; --resend sends it once more.",
    )


def _said_maker(path: Path | None) -> str | None:
    """The edit that the input says it is the result of (`--embed`): its bytes may have changed since."""
    if path is None:
        return None
    from seedcli.pictures.origin import read_origin

    try:
        origin = read_origin(path)
    except (BadInput, ValueError, OSError):
        return None
    return origin.entry_id if origin else None


def _parent(journal: Journal, prepared: Prepared | None, said: str | None) -> str | None:
    """The edit whose result this input is, by its bytes or by what it says of itself."""
    maker = journal.by_output_sha256(prepared.source_sha256) if prepared else None
    if maker is None and said:
        with suppress(UsageError):
            maker = journal.entry(said)
    return maker.id if maker else None


def _whole_first(pictures: Collection[Path]) -> list[Path]:
    """Those that go on to their own end before those that don't, each in the answer's order."""
    if len(pictures) < 2:
        return list(pictures)
    return sorted(pictures, key=lambda picture: not _is_whole(picture))


def _is_whole(picture: Path) -> bool:
    try:
        check_complete(picture)
    except (ValueError, BadInput, OSError):
        return False
    return True


def _record(journal: Journal, known: Entry, job: Job | None) -> Entry:
    if job is not None:
        accepted = journal.accepted(known.id, job_set_id=job.job_set_id, usage=known.usage)
        if known.state is State.ACCEPTED:
            return accepted
    answer_path = Path(known.answer_path) if known.answer_path else None
    return journal.answered(known.id, links=known.links, answer_path=answer_path, usage=known.usage)


def _ending(entry_id: str, error: SeedError, *, pause: bool) -> Callable[[Journal], Entry]:
    """The journal's call that records `error` as the end, or with `pause` the pause, of an entry."""
    failure = Failure.of(error)
    if isinstance(error, Interrupted):
        return lambda journal: _released(journal, entry_id)
    if pause or isinstance(error, Unsaved):
        return lambda journal: journal.unsaved(entry_id, failure=failure)
    if isinstance(error, InDoubt) and not isinstance(error, SameInDoubt):
        return lambda journal: journal.in_doubt(entry_id, failure=failure, answer_text=error.answer_text)
    return lambda journal: journal.failed(entry_id, failure=failure)


def _released(journal: Journal, entry_id: str) -> Entry:
    journal.release(entry_id)
    return journal.entry(entry_id)


def _kept(error: SeedError) -> Pending:
    """What stopped the following of a job that is paid for: it can be gone on with."""
    return Pending(f"accepted, but {error.message}", hint=error.hint, http_status=error.http_status)


def _status(error: SeedError) -> Status:
    return Status.PENDING if isinstance(error, Unsaved) else Status.FAILED
