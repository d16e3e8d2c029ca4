"""Following a job: look, wait, look again, until it has a picture, failed, or time is up."""

from __future__ import annotations

from collections.abc import Awaitable, Callable
from dataclasses import dataclass

from seedcli.clock import Deadline
from seedcli.errors import JobFailed, NotFound, Pending, RateLimited, SeedError, Undelivered, Unsaved
from seedcli.records import Answer, JobReport, JobState

PATIENCE = 5
"""Looks that may find no such job just after it was accepted, or no picture just after it succeeded."""

LONGEST_LOOK_S = 60.0


@dataclass(slots=True)
class Following:
    """One job on its way. `look` asks once, within a deadline of its own; asking is free.

    Raises at once what asking again can't change (the key refused, no such job, the job's own
    failure); anything that passes is waited out until the deadline, then it is `Pending`.
    """

    job_set_id: str
    look: Callable[[Deadline], Awaitable[JobReport]]
    deadline: Deadline
    interval_s: float
    fresh: bool = False
    on_look: Callable[[str], None] | None = None
    trouble: str = ""
    _missing: int = 0
    _empty: int = 0

    async def to_its_end(self) -> Answer:
        clock = self.deadline.clock
        while True:
            wait_s = self.interval_s
            try:
                answer = self._answer_of(await self.look(self._look_deadline()))
                if answer is not None:
                    return answer
            except (RateLimited, Pending, Undelivered, NotFound) as error:
                wait_s = max(wait_s, self._wait_out(error))
            if self.deadline.passed:
                raise self._still_running()
            await clock.sleep(max(0.05, min(wait_s, self.deadline.remaining_s)))
            if self.deadline.passed:
                raise self._still_running()

    def _look_deadline(self) -> Deadline:
        return Deadline.after(self.deadline.clock, min(LONGEST_LOOK_S, self.deadline.remaining_s))

    def _answer_of(self, report: JobReport) -> Answer | None:
        self.trouble = ""
        if self.on_look is not None:
            self.on_look(report.word or str(report.state))
        if report.state is JobState.FAILED:
            raise report.error or JobFailed(f"job {self.job_set_id} failed")
        if report.state is JobState.RUNNING:
            return None
        if report.answer is not None and report.answer.has_picture:
            return report.answer
        self._empty += 1
        if self._empty > PATIENCE:
            raise Unsaved(
                f"job {self.job_set_id} succeeded, and the gateway gives no picture for it",
                hint=self._later(),
            )
        return None

    def _wait_out(self, error: SeedError) -> float:
        """How long to wait after `error`; raises it when waiting won't help."""
        if isinstance(error, NotFound):
            self._missing += 1
            if not self.fresh or self._missing > PATIENCE:
                raise error
        elif not error.retryable:
            raise error
        self.trouble = error.message
        return (error.retry_after_s or 0.0) if isinstance(error, RateLimited) else 0.0

    def _still_running(self) -> Pending:
        last = f"; the last look: {self.trouble}" if self.trouble else ""
        return Pending(f"job {self.job_set_id} is still running{last}", hint=self._later(), retryable=True)

    def _later(self) -> str:
        return f"`seedcli poll {self.job_set_id}` or `seedcli resume` fetches it later at no charge."
