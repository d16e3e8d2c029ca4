"""Help as typer gives it, in sections and colours, without loading rich (40 ms)."""

from __future__ import annotations

import os
import sys
from typing import Any

from typer.core import TyperCommand, TyperGroup

_Formatter: Any = TyperCommand.context_class.formatter_class

_BOLD, _CYAN, _RESET = "\x1b[1m", "\x1b[36m", "\x1b[0m"

SETTINGS = {"help_option_names": ["-h", "--help"], "max_content_width": 100}
"""What every command's context is made with."""


def wants_colour(stream: Any) -> bool:
    """NO_COLOR before FORCE_COLOR and CLICOLOR_FORCE, before TERM and whether it is a terminal."""
    if os.environ.get("NO_COLOR"):
        return False
    if os.environ.get("FORCE_COLOR") or os.environ.get("CLICOLOR_FORCE", "0") not in ("", "0"):
        return True
    return bool(stream.isatty()) and os.environ.get("TERM") != "dumb"


class Formatter(_Formatter):  # type: ignore[misc]  # typer carries click as a private package
    """Bold headings, coloured names."""

    def __init__(self, **options: Any) -> None:
        super().__init__(**options)
        self._colour = wants_colour(sys.stdout)

    def write_heading(self, heading: str) -> None:
        self.write(f"{'':>{self.current_indent}}{self._paint(heading, _BOLD)}:\n")

    def write_usage(self, prog: str, args: str = "", prefix: str | None = None) -> None:
        super().write_usage(
            prog, args, prefix=self._paint("Usage:", _BOLD) + " " if prefix is None else prefix
        )

    def write_dl(self, rows: Any, col_max: int = 30, col_spacing: int = 2) -> None:
        painted = [(self._paint(first, _CYAN), second) for first, second in rows]
        super().write_dl(painted, col_max=col_max + 4, col_spacing=col_spacing)

    def _paint(self, text: str, style: str) -> str:
        return f"{style}{text}{_RESET}" if self._colour else text


class SeedCommand(TyperCommand):
    """A command whose options stand in the sections that they name as their panel."""

    def format_options(self, ctx: Any, formatter: Any) -> None:
        sections: dict[str, list[tuple[str, str]]] = {}
        for param in self.get_params(ctx):
            record = param.get_help_record(ctx)
            if record is not None:
                kind = "Arguments" if param.param_type_name == "argument" else "Options"
                panel = getattr(param, "rich_help_panel", None) or kind
                sections.setdefault(panel, []).append(record)
        for title, rows in sections.items():
            with formatter.section(title):
                formatter.write_dl(rows)


class SeedGroup(TyperGroup):
    """A group of commands in the same dress."""


for _class in (SeedCommand, SeedGroup):
    _class.context_class = type("SeedContext", (_class.context_class,), {"formatter_class": Formatter})
