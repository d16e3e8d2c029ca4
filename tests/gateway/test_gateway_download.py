"""Fetching results: from public places, without the key, whole or not at all."""

from __future__ import annotations

import asyncio
import io
import ssl
from pathlib import Path
from typing import Any

import pytest
from gateway_client import JPEG, KEY, OpenClient, SkippingClock
from scripted_peer import Conversation, Peer, Script, answers, says

from seedcli.clock import Deadline
from seedcli.errors import Unsaved
from seedcli.gateway.addresses import is_public
from seedcli.gateway.download import Downloader
from seedcli.gateway.exchange_log import ExchangeLog
from seedcli.gateway.links import BadLink, parse_link, redirected
from seedcli.gateway.network import Network, Pools, Trust

PATH = "/byteplus/a.jpg?X-Signature=abc123"


def download(
    scripts: list[Script],
    open_client: OpenClient,
    *,
    path: str = PATH,
    within_s: float = 60.0,
    target: Any = None,
) -> tuple[Any, Peer, Any, bytes]:
    """What a download from a scripted host ends in, the host, the clock and what was written."""

    async def scenario() -> tuple[Any, Peer, Any, bytes]:
        kept = target or io.BytesIO(b"left from before")
        async with Peer(*scripts) as peer, open_client("http://127.0.0.1:1") as client:
            try:
                result: Any = await client.gateway.download(
                    peer.url + path, target=kept, deadline=client.within(within_s)
                )
            except Unsaved as error:
                result = error
            return result, peer, client.clock, kept.getvalue() if isinstance(kept, io.BytesIO) else b""

    return asyncio.run(scenario())


def test_a_result_is_fetched_without_the_key(open_client: OpenClient) -> None:
    size, peer, _, content = download([answers(200, JPEG)], open_client)
    assert size == len(JPEG)
    assert content == JPEG
    head = peer.heads[0]
    assert head.startswith(b"GET " + PATH.encode() + b" HTTP/1.1\r\n")
    assert b"Accept-Encoding: identity\r\n" in head
    assert KEY.encode() not in head and b"Subscription" not in head and b"ookie" not in head


def test_progress_tells_bytes_and_the_whole_where_it_is_known(open_client: OpenClient) -> None:
    async def scenario() -> list[tuple[int, int | None]]:
        steps: list[tuple[int, int | None]] = []
        chunked = answers(200, b"5\r\nabcde\r\n0\r\n\r\n", headers={"Transfer-Encoding": "chunked"})
        async with Peer(answers(200, JPEG * 50), chunked) as peer, open_client(peer.url) as client:
            for _ in range(2):
                await client.gateway.download(
                    peer.url,
                    target=io.BytesIO(),
                    deadline=client.within(5),
                    progress=lambda done, total: steps.append((done, total)),
                )
        return steps

    steps = asyncio.run(scenario())
    assert (len(JPEG) * 50,) * 2 in steps
    assert steps[-1] == (5, None)


async def _cut(conversation: Conversation) -> None:
    await conversation.read_request()
    await conversation.send(b"HTTP/1.1 200 OK\r\nContent-Length: 5000\r\n\r\n" + JPEG[:100])


async def _reset(conversation: Conversation) -> None:
    await conversation.read_request()
    await conversation.send(b"HTTP/1.1 200 OK\r\nContent-Length: 5000\r\n\r\n" + JPEG[:100])
    conversation.reset()


@pytest.mark.parametrize(
    "fault",
    [
        _cut,
        _reset,
        says(b""),
        says(b"garbage\r\n\r\n"),
        answers(500),
        answers(503, b"busy"),
        answers(429),
        answers(408),
        answers(200, b""),
        says(b"HTTP/1.1 200 OK\r\nTransfer-Encoding: chunked\r\n\r\n5\r\nab"),
    ],
)
def test_faults_that_pass_are_tried_again_from_the_start(open_client: OpenClient, fault: Script) -> None:
    size, peer, clock, content = download([fault, fault, answers(200, JPEG)], open_client)
    assert size == len(JPEG)
    assert content == JPEG
    assert peer.connections == 3
    assert clock.waits == [0.5, 1.0]


def test_five_tries_are_enough(open_client: OpenClient) -> None:
    error, peer, _, _ = download([_cut], open_client)
    assert isinstance(error, Unsaved)
    assert peer.url + PATH in error.message
    assert "resume" in (error.hint or "")
    assert peer.connections == 5


def test_what_the_host_wants_waited_is_waited(open_client: OpenClient) -> None:
    busy = answers(429, b"", headers={"Retry-After": "7"})
    _, _, clock, _ = download([busy, answers(200, JPEG)], open_client)
    assert clock.waits == [7.5]
    error, peer, clock, _ = download([busy, answers(200, JPEG)], open_client, within_s=5)
    assert isinstance(error, Unsaved)
    assert (peer.connections, clock.waits) == (1, [])


@pytest.mark.parametrize("status", [401, 403, 404, 410])
def test_an_expired_link_says_so(open_client: OpenClient, status: int) -> None:
    error, peer, _, _ = download([answers(status, b"<xml/>")], open_client)
    assert "expired" in error.message
    assert peer.connections == 1


@pytest.mark.parametrize(
    ("script", "word"),
    [
        (answers(204), "HTTP 204"),
        (answers(206, JPEG), "HTTP 206"),
        (answers(400), "HTTP 400"),
        (answers(304), "HTTP 304"),
        (answers(302), "HTTP 302"),
        (answers(200, JPEG, headers={"Content-Encoding": "gzip"}), "compresses"),
        (says(b"HTTP/1.1 200 OK\r\nContent-Length: 100000001\r\n\r\n"), "more than 100 MB"),
        (answers(302, b"", headers={"Location": "ftp://example.org/a"}), "not followed"),
        (answers(302, b"", headers={"Location": "http://example.org/a"}), "not encrypted"),
        (answers(302, b"", headers={"Location": "https://10.0.0.1/a"}), "not public"),
        (answers(302, b"", headers={"Location": "https://[::ffff:10.0.0.1]/a"}), "not public"),
        (answers(302, b"", headers={"Location": "https://u:p@example.org/a"}), "password"),
        (answers(302, b"", headers={"Location": "https://[bad/a"}), "not a link"),
        (answers(302, b"", headers={"Location": "/again"}), "more than 5 times"),
    ],
)
def test_what_stays_wrong_is_not_tried_again(open_client: OpenClient, script: Script, word: str) -> None:
    error, _, clock, _ = download([script], open_client)
    assert isinstance(error, Unsaved)
    assert word in error.message
    assert clock.waits == []


@pytest.mark.parametrize("head", ["Connection: close", "Content-Length: 5000"])
def test_more_bytes_than_a_picture_has_are_refused(head: str) -> None:
    async def scenario() -> None:
        raw = f"HTTP/1.1 200 OK\r\n{head}\r\n\r\n".encode() + b"x" * 5000
        async with Peer(says(raw)) as peer:
            fetch = downloader(allow_loopback=True, most_bytes=1000)
            with pytest.raises(Unsaved, match="more than"):
                await fetch.download(
                    peer.url, target=io.BytesIO(), deadline=Deadline.after(SkippingClock(), 5)
                )
            await fetch.aclose()

    asyncio.run(scenario())


def test_redirects_within_the_rules_are_followed(open_client: OpenClient) -> None:
    moved = [
        answers(status, b"", headers={"Location": f"/a{status}"}) for status in (301, 302, 303, 307, 308)
    ]
    size, peer, _, content = download([*moved, answers(200, JPEG)], open_client)
    assert size == len(JPEG) and content == JPEG
    assert [head.split()[1] for head in peer.heads][1:] == [b"/a301", b"/a302", b"/a303", b"/a307", b"/a308"]


def test_a_download_ends_at_its_deadline(open_client: OpenClient) -> None:
    async def drip(conversation: Conversation) -> None:
        await conversation.read_request()
        await conversation.send(b"HTTP/1.1 200 OK\r\nContent-Length: 5000\r\n\r\n")
        while True:
            await conversation.send(b"x")
            await asyncio.sleep(0.01)

    error, _, _, _ = download([drip], open_client, within_s=0.3)
    assert isinstance(error, Unsaved)
    assert "time is up" in error.message


class FullDisk(io.RawIOBase):
    def seekable(self) -> bool:
        return True

    def writable(self) -> bool:
        return True

    def seek(self, offset: int, whence: int = 0) -> int:
        return 0

    def truncate(self, size: int | None = None) -> int:
        return 0

    def write(self, data: Any) -> int:
        raise OSError(28, "No space left on device")


class Unseekable(FullDisk):
    def seek(self, offset: int, whence: int = 0) -> int:
        raise OSError(29, "Illegal seek")


@pytest.mark.parametrize("target", [FullDisk(), Unseekable()])
def test_a_target_that_can_not_be_written_is_no_fault_of_the_network(
    open_client: OpenClient, target: io.RawIOBase
) -> None:
    error, peer, _, _ = download([answers(200, JPEG)], open_client, target=target)
    assert isinstance(error, Unsaved)
    assert "can't be written" in error.message
    assert peer.connections == 1


# Places that may not be reached


def downloader(*, ca_bundle: Path | None = None, **options: Any) -> Downloader:
    return Downloader(
        Network(),
        Trust(ca_bundle),
        clock=SkippingClock(),
        log=ExchangeLog(None, key=None),
        random=lambda: 0.5,
        **options,
    )


@pytest.mark.parametrize(
    "host", ["127.0.0.1", "localhost", "127.8.9.1", "[::1]", "x.localhost", "LOCALHOST."]
)
def test_this_machine_is_out_of_reach_unless_the_gateway_is_here(host: str) -> None:
    async def scenario() -> int:
        async with Peer(answers(200, JPEG)) as peer:
            fetch = downloader(allow_loopback=False)
            for scheme in ("http", "https"):
                with pytest.raises(Unsaved, match="this machine"):
                    await fetch.download(
                        f"{scheme}://{host}:{peer.port}/a",
                        target=io.BytesIO(),
                        deadline=Deadline.after(SkippingClock(), 5),
                    )
            await fetch.aclose()
            return peer.connections

    assert asyncio.run(scenario()) == 0


def test_a_name_that_leads_here_is_found_out_before_anything_is_sent(
    tls: ssl.SSLContext, certificate: Path
) -> None:
    """`localhost` stands for any name: the pools for public places look at the peer, not the name."""

    async def scenario() -> tuple[int, bytes]:
        first_bytes = b""

        async def script(conversation: Conversation) -> None:
            nonlocal first_bytes
            first_bytes = await conversation.reader.read(10)

        async with Peer(script) as peer:
            pools = Pools(Network(), Trust(certificate), keep_alive=True, admit=is_public)
            with pytest.raises(Exception, match="not allowed"):
                async with pools.lease(peer.url) as pool, pool.stream("GET", peer.url):
                    pass
            await pools.aclose()
            return peer.connections, first_bytes

    assert asyncio.run(scenario()) == (1, b"")


def test_a_link_whose_name_leads_inside_is_not_saved(
    open_client: OpenClient, monkeypatch: pytest.MonkeyPatch, certificate: Path
) -> None:
    async def resolve(*_: object, **__: object) -> list[Any]:
        return [(2, 1, 6, "", ("127.0.0.1", peer_port))]

    peer_port = 0

    async def scenario() -> tuple[Unsaved, list[float]]:
        nonlocal peer_port
        async with Peer(answers(200, JPEG)) as peer:
            peer_port = peer.port
            monkeypatch.setattr(asyncio.get_running_loop(), "getaddrinfo", resolve)
            clock = SkippingClock()
            fetch = downloader(allow_loopback=True, ca_bundle=certificate)
            with pytest.raises(Unsaved) as caught:
                await fetch.download(
                    f"https://inside.test:{peer.port}/a",
                    target=io.BytesIO(),
                    deadline=Deadline.after(clock, 5),
                )
            await fetch.aclose()
            assert peer.heads == []
            return caught.value, clock.waits

    error, waits = asyncio.run(scenario())
    assert "not allowed" in error.message
    assert waits == []


@pytest.mark.parametrize(
    ("link", "url"),
    [
        ("https://pub-1.r2.dev/a.jpg?x=1&y=%20", "https://pub-1.r2.dev/a.jpg?x=1&y=%20"),
        (" https://example.org ", "https://example.org/"),
        ("https://example.org/a b/ä.jpg?q=ü z#frag", "https://example.org/a%20b/%C3%A4.jpg?q=%C3%BC%20z"),
        ("https://bücher.example:8443/a", "https://xn--bcher-kva.example:8443/a"),
        ("https://8.8.8.8/a", "https://8.8.8.8/a"),
        ("https://[2001:4860:4860::8888]/a", "https://[2001:4860:4860::8888]/a"),
        ("HTTPS://EXAMPLE.org/A", "https://example.org/A"),
        ("https://example.org./a", "https://example.org/a"),
    ],
)
def test_public_links_go_on_the_wire_in_ascii(link: str, url: str) -> None:
    assert parse_link(link, allow_loopback=False).url == url


@pytest.mark.parametrize(
    "link",
    [
        "",
        "a.jpg",
        "file:///etc/passwd",
        "ftp://example.org/a",
        "http://example.org/a",
        "https:///a",
        "https://example.org:99999/a",
        "https://user@example.org/a",
        "https://exa mple.org/a",
        "https://exa\\mple.org/a",
        "https://[::1/a",
        "https://10.1.2.3/a",
        "https://169.254.169.254/latest/meta-data",
        "https://192.168.0.1/a",
        "https://100.64.0.1/a",
        "https://0.0.0.0/a",
        "https://[fe80::1]/a",
        "https://[fd00::1]/a",
        "https://[::ffff:169.254.169.254]/a",
        "https://[64:ff9b::a9fe:a9fe]/a",
        "https://[2002:a9fe:a9fe::1]/a",
        "https://224.0.0.1/a",
        "https://" + "ä" * 80 + ".example/a",
    ],
)
def test_other_links_are_refused(link: str) -> None:
    with pytest.raises(BadLink):
        parse_link(link, allow_loopback=True)


def test_a_redirect_is_held_to_the_same_rules() -> None:
    start = parse_link("https://example.org/a/b", allow_loopback=False)
    assert redirected(start, "../c", allow_loopback=False).url == "https://example.org/c"
    for place in ("http://example.org/c", "//127.0.0.1/c", "https://[::1/c"):
        with pytest.raises(BadLink):
            redirected(start, place, allow_loopback=False)


def test_a_redirect_to_this_machine_is_refused_when_the_gateway_is_elsewhere(
    monkeypatch: pytest.MonkeyPatch, tls: ssl.SSLContext, certificate: Path
) -> None:
    """The first host is admitted as if it were public, so that its redirect is what is judged."""

    async def scenario() -> tuple[Unsaved, int]:
        async with Peer(answers(200, JPEG)) as inside:
            moved = answers(302, b"", headers={"Location": f"{inside.url}/secret"})
            async with Peer(moved, tls=tls) as public:

                async def resolve(*_: object, **__: object) -> list[Any]:
                    return [(2, 1, 6, "", ("127.0.0.1", public.port))]

                monkeypatch.setattr(asyncio.get_running_loop(), "getaddrinfo", resolve)
                fetch = downloader(allow_loopback=False, ca_bundle=certificate, admit=lambda _address: True)
                with pytest.raises(Unsaved, match="this machine") as caught:
                    await fetch.download(
                        f"https://gateway.test:{public.port}/a",
                        target=io.BytesIO(),
                        deadline=Deadline.after(SkippingClock(), 5),
                    )
                await fetch.aclose()
                assert public.connections == 1
                return caught.value, inside.connections

    _, connections = asyncio.run(scenario())
    assert connections == 0


def test_downloads_are_in_the_log_without_their_signature(open_client: OpenClient, tmp_path: Path) -> None:
    async def scenario() -> None:
        async with (
            Peer(answers(200, JPEG)) as peer,
            open_client(peer.url, debug_http=tmp_path / "log") as client,
        ):
            await client.gateway.download(peer.url + PATH, target=io.BytesIO(), deadline=client.within(5))

    asyncio.run(scenario())
    text = (tmp_path / "log").read_text()
    assert "/byteplus/a.jpg?<" in text
    assert "abc123" not in text
