"""A file for what is nowhere else: where one folder fails it goes on in the next."""

from __future__ import annotations

import errno
import os
from collections.abc import Iterator, Sequence
from contextlib import suppress
from pathlib import Path

# What a disk says that lost what was written to it.
_LOST = frozenset({errno.EIO, errno.ENOSPC, errno.EDQUOT, errno.EFBIG})
_FLAGS = os.O_RDWR | os.O_CREAT | os.O_EXCL | getattr(os, "O_CLOEXEC", 0) | getattr(os, "O_BINARY", 0)
_PIECE_BYTES = 1 << 18


class SpoolFile:
    """A new file, mode 0600, in the first of `folders` that takes it, or in the system's for temporary files.

    What can't be written in one place is written in the next, with all that went before. Raises
    `OSError` when no place is left.
    """

    def __init__(self, folders: Sequence[Path]) -> None:
        self.size = 0
        self._places = _places(folders)
        self.path, self._descriptor = self._open(None)

    def write(self, data: bytes) -> None:
        try:
            _write(self._descriptor, data)
        except OSError as fault:
            self._move(fault)
            self.write(data)
        else:
            self.size += len(data)

    def keep(self) -> Path:
        """Closes the file, on disk to stay: it and its name survive a power cut, where a disk can do that."""
        try:
            fault = self._sync()
            if fault is not None:
                try:
                    self._move(fault)
                except OSError:
                    if not self.path.exists():
                        raise
                self._sync()
        finally:
            self.close()
        return self.path

    def head(self, size: int) -> bytes:
        """The first bytes, `size` at most."""
        os.lseek(self._descriptor, 0, os.SEEK_SET)
        try:
            return os.read(self._descriptor, size)
        finally:
            os.lseek(self._descriptor, 0, os.SEEK_END)

    def discard(self) -> None:
        self.close()
        with suppress(OSError):  # the spool is swept later
            self.path.unlink(missing_ok=True)

    def close(self) -> None:
        """Never raises: what a disk refuses only now, `keep` was told before."""
        descriptor, self._descriptor = self._descriptor, -1
        if descriptor >= 0:
            with suppress(OSError):
                os.close(descriptor)

    def _move(self, fault: OSError) -> None:
        """On to the next place, or the next that works; `fault` is what this one said."""
        while True:
            path, descriptor = self._open(fault)
            try:
                for piece in self._pieces():
                    _write(descriptor, piece)
            except OSError:
                os.close(descriptor)
                path.unlink(missing_ok=True)
            else:
                self.discard()
                self.path, self._descriptor = path, descriptor
                return

    def _pieces(self) -> Iterator[bytes]:
        """What was written so far; a write that failed may have left more behind it."""
        os.lseek(self._descriptor, 0, os.SEEK_SET)
        left = self.size
        while left:
            piece = os.read(self._descriptor, min(left, _PIECE_BYTES))
            if not piece:
                raise OSError(errno.EIO, os.strerror(errno.EIO))
            yield piece
            left -= len(piece)

    def _open(self, fault: OSError | None) -> tuple[Path, int]:
        """A file in the next place that takes one; raises what the first that failed said."""
        for folder in self._places:
            path = folder / f"answer-{os.urandom(10).hex()}.bin"
            try:
                return path, os.open(path, _FLAGS, 0o600)
            except OSError as caught:
                fault = fault or caught
        raise fault or FileNotFoundError(errno.ENOENT, os.strerror(errno.ENOENT))

    def _sync(self) -> OSError | None:
        """What a disk said that lost it; other faults say that a file system can't sync."""
        try:
            os.fsync(self._descriptor)
            folder = os.open(self.path.parent, os.O_RDONLY)
            try:
                os.fsync(folder)
            finally:
                os.close(folder)
        except OSError as fault:
            if fault.errno in _LOST:
                return fault
        return None if self.path.exists() else FileNotFoundError(errno.ENOENT, os.strerror(errno.ENOENT))


def _places(folders: Sequence[Path]) -> Iterator[Path]:
    yield from folders
    import tempfile  # needed only when a disk fails

    with suppress(OSError):
        yield Path(tempfile.gettempdir())


def _write(descriptor: int, data: bytes) -> None:
    left = memoryview(data)
    while left:
        left = left[os.write(descriptor, left) :]
