"""Failures as GitHub shows them, where a GitHub Action runs the program and nowhere else."""

from __future__ import annotations

from collections.abc import Callable
from pathlib import Path

import pytest
from program import Program, Ran

from seedcli.cli.annotations import annotation
from seedcli.sandbox.server import RunningSandbox

Desk = Callable[..., tuple[Program, RunningSandbox]]


def annotations(ran: Ran) -> list[str]:
    return [line for line in ran.stderr.splitlines() if line.startswith("::")]


def test_a_failed_picture_is_annotated_beside_its_file(desk: Desk, tmp_path: Path) -> None:
    edit, _ = desk(faults=("moderation",))
    runner = {"GITHUB_ACTIONS": "true", "GITHUB_WORKSPACE": str(tmp_path)}
    ran = edit("edit", "cat.jpg", "x", "--json", **runner)
    assert ran.code == 4
    (line,) = annotations(ran)
    assert line.startswith("::error file=cat.jpg,title=seedcli::cat.jpg: refused by moderation")
    assert "%0ASending it again won't help" in line
    assert ran.object["error"]["code"] == "moderated"


def test_a_command_that_fails_before_any_picture_is_annotated_too(desk: Desk) -> None:
    edit, _ = desk()
    (line,) = annotations(edit("edit", "cat.jpg", "x", SEEDCLI_API_KEY="", GITHUB_ACTIONS="true"))
    assert line.startswith("::error title=seedcli::no API key is set")


def test_what_is_paid_for_and_not_saved_is_a_warning(desk: Desk) -> None:
    edit, _ = desk(faults=("expired-link",))
    ran = edit("edit", "cat.jpg", "x", GITHUB_ACTIONS="true")
    assert ran.code == 8
    assert [line.partition(" ")[0] for line in annotations(ran)] == ["::warning"]


def test_elsewhere_nothing_is_annotated(desk: Desk) -> None:
    edit, _ = desk(faults=("moderation",))
    assert annotations(edit("edit", "cat.jpg", "x")) == []
    assert annotations(edit("edit", "cat.jpg", "x", GITHUB_ACTIONS="false")) == []


@pytest.mark.parametrize(
    ("path", "file"),
    [
        ("/work/a/b.jpg", "file=a/b.jpg,"),
        ("/work/a,b:c%.jpg", "file=a%2Cb%3Ac%25.jpg,"),
        ("/work/two\nlines.jpg", "file=two%0Alines.jpg,"),
        ("/elsewhere/b.jpg", ""),
        (None, ""),
    ],
)
def test_a_file_is_named_when_it_lies_in_the_workspace(path: str | None, file: str) -> None:
    runner = {"GITHUB_ACTIONS": "true", "GITHUB_WORKSPACE": "/work"}
    assert annotation("failed", environ=runner, path=path) == f"::error {file}title=seedcli::failed"


def test_no_text_can_end_an_annotation_or_begin_another() -> None:
    line = annotation("50%\r\n::add-mask::x", environ={"GITHUB_ACTIONS": "true"}, hint="a\nb")
    assert line == "::error title=seedcli::50%25%0D%0A::add-mask::x%0Aa%0Ab"
