"""A sandbox on a loopback port: for the length of a `with`, or until it is interrupted."""

from __future__ import annotations

import contextlib
import dataclasses
import ipaddress
import socket
import tempfile
import threading
from collections.abc import Callable, Iterator
from dataclasses import dataclass
from importlib.util import find_spec
from pathlib import Path
from typing import TYPE_CHECKING

from seedcli.errors import UsageError
from seedcli.sandbox.config import SandboxConfig
from seedcli.sandbox.faults import parse_fault
from seedcli.sandbox.tally import Exchange, Stats, Tally
from seedcli.text import clean

if TYPE_CHECKING:
    from seedcli.sandbox.listener import Listener

Log = Callable[[str], None]


@dataclass(frozen=True, slots=True)
class Certificate:
    """A certificate chain and its key, in PEM, to speak TLS with."""

    chain: Path
    key: Path


@dataclass(frozen=True, slots=True)
class RunningSandbox:
    """A sandbox that takes requests. `base_url` is what a client is given, without a slash at its end."""

    base_url: str
    key: str
    folder: Path
    _tally: Tally

    def stats(self) -> Stats:
        """The counts so far."""
        return self._tally.stats()

    def exchanges(self, kind: str | None = None) -> list[Exchange]:
        """The last requests, oldest first; `kind` is edit, poll, download or other."""
        return [exchange for exchange in self._tally.exchanges() if kind in (None, exchange.kind)]


@contextlib.contextmanager
def running(
    config: SandboxConfig | None = None,
    *,
    host: str = "127.0.0.1",
    port: int = 0,
    log: Log | None = None,
    certificate: Certificate | None = None,
) -> Iterator[RunningSandbox]:
    """A sandbox in a thread, on a free port unless one is named; it takes requests when this returns.

    Raises UsageError where the extra is not installed, a setting makes no sense, or the port is taken.
    """
    config = config or SandboxConfig()
    _check(config)
    with _folder(config) as folder, _listening(host, port) as listening:
        tally = Tally()
        listener = _listener(
            dataclasses.replace(config, folder=folder), tally=tally, log=log, certificate=certificate
        )
        thread = threading.Thread(target=listener.run, args=([listening],), name="sandbox", daemon=True)
        thread.start()
        try:
            yield RunningSandbox(_base_url(listening, tls=certificate is not None), config.key, folder, tally)
        finally:
            listener.stop()
            thread.join()


def serve(
    config: SandboxConfig,
    *,
    host: str = "127.0.0.1",
    port: int = 8787,
    log: Log | None = None,
    ready: Callable[[RunningSandbox], None],
) -> None:
    """Runs a sandbox until SIGINT or SIGTERM; `ready` is called when it takes requests.

    Raises as `running` does.
    """
    _check(config)
    with _folder(config) as folder, _listening(host, port) as listening:
        tally = Tally()
        listener = _listener(
            dataclasses.replace(config, folder=folder), tally=tally, log=log, certificate=None
        )
        ready(RunningSandbox(_base_url(listening, tls=False), config.key, folder, tally))
        # uvicorn raises the signal again when it has stopped; that it has is all there is to it.
        with contextlib.suppress(KeyboardInterrupt):
            listener.run([listening])


def _check(config: SandboxConfig) -> None:
    missing = [name for name in ("starlette", "uvicorn") if find_spec(name) is None]
    if missing:
        are = "is" if len(missing) == 1 else "are"
        raise UsageError(
            f"the sandbox needs {' and '.join(missing)}, which {are} not installed",
            hint="pip install 'seedcli[sandbox]'",
        )
    for fault in config.faults:
        parse_fault(fault)
    if not config.key or not config.key.isascii() or not config.key.isprintable() or " " in config.key:
        raise UsageError("the sandbox's key must be printable ASCII without spaces")
    if config.rate_per_s is not None and not 0 < config.rate_per_s < float("inf"):
        raise UsageError("the rate limit must be over 0")
    if not 0 <= config.latency_s < float("inf"):
        raise UsageError("the latency must be 0 or more seconds")


@contextlib.contextmanager
def _folder(config: SandboxConfig) -> Iterator[Path]:
    if config.folder is None:
        with tempfile.TemporaryDirectory(prefix="seedcli-sandbox-") as made:
            yield Path(made)
        return
    try:
        config.folder.mkdir(parents=True, exist_ok=True)
    except OSError as fault:
        raise UsageError(
            f"the sandbox can't use the folder {clean(str(config.folder))}: {fault.strerror}"
        ) from fault
    yield config.folder


@contextlib.contextmanager
def _listening(host: str, port: int) -> Iterator[socket.socket]:
    """A socket that already queues connections, so that nobody has to wait for the server to come up."""
    address = _loopback(host)
    family = socket.AF_INET6 if ":" in address else socket.AF_INET
    # Named as TCP, or asyncio would leave Nagle's algorithm on, which costs 40 ms an answer.
    with socket.socket(family, socket.SOCK_STREAM, socket.IPPROTO_TCP) as listening:
        listening.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
        try:
            listening.bind((address, port))
            listening.listen(512)
        except (OSError, OverflowError) as fault:
            raise UsageError(
                f"port {port} on {address} can't be used: {getattr(fault, 'strerror', None) or fault}",
                hint="choose another with --port, or --port 0 for a free one",
            ) from fault
        yield listening


def _loopback(host: str) -> str:
    address = "127.0.0.1" if host == "localhost" else host.strip("[]")
    try:
        loopback = ipaddress.ip_address(address).is_loopback
    except ValueError:
        loopback = False
    if not loopback:
        raise UsageError(
            f"the sandbox listens on the loopback only, not on {clean(host, limit=60)}",
            hint="127.0.0.1, ::1 or localhost",
        )
    return address


def _listener(
    config: SandboxConfig, *, tally: Tally, log: Log | None, certificate: Certificate | None
) -> Listener:
    import asyncio

    import uvicorn

    from seedcli.sandbox.app import create_app
    from seedcli.sandbox.listener import Connection, Listener

    stopping = asyncio.Event()
    settings = uvicorn.Config(
        create_app(config, tally=tally, stopping=stopping, log=log),
        http=Connection,
        ws="none",
        loop="asyncio",
        lifespan="off",
        interface="asgi3",
        log_config=None,
        access_log=False,
        proxy_headers=False,
        server_header=False,
        timeout_keep_alive=75,
        ssl_certfile=certificate.chain if certificate else None,
        ssl_keyfile=certificate.key if certificate else None,
    )
    # Here and not in the server's thread, where a bad certificate would end it unseen.
    settings.load()
    return Listener(settings, stopping=stopping)


def _base_url(listening: socket.socket, *, tls: bool) -> str:
    address, port = listening.getsockname()[:2]
    host = f"[{address}]" if ":" in address else address
    return f"{'https' if tls else 'http'}://{host}:{port}"
