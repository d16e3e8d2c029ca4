"""A picture that came inside an answer is nowhere else: a disk that fails must not lose it."""

from __future__ import annotations

import errno
import os
from collections.abc import Callable
from pathlib import Path

import pytest

from seedcli.gateway.spool_file import SpoolFile

PIECES = [os.urandom(300_000) for _ in range(4)]
Fault = Callable[[str, int], None]


@pytest.fixture
def folders(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> list[Path]:
    """Two, and a third for temporary files."""
    made = [tmp_path / name for name in ("first", "second", "temporary")]
    for folder in made:
        folder.mkdir()
    monkeypatch.setattr("tempfile.gettempdir", lambda: str(made[2]))
    return made


@pytest.fixture
def break_disk(monkeypatch: pytest.MonkeyPatch) -> Fault:
    """`break_disk("write", 3)`: from the third call on, on files that are open by then, it fails."""

    def install(name: str, number: int) -> None:
        real, calls, bad = getattr(os, name), [0], set[int]()

        def broken(descriptor: int, *rest: object) -> object:
            calls[0] += 1
            if calls[0] >= number and (descriptor in bad or not bad):
                bad.add(descriptor)
                if name == "write":
                    real(descriptor, b"half of it")
                raise OSError(errno.EIO, "the disk is broken")
            return real(descriptor, *rest)

        monkeypatch.setattr(os, name, broken)

    return install


def written(folders: list[Path]) -> Path:
    file = SpoolFile(folders[:2])
    for piece in PIECES:
        file.write(piece)
    assert file.size == sum(map(len, PIECES))
    assert file.head(16) == PIECES[0][:16]
    return file.keep()


def is_whole(path: Path, folder: Path, folders: list[Path]) -> None:
    assert path.parent == folder
    assert path.read_bytes() == b"".join(PIECES)
    assert path.stat().st_mode & 0o777 == 0o600
    assert [found for place in folders for found in place.iterdir()] == [path], "something is left elsewhere"


def test_the_first_folder_takes_it(folders: list[Path]) -> None:
    is_whole(written(folders), folders[0], folders)


def test_folders_that_take_no_file_are_passed_over(folders: list[Path]) -> None:
    folders[0].rmdir()
    is_whole(written(folders), folders[1], folders[1:])
    folders[1].joinpath(written(folders).name).unlink()
    for path in folders[1].iterdir():
        path.unlink()
    folders[1].rmdir()
    is_whole(written(folders), folders[2], folders[2:])


@pytest.mark.parametrize("number", [1, 2, 4])
def test_a_write_that_fails_goes_on_elsewhere_with_what_was_written(
    folders: list[Path], break_disk: Fault, number: int
) -> None:
    break_disk("write", number)
    is_whole(written(folders), folders[1], folders)


def test_a_disk_that_lost_it_when_asked_to_sync_is_left_for_another(
    folders: list[Path], break_disk: Fault
) -> None:
    break_disk("fsync", 1)
    is_whole(written(folders), folders[1], folders)


def test_a_file_system_that_can_not_sync_is_good_enough(
    folders: list[Path], monkeypatch: pytest.MonkeyPatch
) -> None:
    def no_sync(_: int) -> None:
        raise OSError(errno.EINVAL, "no sync here")

    monkeypatch.setattr(os, "fsync", no_sync)
    is_whole(written(folders), folders[0], folders)


def test_no_place_is_left(folders: list[Path], monkeypatch: pytest.MonkeyPatch) -> None:
    file = SpoolFile(folders[:2])
    file.write(PIECES[0])

    def full(*_: object) -> int:
        raise OSError(errno.ENOSPC, "full")

    monkeypatch.setattr(os, "write", full)
    with pytest.raises(OSError, match="full"):
        file.write(PIECES[1])
    file.discard()
    assert [found for place in folders for found in place.iterdir()] == []
    file.discard()


def test_what_can_not_be_read_back_is_told(folders: list[Path], break_disk: Fault) -> None:
    file = SpoolFile(folders[:2])
    file.write(PIECES[0])
    break_disk("write", 1)
    break_disk("read", 1)
    with pytest.raises(OSError, match="broken"):
        file.write(PIECES[1])
    file.close()
