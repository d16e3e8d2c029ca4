"""Settings as `seedcli config` prints them: a table for people, JSON for scripts."""

from __future__ import annotations

import sys
from collections.abc import Iterable, Iterator
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from seedcli.settings import Setting, Settings


def everything(settings: Settings) -> Iterator[Setting]:
    """Settings in force, then what profiles and presets hold, under full names."""
    from seedcli.setting_names import join_name
    from seedcli.settings import Setting

    yield from settings.all()
    for kind, tables in (("profiles", settings.profiles), ("presets", settings.presets)):
        for table, values in tables.items():
            for name, value in values.items():
                yield Setting(join_name((kind, table, name)), value, f"file {settings.path}")


def write_table(settings: list[Setting]) -> None:
    """Names, values and sources, each column as wide as it must be."""
    from seedcli.text import clean

    rows = [
        (s.name, "(not set)", "") if s.shown is None else (s.name, clean(s.shown, limit=100), s.source)
        for s in settings
    ]
    widths = [max(map(len, column)) for column in list(zip(*rows, strict=True))[:2]]
    for name, value, source in rows:
        line = f"{name:<{widths[0]}}  {value:<{widths[1]}}  {clean(source, limit=4096)}"
        sys.stdout.write(line.rstrip() + "\n")


def write_json(objects: Iterable[dict[str, object]]) -> None:
    """One object a line."""
    import json

    for each in objects:
        sys.stdout.write(json.dumps(each) + "\n")


def plain_value(setting: Setting) -> object:
    """For JSON: numbers and switches as they are, everything else as it may be shown."""
    return setting.value if isinstance(setting.value, bool | int | float) else setting.shown
