"""What each model takes, and what a picture comes out as: the gateway's rules, without the gateway."""

from __future__ import annotations

import re
from collections.abc import Iterator
from typing import NamedTuple

from seedcli.errors import UsageError
from seedcli.records import Parameters
from seedcli.text import clean


class Limits(NamedTuple):
    """What an input picture must keep to. Aspects are width over height, sides are in pixels;
    all bounds are inclusive."""

    formats: tuple[str, ...]
    max_bytes: int
    max_pixels: int
    min_aspect: float
    max_aspect: float
    min_side: int


class Model(NamedTuple):
    """One model behind the gateway.

    `adaptive` says that the model chooses the size from `ADAPTIVE_SIZES`; the output bounds
    are those of an explicit WIDTHxHEIGHT and None where the model takes none.
    """

    id: str
    name: str
    title: str
    aliases: tuple[str, ...]
    input_formats: tuple[str, ...]
    min_aspect: float
    max_aspect: float
    sizes: tuple[str, ...]
    sizes_help: str
    adaptive: bool
    takes_seed: bool
    takes_guidance: bool
    default_guidance: float | None = None
    default_size: str | None = None
    default_watermark: bool = True
    min_output_pixels: int | None = None
    max_output_pixels: int | None = None
    min_output_aspect: float | None = None
    max_output_aspect: float | None = None
    min_side_px: int = 15
    max_bytes: int = 10_000_000
    max_pixels: int = 36_000_000

    @property
    def limits(self) -> Limits:
        return Limits(
            formats=self.input_formats,
            max_bytes=self.max_bytes,
            max_pixels=self.max_pixels,
            min_aspect=self.min_aspect,
            max_aspect=self.max_aspect,
            min_side=self.min_side_px,
        )


# Names, sizes, seed and guidance ranges: the vendor's document. Input formats, aspects, bytes,
# pixels, sides and what Seedream refuses: observed, BytePlus ModelArk's API page.
SEEDEDIT = Model(
    id="seededit-3-0-i2i-250628",
    name="seededit",
    title="SeedEdit 3.0",
    aliases=("seededit-3", "seededit-3.0", "seededit-3-0", "seededit-3-0-i2i"),
    input_formats=("jpeg", "png"),
    min_aspect=1 / 3,
    max_aspect=3.0,
    sizes=("adaptive",),
    sizes_help="adaptive",
    adaptive=True,
    takes_seed=True,
    takes_guidance=True,
    default_guidance=5.5,
)
SEEDREAM = Model(
    id="seedream-4-5-251128",
    name="seedream",
    title="Seedream 4.5",
    aliases=("seedream-4", "seedream-4.5", "seedream-4-5"),
    input_formats=("jpeg", "png", "webp", "bmp", "tiff", "gif"),
    min_aspect=1 / 16,
    max_aspect=16.0,
    sizes=("2K", "4K"),
    sizes_help="2K, 4K or WIDTHxHEIGHT with 3686400 to 16777216 pixels",
    adaptive=False,
    takes_seed=False,
    takes_guidance=False,
    default_size="2K",
    min_output_pixels=3_686_400,
    max_output_pixels=16_777_216,
    min_output_aspect=1 / 16,
    max_output_aspect=16.0,
)
MODELS: tuple[Model, ...] = (SEEDEDIT, SEEDREAM)

RESPONSE_FORMATS = ("url", "b64_json")
SEED_RANGE = (-1, 2_147_483_647)
GUIDANCE_RANGE = (1.0, 10.0)

# Observed: the sizes that SeedEdit's `adaptive` chooses from, in its order.
_ADAPTIVE = """
512x1536 544x1536 576x1536 608x1536 640x1536 640x1376 672x1312 704x1280 736x1312 768x1280 768x1216
800x1216 832x1248 832x1184 832x1152 864x1152 896x1152 896x1088 928x1088 960x1088 992x1088 1024x1088
1024x1056 1024x1024 1056x992 1088x992 1120x960 1152x928 1152x896 1152x864 1184x832 1216x832 1248x832
1248x800 1248x768 1280x768 1280x736 1280x704 1312x736 1312x704 1312x672 1344x672 1376x672 1408x672
1408x640 1440x640 1472x640 1504x640 1536x640 1536x608 1536x576 1536x544 1536x512
"""
ADAPTIVE_SIZES: tuple[tuple[int, int], ...] = tuple(
    (int(width), int(height)) for width, height in (size.split("x") for size in _ADAPTIVE.split())
)

_EXPLICIT_SIZE = re.compile(r"([1-9][0-9]{0,5})x([1-9][0-9]{0,5})")
_NAMED_SIZES = {"adaptive": "adaptive", "1k": "1K", "2k": "2K", "4k": "4K"}


def resolve(name: str | None) -> Model | None:
    """The model that a friendly name or an ID stands for; None where its rules are unknown."""
    if name is None:
        return None
    word = name.strip().lower()
    return next((model for model in MODELS if word in (model.id, model.name, *model.aliases)), None)


def model_id(name: str, *, unchecked: bool = False) -> str:
    """What goes on the wire for `name`: a known model's ID, or an ID that we don't know as it is.

    Raises UsageError for a word that is neither, naming the nearest model; with `unchecked` any word
    may be an ID.
    """
    model = resolve(name)
    if model is not None:
        return model.id
    word = name.strip()
    if not (_looks_like_id(word) or (unchecked and word.isprintable() and word)):
        shown = clean(word, limit=60)
        near = nearest(word)
        hint = f"did you mean {near}?" if near else "`seedcli models` lists them"
        raise UsageError(f"--model: no model is called {shown!r}", hint=hint)
    return word


def nearest(name: str) -> str | None:
    """The friendly name or ID most like `name`, None when nothing is."""
    import difflib

    known = [word for model in MODELS for word in (model.name, model.id, *model.aliases)]
    found = difflib.get_close_matches(name.strip().lower()[:100], known, n=1, cutoff=0.5)
    model = resolve(found[0]) if found else None
    return model.name if model else None


def check(parameters: Parameters, *, unchecked: bool) -> Parameters:
    """`parameters` as they go on the wire: the model's ID, a size in the gateway's spelling.

    Types and ranges that the document states for every model are always held; the model's own
    rules only without `unchecked`. Raises UsageError naming the option.
    """
    name = parameters.model
    checked = parameters._replace(
        model=None if name is None else model_id(name, unchecked=unchecked),
        size=_size(parameters.size, unchecked=unchecked),
        seed=_seed(parameters.seed),
        guidance_scale=_guidance(parameters.guidance_scale),
    )
    _check_choices(checked)
    model = resolve(name)
    if model is None:
        return checked
    if checked.size is None and model.default_size is not None:
        checked = checked._replace(size=model.default_size)
    if not unchecked:
        _check_model(model, checked)
    return checked


def limits(model: Model | None) -> Limits:
    """What `model` takes; the strictest of all models where none is known."""
    if model is not None:
        return model.limits
    every = [known.limits for known in MODELS]
    first = every[0]
    return Limits(
        formats=tuple(name for name in first.formats if all(name in one.formats for one in every)),
        max_bytes=min(one.max_bytes for one in every),
        max_pixels=min(one.max_pixels for one in every),
        min_aspect=max(one.min_aspect for one in every),
        max_aspect=min(one.max_aspect for one in every),
        min_side=max(one.min_side for one in every),
    )


def planned_size(model: Model | None, *, size: str | None, width: int, height: int) -> tuple[int, int] | None:
    """The width and height a `width` x `height` input comes out as; None where the model decides."""
    explicit = explicit_size(size)
    if explicit is not None:
        return explicit
    if model is not None and model.adaptive and size in (None, "adaptive"):
        return _adaptive(width, height)
    return None


def explicit_size(size: str | None) -> tuple[int, int] | None:
    """Width and height of a WIDTHxHEIGHT, else None."""
    match = _EXPLICIT_SIZE.fullmatch(size or "")
    return (int(match[1]), int(match[2])) if match else None


def output_tokens(width: int, height: int) -> int:
    """What `usage.output_tokens` will say of one picture: width x height over 256."""
    return width * height // 256


def _looks_like_id(word: str) -> bool:
    return (
        re.fullmatch(r"[A-Za-z0-9][A-Za-z0-9._:/-]{0,127}", word) is not None
        and "-" in word
        and any(char.isdigit() for char in word)
    )


def _size(size: str | None, *, unchecked: bool) -> str | None:
    if size is None:
        return None
    word = size.strip().lower().replace("×", "x")
    if word in _NAMED_SIZES:
        return _NAMED_SIZES[word]
    if explicit_size(word):
        return word
    if unchecked and re.fullmatch(r"[!-~]{1,64}", size.strip()):
        return size.strip()
    raise UsageError(
        f"--size: {clean(size, limit=60)!r} is no size",
        hint="adaptive (SeedEdit), 2K, 4K or WIDTHxHEIGHT such as 2560x1440 (Seedream)",
    )


def _seed(seed: object) -> int | None:
    low, high = SEED_RANGE
    if seed is None:
        return None
    if isinstance(seed, bool) or not isinstance(seed, int) or not low <= seed <= high:
        raise UsageError(f"--seed must be a whole number from {low} to {high}")
    return seed


def _guidance(value: object) -> float | None:
    low, high = GUIDANCE_RANGE
    if value is None:
        return None
    if (
        isinstance(value, bool)
        or not isinstance(value, int | float)
        or not low <= value <= high  # which NaN is not
    ):
        raise UsageError(f"--guidance-scale must be a number from {low:g} to {high:g}")
    return value


def _check_choices(parameters: Parameters) -> None:
    answer = parameters.response_format
    if answer is not None and answer not in RESPONSE_FORMATS:
        raise UsageError(f"--response-format must be url or b64_json, not {clean(str(answer), limit=40)!r}")
    if parameters.watermark is not None and not isinstance(parameters.watermark, bool):
        raise UsageError("--watermark must be true or false")


def _check_model(model: Model, parameters: Parameters) -> None:
    for problem in _problems(model, parameters):
        raise UsageError(problem, hint="--unchecked leaves this to the gateway")


def _problems(model: Model, parameters: Parameters) -> Iterator[str]:
    if parameters.seed is not None and not model.takes_seed:
        yield f"--seed: {model.title} takes no seed"
    if parameters.guidance_scale is not None and not model.takes_guidance:
        yield f"--guidance-scale: {model.title} takes none"
    if parameters.size is not None and parameters.size not in model.sizes:
        yield from _size_problems(model, parameters.size)


def _size_problems(model: Model, size: str) -> Iterator[str]:
    explicit = explicit_size(size)
    if explicit is None or model.min_output_pixels is None or model.max_output_pixels is None:
        yield f"--size: {model.title} takes {model.sizes_help}, not {size}"
        return
    width, height = explicit
    if not model.min_output_pixels <= width * height <= model.max_output_pixels:
        yield (
            f"--size: {size} has {width * height} pixels; {model.title} makes "
            f"{model.min_output_pixels} (2560x1440) to {model.max_output_pixels} (4096x4096)"
        )
    low, high = model.min_output_aspect, model.max_output_aspect
    if low is not None and high is not None and not low <= width / height <= high:
        yield f"--size: {size} is too narrow; {model.title} makes 1:16 to 16:1"


def _adaptive(width: int, height: int) -> tuple[int, int]:
    """The first row whose ratio differs least, in whole numbers so that ties stay ties."""
    best = ADAPTIVE_SIZES[0]
    for row in ADAPTIVE_SIZES[1:]:
        # |w/h - a/b| is |w*b - a*h| / (h*b), and h is the same for every row.
        here = abs(width * row[1] - row[0] * height) * best[1]
        if here < abs(width * best[1] - best[0] * height) * row[1]:
            best = row
    return best
