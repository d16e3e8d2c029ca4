"""The API key, looked at before it becomes a header. It is never shown."""

from __future__ import annotations

import re
from functools import cache

from seedcli.errors import BadKey, NoKey, SeedError
from seedcli.records import ApiKey

_LONGEST = 512
_HINT = "Set it again: `printf %s KEY | seedcli config set api_key`, or SEEDCLI_API_KEY."
NO_KEY_HINT = (
    "Set one with `seedcli config set api_key` or SEEDCLI_API_KEY; --sandbox tries things out without one."
)


def check_key(text: str) -> ApiKey:
    """The trimmed key. Raises BadKey, without showing it, for what could not be a header."""
    key = text.strip()
    if not key:
        raise BadKey("the API key is empty", hint=_HINT)
    if len(key) > _LONGEST:
        raise BadKey(f"the API key is longer than {_LONGEST} characters", hint=_HINT)
    if any(char.isspace() for char in key):
        raise BadKey("the API key has white space inside", hint=_HINT)
    if not re.fullmatch(r"[!-~]+", key):
        raise BadKey("the API key has characters that can't be in one", hint=_HINT)
    return ApiKey(key)


def require_key(key: ApiKey | None) -> ApiKey:
    """The key, or NoKey naming the ways to set one."""
    if key is None:
        raise NoKey("no API key is set", hint=NO_KEY_HINT)
    return key


def forget_key(error: SeedError, key: ApiKey) -> SeedError:
    """`error` without the key, should the gateway have repeated it in an answer."""
    error.message = without_key(error.message, key)
    error.args = (error.message,)
    error.hint = without_key(error.hint, key) if error.hint else error.hint
    error.answer_text = without_key(error.answer_text, key) if error.answer_text else error.answer_text
    return error


def body_without_key(body: bytes, key: ApiKey) -> bytes:
    """An answer without the key, whatever it would have become: a link, a job's ID, a message cut short."""
    pattern = _pattern(key.reveal())
    return pattern.sub("****", body.decode("latin-1")).encode("latin-1") if pattern else body


def without_key(text: str, key: ApiKey) -> str:
    """`text` with the key, plain or in the escapes of JSON and URLs, replaced by its mask."""
    pattern = _pattern(key.reveal())
    return pattern.sub(lambda _: key.masked, text) if pattern else text


@cache
def _pattern(key: str) -> re.Pattern[str] | None:
    if len(key) < 6:  # too short to be a real key, and to be told from ordinary words
        return None
    return re.compile("".join(map(_spellings, key)), re.IGNORECASE)


def _spellings(char: str) -> str:
    """One character: as it is, behind a backslash, as a code of JSON's or of URLs. Encoders differ in
    which ones they write so."""
    plain, code = re.escape(char), f"{ord(char):02x}"
    escaped = rf"|\\{plain}" if char in '"\\/' else ""
    return rf"(?:\\u00{code}|%{code}{escaped}|{plain})"
