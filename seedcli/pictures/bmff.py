"""HEIC and AVIF from the outside: the boxes of ISO 23008-12 that tell size, turn and place."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass
from typing import BinaryIO

from seedcli.pictures.bytestream import CutOff, big, length, take_at
from seedcli.pictures.exif import read_exif
from seedcli.pictures.place import xmp_has_location

_AVIF = {b"avif", b"avis"}
_HEIC = {b"heic", b"heix", b"hevc", b"hevx", b"heim", b"heis", b"hevm", b"hevs", b"mif1", b"msf1"}
_ORIENTATIONS = {None: (1, 8, 3, 6), 0: (4, 5, 2, 7), 1: (2, 7, 4, 5)}
"""As in EXIF, by mirror (0 upside down, 1 left to right) and quarter turns against the clock before it."""
_MAX_BOXES = 10_000
_MAX_META = 16 * 1024 * 1024


@dataclass(slots=True)
class BmffHeader:
    format: str
    width: int = 0
    height: int = 0
    turns: int = 0
    mirror: int | None = None
    bits: int = 8
    alpha: bool = False
    animated: bool = False
    has_location: bool = False
    profile: bytes | None = None
    data_end: int = 0

    @property
    def orientation(self) -> int:
        return _ORIENTATIONS[self.mirror][self.turns]


def kind_of(head: bytes) -> str | None:
    """`heic` or `avif` from the start of the file, None for any other film or file."""
    if head[4:8] != b"ftyp":
        return None
    size = min(max(big(head[:4]), 16), len(head))
    brands = {head[8:12]} | {head[at : at + 4] for at in range(16, size - 3, 4)}
    if brands & _AVIF:
        return "avif"
    return "heic" if brands & _HEIC else None


def read_header(stream: BinaryIO, *, kind: str) -> BmffHeader:
    header = BmffHeader(kind, animated=take_at(stream, 8, 4) in (b"avis", b"msf1", b"hevc", b"hevx"))
    for name, start, end in boxes(stream, 0, length(stream)):
        if name == b"meta":
            if end - start > _MAX_META:
                raise ValueError("broken: its directory is too large")
            _read_meta(header, stream, start + 4, end)
            break
    else:
        raise CutOff("cut off before its directory")
    if not (header.width and header.height):
        raise ValueError("broken: it tells no size")
    return header


def boxes(stream: BinaryIO, start: int, end: int) -> Iterator[tuple[bytes, int, int]]:
    """Name, start of content and end of each box between two offsets."""
    for _ in range(_MAX_BOXES):
        if start + 8 > end:
            return
        head = take_at(stream, start, 8)
        size, content = big(head[:4]), start + 8
        if size == 1:
            size, content = big(take_at(stream, content, 8)), start + 16
        elif size == 0:
            size = end - start
        if start + size < content:
            raise ValueError("broken: a box without a length")
        yield head[4:], content, min(start + size, end)
        start += size
    raise ValueError("broken: too many boxes")


def check_end(stream: BinaryIO) -> None:
    """Raises `CutOff` where the file ends before its last box, or before the data it points at."""
    size, at = length(stream), 0
    while at + 8 <= size:
        head = take_at(stream, at, 8)
        step = big(head[:4])
        step = big(take_at(stream, at + 8, 8)) if step == 1 else step or size - at
        if step < 8:
            raise ValueError("broken: a box without a length")
        at += step
    if at != size or read_header(stream, kind="heic").data_end > size:
        raise CutOff("cut off in the middle")


def _read_meta(header: BmffHeader, stream: BinaryIO, start: int, end: int) -> None:
    found = {name: (at, stop) for name, at, stop in boxes(stream, start, end)}
    primary = _primary(stream, found.get(b"pitm"))
    _read_properties(header, stream, found.get(b"iprp"), primary)
    items = _described_items(stream, found.get(b"iinf"))
    idat = found.get(b"idat", (0, 0))[0]
    for item, pieces in _locations(stream, found.get(b"iloc"), idat):
        header.data_end = max(header.data_end, *(at + size for at, size in pieces), 0)
        if item in items:
            header.has_location |= _item_has_location(stream, pieces, exif=items[item] == b"Exif")


def _primary(stream: BinaryIO, span: tuple[int, int] | None) -> int:
    if span is None:
        return 1
    version = take_at(stream, span[0], 1)[0]
    return big(take_at(stream, span[0] + 4, 4 if version else 2))


def _read_properties(
    header: BmffHeader, stream: BinaryIO, span: tuple[int, int] | None, primary: int
) -> None:
    if span is None:
        return
    parts = {name: (at, end) for name, at, end in boxes(stream, *span)}
    if b"ipco" not in parts or b"ipma" not in parts:
        return
    properties = list(boxes(stream, *parts[b"ipco"]))
    header.alpha = any(name == b"auxC" and _is_alpha(_some(stream, at, end)) for name, at, end in properties)
    for index in _associations(stream, *parts[b"ipma"]).get(primary, ()):
        if 0 < index <= len(properties):
            name, at, end = properties[index - 1]
            _read_property(header, name, _some(stream, at, end))


def _is_alpha(content: bytes) -> bool:
    return b":alpha" in content or b"hevc:2015:auxid:1" in content


def _some(stream: BinaryIO, at: int, end: int) -> bytes:
    return take_at(stream, at, min(end - at, 4 * 1024 * 1024))


def _read_property(header: BmffHeader, name: bytes, content: bytes) -> None:
    if name == b"ispe":
        header.width, header.height = big(content[4:8]), big(content[8:12])
    elif name == b"irot" and content:
        header.turns = content[0] & 3
    elif name == b"imir" and content:
        header.mirror = content[0] & 1
    elif name == b"clap" and len(content) >= 16:
        wide, wide_by, high, high_by = (big(content[i : i + 4]) for i in (0, 4, 8, 12))
        if wide_by and high_by:
            header.width, header.height = wide // wide_by, high // high_by
    elif name == b"pixi" and len(content) > 5:
        header.bits = content[5]
    elif name == b"colr" and content[:4] in (b"prof", b"rICC"):
        header.profile = content[4:]


def _associations(stream: BinaryIO, at: int, end: int) -> dict[int, list[int]]:
    """Which properties (counted from 1) belong to which item."""
    content = _some(stream, at, end)
    wide_items, wide_indices = content[:1] != b"\0", bool(content[3:4] and content[3] & 1)
    position, links = 8, {}
    id_size, index_size = (4 if wide_items else 2), (2 if wide_indices else 1)
    for _ in range(min(big(content[4:8]), _MAX_BOXES)):
        item = big(content[position : position + id_size])
        count = big(content[position + id_size : position + id_size + 1])
        position += id_size + 1
        mask = 0x7FFF if wide_indices else 0x7F
        span = range(position, position + count * index_size, index_size)
        links[item] = [big(content[i : i + index_size]) & mask for i in span]
        position += count * index_size
    return links


def _described_items(stream: BinaryIO, span: tuple[int, int] | None) -> dict[int, bytes]:
    """The items that hold EXIF or XMP, by ID."""
    if span is None:
        return {}
    at, end = span
    wide = take_at(stream, at, 1) != b"\0"
    items = {}
    for name, start, stop in boxes(stream, at + (8 if wide else 6), end):
        content = _some(stream, start, stop)
        if name != b"infe" or content[:1] not in (b"\2", b"\3"):
            continue
        id_size = 4 if content[0] == 3 else 2
        kind = content[6 + id_size : 10 + id_size]
        if kind in (b"Exif", b"mime"):
            items[big(content[4 : 4 + id_size])] = kind
    return items


def _locations(
    stream: BinaryIO, span: tuple[int, int] | None, idat: int
) -> Iterator[tuple[int, list[tuple[int, int]]]]:
    """Each item's pieces as (offset in the file, size)."""
    if span is None:
        return
    content = _some(stream, *span)
    version = content[0] if content else 0
    sizes = content[4:6] + b"\0\0"
    offset_size, length_size = sizes[0] >> 4, sizes[0] & 15
    base_size, index_size = sizes[1] >> 4, sizes[1] & 15 if version else 0
    cursor = _Cursor(content, 6)
    for _ in range(min(cursor.number(4 if version == 2 else 2), _MAX_BOXES)):
        item = cursor.number(4 if version == 2 else 2)
        inside = cursor.number(2) & 15 if version else 0
        cursor.number(2)
        base = cursor.number(base_size) + (idat if inside == 1 else 0)
        pieces = []
        for _ in range(min(cursor.number(2), _MAX_BOXES)):
            cursor.number(index_size)
            offset, size = cursor.number(offset_size), cursor.number(length_size)
            pieces.append((base + offset, size))
        yield item, pieces
        if cursor.at >= len(content):
            return


class _Cursor:
    """Reads big-endian numbers one after the other; zeros past the end."""

    def __init__(self, content: bytes, at: int) -> None:
        self._content = content
        self.at = at

    def number(self, size: int) -> int:
        self.at += size
        return big(self._content[self.at - size : self.at])


def _item_has_location(stream: BinaryIO, pieces: list[tuple[int, int]], *, exif: bool) -> bool:
    try:
        content = b"".join(take_at(stream, at, min(size, _MAX_META)) for at, size in pieces[:64])
    except ValueError:
        return False
    if not exif:
        return xmp_has_location(content)
    skip = 4 + big(content[:4])
    return read_exif(content[skip:] if skip < len(content) else content).has_location
