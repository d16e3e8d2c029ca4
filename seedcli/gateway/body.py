"""The paid request's body: read, encoded, hashed and sent in pieces, its length known beforehand."""

from __future__ import annotations

import asyncio
import hashlib
from collections.abc import Callable, Iterator
from contextlib import AbstractContextManager, ExitStack
from typing import BinaryIO, Protocol

from pybase64 import b64encode

from seedcli.errors import BadInput
from seedcli.gateway.connection import Connection, EarlyAnswer
from seedcli.gateway.delivery import Delivery, Upload

# A multiple of three, so that base64 needs padding at the very end only.
PIECE_BYTES = 96 * 1024


class Source(Protocol):
    """What gives the body's pieces, the last one only after all that went before is verified."""

    length: int

    def pieces(self) -> AbstractContextManager[Iterator[bytes]]: ...


class FileSource:
    """A picture between the JSON's `prefix` and `suffix`.

    A file that is not the one described (size or SHA-256) raises BadInput before its last
    piece is given, so that no whole body of mixed content ever leaves.
    """

    def __init__(self, upload: Upload, *, prefix: bytes, suffix: bytes) -> None:
        if upload.size <= 0:
            raise BadInput(f"{upload.path.name}: the picture is empty")
        self._upload = upload
        self._prefix = prefix
        self._suffix = suffix
        self.length = len(prefix) + (upload.size + 2) // 3 * 4 + len(suffix)

    def pieces(self) -> _Pieces:
        try:
            file = self._upload.path.open("rb")
        except OSError as fault:
            raise self._unreadable(fault) from fault
        return _Pieces(self._encoded(file), file)

    def _encoded(self, file: BinaryIO) -> Iterator[bytes]:
        digest = hashlib.sha256()
        size = 0
        held = self._prefix
        while block := self._read(file):
            size += len(block)
            digest.update(block)
            if size > self._upload.size:
                raise self._changed()
            encoded = b64encode(block)
            if size == len(block):
                held += encoded
            else:
                yield held
                held = encoded
        if size != self._upload.size or digest.hexdigest() != self._upload.sha256.lower():
            raise self._changed()
        yield held + self._suffix

    def _read(self, file: BinaryIO) -> bytes:
        try:
            return file.read(PIECE_BYTES)
        except OSError as fault:
            raise self._unreadable(fault) from fault

    def _changed(self) -> BadInput:
        return BadInput(
            f"{self._upload.path.name}: the file changed while it was being sent",
            hint="It was not sent whole. Give the command again when nothing writes to the file.",
        )

    def _unreadable(self, fault: OSError) -> BadInput:
        reason = fault.strerror or type(fault).__name__
        return BadInput(f"{self._upload.path.name}: the picture can't be read: {reason}")


class BytesSource:
    """A body that is already there as a whole."""

    def __init__(self, content: bytes) -> None:
        self._content = content
        self.length = len(content)

    def pieces(self) -> _Pieces:
        return _Pieces(iter((self._content,)))


class _Pieces:
    """Pieces, and the file to close after them."""

    def __init__(self, pieces: Iterator[bytes], file: BinaryIO | None = None) -> None:
        self._pieces = pieces
        self._file = file

    def __enter__(self) -> Iterator[bytes]:
        return self._pieces

    def __exit__(self, *_: object) -> None:
        if self._file is not None:
            self._file.close()


class Gate:
    """How many bodies are read, encoded and sent at once.

    A few more may have connected and wait for their turn, so that a handshake's time is not
    lost; the rest wait outside, where no server's patience with an idle connection counts.
    """

    def __init__(self, uploads: int) -> None:
        self.lobby = asyncio.Semaphore(uploads * 4)
        self.uploads = asyncio.Semaphore(uploads)


class Body:
    """Sends a `Source` once, and keeps the `Delivery` true meanwhile.

    `wait_outside` comes before connecting; `close` must be called when the request is over.
    """

    def __init__(
        self,
        source: Source,
        *,
        delivery: Delivery,
        gate: Gate,
        progress: Callable[[int, int], None] | None = None,
    ) -> None:
        self._source = source
        self._delivery = delivery
        self._gate = gate
        self._progress = progress or _ignore
        self._open = ExitStack()
        delivery.total_bytes = source.length

    async def wait_outside(self) -> None:
        await self._gate.lobby.acquire()
        self._open.callback(self._gate.lobby.release)

    async def send(self, connection: Connection) -> None:
        """Raises BadInput, and what `connection` does; EarlyAnswer when the rest is not wanted."""
        if self._delivery.connected:
            raise RuntimeError("a paid request is sent once")
        self._delivery.connected = True
        await self._gate.uploads.acquire()
        self._open.callback(self._gate.uploads.release)
        pieces = self._open.enter_context(self._source.pieces())
        self._progress(0, self._source.length)
        piece = next(pieces)
        for following in pieces:
            await connection.send(piece)
            self._sent(piece)
            piece = following
        # Before doubt begins: a connection already known to be over takes no last piece.
        if await connection.known_to_be_over():
            raise EarlyAnswer("answered before the last piece")
        self._delivery.whole = True
        await connection.send(piece)
        self._sent(piece)
        self.close()

    def close(self) -> None:
        """Closes the file and lets the next body through."""
        self._open.close()

    def _sent(self, piece: bytes) -> None:
        self._delivery.sent_bytes += len(piece)
        self._progress(self._delivery.sent_bytes, self._source.length)


def _ignore(_done: int, _total: int) -> None:
    """Nobody looks."""
