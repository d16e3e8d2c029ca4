"""What a picture file is, told from its bytes without decoding it.

Little is read, and Pillow is never loaded: this runs before every edit.
"""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import BinaryIO, NamedTuple

from seedcli.errors import BadInput
from seedcli.pictures import jpeg
from seedcli.pictures.bytestream import CutOff
from seedcli.pictures.icc import foreign_profile
from seedcli.text import clean


class Probe(NamedTuple):
    """A picture as its header tells it.

    `width` and `height` are as stored; `orientation` (1 to 8, as in EXIF) says how it is to be
    turned. `color` is "rgb", "gray", "palette" or "cmyk"; `profile` names an embedded colour
    profile that is not sRGB. `animated` means more than one frame or page. `usual` is false for
    a coding that few decoders know. `alpha` means that it may have transparent parts.
    """

    format: str
    mime: str
    width: int
    height: int
    orientation: int = 1
    has_location: bool = False
    animated: bool = False
    bits: int = 8
    color: str = "rgb"
    alpha: bool = False
    profile: str | None = None
    usual: bool = True

    @property
    def upright_size(self) -> tuple[int, int]:
        """Width and height once turned upright."""
        return (self.height, self.width) if self.orientation >= 5 else (self.width, self.height)

    @property
    def pixels(self) -> int:
        return self.width * self.height


_OTHERS: tuple[tuple[bytes, str], ...] = (
    (b"%PDF", "a PDF document"),
    (b"<?xml", "an XML file"),
    (b"<svg", "an SVG drawing"),
    (b"<!DOCTYPE", "a web page"),
    (b"<!doctype", "a web page"),
    (b"<html", "a web page"),
    (b"8BPS", "a Photoshop file"),
    (b"\xff\x0a", "a JPEG XL picture"),
    (b"\0\0\0\x0cJXL ", "a JPEG XL picture"),
    (b"\0\0\0\x0cjP  ", "a JPEG 2000 picture"),
    (b"PK\x03\x04", "a ZIP archive"),
    (b"\x1f\x8b", "a gzip archive"),
    (b"RIFF", "a RIFF file, and not WebP"),
    (b"{", "JSON text"),
    (b"\x1aE\xdf\xa3", "a film"),
)


def probe(file: Path | BinaryIO, *, name: str | None = None) -> Probe:
    """What the file is. A stream is read from its start and must be seekable; `name` is what
    errors call it.

    Raises BadInput for what is not a picture of a known format, is cut off within its header,
    or can't be opened.
    """
    if not isinstance(file, Path):
        return _probe_stream(file, name=name or "the input")
    name = name or clean(str(file))
    try:
        with file.open("rb") as stream:
            return _probe_stream(stream, name=name)
    except OSError as error:
        raise BadInput(f"{name}: {_reason(error)}") from error


def check_complete(file: Path | BinaryIO) -> Probe:
    """`probe`, and that the file goes on to its picture's own end.

    Raises ValueError("truncated: …") or ValueError("broken: …") where it doesn't, BadInput as
    `probe` does.
    """
    if isinstance(file, Path):
        with file.open("rb") as stream:
            return check_complete(stream)
    found = probe(file)
    with _truncation(found.format):
        _walk_to_end(file, found.format)
    return found


def check_end(stream: BinaryIO, found: Probe) -> None:
    """A quick look at whether the file was cut off: its last bytes, where they can tell.

    Raises ValueError as `check_complete` does, which it falls back to.
    """
    if _ends_at_once(stream, found.format):
        return
    with _truncation(found.format):
        _walk_to_end(stream, found.format)


@contextmanager
def _truncation(kind: str) -> Iterator[None]:
    try:
        yield
    except CutOff as error:
        raise ValueError(f"truncated: the {kind} ends before its picture does") from error


def _reason(error: OSError) -> str:
    if isinstance(error, IsADirectoryError):
        return "is a folder, not a picture"
    return (error.strerror or "can't be read").lower()


def _probe_stream(stream: BinaryIO, *, name: str) -> Probe:
    stream.seek(0)
    head = stream.read(64)
    try:
        found = _read(stream, head)
    except CutOff as error:
        raise BadInput(
            f"{name}: not a whole picture: it is cut off", hint="Copy or download it again."
        ) from error
    except ValueError as error:
        raise BadInput(f"{name}: not a picture that can be read: {clean(str(error))}") from error
    if found is None:
        raise BadInput(
            f"{name}: not a picture: {_what_else(head)}",
            hint="JPEG, PNG, WebP, GIF, BMP, TIFF, HEIC and AVIF are known.",
        )
    return found


def _what_else(head: bytes) -> str:
    if not head:
        return "the file is empty"
    known = next(
        (what for start, what in _OTHERS if head.lstrip(b"\xef\xbb\xbf \t\r\n").startswith(start)), None
    )
    if known is None and head[4:8] == b"ftyp":
        known = "a film"
    return f"it looks like {known}" if known else "its first bytes belong to no known format"


def _read(stream: BinaryIO, head: bytes) -> Probe | None:
    if head.startswith(b"\xff\xd8\xff"):
        return _from_jpeg(jpeg.read_header(stream))
    from seedcli.pictures import other_formats

    return other_formats.read(stream, head)


def _from_jpeg(header: jpeg.JpegHeader) -> Probe:
    color = {1: "gray", 3: "rgb", 4: "cmyk"}.get(header.components)
    if color is None:
        raise ValueError(f"broken: {header.components} colour channels")
    return Probe(
        "jpeg",
        "image/jpeg",
        header.width,
        header.height,
        orientation=header.exif.orientation,
        has_location=header.has_location,
        bits=header.bits,
        color=color,
        profile=foreign_profile(header.profile) if color != "cmyk" else None,
        usual=header.usual,
    )


def _ends_at_once(stream: BinaryIO, kind: str) -> bool:
    if kind == "jpeg":
        return jpeg.ends_at_once(stream)
    from seedcli.pictures import other_formats

    return other_formats.ends_at_once(stream, kind)


def _walk_to_end(stream: BinaryIO, kind: str) -> None:
    """Raises `CutOff` where the file ends before its picture, ValueError where it is broken."""
    if kind == "jpeg":
        jpeg.find_end(stream)
        return
    from seedcli.pictures import other_formats

    other_formats.walk_to_end(stream, kind)
