"""How the answer to the paid request travels: silence, pieces, lies about its length, odd HTTP."""
# ruff: noqa: E501  # a case is a line, however long

from __future__ import annotations

import gzip
import json
import zlib

import fault_pictures as pictures
import pytest
from fault_cases import Case, Then, doubt, each, play, saved
from fault_program import Place
from fault_scripts import MADE, answer, chunked, cut, drips, encoded, inline, plays, repeats, says, stalls
from fault_server import Server

SHORT = ["--timeout", "1"]
HALF = answer(MADE)[:60]
JSON = encoded(MADE)
CONTINUE = b"HTTP/1.1 100 Continue\r\n\r\n"
HINTS = b"HTTP/1.1 103 Early Hints\r\nLink: </x>\r\n\r\n"


def head(*lines: str, status: str = "HTTP/1.1 200 OK") -> bytes:
    return "\r\n".join(
        [status, "Content-Type: application/json", "Connection: close", *lines, "", ""]
    ).encode()


SILENCE = [
    doubt("closed without an answer", plays(b""), resume=Then(0, 1, 0)),
    doubt("reset without an answer", plays(b"", reset=True)),
    doubt("silence until the deadline", stalls(), args=SHORT),
    doubt("a head and then silence", stalls(head("Content-Length: 500")), args=SHORT),
    doubt("half a body and then silence", stalls(answer(MADE)[:-60]), args=SHORT),
    doubt("half a head and closed", plays(HALF)),
    doubt("half a head and reset", plays(HALF, reset=True)),
    doubt("a body byte by byte, too slow", drips(answer(MADE)), args=SHORT),
    doubt("a head byte by byte, too slow", drips(HALF), args=SHORT),
    doubt("1xx without end", repeats(HINTS), args=SHORT),
    doubt("headers without end", repeats(b"X-More: 1\r\n", first=b"HTTP/1.1 200 OK\r\n"), args=SHORT),
    doubt("blanks without end", repeats(b" " * 10, first=head()), args=SHORT),
    saved("1xx a few times, then well", edit=plays(CONTINUE + HINTS * 5 + answer(MADE))),
]  # fmt: skip

LENGTHS = [
    doubt("a body cut and closed", cut(lost=60)),
    doubt("a body cut and reset", cut(lost=60, reset=True)),
    doubt("base64 cut", cut(inline(pictures.jpeg((800, 600))), lost=500)),
    doubt("base64 cut and reset", cut(inline(pictures.jpeg((800, 600))), lost=5000, reset=True)),
    saved("base64 whole, the JSON around it cut", edit=cut(inline(pictures.jpeg((800, 600))), lost=3)),
    doubt("a length too small", plays(head("Content-Length: 30") + JSON)),
    saved("a length too large, the JSON whole", edit=plays(head("Content-Length: 5000") + JSON)),
    doubt("a negative length", plays(head("Content-Length: -5") + JSON)),
    doubt("a length that is no number", plays(head("Content-Length: many") + JSON)),
    doubt("two lengths", plays(head("Content-Length: 30", "Content-Length: 40") + JSON)),
    saved("no length, closed at the end", edit=plays(head() + JSON)),
]  # fmt: skip

ODD_HTTP = [
    doubt("not HTTP", plays(b"SSH-2.0-OpenSSH_9.6\r\n")),
    doubt("HTTP of no version", plays(b"HTTP/9.9 200 OK\r\n\r\n")),
    doubt("a status that is no number", plays(b"HTTP/1.1 abc OK\r\n\r\n")),
    doubt("HTTP/0.9", plays(JSON)),
    saved("HTTP/1.0", edit=plays(head(status="HTTP/1.0 200 OK") + JSON)),
    saved("no reason phrase", edit=plays(head(status="HTTP/1.1 200 ") + JSON)),
    doubt("a head of 1 MB", plays(head("X-Long: " + "x" * 1_000_000) + JSON)),
    doubt("a header without a colon", plays(head("nonsense") + JSON)),
    doubt("TLS on a plain port", plays(b"\x15\x03\x01\x00\x02\x02\x28")),
    saved("a cookie is set, and not kept", edit=says(headers={"Set-Cookie": "session=1; Path=/"})),
]  # fmt: skip

ENCODINGS = [
    doubt("gzip that is none", says(b"\x1f\x8b not gzip", headers={"Content-Encoding": "gzip"})),
    doubt("brotli", says(b"\x0b\x02\x80hello\x03", headers={"Content-Encoding": "br"})),
    doubt("gzip cut", says(gzip.compress(json.dumps(MADE).encode())[:40], headers={"Content-Encoding": "gzip"})),
    doubt("gzip of 20 MB of nothing", says(gzip.compress(b" " * 20_000_000, 9), headers={"Content-Encoding": "gzip"}), again=None),
    doubt("a bad chunk", plays(head("Transfer-Encoding: chunked") + b"zz\r\n" + JSON)),
    doubt("a chunk cut", plays(head("Transfer-Encoding: chunked") + b"fff\r\n" + JSON[:50])),
]  # fmt: skip


@each(SILENCE)
def test_silence_and_slowness(case: Case, server: Server, place: Place) -> None:
    play(case, server, place)


@each(LENGTHS)
def test_lengths(case: Case, server: Server, place: Place) -> None:
    play(case, server, place)


@each(ODD_HTTP)
def test_odd_http(case: Case, server: Server, place: Place) -> None:
    play(case, server, place)


@each(ENCODINGS)
def test_encodings(case: Case, server: Server, place: Place) -> None:
    play(case, server, place)


@pytest.mark.parametrize(
    "encoding", ["gzip", "x-gzip", "deflate", "GZIP, identity", "utf-8", "members", "bare"]
)
def test_a_compression_that_nobody_asked_for_is_read_all_the_same(
    encoding: str, server: Server, place: Place
) -> None:
    content = server.filled(JSON)
    if encoding == "deflate":
        content = zlib.compress(content)
    elif encoding == "bare":
        content, encoding = zlib.compress(content)[2:-4], "deflate"
    elif encoding == "members":
        content, encoding = gzip.compress(content[:20]) + gzip.compress(content[20:]), "gzip"
    elif encoding != "utf-8":
        content = gzip.compress(content)
    play(saved("compressed", edit=says(content, headers={"Content-Encoding": encoding})), server, place)


def test_a_chunked_answer_is_read(server: Server, place: Place) -> None:
    raw = head("Transfer-Encoding: chunked") + chunked(server.filled(JSON))
    play(saved("chunked", edit=plays(raw)), server, place)
