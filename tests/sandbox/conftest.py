"""A sandbox to talk to."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from contextlib import ExitStack
from typing import Any

import httpx
import pytest
from sandbox_caller import Caller

from seedcli.sandbox.config import SandboxConfig
from seedcli.sandbox.server import running


@pytest.fixture
def call() -> Iterator[Callable[..., Caller]]:
    """Starts a sandbox with the given settings; it ends with the test."""
    with ExitStack() as stack:

        def start(**settings: Any) -> Caller:
            sandbox = stack.enter_context(running(SandboxConfig(**{"render": False, **settings})))
            client = stack.enter_context(
                httpx.Client(base_url=sandbox.base_url, trust_env=False, timeout=10, follow_redirects=False)
            )
            return Caller(sandbox, client)

        yield start
