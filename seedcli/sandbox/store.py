"""Jobs and results on disk, so that another process can poll and fetch them."""

from __future__ import annotations

import json
import re
import secrets
import time
from collections.abc import Callable
from dataclasses import asdict, dataclass, replace
from enum import StrEnum
from pathlib import Path

_NAME = re.compile(r"[A-Za-z0-9_-]{1,80}(\.jpg)?")


class Fate(StrEnum):
    """How a job ends."""

    SUCCEEDS = "succeeds"
    FAILS = "fails"
    NEVER_ENDS = "never ends"


@dataclass(frozen=True, slots=True)
class StoredJob:
    """A job as it lies on disk. It is over after `duration_s` and more than `looks_needed` looks."""

    id: str
    created_at: float
    duration_s: float
    looks_needed: int
    fate: Fate
    result: str
    looks: int = 0

    def status(self, *, now: float) -> str:
        """`queued`, `processing`, then `succeeded` or `failed`, by time and by the looks before this one."""
        progress = min(
            (now - self.created_at) / self.duration_s if self.duration_s > 0 else 1.0,
            self.looks / self.looks_needed if self.looks_needed > 0 else 1.0,
        )
        if progress < 0.3:
            return "queued"
        if progress < 1 or self.fate is Fate.NEVER_ENDS:
            return "processing"
        return "failed" if self.fate is Fate.FAILS else "succeeded"


class Store:
    """A folder with `jobs/` and `results/`. Every file appears whole."""

    def __init__(self, folder: Path, *, now: Callable[[], float] = time.time) -> None:
        self._jobs = folder / "jobs"
        self._results = folder / "results"
        self._now = now
        for made in (self._jobs, self._results):
            made.mkdir(parents=True, exist_ok=True)

    def keep_result(self, jpeg: bytes) -> str:
        """Keeps a picture and gives the name under which it is found."""
        name = f"{int(self._now() * 1000)}-{secrets.token_hex(6)}.jpg"
        _write(self._results / name, jpeg)
        return name

    def result(self, name: str) -> tuple[bytes, float] | None:
        """The picture of that name and its age in seconds."""
        if not _NAME.fullmatch(name):
            return None
        try:
            path = self._results / name
            return path.read_bytes(), self._now() - path.stat().st_mtime
        except FileNotFoundError:
            return None

    def add_job(self, result: str, *, fate: Fate, duration_s: float, looks_needed: int) -> StoredJob:
        """A new job that will show `result` when it is over."""
        job = StoredJob(
            id=f"job-{secrets.token_hex(8)}",
            created_at=self._now(),
            duration_s=duration_s,
            looks_needed=looks_needed,
            fate=fate,
            result=result,
        )
        self._put(job)
        return job

    def look(self, job_id: str) -> tuple[StoredJob, str] | None:
        """The job and its status at this look, which is counted; None where there is no such job."""
        if not _NAME.fullmatch(job_id):
            return None
        try:
            fields = json.loads((self._jobs / f"{job_id}.json").read_bytes())
        except FileNotFoundError:
            return None
        job = StoredJob(**{**fields, "fate": Fate(fields["fate"])})
        status = job.status(now=self._now())
        self._put(replace(job, looks=job.looks + 1))
        return job, status

    def _put(self, job: StoredJob) -> None:
        _write(self._jobs / f"{job.id}.json", json.dumps(asdict(job)).encode())


def _write(path: Path, data: bytes) -> None:
    part = path.with_name(f".{path.name}.{secrets.token_hex(4)}.part")
    part.write_bytes(data)
    part.replace(path)
