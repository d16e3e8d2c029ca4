"""One image's life: prepare ▶ record the intent ▶ submit ▶ follow ▶ save ▶ record.

Every step that could cost money or lose a result is written to the journal before the next
one begins, so that another process can go on from any of them.
"""

from __future__ import annotations

import asyncio
import functools
import hashlib
import itertools
import json
import random
import time
from collections.abc import Callable
from dataclasses import dataclass, field, replace
from pathlib import Path
from typing import TYPE_CHECKING

from seedcli.clock import Clock, Deadline
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
    RateLimited,
    SeedError,
    Undelivered,
    Unsaved,
)
from seedcli.gateway.client import Delivery, Gateway, Upload
from seedcli.gateway.retry import RetryPolicy, next_delay
from seedcli.pace import Pace
from seedcli.pictures.prepare import Prepared, PrepareOptions, prepare
from seedcli.records import (
    Answer,
    Entry,
    Event,
    Failure,
    JobState,
    Listener,
    Outcome,
    Parameters,
    SourceKind,
    Stage,
    State,
    Status,
)
from seedcli.save import Saver
from seedcli.stop import Stop

if TYPE_CHECKING:
    from seedcli.journal import Journal
    from seedcli.journal_writer import JournalWriter

_PAID = frozenset({State.ACCEPTED, State.ANSWERED})
_FINAL = (JobFailed, Moderated)
DOUBT_HINT = "It is not sent again unless you say so (--resend): it may have been billed."


@dataclass(frozen=True, slots=True)
class Policy:
    """What the user asked of every image of a command. Times are in seconds."""

    timeout_s: float = 300.0
    poll_interval_s: float = 5.0
    wait: bool = True
    retry: RetryPolicy = field(default_factory=RetryPolicy)
    server_errors: bool = False
    resend: bool = False
    unchecked: bool = False
    sandbox: bool = False
    pending_is_success: bool = False
    prepare: PrepareOptions = field(default_factory=PrepareOptions)


@dataclass(frozen=True, slots=True)
class Tools:
    """What an edit works with; one set for all images of a command."""

    gateway: Gateway
    journal: JournalWriter
    saver: Saver
    clock: Clock
    pace: Pace
    stop: Stop
    listen: Listener
    spool: Path
    random: Callable[[], float] = random.random


class Editor:
    """Carries entries of the journal, each claimed by this process, to their end."""

    def __init__(self, tools: Tools, policy: Policy) -> None:
        self._tools = tools
        self._policy = policy
        self._journal = tools.journal
        self._preparing = asyncio.Semaphore(2)
        self._lapses: dict[str, tuple[str, ...]] = {}

    async def carry(self, entry: Entry) -> Outcome:
        """Takes `entry` from where it stands to its end; never raises for a failure of this image.

        What it raises is cancellation, after what that means for the bill has been recorded.
        """
        started_s = self._tools.clock.monotonic()
        fresh = entry.state is State.INTENDED
        try:
            if entry.state is State.INTENDED:
                entry = await self._send(entry)
            if entry.state is State.ACCEPTED:
                entry = await self._follow(entry, fresh=fresh)
            outcome = await self._tools.saver.save(entry, started_s=started_s, again=not fresh)
        except SeedError as error:
            outcome = await self._record_failure(entry, error, fresh=fresh)
        except asyncio.CancelledError:
            await self._journal.do(lambda journal: journal.release(entry.id))
            raise
        lapses = self._lapses.pop(entry.id, ())
        return replace(outcome, warnings=(*lapses, *outcome.warnings))

    async def _send(self, entry: Entry) -> Entry:
        self._tools.stop.check()
        await asyncio.to_thread(self._tools.saver.check_place, entry, input_bytes=entry.input_size or 0)
        if entry.source.kind is SourceKind.URL:
            link = entry.source.text
            entry = await self._intend(entry, image_sha256=hashlib.sha256(link.encode()).hexdigest())
            return await self._submit(entry, link)
        async with self._preparing:
            prepared = await self._prepare(entry)
        try:
            entry = await self._intend(entry, image_sha256=prepared.sha256, prepared=prepared)
            upload = Upload(
                path=prepared.path, size=prepared.size, sha256=prepared.sha256, mime=prepared.mime
            )
            return await self._submit(entry, upload)
        finally:
            if prepared.temporary:
                prepared.path.unlink(missing_ok=True)

    async def _prepare(self, entry: Entry) -> Prepared:
        self._announce(entry, Stage.READING)
        if entry.source.path is None:
            raise BadInput(
                f"{entry.source.text}: the picture came from standard input and is gone",
                hint="Give the picture again.",
            )
        return await asyncio.to_thread(
            prepare,
            entry.source.path,
            limits=limits_for(entry.parameters.get("model"), unchecked=self._policy.unchecked),
            folder=self._tools.spool,
            options=self._policy.prepare,
        )

    async def _intend(self, entry: Entry, *, image_sha256: str, prepared: Prepared | None = None) -> Entry:
        """Records what will be sent; raises `InDoubt` when the same request already is in doubt."""
        key = request_key(entry, image_sha256=image_sha256, sandbox=self._policy.sandbox)
        if not self._policy.resend:
            earlier = await self._journal.do(lambda journal: journal.doubtful(key, besides_run=entry.run_id))
            if earlier is not None and earlier.state is State.IN_DOUBT:
                raise already_in_doubt(earlier)
        return await self._journal.do(
            lambda journal: journal.prepared(
                entry.id,
                input_sha256=prepared.source_sha256 if prepared else None,
                image_sha256=image_sha256,
                request_key=key,
                input_width=prepared.source_width if prepared else None,
                input_height=prepared.source_height if prepared else None,
                prepared=prepared.changes if prepared else (),
                parent_id=_parent(journal, prepared),
            )
        )

    async def _submit(self, entry: Entry, upload: Upload | str) -> Entry:
        """Sends until it is answered, or certainly can't be, or might have been."""
        deadline: Deadline | None = None
        for attempt in itertools.count(1):
            await self._take_turn(entry, deadline)
            deadline = deadline or Deadline.after(self._tools.clock, self._policy.timeout_s)
            entry = await self._journal.do(functools.partial(_sent, entry.id))
            try:
                answer = await self._post(entry, upload, deadline)
            except (Undelivered, InDoubt) as error:
                await self._wait_to_retry(entry, error, attempt=attempt, deadline=deadline)
            else:
                return await self._record_answer(entry, answer)
        raise AssertionError("itertools.count ended")

    async def _take_turn(self, entry: Entry, deadline: Deadline | None) -> None:
        clock, pace, stop = self._tools.clock, self._tools.pace, self._tools.stop
        delay_s = pace.reserve(clock.monotonic())
        while delay_s > 0:
            self._announce(entry, Stage.WAITING, note="for the gateway's pace")
            await stop.sleep(delay_s, deadline=deadline)
            stop.check()
            if deadline is not None and deadline.passed:
                raise RateLimited("the gateway kept refusing for too many requests (429)")
            delay_s = pace.held(clock.monotonic())
        stop.check()

    async def _post(self, entry: Entry, upload: Upload | str, deadline: Deadline) -> Answer:
        """One POST. When it is cancelled, what that means for the bill is recorded first."""
        delivery = Delivery()
        try:
            return await self._tools.gateway.submit(
                upload,
                prompt=entry.prompt,
                parameters=Parameters(**entry.parameters),
                deadline=deadline,
                spool=self._tools.spool,
                delivery=delivery,
                progress=lambda done, total: self._announce(
                    entry, Stage.UPLOADING if done < total else Stage.EDITING, done=done, total=total
                ),
            )
        except asyncio.CancelledError:
            if delivery.whole:
                doubt = InDoubt("stopped while waiting for the answer", hint=DOUBT_HINT)
                await self._journal.do(lambda journal: journal.in_doubt(entry.id, failure=Failure.of(doubt)))
            else:
                await self._journal.do(lambda journal: journal.unsent(entry.id))
            raise

    async def _wait_to_retry(
        self, entry: Entry, error: SeedError, *, attempt: int, deadline: Deadline
    ) -> None:
        """Returns when the request may be sent once more; raises `error` when it may not."""
        now_s = self._tools.clock.monotonic()
        if isinstance(error, RateLimited):
            self._tools.pace.refused(now_s, retry_after_s=error.retry_after_s)
        delay_s = next_delay(
            self._policy.retry,
            attempt=attempt,
            error=error,
            remaining_s=deadline.remaining_s,
            random=self._tools.random,
            server_errors=self._policy.server_errors,
        )
        if delay_s is None or self._tools.stop.requested:
            raise error
        doubtful = isinstance(error, InDoubt)
        await self._journal.do(lambda journal: journal.unsent(entry.id, doubtful=doubtful))
        self._announce(entry, Stage.RETRYING, note=f"{error.message}; again in {delay_s:.0f} s")
        await self._tools.stop.sleep(delay_s, deadline=deadline)
        if self._tools.stop.requested:
            raise error

    async def _record_answer(self, entry: Entry, answer: Answer) -> Entry:
        """Makes the answer durable. It is paid for: a journal that fails now loses nothing."""
        known = replace(
            entry,
            state=State.ACCEPTED if answer.job else State.ANSWERED,
            job_set_id=answer.job.job_set_id if answer.job else entry.job_set_id,
            links=answer.links,
            answer_path=str(answer.files[0]) if answer.files else None,
            usage=answer.usage,
            charged=Charged.YES,
        )
        try:
            return await self._journal.do(lambda journal: _record(journal, known))
        except NoJournal as fault:
            self._lapses[entry.id] = (f"the answer could not be recorded: {fault.message}",)
            return known

    async def _follow(self, entry: Entry, *, fresh: bool) -> Entry:
        """Polls the job until it has made its picture; with `wait` off looks once at most."""
        job = entry.job_set_id or ""
        if not self._policy.wait:
            answer = None if fresh else await self._look(job)
            if answer is None:
                raise Pending(f"job {job} is accepted and still running", hint=f"seedcli poll {job}")
            return await self._record_answer(entry, answer)
        self._announce(entry, Stage.FOLLOWING, note=job)
        answer = await self._tools.stop.race(
            self._tools.gateway.follow(
                job,
                deadline=Deadline.after(self._tools.clock, self._policy.timeout_s),
                interval_s=self._policy.poll_interval_s,
                fresh=fresh,
                on_look=lambda word: self._announce(entry, Stage.FOLLOWING, note=word),
                spool=self._tools.spool,
            ),
            otherwise=Pending(f"stopped while job {job} was running", hint=f"seedcli poll {job}"),
        )
        return await self._record_answer(entry, answer)

    async def _look(self, job: str) -> Answer | None:
        deadline = Deadline.after(self._tools.clock, self._policy.timeout_s)
        report = await self._tools.gateway.poll(job, deadline=deadline, spool=self._tools.spool)
        if report.state is JobState.FAILED:
            raise report.error or JobFailed(f"job {job} failed")
        return report.answer if report.state is JobState.SUCCEEDED else None

    async def _record_failure(self, entry: Entry, error: SeedError, *, fresh: bool) -> Outcome:
        """Writes down how the image ended, or where it paused."""
        if error.stops_run:
            self._tools.stop.request(reason=error)
        standing = await self._standing(entry)
        unknown_job = isinstance(error, NotFound) and not standing.attempts
        pause = standing.state in _PAID and not unknown_job and not isinstance(error, _FINAL)
        if pause and fresh and not isinstance(error, Unsaved):
            error = _kept(error)
        failure = Failure.of(error)
        try:
            recorded = await self._journal.do(_ending(standing.id, error, pause=pause))
        except NoJournal as fault:
            ended = replace(standing, charged=error.charged, error=failure)
            return Outcome(ended, _status(error), failure, warnings=(fault.message,))
        if isinstance(error, Pending) and self._policy.pending_is_success:
            return Outcome(recorded, Status.PENDING)
        return Outcome(recorded, _status(error), failure)

    async def _standing(self, entry: Entry) -> Entry:
        """The entry as the journal has it: a step may have recorded more before it failed."""
        try:
            standing = await self._journal.do(lambda journal: journal.entry(entry.id))
        except SeedError:
            return entry
        return entry if entry.state in _PAID and standing.state not in _PAID else standing

    def _announce(
        self,
        entry: Entry,
        stage: Stage,
        *,
        done: int | None = None,
        total: int | None = None,
        note: str | None = None,
    ) -> None:
        self._tools.listen(Event(entry.id, entry.source.text, stage, done, total, note))


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


def _parent(journal: Journal, prepared: Prepared | None) -> str | None:
    """The edit whose result this input is."""
    maker = journal.by_output_sha256(prepared.source_sha256) if prepared else None
    return maker.id if maker else None


def _sent(entry_id: str, journal: Journal) -> Entry:
    return journal.sent(entry_id)


def _record(journal: Journal, known: Entry) -> Entry:
    if known.state is State.ACCEPTED:
        return journal.accepted(known.id, job_set_id=known.job_set_id or "", usage=known.usage)
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
