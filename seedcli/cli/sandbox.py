"""`seedcli sandbox`: a local gateway, for trying things out and for tests of scripts."""

from __future__ import annotations

import sys
from contextlib import suppress
from pathlib import Path
from typing import Annotated

import typer

from seedcli.cli.page import Block
from seedcli.cli.style import SETTINGS, SeedCommand

_EXAMPLES = """\b
Examples:
  seedcli sandbox                                   then, in another terminal, the two lines it prints
  seedcli sandbox --jobs --latency 20               every edit is a job that takes 20 s
  seedcli sandbox --fault 429:0.2 --fault hang-up:0.05
  seedcli sandbox --fault 503:1:2                   the first two edits fail
"""


app = typer.Typer(
    name="sandbox",
    rich_markup_mode=None,
    add_completion=False,
    context_settings=SETTINGS,
)


class SandboxCommand(SeedCommand):
    """Its help lists the kinds of faults, read when it is asked for."""

    def more_blocks(self) -> list[Block]:
        from seedcli.sandbox.faults import KINDS

        return [
            Block(
                f"Faults of {stage}s",
                text=[", ".join(kind for kind, (struck, _) in KINDS.items() if struck == stage)],
            )
            for stage in ("edit", "poll", "download")
        ]


@app.command(cls=SandboxCommand, epilog=_EXAMPLES)
def sandbox(
    port: Annotated[
        int, typer.Option("--port", min=0, max=65535, metavar="PORT", help="0 takes a free one.")
    ] = 8787,
    host: Annotated[
        str, typer.Option("--host", metavar="HOST", help="A loopback address; no other is listened on.")
    ] = "127.0.0.1",
    key: Annotated[
        str | None,
        typer.Option(
            "--key",
            metavar="KEY",
            help="The only key that is taken, an invented one; any other is a 401.",
            show_default=False,
        ),
    ] = None,
    folder: Annotated[
        Path | None,
        typer.Option(
            "--folder",
            metavar="DIR",
            help="Keep jobs and results here; without it they go with the sandbox.",
            show_default=False,
        ),
    ] = None,
    jobs: Annotated[
        bool, typer.Option("--jobs", help="Answer every edit with a job to poll.", show_default=False)
    ] = False,
    latency_s: Annotated[
        float, typer.Option("--latency", metavar="S", help="Seconds that an edit, or its job, takes.")
    ] = 0.0,
    rate_limit: Annotated[
        str | None,
        typer.Option(
            "--rate-limit",
            metavar="N/s",
            help="Edits in any one second; beyond them 429 with Retry-After. N/min works too.",
            show_default=False,
        ),
    ] = None,
    fault: Annotated[
        list[str] | None,
        typer.Option(
            "--fault",
            metavar="KIND[:RATE[:TIMES]]",
            help="Let it go wrong, at this rate from 0 to 1, at most so many times. Again for more.",
            show_default=False,
        ),
    ] = None,
    fault_seed: Annotated[
        int, typer.Option("--fault-seed", metavar="N", help="The same faults for the same number.")
    ] = 0,
    render: Annotated[
        bool,
        typer.Option("--render/--no-render", help="Draw pictures, or give the same tiny one for load tests."),
    ] = True,
) -> None:
    """Run a local gateway: the same endpoints and rules, its own pictures, no charge, no network.

    It prints the two lines that point seedcli at it, then a line on standard error for each request.
    Pictures are changed by simple filters that follow the words of the prompt, and marked "sandbox".
    Image links other than its own results are never fetched; a drawn picture takes their place.
    Ctrl-C ends it.
    """
    from seedcli.sandbox.config import DEFAULT_KEY, SandboxConfig
    from seedcli.sandbox.server import RunningSandbox, serve

    config = SandboxConfig(
        key=DEFAULT_KEY if key is None else key,
        folder=folder.absolute() if folder else None,
        jobs=jobs,
        latency_s=latency_s,
        rate_per_s=_per_second(rate_limit) if rate_limit else None,
        faults=tuple(fault or ()),
        fault_seed=fault_seed,
        render=render,
    )

    def ready(running: RunningSandbox) -> None:
        typer.echo(f"export SEEDCLI_BASE_URL={running.base_url}")
        typer.echo(f"export SEEDCLI_API_KEY={_quoted(running.key)}")
        _say("the sandbox is listening; Ctrl-C ends it")

    serve(config, host=host, port=port, log=_say, ready=ready)


def _say(line: str) -> None:
    # Nobody reading the log is no reason to stop serving.
    with suppress(OSError, ValueError):
        sys.stderr.write(f"{line}\n")
        sys.stderr.flush()


def _quoted(text: str) -> str:
    from shlex import quote

    return quote(text)


def _per_second(text: str) -> float:
    """`20`, `20/s` or `90/min` as requests a second."""
    from seedcli.errors import UsageError
    from seedcli.text import clean

    number, _, unit = text.partition("/")
    try:
        rate = float(number) / {"": 1, "s": 1, "sec": 1, "min": 60, "m": 60}[unit]
    except (ValueError, KeyError) as fault:
        raise UsageError(f"--rate-limit {clean(text, limit=40)}: it is N/s or N/min, such as 20/s") from fault
    if not 0 < rate < float("inf"):
        raise UsageError(f"--rate-limit {clean(text, limit=40)}: the rate must be over 0")
    return rate
