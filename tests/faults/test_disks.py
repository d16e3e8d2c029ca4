"""Disks that are full, read-only or fill up; limits of the system. Nothing is spent that can't be kept."""
# ruff: noqa: E501  # a case is a line, however long

from __future__ import annotations

import ctypes
import os
import resource
import subprocess
import time
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Any

import fault_pictures as pictures
import pytest
from fault_cases import Case, Then, doubt, each, kept, play, saved, unsent
from fault_program import Place
from fault_scripts import inline, meanwhile, picture, says
from fault_server import Server

MB = 1 << 20
_CAP_DAC_OVERRIDE, _CAP_DAC_READ_SEARCH, _PR_CAPBSET_DROP = 1, 2, 24


def file_size(limit: int) -> Callable[[], None]:
    def prepare() -> None:
        resource.setrlimit(resource.RLIMIT_FSIZE, (limit, limit))

    return prepare


def open_files(limit: int) -> Callable[[], None]:
    def prepare() -> None:
        resource.setrlimit(resource.RLIMIT_NOFILE, (limit, limit))

    return prepare


def as_anyone() -> None:
    """In the child: a superuser that file modes hold for. Others need no change."""
    if os.geteuid() == 0:
        libc = ctypes.CDLL(None)
        for capability in (_CAP_DAC_OVERRIDE, _CAP_DAC_READ_SEARCH):
            libc.prctl(_PR_CAPBSET_DROP, capability, 0, 0, 0)


def mode(name: str, bits: int) -> Callable[[Place], None]:
    """Sets a folder's mode, `name` relative to the case's folder; makes it if need be."""

    def change(place: Place) -> None:
        path = place.root / name
        path.mkdir(parents=True, exist_ok=True)
        path.chmod(bits)

    return change


def file_for_a_folder(name: str) -> Callable[[Place], None]:
    def make(place: Place) -> None:
        path = place.root / name
        path.parent.mkdir(parents=True, exist_ok=True)
        path.write_bytes(b"")

    return make


UNMEASURED = {"COVERAGE_PROCESS_START": None, "COVERAGE_PROCESS_CONFIG": None}
"""`make coverage` writes a file of its own in each process, which would meet the limit first."""

LIMITS = [
    unsent("no file may have a byte", code="no_journal", child=file_size(0), env={"SEEDCLI_DEBUG_HTTP": None, **UNMEASURED}, again=Then(0, 1, 1)),
    unsent("no file may have more than a page", code="no_journal", child=file_size(4096), env=UNMEASURED, again=Then(0, 1, 1)),
    kept("the result is larger than a file may be", child=file_size(4_000_000), download=picture(pictures.large_jpeg(6_000_000))),
    doubt("base64 larger than a file may be", says(inline(pictures.large_jpeg(6_000_000))), child=file_size(4_000_000)),
    saved("few open files", child=open_files(40)),
]  # fmt: skip

MODES = [
    unsent("a folder that takes no files", before=mode("work", 0o500), code="bad_output", child=as_anyone, after=mode("work", 0o700), again=Then(0, 1, 1)),
    unsent("-o a folder that takes no files", args=["-o", "out/"], before=mode("work/out", 0o500), child=as_anyone),
    unsent("-o a folder below one that takes none", args=["-o", "out/new/"], before=mode("work/out", 0o500), child=as_anyone),
    kept("a folder takes no files any more", args=["-o", "out/"], before=mode("work/out", 0o700), child=as_anyone, edit=meanwhile(mode("work/out", 0o500)), after=mode("work/out", 0o700)),
    unsent("a state folder that takes no files", before=mode("home/.local/state/seedcli", 0o500), child=as_anyone, hint="SEEDCLI_STATE_DIR"),
    unsent("a home that takes no files", before=mode("home", 0o500), child=as_anyone, hint="SEEDCLI_STATE_DIR"),
    unsent("a state folder that is a file", before=file_for_a_folder("home/.local/state/seedcli"), hint="SEEDCLI_STATE_DIR"),
    unsent("a home that is a file", env={"HOME": "/dev/null"}, exit=3),
    unsent("a log of exchanges in no folder", args=["--debug-http", "no/such/http.log"], exit=3),
    saved("a log of exchanges on a full disk", args=["--debug-http", "/dev/full"]),
]  # fmt: skip


@each(LIMITS)
def test_limits(case: Case, server: Server, place: Place) -> None:
    play(case, server, place)


@each(MODES)
def test_folders_that_may_not_be_written(case: Case, server: Server, place: Place) -> None:
    play(case, server, place)


class Disk:
    """A small disk of its own."""

    def __init__(self, path: Path) -> None:
        self.path = path
        self._ballast = path / "ballast"

    def fill(self, *, leave: int = 0) -> None:
        """Until nothing, or only `leave` bytes, can be written."""
        with self._ballast.open("ab", buffering=0) as file:
            for piece in (MB, 4096, 1):
                self._write_pieces(file, piece)
            file.truncate(max(0, file.tell() - leave))

    def free(self) -> None:
        self._ballast.unlink()

    def _write_pieces(self, file: Any, piece: int) -> None:
        try:
            while True:
                file.write(b"\0" * piece)
        except OSError:
            return


@pytest.fixture
def disk_at(place: Place) -> Iterator[Callable[..., Disk]]:
    """Makes small disks, at a path relative to the case's folder; skips where that isn't allowed."""
    mounted: list[Path] = []

    def mount(name: str, *, size: int, options: str = "") -> Disk:
        path = place.root / name
        path.mkdir(parents=True)
        words = ["mount", "-t", "tmpfs", "-o", f"size={size},mode=700{options}", "none", str(path)]
        if subprocess.run(words, capture_output=True).returncode:
            pytest.skip("no disk may be mounted here")
        mounted.append(path)
        place.inputs.add(str(Path(name).relative_to("work") / "ballast") if name.startswith("work") else "")
        return Disk(path)

    yield mount
    for path in mounted:
        subprocess.run(["umount", "-l", str(path)], check=True)


def test_a_full_disk_is_seen_before_anything_is_sent(server: Server, place: Place, disk_at: Any) -> None:
    disk_at("work/out", size=MB)
    play(unsent("full", args=["-o", "out/"], code="bad_output", hint="room"), server, place)


def test_a_disk_without_inodes_is_seen_before_anything_is_sent(
    server: Server, place: Place, disk_at: Any
) -> None:
    disk_at("work/out", size=64 * MB, options=",nr_inodes=1")
    play(unsent("no inodes", args=["-o", "out/"], code="bad_output"), server, place)


def test_a_disk_that_fills_up_keeps_the_link(server: Server, place: Place, disk_at: Any) -> None:
    disk = disk_at("work/out", size=40 * MB)
    case = kept(
        "fills up", args=["-o", "out/"], edit=meanwhile(lambda _: disk.fill()), after=lambda _: disk.free()
    )
    play(case, server, place)


def test_a_full_disk_for_the_journal_is_seen_before_anything_is_sent(
    server: Server, place: Place, disk_at: Any
) -> None:
    disk = disk_at("home/.local/state/seedcli", size=4 * MB)
    disk.fill()
    case = unsent(
        "full state",
        code="no_journal",
        hint="SEEDCLI_STATE_DIR",
        after=lambda _: disk.free(),
        again=Then(0, 1, 1),
    )
    play(case, server, place)


def test_a_journal_whose_disk_fills_up_loses_no_result(server: Server, place: Place, disk_at: Any) -> None:
    disk = disk_at("home/.local/state/seedcli", size=4 * MB)
    play(saved("state fills up", edit=meanwhile(lambda _: disk.fill()), state=None), server, place)


def test_a_journal_whose_disk_fills_up_keeps_the_doubt(server: Server, place: Place, disk_at: Any) -> None:
    disk = disk_at("home/.local/state/seedcli", size=4 * MB)
    script = meanwhile(lambda _: disk.fill(), says({"error": "x"}, status=500))
    play(
        doubt("doubt on a full disk", script, state=None, after=lambda _: disk.free()),
        server,
        place,
    )


def test_base64_that_finds_no_room_in_the_spool_is_kept_elsewhere(
    server: Server, place: Place, disk_at: Any
) -> None:
    disk = disk_at("home/.local/state/seedcli", size=4 * MB)
    answer = says(inline(pictures.large_jpeg(900_000)))
    script = meanwhile(lambda _: disk.fill(leave=65536), answer)
    play(saved("no room for base64", edit=script, after=lambda _: disk.free(), state=None), server, place)


def test_the_room_for_base64_is_looked_at_before_anything_is_sent(
    server: Server, place: Place, disk_at: Any
) -> None:
    disk_at("home/.local/state/seedcli", size=16 * MB)
    args = ["--response-format", "b64_json"]
    play(unsent("no room for base64", args=args, code="bad_output", hint="room"), server, place)


def test_base64_that_is_not_saved_is_kept_for_longer_than_leftovers_are(
    server: Server, place: Place, disk_at: Any
) -> None:
    """Those of a killed run are swept after a day; what is paid for stays until it is saved."""
    disk = disk_at("work/out", size=40 * MB)
    long_ago = time.time() - 30 * 86400

    def later(place: Place) -> None:
        disk.free()
        (answer,) = (place.state / "spool").iterdir()
        os.utime(answer, (long_ago, long_ago))
        leftover = answer.with_name("answer-00000000000000000000.bin")
        leftover.write_bytes(b"of a killed run")
        os.utime(leftover, (long_ago, long_ago))

    script = meanwhile(lambda _: disk.fill(), says(inline(pictures.large_jpeg(900_000))))
    case = kept("base64 for a month", edit=script, args=["-o", "out/"], after=later)
    play(case, server, place)
    assert list((place.state / "spool").iterdir()) == []
