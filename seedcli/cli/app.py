"""The command line: which commands there are.

A command's module is imported when the command is called: the others cost nothing.
"""

from __future__ import annotations

import importlib
import sys
from typing import Any

import typer

from seedcli import __version__
from seedcli.cli.border import guarded
from seedcli.cli.page import Block, Row
from seedcli.cli.style import SETTINGS, SeedGroup, wants_colour

COMMANDS = {
    "edit": "Edit pictures with words.",
    "batch": "Edit the rows of a JSONL or CSV file.",
    "poll": "Follow jobs and download what they made.",
    "resume": "Finish what was paid for and is not saved yet; never charges.",
    "history": "What was run: list, show, replay, runs, forget.",
    "config": "Read and write the configuration.",
    "models": "The models, what each takes, and what a picture will come out as.",
    "doctor": "Is everything in order? Charges nothing.",
    "view": "Before and after: in the terminal or as one HTML file.",
    "sandbox": "A local gateway for trying things out.",
    "completion": "Print the completion script of a shell.",
    "help": "Help on a command or a topic.",
}


class LazyGroup(SeedGroup):
    """The commands by name; each is built from its module when it is asked for."""

    def list_commands(self, ctx: Any) -> list[str]:
        return list(COMMANDS)

    def get_command(self, ctx: Any, cmd_name: str) -> Any:
        if cmd_name not in COMMANDS:
            return None
        module = importlib.import_module(f"seedcli.cli.{cmd_name}")
        return typer.main.get_command(module.app)

    def summaries(self, ctx: Any) -> list[tuple[str, str]]:
        return list(COMMANDS.items())

    def more_blocks(self) -> list[Block]:
        from seedcli.cli.topics import SUMMARIES

        return [Block("Help topics", rows=[Row(f"help {name}", text) for name, text in SUMMARIES.items()])]


app = typer.Typer(
    name="seedcli",
    cls=LazyGroup,
    no_args_is_help=True,
    add_completion=False,
    rich_markup_mode=None,
    context_settings=SETTINGS,
    epilog="Try it without a key: seedcli edit photo.jpg 'make it golden hour' --sandbox",
)


def print_version(wanted: bool) -> None:
    if wanted:
        typer.echo(f"seedcli {__version__}")
        raise typer.Exit


@app.callback()
def root(
    version: bool = typer.Option(
        False, "-V", "--version", callback=print_version, is_eager=True, help="Show the version."
    ),
) -> None:
    """Edit pictures with words, through the Pixazo gateway (SeedEdit and Seedream 4.5)."""


def run(arguments: list[str]) -> int:
    """Runs one command line; returns its exit code."""
    command = typer.main.get_command(app)
    colour = wants_colour(sys.stdout)
    return guarded(lambda: command.main(arguments, prog_name="seedcli", standalone_mode=False, color=colour))
