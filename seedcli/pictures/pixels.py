"""Pillow, kept behind one door: decoding, colours, resizing, encoding.

Only functions import it, so that a command which decodes nothing never loads it. Pictures are
worked on one at a time: a run's memory stays that of one picture however many wait, and
Pillow's warnings can be silenced, which Python does for all threads at once.
"""

from __future__ import annotations

import logging
import struct
import threading
import zlib
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from io import BytesIO
from pathlib import Path
from typing import TYPE_CHECKING

from seedcli.errors import BadInput
from seedcli.pictures.icc import foreign_profile
from seedcli.pictures.probe import Probe
from seedcli.text import clean

if TYPE_CHECKING:
    from PIL.Image import Image

DECODE_FAULTS = (
    OSError,
    SyntaxError,
    ValueError,
    TypeError,
    AttributeError,
    LookupError,
    ArithmeticError,
    RuntimeError,
    EOFError,
    MemoryError,
    struct.error,
    zlib.error,
)
"""What Pillow's decoders are known to raise on broken files."""

_SILENCE = logging.NullHandler()
_one_at_a_time = threading.RLock()


@contextmanager
def quiet_pillow() -> Iterator[None]:
    """One thread at a time with Pillow, and no word of it on standard error."""
    import warnings

    logging.getLogger("PIL").addHandler(_SILENCE)  # added once, however often
    with _one_at_a_time, warnings.catch_warnings():
        warnings.simplefilter("ignore")
        yield


@contextmanager
def reading(name: str) -> Iterator[None]:
    """Translates what decoders raise into BadInput about `name`."""
    try:
        yield
    except DECODE_FAULTS as error:
        reason = "not enough memory" if isinstance(error, MemoryError) else clean(str(error), limit=120)
        raise BadInput(f"{clean(name)}: can't be decoded: {reason or type(error).__name__}") from error


def open_picture(path: Path, found: Probe) -> Image:
    """The first frame, not yet decoded, by the decoder of the format that was found and no other.

    `Image.open` is passed by: it would try other decoders and has its own idea of a bomb.
    """
    from PIL import Image as PillowImage

    if found.format == "heic":
        return _open_heic(path)
    kind = found.format.upper()
    PillowImage.preinit()
    if kind not in PillowImage.OPEN:
        PillowImage.init()
    if kind not in PillowImage.OPEN:
        raise BadInput(f"{clean(str(path))}: this Pillow reads no {kind}", hint="Install a newer Pillow.")
    if kind == "JPEG":  # its registered opener would look for further pictures in it
        from PIL.JpegImagePlugin import JpegImageFile

        return JpegImageFile(path)
    if kind == "TIFF":
        _hush_libtiff()
    return PillowImage.OPEN[kind][0](path, str(path))  # type: ignore[arg-type]  # a path is closed with the image


def _hush_libtiff() -> None:
    """Takes away the handler by which libtiff itself writes to standard error.

    Python sees the error all the same. Pillow has no switch for it, so its own copy of the
    library is asked; where Pillow came without one, nothing happens.
    """
    import ctypes

    import PIL

    package = Path(PIL.__file__).parent
    for library in (*package.parent.glob("pillow.libs/libtiff*"), *package.glob(".dylibs/libtiff*")):
        ctypes.CDLL(str(library)).TIFFSetErrorHandler(None)


def _open_heic(path: Path) -> Image:
    try:
        from pillow_heif import HeifImageFile
    except ImportError as error:
        raise BadInput(
            f"{clean(str(path))}: HEIC needs one more package",
            hint="pip install 'seedcli[heic]', or turn it into a JPEG.",
        ) from error
    opener: Callable[[Path], Image] = HeifImageFile
    return opener(path)


def upright(image: Image) -> Image:
    from PIL import ImageOps

    return ImageOps.exif_transpose(image)


def has_transparency(image: Image) -> bool:
    """Whether any pixel is less than opaque."""
    if "A" not in image.getbands() and "transparency" not in image.info:
        return False
    lowest, _ = image.convert("RGBA").getchannel("A").getextrema()
    return isinstance(lowest, (int, float)) and lowest < 255


def to_srgb(image: Image, *, background: str = "white") -> Image:
    """An 8-bit "RGB" or "L" picture in sRGB; transparent parts show the background."""
    profile = image.info.get("icc_profile")
    image = _eight_bits(image)
    alpha = None
    if "A" in image.getbands() or "transparency" in image.info:
        image = image.convert("RGBA")
        alpha = image.getchannel("A")
        image = image.convert("RGB")
    elif image.mode not in ("L", "RGB", "CMYK", "LAB"):
        image = image.convert("L" if image.mode == "1" else "RGB")
    image = _converted(image, profile if isinstance(profile, bytes) else None)
    if image.mode not in ("L", "RGB"):
        image = image.convert("RGB")
    image.info.clear()  # nothing of the original's metadata may be written by accident
    return _on_background(image, alpha, background) if alpha else image


def _eight_bits(image: Image) -> Image:
    """Brings gray of more than 8 bits to "L" by scaling; colour of 16 bits is decoded to 8 at once."""
    if image.mode.startswith("I"):
        wide = image.convert("I")
        return wide.point(lambda value: value * (1 / 257) + 0.5).convert("L")
    if image.mode == "F":
        low, high = (float(v) for v in image.getextrema() if isinstance(v, (int, float)))
        low, high = (0.0, 1.0) if low >= 0 and high <= 1 else (low, high)
        scale = 255 / (high - low) if high > low else 0.0
        return image.point(lambda value: value * scale - low * scale).convert("L")
    return image


def _converted(image: Image, profile: bytes | None) -> Image:
    """Converted to sRGB where the profile says that it is something else.

    A profile that does not belong to the picture's mode is left out of account, as browsers do.
    """
    if profile is None and image.mode != "LAB":
        return image
    from PIL import ImageCms

    try:
        source = (
            ImageCms.createProfile("LAB") if profile is None else ImageCms.ImageCmsProfile(BytesIO(profile))
        )
        if profile is not None and foreign_profile(profile) is None:
            return image
        changed = ImageCms.profileToProfile(image, source, ImageCms.createProfile("sRGB"), outputMode="RGB")
    except (ImageCms.PyCMSError, OSError):
        return image
    return changed if changed is not None else image


def _on_background(image: Image, alpha: Image, background: str) -> Image:
    from PIL import Image as PillowImage

    canvas = PillowImage.new("RGB", image.size, background)
    canvas.paste(image, mask=alpha)
    return canvas


def resized(image: Image, size: tuple[int, int]) -> Image:
    from PIL import Image as PillowImage

    return image if image.size == size else image.resize(size, PillowImage.Resampling.LANCZOS)


def jpeg_bytes(image: Image, *, quality: int, exif: bytes | None = None) -> bytes:
    """At full colour resolution from quality 90 on, where its saving costs more than it gives."""
    out = BytesIO()
    image.save(
        out,
        "JPEG",
        quality=quality,
        subsampling=0 if quality >= 90 else 2,
        optimize=image.width * image.height < 20_000_000,
        **({"exif": exif} if exif else {}),
    )
    return out.getvalue()


def png_bytes(image: Image, *, exif: bytes | None = None) -> bytes:
    out = BytesIO()
    image.save(out, "PNG", compress_level=6, **({"exif": exif} if exif else {}))
    return out.getvalue()
