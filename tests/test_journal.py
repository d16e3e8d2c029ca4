"""An entry's way through the journal, who may move it, and how it is found again."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from contextlib import ExitStack
from functools import partial
from pathlib import Path

import pytest
from journal_cases import DOUBT, REJECTED, UNSAVED, Ticks, crash, new_entries, new_entry, prepare, save

from seedcli.errors import Charged, UsageError
from seedcli.journal import LostClaim, NewEntry, SqliteJournal, open_journal
from seedcli.records import Entry, OutputPlan, Placement, Source, SourceKind, State

Opener = Callable[[], SqliteJournal]
INTENDED = {State.INTENDED}


@pytest.fixture
def opened(tmp_path: Path) -> Iterator[Opener]:
    """Opens the test's journal, each time as another process would."""
    clock = Ticks()
    with ExitStack() as stack:
        yield lambda: stack.enter_context(open_journal(tmp_path / "state" / "journal.db", now=clock))


def claimed(journal: SqliteJournal, run_id: str, *, states: set[State] = INTENDED) -> Entry:
    entry = journal.claim_next(run_id, states=states)
    assert entry is not None
    return entry


def begun(journal: SqliteJournal, *, key: str = "key", fingerprint: str = "fp") -> Entry:
    """A sent entry of a run of its own."""
    run = journal.start_run(fingerprint, command="edit", entries=[new_entry()])
    entry = claimed(journal, run.id)
    prepare(journal, entry.id, key=key)
    return journal.sent(entry.id)


def test_an_entry_keeps_what_it_was_given(opened: Opener) -> None:
    run = opened().start_run("fp", command="seedcli edit cat.jpg blue", entries=[new_entry()])
    (entry,) = opened().entries()
    given = new_entry()
    assert (entry.source, entry.prompt, entry.parameters) == (given.source, given.prompt, given.parameters)
    assert (entry.output, entry.gateway, entry.variation) == (given.output, given.gateway, 1)
    assert (entry.input_size, entry.input_mtime_ns) == (given.input_size, given.input_mtime_ns)
    assert (entry.state, entry.run_id, entry.attempts) == (State.INTENDED, run.id, 0)
    assert (entry.charged, entry.owner) == (Charged.NO, None)
    assert opened().run(run.id).command == "seedcli edit cat.jpg blue"


def test_the_whole_way_to_saved_is_there_for_another_process(opened: Opener) -> None:
    journal = opened()
    entry = begun(journal)
    journal.accepted(entry.id, job_set_id="job-1", usage={"total_tokens": 4096})
    journal.answered(entry.id, links=["https://r2.example/a.jpg"], usage={"generated_images": 1})
    journal.saved(
        entry.id,
        output_path=Path("/photos/cat-edited.jpg"),
        output_sha256="made",
        output_bytes=3,
        output_format="jpeg",
        output_width=1024,
        output_height=768,
        elapsed_s=3.5,
    )
    found = opened().entry(entry.id)
    assert (found.state, found.charged, found.owner, found.attempts) == (State.SAVED, Charged.YES, None, 1)
    assert (found.job_set_id, found.links) == ("job-1", ("https://r2.example/a.jpg",))
    assert found.usage == {"generated_images": 1}
    assert (found.output_path, found.output_bytes) == ("/photos/cat-edited.jpg", 3)
    assert (found.output_width, found.output_height, found.output_format) == (1024, 768, "jpeg")
    assert (found.elapsed_s, found.image_sha256, found.request_key) == (3.5, "out", "key")


def test_text_that_is_not_unicode_comes_back_as_it_was(opened: Opener) -> None:
    odd = "caf\udce9\0.jpg"
    source = Source(SourceKind.FILE, odd, Path("/photos") / odd)
    plan = OutputPlan(Placement.FILE, f"/photos/{odd}", force=True)
    journal = opened()
    run = journal.start_run(
        f"fp{odd}", command=odd, entries=[NewEntry(source, odd, {"model": odd}, plan, variation=2)]
    )
    entry = claimed(journal, run.id)
    prepare(journal, entry.id)
    journal.sent(entry.id)
    journal.answered(entry.id, links=[odd], answer_path=Path("/state") / odd, usage={"text": odd})
    save(journal, entry.id, path=f"/photos/{odd}")
    other = opened()
    found = other.entry(entry.id)
    assert (found.source, found.prompt, found.output, found.variation) == (source, odd, plan, 2)
    assert (found.links, found.answer_path, found.usage) == ((odd,), f"/state/{odd}", {"text": odd})
    assert found.output_path == f"/photos/{odd}"
    assert other.is_output(Path(f"/photos/{odd}"))
    assert other.run(run.id).command == odd
    assert [e.id for e in other.entries(input="caf\udce9")] == [entry.id]


def test_entries_are_claimed_in_their_order_and_once(opened: Opener) -> None:
    one, two = opened(), opened()
    run = one.start_run("fp", command="edit", entries=new_entries(4))
    names = [claimed(journal, run.id).source.text for journal in (one, two, one, two)]
    assert names == ["0.jpg", "1.jpg", "2.jpg", "3.jpg"]
    assert one.claim_next(run.id, states=INTENDED) is None
    assert (one.others_at_work(run.id), two.others_at_work(run.id)) == (2, 2)


def test_the_first_in_order_is_claimed_whatever_its_state(opened: Opener) -> None:
    journal = opened()
    run = journal.start_run("fp", command="edit", entries=new_entries(3))
    first = claimed(journal, run.id)
    journal.sent(first.id)
    journal.accepted(first.id, job_set_id="job-1")
    journal.release(first.id)
    assert claimed(journal, run.id, states={State.INTENDED, State.ACCEPTED}).id == first.id


def test_only_what_has_work_left_can_be_claimed_by_id(opened: Opener) -> None:
    one, two = opened(), opened()
    entry = begun(one)
    assert two.claim(entry.id) is None
    one.answered(entry.id, links=["https://r2.example/a.jpg"])
    one.unsaved(entry.id, failure=UNSAVED)
    taken = two.claim(entry.id)
    assert taken is not None
    assert taken.error == UNSAVED
    assert two.claim(entry.id) is None
    assert one.claim(entry.id) is None
    save(two, entry.id)
    assert two.claim(entry.id) is None
    assert two.claim("nothing") is None


@pytest.mark.parametrize(
    "step",
    [
        lambda j, e: j.prepared(e, input_sha256="a", image_sha256="b", request_key="c"),
        lambda j, e: j.sent(e),
        lambda j, e: j.unsent(e),
        lambda j, e: j.accepted(e, job_set_id="job"),
        lambda j, e: j.answered(e, links=["https://x.example"]),
        lambda j, e: save(j, e),
        lambda j, e: j.failed(e, failure=REJECTED),
        lambda j, e: j.in_doubt(e, failure=DOUBT),
        lambda j, e: j.unsaved(e, failure=UNSAVED),
        lambda j, e: j.release(e),
    ],
)
def test_nothing_moves_an_entry_that_another_process_has(
    opened: Opener, step: Callable[[SqliteJournal, str], object]
) -> None:
    one, two = opened(), opened()
    run = one.start_run("fp", command="edit", entries=new_entries(1))
    before = claimed(one, run.id)
    for move in (lambda: None, lambda: one.sent(before.id)):
        move()
        as_it_was = one.entry(before.id)
        with pytest.raises(LostClaim, match=before.id):
            step(two, before.id)
        assert one.entry(before.id) == as_it_was


def test_an_unclaimed_entry_is_not_sent(opened: Opener) -> None:
    journal = opened()
    run = journal.start_run("fp", command="edit", entries=new_entries(1))
    (entry,) = journal.entries(run_id=run.id)
    with pytest.raises(LostClaim):
        journal.sent(entry.id)


def test_what_is_out_is_not_sent_again_nor_let_go(opened: Opener) -> None:
    journal = opened()
    entry = begun(journal)
    for step in (journal.sent, journal.release):
        with pytest.raises(LostClaim, match="sent"):
            step(entry.id)
    assert journal.entry(entry.id).attempts == 1


def test_a_forgotten_entry_is_not_sent(opened: Opener) -> None:
    journal = opened()
    with pytest.raises(LostClaim, match="gone"):
        journal.sent("0000000000")
    with pytest.raises(LostClaim, match="gone"):
        journal.add("0000000000", new=new_entry())


def test_unsent_counts_the_attempt_and_costs_nothing(opened: Opener) -> None:
    journal = opened()
    entry = begun(journal)
    assert entry.charged is Charged.UNKNOWN
    again = journal.unsent(entry.id)
    assert (again.state, again.attempts, again.charged) == (State.INTENDED, 1, Charged.NO)
    assert again.owner == entry.owner
    assert journal.spend(entry.run_id) == 0


def test_a_doubtful_repetition_may_have_cost_twice(opened: Opener) -> None:
    journal = opened()
    entry = begun(journal)
    assert journal.unsent(entry.id, doubtful=True).charged is Charged.UNKNOWN
    journal.sent(entry.id)
    assert journal.spend(entry.run_id) == 2
    ended = journal.failed(entry.id, failure=REJECTED)
    assert (ended.charged, ended.attempts) == (Charged.UNKNOWN, 2)
    assert journal.spend(entry.run_id) == 1


def test_reopening_takes_up_failures_and_doubt_only_when_told(opened: Opener) -> None:
    journal = opened()
    run = journal.start_run("fp", command="edit", entries=new_entries(4))
    failed, doubted, saved, waiting = (claimed(journal, run.id) for _ in range(4))
    journal.failed(failed.id, failure=REJECTED)
    journal.sent(doubted.id)
    journal.in_doubt(doubted.id, failure=DOUBT, answer_text="<html>")
    journal.sent(saved.id)
    journal.answered(saved.id, links=["https://x.example"])
    save(journal, saved.id)
    assert journal.reopen(run.id) == 1
    assert journal.entry(failed.id).error is None
    assert journal.entry(doubted.id).answer_text == "<html>"
    assert journal.reopen(run.id, doubtful=True) == 1
    again = journal.entry(doubted.id)
    assert (again.state, again.attempts, again.charged) == (State.INTENDED, 1, Charged.UNKNOWN)
    assert journal.entry(saved.id).state is State.SAVED
    assert journal.entry(waiting.id).owner is not None


def test_a_failed_job_is_forgotten_when_its_edit_is_sent_anew(opened: Opener) -> None:
    journal = opened()
    entry = begun(journal)
    journal.accepted(entry.id, job_set_id="job-1")
    journal.failed(entry.id, failure=REJECTED)
    journal.reopen(entry.run_id)
    assert journal.entry(entry.id).job_set_id is None


def test_what_is_answered_can_not_be_called_failed(opened: Opener) -> None:
    journal = opened()
    entry = begun(journal)
    journal.answered(entry.id, links=["https://x.example"])
    with pytest.raises(LostClaim, match="answered"):
        journal.failed(entry.id, failure=REJECTED)
    with pytest.raises(LostClaim, match="answered"):
        journal.in_doubt(entry.id, failure=DOUBT)


def test_an_adopted_job_is_followed_without_a_send(opened: Opener) -> None:
    journal = opened()
    run = journal.start_run("poll job-9", command="poll job-9", entries=[])
    new = NewEntry(Source(SourceKind.STDIN, "job-9"), "", {}, OutputPlan(Placement.BESIDE, suggested="job-9"))
    entry = journal.add(run.id, new=new)
    assert journal.claim(entry.id) is not None
    assert journal.accepted(entry.id, job_set_id="job-9").charged is Charged.YES
    found = journal.by_job("job-9")
    assert found is not None
    assert (found.id, found.attempts) == (entry.id, 0)
    assert journal.by_job("job-8") is None


def test_entries_added_later_follow_the_others(opened: Opener) -> None:
    journal = opened()
    run = journal.start_run("fp", command="batch -", entries=new_entries(2))
    added = [journal.add(run.id, new=new_entry(f"late{n}.jpg")) for n in range(2)]
    assert [entry.position for entry in added] == [3, 4]
    assert [e.source.text for e in journal.entries(newest_first=False)][2:] == ["late0.jpg", "late1.jpg"]


def test_an_entry_is_added_only_to_a_run_that_is_known_whole(opened: Opener) -> None:
    journal = opened()
    run = journal.start_run("fp", command="batch -", entries=new_entries(1))
    second = journal.add_unless_grown(run.id, new=new_entry("second.jpg"), last=1)
    assert second is not None
    assert second.position == 2
    assert journal.add_unless_grown(run.id, new=new_entry("third.jpg"), last=1) is None
    found = journal.entries(run_id=run.id, after=1, newest_first=False)
    assert [entry.source.text for entry in found] == ["second.jpg"]


def test_the_same_command_goes_on_with_an_unfinished_run(opened: Opener) -> None:
    journal = opened()
    assert journal.unfinished_run("fp") is None
    run = journal.start_run("fp", command="edit", entries=new_entries(1))
    assert journal.unfinished_run("other") is None
    assert opened().start_run("fp", command="edit", entries=new_entries(1)).id == run.id
    entry = claimed(journal, run.id)
    journal.sent(entry.id)
    journal.answered(entry.id, links=["https://x.example"])
    still = journal.unfinished_run("fp")
    assert still is not None
    assert still.counts == {State.ANSWERED: 1}
    save(journal, entry.id)
    assert journal.unfinished_run("fp") is None
    assert journal.start_run("fp", command="edit", entries=new_entries(1)).id != run.id


def test_inputs_that_fail_while_they_are_listed_leave_no_run(opened: Opener) -> None:
    def listed() -> Iterator[NewEntry]:
        yield new_entry()
        raise FileNotFoundError("gone")

    journal = opened()
    with pytest.raises(FileNotFoundError):
        journal.start_run("fp", command="edit", entries=listed())
    assert (journal.runs(), list(journal.entries())) == ([], [])
    journal.start_run("fp", command="edit", entries=new_entries(1))
    assert len(list(journal.entries())) == 1


def test_the_journal_answers_while_inputs_are_listed_and_others_write(opened: Opener) -> None:
    one, two = opened(), opened()

    def listed() -> Iterator[NewEntry]:
        for number in range(3):
            two.start_run(f"other {number}", command="edit", entries=new_entries(1))
            if not one.is_output(Path(f"/photos/{number}.jpg")):
                yield new_entry(f"{number}.jpg")

    assert one.start_run("fp", command="edit", entries=listed()).counts == {State.INTENDED: 3}


def test_a_run_is_not_started_within_a_shared_step(opened: Opener) -> None:
    journal = opened()
    (outcome,) = journal.together([lambda: journal.start_run("fp", command="edit", entries=[])])
    assert isinstance(outcome, RuntimeError)


def test_doubt_is_found_by_its_request_and_not_within_its_run(opened: Opener) -> None:
    one, two = opened(), opened()
    entry = begun(one)
    assert one.doubtful("key") is None
    in_flight = two.doubtful("key")
    assert in_flight is not None
    assert in_flight.state is State.SENT
    one.in_doubt(entry.id, failure=DOUBT)
    for journal in (one, two):
        found = journal.doubtful("key")
        assert found is not None
        assert found.id == entry.id
        assert journal.doubtful("key", besides_run=entry.run_id) is None
        assert journal.doubtful("another") is None


def test_a_dead_process_leaves_doubt_only_where_it_had_sent(opened: Opener, tmp_path: Path) -> None:
    dead, alive = open_journal(tmp_path / "state" / "journal.db", now=Ticks()), opened()
    run = dead.start_run("fp", command="edit", entries=new_entries(4))
    claimed(dead, run.id)
    sent, accepted, answered = (claimed(dead, run.id) for _ in range(3))
    for entry in (sent, accepted, answered):
        dead.sent(entry.id)
    dead.accepted(accepted.id, job_set_id="job")
    dead.answered(answered.id, links=["https://x.example"])
    assert alive.release_dead() == 0
    crash(dead)
    assert alive.others_at_work(run.id) == 0
    states = [entry.state for entry in alive.entries(newest_first=False)]
    assert states == [State.INTENDED, State.IN_DOUBT, State.ACCEPTED, State.ANSWERED]
    assert all(entry.owner is None for entry in alive.entries())
    doubted = alive.entry(sent.id)
    assert doubted.charged is Charged.UNKNOWN
    assert doubted.error is not None
    assert (doubted.error.code, doubted.error.exit_code) == ("in_doubt", 7)
    assert [path.name for path in (tmp_path / "state" / "journal.db-owners").iterdir()] == []


def test_a_process_taken_for_dead_sends_nothing_and_still_brings_its_answer(
    opened: Opener, tmp_path: Path
) -> None:
    one, two = opened(), opened()
    run = one.start_run("fp", command="edit", entries=new_entries(2))
    out, waiting = claimed(one, run.id), claimed(one, run.id)
    one.sent(out.id)
    for lock in (tmp_path / "state" / "journal.db-owners").iterdir():
        lock.unlink()
    assert two.release_dead() == 2
    with pytest.raises(LostClaim):
        one.sent(waiting.id)
    answered = one.answered(out.id, links=["https://x.example"])
    assert (answered.state, answered.charged, answered.error) == (State.ANSWERED, Charged.YES, None)
    assert answered.owner is not None
    save(one, out.id)


def test_closing_lets_go_of_what_was_claimed(opened: Opener, tmp_path: Path) -> None:
    with open_journal(tmp_path / "state" / "journal.db", now=Ticks()) as journal:
        run = journal.start_run("fp", command="edit", entries=new_entries(2))
        sent = claimed(journal, run.id)
        journal.sent(sent.id)
        claimed(journal, run.id)
    states = [(entry.state, entry.owner) for entry in opened().entries(newest_first=False)]
    assert states == [(State.IN_DOUBT, None), (State.INTENDED, None)]


def test_entries_are_filtered_by_state_time_run_and_input(opened: Opener) -> None:
    journal = opened()
    first = journal.start_run("a", command="edit", entries=new_entries(3))
    second = journal.start_run("b", command="edit", entries=[new_entry("dog.png", folder="/pets")])
    entry = claimed(journal, first.id)
    journal.failed(entry.id, failure=REJECTED)
    assert [e.id for e in journal.entries(states={State.FAILED})] == [entry.id]
    assert len(list(journal.entries(states=set()))) == 0
    assert [e.source.text for e in journal.entries(run_id=second.id)] == ["dog.png"]
    assert [e.source.text for e in journal.entries(input="/pets/")] == ["dog.png"]
    assert [e.source.text for e in journal.entries(since=second.created_at)] == ["dog.png"]
    assert len(list(journal.entries(until=second.created_at))) == 3
    assert [e.source.text for e in journal.entries(limit=2)] == ["dog.png", "2.jpg"]
    assert [e.source.text for e in journal.entries(limit=1, newest_first=False)] == ["0.jpg"]
    assert list(journal.entries(limit=0)) == []


def test_reading_on_sees_every_entry_once_whatever_is_written_meanwhile(opened: Opener) -> None:
    journal = opened()
    run = journal.start_run("fp", command="edit", entries=new_entries(1200))
    seen: list[str] = []
    for entry in journal.entries(run_id=run.id, newest_first=False, limit=1100):
        if len(seen) % 100 == 0:
            journal.add(run.id, new=new_entry("late.jpg"))
        seen.append(entry.id)
    assert len(seen) == len(set(seen)) == 1100


def test_a_short_id_is_enough_when_it_is_the_only_one(opened: Opener) -> None:
    journal = opened()
    run = journal.start_run("fp", command="edit", entries=new_entries(2))
    one, two = journal.entries(newest_first=False)
    assert journal.entry(f" {one.id.upper()} ").id == one.id
    with pytest.raises(UsageError, match="more than one entry"):
        journal.entry(one.id[:4])
    with pytest.raises(UsageError, match="four"):
        journal.entry(one.id[:3])
    for absent in ("zzzzzzzzzz", "no\udce9such", "%%%%", ""):
        with pytest.raises(UsageError):
            journal.entry(absent)
    journal.forget(entry_ids=[two.id])
    assert journal.entry(one.id[:4]).id == one.id
    assert journal.run(run.id[:4]).id == run.id
    with pytest.raises(UsageError, match="no run"):
        journal.run("zzzz")


def test_ids_are_unique_short_and_in_the_order_of_time(tmp_path: Path) -> None:
    ids: list[str] = []
    for moment in (1_800_000_000.0, 1_800_000_000.0, 1_700_000_000.0, 0.0, 1_800_000_100.0):
        with open_journal(tmp_path / "journal.db", now=partial(float, moment)) as journal:
            run = journal.start_run(f"fp {len(ids)}", command="edit", entries=new_entries(300))
            ids += [run.id, *(entry.id for entry in journal.entries(run_id=run.id, newest_first=False))]
    assert len(set(ids)) == len(ids)
    assert ids == sorted(ids)
    assert {len(name) for name in ids} == {10}


def test_outputs_are_known_by_their_place_and_their_bytes(opened: Opener) -> None:
    journal = opened()
    entry = begun(journal)
    journal.answered(entry.id, links=["https://x.example"])
    assert not journal.is_output(Path("/photos/cat-edited.jpg"))
    save(journal, entry.id)
    assert journal.is_output(Path("/photos/cat-edited.jpg"))
    assert not journal.is_output(Path("/photos/cat.jpg"))
    found = journal.by_output_sha256("made")
    assert found is not None
    assert found.id == entry.id
    assert journal.by_output_sha256("other") is None


def test_a_result_on_standard_output_has_no_place(opened: Opener) -> None:
    journal = opened()
    entry = begun(journal)
    journal.answered(entry.id, links=["https://x.example"])
    saved = journal.saved(entry.id, output_path=None, output_sha256="made", output_bytes=3)
    assert (saved.state, saved.output_path) == (State.SAVED, None)


def test_age_forgets_what_is_over_and_never_what_is_owed(opened: Opener, tmp_path: Path) -> None:
    journal, other = opened(), opened()
    kept_answer, old_answer = tmp_path / "kept", tmp_path / "old"
    ended = {}
    for name in ("saved", "failed", "doubt", "accepted", "answered", "claimed", "idle", "resent"):
        entry = begun(journal, fingerprint=name)
        ended[name] = entry.id
    for name, path in (("saved", old_answer), ("answered", kept_answer)):
        path.write_bytes(b"picture")
        journal.answered(ended[name], answer_path=path)
    save(journal, ended["saved"])
    journal.failed(ended["failed"], failure=REJECTED)
    journal.in_doubt(ended["doubt"], failure=DOUBT)
    journal.accepted(ended["accepted"], job_set_id="job")
    journal.unsaved(ended["accepted"], failure=UNSAVED)
    journal.unsaved(ended["answered"], failure=UNSAVED)
    for name in ("idle", "resent"):
        journal.unsent(ended[name], doubtful=name == "resent")
        journal.release(ended[name])
    assert other.forget(older_than_s=1000) == 0
    assert other.forget(older_than_s=0) == 3
    left = {entry.id for entry in journal.entries()}
    assert left == set(ended.values()) - {ended["saved"], ended["failed"], ended["idle"]}
    assert (old_answer.exists(), kept_answer.exists()) == (False, True)
    assert journal.unfinished_run("idle") is None


def test_what_is_owed_is_forgotten_by_name_alone(opened: Opener, tmp_path: Path) -> None:
    journal = opened()
    answer = tmp_path / "answer"
    answer.write_bytes(b"picture")
    doubted, answered, out = begun(journal, fingerprint="a"), begun(journal, fingerprint="b"), begun(journal)
    journal.in_doubt(doubted.id, failure=DOUBT)
    journal.answered(answered.id, answer_path=answer)
    journal.unsaved(answered.id, failure=UNSAVED)
    assert journal.forget(entry_ids=[doubted.id, answered.id, out.id, "zzzzzzzzzz"]) == 2
    assert [entry.id for entry in journal.entries()] == [out.id]
    assert not answer.exists()
    assert [run.id for run in journal.runs()] == [out.run_id]


def test_runs_are_listed_newest_first_with_their_counts(opened: Opener) -> None:
    journal = opened()
    runs = [journal.start_run(f"fp{n}", command="edit", entries=new_entries(n + 1)) for n in range(3)]
    entry = claimed(journal, runs[1].id)
    journal.failed(entry.id, failure=REJECTED)
    listed = journal.runs()
    assert [run.id for run in listed] == [run.id for run in reversed(runs)]
    assert listed[1].counts == {State.INTENDED: 1, State.FAILED: 1}
    assert [run.id for run in journal.runs(limit=1)] == [runs[2].id]
