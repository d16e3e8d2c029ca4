"""What a picture says of itself beside its pixels: put in, read back, or taken out.

The picture's data is never touched: JPEG, PNG and WebP are copied piece by piece.
"""

from __future__ import annotations

import json
from datetime import UTC, datetime
from pathlib import Path
from typing import BinaryIO, NamedTuple

from seedcli.pictures import jpeg, png, webp, xmp
from seedcli.pictures.exif import orientation_only, read_exif, without_location
from seedcli.pictures.place import iptc_has_location, xmp_has_location
from seedcli.pictures.probe import probe
from seedcli.pictures.rewrite import Edit, Piece, copy_jpeg, copy_png, copy_webp
from seedcli.records import JsonObject

SCHEMA = "seedcli.origin/1"
FORMATS = ("jpeg", "png", "webp")
"""What `embed`, `strip` and `strip_location` can rewrite."""


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
            "created": _iso(self.created_at),
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


def _iso(seconds: float) -> str:
    return datetime.fromtimestamp(seconds, UTC).isoformat(timespec="milliseconds").replace("+00:00", "Z")


def _seconds(value: object) -> float:
    try:
        return datetime.fromisoformat(value).timestamp() if isinstance(value, str) else 0.0
    except (ValueError, OverflowError, OSError):
        return 0.0


def embed(source: Path, target: BinaryIO, *, origin: Origin) -> None:
    """Copies `source` to `target` with `origin` in it as XMP, and as PNG text in a PNG.

    Metadata that was there stays. Raises ValueError where the format can't carry it or the
    prompt is too long for a JPEG segment (64 KB).
    """
    with source.open("rb") as stream:
        kind = _format_of(stream)
        packet = xmp.packet(
            origin.as_json(),
            creator=origin.program,
            created=_iso(origin.created_at),
            prompt=origin.prompt,
            within=_packet_of(stream, kind),
        )
        if kind == "jpeg":
            copy_jpeg(stream, target, edit=_dropping(Piece.XMP), xmp=packet)
        elif kind == "webp":
            copy_webp(stream, target, edit=_dropping(Piece.XMP), xmp=packet)
        else:
            copy_png(stream, target, edit=_without_own_text, extra=_png_texts(origin, packet))


def _format_of(stream: BinaryIO) -> str:
    kind = probe(stream).format
    if kind not in FORMATS:
        raise ValueError(f"{kind} files can't carry it; JPEG, PNG and WebP can")
    return kind


def _dropping(*kinds: Piece) -> Edit:
    return lambda kind, content: None if kind in kinds else content


def _without_own_text(kind: Piece, content: bytes) -> bytes | None:
    own = content.partition(b"\0")[0] in (png.RECORD_KEYWORD, png.XMP_KEYWORD)
    return None if kind in (Piece.TEXT, Piece.XMP, Piece.PLACE_TEXT) and own else content


def _png_texts(origin: Origin, packet: bytes) -> bytes:
    record = json.dumps(origin.as_json(), ensure_ascii=True, allow_nan=False).encode("ascii")
    prompt = origin.prompt.encode("utf-8", "replace").replace(b"\0", b"")
    texts = (
        (png.XMP_KEYWORD, packet),
        (png.RECORD_KEYWORD, record),
        (b"Description", prompt),
        (b"Software", origin.program.encode("utf-8", "replace")),
    )
    return b"".join(png.make_chunk(b"iTXt", keyword + b"\0\0\0\0\0" + text) for keyword, text in texts)


def _packet_of(stream: BinaryIO, kind: str) -> bytes | None:
    """The XMP packet that the file holds."""
    if kind == "jpeg":
        for segment in jpeg.segments(stream):
            if segment.marker == jpeg.APP1:
                content = jpeg.payload(stream, segment)
                if content.startswith(jpeg.XMP_ID):
                    return content[len(jpeg.XMP_ID) :]
        return None
    if kind == "webp":
        return next(
            (webp.data(stream, chunk) for chunk in webp.chunks(stream) if chunk.kind == b"XMP "), None
        )
    return _png_text(stream, png.XMP_KEYWORD)


def _png_text(stream: BinaryIO, wanted: bytes) -> bytes | None:
    for chunk in png.chunks(stream):
        if chunk.kind in (b"tEXt", b"zTXt", b"iTXt"):
            keyword, text = png.text_of(chunk.kind, png.data(stream, chunk))
            if keyword == wanted:
                return text
    return None


def read_origin(path: Path) -> Origin | None:
    """What `embed` wrote into a file, None where nothing of the kind is there.

    Raises BadInput for what is no picture, ValueError for a broken one.
    """
    with path.open("rb") as stream:
        kind = probe(stream).format
        if kind not in FORMATS:
            return None
        record = xmp.record_in(_packet_of(stream, kind) or b"")
        if record is None and kind == "png":
            record = xmp.parse_record(
                (_png_text(stream, png.RECORD_KEYWORD) or b"").decode("utf-8", "replace")
            )
    return Origin.from_json(record) if record else None


def strip(source: Path, target: BinaryIO) -> None:
    """Copies `source` to `target` without metadata; colour profile and turn stay.

    Raises ValueError for formats other than JPEG, PNG and WebP.
    """
    with source.open("rb") as stream:
        kind = _format_of(stream)
        if kind == "jpeg":
            copy_jpeg(stream, target, edit=_only_what_shows, tail=False)
        elif kind == "webp":
            copy_webp(stream, target, edit=_only_what_shows)
        else:
            copy_png(stream, target, edit=_only_what_shows)


def _only_what_shows(kind: Piece, content: bytes) -> bytes | None:
    """The profile, and of EXIF the turn alone: without it the picture would lie on its side."""
    if kind is Piece.EXIF:
        orientation = read_exif(content).orientation
        return orientation_only(orientation) if orientation != 1 else None
    return content if kind is Piece.PROFILE else None


def strip_location(source: Path, target: BinaryIO) -> bool:
    """Copies `source` to `target` without the place it was made at, all else kept.

    The GPS directory is blanked within EXIF; XMP and IPTC blocks that name a place go as a
    whole, and so does what follows a JPEG's end (the film of a motion photo carries the place
    too). False, and nothing written, for formats that can't be rewritten.
    """
    with source.open("rb") as stream:
        kind = probe(stream).format
        if kind == "jpeg":
            copy_jpeg(stream, target, edit=_without_place, tail=False)
        elif kind == "webp":
            copy_webp(stream, target, edit=_without_place)
        elif kind == "png":
            copy_png(stream, target, edit=_without_place)
        else:
            return False
    return True


def _without_place(kind: Piece, content: bytes) -> bytes | None:
    if kind is Piece.EXIF:
        return _exif_without_place(content)
    if kind in (Piece.XMP, Piece.XMP_MORE):
        return None if xmp_has_location(content) else content
    if kind is Piece.IPTC:
        return None if iptc_has_location(content) else content
    return None if kind in (Piece.PLACE_TEXT, Piece.OTHER_PICTURES) else content


def _exif_without_place(content: bytes) -> bytes | None:
    try:
        blanked = without_location(content)
    except ValueError:
        return None if read_exif(content).has_location else content
    return None if read_exif(blanked).has_location else blanked
