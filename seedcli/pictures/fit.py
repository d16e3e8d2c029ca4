"""A result brought back to the size of the picture it was made from."""

from __future__ import annotations

import shutil
from enum import StrEnum
from io import BytesIO
from pathlib import Path
from typing import TYPE_CHECKING, BinaryIO, NamedTuple

from seedcli.errors import BadInput
from seedcli.pictures.pixels import open_picture, quiet_pillow, reading, upright
from seedcli.pictures.prepare import refuse_large
from seedcli.pictures.probe import Probe, probe

if TYPE_CHECKING:
    from PIL.Image import Image

FORMATS = ("jpeg", "png", "webp")


class Fit(StrEnum):
    """How: `original` stretches to the exact size, `cover` fills it and cuts off what hangs over,
    `contain` shows all of the result with white beside it."""

    ORIGINAL = "original"
    COVER = "cover"
    CONTAIN = "contain"


class Fitted(NamedTuple):
    """What became of a result. `change` is one line for people, None where it fitted already."""

    format: str
    width: int
    height: int
    change: str | None


def fit(
    source: Path,
    target: BinaryIO,
    *,
    how: Fit,
    size: tuple[int, int],
    padded: tuple[int, int] | None = None,
) -> Fitted:
    """Writes the result at `source` to `target` in the input's `size` (once upright).

    Format, quality and colour profile stay; resampling is Lanczos. `padded` is the size that the
    input was padded to before it was sent (`padding_in`); the padding is cut off first. A result
    of the right size is copied byte for byte. Raises BadInput for what can't be decoded or
    written again.
    """
    found = probe(source)
    if found.upright_size == size and padded is None and found.orientation == 1:
        with source.open("rb") as stream:
            shutil.copyfileobj(stream, target)
        return Fitted(found.format, *size, change=None)
    if found.format not in FORMATS:
        raise BadInput(f"{source.name}: a {found.format} result can't be resized; JPEG, PNG and WebP can")
    refuse_large(*size, name=source.name)
    refuse_large(found.width, found.height, name=source.name)
    with quiet_pillow(), reading(source.name), open_picture(source, found) as image:
        shown = upright(image)
        made, change = _fitted(shown, how=how, size=size, part=_part(shown, size, padded))
        data = _encoded(made, original=image, found=found, source=source)
    target.write(data)
    return Fitted(found.format, *size, change=change)


def _part(
    image: Image, size: tuple[int, int], padded: tuple[int, int] | None
) -> tuple[float, float, float, float]:
    """The part of the result that shows the input: all of it, or the middle that was not padding."""
    across, down = (size[0] / padded[0], size[1] / padded[1]) if padded else (1.0, 1.0)
    left, top = image.width * (1 - across) / 2, image.height * (1 - down) / 2
    return left, top, image.width - left, image.height - top


def _fitted(
    image: Image, *, how: Fit, size: tuple[int, int], part: tuple[float, float, float, float]
) -> tuple[Image, str]:
    from PIL import Image as PillowImage

    left, top, right, bottom = part
    wide, high = right - left, bottom - top
    lanczos = PillowImage.Resampling.LANCZOS
    image = _resizable(image)
    told = f"{image.width}x{image.height}→{size[0]}x{size[1]}"
    if how is Fit.ORIGINAL:
        return image.resize(size, lanczos, box=part), told + _stretch(wide / high, size[0] / size[1])
    if how is Fit.COVER:
        shown_wide, shown_high = min(wide, high * size[0] / size[1]), min(high, wide * size[1] / size[0])
        left, top = left + (wide - shown_wide) / 2, top + (high - shown_high) / 2
        cut = 1 - shown_wide * shown_high / (wide * high)
        box = (left, top, left + shown_wide, top + shown_high)
        return image.resize(size, lanczos, box=box), told + (f", {cut:.0%} cut off" if cut >= 0.005 else "")
    scale = min(size[0] / wide, size[1] / high)
    inner = max(1, round(wide * scale)), max(1, round(high * scale))
    made = PillowImage.new(image.mode, size, "white")
    made.paste(image.resize(inner, lanczos, box=part), ((size[0] - inner[0]) // 2, (size[1] - inner[1]) // 2))
    return made, told + (", white added" if inner != size else "")


def _stretch(before: float, after: float) -> str:
    """Only a stretch that eyes may notice is told."""
    change = after / before
    return f", stretched {max(change, 1 / change) - 1:.1%}" if abs(change - 1) >= 0.005 else ""


def _resizable(image: Image) -> Image:
    if image.mode in ("L", "LA", "RGB", "RGBA", "CMYK"):
        return image
    return image.convert("RGBA" if "transparency" in image.info else "RGB")


def _encoded(made: Image, *, original: Image, found: Probe, source: Path) -> bytes:
    out = BytesIO()
    profile = original.info.get("icc_profile")
    kept = {"icc_profile": profile} if isinstance(profile, bytes) else {}
    made.info.clear()
    if found.format == "jpeg":
        from PIL.JpegImagePlugin import get_sampling

        tables = original.quantization  # type: ignore[attr-defined]  # JPEG's own attribute
        made.save(
            out, "JPEG", qtables=tables, subsampling=max(0, get_sampling(original)), optimize=True, **kept
        )
    elif found.format == "png":
        made.save(out, "PNG", **kept)
    else:
        lossless = b"VP8L" in source.read_bytes()[:64]
        made.save(out, "WEBP", lossless=lossless, quality=90, **kept)
    return out.getvalue()
