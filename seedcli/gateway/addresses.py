"""Which addresses are the loopback, which are public, and which go past the proxy. Pure."""

from __future__ import annotations

import ipaddress
from ipaddress import IPv4Address, IPv6Address

_NAT64 = ipaddress.ip_network("64:ff9b::/96")


def literal(host: str) -> IPv4Address | IPv6Address | None:
    """The IP address that `host` spells out, None for a name."""
    try:
        return ipaddress.ip_address(host.strip("[]").partition("%")[0])
    except ValueError:
        return None


def is_loopback_host(host: str) -> bool:
    """Whether `host` is `localhost`, in 127/8 or ::1."""
    name = host.lower().rstrip(".")
    if name == "localhost" or name.endswith(".localhost"):
        return True
    address = literal(host)
    return address is not None and _inner(address).is_loopback


def is_public(address: str) -> bool:
    """Whether an IP address is out on the internet: not private, loopback, link-local, shared,
    reserved or multicast, nor an IPv6 spelling of one that is."""
    found = literal(address)
    if found is None or "%" in address:
        return False
    inner = _inner(found)
    return inner.is_global and not (inner.is_multicast or inner.is_reserved or inner.is_unspecified)


def goes_direct(host: str, port: int, no_proxy: str | None) -> bool:
    """Whether `NO_PROXY` sends `host` past the proxy: `*`, names with all under them, addresses,
    networks (10.0.0.0/8, fd00::/8), each with an optional port. The loopback always is."""
    if is_loopback_host(host):
        return True
    name = host.lower().strip("[]").rstrip(".")
    return any(_matches(name, port, rule) for rule in (no_proxy or "").lower().replace(",", " ").split())


def place(host: str, port: int) -> str:
    """Host and port as people write them."""
    return f"[{host}]:{port}" if ":" in host else f"{host}:{port}"


def _inner(address: IPv4Address | IPv6Address) -> IPv4Address | IPv6Address:
    """The IPv4 address that an IPv6 one leads to: mapped, 6to4, NAT64."""
    if not isinstance(address, IPv6Address):
        return address
    if address in _NAT64:
        return IPv4Address(int(address) & 0xFFFFFFFF)
    return address.ipv4_mapped or address.sixtofour or address


def _matches(host: str, port: int, rule: str) -> bool:
    if rule == "*":
        return True
    target, wanted = _split_port(rule)
    if wanted is not None and wanted != port:
        return False
    address = literal(host)
    if "/" in target or literal(target) is not None:
        return address is not None and _in_network(address, target)
    name = target.removeprefix("*").strip(".")
    return bool(name) and (host == name or host.endswith("." + name))


def _split_port(rule: str) -> tuple[str, int | None]:
    """`[::1]:80` and `host:80` into host and port; a bare IPv6 address has no port."""
    head, colon, tail = rule.rpartition(":")
    if colon and tail.isdecimal() and (head.startswith("[") or ":" not in head):
        return head.strip("[]"), int(tail)
    return rule.strip("[]"), None


def _in_network(address: IPv4Address | IPv6Address, text: str) -> bool:
    try:
        network = ipaddress.ip_network(text.replace("[", "").replace("]", ""), strict=False)
    except ValueError:
        return False
    return address in network or _inner(address) in network
