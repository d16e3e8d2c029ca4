"""Sockets that notice an answer while a request is still being sent.

httpcore writes the whole body before it reads. A gateway that refuses early (401, 413) and
closes would be seen as a broken connection, since asyncio drops what was not read when a write
fails, and one that refuses and stops reading would be waited for until the deadline. So while a
paid body goes out, the answer is read ahead; when it comes, sending ends with `EarlyAnswer`, a
WriteError, which httpcore takes as its cue to go on to the answer.
"""

from __future__ import annotations

import asyncio
import re
import select
import ssl
from collections.abc import Callable, Iterable
from typing import Any

import httpcore

_READ_BYTES = 65536
_MOST_HELD = 65536
# 101 is an answer of its own; it ends HTTP.
_INFORMATIONAL = re.compile(rb"HTTP/1\.[01] 1(?!01)[0-9]{2}[^\r\n]*\r?\n(?:[^\r\n]+\r?\n)*\r?\n")
_INFORMATIONAL_START = re.compile(rb"HTTP/1\.[01] 1(?!01)")


class EarlyAnswer(httpcore.WriteError):
    """The peer has answered, or hung up, before the whole request was sent."""


class NotAdmitted(httpcore.ConnectError):
    """A name led to an address that may not be spoken to."""


class WatchedStream(httpcore.AsyncNetworkStream):
    """A socket, plain or TLS, that can read ahead while it is written to."""

    def __init__(
        self, inner: httpcore.AsyncNetworkStream, *, on_close: Callable[[WatchedStream], None] | None = None
    ) -> None:
        self._inner = inner
        self._on_close = on_close
        self._ahead: asyncio.Task[bytes] | None = None
        self._socket: Any = None

    def watch(self) -> None:
        """From now on until the next read, look out for an answer."""
        if self._ahead is None:
            self._ahead = asyncio.create_task(self._listen())

    @property
    def answered(self) -> bool:
        """Whether the peer has answered, hung up or reset the connection, as far as is known now."""
        return self._ahead is not None and self._ahead.done()

    async def read(self, max_bytes: int, timeout: float | None = None) -> bytes:
        if self._ahead is None:
            return await self._inner.read(max_bytes, timeout)
        ahead, self._ahead = self._ahead, None
        return await ahead

    async def write(self, buffer: bytes, timeout: float | None = None) -> None:
        ahead = self._ahead
        if ahead is None or not buffer:
            await self._inner.write(buffer, timeout)
            return
        if ahead.done():
            raise EarlyAnswer("answered before the request was sent")
        sending = asyncio.create_task(self._inner.write(buffer, timeout))
        try:
            await asyncio.wait((sending, ahead), return_when=asyncio.FIRST_COMPLETED)
        finally:
            await _stop(sending)
        if sending.cancelled():
            raise EarlyAnswer("answered while the request was being sent")
        sending.result()

    async def aclose(self) -> None:
        ahead, self._ahead = self._ahead, None
        try:
            if ahead is not None:
                await _stop(ahead)
        finally:
            self._closed()
            await self._inner.aclose()

    async def start_tls(
        self, ssl_context: ssl.SSLContext, server_hostname: str | None = None, timeout: float | None = None
    ) -> WatchedStream:
        secured = await self._inner.start_tls(ssl_context, server_hostname, timeout)
        # Closing the TLS stream closes this one's socket; only then is it off the books.
        return WatchedStream(secured, on_close=lambda _: self._closed())

    def get_extra_info(self, info: str) -> Any:
        if info == "is_readable" and hasattr(select, "poll"):
            # httpcore asks this of each idle connection at each event; anyio takes 70 µs to find the socket.
            self._socket = self._socket or self._inner.get_extra_info("socket")
            return _is_readable(self._socket.fileno())
        return self._inner.get_extra_info(info)

    def _closed(self) -> None:
        if self._on_close is not None:
            self._on_close(self)

    async def _listen(self) -> bytes:
        """The first bytes of the final answer; informational answers before it are dropped."""
        held = b""
        while True:
            data = await self._inner.read(_READ_BYTES)
            held += data
            while match := _INFORMATIONAL.match(held):
                held = held[match.end() :]
            if not data or len(held) > _MOST_HELD or not _may_be_informational(held):
                return held


class Backend(httpcore.AsyncNetworkBackend):
    """Connects with watched streams. `admit` says which peers may be spoken to at all."""

    def __init__(self, *, admit: Callable[[str], bool] | None = None) -> None:
        self._inner = httpcore.AnyIOBackend()
        self._admit = admit
        self._open: set[WatchedStream] = set()

    async def connect_tcp(
        self,
        host: str,
        port: int,
        timeout: float | None = None,
        local_address: str | None = None,
        socket_options: Iterable[httpcore.SOCKET_OPTION] | None = None,
    ) -> WatchedStream:
        inner = await self._inner.connect_tcp(host, port, timeout, local_address, socket_options)
        stream = WatchedStream(inner, on_close=self._open.discard)
        self._open.add(stream)
        if self._admit is not None:
            peer = inner.get_extra_info("server_addr")
            if peer is None:  # it has hung up already; a reset socket has no peer to ask about
                await stream.aclose()
                raise httpcore.ConnectError("the connection was closed")
            if not self._admit(str(peer[0])):
                await stream.aclose()
                raise NotAdmitted(f"{host} leads to {peer[0]}, an address that is not allowed here")
        return stream

    async def aclose(self) -> None:
        """Closes what httpcore leaves open: a connection whose SOCKS greeting failed."""
        for stream in list(self._open):
            await stream.aclose()

    async def sleep(self, seconds: float) -> None:
        await asyncio.sleep(seconds)


def _is_readable(descriptor: int) -> bool:
    """Whether something came, or the connection was closed: an idle one is of no use then."""
    if descriptor < 0:
        return True
    poll = select.poll()
    poll.register(descriptor, select.POLLIN)
    return bool(poll.poll(0))


def _may_be_informational(held: bytes) -> bool:
    if len(held) > 11:
        return _INFORMATIONAL_START.match(held) is not None
    return any(start.startswith(held[:10]) for start in (b"HTTP/1.1 1", b"HTTP/1.0 1"))


async def _stop(task: asyncio.Task[Any]) -> None:
    """Cancels what still runs, and takes its exception so that nobody misses it."""
    if not task.done():
        task.cancel()
    await asyncio.wait((task,))
    if not task.cancelled():
        task.exception()
