"""Text from outside, made safe to show and to keep."""

from __future__ import annotations

import unicodedata

_BIDIRECTIONAL = frozenset(map(chr, (0x061C, 0x200E, 0x200F, *range(0x202A, 0x202F), *range(0x2066, 0x206A))))


def clean(text: str, *, limit: int = 300) -> str:
    """`text` on one line: no control, bidirectional or surrogate characters, at most `limit` long.

    White space of any kind is folded to single spaces; what can't be shown becomes U+FFFD;
    a cut is marked with an ellipsis. The result always encodes as UTF-8.
    """
    folded = " ".join(text[: limit * 8].split())
    plain = folded.isascii() and folded.isprintable()  # most are; the rest is looked at one by one
    shown = folded if plain else "".join(map(_visible, folded))
    if len(shown) > limit or len(text) > limit * 8:
        return shown[: limit - 1] + "…"
    return shown


def _visible(char: str) -> str:
    if char in _BIDIRECTIONAL or unicodedata.category(char) in ("Cc", "Cs", "Co", "Cn", "Zl", "Zp"):
        return "\N{REPLACEMENT CHARACTER}"
    return char
