"""Results appear whole or not at all, and never over another file."""

from __future__ import annotations

import errno
import io
import os
import pty
import signal
import stat
import subprocess
import sys
import threading
from collections.abc import Iterator
from pathlib import Path

import pytest
from journal_cases import heard, started

from seedcli import files
from seedcli.errors import BadOutput
from seedcli.placing import WAYS, Way
from seedcli.records import OutputPlan, Placement


def no_links(part: Path, target: Path) -> None:
    """A file system without hard links."""
    raise OSError(errno.EPERM, os.strerror(errno.EPERM), str(target))


def no_renames(part: Path, target: Path) -> None:
    """One that can't refuse to replace when it renames."""
    raise OSError(errno.EINVAL, os.strerror(errno.EINVAL), str(target))


def exit_code(code: str, *words: str) -> int:
    """Of a Python process that runs `code`."""
    process = started(code, *words)
    process.communicate(timeout=30)
    return process.returncode


EVERY_WAY = {
    "links": WAYS,
    "no links": (no_links, *WAYS[1:]),
    "neither links nor careful renames": (no_links, no_renames, *WAYS[2:]),
}


@pytest.fixture(params=EVERY_WAY)
def ways(request: pytest.FixtureRequest) -> tuple[Way, ...]:
    return tuple(EVERY_WAY[request.param])


def put(
    target: Path, data: bytes = b"picture", *, ways: tuple[Way, ...] = tuple(WAYS), replace: bool = False
) -> Path:
    with files.stage(target.parent) as staged:
        staged.file.write(data)
        return files.place(staged, target, replace=replace, ways=ways)


def test_a_file_is_put_in_place_whole_and_alone(tmp_path: Path, ways: tuple[Way, ...]) -> None:
    assert put(tmp_path / "cat.jpg", ways=ways) == tmp_path / "cat.jpg"
    assert [(p.name, p.read_bytes(), p.stat().st_nlink) for p in tmp_path.iterdir()] == [
        ("cat.jpg", b"picture", 1)
    ]


def test_a_file_that_is_there_is_never_replaced(tmp_path: Path, ways: tuple[Way, ...]) -> None:
    target = tmp_path / "cat.jpg"
    target.write_bytes(b"mine")
    with pytest.raises(files.PlaceTaken) as taken:
        put(target, ways=ways)
    assert taken.value.path == target
    assert [(p.name, p.read_bytes()) for p in tmp_path.iterdir()] == [("cat.jpg", b"mine")]


def test_the_first_free_candidate_is_taken(tmp_path: Path, ways: tuple[Way, ...]) -> None:
    for name in ("cat-edited.jpg", "cat-edited-2.jpg"):
        (tmp_path / name).touch()
    with files.stage(tmp_path) as staged:
        placed = files.place(staged, files.candidates(tmp_path / "cat-edited.jpg"), ways=ways)
    assert placed.name == "cat-edited-3.jpg"


def test_a_link_at_the_target_is_not_followed(tmp_path: Path, ways: tuple[Way, ...]) -> None:
    elsewhere, target = tmp_path / "elsewhere", tmp_path / "cat.jpg"
    for made in (False, True):
        if made:
            elsewhere.write_bytes(b"mine")
        target.unlink(missing_ok=True)
        target.symlink_to(elsewhere)
        with pytest.raises(files.PlaceTaken):
            put(target, ways=ways)
        assert elsewhere.exists() == made
    put(target, ways=ways, replace=True)
    assert not target.is_symlink()
    assert (target.read_bytes(), elsewhere.read_bytes()) == (b"picture", b"mine")


def test_a_folder_at_the_target_stays_a_folder(tmp_path: Path, ways: tuple[Way, ...]) -> None:
    (tmp_path / "cat.jpg").mkdir()
    with pytest.raises(files.PlaceTaken):
        put(tmp_path / "cat.jpg", ways=ways)
    with pytest.raises(OSError, match="directory"):
        put(tmp_path / "cat.jpg", replace=True)
    assert [p.name for p in tmp_path.iterdir()] == ["cat.jpg"]


def test_of_many_that_want_one_name_one_gets_it(tmp_path: Path, ways: tuple[Way, ...]) -> None:
    placed: list[Path] = []
    start = threading.Barrier(8)

    def race(number: int) -> None:
        with files.stage(tmp_path) as staged:
            staged.file.write(str(number).encode())
            start.wait()
            placed.append(files.place(staged, files.candidates(tmp_path / "a.jpg"), ways=ways))

    threads = [threading.Thread(target=race, args=(number,)) for number in range(8)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    assert len(set(placed)) == 8
    assert {path.read_bytes() for path in tmp_path.iterdir()} == {str(n).encode() for n in range(8)}


def test_a_file_that_appears_in_the_last_moment_is_kept(tmp_path: Path) -> None:
    target = tmp_path / "cat.jpg"

    def meanwhile(part: Path, target: Path) -> None:
        target.write_bytes(b"mine")
        no_links(part, target)

    for rest in (WAYS[1:], WAYS[2:]):
        with pytest.raises(files.PlaceTaken):
            put(target, ways=(meanwhile, *rest))
        assert [(p.name, p.read_bytes()) for p in tmp_path.iterdir()] == [("cat.jpg", b"mine")]
        target.unlink()


def test_a_fault_leaves_neither_result_nor_reservation(tmp_path: Path) -> None:
    with files.stage(tmp_path) as staged:
        staged.path.unlink()
        with pytest.raises(FileNotFoundError):
            files.place(staged, tmp_path / "cat.jpg")
        with pytest.raises(FileNotFoundError):
            files.place(staged, tmp_path / "cat.jpg", ways=WAYS[2:])
    assert list(tmp_path.iterdir()) == []


def test_a_full_disk_is_no_reason_to_try_another_way(tmp_path: Path) -> None:
    def full(part: Path, target: Path) -> None:
        raise OSError(errno.ENOSPC, "full")

    with pytest.raises(OSError, match="full"):
        put(tmp_path / "cat.jpg", ways=(full, *WAYS[1:]))
    assert list(tmp_path.iterdir()) == []


@pytest.mark.parametrize(("umask", "mode"), [(0o022, 0o644), (0o077, 0o600), (0o002, 0o664)])
def test_the_mode_follows_the_umask(tmp_path: Path, ways: tuple[Way, ...], umask: int, mode: int) -> None:
    code = (
        "import os, sys; from pathlib import Path; from seedcli import files\n"
        "os.umask(int(sys.argv[2]))\n"
        "with files.stage(Path(sys.argv[1])) as staged: files.place(staged, Path(sys.argv[1]) / 'a')\n"
    )
    assert exit_code(code, str(tmp_path), str(umask)) == 0
    assert (tmp_path / "a").stat().st_mode & 0o777 == mode


def test_what_was_not_placed_leaves_nothing(tmp_path: Path) -> None:
    with pytest.raises(ZeroDivisionError), files.stage(tmp_path / "new" / "folder") as staged:
        staged.file.write(b"half")
        raise ZeroDivisionError
    assert list((tmp_path / "new" / "folder").iterdir()) == []
    with files.stage(tmp_path) as staged, pytest.raises(ValueError, match="no place"):
        files.place(staged, [])


def test_a_folder_that_vanished_meanwhile_is_made_again(tmp_path: Path) -> None:
    with files.stage(tmp_path) as staged:
        assert files.place(staged, tmp_path / "a" / "b" / "cat.jpg").exists()


@pytest.mark.parametrize(
    "name", [b"caf\xe9.jpg", "é".encode() * 125 + b".jpeg", b"a\nb\x1b[31m.jpg", b" ", b"-rf"]
)
def test_odd_names_are_as_good_as_any(tmp_path: Path, ways: tuple[Way, ...], name: bytes) -> None:
    put(tmp_path / os.fsdecode(name), ways=ways)
    assert os.listdir(os.fsencode(tmp_path)) == [name]


def test_a_name_the_file_system_refuses_is_an_error_and_no_leftover(tmp_path: Path) -> None:
    with pytest.raises(OSError, match="too long"):
        put(tmp_path / ("x" * 256))
    assert list(tmp_path.iterdir()) == []


@pytest.fixture
def vfat(tmp_path: Path) -> Iterator[Path]:
    """A file system that has no hard links."""
    image, place = tmp_path / "image", tmp_path / "mounted"
    place.mkdir()
    with image.open("wb") as file:
        file.truncate(4 << 20)
    try:
        subprocess.run(["mkfs.vfat", image], check=True, capture_output=True)
        subprocess.run(["mount", "-o", "loop", image, place], check=True, capture_output=True)
    except (OSError, subprocess.CalledProcessError):
        pytest.skip("this machine mounts no vfat")
    yield place
    subprocess.run(["umount", place], check=True)


def test_it_works_where_hard_links_do_not(vfat: Path) -> None:
    assert put(vfat / "cat.jpg").read_bytes() == b"picture"
    with pytest.raises(files.PlaceTaken):
        put(vfat / "cat.jpg")
    assert [p.name for p in vfat.iterdir()] == ["cat.jpg"]


_HOLD = """
import sys
from pathlib import Path
from seedcli import files
with files.stage(Path(sys.argv[1])) as staged:
    staged.file.write(b"half")
    staged.file.flush()
    print("there", flush=True)
    sys.stdin.read()
"""


def test_leftovers_of_the_dead_are_cleaned_and_of_the_living_not(tmp_path: Path) -> None:
    worker = started(_HOLD, str(tmp_path))
    assert heard(worker) == "there"
    keep = tmp_path / "seedcli-mine.part"
    keep.touch()
    (tmp_path / ".seedcli-link.part").symlink_to(keep)
    (tmp_path / ".seedcli-folder.part").mkdir()
    os.mkfifo(tmp_path / ".seedcli-pipe.part")
    before = set(tmp_path.iterdir())
    assert files.clean_leftovers(tmp_path) == 0
    assert set(tmp_path.iterdir()) == before
    worker.send_signal(signal.SIGKILL)
    worker.communicate()
    assert files.clean_leftovers(tmp_path) == 1
    assert len(set(tmp_path.iterdir())) == len(before) - 1
    assert files.clean_leftovers(tmp_path / "missing") == 0


def test_an_atomic_write_takes_away_what_killed_ones_left(tmp_path: Path) -> None:
    (tmp_path / ".seedcli-dead.part").write_bytes(b"api_key = 'former'")
    files.write_atomic(tmp_path / "config.toml", b"new")
    assert [path.name for path in tmp_path.iterdir()] == ["config.toml"]


def test_a_result_killed_between_its_two_names_is_whole(tmp_path: Path) -> None:
    part, target = tmp_path / ".seedcli-dead.part", tmp_path / "cat.jpg"
    part.write_bytes(b"picture")
    target.hardlink_to(part)
    assert files.clean_leftovers(tmp_path) == 1
    assert [(p.name, p.read_bytes()) for p in tmp_path.iterdir()] == [("cat.jpg", b"picture")]


def plan(kind: Placement, value: Path | str, *, force: bool = False) -> OutputPlan:
    return OutputPlan(kind, str(value), force=force)


def test_places_that_can_take_a_result_pass_and_stay_as_they_are(tmp_path: Path) -> None:
    (tmp_path / "old.jpg").touch()
    good = [
        plan(Placement.FILE, tmp_path / "new.jpg"),
        plan(Placement.FILE, tmp_path / "old.jpg", force=True),
        plan(Placement.FOLDER, tmp_path),
        plan(Placement.FOLDER, tmp_path / "a" / "b"),
        plan(Placement.TEMPLATE, tmp_path / "{stem}" / "{n}.jpg"),
        plan(Placement.TEMPLATE, "{dir}/{stem}"),
        OutputPlan(Placement.BESIDE, folder=str(tmp_path)),
        OutputPlan(Placement.STDOUT),
    ]
    for one in good:
        files.check_output(one, beside=tmp_path)
    assert [p.name for p in tmp_path.iterdir()] == ["old.jpg"]


@pytest.mark.parametrize(
    ("kind", "name", "reason"),
    [
        (Placement.FILE, "old.jpg", "exists"),
        (Placement.FILE, "dangling", "exists"),
        (Placement.FILE, "folder", "is a folder"),
        (Placement.FILE, "pipe", "device or pipe"),
        (Placement.FILE, "missing/new.jpg", "no folder"),
        (Placement.FILE, "old.jpg/new.jpg", "no folder"),
        (Placement.FILE, "x" * 256, "too long"),
        (Placement.FILE, "nul\0.jpg", "NUL"),
        (Placement.FOLDER, "old.jpg", "directory"),
        (Placement.FOLDER, "old.jpg/sub", "directory"),
        (Placement.TEMPLATE, "old.jpg/{stem}", "directory"),
        (Placement.TEMPLATE, "{stm}", "stm"),
    ],
)
def test_places_that_can_not_are_refused_beforehand(
    tmp_path: Path, kind: Placement, name: str, reason: str
) -> None:
    (tmp_path / "old.jpg").touch()
    (tmp_path / "folder").mkdir()
    (tmp_path / "dangling").symlink_to(tmp_path / "nowhere")
    os.mkfifo(tmp_path / "pipe")
    with pytest.raises(BadOutput, match=reason):
        files.check_output(plan(kind, f"{tmp_path}/{name}"))


def test_force_does_not_write_into_a_device_or_folder() -> None:
    for name, reason in (("/dev/null", "device"), ("/", "folder")):
        with pytest.raises(BadOutput, match=reason):
            files.check_output(plan(Placement.FILE, name, force=True))


def test_a_disk_without_room_is_refused_beforehand(tmp_path: Path) -> None:
    with pytest.raises(BadOutput, match="no room"):
        files.check_output(plan(Placement.FOLDER, tmp_path), input_bytes=1 << 60)


def test_a_folder_one_may_not_write_in_is_refused_beforehand() -> None:
    with pytest.raises(BadOutput, match=r"^/proc can't take"):
        files.check_output(plan(Placement.FOLDER, "/proc"))
    with pytest.raises(BadOutput, match="can't take"):
        files.check_output(plan(Placement.FOLDER, "/proc/self/new"))


def test_the_limit_of_names_is_known_before_the_folder_is(tmp_path: Path) -> None:
    assert files.name_limit(tmp_path / "a" / "b") == os.pathconf(tmp_path, "PC_NAME_MAX")


def test_bytes_are_poured_whole_into_a_pipe(tmp_path: Path) -> None:
    data = os.urandom(1_000_000)
    read_end, write_end = os.pipe()
    os.set_blocking(write_end, False)
    got: list[bytes] = []
    with (
        os.fdopen(read_end, "rb") as reader,
        os.fdopen(write_end, "wb") as writer,
        files.stage(tmp_path) as staged,
    ):
        staged.file.write(data)
        thread = threading.Thread(target=lambda: got.append(reader.read()))
        thread.start()
        assert files.pour(staged, writer) == len(data)
        writer.close()
        thread.join()
    assert got == [data]


def test_a_reader_that_left_is_an_error_with_nothing_kept_back(tmp_path: Path) -> None:
    read_end, write_end = os.pipe()
    os.close(read_end)
    with os.fdopen(write_end, "wb") as writer, files.stage(tmp_path) as staged:
        staged.file.write(b"picture")
        with pytest.raises(BrokenPipeError):
            files.pour(staged, writer)


def test_a_full_device_is_an_error(tmp_path: Path) -> None:
    with Path("/dev/full").open("wb") as full, files.stage(tmp_path) as staged:
        staged.file.write(b"picture")
        with pytest.raises(OSError, match="No space"):
            files.pour(staged, full)


def test_a_stream_without_a_descriptor_will_do(tmp_path: Path) -> None:
    stream = io.BytesIO()
    with files.stage(tmp_path) as staged:
        staged.file.write(b"picture")
        files.pour(staged, stream)
    assert stream.getvalue() == b"picture"


def test_no_picture_goes_to_a_terminal(tmp_path: Path) -> None:
    ours, theirs = pty.openpty()
    with os.fdopen(theirs, "wb") as terminal, files.stage(tmp_path) as staged:
        staged.file.write(b"picture")
        with pytest.raises(BadOutput, match="terminal") as refused:
            files.pour(staged, terminal)
    assert "-o FILE" in (refused.value.hint or "")
    os.close(ours)


def test_a_settings_file_is_private_from_its_first_byte(tmp_path: Path) -> None:
    path = tmp_path / "config.toml"
    old = os.umask(0)
    try:
        files.write_atomic(path, b"key = 1\n")
        path.chmod(0o644)
        files.write_atomic(path, b"key = 2\n")
    finally:
        os.umask(old)
    assert (path.read_bytes(), stat.S_IMODE(path.stat().st_mode)) == (b"key = 2\n", 0o600)
    assert [p.name for p in tmp_path.iterdir()] == ["config.toml"]


def test_a_settings_file_behind_a_link_is_the_one_written(tmp_path: Path) -> None:
    real, link = tmp_path / "dotfiles" / "config.toml", tmp_path / "config.toml"
    real.parent.mkdir()
    link.symlink_to(real)
    files.write_atomic(link, b"key = 1\n")
    assert link.is_symlink()
    assert real.read_bytes() == b"key = 1\n"


def test_a_settings_file_that_can_not_be_written_stays_as_it_was(tmp_path: Path) -> None:
    (tmp_path / "loop").symlink_to(tmp_path / "loop")
    for path in (tmp_path / "loop", tmp_path / "missing" / "config.toml", tmp_path):
        with pytest.raises(OSError):
            files.write_atomic(path, b"")
    assert [p.name for p in tmp_path.iterdir()] == ["loop"]


def test_naming_a_file_loads_neither_ctypes_nor_an_event_loop(tmp_path: Path) -> None:
    code = (
        "import sys; there = set(sys.modules); from pathlib import Path; from seedcli import files\n"
        "with files.stage(Path(sys.argv[1])) as staged: files.place(staged, Path(sys.argv[1]) / 'a')\n"
        "sys.exit(bool({'ctypes', 'asyncio', 'sqlite3'} & (set(sys.modules) - there)))\n"
    )
    assert exit_code(code, str(tmp_path)) == 0
    assert sys.platform == "win32" or (tmp_path / "a").exists()
