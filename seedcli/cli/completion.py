"""`seedcli completion`: a shell's completion script on standard output; nothing is installed or edited."""

from __future__ import annotations

import sys
from pathlib import Path
from typing import Annotated

import typer

from seedcli.cli.style import SETTINGS, SeedCommand
from seedcli.errors import UsageError

app = typer.Typer(add_completion=False, rich_markup_mode=None)

_FILES = {
    "bash": "seedcli.bash",
    "zsh": "_seedcli",
    "fish": "seedcli.fish",
    "powershell": "seedcli.ps1",
}
_EXAMPLES = """Examples:

\b
  seedcli completion bash > ~/.local/share/bash-completion/completions/seedcli
  seedcli completion zsh > "${fpath[1]}/_seedcli"
  seedcli completion fish > ~/.config/fish/completions/seedcli.fish
  seedcli completion powershell >> $PROFILE
"""


@app.command(cls=SeedCommand, context_settings=SETTINGS, no_args_is_help=True, epilog=_EXAMPLES)
def completion(
    shell: Annotated[
        str, typer.Argument(metavar="bash|zsh|fish|powershell", help="The shell that is to complete.")
    ],
) -> None:
    """Print the completion script of a shell.

    The script goes to standard output; no start-up file is touched. Pressing Tab then starts
    no Python, except for the names of presets, profiles, jobs and edits.
    """
    name = _FILES.get("powershell" if shell == "pwsh" else shell)
    if name is None:
        from seedcli.text import clean

        raise UsageError(
            f"there is no script for {clean(shell, limit=40)!r}", hint=f"Name one of {', '.join(_FILES)}."
        )
    sys.stdout.write(_folder().joinpath(name).read_text(encoding="utf-8"))


def _folder() -> Path:
    """The wheel carries the scripts inside the package; in a checkout they stand beside it."""
    inside = Path(__file__).parent / "completions" / "scripts"
    return inside if inside.is_dir() else Path(__file__).parents[2] / "completions"
