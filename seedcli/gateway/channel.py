"""A connected socket, plain or TLS, that takes in what the peer says even while it is written to.

A gateway that refuses early (401, 413) closes, or stops reading, while the body still goes out: what
it said must be known then. asyncio hands what arrives to a protocol at once, whatever else goes on.
"""

from __future__ import annotations

import asyncio
import ssl
from typing import cast

# A reader that is slower than the network holds no more than this and one reading of the loop.
_MOST_HELD = 256 * 1024
# Turns of the loop until what has arrived at the socket has come through to here (two), and one to spare.
_TURNS = 3
# Seconds until the next of a name's addresses is tried beside one that does not answer (RFC 8305).
_NEXT_ADDRESS_S = 0.25


class Broken(Exception):
    """An exchange that can't go on. Beside it OSError is raised as it comes from the system."""


class NotConnected(Broken):
    """There is no connection: the name, the address, a proxy or TLS, as the cause tells."""


class NotAdmitted(NotConnected):
    """A name led to an address that may not be spoken to."""


class ProxyRefused(NotConnected):
    """The proxy does not lead on. `password` says that it is about the name and password in its
    URL: "wanted" (they are missing or wrong) or "unwanted"."""

    def __init__(self, said: str, *, password: str | None = None) -> None:
        super().__init__(said)
        self.password = password


class Channel(asyncio.Protocol):
    """Bytes in and out, for one task at a time. `open` makes one, `abort` ends it."""

    def __init__(self) -> None:
        self._transport: asyncio.Transport | None = None
        self._held: list[bytes] = []
        self._held_bytes = 0
        self._ended = False
        self._fault: Exception | None = None
        self._writable = True
        self._waiter: asyncio.Future[None] | None = None

    @classmethod
    async def open(cls, host: str, port: int, *, is_address: bool) -> Channel:
        """Connects to `host`, an address or a name; of its addresses the first that answers is taken.

        Raises OSError, and UnicodeError for what can be no name.
        """
        loop = asyncio.get_running_loop()
        beside_s = None if is_address else _NEXT_ADDRESS_S
        _, channel = await loop.create_connection(cls, host, port, happy_eyeballs_delay=beside_s)
        return channel

    async def start_tls(self, context: ssl.SSLContext, host: str) -> None:
        """Speaks TLS from now on, with a peer that proves to be `host`; closes when it does not."""
        assert self._transport is not None
        loop = asyncio.get_running_loop()
        try:
            secured = await loop.start_tls(self._transport, self, context, server_hostname=host)
        except BaseException:
            self.abort()
            raise
        if secured is None:  # the peer hung up meanwhile
            raise ConnectionResetError
        self.connection_made(secured)

    @property
    def peer(self) -> str | None:
        """The peer's address; None of a connection that was reset already."""
        assert self._transport is not None
        name = self._transport.get_extra_info("peername")
        return str(name[0]) if name else None

    @property
    def ended(self) -> bool:
        """Whether the peer has hung up or the connection is lost, as far as is known now."""
        return self._ended or self._transport is None or self._transport.is_closing()

    @property
    def writable(self) -> bool:
        """Whether all that was written is with the system."""
        return self._writable or self.ended

    def write(self, data: bytes) -> None:
        """Gives `data` to the system as far as it takes it, the rest when it is `writable` again."""
        assert self._transport is not None
        self._transport.write(data)

    def take(self) -> bytes:
        """What has come since the last time; b"" for nothing."""
        data = self._held[0] if len(self._held) == 1 else b"".join(self._held)
        if self._held_bytes > _MOST_HELD and not self.ended and self._transport is not None:
            self._transport.resume_reading()
        self._held.clear()
        self._held_bytes = 0
        return data

    async def read(self) -> bytes:
        """What comes next; b"" at the end. Raises OSError of a connection that is lost."""
        while not self._held and not self._ended:
            await self.changed()
        if not self._held and self._fault is not None:
            raise self._fault
        return self.take()

    async def changed(self) -> None:
        """Waits until something came, the connection ended, or it is writable again."""
        self._waiter = asyncio.get_running_loop().create_future()
        try:
            await self._waiter
        finally:
            self._waiter = None

    async def settle(self) -> None:
        """Lets what has arrived at the socket come through to here."""
        for _ in range(_TURNS):
            await asyncio.sleep(0)

    def abort(self) -> None:
        """Ends the connection at once."""
        if self._transport is not None:
            self._transport.abort()

    # What asyncio calls.

    def connection_made(self, transport: asyncio.BaseTransport) -> None:
        self._transport = cast("asyncio.Transport", transport)
        # All is with the system, or nothing more is taken; 0 would stop TLS for ever.
        self._transport.set_write_buffer_limits(high=1)

    def data_received(self, data: bytes) -> None:
        self._held.append(data)
        self._held_bytes += len(data)
        if self._held_bytes > _MOST_HELD and self._transport is not None:
            self._transport.pause_reading()
        self._wake()

    def eof_received(self) -> None:
        self._ended = True
        self._wake()

    def connection_lost(self, exc: Exception | None) -> None:
        self._ended = True
        self._fault = self._fault or exc
        self._wake()

    def pause_writing(self) -> None:
        self._writable = False

    def resume_writing(self) -> None:
        self._writable = True
        self._wake()

    def _wake(self) -> None:
        if self._waiter is not None and not self._waiter.done():
            self._waiter.set_result(None)
