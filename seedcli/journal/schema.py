"""The journal's tables, and rows to records and back. Pure."""

from __future__ import annotations

import json
import os
import sqlite3
from collections.abc import Mapping
from pathlib import Path
from typing import Any, TypeVar

from seedcli.errors import Charged
from seedcli.journal.protocol import NewEntry
from seedcli.records import Entry, Failure, OutputPlan, Placement, Source, SourceKind, State

APPLICATION_ID = 0x53454544  # "SEED"
VERSION = 1

# `doubts` counts earlier attempts that may have been charged; `charged` speaks of the last one.
# `input` is for searching; `output_folder` is that of `output_path`.
TABLES = (
    """CREATE TABLE runs (
        seq INTEGER PRIMARY KEY, id TEXT NOT NULL UNIQUE, created_at REAL NOT NULL,
        fingerprint TEXT NOT NULL, command TEXT NOT NULL)""",
    "CREATE INDEX runs_fingerprint ON runs (fingerprint)",
    """CREATE TABLE entries (
        seq INTEGER PRIMARY KEY, id TEXT NOT NULL UNIQUE, run_id TEXT NOT NULL, position INTEGER NOT NULL,
        created_at REAL NOT NULL, updated_at REAL NOT NULL, state TEXT NOT NULL, owner TEXT,
        source TEXT NOT NULL, input TEXT NOT NULL, prompt TEXT NOT NULL, parameters TEXT NOT NULL,
        output TEXT NOT NULL, variation INTEGER NOT NULL, gateway TEXT NOT NULL,
        input_sha256 TEXT, input_size INTEGER, input_mtime_ns INTEGER,
        input_width INTEGER, input_height INTEGER, image_sha256 TEXT, request_key TEXT,
        prepared TEXT NOT NULL DEFAULT '[]', attempts INTEGER NOT NULL DEFAULT 0,
        doubts INTEGER NOT NULL DEFAULT 0, charged TEXT NOT NULL DEFAULT 'no',
        job_set_id TEXT, links TEXT NOT NULL DEFAULT '[]', answer_path TEXT, answer_text TEXT, usage TEXT,
        output_path TEXT, output_folder TEXT, output_sha256 TEXT, output_bytes INTEGER, output_format TEXT,
        output_width INTEGER, output_height INTEGER, elapsed_s REAL, error TEXT, parent_id TEXT)""",
    "CREATE UNIQUE INDEX entries_run ON entries (run_id, position)",
    "CREATE INDEX entries_claim ON entries (state, run_id, owner, position)",
    "CREATE INDEX entries_owner ON entries (owner) WHERE owner IS NOT NULL",
    "CREATE INDEX entries_key ON entries (request_key) WHERE request_key IS NOT NULL",
    "CREATE INDEX entries_job ON entries (job_set_id) WHERE job_set_id IS NOT NULL",
    "CREATE INDEX entries_output ON entries (output_folder, output_path) WHERE output_path IS NOT NULL",
    "CREATE INDEX entries_picture ON entries (output_sha256) WHERE output_sha256 IS NOT NULL",
)

_JSON = frozenset({"source", "parameters", "output", "prepared", "links", "usage", "error"})
_PLAN_FIELDS = OutputPlan._fields
_FIELDS = Entry._fields
COLUMNS = ", ".join((*_FIELDS, "doubts"))
CHECKS = (f"SELECT {COLUMNS}, input, output_folder FROM entries LIMIT 0", "SELECT seq FROM runs LIMIT 0")
"""What a whole journal can answer."""

Value = str | bytes | int | float | None
T = TypeVar("T", OutputPlan, Failure)


def bound(value: Any, *, column: str = "") -> Value:
    """`value` as SQLite takes it. Text that is not Unicode (odd file names) goes in as bytes."""
    if value is None:
        return None
    if column in _JSON:
        return json.dumps(value)
    if isinstance(value, os.PathLike):
        value = os.fspath(value)
    if isinstance(value, str) and not value.isascii():
        return _encodable(str(value))
    return str(value) if isinstance(value, str) else value


def new_row(new: NewEntry) -> dict[str, Value]:
    """The columns that an intended entry brings with it."""
    path = os.fspath(new.source.path) if new.source.path is not None else None
    values = {
        "source": {"kind": new.source.kind, "text": new.source.text, "path": path},
        "input": f"{path or ''}\n{new.source.text}",
        "prompt": new.prompt,
        "parameters": new.parameters,
        "output": {name: getattr(new.output, name) for name in _PLAN_FIELDS},
        "variation": new.variation,
        "gateway": new.gateway,
        "input_size": new.input_size,
        "input_mtime_ns": new.input_mtime_ns,
    }
    return {name: bound(value, column=name) for name, value in values.items()}


def entry_of(row: tuple[Any, ...]) -> Entry:
    """The entry in a row of `COLUMNS`; `sqlite3.DatabaseError` when it makes no sense."""
    *values, doubts = row
    found = dict(zip(_FIELDS, map(_text, values), strict=True))
    try:
        for name in _JSON:
            found[name] = json.loads(found[name]) if found[name] is not None else None
        return Entry(**_typed(found, doubts=doubts))
    except (ValueError, TypeError, KeyError, RecursionError) as fault:
        raise sqlite3.DatabaseError(f"entry {found['id']} can't be read") from fault


def source_of(saved: str) -> Source:
    """The source in a column; `sqlite3.DatabaseError` when it makes no sense."""
    try:
        return _source(json.loads(_text(saved)))
    except (ValueError, TypeError, KeyError, RecursionError) as fault:
        raise sqlite3.DatabaseError("an entry's source can't be read") from fault


def _typed(found: dict[str, Any], *, doubts: int) -> dict[str, Any]:
    charged = Charged(found["charged"])
    if charged is Charged.NO and doubts:
        charged = Charged.UNKNOWN
    return found | {
        "state": State(found["state"]),
        "source": _source(found["source"]),
        "output": _known(OutputPlan, found["output"] | {"kind": Placement(found["output"]["kind"])}),
        "prepared": tuple(found["prepared"]),
        "links": tuple(found["links"]),
        "charged": charged,
        "error": _known(Failure, found["error"]) if found["error"] else None,
    }


def _source(saved: Mapping[str, Any]) -> Source:
    path = saved["path"]
    return Source(SourceKind(saved["kind"]), saved["text"], Path(path) if path is not None else None)


def _known(record: type[T], saved: Mapping[str, Any]) -> T:
    """`record` from what it was saved as, by this program or one with more fields."""
    return record(**{name: value for name, value in saved.items() if name in record._fields})


def _encodable(text: str) -> str | bytes:
    try:
        text.encode()
    except UnicodeEncodeError:
        return text.encode("utf-8", "surrogatepass")
    return text


def _text(value: Any) -> Any:
    return value.decode("utf-8", "surrogatepass") if isinstance(value, bytes) else value
