"""Links to results: which ones may be fetched at all. Pure."""

from __future__ import annotations

from typing import NamedTuple
from urllib.parse import quote, urljoin, urlsplit

from seedcli.gateway.addresses import is_loopback_host, is_public, literal


class BadLink(Exception):
    """Why a link is not fetched; the text goes into a message."""


class Link(NamedTuple):
    """A link in ASCII, as it goes on the wire."""

    url: str
    host: str
    is_loopback: bool


def parse_link(text: str, *, allow_loopback: bool) -> Link:
    """https to a public place; http and the loopback only with `allow_loopback`. Raises BadLink.

    A name is not resolved here: where it leads is checked on the connected peer.
    """
    try:
        parts = urlsplit(text.strip())
        host, port = _ascii_host(parts.hostname or ""), parts.port
    except (ValueError, UnicodeError):
        raise BadLink("it is not a link") from None
    if parts.scheme not in ("http", "https") or not host:
        raise BadLink("it is not a https:// link")
    if parts.username is not None or parts.password is not None:
        raise BadLink("it holds a name or a password")
    loopback = is_loopback_host(host)
    if loopback and not allow_loopback:
        raise BadLink("it leads to this machine")
    if parts.scheme == "http" and not loopback:
        raise BadLink("it is not encrypted (http://)")
    if not loopback and literal(host) is not None and not is_public(host):
        raise BadLink("it leads to an address that is not public")
    shown = f"[{host}]" if ":" in host else host
    place = shown if port is None else f"{shown}:{port}"
    path = quote(parts.path or "/", safe="/%:@!$&'()*+,;=~-._")
    query = "?" + quote(parts.query, safe="/%:@!$&'()*+,;=~-._?") if parts.query else ""
    return Link(f"{parts.scheme}://{place}{path}{query}", host, loopback)


def redirected(link: Link, location: str, *, allow_loopback: bool) -> Link:
    """Where a redirect leads, held to the same rules."""
    try:
        target = urljoin(link.url, location.strip())
    except ValueError:
        raise BadLink("it redirects to something that is not a link") from None
    return parse_link(target, allow_loopback=allow_loopback)


def _ascii_host(host: str) -> str:
    if not host.isascii():
        host = host.encode("idna").decode("ascii")
    if any(char <= " " or char in '\\%<>"{}|^`' for char in host):
        raise ValueError("no host name")
    return host.rstrip(".") if host.rstrip(".") else host
