"""BMP from the outside: its size and depth, and how long it must be."""

from __future__ import annotations

from dataclasses import dataclass
from typing import BinaryIO

from seedcli.pictures.bytestream import little, take_at

_HEADERS = (12, 16, 40, 52, 56, 64, 108, 124)


@dataclass(frozen=True, slots=True)
class BmpHeader:
    width: int
    height: int
    depth: int
    least_size: int


def is_bmp(head: bytes) -> bool:
    return head[:2] == b"BM" and little(head[14:18]) in _HEADERS


def read_header(stream: BinaryIO) -> BmpHeader:
    """The header; `least_size` is what the file must hold, 0 where compression hides it."""
    head = take_at(stream, 0, 26)
    packed = False
    if little(head[14:18]) == 12:
        width, height, depth = little(head[18:20]), little(head[20:22]), little(head[24:26])
    else:
        rest = take_at(stream, 18, 16)
        width, height = (int.from_bytes(rest[i : i + 4], "little", signed=True) for i in (0, 4))
        depth, packed = little(rest[10:12]), little(rest[12:16]) not in (0, 3)
    height = abs(height)
    if width <= 0 or not height:
        raise ValueError("broken: a BMP without a size")
    row = (width * depth + 31) // 32 * 4
    return BmpHeader(width, height, depth, 0 if packed else little(head[10:14]) + row * height)
