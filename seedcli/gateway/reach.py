"""How far the gateway can be reached: its name, a connection, TLS. Nothing is asked, no key is sent."""

from __future__ import annotations

import asyncio
import errno
import os
import socket
import ssl
import time
from collections.abc import AsyncIterator
from dataclasses import dataclass

from seedcli.errors import ConfigError, SeedError, Undelivered
from seedcli.gateway.addresses import literal, place
from seedcli.gateway.endpoint import Endpoint
from seedcli.gateway.network import Network, make_context
from seedcli.gateway.proxies import parse_proxy
from seedcli.text import clean

_CA_HINT = (
    "Is the clock right? Behind a company's proxy, give its certificate with --ca-bundle or SSL_CERT_FILE."
)


@dataclass(frozen=True, slots=True)
class Step:
    """One step on the way: "name", "connection" or "tls", and what was found or went wrong."""

    name: str
    detail: str = ""
    error: SeedError | None = None


async def reach(endpoint: Endpoint, *, network: Network) -> AsyncIterator[Step]:
    """The steps in their order, the last one that was tried with its error where one failed.

    Where a proxy leads to the gateway, it is the proxy that is looked up and connected to, and
    TLS is left to the first question, which goes through it.
    """
    host, port, what = endpoint.host, endpoint.port, ""
    proxy = network.proxy_for(host, port)
    try:
        if proxy is not None:
            through = parse_proxy(proxy)
            host, port, what = through.host, through.port, "the proxy "
        addresses = await _resolve(host, port, what=what, timeout_s=network.connect_timeout_s)
        yield Step("name", addresses)
        async with asyncio.timeout(network.connect_timeout_s):
            began_s = time.monotonic()
            reader, writer = await asyncio.open_connection(host, port)
        del reader
    except (SeedError, OSError) as fault:
        name = "name" if isinstance(fault, _Unresolved) else "connection"
        yield Step(name, error=_unreachable(fault, f"{what}{place(host, port)}"))
        return
    elapsed_ms = (time.monotonic() - began_s) * 1000
    try:
        peer = writer.get_extra_info("peername")
        if peer is None:  # a socket that was reset already has none
            reset = ConnectionResetError(errno.ECONNRESET, "")
            yield Step("connection", error=_unreachable(reset, f"{what}{place(host, port)}"))
            return
        yield Step("connection", f"{what}{place(peer[0], peer[1])} in {elapsed_ms:.0f} ms")
        if proxy is None and endpoint.origin.startswith("https:"):
            yield await _secure(writer, endpoint, network=network)
    finally:
        writer.transport.abort()


def caused_by_tls(error: BaseException) -> bool:
    """Whether TLS is what broke an exchange, as `error` and its causes tell."""
    seen: BaseException | None = error
    for _ in range(10):
        if seen is None or isinstance(seen, ssl.SSLError):
            break
        seen = seen.__cause__ or seen.__context__
    return isinstance(seen, ssl.SSLError)


class _Unresolved(Undelivered):
    """A name that leads nowhere."""


async def _resolve(host: str, port: int, *, what: str, timeout_s: float) -> str:
    if literal(host) is not None:
        return f"{what}{host} is an address"
    try:
        async with asyncio.timeout(timeout_s):
            found = await asyncio.get_running_loop().getaddrinfo(host, port, type=socket.SOCK_STREAM)
    except (OSError, UnicodeError) as fault:
        reason = "no answer in time" if isinstance(fault, TimeoutError) else clean(str(fault.args[-1]))
        raise _Unresolved(
            f"{what}{host}: the name can't be resolved ({reason})",
            hint="Is this machine online? Behind a company's proxy, set HTTPS_PROXY or --proxy.",
        ) from fault
    addresses = list(dict.fromkeys(str(entry[4][0]) for entry in found))
    more = f" and {len(addresses) - 2} more" if len(addresses) > 2 else ""
    return f"{what}{host} is {', '.join(addresses[:2])}{more}"


async def _secure(writer: asyncio.StreamWriter, endpoint: Endpoint, *, network: Network) -> Step:
    try:
        context = await asyncio.to_thread(make_context, network.ca_bundle)
        async with asyncio.timeout(network.connect_timeout_s):
            await writer.start_tls(context, server_hostname=endpoint.host)
    except ssl.SSLCertVerificationError as fault:
        reason = clean(fault.verify_message or str(fault))
        return Step("tls", error=Undelivered(f"the certificate is not trusted: {reason}", hint=_CA_HINT))
    except ConfigError as error:
        return Step("tls", error=error)
    except OSError as fault:
        reason = clean(str(getattr(fault, "reason", None) or fault) or "no answer in time")
        hint = "Does anything between here and the gateway speak something else than TLS? Check the base URL."
        return Step("tls", error=Undelivered(f"no TLS with {endpoint.host}: {reason}", hint=hint))
    return Step("tls", _certificate(writer.get_extra_info("ssl_object")))


def _certificate(tls: ssl.SSLObject) -> str:
    """The version spoken, who signed the certificate, and until when it holds, as far as is known."""
    found = tls.getpeercert() or {}
    names = {key: value for part in found.get("issuer", ()) for key, value in part}  # type: ignore[str-unpack]  # typed for all fields at once
    issuer = names.get("organizationName") or names.get("commonName")
    signed = f", certificate by {clean(str(issuer), limit=60)}" if issuer else ""
    until = found.get("notAfter")
    if not isinstance(until, str):
        return f"{tls.version()}{signed}"
    day = time.strftime("%Y-%m-%d", time.gmtime(ssl.cert_time_to_seconds(until)))
    return f"{tls.version()}{signed} until {day}"


def _unreachable(fault: Exception, where: str) -> SeedError:
    if isinstance(fault, SeedError):
        return fault
    number = getattr(fault, "errno", None)
    reason = os.strerror(number).lower() if number else "no connection in time"
    return Undelivered(
        f"{where} can't be reached: {clean(reason)}",
        hint="Check the base URL, the proxy, and that a firewall lets it through.",
    )
