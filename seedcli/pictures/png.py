"""PNG from the outside: its chunks, what they say, and its end (W3C PNG, third edition)."""

from __future__ import annotations

import zlib
from collections.abc import Iterator
from dataclasses import dataclass, field
from typing import BinaryIO, NamedTuple

from seedcli.pictures.bytestream import CutOff, big, length, take, take_at
from seedcli.pictures.exif import Exif, read_exif
from seedcli.pictures.place import text_has_location

SIGNATURE = b"\x89PNG\r\n\x1a\n"
XMP_KEYWORD = b"XML:com.adobe.xmp"
RECORD_KEYWORD = b"seedcli"
_TEXTS = (b"tEXt", b"zTXt", b"iTXt")
_MAX_TEXT = 4 * 1024 * 1024
_MAX_CHUNKS = 2_000_000
_CHUNK = 1 << 20


class Chunk(NamedTuple):
    """A chunk: `at` is where its length stands, `size` is that of its data alone."""

    kind: bytes
    at: int
    size: int

    @property
    def end(self) -> int:
        return self.at + 12 + self.size


@dataclass(slots=True)
class PngHeader:
    width: int = 0
    height: int = 0
    bits: int = 8
    colour_type: int = 2
    transparent: bool = False
    animated: bool = False
    exif: Exif = field(default_factory=Exif)
    place_elsewhere: bool = False
    profile: bytes | None = None
    whole: bool = False


def chunks(stream: BinaryIO) -> Iterator[Chunk]:
    """All chunks up to and with IEND. Raises `CutOff` where the file ends before it."""
    if take_at(stream, 0, 8) != SIGNATURE:
        raise ValueError("broken: no PNG signature")
    at = 8
    for _ in range(_MAX_CHUNKS):
        head = take_at(stream, at, 8)
        chunk = Chunk(head[4:], at, big(head[:4]))
        if chunk.size > 0x7FFFFFFF or not chunk.kind.isalpha():
            raise ValueError("broken: no PNG chunk where one must be")
        yield chunk
        if chunk.kind == b"IEND":
            return
        at = chunk.end
    raise ValueError("broken: too many chunks")


def data(stream: BinaryIO, chunk: Chunk) -> bytes:
    return take_at(stream, chunk.at + 8, chunk.size)


def read_header(stream: BinaryIO) -> PngHeader:
    """What a PNG says; a file cut off after its picture has begun is still read."""
    header = PngHeader()
    begun = False
    try:
        for chunk in chunks(stream):
            if not header.width:
                _read_first(header, stream, chunk)
            begun |= chunk.kind == b"IDAT"
            _read_chunk(header, stream, chunk)
        header.whole = begun
    except CutOff:
        if not begun:
            raise
    if not begun:
        raise ValueError("broken: a PNG without a picture")
    return header


def _read_first(header: PngHeader, stream: BinaryIO, chunk: Chunk) -> None:
    if chunk.kind == b"CgBI":
        raise ValueError("broken: an iOS application's own kind of PNG")
    if chunk.kind != b"IHDR" or chunk.size != 13:
        raise ValueError("broken: a PNG without its header")
    head = data(stream, chunk)
    header.width, header.height = big(head[:4]), big(head[4:8])
    header.bits, header.colour_type = head[8], head[9]
    if not (0 < header.width < 1 << 31 and 0 < header.height < 1 << 31):
        raise ValueError("broken: a PNG without a size")
    if header.colour_type not in (0, 2, 3, 4, 6) or header.bits not in (1, 2, 4, 8, 16):
        raise ValueError("broken: a PNG of no known kind")


def _read_chunk(header: PngHeader, stream: BinaryIO, chunk: Chunk) -> None:
    if chunk.kind == b"tRNS":
        header.transparent = True
    elif chunk.kind == b"acTL" and chunk.size == 8:
        header.animated = big(data(stream, chunk)[:4]) > 1
    elif chunk.kind == b"eXIf":
        header.exif = read_exif(data(stream, chunk))
    elif chunk.kind == b"iCCP":
        header.profile = _inflate(data(stream, chunk).partition(b"\0")[2][1:])
    elif chunk.kind in _TEXTS and chunk.size <= _MAX_TEXT:
        keyword, text = text_of(chunk.kind, data(stream, chunk))
        header.place_elsewhere |= text_has_location(keyword, text)


def text_of(kind: bytes, content: bytes) -> tuple[bytes, bytes]:
    """Keyword and text of a text chunk, unpacked; an unreadable text is empty."""
    keyword, _, rest = content.partition(b"\0")
    if kind == b"tEXt":
        return keyword, rest
    if kind == b"zTXt":
        return keyword, _inflate(rest[1:]) or b""
    packed, rest = rest[:1] == b"\x01", rest[2:]
    text = rest.partition(b"\0")[2].partition(b"\0")[2]
    return keyword, (_inflate(text) or b"") if packed else text


def text_under(wanted: bytes, stream: BinaryIO) -> bytes | None:
    """The text that the file has under the keyword `wanted`."""
    for chunk in chunks(stream):
        if chunk.kind in _TEXTS:
            keyword, text = text_of(chunk.kind, data(stream, chunk))
            if keyword == wanted:
                return text
    return None


def _inflate(packed: bytes) -> bytes | None:
    """Unpacked, at most 4 MB of it, so that a small chunk can't fill the memory."""
    try:
        return zlib.decompressobj().decompress(packed, _MAX_TEXT)
    except zlib.error:
        return None


def ends_at_once(stream: BinaryIO) -> bool:
    """Whether the file's last bytes are the end chunk."""
    size = length(stream)
    return size > 57 and take_at(stream, size - 12, 12) == make_chunk(b"IEND", b"")


def check_sums(stream: BinaryIO) -> None:
    """Every chunk against its CRC. Raises `CutOff`, or ValueError where one differs."""
    for chunk in chunks(stream):
        stream.seek(chunk.at + 4)
        left, crc = chunk.size + 4, 0
        while left:
            piece = take(stream, min(left, _CHUNK))
            crc = zlib.crc32(piece, crc)
            left -= len(piece)
        if big(take(stream, 4)) != crc:
            raise ValueError(f"broken: the checksum of its {chunk.kind.decode('ascii')} is wrong")


def make_chunk(kind: bytes, content: bytes) -> bytes:
    return len(content).to_bytes(4, "big") + kind + content + zlib.crc32(kind + content).to_bytes(4, "big")
