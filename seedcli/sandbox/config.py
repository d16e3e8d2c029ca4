"""How a sandbox is set up."""

from __future__ import annotations

from dataclasses import dataclass
from pathlib import Path

DEFAULT_KEY = "sandbox-key-0000000000000000"


@dataclass(frozen=True, slots=True)
class SandboxConfig:
    """A sandbox's settings.

    `key` is the only one that is taken. `folder` keeps jobs and results; None is a temporary one that
    goes with the server. With `jobs` every edit answers with a job; a job takes `latency_s` seconds and
    at least `job_looks` polls before it has succeeded. Without, an edit answers after `latency_s`.
    `faults` are `KIND[:RATE[:TIMES]]`, as `seedcli.sandbox.faults` lists them. `rate_per_s` is how many
    edits any one second may hold. With `render` false every result is the same tiny JPEG, for load tests.
    `retry_after` is what a 429 carries, as it stands; None leaves it to the rate limit, else 1.
    """

    key: str = DEFAULT_KEY
    folder: Path | None = None
    jobs: bool = False
    job_looks: int = 2
    latency_s: float = 0.0
    rate_per_s: float | None = None
    faults: tuple[str, ...] = ()
    fault_seed: int = 0
    render: bool = True
    link_life_s: float = 86_400.0
    retry_after: str | None = None
    drip_s: float = 0.05
    max_body_bytes: int = 16 * 1024 * 1024
