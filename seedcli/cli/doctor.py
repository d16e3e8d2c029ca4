"""`seedcli doctor`: is everything in order?"""

from __future__ import annotations

import typer

from seedcli.cli import options
from seedcli.cli.style import SETTINGS, SeedCommand

app = typer.Typer(add_completion=False, rich_markup_mode=None)

_EXAMPLES = """Examples:

\b
  seedcli doctor
  seedcli doctor --profile work --proxy http://proxy.example:3128
  seedcli doctor --json | jq -r '.checks[] | select(.status == "failed") | .detail'
"""


@app.command(cls=SeedCommand, context_settings=SETTINGS, epilog=_EXAMPLES)
def doctor(
    json: options.Json = None,
    color: options.Color = None,
    sandbox: options.Sandbox = None,
    base_url: options.BaseUrl = None,
    config: options.Config = None,
    profile: options.Profile = None,
    proxy: options.Proxy = None,
    ca_bundle: options.CaBundle = None,
    debug_http: options.DebugHttp = None,
    version: options.Version = False,
) -> int:
    """Is everything in order? Charges nothing.

    Looks at the program, the configuration, the key, the way to the gateway, the journal, the
    disk and the terminal. Whether the gateway takes the key is asked by following a job that
    can't exist, with the key and with one that is nobody's; an edit is never sent.

    Ends with the exit code that an edit would end with: 0 all is well, 2 journal or disk, 3
    configuration or key, 4 no gateway at this address, 5 credits or quota, 6 the gateway can't be
    reached. Unsaved and doubtful results are a warning, which leaves the exit code alone.
    """
    given = dict(locals())
    del given["version"]
    from seedcli.cli.doctor_run import run_doctor

    return run_doctor(given)
