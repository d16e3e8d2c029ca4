"""Each model's limits and the size of what it makes, read from the gateway's document."""

from __future__ import annotations

import re
from dataclasses import dataclass
from fractions import Fraction
from math import sqrt

# Observed: BytePlus ModelArk's API page, SeedEdit 3.0, in the order in which ties are decided.
_ADAPTIVE = """
512x1536 544x1536 576x1536 608x1536 640x1536 640x1376 672x1312 704x1280 736x1312 768x1280 768x1216 800x1216
832x1248 832x1184 832x1152 864x1152 896x1152 896x1088 928x1088 960x1088 992x1088 1024x1088 1024x1056 1024x1024
1056x992 1088x992 1120x960 1152x928 1152x896 1152x864 1184x832 1216x832 1248x832 1248x800 1248x768 1280x768
1280x736 1280x704 1312x736 1312x704 1312x672 1344x672 1376x672 1408x672 1408x640 1440x640 1472x640 1504x640
1536x640 1536x608 1536x576 1536x544 1536x512
"""


def _rows(table: str) -> tuple[tuple[int, int], ...]:
    pairs = (row.split("x") for row in table.split())
    return tuple((int(width), int(height)) for width, height in pairs)


ADAPTIVE_SIZES = _rows(_ADAPTIVE)
MIN_PIXELS = 2560 * 1440
MAX_PIXELS = 4096 * 4096
_EXPLICIT = re.compile(r"([1-9][0-9]{0,5})x([1-9][0-9]{0,5})")


@dataclass(frozen=True, slots=True)
class ModelRules:
    """What a model takes. `adaptive`: its only size is `adaptive`; `sized`: it takes 2K, 4K and WxH."""

    id: str
    formats: frozenset[str]
    widest: Fraction
    adaptive: bool
    sized: bool
    size_required: bool
    takes_seed: bool
    max_bytes: int = 10_000_000
    max_pixels: int = 36_000_000
    over_side: int = 14


SEEDEDIT = ModelRules(
    id="seededit-3-0-i2i-250628",
    formats=frozenset({"jpeg", "png"}),
    widest=Fraction(3),
    adaptive=True,
    sized=False,
    size_required=False,
    takes_seed=True,
)
SEEDREAM = ModelRules(
    id="seedream-4-5-251128",
    formats=frozenset({"jpeg", "png", "webp", "bmp", "tiff", "gif"}),
    widest=Fraction(16),
    adaptive=False,
    sized=True,
    size_required=True,
    takes_seed=False,
)
# "An endpoint ID also serves": which model is behind it only its owner knows, so every documented value goes.
ENDPOINT = ModelRules(
    id="endpoint",
    formats=SEEDREAM.formats,
    widest=SEEDREAM.widest,
    adaptive=True,
    sized=True,
    size_required=False,
    takes_seed=True,
)
_ENDPOINT_ID = re.compile(r"ep-[A-Za-z0-9-]{4,60}")


def rules_for(model: str | None) -> ModelRules | None:
    """The rules of a model or endpoint ID; None where there is no such model.

    Without a model SeedEdit's hold: the document's own example is one of its requests.
    """
    if model is None:
        return SEEDEDIT
    if _ENDPOINT_ID.fullmatch(model):
        return ENDPOINT
    return next((rules for rules in (SEEDEDIT, SEEDREAM) if rules.id == model), None)


def size_fault(size: str, rules: ModelRules) -> str | None:
    """What is wrong with `size` for this model, or None."""
    if size == "adaptive":
        return None if rules.adaptive else "adaptive is not supported by this model"
    if not rules.sized:
        return "this model takes only adaptive"
    if size in ("2K", "4K"):
        return None
    match = _EXPLICIT.fullmatch(size)
    if match is None:
        return "must be 2K, 4K or WIDTHxHEIGHT"
    width, height = int(match[1]), int(match[2])
    if not MIN_PIXELS <= width * height <= MAX_PIXELS:
        return f"{width * height} pixels are not within {MIN_PIXELS} to {MAX_PIXELS}"
    if not 1 / rules.widest <= Fraction(width, height) <= rules.widest:
        return "the aspect ratio is not within 1/16 to 16"
    return None


def output_size(size: str | None, width: int, height: int) -> tuple[int, int]:
    """The pixels that the model makes of a `width` x `height` picture, for a size that is allowed."""
    if size is None or size == "adaptive":
        return adaptive_size(width, height)
    if size in ("2K", "4K"):
        return _free_size(2048 if size == "2K" else 4096, width, height)
    across, down = size.split("x")
    return int(across), int(down)


def adaptive_size(width: int, height: int) -> tuple[int, int]:
    """The first row of SeedEdit's table whose ratio is nearest to the input's."""
    ratio = Fraction(width, height)
    return min(ADAPTIVE_SIZES, key=lambda row: abs(Fraction(*row) - ratio))


def _free_size(edge: int, width: int, height: int) -> tuple[int, int]:
    """About edge x edge pixels at the input's aspect, in steps of 16, never over 4K.

    How Seedream 4.5 chooses is not published; this is the sandbox's own rule.
    """
    ratio = sqrt(max(1 / 16, min(16.0, width / height)))
    across = max(16, int(edge * ratio / 16) * 16)
    down = max(16, int(edge / ratio / 16) * 16)
    return across, down


def tokens(width: int, height: int) -> int:
    """`usage.output_tokens` of one picture. Observed: 4096 is 1024x1024."""
    return width * height // 256
