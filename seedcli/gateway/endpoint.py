"""Where the gateway is: the one origin that the key may reach."""

from __future__ import annotations

import re
from typing import NamedTuple

from seedcli.errors import ConfigError
from seedcli.gateway.addresses import is_loopback_host
from seedcli.text import clean

DEFAULT_BASE_URL = "https://gateway.pixazo.ai"

_EDIT_PATH = "/byteplus/v1/getEditImage"
_POLL_PATH = "/ai-model-api-polling/getGenerationResults"


class Endpoint(NamedTuple):
    """The gateway's addresses. `origin` is scheme, host and port; a path prefix is in the URLs only."""

    origin: str
    host: str
    port: int
    edit_url: str
    poll_url: str
    is_loopback: bool


def parse_endpoint(base_url: str) -> Endpoint:
    """The endpoint at `base_url`: https, or http to the loopback. Raises ConfigError otherwise."""
    from urllib.parse import urlsplit

    text = base_url.strip()
    if not re.fullmatch(r"[!-~]{1,2000}", text) or "\\" in text:
        raise _refusal("is not a URL", text)
    try:
        parts = urlsplit(text)
        port = parts.port
    except ValueError:
        raise _refusal("is not a URL", text) from None
    # First of all, so that a password is in none of the messages below.
    if parts.username is not None or parts.password is not None:
        raise ConfigError("the base URL must not hold a name or a password", hint=_HINT)
    host, scheme = parts.hostname or "", parts.scheme.lower()
    if scheme not in ("http", "https") or not host or port == 0:
        raise _refusal("is not a https:// URL", text)
    if "?" in text or "#" in text:
        raise _refusal("must have no query and no fragment", text)
    loopback = is_loopback_host(host)
    if scheme == "http" and not loopback:
        raise _refusal("would send the key unencrypted", text)
    return _endpoint(scheme, host, port, parts.path.rstrip("/"), loopback=loopback)


_HINT = "A base URL looks like https://HOST or https://HOST/PREFIX; http:// is for the loopback alone."


def _endpoint(scheme: str, host: str, port: int | None, prefix: str, *, loopback: bool) -> Endpoint:
    shown = f"[{host}]" if ":" in host else host
    origin = f"{scheme}://{shown}" + (f":{port}" if port is not None else "")
    base = origin + prefix
    return Endpoint(
        origin=origin,
        host=host,
        port=port or (443 if scheme == "https" else 80),
        edit_url=base + _EDIT_PATH,
        poll_url=base + _POLL_PATH,
        is_loopback=loopback,
    )


def _refusal(problem: str, text: str) -> ConfigError:
    # What stands before an @ may be a password, however broken the rest is.
    shown = clean(text.rpartition("@")[2], limit=200)
    return ConfigError(f"the base URL {shown!r} {problem}", hint=_HINT)
