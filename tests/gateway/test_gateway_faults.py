"""What a fault means, and sockets that are looked at while they are written to."""

from __future__ import annotations

import asyncio
import contextlib
import errno
import hashlib
import os
import socket
import ssl
import time
from pathlib import Path
from typing import Any

import pytest
from scripted_peer import Conversation, Peer, answers

from seedcli.errors import BadInput, ConfigError, Undelivered
from seedcli.gateway.body import Body, BytesSource, FileSource, Gate
from seedcli.gateway.channel import Channel, NotConnected, ProxyRefused
from seedcli.gateway.connection import Closed, Connection, EarlyAnswer, NotHTTP
from seedcli.gateway.delivery import Delivery, Upload
from seedcli.gateway.endpoint import parse_endpoint
from seedcli.gateway.faults import proxy_refusal, reason_of, undelivered
from seedcli.gateway.network import Network, Pools, Trust
from seedcli.gateway.reach import Step, reach


def caused(error: Exception, cause: BaseException) -> Exception:
    error.__cause__ = cause
    return error


@pytest.mark.parametrize(
    ("fault", "words"),
    [
        (TimeoutError(), "time is up"),
        (
            caused(NotConnected("no connection within the time limit"), TimeoutError()),
            "no connection within the time limit",
        ),
        (
            caused(NotConnected("x"), socket.gaierror(-2, "Name or service not known")),
            "the name can't be resolved (Name or service not known)",
        ),
        (caused(NotConnected("x"), ssl.SSLError(1, "WRONG")), "TLS failed"),
        (caused(NotConnected("x"), ConnectionRefusedError(errno.ECONNREFUSED, "x")), "refused"),
        (
            caused(
                NotConnected("x"),
                OSError(
                    f"Multiple exceptions: [Errno {errno.ENETUNREACH}] Connect call failed ('::1', 1), "
                    f"[Errno {errno.EHOSTUNREACH}] Connect call failed ('127.0.0.1', 1)"
                ),
            ),
            os.strerror(errno.EHOSTUNREACH).lower(),
        ),
        (NotConnected(""), "the connection was closed"),
        (Closed("the connection was closed"), "the connection was closed"),
        (NotHTTP("illegal\x1b line"), "not HTTP: illegal� line"),
        (caused(NotConnected("illegal line"), NotHTTP("illegal line")), "not HTTP: illegal line"),
        (ConnectionResetError(), "the connection was closed"),
    ],
)
def test_a_fault_is_told_in_a_few_words(fault: Exception, words: str) -> None:
    assert words in reason_of(fault)


def test_a_fault_that_causes_itself_ends() -> None:
    fault = Closed("x")
    fault.__cause__ = fault
    assert reason_of(fault)


def test_only_certificates_and_proxies_make_a_retry_pointless() -> None:
    certificate = ssl.SSLCertVerificationError(1, "certificate verify failed")
    error = undelivered(caused(NotConnected("x"), certificate), Delivery(), origin="https://a")
    assert isinstance(error, Undelivered) and not error.retryable
    error = undelivered(NotConnected("x"), Delivery(), origin="https://a")
    assert error.retryable and "https://a can't be reached" in error.message
    error = undelivered(Closed("x"), Delivery(connected=True, sent_bytes=5, total_bytes=9), origin="x")
    assert error.retryable and "5 of 9 bytes" in error.message


def test_a_proxy_that_wants_a_password_is_configuration() -> None:
    assert isinstance(proxy_refusal(ProxyRefused("407 X", password="wanted")), ConfigError)


# Sockets


async def connected(peer: Peer) -> Connection:
    """A connection with a request begun."""
    connection = Connection(await Channel.open(peer.host, peer.port, is_address=True))
    connection.begin("POST", peer.url, {"Content-Length": "100"})
    return connection


def test_an_answer_before_a_piece_stops_it() -> None:
    async def script(conversation: Conversation) -> None:
        await conversation.send(b"HTTP/1.1 400 No\r\n\r\n")
        await conversation.until_closed()

    async def scenario() -> int:
        async with Peer(script) as peer:
            connection = await connected(peer)
            while not await connection.known_to_be_over():
                await asyncio.sleep(0.001)
            with pytest.raises(EarlyAnswer):
                await connection.send(b"more")
            head = await connection.head()
            connection.channel.abort()
            return head.status

    assert asyncio.run(scenario()) == 400


def test_what_is_no_answer_stops_the_body_and_is_told_where_the_answer_is_read() -> None:
    async def script(conversation: Conversation) -> None:
        await conversation.send(b"SSH-2.0-OpenSSH_9.2\r\n\r\n")
        await conversation.until_closed()

    async def scenario() -> None:
        async with Peer(script) as peer:
            connection = await connected(peer)
            while not await connection.known_to_be_over():
                await asyncio.sleep(0.001)
            for _ in range(2):
                with pytest.raises(NotHTTP, match="illegal"):
                    await connection.head()
            connection.channel.abort()

    asyncio.run(scenario())


def test_informational_answers_stop_nothing() -> None:
    async def script(conversation: Conversation) -> None:
        await conversation.send(b"HTTP/1.1 100 Continue\r\n\r\nHTTP/1.1 10")
        await conversation.read_head()
        await conversation.send(b"3 Early\r\nA: b\r\n\r\nHTTP/1.1 200 OK\r\n\r\n")
        await conversation.until_closed()

    async def scenario() -> int:
        async with Peer(script) as peer:
            connection = await connected(peer)
            await asyncio.sleep(0.02)
            assert not await connection.known_to_be_over()
            await connection.send(b"x" * 50)
            head = await connection.head()
            connection.channel.abort()
            return head.status

    assert asyncio.run(scenario()) == 200


@pytest.mark.parametrize("reset", [True, False])
def test_the_last_piece_is_kept_back_from_a_connection_that_is_over(reset: bool) -> None:
    async def script(conversation: Conversation) -> None:
        if reset:
            conversation.reset()

    async def scenario() -> Delivery:
        delivery = Delivery()
        async with Peer(script) as peer:
            connection = await connected(peer)
            while not peer.conversations:
                await asyncio.sleep(0.001)
            time.sleep(0.02)  # the loop learns of it in the turns before the last piece, not earlier
            body = Body(BytesSource(b"x" * 100), delivery=delivery, gate=Gate(1))
            with pytest.raises(EarlyAnswer):
                await body.send(connection)
            body.close()
            with pytest.raises(ConnectionResetError if reset else Closed):
                await connection.head()
            connection.channel.abort()
        return delivery

    delivery = asyncio.run(scenario())
    assert delivery.connected and not delivery.whole and not delivery.sent_bytes


def test_endless_informational_headers_are_not_collected() -> None:
    async def script(conversation: Conversation) -> None:
        await conversation.send(b"HTTP/1.1 103 Early\r\n" + b"A: b\r\n" * 500_000)
        await conversation.hang()

    async def scenario() -> None:
        async with Peer(script) as peer:
            connection = await connected(peer)
            with pytest.raises(NotHTTP, match="too long"):
                await connection.head()
            connection.channel.abort()

    asyncio.run(scenario())


def test_a_reader_that_is_slow_holds_little() -> None:
    async def script(conversation: Conversation) -> None:
        await conversation.read_head()
        await conversation.answer(200, b"x" * 20_000_000)

    async def scenario() -> tuple[int, int]:
        most = size = 0
        async with Peer(script) as peer:
            connection = await connected(peer)
            await connection.send(b"x" * 100)
            await connection.end()
            await connection.head()
            async for piece in connection.pieces():
                for _ in range(5):
                    await asyncio.sleep(0)
                most, size = max(most, len(piece)), size + len(piece)
            assert connection.finish()
            connection.channel.abort()
        return most, size

    most, size = asyncio.run(scenario())
    assert size == 20_000_000 and most < 1_000_000


def test_a_body_is_sent_once() -> None:
    async def scenario() -> None:
        async with Peer(answers()) as peer:
            connection = await connected(peer)
            body = Body(BytesSource(b"x" * 100), delivery=Delivery(), gate=Gate(1))
            await body.send(connection)
            with pytest.raises(RuntimeError, match="once"):
                await body.send(connection)
            connection.channel.abort()

    asyncio.run(scenario())


def test_a_disk_that_fails_while_reading_is_bad_input(tmp_path: Path) -> None:
    broken = Upload(Path("/proc/self/mem"), 10, hashlib.sha256().hexdigest(), "image/png")
    source = FileSource(broken, prefix=b"", suffix=b"")
    with source.pieces() as pieces, pytest.raises(BadInput, match="can't be read"):
        list(pieces)


def pools(**options: Any) -> Pools:
    return Pools(Network(), Trust(None), **{"keep_alive": True, **options})


async def exchange(leased: Pools, peer: Peer) -> int:
    async with leased.lease(peer.url) as connection:
        connection.begin("GET", peer.url, {})
        await connection.end()
        head = await connection.head()
        async for _ in connection.pieces():
            pass
    return head.status


@pytest.mark.parametrize(
    ("options", "script_options", "connections"),
    [
        ({}, {"close": False}, 1),
        ({"keep_alive": False}, {"close": False}, 3),
        ({}, {"close": True}, 3),
        ({}, {"close": False, "headers": {"Connection": "close"}}, 3),
    ],
)
def test_a_connection_is_used_again_where_it_may_be(
    options: dict[str, Any], script_options: dict[str, Any], connections: int
) -> None:
    async def script(conversation: Conversation) -> None:
        while True:
            await conversation.read_head()
            await conversation.answer(200, b"good", **script_options)

    async def scenario() -> int:
        async with Peer(script) as peer:
            leased = pools(**options)
            for _ in range(3):
                assert await exchange(leased, peer) == 200
                time.sleep(0.01)  # what the peer does meanwhile is learnt of when the next begins
            await leased.aclose()
            return peer.connections

    assert asyncio.run(scenario()) == connections


def test_a_connection_that_was_left_in_the_middle_is_not_used_again() -> None:
    async def script(conversation: Conversation) -> None:
        await conversation.read_head()
        await conversation.answer(200, b"x" * 1000, close=False)
        await conversation.until_closed()

    async def scenario() -> int:
        async with Peer(script) as peer:
            leased = pools()
            for _ in range(2):
                async with leased.lease(peer.url) as connection:
                    connection.begin("GET", peer.url, {})
                    await connection.end()
                    await connection.head()
            await leased.aclose()
            return peer.connections

    assert asyncio.run(scenario()) == 2


@pytest.fixture
def reset_at_once(monkeypatch: pytest.MonkeyPatch) -> None:
    """Every connection of a loop is given back when its peer has reset it, not a moment earlier."""
    connect = asyncio.selector_events.BaseSelectorEventLoop.sock_connect

    async def connect_and_be_reset(
        loop: asyncio.AbstractEventLoop, sock: socket.socket, address: object
    ) -> None:
        await connect(loop, sock, address)  # type: ignore[arg-type, type-var]
        with contextlib.suppress(OSError):
            while sock.getpeername():
                await asyncio.sleep(0.001)

    monkeypatch.setattr(asyncio.selector_events.BaseSelectorEventLoop, "sock_connect", connect_and_be_reset)


async def resets(conversation: Conversation) -> None:
    conversation.reset()


@pytest.mark.usefixtures("reset_at_once")
def test_a_peer_that_has_hung_up_before_it_is_looked_at_may_be_tried_again() -> None:
    """A reset socket has no peer's address: that is no address that isn't allowed."""

    async def scenario() -> NotConnected:
        async with Peer(resets) as peer:
            with pytest.raises(NotConnected) as caught:
                await exchange(pools(admit=lambda address: address == "127.0.0.1"), peer)
            return caught.value

    fault = asyncio.run(scenario())
    assert undelivered(fault, Delivery(), origin="https://gateway.example").retryable


@pytest.mark.usefixtures("reset_at_once")
def test_a_peer_that_has_hung_up_at_once_is_a_connection_that_failed() -> None:
    async def scenario() -> list[Step]:
        async with Peer(resets) as peer:
            endpoint = parse_endpoint(f"http://{peer.host}:{peer.port}")
            return [step async for step in reach(endpoint, network=Network())]

    *_, last = asyncio.run(scenario())
    assert last.name == "connection" and "reset" in str(last.error)


def test_faults_are_in_the_systems_own_words() -> None:
    assert reason_of(OSError(errno.ECONNRESET, "x")) == os.strerror(errno.ECONNRESET).lower()
