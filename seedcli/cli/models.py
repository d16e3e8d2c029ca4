"""`seedcli models`: the models, what each takes, and what a picture will come out as."""

from __future__ import annotations

from typing import Annotated

import typer

from seedcli.cli import options
from seedcli.cli.style import SETTINGS, SeedCommand, SeedGroup

app = typer.Typer(
    cls=SeedGroup,
    add_completion=False,
    rich_markup_mode=None,
    invoke_without_command=True,
    context_settings=SETTINGS,
    help="The models, what each takes, and what a picture will come out as.",
)

_LIST = """Examples:

\b
  seedcli models list
  seedcli models list --json | jq -r .id
"""
_SHOW = """Examples:

\b
  seedcli models show seededit
  seedcli models show seedream --size 4K --for cat.jpg
"""


@app.callback()
def models(context: typer.Context) -> None:
    if context.invoked_subcommand is None:
        from seedcli.cli.models_run import run_list

        raise typer.Exit(run_list({}))


@app.command("list", cls=SeedCommand, context_settings=SETTINGS, epilog=_LIST)
def list_(json: options.Json = None) -> int:
    """Each model's name, sizes and limits."""
    from seedcli.cli.models_run import run_list

    return run_list({"json": json})


@app.command("show", cls=SeedCommand, context_settings=SETTINGS, no_args_is_help=True, epilog=_SHOW)
def show(
    model: Annotated[str, typer.Argument(metavar="MODEL", help="seededit, seedream or an ID.")],
    picture: Annotated[
        str | None, typer.Option("--for", metavar="FILE", help="Tell what this picture will come out as.")
    ] = None,
    size: options.Size = None,
    json: options.Json = None,
) -> int:
    """One model in full; with --for the exact size, aspect, tokens and cost of a picture's result."""
    from seedcli.cli.models_run import run_show

    return run_show({"size": size, "json": json}, model, picture)
