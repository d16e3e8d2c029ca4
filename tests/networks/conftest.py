"""A company's network, made as a test needs it: a gateway with a certificate, a proxy in front of it."""

from __future__ import annotations

import shutil
from collections.abc import Callable, Iterator
from contextlib import ExitStack
from pathlib import Path
from typing import Any

import pytest
from company_network import GATEWAY, Authority, Proxy, http_proxy, new_authority, serving
from program import Program

from seedcli.sandbox.config import SandboxConfig
from seedcli.sandbox.server import Certificate, RunningSandbox, running

CAT = Path(__file__).parents[2] / "examples" / "cat.jpg"
Gateway = Callable[..., tuple[RunningSandbox, int]]


@pytest.fixture(scope="session")
def authority(tmp_path_factory: pytest.TempPathFactory) -> Authority:
    return new_authority(tmp_path_factory.mktemp("authority"))


@pytest.fixture(scope="session")
def stranger(tmp_path_factory: pytest.TempPathFactory) -> Authority:
    """Another authority, which nobody trusts."""
    return new_authority(tmp_path_factory.mktemp("stranger"))


@pytest.fixture
def gateway(authority: Authority) -> Iterator[Gateway]:
    """Starts a sandbox that speaks TLS; it and its port."""
    with ExitStack() as stack:

        def start(
            *names: str, certificate: Certificate | None = None, host: str = "127.0.0.1", **settings: Any
        ) -> tuple[RunningSandbox, int]:
            chosen = certificate or authority.certificate(*(names or ("gateway.test", "127.0.0.1")))
            config = SandboxConfig(render=False, **settings)
            started = stack.enter_context(running(config, host=host, certificate=chosen))
            return started, int(started.base_url.rpartition(":")[2])

        yield start


@pytest.fixture
def proxy() -> Iterator[Callable[..., Proxy]]:
    """Starts a proxy that leads to a port."""
    with ExitStack() as stack:

        def start(leads_to: int, serve: Any = http_proxy, *, tls: Any = None, **settings: Any) -> Proxy:
            return stack.enter_context(serving(Proxy(leads_to, **settings), serve, tls=tls))

        yield start


@pytest.fixture
def edit(tmp_path: Path, authority: Authority) -> Program:
    """The program in a folder with cat.jpg, set up for https://gateway.test and the company's authority."""
    shutil.copy(CAT, tmp_path / "cat.jpg")
    variables = {
        "SEEDCLI_BASE_URL": GATEWAY,
        "SEEDCLI_API_KEY": SandboxConfig().key,
        "SEEDCLI_POLL_INTERVAL": "0.05",
        "SEEDCLI_RETRIES": "0",
        "SSL_CERT_FILE": str(authority.bundle),
    }
    return Program(tmp_path, variables)
