"""What a scripted server may do with one request: the words in which the cases are written."""

from __future__ import annotations

import base64
import json
from collections.abc import Callable, Mapping
from typing import Any

import fault_pictures
from fault_server import PLACES, Greeting, Line, Request, Script, Server

LINK = "@BASE@/results/made.jpg"
MADE = {
    "created": 1757502222,
    "data": [{"url": LINK}],
    "usage": {"generated_images": 1, "output_tokens": 4096, "total_tokens": 4096},
}
JOB = {"job_set_id": "job-1234567890"}
DONE = {**JOB, "status": "succeeded", "results": [{"url": LINK}], "created_at": 1, "updated_at": 2}
JPEG_TYPE = {"Content-Type": "image/jpeg"}

Body = bytes | str | Mapping[str, Any] | list[Any] | None
Action = Callable[[Any], None]


def says(body: Body = MADE, *, status: int = 200, headers: Mapping[str, str] | None = None) -> Script:
    """Takes the whole request and answers properly."""

    def script(line: Line, request: Request) -> None:
        line.read_body(request)
        line.send(answer(body, status=status, headers=headers, server=line.server))
        line.close()

    return script


def plays(raw: bytes, *, reset: bool = False) -> Script:
    """Takes the whole request, sends exactly `raw`, and closes the connection, or resets it."""

    def script(line: Line, request: Request) -> None:
        line.read_body(request)
        line.send(raw)
        line.reset() if reset else line.close()

    return script


def cut(
    body: Body = MADE, *, lost: int = 20, reset: bool = False, headers: Mapping[str, str] | None = None
) -> Script:
    """An answer whose last `lost` bytes never come."""

    def script(line: Line, request: Request) -> None:
        line.read_body(request)
        line.send(line.server.filled(answer(body, headers=headers, server=line.server))[:-lost])
        line.reset() if reset else line.close()

    return script


def stalls(raw: bytes = b"") -> Script:
    """Takes the whole request, sends `raw`, and nothing more."""

    def script(line: Line, request: Request) -> None:
        line.read_body(request)
        line.send(raw)
        line.wait_until_closed()
        line.close()

    return script


def drips(raw: bytes, *, every_s: float = 0.1) -> Script:
    """Answers so slowly that only a total deadline ends it."""

    def script(line: Line, request: Request) -> None:
        line.read_body(request)
        line.drip(raw, every_s=every_s)
        line.close()

    return script


def repeats(piece: bytes, *, first: bytes = b"", every_s: float = 0.05) -> Script:
    """Sends `first`, and then `piece` without end."""

    def script(line: Line, request: Request) -> None:
        line.read_body(request)
        line.send(first)
        line.repeat(piece, every_s=every_s)
        line.close()

    return script


def breaks_off(after: int = 0, *, reset: bool = True) -> Script:
    """Takes `after` bytes of the body, or with a negative number all but so many, and ends the connection."""

    def script(line: Line, request: Request) -> None:
        line.read_body(request, most=after if after >= 0 else request.length + after)
        line.reset() if reset else line.close()

    return script


def stops_reading(after: int) -> Script:
    """Takes `after` bytes of the body and then no more, without a word."""

    def script(line: Line, request: Request) -> None:
        line.read_body(request, most=after)
        line.server.stopped.wait()
        line.close()

    return script


def interrupts(raw: bytes, *, after: int = 0) -> Script:
    """Answers in the middle of the body, as a gateway that refuses early does."""

    def script(line: Line, request: Request) -> None:
        line.read_body(request, most=after)
        line.send(raw)
        line.end_sending()
        line.read_body(request)
        line.close()

    return script


def keeps_open(body: Body) -> Script:
    """Answers and leaves the connection open for the next request."""

    def script(line: Line, request: Request) -> None:
        line.read_body(request)
        line.send(answer(body, headers={"Connection": "keep-alive"}, server=line.server))

    return script


def after(name: str, script: Script, *, taken: int | None = None) -> Script:
    """Reaches `name` once the body (or `taken` bytes of it) is read, and goes on when released."""

    def waiting(line: Line, request: Request) -> None:
        line.read_body(request, most=taken)
        line.server.reach(name)
        script(line, request)

    return waiting


def halfway(name: str, raw: bytes) -> Script:
    """Sends half of `raw`, reaches `name`, and sends the rest when released."""

    def script(line: Line, request: Request) -> None:
        line.read_body(request)
        line.send(raw[: len(raw) // 2])
        line.server.reach(name)
        line.send(raw[len(raw) // 2 :])
        line.close()

    return script


def meanwhile(action: Action, script: Script | None = None, *, taken: int | None = None) -> Script:
    """Does something to the program's surroundings once the body (or `taken` bytes) is read."""

    def doing(line: Line, request: Request) -> None:
        line.read_body(request, most=taken)
        action(line.server.place)
        (script or says())(line, request)

    return doing


def redirects(to: str, *, status: int = 302) -> Script:
    return says({"error": "moved"}, status=status, headers={"Location": to})


def picture(
    data: bytes | None = None, *, status: int = 200, headers: Mapping[str, str] | None = None
) -> Script:
    """A result as its host sends it."""
    content = fault_pictures.jpeg() if data is None else data
    return says(content, status=status, headers={**JPEG_TYPE, **(headers or {})})


def inline(data: bytes, *, prefix: str = "") -> dict[str, Any]:
    """A `b64_json` answer."""
    return {"created": 1, "data": [{"b64_json": prefix + base64.b64encode(data).decode()}]}


def hangs_up(line: Line) -> None:
    """A greeting: the connection is closed before a word is said."""
    line.close()


def slams(line: Line) -> None:
    """A greeting: the connection is reset at once."""
    line.reset()


def shouts(raw: bytes) -> Greeting:
    """A greeting: the peer speaks first, something else than HTTP."""

    def greeting(line: Line) -> None:
        line.send(raw)
        line.close()

    return greeting


def answer(
    body: Body,
    *,
    status: int = 200,
    headers: Mapping[str, str] | None = None,
    server: Server | None = None,
) -> bytes:
    """A whole HTTP answer. A header without a value is left out. Where the body has places that
    only `server` can fill, and it is not given, the end of the connection is the body's end."""
    content = encoded(body)
    if server is not None:
        content = server.filled(content)
    fields = {"Content-Type": "application/json", "Connection": "close", **(headers or {})}
    length_known = server is not None or not any(word in content for word in PLACES)
    if length_known and "Content-Length" not in fields and "Transfer-Encoding" not in fields:
        fields["Content-Length"] = str(len(content))
    lines = "".join(f"{name}: {value}\r\n" for name, value in fields.items() if value)
    return f"HTTP/1.1 {status} Said\r\n{lines}\r\n".encode("latin-1") + content


def encoded(body: Body) -> bytes:
    if body is None:
        return b""
    if isinstance(body, bytes):
        return body
    return body.encode("utf-8", "surrogatepass") if isinstance(body, str) else json.dumps(body).encode()


def chunked(content: bytes, *, last: bytes = b"0\r\n\r\n") -> bytes:
    """`content` in one chunk, ended by `last`."""
    return b"%x\r\n%s\r\n" % (len(content), content) + last
