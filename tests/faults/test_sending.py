"""The way out of the picture: broken off, slowed down, answered too early, changed meanwhile."""
# ruff: noqa: E501  # a case is a line, however long

from __future__ import annotations

import base64
import json

import fault_pictures as pictures
from fault_cases import Case, Then, doubt, each, play, refused, replace, saved, undelivered
from fault_program import PROMPT, Place, Result
from fault_scripts import answer, breaks_off, interrupts, meanwhile, says, stops_reading
from fault_server import Server

UNAUTHORIZED = answer({"error": "Invalid or missing authentication"}, status=401)
BIG = ("edit", "big.jpg", PROMPT)


def large(place: Place) -> None:
    place.put("big.jpg", pictures.large_jpeg())


def big(case: Case) -> Case:
    """The same with a picture that does not fit into any buffer."""
    return replace(case, words=BIG, before=large)


def rewrite(place: Place) -> None:
    data = pictures.large_jpeg()
    (place.work / "big.jpg").write_bytes(data[:8_000_000] + b"changed" + data[8_000_007:])


def shorten(place: Place) -> None:
    with (place.work / "big.jpg").open("r+b") as file:
        file.truncate(4_000_000)


def lengthen(place: Place) -> None:
    with (place.work / "big.jpg").open("ab") as file:
        file.write(b"more")


def remove(place: Place) -> None:
    (place.work / "big.jpg").unlink()


def exactly_as_documented(place: Place, server: Server, result: Result) -> None:
    (request,) = server.requests["edit"]
    sent = json.loads(request.body)
    assert sent.keys() == {"prompt", "image"}
    assert sent["prompt"] == PROMPT
    assert sent["image"] == "data:image/jpeg;base64," + base64.b64encode(pictures.input_jpeg()).decode()
    assert "transfer-encoding" not in request.headers


def one_connection_each(place: Place, server: Server, result: Result) -> None:
    assert server.connections >= 3, "a paid request went out on a used connection"


SMALL = [
    saved("the document's request", check=exactly_as_documented),
    doubt("reset before the last byte was read", breaks_off(-1), posts=0),
    doubt("reset after the whole body", breaks_off(1_000_000)),
]  # fmt: skip

LARGE = [
    big(case)
    for case in (
        saved("a large picture"),
        saved("reset in the middle, then well", edit=breaks_off(300_000), check=one_connection_each),
        saved("closed in the middle, then well", edit=breaks_off(300_000, reset=False)),
        undelivered("reset in the middle, each time", edit=[breaks_off(300_000)] * 2),
        undelivered("nobody reads on, until time is up", edit=stops_reading(300_000), args=["--timeout", "1.5", "--retries", "0"]),
        refused("401 in the middle", interrupts(UNAUTHORIZED, after=100_000), exit=3, code="bad_key", posts=0),
        refused("413 in the middle", interrupts(answer({"error": "too large"}, status=413), after=100_000), exit=4, code="rejected", posts=0),
        saved("429 in the middle, then well", edit=interrupts(answer({"error": "slow"}, status=429, headers={"Retry-After": "0"}), after=100_000)),
        saved("503 in the middle, then well", edit=interrupts(answer({"error": "busy"}, status=503), after=100_000)),
        Case("the picture is rewritten meanwhile", 2, posts=0, code="bad_input", edit=meanwhile(rewrite, taken=100_000), again=Then(0, 1, 1)),
        Case("the picture is cut meanwhile", 2, posts=0, code="bad_input", edit=meanwhile(shorten, taken=100_000), again=None),
        Case("the picture grows meanwhile", 2, posts=0, code="bad_input", edit=meanwhile(lengthen, taken=100_000), again=None),
        saved("the picture is removed meanwhile", edit=meanwhile(remove, taken=100_000)),
    )
]  # fmt: skip


@each(SMALL)
def test_small_pictures(case: Case, server: Server, place: Place) -> None:
    play(case, server, place)


@each(LARGE)
def test_large_pictures(case: Case, server: Server, place: Place) -> None:
    play(case, server, place)


def test_an_answer_in_the_middle_of_the_body_that_shows_a_picture_is_kept(
    server: Server, place: Place
) -> None:
    case = Case("200 in the middle", 0, posts=0, files=1, charged="yes", state="saved",
                edit=interrupts(answer(json.loads(server.filled(json.dumps({"data": [{"url": "@BASE@/x.jpg"}]}).encode()))), after=100_000))  # fmt: skip
    play(big(case), server, place)


def test_a_link_goes_out_as_it_is(server: Server, place: Place) -> None:
    link = "https://photos.example/päivä.jpg?x=1"
    case = saved("link", edit=says(), words=("edit", link, PROMPT))
    play(case, server, place)
    assert json.loads(server.requests["edit"][0].body)["image"] == link
