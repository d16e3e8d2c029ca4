"""What a fault means, and sockets that are looked at while they are written to."""

from __future__ import annotations

import asyncio
import contextlib
import errno
import hashlib
import os
import socket
import ssl
from pathlib import Path

import httpcore
import pytest
from gateway_client import OpenClient
from scripted_peer import Conversation, Peer, answers

from seedcli.errors import BadInput, ConfigError, Undelivered
from seedcli.gateway.body import Body, BytesSource, FileSource, Gate
from seedcli.gateway.delivery import Delivery, Upload
from seedcli.gateway.endpoint import parse_endpoint
from seedcli.gateway.faults import NETWORK_FAULTS, proxy_refusal, reason_of, undelivered
from seedcli.gateway.network import Network
from seedcli.gateway.reach import Step, reach
from seedcli.gateway.streams import Backend, EarlyAnswer, WatchedStream


def caused(error: Exception, cause: BaseException) -> Exception:
    error.__cause__ = cause
    return error


@pytest.mark.parametrize(
    ("fault", "words"),
    [
        (TimeoutError(), "time is up"),
        (httpcore.ReadTimeout(), "time is up"),
        (httpcore.ConnectTimeout(), "no connection within the time limit"),
        (
            caused(httpcore.ConnectError("x"), socket.gaierror(-2, "Name or service not known")),
            "the name can't be resolved (Name or service not known)",
        ),
        (caused(httpcore.ConnectError("x"), ssl.SSLError(1, "WRONG")), "TLS failed"),
        (caused(httpcore.ConnectError("x"), ConnectionRefusedError(errno.ECONNREFUSED, "x")), "refused"),
        (
            caused(
                httpcore.ConnectError("x"),
                caused(
                    OSError("All connection attempts failed"),
                    ExceptionGroup(
                        "many", [OSError(errno.ENETUNREACH, "x"), OSError(errno.EHOSTUNREACH, "y")]
                    ),
                ),
            ),
            "unreachable",
        ),
        (httpcore.ReadError(), "the connection was closed"),
        (httpcore.RemoteProtocolError("Server disconnected without sending."), "the connection was closed"),
        (httpcore.RemoteProtocolError("illegal\x1b line"), "not HTTP: illegal� line"),
        (httpcore.UnsupportedProtocol("odd."), "odd"),
        (httpcore.RemoteProtocolError(""), "the connection was closed"),
    ],
)
def test_a_fault_is_told_in_a_few_words(fault: Exception, words: str) -> None:
    assert words in reason_of(fault)


def test_a_fault_that_causes_itself_ends() -> None:
    fault = httpcore.ReadError("x")
    fault.__cause__ = fault
    assert reason_of(fault)


def test_only_certificates_and_proxies_make_a_retry_pointless() -> None:
    certificate = ssl.SSLCertVerificationError(1, "certificate verify failed")
    error = undelivered(caused(httpcore.ConnectError("x"), certificate), Delivery(), origin="https://a")
    assert isinstance(error, Undelivered) and not error.retryable
    error = undelivered(httpcore.ConnectError("x"), Delivery(), origin="https://a")
    assert error.retryable and "https://a can't be reached" in error.message
    error = undelivered(
        httpcore.WriteError("x"), Delivery(connected=True, sent_bytes=5, total_bytes=9), origin="x"
    )
    assert error.retryable and "5 of 9 bytes" in error.message


@pytest.mark.parametrize("said", ["407 Proxy Authentication Required", "Invalid username/password"])
def test_a_proxy_that_wants_a_password_is_configuration(said: str) -> None:
    assert isinstance(proxy_refusal(httpcore.ProxyError(said)), ConfigError)


def test_what_socks_proxies_answer_is_among_the_faults() -> None:
    from socksio import ProtocolError

    assert ProtocolError in NETWORK_FAULTS


# Sockets


async def connected(peer: Peer) -> WatchedStream:
    return await Backend().connect_tcp(peer.host, peer.port)


def test_an_answer_before_a_piece_stops_it(open_client: OpenClient) -> None:
    async def script(conversation: Conversation) -> None:
        await conversation.send(b"HTTP/1.1 400 No\r\n\r\n")
        await conversation.until_closed()

    async def scenario() -> bytes:
        async with Peer(script) as peer:
            stream = await connected(peer)
            stream.watch()
            stream.watch()
            while not stream.answered:
                await asyncio.sleep(0.001)
            with pytest.raises(EarlyAnswer):
                await stream.write(b"more")
            answer = await stream.read(100)
            assert not stream.answered
            await stream.aclose()
            return answer

    assert asyncio.run(scenario()) == b"HTTP/1.1 400 No\r\n\r\n"


@pytest.mark.parametrize("reset", [True, False])
def test_the_last_piece_is_kept_back_from_a_connection_that_is_over(reset: bool) -> None:
    async def script(conversation: Conversation) -> None:
        if reset:
            conversation.reset()

    async def scenario() -> Delivery:
        delivery = Delivery()
        async with Peer(script) as peer:
            stream = await connected(peer)
            while not peer.conversations:
                await asyncio.sleep(0.001)
            await asyncio.sleep(0.02)
            body = Body(BytesSource(b"x" * 100), delivery=delivery, gate=Gate(1))
            body.stream = stream
            with pytest.raises(EarlyAnswer):
                async for _ in body:
                    raise AssertionError("nothing may be given")
            body.close()
            with pytest.raises(httpcore.ReadError) if reset else pytest.raises(EOFError):
                if not await stream.read(10):
                    raise EOFError
            await stream.aclose()
        return delivery

    delivery = asyncio.run(scenario())
    assert delivery.connected and not delivery.whole and not delivery.sent_bytes


def test_closing_ends_the_lookout() -> None:
    async def script(conversation: Conversation) -> None:
        await conversation.until_closed()

    async def scenario() -> None:
        async with Peer(script) as peer:
            stream = await connected(peer)
            stream.watch()
            await stream.write(b"")
            await stream.write(b"some")
            await stream.aclose()

    asyncio.run(scenario())


def test_endless_informational_headers_are_not_collected() -> None:
    async def script(conversation: Conversation) -> None:
        await conversation.send(b"HTTP/1.1 103 Early\r\n" + b"A: b\r\n" * 50_000)
        await conversation.hang()

    async def scenario() -> int:
        async with Peer(script) as peer:
            stream = await connected(peer)
            stream.watch()
            size = len(await stream.read(100))
            await stream.aclose()
            return size

    assert 65_536 < asyncio.run(scenario()) <= 200_000


def test_a_body_without_a_watched_stream_is_sent_all_the_same() -> None:
    async def scenario() -> tuple[bytes, Delivery]:
        delivery = Delivery()
        body = Body(BytesSource(b"{}"), delivery=delivery, gate=Gate(1))
        return b"".join([piece async for piece in body]), delivery

    content, delivery = asyncio.run(scenario())
    assert content == b"{}"
    assert delivery == Delivery(connected=True, sent_bytes=2, total_bytes=2, whole=True)


def test_a_body_is_sent_once() -> None:
    async def scenario() -> None:
        body = Body(BytesSource(b"{}"), delivery=Delivery(), gate=Gate(1))
        assert [piece async for piece in body] == [b"{}"]
        with pytest.raises(RuntimeError, match="once"):
            assert [piece async for piece in body]

    asyncio.run(scenario())


def test_a_disk_that_fails_while_reading_is_bad_input(tmp_path: Path) -> None:
    broken = Upload(Path("/proc/self/mem"), 10, hashlib.sha256().hexdigest(), "image/png")
    source = FileSource(broken, prefix=b"", suffix=b"")
    with source.pieces() as pieces, pytest.raises(BadInput, match="can't be read"):
        list(pieces)


def test_the_backend_waits_as_httpcore_wants_it_to() -> None:
    asyncio.run(Backend().sleep(0))


def test_a_backend_leaves_no_connection_open() -> None:
    async def scenario() -> None:
        async with Peer(answers()) as peer:
            backend = Backend()
            await backend.connect_tcp(peer.host, peer.port)
            await backend.aclose()

    asyncio.run(scenario())


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

    async def scenario() -> httpcore.ConnectError:
        async with Peer(resets) as peer:
            with pytest.raises(httpcore.ConnectError) as caught:
                await Backend(admit=lambda address: address == "127.0.0.1").connect_tcp(peer.host, peer.port)
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
