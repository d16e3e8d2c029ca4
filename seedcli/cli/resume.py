"""`seedcli resume`: finish what was paid for and is not saved yet."""

from __future__ import annotations

from typing import Annotated

import typer

from seedcli.cli import options
from seedcli.cli.style import SETTINGS, SeedCommand

app = typer.Typer(add_completion=False, rich_markup_mode=None)

_EXAMPLES = """Examples:

\b
  seedcli resume
  seedcli resume 2q9f678mrg --timeout 600
  seedcli resume --json | jq -r .status
"""


@app.command(cls=SeedCommand, context_settings=SETTINGS, epilog=_EXAMPLES)
def resume(
    ids: Annotated[
        list[str] | None,
        typer.Argument(metavar="[ID...]", help="Runs or edits; all that are unfinished by default."),
    ] = None,
    no_wait: options.LookOnce = None,
    timeout: options.FollowTimeout = None,
    poll_interval: options.PollInterval = None,
    jobs: options.Jobs = None,
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
    version: options.Version = False,
) -> int:
    """Finish everything that was paid for and is not saved yet.

    Jobs are followed, results downloaded and saved where they were meant to go. Nothing is
    ever sent to the edit endpoint: this never charges. What is in doubt is listed.
    """
    given = dict(locals())
    del given["ids"], given["version"]
    from seedcli.cli.follow import run_resume

    return run_resume(ids or [], given)
