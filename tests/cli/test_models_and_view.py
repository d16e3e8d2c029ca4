"""`seedcli models` and `seedcli view`, and what finishes a result."""

from __future__ import annotations

import json
import os
from collections.abc import Callable
from pathlib import Path

import pytest
from PIL import Image
from program import Program

from seedcli.sandbox.server import RunningSandbox

Desk = Callable[..., tuple[Program, RunningSandbox]]


def test_models_lists_both_and_show_plans_a_picture(desk: Desk) -> None:
    edit, _ = desk()
    assert [one["name"] for one in edit("models", "list", "--json").objects] == ["seededit", "seedream"]
    plan = edit(
        "models", "show", "seededit", "--for", "cat.jpg", "--json", SEEDCLI_PRICE_PER_IMAGE="0.03"
    ).object["for"]
    assert (plan["output_size"], plan["tokens"], plan["cost"]) == ("1248x832", 4056, 0.03)
    assert "1248x832" in edit("models", "show", "seededit", "--for", "cat.jpg").stdout.decode()
    assert edit("models", "show", "seedit").code == 2


def test_the_plan_is_what_the_sandbox_makes(desk: Desk) -> None:
    edit, _ = desk(render=True)
    made = edit("edit", "cat.jpg", "x", "-m", "seededit", "--json").object
    plan = edit("models", "show", "seededit", "--for", "cat.jpg", "--json").object["for"]
    assert f"{made['width']}x{made['height']}" == plan["output_size"]
    assert made["usage"]["output_tokens"] == plan["tokens"]


@pytest.mark.parametrize("how", ["original", "cover", "contain"])
def test_fit_brings_the_result_to_the_inputs_size_and_says_so(desk: Desk, tmp_path: Path, how: str) -> None:
    edit, _ = desk(render=True)
    found = edit("edit", "cat.jpg", "x", "--fit", how, "--json").object
    assert (found["width"], found["height"]) == (451, 300)
    assert found["finished"]
    with Image.open(tmp_path / "cat-edited.jpg") as picture:
        assert picture.size == (451, 300)


def test_a_finish_that_cannot_be_leaves_the_paid_result_and_says_so(desk: Desk) -> None:
    edit, _ = desk()
    found = edit("edit", "https://example.com/a.jpg", "x", "--fit", "cover", "--json").object
    assert found["status"] == "saved"
    assert "left the result as it came" in found["finished"][0]


def test_a_sidecar_holds_the_object(desk: Desk, tmp_path: Path) -> None:
    edit, _ = desk()
    found = edit("edit", "cat.jpg", "x", "--sidecar", "--json").object
    assert json.loads((tmp_path / "cat-edited.jpg.json").read_text()) == found


def test_no_preview_in_a_pipe(desk: Desk) -> None:
    edit, _ = desk()
    assert edit("edit", "cat.jpg", "x", "--preview").lines == ["cat-edited.jpg"]


def test_view_writes_one_page_for_the_newest_run(desk: Desk, tmp_path: Path) -> None:
    edit, _ = desk()
    edit("edit", "cat.jpg", "make eyes blue", "-N", "2")
    ran = edit("view", "--html", "-o", "page.html")
    assert (ran.code, ran.lines) == (0, ["page.html"])
    assert (tmp_path / "page.html").read_text().count("make eyes blue") >= 2
    refused = edit("view", "--html", "-o", "page.html")
    assert refused.code == 2
    assert edit("view", "--html", "-o", "page.html", "-f").code == 0


def test_view_of_a_result_by_its_file(desk: Desk) -> None:
    edit, _ = desk()
    edit("edit", "cat.jpg", "make eyes blue")
    assert edit("view", "--html", "-o", "page.html", "cat-edited.jpg").code == 0


def test_view_of_a_result_that_the_journal_does_not_know_takes_what_is_embedded(
    desk: Desk, tmp_path: Path
) -> None:
    edit, _ = desk()
    edit("edit", "cat.jpg", "make eyes blue", "--embed", "-o", "known.jpg")
    edit("edit", "cat.jpg", "x", "-o", "bare.jpg")
    elsewhere = {"SEEDCLI_STATE_DIR": str(tmp_path / "another")}
    assert edit("view", "--html", "-o", "page.html", "known.jpg", **elsewhere).code == 0
    page = (tmp_path / "page.html").read_text()
    assert "make eyes blue" in page and "451" in page, "the prompt, and cat.jpg beside it"
    assert edit("view", "--html", "-o", "bare.html", "bare.jpg", **elsewhere).code == 0


def test_open_hands_what_was_made_to_the_systems_viewer(desk: Desk, tmp_path: Path) -> None:
    edit, _ = desk()
    opened = tmp_path / "opened"
    os.mkfifo(opened)  # so that reading it waits for the viewer, which nobody else waits for
    viewer = tmp_path / "bin" / "xdg-open"
    viewer.parent.mkdir()
    viewer.write_text(f'#!/bin/sh\necho "$1" > {opened}\n')
    viewer.chmod(0o755)
    path = {"PATH": f"{viewer.parent}:{os.environ['PATH']}"}
    assert edit("edit", "cat.jpg", "x", "--open", **path).code == 0
    assert opened.read_text() == f"{tmp_path / 'cat-edited.jpg'}\n"
    assert edit("view", "--html", "-o", "page.html", "--open", **path).code == 0
    assert opened.read_text() == f"{tmp_path / 'page.html'}\n"


def test_where_no_viewer_is_the_edit_is_saved_all_the_same(desk: Desk, tmp_path: Path) -> None:
    edit, _ = desk()
    ran = edit("edit", "cat.jpg", "x", "--open", PATH=str(tmp_path))
    assert (ran.code, ran.lines) == (0, ["cat-edited.jpg"])
    assert "--open: there is no program" in ran.stderr


def test_view_in_a_pipe_names_the_page(desk: Desk) -> None:
    edit, _ = desk()
    edit("edit", "cat.jpg", "x")
    ran = edit("view", "cat-edited.jpg")
    assert (ran.code, ran.stdout) == (2, b"")
    assert "--html" in ran.stderr


def test_the_page_goes_where_it_is_told_to(desk: Desk, tmp_path: Path) -> None:
    edit, _ = desk()
    edit("edit", "cat.jpg", "x")
    page = edit("view", "--html", "-o", "-")
    assert (page.code, page.stdout[:9].lower()) == (0, b"<!doctype")
    assert not (tmp_path / "-").exists()
    (tmp_path / "pages").mkdir()
    assert edit("view", "--html", "-o", "pages").lines == ["pages/seedcli.html"]
    assert (tmp_path / "pages" / "seedcli.html").read_bytes() == page.stdout
    assert edit("view", "--html", "-o", "-", "--open").code == 2


def test_view_of_nothing_is_one_line(desk: Desk) -> None:
    edit, _ = desk()
    ran = edit("view")
    assert (ran.code, len(ran.stderr.splitlines())) == (2, 2)
