"""Copying JPEG, PNG and WebP files with other metadata and the very same picture data.

An `Edit` decides about each metadata piece: it gives back the bytes to write, changed or not,
or None to leave the piece out. What a piece is called does not depend on the format.
"""

from __future__ import annotations

from collections.abc import Callable
from enum import Enum
from typing import BinaryIO

from seedcli.pictures import jpeg, png, webp
from seedcli.pictures.bytestream import length, take_at
from seedcli.pictures.place import text_has_location

_CHUNK = 1 << 20


class Piece(Enum):
    EXIF = "exif"
    XMP = "xmp"
    XMP_MORE = "extended xmp"
    IPTC = "photoshop's resources"
    TEXT = "text"
    PLACE_TEXT = "text that tells a place"
    PROFILE = "profile"
    OTHER_PICTURES = "an index of further pictures"
    OTHER = "other"


Edit = Callable[[Piece, bytes], bytes | None]


def copy_jpeg(
    source: BinaryIO, target: BinaryIO, *, edit: Edit, xmp: bytes | None = None, tail: bool = True
) -> None:
    """`xmp` is put in as a new packet; without `tail` what follows the picture's end is left out.

    Pieces are the payloads without the identifier that names them. Raises ValueError for a
    broken file, or for metadata too large for a segment.
    """
    target.write(b"\xff\xd8")
    pending = xmp
    scan_at = 0
    for segment in jpeg.segments(source):
        scan_at = segment.at
        if segment.marker == jpeg.SOS:
            break
        if pending is not None and segment.marker not in (0xE0, jpeg.APP1):
            target.write(_jpeg_segment(jpeg.APP1, jpeg.XMP_ID + pending))
            pending = None
        target.write(_edited_segment(source, segment, edit))
    if pending is not None:
        target.write(_jpeg_segment(jpeg.APP1, jpeg.XMP_ID + pending))
    end = length(source) if tail else jpeg.find_end(source)
    _copy(source, target, start=scan_at, end=end)


def _edited_segment(source: BinaryIO, segment: jpeg.Segment, edit: Edit) -> bytes:
    content = jpeg.payload(source, segment)
    name, kind = _jpeg_piece(segment.marker, content)
    if kind is None:
        return take_at(source, segment.at, segment.size)
    changed = edit(kind, content[len(name) :])
    return b"" if changed is None else _jpeg_segment(segment.marker, name + changed)


def _jpeg_piece(marker: int, content: bytes) -> tuple[bytes, Piece | None]:
    """The identifier and the kind; no kind for what belongs to decoding (JFIF, Adobe's transform)."""
    known = {
        jpeg.APP1: ((jpeg.EXIF_ID, Piece.EXIF), (jpeg.XMP_ID, Piece.XMP), (jpeg.XMP_MORE_ID, Piece.XMP_MORE)),
        jpeg.APP2: ((jpeg.ICC_ID, Piece.PROFILE), (jpeg.MPF_ID, Piece.OTHER_PICTURES)),
        jpeg.APP13: ((b"", Piece.IPTC),),
        jpeg.COM: ((b"", Piece.TEXT),),
    }
    for name, kind in known.get(marker, ()):
        if content.startswith(name):
            return name, kind
    decoding = marker in (0xE0, jpeg.APP14) or not 0xE0 <= marker <= 0xEF
    return b"", None if decoding else Piece.OTHER


def _jpeg_segment(marker: int, content: bytes) -> bytes:
    if len(content) > 65533:
        raise ValueError("too large for a JPEG segment")
    return bytes((0xFF, marker)) + (len(content) + 2).to_bytes(2, "big") + content


def copy_png(source: BinaryIO, target: BinaryIO, *, edit: Edit, extra: bytes = b"") -> None:
    """`extra` are whole chunks to put in before the picture. Ends with IEND, whatever follows it."""
    target.write(png.SIGNATURE)
    for chunk in png.chunks(source):
        if chunk.kind == b"IDAT" and extra:
            target.write(extra)
            extra = b""
        kind = _png_piece(source, chunk)
        if kind is None:
            _copy(source, target, start=chunk.at, end=chunk.end)
            continue
        content = png.data(source, chunk)
        changed = edit(kind, content)
        if changed is not None:
            target.write(png.make_chunk(chunk.kind, changed))


def _png_piece(source: BinaryIO, chunk: png.Chunk) -> Piece | None:
    if chunk.kind == b"eXIf":
        return Piece.EXIF
    if chunk.kind == b"iCCP":
        return Piece.PROFILE
    if chunk.kind not in (b"tEXt", b"zTXt", b"iTXt"):
        return None if chunk.kind in _PNG_DRAWING else Piece.OTHER
    keyword, text = png.text_of(chunk.kind, png.data(source, chunk))
    if text_has_location(keyword, text):
        return Piece.PLACE_TEXT
    return Piece.XMP if keyword == png.XMP_KEYWORD else Piece.TEXT


_PNG_DRAWING = frozenset(
    b"IHDR PLTE IDAT IEND tRNS gAMA cHRM sRGB cICP sBIT bKGD hIST sPLT pHYs mDCV cLLI acTL fcTL fdAT".split()
)
"""Chunks that have a say in what is seen; all others tell something about it."""
_WEBP_PIECES = {b"EXIF": Piece.EXIF, b"XMP ": Piece.XMP, b"ICCP": Piece.PROFILE}
_WEBP_DRAWING = frozenset((b"VP8X", b"VP8 ", b"VP8L", b"ALPH", b"ANIM", b"ANMF"))


def copy_webp(source: BinaryIO, target: BinaryIO, *, edit: Edit, xmp: bytes | None = None) -> None:
    """`xmp` becomes the packet; a file of the simple kind is given the extended header for it."""
    kept: list[tuple[bytes, bytes]] = []
    for chunk in webp.chunks(source):
        content: bytes | None = webp.data(source, chunk)
        if chunk.kind not in _WEBP_DRAWING and content is not None:
            content = edit(_WEBP_PIECES.get(chunk.kind, Piece.OTHER), content)
        if content is not None:
            kept.append((chunk.kind, content))
    if xmp is not None:
        kept.append((b"XMP ", xmp))
    body = b"WEBP" + b"".join(map(_webp_chunk, _with_header(kept)))
    target.write(b"RIFF" + len(body).to_bytes(4, "little") + body)


def _with_header(kept: list[tuple[bytes, bytes]]) -> list[tuple[bytes, bytes]]:
    """The chunks with an extended header whose flags are true, where one is needed or was there."""
    kinds = [kind for kind, _ in kept]
    flags = {b"EXIF": webp.EXIF_FLAG, b"XMP ": webp.XMP_FLAG, b"ICCP": webp.ICC_FLAG}
    present = sum(flag for kind, flag in flags.items() if kind in kinds)
    if b"VP8X" in kinds:
        at = kinds.index(b"VP8X")
        head = kept[at][1]
        others = head[0] & ~sum(flags.values())
        return [*kept[:at], (b"VP8X", bytes((others | present,)) + head[1:]), *kept[at + 1 :]]
    if not present:
        return kept
    kind, content = next((item for item in kept if item[0] in (b"VP8 ", b"VP8L")), (b"", b""))
    width, height, alpha = webp.picture_size(content[:10], kind=kind)
    flag = present | (webp.ALPHA_FLAG if alpha else 0)
    size = (width - 1).to_bytes(3, "little") + (height - 1).to_bytes(3, "little")
    return [(b"VP8X", bytes((flag, 0, 0, 0)) + size), *kept]


def _webp_chunk(item: tuple[bytes, bytes]) -> bytes:
    kind, content = item
    return kind + len(content).to_bytes(4, "little") + content + b"\0" * (len(content) % 2)


def _copy(source: BinaryIO, target: BinaryIO, *, start: int, end: int) -> None:
    source.seek(start)
    left = end - start
    while left > 0 and (piece := source.read(min(_CHUNK, left))):
        target.write(piece)
        left -= len(piece)
