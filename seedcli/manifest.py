"""The rows of a manifest, JSONL or CSV: read one at a time, each checked by itself. Pure."""

from __future__ import annotations

import csv
import json
import os
import re
from collections.abc import Iterable, Iterator, Mapping
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

from seedcli.errors import UsageError
from seedcli.setting_keys import KEYS, canonical, nearest
from seedcli.text import clean

COLUMNS = (
    *("image", "prompt", "output", "model", "size", "seed", "guidance_scale", "watermark"),
    *("response_format", "count", "force"),
)
FORMATS = ("jsonl", "csv")
_BY_SUFFIX = {".jsonl": "jsonl", ".ndjson": "jsonl", ".csv": "csv"}
_BOM = "\N{ZERO WIDTH NO-BREAK SPACE}"


@dataclass(frozen=True, slots=True)
class Row:
    """One picture to be edited; `values` holds what else the row sets, by setting, brought to type."""

    line: int
    image: str
    values: Mapping[str, Any] = field(default_factory=dict)


@dataclass(frozen=True, slots=True)
class BadRow:
    """A row that can't be used, and why."""

    line: int
    message: str
    hint: str | None = None


def format_of(name: str, given: str | None) -> str:
    """How the manifest `name` is written. Raises `UsageError` where nothing says so."""
    found = given or ("jsonl" if name == "-" else _BY_SUFFIX.get(Path(name).suffix.lower()))
    if found is None:
        raise UsageError(
            f"{clean(name)}: is it JSONL or CSV?", hint="Say so: --format jsonl, or --format csv"
        )
    return found


def read_rows(lines: Iterable[bytes], *, form: str) -> Iterator[Row | BadRow]:
    """The rows of `lines` as they come. Nothing is raised for what a manifest may hold."""
    return _csv_rows(lines) if form == "csv" else _json_rows(lines)


def _json_rows(lines: Iterable[bytes]) -> Iterator[Row | BadRow]:
    for number, line in enumerate(lines, 1):
        if not line.removeprefix(_BOM.encode()).strip():
            continue
        try:
            found = json.loads(line.decode("utf-8-sig" if number == 1 else "utf-8"))
        except UnicodeDecodeError:
            yield BadRow(number, "not UTF-8 text", "Save the manifest as UTF-8.")
        except (ValueError, RecursionError) as fault:
            why = getattr(fault, "msg", "it can't be read")
            yield BadRow(number, f"not JSON ({why})", "Every line is an object of its own.")
        else:
            if isinstance(found, dict):
                yield _row(number, found)
            else:
                yield BadRow(number, "not a JSON object", 'A row is {"image": "cat.jpg", "prompt": "…"}')


def _csv_rows(lines: Iterable[bytes]) -> Iterator[Row | BadRow]:
    reader = csv.reader((line.decode("utf-8", "surrogateescape") for line in lines), strict=True)
    names: list[str] | None = None
    first = 1
    try:
        for cells in reader:
            line, first = first, reader.line_num + 1
            if not any(cell.strip() for cell in cells):
                continue
            if names is None:
                names = [cell.removeprefix(_BOM).strip() for cell in cells]
                if (fault := _header_fault(names)) is not None:
                    yield BadRow(line, *fault)
                    return
            elif len(cells) > len(names):
                yield BadRow(
                    line, f"{len(cells)} cells under {len(names)} columns", 'Quote a comma: "like, this"'
                )
            else:
                yield _row(
                    line, {name: cell for name, cell in zip(names, cells, strict=False) if cell.strip()}
                )
    except csv.Error as fault:
        yield BadRow(first, f"not CSV ({fault})", "Is a quote not closed?")


def _header_fault(names: list[str]) -> tuple[str, str | None] | None:
    """What is wrong with the first line, which names the columns."""
    known = [canonical(name) for name in names]
    for name in names:
        if canonical(name) not in COLUMNS:
            message, hint = _unknown(name)
            return message, "Separate the columns by commas." if re.search(r"[;\t|]", name) else hint
    twice = next((name for name in known if known.count(name) > 1), None)
    if twice is not None:
        return f"two columns are called {twice}", None
    if "image" not in known:
        return "there is no column called image", "The first line names the columns: image,prompt"
    return None


def _row(line: int, given: Mapping[str, object]) -> Row | BadRow:
    values: dict[str, Any] = {}
    for name, cell in given.items():
        column = canonical(name)
        if column not in COLUMNS:
            return BadRow(line, *_unknown(name))
        if column in values:
            return BadRow(line, f"{column} is there twice")
        if cell is None:
            continue
        try:
            values[column] = _value(column, cell)
        except ValueError as fault:
            return BadRow(line, f"{column}: expected {fault}, not {clean(str(cell), limit=60)!r}")
    if "image" not in values:
        return BadRow(line, "no image", "Each row names a file or an https:// link.")
    return Row(line, values.pop("image"), values)


def _value(column: str, cell: object) -> Any:
    """Raises ValueError that says what is expected."""
    found = KEYS["prompt" if column == "image" else column].parse(cell)
    if isinstance(found, str):
        try:
            os.fsencode(found) if column in ("image", "output") else found.encode()
        except UnicodeEncodeError:
            raise ValueError("text in UTF-8") from None
    return found


def _unknown(name: str) -> tuple[str, str | None]:
    """Why there is no such column, and what may have been meant."""
    column = canonical(name)
    if column in KEYS and not KEYS[column].secret:
        return (
            f"{column} can't differ from row to row",
            f"Give {KEYS[column].option} for the whole run, on the command line.",
        )
    near = nearest(column, COLUMNS)
    hint = f"Did you mean {near}?" if near else f"The columns are: {', '.join(COLUMNS)}."
    return f"unknown column {clean(name, limit=60)!r}", hint
