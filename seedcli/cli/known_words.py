"""`seedcli edit` with its options read without typer, which alone takes 45 ms of the 60 to begin.

Only a command line that is right is read here; whatever is not, or asks for help, is left to typer,
which knows what to say. A test holds that both understand every right one alike.
"""

from __future__ import annotations

from collections.abc import Iterator

# Options with the name of their parameter: those that take a value, and switches with what they set.
VALUES = {
    "-p": "prompt",
    "--prompt": "prompt",
    "--prompt-file": "prompt_file",
    "--preset": "preset",
    "-m": "model",
    "--model": "model",
    "-s": "size",
    "--size": "size",
    "--seed": "seed",
    "-g": "guidance_scale",
    "--guidance-scale": "guidance_scale",
    "--response-format": "response_format",
    "-N": "count",
    "--count": "count",
    "-o": "output",
    "--output": "output",
    "--files-from": "files_from",
    "-j": "jobs",
    "--jobs": "jobs",
    "--rate": "rate",
    "--timeout": "timeout",
    "--retries": "retries",
    "--poll-interval": "poll_interval",
    "--max-images": "max_images",
    "--max-cost": "max_cost",
    "--color": "color",
    "--base-url": "base_url",
    "--config": "config",
    "--profile": "profile",
    "--proxy": "proxy",
    "--ca-bundle": "ca_bundle",
    "--debug-http": "debug_http",
}
SWITCHES = {
    "--watermark": ("watermark", True),
    "--no-watermark": ("watermark", False),
    "--unchecked": ("unchecked", True),
    "-f": ("force", True),
    "--force": ("force", True),
    "-r": ("recursive", True),
    "--recursive": ("recursive", True),
    "-0": ("null", True),
    "--null": ("null", True),
    "--no-wait": ("no_wait", True),
    "--retry-server-errors": ("retry_server_errors", True),
    "--resend": ("resend", True),
    "-n": ("dry_run", True),
    "--dry-run": ("dry_run", True),
    "-y": ("yes", True),
    "--yes": ("yes", True),
    "--json": ("json", True),
    "-q": ("quiet", True),
    "--quiet": ("quiet", True),
    "-v": ("verbose", True),
    "--verbose": ("verbose", True),
    "--no-input": ("no_input", True),
    "--sandbox": ("sandbox", True),
}
PARAMETERS = (*VALUES.values(), *(name for name, _ in SWITCHES.values()))

Given = dict[str, str | bool | None]


def run_edit(arguments: list[str]) -> int | None:
    """The exit code of `seedcli edit`; None, and nothing is done, when typer must look at it."""
    read = read_edit(arguments)
    if read is None:
        return None
    from seedcli.cli.border import guarded
    from seedcli.cli.edit_run import run_edit as edit

    return guarded(lambda: edit(*read))


def read_edit(arguments: list[str]) -> tuple[list[str], Given] | None:
    """The words and all parameters, None where one was not given; None when typer must look."""
    words: list[str] = []
    given: Given = dict.fromkeys(PARAMETERS)
    left = iter(arguments)
    try:
        for argument in left:
            if argument == "--":
                words += left
            elif argument.startswith("--"):
                _long(argument, left, given)
            elif argument.startswith("-") and argument != "-":
                _short(argument[1:], left, given)
            else:
                words.append(argument)
    except (KeyError, StopIteration):
        return None
    return (words, given) if arguments else None


def _long(argument: str, left: Iterator[str], given: Given) -> None:
    name, sign, value = argument.partition("=")
    if sign:
        given[VALUES[name]] = value
    elif name in SWITCHES:
        parameter, state = SWITCHES[name]
        given[parameter] = state
    else:
        given[VALUES[name]] = next(left)


def _short(letters: str, left: Iterator[str], given: Given) -> None:
    """`-rq`, `-o FILE`, `-oFILE`, `-rqoFILE`."""
    for number, letter in enumerate(letters, 1):
        name = f"-{letter}"
        if name in SWITCHES:
            parameter, state = SWITCHES[name]
            given[parameter] = state
        else:
            given[VALUES[name]] = letters[number:] or next(left)
            return
