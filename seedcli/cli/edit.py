"""`seedcli edit`: one image or many."""

from __future__ import annotations

from typing import Annotated

import typer

from seedcli.cli import options
from seedcli.cli.style import SETTINGS, SeedCommand

app = typer.Typer(add_completion=False, rich_markup_mode=None)

_EXAMPLES = """Examples:

\b
  seedcli edit cat.jpg "make eyes blue"
  seedcli edit cat.jpg "make it black and white" --sandbox
  seedcli edit -r photos/ "make it golden hour" -o golden/ -j 8
  seedcli edit - -o - "blur the background" < in.jpg > out.jpg
  seedcli edit *.jpg -p "remove the text" --json | jq -r .output
"""


@app.command(cls=SeedCommand, context_settings=SETTINGS, no_args_is_help=True, epilog=_EXAMPLES)
def edit(
    words: Annotated[
        list[str] | None,
        typer.Argument(
            metavar="IMAGE... PROMPT", help="Files, folders with -r, https:// links, or -; the prompt last."
        ),
    ] = None,
    prompt: options.Prompt = None,
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
    recursive: options.Recursive = None,
    files_from: options.FilesFrom = None,
    null: options.Null = None,
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
    """Edit pictures with words.

    The last word is the change to make; with -p or --prompt-file every word is an image.
    The result of cat.jpg is cat-edited.jpg beside it. Standard output carries the paths
    of saved results alone, a line each, or with --json an object each.
    """
    given = dict(locals())
    del given["words"], given["version"]
    from seedcli.cli.edit_run import run_edit

    return run_edit(words or [], given)
