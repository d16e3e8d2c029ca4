"""What the sandbox answers when all is well: pictures, jobs, links, counts."""

from __future__ import annotations

import base64
import io
import json
import os
import socket
import time
from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest
from PIL import Image
from sandbox_caller import EDIT, Caller, data_uri, picture

Call = Callable[..., Caller]


def size_of(jpeg: bytes) -> tuple[int, int]:
    opened = Image.open(io.BytesIO(jpeg))
    assert opened.format == "JPEG"
    opened.load()
    return opened.size


def test_an_edit_answers_as_the_documents_example_does(call: Call) -> None:
    caller = call(render=True)
    answer = caller.edit().json()
    assert list(answer) == ["created", "data", "usage"]
    assert isinstance(answer["created"], int)
    (item,) = answer["data"]
    assert list(item) == ["url"]
    assert item["url"].startswith(f"{caller.sandbox.base_url}/results/")
    result = caller.client.get(item["url"])
    assert result.headers["content-type"] == "image/jpeg"
    width, height = size_of(result.content)
    assert (width, height) == (1248, 832)
    tokens = width * height // 256
    assert answer["usage"] == {"generated_images": 1, "output_tokens": tokens, "total_tokens": tokens}


def test_b64_json_carries_the_picture_itself(call: Call) -> None:
    (item,) = call(render=True).edit(response_format="b64_json").json()["data"]
    assert list(item) == ["b64_json"]
    assert size_of(base64.b64decode(item["b64_json"], validate=True)) == (1248, 832)


def test_the_same_seed_makes_the_same_bytes_and_none_makes_new_ones(call: Call) -> None:
    caller = call(render=True)
    made = [
        caller.edit(seed=seed, response_format="b64_json").json()["data"][0]["b64_json"]
        for seed in (7, 7, 8, -1, -1)
    ]
    assert made[0] == made[1]
    assert len({*made}) == 4


def test_seedream_makes_the_size_that_is_asked_for(call: Call) -> None:
    caller = call(render=True)
    answer = caller.edit(model="seedream-4-5-251128", size="2560x1440").json()
    assert size_of(caller.client.get(answer["data"][0]["url"]).content) == (2560, 1440)
    assert answer["usage"]["output_tokens"] == 2560 * 1440 // 256


def test_a_job_is_queued_then_processing_then_succeeded(call: Call) -> None:
    caller = call(jobs=True)
    accepted = caller.edit().json()
    assert list(accepted) == ["job_set_id", "status"]
    looks = [caller.poll(accepted["job_set_id"]).json() for _ in range(4)]
    assert [look["status"] for look in looks] == ["queued", "processing", "succeeded", "succeeded"]
    assert [len(look["results"]) for look in looks] == [0, 0, 1, 1]
    assert list(looks[2]) == ["job_set_id", "status", "results", "created_at", "updated_at"]
    assert caller.client.get(looks[2]["results"][0]["url"]).status_code == 200


def test_another_sandbox_on_the_same_folder_finishes_the_job(call: Call, tmp_path: Path) -> None:
    first = call(jobs=True, folder=tmp_path, render=True)
    job = first.edit().json()["job_set_id"]
    first.poll(job)
    second = call(folder=tmp_path, render=True)
    second.poll(job)
    done = second.poll(job).json()
    assert done["status"] == "succeeded"
    assert done["results"][0]["url"].startswith(second.sandbox.base_url)
    assert size_of(second.client.get(done["results"][0]["url"]).content) == (1248, 832)


def test_a_job_takes_the_latency_and_its_acceptance_does_not(call: Call) -> None:
    caller = call(jobs=True, job_looks=0, latency_s=3600)
    job = caller.edit().json()["job_set_id"]
    assert [caller.poll(job).json()["status"] for _ in range(3)] == ["queued"] * 3


def test_an_edit_takes_the_latency(call: Call) -> None:
    caller = call(latency_s=0.2)
    started = time.monotonic()
    assert caller.edit().status_code == 200
    assert time.monotonic() - started >= 0.2


def test_links_expire(call: Call, tmp_path: Path) -> None:
    caller = call(render=True, folder=tmp_path)
    url = caller.edit().json()["data"][0]["url"]
    assert caller.client.get(url).status_code == 200
    (kept,) = (tmp_path / "results").iterdir()
    yesterday = time.time() - 90_000
    os.utime(kept, (yesterday, yesterday))
    assert caller.client.get(url).status_code == 404


def test_a_result_can_be_edited_again_by_its_link(call: Call) -> None:
    caller = call(render=True)
    url = caller.edit().json()["data"][0]["url"]
    assert caller.edit(image=url).status_code == 200
    gone = caller.edit(image=f"{caller.sandbox.base_url}/results/none.jpg")
    assert gone.status_code == 400
    assert "Timeout while downloading url=" in gone.json()["error"]["message"]


def test_any_other_link_is_not_fetched_but_stood_in_for(call: Call) -> None:
    caller = call(render=True)
    answer = caller.edit(image="https://gateway.invalid/cat.jpg")
    assert answer.status_code == 200
    assert size_of(caller.client.get(answer.json()["data"][0]["url"]).content) == (1152, 864)


def test_counts_tell_what_was_asked(call: Call) -> None:
    caller = call()
    for _ in range(2):
        answer = caller.edit(seed=1)
    caller.edit(seed=-5)
    caller.poll("job-1")
    caller.client.get(answer.json()["data"][0]["url"])
    stats = caller.sandbox.stats()
    assert (stats.edits, stats.edits_begun, stats.made, stats.repeated) == (3, 3, 2, 1)
    assert (stats.polls, stats.downloads, stats.leaked_keys, stats.most_at_once) == (1, 1, 0, 1)
    assert stats.statuses == {"200": 2, "400": 1}
    told = caller.client.get("/_sandbox/stats").json()
    assert told["edits"] == 3
    assert caller.sandbox.key not in json.dumps(told)


def test_an_upload_that_breaks_off_is_begun_and_never_made(call: Call) -> None:
    caller = call()
    host, port = caller.client.base_url.host, caller.client.base_url.port
    head = f"POST {EDIT} HTTP/1.1\r\nHost: {host}:{port}\r\nContent-Length: 100000\r\n\r\n"
    with socket.create_connection((host, port), timeout=5) as peer:
        peer.sendall(head.encode() + b"{" * 50_000)
    deadline = time.monotonic() + 5
    while caller.client.get("/_sandbox/stats").json()["statuses"] != {"none": 1}:
        assert time.monotonic() < deadline
    stats = caller.sandbox.stats()
    assert (stats.edits_begun, stats.edits, stats.made) == (1, 0, 0)


@pytest.mark.parametrize(
    "leak",
    [
        {"headers": {"Ocp-Apim-Subscription-Key": "another"}},
        {"headers": {"Authorization": "Bearer sandbox-key-0000000000000000"}},
        {"params": {"key": "sandbox-key-0000000000000000"}},
    ],
)
def test_a_key_that_reaches_a_result_is_noticed(call: Call, leak: dict[str, Any]) -> None:
    caller = call()
    caller.client.get("/results/a.jpg")
    assert caller.sandbox.stats().leaked_keys == 0
    caller.client.get("/results/a.jpg", **leak)
    assert caller.sandbox.stats().leaked_keys == 1


def test_exchanges_show_the_request_without_key_and_bytes(call: Call) -> None:
    caller = call()
    caller.edit(seed=3)
    (exchange,) = caller.sandbox.exchanges("edit")
    assert exchange.body is not None
    assert exchange.body["seed"] == 3
    assert len(exchange.body["image"]) < 80
    assert exchange.headers["ocp-apim-subscription-key"] == "****"
    assert (exchange.path, exchange.status, exchange.body_whole) == (EDIT, 200, True)


def test_the_tiny_picture_of_load_tests_is_a_whole_jpeg(call: Call) -> None:
    caller = call()
    answer = caller.edit(image=data_uri(picture(300, 300))).json()
    assert answer["usage"]["output_tokens"] == 4096
    assert size_of(caller.client.get(answer["data"][0]["url"]).content) == (16, 16)


def test_the_rate_limit_answers_429_with_a_time_to_wait(call: Call) -> None:
    caller = call(rate_per_s=2)
    answers = [caller.edit() for _ in range(4)]
    assert [answer.status_code for answer in answers] == [200, 200, 429, 429]
    assert answers[2].headers["retry-after"] == "1"
    assert answers[2].json() == {"error": "Rate limit exceeded, please retry later"}
    assert caller.sandbox.stats().rate_limited == 2
