"""Every row of the contract's table of exit codes, by what a gateway does."""

from __future__ import annotations

from collections.abc import Callable
from pathlib import Path
from typing import Any

import jsonschema
import pytest
from program import Program

from seedcli.sandbox.server import RunningSandbox

Desk = Callable[..., tuple[Program, RunningSandbox]]
SCHEMA = Path(__file__).parents[2] / "seedcli" / "result.schema.json"


@pytest.mark.parametrize(
    ("fault", "code", "error", "charged", "posts"),
    [
        ("400", 4, "rejected", "no", 1),
        ("401", 3, "bad_key", "no", 1),
        ("402", 5, "no_credits", "no", 1),
        ("403", 3, "denied", "no", 1),
        ("403-quota", 5, "quota", "no", 1),
        ("404", 4, "not_found", "no", 1),
        ("413", 4, "rejected", "no", 1),
        ("422", 4, "rejected", "no", 1),
        ("429", 6, "rate_limited", "no", 2),
        ("500", 7, "in_doubt", "unknown", 1),
        ("502", 7, "in_doubt", "unknown", 1),
        ("503", 7, "in_doubt", "unknown", 1),
        ("no-answer", 7, "in_doubt", "unknown", 1),
        ("hang-up", 7, "in_doubt", "unknown", 1),
        ("half-answer", 7, "in_doubt", "unknown", 1),
        ("endless-1xx", 7, "in_doubt", "unknown", 1),
        ("html", 7, "in_doubt", "unknown", 1),
        ("bad-json", 7, "in_doubt", "unknown", 1),
        ("empty-data", 7, "in_doubt", "unknown", 1),
        ("error-in-200", 7, "in_doubt", "unknown", 1),  # it says "InternalServiceError"
        ("redirect", 3, "bad_config", "no", 1),
        ("moderation", 4, "moderated", "no", 1),
        ("moderation-in-200", 4, "moderated", "no", 1),
        ("failing-job", 4, "job_failed", "no", 1),
        ("endless-job", 8, "pending", "yes", 1),
        ("cut-download", 8, "not_saved", "yes", 1),
        ("expired-link", 8, "not_saved", "yes", 1),
        ("download-html", 8, "not_saved", "yes", 1),
        ("download-empty", 8, "not_saved", "yes", 1),
    ],
)
def test_each_fault_has_its_code_its_word_and_its_number_of_posts(
    desk: Desk, tmp_path: Path, fault: str, code: int, error: str, charged: str, posts: int
) -> None:
    edit, sandbox = desk(faults=(fault,), retry_after="0")
    ran = edit("edit", "cat.jpg", "x", "--json", "--timeout", "2", "--retries", "1")
    found = ran.object
    assert (ran.code, found["error"]["code"], found["error"]["exit_code"]) == (code, error, code)
    assert found["charged"] == charged
    assert found["error"]["message"]
    assert sandbox.stats().edits == posts
    assert sorted(path.name for path in tmp_path.iterdir()) == ["cat.jpg"]
    assert sandbox.key not in ran.stdout.decode() + ran.stderr
    jsonschema.validate(found, _schema())


def test_what_is_in_doubt_is_refused_until_the_user_says_so(desk: Desk) -> None:
    edit, sandbox = desk(faults=("hang-up:1:1",))
    assert edit("edit", "cat.jpg", "x").code == 7
    again = edit("edit", "cat.jpg", "x", "--json")
    assert (again.code, again.object["error"]["code"]) == (7, "in_doubt")
    assert again.object["id"] in again.stderr
    elsewhere = edit("edit", "cat.jpg", "x", "-o", "other.jpg")
    assert elsewhere.code == 7
    assert sandbox.stats().edits == 1
    assert edit("edit", "cat.jpg", "x", "--resend").code == 0
    assert sandbox.stats().edits == 2


def test_what_ended_well_may_be_given_again(desk: Desk) -> None:
    edit, sandbox = desk()
    assert [edit("edit", "cat.jpg", "x").code for _ in range(2)] == [0, 0]
    assert sandbox.stats().made == 2


def test_resume_downloads_what_was_answered_and_never_sends(desk: Desk) -> None:
    edit, sandbox = desk(faults=("cut-download:1:12",))
    assert edit("edit", "cat.jpg", "x", "--timeout", "3").code == 8
    for _ in range(6):
        ran = edit("resume", "--timeout", "3")
        if ran.code == 0:
            break
    assert ran.lines == ["cat-edited.jpg"]
    assert sandbox.stats().edits == 1


def test_retry_server_errors_repeats_5xx_when_asked(desk: Desk) -> None:
    edit, sandbox = desk(faults=("500:1:1",))
    assert edit("edit", "cat.jpg", "x", "--retry-server-errors").code == 0
    assert sandbox.stats().edits == 2


def test_a_refused_connection_is_retried_and_is_undelivered(desk: Desk) -> None:
    edit, _ = desk()
    ran = edit("edit", "cat.jpg", "x", "--json", "--retries", "1", "--base-url", "http://127.0.0.1:9")
    assert (ran.code, ran.object["error"]["code"], ran.object["charged"]) == (6, "unreachable", "no")


def test_saved_and_pending_objects_hold_every_key_of_the_contract(desk: Desk) -> None:
    edit, _ = desk()
    jsonschema.validate(edit("edit", "cat.jpg", "x", "--json").object, _schema())


def _schema() -> Any:
    import json

    return json.loads(SCHEMA.read_text())
