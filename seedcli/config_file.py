"""The configuration file as TOML: read whole, or changed in one place with everything else kept."""

from __future__ import annotations

import os
import stat
from collections.abc import Callable, Iterator, MutableMapping
from contextlib import contextmanager
from pathlib import Path
from typing import Any

from seedcli.errors import ConfigError

_MOST_BYTES = 1 << 20
_OTHER_FILE = "Name another file with --config or SEEDCLI_CONFIG."


def read(path: Path, *, required: bool = False) -> tuple[dict[str, Any], tuple[str, ...]]:
    """What the file holds, and warnings about it. A missing file is empty unless `required`.

    Raises ConfigError, which names the line and column of a mistake.
    """
    data, mode = _bytes_and_mode(path)
    if data is None:
        if required:
            raise ConfigError(f"{path}: there is no such file", hint="Look at --config.")
        return {}, ()
    return parse(_decoded(data, path), path), _warnings(path, mode)


def parse(content: str, path: Path) -> dict[str, Any]:
    """`content` as TOML; ConfigError names `path`, line and column."""
    import tomllib

    try:
        return tomllib.loads(content)
    except RecursionError as error:
        raise ConfigError(f"{path}: too deeply nested", hint=_mend(path)) from error
    except ValueError as error:  # TOMLDecodeError, and an integer too long to be read
        last_line = content.rstrip().count("\n") + 1
        reason = str(error).replace("end of document", f"line {last_line}, the end")
        raise ConfigError(f"{path} is not valid TOML: {reason}", hint=_mend(path)) from error


def check_changeable(path: Path) -> None:
    """Raises ConfigError where `change` would: a broken file, or one that is no regular file."""
    # Before it is opened: a pipe that nobody writes to would hold us for ever.
    try:
        other = path.exists() and not path.is_file()
    except OSError as error:
        raise _unreadable(path, error) from error
    if other:
        raise ConfigError(f"{path} is not a regular file: nothing can be kept in it", hint=_OTHER_FILE)
    read(path)


def change(path: Path, keys: tuple[str, ...], value: object) -> None:
    """Set the value at `keys` (None: remove it), the file's comments and order kept.

    The file is replaced whole, with mode 0600, through a symlink to the file behind it; a folder
    that is missing is made with 0700. Raises ConfigError, the file as it was, when it is broken or
    can't be written, and KeyError when there is nothing to remove.
    """
    from seedcli import files

    try:
        target = path.resolve()
        check_changeable(target)
        if value is None and not target.exists():
            raise KeyError(keys[-1])
        _make_private(target.parent)
        with _locked(target.parent):
            data, _ = _bytes_and_mode(target)
            content = _changed(_decoded(data or b"", path), keys, value, path=path)
            files.write_atomic(target, content.encode(), mode=0o600)
    except (OSError, RuntimeError) as error:  # RuntimeError: a symlink that leads to itself
        reason = (error.strerror if isinstance(error, OSError) else None) or str(error)
        raise ConfigError(f"{path} can't be written: {reason}", hint=_OTHER_FILE) from error


def _bytes_and_mode(path: Path) -> tuple[bytes | None, int]:
    """The file's bytes (None when it is missing) and its mode."""
    try:
        with path.open("rb") as file:
            data = file.read(_MOST_BYTES + 1)
            mode = os.fstat(file.fileno()).st_mode
    except FileNotFoundError:
        return None, 0
    except OSError as error:
        raise _unreadable(path, error) from error
    if len(data) > _MOST_BYTES:
        raise ConfigError(f"{path} is larger than {_MOST_BYTES} bytes: that is no configuration file")
    return data, mode


def _unreadable(path: Path, error: OSError) -> ConfigError:
    return ConfigError(
        f"{path} can't be read: {error.strerror}",
        hint="Look at its mode, or name another file with --config.",
    )


def _decoded(data: bytes, path: Path) -> str:
    try:
        return data.decode("utf-8-sig")
    except UnicodeDecodeError as error:
        line = data.count(b"\n", 0, error.start) + 1
        column = error.start - data.rfind(b"\n", 0, error.start)
        raise ConfigError(
            f"{path} is not UTF-8 (at line {line}, column {column})", hint=_mend(path)
        ) from error


def _mend(path: Path) -> str:
    return f"Mend it in an editor, or move it away: {path}"


def _warnings(path: Path, mode: int) -> tuple[str, ...]:
    # Windows has no such modes; /dev/null, the usual way to say "no file", is open to all by nature.
    if os.name != "posix" or not stat.S_ISREG(mode) or not mode & 0o077:
        return ()
    return (f"{path} can be reached by other users (mode {mode & 0o777:04o}); close it: chmod 600 '{path}'",)


def _make_private(folder: Path) -> None:
    for missing in reversed([f for f in (folder, *folder.parents) if not f.exists()]):
        missing.mkdir(mode=0o700, exist_ok=True)


@contextmanager
def _locked(folder: Path) -> Iterator[None]:
    """Two `config set` at once write one after the other, so that neither's value is lost."""
    if os.name != "posix":
        yield
        return
    import fcntl

    descriptor = os.open(folder, os.O_RDONLY | os.O_CLOEXEC)
    try:
        fcntl.flock(descriptor, fcntl.LOCK_EX)
        yield
    finally:
        os.close(descriptor)


def _changed(content: str, keys: tuple[str, ...], value: object, *, path: Path) -> str:
    """`content` with the one change in it, proven to hold that change and no other."""
    import tomlkit
    from tomlkit.exceptions import TOMLKitError

    wanted = parse(content, path)
    line = _place_for_new_line(content) if len(keys) == 1 and keys[0] not in wanted else None
    _apply(wanted, keys, value, dict)
    try:
        if line is not None:
            changed = _with_line(content, f"{keys[0]} = {tomlkit.item(value).as_string()}", at=line)
        else:
            document = tomlkit.parse(content)
            _apply(document, keys, value, tomlkit.table)
            changed = tomlkit.dumps(document)
    except TOMLKitError as error:
        raise ConfigError(f"{path}: {error}", hint=_mend(path)) from error
    held = parse(changed, path)
    for contents in (held, wanted):
        _prune(contents, keys[:-1])  # tomlkit drops the parent of the last table in it, or does not.
    if held != wanted:
        raise ConfigError(
            f"{path} is written in a way that can't be changed safely", hint="Change it in an editor."
        )
    return changed


def _place_for_new_line(content: str) -> int | None:
    """The line before which a new top-level value goes: above the first table and the comment on it.

    None when there is no table. tomlkit by itself would put the value between the two.
    """
    import tomllib

    lines = content.split("\n")
    for at, line in enumerate(lines):
        if not line.lstrip().startswith("["):
            continue
        try:
            tomllib.loads("\n".join(lines[:at]))
        except tomllib.TOMLDecodeError:
            continue  # inside a text or array of several lines
        while at and lines[at - 1].lstrip().startswith("#"):
            at -= 1
        while at and not lines[at - 1].strip():
            at -= 1
        return at
    return None


def _with_line(content: str, line: str, *, at: int) -> str:
    lines = content.split("\n")
    gap = [] if not lines[at].strip() else [""]
    return "\n".join([*lines[:at], line, *gap, *lines[at:]])


def _prune(table: dict[str, Any], parents: tuple[str, ...]) -> None:
    """Take out the tables along `parents` that hold nothing."""
    if parents and isinstance(inner := table.get(parents[0]), dict):
        _prune(inner, parents[1:])
        if not inner:
            del table[parents[0]]


def _apply(
    root: MutableMapping[str, Any], keys: tuple[str, ...], value: object, table: Callable[[], Any]
) -> None:
    *parents, last = keys
    trail = [root]
    for name in parents:
        if name not in trail[-1] and value is not None:
            trail[-1][name] = table()
        trail.append(trail[-1][name])
        if not isinstance(trail[-1], MutableMapping):
            raise ConfigError(f"{name} holds a value, where a table of settings belongs")
    if value is None:
        del trail[-1][last]
    else:
        trail[-1][last] = value
