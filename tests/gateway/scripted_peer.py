"""A server on the loopback that does to each connection what a test's script says."""

from __future__ import annotations

import asyncio
import contextlib
import json
import socket
import ssl
import struct
from collections.abc import Awaitable, Callable
from typing import Any


class Conversation:
    """One connection, seen from the server."""

    def __init__(self, peer: Peer, reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        self.peer = peer
        self.reader = reader
        self.writer = writer
        self.head = b""
        self.body = bytearray()

    async def read_head(self) -> bytes:
        self.head = await self.reader.readuntil(b"\r\n\r\n")
        self.peer.heads.append(self.head)
        return self.head

    async def read_body(self) -> bytes:
        while len(self.body) < self.length and (data := await self.reader.read(65536)):
            self.body += data
        return bytes(self.body)

    async def read_request(self) -> bytes:
        await self.read_head()
        body = await self.read_body()
        self.peer.bodies.append(body)
        return body

    @property
    def length(self) -> int:
        return int(self.header("content-length") or 0)

    def header(self, name: str) -> str | None:
        for line in self.head.decode("latin-1").split("\r\n")[1:]:
            key, _, value = line.partition(":")
            if key.lower() == name:
                return value.strip()
        return None

    async def send(self, data: bytes) -> None:
        self.writer.write(data)
        await self.writer.drain()

    async def answer(
        self, status: int = 200, body: Any = b"", *, headers: dict[str, str] | None = None, close: bool = True
    ) -> None:
        content = body if isinstance(body, bytes) else json.dumps(body).encode()
        lines = [f"HTTP/1.1 {status} X", *(f"{name}: {value}" for name, value in (headers or {}).items())]
        if not any(line.lower().startswith(("content-length", "transfer-encoding")) for line in lines):
            lines.append(f"Content-Length: {len(content)}")
        await self.send("\r\n".join(lines).encode() + b"\r\n\r\n" + content)
        if close:
            self.writer.close()

    async def hang(self) -> None:
        """Silence, until the test is over."""
        await self.peer.over.wait()

    async def until_closed(self) -> None:
        while await self.reader.read(65536):
            pass

    def reset(self) -> None:
        raw = self.writer.get_extra_info("socket")
        raw.setsockopt(socket.SOL_SOCKET, socket.SO_LINGER, struct.pack("ii", 1, 0))
        self.writer.transport.abort()


Script = Callable[[Conversation], Awaitable[None]]


class Peer:
    """Runs one script for each connection in turn, the last one again for all that follow."""

    def __init__(self, *scripts: Script, tls: ssl.SSLContext | None = None, host: str = "127.0.0.1") -> None:
        self.scripts = scripts
        self.tls = tls
        self.host = host
        self.heads: list[bytes] = []
        self.bodies: list[bytes] = []
        self.conversations: list[Conversation] = []
        self.over = asyncio.Event()
        self.port = 0
        self._tasks: set[asyncio.Task[None]] = set()
        self._server: asyncio.Server | None = None

    @property
    def url(self) -> str:
        scheme = "https" if self.tls else "http"
        name = "localhost" if self.tls else self.host
        return f"{scheme}://{name}:{self.port}"

    @property
    def connections(self) -> int:
        return len(self.conversations)

    @property
    def posts(self) -> int:
        return sum(head.startswith(b"POST") for head in self.heads)

    async def __aenter__(self) -> Peer:
        self._server = await asyncio.start_server(self._serve, self.host, 0, ssl=self.tls, limit=1 << 20)
        self.port = self._server.sockets[0].getsockname()[1]
        return self

    async def __aexit__(self, *_: object) -> None:
        self.over.set()
        assert self._server is not None
        self._server.close()
        if self._tasks:
            await asyncio.wait(self._tasks, timeout=2)
        for task in self._tasks:
            task.cancel()
        await asyncio.gather(*self._tasks, return_exceptions=True)

    def _serve(self, reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        script = self.scripts[min(self.connections, len(self.scripts) - 1)]
        self.conversations.append(Conversation(self, reader, writer))
        task = asyncio.ensure_future(self._play(script, self.conversations[-1]))
        self._tasks.add(task)

    async def _play(self, script: Script, conversation: Conversation) -> None:
        writer = conversation.writer
        try:
            await script(conversation)
        except (OSError, asyncio.IncompleteReadError):
            pass
        finally:
            writer.close()
            with contextlib.suppress(OSError):
                await writer.wait_closed()


def answers(status: int = 200, body: Any = b"", **options: Any) -> Script:
    """A script: read the request, give this answer."""

    async def script(conversation: Conversation) -> None:
        await conversation.read_request()
        await conversation.answer(status, body, **options)

    return script


def says(raw: bytes) -> Script:
    """A script: read the request, send these bytes, close."""

    async def script(conversation: Conversation) -> None:
        await conversation.read_request()
        await conversation.send(raw)

    return script
