"""Files that say "somebody is at work": the system lets go of their lock however a process ends."""

from __future__ import annotations

import os
import sys
from collections.abc import Iterator
from contextlib import contextmanager, nullcontext, suppress
from pathlib import Path

if sys.platform == "win32":
    import msvcrt

    def _lock(descriptor: int) -> None:
        msvcrt.locking(descriptor, msvcrt.LK_NBLCK, 1)

    def _lock_shared(descriptor: int) -> None:
        """Not needed there: an open file can't be removed."""
else:
    import fcntl

    def _lock(descriptor: int) -> None:
        fcntl.flock(descriptor, fcntl.LOCK_EX | fcntl.LOCK_NB)

    def _lock_shared(descriptor: int) -> None:
        fcntl.flock(descriptor, fcntl.LOCK_SH)


def lock(descriptor: int) -> bool:
    """Take the lock of an open file, without waiting; False when another has it.

    Raises `OSError` where the file system has no locks.
    """
    try:
        _lock(descriptor)
    except (BlockingIOError, PermissionError):
        return False
    return True


def create(path: Path, *, mode: int, needed: bool = True) -> int | None:
    """A descriptor of a new file, its lock held; None when a sweep was faster: take another name.

    Raises `FileExistsError`, and `OSError` where the file system has no locks and one is `needed`.
    """
    descriptor = os.open(path, os.O_RDWR | os.O_CREAT | os.O_EXCL | _EXTRA, mode)
    try:
        with nullcontext() if needed else suppress(OSError):
            if not lock(descriptor):
                os.close(descriptor)
                return None
        if _is_at(path, descriptor):
            return descriptor
    except BaseException:
        discard(path, descriptor)
        raise
    os.close(descriptor)
    return None


def seize(path: Path) -> int | None:
    """A descriptor with the lock of a file whose process has ended; None while it lives.

    Raises `FileNotFoundError` when the file is gone, `OSError` when it can't be opened or locked.
    """
    descriptor = os.open(path, os.O_RDWR | _EXTRA)
    try:
        if lock(descriptor):
            return descriptor
    except BaseException:
        os.close(descriptor)
        raise
    os.close(descriptor)
    return None


def discard(path: Path, descriptor: int) -> None:
    """Remove a file whose lock is held, and close it."""
    if sys.platform != "win32":  # before the lock goes, so that nobody takes a file about to vanish
        with suppress(OSError):
            path.unlink()
    os.close(descriptor)
    if sys.platform == "win32":  # an open file can't be removed there
        with suppress(OSError):
            path.unlink()


@contextmanager
def shared(path: Path, *, mode: int) -> Iterator[int]:
    """A descriptor of the file at `path`, made where there is none; the last process to have it removes it.

    Where the file system has no locks, every process takes itself for the last.
    """
    while True:
        descriptor = os.open(path, os.O_RDWR | os.O_CREAT | _EXTRA, mode)
        with suppress(OSError):
            _lock_shared(descriptor)
        if _is_at(path, descriptor):
            break
        os.close(descriptor)  # the last one before us has just removed it
    try:
        yield descriptor
    finally:
        try:
            alone = sys.platform == "win32" or lock(descriptor)
        except OSError:
            alone = True
        if alone:
            discard(path, descriptor)
        else:
            os.close(descriptor)


# Never through a link at the name; bytes as they are on Windows; not waiting for a FIFO's other end.
_EXTRA = getattr(os, "O_NOFOLLOW", 0) | getattr(os, "O_BINARY", 0) | getattr(os, "O_NONBLOCK", 0)


def _is_at(path: Path, descriptor: int) -> bool:
    try:
        return os.path.samestat(os.fstat(descriptor), path.stat())
    except FileNotFoundError:
        return False
