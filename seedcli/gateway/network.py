"""The way out: trusted certificates, and connections made as they are needed and kept for the next."""

from __future__ import annotations

import asyncio
import ssl
import time
from collections.abc import AsyncIterator, Callable
from contextlib import asynccontextmanager
from pathlib import Path
from typing import NamedTuple
from urllib.parse import SplitResult, urlsplit

from seedcli.errors import ConfigError
from seedcli.gateway.addresses import goes_direct, literal
from seedcli.gateway.channel import Broken, Channel, NotAdmitted, NotConnected
from seedcli.gateway.connection import Connection

# Seconds that a connection is kept for the next request; servers close theirs after some time.
_KEPT_S = 20.0


class Network(NamedTuple):
    """How to reach the outside. The environment is not read here; the loopback needs no proxy."""

    proxy: str | None = None
    no_proxy: str | None = None
    ca_bundle: Path | None = None
    debug_http: Path | None = None
    connect_timeout_s: float = 15.0

    def proxy_for(self, host: str, port: int) -> str | None:
        """The proxy on the way to `host`, None when it is reached directly."""
        if not self.proxy or goes_direct(host, port, self.no_proxy):
            return None
        return self.proxy


class Trust:
    """The certificates that are trusted, loaded once, when first needed, away from the loop."""

    def __init__(self, ca_bundle: Path | None) -> None:
        self._ca_bundle = ca_bundle
        self._context: ssl.SSLContext | None = None
        self._lock = asyncio.Lock()

    async def context(self) -> ssl.SSLContext:
        """Raises ConfigError when the CA bundle can't be used."""
        async with self._lock:
            if self._context is None:
                self._context = await asyncio.to_thread(make_context, self._ca_bundle)
            return self._context


def make_context(ca_bundle: Path | None) -> ssl.SSLContext:
    """Trust in `ca_bundle` (a file, or a folder of hashed names); without one in the system's
    store through truststore where that is installed, else in certifi's."""
    context = _system_context() if ca_bundle is None else _context_of(ca_bundle)
    context.set_alpn_protocols(["http/1.1"])
    return context


class Pools:
    """Connections for one purpose, each for one request at a time.

    With `keep_alive` off every request gets one of its own. `admit` says which addresses may be
    spoken to at all; who the peer is can't be seen through a proxy, which connects itself.
    `silence_s` is how long a peer may say nothing.
    """

    def __init__(
        self,
        network: Network,
        trust: Trust,
        *,
        keep_alive: bool,
        admit: Callable[[str], bool] | None = None,
        silence_s: float | None = None,
    ) -> None:
        self._network = network
        self._trust = trust
        self._keep_alive = keep_alive
        self._admit = admit
        self._silence_s = silence_s
        self._kept: dict[str, list[tuple[float, Connection]]] = {}

    @asynccontextmanager
    async def lease(self, url: str) -> AsyncIterator[Connection]:
        """A connection to where `url` leads, for one exchange.

        Raises NotConnected, and ConfigError for trust or a proxy that can't be used.
        """
        parts = urlsplit(url)
        kept = self._kept.setdefault(f"{parts.scheme}://{parts.netloc}", [])
        connection = await _usable(kept) or await self._connect(parts)
        try:
            yield connection
        finally:
            if self._keep_alive and connection.finish():
                kept.append((time.monotonic(), connection))
            else:
                connection.channel.abort()

    async def aclose(self) -> None:
        for kept in self._kept.values():
            for _, connection in kept:
                connection.channel.abort()
        self._kept.clear()
        await asyncio.sleep(0)  # in which asyncio closes the sockets

    async def _connect(self, parts: SplitResult) -> Connection:
        secure = parts.scheme == "https"
        host, port = parts.hostname or "", parts.port or (443 if secure else 80)
        if secure:
            await self._trust.context()  # a CA bundle that can't be used is told before anything else
        try:
            async with asyncio.timeout(self._network.connect_timeout_s):
                channel = await self._open(host, port)
                if secure:
                    await channel.start_tls(await self._trust.context(), host)
        except NotConnected:
            raise
        except (Broken, OSError, UnicodeError) as fault:
            raise NotConnected(_no_connection(fault)) from fault
        return Connection(channel, silence_s=self._silence_s)

    async def _open(self, host: str, port: int) -> Channel:
        proxy = self._network.proxy_for(host, port)
        if proxy is not None:
            from seedcli.gateway.proxies import open_through, parse_proxy  # here: most need none

            return await open_through(parse_proxy(proxy), host=host, port=port, trusted=self._trust.context)
        channel = await Channel.open(host, port, is_address=literal(host) is not None)
        try:
            self._check_peer(channel, host)
        except NotConnected:
            channel.abort()
            raise
        return channel

    def _check_peer(self, channel: Channel, host: str) -> None:
        if self._admit is None:
            return
        peer = channel.peer
        if peer is None:
            raise NotConnected("the connection was closed")
        if not self._admit(peer):
            raise NotAdmitted(f"{host} leads to {peer}, an address that is not allowed here")


async def _usable(kept: list[tuple[float, Connection]]) -> Connection | None:
    """The last that was kept, if it may still be used; those that may not are closed."""
    while kept:
        since_s, connection = kept.pop()
        if time.monotonic() - since_s < _KEPT_S and await connection.usable():
            return connection
        connection.channel.abort()
    return None


def _no_connection(fault: Exception) -> str:
    late = isinstance(fault, TimeoutError) and not fault.errno
    return "no connection within the time limit" if late else str(fault)


def _system_context() -> ssl.SSLContext:
    try:
        import truststore
    except ImportError:
        import certifi

        return ssl.create_default_context(cafile=certifi.where())
    return truststore.SSLContext(ssl.PROTOCOL_TLS_CLIENT)


def _context_of(ca_bundle: Path) -> ssl.SSLContext:
    try:
        if ca_bundle.is_dir():
            return ssl.create_default_context(capath=str(ca_bundle))
        return ssl.create_default_context(cafile=str(ca_bundle))
    except (OSError, ValueError) as fault:
        reason = getattr(fault, "reason", None) or getattr(fault, "strerror", None) or "no certificates"
        raise ConfigError(
            f"the CA bundle {ca_bundle} can't be used: {reason}",
            hint="It must be a file of PEM certificates.",
        ) from fault
