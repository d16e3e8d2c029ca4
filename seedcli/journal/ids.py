"""Short names for entries and runs: ten characters that sort by time."""

from __future__ import annotations

import os

ALPHABET = "0123456789abcdefghjkmnpqrstvwxyz"  # Crockford's base 32, in ASCII order
LENGTH = 10
_EPOCH_S = 1_704_067_200  # 2024-01-01; 30 bits of seconds last until 2058
_LOW_BITS = 20
_LOOK_ALIKES = str.maketrans("ilo", "110")
_VALUES = {char: value for value, char in enumerate(ALPHABET)}


def first_free(*, now: float, last: str | None) -> int:
    """A number for the next ID: after `last`, and near the moment in its upper 30 bits.

    Whoever holds the journal's write lock gets numbers that nobody else has.
    """
    seconds = max(0, int(now) - _EPOCH_S)
    moment = (seconds << _LOW_BITS) + random_below(1 << (_LOW_BITS - 1))
    after = number(last) + 1 if last else 0
    return max(moment, after)


def spell(value: int) -> str:
    """The ID of a number."""
    return "".join(ALPHABET[value >> shift & 31] for shift in range(5 * LENGTH - 5, -1, -5))


def number(name: str) -> int:
    """The number of an ID that `spell` made."""
    value = 0
    for char in name:
        value = value << 5 | _VALUES[char]
    return value


def normal(typed: str) -> str:
    """What a person typed, as IDs are written: lower case, look-alikes resolved."""
    return typed.strip().lower().translate(_LOOK_ALIKES)


def random_below(limit: int) -> int:
    return int.from_bytes(os.urandom(4), "big") % limit
