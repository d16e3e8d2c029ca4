"""`seedcli help`: the help of a command, or a topic."""

from __future__ import annotations

from typing import Annotated

import typer

from seedcli.cli.page import Block, Row
from seedcli.cli.style import SETTINGS, SeedCommand, nearest
from seedcli.errors import UsageError

app = typer.Typer(add_completion=False, rich_markup_mode=None)

_EXAMPLES = """Examples:

\b
  seedcli help exit-codes
  seedcli help config set
"""


class HelpCommand(SeedCommand):
    """Its page lists the topics."""

    def more_blocks(self) -> list[Block]:
        from seedcli.cli.topics import SUMMARIES

        return [Block("Topics", rows=[Row(name, text) for name, text in SUMMARIES.items()])]


@app.command(cls=HelpCommand, context_settings=SETTINGS, epilog=_EXAMPLES)
def help(
    words: Annotated[
        list[str] | None,
        typer.Argument(metavar="[TOPIC|COMMAND]", help="A topic, or a command such as 'config set'."),
    ] = None,
) -> None:
    """Help on a command or a topic."""
    from seedcli.cli import kept_help
    from seedcli.text import clean

    name = " ".join(words or [])
    page = kept_help.find(name)
    if page is None:
        near = nearest(name, kept_help.names())
        raise UsageError(
            f"there is no help on {clean(name, limit=60)!r}"
            + (f". Did you mean seedcli help {near}?" if near else ""),
            hint="'seedcli help' lists the commands, 'seedcli help help' the topics.",
        )
    kept_help.write(page)
