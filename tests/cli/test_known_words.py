"""`edit`'s command line, read without typer, means what it means to typer."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import typer
from hypothesis import given, settings
from hypothesis import strategies as st

from seedcli.cli import known_words
from seedcli.cli.completions.edit_options import table
from seedcli.cli.edit import app
from seedcli.cli.known_words import Table, read_edit

COMMAND = typer.main.get_command(app)
LEFT_TO_TYPER = {"--help", "-h", "--version", "-V"}

VALUE = st.sampled_from(["", "-", "--", "cat.jpg", "-q", "--json", "a=b", "=", "-o", "x y", "ü"])
GLUED = st.builds(lambda name, value: f"{name}={value}", st.sampled_from(sorted(Table().values)), VALUE)
CLUSTER = st.builds(
    lambda letters, value: f"-{letters}{value}", st.text("rqfnyv0opN", min_size=1, max_size=4), VALUE
)
ARGUMENT = st.one_of(
    st.sampled_from(sorted({*Table().values, *Table().switches})),
    st.sampled_from([*sorted(LEFT_TO_TYPER), "--unknown", "--prom", "-Z", "--force=yes"]),
    VALUE,
    GLUED,
    CLUSTER,
)


def as_typer_reads(arguments: list[str]) -> tuple[list[str], dict[str, Any]] | None:
    """None where typer complains, or shows something instead."""
    try:
        with COMMAND.make_context("edit", list(arguments)) as context:
            found = dict(context.params)
    except (SystemExit, typer.Exit):
        return None
    except Exception as error:
        if not hasattr(error, "format_message"):
            raise
        return None
    del found["version"]
    return list(found.pop("words") or ()), found


def test_the_table_holds_every_option_that_typer_knows() -> None:
    assert Path(known_words.FILE).read_text() == table(), "python -m seedcli.cli.completions --write"


@settings(deadline=None, max_examples=400)
@given(st.lists(ARGUMENT, min_size=1, max_size=8))
def test_what_is_read_is_read_as_typer_does(arguments: list[str]) -> None:
    mine = read_edit(arguments)
    if mine is not None:
        assert mine == as_typer_reads(arguments)


def test_right_command_lines_are_read() -> None:
    words, parameters = read_edit(["a.jpg", "-rqo", "out/", "--seed=7", "--no-watermark", "--", "-p"]) or (
        [],
        {},
    )
    assert words == ["a.jpg", "-p"]
    told = {name: value for name, value in parameters.items() if value is not None}
    assert told == {"recursive": True, "quiet": True, "output": "out/", "seed": "7", "watermark": False}


def test_what_is_not_right_is_left_to_typer() -> None:
    for arguments in ([], ["--help"], ["-V"], ["--unknown"], ["a.jpg", "-o"], ["--force=1"], ["-rZ"]):
        assert read_edit(arguments) is None
