"""Pictures: what was sent, looked at; and what the sandbox makes of it."""

from __future__ import annotations

import io
import random
from collections.abc import Callable, Mapping
from dataclasses import dataclass
from typing import Any

from PIL import (
    BmpImagePlugin,
    GifImagePlugin,
    Image,
    ImageChops,
    ImageDraw,
    ImageEnhance,
    ImageFilter,
    ImageFont,
    ImageOps,
    JpegImagePlugin,
    PngImagePlugin,
    TiffImagePlugin,
    WebPImagePlugin,
)

from seedcli.sandbox.looks import Look, Rgb, look_of

Picture = Image.Image

# The classes themselves and not Image.open: its alarm about large pictures would be a warning on the
# screen, and the limits are held by the caller, on the header, before a pixel is decoded.
_READERS: tuple[tuple[bytes, str, type[Any]], ...] = (
    (b"\xff\xd8\xff", "jpeg", JpegImagePlugin.JpegImageFile),
    (b"\x89PNG\r\n\x1a\n", "png", PngImagePlugin.PngImageFile),
    (b"GIF8", "gif", GifImagePlugin.GifImageFile),
    (b"BM", "bmp", BmpImagePlugin.BmpImageFile),
    (b"II*\0", "tiff", TiffImagePlugin.TiffImageFile),
    (b"MM\0*", "tiff", TiffImagePlugin.TiffImageFile),
    (b"RIFF", "webp", WebPImagePlugin.WebPImageFile),
)
_BROKEN = (
    OSError,
    SyntaxError,
    ValueError,
    TypeError,
    LookupError,
    EOFError,
    ArithmeticError,
    Warning,
    RuntimeError,
)


class NotAPicture(Exception):
    """The bytes are of no known format, or broken."""


@dataclass(frozen=True, slots=True)
class Header:
    """What a picture says of itself at its start."""

    format: str
    width: int
    height: int


@dataclass(frozen=True, slots=True)
class Wish:
    """What to make: `guidance` from 1 to 10 is how strongly, `seed` is which of the many."""

    prompt: str
    width: int
    height: int
    seed: int
    guidance: float
    watermark: bool


def read_header(data: bytes) -> Header:
    """Format and size of the picture in `data`; raises NotAPicture. Nothing is decoded."""
    picture, name = _open(data)
    return Header(name, *picture.size)


def render(data: bytes, wish: Wish) -> bytes:
    """The picture in `data`, changed as wished, as JPEG. The same for the same; raises NotAPicture."""
    try:
        picture = _decoded(data, wish)
    except _BROKEN as fault:
        raise NotAPicture("the picture is broken") from fault
    return _finished(picture, wish)


def stand_in(text: str) -> bytes:
    """A PNG that takes the place of a picture which the sandbox will not fetch: hills under a sun."""
    chance = random.Random(text)
    width, height = 1280, 960
    picture = Image.linear_gradient("L").resize((width, height))
    picture = ImageOps.colorize(picture, (70, 130, 200), (250, 225, 190))
    draw = ImageDraw.Draw(picture)
    sun = chance.randrange(200, width - 200)
    draw.ellipse((sun - 70, 200, sun + 70, 340), fill=(255, 240, 200))
    for depth, colour in enumerate(((120, 150, 150), (85, 125, 105), (50, 90, 65))):
        top = 480 + depth * 130
        ridge = [(x, top + chance.randrange(-90, 90)) for x in range(-160, width + 321, 160)]
        draw.polygon([(-160, height), *ridge, (width + 320, height)], fill=colour)
    _caption(picture, "stand-in: the sandbox fetches no links", place="top")
    made = io.BytesIO()
    picture.save(made, "PNG")
    return made.getvalue()


def tiny_jpeg() -> bytes:
    """A valid picture of a few hundred bytes."""
    made = io.BytesIO()
    Image.new("L", (16, 16), 128).save(made, "JPEG")
    return made.getvalue()


def _open(data: bytes) -> tuple[Picture, str]:
    for magic, name, reader in _READERS:
        if data.startswith(magic):
            try:
                return reader(io.BytesIO(data)), name
            except _BROKEN as fault:
                raise NotAPicture(f"the {name} picture is broken") from fault
    raise NotAPicture("the bytes are no picture of a known format")


def _decoded(data: bytes, wish: Wish) -> Picture:
    """In RGB and of the wished size; an aspect that differs is cropped at the centre."""
    picture, _ = _open(data)
    picture.draft("RGB", (wish.width, wish.height))
    if picture.mode.startswith("I"):
        picture = picture.point(lambda value: value / 256).convert("L")
    if picture.mode in ("RGBA", "LA", "PA") or "transparency" in picture.info:
        clear = picture.convert("RGBA")
        picture = Image.new("RGBA", clear.size, "white")
        picture.alpha_composite(clear)
    return ImageOps.fit(picture.convert("RGB"), (wish.width, wish.height), Image.Resampling.BICUBIC)


def _finished(picture: Picture, wish: Wish) -> bytes:
    strength = 0.25 + 0.75 * (wish.guidance - 1) / 9
    look = look_of(wish.prompt)
    picture = _with_look(picture, look, strength=strength, seed=wish.seed)
    picture = _with_chance(picture, seed=wish.seed)
    _caption(picture, f"sandbox · {_printable(wish.prompt)}" if look.grade else "sandbox", place="left")
    if wish.watermark:
        _caption(picture, "AI-generated", place="right")
    made = io.BytesIO()
    picture.save(made, "JPEG", quality=90, comment=b"made by seedcli's sandbox, not by a model")
    return made.getvalue()


def _with_look(picture: Picture, look: Look, *, strength: float, seed: int) -> Picture:
    for name in look.effects:
        changed = _EFFECTS[name](picture, strength, random.Random(f"{seed}:{name}"))
        # Half a drawing is none: what replaces the picture comes on sooner than what grades it.
        share = 1 - (1 - strength) ** 2 if name in _REPLACING else strength
        picture = changed if name in _GRADED_THEMSELVES else Image.blend(picture, changed, share)
    if look.colours:
        picture = _tinted(picture, look.colours, strength=strength)
    if look.grade:
        toned = ImageOps.colorize(ImageOps.autocontrast(picture.convert("L")), look.grade[0], look.grade[1])
        picture = Image.blend(picture, toned, 0.6 * strength)
    return picture


def _tinted(picture: Picture, colours: tuple[Rgb, ...], *, strength: float) -> Picture:
    """Light stays, hue goes to the colour; of two the first takes the left half and the second the right."""
    tinted = [_tint(picture, colour, strength=strength) for colour in colours]
    if len(tinted) == 1:
        return tinted[0]
    across = Image.linear_gradient("L").rotate(90).resize(picture.size)
    return Image.composite(tinted[1], tinted[0], across)


def _tint(picture: Picture, colour: Rgb, *, strength: float) -> Picture:
    light, _, _ = picture.convert("YCbCr").split()
    _, blue, red = Image.new("RGB", (1, 1), colour).convert("YCbCr").getpixel((0, 0))  # type: ignore[misc]
    flat = [Image.new("L", picture.size, value) for value in (blue, red)]
    hued = Image.merge("YCbCr", (light, *flat)).convert("RGB")
    # Black and white keep more of themselves, as they do under a coloured light.
    mask = light.point(lambda value: round(255 * strength * (1 - 0.7 * (value / 127.5 - 1) ** 2)))
    return Image.composite(hued, picture, mask)


def _with_chance(picture: Picture, *, seed: int) -> Picture:
    """Soft light from somewhere, and grain: what tells one seed from another."""
    chance = random.Random(f"light {seed}")
    patches = Image.frombytes("L", (4, 4), chance.randbytes(16)).point(lambda value: 104 + value * 48 // 255)
    picture = ImageChops.soft_light(
        picture, Image.merge("RGB", [patches.resize(picture.size, Image.Resampling.BICUBIC)] * 3)
    )
    grain = Image.frombytes("L", (256, 256), chance.randbytes(65_536)).point(lambda value: 120 + value // 16)
    tiled = Image.new("L", picture.size)
    for x in range(0, picture.width, 256):
        for y in range(0, picture.height, 256):
            tiled.paste(grain, (x, y))
    return ImageChops.soft_light(picture, Image.merge("RGB", [tiled] * 3))


def _caption(picture: Picture, text: str, *, place: str) -> None:
    size = max(11, min(picture.size) // (32 if place == "right" else 42))
    font = ImageFont.load_default(size)
    draw = ImageDraw.Draw(picture, "RGBA")
    width = draw.textlength(text, font=font)
    pad = size * 0.6
    left = picture.width - width - pad * 2 if place == "right" else pad
    top = pad if place == "top" else picture.height - size - pad * 1.8
    plate = (left - pad * 0.5, top - pad * 0.3, left + width + pad * 0.5, top + size + pad * 0.7)
    # Whole pixels: between them the corners are drawn twice.
    draw.rounded_rectangle([round(edge) for edge in plate], radius=size // 3, fill=(0, 0, 0, 110))
    draw.text((left, top), text, font=font, fill=(255, 255, 255, 230))


def _printable(text: str) -> str:
    """The start of a prompt, in what the built-in font can draw."""
    return "".join(char if " " <= char <= "~" else "?" for char in " ".join(text.split()))[:48]


def _vintage(picture: Picture, strength: float, chance: random.Random) -> Picture:
    faded = picture.point([int(30 + value * 0.8) for value in range(256)] * 3)
    toned = ImageOps.colorize(faded.convert("L"), (40, 22, 12), (252, 232, 190), mid=(160, 120, 80))
    return _vignette(Image.blend(faded, toned, 0.65), strength, chance)


def _cartoon(picture: Picture, _strength: float, _chance: random.Random) -> Picture:
    flat = ImageOps.posterize(_small(picture, 1_200_000).filter(ImageFilter.ModeFilter(7)), 3)
    flat = ImageEnhance.Color(flat).enhance(1.8).resize(picture.size, Image.Resampling.BICUBIC)
    return ImageChops.multiply(flat, _lines(picture, weight=6.0))


def _paint(picture: Picture, _strength: float, _chance: random.Random) -> Picture:
    strokes = _small(picture, 300_000).filter(ImageFilter.MedianFilter(5)).filter(ImageFilter.ModeFilter(9))
    strokes = strokes.resize(picture.size, Image.Resampling.BICUBIC)
    return ImageEnhance.Color(strokes.filter(ImageFilter.UnsharpMask(4, 160, 2))).enhance(1.35)


def _small(picture: Picture, pixels: int) -> Picture:
    """At most about so many pixels: the filters that count colours take seconds on more."""
    scale = min(1.0, (pixels / (picture.width * picture.height)) ** 0.5)
    return picture.resize((max(1, round(picture.width * scale)), max(1, round(picture.height * scale))))


def _sketch(picture: Picture, _strength: float, _chance: random.Random) -> Picture:
    return _lines(picture, weight=1.0)


def _lines(picture: Picture, *, weight: float) -> Picture:
    """Dark lines on white, by dividing the light by a blur of itself."""
    light = picture.convert("L")
    soft = light.filter(ImageFilter.GaussianBlur(max(4.0, min(picture.size) / 120)))
    # A dodge: 255 * light / soft; `difference` gives the same lines without a division.
    dark = ImageChops.subtract(soft, light).point(lambda value: max(0, 255 - int(value * 5 / weight**0.5)))
    return Image.merge("RGB", [dark] * 3)


def _emboss(picture: Picture, _strength: float, _chance: random.Random) -> Picture:
    relief = picture.convert("L").filter(ImageFilter.GaussianBlur(1.5)).filter(ImageFilter.EMBOSS)
    stone = ImageOps.autocontrast(relief, cutoff=1)
    return Image.blend(
        Image.merge("RGB", [stone] * 3), ImageOps.colorize(picture.convert("L"), "#3a3a40", "#f4f2ec"), 0.5
    )


def _mono(picture: Picture, _strength: float, _chance: random.Random) -> Picture:
    return ImageOps.autocontrast(picture.convert("L"), cutoff=1).convert("RGB")


def _sepia(picture: Picture, _strength: float, _chance: random.Random) -> Picture:
    return ImageOps.colorize(picture.convert("L"), (30, 16, 6), (255, 240, 205), mid=(165, 118, 70))


def _neon(picture: Picture, _strength: float, _chance: random.Random) -> Picture:
    light = ImageOps.autocontrast(picture.convert("L"), cutoff=2)
    return ImageOps.colorize(light, (20, 0, 60), (120, 255, 250), mid=(225, 30, 160))


def _warm(picture: Picture, _strength: float, _chance: random.Random) -> Picture:
    warmed = _scaled(picture, red=1.3, green=1.05, blue=0.55)
    glow = Image.linear_gradient("L").resize(picture.size)
    sky = ImageOps.colorize(glow, (255, 190, 90), (200, 70, 30))
    return Image.blend(warmed, ImageChops.soft_light(warmed, sky), 0.7)


def _cold(picture: Picture, _strength: float, _chance: random.Random) -> Picture:
    pale = ImageEnhance.Color(picture).enhance(0.55)
    return _scaled(pale, red=0.72, green=0.98, blue=1.3)


def _scaled(picture: Picture, *, red: float, green: float, blue: float) -> Picture:
    curves = [min(255, int(value * scale)) for scale in (red, green, blue) for value in range(256)]
    return picture.point(curves)


def _fog(picture: Picture, _strength: float, chance: random.Random) -> Picture:
    banks = Image.frombytes("L", (6, 5), chance.randbytes(30)).resize(picture.size, Image.Resampling.BICUBIC)
    mask = banks.point(lambda value: 130 + value * 100 // 255)
    return Image.composite(Image.new("RGB", picture.size, (222, 226, 230)), picture, mask)


def _snow(picture: Picture, strength: float, chance: random.Random) -> Picture:
    return _strewn(picture, chance, count=int(420 * strength), length=0.0)


def _rain(picture: Picture, strength: float, chance: random.Random) -> Picture:
    wet = ImageEnhance.Brightness(_cold(picture, strength, chance)).enhance(0.8)
    return _strewn(Image.blend(picture, wet, strength), chance, count=int(500 * strength), length=0.05)


def _strewn(picture: Picture, chance: random.Random, *, count: int, length: float) -> Picture:
    """White flakes, or streaks `length` of the height long, drawn in a layer that is a little soft."""
    layer = Image.new("L", picture.size)
    draw = ImageDraw.Draw(layer)
    unit = min(picture.size) / 1000
    for _ in range(count):
        x, y = chance.random() * picture.width, chance.random() * picture.height
        size = (1.5 + 6 * chance.random() ** 2) * unit
        if length:
            fall = length * picture.height * (0.5 + chance.random())
            draw.line((x, y, x - fall * 0.2, y + fall), fill=150, width=max(1, int(2 * unit)))
        else:
            draw.ellipse((x - size, y - size, x + size, y + size), fill=235)
    layer = layer.filter(ImageFilter.GaussianBlur(max(0.6, unit)))
    return Image.composite(Image.new("RGB", picture.size, "white"), picture, layer)


def _pixel(picture: Picture, strength: float, _chance: random.Random) -> Picture:
    block = max(2, int(min(picture.size) * 0.032 * strength))
    size = max(1, picture.width // block), max(1, picture.height // block)
    return picture.resize(size, Image.Resampling.BOX).resize(picture.size, Image.Resampling.NEAREST)


def _blur(picture: Picture, strength: float, _chance: random.Random) -> Picture:
    return picture.filter(ImageFilter.GaussianBlur(min(picture.size) * 0.018 * strength))


def _sharp(picture: Picture, strength: float, _chance: random.Random) -> Picture:
    return picture.filter(ImageFilter.UnsharpMask(min(picture.size) / 250, int(350 * strength), 1))


def _vignette(picture: Picture, strength: float, _chance: random.Random) -> Picture:
    edge = Image.radial_gradient("L").resize(picture.size, Image.Resampling.BICUBIC)
    mask = edge.point(lambda value: int(max(0, value - 90) * 1.4 * strength))
    return Image.composite(Image.new("RGB", picture.size, (12, 8, 6)), picture, mask)


def _frame(picture: Picture, strength: float, _chance: random.Random) -> Picture:
    width = max(2, int(min(picture.size) * 0.07 * strength))
    inner = ImageOps.fit(picture, (picture.width - 2 * width, picture.height - 2 * width))
    return ImageOps.expand(inner, width, (250, 247, 240))


_Effect = Callable[[Picture, float, random.Random], Picture]
_EFFECTS: Mapping[str, _Effect] = {
    "turn": lambda picture, _strength, _chance: picture.transpose(Image.Transpose.ROTATE_180),
    "mirror": lambda picture, _strength, _chance: ImageOps.mirror(picture),
    "cartoon": _cartoon,
    "paint": _paint,
    "sketch": _sketch,
    "emboss": _emboss,
    "invert": lambda picture, _strength, _chance: ImageOps.invert(picture),
    "mono": _mono,
    "sepia": _sepia,
    "vintage": _vintage,
    "vivid": lambda picture, _strength, _chance: ImageEnhance.Color(picture).enhance(2.4),
    "pale": lambda picture, _strength, _chance: picture.point(
        [140 + value * 45 // 100 for value in range(256)] * 3
    ),
    "contrast": lambda picture, _strength, _chance: ImageEnhance.Contrast(picture).enhance(1.9),
    "neon": _neon,
    "warm": _warm,
    "cold": _cold,
    "bright": lambda picture, _strength, _chance: ImageEnhance.Brightness(picture).enhance(1.7),
    "dark": lambda picture, _strength, _chance: _scaled(picture, red=0.28, green=0.32, blue=0.45),
    "sharp": _sharp,
    "blur": _blur,
    "fog": _fog,
    "snow": _snow,
    "rain": _rain,
    "pixel": _pixel,
    "vignette": _vignette,
    "frame": _frame,
}
_REPLACING = frozenset({"cartoon", "paint", "sketch", "emboss", "invert", "mono", "sepia", "vintage", "dark"})
_GRADED_THEMSELVES = frozenset(
    {"turn", "mirror", "sharp", "blur", "snow", "rain", "pixel", "vignette", "frame"}
)
