"""Whole-or-nothing writes that never replace a file which somebody else put there."""

from __future__ import annotations

import errno
import hashlib
import os
import stat
from collections.abc import Iterable, Iterator, Sequence
from contextlib import contextmanager, suppress
from pathlib import Path
from typing import BinaryIO

from seedcli import locks
from seedcli.errors import BadOutput
from seedcli.naming import (
    NAME_LIMIT,
    candidates,
    check_template,
    destination,
    expand_template,
    link_stem,
)
from seedcli.placing import WAYS, Way, give_name
from seedcli.records import OutputPlan, Placement
from seedcli.text import clean

__all__ = [
    "WAYS",
    "PlaceTaken",
    "Staged",
    "candidates",
    "check_output",
    "check_room",
    "clean_leftovers",
    "destination",
    "expand_template",
    "link_stem",
    "name_limit",
    "place",
    "pour",
    "refuse_terminal",
    "sha256_of",
    "stage",
    "write_atomic",
]

MIN_FREE_BYTES = 32 << 20
_PREFIX, _SUFFIX = ".seedcli-", ".part"
_OFFER_ELSEWHERE = "Name another place with -o."


class PlaceTaken(Exception):
    """A file is at `path` already; it was left as it is."""

    def __init__(self, path: Path) -> None:
        super().__init__(str(path))
        self.path = path


class Staged:
    """A file under a temporary name, in the folder where it will stay. Made by `stage`."""

    def __init__(self, path: Path, file: BinaryIO) -> None:
        self.path = path
        self.file = file


@contextmanager
def stage(folder: Path) -> Iterator[Staged]:
    """A new file in `folder`, made if it is gone; removed at the end unless it was placed.

    Its mode follows the umask, and it is locked, so that no other process takes it for a
    leftover. Raises `OSError`.
    """
    folder.mkdir(parents=True, exist_ok=True)
    path, descriptor = _new_part(folder, mode=0o666)
    try:
        with os.fdopen(descriptor, "w+b") as file:
            yield Staged(path, file)
    finally:
        with suppress(OSError):
            path.unlink(missing_ok=True)


def place(
    staged: Staged,
    targets: Path | Iterable[Path],
    *,
    replace: bool = False,
    ways: Sequence[Way] = WAYS,
) -> Path:
    """Put a staged file, synced, at `targets`, or at the first of several that is free.

    Nothing is replaced, and no link at a target followed, unless `replace`, which replaces a
    file or link, even one that appeared a moment ago. Returns where it is now. Raises
    `PlaceTaken` when no target was free, `OSError` when it can't be done; either way the
    staged file is still there.
    """
    staged.file.flush()
    os.fsync(staged.file.fileno())
    last = None
    for last in [targets] if isinstance(targets, Path) else targets:
        last.parent.mkdir(parents=True, exist_ok=True)
        with suppress(FileExistsError):
            if replace:
                staged.path.replace(last)
            else:
                give_name(staged.path, last, ways=ways)
            _sync_folder(last.parent)
            return last
    if last is None:
        raise ValueError("no place to put the file")
    raise PlaceTaken(last)


def clean_leftovers(folder: Path) -> int:
    """Remove the temporary files of killed runs from `folder`; how many. Never raises."""
    count = 0
    with suppress(OSError):
        for path in folder.glob(f"{_PREFIX}*{_SUFFIX}"):
            with suppress(OSError):
                if stat.S_ISREG(path.lstat().st_mode) and (descriptor := locks.seize(path)) is not None:
                    locks.discard(path, descriptor)
                    count += 1
    return count


def check_output(plan: OutputPlan, *, beside: Path | None = None, input_bytes: int = 0) -> None:
    """Raises `BadOutput` when a result could not be kept where `plan` wants it.

    `beside` is the folder of the input where it is a file. Looks at the place, whether it can
    be written, and for room: twice the input, and 32 MB. Makes nothing that stays.
    """
    if plan.kind is Placement.STDOUT:
        return
    text = plan.value or plan.folder or ""
    if "\0" in text:
        raise BadOutput(f"-o {clean(text)}: a name can't hold a NUL", hint=_OFFER_ELSEWHERE)
    try:
        folder = _existing(_folder_to_check(plan, beside=beside))
        _check_writable(folder)
        check_room(folder, input_bytes=input_bytes)
    except OSError as fault:
        where = clean(str(fault.filename or text))
        raise BadOutput(f"{where} can't take the result: {fault.strerror}", hint=_OFFER_ELSEWHERE) from fault


def check_room(folder: Path, *, input_bytes: int) -> None:
    """Raises `BadOutput` unless `folder` has room for twice the input, and at least 32 MB."""
    need = max(MIN_FREE_BYTES, 2 * input_bytes)
    free = _free_bytes(folder)
    if free is not None and free < need:
        has = f"{free // 1_000_000} MB free of {need // 1_000_000} MB that a result may need"
        hint = "Free some, or name another place with -o."
        fault = BadOutput(f"no room in {clean(str(folder))}: {has}", hint=hint)
        fault.stops_run = True
        raise fault


def _free_bytes(folder: Path) -> int | None:
    """Room in `folder`, for who is no superuser; None where a network file system doesn't know."""
    if not hasattr(os, "statvfs"):
        from shutil import disk_usage  # here: with its archives it takes 2 ms to load

        return disk_usage(folder).free
    found = os.statvfs(folder)
    return found.f_bavail * found.f_frsize if found.f_blocks else None


def name_limit(folder: Path) -> int:
    """How many bytes a name may have in `folder`, whether or not it is there yet."""
    try:
        return os.pathconf(_existing(folder), "PC_NAME_MAX")
    except (AttributeError, ValueError, OSError):  # Windows has none
        return NAME_LIMIT


def sha256_of(file: BinaryIO) -> str:
    """The SHA-256, in hex, of what is left of `file`; it is read in pieces."""
    digest = hashlib.sha256()
    while piece := file.read(1 << 18):
        digest.update(piece)
    return digest.hexdigest()


def refuse_terminal(stream: BinaryIO) -> None:
    """Raises `BadOutput` when `stream` is a terminal: a picture would garble it."""
    if stream.isatty():
        raise BadOutput("a picture is not written to a terminal", hint="Use -o FILE, or pipe it: … > out.jpg")


def pour(staged: Staged, stream: BinaryIO) -> int:
    """Write a staged file to `stream`, all of it or `OSError`; how many bytes. Never to a terminal.

    Buffers of `stream` are passed by, so that nothing is left in them when its reader is gone.
    """
    refuse_terminal(stream)
    stream.flush()
    raw = getattr(stream, "raw", stream)
    staged.file.seek(0)
    count = 0
    while piece := staged.file.read(1 << 18):
        _write_whole(raw, piece)
        count += len(piece)
    return count


def write_atomic(path: Path, data: bytes, *, mode: int = 0o600) -> None:
    """Make `path` hold `data`, or leave it as it was; `mode` holds from the first byte.

    A link there stays a link: what it leads to is written. What killed runs left beside it is
    taken away: it may hold a key. Raises `OSError`.
    """
    try:
        real = path.resolve()
    except RuntimeError as fault:  # Python 3.11 and 3.12 call a loop of links so
        raise OSError(errno.ELOOP, os.strerror(errno.ELOOP), str(path)) from fault
    clean_leftovers(real.parent)
    part, descriptor = _new_part(real.parent, mode=mode)
    try:
        with os.fdopen(descriptor, "wb") as file:
            file.write(data)
            file.flush()
            os.fsync(descriptor)
        part.replace(real)
    except BaseException:
        with suppress(OSError):
            part.unlink(missing_ok=True)
        raise
    _sync_folder(real.parent)


def _new_part(folder: Path, *, mode: int) -> tuple[Path, int]:
    while True:
        path = folder / f"{_PREFIX}{os.urandom(6).hex()}{_SUFFIX}"
        descriptor = locks.create(path, mode=mode, needed=False)
        if descriptor is not None:
            return path, descriptor


def _folder_to_check(plan: OutputPlan, *, beside: Path | None) -> Path:
    if plan.kind is Placement.BESIDE:
        return beside or Path(plan.folder or ".")
    path = Path(plan.value or ".")
    if plan.kind is Placement.FILE:
        _check_file(path, force=plan.force)
        return path.parent
    if plan.kind is Placement.TEMPLATE:
        check_template(str(path))
        fixed = [part for part in (path, *path.parents) if "{" not in str(part)]
        return fixed[0] if fixed else Path()
    return path


def _check_file(path: Path, *, force: bool) -> None:
    shown = clean(str(path))
    try:
        found = path.lstat()
    except (FileNotFoundError, NotADirectoryError):
        if not path.parent.is_dir():
            hint = "Make it first, or name another place with -o."
            raise BadOutput(f"{clean(str(path.parent))} is no folder", hint=hint) from None
        return
    if stat.S_ISDIR(found.st_mode):
        raise BadOutput(f"{shown} is a folder", hint="End it in / to save there under the input's name.")
    if _is_device(path, found):
        raise BadOutput(f"{shown} is a device or pipe", hint="Use -o - to write to standard output.")
    if not force:
        raise BadOutput(f"{shown} exists", hint="Use --force to replace it, or name another file with -o.")


def _is_device(path: Path, found: os.stat_result) -> bool:
    """Whether something else than a file is at `path`, or where a link there leads. The system's own
    links, such as /dev/stdout, are taken for it always: --force would put a file in their place."""
    if not stat.S_ISLNK(found.st_mode):
        return not stat.S_ISREG(found.st_mode)
    if str(path.parent) in ("/dev", "/dev/fd", "/proc/self/fd"):
        return True
    try:
        end = path.stat().st_mode
    except OSError:  # it leads nowhere
        return False
    return not (stat.S_ISREG(end) or stat.S_ISDIR(end))


def _existing(folder: Path) -> Path:
    """`folder`, or the nearest above it that is there."""
    return next(place for place in (folder, *folder.absolute().parents) if place.exists())


def _check_writable(folder: Path) -> None:
    """By doing it: permissions, quotas, inodes and read-only mounts all have their say."""
    if not folder.is_dir():
        raise NotADirectoryError(errno.ENOTDIR, os.strerror(errno.ENOTDIR), str(folder))
    try:
        with stage(folder):
            pass
    except OSError as fault:
        fault.filename = str(folder)  # of the file tried with nobody knows
        raise


def _write_whole(raw: BinaryIO, piece: bytes) -> None:
    left = memoryview(piece)
    while left:
        written = raw.write(left)
        if written is None:  # someone set the pipe to not block; its reader may take its time
            _wait_writable(raw)
        else:
            left = left[written:]


def _wait_writable(raw: BinaryIO) -> None:
    import select

    select.select([], [raw], [], 1.0)


def _sync_folder(folder: Path) -> None:
    with suppress(OSError):  # some systems can't; the file itself is synced
        descriptor = os.open(folder, os.O_RDONLY)
        try:
            os.fsync(descriptor)
        finally:
            os.close(descriptor)
