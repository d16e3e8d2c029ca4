"""A temporary home for every test, and nothing of the developer's own settings."""

from __future__ import annotations

import os
import shutil
from collections.abc import Callable, Iterator
from contextlib import ExitStack
from pathlib import Path
from typing import Any

import pytest
from program import Program

from seedcli.sandbox.config import SandboxConfig
from seedcli.sandbox.server import RunningSandbox, running

_LEAKS = ("SEEDCLI_", "PIXAZO_", "XDG_")
_KEPT = {"SEEDCLI_TEST_PROGRAM"}
_NETWORK = {"http_proxy", "https_proxy", "all_proxy", "no_proxy", "ssl_cert_file", "ssl_cert_dir"}
_COLOURS = {"no_color", "force_color", "clicolor_force"}
_RUNNERS = {"ci", "github_actions", "github_workspace"}
CAT = Path(__file__).parent.parent / "examples" / "cat.jpg"


def pytest_xdist_auto_num_workers() -> int:
    """What `-n auto` means: half as many again as processors, since many tests wait for a peer."""
    return (os.cpu_count() or 1) * 3 // 2


@pytest.fixture(autouse=True)
def home(tmp_path_factory: pytest.TempPathFactory, monkeypatch: pytest.MonkeyPatch) -> Path:
    """An empty home: configuration and state go nowhere else."""
    folder = tmp_path_factory.mktemp("home")
    for name in list(os.environ):
        if (name.startswith(_LEAKS) and name not in _KEPT) or name.lower() in _NETWORK | _COLOURS | _RUNNERS:
            monkeypatch.delenv(name)
    monkeypatch.setenv("HOME", str(folder))
    monkeypatch.setenv("XDG_CONFIG_HOME", str(folder / "config"))
    monkeypatch.setenv("XDG_STATE_HOME", str(folder / "state"))
    monkeypatch.setenv("XDG_CACHE_HOME", str(folder / "cache"))
    monkeypatch.setenv("COLUMNS", "100")
    return folder


@pytest.fixture
def sandbox() -> Iterator[Callable[..., RunningSandbox]]:
    """Starts a sandbox with the given settings, without rendering; it ends with the test."""
    with ExitStack() as stack:

        def start(**settings: Any) -> RunningSandbox:
            return stack.enter_context(running(SandboxConfig(**{"render": False, **settings})))

        yield start


@pytest.fixture
def desk(
    tmp_path: Path, sandbox: Callable[..., RunningSandbox]
) -> Callable[..., tuple[Program, RunningSandbox]]:
    """The program in a folder with cat.jpg, speaking to a sandbox with the given settings."""

    def start(**settings: Any) -> tuple[Program, RunningSandbox]:
        gateway = sandbox(**settings)
        shutil.copy(CAT, tmp_path / "cat.jpg")
        variables = {
            "SEEDCLI_BASE_URL": gateway.base_url,
            "SEEDCLI_API_KEY": gateway.key,
            "SEEDCLI_POLL_INTERVAL": "0.05",
        }
        return Program(tmp_path, variables), gateway

    return start
