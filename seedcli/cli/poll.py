"""`seedcli poll`: follow jobs and download what they made."""

from __future__ import annotations

from typing import Annotated

import typer

from seedcli.cli import options
from seedcli.cli.style import SETTINGS, SeedCommand

app = typer.Typer(add_completion=False, rich_markup_mode=None)

_EXAMPLES = """Examples:

\b
  seedcli poll job-1234567890
  seedcli poll job-1 job-2 -o results/
  seedcli poll job-1234567890 --no-wait || echo "still running"
"""


@app.command(cls=SeedCommand, context_settings=SETTINGS, no_args_is_help=True, epilog=_EXAMPLES)
def poll(
    job_set_ids: Annotated[
        list[str], typer.Argument(metavar="JOB_SET_ID...", help="Jobs that the gateway accepted.")
    ],
    output: options.Output = None,
    force: options.Force = None,
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
    """Follow jobs and download what they made.

    A job that this machine's journal knows is saved under the name of its input, any other as
    job-ID.jpg in the current folder, or at -o. With --no-wait each job is looked at once:
    exit code 0 says saved, 8 still running. Polling is never charged.
    """
    given = dict(locals())
    del given["job_set_ids"], given["version"]
    from seedcli.cli.follow import run_poll

    return run_poll(job_set_ids, given)
