"""Looking at jobs and following them to their end."""

from __future__ import annotations

import asyncio
import base64
import json
from collections.abc import Callable
from typing import Any

import pytest
from gateway_client import JPEG, KEY, Client, OpenClient
from scripted_peer import Conversation, Peer, Script, answers, says

from seedcli.errors import (
    BadKey,
    Denied,
    JobFailed,
    Moderated,
    NoCredits,
    NotFound,
    Pending,
    RateLimited,
    Rejected,
    SeedError,
    Undelivered,
    Unsaved,
)
from seedcli.records import Answer, JobReport, JobState

LINK = "https://pub-1.r2.dev/byteplus/a.jpg"
DONE = {
    "job_set_id": "job-1234567890",
    "status": "succeeded",
    "results": [{"url": LINK}],
    "created_at": 1757502222,
    "updated_at": 1757502300,
}
RUNNING = {"job_set_id": "job-1", "status": "processing"}


async def _reset(conversation: Conversation) -> None:
    await conversation.read_request()
    conversation.reset()


def with_client(
    scripts: list[Script], open_client: OpenClient, work: Callable[[Client], Any]
) -> tuple[Any, Peer, Client]:
    async def scenario() -> tuple[Any, Peer, Client]:
        async with Peer(*scripts) as peer, open_client(peer.url) as client:
            try:
                return await work(client), peer, client
            except SeedError as error:
                return error, peer, client

    return asyncio.run(scenario())


def poll(script: Script, open_client: OpenClient, **options: Any) -> Any:
    result, _, _ = with_client(
        [script],
        open_client,
        lambda client: client.gateway.poll("job-1", deadline=client.within(5), **options),
    )
    return result


def follow(
    scripts: list[Script], open_client: OpenClient, *, within_s: float = 300.0, **options: Any
) -> tuple[Any, Peer, Client]:
    return with_client(
        scripts,
        open_client,
        lambda client: client.gateway.follow(
            "job-1", deadline=client.within(within_s), **{"interval_s": 5.0, **options}
        ),
    )


# One look


def test_a_look_asks_as_the_document_says(open_client: OpenClient) -> None:
    report, peer, _ = with_client(
        [answers(200, DONE)],
        open_client,
        lambda client: client.gateway.poll("job-1234567890", deadline=client.within(5)),
    )
    assert report == JobReport(JobState.SUCCEEDED, "succeeded", answer=Answer(links=(LINK,)))
    assert json.loads(peer.bodies[0]) == {"job_set_id": "job-1234567890"}
    assert peer.heads[0].startswith(b"POST /ai-model-api-polling/getGenerationResults HTTP/1.1\r\n")
    assert f"Ocp-Apim-Subscription-Key: {KEY}".encode() in peer.heads[0]


@pytest.mark.parametrize(
    ("body", "state"),
    [
        (RUNNING, JobState.RUNNING),
        ({"status": "QUEUED"}, JobState.RUNNING),
        ({"status": "Dreaming"}, JobState.RUNNING),
        ({}, JobState.RUNNING),
        ({"status": "IN_PROGRESS", "results": [{"url": LINK}]}, JobState.RUNNING),
        ({"status": "COMPLETED", "results": [{"imageUrl": LINK}]}, JobState.SUCCEEDED),
        ({"status": "dreamt", "images": [{"url": LINK}]}, JobState.SUCCEEDED),
        ({"data": {"status": "done", "results": [LINK]}}, JobState.SUCCEEDED),
        ({"results": [{"url": LINK}]}, JobState.SUCCEEDED),
        ({"status": "succeeded", "results": []}, JobState.SUCCEEDED),
        ({"status": "FAILED", "error": "out of luck"}, JobState.FAILED),
        ({"status": "cancelled"}, JobState.FAILED),
        ({"status": "succeeded", "results": [{"error": {"code": "X", "message": "y"}}]}, JobState.FAILED),
        ({"success": False, "message": "bad picture"}, JobState.FAILED),
        ({"error": {"code": "OutputImageRiskDetection", "message": "no"}}, JobState.FAILED),
    ],
)
def test_each_status_is_understood(open_client: OpenClient, body: Any, state: JobState) -> None:
    report = poll(answers(200, body), open_client)
    assert isinstance(report, JobReport)
    assert report.state is state
    assert (report.error is not None) == (state is JobState.FAILED)
    if state is JobState.SUCCEEDED:
        assert report.answer is not None


def test_a_job_refused_by_moderation_says_so(open_client: OpenClient) -> None:
    body = {"status": "failed", "error": {"code": "OutputImageSensitiveContentDetected", "message": "no"}}
    report = poll(answers(200, body), open_client)
    assert isinstance(report.error, Moderated)


@pytest.mark.parametrize(
    ("status", "body", "kind"),
    [
        (401, {"error": "Invalid or missing authentication"}, BadKey),
        (402, {}, NoCredits),
        (403, {"error": "Access denied for this operation"}, Denied),
        (404, {"error": "Endpoint not found"}, NotFound),
        (400, {"error": "Invalid job_set_id"}, Rejected),
        (429, {}, RateLimited),
        (500, {"error": "An unexpected error occurred"}, Pending),
        (502, b"<html>", Pending),
        (408, b"", Pending),
        (200, b"<html><title>Hi</title></html>", Pending),
        (200, b"", Pending),
        (200, {"statusCode": 401, "message": "no"}, BadKey),
        (200, {"statusCode": 429, "message": "no"}, RateLimited),
        (200, {"error": "job not found"}, NotFound),
        (200, {"error": "Internal server error"}, Pending),
        (200, {"error": "rate limit exceeded"}, Pending),
        (200, {"success": False}, Pending),
    ],
)
def test_each_refusal_of_a_look_has_its_error(
    open_client: OpenClient, status: int, body: Any, kind: type[SeedError]
) -> None:
    error = poll(answers(status, body), open_client)
    assert type(error) is kind


def test_a_look_that_breaks_is_undelivered(open_client: OpenClient) -> None:
    error = poll(_reset, open_client)
    assert type(error) is Undelivered and error.retryable
    assert "gave no answer" in error.message


def test_a_gateway_that_is_not_there_can_not_be_reached(open_client: OpenClient) -> None:
    async def scenario() -> Undelivered:
        async with Peer(answers()) as peer:
            url = peer.url
        async with open_client(url) as client:
            with pytest.raises(Undelivered) as caught:
                await client.gateway.poll("job-1", deadline=client.within(5))
            return caught.value

    assert "can't be reached" in asyncio.run(scenario()).message


def test_a_look_that_breaks_off_is_pending(open_client: OpenClient) -> None:
    raw = b'HTTP/1.1 200 OK\r\nContent-Length: 99\r\n\r\n{"status": "succ'
    assert type(poll(says(raw), open_client)) is Pending


def test_a_look_does_not_show_the_key(open_client: OpenClient) -> None:
    error = poll(answers(401, {"error": f"bad {KEY}"}), open_client)
    assert KEY not in f"{error} {error.answer_text}"


def test_looks_share_a_connection(open_client: OpenClient) -> None:
    async def patient(conversation: Conversation) -> None:
        while True:
            await conversation.read_request()
            conversation.body.clear()
            await conversation.answer(200, RUNNING, close=False)

    async def work(client: Client) -> None:
        for _ in range(3):
            await client.gateway.poll("job-1", deadline=client.within(5))

    _, peer, _ = with_client([patient], open_client, work)
    assert (peer.connections, peer.posts) == (1, 3)


def test_a_picture_inside_a_look_is_put_on_disk(open_client: OpenClient, tmp_path: Any) -> None:
    body = {"status": "succeeded", "results": [{"b64_json": base64.b64encode(JPEG * 50).decode()}]}
    report = poll(answers(200, body), open_client, spool=[tmp_path])
    assert report.answer.files[0].read_bytes() == JPEG * 50


def test_a_picture_inside_a_look_that_is_broken_is_pending(open_client: OpenClient, tmp_path: Any) -> None:
    body = {"status": "succeeded", "results": [{"b64_json": "?" * 100}]}
    assert type(poll(answers(200, body), open_client, spool=[tmp_path])) is Pending


def test_a_picture_inside_a_look_needs_a_place(open_client: OpenClient) -> None:
    small = {"status": "succeeded", "results": [{"b64_json": base64.b64encode(JPEG).decode()}]}
    assert type(poll(answers(200, small), open_client)) is Unsaved
    large = {"status": "succeeded", "results": [{"b64_json": base64.b64encode(JPEG * 50).decode()}]}
    assert type(poll(answers(200, large), open_client)) is Pending


def test_cancelling_a_look_leaves_nothing(open_client: OpenClient) -> None:
    async def silence(conversation: Conversation) -> None:
        await conversation.read_request()
        await conversation.hang()

    async def work(client: Client) -> None:
        look = asyncio.ensure_future(client.gateway.poll("job-1", deadline=client.within(5)))
        await asyncio.sleep(0.05)
        look.cancel()
        with pytest.raises(asyncio.CancelledError):
            await look

    with_client([silence], open_client, work)


# Following


def test_a_job_is_followed_until_it_has_its_picture(open_client: OpenClient) -> None:
    words: list[str] = []
    answer, peer, client = follow(
        [answers(200, {"status": "QUEUED"}), answers(200, RUNNING), answers(200, {}), answers(200, DONE)],
        open_client,
        on_look=words.append,
    )
    assert answer == Answer(links=(LINK,))
    assert words == ["queued", "processing", "running", "succeeded"]
    assert client.clock.waits == [5.0, 5.0, 5.0]
    assert peer.posts == 4


def test_faults_that_pass_are_waited_out(open_client: OpenClient) -> None:
    answer, peer, client = follow(
        [
            answers(500, b"<html>"),
            _reset,
            answers(200, b"garbage"),
            answers(429, {"message": "Try again in 60 seconds."}),
            answers(429, {}, headers={"Retry-After": "2"}),
            answers(200, {"error": "internal error"}),
            answers(200, DONE),
        ],
        open_client,
    )
    assert isinstance(answer, Answer)
    assert peer.posts == 7
    assert client.clock.waits == [5.0, 5.0, 5.0, 60.0, 5.0, 5.0]


@pytest.mark.parametrize(
    ("script", "kind"),
    [
        (answers(401, {}), BadKey),
        (answers(402, {}), NoCredits),
        (answers(403, {}), Denied),
        (answers(404, {}), NotFound),
        (answers(400, {}), Rejected),
        (answers(200, {"status": "failed", "error": "no"}), JobFailed),
        (answers(200, {"status": "failed", "error": {"code": "OutputImageRiskDetection"}}), Moderated),
    ],
)
def test_what_waiting_can_not_change_ends_the_following(
    open_client: OpenClient, script: Script, kind: type[SeedError]
) -> None:
    error, peer, _ = follow([script], open_client)
    assert type(error) is kind
    assert peer.posts == 1


def test_a_fresh_job_may_be_unknown_for_a_while(open_client: OpenClient) -> None:
    answer, peer, _ = follow(
        [answers(404, {}), answers(404, {}), answers(200, DONE)], open_client, fresh=True
    )
    assert isinstance(answer, Answer)
    error, peer, _ = follow([answers(404, {})], open_client, fresh=True)
    assert type(error) is NotFound
    assert peer.posts == 6


def test_a_job_that_never_shows_its_picture_is_not_saved(open_client: OpenClient) -> None:
    error, peer, _ = follow([answers(200, {"status": "succeeded"})], open_client)
    assert type(error) is Unsaved
    assert peer.posts == 6
    answer, _, _ = follow([answers(200, {"status": "succeeded"}), answers(200, DONE)], open_client)
    assert isinstance(answer, Answer)


def test_at_the_deadline_the_job_is_pending(open_client: OpenClient) -> None:
    error, peer, client = follow([answers(200, RUNNING)], open_client, within_s=12.0)
    assert type(error) is Pending
    assert "seedcli poll job-1" in (error.hint or "")
    assert peer.posts == 3
    assert client.clock.skipped_s <= 12.1


def test_pending_tells_the_last_trouble(open_client: OpenClient) -> None:
    error, _, _ = follow([answers(503, b"")], open_client, within_s=3.0)
    assert type(error) is Pending
    assert "503" in error.message


def test_a_look_that_hangs_does_not_outlive_the_deadline(open_client: OpenClient) -> None:
    async def silence(conversation: Conversation) -> None:
        await conversation.read_request()
        await conversation.hang()

    error, _, _ = follow([silence], open_client, within_s=0.2)
    assert type(error) is Pending
