"""`seedcli edit` behind a company's proxy: from words to a file, over real sockets, and what goes wrong."""

from __future__ import annotations

import sys
from collections.abc import Callable
from dataclasses import replace
from pathlib import Path

import pytest
from company_network import Authority, Proxy, refusing_port, socks_proxy
from program import Program, Ran

from seedcli.sandbox.config import DEFAULT_KEY
from seedcli.sandbox.server import RunningSandbox

Gateway = Callable[..., tuple[RunningSandbox, int]]
StartProxy = Callable[..., Proxy]


@pytest.mark.parametrize(
    "way", ["--proxy", "HTTPS_PROXY", "https_proxy", "ALL_PROXY", "all_proxy", "SEEDCLI_PROXY", "file"]
)
def test_a_proxy_leads_to_the_gateway_however_it_is_named(
    edit: Program, gateway: Gateway, proxy: StartProxy, way: str
) -> None:
    sandbox, port = gateway()
    through = proxy(port)
    arguments = ["--proxy", through.url()] if way == "--proxy" else []
    variables = {way: through.url()} if way.lower().endswith("_proxy") else {}
    if way == "file":
        assert edit("config", "set", "proxy", through.url()).code == 0
    ran = edit("edit", "cat.jpg", "make eyes blue", *arguments, **variables)
    assert (ran.code, ran.lines) == (0, ["cat-edited.jpg"])
    assert sandbox.stats().made == 1 and sandbox.stats().downloads == 1
    assert set(through.targets) == {"gateway.test:443"}


def test_a_proxy_sees_the_gateways_name_and_nothing_else(
    edit: Program, gateway: Gateway, proxy: StartProxy
) -> None:
    _, port = gateway()
    through = proxy(port)
    assert edit("edit", "cat.jpg", "a secret wish", HTTPS_PROXY=through.url()).code == 0
    assert len(through.seen) > 10_000
    assert DEFAULT_KEY.encode() not in through.seen
    assert b"Ocp-Apim" not in through.seen and b"secret wish" not in through.seen


@pytest.mark.parametrize(
    ("userinfo", "wants"), [("name:word", "name:word"), ("n%40me:p%C3%A4%3Ass", "n@me:pä:ss")]
)
def test_a_proxy_with_a_password_takes_the_one_in_its_url(
    edit: Program, gateway: Gateway, proxy: StartProxy, userinfo: str, wants: str
) -> None:
    _, port = gateway()
    through = proxy(port, wants=wants)
    ran = edit("edit", "cat.jpg", "x", HTTPS_PROXY=through.url(userinfo))
    assert ran.code == 0
    assert DEFAULT_KEY.encode() not in through.seen


@pytest.mark.parametrize("userinfo", ["", "name:wrong-word"])
def test_a_missing_or_wrong_password_is_a_matter_of_configuration(
    edit: Program, gateway: Gateway, proxy: StartProxy, userinfo: str
) -> None:
    sandbox, port = gateway()
    through = proxy(port, wants="name:right-word")
    ran = edit("edit", "cat.jpg", "x", HTTPS_PROXY=through.url(userinfo))
    assert_one_line(ran, code=3, says="proxy wants a name and a password")
    assert "wrong-word" not in ran.stderr
    assert sandbox.stats().edits_begun == 0


def test_a_password_that_is_refused_with_401_as_tinyproxy_does_is_a_wrong_password(
    edit: Program, gateway: Gateway, proxy: StartProxy
) -> None:
    sandbox, port = gateway()
    through = proxy(port, says=b"HTTP/1.0 401 Unauthorized\r\nContent-Length: 0\r\n\r\n")
    ran = edit("edit", "cat.jpg", "x", HTTPS_PROXY=through.url("name:wrong-word"))
    assert_one_line(ran, code=3, says="proxy wants a name and a password")
    assert sandbox.stats().edits_begun == 0


@pytest.mark.parametrize(
    ("answer", "says"),
    [
        (b"HTTP/1.1 403 Forbidden\r\nContent-Length: 0\r\n\r\n", "the proxy refused: 403"),
        (b"HTTP/1.1 502 Bad Gateway\r\nContent-Length: 0\r\n\r\n", "the proxy refused: 502"),
        (b"SSH-2.0-OpenSSH_9.2\r\n\r\n", "can't be reached"),
        (b"", "can't be reached"),
    ],
)
def test_a_proxy_that_does_not_lead_on_leaves_the_request_undelivered(
    edit: Program, gateway: Gateway, proxy: StartProxy, answer: bytes, says: str
) -> None:
    sandbox, port = gateway()
    ran = edit("edit", "cat.jpg", "x", HTTPS_PROXY=proxy(port, says=answer).url())
    assert_one_line(ran, code=6, says=says)
    assert sandbox.stats().edits_begun == 0


@pytest.mark.parametrize("host", ["127.0.0.1", "[::1]"])
def test_a_proxy_that_is_not_there_is_undelivered(edit: Program, host: str) -> None:
    port = refusing_port()
    ran = edit("edit", "cat.jpg", "x", HTTPS_PROXY=f"http://name:word@{host}:{port}")
    assert_one_line(ran, code=6, says=f"through the proxy {host}:{port} can't be reached")
    assert "name:word" not in ran.stderr


def test_a_proxy_whose_name_is_wrong_is_undelivered(edit: Program) -> None:
    ran = edit("edit", "cat.jpg", "x", HTTPS_PROXY="http://proxy.test:3128")
    assert_one_line(ran, code=6, says="can't be resolved")


@pytest.mark.parametrize(
    ("given", "code"), [("ftp://proxy:21", 2), ("http://", 2), ("http://proxy:99999", 3), ("http://:3128", 3)]
)
def test_what_is_no_proxy_is_refused_before_anything_is_sent(edit: Program, given: str, code: int) -> None:
    assert_one_line(edit("edit", "cat.jpg", "x", "--proxy", given), code=code, says="proxy")


def test_a_proxy_that_speaks_tls_is_trusted_like_the_gateway(
    edit: Program, gateway: Gateway, proxy: StartProxy, authority: Authority
) -> None:
    _, port = gateway()
    through = proxy(port, tls=authority.server_context("127.0.0.1"))
    trusting = ["--ca-bundle", authority.bundle]
    ran = edit("edit", "cat.jpg", "x", *trusting, HTTPS_PROXY=through.url(scheme="https"), SSL_CERT_FILE="")
    assert ran.code == 0, ran.stderr


# Past the proxy


def test_the_loopback_is_never_reached_through_a_proxy(
    edit: Program, sandbox: Callable[..., RunningSandbox], proxy: StartProxy
) -> None:
    own = sandbox()
    through = proxy(int(own.base_url.rpartition(":")[2]))
    ran = edit("edit", "cat.jpg", "x", SEEDCLI_BASE_URL=own.base_url, HTTPS_PROXY=through.url())
    assert ran.code == 0
    assert through.targets == []


# On Linux 0.0.0.0 and :: lead to this machine, and are not among the loopback's addresses.
@pytest.mark.skipif(sys.platform != "linux", reason="0.0.0.0 leads to this machine on Linux")
@pytest.mark.parametrize(
    ("host", "listens", "rules", "direct"),
    [
        ("0.0.0.0", "127.0.0.1", "0.0.0.0/8", True),
        ("0.0.0.0", "127.0.0.1", "10.0.0.0/8, 0.0.0.0", True),
        ("0.0.0.0", "127.0.0.1", "*", True),
        ("0.0.0.0", "127.0.0.1", "10.0.0.0/8,192.168.0.0/16", False),
        ("0.0.0.0", "127.0.0.1", "0.0.0.0:1", False),
        ("[::]", "::1", "::/16", True),
        ("[::]", "::1", "[::]", True),
        ("[::]", "::1", "fd00::/8", False),
    ],
)
def test_addresses_and_networks_in_no_proxy_go_past_the_proxy(
    edit: Program,
    gateway: Gateway,
    proxy: StartProxy,
    host: str,
    listens: str,
    rules: str,
    direct: bool,
) -> None:
    sandbox, port = gateway(host.strip("[]"), host=listens)
    through = proxy(port, says=b"HTTP/1.1 403 Forbidden\r\nContent-Length: 0\r\n\r\n")
    names = {"SEEDCLI_BASE_URL": f"https://{host}:{port}", "HTTPS_PROXY": through.url(), "NO_PROXY": rules}
    ran = edit("edit", "cat.jpg", "x", "--response-format", "b64_json", **names)
    assert ran.code == (0 if direct else 6), ran.stderr
    assert sandbox.stats().made == (1 if direct else 0)
    assert through.targets == ([] if direct else [f"{host}:{port}"])


@pytest.mark.parametrize(
    ("variable", "rules"),
    [("NO_PROXY", ".test"), ("no_proxy", "other.example, gateway.test"), ("NO_PROXY", "gateway.test:443")],
)
def test_names_in_no_proxy_go_past_the_proxy(
    edit: Program, gateway: Gateway, proxy: StartProxy, variable: str, rules: str
) -> None:
    _, port = gateway()
    through = proxy(port)
    ran = edit("edit", "cat.jpg", "x", HTTPS_PROXY=through.url(), **{variable: rules})
    assert_one_line(ran, code=6, says="can't be resolved")
    assert through.targets == []


@pytest.mark.parametrize("rules", ["example.org", "way.test gateway.test:8443"])
def test_other_names_in_no_proxy_change_nothing(
    edit: Program, gateway: Gateway, proxy: StartProxy, rules: str
) -> None:
    _, port = gateway()
    assert edit("edit", "cat.jpg", "x", HTTPS_PROXY=proxy(port).url(), NO_PROXY=rules).code == 0


# SOCKS


@pytest.mark.parametrize("scheme", ["socks5", "socks5h"])
@pytest.mark.parametrize("userinfo", ["", "name:word"])
def test_a_socks_proxy_resolves_the_name_and_leads_to_the_gateway(
    edit: Program, gateway: Gateway, proxy: StartProxy, scheme: str, userinfo: str
) -> None:
    _, port = gateway()
    through = proxy(port, socks_proxy, wants=userinfo or None)
    ran = edit("edit", "cat.jpg", "x", ALL_PROXY=through.url(userinfo, scheme=scheme))
    assert (ran.code, ran.lines) == (0, ["cat-edited.jpg"]), ran.stderr
    assert set(through.targets) == {"gateway.test:443"}
    assert DEFAULT_KEY.encode() not in through.seen


@pytest.mark.parametrize(
    ("settings", "userinfo", "code", "says"),
    [
        ({"wants": "name:right"}, "name:wrong-word", 3, "proxy wants a name and a password"),
        ({"wants": "name:right"}, "", 3, "proxy wants a name and a password"),
        ({}, "name:wrong-word", 3, "the SOCKS proxy takes no name and password"),
        ({"says": b"\x05"}, "", 6, "the proxy refused"),
    ],
)
def test_a_socks_proxy_that_refuses_is_one_clear_line(
    edit: Program,
    gateway: Gateway,
    proxy: StartProxy,
    settings: dict[str, object],
    userinfo: str,
    code: int,
    says: str,
) -> None:
    sandbox, port = gateway()
    through = proxy(port, socks_proxy, **settings)
    ran = edit("edit", "cat.jpg", "x", "--proxy", through.url(userinfo, scheme="socks5"))
    assert_one_line(ran, code=code, says=says)
    assert "wrong-word" not in ran.stderr
    assert sandbox.stats().edits_begun == 0


def test_without_the_extra_a_socks_proxy_names_what_to_install(edit: Program, tmp_path: Path) -> None:
    hidden = "import sys; sys.modules['socksio'] = None; from seedcli.__main__ import program; program()"
    without = replace(edit, command=(sys.executable, "-c", hidden))
    ran = without("edit", "cat.jpg", "x", "--proxy", "socks5://127.0.0.1:1080")
    assert_one_line(ran, code=3, says="extra `socks`")
    assert "seedcli[socks]" in ran.stderr


def assert_one_line(ran: Ran, *, code: int, says: str) -> None:
    """One clear line, and under it at most what to do."""
    assert (ran.code, ran.stdout) == (code, b""), ran.stderr
    lines = ran.stderr.splitlines()
    assert says in lines[0]
    assert len(lines) <= 2
    assert DEFAULT_KEY not in ran.stderr
