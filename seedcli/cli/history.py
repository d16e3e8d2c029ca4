"""`seedcli history`: what was run, and how it ended."""

from __future__ import annotations

from typing import Annotated

import typer

from seedcli.cli import options
from seedcli.cli.style import SETTINGS, SeedCommand, SeedGroup
from seedcli.errors import UsageError

app = typer.Typer(
    cls=SeedGroup,
    add_completion=False,
    rich_markup_mode=None,
    invoke_without_command=True,
    context_settings=SETTINGS,
    help="What was run, and how it ended. Nothing here leaves this machine, except by replay.",
)

_Limit = Annotated[
    str | None, typer.Option("--limit", metavar="N", help="At most N, newest first (default 20; 0: all).")
]
_States = Annotated[
    list[str] | None,
    typer.Option(
        "--state", metavar="STATE", help="intended, sent, accepted, answered, saved, failed or in_doubt."
    ),
]
_When = "A date (2026-11-25), or how long ago: 30m, 12h, 7d."
_LIST = """Examples:

\b
  seedcli history list --since 7d --limit 0
  seedcli history list --state in_doubt
  seedcli history list --json | jq -r 'select(.status == "saved") | .output'
"""
_SHOW = """Examples:

\b
  seedcli history show 2q9f678mrg
  seedcli history show 2q9f --json | jq .request
"""
_RUNS = """Examples:

\b
  seedcli history runs
"""
_FORGET = """Examples:

\b
  seedcli history forget --older-than 30d
  seedcli history forget 2q9f678mrg
"""
_REPLAY = """Examples:

\b
  seedcli history replay 2q9f678mrg
  seedcli history replay cat-edited.jpg    made with --embed
"""


@app.callback()
def history(
    context: typer.Context,
    schema: Annotated[bool, typer.Option("--schema", help="Print the JSON Schema of a result.")] = False,
) -> int | None:
    if schema:
        from seedcli.cli.history_run import print_schema

        print_schema()
        raise typer.Exit
    if context.invoked_subcommand is None:
        from seedcli.cli.history_run import run_list

        raise typer.Exit(run_list({}, limit=None, states=None, since=None, until=None, input=None))
    return None


@app.command("list", cls=SeedCommand, context_settings=SETTINGS, epilog=_LIST)
def list_(
    state: _States = None,
    since: Annotated[str | None, typer.Option("--since", metavar="WHEN", help=_When)] = None,
    until: Annotated[str | None, typer.Option("--until", metavar="WHEN", help=_When)] = None,
    input: Annotated[
        str | None, typer.Option("--input", metavar="TEXT", help="A part of the input's name.")
    ] = None,
    limit: _Limit = None,
    json: options.Json = None,
    color: options.Color = None,
) -> int:
    """Edits, newest first."""
    from seedcli.cli.history_run import run_list

    return run_list(
        {"json": json, "color": color}, limit=limit, states=state, since=since, until=until, input=input
    )


@app.command("show", cls=SeedCommand, context_settings=SETTINGS, no_args_is_help=True, epilog=_SHOW)
def show(
    id: Annotated[
        str, typer.Argument(metavar="ID", help="An edit's ID, or its first four characters or more.")
    ],
    json: options.Json = None,
    color: options.Color = None,
) -> int:
    """All that is known of one edit, and what can be done about it."""
    from seedcli.cli.history_run import run_show

    return run_show({"json": json, "color": color}, id)


@app.command("runs", cls=SeedCommand, context_settings=SETTINGS, epilog=_RUNS)
def runs(limit: _Limit = None, json: options.Json = None, color: options.Color = None) -> int:
    """Runs with their counts, newest first."""
    from seedcli.cli.history_run import run_runs

    return run_runs({"json": json, "color": color}, limit=limit)


@app.command("forget", cls=SeedCommand, context_settings=SETTINGS, epilog=_FORGET)
def forget(
    ids: Annotated[
        list[str] | None, typer.Argument(metavar="[ID...]", help="Edits to forget, whatever their state.")
    ] = None,
    older_than: Annotated[
        str | None,
        typer.Option("--older-than", metavar="AGE", help="Everything that ended so long ago: 30d, 12h."),
    ] = None,
) -> int:
    """Remove edits from the journal. By age never what is unsaved or in doubt."""
    if not ids and older_than is None:
        raise UsageError("nothing to forget is named", hint="Give IDs, or --older-than 30d.")
    from seedcli.cli.history_run import run_forget

    return run_forget(ids or [], older_than)


@app.command("replay", cls=SeedCommand, context_settings=SETTINGS, no_args_is_help=True, epilog=_REPLAY)
def replay(
    what: Annotated[
        str, typer.Argument(metavar="ID|FILE", help="An edit's ID, or a result that says how it was made.")
    ],
    output: options.Output = None,
    force: options.Force = None,
    resend: options.Resend = None,
    no_wait: options.NoWait = None,
    timeout: options.Timeout = None,
    retries: options.Retries = None,
    poll_interval: options.PollInterval = None,
    dry_run: options.DryRun = None,
    json: options.Json = None,
    quiet: options.Quiet = None,
    verbose: options.Verbose = None,
    color: options.Color = None,
    no_input: options.NoInput = None,
    sandbox: options.Sandbox = None,
    base_url: options.BaseUrl = None,
    config: options.Config = None,
    profile: options.Profile = None,
    proxy: options.Proxy = None,
    ca_bundle: options.CaBundle = None,
    debug_http: options.DebugHttp = None,
) -> int:
    """Make the same request again, as a new edit: it is charged."""
    given = dict(locals())
    del given["what"]
    from seedcli.cli.replay import run_replay

    return run_replay(what, given)
