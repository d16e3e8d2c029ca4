"""Giving a file its name where no other may be replaced, on whatever file system."""

from __future__ import annotations

import errno
import os
import sys
from collections.abc import Callable, Sequence
from contextlib import suppress
from pathlib import Path

_AT_FDCWD, _RENAME_NOREPLACE, _RENAME_EXCL = -100, 1, 4
Way = Callable[[Path, Path], None]
"""Gives a file a name that must be free; `FileExistsError` when it is not, other errors when it can't."""


def give_name(part: Path, target: Path, *, ways: Sequence[Way]) -> None:
    """Name `part` `target`, by the first way that works here. Raises `FileExistsError` when taken."""
    for way in ways[:-1]:
        try:
            return way(part, target)
        except FileExistsError:
            raise
        except (OSError, AttributeError, NotImplementedError) as fault:
            if isinstance(fault, OSError) and fault.errno not in _CANT:
                raise
    return ways[-1](part, target)


def _link(part: Path, target: Path) -> None:
    os.link(part, target, follow_symlinks=False)
    with suppress(OSError):  # an open file can't be removed on Windows; whoever staged it does
        part.unlink()


def _rename(part: Path, target: Path) -> None:
    """Rename where the system can refuse to replace: Windows always, Linux and macOS by a flag."""
    if sys.platform == "win32":
        part.rename(target)
        return
    import ctypes  # here: most file systems have hard links, and this costs milliseconds

    libc = ctypes.CDLL(None, use_errno=True)
    old, new = os.fsencode(part), os.fsencode(target)
    if sys.platform == "darwin":
        failed = libc.renamex_np(old, new, _RENAME_EXCL)
    else:
        failed = libc.renameat2(_AT_FDCWD, old, _AT_FDCWD, new, _RENAME_NOREPLACE)
    if failed:
        number = ctypes.get_errno()
        raise OSError(number, os.strerror(number), str(part), None, str(target))


def _reserve_and_replace(part: Path, target: Path) -> None:
    """Take the name with an empty file of our own, then replace that one."""
    os.close(os.open(target, os.O_WRONLY | os.O_CREAT | os.O_EXCL))
    try:
        part.replace(target)
    except BaseException:
        with suppress(OSError):
            target.unlink()
        raise


WAYS: Sequence[Way] = (_link, _rename, _reserve_and_replace)
"""How a file gets its name without replacing another, the best first; the last one always can."""

_CANT = frozenset(
    {
        errno.EPERM,
        errno.EACCES,
        errno.ENOSYS,
        errno.EINVAL,
        errno.EMLINK,
        errno.ENOTSUP,
        errno.EOPNOTSUPP,
    }
)
