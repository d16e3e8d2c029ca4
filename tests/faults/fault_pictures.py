"""The pictures of these tests: one to edit, one too large for any socket's buffers, and results."""

from __future__ import annotations

import io
from functools import cache

from PIL import Image

_COMMENT = b"\xff\xfe\xff\xff" + b"." * 65533


@cache
def jpeg(size: tuple[int, int] = (96, 64)) -> bytes:
    return _encoded("JPEG", size)


@cache
def png() -> bytes:
    return _encoded("PNG", (96, 64))


@cache
def webp() -> bytes:
    return _encoded("WEBP", (96, 64))


@cache
def input_jpeg() -> bytes:
    """The picture to edit; its bytes are not those of any result."""
    return _encoded("JPEG", (120, 80))


@cache
def large_jpeg(size_bytes: int = 9_000_000) -> bytes:
    """A picture within the gateway's limits that takes many writes to send: most of it is comments."""
    plain = input_jpeg()
    return plain[:2] + _COMMENT * (size_bytes // len(_COMMENT)) + plain[2:]


def _encoded(form: str, size: tuple[int, int]) -> bytes:
    width, height = size
    picture = Image.new("RGB", size)
    picture.putdata(
        [(x * 255 // width, y * 255 // height, (x * y) % 256) for y in range(height) for x in range(width)]
    )
    out = io.BytesIO()
    picture.save(out, form)
    return out.getvalue()
