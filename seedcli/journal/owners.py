"""Which process has claimed an entry, and whether it still lives.

A process that claims holds a lock on a file of its own for as long as it lives. The file also
keeps some disk space in reserve, so that the answer to a request that is out can be noted on a
disk that has filled up since.
"""

from __future__ import annotations

import os
from collections.abc import Iterable, Iterator
from contextlib import contextmanager
from pathlib import Path

from seedcli import locks

RESERVE_BYTES = 1 << 20  # several hundred answers noted at once


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
            self._folder.mkdir(mode=0o700, exist_ok=True)
            self.token = f"{os.getpid()}-{os.urandom(6).hex()}"
            self._descriptor = locks.create(_lock_file(self._folder, self.token), mode=0o600)
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
            locks.discard(_lock_file(self._folder, self.token), self._descriptor)
            self._descriptor = None
            self._reserved = False
            self.token = ""


@contextmanager
def take_over(folder: Path, *, tokens: Iterable[str]) -> Iterator[set[str]]:
    """Those of `tokens` whose process is dead; their files are removed afterwards."""
    dead: set[str] = set()
    seized: dict[Path, int] = {}
    try:
        for token in tokens:
            path = _lock_file(folder, token)
            try:
                descriptor = locks.seize(path)
            except FileNotFoundError:
                dead.add(token)
                continue
            if descriptor is not None:
                seized[path] = descriptor
                dead.add(token)
        yield dead
    finally:
        for path, descriptor in seized.items():
            locks.discard(path, descriptor)


def tokens_in(folder: Path) -> list[str]:
    """The tokens that have a file, alive or not."""
    return [path.stem for path in folder.glob("*.lock")]


def _lock_file(folder: Path, token: str) -> Path:
    return folder / f"{token}.lock"


def _allocate(descriptor: int) -> None:
    try:
        os.posix_fallocate(descriptor, 0, RESERVE_BYTES)
    except AttributeError:  # macOS and Windows have none
        os.lseek(descriptor, 0, os.SEEK_SET)
        os.write(descriptor, bytes(RESERVE_BYTES))
