"""The options that commands share, each written once.

All are optional texts or switches here: what they may hold, their environment variables and
their defaults are `seedcli.setting_keys`' to say, for the command line as for the file.
"""

from __future__ import annotations

from typing import Annotated, Any

import typer

from seedcli.cli.app import print_version

REQUEST = "What to make"
OUTPUT = "Where it goes"
RUN = "How it runs"
SHOW = "What is shown"
NETWORK = "Gateway and network"


def _value(panel: str, metavar: str, help: str, *names: str) -> Any:
    return typer.Option(*names, help=help, metavar=metavar, rich_help_panel=panel)


def _switch(panel: str, help: str, *names: str) -> Any:
    return typer.Option(*names, help=help, rich_help_panel=panel, show_default=False)


Text = str | None
Switch = bool | None

Prompt = Annotated[
    Text, _value(REQUEST, "TEXT", "The change to make; then every word is an image.", "-p", "--prompt")
]
RowsPrompt = Annotated[
    Text, _value(REQUEST, "TEXT", "The change to make, for rows that don't say.", "-p", "--prompt")
]
PromptFile = Annotated[
    Text, _value(REQUEST, "FILE", "Read the prompt from FILE (- for standard input).", "--prompt-file")
]
Preset = Annotated[
    Text, _value(REQUEST, "NAME", "Start from a prompt and options kept in the configuration.", "--preset")
]
Model = Annotated[
    Text, _value(REQUEST, "MODEL", "seededit, seedream, or the ID of a model or endpoint.", "-m", "--model")
]
Size = Annotated[
    Text, _value(REQUEST, "SIZE", "SeedEdit: adaptive. Seedream: 2K, 4K or WIDTHxHEIGHT.", "-s", "--size")
]
Seed = Annotated[Text, _value(REQUEST, "N", "-1 to 2147483647; the same seed, the same result.", "--seed")]
GuidanceScale = Annotated[
    Text,
    _value(
        REQUEST, "X", "1 to 10; higher follows the prompt more, the picture less.", "-g", "--guidance-scale"
    ),
]
Watermark = Annotated[
    Switch, _switch(REQUEST, '"AI-generated" in the bottom right corner.', "--watermark/--no-watermark")
]
ResponseFormat = Annotated[
    Text, _value(REQUEST, "url|b64_json", "A link to the result, or its bytes.", "--response-format")
]
Count = Annotated[Text, _value(REQUEST, "N", "Make N results, each with a seed of its own.", "-N", "--count")]
Unchecked = Annotated[
    Switch, _switch(REQUEST, "Skip the program's rules about models; the gateway decides.", "--unchecked")
]

NoPrepare = Annotated[
    Switch, _switch(REQUEST, "Refuse a picture that would have to be changed to fit.", "--no-prepare")
]
Pad = Annotated[
    Switch, _switch(REQUEST, "Add white borders where the model does not take the aspect.", "--pad")
]
KeepLocation = Annotated[
    Switch, _switch(REQUEST, "Leave the place where it was taken in what is sent.", "--keep-location")
]

Fit = Annotated[
    Text, _value(OUTPUT, "original|cover|contain", "Bring the result to the input's size.", "--fit")
]
Embed = Annotated[
    Switch, _switch(OUTPUT, "Write prompt, model, seed … into the result.", "--embed/--no-embed")
]
Sidecar = Annotated[Switch, _switch(OUTPUT, "Write the JSON of each result beside it.", "--sidecar")]
Strip = Annotated[Switch, _switch(OUTPUT, "Remove metadata from the result.", "--strip")]
Preview = Annotated[Switch, _switch(SHOW, "Show before and after in the terminal.", "--preview")]
Open = Annotated[Switch, _switch(SHOW, "Open results in the system's viewer.", "--open")]

Output = Annotated[
    Text,
    _value(
        OUTPUT,
        "PATH",
        "A file, a FOLDER/, a template with {stem}, or - (default: beside the input).",
        "-o",
        "--output",
    ),
]
Force = Annotated[Switch, _switch(OUTPUT, "Replace an existing -o file.", "-f", "--force")]

Recursive = Annotated[Switch, _switch(RUN, "Take the pictures in folders.", "-r", "--recursive")]
FilesFrom = Annotated[
    Text, _value(RUN, "FILE", "Read image names from FILE (- for standard input).", "--files-from")
]
Null = Annotated[
    Switch, _switch(RUN, "Names in --files-from end with NUL, as from find -print0.", "-0", "--null")
]
Format = Annotated[
    Text, _value(RUN, "jsonl|csv", "How the manifest is written (default: by its suffix).", "--format")
]
Jobs = Annotated[Text, _value(RUN, "N", "At most N images in flight (default 4).", "-j", "--jobs")]
Rate = Annotated[Text, _value(RUN, "N/s|N/min", "Send at most so many.", "--rate")]
NoWait = Annotated[Switch, _switch(RUN, "Don't follow a job to its end.", "--no-wait")]
LookOnce = Annotated[Switch, _switch(RUN, "Look at each job once.", "--no-wait")]
Timeout = Annotated[Text, _value(RUN, "S", "Seconds for the edit call (default 300).", "--timeout")]
FollowTimeout = Annotated[Text, _value(RUN, "S", "Seconds to follow a job (default 300).", "--timeout")]
Retries = Annotated[
    Text, _value(RUN, "N", "How often a request that was not processed is repeated (default 3).", "--retries")
]
RetryServerErrors = Annotated[
    Switch, _switch(RUN, "Repeat 5xx answers too: may bill twice.", "--retry-server-errors")
]
Resend = Annotated[Switch, _switch(RUN, "Send a request in doubt once more: may bill twice.", "--resend")]
PollInterval = Annotated[
    Text, _value(RUN, "S", "Seconds between looks at a job (default 5).", "--poll-interval")
]
DryRun = Annotated[
    Switch, _switch(RUN, "Send nothing; print the request that would go out.", "-n", "--dry-run")
]
MaxImages = Annotated[Text, _value(RUN, "N", "Refuse a run of more than N images.", "--max-images")]
MaxCost = Annotated[
    Text, _value(RUN, "X", "Refuse a run that costs more (needs price_per_image).", "--max-cost")
]
Yes = Annotated[Switch, _switch(RUN, "Don't ask before a large run.", "-y", "--yes")]

Json = Annotated[Switch, _switch(SHOW, "One JSON object a line on standard output.", "--json")]
Quiet = Annotated[Switch, _switch(SHOW, "Warnings and errors only.", "-q", "--quiet")]
Verbose = Annotated[Switch, _switch(SHOW, "Say more about each step.", "-v", "--verbose")]
Color = Annotated[Text, _value(SHOW, "auto|always|never", "When to use colours.", "--color")]
NoInput = Annotated[Switch, _switch(SHOW, "Never ask.", "--no-input")]

Sandbox = Annotated[
    Switch,
    _switch(NETWORK, "Use a sandbox started for this command: no key, no network, no bill.", "--sandbox"),
]
BaseUrl = Annotated[Text, _value(NETWORK, "URL", "Another gateway.", "--base-url")]
Config = Annotated[Text, _value(NETWORK, "FILE", "Another configuration file.", "--config")]
Profile = Annotated[Text, _value(NETWORK, "NAME", "Use the settings under profiles.NAME.", "--profile")]
Proxy = Annotated[Text, _value(NETWORK, "URL", "Reach the gateway through a proxy.", "--proxy")]
CaBundle = Annotated[Text, _value(NETWORK, "FILE", "Trust the certificates in FILE.", "--ca-bundle")]
DebugHttp = Annotated[
    Text, _value(NETWORK, "FILE", "Log each exchange to FILE, key and images shortened.", "--debug-http")
]
Version = Annotated[
    bool,
    typer.Option(
        "-V",
        "--version",
        callback=print_version,
        is_eager=True,
        help="Show the version.",
        rich_help_panel=SHOW,
    ),
]
