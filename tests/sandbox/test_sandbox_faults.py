"""Every fault: what it looks like on the wire, and when it strikes."""

from __future__ import annotations

import json
import socket
from collections.abc import Callable

import httpx
import pytest
from sandbox_caller import EDIT, Caller, data_uri, picture

from seedcli.errors import UsageError
from seedcli.sandbox.faults import KINDS, FaultPlan, parse_fault

Call = Callable[..., Caller]


@pytest.mark.parametrize("kind", [kind for kind in KINDS if kind[:3].isdigit()])
def test_a_status_fault_answers_with_its_status(call: Call, kind: str) -> None:
    caller = call(faults=(kind,))
    answer = caller.edit()
    assert answer.status_code == int(kind[:3])
    assert caller.sandbox.stats().made == 0
    assert ("retry-after" in answer.headers) == (kind == "429")
    if kind == "502":
        assert answer.headers["content-type"].startswith("text/html")
    else:
        assert answer.json().get("error") or "quota" in answer.json()["message"]


def test_the_429_carries_what_retry_after_is_set_to(call: Call) -> None:
    answer = call(faults=("429",), retry_after="Wed, 21 Oct 2026 07:28:00 GMT").edit()
    assert answer.headers["retry-after"] == "Wed, 21 Oct 2026 07:28:00 GMT"


def test_moderation_comes_in_both_observed_shapes(call: Call) -> None:
    refused = call(faults=("moderation",)).edit()
    assert refused.status_code == 400
    assert refused.json()["error"]["code"] == "InputTextSensitiveContentDetected"
    inside = call(faults=("moderation-in-200",)).edit()
    assert inside.status_code == 200
    assert inside.json()["data"][0]["error"]["code"] == "OutputImageSensitiveContentDetected"


def test_answers_that_say_nothing_useful(call: Call) -> None:
    assert call(faults=("empty-data",)).edit().json()["data"] == []
    assert "error" in call(faults=("error-in-200",)).edit().json()
    html = call(faults=("html",)).edit()
    assert html.status_code == 200
    assert html.text.startswith("<!doctype html>")
    with pytest.raises(json.JSONDecodeError):
        call(faults=("bad-json",)).edit().json()


def test_a_redirect_goes_to_a_place_where_a_key_would_be_noticed(call: Call) -> None:
    caller = call(faults=("redirect",))
    answer = caller.edit()
    assert (answer.status_code, answer.headers["location"]) == (307, f"/elsewhere{EDIT}")
    caller.send(b"{}", path=answer.headers["location"])
    assert caller.sandbox.stats().leaked_keys == 1


def test_hanging_up_sends_no_byte_and_counts_as_made(call: Call) -> None:
    caller = call(faults=("hang-up",))
    with pytest.raises(httpx.RemoteProtocolError, match="without sending"):
        caller.edit()
    assert caller.sandbox.stats().made == 1


def test_half_an_answer_is_cut_within_its_declared_length(call: Call) -> None:
    with pytest.raises(httpx.RemoteProtocolError, match="without sending complete message body"):
        call(faults=("half-answer",)).edit()


def test_no_answer_is_silence_until_the_client_goes(call: Call) -> None:
    caller = call(faults=("no-answer",))
    with pytest.raises(httpx.ReadTimeout):
        caller.client.post(EDIT, json=_order(), headers=caller.headers, timeout=0.2)
    assert caller.sandbox.stats().made == 1


def test_a_drip_arrives_whole_in_the_end(call: Call) -> None:
    assert call(faults=("drip",), drip_s=0.0001).edit().status_code == 200


def test_endless_interim_answers_go_on(call: Call) -> None:
    caller = call(faults=("endless-1xx",), drip_s=0.001)
    host, port = caller.client.base_url.host, caller.client.base_url.port
    body = json.dumps(_order()).encode()
    head = "\r\n".join(
        [
            f"POST {EDIT} HTTP/1.1",
            f"Host: {host}:{port}",
            f"Content-Length: {len(body)}",
            *(f"{name}: {value}" for name, value in caller.headers.items()),
            "\r\n",
        ]
    )
    with socket.create_connection((host, port), timeout=5) as peer:
        peer.sendall(head.encode() + body)
        received = b""
        while received.count(b"HTTP/1.1 102 Processing\r\n\r\n") < 5:
            received += peer.recv(4096)
    assert b"200 OK" not in received


def test_other_shapes_name_the_same_things_differently(call: Call) -> None:
    assert list(call(faults=("other-shape",)).edit().json()) == ["success", "images", "usage"]
    caller = call(faults=("other-shape", "poll-other-shape"), jobs=True, job_looks=0)
    job = caller.edit().json()["job_id"]
    report = caller.poll(job).json()
    assert (report["job_id"], report["status"]) == (job, "COMPLETED")
    assert list(report["results"][0]) == ["imageUrl"]


def test_a_link_that_cannot_be_fetched_is_a_400_and_bytes_are_not_struck(call: Call) -> None:
    caller = call(faults=("fetch-timeout",))
    answer = caller.edit(image="https://example.com/cat.jpg")
    assert answer.status_code == 400
    assert "Timeout while downloading url=https://example.com/cat.jpg" in answer.json()["error"]["message"]
    assert caller.edit().status_code == 200


def test_jobs_that_fail_and_jobs_that_never_end(call: Call) -> None:
    failing = call(faults=("failing-job",), job_looks=0)
    report = failing.poll(failing.edit().json()["job_set_id"]).json()
    assert (report["status"], report["results"]) == ("failed", [])
    assert report["error"]["message"]
    endless = call(faults=("endless-job",), job_looks=0)
    job = endless.edit().json()["job_set_id"]
    assert {endless.poll(job).json()["status"] for _ in range(5)} == {"processing"}


def test_polls_have_faults_of_their_own(call: Call) -> None:
    caller = call(jobs=True, job_looks=0, faults=("poll-500:1:1", "poll-odd-word:1:1", "poll-hang-up:1:1"))
    job = caller.edit().json()["job_set_id"]
    assert caller.poll(job).status_code == 500
    assert caller.poll(job).json()["status"] == "WARMING_UP"
    with pytest.raises(httpx.RemoteProtocolError):
        caller.poll(job)
    assert caller.poll(job).json()["status"] == "succeeded"


def _download(caller: Caller) -> httpx.Response:
    return caller.client.get(caller.edit().json()["data"][0]["url"])


@pytest.mark.parametrize(
    ("kind", "status"),
    [
        ("expired-link", 403),
        ("download-404", 404),
        ("download-429", 429),
        ("download-500", 500),
        ("download-503", 503),
    ],
)
def test_downloads_that_are_turned_away(call: Call, kind: str, status: int) -> None:
    caller = call(faults=(f"{kind}:1:1",))
    assert _download(caller).status_code == status
    assert _download(caller).status_code == 200


def test_downloads_that_break(call: Call) -> None:
    with pytest.raises(httpx.RemoteProtocolError, match="without sending complete message body"):
        _download(call(faults=("cut-download",)))
    with pytest.raises(httpx.RemoteProtocolError, match="without sending"):
        _download(call(faults=("download-hang-up",)))
    assert _download(call(faults=("download-empty",))).content == b""
    assert "text/html" in _download(call(faults=("download-html",))).headers["content-type"]
    assert _download(call(faults=("slow-download",), drip_s=0.0001)).content.endswith(b"\xff\xd9")


def test_a_redirected_download_leads_to_the_picture(call: Call) -> None:
    caller = call(faults=("download-redirect",))
    moved = _download(caller)
    assert moved.status_code == 302
    assert caller.client.get(moved.headers["location"]).content.startswith(b"\xff\xd8")


def test_a_fault_strikes_at_its_rate_and_alike_for_the_same_seed() -> None:
    def strikes(seed: int) -> list[bool]:
        plan = FaultPlan(["500:0.3"], seed=seed)
        return [plan.draw("edit") is not None for _ in range(400)]

    assert strikes(1) == strikes(1) != strikes(2)
    assert 80 < sum(strikes(1)) < 160


def test_a_fault_is_over_after_its_times_and_keeps_to_its_stage() -> None:
    plan = FaultPlan(["503:1:2", "html"], seed=0)
    assert plan.draw("download") is None
    drawn = [plan.draw("edit") for _ in range(4)]
    assert [fault.kind for fault in drawn if fault] == ["503", "503", "html", "html"]


@pytest.mark.parametrize(
    "text", ["500:2", "500:-1", "500:nan", "500:x", "500:1:x", "500:1:-1", "500:1:1:1", "500:1:99999999999"]
)
def test_a_fault_with_senseless_numbers_is_refused(text: str) -> None:
    with pytest.raises(UsageError, match="--fault"):
        parse_fault(text)


def test_an_unknown_fault_is_refused_with_the_nearest() -> None:
    with pytest.raises(UsageError) as caught:
        parse_fault("hangup:0.5")
    assert caught.value.hint is not None
    assert caught.value.hint.startswith("did you mean hang-up?")
    assert all(kind in caught.value.hint for kind in KINDS)


def _order() -> dict[str, str]:
    return {"prompt": "blue", "image": data_uri(picture())}
