"""What the sandbox takes and what it turns away, field by field."""

from __future__ import annotations

import json
from collections.abc import Callable
from typing import Any

import pytest
from sandbox_caller import EDIT, POLL, Caller, data_uri, picture

from seedcli.sandbox.refusals import Refusal
from seedcli.sandbox.rules import check_edit, read_object

Call = Callable[..., Caller]
IMAGE = data_uri(picture())
SEEDREAM = "seedream-4-5-251128"


def order(**fields: Any) -> Any:
    given = {"prompt": "make it blue", "image": IMAGE, **fields}
    return check_edit({name: value for name, value in given.items() if value is not ...})


def refused(**fields: Any) -> str:
    with pytest.raises(Refusal) as caught:
        order(**fields)
    assert caught.value.status == 400
    assert caught.value.body["error"] == "Invalid request parameters"
    return str(caught.value.body["detail"])


@pytest.mark.parametrize(
    ("fields", "field"),
    [
        ({"prompt": ...}, "prompt"),
        ({"prompt": "  "}, "prompt"),
        ({"prompt": 7}, "prompt"),
        ({"prompt": None}, "prompt"),
        ({"prompt": "\ud800"}, "prompt"),
        ({"image": ...}, "image"),
        ({"image": ""}, "image"),
        ({"image": "cat.jpg"}, "image"),
        ({"image": "ftp://example.com/cat.jpg"}, "image"),
        ({"image": "https:///cat.jpg"}, "image"),
        ({"image": "https://example.com/a cat.jpg"}, "image"),
        ({"image": IMAGE.replace("png", "PNG")}, "image"),
        ({"image": IMAGE.replace("data:image/png", "data:text/png")}, "image"),
        ({"image": "data:image/png;base64,"}, "image"),
        ({"image": "data:image/png;base64,!!!!"}, "image"),
        ({"image": "data:image/png;base64,é"}, "image"),
        ({"image": "http://[::1"}, "image"),
        ({"model": "seededit"}, "model"),
        ({"model": 3}, "model"),
        ({"response_format": "png"}, "response_format"),
        ({"response_format": None}, "response_format"),
        ({"size": "2K"}, "size"),
        ({"size": 1024}, "size"),
        ({"seed": -2}, "seed"),
        ({"seed": 2147483648}, "seed"),
        ({"seed": 42.0}, "seed"),
        ({"seed": "42"}, "seed"),
        ({"seed": True}, "seed"),
        ({"guidance_scale": 0.99}, "guidance_scale"),
        ({"guidance_scale": 10.01}, "guidance_scale"),
        ({"guidance_scale": "6"}, "guidance_scale"),
        ({"guidance_scale": True}, "guidance_scale"),
        ({"guidance_scale": float("inf")}, "guidance_scale"),
        ({"watermark": 1}, "watermark"),
        ({"watermark": "true"}, "watermark"),
        ({"n": 2}, "'n'"),
        ({"Prompt": "x"}, "'Prompt'"),
        ({"model": SEEDREAM}, "size"),
        ({"model": SEEDREAM, "size": "adaptive"}, "size"),
        ({"model": SEEDREAM, "size": "1K"}, "size"),
        ({"model": SEEDREAM, "size": "2k"}, "size"),
        ({"model": SEEDREAM, "size": "2560x1439"}, "size"),
        ({"model": SEEDREAM, "size": "4096x4097"}, "size"),
        ({"model": SEEDREAM, "size": "16000x500"}, "size"),
        ({"model": SEEDREAM, "size": "02560x1440"}, "size"),
        ({"model": SEEDREAM, "size": "2560 x 1440"}, "size"),
        ({"model": SEEDREAM, "size": "2K", "seed": 1}, "seed"),
        ({"model": SEEDREAM, "size": "2K", "guidance_scale": 5}, "guidance_scale"),
        ({"model": "ep-20250101-abcde", "size": "huge"}, "size"),
    ],
)
def test_a_field_out_of_the_document_is_named_in_a_400(fields: dict[str, Any], field: str) -> None:
    assert refused(**fields).startswith(f"{field}:")


@pytest.mark.parametrize(
    "fields",
    [
        {},
        {"model": "seededit-3-0-i2i-250628", "size": "adaptive", "guidance_scale": 1, "seed": 0},
        {"guidance_scale": 10.0, "seed": 2147483647, "watermark": False, "response_format": "b64_json"},
        {"model": SEEDREAM, "size": "2K"},
        {"model": SEEDREAM, "size": "2560x1440", "watermark": True},
        {"model": SEEDREAM, "size": "4096x4096"},
        {"model": "ep-20250101-abcde", "seed": 5},
        {"model": "ep-20250101-abcde", "size": "4K"},
        {"image": "https://example.com/cat.jpg?x=1"},
    ],
)
def test_what_the_document_allows_is_taken(fields: dict[str, Any]) -> None:
    assert order(**fields).prompt == "make it blue"


def test_defaults_are_those_of_the_document() -> None:
    got = order(seed=-1)
    assert (got.seed, got.guidance, got.watermark, got.response_format) == (None, None, True, "url")


@pytest.mark.parametrize(
    "body",
    [
        b"",
        b"[]",
        b"null",
        b"{",
        b'\xef\xbb\xbf{"a": 1}',
        b'{"a": "\xff"}',
        b'{"a": NaN}',
        b'{"a": Infinity}',
        b'{"a": 1, "a": 2}',
        b'{"a": ' + b"9" * 5000 + b"}",
        b"[" * 100_000,
    ],
)
def test_a_body_that_is_no_json_object_is_a_400(body: bytes) -> None:
    with pytest.raises(Refusal) as caught:
        read_object(body)
    assert caught.value.status == 400


def test_headers_are_required_as_documented(call: Call) -> None:
    caller = call()
    body = json.dumps({"prompt": "blue", "image": IMAGE}).encode()
    assert caller.send(body).status_code == 200
    assert caller.send(body, **{"Content-Type": "application/json; charset=utf-8"}).status_code == 200
    wrong = caller.send(body, **{"Ocp-Apim-Subscription-Key": "another"})
    assert (wrong.status_code, wrong.json()) == (401, {"error": "Invalid or missing authentication"})
    assert caller.client.post(EDIT, content=body).status_code == 401
    assert caller.send(body, **{"Content-Type": "text/plain"}).status_code == 400
    assert caller.send(body, **{"Cache-Control": "max-age=0"}).status_code == 400


def test_other_paths_and_methods_are_404_in_the_documents_words(call: Call) -> None:
    caller = call()
    answers = [
        caller.client.get(EDIT),
        caller.client.put(POLL, content=b"x" * 100_000),
        caller.send(b"x" * 100_000, path=EDIT + "/"),
        caller.send(b"{}", path="/"),
        caller.client.get("/results/nothing.jpg"),
        caller.client.get("/results/..%2f..%2fetc%2fpasswd"),
    ]
    assert [answer.status_code for answer in answers] == [404] * 6
    assert all(answer.json() == {"error": "Endpoint not found"} for answer in answers)


def test_a_body_over_the_limit_is_a_413_that_can_be_read(call: Call) -> None:
    caller = call(max_body_bytes=50_000)
    answer = caller.send(b"x" * 3_000_000)
    assert (answer.status_code, answer.json()) == (413, {"error": "Request body too large"})
    assert caller.sandbox.stats().made == 0


@pytest.mark.parametrize(
    ("data", "declared", "reason"),
    [
        (picture(), "jpeg", "declared as jpeg"),
        (picture(form="WEBP"), "webp", "not supported"),
        (b"hello, world", "png", "no picture"),
        (picture()[:20], "png", "broken"),
        (picture(14, 14), "png", "over 14"),
        (picture(100, 33), "png", "aspect"),
        (picture(33, 100), "png", "aspect"),
        (picture() + b"\0" * 10_000_000, "png", "bytes are more than"),
        (picture(6001, 6000, mode="1"), "png", "36000000 pixels"),
    ],
)
def test_a_picture_beyond_the_models_limits_is_a_400(
    call: Call, data: bytes, declared: str, reason: str
) -> None:
    answer = call().edit(image=data_uri(data, declared))
    assert answer.status_code == 400
    assert reason in answer.json()["detail"]


@pytest.mark.parametrize("form", ["jpeg", "png", "webp", "bmp", "tiff", "gif"])
def test_seedream_takes_six_formats_and_wide_pictures(call: Call, form: str) -> None:
    data = picture(320, 20, form=form.upper())
    assert call().edit(image=data_uri(data, form), model=SEEDREAM, size="2K").status_code == 200


def test_a_picture_that_breaks_off_is_a_400_when_it_is_drawn(call: Call) -> None:
    answer = call(render=True).edit(image=data_uri(picture(200, 200, form="JPEG")[:-900], "jpeg"))
    assert answer.status_code == 400
    assert "broken" in answer.json()["detail"]


@pytest.mark.parametrize(
    ("body", "status"),
    [
        ({}, 400),
        ({"job_set_id": ""}, 400),
        ({"job_set_id": 7}, 400),
        ({"job_set_id": "job-1", "more": 1}, 400),
        ({"job_set_id": "job-1"}, 404),
        ({"job_set_id": "../jobs/job-1"}, 404),
    ],
)
def test_a_poll_is_held_to_the_document(call: Call, body: dict[str, Any], status: int) -> None:
    assert call().send(json.dumps(body).encode(), path=POLL).status_code == status
