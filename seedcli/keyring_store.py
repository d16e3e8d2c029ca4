"""The key in the system's keyring (extra `keyring`): one border, and never a wait without an end."""

from __future__ import annotations

import threading
from collections.abc import Callable
from typing import Any

from seedcli.errors import ConfigError

_SERVICE = "seedcli"
_ACCOUNT = "api_key"
PATIENCE_S = 30.0
"""Long enough for a person to unlock the keyring; on a machine without a desktop nobody will."""


def fetch(profile: str | None) -> str | None:
    """The key kept for a profile (None: for all), None when there is none. Raises ConfigError."""
    found: str | None = _asked(lambda ring: ring.get_password(_SERVICE, _account(profile)))
    return found


def keep(secret: str, *, profile: str | None) -> None:
    """Keep the key. Raises ConfigError."""
    _asked(lambda ring: ring.set_password(_SERVICE, _account(profile), secret))


def forget(profile: str | None) -> bool:
    """Remove the key; whether there was one. Raises ConfigError."""
    if fetch(profile) is None:
        return False
    _asked(lambda ring: ring.delete_password(_SERVICE, _account(profile)))
    return True


def _account(profile: str | None) -> str:
    return _ACCOUNT if profile is None else f"{_ACCOUNT} of profile {profile}"


def _asked(question: Callable[[Any], Any]) -> Any:
    """The keyring's answer, given by a thread that is left behind when it does not come in time."""
    try:
        import keyring
        from keyring.errors import KeyringError, NoKeyringError
    except ImportError as error:
        raise ConfigError(
            "the key is to be in the system's keyring, and its extra is not installed",
            hint="Install seedcli[keyring], or: seedcli config unset keyring",
        ) from error
    answers: list[Any] = []
    faults: list[Exception] = []

    def ask() -> None:
        try:
            answers.append(question(keyring))
        except (KeyringError, OSError, RuntimeError, ValueError) as error:
            faults.append(error)

    # A daemon thread, so that a keyring that waits for a desktop can't keep the program from ending.
    thread = threading.Thread(target=ask, daemon=True)
    thread.start()
    thread.join(PATIENCE_S)
    if answers:
        return answers[0]
    # The backend's own words are not repeated: nobody promises that the key is not among them.
    if thread.is_alive():
        said = f"the system's keyring gave no answer in {PATIENCE_S:g} s"
    elif faults and isinstance(faults[0], NoKeyringError):
        said = "this system has no keyring"
    else:
        said = "the system's keyring failed" + (f" ({type(faults[0]).__name__})" if faults else "")
    raise ConfigError(
        said,
        hint="Use SEEDCLI_API_KEY, SEEDCLI_API_KEY_FILE, or the file: seedcli config unset keyring",
    ) from (faults[0] if faults else None)
