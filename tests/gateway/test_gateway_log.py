"""`--debug-http`: readable, private, and without the key."""

from __future__ import annotations

import asyncio
import base64
import contextlib
from collections.abc import Callable
from pathlib import Path

import pytest
from gateway_client import JPEG, KEY, OpenClient
from scripted_peer import Peer, Script, answers, says

from seedcli.errors import ConfigError, SeedError
from seedcli.gateway.client import Upload

LINK = "https://pub-1.r2.dev/a.jpg?X-Amz-Signature=deadbeef"


def logged(script: Script, upload: Upload, open_client: OpenClient, log: Path) -> str:
    async def scenario() -> None:
        async with Peer(script) as peer, open_client(peer.url, debug_http=log) as client:
            with contextlib.suppress(SeedError):
                await client.submit(upload, within_s=2)

    asyncio.run(scenario())
    return log.read_text()


def test_an_exchange_is_readable_and_shortened(
    open_client: OpenClient, picture: Callable[..., Upload], tmp_path: Path
) -> None:
    body = {"data": [{"url": LINK}], "echo": KEY, "b64": base64.b64encode(JPEG).decode()}
    script = answers(200, body, headers={"Set-Cookie": "session=1", "X-Echo": KEY})
    text = logged(script, picture(), open_client, tmp_path / "log")
    assert "POST http://127.0.0.1" in text
    assert '"prompt":"Make the cat eye blue"' in text
    assert f"<{len(JPEG)} bytes as base64>" in text
    assert "< HTTP 200" in text
    assert "deadbeef" not in text and "session=1" not in text
    assert base64.b64encode(JPEG).decode()[:300] not in text
    assert KEY not in text and KEY.replace("/", "\\/") not in text
    assert (tmp_path / "log").stat().st_mode & 0o777 == 0o600


def test_what_broke_is_told(open_client: OpenClient, picture: Callable[..., Upload], tmp_path: Path) -> None:
    text = logged(says(b""), picture(), open_client, tmp_path / "log")
    assert "after" in text and "the connection was closed" in text
    text = logged(
        says(b"HTTP/1.1 200 OK\r\nContent-Length: 9\r\n\r\n{"), picture(), open_client, tmp_path / "log"
    )
    assert text.count("POST http") == 2, "the log is appended to"


def test_a_log_that_can_not_be_written_stops_before_sending(open_client: OpenClient, tmp_path: Path) -> None:
    async def scenario() -> None:
        async with open_client("http://127.0.0.1:1", debug_http=tmp_path / "missing" / "log"):
            pass

    with pytest.raises(ConfigError, match="--debug-http"):
        asyncio.run(scenario())


def test_a_log_that_fails_later_does_not_stop_paid_work(
    open_client: OpenClient, picture: Callable[..., Upload], tmp_path: Path
) -> None:
    async def scenario() -> None:
        log = tmp_path / "logs" / "log"
        log.parent.mkdir()
        async with (
            Peer(answers(200, {"data": [{"url": LINK}]})) as peer,
            open_client(peer.url, debug_http=log) as client,
        ):
            log.unlink()
            log.parent.rmdir()
            assert (await client.submit(picture())).links == (LINK,)

    asyncio.run(scenario())
