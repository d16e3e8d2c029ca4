"""`seedcli view`: before and after, in the terminal or as one HTML file."""

from __future__ import annotations

from typing import Annotated

import typer

from seedcli.cli import options
from seedcli.cli.style import SETTINGS, SeedCommand

app = typer.Typer(add_completion=False, rich_markup_mode=None)

_EXAMPLES = """Examples:

\b
  seedcli view cat-edited.jpg
  seedcli view --html -o page.html
  seedcli view --html 2q9f678mrg -o run.html --open
"""


@app.command(cls=SeedCommand, context_settings=SETTINGS, epilog=_EXAMPLES)
def view(
    what: Annotated[
        list[str] | None,
        typer.Argument(metavar="[RUN|ID|FILE...]", help="Runs, edits or results; the newest run by default."),
    ] = None,
    html: Annotated[
        bool | None, typer.Option("--html", help="Write one self-contained page.", show_default=False)
    ] = None,
    output: Annotated[
        str | None,
        typer.Option("-o", "--output", metavar="FILE", help="The page's file, or - (default: seedcli.html)."),
    ] = None,
    force: options.Force = None,
    open: options.Open = None,
    quiet: options.Quiet = None,
) -> int:
    """Show before and after.

    In the terminal pictures stand side by side; --html writes a page with a slider for each
    pair, prompts and parameters, that needs no network and no other file.
    """
    from seedcli.cli.view_run import run_view

    return run_view(
        what or [], html=bool(html), output=output, force=bool(force), open=bool(open), quiet=quiet
    )
