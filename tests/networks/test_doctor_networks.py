"""`seedcli doctor` behind proxies and with a company's certificates: which step fails, and why."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

import pytest
from company_network import Authority, Proxy, refusing_port, socks_proxy
from program import Program, Ran

from seedcli.sandbox.server import RunningSandbox

Gateway = Callable[..., tuple[RunningSandbox, int]]
StartProxy = Callable[..., Proxy]


def checks(ran: Ran) -> dict[str, dict[str, Any]]:
    return {check["name"]: check for check in ran.object["checks"]}


def wrong(ran: Ran) -> list[str]:
    return [check["name"] for check in ran.object["checks"] if check["status"] == "failed"]


def test_tls_is_told_with_its_issuer_and_its_end(edit: Program, gateway: Gateway) -> None:
    sandbox, _ = gateway()
    ran = edit("doctor", "--json", SEEDCLI_BASE_URL=sandbox.base_url)
    assert (ran.code, wrong(ran)) == (0, [])
    assert checks(ran)["tls"]["detail"].startswith("TLSv1.3, certificate by Company until ")
    assert checks(ran)["certificates"]["facts"] == {"source": "environment SSL_CERT_FILE"}


def test_a_strangers_certificate_is_tls_that_failed(
    edit: Program, gateway: Gateway, stranger: Authority
) -> None:
    sandbox, _ = gateway()
    ran = edit("doctor", "--json", SEEDCLI_BASE_URL=sandbox.base_url, SSL_CERT_FILE=str(stranger.bundle))
    assert (ran.code, wrong(ran)) == (6, ["tls"])
    assert "not trusted" in checks(ran)["tls"]["detail"]
    assert "--ca-bundle" in checks(ran)["tls"]["hint"]
    assert checks(ran)["gateway"]["status"] == "skipped"
    assert sandbox.stats().polls == 0


def test_a_bundle_that_is_none_is_told_from_one_that_does_not_fit(edit: Program, gateway: Gateway) -> None:
    sandbox, _ = gateway()
    ran = edit("doctor", "--json", SEEDCLI_BASE_URL=sandbox.base_url, SSL_CERT_FILE="/nowhere.pem")
    assert (ran.code, wrong(ran)) == (3, ["certificates"])


def test_no_tls_where_https_is_expected(edit: Program, sandbox: Callable[..., RunningSandbox]) -> None:
    plain = sandbox().base_url.replace("http:", "https:")
    ran = edit("doctor", "--json", SEEDCLI_BASE_URL=plain)
    assert (ran.code, wrong(ran)) == (6, ["tls"])
    assert "no TLS" in checks(ran)["tls"]["detail"]


@pytest.mark.parametrize("scheme", ["http", "socks5"])
def test_all_is_well_through_a_proxy(edit: Program, gateway: Gateway, proxy: StartProxy, scheme: str) -> None:
    sandbox, port = gateway()
    through = proxy(port, socks_proxy) if scheme == "socks5" else proxy(port, wants="name:word")
    url = through.url("" if scheme == "socks5" else "name:word", scheme=scheme)
    ran = edit("doctor", "--json", "--proxy", url)
    assert (ran.code, wrong(ran)) == (0, [])
    assert checks(ran)["proxy"]["facts"]["used"] is True
    assert "name:word" not in ran.stdout.decode()
    assert "the proxy 127.0.0.1" in checks(ran)["connection"]["detail"]
    assert checks(ran)["tls"]["detail"] == "through the proxy"
    assert (sandbox.stats().polls, sandbox.stats().edits_begun) == (2, 0)


def test_a_proxy_that_is_not_there_is_a_connection_that_failed(edit: Program) -> None:
    ran = edit("doctor", "--json", "--proxy", f"http://127.0.0.1:{refusing_port()}")
    assert (ran.code, wrong(ran)) == (6, ["connection"])
    assert "the proxy 127.0.0.1" in checks(ran)["connection"]["detail"]


def test_a_proxys_password_that_is_wrong_is_told(edit: Program, gateway: Gateway, proxy: StartProxy) -> None:
    _, port = gateway()
    ran = edit("doctor", "--json", "--proxy", proxy(port, wants="name:right").url("name:wrong"))
    assert (ran.code, wrong(ran)) == (3, ["gateway"])
    assert "proxy wants a name and a password" in checks(ran)["gateway"]["detail"]


def test_a_strangers_certificate_behind_a_proxy_is_tls_that_failed(
    edit: Program, gateway: Gateway, proxy: StartProxy, stranger: Authority
) -> None:
    _, port = gateway()
    ran = edit("doctor", "--json", "--proxy", proxy(port).url(), "--ca-bundle", stranger.bundle)
    assert (ran.code, wrong(ran)) == (6, ["tls"])


def test_a_proxy_that_the_gateway_is_reached_past_is_told(
    edit: Program, sandbox: Callable[..., RunningSandbox]
) -> None:
    own = sandbox()
    ran = edit("doctor", "--json", SEEDCLI_BASE_URL=own.base_url, HTTPS_PROXY="http://name:word@proxy.test:1")
    assert ran.code == 0
    found = checks(ran)["proxy"]
    assert found["facts"] == {"proxy": "http://****@proxy.test:1", "used": False}
    assert "environment HTTPS_PROXY" in found["detail"] and "loopback" in found["detail"]
