"""A setting's full name: taken apart, put together, and guessed at when it is misspelt."""

from __future__ import annotations

import re
from collections.abc import Iterable

from seedcli.errors import UsageError
from seedcli.setting_keys import IN_PRESETS, KEYS, STORED, Key, canonical, nearest

_PART = r"""(?:"[^"\\\x00-\x1f\x7f]+"|'[^'"\\\x00-\x1f\x7f]+'|[^."'\\\s\x00-\x1f\x7f]+)"""


def split_name(dotted: str) -> tuple[str, ...]:
    """A setting's full name in parts: `profiles."my.work".api-key` is ("profiles", "my.work", "api_key").

    A whole profile or preset has two parts. Raises UsageError for a name that is not known, with the
    nearest; a word that may be a key pasted in the wrong place is not shown again.
    """
    parts = raw_parts(dotted)
    if len(parts) in (2, 3) and parts[0] in ("profiles", "presets"):
        known = STORED if parts[0] == "profiles" else IN_PRESETS
        return (*parts[:2], *(_known(part, known) for part in parts[2:]))
    if len(parts) > 1:
        raise UsageError(
            "only `profiles.NAME.KEY` and `presets.NAME.KEY` have dots",
            hint="Put quotes round a NAME that has dots in it.",
        )
    return (_known(parts[0], STORED),)


def raw_parts(dotted: str) -> tuple[str, ...]:
    """The parts of a name, known or not; UsageError when it is not a name at all."""
    if not re.fullmatch(rf"{_PART}(\.{_PART})*", dotted):
        raise UsageError(
            "that is not a setting's name",
            hint="Put quotes round a name that has dots or spaces in it: 'profiles.\"my.work\".model'.",
        )
    return tuple(part[1:-1] if part[0] in "\"'" else part for part in re.findall(_PART, dotted))


def check_profile_name(name: str) -> str:
    """`name`, when it can stand in a setting's full name; else UsageError."""
    if not re.fullmatch(_PART, f'"{name}"') or not name.strip():
        raise UsageError(
            "a profile's name can't hold quotes, backslashes or control characters, nor be empty"
        )
    return name


def join_name(parts: tuple[str, ...]) -> str:
    """The reverse of `split_name`, quoted where it must be."""
    return ".".join(part if re.fullmatch(r"[\w-]+", part) else f'"{part}"' for part in parts)


def meant(word: str, known: Iterable[str]) -> str | None:
    """A hint with the known name nearest to `word`, if any is near."""
    near = nearest(word, known)
    return f"Did you mean {near}?" if near else None


def is_plain(word: str) -> bool:
    """Settings have short names of letters alone; what else is given may be a key, and is not shown."""
    return re.fullmatch(r"[a-zA-Z_-]{1,24}", word) is not None


def kept_elsewhere(key: Key, known: tuple[str, ...]) -> tuple[str, str]:
    """Why `key` is not among `known`, and where it may stand: a message and a hint."""
    what = f"a preset can't hold {key.name}" if known is IN_PRESETS else f"{key.name} is not kept in the file"
    if key.stored:
        return what, f"Keep it outside presets: seedcli config set {key.name}"
    kept = f"; or keep it in a preset: presets.NAME.{key.name}" if key.preset else ""
    return what, f"Give it with the command: {key.option} or {key.variable}{kept}"


def _known(word: str, known: tuple[str, ...]) -> str:
    name = canonical(word)
    if name in known:
        return name
    if name in KEYS:
        message, hint = kept_elsewhere(KEYS[name], known)
        raise UsageError(message, hint=hint)
    named = f"there is no setting {word}" if is_plain(word) else "that is not a setting"
    raise UsageError(named, hint=meant(word, known) or "The settings are: " + ", ".join(known) + ".")
