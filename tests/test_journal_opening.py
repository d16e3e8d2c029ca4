"""Opening: what is not a whole journal of ours is refused in one line and left as it is."""

from __future__ import annotations

import os
import shutil
import sqlite3
import subprocess
import sys
from collections.abc import Callable, Iterator
from contextlib import closing
from pathlib import Path

import pytest
from journal_cases import Ticks, crash, heard, new_entries, started, tell

from seedcli.errors import NoJournal
from seedcli.journal import open_journal
from seedcli.records import State

Bytes = dict[str, bytes]


def bytes_in(folder: Path) -> Bytes:
    return {path.name: path.read_bytes() for path in sorted(folder.rglob("*")) if path.is_file()}


@pytest.fixture
def journal_path(tmp_path: Path) -> Path:
    """A whole journal with 200 entries, closed."""
    path = tmp_path / "state" / "journal.db"
    with open_journal(path, now=Ticks()) as journal:
        journal.start_run("fp", command="edit", entries=new_entries(200))
    return path


def alter(path: Path, *statements: str) -> None:
    with closing(sqlite3.connect(path, isolation_level=None)) as database:
        for statement in statements:
            database.execute(statement)


def overwrite(path: Path, offset: int, data: bytes) -> None:
    with path.open("r+b") as file:
        file.seek(offset)
        file.write(data)


Damage = Callable[[Path], object]
DAMAGES: dict[str, tuple[Damage, str]] = {
    "newer": (lambda path: alter(path, "PRAGMA user_version = 2"), "newer seedcli"),
    "foreign": (lambda path: alter(path, "PRAGMA application_id = 7"), "another program"),
    "old without a version": (lambda path: alter(path, "PRAGMA user_version = 0"), "broken"),
    "without its tables": (lambda path: alter(path, "DROP TABLE runs"), "no such table"),
    "without a column": (
        lambda path: alter(path, "ALTER TABLE entries RENAME doubts TO d"),
        "no such column",
    ),
    "text": (lambda path: path.write_bytes(b"# notes\n" * 99), "not a journal"),
    "a few bytes": (lambda path: path.write_bytes(b"SQLite"), "not a journal"),
    "emptied": (lambda path: path.write_bytes(b""), "empty"),
    "zeroed": (lambda path: path.write_bytes(bytes(path.stat().st_size)), "not a journal"),
    "zeroed at its start": (lambda path: overwrite(path, 0, bytes(4096)), "not a journal"),
    "cut in its first page": (lambda path: os.truncate(path, 700), "broken"),
    "cut after its first page": (lambda path: os.truncate(path, 4096), "broken"),
    "cut by its last page": (lambda path: os.truncate(path, path.stat().st_size - 4096), "broken"),
    "garbage in its schema": (lambda path: overwrite(path, 100, b"\xff" * 3996), "broken"),
}


@pytest.mark.parametrize("damage", DAMAGES)
def test_what_is_not_a_whole_journal_is_refused_and_left_as_it_is(journal_path: Path, damage: str) -> None:
    spoil, reason = DAMAGES[damage]
    spoil(journal_path)
    before = bytes_in(journal_path.parent)
    with pytest.raises(NoJournal, match=reason) as refused:
        open_journal(journal_path, now=Ticks())
    assert str(journal_path) in refused.value.message
    assert "SEEDCLI_STATE_DIR" in (refused.value.hint or "")
    assert "\n" not in refused.value.message
    assert bytes_in(journal_path.parent) == before


def test_a_newer_journal_whose_program_was_killed_is_left_as_it_is(journal_path: Path) -> None:
    copy = journal_path.parent.parent / "copy"
    with closing(sqlite3.connect(journal_path, isolation_level=None)) as database:
        database.execute("PRAGMA user_version = 9")
        shutil.copytree(journal_path.parent, copy)
    assert (copy / "journal.db-wal").stat().st_size
    content = (copy / "journal.db").read_bytes(), (copy / "journal.db-wal").read_bytes()
    with pytest.raises(NoJournal, match="newer"):
        open_journal(copy / "journal.db", now=Ticks())
    assert ((copy / "journal.db").read_bytes(), (copy / "journal.db-wal").read_bytes()) == content


def test_garbage_found_later_is_told_where_it_is_met(journal_path: Path) -> None:
    size = journal_path.stat().st_size
    for page in range(4096 * 12, size, 4096):
        overwrite(journal_path, page, b"\xff" * 64)
    with open_journal(journal_path, now=Ticks()) as journal, pytest.raises(NoJournal, match="broken"):
        list(journal.entries())
    with open_journal(journal_path, now=Ticks()) as journal, pytest.raises(NoJournal, match="broken"):
        journal.start_run("other", command="edit", entries=new_entries(500))


@pytest.mark.parametrize(
    ("column", "value"),
    [
        ("state", "'thinking'"),
        ("source", "'{'"),
        ("source", "'[]'"),
        ("source", """'{"kind": "file"}'"""),
        ("output", """'{"kind": "moon"}'"""),
        ("links", "'5'"),
        ("charged", "'perhaps'"),
    ],
)
def test_a_row_that_makes_no_sense_is_no_traceback(journal_path: Path, column: str, value: str) -> None:
    alter(journal_path, f"UPDATE entries SET {column} = {value} WHERE position = 7")
    with open_journal(journal_path, now=Ticks()) as journal, pytest.raises(NoJournal, match="can't be read"):
        list(journal.entries())


def test_a_newer_programs_extra_fields_are_passed_over(journal_path: Path) -> None:
    alter(journal_path, "UPDATE entries SET output = json_set(output, '$.moon', 1)")
    with open_journal(journal_path, now=Ticks()) as journal:
        assert len(list(journal.entries())) == 200


def test_a_folder_or_pipe_in_its_place_is_refused(tmp_path: Path) -> None:
    (tmp_path / "journal.db").mkdir()
    os.mkfifo(tmp_path / "pipe.db")
    for name in ("journal.db", "pipe.db"):
        with pytest.raises(NoJournal, match="not a file"):
            open_journal(tmp_path / name, now=Ticks())


def test_a_file_where_its_folder_should_be_is_refused(tmp_path: Path) -> None:
    (tmp_path / "state").write_text("")
    with pytest.raises(NoJournal, match=r"directory|exists"):
        open_journal(tmp_path / "state" / "seedcli" / "journal.db", now=Ticks())


def test_folder_and_file_are_the_users_alone(tmp_path: Path) -> None:
    path = tmp_path / "a" / "b" / "journal.db"
    old = os.umask(0)
    try:
        with open_journal(path, now=Ticks()) as journal:
            run = journal.start_run("fp", command="edit", entries=new_entries(1))
            journal.claim_next(run.id, states={State.INTENDED})
            found = {place.name: place.stat().st_mode & 0o777 for place in (tmp_path / "a").rglob("*")}
    finally:
        os.umask(old)
    lock = next(name for name in found if name.endswith(".lock"))
    private = ("journal.db", "journal.db-wal", "journal.db-shm", lock)
    assert found == {"b": 0o700, "journal.db-owners": 0o700} | dict.fromkeys(private, 0o600)
    path.chmod(0o644)
    open_journal(path, now=Ticks()).close()
    assert path.stat().st_mode & 0o777 == 0o600


@pytest.mark.parametrize("name", ["odd ?mode=memory&x#%41.db", "caf\udce9.db", "日本.db"])
def test_any_name_will_do(tmp_path: Path, name: str) -> None:
    with open_journal(tmp_path / name, now=Ticks()) as journal:
        journal.start_run("fp", command="edit", entries=new_entries(1))
    with open_journal(tmp_path / name, now=Ticks()) as journal:
        assert len(journal.runs()) == 1
    assert os.fsencode(name) in os.listdir(os.fsencode(tmp_path))


def test_work_of_a_killed_process_is_recovered_from_the_log(tmp_path: Path) -> None:
    path = tmp_path / "journal.db"
    journal = open_journal(path, now=Ticks())
    journal.start_run("fp", command="edit", entries=new_entries(50))
    copy = tmp_path / "copy"
    copy.mkdir()
    for name in ("journal.db", "journal.db-wal"):
        shutil.copy(tmp_path / name, copy / name)
    journal.close()
    assert (copy / "journal.db-wal").stat().st_size
    with open_journal(copy / "journal.db", now=Ticks()) as recovered:
        assert len(list(recovered.entries())) == 50


def test_half_a_last_write_to_the_log_is_as_if_it_never_was(tmp_path: Path) -> None:
    path = tmp_path / "journal.db"
    journal = open_journal(path, now=Ticks())
    journal.start_run("one", command="edit", entries=new_entries(1))
    first = (tmp_path / "journal.db-wal").stat().st_size
    journal.start_run("two", command="edit", entries=new_entries(1))
    copy = tmp_path / "copy"
    copy.mkdir()
    for name in ("journal.db", "journal.db-wal"):
        shutil.copy(tmp_path / name, copy / name)
    journal.close()
    os.truncate(copy / "journal.db-wal", first + 5000)
    with open_journal(copy / "journal.db", now=Ticks()) as recovered:
        assert [run.fingerprint for run in recovered.runs()] == ["one"]


def test_a_process_killed_while_it_made_the_journal_is_no_obstacle(tmp_path: Path) -> None:
    (tmp_path / "journal.db").touch()
    with open_journal(tmp_path / "journal.db", now=Ticks()) as journal:
        assert journal.runs() == []


def test_a_journal_that_was_taken_away_is_begun_anew(journal_path: Path) -> None:
    journal_path.unlink()
    with open_journal(journal_path, now=Ticks()) as journal:
        assert journal.runs() == []


def test_two_journals_may_share_a_folder(journal_path: Path) -> None:
    with open_journal(journal_path.with_name("other.db"), now=Ticks()) as journal:
        assert journal.runs() == []


def test_looking_at_the_file_takes_no_locks_from_this_process(tmp_path: Path) -> None:
    path = tmp_path / "journal.db"
    with open_journal(path, now=Ticks()) as journal, open_journal(path, now=Ticks()):
        journal.runs()
        held = Path("/proc/locks").read_text() if sys.platform == "linux" else None
        if held is None:
            pytest.skip("the system does not tell who holds locks")
        inode = path.stat().st_ino
        assert sum(f":{inode} " in line and str(os.getpid()) in line for line in held.splitlines()) >= 1


def test_another_programs_long_hold_ends_in_a_line_not_a_wait_for_ever(journal_path: Path) -> None:
    with open_journal(journal_path, now=Ticks()) as journal:
        journal._database.execute("PRAGMA busy_timeout = 10")
        with closing(sqlite3.connect(journal_path, isolation_level=None)) as holder:
            holder.execute("BEGIN IMMEDIATE")
            with pytest.raises(NoJournal, match="held by another program"):
                journal.start_run("other", command="edit", entries=new_entries(1))
            outcomes = journal.together([lambda: journal.reopen("x"), journal.release_dead])
            assert all(isinstance(outcome, NoJournal) for outcome in outcomes)


def _as_nobody(path: Path) -> str:
    """What opening says to a user without special powers."""
    code = (
        "import os, sys, time; from pathlib import Path; from seedcli.journal import open_journal;"
        "from seedcli.errors import NoJournal\n"
        "os.geteuid() == 0 and os.setuid(65534)\n"
        "try: open_journal(Path(sys.argv[1]), now=time.time)\n"
        "except NoJournal as refusal: print(refusal.code, refusal.message)\n"
    )
    done = subprocess.run([sys.executable, "-c", code, path], capture_output=True, text=True, check=True)
    return done.stdout + done.stderr


@pytest.fixture
def open_to_all(tmp_path: Path) -> Iterator[Path]:
    """A folder that a user without special powers can reach."""
    for place in (tmp_path, *tmp_path.parents):
        if place.stat().st_uid == os.geteuid() and place.stat().st_mode & 0o077 == 0:
            place.chmod(place.stat().st_mode | 0o055)
    yield tmp_path


@pytest.mark.parametrize(("folder_mode", "file_mode"), [(0o555, 0o666), (0o777, 0o444), (0o777, 0o000)])
def test_one_that_can_not_be_written_is_refused_and_left(
    open_to_all: Path, folder_mode: int, file_mode: int
) -> None:
    folder = open_to_all / "state"
    open_journal(folder / "journal.db", now=Ticks()).close()
    (folder / "journal.db").chmod(file_mode)
    folder.chmod(folder_mode)
    before = bytes_in(folder) if os.geteuid() == 0 else None
    said = _as_nobody(folder / "journal.db")
    assert said.startswith("no_journal the journal ")
    assert "can't be" in said
    folder.chmod(0o755)
    assert before is None or bytes_in(folder) == before


_AT_ONCE = """
import sys, time
from pathlib import Path
from journal_cases import new_entries
from seedcli.journal import open_journal
for line in sys.stdin:
    with open_journal(Path(line.strip()), now=time.time) as journal:
        print(journal.start_run("fp", command="edit", entries=new_entries(20)).id, flush=True)
"""


def test_processes_that_start_together_make_one_journal_and_one_run(tmp_path: Path) -> None:
    workers = [started(_AT_ONCE) for _ in range(4)]
    for attempt in range(8):
        path = tmp_path / str(attempt) / "journal.db"
        for worker in workers:
            tell(worker, str(path))
        runs = {heard(worker) for worker in workers}
        assert len(runs) == 1
        with open_journal(path, now=Ticks()) as journal:
            assert [run.id for run in journal.runs()] == list(runs)
            assert len(list(journal.entries())) == 20
    for worker in workers:
        worker.communicate(timeout=30)
        assert worker.returncode == 0


def test_locks_that_nobody_holds_are_cleaned_away(tmp_path: Path) -> None:
    path = tmp_path / "journal.db"
    dead = open_journal(path, now=Ticks())
    run = dead.start_run("fp", command="edit", entries=new_entries(1))
    dead.claim_next(run.id, states={State.INTENDED})
    crash(dead)
    (tmp_path / "journal.db-owners" / "1-abc.lock").touch()
    with open_journal(path, now=Ticks()):
        assert list((tmp_path / "journal.db-owners").iterdir()) == []
