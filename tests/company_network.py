"""The network of a company on the loopback: proxies that lead to one port, and an authority of its own."""

from __future__ import annotations

import base64
import contextlib
import datetime
import select
import socket
import socketserver
import ssl
import struct
import threading
from collections.abc import Callable, Iterator
from dataclasses import dataclass, field
from pathlib import Path

import trustme

from seedcli.sandbox.server import Certificate

GATEWAY = "https://gateway.test"
"""A gateway that nobody but the proxy can find: no name under .test resolves."""


@dataclass
class Proxy:
    """A proxy that leads all that ask to `leads_to` here, and remembers every byte it was sent.

    `wants` is the name:password that it asks for; `says` is what it answers in place of leading on.
    """

    leads_to: int
    wants: str | None = None
    says: bytes | None = None
    port: int = 0
    targets: list[str] = field(default_factory=list)
    seen: bytearray = field(default_factory=bytearray)

    def url(self, userinfo: str = "", *, scheme: str = "http") -> str:
        return f"{scheme}://{userinfo}{'@' if userinfo else ''}127.0.0.1:{self.port}"

    def relay(self, client: socket.socket) -> None:
        with socket.create_connection(("127.0.0.1", self.leads_to)) as server:
            while True:
                ready, _, _ = select.select([client, server], [], [], 30)
                for side in ready:
                    data = side.recv(65536)
                    if side is client:
                        self.seen += data
                    if not data:
                        return
                    (server if side is client else client).sendall(data)
                if not ready:
                    return


def http_proxy(proxy: Proxy, client: socket.socket) -> None:
    """One CONNECT."""
    head = b""
    while not head.endswith(b"\r\n\r\n"):
        if not (data := client.recv(1)):  # no more than the head: what follows is the tunnel's
            return
        head += data
    proxy.seen += head
    proxy.targets.append(head.split()[1].decode())
    lines = head.decode("latin-1").lower().split("\r\n")
    given = next((line.split()[-1] for line in lines if line.startswith("proxy-authorization")), "")
    wanted = base64.b64encode((proxy.wants or "").encode()).decode().lower()
    if proxy.says is not None:
        client.sendall(proxy.says)
    elif proxy.wants is not None and given != wanted:
        client.sendall(b"HTTP/1.1 407 Proxy Authentication Required\r\nContent-Length: 0\r\n\r\n")
    else:
        client.sendall(b"HTTP/1.1 200 Connection established\r\n\r\n")
        proxy.relay(client)


def socks_proxy(proxy: Proxy, client: socket.socket) -> None:
    """One SOCKS 5 connection, to a name that is resolved here."""
    _, count = client.recv(2)
    method = b"\x02" if proxy.wants else b"\x00"
    if method not in client.recv(count):
        client.sendall(b"\x05\xff")
        return
    client.sendall(b"\x05" + method)
    if proxy.wants:
        _, length = client.recv(2)
        name = client.recv(length)
        password = client.recv(client.recv(1)[0])
        right = f"{name.decode()}:{password.decode()}" == proxy.wants
        client.sendall(b"\x01\x00" if right else b"\x01\x01")
        if not right:
            return
    client.recv(4)
    host = client.recv(client.recv(1)[0])
    (port,) = struct.unpack("!H", client.recv(2))
    proxy.targets.append(f"{host.decode()}:{port}")
    refusal = proxy.says or b""
    client.sendall(b"\x05" + (refusal or b"\x00") + b"\x00\x01\x7f\x00\x00\x01\x00\x50")
    if not refusal:
        proxy.relay(client)


@contextlib.contextmanager
def serving(
    proxy: Proxy,
    serve: Callable[[Proxy, socket.socket], None] = http_proxy,
    *,
    tls: ssl.SSLContext | None = None,
) -> Iterator[Proxy]:
    """The proxy at work on a free port, with `tls` over TLS."""

    class Handler(socketserver.BaseRequestHandler):
        def handle(self) -> None:
            with (
                contextlib.suppress(OSError, IndexError, ValueError),
                tls.wrap_socket(self.request, server_side=True) if tls else self.request as client,
            ):
                serve(proxy, client)

    class Server(socketserver.ThreadingTCPServer):
        daemon_threads = True
        block_on_close = False

    with Server(("127.0.0.1", 0), Handler) as server:
        proxy.port = server.server_address[1]
        thread = threading.Thread(target=server.serve_forever, args=(0.02,), daemon=True)
        thread.start()
        try:
            yield proxy
        finally:
            server.shutdown()
            thread.join()


@dataclass(frozen=True)
class Authority:
    """A company's own certificate authority, its certificate in `bundle`."""

    folder: Path
    authority: trustme.CA

    @property
    def bundle(self) -> Path:
        return self.folder / "company-ca.pem"

    def certificate(self, *names: str, expired: bool = False) -> Certificate:
        """A certificate for a gateway with these names and addresses."""
        now = datetime.datetime.now(datetime.UTC)
        until = now - datetime.timedelta(days=1) if expired else None
        since = now - datetime.timedelta(days=9) if expired else None
        issued = self.authority.issue_cert(*names, not_before=since, not_after=until)
        path = self.folder / f"{abs(hash((names, expired)))}.pem"
        issued.private_key_and_cert_chain_pem.write_to_path(str(path))
        return Certificate(path, path)

    def server_context(self, *names: str) -> ssl.SSLContext:
        context = ssl.SSLContext(ssl.PROTOCOL_TLS_SERVER)
        context.load_cert_chain(self.certificate(*names).chain)
        return context


def new_authority(folder: Path) -> Authority:
    made = Authority(folder, trustme.CA(organization_name="Company"))
    made.authority.cert_pem.write_to_path(str(made.bundle))
    return made


def refusing_port() -> int:
    """A port of the loopback that refuses: bound, never listened on, and nobody else's till the process ends.

    One that is only looked up and let go may be a gateway's of a test beside this one a moment later.
    """
    held = socket.socket()
    held.bind(("127.0.0.1", 0))
    port = int(held.getsockname()[1])
    held.detach()
    return port
