"""From a prepared picture to an answer: its turn, one POST at a time, and whether to send once more.

Only what was certainly not processed is sent again. A 429 is about the whole run: it slows
everyone (`seedcli.pace`), and costs an image neither a retry nor its time while others get through.
"""

from __future__ import annotations

import asyncio
import functools
from typing import TYPE_CHECKING

from seedcli.clock import Deadline
from seedcli.errors import InDoubt, RateLimited, SeedError, Undelivered, UsageError
from seedcli.gateway.client import Delivery, Upload
from seedcli.gateway.retry import next_delay
from seedcli.records import Answer, Entry, Failure, Parameters, Stage
from seedcli.tools import Policy, Tools

if TYPE_CHECKING:
    from seedcli.journal import Journal

DOUBT_HINT = "It is not sent again unless you say so (--resend): it may have been billed."
_LOOK_AGAIN_S = 0.5
_PACE = "for the gateway's pace"


class _Trial:
    """What an image has been through: attempts that failed on their own account, and its time."""

    def __init__(self) -> None:
        self.failures = 0
        self.deadline: Deadline | None = None
        self.refusal: RateLimited | None = None


class Sender:
    """Sends the images of a command, one after the other as their turns come."""

    def __init__(self, tools: Tools, policy: Policy) -> None:
        self._tools = tools
        self._policy = policy
        self._journal = tools.journal
        self._turns = asyncio.Lock()

    async def submit(self, entry: Entry, upload: Upload | str) -> Answer:
        """Sends until it is answered, or certainly can't be, or might have been. Raises `SeedError`."""
        trial = _Trial()
        while True:
            started_s = await self._take_turn(entry, trial)
            trial.deadline = trial.deadline or Deadline.after(self._tools.clock, self._policy.timeout_s)
            try:
                return await self._attempt(entry, upload, trial.deadline, started_s=started_s)
            except RateLimited as refusal:
                await self._give_way(entry, refusal, trial)
            except (Undelivered, InDoubt) as error:
                await self._wait_to_retry(entry, error, trial)

    async def _take_turn(self, entry: Entry, trial: _Trial) -> float:
        """When this image's turn has come; the others wait in line behind it."""
        clock, pace, stop = self._tools.clock, self._tools.pace, self._tools.stop
        if self._turns.locked() or pace.wait_s(clock.monotonic()) > 0:
            self._tools.announce(entry, Stage.WAITING, note=_PACE)
        async with self._turns:
            while (wait_s := pace.wait_s(clock.monotonic())) > 0 and not stop.requested:
                await stop.sleep(min(wait_s, _LOOK_AGAIN_S))  # a refusal may bring the next turn forward
            stop.check()
            if trial.refusal is not None and trial.deadline is not None and trial.deadline.passed:
                raise trial.refusal
            started_s = clock.monotonic()
            pace.start(started_s)
            return started_s

    async def _attempt(
        self, entry: Entry, upload: Upload | str, deadline: Deadline, *, started_s: float
    ) -> Answer:
        """One POST; the pace is told what became of it."""
        pace, now_s = self._tools.pace, self._tools.clock.monotonic
        try:
            await self._journal.do(functools.partial(_sent, entry.id))
            answer = await self._post(entry, upload, deadline)
        except RateLimited as refusal:
            pace.refused(now_s(), started_s=started_s, retry_after_s=refusal.retry_after_s)
            raise
        except (Undelivered, UsageError, asyncio.CancelledError):
            pace.dropped()
            raise
        except SeedError:
            pace.passed(now_s(), started_s=started_s)
            raise
        pace.passed(now_s(), started_s=started_s)
        return answer

    async def _post(self, entry: Entry, upload: Upload | str, deadline: Deadline) -> Answer:
        """The POST. When it is cancelled, what that means for the bill is recorded first."""
        delivery = Delivery()
        try:
            return await self._tools.gateway.submit(
                upload,
                prompt=entry.prompt,
                parameters=Parameters(**entry.parameters),
                deadline=deadline,
                spool=self._tools.answer_folders(entry),
                delivery=delivery,
                progress=lambda done, total: self._tools.announce(
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

    async def _give_way(self, entry: Entry, refusal: RateLimited, trial: _Trial) -> None:
        """Returns when the image may wait for another turn; raises `refusal` when it may not.

        One inside a 2xx is final: the request was taken. Where the gateway refuses everyone, or asks
        for longer than an edit may take, the next image would fare no better: the run stops.
        """
        retries, pace = self._policy.retry.retries, self._tools.pace
        if pace.fruitless == 0:
            trial.deadline = None
        left_s = trial.deadline.remaining_s if trial.deadline else self._policy.timeout_s
        hopeless = pace.is_hopeless(self._tools.clock.monotonic(), retries=retries)
        if hopeless or retries == 0 or (refusal.retry_after_s or 0) >= left_s:
            refusal.stops_run = retries > 0
            raise refusal
        if self._tools.stop.requested or not refusal.retryable:
            raise refusal
        await self._journal.do(lambda journal: journal.unsent(entry.id))
        trial.refusal = refusal

    async def _wait_to_retry(self, entry: Entry, error: SeedError, trial: _Trial) -> None:
        """Returns when the request may be sent once more; raises `error` when it may not."""
        trial.failures += 1
        deadline = trial.deadline or Deadline.after(self._tools.clock, self._policy.timeout_s)
        delay_s = next_delay(
            self._policy.retry,
            attempt=trial.failures,
            error=error,
            remaining_s=deadline.remaining_s,
            random=self._tools.random,
            server_errors=self._policy.server_errors,
        )
        if delay_s is None or self._tools.stop.requested:
            raise error
        doubtful = isinstance(error, InDoubt)
        await self._journal.do(lambda journal: journal.unsent(entry.id, doubtful=doubtful))
        self._tools.announce(entry, Stage.RETRYING, note=f"{error.message}; again in {delay_s:.0f} s")
        await self._tools.stop.sleep(delay_s, deadline=deadline)
        if self._tools.stop.requested:
            raise error


def _sent(entry_id: str, journal: Journal) -> Entry:
    return journal.sent(entry_id)
