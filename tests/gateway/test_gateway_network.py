"""TLS, proxies, pools: the way out, with real certificates and real proxies on the loopback."""

from __future__ import annotations

import asyncio
import base64
import json
import ssl
import struct
from collections.abc import Awaitable, Callable
from pathlib import Path

import pytest
from gateway_client import KEY, OpenClient
from scripted_peer import Conversation, Peer, Script, answers

from seedcli.errors import BadKey, ConfigError, InDoubt, SeedError, Undelivered
from seedcli.gateway.client import Upload
from seedcli.gateway.network import Network, Trust, make_context
from seedcli.gateway.proxies import Proxy, parse_proxy
from seedcli.records import Answer

GOOD = {"data": [{"url": "https://example.org/a.jpg"}]}
BIG = 24 * 1024 * 1024

Picture = Callable[..., Upload]


# TLS


def test_a_private_authority_is_trusted_when_it_is_given(
    open_client: OpenClient, picture: Picture, tls: ssl.SSLContext, certificate: Path
) -> None:
    async def scenario() -> Answer:
        async with (
            Peer(answers(200, GOOD), tls=tls) as peer,
            open_client(peer.url, ca_bundle=certificate) as client,
        ):
            return await client.submit(picture(size=500_000))

    assert asyncio.run(scenario()).links


def test_an_untrusted_certificate_is_undelivered_and_not_worth_a_retry(
    open_client: OpenClient, picture: Picture, tls: ssl.SSLContext
) -> None:
    async def scenario() -> Undelivered:
        async with Peer(answers(200, GOOD), tls=tls) as peer, open_client(peer.url) as client:
            with pytest.raises(Undelivered) as caught:
                await client.submit(picture())
            assert peer.heads == []
            return caught.value

    error = asyncio.run(scenario())
    assert "not trusted" in error.message
    assert "--ca-bundle" in (error.hint or "")
    assert not error.retryable


def test_a_certificate_for_another_name_is_not_trusted(
    open_client: OpenClient, picture: Picture, tls: ssl.SSLContext, certificate: Path
) -> None:
    async def scenario() -> None:
        async with (
            Peer(answers(200, GOOD), tls=tls) as peer,
            open_client(f"https://127.0.0.1:{peer.port}", ca_bundle=certificate) as client,
        ):
            with pytest.raises(Undelivered, match="not trusted"):
                await client.submit(picture())

    asyncio.run(scenario())


def test_a_peer_that_speaks_no_tls_is_undelivered(
    open_client: OpenClient, picture: Picture, certificate: Path
) -> None:
    async def plain(conversation: Conversation) -> None:
        await conversation.reader.read(10)
        await conversation.send(b"HTTP/1.1 400 Bad Request\r\n\r\n")

    async def scenario() -> Undelivered:
        async with (
            Peer(plain) as peer,
            open_client(f"https://localhost:{peer.port}", ca_bundle=certificate) as client,
        ):
            with pytest.raises(Undelivered) as caught:
                await client.submit(picture())
            return caught.value

    error = asyncio.run(scenario())
    assert error.retryable and "TLS failed" in error.message


@pytest.mark.parametrize("closes", [True, False])
def test_an_early_refusal_is_read_through_tls_too(
    open_client: OpenClient, picture: Picture, tls: ssl.SSLContext, certificate: Path, closes: bool
) -> None:
    async def script(conversation: Conversation) -> None:
        await conversation.read_head()
        await conversation.answer(401, {"error": "no such key"}, close=closes)
        if not closes:
            await conversation.hang()

    async def scenario() -> bool:
        async with (
            Peer(script, tls=tls) as peer,
            open_client(peer.url, ca_bundle=certificate) as client,
        ):
            with pytest.raises(BadKey, match="no such key"):
                await client.submit(picture(size=BIG))
            return client.delivery.whole

    assert asyncio.run(scenario()) is False


def test_a_reset_through_tls_is_judged_by_how_far_the_body_got(
    open_client: OpenClient, picture: Picture, tls: ssl.SSLContext, certificate: Path
) -> None:
    async def early(conversation: Conversation) -> None:
        await conversation.read_head()
        conversation.reset()

    async def late(conversation: Conversation) -> None:
        await conversation.read_request()
        conversation.reset()

    async def scenario(script: Script, size: int) -> SeedError:
        async with (
            Peer(script, tls=tls) as peer,
            open_client(peer.url, ca_bundle=certificate) as client,
        ):
            with pytest.raises(SeedError) as caught:
                await client.submit(picture(size=size))
            return caught.value

    assert isinstance(asyncio.run(scenario(early, BIG)), Undelivered)
    assert isinstance(asyncio.run(scenario(late, 1000)), InDoubt)


@pytest.mark.parametrize("content", [None, b"", b"no certificate", b"-----BEGIN CERTIFICATE-----\n!\n"])
def test_a_ca_bundle_that_is_none_is_one_clear_line(tmp_path: Path, content: bytes | None) -> None:
    bundle = tmp_path / "ca.pem"
    if content is not None:
        bundle.write_bytes(content)
    with pytest.raises(ConfigError, match=r"ca\.pem"):
        make_context(bundle)


def test_a_folder_of_certificates_and_the_defaults_are_loaded(tmp_path: Path) -> None:
    assert make_context(tmp_path).verify_mode is ssl.CERT_REQUIRED
    assert make_context(None).verify_mode is ssl.CERT_REQUIRED


def test_certificates_are_loaded_once(certificate: Path) -> None:
    async def scenario() -> bool:
        trust = Trust(certificate)
        first, second = await asyncio.gather(trust.context(), trust.context())
        return first is second

    assert asyncio.run(scenario())


# Proxies


def connect_proxy(port: int, *, wants: str | None = None, says: bytes | None = None) -> Script:
    """A proxy that leads every CONNECT to `port` here. `wants` is its name:password."""

    async def script(conversation: Conversation) -> None:
        await conversation.read_head()
        given = (conversation.header("proxy-authorization") or "").removeprefix("Basic ")
        if says is not None:
            await conversation.send(says)
        elif wants is not None and base64.b64decode(given).decode() != wants:
            await conversation.send(
                b"HTTP/1.1 407 Proxy Authentication Required\r\nContent-Length: 0\r\n\r\n"
            )
        else:
            await conversation.send(b"HTTP/1.1 200 Connection established\r\n\r\n")
            await relay(conversation, port)

    return script


async def relay(conversation: Conversation, port: int) -> None:
    reader, writer = await asyncio.open_connection("127.0.0.1", port)

    async def pump(source: asyncio.StreamReader, sink: asyncio.StreamWriter) -> None:
        try:
            while data := await source.read(65536):
                sink.write(data)
                await sink.drain()
        except OSError:
            pass
        finally:
            sink.close()

    await asyncio.gather(pump(conversation.reader, writer), pump(reader, conversation.writer))


def socks_proxy(port: int, *, reply: int = 0, greeting: bytes = b"\x05\x00") -> Script:
    async def script(conversation: Conversation) -> None:
        _, methods = await conversation.reader.readexactly(2)
        await conversation.reader.readexactly(methods)
        await conversation.send(greeting)
        await conversation.reader.readexactly(4)
        (length,) = await conversation.reader.readexactly(1)
        host = await conversation.reader.readexactly(length + 2)
        assert host[:-2] == b"gateway.test"
        await conversation.send(
            b"\x05" + bytes((reply,)) + b"\x00\x01\x7f\x00\x00\x01" + struct.pack("!H", port)
        )
        if not reply:
            await relay(conversation, port)

    return script


def through(
    proxy_script: Callable[[int], Script],
    open_client: OpenClient,
    work: Callable[[object], Awaitable[object]],
    *,
    tls: ssl.SSLContext,
    certificate: Path,
    scheme: str = "http",
    userinfo: str = "",
    gateway: Script | None = None,
) -> tuple[object, Peer, Peer]:
    """Runs `work` with a client for https://gateway.test behind a proxy; no name is resolved here."""

    async def scenario() -> tuple[object, Peer, Peer]:
        async with (
            Peer(gateway or answers(200, GOOD), tls=tls) as peer,
            Peer(proxy_script(peer.port)) as proxy,
        ):
            url = f"{scheme}://{userinfo}127.0.0.1:{proxy.port}"
            async with open_client("https://gateway.test", ca_bundle=certificate, proxy=url) as client:
                try:
                    return await work(client), peer, proxy
                except SeedError as error:
                    return error, peer, proxy

    return asyncio.run(scenario())


@pytest.mark.parametrize("userinfo", ["", "n%40me:p%C3%A4ss@"])
def test_a_proxy_is_gone_through_and_never_sees_the_key(
    open_client: OpenClient, picture: Picture, tls: ssl.SSLContext, certificate: Path, userinfo: str
) -> None:
    wants = "n@me:päss" if userinfo else None
    answer, peer, proxy = through(
        lambda port: connect_proxy(port, wants=wants),
        open_client,
        lambda client: client.submit(picture(size=300_000)),  # type: ignore[attr-defined]
        tls=tls,
        certificate=certificate,
        userinfo=userinfo,
    )
    assert isinstance(answer, Answer)
    assert peer.posts == 1 and json.loads(peer.bodies[0])["prompt"]
    assert proxy.heads[0].startswith(b"CONNECT gateway.test:443 ")
    assert KEY.encode() not in proxy.heads[0]


@pytest.mark.parametrize("userinfo", ["", "name:wrong@"])
def test_a_proxy_that_wants_a_password_is_a_matter_of_configuration(
    open_client: OpenClient, picture: Picture, tls: ssl.SSLContext, certificate: Path, userinfo: str
) -> None:
    error, peer, _ = through(
        lambda port: connect_proxy(port, wants="name:right"),
        open_client,
        lambda client: client.submit(picture()),  # type: ignore[attr-defined]
        tls=tls,
        certificate=certificate,
        userinfo=userinfo,
    )
    assert isinstance(error, ConfigError)
    assert "proxy wants a name and a password" in error.message
    assert "wrong" not in error.message
    assert peer.connections == 0


@pytest.mark.parametrize(
    ("says", "retryable"),
    [
        (b"HTTP/1.1 403 Forbidden\r\n\r\n", False),
        (b"HTTP/1.1 502 Bad Gateway\r\n\r\n", True),
        (b"garbage\r\n\r\n", True),
        (b"", True),
    ],
)
def test_a_proxy_that_does_not_connect_is_undelivered(
    open_client: OpenClient,
    picture: Picture,
    tls: ssl.SSLContext,
    certificate: Path,
    says: bytes,
    retryable: bool,
) -> None:
    error, peer, _ = through(
        lambda port: connect_proxy(port, says=says),
        open_client,
        lambda client: client.submit(picture()),  # type: ignore[attr-defined]
        tls=tls,
        certificate=certificate,
    )
    assert isinstance(error, Undelivered)
    assert error.retryable is retryable
    assert peer.connections == 0


def test_the_body_sent_to_a_proxy_with_connect_is_not_taken_for_the_requests_own(
    open_client: OpenClient, picture: Picture, tls: ssl.SSLContext, certificate: Path
) -> None:
    async def script(conversation: Conversation) -> None:
        await conversation.read_head()
        conversation.reset()

    error, _, _ = through(
        connect_proxy,
        open_client,
        lambda client: client.submit(picture(size=BIG)),  # type: ignore[attr-defined]
        tls=tls,
        certificate=certificate,
        gateway=script,
    )
    assert isinstance(error, Undelivered) and error.retryable


def test_an_early_refusal_is_read_through_a_proxy(
    open_client: OpenClient, picture: Picture, tls: ssl.SSLContext, certificate: Path
) -> None:
    async def script(conversation: Conversation) -> None:
        await conversation.read_head()
        await conversation.answer(401, {"error": "no such key"}, close=False)
        await conversation.hang()

    error, _, _ = through(
        connect_proxy,
        open_client,
        lambda client: client.submit(picture(size=BIG)),  # type: ignore[attr-defined]
        tls=tls,
        certificate=certificate,
        gateway=script,
    )
    assert isinstance(error, BadKey)


def test_a_socks_proxy_is_gone_through(
    open_client: OpenClient, picture: Picture, tls: ssl.SSLContext, certificate: Path
) -> None:
    answer, peer, _ = through(
        socks_proxy,
        open_client,
        lambda client: client.submit(picture()),  # type: ignore[attr-defined]
        tls=tls,
        certificate=certificate,
        scheme="socks5h",
    )
    assert isinstance(answer, Answer)
    assert peer.posts == 1


@pytest.mark.parametrize(
    ("options", "kind"),
    [
        ({"reply": 5}, Undelivered),
        ({"greeting": b"\x05\xff"}, ConfigError),  # it wants a name and a password
        ({"greeting": b"HTTP/1.1 400 Bad Request\r\n\r\n"}, Undelivered),
    ],
)
def test_a_socks_proxy_that_does_not_connect_is_no_delivery(
    open_client: OpenClient,
    picture: Picture,
    tls: ssl.SSLContext,
    certificate: Path,
    options: dict[str, object],
    kind: type[SeedError],
) -> None:
    error, peer, _ = through(
        lambda port: socks_proxy(port, **options),  # type: ignore[arg-type]
        open_client,
        lambda client: client.submit(picture()),  # type: ignore[attr-defined]
        tls=tls,
        certificate=certificate,
        scheme="socks5",
    )
    assert isinstance(error, kind)
    assert peer.connections == 0


def test_the_loopback_is_reached_past_any_proxy(open_client: OpenClient, picture: Picture) -> None:
    async def scenario() -> tuple[Peer, Peer]:
        async with Peer(answers(200, GOOD)) as peer, Peer(answers(500)) as proxy:
            async with open_client(peer.url, proxy=proxy.url) as client:
                await client.submit(picture())
            return peer, proxy

    peer, proxy = asyncio.run(scenario())
    assert peer.posts == 1 and proxy.connections == 0


def test_no_proxy_goes_past_it() -> None:
    network = Network(proxy="http://p:1", no_proxy="gateway.test")
    assert network.proxy_for("gateway.test", 443) is None
    assert network.proxy_for("other.test", 443) == "http://p:1"
    assert Network().proxy_for("other.test", 443) is None


@pytest.mark.parametrize(
    ("text", "proxy"),
    [
        ("http://proxy:3128", Proxy("http", "proxy", 3128)),
        (" proxy:3128 ", Proxy("http", "proxy", 3128)),
        ("https://proxy", Proxy("https", "proxy", 443)),
        ("http://[::1]:8", Proxy("http", "::1", 8)),
        ("socks5://u:p%40@proxy", Proxy("socks5", "proxy", 1080, (b"u", b"p@"))),
        ("http://u@proxy", Proxy("http", "proxy", 80, (b"u", b""))),
    ],
)
def test_proxies_are_written_in_many_ways(text: str, proxy: Proxy) -> None:
    assert parse_proxy(text) == proxy
    assert "p@" not in repr(parse_proxy(text))


@pytest.mark.parametrize(
    "text",
    [
        "ftp://user:secret@proxy",
        "http://",
        "http://user:secret@:80",
        "http://u:secret@p:99999999",
        "http://é[",
        "http://ü:8",
    ],
)
def test_a_proxy_that_makes_no_sense_is_refused_without_its_password(
    open_client: OpenClient, text: str
) -> None:
    async def scenario() -> None:
        async with open_client("https://gateway.test", proxy=text):
            pass

    with pytest.raises(ConfigError) as caught:
        asyncio.run(scenario())
    assert "secret" not in f"{caught.value} {caught.value.hint}"


def test_a_socks_proxy_without_the_extra_says_what_to_install(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("importlib.util.find_spec", lambda _name: None)
    with pytest.raises(ConfigError, match="extra"):
        parse_proxy("socks5://proxy")


def test_without_truststore_certifis_certificates_are_trusted(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setitem(__import__("sys").modules, "truststore", None)
    assert make_context(None).cert_store_stats()["x509_ca"] > 50
