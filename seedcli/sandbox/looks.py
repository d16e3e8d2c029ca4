"""What a prompt asks for, as far as a sandbox can tell: words to effects."""

from __future__ import annotations

import hashlib
import re
from collections.abc import Mapping
from dataclasses import dataclass

Rgb = tuple[int, int, int]

COLOURS: Mapping[str, Rgb] = {
    "red": (220, 30, 30),
    "crimson": (190, 20, 60),
    "orange": (245, 130, 20),
    "amber": (255, 180, 0),
    "yellow": (240, 215, 30),
    "gold": (225, 175, 40),
    "lime": (150, 230, 40),
    "green": (40, 170, 60),
    "emerald": (20, 160, 110),
    "olive": (128, 128, 30),
    "teal": (10, 150, 150),
    "turquoise": (40, 200, 190),
    "cyan": (20, 200, 230),
    "blue": (40, 90, 240),
    "navy": (20, 40, 130),
    "indigo": (75, 30, 170),
    "purple": (140, 40, 200),
    "violet": (130, 70, 230),
    "lavender": (170, 140, 240),
    "magenta": (230, 30, 200),
    "pink": (250, 110, 180),
    "brown": (130, 80, 40),
    "beige": (225, 200, 150),
}

# An asterisk stands for any ending. The order is the order in which effects are laid on.
_WORDS: tuple[tuple[str, str], ...] = (
    ("turn", "upside down|rotat*"),
    ("mirror", "mirror*|flip|flipped"),
    ("cartoon", "cartoon*|comic*|poster|posteri*|anime|pop art|illustrat*"),
    ("paint", "painting|painted|painterly|watercolo*|impressionis*|oil paint*"),
    ("sketch", "sketch*|pencil|drawing|drawn|line art|charcoal|edges|ink"),
    ("emboss", "emboss*|statue|marble|carved|relief"),
    ("invert", "invert*|negative|x-ray|xray"),
    ("mono", "black and white|black & white|black-and-white|b&w|bw|gr[ae]yscale|gr[ae]y|monochrom*|noir"),
    ("sepia", "sepia"),
    ("vintage", "vintage|retro|old photo*|polaroid|analog|film|nostalgi*|1920s|1950s|1960s|1970s|1980s"),
    ("vivid", "vivid*|vibrant|colou?rful|saturated"),
    ("pale", "faded|pastel|muted|washed out|desaturat*|white|pale"),
    ("contrast", "contrast*|dramatic|hdr"),
    ("neon", "neon|cyberpunk|synthwave|vaporwave"),
    ("warm", "warm*|golden|sunset|sunrise|dusk|dawn|autumn*|cozy|cosy|candle*|summer|desert|fire|fiery"),
    ("cold", "cold*|winter*|snow*|ice|icy|frozen|frost*|cool|cooler|arctic"),
    ("bright", "bright*|lighter|sunny|daylight|high-key"),
    ("dark", "dark*|night*|midnight|moody|gloomy|black|low-key"),
    ("sharp", "sharp*|crisp*|detailed"),
    ("blur", "blur*|soft focus|bokeh|dreamy|out of focus|soften"),
    ("fog", "fog*|mist|misty|haz[ey]*|smok*"),
    ("snow", "snow*|winter*"),
    ("rain", "rain|rainy|raining|storm*"),
    ("pixel", "pixel*|8-bit|8bit|mosaic|lego|minecraft"),
    ("vignette", "vignette"),
    ("frame", "frame|framed|border"),
)
_STRICTER_THAN_COLOUR = ("mono", "sepia")


@dataclass(frozen=True, slots=True)
class Look:
    """What to do to a picture: effects by name, in order; colours to tint with; and where the prompt
    names nothing that is known, two colours of its own (`grade`, shadows and lights)."""

    effects: tuple[str, ...] = ()
    colours: tuple[Rgb, ...] = ()
    grade: tuple[Rgb, Rgb] | None = None


def look_of(prompt: str) -> Look:
    """The effects that `prompt` asks for. The same prompt gives the same look."""
    text = " ".join(prompt.lower().split())
    effects = tuple(name for name, pattern in _PATTERNS if pattern.search(text))
    if "mono" in effects:
        # "black and white" is neither dark nor pale.
        effects = tuple(name for name in effects if name not in ("dark", "pale") or _apart(name, text))
    colours = tuple(COLOURS[word] for word in dict.fromkeys(_COLOUR.findall(text)))[:2]
    if any(name in effects for name in _STRICTER_THAN_COLOUR):
        colours = ()
    if effects or colours:
        return Look(effects, colours)
    return Look(grade=_grade(text))


def _apart(name: str, text: str) -> bool:
    """Whether the effect is asked for by other words than the monochrome ones."""
    rest = dict(_PATTERNS)["mono"].sub(" ", text)
    return bool(dict(_PATTERNS)[name].search(rest))


def _grade(text: str) -> tuple[Rgb, Rgb]:
    """Two opposite colours of the prompt's own."""
    names = sorted(COLOURS)
    number = int.from_bytes(hashlib.sha256(text.encode(errors="replace")).digest()[:4])
    first = COLOURS[names[number % len(names)]]
    return first, (255 - first[0] // 2, 255 - first[1] // 2, 255 - first[2] // 2)


def _pattern(words: str) -> re.Pattern[str]:
    return re.compile(rf"(?<![\w-])(?:{words.replace('*', '[a-z]*')})(?![\w-])")


_PATTERNS = tuple((name, _pattern(words)) for name, words in _WORDS)
_COLOUR = re.compile(rf"(?<![\w-])({'|'.join(COLOURS)})(?:ish)?(?![\w])")
