"""The JSON of a 2xx answer to the paid request: every shape of the document, and those of no document."""
# ruff: noqa: E501  # a case is a line, however long

from __future__ import annotations

import json
from typing import Any

import fault_pictures as pictures
from fault_cases import Case, Then, doubt, each, kept, play, refused, saved
from fault_program import Place, Result
from fault_scripts import JOB, LINK, MADE, inline, says
from fault_server import Script, Server

TEXT = json.dumps(MADE)
BIDI = "\u202egpj.exe\u202c \u001b[31mred\u001b[0m \u0007 [bold]not markup[/bold] \u2066x"


def suffix(wanted: str) -> Any:
    def check(place: Place, server: Server, result: Result) -> None:
        assert [path.suffix for path in place.made()] == [wanted], place.made()

    return check


def as_it_came(data: bytes) -> Any:
    def check(place: Place, server: Server, result: Result) -> None:
        assert [path.read_bytes() for path in place.made()] == [data]

    return check


def link_kept(place: Place, server: Server, result: Result) -> None:
    (row,) = place.rows()
    assert json.loads(row["links"]), "the link is not in the journal"
    assert result.objects[0]["url"], "the link is not in the object"


def text_kept(place: Place, server: Server, result: Result) -> None:
    (row,) = place.rows()
    assert row["answer_text"], "the start of the answer is not in the journal"
    assert len(row["answer_text"]) <= 2000


def data(*items: Any, **rest: Any) -> dict[str, Any]:
    return {"created": 1, "data": list(items), **rest}


def well(name: str, body: Any, **rest: Any) -> Case:
    return saved(name, edit=says(body), **rest)


def once(name: str, edit: Script, **rest: Any) -> Case:
    """A refusal like others of its kind: it is not given again."""
    return refused(name, edit, **{"again": None, **rest})


PICTURES = [
    well("the document's answer", MADE, check=as_it_came(pictures.jpeg())),
    well("success and data", {"success": True, **MADE}),
    well("images in place of data", {"images": [{"url": LINK}]}),
    well("results with imageUrl", {"results": [{"imageUrl": LINK}]}),
    well("keys of another spelling", {"response": {"Images": 1, "data": [{"imageURL": LINK}]}}),
    well("data as one object", {"data": {"url": LINK}}),
    well("data as links", {"data": [LINK]}),
    well("a picture among errors", data({"error": {"code": "OutputImageRiskDetection", "message": "x"}}, {"url": LINK})),
    well("a picture among oddities", data(None, 1, "x", [], {"url": None}, {"url": LINK})),
    well("a picture, and error null", {"error": None, **MADE}),
    well("a picture, and error empty", {"error": "", "errors": [], **MADE}),
    well("a picture, and error said", {"error": "partial failure", **MADE}),
    saved("two pictures, the first gone", edit=says(data({"url": LINK}, {"url": LINK + "?2"})), download=says("gone", status=404)),
    saved("a picture that is gone, and a job that has another", edit=says({**MADE, **JOB}), download=[says("gone", status=404)], exit=8, files=0, code="not_saved", state="answered", resume=Then(0, 1, 1)),
    well("a picture, and the input repeated", {**MADE, "image": "data:image/jpeg;base64," + "/9j/" * 50_000}),
    well("two pictures", data({"url": LINK}, {"url": LINK + "?2"})),
    well("a byte order mark", "\ufeff" + TEXT),
    well("white space around it", " \r\n\t" * 30_000 + TEXT + "\n" * 10_000),
    well("bytes that are no UTF-8, in passing", TEXT[:-1].encode() + b', "note": "\xff\xfe\xc0"}'),
    well("NaN and Infinity, in passing", '{"usage": {"output_tokens": NaN, "x": Infinity}, ' + TEXT[1:].replace('"usage"', '"use"')),
    well("a number of 6,000 digits, in passing", '{"huge": ' + "9" * 6000 + ", " + TEXT[1:]),
    well("a lone surrogate, in passing", '{"note": "\\ud83d", ' + TEXT[1:]),
    well("the same key twice", '{"data": [], "data": [{"url": "' + LINK + '"}]}'),
    well("usage of odd types", data({"url": LINK}, usage=[1, "x"])),
    well("created of odd types", {"created": "soon", "data": [{"url": LINK}]}),
    well("content type text/html", TEXT, check=as_it_came(pictures.jpeg())),
    saved("201", edit=says(MADE, status=201)),
    saved("206", edit=says(MADE, status=206)),
]  # fmt: skip

INLINE = [
    well("base64", inline(pictures.jpeg()), check=as_it_came(pictures.jpeg())),
    well("base64 of a PNG", inline(pictures.png()), check=suffix(".png")),
    well("base64 of a WebP", inline(pictures.webp()), check=suffix(".webp")),
    well("base64 as a data URI", inline(pictures.jpeg(), prefix="data:image/jpeg;base64,"), check=as_it_came(pictures.jpeg())),
    well("base64 with escaped slashes", json.dumps(inline(pictures.jpeg((800, 600)))).replace("/", "\\/"), check=as_it_came(pictures.jpeg((800, 600)))),
    well("base64 of 2 MB", inline(pictures.large_jpeg(2_000_000)), check=as_it_came(pictures.large_jpeg(2_000_000))),
    well("base64 and a link", data({"url": LINK, **inline(pictures.jpeg())["data"][0]})),
    kept("base64 of HTML", edit=says(inline(b"<html>sorry</html>")), resume=Then(8, 1, 0), again=Then(8, 1, 0)),
    well("base64 of HTML, and of a picture", data(*inline(b"<html>sorry</html>")["data"], *inline(pictures.jpeg())["data"], *inline(pictures.png())["data"]), check=as_it_came(pictures.jpeg())),
    well("base64 of HTML, and a link", data({"url": LINK, **inline(b"<html>sorry</html>")["data"][0]})),
    kept("base64 of half a picture", edit=says(inline(pictures.jpeg()[:900])), resume=Then(8, 1, 0)),
    doubt("base64 that is none", says(data({"b64_json": "!!!! not base64 !!!!"}))),
    doubt("base64, empty", says(data({"b64_json": ""}))),
    doubt("base64 as a number", says(data({"b64_json": 5}))),
]  # fmt: skip

JOBS = [
    well("job_set_id alone", JOB, polls=1),
    well("job_id", {"job_id": "job-7", "status": "QUEUED"}, polls=1),
    well("job_set_id in a list", {"data": [{**JOB, "status": "queued"}]}, polls=1),
    well("job_set_id as a number", {"job_set_id": 1234567890}, polls=1),
    well("job_set_id in another spelling", {"result": {"jobSetID": "jöb-7"}}, polls=1),
    well("job_set_id and no data", {**JOB, "data": []}, polls=1),
    well("job_set_id in data", {"data": JOB}, polls=1),
    well("a job, 202", JOB),
    saved("a job named by a 504", edit=says({"error": "timeout", **JOB}, status=504), polls=1),
    saved("a picture and a job: no poll", edit=says({**MADE, **JOB}), polls=0),
    Case("a job with --no-wait", 0, edit=says(JOB), charged="yes", state="accepted", args=["--no-wait"], polls=0,
         resume=Then(0, 1, 1)),
    doubt("job_set_id empty", says({"job_set_id": ""})),
    doubt("job_set_id null", says({"job_set_id": None})),
    doubt("job_set_id an object", says({"job_set_id": {"a": 1}})),
    doubt("job_set_id with line breaks", says({"job_set_id": "a\r\nX-Evil: 1"})),
]  # fmt: skip

ERRORS = [
    refused("200 with error", says({"error": "Invalid request parameters"}), exit=4, code="rejected"),
    once("200 with error as an object", says({"error": {"code": "InvalidParameter", "message": "bad size", "param": "size", "type": "BadRequest"}}), exit=4, code="rejected", hint="bad size"),
    once("200 with error in data", says(data({"error": {"code": "OutputImageSensitiveContentDetected", "message": "no"}})), exit=4, code="moderated"),
    once("200 with moderation", says({"error": {"code": "InputTextSensitiveContentDetected", "message": "no"}}), exit=4, code="moderated"),
    once("200 with statusCode 401", says({"statusCode": 401, "message": "Access denied due to invalid subscription key."}), exit=3, code="bad_key"),
    once("200 without credits", says({"error": {"code": "402", "message": "Insufficient credits"}}), exit=5, code="no_credits"),
    once("200 that speaks of a rate limit", says({"error": "Rate limit exceeded, please retry later"}), exit=6, code="rate_limited"),
    once("200 with the status of an error", says({"status": "error", "message": "Prompt is too long"}), exit=4, code="rejected", hint="Prompt is too long"),
    once("200 with success false", says({"success": False, "message": "Prompt is too long"}), exit=4, code="rejected", hint="Prompt is too long"),
    once("an error of a lone surrogate", says('{"error": "bad \\ud800 half"}', status=400), exit=4, code="rejected"),
    once("an error of control and bidirectional characters", says({"error": BIDI}, status=400), exit=4, code="rejected", hint="[bold]not markup[/bold]"),
    once("an error of 1 MB", says({"error": "x" * 1_000_000}, status=400), exit=4, code="rejected",
         check=lambda place, server, result: text_is_short(result)),
    once("an error of odd types", says({"error": [{"message": 5}, None]}, status=400), exit=4, code="rejected"),
    once("an error nested deeply", says('{"error":' * 50_000 + "1" + "}" * 50_000, status=400), exit=4, code="rejected"),
]  # fmt: skip


def text_is_short(result: Result) -> None:
    assert len(result.err) < 2000
    assert len(result.objects[0]["error"]["message"]) < 1000


# What the program does when a doubtful command is given again does not depend on what the doubt is about.
GIVEN_AGAIN = ("HTML", "an empty body", "data empty", "half a JSON")

UNUSABLE = [
    doubt(name, says(body), check=text_kept if body else None, again=Then(7, 1, 0) if name in GIVEN_AGAIN else None)
    for name, body in (
        ("an empty body", b""),
        ("data empty", {"created": 1, "data": []}),
        ("data null", {"created": 1, "data": None}),
        ("data of empty objects", {"data": [{}, {}]}),
        ("an empty object", {}),
        ("an empty list", []),
        ("null", "null"),
        ("a number", "42"),
        ("a text", '"OK"'),
        ("success true and nothing more", {"success": True}),
        ("a message and nothing more", {"message": "Accepted"}),
        ("HTML", "<!doctype html><html><title>Welcome</title></html>"),
        ("half a JSON", TEXT[:40]),
        ("two JSONs", '{"data": []}{"data": []}'),
        ("a list nested deeply", "[" * 100_000 + "]" * 100_000),
        ("an object nested deeply", '{"data":' * 50_000 + "1" + "}" * 50_000),
        ("data of a wrong type", {"data": 5}),
        ("a link that is null", {"data": [{"url": None}]}),
        ("a link that is a number", {"data": [{"url": 17}]}),
        ("a link that is empty", {"data": [{"url": ""}]}),
        ("a relative link", {"data": [{"url": "/results/made.jpg"}]}),
        ("a link of javascript", {"data": [{"url": "javascript:alert(1)"}]}),
        ("a link with half a character", '{"data": [{"url": "http://\\ud800.example/x"}]}'),
        ("NaN alone", "NaN"),
        ("bytes that are no UTF-8", b"\xff\xfe\x00\x01"),
        ("UTF-16", json.dumps(MADE).encode("utf-16")),
        ("zero bytes", b"\0" * 1000),
        ("control characters and markup", '{"note": "\\u001b]0;x\\u0007 [red]\\u202e"}'),
        ("2 MB of nothing", {"note": "y" * 2_000_000}),
    )
]  # fmt: skip

LINKS = [
    kept(name, edit=says(data({"url": url})), check=link_kept, resume=None)
    for name, url in (
        ("a link to the cloud's own address", "https://169.254.169.254/latest/meta-data"),
        ("a link to a private IPv6 address", "https://[fd00::1]/made.jpg"),
        ("a link to a file", "file:///etc/passwd"),
        ("a link in plain http to the world", "http://203.0.113.7/made.jpg"),
        ("a link with a password", "http://user:pass@127.0.0.1:@PORT@/made.jpg"),
        ("a link to an address as a number", "https://0x0a000001/made.jpg"),
    )
] + [
    kept("a link to a private address, given again", edit=says(data({"url": "https://10.0.0.1/made.jpg"})), resume=None, again=Then(8, 1, 0)),
    saved("a link with odd characters", edit=says(data({"url": "@BASE@/r/ä b%20c.jpg?sig=ü&x=%2F#top"}))),
    saved("a link with a signature", edit=says(data({"url": LINK + "?X-Signature=secretsig0123456789"})), check=lambda place, server, result: signature_is_short(place)),
    saved("a link to the loopback's other name", edit=says(data({"url": "http://localhost:@PORT@/made.jpg"}))),
]  # fmt: skip


def signature_is_short(place: Place) -> None:
    assert "secretsig0123456789" not in (place.root / "http.log").read_text()


@each(PICTURES)
def test_answers_with_a_picture(case: Case, server: Server, place: Place) -> None:
    play(case, server, place)


@each(INLINE)
def test_answers_with_base64(case: Case, server: Server, place: Place) -> None:
    play(case, server, place)


@each(JOBS)
def test_answers_with_a_job(case: Case, server: Server, place: Place) -> None:
    play(case, server, place)


@each(ERRORS)
def test_errors_in_many_shapes(case: Case, server: Server, place: Place) -> None:
    play(case, server, place)


@each(UNUSABLE)
def test_answers_that_say_nothing(case: Case, server: Server, place: Place) -> None:
    play(case, server, place)


@each(LINKS)
def test_links_in_answers(case: Case, server: Server, place: Place) -> None:
    play(case, server, place)
