"""Reading exact pieces of a file whose lengths can't be trusted."""

from __future__ import annotations

import os
from typing import BinaryIO

MAX_PIECE = 64 * 1024 * 1024
"""No metadata that is read into memory may be larger than this."""


class CutOff(ValueError):
    """The file ends before what its own bytes announce."""


def take(stream: BinaryIO, count: int) -> bytes:
    """Exactly `count` bytes from here; `CutOff` where the file ends first."""
    if not 0 <= count <= MAX_PIECE:
        raise ValueError(f"broken: a piece of {count} bytes")
    piece = stream.read(count)
    if len(piece) != count:
        raise CutOff("cut off in the middle")
    return piece


def take_at(stream: BinaryIO, offset: int, count: int) -> bytes:
    """Exactly `count` bytes from `offset`."""
    if not 0 <= offset < 1 << 62:
        raise ValueError(f"broken: an offset of {offset}")
    stream.seek(offset)
    return take(stream, count)


def length(stream: BinaryIO) -> int:
    """The whole stream's length in bytes; the position is kept."""
    here = stream.tell()
    end = stream.seek(0, os.SEEK_END)
    stream.seek(here)
    return end


def big(data: bytes) -> int:
    return int.from_bytes(data, "big")


def little(data: bytes) -> int:
    return int.from_bytes(data, "little")
