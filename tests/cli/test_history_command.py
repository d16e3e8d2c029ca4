"""`seedcli history`: what was run, shown, made again and forgotten."""

from __future__ import annotations

import json
from collections.abc import Callable
from pathlib import Path

import jsonschema
import pytest
from program import Program

from seedcli.sandbox.server import RunningSandbox

Desk = Callable[..., tuple[Program, RunningSandbox]]


def test_list_shows_newest_first_and_filters(desk: Desk) -> None:
    edit, _ = desk(faults=("400:1:1",))
    edit("edit", "cat.jpg", "first")
    edit("edit", "cat.jpg", "second")
    found = edit("history", "list", "--json").objects
    assert [one["prompt"] for one in found] == ["second", "first"]
    assert [one["prompt"] for one in edit("history", "list", "--json", "--state", "failed").objects] == [
        "first"
    ]
    assert edit("history", "list", "--json", "--input", "dog").objects == []
    assert edit("history", "list", "--json", "--until", "1h").objects == []
    assert len(edit("history", "list", "--json", "--since", "1h", "--limit", "1").objects) == 1
    assert "second" in edit("history").stdout.decode()


def test_show_tells_all_and_what_can_be_done(desk: Desk) -> None:
    edit, _ = desk(faults=("hang-up",))
    edit("edit", "cat.jpg", "make eyes blue", "--seed", "7")
    (entry,) = edit("history", "list", "--json").objects
    shown = edit("history", "show", entry["id"][:6]).stdout.decode()
    for word in ("in_doubt", "make eyes blue", "seed", "replay", "forget"):
        assert word in shown


def test_an_unknown_id_is_one_line(desk: Desk) -> None:
    edit, _ = desk()
    ran = edit("history", "show", "zzzzzzzz")
    assert ran.code == 2
    assert len(ran.stderr.splitlines()) <= 2


def test_replay_makes_the_same_request_as_a_new_edit(desk: Desk) -> None:
    edit, sandbox = desk()
    edit("edit", "cat.jpg", "make eyes blue", "--seed", "7")
    (entry,) = edit("history", "list", "--json").objects
    again = edit("history", "replay", entry["id"], "--json").object
    assert (again["request"], again["prompt"]) == (entry["request"], entry["prompt"])
    assert again["id"] != entry["id"]
    assert sandbox.stats().made == 2


def test_replay_from_a_result_alone(desk: Desk, tmp_path: Path) -> None:
    edit, sandbox = desk()
    edit("edit", "cat.jpg", "make eyes blue", "--seed", "7", "--embed", "-o", "out.jpg")
    again = edit("history", "replay", "out.jpg", "--json", SEEDCLI_STATE_DIR=str(tmp_path / "elsewhere"))
    assert again.code == 0
    assert (again.object["prompt"], again.object["request"]["seed"]) == ("make eyes blue", 7)
    bodies = [exchange.body for exchange in sandbox.exchanges("edit")]
    assert bodies[0] == bodies[1]


def test_replay_of_a_file_that_says_nothing_is_refused(desk: Desk) -> None:
    edit, sandbox = desk()
    assert edit("history", "replay", "cat.jpg").code == 2
    assert sandbox.stats().edits_begun == 0


def test_an_edit_of_an_edit_knows_its_parent(desk: Desk) -> None:
    edit, _ = desk()
    edit("edit", "cat.jpg", "one")
    edit("edit", "cat-edited.jpg", "two")
    second, first = edit("history", "list", "--json").objects
    shown = edit("history", "show", second["id"]).stdout.decode()
    assert "made from" in shown and first["id"] in shown


def test_an_edit_of_a_changed_result_knows_its_parent_by_what_it_says(desk: Desk, tmp_path: Path) -> None:
    edit, _ = desk()
    edit("edit", "cat.jpg", "one", "--embed")
    result = tmp_path / "cat-edited.jpg"
    data = result.read_bytes()
    result.write_bytes(data[:2] + b"\xff\xfe\x00\x04ab" + data[2:])
    edit("edit", "cat-edited.jpg", "two")
    second, first = edit("history", "list", "--json").objects
    assert first["id"] in edit("history", "show", second["id"]).stdout.decode()


def test_runs_are_listed_with_their_counts(desk: Desk) -> None:
    edit, _ = desk(faults=("400:1:1",))
    edit("edit", "cat.jpg", "x", "-N", "3", "-j", "1")
    (run,) = edit("history", "runs", "--json").objects
    assert (run["counts"]["saved"], run["counts"]["failed"]) == (2, 1)
    assert run["id"] in edit("history", "runs").stdout.decode()


def test_forget_keeps_what_is_in_doubt_unless_it_is_named(desk: Desk) -> None:
    edit, sandbox = desk(faults=("hang-up:1:1",))
    edit("edit", "cat.jpg", "x")
    edit("edit", "cat.jpg", "y")
    edit("history", "forget", "--older-than", "0s")
    (kept,) = edit("history", "list", "--json").objects
    assert kept["error"]["code"] == "in_doubt"
    assert edit("history", "forget", kept["id"]).code == 0
    assert edit("history", "list", "--json").objects == []
    assert edit("edit", "cat.jpg", "x").code == 0
    assert sandbox.stats().edits == 3


def test_the_schema_is_printed_and_holds_for_every_entry(desk: Desk) -> None:
    edit, _ = desk(faults=("hang-up:1:1", "400:1:1"))
    for prompt in ("a", "b", "c"):
        edit("edit", "cat.jpg", prompt)
    schema = json.loads(edit("history", "--schema").stdout)
    for entry in edit("history", "list", "--json").objects:
        jsonschema.validate(entry, schema)


@pytest.mark.parametrize(
    "arguments",
    [
        ("list", "--state", "wat"),
        ("list", "--since", "soon"),
        ("list", "--until", "2026-13-01"),
        ("list", "--limit", "x"),
        ("forget",),
        ("forget", "--older-than", "soon"),
    ],
)
def test_bad_words_are_one_line(desk: Desk, arguments: tuple[str, ...]) -> None:
    edit, _ = desk()
    ran = edit("history", *arguments)
    assert ran.code == 2
    assert len(ran.stderr.splitlines()) <= 2
