"""Carrying out what `prepare` planned: as little as the plan allows, and never more loss than needed."""

from __future__ import annotations

import hashlib
import math
import tempfile
from dataclasses import dataclass
from functools import partial
from io import BytesIO
from pathlib import Path
from typing import TYPE_CHECKING, Protocol

from seedcli.errors import BadInput, BadOutput
from seedcli.pictures import metadata
from seedcli.pictures.pixels import (
    has_transparency,
    jpeg_bytes,
    open_picture,
    png_bytes,
    quiet_pillow,
    reading,
    resized,
    to_srgb,
    upright,
)
from seedcli.pictures.prepare import Plan, Prepared, refuse_changes, shrunk_size
from seedcli.pictures.probe import probe
from seedcli.pictures.turn import turned_again, turned_losslessly
from seedcli.text import clean

if TYPE_CHECKING:
    from PIL.Image import Image

_BEST_QUALITY, _LEAST_QUALITY = 95, 75
_LOSSLESS_FORMATS = {"png", "gif", "bmp", "tiff"}
_MAX_PNG_PIXELS = 12_000_000
"""Beyond it a picture is a photo in all likelihood: PNG would take seconds and not fit."""
_SHRINK_STEP = 0.9


@dataclass(slots=True)
class _Made:
    data: bytes
    format: str
    width: int
    height: int
    box: tuple[int, int, int, int] | None = None


def carry_out(path: Path, plan: Plan, *, folder: Path, sha256: str) -> Prepared | None:
    """The changed picture in a new file of `folder`; None where nothing needs a change after all.

    Raises BadInput for what can't be decoded or made fit.
    """
    if plan.found.alpha and not plan.repaint:
        plan.repaint = _shows_through(path, plan)
        if plan.repaint and not plan.options.enabled:
            plan.changes.append("alpha→white")
            refuse_changes(plan)
    if not (plan.repaint or plan.turn or plan.strip_location):
        return None
    made = _without_repainting(path, plan) or _repainted(path, plan)
    if made.format != plan.found.format:
        plan.changes.insert(int(plan.turn), f"{plan.found.format}→{made.format}")
    return _written(made, plan, folder=folder, sha256=sha256)


def _shows_through(path: Path, plan: Plan) -> bool:
    with quiet_pillow(), reading(plan.name), open_picture(path, plan.found) as image:
        return has_transparency(image)


def _without_repainting(path: Path, plan: Plan) -> _Made | None:
    """The lossless ways: taking the place out of the file, turning a JPEG as it is."""
    if plan.repaint:
        return None
    width, height = plan.found.upright_size
    if plan.turn:
        if plan.found.format != "jpeg" or _keeps_location(plan):  # which turning would lose
            return None
        data = turned_losslessly(path, orientation=plan.found.orientation) or turned_again(path, plan.found)
    else:
        out = BytesIO()
        try:
            rewritten = metadata.strip_location(path, out)
        except ValueError:  # broken, and a decoder may make something of it or say why not
            rewritten = False
        if not rewritten:
            return None
        data = out.getvalue()
    fits = len(data) <= plan.limits.max_bytes
    return _Made(data, plan.found.format, width, height) if fits and _is_clean(data, plan) else None


def _is_clean(data: bytes, plan: Plan) -> bool:
    """Reads the result back: a place that was not taken out must not go out."""
    return plan.options.keep_location or not probe(BytesIO(data)).has_location


def _repainted(path: Path, plan: Plan) -> _Made:
    with quiet_pillow(), reading(plan.name), open_picture(path, plan.found) as image:
        width, height = plan.found.upright_size
        canvas = plan.padded or (width, height)
        target = shrunk_size(*canvas, limits=plan.limits)
        if plan.found.format == "jpeg":  # decodes at half the size or less, where that is enough
            image.draft(None, target if plan.found.orientation < 5 else (target[1], target[0]))
        if has_transparency(image):
            plan.changes.append("alpha→white")
        painted = to_srgb(upright(image))
        exif = _kept_exif(image, plan)  # after the turn, which it takes out of the very same record
        scale = target[0] / canvas[0]
        inner = (max(1, round(width * scale)), max(1, round(height * scale))) if plan.padded else target
        painted = resized(painted, inner)
        box = None
        if plan.padded:
            painted, box = _padded(painted, target)
        return _encoded(painted, plan, box=box, exif=exif)


def _keeps_location(plan: Plan) -> bool:
    return plan.options.keep_location and plan.found.has_location


def _kept_exif(image: Image, plan: Plan) -> bytes | None:
    """The place, where the user wants it to stay."""
    if not _keeps_location(plan):
        return None
    exif = image.getexif()
    exif[0x0112] = 1
    return exif.tobytes()


def _padded(image: Image, size: tuple[int, int]) -> tuple[Image, tuple[int, int, int, int]]:
    from PIL import Image as PillowImage

    left, top = (size[0] - image.width) // 2, (size[1] - image.height) // 2
    canvas = PillowImage.new("RGB", size, "white")
    canvas.paste(image, (left, top))
    return canvas, (left, top, left + image.width, top + image.height)


def _encoded(image: Image, plan: Plan, *, box: tuple[int, int, int, int] | None, exif: bytes | None) -> _Made:
    """The best form that fits: PNG of what had no loss so far, else JPEG, smaller only at the last."""
    limit = plan.limits.max_bytes
    if plan.found.format in _LOSSLESS_FORMATS and "png" in plan.limits.formats and _worth_png(image):
        data = png_bytes(image, exif=exif)
        if len(data) <= limit:
            return _Made(data, "png", *image.size, box=box)
    full = image
    while True:
        data, quality = best_quality(partial(jpeg_bytes, image, exif=exif), limit=limit)
        if len(data) <= limit:
            break
        scale = image.width / full.width * min(_SHRINK_STEP, math.sqrt(limit / len(data)))
        size = shrunk_size(*full.size, limits=plan.limits, scale=scale)
        if min(size) < plan.limits.min_side:
            raise BadInput(f"{plan.name}: can't be brought below {limit} bytes")
        image = resized(full, size)
    _tell_shrinking(plan, full.size, image.size, size=len(data), quality=quality)
    return _Made(data, "jpeg", *image.size, box=_scaled(box, image.width / full.width))


def _worth_png(image: Image) -> bool:
    return image.width * image.height <= _MAX_PNG_PIXELS


class Encode(Protocol):
    def __call__(self, *, quality: int) -> bytes: ...


def best_quality(encode: Encode, *, limit: int) -> tuple[bytes, int]:
    """The largest JPEG of at most `limit` bytes and its quality; the smallest where none fits."""
    best = encode(quality=_BEST_QUALITY), _BEST_QUALITY
    if len(best[0]) <= limit:
        return best
    best = encode(quality=_LEAST_QUALITY), _LEAST_QUALITY
    low, high = _LEAST_QUALITY + 1, _BEST_QUALITY - 1
    while low <= high and len(best[0]) <= limit:
        middle = (low + high) // 2
        data = encode(quality=middle)
        if len(data) <= limit:
            best, low = (data, middle), middle + 1
        else:
            high = middle - 1
    return best


def _tell_shrinking(
    plan: Plan, planned: tuple[int, int], made: tuple[int, int], *, size: int, quality: int
) -> None:
    if made != planned:
        plan.changes.append(f"{planned[0]}x{planned[1]}→{made[0]}x{made[1]}")
    if plan.size > plan.limits.max_bytes:
        plan.changes.append(f"{plan.size / 1e6:.1f} MB→{size / 1e6:.1f} MB")
    if quality < _BEST_QUALITY:
        plan.changes.append(f"quality {quality}")


def _scaled(box: tuple[int, int, int, int] | None, scale: float) -> tuple[int, int, int, int] | None:
    if box is None:
        return None
    left, top, right, bottom = (round(side * scale) for side in box)
    return left, top, right, bottom


def _written(made: _Made, plan: Plan, *, folder: Path, sha256: str) -> Prepared:
    target = _new_file(
        made.data, folder=folder, suffix=".jpg" if made.format == "jpeg" else f".{made.format}"
    )
    width, height = plan.found.upright_size
    return Prepared(
        target,
        True,
        f"image/{made.format}",
        made.format,
        size=len(made.data),
        sha256=hashlib.sha256(made.data).hexdigest(),
        width=made.width,
        height=made.height,
        source_sha256=sha256,
        source_width=width,
        source_height=height,
        changes=tuple(plan.changes),
        box=made.box,
    )


def _new_file(data: bytes, *, folder: Path, suffix: str) -> Path:
    """A file of ours alone with `data` in it, gone again where that fails."""
    target = None
    try:
        with tempfile.NamedTemporaryFile(dir=folder, prefix="seedcli-", suffix=suffix, delete=False) as file:
            target = Path(file.name)
            file.write(data)
    except BaseException as error:
        if target is not None:
            target.unlink(missing_ok=True)
        if isinstance(error, OSError):
            reason = (error.strerror or "can't be written").lower()
            raise BadOutput(f"{clean(str(folder))}: no place for the prepared picture: {reason}") from error
        raise
    return target
