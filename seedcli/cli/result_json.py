"""The JSON object of one image, as the contract publishes it (`seedcli.result/1`)."""

from __future__ import annotations

import json
import os
from pathlib import Path

from seedcli.errors import Charged, ExitCode
from seedcli.records import Entry, Failure, JsonObject, Outcome, Parameters, SourceKind, State, Status

SCHEMA = "seedcli.result/1"
_REQUEST = Parameters._fields


def result_object(outcome: Outcome) -> JsonObject:
    """Every key of the contract, null where there is nothing to say."""
    entry = outcome.entry
    return {
        "schema": SCHEMA,
        "id": entry.id,
        "run_id": entry.run_id,
        "input": entry.source.text,
        "prompt": entry.prompt,
        "status": outcome.status.value,
        "output": shown_output(entry),
        "format": entry.output_format,
        "width": entry.output_width,
        "height": entry.output_height,
        "bytes": entry.output_bytes,
        "sha256": entry.output_sha256,
        "request": {name: entry.parameters.get(name) for name in _REQUEST},
        "prepared": list(entry.prepared),
        "finished": list(outcome.finished),
        "job_set_id": entry.job_set_id,
        "url": entry.links[0] if entry.links else None,
        "usage": entry.usage,
        "charged": _charged(entry, outcome.failure),
        "attempts": entry.attempts,
        "elapsed_s": entry.elapsed_s,
        "error": outcome.failure._asdict() if outcome.failure else None,
    }


def as_found(entry: Entry) -> Outcome:
    """An entry of the journal as an outcome, for commands that only look."""
    status = {State.SAVED: Status.SAVED, State.FAILED: Status.FAILED, State.IN_DOUBT: Status.FAILED}
    return Outcome(entry, status.get(entry.state, Status.PENDING), entry.error)


def dump(value: object) -> str:
    """One line of JSON that always parses and always encodes."""
    return json.dumps(value, ensure_ascii=True, allow_nan=False)


def shown_output(entry: Entry) -> str | None:
    """The result's path as its user would write it: absolute where they wrote absolute paths."""
    if entry.output_path is None or entry.output_path == "-":
        return entry.output_path
    absolute_input = entry.source.kind is SourceKind.FILE and os.path.isabs(entry.source.text)
    if entry.output.absolute or absolute_input:
        return entry.output_path
    try:
        relative = os.path.relpath(entry.output_path)
    except (ValueError, OSError):
        return entry.output_path
    climbs = relative.startswith(os.pardir)
    return (
        entry.output_path if climbs and not entry.source.text.startswith(os.pardir) else str(Path(relative))
    )


def _charged(entry: Entry, failure: Failure | None) -> str:
    if failure is not None and failure.exit_code == ExitCode.IN_DOUBT:
        return Charged.UNKNOWN.value
    return entry.charged.value
