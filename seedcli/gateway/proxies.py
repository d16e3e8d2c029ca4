"""Proxies: their URLs, and the way through them to a place beyond (HTTP CONNECT, SOCKS5)."""

from __future__ import annotations

from base64 import b64encode
from collections.abc import Awaitable, Callable
from dataclasses import dataclass, field
from ssl import SSLContext
from types import ModuleType
from typing import Any
from urllib.parse import SplitResult, unquote, urlsplit

from seedcli.errors import ConfigError
from seedcli.gateway.addresses import literal, place
from seedcli.gateway.channel import Channel, ProxyRefused
from seedcli.gateway.connection import Closed, Connection

_PROXY_HINT = "A proxy looks like http://HOST:PORT, with http://NAME:PASSWORD@HOST:PORT if it asks."


@dataclass(frozen=True, slots=True)
class Proxy:
    """A proxy's URL taken apart; the password shows in no `repr`."""

    scheme: str
    host: str
    port: int
    auth: tuple[bytes, bytes] | None = field(default=None, repr=False)


def parse_proxy(text: str) -> Proxy:
    """Raises ConfigError, without showing a password, for what is no proxy that can be used."""
    try:
        parts = urlsplit(text.strip() if "://" in text else f"http://{text.strip()}")
        port = parts.port
        host = (parts.hostname or "").encode("ascii").decode()
    except (ValueError, UnicodeEncodeError):
        raise ConfigError("the proxy's URL makes no sense", hint=_PROXY_HINT) from None
    scheme = parts.scheme.lower()
    if scheme not in ("http", "https", "socks5", "socks5h") or not host:
        raise ConfigError("the proxy must be http://, https:// or socks5://HOST:PORT", hint=_PROXY_HINT)
    if scheme.startswith("socks"):
        _require_socks()
    default = {"http": 80, "https": 443}.get(scheme, 1080)
    return Proxy(scheme, host, port or default, _auth(parts))


async def open_through(
    proxy: Proxy, *, host: str, port: int, trusted: Callable[[], Awaitable[SSLContext]]
) -> Channel:
    """A channel to `host`, a name or an address, that leads through `proxy`.

    `trusted` gives the certificates for a proxy that speaks TLS itself. Raises ProxyRefused, and
    what is raised on a connection.
    """
    channel = await Channel.open(proxy.host, proxy.port, is_address=literal(proxy.host) is not None)
    try:
        if proxy.scheme == "https":
            await channel.start_tls(await trusted(), proxy.host)
        await _lead_on(channel, proxy, host=host, port=port)
    except BaseException:
        channel.abort()
        raise
    return channel


async def _lead_on(channel: Channel, proxy: Proxy, *, host: str, port: int) -> None:
    if proxy.scheme.startswith("socks"):
        await _Socks(channel).lead_through(proxy, host, port)
        return
    headers = {"Accept": "*/*"}
    if proxy.auth is not None:
        headers["Proxy-Authorization"] = f"Basic {b64encode(b':'.join(proxy.auth)).decode()}"
    connection = Connection(channel)
    connection.begin("CONNECT", f"https://{place(host, port)}", headers)
    await connection.end()
    head = await connection.head()
    if not 200 <= head.status < 300:
        # 401 is what tinyproxy says to a password that is wrong.
        password = "wanted" if head.status in (401, 407) else None
        raise ProxyRefused(f"{head.status} {head.reason.decode('latin-1')}", password=password)


class _Socks:
    """SOCKS5 (RFC 1928, 1929) in socksio's words; a reply may come in pieces."""

    def __init__(self, channel: Channel) -> None:
        self._channel = channel
        self._come = b""

    async def lead_through(self, proxy: Proxy, host: str, port: int) -> None:
        from socksio import ProtocolError, socks5

        try:
            await self._log_in(proxy, socks5)
            address = (host, port)
            self._say(socks5.SOCKS5CommandRequest.from_address(socks5.SOCKS5Command.CONNECT, address))
            reply = socks5.SOCKS5Reply.loads(await self._reply())
        except ProtocolError as fault:
            raise ProxyRefused(f"it speaks no SOCKS: {fault}") from fault
        except OverflowError as fault:
            raise ProxyRefused("a name of more than 255 characters is none for SOCKS") from fault
        if reply.reply_code != socks5.SOCKS5ReplyCode.SUCCEEDED:
            said = reply.reply_code.name.replace("_", " ").lower()
            raise ProxyRefused(f"it could not connect: {said}")

    async def _log_in(self, proxy: Proxy, socks5: ModuleType) -> None:
        methods = socks5.SOCKS5AuthMethod
        method = methods.USERNAME_PASSWORD if proxy.auth else methods.NO_AUTH_REQUIRED
        self._say(socks5.SOCKS5AuthMethodsRequest([method]))
        if socks5.SOCKS5AuthReply.loads(await self._exactly(2)).method != method:
            if proxy.auth:
                raise ProxyRefused("it takes no name and password", password="unwanted")
            raise ProxyRefused("it wants a name and a password", password="wanted")
        if proxy.auth:
            self._say(socks5.SOCKS5UsernamePasswordRequest(*proxy.auth))
            if not socks5.SOCKS5UsernamePasswordReply.loads(await self._exactly(2)).success:
                raise ProxyRefused("it does not take this name and password", password="wanted")

    def _say(self, request: Any) -> None:
        self._channel.write(request.dumps())

    async def _reply(self) -> bytes:
        """The answer to a command, up to the end of its address."""
        start = await self._exactly(5)
        address_bytes = {1: 4, 3: start[4] + 1, 4: 16}.get(start[3], 4)
        return start + await self._exactly(address_bytes - 1 + 2)

    async def _exactly(self, size: int) -> bytes:
        while len(self._come) < size:
            data = await self._channel.read()
            if not data:
                raise Closed("the connection was closed")
            self._come += data
        taken, self._come = self._come[:size], self._come[size:]
        return taken


def _auth(parts: SplitResult) -> tuple[bytes, bytes] | None:
    if parts.username is None and parts.password is None:
        return None
    return unquote(parts.username or "").encode(), unquote(parts.password or "").encode()


def _require_socks() -> None:
    from importlib.util import find_spec

    if find_spec("socksio") is None:
        raise ConfigError(
            "a SOCKS proxy needs the extra `socks`", hint="Install it: pip install 'seedcli[socks]'"
        )
