"""What a picture that is no JPEG is, told from its bytes without decoding it.

Apart from `probe`, which loads it when a file calls for it: eight modules, 9 ms, that most edits do without.
"""

from __future__ import annotations

from typing import BinaryIO

from seedcli.pictures import bmff, bmp, gif, png, tiff, webp
from seedcli.pictures.bytestream import CutOff, length
from seedcli.pictures.icc import foreign_profile
from seedcli.pictures.probe import Probe


def read(stream: BinaryIO, head: bytes) -> Probe | None:
    """None for what is of no known format; `head` is how the file begins."""
    if head.startswith(png.SIGNATURE):
        return _from_png(png.read_header(stream))
    if head[:4] == b"RIFF" and head[8:12] == b"WEBP":
        return _from_webp(webp.read_header(stream))
    if head[:6] in (b"GIF87a", b"GIF89a"):
        return _from_gif(gif.read_header(stream))
    if head.startswith(tiff.STARTS):
        return _from_tiff(tiff.read_header(stream))
    if bmp.is_bmp(head):
        return _from_bmp(bmp.read_header(stream))
    kind = bmff.kind_of(head)
    return _from_bmff(bmff.read_header(stream, kind=kind)) if kind else None


def ends_at_once(stream: BinaryIO, kind: str) -> bool:
    """Whether its last bytes alone tell that it is whole."""
    return kind == "png" and png.ends_at_once(stream)


def walk_to_end(stream: BinaryIO, kind: str) -> None:
    """Raises `CutOff` where the file ends before its picture, ValueError where it is broken."""
    size = length(stream)
    if kind == "png":
        png.check_sums(stream)
    elif kind == "gif":
        gif.check_end(stream)
    elif (kind == "webp" and webp.end_of(stream) > size) or (
        kind == "bmp" and bmp.read_header(stream).least_size > size
    ):
        raise CutOff("cut off in the middle")
    elif kind == "tiff":
        if not tiff.check_end(stream):
            raise CutOff("cut off in the middle")
    elif kind in ("heic", "avif"):
        bmff.check_end(stream)


def _from_png(header: png.PngHeader) -> Probe:
    return Probe(
        "png",
        "image/png",
        header.width,
        header.height,
        orientation=header.exif.orientation,
        has_location=header.exif.has_location or header.place_elsewhere,
        animated=header.animated,
        bits=16 if header.bits == 16 else 8,
        color={0: "gray", 3: "palette", 4: "gray"}.get(header.colour_type, "rgb"),
        alpha=header.transparent or header.colour_type in (4, 6),
        profile=foreign_profile(header.profile),
    )


def _from_webp(header: webp.WebpHeader) -> Probe:
    return Probe(
        "webp",
        "image/webp",
        header.width,
        header.height,
        orientation=header.exif.orientation,
        has_location=header.exif.has_location or header.place_elsewhere,
        animated=header.animated,
        alpha=header.alpha,
        profile=foreign_profile(header.profile),
    )


def _from_bmff(header: bmff.BmffHeader) -> Probe:
    return Probe(
        header.format,
        f"image/{header.format}",
        header.width,
        header.height,
        orientation=header.orientation,
        has_location=header.has_location,
        animated=header.animated,
        bits=header.bits,
        alpha=header.alpha,
        profile=foreign_profile(header.profile),
    )


def _from_gif(header: gif.GifHeader) -> Probe:
    return Probe(
        "gif",
        "image/gif",
        header.width,
        header.height,
        animated=header.animated,
        color="palette",
        alpha=header.alpha,
    )


def _from_tiff(header: tiff.TiffHeader) -> Probe:
    return Probe(
        "tiff",
        "image/tiff",
        header.width,
        header.height,
        orientation=header.orientation,
        has_location=header.has_location,
        animated=header.pages,
        bits=header.bits,
        color=header.color,
        alpha=header.alpha,
        profile=foreign_profile(header.profile) if header.color != "cmyk" else None,
    )


def _from_bmp(header: bmp.BmpHeader) -> Probe:
    color = "palette" if header.depth <= 8 else "rgb"
    return Probe("bmp", "image/bmp", header.width, header.height, color=color, alpha=header.depth == 32)
