"""docs/reference.md: every command, setting, exit code and JSON field, as the program itself has them."""

from __future__ import annotations

import json
from collections.abc import Collection, Iterable, Iterator, Sequence
from pathlib import Path
from typing import Any

from seedcli.cli.completions.catalogue import Command
from seedcli.cli.page import Block, Page, Row
from seedcli.cli.topics import topics
from seedcli.sandbox.faults import KINDS
from seedcli.setting_keys import KEYS, Key

_SCHEMA = Path(__file__).parents[2] / "result.schema.json"
_HEAD = """\
<!-- Made by `python -m seedcli.cli.completions --write`; changes here are lost. -->

# Reference

Made from the program itself, as its help and its man pages are. The [guide](guide.md) shows how it is used.
"""
_SETTINGS = """\
The order is option, preset, environment, profile, configuration file, default. The columns `file` and
`preset` say whether a setting may be written there. A switch in the environment is `true` or `false`.
"""


def text(program: Command) -> str:
    """The whole page."""
    commands = [command for command in program.walk() if command.path]
    options = {name for command in commands for option in command.options for name in option.names}
    contents = [
        *(f"[`seedcli {command.name}`](#{_anchor(f'seedcli {command.name}')})" for command in commands),
        *(f"[{title}](#{_anchor(title)})" for title in ("Settings", *_TOPICS.values(), "Faults")),
    ]
    parts = [
        _HEAD,
        " · ".join(contents) + "\n",
        *map(_command, commands),
        "## Settings\n",
        _SETTINGS,
        _table(
            ("option", "environment", "file", "preset", "default", ""),
            (_setting(key, options) for key in KEYS.values()),
        ),
        *(_topic(title, topics()[name]) for name, title in _TOPICS.items()),
        "### Every field\n",
        "From the JSON Schema that `seedcli history --schema` prints.\n",
        _table(("field", "type", ""), _fields(json.loads(_SCHEMA.read_text(encoding="utf-8")))),
        "## Faults\n",
        "What `seedcli sandbox --fault KIND[:RATE[:TIMES]]` lets go wrong.\n",
        _table(("kind", "strikes", ""), ((f"`{kind}`", *pair) for kind, pair in KINDS.items())),
    ]
    return "\n".join(parts).rstrip() + "\n"


_TOPICS = {
    "environment": "Environment",
    "exit-codes": "Exit codes",
    "output": "Output",
    "privacy": "Privacy",
    "json": "JSON",
}


def _command(command: Command) -> str:
    return _titled(f"seedcli {command.name}", command.page, level=2 if len(command.path) == 1 else 3)


def _topic(title: str, page: Page) -> str:
    return _titled(title, page, level=2)


def _titled(title: str, page: Page, *, level: int) -> str:
    lines = [f"{'#' * level} {title}", ""]
    if page.usage:
        lines += ["```text", page.usage, "```", ""]
    lines += [line for paragraph in page.about for line in (_prose(paragraph), "")]
    for block in page.blocks:
        lines += [f"**{block.title}**", ""] if block.title and block.title != title else []
        lines += _block(block)
    return "\n".join(lines)


def _block(block: Block) -> Iterator[str]:
    for paragraph in block.text:
        yield from (_prose(paragraph), "")
    if block.rows and all(row.name.startswith("seedcli ") or "| seedcli" in row.name for row in block.rows):
        yield from _code(f"{row.name}  # {row.text}" if row.text else row.name for row in block.rows)
    elif block.rows:
        yield _table(("", ""), ((_term(row), _prose(row.text)) for row in block.rows))
    if block.table:
        head, *rows = block.table
        yield _table(head, ([f"**{row[0]}**", *map(_prose, row[1:])] for row in rows))
    if block.commands:
        yield from _code(block.commands)


def _code(commands: Iterable[str]) -> Iterator[str]:
    yield from ("```sh", *commands, "```", "")


def _term(row: Row) -> str:
    names = ", ".join(f"`{name}`" for name in (row.short, *row.name.split(", ")) if name)
    return names + (f" {_prose(row.metavar)}" if row.metavar else "")


def _setting(key: Key, options: Collection[str]) -> tuple[str, ...]:
    return (
        f"`{key.option}`" if key.option in options and not key.secret else "",
        ", ".join(f"`{name}`" for name in key.variables),
        f"`{key.name}`" if key.stored else "",
        f"`{key.name}`" if key.preset else "",
        "" if key.default in (None, False) else f"`{key.default}`",
        _prose(key.help + "."),
    )


def _fields(schema: dict[str, Any], *, prefix: str = "") -> Iterator[tuple[str, str, str]]:
    """Each field with its type; those of an object in an object follow it."""
    for name, field in schema["properties"].items():
        yield f"`{prefix}{name}`", _prose(_type(field)), _prose(field.get("description", ""))
        for inner in (field, *field.get("oneOf", ())):
            if "properties" in inner:
                yield from _fields(inner, prefix=f"{prefix}{name}.")


def _type(field: dict[str, Any]) -> str:
    if "const" in field:
        return json.dumps(field["const"])
    if "enum" in field:
        return " | ".join(map(json.dumps, field["enum"]))
    if "oneOf" in field:
        return " | ".join(_type(one) for one in field["oneOf"])
    if field["type"] == "array":
        return f"array of {_type(field['items'])}"
    return field["type"] if isinstance(field["type"], str) else " | ".join(field["type"])


def _table(head: Sequence[str], rows: Iterable[Sequence[str]]) -> str:
    lines = ["| " + " | ".join(head) + " |", "| " + " | ".join("---" for _ in head) + " |"]
    lines += ["| " + " | ".join(cell.replace("|", "\\|") for cell in row) + " |" for row in rows]
    return "\n".join(lines) + "\n"


def _prose(words: str) -> str:
    """Text that Markdown shows as it stands."""
    words = " ".join(words.split())
    for char in "\\`*_<>[]{}~":
        words = words.replace(char, "\\" + char)
    return words


def _anchor(title: str) -> str:
    return title.lower().replace(" ", "-")
