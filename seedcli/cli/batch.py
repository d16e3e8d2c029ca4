"""`seedcli batch`: the rows of a file, each with its own image, prompt and options."""

from __future__ import annotations

from typing import Annotated

import typer

from seedcli.cli import options
from seedcli.cli.style import SETTINGS, SeedCommand

app = typer.Typer(add_completion=False, rich_markup_mode=None)

_EXAMPLES = """Rows:

\b
  {"image": "cat.jpg", "prompt": "make eyes blue", "output": "blue.jpg"}
  {"image": "dog.jpg", "prompt": "make it snow", "seed": 7, "count": 4}

\b
  image,prompt,model,size
  cat.jpg,make eyes blue,,
  https://example.com/dog.jpg,make it snow,seedream,4K

Examples:

\b
  seedcli batch rows.jsonl -o results/ -j 8
  seedcli batch rows.csv -p "make it golden hour" --max-images 500
  make-rows | seedcli batch - --json | jq -r .output
"""


@app.command(cls=SeedCommand, context_settings=SETTINGS, no_args_is_help=True, epilog=_EXAMPLES)
def batch(
    manifest: Annotated[
        str,
        typer.Argument(metavar="MANIFEST", help="A JSONL or CSV file, or - for rows from standard input."),
    ],
    format: options.Format = None,
    prompt: options.RowsPrompt = None,
    prompt_file: options.PromptFile = None,
    preset: options.Preset = None,
    model: options.Model = None,
    size: options.Size = None,
    seed: options.Seed = None,
    guidance_scale: options.GuidanceScale = None,
    watermark: options.Watermark = None,
    response_format: options.ResponseFormat = None,
    count: options.Count = None,
    unchecked: options.Unchecked = None,
    no_prepare: options.NoPrepare = None,
    pad: options.Pad = None,
    keep_location: options.KeepLocation = None,
    output: options.Output = None,
    force: options.Force = None,
    fit: options.Fit = None,
    embed: options.Embed = None,
    sidecar: options.Sidecar = None,
    strip: options.Strip = None,
    jobs: options.Jobs = None,
    rate: options.Rate = None,
    no_wait: options.NoWait = None,
    timeout: options.Timeout = None,
    retries: options.Retries = None,
    retry_server_errors: options.RetryServerErrors = None,
    resend: options.Resend = None,
    poll_interval: options.PollInterval = None,
    dry_run: options.DryRun = None,
    max_images: options.MaxImages = None,
    max_cost: options.MaxCost = None,
    yes: options.Yes = None,
    json: options.Json = None,
    quiet: options.Quiet = None,
    verbose: options.Verbose = None,
    color: options.Color = None,
    no_input: options.NoInput = None,
    preview: options.Preview = None,
    open: options.Open = None,
    sandbox: options.Sandbox = None,
    base_url: options.BaseUrl = None,
    config: options.Config = None,
    profile: options.Profile = None,
    proxy: options.Proxy = None,
    ca_bundle: options.CaBundle = None,
    debug_http: options.DebugHttp = None,
    version: options.Version = False,
) -> int:
    """Edit the rows of a JSONL or CSV file.

    Columns: image, prompt, output, model, size, seed, guidance_scale, watermark,
    response_format, count, force. Relative paths start at the manifest's folder; options
    stand for what a row leaves open. Every row is checked before anything is sent. The same
    command goes on with what is unfinished; rows from standard input start as they come.
    """
    given = dict(locals())
    del given["manifest"], given["version"]
    from seedcli.cli.batch_run import run_batch

    return run_batch(manifest, given)
