"""Where else a file can tell the place it was made at: XMP, IPTC, and text."""

from __future__ import annotations

from collections.abc import Iterator

_XMP_MARKS = (
    b":GPS",  # exif:GPSLatitude and its kin, as element or attribute
    b"LocationCreated",
    b"LocationShown",
    b"Iptc4xmpCore:Location",
    b"Iptc4xmpCore:CountryCode",
    b"photoshop:City",
    b"photoshop:State",
    b"photoshop:Country",
    b"geo:lat",
)
_IPTC_PLACES = {26, 27, 90, 92, 95, 100, 101}
"""IIM record 2: content location code and name, city, sublocation, state, country code and name."""

VIDEO_MARKS = (b"\xa9xyz", b"com.apple.quicktime.location")
"""How the video behind a motion photo says where it was made."""


def xmp_has_location(packet: bytes) -> bool:
    """Whether an XMP packet, in UTF-8 or UTF-16, names coordinates or a place."""
    narrow = packet.replace(b"\0", b"")
    return any(mark in narrow for mark in _XMP_MARKS)


def iptc_has_location(block: bytes) -> bool:
    """Whether Photoshop's image resources (the payload of APP13) hold an IPTC place."""
    return any(record == 2 and dataset in _IPTC_PLACES for record, dataset in _datasets(block))


def _datasets(block: bytes) -> Iterator[tuple[int, int]]:
    at = block.find(b"8BIM\x04\x04")
    if at < 0:
        return
    name_size = block[at + 6] + 1 if at + 6 < len(block) else 0
    at += 6 + name_size + name_size % 2 + 4
    while block[at : at + 1] == b"\x1c" and at + 5 <= len(block):
        yield block[at + 1], block[at + 2]
        at += 5 + (int.from_bytes(block[at + 3 : at + 5], "big") & 0x7FFF)


def text_has_location(keyword: bytes, text: bytes) -> bool:
    """Whether a PNG text chunk holds XMP or EXIF with a place, or names one by its keyword."""
    if keyword == b"XML:com.adobe.xmp":
        return xmp_has_location(text)
    if keyword.lower().startswith(b"raw profile type"):
        return _raw_profile_has_location(text)
    return b"gps" in keyword.lower() or keyword.lower() in (b"location", b"geo")


def _raw_profile_has_location(text: bytes) -> bool:
    """ImageMagick's way: a name, a length, then hexadecimal lines."""
    from seedcli.pictures.exif import read_exif

    parts = text.split(None, 2)
    try:
        data = bytes.fromhex(parts[2].decode("ascii")) if len(parts) == 3 else b""
    except ValueError:
        return False
    if data[:6] == b"Exif\0\0" or data[:2] in (b"II", b"MM"):
        return read_exif(data).has_location
    return xmp_has_location(data) or iptc_has_location(data)
