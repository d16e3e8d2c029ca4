"""Every file that is made from the commands, and where it stands in the repository."""

from __future__ import annotations

import json
from collections.abc import Mapping
from pathlib import Path

from seedcli.cli import kept_help, known_words
from seedcli.cli.completions import bash, edit_options, fish, man, powershell, reference, zsh
from seedcli.cli.completions.catalogue import Command, read_program
from seedcli.cli.page import to_data
from seedcli.cli.topics import topics

ROOT = Path(__file__).parents[3]


def made_files() -> dict[Path, str]:
    """All of them, by path."""
    program = read_program()
    scripts = ROOT / "completions"
    return {
        scripts / "seedcli.bash": bash.script(program),
        scripts / "_seedcli": zsh.script(program),
        scripts / "seedcli.fish": fish.script(program),
        scripts / "seedcli.ps1": powershell.script(program),
        ROOT / "docs" / "reference.md": reference.text(program),
        Path(kept_help.FILE): _pages(program),
        Path(known_words.FILE): edit_options.table(),
        **{ROOT / "man" / "man1" / name: text for name, text in man.pages(program).items()},
    }


def stale() -> Mapping[Path, str]:
    """Those that are missing or not what they should be."""
    return {
        path: text
        for path, text in made_files().items()
        if not path.is_file() or path.read_text(encoding="utf-8") != text
    }


def _pages(program: Command) -> str:
    pages = {command.name: to_data(command.page) for command in program.walk()}
    pages |= {kept_help.TOPIC + name: to_data(page) for name, page in topics().items()}
    return json.dumps(pages, indent=1, ensure_ascii=False) + "\n"
