"""A gateway, and a host of results, whose every move is written beforehand. Plain sockets only.

A script plays one request: it reads as much of the body as it likes and answers as it likes.
Scripts are used up in order; after the last, everything goes well. The server counts what
reached it: edits (whole or in part), polls, downloads, and what should never have come.
"""

from __future__ import annotations

import socket
import ssl
import struct
import threading
from collections.abc import Callable, Iterator, Sequence
from contextlib import contextmanager, suppress
from dataclasses import dataclass, field
from typing import Any

EDIT_PATH = "/byteplus/v1/getEditImage"
POLL_PATH = "/ai-model-api-polling/getGenerationResults"
PLACES = (b"@BASE@", b"@OTHER@", b"@PORT@")
_PATIENCE_S = 20.0
_SMALL_BUFFER = 32 * 1024


@dataclass
class Request:
    """One request as far as it came. `origin` is the listener that took it: "api" or "other"."""

    method: str
    target: str
    headers: dict[str, str]
    head: bytes
    origin: str
    length: int
    body: bytearray = field(default_factory=bytearray)

    @property
    def whole(self) -> bool:
        return len(self.body) >= self.length


class Line:
    """One accepted connection, and the scripts' way to speak on it."""

    def __init__(self, sock: socket.socket, server: Server, origin: str) -> None:
        self.server = server
        self.origin = origin
        self.open = True
        self._sock = sock
        self._held = b""

    def read_head(self) -> Request | None:
        """The next request's head; None when the peer is gone."""
        while b"\r\n\r\n" not in self._held:
            data = self._receive()
            if not data:
                return None
            self._held += data
        head, _, self._held = self._held.partition(b"\r\n\r\n")
        first, *lines = head.decode("latin-1").split("\r\n")
        method, target, _version = first.split(" ", 2)
        pairs = (line.partition(":") for line in lines)
        headers = {name.strip().lower(): value.strip() for name, _, value in pairs}
        return Request(method, target, headers, head, self.origin, int(headers.get("content-length", 0)))

    def read_body(self, request: Request, *, most: int | None = None) -> None:
        """Reads the body up to `most` bytes of it in all, as long as it comes."""
        wanted = request.length if most is None else min(most, request.length)
        while len(request.body) < wanted:
            data = self._held or self._receive()
            if not data:
                return
            room = wanted - len(request.body)
            request.body += data[:room]
            self._held = data[room:]

    def send(self, data: bytes) -> None:
        with suppress(OSError):
            self._sock.sendall(self.server.filled(data))

    def drip(self, data: bytes, *, every_s: float) -> None:
        """Sends byte by byte until the peer or the server has had enough."""
        for byte in self.server.filled(data):
            try:
                self._sock.sendall(bytes((byte,)))
            except OSError:
                return
            if self.server.stopped.wait(every_s):
                return

    def repeat(self, data: bytes, *, every_s: float) -> None:
        """Sends `data` over and over until the peer or the server has had enough."""
        while not self.server.stopped.wait(every_s):
            try:
                self._sock.sendall(data)
            except OSError:
                return

    def encrypt(self, context: ssl.SSLContext) -> None:
        """Answers a TLS handshake; one that the peer breaks off ends the connection."""
        try:
            self._sock = context.wrap_socket(self._sock, server_side=True)
        except OSError:
            self.close()

    def end_sending(self) -> None:
        with suppress(OSError):
            self._sock.shutdown(socket.SHUT_WR)

    def wait_until_closed(self) -> None:
        while self._receive():
            pass

    def reset(self) -> None:
        """Breaks the connection off with RST."""
        with suppress(OSError):
            self._sock.setsockopt(socket.SOL_SOCKET, socket.SO_LINGER, struct.pack("ii", 1, 0))
        self.close()

    def close(self) -> None:
        self.open = False
        with suppress(OSError):
            self._sock.close()

    def hang_up(self) -> None:
        """From another thread: ends every wait on this connection."""
        with suppress(OSError):
            self._sock.shutdown(socket.SHUT_RDWR)

    def _receive(self) -> bytes:
        try:
            return self._sock.recv(65536)
        except OSError:
            return b""


Script = Callable[[Line, Request], None]
Greeting = Callable[[Line], None]


class Server:
    """Two loopback listeners, the gateway's and another; a thread for each connection."""

    def __init__(self, edit: Script, poll: Script, download: Script) -> None:
        self.defaults = {"edit": edit, "poll": poll, "download": download}
        self.scripts: dict[str, list[Script]] = {"edit": [], "poll": [], "download": []}
        self.greetings: list[Greeting] = []
        self.requests: dict[str, list[Request]] = {"edit": [], "poll": [], "download": [], "stray": []}
        self.connections = 0
        self.place: Any = None
        self.stopped = threading.Event()
        self._changed = threading.Condition()
        self._reached: set[str] = set()
        self._released: set[str] = set()
        self._lines: set[Line] = set()
        self._threads: list[threading.Thread] = []
        self._listeners = {origin: _listen() for origin in ("api", "other")}
        self.port, self.other_port = (sock.getsockname()[1] for sock in self._listeners.values())

    @property
    def base_url(self) -> str:
        return f"http://127.0.0.1:{self.port}"

    @property
    def whole_posts(self) -> int:
        """Edits whose body came to its end: each of them may have been billed."""
        return sum(request.whole for request in self.requests["edit"])

    def go_well(self) -> None:
        """Forgets the scripts that are left."""
        with self._changed:
            for scripts in self.scripts.values():
                scripts.clear()
            self.greetings.clear()

    def filled(self, data: bytes) -> bytes:
        """`data` with the places of this server put in for the words that stand for them."""
        values = self.base_url, f"http://127.0.0.1:{self.other_port}", str(self.port)
        for word, value in zip(PLACES, values, strict=True):
            data = data.replace(word, value.encode())
        return data

    def reach(self, name: str) -> None:
        """A script says that it has come to `name`, and goes on when `release` allows it."""
        with self._changed:
            self._reached.add(name)
            self._changed.notify_all()
            self._changed.wait_for(lambda: name in self._released or self.stopped.is_set(), _PATIENCE_S)

    def wait_for(self, name: str) -> None:
        with self._changed:
            assert self._changed.wait_for(lambda: name in self._reached, _PATIENCE_S), f"never came to {name}"

    def wait_for_edits(self, count: int) -> None:
        """Until so many edits have begun."""
        with self._changed:
            begun = self.requests["edit"]
            assert self._changed.wait_for(lambda: len(begun) >= count, _PATIENCE_S), f"only {len(begun)}"

    def release(self, name: str) -> None:
        with self._changed:
            self._released.add(name)
            self._changed.notify_all()

    def start(self) -> None:
        for origin, listener in self._listeners.items():
            self._spawn(self._accept, listener, origin)

    def stop(self) -> None:
        self.stopped.set()
        with self._changed:
            self._changed.notify_all()
            lines = list(self._lines)
        for listener in self._listeners.values():
            with suppress(OSError):
                listener.shutdown(socket.SHUT_RDWR)
            listener.close()
        for line in lines:
            line.hang_up()
        for thread in self._threads:
            thread.join(_PATIENCE_S)

    def _spawn(self, target: Callable[..., None], *arguments: object) -> None:
        thread = threading.Thread(target=target, args=arguments, daemon=True)
        self._threads.append(thread)
        thread.start()

    def _accept(self, listener: socket.socket, origin: str) -> None:
        while not self.stopped.is_set():
            try:
                sock, _ = listener.accept()
            except OSError:
                return
            with self._changed:
                line = Line(sock, self, origin)
                self._lines.add(line)
                greeting = self.greetings.pop(0) if origin == "api" and self.greetings else None
                self.connections += 1
            self._spawn(self._serve, line, greeting)

    def _serve(self, line: Line, greeting: Greeting | None) -> None:
        if greeting is not None:
            greeting(line)
        while line.open and not self.stopped.is_set():
            request = line.read_head()
            if request is None:
                break
            self._script_for(request)(line, request)
        line.close()
        with self._changed:
            self._lines.discard(line)

    def _script_for(self, request: Request) -> Script:
        kind = _kind(request)
        with self._changed:
            self.requests[kind].append(request)
            self._changed.notify_all()
            if kind == "stray":
                return lambda line, _: line.close()
            return self.scripts[kind].pop(0) if self.scripts[kind] else self.defaults[kind]


@contextmanager
def serving(server: Server) -> Iterator[Server]:
    server.start()
    try:
        yield server
    finally:
        server.stop()


def closed_port() -> socket.socket:
    """A bound socket that does not listen: connecting to its port is refused as long as it lives."""
    return _bound()


def full_port() -> Sequence[socket.socket]:
    """A listener, first, whose queue is full, and what fills it: connecting to it hangs."""
    listener = _bound()
    listener.listen(0)
    fillers = []
    for _ in range(3):
        filler = socket.socket()
        filler.setblocking(False)
        with suppress(BlockingIOError):
            filler.connect(listener.getsockname())
        fillers.append(filler)
    return [listener, *fillers]


def _listen() -> socket.socket:
    sock = _bound()
    sock.listen(64)
    return sock


def _bound() -> socket.socket:
    sock = socket.socket()
    # Small, so that a large upload can be stopped half-way: it does not fit into the buffers.
    sock.setsockopt(socket.SOL_SOCKET, socket.SO_RCVBUF, _SMALL_BUFFER)
    sock.bind(("127.0.0.1", 0))
    return sock


def _kind(request: Request) -> str:
    if request.method == "POST" and request.origin == "api":
        return {EDIT_PATH: "edit", POLL_PATH: "poll"}.get(request.target, "stray")
    return "download" if request.method == "GET" else "stray"
