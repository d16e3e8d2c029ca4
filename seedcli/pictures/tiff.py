"""A TIFF file's first page from the outside (TIFF 6.0, BigTIFF, DNG)."""

from __future__ import annotations

from dataclasses import dataclass
from typing import BinaryIO

from seedcli.pictures.bytestream import length, take_at
from seedcli.pictures.exif import Directory, Tiff
from seedcli.pictures.place import iptc_has_location, xmp_has_location

STARTS = (b"II*\0", b"MM\0*", b"II+\0", b"MM\0+")
_SUBFILE, _WIDTH, _HEIGHT, _BITS, _PHOTOMETRIC = 254, 256, 257, 258, 262
_STRIP_AT, _STRIP_SIZES, _TILE_AT, _TILE_SIZES = 273, 279, 324, 325
_SAMPLES, _EXTRA, _XMP, _IPTC, _PHOTOSHOP, _PROFILE, _DNG = 277, 338, 700, 33723, 34377, 34675, 50706
_COLORS = {0: "gray", 1: "gray", 3: "palette", 5: "cmyk"}


@dataclass(frozen=True, slots=True)
class TiffHeader:
    width: int
    height: int
    orientation: int
    bits: int
    color: str
    alpha: bool
    pages: bool
    has_location: bool
    profile: bytes | None


def read_header(stream: BinaryIO) -> TiffHeader:
    if take_at(stream, 8, 2) == b"CR":
        raise ValueError("a camera's raw file (CR2); develop it to JPEG first")
    tiff = Tiff(stream)
    first = tiff.directory(tiff.first_at)
    if _DNG in first.fields or tiff.value(first, _SUBFILE, 0) & 1:
        raise ValueError("a camera's raw file (DNG, NEF or the like); develop it to JPEG first")
    width, height = tiff.value(first, _WIDTH, 0), tiff.value(first, _HEIGHT, 0)
    if not (0 < width < 1 << 31 and 0 < height < 1 << 31):
        raise ValueError("broken: a TIFF without a size")
    return TiffHeader(
        width,
        height,
        orientation=tiff.orientation(first),
        bits=max(tiff.values(first.fields.get(_BITS)), default=1),
        color=_COLORS.get(tiff.value(first, _PHOTOMETRIC, 2), "rgb"),
        alpha=any(tiff.values(first.fields.get(_EXTRA))),
        pages=bool(first.next_at),
        has_location=_has_location(tiff, first),
        profile=_block(tiff, first, _PROFILE),
    )


def check_end(stream: BinaryIO) -> bool:
    """Whether all strips or tiles of the first page lie within the file."""
    tiff, size = Tiff(stream), length(stream)
    first = tiff.directory(tiff.first_at)
    for at_tag, size_tag in ((_STRIP_AT, _STRIP_SIZES), (_TILE_AT, _TILE_SIZES)):
        starts = tiff.values(first.fields.get(at_tag), limit=1_000_000)
        sizes = tiff.values(first.fields.get(size_tag), limit=1_000_000)
        if starts:
            return all(
                at + count <= size for at, count in zip(starts, sizes or (1,) * len(starts), strict=False)
            )
    return False


def _block(tiff: Tiff, page: Directory, tag: int) -> bytes | None:
    field = page.fields.get(tag)
    try:
        return tiff.data(field) if field else None
    except ValueError:
        return None


def _has_location(tiff: Tiff, page: Directory) -> bool:
    try:
        if tiff.gps(page):
            return True
    except ValueError:
        return True
    iptc = b"8BIM\x04\x04\0\0\0\0\0\0" + (_block(tiff, page, _IPTC) or b"")
    return (
        xmp_has_location(_block(tiff, page, _XMP) or b"")
        or iptc_has_location(iptc)
        or iptc_has_location(_block(tiff, page, _PHOTOSHOP) or b"")
    )
