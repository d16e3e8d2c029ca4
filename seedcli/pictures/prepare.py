"""A picture made fit to send: within the model's limits, upright, in sRGB, without its place.

What already fits is sent as it is, byte for byte, and Pillow is never loaded for it.
"""

from __future__ import annotations

import hashlib
import math
import stat
from collections.abc import Sequence
from dataclasses import dataclass, field
from pathlib import Path
from typing import BinaryIO, NamedTuple, Protocol

from seedcli.errors import BadInput
from seedcli.pictures.probe import Probe, check_end, probe
from seedcli.text import clean

MAX_FILE_BYTES = 1_000_000_000
MAX_DECODED_PIXELS = 200_000_000
"""More than any camera makes (a 200 MP phone stays below), and 800 MB once decoded."""
_PADDED = "padded "


class Limits(Protocol):
    """What the model takes. Sides and pixels are counted once the picture is upright."""

    @property
    def formats(self) -> Sequence[str]: ...
    @property
    def max_bytes(self) -> int: ...
    @property
    def max_pixels(self) -> int: ...
    @property
    def min_aspect(self) -> float: ...
    @property
    def max_aspect(self) -> float: ...
    @property
    def min_side(self) -> int: ...


class PrepareOptions(NamedTuple):
    """`enabled=False` refuses what would have to be changed; `pad` allows white borders where
    the aspect does not fit; `keep_location` leaves the place in."""

    enabled: bool = True
    pad: bool = False
    keep_location: bool = False


class Prepared(NamedTuple):
    """What to send. `path` is the original unless `temporary`; the caller removes a temporary.

    `size` and `sha256` are of the bytes to send, `source_sha256` of the file as found;
    `source_width` and `source_height` are the original's once upright. `box` is where the
    picture lies within a padded one (left, top, right, bottom), None without padding.
    """

    path: Path
    temporary: bool
    mime: str
    format: str
    size: int
    sha256: str
    width: int
    height: int
    source_sha256: str
    source_width: int
    source_height: int
    changes: tuple[str, ...] = ()
    box: tuple[int, int, int, int] | None = None


@dataclass(slots=True)
class Plan:
    """What has to be done to a picture. `changes` is what people are told."""

    name: str
    found: Probe
    limits: Limits
    options: PrepareOptions
    size: int
    strip_location: bool = False
    turn: bool = False
    repaint: bool = False
    padded: tuple[int, int] | None = None
    changes: list[str] = field(default_factory=list)


def prepare(
    path: Path,
    *,
    limits: Limits,
    folder: Path,
    options: PrepareOptions | None = None,
    name: str | None = None,
) -> Prepared:
    """The picture at `path`, called `name` in errors, made fit for `limits`; a changed one is written
    to `folder`.

    Raises BadInput for what is no picture, is cut off, or can't be made fit, BadOutput where
    `folder` can't take the file.
    """
    name = clean(name or str(path))
    found, size, sha256 = _look(path, name=name)
    plan = plan_for(found, name=name, size=size, limits=limits, options=options or PrepareOptions())
    if not (plan.repaint or plan.turn or plan.strip_location or found.alpha):
        return _untouched(path, found, size=size, sha256=sha256)
    from seedcli.pictures.repaint import carry_out  # loads Pillow

    return carry_out(path, plan, folder=folder, sha256=sha256) or _untouched(
        path, found, size=size, sha256=sha256
    )


def _look(path: Path, *, name: str) -> tuple[Probe, int, str]:
    """What the file is, its size and its SHA-256, all from one open file."""
    try:
        about = path.stat()
        if stat.S_ISDIR(about.st_mode) or not stat.S_ISREG(about.st_mode):
            raise BadInput(f"{name}: is {'a folder' if stat.S_ISDIR(about.st_mode) else 'no regular file'}")
        if about.st_size > MAX_FILE_BYTES:
            raise BadInput(f"{name}: larger than {MAX_FILE_BYTES // 1_000_000_000} GB")
        with path.open("rb") as stream:
            found = probe(stream, name=name)
            _refuse_cut(stream, found, name=name)
            stream.seek(0)
            digest = hashlib.file_digest(stream, "sha256")
            return found, stream.tell(), digest.hexdigest()
    except OSError as error:
        raise BadInput(f"{name}: {(error.strerror or 'can not be read').lower()}") from error


def _refuse_cut(stream: BinaryIO, found: Probe, *, name: str) -> None:
    try:
        check_end(stream, found)
    except ValueError as error:
        raise BadInput(f"{name}: {error}", hint="Copy or download it again.") from error


def _untouched(path: Path, found: Probe, *, size: int, sha256: str) -> Prepared:
    width, height = found.upright_size
    return Prepared(
        path,
        False,
        found.mime,
        found.format,
        size=size,
        sha256=sha256,
        width=width,
        height=height,
        source_sha256=sha256,
        source_width=width,
        source_height=height,
    )


def plan_for(found: Probe, *, name: str, size: int, limits: Limits, options: PrepareOptions) -> Plan:
    """What must be done to a picture, decided from its header alone.

    Raises BadInput for what can't be made fit, or may not be (`enabled=False`).
    """
    plan = Plan(name, found, limits, options, size)
    refuse_large(found.width, found.height, name=name)
    _plan_shape(plan)
    _plan_colours(plan)
    if found.orientation != 1:
        plan.turn = True
        plan.changes.insert(0, "upright")
    if found.has_location and not options.keep_location:
        plan.strip_location = True
        plan.changes.append("location removed")
    if plan.changes and not options.enabled:
        refuse_changes(plan)
    return plan


def refuse_large(width: int, height: int, *, name: str) -> None:
    """Raises BadInput for a picture too large to be decoded, told from its header alone."""
    if width * height > MAX_DECODED_PIXELS:
        raise BadInput(
            f"{name}: {width}x{height} is over {MAX_DECODED_PIXELS // 1_000_000} million pixels",
            hint="A picture of this size is not decoded; make it smaller first.",
        )


def refuse_changes(plan: Plan) -> None:
    raise BadInput(
        f"{plan.name}: would have to be changed before it is sent: {', '.join(plan.changes)}",
        hint="Leave --no-prepare out, or change it yourself.",
    )


def _plan_shape(plan: Plan) -> None:
    """Aspect, sides, pixels and bytes."""
    width, height = plan.found.upright_size
    wanted = _fitting_canvas(width, height, plan.limits)
    if wanted != (width, height):
        if not plan.options.pad:
            raise _unfit(plan, wanted)
        plan.padded = wanted
        plan.repaint = True
        plan.changes.append(f"{_PADDED}{width}x{height}→{wanted[0]}x{wanted[1]}")
    shrunk = shrunk_size(*wanted, limits=plan.limits)
    if shrunk != wanted:
        plan.repaint = True
        plan.changes.append(f"{wanted[0]}x{wanted[1]}→{shrunk[0]}x{shrunk[1]}")
    if plan.size > plan.limits.max_bytes:
        plan.repaint = True
        if not plan.options.enabled:
            plan.changes.append(f"{plan.size / 1e6:.1f} MB→{plan.limits.max_bytes / 1e6:.1f} MB")


def _plan_colours(plan: Plan) -> None:
    """Format, frames, depth and colours."""
    found = plan.found
    reasons = {
        "first frame": found.animated and found.format != "png",  # an animated PNG is a PNG to all others
        f"{found.bits}-bit→8-bit": found.bits > 8,
        "cmyk→rgb": found.color == "cmyk",
        f"{found.profile}→sRGB": found.profile is not None,
        "plain coding": not found.usual and found.bits <= 8,
    }
    due = [what for what, needed in reasons.items() if needed]
    plan.changes += due
    plan.repaint |= bool(due)
    if found.format not in plan.limits.formats:
        plan.repaint = True
        if not plan.options.enabled:
            plan.changes.append(f"{found.format}→{' or '.join(plan.limits.formats[:2])}")


def _fitting_canvas(width: int, height: int, limits: Limits) -> tuple[int, int]:
    """The smallest size that holds the picture and keeps to the model's aspects and sides."""
    wide, high = max(width, limits.min_side), max(height, limits.min_side)
    if wide / high > limits.max_aspect:
        high = math.ceil(wide / limits.max_aspect)
    elif wide / high < limits.min_aspect:
        wide = math.ceil(high * limits.min_aspect)
    return wide, high


def _unfit(plan: Plan, wanted: tuple[int, int]) -> BadInput:
    width, height = plan.found.upright_size
    limits = plan.limits
    if min(width, height) < limits.min_side:
        return BadInput(
            f"{plan.name}: {width}x{height} is too small: each side needs {limits.min_side} pixels or more",
            hint=f"--pad puts it on white, {wanted[0]}x{wanted[1]}.",
        )
    crop = min(width, int(height * limits.max_aspect)), min(height, int(width / limits.min_aspect))
    return BadInput(
        f"{plan.name}: {width}x{height} has an aspect of {_aspect(width / height)}; "
        f"the model takes {_aspect(limits.min_aspect)} to {_aspect(limits.max_aspect)}",
        hint=f"Crop it to {crop[0]}x{crop[1]}, or give --pad for {wanted[0]}x{wanted[1]} with white borders.",
    )


def padding_in(changes: Sequence[str]) -> tuple[int, int] | None:
    """The size that a picture was padded to, read from the changes that were told of it."""
    for change in changes:
        if change.startswith(_PADDED):
            width, _, height = change.rpartition("→")[2].partition("x")
            return int(width), int(height)
    return None


def _aspect(ratio: float) -> str:
    return f"{ratio:.4g}:1" if ratio >= 1 else f"1:{1 / ratio:.4g}"


def shrunk_size(width: int, height: int, *, limits: Limits, scale: float = 1.0) -> tuple[int, int]:
    """The largest size of the same shape within the model's pixels, and at most `scale` of it.

    As it is where it already fits. Rounding never leaves the model's aspects.
    """
    scale = min(scale, math.sqrt(limits.max_pixels / (width * height)))
    if scale >= 1:
        return width, height
    wide, high = max(1, math.floor(width * scale)), max(1, math.floor(height * scale))
    return min(wide, math.floor(high * limits.max_aspect)), min(high, math.floor(wide / limits.min_aspect))
