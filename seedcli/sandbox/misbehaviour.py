"""Answers that a well-behaved server never gives."""

from __future__ import annotations

import asyncio
from collections.abc import Mapping

from starlette.types import Message, Receive, Scope, Send

TRANSPORT = "seedcli.transport"
"""The scope's name for the connection under a request, which `seedcli.sandbox.listener` puts there."""


class Silence:
    """Nothing at all, until the client goes away or the server stops."""

    def __init__(self, stopping: asyncio.Event) -> None:
        self._stopping = stopping

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        await _gone(receive, self._stopping)
        await HangUp()(scope, receive, send)


class HangUp:
    """The connection is closed without a byte."""

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        scope[TRANSPORT].close()
        # Until the server has noticed; it would answer 500 for us otherwise.
        while (await receive())["type"] != "http.disconnect":
            pass


class HalfAnswer:
    """The head says how long the body is, and the connection closes when half of it is out."""

    def __init__(self, body: bytes, *, content_type: str) -> None:
        self._body = body
        self._content_type = content_type

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        await send(_head(len(self._body), content_type=self._content_type))
        half = self._body[: len(self._body) // 2]
        await send({"type": "http.response.body", "body": half, "more_body": True})
        await HangUp()(scope, receive, send)


class Drip:
    """The body comes in pieces of `piece` bytes with pauses of `pause_s` seconds."""

    def __init__(
        self,
        body: bytes,
        *,
        content_type: str,
        piece: int,
        pause_s: float,
        stopping: asyncio.Event,
    ) -> None:
        self._body = body
        self._content_type = content_type
        self._piece = piece
        self._pause_s = pause_s
        self._stopping = stopping

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        await send(_head(len(self._body), content_type=self._content_type))
        for start in range(0, len(self._body), self._piece):
            if await pause(self._pause_s, receive, self._stopping):
                await HangUp()(scope, receive, send)
                return
            piece = self._body[start : start + self._piece]
            await send({"type": "http.response.body", "body": piece, "more_body": True})
        await send({"type": "http.response.body", "body": b""})


class EndlessInterim:
    """102 Processing, again and again, until the client goes away or the server stops."""

    def __init__(self, *, pause_s: float, stopping: asyncio.Event) -> None:
        self._pause_s = pause_s
        self._stopping = stopping

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        while not await pause(self._pause_s, receive, self._stopping):
            scope[TRANSPORT].write(b"HTTP/1.1 102 Processing\r\n\r\n")
        await HangUp()(scope, receive, send)


async def pause(pause_s: float, receive: Receive, stopping: asyncio.Event) -> bool:
    """Waits; true at once when the client goes away or the server stops."""
    try:
        async with asyncio.timeout(pause_s):
            await _gone(receive, stopping)
    except TimeoutError:
        return False
    return True


async def _gone(receive: Receive, stopping: asyncio.Event) -> None:
    waits = (asyncio.ensure_future(_disconnected(receive)), asyncio.ensure_future(stopping.wait()))
    try:
        await asyncio.wait(waits, return_when=asyncio.FIRST_COMPLETED)
    finally:
        for wait in waits:
            wait.cancel()
        await asyncio.gather(*waits, return_exceptions=True)


async def _disconnected(receive: Receive) -> None:
    while (await receive())["type"] != "http.disconnect":
        pass


def _head(length: int, *, content_type: str, status: int = 200) -> Message:
    headers: Mapping[bytes, bytes] = {
        b"content-type": content_type.encode(),
        b"content-length": str(length).encode(),
    }
    return {"type": "http.response.start", "status": status, "headers": list(headers.items())}
