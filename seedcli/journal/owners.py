"""Which process has claimed an entry, and whether it still lives.

A process that claims holds a lock on a file of its own for as long as it lives; the system
lets go of the lock however the process ends. The file also keeps some disk space in reserve,
so that the answer to a request that is out can be noted on a disk that has filled up since.
"""

from __future__ import annotations

import os
import sys
from collections.abc import Iterable, Iterator
from contextlib import contextmanager, suppress
from pathlib import Path

RESERVE_BYTES = 1 << 20  # several hundred answers noted at once

if sys.platform == "win32":
    import msvcrt

    def _lock(descriptor: int) -> None:
        msvcrt.locking(descriptor, msvcrt.LK_NBLCK, 1)
else:
    import fcntl

    def _lock(descriptor: int) -> None:
        fcntl.flock(descriptor, fcntl.LOCK_EX | fcntl.LOCK_NB)


class Owner:
    """This process, or rather this opening of the journal, as the holder of claims."""

    def __init__(self, folder: Path) -> None:
        self._folder = folder
        self._descriptor: int | None = None
        self._reserved = False
        self.token = ""

    def take(self) -> str:
        """The token that claims carry, its lock held. Raises `OSError`."""
        while self._descriptor is None:
            token = f"{os.getpid()}-{os.urandom(6).hex()}"
            self._descriptor = _lock_anew(_lock_file(self._folder, token))
            self.token = token
        return self.token

    def reserve(self) -> None:
        """Have the reserve on disk. Raises `OSError` when there is no room for it."""
        self.take()
        if not self._reserved and self._descriptor is not None:
            _allocate(self._descriptor)
            self._reserved = True

    def spend_reserve(self) -> bool:
        """Give the reserve's space back to the disk; False when there was none."""
        if not self._reserved or self._descriptor is None:
            return False
        os.ftruncate(self._descriptor, 0)
        self._reserved = False
        return True

    def close(self) -> None:
        if self._descriptor is not None:
            _discard(_lock_file(self._folder, self.token), self._descriptor)
            self._descriptor = None
            self._reserved = False
            self.token = ""


@contextmanager
def take_over(folder: Path, *, tokens: Iterable[str]) -> Iterator[set[str]]:
    """Those of `tokens` whose process is dead; their files are removed afterwards."""
    dead: dict[str, int | None] = {}
    try:
        for token in tokens:
            with suppress(_Alive):
                dead[token] = _seize(_lock_file(folder, token))
        yield set(dead)
    finally:
        for token, descriptor in dead.items():
            if descriptor is not None:
                _discard(_lock_file(folder, token), descriptor)


def tokens_in(folder: Path) -> list[str]:
    """The tokens that have a file, alive or not."""
    return [path.stem for path in folder.glob("*.lock")]


class _Alive(Exception):
    """The lock is held."""


def _lock_file(folder: Path, token: str) -> Path:
    return folder / f"{token}.lock"


def _lock_anew(path: Path) -> int | None:
    """A descriptor holding the lock of a new file; None when a sweep took it first."""
    path.parent.mkdir(mode=0o700, exist_ok=True)
    descriptor = os.open(path, os.O_RDWR | os.O_CREAT | os.O_EXCL, 0o600)
    try:
        _lock(descriptor)
        if os.path.samestat(os.fstat(descriptor), path.stat()):
            return descriptor
    except (BlockingIOError, PermissionError, FileNotFoundError):
        pass
    except BaseException:
        _discard(path, descriptor)
        raise
    os.close(descriptor)
    return None


def _seize(path: Path) -> int | None:
    """The lock of a dead process; None when even its file is gone. Raises `_Alive`."""
    try:
        descriptor = os.open(path, os.O_RDWR)
    except FileNotFoundError:
        return None
    try:
        _lock(descriptor)
    except OSError as held:
        os.close(descriptor)
        raise _Alive from held
    return descriptor


def _allocate(descriptor: int) -> None:
    if sys.platform == "linux":
        os.posix_fallocate(descriptor, 0, RESERVE_BYTES)
    else:
        os.lseek(descriptor, 0, os.SEEK_SET)
        os.write(descriptor, bytes(RESERVE_BYTES))


def _discard(path: Path, descriptor: int) -> None:
    if sys.platform != "win32":  # while the lock is held, so that nobody takes a file about to go
        with suppress(OSError):
            path.unlink()
    os.close(descriptor)
    if sys.platform == "win32":  # an open file can't be removed there
        with suppress(OSError):
            path.unlink()
