"""One line of a checkup.

A finding that keeps edits from working is `FAILED`, with the exit code that an edit would end
in for the same reason. What a person should know and what stops nothing is a `WARNING`: a
configuration that others can read, results that are paid for and not saved.
"""

from __future__ import annotations

from dataclasses import dataclass, field
from enum import StrEnum

from seedcli.errors import ExitCode, SeedError, most_serious
from seedcli.records import JsonObject


class Level(StrEnum):
    OK = "ok"
    WARNING = "warning"
    FAILED = "failed"
    SKIPPED = "skipped"


@dataclass(frozen=True, slots=True)
class Finding:
    """One line of the checkup. `code` and `exit_code` are the contract's, of a failure alone;
    `facts` are for scripts."""

    name: str
    level: Level
    detail: str
    hint: str | None = None
    code: str | None = None
    exit_code: ExitCode = ExitCode.OK
    facts: JsonObject = field(default_factory=dict)


def verdict(findings: list[Finding]) -> ExitCode:
    """The exit code of all findings together, weighed as several images' are."""
    return most_serious([finding.exit_code for finding in findings])


def good(name: str, detail: str, **facts: object) -> Finding:
    return Finding(name, Level.OK, detail, facts=dict(facts))


def warned(name: str, detail: str, *, hint: str, **facts: object) -> Finding:
    return Finding(name, Level.WARNING, detail, hint, facts=dict(facts))


def failed(name: str, error: SeedError) -> Finding:
    return Finding(name, Level.FAILED, error.message, error.hint, error.code, error.exit_code)


def skipped(name: str, why: str) -> Finding:
    return Finding(name, Level.SKIPPED, why)
