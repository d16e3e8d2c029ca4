"""HTTP/1.1 on one connection: a request out, its answer in, and an answer that comes too early seen."""

from __future__ import annotations

import asyncio
from collections.abc import AsyncGenerator, Iterable, Mapping
from typing import NamedTuple
from urllib.parse import urlsplit

import h11

from seedcli.gateway.channel import Broken, Channel

_MOST_HEAD = 100 * 1024
_DEFAULT_PORTS = {"http": ":80", "https": ":443"}


class EarlyAnswer(Broken):
    """The peer has answered, or hung up, before the whole request was sent."""


class Closed(Broken):
    """The peer has hung up where more had to come."""


class NotHTTP(Broken):
    """The peer speaks something else."""


class Head(NamedTuple):
    """An answer's status and headers."""

    status: int
    reason: bytes
    headers: Iterable[tuple[bytes, bytes]]


class Connection:
    """One exchange after the other over `channel`.

    `silence_s` is how long the peer may say nothing while it is listened to. All raise Broken,
    TimeoutError and OSError.
    """

    def __init__(self, channel: Channel, *, silence_s: float | None = None) -> None:
        self.channel = channel
        self._silence_s = silence_s
        self._http = h11.Connection(h11.CLIENT, max_incomplete_event_size=_MOST_HEAD)
        self._unsent = b""
        self._head: h11.Response | None = None
        self._fault: Broken | None = None

    def finish(self) -> bool:
        """Ends an exchange; whether another may follow."""
        if self._http.our_state is not h11.DONE or self._http.their_state is not h11.DONE:
            return False
        self._http.start_next_cycle()
        self._head = None
        return True

    async def usable(self) -> bool:
        """Whether the peer still waits for a request, and has said nothing unasked."""
        await self.channel.settle()
        return not self.channel.ended and not self.channel.take()

    def begin(self, method: str, url: str, headers: Mapping[str, str]) -> None:
        """The request's head; it goes out with what follows it. CONNECT asks for the URL's host and port."""
        parts = urlsplit(url)
        host = target = parts.netloc
        if method != "CONNECT":
            host = host.removesuffix(_DEFAULT_PORTS[parts.scheme])
            target = (parts.path or "/") + (f"?{parts.query}" if parts.query else "")
        request = h11.Request(method=method, target=target, headers=[("Host", host), *headers.items()])
        self._unsent = self._http.send(request)

    async def send(self, data: bytes) -> None:
        """A piece of the body. Raises EarlyAnswer when it is not wanted any more."""
        await self._write(self._http.send(h11.Data(data)))

    async def end(self) -> None:
        """The request is whole."""
        await self._write(self._http.send(h11.EndOfMessage()))

    async def known_to_be_over(self) -> bool:
        """Whether the peer has answered or hung up already, even if that has only just arrived."""
        await self.channel.settle()
        return self._answered()

    async def head(self) -> Head:
        """The answer's head, when it is there; informational answers before it are dropped."""
        while self._head is None:
            self._head = self._seen_head()
            if self._head is None:
                await self._receive()
        return Head(self._head.status_code, self._head.reason, self._head.headers)

    async def pieces(self) -> AsyncGenerator[bytes, None]:
        """The answer's body as it comes."""
        while True:
            event = self._next_event()
            if event is h11.NEED_DATA:
                await self._receive()
            elif isinstance(event, h11.Data):
                yield bytes(event.data)
            else:
                return

    async def _write(self, data: bytes) -> None:
        data, self._unsent = self._unsent + data, b""
        if not data:
            return
        if self._answered():
            raise EarlyAnswer("answered before the request was sent")
        self.channel.write(data)
        while not self.channel.writable:
            await self.channel.changed()
            if not self.channel.writable and self._answered():
                raise EarlyAnswer("answered while the request was being sent")

    def _answered(self) -> bool:
        """Whether an answer has begun, or never will."""
        if self._head is None and (data := self.channel.take()):
            self._http.receive_data(data)
        try:
            self._head = self._head or self._seen_head()
        except Broken as fault:  # told where the answer is read
            self._fault = fault
            return True
        return self._head is not None or self.channel.ended or not _may_be_informational(self._http)

    def _seen_head(self) -> h11.Response | None:
        while isinstance(event := self._next_event(), h11.InformationalResponse):
            pass
        return event if isinstance(event, h11.Response) else None

    def _next_event(self) -> h11.Event | type[h11.NEED_DATA] | type[h11.PAUSED]:
        if self._fault is not None:
            raise self._fault
        try:
            return self._http.next_event()
        except h11.RemoteProtocolError as fault:
            if self.channel.ended and "closed connection" in str(fault):
                raise Closed("the connection was closed") from fault
            raise NotHTTP(str(fault)) from fault

    async def _receive(self) -> None:
        async with asyncio.timeout(self._silence_s):
            data = await self.channel.read()
        if not data and self._http.their_state is h11.SEND_RESPONSE:
            raise Closed("the connection was closed")
        self._http.receive_data(data)


def _may_be_informational(http: h11.Connection) -> bool:
    """Whether what has come of a head, if anything, may be one of 100 to 199."""
    begun = http.trailing_data[0][:10]
    return any(start.startswith(begun) for start in (b"HTTP/1.1 1", b"HTTP/1.0 1"))
