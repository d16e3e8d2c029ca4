"""Whether an ICC profile says anything other than sRGB, told without a colour engine.

Offsets and types are those of ICC.1:2022 (v4); v2 profiles share them.
"""

from __future__ import annotations

from seedcli.pictures.bytestream import big

_SRGB_COLORANTS = {
    b"rXYZ": (0.4361, 0.2225, 0.0139),
    b"gXYZ": (0.3851, 0.7169, 0.0971),
    b"bXYZ": (0.1431, 0.0606, 0.7141),
}
"""sRGB's primaries adapted to D50, as sRGB IEC61966-2.1 carries them."""

_COLORANT_SLACK = 0.004
_SRGB_MIDDLE = 0.2140  # what half of full scale means in linear light
_CURVE_SLACK = 0.008  # 2.2 gamma gives 0.2176; 1.8 gives 0.2872


def foreign_profile(profile: bytes | None) -> str | None:
    """The name of a profile whose colours differ from sRGB's, None where they don't.

    A profile that can't be understood is left out of account, as decoders do.
    """
    if profile is None or len(profile) < 132 or profile[36:40] != b"acsp":
        return None
    tags = _tags(profile)
    space = profile[16:20]
    if space == b"GRAY":
        same = _curve_is_srgb(tags.get(b"kTRC"))
    elif space == b"RGB ":
        same = _colorants_are_srgb(tags) and all(
            map(_curve_is_srgb, map(tags.get, (b"rTRC", b"gTRC", b"bTRC")))
        )
    else:
        same = False
    return None if same else _name(tags.get(b"desc", b""))


def _tags(profile: bytes) -> dict[bytes, bytes]:
    tags = {}
    for index in range(min(big(profile[128:132]), 200)):
        row = profile[132 + 12 * index : 144 + 12 * index]
        offset, size = big(row[4:8]), big(row[8:12])
        if len(row) == 12:
            tags[row[:4]] = profile[offset : offset + size]
    return tags


def _colorants_are_srgb(tags: dict[bytes, bytes]) -> bool:
    for tag, wanted in _SRGB_COLORANTS.items():
        data = tags.get(tag, b"")
        if len(data) < 20:
            return False
        if any(abs(_fixed(data[8 + 4 * i : 12 + 4 * i]) - wanted[i]) > _COLORANT_SLACK for i in range(3)):
            return False
    return True


def _curve_is_srgb(data: bytes | None) -> bool:
    middle = _middle(data or b"")
    return middle is not None and abs(middle - _SRGB_MIDDLE) <= _CURVE_SLACK


def _middle(data: bytes) -> float | None:
    """What the curve makes of 0.5."""
    if data[:4] == b"curv" and len(data) >= 12:
        count = big(data[8:12])
        if count == 0:
            return 0.5
        if count == 1:
            return float(0.5 ** (big(data[12:14]) / 256))
        at = 12 + 2 * ((count - 1) // 2)
        pair = data[at : at + 4]
        if len(pair) < 4:
            return None
        low, high = big(pair[:2]) / 65535, big(pair[2:]) / 65535
        return low if count % 2 else (low + high) / 2
    if data[:4] == b"para" and len(data) >= 16:
        return _parametric_middle(
            big(data[8:10]), [_fixed(data[i : i + 4]) for i in range(12, len(data) - 3, 4)]
        )
    return None


def _parametric_middle(kind: int, values: list[float]) -> float | None:
    needed = {0: 1, 1: 3, 2: 4, 3: 5, 4: 7}.get(kind)
    if needed is None or len(values) < needed:
        return None
    g = values[0]
    a, b = (values[1], values[2]) if kind else (1.0, 0.0)
    base = a * 0.5 + b
    if not 0 < base < 10 or not 0 < g < 10:
        return None
    offset = values[3] if kind == 2 else values[5] if kind == 4 else 0.0
    return float(base**g + offset)


def _fixed(data: bytes) -> float:
    return int.from_bytes(data, "big", signed=True) / 65536


def _name(description: bytes) -> str:
    """The text of a `desc` tag, in its v2 or its v4 form."""
    if description[:4] == b"desc":
        text = description[12 : 12 + big(description[8:12])].split(b"\0")[0].decode("latin-1")
    elif description[:4] == b"mluc" and len(description) >= 28:
        size, offset = big(description[20:24]), big(description[24:28])
        text = description[offset : offset + size].decode("utf-16-be", "replace")
    else:
        text = ""
    shown = "".join(char for char in text if char.isprintable()).strip()[:60]
    return shown or "its colour profile"
