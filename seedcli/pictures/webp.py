"""WebP from the outside: its RIFF chunks and what they say (RFC 9649)."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass, field
from typing import BinaryIO, NamedTuple

from seedcli.pictures.bytestream import CutOff, length, little, take_at
from seedcli.pictures.exif import Exif, read_exif
from seedcli.pictures.place import xmp_has_location

ICC_FLAG, ALPHA_FLAG, EXIF_FLAG, XMP_FLAG, ANIMATION_FLAG = 0x20, 0x10, 0x08, 0x04, 0x02
_MAX_CHUNKS = 100_000


class Chunk(NamedTuple):
    """A RIFF chunk: `at` is where its name stands, `size` that of its data without padding."""

    kind: bytes
    at: int
    size: int

    @property
    def end(self) -> int:
        return self.at + 8 + self.size + self.size % 2


@dataclass(slots=True)
class WebpHeader:
    width: int = 0
    height: int = 0
    alpha: bool = False
    animated: bool = False
    exif: Exif = field(default_factory=Exif)
    place_elsewhere: bool = False
    profile: bytes | None = None


def end_of(stream: BinaryIO) -> int:
    """Where the container says that it ends."""
    head = take_at(stream, 0, 12)
    if head[:4] != b"RIFF" or head[8:] != b"WEBP":
        raise ValueError("broken: no WebP header")
    return 8 + little(head[4:8])


def chunks(stream: BinaryIO) -> Iterator[Chunk]:
    """The chunks that the file holds; it may end before the container does."""
    end = min(end_of(stream), length(stream))
    at = 12
    for _ in range(_MAX_CHUNKS):
        if at + 8 > end:
            return
        head = take_at(stream, at, 8)
        chunk = Chunk(head[:4], at, little(head[4:]))
        yield chunk
        at = chunk.end
    raise ValueError("broken: too many chunks")


def data(stream: BinaryIO, chunk: Chunk) -> bytes:
    return take_at(stream, chunk.at + 8, chunk.size)


def read_header(stream: BinaryIO) -> WebpHeader:
    header = WebpHeader()
    for chunk in chunks(stream):
        try:
            _read_chunk(header, stream, chunk)
        except CutOff:
            break
    if not (header.width and header.height):
        raise CutOff("cut off before its picture begins")
    return header


def _read_chunk(header: WebpHeader, stream: BinaryIO, chunk: Chunk) -> None:
    if chunk.kind == b"VP8X":
        head = take_at(stream, chunk.at + 8, 10)
        header.alpha, header.animated = bool(head[0] & ALPHA_FLAG), bool(head[0] & ANIMATION_FLAG)
        header.width, header.height = little(head[4:7]) + 1, little(head[7:10]) + 1
    elif chunk.kind in (b"VP8 ", b"VP8L"):
        width, height, alpha = picture_size(take_at(stream, chunk.at + 8, 10), kind=chunk.kind)
        header.alpha |= alpha
        if not header.width:
            header.width, header.height = width, height
    elif chunk.kind == b"ICCP":
        header.profile = data(stream, chunk)
    elif chunk.kind == b"EXIF":
        header.exif = read_exif(data(stream, chunk))
    elif chunk.kind == b"XMP ":
        header.place_elsewhere = xmp_has_location(data(stream, chunk))


def picture_size(head: bytes, *, kind: bytes) -> tuple[int, int, bool]:
    """Width, height and alpha from the first 10 bytes of the picture's own data."""
    if kind == b"VP8 ":
        if head[3:6] != b"\x9d\x01\x2a":
            raise ValueError("broken: no VP8 frame")
        return little(head[6:8]) & 0x3FFF, little(head[8:10]) & 0x3FFF, False
    if head[0] != 0x2F:
        raise ValueError("broken: no VP8L frame")
    bits = little(head[1:5])
    return (bits & 0x3FFF) + 1, (bits >> 14 & 0x3FFF) + 1, bool(bits >> 28 & 1)
