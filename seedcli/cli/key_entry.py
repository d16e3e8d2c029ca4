"""The API key on its way in: asked for without echo or read from standard input, and to the keyring."""

from __future__ import annotations

import os
import sys
from contextlib import suppress
from pathlib import Path

from seedcli.errors import BadKey, NoKey, UsageError
from seedcli.records import ApiKey

_MOST_BYTES = 65_536


def read_key(question: str) -> ApiKey:
    """The key, checked. Raises BadKey, which never shows it, or NoKey where it can't be asked for."""
    from seedcli.gateway.key import check_key

    asked = sys.stdin is not None and sys.stdin.isatty()
    return check_key(_asked(question) if asked else _piped())


def keep_in_keyring(secret: str, keys: tuple[str, ...], *, path: Path) -> None:
    """Keep the key in the system's keyring and nowhere in the file, which then says where to look."""
    from seedcli import config_file, keyring_store

    keyring_store.keep(secret, profile=_profile_of(keys))
    with suppress(KeyError):
        config_file.change(path, keys, None)
    config_file.change(path, (*keys[:-1], "keyring"), True)


def forget_in_keyring(keys: tuple[str, ...]) -> bool:
    """Remove the key from the system's keyring; whether it was there."""
    from seedcli import keyring_store

    return keyring_store.forget(_profile_of(keys))


def _profile_of(keys: tuple[str, ...]) -> str | None:
    if keys[-1] != "api_key":
        raise UsageError("--keyring is for api_key alone")
    return keys[1] if len(keys) == 3 else None


def _asked(question: str) -> str:
    import getpass
    import warnings

    from seedcli.setting_keys import switch

    if switch(os.environ.get("SEEDCLI_NO_INPUT") or False):
        raise NoKey("the key can't be asked for: SEEDCLI_NO_INPUT is set", hint="Give it on standard input.")
    try:
        with warnings.catch_warnings():
            warnings.simplefilter("error", getpass.GetPassWarning)  # It would go on, and show the key.
            return getpass.getpass(question)
    except EOFError as error:
        raise BadKey("no key was given") from error
    except getpass.GetPassWarning as error:
        raise NoKey(
            "this terminal can't hide what is typed", hint="Give the key on standard input."
        ) from error


def _piped() -> str:
    # The mark that some shells on Windows put before piped text is no part of the key.
    data = sys.stdin.buffer.read(_MOST_BYTES) if sys.stdin is not None else b""
    return data.decode("utf-8-sig", "replace")
