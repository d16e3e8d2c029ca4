"""A gateway that costs nothing: the document's two calls and a picture host, on the loopback.

It reads bodies without looking at them and answers from memory, so that what is measured is the
client. A process of its own: `python -m benchmarks.gateway` prints its port, and ends when its
standard input does. What it does stands in the first part of the path, `/LATENCY_MS-KIND-BYTES`:
how long an edit takes, `url` or `b64_json`, and how large the result is.
"""

from __future__ import annotations

import asyncio
import base64
import functools
import json
import sys

from benchmarks.pictures import picture

_BUFFER_BYTES = 1 << 18
_MOST_HEAD_BYTES = 16 * 1024
_CONTINUE = b"HTTP/1.1 100 Continue\r\n\r\n"


class Exchanges(asyncio.BufferedProtocol):
    """One connection, kept alive: a head, a body that is only counted, an answer."""

    def __init__(self) -> None:
        self._buffer = memoryview(bytearray(_BUFFER_BYTES))
        self._head = bytearray()
        self._path = ""
        self._body_left = 0
        self._transport: asyncio.Transport | None = None

    def connection_made(self, transport: asyncio.BaseTransport) -> None:
        assert isinstance(transport, asyncio.Transport)
        self._transport = transport

    def get_buffer(self, sizehint: int) -> memoryview:
        return self._buffer

    def buffer_updated(self, nbytes: int) -> None:
        at = 0
        while at < nbytes:
            if self._path:
                taken = min(self._body_left, nbytes - at)
                at += taken
                self._body_left -= taken
            else:
                at = self._read_head(at, nbytes)
            if self._path and not self._body_left:
                self._answer()

    def _read_head(self, start: int, end: int) -> int:
        """Takes what belongs to the head; where it ended in the buffer."""
        before = len(self._head)
        self._head += self._buffer[start:end]
        stop = self._head.find(b"\r\n\r\n", max(0, before - 3))
        if stop < 0:
            if len(self._head) > _MOST_HEAD_BYTES and self._transport:
                self._transport.abort()
            return end
        lines = self._head[:stop].decode("latin-1").split("\r\n")
        fields = dict(line.lower().split(": ", 1) for line in lines[1:])
        self._head.clear()
        self._path = lines[0].split(" ")[1]
        self._body_left = int(fields.get("content-length", 0))
        if "100-continue" in fields.get("expect", "") and self._transport:
            self._transport.write(_CONTINUE)
        return start + stop + 4 - before

    def _answer(self) -> None:
        path, self._path = self._path, ""
        plan = path.split("/")[1]
        latency_ms, kind, size = plan.split("-")
        if path.endswith(".jpg"):
            self._send(_response(_result(int(size)), "image/jpeg"))
            return
        if self._transport:
            port = self._transport.get_extra_info("sockname")[1]
            answer = _edit_answer(kind, int(size), link=f"http://127.0.0.1:{port}/{plan}/result.jpg")
            asyncio.get_running_loop().call_later(int(latency_ms) / 1000, self._send, answer)

    def _send(self, answer: bytes) -> None:
        if self._transport and not self._transport.is_closing():
            self._transport.write(answer)


@functools.cache
def _edit_answer(kind: str, size: int, *, link: str) -> bytes:
    data = {"url": link} if kind == "url" else {"b64_json": base64.b64encode(_result(size)).decode()}
    usage = {"generated_images": 1, "output_tokens": 4096, "total_tokens": 4096}
    answer = {"created": 1757502222, "data": [data], "usage": usage}
    return _response(json.dumps(answer).encode(), "application/json")


@functools.cache
def _result(size: int) -> bytes:
    return b"".join(picture(size))


def _response(body: bytes, kind: str) -> bytes:
    head = f"HTTP/1.1 200 OK\r\nContent-Type: {kind}\r\nContent-Length: {len(body)}\r\n\r\n"
    return head.encode() + body


async def serve() -> None:
    loop = asyncio.get_running_loop()
    server = await loop.create_server(Exchanges, "127.0.0.1", 0, backlog=1024)
    async with server:
        print(server.sockets[0].getsockname()[1], flush=True)
        await loop.run_in_executor(None, sys.stdin.read)


if __name__ == "__main__":
    asyncio.run(serve())
