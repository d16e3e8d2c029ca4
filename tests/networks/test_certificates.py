"""`seedcli edit` and a company's own certificate authority: trusted when it is given, and what goes wrong."""

from __future__ import annotations

import subprocess
import sys
from collections.abc import Callable
from dataclasses import replace
from pathlib import Path

import pytest
from company_network import Authority
from program import Program, Ran

from seedcli.sandbox.config import DEFAULT_KEY
from seedcli.sandbox.server import RunningSandbox

Gateway = Callable[..., tuple[RunningSandbox, int]]


@pytest.mark.parametrize("way", ["--ca-bundle", "SSL_CERT_FILE", "SEEDCLI_CA_BUNDLE", "file"])
def test_a_private_authority_is_trusted_however_it_is_named(
    edit: Program, gateway: Gateway, authority: Authority, way: str
) -> None:
    sandbox, _ = gateway()
    arguments = ["--ca-bundle", authority.bundle] if way == "--ca-bundle" else []
    variables = {"SSL_CERT_FILE": ""} | ({way: str(authority.bundle)} if way.isupper() else {})
    if way == "file":
        assert edit("config", "set", "ca_bundle", authority.bundle).code == 0
    ran = edit("edit", "cat.jpg", "x", *arguments, SEEDCLI_BASE_URL=sandbox.base_url, **variables)
    assert (ran.code, ran.lines) == (0, ["cat-edited.jpg"]), ran.stderr
    assert sandbox.stats().made == 1


@pytest.mark.skipif(sys.platform != "linux", reason="elsewhere the system's store can't be set up for a test")
def test_the_systems_store_is_trusted_through_truststore(
    edit: Program, gateway: Gateway, authority: Authority, tmp_path: Path
) -> None:
    pytest.importorskip("truststore")
    sandbox, _ = gateway()
    store = system_store(tmp_path / "certs", authority)
    set_up = {"SEEDCLI_BASE_URL": sandbox.base_url, "SSL_CERT_FILE": "", "SSL_CERT_DIR": str(store)}
    ran = edit("edit", "cat.jpg", "x", **set_up)
    assert ran.code == 0, ran.stderr


def test_without_truststore_the_certificates_of_certifi_are_trusted_alone(
    edit: Program, gateway: Gateway, authority: Authority, tmp_path: Path
) -> None:
    sandbox, _ = gateway()
    hidden = "import sys; sys.modules['truststore'] = None; from seedcli.__main__ import program; program()"
    without = replace(edit, command=(sys.executable, "-c", hidden))
    ran = without("edit", "cat.jpg", "x", SEEDCLI_BASE_URL=sandbox.base_url, SSL_CERT_FILE="")
    assert_one_line(ran, code=6, says="certificate is not trusted")


def test_an_authority_that_is_not_trusted_is_undelivered_and_names_the_remedy(
    edit: Program, gateway: Gateway, stranger: Authority
) -> None:
    sandbox, _ = gateway()
    ran = edit("edit", "cat.jpg", "x", "--ca-bundle", stranger.bundle, SEEDCLI_BASE_URL=sandbox.base_url)
    assert_one_line(ran, code=6, says="certificate is not trusted")
    assert "--ca-bundle" in ran.stderr and "SSL_CERT_FILE" in ran.stderr
    assert sandbox.stats().edits_begun == 0


@pytest.mark.parametrize(
    ("names", "expired", "says"),
    [
        (("elsewhere.test",), False, "not valid for '127.0.0.1'"),
        (("127.0.0.1",), True, "certificate has expired"),
    ],
)
def test_a_certificate_that_does_not_hold_is_undelivered(
    edit: Program, gateway: Gateway, authority: Authority, names: tuple[str, ...], expired: bool, says: str
) -> None:
    sandbox, _ = gateway(certificate=authority.certificate(*names, expired=expired))
    ran = edit("edit", "cat.jpg", "x", SEEDCLI_BASE_URL=sandbox.base_url)
    assert_one_line(ran, code=6, says=says)
    assert sandbox.stats().edits_begun == 0


@pytest.mark.parametrize(
    "content",
    [None, b"", b"no certificate", b"-----BEGIN CERTIFICATE-----\nAAAA\n-----END CERTIFICATE-----\n"],
)
def test_a_bundle_that_is_none_is_a_matter_of_configuration(
    edit: Program, gateway: Gateway, tmp_path: Path, content: bytes | None
) -> None:
    sandbox, _ = gateway()
    bundle = tmp_path / "bundle.pem"
    if content is not None:
        bundle.write_bytes(content)
    ran = edit("edit", "cat.jpg", "x", SEEDCLI_BASE_URL=sandbox.base_url, SSL_CERT_FILE=str(bundle))
    assert_one_line(ran, code=3, says="bundle.pem")
    assert sandbox.stats().edits_begun == 0


def test_a_gateway_that_speaks_no_tls_is_undelivered(
    edit: Program, sandbox: Callable[..., RunningSandbox]
) -> None:
    plain = sandbox()
    ran = edit("edit", "cat.jpg", "x", SEEDCLI_BASE_URL=plain.base_url.replace("http:", "https:"))
    assert_one_line(ran, code=6, says="TLS failed")
    assert plain.stats().edits_begun == 0


def system_store(folder: Path, authority: Authority) -> Path:
    """A folder of certificates as the system keeps them: each under the hash of its subject."""
    command = ["openssl", "x509", "-noout", "-hash", "-in", str(authority.bundle)]
    try:
        name = subprocess.run(command, check=True, capture_output=True, text=True).stdout.strip()
    except FileNotFoundError:
        pytest.skip("openssl names the certificates, and is not here")
    folder.mkdir()
    (folder / f"{name}.0").write_bytes(authority.bundle.read_bytes())
    return folder


def assert_one_line(ran: Ran, *, code: int, says: str) -> None:
    """One clear line, and under it at most what to do."""
    assert (ran.code, ran.stdout) == (code, b""), ran.stderr
    lines = ran.stderr.splitlines()
    assert says in lines[0]
    assert len(lines) <= 2
    assert DEFAULT_KEY not in ran.stderr
