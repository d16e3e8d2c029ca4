"""JPEG from the outside: its segments, what they say, and where the picture ends.

Markers are those of ITU-T T.81; the APPn payloads those of EXIF, XMP (part 3), ICC.1 annex B
and CIPA DC-007 (multi-picture).
"""

from __future__ import annotations

import os
from collections.abc import Iterator
from typing import BinaryIO, NamedTuple

from seedcli.pictures.bytestream import CutOff, big, length, take, take_at
from seedcli.pictures.exif import Exif, read_exif
from seedcli.pictures.place import VIDEO_MARKS, iptc_has_location, xmp_has_location

APP1, APP2, APP13, APP14 = 0xE1, 0xE2, 0xED, 0xEE
SOI, EOI, SOS, COM = 0xD8, 0xD9, 0xDA, 0xFE
EXIF_ID = b"Exif\0\0"
XMP_ID = b"http://ns.adobe.com/xap/1.0/\0"
XMP_MORE_ID = b"http://ns.adobe.com/xmp/extension/\0"
ICC_ID = b"ICC_PROFILE\0"
MPF_ID = b"MPF\0"
_FRAMES = set(range(0xC0, 0xD0)) - {0xC4, 0xC8, 0xCC}
_USUAL_FRAMES = {0xC0, 0xC1, 0xC2}
_BARE = {0x01, *range(0xD0, 0xD8)}
_MAX_SEGMENTS = 4000
_CHUNK = 1 << 18


class Segment(NamedTuple):
    """A marker segment: `at` is where its 0xFF stands, `size` counts marker and length too."""

    marker: int
    at: int
    size: int

    @property
    def end(self) -> int:
        return self.at + self.size


class JpegHeader:
    """What the segments before the picture's data say of it."""

    def __init__(self) -> None:
        self.width = 0
        self.height = 0
        self.bits = 8
        self.components = 3
        self.usual = True
        self.exif = Exif()
        self.place_elsewhere = False
        self.motion = False
        self.profile: bytes | None = None

    @property
    def has_location(self) -> bool:
        return self.exif.has_location or self.place_elsewhere


def segments(stream: BinaryIO, *, start: int = 0) -> Iterator[Segment]:
    """The segments before the first scan, the scan's own header last.

    Raises `CutOff` where the file ends before it, ValueError for what is no JPEG.
    """
    if take_at(stream, start, 2) != b"\xff\xd8":
        raise ValueError("broken: no JPEG start")
    at = start + 2
    for _ in range(_MAX_SEGMENTS):
        marker, at = _next_marker(stream, at)
        if marker in _BARE:
            at += 2
            continue
        if marker in (EOI, SOI):
            raise ValueError("broken: a JPEG without a picture")
        size = big(take(stream, 2)) + 2
        if size < 4:
            raise ValueError("broken: a segment without a length")
        yield Segment(marker, at, size)
        if marker == SOS:
            return
        at += size
    raise ValueError("broken: too many segments")


def _next_marker(stream: BinaryIO, at: int) -> tuple[int, int]:
    """The marker found from `at`, past fill bytes, and where its last 0xFF stands."""
    pair = take_at(stream, at, 2)
    for _ in range(_MAX_SEGMENTS):
        if pair[0] != 0xFF:
            raise ValueError("broken: no marker where one must be")
        if pair[1] not in (0x00, 0xFF):
            return pair[1], at
        at += 1
        pair = pair[1:] + take(stream, 1)
    raise ValueError("broken: too much filling")


def payload(stream: BinaryIO, segment: Segment) -> bytes:
    return take_at(stream, segment.at + 4, segment.size - 4)


def read_header(stream: BinaryIO, *, start: int = 0) -> JpegHeader:
    """What a JPEG says before its picture, its other pictures' places included."""
    header = JpegHeader()
    profile_parts: dict[int, bytes] = {}
    for segment in segments(stream, start=start):
        if segment.marker in _FRAMES:
            _read_frame(header, take(stream, 6), marker=segment.marker)
        elif segment.marker in (APP1, APP2, APP13):
            _read_application(header, stream, segment, profile_parts)
    if not (header.width and header.height):
        raise ValueError("broken: a JPEG without a size")
    if profile_parts:
        header.profile = b"".join(profile_parts[key] for key in sorted(profile_parts))
    if not start and not header.has_location:
        more = header.motion or not ends_at_once(stream)
        header.place_elsewhere = more and _video_has_location(stream)
    return header


def _read_frame(header: JpegHeader, frame: bytes, *, marker: int) -> None:
    header.bits, header.components = frame[0], frame[5]
    header.height, header.width = big(frame[1:3]), big(frame[3:5])
    header.usual = marker in _USUAL_FRAMES and frame[0] == 8


def _read_application(
    header: JpegHeader, stream: BinaryIO, segment: Segment, profile_parts: dict[int, bytes]
) -> None:
    data = payload(stream, segment)
    if segment.marker == APP1 and data.startswith(EXIF_ID):
        found = read_exif(data)
        header.exif = Exif(found.orientation, found.has_location or header.exif.has_location)
    elif segment.marker == APP1 and data.startswith((XMP_ID, XMP_MORE_ID)):
        header.place_elsewhere |= xmp_has_location(data)
        header.motion |= b"Motion" in data or b"MicroVideo" in data
    elif segment.marker == APP2 and data.startswith(ICC_ID) and len(data) > 14:
        profile_parts.setdefault(data[12], data[14:])
    elif segment.marker == APP2 and data.startswith(MPF_ID):
        header.motion = True
        header.place_elsewhere |= _other_pictures_have_location(stream, data, tiff_at=segment.at + 8)
    elif segment.marker == APP13:
        header.place_elsewhere |= iptc_has_location(data)


def _other_pictures_have_location(stream: BinaryIO, data: bytes, *, tiff_at: int) -> bool:
    """Looks into the further pictures (gain maps, stereo pairs) that MPF points at."""
    import io

    from seedcli.pictures.exif import Tiff

    try:
        tiff = Tiff(io.BytesIO(data[4:]))
        entries = tiff.directory(tiff.first_at).fields.get(0xB002)
        rows = tiff.data(entries) if entries else b""
        offsets = [int.from_bytes(rows[at + 8 : at + 12], tiff.order) for at in range(0, len(rows), 16)][:16]
        return any(read_header(stream, start=tiff_at + offset).has_location for offset in offsets if offset)
    except (ValueError, RecursionError):
        return False


def _video_has_location(stream: BinaryIO) -> bool:
    stream.seek(0)
    kept = b""
    while chunk := stream.read(_CHUNK):
        if any(mark in kept + chunk for mark in VIDEO_MARKS):
            return True
        kept = chunk[-32:]
    return False


def ends_at_once(stream: BinaryIO) -> bool:
    """Whether the file's last bytes are the end marker, but for padding."""
    size = length(stream)
    stream.seek(max(0, size - 64))
    return stream.read(64).rstrip(b"\0\r\n").endswith(b"\xff\xd9")


def find_end(stream: BinaryIO) -> int:
    """Where the picture ends: the offset after its end marker. `CutOff` if it never comes."""
    scan = list(segments(stream))[-1]
    at = scan.end
    while True:
        at = _after_entropy_data(stream, at)
        marker, at = _next_marker(stream, at)
        if marker == EOI:
            return at + 2
        if marker == SOI:
            raise ValueError("broken: a picture within the picture")
        at += 2 if marker in _BARE else big(take(stream, 2)) + 2


def _after_entropy_data(stream: BinaryIO, at: int) -> int:
    """The offset of the next marker other than a restart."""
    import re

    marker = re.compile(rb"\xff[^\x00\xd0-\xd7\xff]")
    while True:
        stream.seek(at, os.SEEK_SET)
        chunk = stream.read(_CHUNK)
        found = marker.search(chunk)
        if found:
            return at + found.start()
        if len(chunk) < 2:
            raise CutOff("truncated: a JPEG without its end")
        at += len(chunk) - 1
