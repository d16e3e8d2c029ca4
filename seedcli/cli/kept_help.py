"""Help from pages kept beside the program, shown before typer is imported: 17 ms instead of 60.

`python -m seedcli.cli.completions --write` makes the pages from the commands themselves, and a test
holds the two equal.
"""

from __future__ import annotations

import json
import os
import sys

from seedcli.cli.page import Page, from_data, render, wants_colour, width_of

# Not pathlib here: importing it takes 4 ms.
FILE = os.path.join(os.path.dirname(__file__), "help_pages.json")
TOPIC = "help "
"""What a topic's name stands behind: `help json` is a topic, `config set` a command."""


def answer(words: list[str]) -> bool:
    """Shows the page that the whole command line asks for; False when it asks for something else."""
    asked = _asked(words)
    page = None if asked is None else find(asked)
    if page is None:
        return False
    write(page)
    return True


def find(name: str) -> Page | None:
    """The page of a command (`config set`; the program's own for an empty name) or of a topic."""
    pages = _pages()
    data = pages.get(name) or pages.get(TOPIC + name)
    return from_data(data) if data else None


def names() -> list[str]:
    """All that there is a page for, topics by their own names."""
    return [name.removeprefix(TOPIC) for name in _pages() if name]


def write(page: Page) -> None:
    """The page on standard output; a reader that has seen enough (`| head`) is no fault."""
    text = render(page, width=width_of(sys.stdout), colour=wants_colour(sys.stdout))
    encoding = sys.stdout.encoding or "utf-8"
    try:
        sys.stdout.write(text.encode(encoding, "replace").decode(encoding))
        sys.stdout.flush()
    except BrokenPipeError:
        # Python would complain of the unwritten rest at its end.
        os.dup2(os.open(os.devnull, os.O_WRONLY), sys.stdout.fileno())


def _asked(words: list[str]) -> str | None:
    """Only what can mean nothing else: no words, `help NAME...`, or `NAME... --help`."""
    if words[:1] == ["help"]:
        path = words[1:]
    elif not words or words[-1] in ("-h", "--help"):
        path = words[:-1]
    else:
        return None
    return None if any(word.startswith("-") for word in path) else " ".join(path)


def _pages() -> dict[str, dict[str, object]]:
    with open(FILE, encoding="utf-8") as file:
        pages: dict[str, dict[str, object]] = json.load(file)
    return pages
