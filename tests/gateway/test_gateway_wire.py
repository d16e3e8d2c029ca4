"""JSON out, and any answer in: whatever comes back ends in a picture, a job or a typed error."""

from __future__ import annotations

import json
import math
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from seedcli.errors import (
    BadInput,
    BadKey,
    Denied,
    InDoubt,
    Moderated,
    NoCredits,
    NotFound,
    OutOfQuota,
    RateLimited,
    Rejected,
    SeedError,
)
from seedcli.gateway.complaints import complaint_in, replenished_in
from seedcli.gateway.wire import (
    Look,
    Parsed,
    edit_body,
    edit_body_parts,
    load_json,
    parse_edit,
    parse_poll,
    poll_body,
)
from seedcli.records import JobState, Parameters
from seedcli.text import clean

LINK = "https://pub-1.r2.dev/a.jpg"

words = st.sampled_from(
    [
        "data", "images", "results", "result", "output", "url", "imageUrl", "b64_json", "error", "errors",
        "message", "detail", "code", "status", "statusCode", "success", "job_set_id", "job_id", "usage",
    ]
)  # fmt: skip
texts = st.one_of(
    st.text(max_size=20),
    words,
    st.sampled_from([LINK, "succeeded", "FAILED", "queued", "data:image/png;base64,AAAA", "429", "\ud800"]),
)
scalars = st.one_of(
    st.none(), st.booleans(), st.integers(), st.floats(), texts, st.sampled_from([200, 401, 429, 500])
)
documents = st.recursive(
    scalars,
    lambda inner: st.one_of(
        st.lists(inner, max_size=4), st.dictionaries(st.one_of(words, texts), inner, max_size=5)
    ),
    max_leaves=20,
)
statuses = st.one_of(
    st.sampled_from([200, 201, 202, 204, 400, 401, 402, 403, 404, 429, 500]), st.integers(100, 999)
)


def encoded(document: object) -> bytes:
    return json.dumps(document).encode()


def outcome(status: int, document: object) -> Parsed | SeedError:
    body = document if isinstance(document, bytes) else encoded(document)
    try:
        return parse_edit(status, {}, body)
    except SeedError as error:
        return error


# Out


def test_the_image_is_the_last_field_and_its_text_goes_between() -> None:
    prefix, suffix = edit_body_parts(
        'Say "hi" ✨', Parameters(model="m-1", guidance_scale=5.5, watermark=False), mime="image/png"
    )
    assert (prefix + suffix).isascii()
    assert list(json.loads(prefix + b"QUJD" + suffix).items()) == [
        ("model", "m-1"),
        ("guidance_scale", 5.5),
        ("watermark", False),
        ("prompt", 'Say "hi" ✨'),
        ("image", "data:image/png;base64,QUJD"),
    ]


@given(st.text(min_size=1).filter(lambda text: text.strip()), st.text())
def test_any_prompt_and_link_arrive_as_they_are(prompt: str, link: str) -> None:
    body = edit_body(link, prompt=prompt, parameters=Parameters())
    assert json.loads(body) == {"prompt": prompt, "image": link}


def test_a_prompt_with_half_a_character_is_refused() -> None:
    for prompt in ("\udc80", " "):
        with pytest.raises(BadInput):
            edit_body_parts(prompt, Parameters())


def test_a_poll_names_its_job() -> None:
    assert json.loads(poll_body('a"b')) == {"job_set_id": 'a"b'}


# In


@given(statuses, st.dictionaries(texts, texts, max_size=3), documents)
def test_any_json_ends_in_a_picture_a_job_or_a_typed_error(
    status: int, headers: dict[str, str], document: object
) -> None:
    check_edit(status, headers, encoded(document))
    check_poll(status, headers, encoded(document))


@given(statuses, st.binary(max_size=200))
def test_any_bytes_end_in_a_typed_error(status: int, body: bytes) -> None:
    check_edit(status, {}, body)
    check_poll(status, {}, body)


def check_edit(status: int, headers: dict[str, str], body: bytes) -> None:
    try:
        parsed = parse_edit(status, headers, body)
    except SeedError as error:
        check_text(error)
        # What is sent again must certainly not have been processed: only 429 says so.
        assert not error.retryable or (isinstance(error, RateLimited) and status == 429)
        if 500 <= status < 600:
            assert isinstance(error, InDoubt)
    else:
        assert 200 <= status < 300 or (parsed.job_set_id and not parsed.has_picture)
        assert parsed.has_picture or parsed.job_set_id
        json.dumps(parsed.usage, allow_nan=False).encode()
        for link in parsed.links:
            link.encode()


def check_poll(status: int, headers: dict[str, str], body: bytes) -> None:
    try:
        look = parse_poll(status, headers, body)
    except SeedError as error:
        check_text(error)
    else:
        assert (look.error is not None) == (look.state is JobState.FAILED)
        assert (look.parsed is not None) == (look.state is JobState.SUCCEEDED)


def check_text(error: SeedError) -> None:
    for text in (error.message, error.hint, error.answer_text):
        if text is not None:
            assert clean(text, limit=2000) == text


@pytest.mark.parametrize(
    "body",
    [
        b"[" * 100_000,
        b'{"data":' * 50_000,
        b"1" * 100_000,
        b'{"data": [{"url": ' + b"1" * 5_000 + b"}]}",
        b"NaN",
        b"\xff\xfe\x00",
        b'\xef\xbb\xbf{"data": []}',
        b'"\\ud800"',
        b'{"data": {"data": {"data": {"data": {"data": {"data": {"url": "https://a/b"}}}}}}}',
        b"null",
        b'"your picture"',
        b'{"data": [{"url": "javascript:alert(1)"}]}',
        b'{"data": [{"url": "https://a/\\u0000"}]}',
        b'{"data": [{"url": ""}, null, 5, []]}',
        b'{"image": "https://example.org/the-input.jpg"}',
        b'{"job_set_id": ""}',
        b'{"job_set_id": true}',
        b'{"job_set_id": "a b"}',
        b'{"message": "Your picture is being made"}',
        b'{"success": true, "code": "Okay", "message": "fine"}',
        b'{"code": "Success", "message": "fine"}',
        b'{"error": {}}',
        b'{"error": ""}',
        b'{"error": null}',
        b'{"error": false}',
        b'{"error": true}',
        b'{"success": false}',
    ],
)
def test_a_success_that_shows_nothing_is_in_doubt(body: bytes) -> None:
    assert isinstance(outcome(200, body), InDoubt)


@pytest.mark.parametrize(
    ("document", "kind"),
    [
        ({"error": "bad size"}, Rejected),
        ({"errors": ["bad size", "bad seed"]}, Rejected),
        ({"errors": [{"msg": "bad size"}]}, Rejected),
        ({"data": [], "error": {"code": "InvalidParameter", "message": "bad size"}}, Rejected),
        ({"code": "InvalidParameter", "message": "bad size"}, Rejected),
        ({"success": False, "message": "bad size"}, Rejected),
        ({"success": False, "error": {"detail": {"msg": "bad size"}}}, Rejected),
        ({"status": "FAILED", "job_set_id": "j"}, Rejected),
        ({"data": [{"error": {"code": "OutputImageSensitiveContentDetected", "message": "x"}}]}, Moderated),
        ([{"error": {"code": "SensitiveContentDetected.Violence", "message": "x"}}], Moderated),
        ({"statusCode": 401, "message": "no"}, BadKey),
        ({"statusCode": "403", "message": "Access denied"}, Denied),
        ({"statusCode": 403, "message": "Out of call volume quota."}, OutOfQuota),
        ({"statusCode": 402, "message": "pay"}, NoCredits),
        ({"statusCode": 404, "message": "Resource not found"}, NotFound),
        ({"statusCode": 418, "message": "teapot"}, Rejected),
        ({"statusCode": 503, "message": "later"}, InDoubt),
        ({"error": "Invalid or missing authentication"}, BadKey),
        ({"error": "Access denied for this operation"}, Denied),
        ({"error": "insufficient credits"}, NoCredits),
        ({"error": "quota exhausted"}, OutOfQuota),
        ({"error": "An unexpected error occurred, please try again later"}, InDoubt),
        ({"error": "upstream timed out"}, InDoubt),
        ({"error": {"code": "InternalServiceError", "message": "x"}}, InDoubt),
        ({"error": "Timeout while downloading url="}, Rejected),
        ({"error": "Rate limit exceeded"}, RateLimited),
        ({"statusCode": 429, "message": "Try again in 6 seconds"}, RateLimited),
    ],
)
def test_a_complaint_inside_a_success_is_what_it_says(document: Any, kind: type[SeedError]) -> None:
    error = outcome(200, document)
    assert type(error) is kind
    assert isinstance(error, SeedError)
    assert not error.retryable, "a 2xx was taken, so it is never sent again on its own"
    assert error.answer_text


@pytest.mark.parametrize(
    ("status", "body", "kind", "words"),
    [
        (400, {"error": "Invalid request parameters"}, Rejected, "Invalid request parameters"),
        (400, {"message": "m", "code": "c"}, Rejected, "m (c)"),
        (400, {"detail": "why"}, Rejected, "why"),
        (400, ["x"], Rejected, "HTTP 400"),
        (400, "plain", Rejected, "plain"),
        (400, {"error": {"code": "OutputImageRiskDetection"}}, Moderated, "OutputImageRiskDetection"),
        (403, b"<html><head><TITLE>Blocked</TITLE>", Denied, "Blocked"),
        (403, b"<html>", Denied, "HTTP 403"),
        (403, b"go away", Denied, "go away"),
        (400, {"error": "out of credits"}, NoCredits, "out of credits"),
        (410, {}, NotFound, "HTTP 410"),
        (451, {}, Rejected, "HTTP 451"),
        (425, {}, Rejected, "HTTP 425"),
        (413, {}, Rejected, "HTTP 413"),
        (499, {}, InDoubt, "HTTP 499"),
        (504, b"<title>504 Gateway Time-out</title>", InDoubt, "Gateway Time-out"),
        (600, {}, InDoubt, "HTTP 600"),
        (101, {}, InDoubt, "HTTP 101"),
    ],
)
def test_an_error_status_is_what_it_says(status: int, body: Any, kind: type[SeedError], words: str) -> None:
    error = outcome(status, body)
    assert type(error) is kind
    assert isinstance(error, SeedError)
    assert words in error.message
    assert error.http_status == status


def test_a_rate_limit_tells_how_long_to_wait() -> None:
    with pytest.raises(RateLimited) as caught:
        parse_edit(429, {"retry-after": "12"}, b"{}")
    assert caught.value.retry_after_s == 12 and caught.value.retryable
    with pytest.raises(RateLimited) as caught:
        parse_edit(429, {}, b'{"message": "Try again in 60 seconds."}')
    assert caught.value.retry_after_s == 60


@pytest.mark.parametrize(
    ("message", "wait"),
    [
        ("Quota will be replenished in 22.14:18:12.", "22 d 14 h 18 min"),
        ("Quota will be replenished in 00:18:12.", "18 min"),
        ("Quota will be replenished in 00:00:12.", "under a minute"),
        ("Quota will be replenished soon.", None),
    ],
)
def test_a_quota_tells_when_it_comes_back(message: str, wait: str | None) -> None:
    assert replenished_in(message) == wait


@pytest.mark.parametrize(
    ("document", "parsed"),
    [
        ({"data": [{"url": f" {LINK} "}]}, Parsed(links=(LINK,))),
        ({"data": {"url": LINK}}, Parsed(links=(LINK,))),
        ({"url": LINK}, Parsed(links=(LINK,))),
        ({"images": [LINK, LINK]}, Parsed(links=(LINK,))),
        ({"output": LINK}, Parsed(links=(LINK,))),
        ({"result": {"images": [{"image_url": LINK}]}}, Parsed(links=(LINK,))),
        ([{"url": LINK}], Parsed(links=(LINK,))),
        ({"data": [{"url": "data:image/png;base64,AAAA"}]}, Parsed(inline=("data:image/png;base64,AAAA",))),
        ({"data": [{"b64_json": "AAAA", "url": None}]}, Parsed(inline=("AAAA",))),
        ({"job_set_id": "j", "error": None}, Parsed(job_set_id="j")),
        ({"job_id": 17}, Parsed(job_set_id="17")),
        ({"data": {"job_set_id": "j"}, "error": "slow"}, Parsed(job_set_id="j")),
        (
            {"data": [{"url": LINK}], "usage": {"a": 1, "b": "x\n", "c": [1], "d": math.nan, "e": 1.5}},
            Parsed(links=(LINK,), usage={"a": 1, "e": 1.5}),
        ),
        ({"data": [{"url": LINK}], "usage": {}}, Parsed(links=(LINK,))),
        ({"data": [{"url": LINK}], "usage": {"n": 10**60}}, Parsed(links=(LINK,))),
    ],
)
def test_pictures_and_jobs_are_found_in_every_shape(document: Any, parsed: Parsed) -> None:
    assert outcome(200, document) == parsed


def test_duplicate_keys_and_bad_bytes_do_no_harm() -> None:
    body = b'\xef\xbb\xbf{"error": "x", "error": null, "data": [{"url": "https://a/b", "note": "\xff"}]}'
    assert outcome(200, body) == Parsed(links=("https://a/b",))


def test_nesting_too_deep_is_a_value_error() -> None:
    with pytest.raises(ValueError, match="deep"):
        load_json(b"[" * 500_000)


def test_complaints_are_shown_without_control_characters() -> None:
    said = complaint_in({"error": {"message": "a\x1b[31mb\u202ec", "code": "x\ny"}})
    assert said is not None
    assert said.shown == "a�[31mb�c (x y)"


def test_an_unknown_status_word_is_still_running() -> None:
    assert parse_poll(200, {}, b'{"status": "Half-Way There"}') == Look(JobState.RUNNING, "half_way_there")


def test_a_job_that_failed_without_reason_says_that() -> None:
    look = parse_poll(200, {}, b'{"state": "error"}')
    assert "does not say why" in str(look.error)


@pytest.mark.parametrize(
    "link", ["https://a.example/b c.jpg", "ftp://a.example/x.jpg", "http://10.0.0.1/x.jpg"]
)
def test_a_link_counts_as_a_picture_whether_or_not_it_may_be_fetched(link: str) -> None:
    found = parse_edit(200, {}, json.dumps({"data": [{"url": link}]}).encode())
    assert found.links == (link,)
