"""What a picture says of itself beside its pixels: put in, read back, or taken out.

The picture's data is never touched: JPEG, PNG and WebP are copied piece by piece.
"""

from __future__ import annotations

import json
from pathlib import Path
from typing import BinaryIO

from seedcli.pictures import png, xmp
from seedcli.pictures.exif import orientation_only, read_exif, without_location
from seedcli.pictures.origin import FORMATS, Origin, iso_time, packet_of
from seedcli.pictures.place import iptc_has_location, xmp_has_location
from seedcli.pictures.probe import probe
from seedcli.pictures.rewrite import Edit, Piece, copy_jpeg, copy_png, copy_webp


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
            created=iso_time(origin.created_at),
            prompt=origin.prompt,
            within=packet_of(stream, kind),
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
