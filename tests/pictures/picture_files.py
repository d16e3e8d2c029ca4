"""Makes the pictures that the tests prepare: every kind that people have, small and recognisable.

The picture is four flat quarters (red, green, blue, yellow), so that a turn, a mirror or a wrong
colour shows at once.
"""

from __future__ import annotations

import struct
import zlib
from dataclasses import dataclass
from io import BytesIO
from pathlib import Path

import pytest
from PIL import Image


@dataclass(frozen=True)
class Limits:
    """SeedEdit's, as far as `prepare` looks at them."""

    formats: tuple[str, ...] = ("jpeg", "png")
    max_bytes: int = 10_000_000
    max_pixels: int = 36_000_000
    min_aspect: float = 1 / 3
    max_aspect: float = 3.0
    min_side: int = 15


LIMITS = Limits()

QUARTERS = ((230, 30, 30), (30, 200, 30), (30, 30, 220), (240, 240, 40))
"""Top left, top right, bottom left, bottom right."""

_STORED = {
    2: Image.Transpose.FLIP_LEFT_RIGHT,
    3: Image.Transpose.ROTATE_180,
    4: Image.Transpose.FLIP_TOP_BOTTOM,
    5: Image.Transpose.TRANSPOSE,
    6: Image.Transpose.ROTATE_90,
    7: Image.Transpose.TRANSVERSE,
    8: Image.Transpose.ROTATE_270,
}
"""How a picture that is upright when turned by an EXIF orientation lies in its file."""

SRGB = ((0.4361, 0.2225, 0.0139), (0.3851, 0.7169, 0.0971), (0.1431, 0.0606, 0.7141))
ADOBE_RGB = ((0.60974, 0.31111, 0.01947), (0.20528, 0.62567, 0.06087), (0.14919, 0.06322, 0.74457))
DISPLAY_P3 = ((0.51512, 0.24120, -0.00105), (0.29198, 0.69225, 0.04189), (0.15710, 0.06657, 0.78407))
"""Primaries adapted to D50, as the profiles carry them."""


def quarters(width: int = 96, height: int = 64) -> Image.Image:
    image = Image.new("RGB", (width, height))
    halves = ((0, 0), (width // 2, 0), (0, height // 2), (width // 2, height // 2))
    for (left, top), color in zip(halves, QUARTERS, strict=True):
        image.paste(color, (left, top, width, height))
    image.paste(QUARTERS[2], (0, height // 2, width // 2, height))
    return image


def shows_quarters(image: Image.Image, *, within: int = 24) -> bool:
    """Whether the four quarters lie where they belong, in their colours."""
    rgb = image.convert("RGB")
    for index, wanted in enumerate(QUARTERS):
        at = (rgb.width * (1 + 2 * (index % 2)) // 4, rgb.height * (1 + 2 * (index // 2)) // 4)
        found = rgb.getpixel(at)
        assert isinstance(found, tuple)
        if max(abs(a - b) for a, b in zip(found, wanted, strict=True)) > within:
            return False
    return True


def exif(*, orientation: int = 1, location: bool = False, maker: str = "ACME") -> Image.Exif:
    block = Image.Exif()
    block[0x0112] = orientation
    block[0x010F] = maker
    if location:
        gps = block.get_ifd(0x8825)
        gps[0], gps[1], gps[2], gps[3], gps[4] = b"\2\3\0\0", "N", (48.0, 51.0, 29.6), "E", (2.0, 17.0, 40.2)
        block[0x8825] = gps
    return block


def turned(orientation: int, *, width: int = 96, height: int = 64) -> Image.Image:
    """Quarters as a camera with this orientation would store them."""
    image = quarters(width, height)
    return image.transpose(_STORED[orientation]) if orientation in _STORED else image


def encoded(image: Image.Image, kind: str, **options: object) -> bytes:
    out = BytesIO()
    if kind == "HEIF":
        pytest.importorskip("pillow_heif").register_heif_opener()
        if isinstance(block := options.get("exif"), Image.Exif):
            options["exif"] = block.tobytes()
    image.save(out, kind, **options)
    return out.getvalue()


def profile(name: str, colorants: tuple[tuple[float, float, float], ...], *, gamma: float | None) -> bytes:
    """A version 2 matrix profile; without gamma its curve is sRGB's, as a table."""
    if gamma is None:
        steps = [int(65535 * to_linear(i / 1023) + 0.5) for i in range(1024)]
        curve = b"curv\0\0\0\0" + struct.pack(">I1024H", 1024, *steps)
    else:
        curve = b"curv\0\0\0\0" + struct.pack(">IH", 1, round(gamma * 256)) + b"\0\0"
    text = name.encode() + b"\0"
    tags = {
        b"desc": b"desc\0\0\0\0" + struct.pack(">I", len(text)) + text + bytes(78),
        b"cprt": b"text\0\0\0\0none\0",
        b"wtpt": _xyz((0.9642, 1.0, 0.8249)),
        **{kind: _xyz(value) for kind, value in zip((b"rXYZ", b"gXYZ", b"bXYZ"), colorants, strict=True)},
        **dict.fromkeys((b"rTRC", b"gTRC", b"bTRC"), curve),
    }
    table, body, at = struct.pack(">I", len(tags)), b"", 128 + 4 + 12 * len(tags)
    for kind, data in tags.items():
        data += bytes(-len(data) % 4)
        table += kind + struct.pack(">II", at + len(body), len(data))
        body += data
    head = bytearray(128)
    head[8:24] = b"\2\x10\0\0mntrRGB XYZ "
    head[24:36] = struct.pack(">6H", 2026, 1, 1, 0, 0, 0)
    head[36:40] = b"acsp"
    head[68:80] = struct.pack(">3i", 63190, 65536, 54061)
    head[0:4] = struct.pack(">I", 128 + len(table) + len(body))
    return bytes(head) + table + body


def _xyz(value: tuple[float, ...]) -> bytes:
    return b"XYZ \0\0\0\0" + struct.pack(">3i", *(round(part * 65536) for part in value))


def to_linear(value: float) -> float:
    return value / 12.92 if value <= 0.04045 else float(((value + 0.055) / 1.055) ** 2.4)


def from_linear(value: float) -> float:
    value = min(1.0, max(0.0, value))
    return value * 12.92 if value <= 0.0031308 else 1.055 * value ** (1 / 2.4) - 0.055


def in_srgb(
    pixel: tuple[int, ...], colorants: tuple[tuple[float, float, float], ...], *, gamma: float | None
) -> list[float]:
    """A pixel of another RGB space in sRGB, 0 to 255, worked out with matrices alone."""
    linear = [(v / 255) ** gamma if gamma else to_linear(v / 255) for v in pixel]
    xyz = [sum(linear[c] * colorants[c][i] for c in range(3)) for i in range(3)]
    inverse = (
        (3.1338561, -1.6168667, -0.4906146),
        (-0.9787684, 1.9161415, 0.0334540),
        (0.0719453, -0.2289914, 1.4052427),
    )
    return [255 * from_linear(sum(row[i] * xyz[i] for i in range(3))) for row in inverse]


def png_chunk(kind: bytes, data: bytes) -> bytes:
    return struct.pack(">I", len(data)) + kind + data + struct.pack(">I", zlib.crc32(kind + data))


def huge_png(width: int, height: int) -> bytes:
    """A bomb: a header that promises far more than a few bytes hold."""
    head = struct.pack(">IIBBBBB", width, height, 8, 2, 0, 0, 0)
    return (
        b"\x89PNG\r\n\x1a\n"
        + png_chunk(b"IHDR", head)
        + png_chunk(b"IDAT", zlib.compress(bytes(1000)))
        + png_chunk(b"IEND", b"")
    )


def write(path: Path, data: bytes) -> Path:
    path.write_bytes(data)
    return path


def opened(path: Path) -> Image.Image:
    with Image.open(path) as image:
        image.load()
        return image.copy()


def mean_difference(one: Image.Image, other: Image.Image) -> float:
    pairs = zip(one.convert("RGB").tobytes(), other.convert("RGB").tobytes(), strict=True)
    return sum(abs(a - b) for a, b in pairs) / (one.width * one.height * 3)
