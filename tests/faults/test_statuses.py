"""The statuses and error bodies with which the gateway answers the paid request."""
# ruff: noqa: E501  # a case is a line, however long

from __future__ import annotations

import time
from email.utils import formatdate

from fault_cases import Case, Then, doubt, each, play, refused, saved
from fault_program import KEY, Place, Result
from fault_scripts import plays, redirects, says
from fault_server import Server

HTML = "<html><head><title>502 Bad Gateway</title></head><body>nginx</body></html>"
AZURE = {
    "statusCode": 401,
    "message": "Access denied due to invalid subscription key. Make sure to provide a valid key.",
}
QUOTA = {"statusCode": 403, "message": "Out of call volume quota. Quota will be replenished in 22.14:18:12."}
TOO_MANY = {"error": "Rate limit exceeded, please retry later"}


def too_many(retry_after: str, body: object = TOO_MANY):  # type: ignore[no-untyped-def]  # a script
    return says(body, status=429, headers={"Retry-After": retry_after})  # type: ignore[arg-type]  # any JSON


def coded(code: str, status: int = 400):  # type: ignore[no-untyped-def]  # a script
    return says(
        {"error": {"code": code, "message": "The request was refused.", "param": "", "type": "BadRequest"}},
        status=status,
    )


def no_stray(place: Place, server: Server, result: Result) -> None:
    assert not server.requests["stray"], "a redirect was followed"


def at_once(place: Place, server: Server, result: Result) -> None:
    assert (result.objects[0]["elapsed_s"] or 0) < 3
    assert len(server.requests["edit"]) == 1


DOCUMENTED = [
    refused("400", says({"error": "Invalid request parameters"}, status=400), exit=4, code="rejected", hint="Invalid request parameters"),
    refused("401", says({"error": "Invalid or missing authentication"}, status=401), exit=3, code="bad_key", hint="config set api_key"),
    refused("403", says({"error": "Access denied for this operation"}, status=403), exit=3, code="denied"),
    refused("404", says({"error": "Endpoint not found"}, status=404), exit=4, code="not_found"),
    refused("429 to the last retry", [says(TOO_MANY, status=429)] * 2, exit=6, code="rate_limited", posts=2),
    doubt("500", says({"error": "An unexpected error occurred, please try again later"}, status=500), resume=Then(0, 1, 0)),
    refused("401 from API Management", says(AZURE, status=401), exit=3, code="bad_key", hint="invalid subscription key"),
    refused("402 out of credits", says({"error": "Insufficient credits"}, status=402), exit=5, code="no_credits"),
    refused("403 out of quota", says(QUOTA, status=403), exit=5, code="quota", hint="22 d"),
    refused("413", says({"error": "too large"}, status=413), exit=4, code="rejected"),
    refused("415", says({"error": "unsupported"}, status=415), exit=4, code="rejected"),
    refused("422 with detail", says({"detail": [{"loc": ["body", "seed"], "msg": "bad seed"}]}, status=422), exit=4, code="rejected"),
    refused("409", says({"message": "conflict"}, status=409), exit=4, code="rejected"),
    refused("418 without a word", says(None, status=418), exit=4, code="rejected"),
    refused("400 in HTML", says(HTML, status=400, headers={"Content-Type": "text/html"}), exit=4, code="rejected"),
    refused("403 in HTML", says(HTML, status=403), exit=3, code="denied"),
]  # fmt: skip

MODERATION = [
    refused(f"moderation: {code}", coded(code), exit=4, code="moderated", hint="moderation", again=None)
    for code in (
        "InputTextSensitiveContentDetected",
        "InputImageSensitiveContentDetected",
        "OutputImageSensitiveContentDetected",
        "OutputImageRiskDetection",
        "SensitiveContentDetected.Violence",
    )
] + [
    refused("an input link that timed out upstream", coded("InvalidParameter"), exit=4, code="rejected", again=None,
            words=("edit", "https://photos.example/cat.jpg", "make it blue")),
]  # fmt: skip

SERVER_ERRORS = [
    doubt("502 in HTML", says(HTML, status=502, headers={"Content-Type": "text/html"}), hint="502"),
    doubt("503 with Retry-After", says({"error": "busy"}, status=503, headers={"Retry-After": "0"})),
    doubt("504 without a word", says(None, status=504)),
    doubt("529", says({"error": "overloaded"}, status=529)),
    doubt("599", says({"error": "odd"}, status=599)),
    doubt("408", says({"error": "timeout"}, status=408)),
    doubt("500 that says moderation in passing", says({"error": {"code": "InternalServiceError", "message": "x"}}, status=500)),
    doubt("204", plays(b"HTTP/1.1 204 No Content\r\nConnection: close\r\n\r\n")),
    doubt("101", plays(b"HTTP/1.1 101 Switching Protocols\r\nUpgrade: websocket\r\nConnection: upgrade\r\n\r\n")),
    doubt("600", says({"error": "?"}, status=600)),
    doubt("999", says({"error": "?"}, status=999)),
    saved("500 repeated when asked to", edit=says({"error": "x"}, status=500), posts=2, args=["--retry-server-errors"]),
    doubt("500 twice when asked to", [says({"error": "x"}, status=500)] * 2, posts=2, args=["--retry-server-errors"],
          again=None),
]  # fmt: skip

REDIRECTS = [
    refused(f"{status} to another host", redirects("@OTHER@/byteplus/v1/getEditImage", status=status), exit=3,
            code="bad_config", check=no_stray, again=again)
    for status, again in ((301, None), (302, None), (303, None), (307, Then(0, 2, 1)), (308, None))
] + [
    refused("302 to the same host", redirects("@BASE@/elsewhere"), exit=3, code="bad_config", check=no_stray, again=None),
    refused("302 to nowhere", says(None, status=302), exit=3, code="bad_config", again=None),
    refused("302 that repeats the key", redirects(f"https://login.example/?k={KEY}"), exit=3, code="bad_config", again=None),
]  # fmt: skip

RATE_LIMITS = [
    saved("429, then well", edit=says(TOO_MANY, status=429), posts=2),
    saved("Retry-After 0", edit=too_many("0"), posts=2),
    saved("Retry-After 1", edit=too_many("1"), posts=2),
    saved("Retry-After as a date", edit=too_many(formatdate(time.time() + 1, usegmt=True)), posts=2),
    saved("Retry-After as a date gone by", edit=too_many("Sun, 06 Nov 1994 08:49:37 GMT"), posts=2),
    saved("Retry-After negative", edit=too_many("-5"), posts=2),
    saved("Retry-After NaN", edit=too_many("NaN"), posts=2),
    saved("Retry-After 1e3", edit=too_many("1e3"), posts=2),
    saved("Retry-After beyond any day", edit=too_many("9999999999999"), posts=2),
    saved("Retry-After in the message", edit=says({"statusCode": 429, "message": "Rate limit is exceeded. Try again in 1 seconds."}, status=429), posts=2),
    refused("Retry-After beyond the deadline", too_many("3600"), exit=6, code="rate_limited", check=at_once),
    refused("429 with --retries 0", says(TOO_MANY, status=429), exit=6, code="rate_limited", args=["--retries", "0"]),
]  # fmt: skip


@each(DOCUMENTED)
def test_refusals(case: Case, server: Server, place: Place) -> None:
    play(case, server, place)


@each(MODERATION)
def test_moderation(case: Case, server: Server, place: Place) -> None:
    play(case, server, place)


@each(SERVER_ERRORS)
def test_server_errors(case: Case, server: Server, place: Place) -> None:
    play(case, server, place)


@each(REDIRECTS)
def test_redirects(case: Case, server: Server, place: Place) -> None:
    play(case, server, place)


@each(RATE_LIMITS)
def test_rate_limits(case: Case, server: Server, place: Place) -> None:
    play(case, server, place)
