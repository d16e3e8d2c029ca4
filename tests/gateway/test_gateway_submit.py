"""A paid request over real sockets: sent once, and judged by how far it got."""

from __future__ import annotations

import asyncio
import base64
import gzip
import json
import os
import socket
import zlib
from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest
from gateway_client import JPEG, KEY, OpenClient
from scripted_peer import Conversation, Peer, Script, answers, says

from seedcli.clock import Deadline
from seedcli.errors import (
    BadInput,
    BadKey,
    BadOutput,
    ConfigError,
    Denied,
    InDoubt,
    Moderated,
    NoCredits,
    NoKey,
    NotFound,
    OutOfQuota,
    RateLimited,
    Rejected,
    SeedError,
    Undelivered,
)
from seedcli.gateway.client import Upload
from seedcli.records import Answer, Job, Parameters

LINK = "https://pub-1.r2.dev/byteplus/a.jpg?sig=1"
GOOD = {
    "created": 1757502222,
    "data": [{"url": LINK}],
    "usage": {"generated_images": 1, "output_tokens": 4096},
}
BIG = 24 * 1024 * 1024  # more than the sockets' buffers hold

Picture = Callable[..., Upload]


def submit_to(
    script: Script, upload: Upload | str, open_client: OpenClient, **options: Any
) -> tuple[Answer | SeedError, Peer, Any]:
    """What one submission ends in, and who saw what."""

    async def scenario() -> tuple[Answer | SeedError, Peer, Any]:
        async with Peer(script) as peer, open_client(peer.url) as client:
            try:
                return await client.submit(upload, **options), peer, client
            except SeedError as error:
                return error, peer, client

    return asyncio.run(scenario())


def b64_answer(picture: bytes = JPEG, *, indent: int | None = None) -> bytes:
    return json.dumps({"data": [{"b64_json": base64.b64encode(picture).decode()}]}, indent=indent).encode()


# What goes out


def test_a_file_goes_out_whole_with_only_what_was_set(open_client: OpenClient, picture: Picture) -> None:
    steps: list[tuple[int, int]] = []
    phases: list[str] = []
    answer, peer, client = submit_to(
        answers(200, GOOD),
        picture(size=300_001),
        open_client,
        parameters=Parameters(model="seededit-3-0-i2i-250628", seed=42, guidance_scale=6.0),
        progress=lambda done, total: steps.append((done, total)),
        on_phase=phases.append,
    )
    assert answer == Answer(links=(LINK,), usage={"generated_images": 1, "output_tokens": 4096})
    sent = json.loads(peer.bodies[0])
    image = sent.pop("image")
    assert sent == {
        "model": "seededit-3-0-i2i-250628",
        "seed": 42,
        "guidance_scale": 6.0,
        "prompt": "Make the cat eye blue",
    }
    head, _, content = image.partition(",")
    assert head == "data:image/jpeg;base64"
    assert base64.b64decode(content) == picture(size=300_001).path.read_bytes()
    assert client.delivery.whole
    assert client.delivery.sent_bytes == client.delivery.total_bytes == len(peer.bodies[0])
    assert steps[0][0] == 0 and steps[-1] == (len(peer.bodies[0]),) * 2 and len(steps) > 3
    assert phases == ["uploading", "editing", "downloading"]


def test_the_documents_headers_go_out(open_client: OpenClient, picture: Picture) -> None:
    _, peer, _ = submit_to(answers(200, GOOD), picture(), open_client)
    lines = peer.heads[0].decode().split("\r\n")
    assert lines[0] == "POST /byteplus/v1/getEditImage HTTP/1.1"
    headers = dict(line.split(": ", 1) for line in lines[1:] if line)
    assert headers["Content-Type"] == "application/json"
    assert headers["Cache-Control"] == "no-cache"
    assert headers["Ocp-Apim-Subscription-Key"] == KEY
    assert headers["Content-Length"] == str(len(peer.bodies[0]))
    assert headers["User-Agent"].startswith("seedcli/")
    assert "Transfer-Encoding" not in headers and "Cookie" not in headers


def test_a_link_is_sent_as_it_is(open_client: OpenClient) -> None:
    _, peer, client = submit_to(answers(200, GOOD), "https://example.org/kätzchen.jpg", open_client)
    assert json.loads(peer.bodies[0])["image"] == "https://example.org/kätzchen.jpg"
    assert client.delivery.whole


@pytest.mark.parametrize("size", [1, 2, 3, 98303, 98304, 98305, 98306, 196608])
def test_every_length_is_encoded_and_declared_right(
    open_client: OpenClient, picture: Picture, size: int
) -> None:
    answer, peer, _ = submit_to(answers(200, GOOD), picture(size=size), open_client)
    assert isinstance(answer, Answer)
    assert len(base64.b64decode(json.loads(peer.bodies[0])["image"].partition(",")[2])) == size


def test_each_paid_request_has_a_connection_of_its_own(open_client: OpenClient, picture: Picture) -> None:
    async def patient(conversation: Conversation) -> None:
        while True:
            await conversation.read_request()
            conversation.body.clear()
            await conversation.answer(200, GOOD, close=False, headers={"Set-Cookie": "a=b"})

    async def scenario() -> Peer:
        async with Peer(patient) as peer, open_client(peer.url) as client:
            await client.submit(picture())
            await client.submit(picture())
            return peer

    peer = asyncio.run(scenario())
    assert (peer.connections, peer.posts) == (2, 2)
    assert b"ookie" not in b"".join(peer.heads)


def test_many_at_once_are_all_sent_once(open_client: OpenClient, picture: Picture) -> None:
    async def scenario() -> Peer:
        async with Peer(answers(200, GOOD)) as peer, open_client(peer.url) as client:
            upload = picture(size=1000)
            await asyncio.gather(
                *(
                    client.gateway.submit(
                        upload,
                        prompt="x",
                        parameters=Parameters(),
                        deadline=client.within(20),
                        spool=[client.spool],
                    )
                    for _ in range(20)
                )
            )
            return peer

    assert asyncio.run(scenario()).posts == 20


def test_no_more_bodies_than_the_gate_admits_are_sent_at_once(
    open_client: OpenClient, picture: Picture
) -> None:
    async def scenario() -> list[int]:
        first_may_read = asyncio.Event()
        both_connected = asyncio.Event()

        async def script(conversation: Conversation) -> None:
            if conversation.peer.connections == 2:
                both_connected.set()
            await first_may_read.wait()
            await conversation.read_request()
            await conversation.answer(200, GOOD)

        seen: list[int] = []
        async with Peer(script) as peer, open_client(peer.url, uploads=1) as client:
            deliveries = [asyncio.ensure_future(client.submit(picture(size=BIG, name="a.jpg")))]
            first = client.delivery
            await asyncio.sleep(0)
            first = client.delivery
            deliveries.append(asyncio.ensure_future(client.submit(picture(size=1000, name="b.jpg"))))
            await both_connected.wait()
            second = client.delivery
            seen.append(second.sent_bytes)
            first_may_read.set()
            await asyncio.gather(*deliveries)
            seen += [int(first.whole), int(second.whole)]
        return seen

    assert asyncio.run(scenario()) == [0, 1, 1]


# Certainly not processed


def test_a_refused_connection_is_undelivered(open_client: OpenClient, picture: Picture) -> None:
    async def scenario() -> tuple[SeedError, Any]:
        async with Peer(answers()) as peer:
            url = peer.url
        async with open_client(url) as client:
            with pytest.raises(Undelivered) as caught:
                await client.submit(picture())
            return caught.value, client.delivery

    error, delivery = asyncio.run(scenario())
    assert error.retryable
    assert "refused" in error.message
    assert not delivery.connected and not delivery.whole


def test_a_reset_in_the_middle_of_the_body_is_undelivered(open_client: OpenClient, picture: Picture) -> None:
    async def script(conversation: Conversation) -> None:
        await conversation.read_head()
        await conversation.reader.readexactly(100_000)
        conversation.reset()

    error, peer, client = submit_to(script, picture(size=BIG), open_client)
    assert isinstance(error, Undelivered) and error.retryable
    assert "broke off after" in error.message
    assert client.delivery.connected and not client.delivery.whole
    assert peer.posts == 1


def test_hanging_up_in_the_middle_of_the_body_is_undelivered(
    open_client: OpenClient, picture: Picture
) -> None:
    async def script(conversation: Conversation) -> None:
        await conversation.read_head()
        conversation.writer.write_eof()
        await conversation.until_closed()

    error, _, client = submit_to(script, picture(size=BIG), open_client)
    assert isinstance(error, Undelivered) and error.retryable
    assert not client.delivery.whole


def test_a_peer_that_does_not_read_is_undelivered_at_the_deadline(
    open_client: OpenClient, picture: Picture
) -> None:
    async def script(conversation: Conversation) -> None:
        conversation.writer.transport.pause_reading()  # type: ignore[attr-defined]
        await conversation.hang()

    error, _, client = submit_to(script, picture(size=BIG), open_client, within_s=0.4)
    assert isinstance(error, Undelivered)
    assert "time is up" in error.message
    assert not client.delivery.whole
    assert 0 < client.delivery.sent_bytes < client.delivery.total_bytes


def test_without_time_or_key_nothing_connects(open_client: OpenClient, picture: Picture) -> None:
    async def scenario() -> int:
        async with Peer(answers(200, GOOD)) as peer:
            async with open_client(peer.url) as client:
                with pytest.raises(Undelivered, match="no time"):
                    await client.submit(picture(), within_s=0)
            async with open_client(peer.url, key=None) as client:
                with pytest.raises(NoKey) as caught:
                    await client.submit(picture())
                with pytest.raises(NoKey):
                    await client.gateway.poll("job", deadline=client.within(1))
                assert "--sandbox" in (caught.value.hint or "")
            return peer.connections

    assert asyncio.run(scenario()) == 0


@pytest.mark.parametrize("stays_open", [True, False])
@pytest.mark.parametrize(("status", "kind"), [(413, Rejected), (401, BadKey), (429, RateLimited)])
def test_an_early_refusal_is_read_while_the_body_is_being_sent(
    open_client: OpenClient, picture: Picture, status: int, kind: type[SeedError], stays_open: bool
) -> None:
    async def script(conversation: Conversation) -> None:
        await conversation.read_head()
        conversation.writer.transport.pause_reading()  # type: ignore[attr-defined]
        await conversation.answer(status, {"error": "stop right there"}, close=not stays_open)
        if stays_open:
            await conversation.hang()

    error, _, client = submit_to(script, picture(size=BIG), open_client)
    assert type(error) is kind
    assert "stop right there" in str(error)
    assert not client.delivery.whole


def test_an_early_server_error_is_undelivered_for_the_body_was_not_whole(
    open_client: OpenClient, picture: Picture
) -> None:
    async def script(conversation: Conversation) -> None:
        await conversation.read_head()
        await conversation.answer(503, b"busy", close=False)
        await conversation.hang()

    error, _, _ = submit_to(script, picture(size=BIG), open_client)
    assert isinstance(error, Undelivered) and error.retryable
    assert error.http_status == 503


def test_an_early_success_without_a_picture_is_in_doubt(open_client: OpenClient, picture: Picture) -> None:
    async def script(conversation: Conversation) -> None:
        await conversation.read_head()
        await conversation.answer(200, {}, close=False)
        await conversation.hang()

    error, _, client = submit_to(script, picture(size=BIG), open_client)
    assert isinstance(error, InDoubt)
    assert not client.delivery.whole


def test_informational_answers_during_the_upload_do_not_stop_it(
    open_client: OpenClient, picture: Picture
) -> None:
    async def script(conversation: Conversation) -> None:
        await conversation.read_head()
        for part in (
            b"HTTP/1.1 100 Continue\r\n\r\nHTTP/1",
            b".1 102 Processing\r\nA: b\r\n\r\nHTTP/1.1 10",
            b"3 X\r\n\r\n",
        ):
            await conversation.send(part)
            await asyncio.sleep(0.01)
        await conversation.read_body()
        await conversation.answer(200, GOOD)

    answer, _, client = submit_to(script, picture(size=BIG), open_client)
    assert isinstance(answer, Answer)
    assert client.delivery.whole


# The file


@pytest.mark.parametrize(
    ("change", "size"),
    [
        (lambda path: path.write_bytes(path.read_bytes()[:-1] + b"?"), 1000),
        (lambda path: path.write_bytes(path.read_bytes() + b"?"), 1000),
        (lambda path: path.write_bytes(path.read_bytes()[:-1]), 1000),
        (lambda path: path.write_bytes(b""), 1000),
        (lambda path: path.unlink(), 1000),
        (lambda path: path.write_bytes(b"\0" * path.stat().st_size), 500_000),
        (lambda path: path.write_bytes(path.read_bytes() * 2), 500_000),
    ],
)
def test_a_file_that_changed_never_goes_out_whole(
    open_client: OpenClient, picture: Picture, change: Callable[[Path], object], size: int
) -> None:
    upload = picture(size=size)
    change(upload.path)
    error, peer, client = submit_to(answers(200, GOOD), upload, open_client)
    assert isinstance(error, BadInput)
    assert "cat.jpg" in error.message
    assert not client.delivery.whole
    seen = peer.conversations[0]
    assert not seen.head or len(seen.body) < seen.length


def test_a_file_that_changes_while_it_is_sent_never_goes_out_whole(
    open_client: OpenClient, picture: Picture
) -> None:
    upload = picture(size=2_000_000)

    def meddle(done: int, total: int) -> None:
        if 0 < done < total:
            with upload.path.open("r+b") as file:
                file.seek(-10, os.SEEK_END)
                file.write(b"meddled")

    error, _, client = submit_to(answers(200, GOOD), upload, open_client, progress=meddle)
    assert isinstance(error, BadInput)
    assert "changed while it was being sent" in error.message
    assert not client.delivery.whole and client.delivery.sent_bytes


def test_a_folder_in_place_of_the_picture_is_bad_input(open_client: OpenClient, tmp_path: Path) -> None:
    error, _, _ = submit_to(answers(200, GOOD), Upload(tmp_path, 5, "0" * 64, "image/png"), open_client)
    assert isinstance(error, BadInput)


def test_an_empty_picture_is_refused_before_anything_connects(
    open_client: OpenClient, picture: Picture
) -> None:
    error, peer, _ = submit_to(answers(200, GOOD), picture(size=0), open_client)
    assert isinstance(error, BadInput)
    assert peer.connections == 0


@pytest.mark.parametrize("prompt", ["", "  \n", "half a \ud83d character"])
def test_a_prompt_that_can_not_be_sent_is_refused(
    open_client: OpenClient, picture: Picture, prompt: str
) -> None:
    error, peer, _ = submit_to(answers(200, GOOD), picture(), open_client, prompt=prompt)
    assert isinstance(error, BadInput)
    assert peer.connections == 0


def test_a_spool_that_can_not_be_made_stops_before_sending(
    open_client: OpenClient, picture: Picture, tmp_path: Path
) -> None:
    (tmp_path / "spool").write_text("in the way")
    error, peer, _ = submit_to(answers(200, GOOD), picture(), open_client)
    assert isinstance(error, BadOutput)
    assert peer.connections == 0


# In doubt


async def _hang_up(conversation: Conversation) -> None:
    await conversation.read_request()


async def _reset(conversation: Conversation) -> None:
    await conversation.read_request()
    conversation.reset()


async def _silence(conversation: Conversation) -> None:
    await conversation.read_request()
    await conversation.hang()


async def _drip(conversation: Conversation) -> None:
    await conversation.read_request()
    for byte in b"HTTP/1.1 200 OK\r\nX-Slow: " + b"y" * 10_000:
        await conversation.send(bytes((byte,)))
        await asyncio.sleep(0.01)


async def _endless_continue(conversation: Conversation) -> None:
    await conversation.read_request()
    while True:
        await conversation.send(b"HTTP/1.1 100 Continue\r\n\r\n" * 10)
        await asyncio.sleep(0.01)


async def _continue_from_the_start(conversation: Conversation) -> None:
    await conversation.read_head()
    reading = asyncio.ensure_future(conversation.read_body())
    while not conversation.peer.over.is_set():
        await conversation.send(b"HTTP/1.1 100 Continue\r\n\r\n" * 10)
        await asyncio.sleep(0.01)
    await reading


async def _drip_the_body(conversation: Conversation) -> None:
    await conversation.read_request()
    await conversation.send(b"HTTP/1.1 200 OK\r\nContent-Length: 9000\r\n\r\n")
    while True:
        await conversation.send(b" ")
        await asyncio.sleep(0.01)


@pytest.mark.parametrize(
    "script",
    [_hang_up, _reset, _silence, _drip, _endless_continue, _continue_from_the_start, _drip_the_body],
)
def test_what_breaks_after_the_whole_body_is_in_doubt(
    open_client: OpenClient, picture: Picture, script: Script
) -> None:
    error, peer, client = submit_to(script, picture(), open_client, within_s=0.4)
    assert isinstance(error, InDoubt)
    assert "--resend" in (error.hint or "")
    assert client.delivery.whole
    assert peer.posts == 1
    assert client.spooled == []


@pytest.mark.parametrize(
    "raw",
    [
        b"garbage\r\n\r\n",
        b"HTTP/9.9 200 OK\r\n\r\n",
        b"HTTP/1.1 200 OK\r\nContent-Length: 5\r\nContent-Length: 6\r\n\r\nhello!",
        b"HTTP/1.1 200 OK\r\nContent-Length: -1\r\n\r\n",
        b"HTTP/1.1 200 OK\r\nX: " + b"x" * 200_000 + b"\r\n\r\n",
        b"HTTP/1.1 200 OK\r\nTransfer-Encoding: chunked\r\n\r\nzz\r\n",
        b'HTTP/1.1 200 OK\r\nTransfer-Encoding: chunked\r\n\r\n5\r\n{"dat',
        b'HTTP/1.1 200 OK\r\nContent-Length: 50\r\n\r\n{"data":',
        b"HTTP/1.1 200 OK\r\nContent-Length: 3\r\n\r\n" + json.dumps(GOOD).encode(),
        b"HTTP/1.1 101 Switching Protocols\r\nUpgrade: x\r\nConnection: upgrade\r\n\r\n",
        b"HTTP/1.1 204 No Content\r\n\r\n",
        b"HTTP/1.1 200 OK\r\n\r\n",
        b"HTTP/1.1 200 OK\r\n\r\n<html><title>Welcome</title></html>",
        b"HTTP/1.1 200 OK\r\nContent-Encoding: br\r\n\r\nwhatever",
        b"HTTP/1.1 200 OK\r\nContent-Encoding: gzip\r\n\r\nnot gzip at all",
        b"HTTP/1.1 200 OK\r\nContent-Encoding: gzip\r\n\r\n" + gzip.compress(b"{}" * 999, mtime=0)[:20],
        b"HTTP/1.1 200 OK\r\n\r\n" + b'{"data": [' + b"0," * 600_000,
        b"HTTP/1.1 200 OK\r\n\r\n" + b"[" * 200_000,
        b"HTTP/1.1 200 OK\r\n\r\n" + b'{"data": [{"b64_json": "' + b"?" * 100_000 + b'"}]}',
        b"HTTP/1.1 200 OK\r\n\r\n" + b'{"data": [{"b64_json": "' + b"A" * 100_001 + b'"}]}',
        b"HTTP/1.1 200 OK\r\n\r\n" + b'{"data": [{"b64_json": "' + b"A" * 100_000,
        b"HTTP/1.1 200 OK\r\n\r\n" + b'{"data": [{"b64_json": "A"}]}',
        b"HTTP/1.1 200 OK\r\n\r\n" + b'{"note": "' + b"A" * 100_000 + b'"}',
        b"HTTP/1.1 500 X\r\nContent-Length: 2\r\n\r\n{}",
        b"HTTP/1.1 408 X\r\nContent-Length: 2\r\n\r\n{}",
        b"HTTP/1.1 502 X\r\n\r\n" + b"<html>" * 100_000,
    ],
)
def test_answers_that_can_not_be_used_are_in_doubt(
    open_client: OpenClient, picture: Picture, raw: bytes
) -> None:
    error, peer, client = submit_to(says(raw), picture(), open_client)
    assert isinstance(error, InDoubt)
    assert peer.posts == 1
    assert client.spooled == []
    assert len(error.answer_text or "") <= 2000


def test_the_text_of_an_unreadable_success_is_kept_cleaned(open_client: OpenClient, picture: Picture) -> None:
    raw = b'HTTP/1.1 200 OK\r\nContent-Length: 500\r\n\r\n{"da\x1b[2Jta\xff'
    error, _, _ = submit_to(says(raw), picture(), open_client)
    assert isinstance(error, InDoubt)
    assert "broke off" in error.message
    assert (error.answer_text or "").startswith('{"da')
    assert "\x1b" not in (error.answer_text or "")
    assert error.http_status == 200


def test_a_cancellation_leaves_behind_how_far_it_got(open_client: OpenClient, picture: Picture) -> None:
    async def scenario() -> list[bool]:
        seen = []
        async with Peer(_silence) as peer, open_client(peer.url) as client:
            edited = asyncio.Event()
            work = asyncio.ensure_future(
                client.submit(picture(), on_phase=lambda phase: edited.set() if phase == "editing" else None)
            )
            await edited.wait()
            work.cancel()
            with pytest.raises(asyncio.CancelledError):
                await work
            seen.append(client.delivery.whole)
        async with Peer(_silence) as peer, open_client(peer.url) as client:
            work = asyncio.ensure_future(client.submit(picture(size=BIG)))
            await asyncio.sleep(0)
            work.cancel()
            with pytest.raises(asyncio.CancelledError):
                await work
            seen.append(client.delivery.whole)
        return seen

    assert asyncio.run(scenario()) == [True, False]


# What came is judged by status and words


@pytest.mark.parametrize(
    ("status", "body", "kind"),
    [
        (400, {"error": "Invalid request parameters"}, Rejected),
        (400, {"error": {"code": "InputTextSensitiveContentDetected", "message": "no"}}, Moderated),
        (401, {"statusCode": 401, "message": "Access denied due to invalid subscription key."}, BadKey),
        (401, b"", BadKey),
        (402, {}, NoCredits),
        (403, {"error": "Access denied for this operation"}, Denied),
        (403, {"message": "Out of call volume quota. Quota will be replenished in 22.14:18:12."}, OutOfQuota),
        (404, {"error": "Endpoint not found"}, NotFound),
        (407, b"", ConfigError),
        (413, b"<html><title>413 Too Large</title></html>", Rejected),
        (422, {"detail": [{"msg": "field required"}]}, Rejected),
        (429, {"error": "Rate limit exceeded, please retry later"}, RateLimited),
        (500, {"error": "An unexpected error occurred, please try again later"}, InDoubt),
        (200, {"error": {"code": "X", "message": "bad size"}}, Rejected),
    ],
)
def test_each_refusal_has_its_error(
    open_client: OpenClient, picture: Picture, status: int, body: Any, kind: type[SeedError]
) -> None:
    error, peer, client = submit_to(answers(status, body), picture(), open_client)
    assert type(error) is kind
    assert error.http_status == status or status == 200
    assert peer.posts == 1
    assert client.spooled == []


def test_a_refusal_counts_though_its_body_breaks_off(open_client: OpenClient, picture: Picture) -> None:
    raw = b'HTTP/1.1 401 X\r\nContent-Length: 500\r\n\r\n{"error": "nope'
    error, _, _ = submit_to(says(raw), picture(), open_client)
    assert type(error) is BadKey


def test_a_refusal_counts_though_its_compression_is_unknown(
    open_client: OpenClient, picture: Picture
) -> None:
    error, _, _ = submit_to(answers(402, b"??", headers={"Content-Encoding": "zstd"}), picture(), open_client)
    assert type(error) is NoCredits


def test_an_endless_refusal_is_read_only_as_far_as_it_is_of_use(
    open_client: OpenClient, picture: Picture
) -> None:
    async def script(conversation: Conversation) -> None:
        await conversation.read_request()
        await conversation.send(b"HTTP/1.1 400 X\r\n\r\n")
        while True:
            await conversation.send(b"too much to say " * 1000)

    error, _, _ = submit_to(script, picture(), open_client)
    assert type(error) is Rejected
    assert len(str(error)) < 500


@pytest.mark.parametrize("status", [301, 302, 303, 307, 308])
def test_a_redirect_is_never_followed_with_the_key(
    open_client: OpenClient, picture: Picture, status: int
) -> None:
    async def scenario() -> tuple[Peer, Peer]:
        async with Peer(answers(200, GOOD)) as elsewhere:
            moved = answers(status, b"", headers={"Location": elsewhere.url + "/byteplus/v1/getEditImage"})
            async with Peer(moved) as peer, open_client(peer.url) as client:
                with pytest.raises(ConfigError, match="redirects"):
                    await client.submit(picture())
                with pytest.raises(ConfigError, match="redirects"):
                    await client.gateway.poll("job-1", deadline=client.within(5))
                return peer, elsewhere

    peer, elsewhere = asyncio.run(scenario())
    assert elsewhere.connections == 0
    assert peer.posts == 2


@pytest.mark.parametrize("escaped", [False, True])
def test_a_key_that_the_gateway_repeats_is_not_shown(
    open_client: OpenClient, picture: Picture, escaped: bool
) -> None:
    body = json.dumps({"error": f"the key {KEY} is bad"})
    body = body.replace("/", "\\/") if escaped else body
    for status in (401, 500, 200):
        error, _, _ = submit_to(answers(status, body.encode()), picture(), open_client)
        assert isinstance(error, SeedError)
        for text in (str(error), error.message, error.hint, error.answer_text, repr(error.args)):
            assert KEY not in (text or "") and KEY.replace("/", "\\/") not in (text or "")


# Pictures that were paid for


@pytest.mark.parametrize(
    "body",
    [
        {"data": [{"url": LINK}]},
        {"images": [{"url": LINK}]},
        {"data": [{"error": {"code": "X", "message": "y"}}, {"url": LINK}], "error": "one failed"},
        {"success": True, "data": {"images": [LINK]}},
    ],
)
def test_a_link_in_any_shape_is_an_answer(open_client: OpenClient, picture: Picture, body: Any) -> None:
    answer, _, _ = submit_to(answers(200, body), picture(), open_client)
    assert isinstance(answer, Answer)
    assert answer.links == (LINK,)


def test_a_job_is_an_answer(open_client: OpenClient, picture: Picture) -> None:
    answer, _, _ = submit_to(
        answers(202, {"job_set_id": "job-1", "status": "QUEUED"}), picture(), open_client
    )
    assert answer == Answer(job=Job("job-1"))


@pytest.mark.parametrize(
    "headers",
    [
        {"Content-Encoding": "gzip"},
        {"Content-Encoding": "deflate"},
        {"Transfer-Encoding": "chunked"},
        {"Content-Length": "900000"},
        {"Connection": "close"},
    ],
)
def test_however_it_is_transferred_a_whole_json_is_an_answer(
    open_client: OpenClient, picture: Picture, headers: dict[str, str]
) -> None:
    body = json.dumps(GOOD).encode()
    if "gzip" in headers.values():
        body = gzip.compress(body, mtime=0)
    elif "deflate" in headers.values():
        body = zlib.compress(body)
    elif "chunked" in headers.values():
        body = b"".join(b"1\r\n%c\r\n" % byte for byte in body) + b"0\r\n\r\n"
    answer, _, _ = submit_to(answers(200, body, headers=headers), picture(), open_client)
    assert isinstance(answer, Answer)
    assert answer.links == (LINK,)


@pytest.mark.parametrize("size", [10, 50_000, 10_000_000])
def test_an_inline_picture_is_on_disk_when_the_answer_is_there(
    open_client: OpenClient, picture: Picture, size: int
) -> None:
    made = (JPEG * (size // len(JPEG) + 1))[:size]
    answer, _, client = submit_to(answers(200, b64_answer(made, indent=1)), picture(), open_client)
    assert isinstance(answer, Answer)
    assert answer.files == tuple(client.spooled)
    assert answer.files[0].read_bytes() == made
    assert answer.files[0].stat().st_mode & 0o777 == 0o600


def test_an_inline_picture_that_came_whole_is_kept_though_the_answer_broke_off(
    open_client: OpenClient, picture: Picture
) -> None:
    made = JPEG * 40
    raw = b"HTTP/1.1 200 OK\r\nContent-Length: 999999\r\n\r\n" + b64_answer(made)[:-2]
    answer, _, client = submit_to(says(raw), picture(), open_client)
    assert isinstance(answer, Answer)
    assert [path.read_bytes() for path in answer.files] == [made]
    assert answer.files == tuple(client.spooled)


def test_a_picture_in_a_data_uri_is_an_answer(open_client: OpenClient, picture: Picture) -> None:
    for made in (JPEG, JPEG * 40):
        link = "data:image/jpeg;base64," + base64.b64encode(made).decode()
        answer, _, _ = submit_to(answers(200, {"data": [{"url": link}]}), picture(), open_client)
        assert isinstance(answer, Answer)
        assert answer.files[0].read_bytes() == made


def test_an_input_that_is_repeated_is_not_taken_for_the_result(
    open_client: OpenClient, picture: Picture
) -> None:
    echo = "data:image/jpeg;base64," + base64.b64encode(JPEG * 40).decode()
    for body in (
        json.dumps({"success": True, "image": echo}).encode(),
        json.dumps({"request": {"image": echo}}).encode()[:-2],
    ):
        error, _, client = submit_to(answers(200, body), picture(), open_client)
        assert isinstance(error, InDoubt)
        assert client.spooled == []


def test_a_name_for_this_machine_that_leads_elsewhere_gets_no_key(
    open_client: OpenClient, picture: Picture, monkeypatch: pytest.MonkeyPatch
) -> None:
    async def scenario() -> SeedError:
        async def resolve(*_: object, **__: object) -> list[Any]:
            return [(2, 1, 6, "", (outside, peer.port))]

        async with (
            Peer(answers(200, GOOD), host="0.0.0.0") as peer,
            open_client(f"http://localhost:{peer.port}") as client,
        ):
            monkeypatch.setattr(asyncio.get_running_loop(), "getaddrinfo", resolve)
            with pytest.raises(Undelivered, match="not allowed") as caught:
                await client.submit(picture())
            assert peer.heads == []
            return caught.value

    with socket.socket(socket.AF_INET, socket.SOCK_DGRAM) as probe:
        try:
            probe.connect(("192.0.2.1", 9))  # sends nothing; tells this machine's own address
        except OSError:
            pytest.skip("this machine has the loopback alone")
        outside = probe.getsockname()[0]
    assert not asyncio.run(scenario()).retryable


def test_a_link_counts_though_the_inline_picture_is_broken(open_client: OpenClient, picture: Picture) -> None:
    body = {"data": [{"b64_json": "?" * 100_000, "url": LINK}]}
    answer, _, client = submit_to(answers(200, body), picture(), open_client)
    assert answer == Answer(links=(LINK,))
    assert client.spooled == []


def test_the_last_second_of_the_deadline_still_counts(open_client: OpenClient, picture: Picture) -> None:
    async def script(conversation: Conversation) -> None:
        await conversation.read_request()
        await conversation.send(b"HTTP/1.1 200 OK\r\n\r\n" + json.dumps(GOOD).encode())
        await conversation.hang()

    answer, _, _ = submit_to(script, picture(), open_client, within_s=0.4)
    assert isinstance(answer, Answer), "the JSON is whole; only the connection was not closed"


def test_a_deadline_is_shared_and_not_renewed(open_client: OpenClient, picture: Picture) -> None:
    async def scenario() -> float:
        async with Peer(_silence) as peer, open_client(peer.url) as client:
            deadline = Deadline.after(client.clock, 0.3)
            with pytest.raises(InDoubt):
                await client.gateway.submit(
                    picture(), prompt="x", parameters=Parameters(), deadline=deadline, spool=[client.spool]
                )
            return deadline.remaining_s

    assert asyncio.run(scenario()) == 0
