"""GIF from the outside: its size, whether it moves, and its end (GIF89a)."""

from __future__ import annotations

import os
from collections.abc import Iterator
from dataclasses import dataclass
from typing import BinaryIO

from seedcli.pictures.bytestream import CutOff, little, take, take_at


@dataclass(slots=True)
class GifHeader:
    width: int
    height: int
    alpha: bool = False
    animated: bool = False


def read_header(stream: BinaryIO) -> GifHeader:
    head = take_at(stream, 0, 13)
    header = GifHeader(little(head[6:8]), little(head[8:10]))
    if not (header.width and header.height):
        raise ValueError("broken: a GIF without a size")
    frames = 0
    try:
        for block, transparent in _blocks(stream, head[10]):
            header.alpha |= transparent and not frames
            frames += block == b","
            if frames > 1:
                break
    except CutOff:
        if not frames:
            raise
    if not frames:
        raise ValueError("broken: a GIF without a picture")
    header.animated = frames > 1
    return header


def check_end(stream: BinaryIO) -> None:
    """Raises `CutOff` where the file ends before its trailer."""
    for _ in _blocks(stream, take_at(stream, 0, 13)[10]):
        pass


def _blocks(stream: BinaryIO, flags: int) -> Iterator[tuple[bytes, bool]]:
    """Each block's introducer, and whether it makes a colour transparent, up to the trailer."""
    stream.seek(13 + _table_size(flags))
    while (block := take(stream, 1)) != b";":
        if block == b",":
            yield block, False
            stream.seek(_table_size(take(stream, 9)[8]) + 1, os.SEEK_CUR)
        elif block == b"!":
            label = take(stream, 1)
            size = take(stream, 1)[0]
            content = take(stream, size)
            yield block, label == b"\xf9" and bool(content[:1] and content[0] & 1)
            if not size:
                continue
        else:
            raise ValueError("broken: no GIF block where one must be")
        _skip_pieces(stream)


def _skip_pieces(stream: BinaryIO) -> None:
    while size := take(stream, 1)[0]:
        stream.seek(size, os.SEEK_CUR)


def _table_size(flags: int) -> int:
    return 3 << ((flags & 7) + 1) if flags & 0x80 else 0
