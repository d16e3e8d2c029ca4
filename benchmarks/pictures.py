"""JPEG files of any size, each different: the head of a photo, noise for its scan, an end."""

from __future__ import annotations

import random
from collections.abc import Iterator
from pathlib import Path

_PHOTO = Path(__file__).parent.parent / "examples" / "cat.jpg"
_END = b"\xff\xd9"
_BLOCK_BYTES = 64 * 1024


def picture(size: int, *, number: int = 0) -> Iterator[bytes]:
    """The pieces of a JPEG of exactly `size` bytes, unlike those of other numbers.

    Its head is a photo's, so it is sent as it is; nobody in these measurements decodes it.
    """
    photo = _PHOTO.read_bytes()
    scan = photo.index(b"\xff\xda")
    head = photo[: scan + 2 + int.from_bytes(photo[scan + 2 : scan + 4])]
    yield head
    left, noise = size - len(head) - len(_END), random.Random(number)
    while left:
        block = noise.randbytes(min(left, _BLOCK_BYTES)).replace(b"\xff", b"\xfe")
        left -= len(block)
        yield block
    yield _END


def write_pictures(folder: Path, *, count: int, size: int) -> Path:
    """`folder` with `count` pictures in it; what is there already is kept.

    In pieces: what this process holds would be counted as the peak of those it starts.
    """
    folder.mkdir(parents=True, exist_ok=True)
    for number in range(count):
        path = folder / f"{number:05d}.jpg"
        if not path.exists():
            with path.open("wb") as file:
                file.writelines(picture(size, number=number))
    return folder
