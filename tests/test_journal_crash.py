"""Processes that are killed, that share a run, or whose disk fills up."""

from __future__ import annotations

import os
import random
import subprocess
import sys
from collections import Counter
from collections.abc import Iterator
from functools import partial
from pathlib import Path

import pytest
from journal_cases import Ticks, heard, new_entries, started, tell

from seedcli.errors import Charged, NoJournal
from seedcli.journal import open_journal
from seedcli.records import State

STEPS = ("intended", "sent", "accepted", "answered", "saved")
_UP_TO = """
import sys, time
from pathlib import Path
from seedcli.journal import open_journal
from seedcli.records import State
path, run, until = sys.argv[1:]
journal = open_journal(Path(path), now=time.time)
entry = journal.claim_next(run, states={State.INTENDED}).id
journal.prepared(entry, input_sha256="a", image_sha256="b", request_key="key")
steps = {
    "intended": lambda: None,
    "sent": lambda: journal.sent(entry),
    "accepted": lambda: journal.accepted(entry, job_set_id="job"),
    "answered": lambda: journal.answered(entry, links=["https://x.example"]),
    "saved": lambda: journal.saved(entry, output_path=Path("/a.jpg"), output_sha256="c", output_bytes=1),
}
for name, step in steps.items():
    step()
    if name == until:
        break
print("there", flush=True)
sys.stdin.read()
"""


@pytest.mark.parametrize("step", STEPS)
def test_a_killed_process_leaves_its_last_step_and_no_claim(tmp_path: Path, step: str) -> None:
    path = tmp_path / "journal.db"
    with open_journal(path, now=Ticks()) as journal:
        run = journal.start_run("fp", command="edit", entries=new_entries(1))
    worker = started(_UP_TO, str(path), run.id, step)
    assert heard(worker) == "there"
    with open_journal(path, now=Ticks()) as journal:
        assert journal.others_at_work(run.id) == (step != "saved")
        doubtful = journal.doubtful("key")
        assert (doubtful is not None) == (step == "sent")
        worker.kill()
        worker.communicate()
        assert journal.others_at_work(run.id) == 0
        (entry,) = journal.entries()
        expected = State.IN_DOUBT if step == "sent" else State(step)
        assert (entry.state, entry.owner) == (expected, None)
        assert entry.charged is {"intended": Charged.NO, "sent": Charged.UNKNOWN}.get(step, Charged.YES)
        assert (journal.claim(entry.id) is not None) == (step in ("intended", "accepted", "answered"))


_SHARE = """
import sys, time
from pathlib import Path
from seedcli.journal import open_journal
from seedcli.records import State
path, run = sys.argv[1:]
sys.stdin.readline()
with open_journal(Path(path), now=time.time) as journal:
    while True:
        entry = journal.claim_next(run, states={State.INTENDED})
        if entry is None and not journal.others_at_work(run):
            break
        if entry is None:
            time.sleep(0.005)
            continue
        journal.prepared(entry.id, input_sha256="a", image_sha256="b", request_key="key")
        journal.sent(entry.id)
        print(entry.id, flush=True)
        journal.answered(entry.id, links=["https://x.example"])
        journal.saved(entry.id, output_path=Path("/a.jpg"), output_sha256="c", output_bytes=1)
"""


def test_three_processes_share_a_run_and_send_each_image_once(tmp_path: Path) -> None:
    path = tmp_path / "journal.db"
    with open_journal(path, now=Ticks()) as journal:
        run = journal.start_run("fp", command="edit", entries=new_entries(100))
    workers = [started(_SHARE, str(path), run.id) for _ in range(3)]
    for worker in workers:
        tell(worker, "go")
    sent = [worker.communicate(timeout=60)[0].split() for worker in workers]
    assert [worker.returncode for worker in workers] == [0, 0, 0]
    assert Counter(len(set(names)) == len(names) for names in sent) == {True: 3}
    assert len({name for names in sent for name in names}) == sum(map(len, sent)) == 100
    with open_journal(path, now=Ticks()) as journal:
        assert journal.run(run.id).counts == {State.SAVED: 100}
        assert {entry.attempts for entry in journal.entries()} == {1}


def test_killed_again_and_again_nothing_is_sent_twice(tmp_path: Path) -> None:
    path = tmp_path / "journal.db"
    with open_journal(path, now=Ticks()) as journal:
        run = journal.start_run("fp", command="edit", entries=new_entries(60))
    sent: list[str] = []
    chance = random.Random(4)
    for _ in range(8):
        worker = started(_SHARE, str(path), run.id)
        tell(worker, "go")
        for _ in range(chance.randrange(1, 9)):
            sent.append(heard(worker))
        worker.kill()
        sent += worker.communicate()[0].split()
    sent = [name for name in sent if name]
    assert len(set(sent)) == len(sent)
    with open_journal(path, now=Ticks()) as journal:
        counts = journal.run(run.id).counts
        assert set(counts) <= {State.INTENDED, State.IN_DOUBT, State.SAVED, State.ANSWERED}
        intended = {entry.id for entry in journal.entries(states={State.INTENDED})}
        assert not intended & set(sent)
        assert {entry.attempts for entry in journal.entries()} <= {0, 1}


@pytest.fixture
def small_disk(tmp_path: Path) -> Iterator[Path]:
    """Four megabytes that can be filled up."""
    place = tmp_path / "disk"
    place.mkdir()
    if sys.platform != "linux" or os.geteuid() != 0:
        pytest.skip("only root mounts a disk")
    mounted = subprocess.run(["mount", "-t", "tmpfs", "-o", "size=4m", "none", place], capture_output=True)
    if mounted.returncode:
        pytest.skip("this machine mounts nothing")
    yield place
    subprocess.run(["umount", place], check=True)


def fill(place: Path) -> Path:
    """Takes all the room there is."""
    filler = place / "filler"
    with filler.open("ab", buffering=0) as file:
        for size in (1 << 20, 1 << 12, 1):
            try:
                while file.write(bytes(size)) == size:
                    pass
            except OSError:
                continue
    return filler


def test_a_full_disk_stops_everything_before_it_is_sent(small_disk: Path) -> None:
    filler = fill(small_disk)
    with pytest.raises(NoJournal):
        open_journal(small_disk / "journal.db", now=Ticks())
    filler.unlink()
    with open_journal(small_disk / "journal.db", now=Ticks()) as journal:
        run = journal.start_run("fp", command="edit", entries=new_entries(2))
        first = journal.claim_next(run.id, states={State.INTENDED})
        assert first is not None
        fill(small_disk)
        with pytest.raises(NoJournal, match="disk is full"):
            journal.sent(first.id)
        with pytest.raises(NoJournal, match="disk is full"):
            journal.start_run("other", command="edit", entries=new_entries(300))
        (small_disk / "filler").unlink()
        assert journal.entry(first.id).attempts == 0
        assert journal.sent(first.id).attempts == 1


def test_an_answer_is_still_noted_when_the_disk_has_filled_up_since(small_disk: Path) -> None:
    with open_journal(small_disk / "journal.db", now=Ticks()) as journal:
        run = journal.start_run("fp", command="edit", entries=new_entries(60))
        claims = [journal.claim_next(run.id, states={State.INTENDED}) for _ in range(51)]
        ids = [entry.id for entry in claims if entry is not None]
        *out, last = ids
        for entry_id in out:
            journal.sent(entry_id)
        fill(small_disk)
        link = "https://r2.example/" + "x" * 500
        outcomes = journal.together(
            [partial(journal.answered, entry_id, links=[link]) for entry_id in out[:25]]
        )
        assert not [outcome for outcome in outcomes if isinstance(outcome, BaseException)]
        for entry_id in out[25:]:
            journal.answered(entry_id, links=[link])
        fill(small_disk)
        with pytest.raises(NoJournal, match="disk is full"):
            journal.sent(last)
    (small_disk / "filler").unlink()
    with open_journal(small_disk / "journal.db", now=Ticks()) as journal:
        assert journal.run(run.id).counts == {State.ANSWERED: 50, State.INTENDED: 10}


_LIMITED = """
import resource, sys, time
from pathlib import Path
from journal_cases import new_entries
from seedcli.errors import NoJournal
from seedcli.journal import open_journal
from seedcli.records import State
path, limit = Path(sys.argv[1]), int(sys.argv[2])
resource.setrlimit(resource.RLIMIT_FSIZE, (limit, limit))
try:
    with open_journal(path, now=time.time) as journal:
        run = journal.start_run("fp", command="edit", entries=new_entries(3))
        entry = journal.claim_next(run.id, states={State.INTENDED})
        journal.prepared(entry.id, input_sha256="a", image_sha256="b", request_key="key")
        journal.sent(entry.id)
        print("sent")
except NoJournal as refusal:
    print(refusal.code, refusal.message)
"""


@pytest.mark.parametrize("limit", [0, 100, 4096, 10_000, 50_000, 90_000, 100_000, 150_000, 900_000])
def test_files_that_may_not_grow_stop_everything_before_it_is_sent(tmp_path: Path, limit: int) -> None:
    path = tmp_path / "journal.db"
    said = started(_LIMITED, str(path), str(limit)).communicate(timeout=30)[0]
    assert said.startswith(f"no_journal the journal {path}")
    with open_journal(path, now=Ticks()) as journal:
        assert not list(journal.entries(states={State.SENT, State.IN_DOUBT}))
        assert {entry.attempts for entry in journal.entries()} <= {0}
