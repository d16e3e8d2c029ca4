"""A gateway client and pictures for it, made as a test needs them."""

from __future__ import annotations

import hashlib
import shutil
import ssl
import subprocess
from collections.abc import AsyncIterator, Callable
from contextlib import asynccontextmanager
from pathlib import Path
from typing import Any

import pytest
from gateway_client import JPEG, KEY, Client, OpenClient, SkippingClock

from seedcli.gateway.client import Gateway, Network, Upload, check_key, parse_endpoint


@pytest.fixture
def open_client(tmp_path: Path) -> OpenClient:
    @asynccontextmanager
    async def opened(
        base_url: str, *, key: str | None = KEY, uploads: int = 2, **network: Any
    ) -> AsyncIterator[Client]:
        clock = SkippingClock()
        gateway = Gateway(
            parse_endpoint(base_url),
            key=check_key(key) if key else None,
            network=Network(**network),
            clock=clock,
            uploads=uploads,
            random=lambda: 0.5,
        )
        async with gateway:
            yield Client(gateway, clock, tmp_path / "spool")

    return opened


@pytest.fixture
def picture(tmp_path: Path) -> Callable[..., Upload]:
    """A file and its description; `size` bytes, by default a small JPEG."""

    def make(*, size: int | None = None, mime: str = "image/jpeg", name: str = "cat.jpg") -> Upload:
        content = JPEG if size is None else (JPEG * (size // len(JPEG) + 1))[:size]
        path = tmp_path / name
        path.write_bytes(content)
        return Upload(path, len(content), hashlib.sha256(content).hexdigest(), mime)

    return make


@pytest.fixture(scope="session")
def certificate(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A self-signed certificate for localhost and gateway.test, with its key, in one file."""
    openssl = shutil.which("openssl")
    if openssl is None:
        pytest.skip("openssl makes the certificate, and is not here")
    folder = tmp_path_factory.mktemp("tls")
    command = (
        "req -x509 -newkey ec -pkeyopt ec_paramgen_curve:prime256v1 -nodes -days 2 -subj /CN=localhost "
        "-addext subjectAltName=DNS:localhost,DNS:gateway.test -keyout key.pem -out cert.pem"
    )
    subprocess.run([openssl, *command.split()], cwd=folder, check=True, capture_output=True)
    both = folder / "both.pem"
    both.write_bytes((folder / "cert.pem").read_bytes() + (folder / "key.pem").read_bytes())
    return both


@pytest.fixture
def tls(certificate: Path) -> ssl.SSLContext:
    context = ssl.SSLContext(ssl.PROTOCOL_TLS_SERVER)
    context.load_cert_chain(certificate)
    return context
