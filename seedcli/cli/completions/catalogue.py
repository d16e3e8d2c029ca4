"""The commands, options and arguments of the program as data, read from what typer knows of them."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass, field, replace
from typing import Any

import typer

from seedcli.cli.completions.values import Values, of_argument, of_option
from seedcli.cli.page import Page
from seedcli.cli.style import SeedGroup, page_of


@dataclass(frozen=True, slots=True)
class Option:
    """An option with all its names; `values` is None for a switch."""

    names: tuple[str, ...]
    metavar: str
    help: str
    values: Values | None
    repeatable: bool

    @property
    def long(self) -> str:
        return next((name for name in self.names if name.startswith("--")), self.names[0])


@dataclass(frozen=True, slots=True)
class Argument:
    """A word that is no option."""

    metavar: str
    values: Values
    repeatable: bool


@dataclass(frozen=True, slots=True)
class Command:
    """A command; `path` is its words after the program's name, empty for the program itself."""

    path: tuple[str, ...]
    help: str
    page: Page
    options: tuple[Option, ...]
    arguments: tuple[Argument, ...] = ()
    commands: tuple[Command, ...] = field(default=())

    @property
    def name(self) -> str:
        return " ".join(self.path)

    def walk(self) -> Iterator[Command]:
        """This command and all below it."""
        yield self
        for command in self.commands:
            yield from command.walk()


def read_program() -> Command:
    """The whole program."""
    from seedcli.cli.app import app

    root = typer.main.get_command(app)
    return _read(root, root.context_class(root, info_name="seedcli", **root.context_settings), ())


def _read(command: Any, ctx: Any, path: tuple[str, ...]) -> Command:
    params = [param for param in command.get_params(ctx) if not getattr(param, "hidden", False)]
    options = tuple(_option(p, ctx) for p in params if p.param_type_name == "option")
    below: tuple[Command, ...] = ()
    if isinstance(command, SeedGroup):
        if any(option.values is not None for option in options):
            raise ValueError(f"{' '.join(path)}: the scripts skip a group's options as switches")
        found = [(name, command.get_command(ctx, name)) for name in command.list_commands(ctx)]
        below = tuple(
            _read(c, _context(c, ctx, name), (*path, name))
            for name, c in found
            if c is not None and not c.hidden
        )
        summaries = dict(command.summaries(ctx))
        below = tuple(replace(one, help=summaries[one.path[-1]]) for one in below)
    return Command(
        path=path,
        help=command.get_short_help_str(200),
        page=page_of(command, ctx),
        options=options,
        arguments=tuple(_argument(p) for p in params if p.param_type_name == "argument"),
        commands=below,
    )


def _context(command: Any, parent: Any, name: str) -> Any:
    return command.context_class(command, info_name=name, parent=parent, **command.context_settings)


def _option(param: Any, ctx: Any) -> Option:
    switch = param.is_flag or param.count
    metavar = "" if switch else str(param.metavar or param.make_metavar(ctx)).strip("[]")
    # Typer keeps the names of --help in a set: they come in another order at every start.
    names = tuple(sorted((*param.opts, *param.secondary_opts), key=lambda name: name.startswith("--")))
    return Option(
        names=names,
        metavar=metavar,
        help=(param.help or "").split("\n")[0],
        values=None if switch else of_option(names, metavar),
        repeatable=bool(param.multiple or param.count),
    )


def _argument(param: Any) -> Argument:
    metavar = str(param.metavar or param.name.upper())
    return Argument(metavar=metavar, values=of_argument(metavar), repeatable=param.nargs == -1)
