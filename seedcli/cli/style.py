"""Commands whose help is a `page`, and whose mistakes are answered with what was probably meant."""

from __future__ import annotations

import inspect
import os
import re
import sys
from collections.abc import Iterable, Iterator
from typing import Any

from typer.core import TyperCommand, TyperGroup

from seedcli.cli.page import Block, Page, Row, render, wants_colour, width_of
from seedcli.errors import ExitCode, UsageError

__all__ = ["SETTINGS", "SeedCommand", "SeedGroup", "nearest", "page_of", "wants_colour"]

SETTINGS = {"help_option_names": ["-h", "--help"]}
"""What every command's context is made with."""

_OPTIONS = "Options"
_DEFAULT = re.compile(r"\[default: ([^;\]]*)(;[^\]]*)?\]")


class SeedCommand(TyperCommand):
    """A command whose options stand in the sections that they name as their panel."""

    def format_help(self, ctx: Any, formatter: Any) -> None:
        formatter.write(_shown(page_of(self, ctx), sys.stdout))

    def more_blocks(self) -> list[Block]:
        """What stands below the options of the command's page."""
        return []

    def parse_args(self, ctx: Any, args: list[str]) -> list[str]:
        if not args and self.no_args_is_help and not ctx.resilient_parsing:
            # Something is missing, so this is no answer for standard output.
            sys.stderr.write(_shown(page_of(self, ctx), sys.stderr))
            ctx.exit(int(ExitCode.USAGE))
        return super().parse_args(ctx, args)


class SeedGroup(TyperGroup):
    """A group of commands in the same dress."""

    def format_help(self, ctx: Any, formatter: Any) -> None:
        formatter.write(_shown(page_of(self, ctx), sys.stdout))

    def parse_args(self, ctx: Any, args: list[str]) -> list[str]:
        if not args and self.no_args_is_help and not ctx.resilient_parsing:
            sys.stdout.write(_shown(page_of(self, ctx), sys.stdout))
            ctx.exit()
        return super().parse_args(ctx, args)

    def resolve_command(self, ctx: Any, args: list[str]) -> Any:
        name = args[0]
        command = self.get_command(ctx, name)
        if command is not None:
            return name, command, args[1:]
        if name.startswith("-"):
            return super().resolve_command(ctx, args)
        from seedcli.text import clean

        near = nearest(name, self.list_commands(ctx))
        if near is None and ctx.parent is None and os.path.exists(name):
            hint = "To edit a picture: seedcli edit IMAGE... PROMPT"
        else:
            hint = f"See '{ctx.command_path} --help'."
        meant = f". Did you mean {ctx.command_path} {near}?" if near else ""
        raise UsageError(f"no such command: {clean(name, limit=60)}{meant}", hint=hint)

    def more_blocks(self) -> list[Block]:
        """What stands below the options of the group's page."""
        return []

    def summaries(self, ctx: Any) -> list[tuple[str, str]]:
        """Each command with what it does in a line."""
        commands = [(name, self.get_command(ctx, name)) for name in self.list_commands(ctx)]
        return [(name, c.get_short_help_str(200)) for name, c in commands if c is not None and not c.hidden]


def page_of(command: Any, ctx: Any) -> Page:
    """The help page of a command or group, made from what typer knows of it."""
    blocks = []
    if isinstance(command, SeedGroup):
        blocks.append(Block("Commands", rows=[Row(name, text) for name, text in command.summaries(ctx)]))
    blocks += [Block(title, rows=rows) for title, rows in _sections(command.get_params(ctx), ctx).items()]
    blocks += command.more_blocks()
    about = inspect.cleandoc(command.help or "").split("\n\n")
    return Page(
        [" ".join(paragraph.split()) for paragraph in about if paragraph],
        usage=_usage(command, ctx),
        blocks=[*blocks, *_closing(command.epilog or "")],
    )


def nearest(word: str, known: Iterable[str]) -> str | None:
    """The one of `known` that `word` was most likely meant to be."""
    import difflib

    found = difflib.get_close_matches(word[:80].lower().replace("_", "-"), list(known), n=1, cutoff=0.6)
    return found[0] if found else None


def _shown(page: Page, stream: Any) -> str:
    return render(page, width=width_of(stream), colour=wants_colour(stream))


def _usage(command: Any, ctx: Any) -> str:
    arguments = [
        p.metavar or p.make_metavar(ctx)
        for p in command.get_params(ctx)
        if p.param_type_name == "argument" and not getattr(p, "hidden", False)
    ]
    words = ["COMMAND", "..."] if isinstance(command, SeedGroup) else arguments
    return " ".join([ctx.command_path, "[options]", *words])


def _sections(params: list[Any], ctx: Any) -> dict[str, list[Row]]:
    """Rows by title in the order of first mention. `--help` goes where `--version` is."""
    sections: dict[str, list[Row]] = {}
    home = _OPTIONS
    for param in params:
        record = param.get_help_record(ctx)
        if record is None:
            continue
        argument = param.param_type_name == "argument"
        title = getattr(param, "rich_help_panel", None) or ("Arguments" if argument else _OPTIONS)
        if "--version" in param.opts:
            home = title
        elif "--help" in param.opts:
            title = home
        text = _DEFAULT.sub(r"(default \1)", " ".join(record[1].split())).removesuffix("[required]").rstrip()
        row = Row(param.metavar or record[0], text) if argument else _option_row(param, text, ctx)
        sections.setdefault(title, []).append(row)
    return sections


def _option_row(param: Any, text: str, ctx: Any) -> Row:
    names = [*param.opts, *param.secondary_opts]
    short = next((name for name in names if not name.startswith("--")), "")
    metavar = "" if param.is_flag or param.count else _metavar(param, ctx)
    return Row(", ".join(name for name in names if name != short), text, short=short, metavar=metavar)


def _metavar(param: Any, ctx: Any) -> str:
    """`auto|always|never` for what typer writes as `[auto|always|never]`."""
    word = str(param.metavar or param.make_metavar(ctx))
    return word[1:-1] if "|" in word and word.startswith("[") and word.endswith("]") else word


def _closing(epilog: str) -> Iterator[Block]:
    """An epilog in blocks: a line that ends in a colon is a title, an indented one a command.

    Where one of a block's commands has a note, three spaces away, they stand in two columns.
    """
    title, text, commands = "", list[str](), list[str]()
    for line in [*epilog.replace("\b", "").splitlines(), ":"]:
        if line.endswith(":") and not line.startswith(" "):
            if text or commands:
                yield _block(title, text, commands)
            title, text, commands = line[:-1], [], []
        elif line.startswith(" "):
            commands.append(line.strip())
        else:
            text += line.split()


def _block(title: str, text: list[str], commands: list[str]) -> Block:
    paragraphs = [" ".join(text)] if text else []
    pairs = [re.split(r" {3,}", command, maxsplit=1) for command in commands]
    if all(len(pair) == 1 for pair in pairs):
        return Block(title, text=paragraphs, commands=commands)
    return Block(title, text=paragraphs, rows=[Row(command, "".join(note)) for command, *note in pairs])
