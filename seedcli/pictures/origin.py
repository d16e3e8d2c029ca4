"""What a result says of itself: how it was made, and reading that back from a file."""

from __future__ import annotations

from pathlib import Path
from typing import BinaryIO, NamedTuple

from seedcli.pictures import jpeg, xmp
from seedcli.pictures.probe import probe
from seedcli.records import JsonObject

SCHEMA = "seedcli.origin/1"
FORMATS = ("jpeg", "png", "webp")
"""What can carry it: what `seedcli.pictures.metadata` can rewrite."""


class Origin(NamedTuple):
    """How a result was made, so that it can be made again.

    `request` is what was sent beside prompt and image; `created_at` is in seconds since the
    epoch; `program` is name and version; `input_name` is a bare file name, never a path.
    """

    prompt: str
    request: JsonObject
    input_sha256: str | None = None
    created_at: float = 0.0
    program: str = "seedcli"
    entry_id: str | None = None
    input_name: str | None = None

    def as_json(self) -> JsonObject:
        return {
            "schema": SCHEMA,
            "id": self.entry_id,
            "prompt": self.prompt,
            "request": self.request,
            "input_name": self.input_name,
            "input_sha256": self.input_sha256,
            "created": iso_time(self.created_at),
            "program": self.program,
        }

    @classmethod
    def from_json(cls, value: JsonObject) -> Origin | None:
        """None for what is no record of ours. Fields of a wrong type count as absent."""
        prompt, request = value.get("prompt"), value.get("request")
        if not str(value.get("schema", "")).startswith("seedcli.origin/") or not isinstance(prompt, str):
            return None
        return cls(
            prompt=prompt,
            request=request if isinstance(request, dict) else {},
            input_sha256=_string(value, "input_sha256"),
            created_at=_seconds(value.get("created")),
            program=_string(value, "program") or "",
            entry_id=_string(value, "id"),
            input_name=_string(value, "input_name"),
        )


def _string(value: JsonObject, name: str) -> str | None:
    found = value.get(name)
    return found if isinstance(found, str) else None


def iso_time(seconds: float) -> str:
    from datetime import UTC, datetime

    return datetime.fromtimestamp(seconds, UTC).isoformat(timespec="milliseconds").replace("+00:00", "Z")


def _seconds(value: object) -> float:
    from datetime import datetime

    try:
        return datetime.fromisoformat(value).timestamp() if isinstance(value, str) else 0.0
    except (ValueError, OverflowError, OSError):
        return 0.0


def read_origin(path: Path) -> Origin | None:
    """What `seedcli.pictures.metadata.embed` wrote into a file, None where nothing of the kind is there.

    Raises BadInput for what is no picture, ValueError for a broken one.
    """
    with path.open("rb") as stream:
        kind = probe(stream).format
        if kind not in FORMATS:
            return None
        record = xmp.record_in(packet_of(stream, kind) or b"")
        if record is None and kind == "png":
            from seedcli.pictures import png

            text = png.text_under(png.RECORD_KEYWORD, stream) or b""
            record = xmp.parse_record(text.decode("utf-8", "replace"))
    return Origin.from_json(record) if record else None


def packet_of(stream: BinaryIO, kind: str) -> bytes | None:
    """The XMP packet that the file holds."""
    if kind == "jpeg":
        for segment in jpeg.segments(stream):
            if segment.marker == jpeg.APP1:
                content = jpeg.payload(stream, segment)
                if content.startswith(jpeg.XMP_ID):
                    return content[len(jpeg.XMP_ID) :]
        return None
    # Here, each for its own: every edit looks into its input, and most are JPEGs.
    if kind == "webp":
        from seedcli.pictures import webp

        found = (webp.data(stream, chunk) for chunk in webp.chunks(stream) if chunk.kind == b"XMP ")
        return next(found, None)
    from seedcli.pictures import png

    return png.text_under(png.XMP_KEYWORD, stream)
