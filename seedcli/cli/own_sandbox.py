"""`--sandbox`: a sandbox on a free loopback port for the length of one command."""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path


@contextmanager
def own_sandbox(state_folder: Path) -> Iterator[tuple[str, str]]:
    """Its base URL and key. Jobs and results stay on disk for a later command's sandbox."""
    from seedcli.sandbox.config import SandboxConfig
    from seedcli.sandbox.server import running

    with running(SandboxConfig(folder=state_folder / "sandbox")) as sandbox:
        yield sandbox.base_url, sandbox.key
