"""Reaching the gateway: names, ports, TLS, proxies. What never got there was never charged."""
# ruff: noqa: E501  # a case is a line, however long

from __future__ import annotations

import shutil
import ssl
import subprocess
from pathlib import Path
from typing import Any

import fault_pictures as pictures
import pytest
from fault_cases import Case, each, play, replace, saved, undelivered, unsent
from fault_program import PROMPT, Place, Result
from fault_scripts import hangs_up, shouts, slams
from fault_server import Line, Server, closed_port, full_port

PROXIED = {"SEEDCLI_BASE_URL": "https://gateway.invalid"}


def large(place: Place) -> None:
    place.put("big.jpg", pictures.large_jpeg())


def connects_only(place: Place, server: Server, result: Result) -> None:
    assert [request.method for request in server.requests["stray"]] == ["CONNECT"] * len(
        server.requests["stray"]
    )
    assert "proxy-password" not in result.err


# A small picture may be in the system's buffers, whole, before the end of the connection is seen.
BREAKS = [
    replace(case, words=("edit", "big.jpg", PROMPT), before=large)
    for case in (
        saved("closed at once, then well", connect=[hangs_up]),
        saved("reset at once, then well", connect=[slams]),
        undelivered("closed at once, each time", connect=[hangs_up] * 2),
        undelivered("reset at once, each time", connect=[slams] * 2),
    )
]

URLS = [
    unsent("plain http to the world", exit=3, env={"SEEDCLI_BASE_URL": "http://gateway.example"}, hint="unencrypted"),
    unsent("no scheme", exit=3, env={"SEEDCLI_BASE_URL": "gateway.example"}),
    unsent("another scheme", exit=3, env={"SEEDCLI_BASE_URL": "ftp://gateway.example"}),
    unsent("a query", exit=3, env={"SEEDCLI_BASE_URL": "https://gateway.example/?a=1"}),
    unsent("a port that is none", exit=3, env={"SEEDCLI_BASE_URL": "http://127.0.0.1:99999"}),
    unsent("a host with a line break", exit=3, env={"SEEDCLI_BASE_URL": "https://gateway.example\r\nX: 1"}),
    unsent("a loopback in disguise", exit=3, env={"SEEDCLI_BASE_URL": "http://127.0.0.1.gateway.example"}),
    unsent("userinfo that looks like the loopback", exit=3, env={"SEEDCLI_BASE_URL": "http://127.0.0.1@gateway.example"}),
    undelivered("a name that does not exist", env={"SEEDCLI_BASE_URL": "https://no-such-host.invalid", "SEEDCLI_RETRIES": "0"}, again=None, hint="name"),
    undelivered("the proxy takes no connection", env={**PROXIED, "SEEDCLI_PROXY": "http://127.0.0.1:9", "SEEDCLI_RETRIES": "0"}, again=None),
    unsent("a proxy that is no URL", exit=3, env={**PROXIED, "SEEDCLI_PROXY": "http://"}),
    saved("no proxy for the loopback", env={"SEEDCLI_PROXY": "http://127.0.0.1:9"}),
    saved("the environment's proxy is not for the loopback", env={"HTTP_PROXY": "http://127.0.0.1:9", "HTTPS_PROXY": "http://127.0.0.1:9"}),
]  # fmt: skip


@each(BREAKS)
def test_connections_that_break(case: Case, server: Server, place: Place) -> None:
    play(case, server, place)


@each(URLS)
def test_places_that_cannot_be_reached(case: Case, server: Server, place: Place) -> None:
    play(case, server, place)


def test_a_closed_port_is_no_delivery(server: Server, place: Place) -> None:
    with closed_port() as port:
        url = f"http://127.0.0.1:{port.getsockname()[1]}"
        play(undelivered("refused", env={"SEEDCLI_BASE_URL": url}, again=None, hint="refused"), server, place)


def test_a_connection_that_never_comes_about_is_no_delivery(server: Server, place: Place) -> None:
    sockets = full_port()
    url = f"http://127.0.0.1:{sockets[0].getsockname()[1]}"
    case = undelivered("never accepted", env={"SEEDCLI_BASE_URL": url, "SEEDCLI_TIMEOUT": "1"}, again=None)
    try:
        play(case, server, place)
    finally:
        for each_socket in sockets:
            each_socket.close()


@pytest.mark.parametrize(
    ("answer", "exit"),
    [
        (b"HTTP/1.1 407 Proxy Authentication Required\r\nContent-Length: 0\r\n\r\n", 3),
        (b"HTTP/1.1 403 Forbidden\r\nContent-Length: 0\r\n\r\n", 6),
        (b"HTTP/1.1 502 Bad Gateway\r\nContent-Length: 0\r\n\r\n", 6),
        (b"", 6),
        (b"HTTP/1.1 200 OK\r\n\r\n", 6),  # and then it hangs up, before TLS
        (b"hello?\r\n\r\n", 6),
    ],
    ids=["407", "403", "502", "silence", "hangs up", "no HTTP"],
)
def test_a_proxy_that_refuses_never_sees_the_key(
    answer: bytes, exit: int, server: Server, place: Place
) -> None:
    def greeting(line: Line) -> None:
        request = line.read_head()
        if request is not None:
            server.requests["stray"].append(request)
        line.send(answer)
        line.close()

    env = {**PROXIED, "SEEDCLI_PROXY": f"http://proxy-user:proxy-password@127.0.0.1:{server.port}"}
    case = Case(
        "proxy", exit, posts=0, env=env, args=["--retries", "0"], connect=[greeting],
        code="bad_config" if exit == 3 else "unreachable", check=connects_only,
    )  # fmt: skip
    play(case, server, place)


def _certificate(folder: Path) -> tuple[Path, Path]:
    if shutil.which("openssl") is None:
        pytest.skip("openssl makes the certificate, and is not there")
    certificate, key = folder / "certificate.pem", folder / "key.pem"
    subprocess.run(
        ["openssl", "req", "-x509", "-newkey", "ec", "-pkeyopt", "ec_paramgen_curve:prime256v1", "-nodes",
         "-keyout", str(key), "-out", str(certificate), "-days", "2", "-subj", "/CN=localhost",
         "-addext", "subjectAltName=DNS:localhost,IP:127.0.0.1"],
        check=True, capture_output=True,
    )  # fmt: skip
    return certificate, key


def tls(certificate: Path, key: Path) -> Any:
    context = ssl.SSLContext(ssl.PROTOCOL_TLS_SERVER)
    context.load_cert_chain(certificate, key)

    def greeting(line: Line) -> None:
        line.encrypt(context)

    return greeting


def test_a_certificate_that_nobody_vouches_for_ends_it_before_the_key_is_sent(
    server: Server, place: Place, tmp_path_factory: pytest.TempPathFactory
) -> None:
    greeting = tls(*_certificate(tmp_path_factory.mktemp("tls")))
    env = {"SEEDCLI_BASE_URL": f"https://localhost:{server.port}"}
    play(
        undelivered("self-signed", env=env, connect=[greeting] * 2, again=None, hint="certificate"),
        server,
        place,
    )
    assert not server.requests["edit"]


def test_a_certificate_that_the_user_vouches_for_is_taken(
    server: Server, place: Place, tmp_path_factory: pytest.TempPathFactory
) -> None:
    certificate, key = _certificate(tmp_path_factory.mktemp("tls"))
    env = {"SEEDCLI_BASE_URL": f"https://localhost:{server.port}", "SEEDCLI_CA_BUNDLE": str(certificate)}
    play(saved("vouched for", env=env, connect=[tls(certificate, key)]), server, place)


def test_a_port_that_speaks_plain_http_gets_no_key(server: Server, place: Place) -> None:
    env = {"SEEDCLI_BASE_URL": f"https://127.0.0.1:{server.port}", "SEEDCLI_RETRIES": "0"}
    play(
        undelivered("no TLS", env=env, connect=[shouts(b"HTTP/1.1 400 Bad Request\r\n\r\n")], again=None),
        server,
        place,
    )


def test_a_missing_bundle_of_certificates_is_said_before_anything_is_sent(
    server: Server, place: Place
) -> None:
    case = unsent("no bundle", exit=3, env=PROXIED, args=["--ca-bundle", "missing.pem"], hint="missing.pem")
    play(case, server, place)
