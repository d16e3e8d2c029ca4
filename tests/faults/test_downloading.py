"""Fetching the result: the link, its host, and the bytes that come. What is paid for stays fetchable."""
# ruff: noqa: E501  # a case is a line, however long

from __future__ import annotations

import gzip
from typing import Any

import fault_pictures as pictures
from fault_cases import Case, Then, each, kept, play, saved
from fault_program import Place, Result
from fault_scripts import answer, cut, drips, picture, plays, redirects, repeats, says, stalls
from fault_server import Server

JPEG = pictures.jpeg()
PLAIN = {"Content-Type": "image/jpeg"}
SOON = ["--timeout", "1.5"]
WHOLE = answer(JPEG, headers=PLAIN)


def suffix(wanted: str) -> Any:
    def check(place: Place, server: Server, result: Result) -> None:
        assert [path.suffix for path in place.made()] == [wanted]

    return check


def got(name: str, *downloads: Any, **rest: Any) -> Case:
    return saved(name, download=downloads, **rest)


def lost(name: str, *downloads: Any, **rest: Any) -> Case:
    """Not saved: exit 8, the link kept, nothing left lying about; later it is there."""
    return kept(name, download=downloads, **rest)


def away(name: str, *downloads: Any) -> Case:
    """One of several that end alike: `resume` is asked for the first of them only."""
    return lost(name, *downloads, resume=None)


WELL = [
    got("a JPEG, as it came", check=lambda place, server, result: as_it_came(place)),
    got("a PNG", picture(pictures.png()), check=suffix(".png")),
    got("a WebP", picture(pictures.webp()), check=suffix(".webp")),
    got("a JPEG called HTML", picture(headers={"Content-Type": "text/html"})),
    got("a JPEG without a type", picture(headers={"Content-Type": ""})),
    got("no length, reset behind its last byte each time", *[plays(answer(JPEG, headers={**PLAIN, "Content-Length": ""}), reset=True)] * 9),
    got("an encoding that is none", picture(headers={"Content-Encoding": "aws-chunked"})),
    got("no length, closed at the end", picture(headers={"Content-Length": ""})),
    got("100 Continue first", plays(b"HTTP/1.1 100 Continue\r\n\r\n" + WHOLE)),
    got("a cookie is set, and not sent back", redirects("@BASE@/b.jpg"), picture(headers={"Set-Cookie": "a=1"})),
    got("a redirect", redirects("@BASE@/elsewhere.jpg", status=307)),
    got("a redirect to another host", redirects("@OTHER@/elsewhere.jpg")),
    got("a relative redirect", redirects("elsewhere.jpg")),
    got("five redirects", *[redirects("@BASE@/on.jpg")] * 5),
    got("429 with Retry-After, then well", picture(b"", status=429, headers={"Retry-After": "1"})),
    got("500, then well", says("x", status=500)),
    got("cut, then well", cut(JPEG, lost=100, headers=PLAIN)),
    got("reset in the middle, then well", cut(JPEG, lost=800, reset=True, headers=PLAIN)),
    got("closed without an answer, then well", plays(b"")),
    got("an empty file, then well", picture(b"")),
    got("a picture cut at its source, then well", picture(JPEG[:-300])),
]  # fmt: skip

GONE = [
    lost("404", says("gone", status=404)),
    lost("403", says("<Error><Code>AccessDenied</Code></Error>", status=403)),
    lost("410", says("gone", status=410), again=Then(0, 1, 1), resume=None),
    lost("401", says("who are you", status=401)),
    lost("400", says("what", status=400)),
    lost("304", says(None, status=304)),
    lost("204", plays(b"HTTP/1.1 204 No Content\r\n\r\n")),
    lost("503 to the end", *[says("x", status=503)] * 20, args=SOON),
    lost("429 for an hour", *[picture(b"", status=429, headers={"Retry-After": "3600"})] * 20, args=SOON),
    lost("silence", stalls(), args=SOON),
    lost("a head and silence", stalls(answer(None, headers={**PLAIN, "Content-Length": "2000"})), args=SOON),
    lost("byte by byte, too slow", drips(WHOLE), args=SOON),
    lost("1xx without end", repeats(b"HTTP/1.1 103 Early Hints\r\n\r\n"), args=SOON),
]  # fmt: skip

NO_PICTURE = [
    lost("HTML", *[picture(b"<html>login</html>")] * 5, again=Then(0, 1, 1), resume=None),
    lost("JSON", *[picture(b'{"error": "expired"}')] * 5),
    lost("an empty file, each time", *[picture(b"")] * 9, args=SOON),
    lost("a picture cut at its source, each time", *[picture(JPEG[:-300])] * 9, args=SOON),
    lost("cut on the way, each time", *[cut(JPEG, lost=100, headers=PLAIN)] * 9, args=SOON),
    lost("no length, reset before its last byte each time", *[plays(answer(JPEG[:-1], headers={**PLAIN, "Content-Length": ""}), reset=True)] * 9, args=["--timeout", "6"]),
    lost("gzip", *[picture(gzip.compress(JPEG), headers={"Content-Encoding": "gzip"})] * 5),
    lost("SVG", *[picture(b'<svg xmlns="http://www.w3.org/2000/svg"/>')] * 5),
    lost("the right first bytes and nothing more", *[picture(JPEG[:4])] * 5),
    lost("a length beyond reason", *[plays(answer(None, headers={**PLAIN, "Content-Length": "99999999999"}))] * 9, args=SOON),
    lost("bytes without end", *[repeats(b"\0" * 65536, first=answer(JPEG, headers={**PLAIN, "Content-Length": "", "Connection": "close"}), every_s=0.01)] * 3, args=SOON),
]  # fmt: skip

LEADS_AWAY = [
    lost("a redirect to a private address", redirects("https://10.0.0.1/x.jpg")),
    away("a redirect to the cloud's own address", redirects("http://169.254.169.254/latest/")),
    away("a redirect to a file", redirects("file:///etc/passwd")),
    away("a redirect to plain http", redirects("http://203.0.113.7/x.jpg")),
    away("a redirect with a password", redirects("http://u:p@127.0.0.1:@PORT@/x.jpg")),
    away("a redirect to nowhere", says(None, status=302)),
    away("a redirect to nonsense", redirects("http://[oops")),
    away("redirects without end", *[redirects("@BASE@/round.jpg")] * 40),
]  # fmt: skip


def as_it_came(place: Place) -> None:
    assert [path.read_bytes() for path in place.made()] == [JPEG]


@each(WELL)
def test_results_that_come(case: Case, server: Server, place: Place) -> None:
    play(case, server, place)


@each(GONE)
def test_hosts_that_do_not_give_it(case: Case, server: Server, place: Place) -> None:
    play(case, server, place)


@each(NO_PICTURE)
def test_bytes_that_are_no_picture(case: Case, server: Server, place: Place) -> None:
    play(case, server, place)


@each(LEADS_AWAY)
def test_redirects_that_lead_away(case: Case, server: Server, place: Place) -> None:
    play(case, server, place)
