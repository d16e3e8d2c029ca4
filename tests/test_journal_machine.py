"""Any order of steps, processes and crashes keeps the promises: a model beside the journal."""

from __future__ import annotations

import tempfile
from collections.abc import Callable
from dataclasses import dataclass
from pathlib import Path

import pytest
from hypothesis import HealthCheck, settings
from hypothesis import strategies as st
from hypothesis.stateful import RuleBasedStateMachine, initialize, invariant, precondition, rule
from journal_cases import DOUBT, REJECTED, UNSAVED, Ticks, crash, new_entries, new_entry, save

from seedcli.errors import Charged
from seedcli.journal import LostClaim, SqliteJournal, open_journal
from seedcli.records import State

PROCESSES = st.integers(0, 2)
ENTRIES = st.integers(0, 5)


@dataclass
class Model:
    """What the journal must say of one entry. `owner` is a process, or None."""

    state: State = State.INTENDED
    owner: int | None = None
    charged: Charged = Charged.NO
    attempts: int = 0
    doubts: int = 0
    allowed: int = 1
    """How many sends the steps so far permit: one, and one for each that gave leave for another."""

    @property
    def shown(self) -> Charged:
        return Charged.UNKNOWN if self.charged is Charged.NO and self.doubts else self.charged


class JournalMachine(RuleBasedStateMachine):
    @initialize()
    def begin(self) -> None:
        self.folder = tempfile.TemporaryDirectory()
        self.clock = Ticks()
        self.observer = self.open()
        self.alive: dict[int, SqliteJournal] = {}
        self.tokens: dict[str, int] = {}
        self.dead: set[int] = set()
        self.run_id = self.observer.start_run("fp", command="edit", entries=new_entries(3)).id
        self.ids = [entry.id for entry in self.observer.entries(newest_first=False)]
        self.models = {name: Model() for name in self.ids}

    def open(self) -> SqliteJournal:
        return open_journal(Path(self.folder.name) / "journal.db", now=self.clock)

    def process(self, slot: int) -> SqliteJournal:
        """The journal of a process, started when needed; starting sweeps what the dead left."""
        if slot not in self.alive:
            self.alive[slot] = self.open()
            self.sweep_model()
        return self.alive[slot]

    def at(self, place: int) -> str:
        return self.ids[place % len(self.ids)]

    def sweep_model(self) -> int:
        owned = [model for model in self.models.values() if model.owner in self.dead]
        for model in owned:
            self.let_go(model)
        self.dead.clear()
        return len(owned)

    def let_go(self, model: Model) -> None:
        model.owner = None
        if model.state is State.SENT:
            model.state, model.charged = State.IN_DOUBT, Charged.UNKNOWN

    def step(
        self,
        slot: int,
        place: int,
        *,
        of: set[State],
        call: Callable[[SqliteJournal, str], object],
        orphaned: bool = False,
    ) -> Model | None:
        """Does it when the model lets it, and expects `LostClaim` when not."""
        journal, name = self.process(slot), self.at(place)
        model = self.models[name]
        late = orphaned and model.owner is None and model.state in of - {State.INTENDED}
        if (model.owner == slot or late) and model.state in of:
            call(journal, name)
            model.owner = slot
            return model
        with pytest.raises(LostClaim):
            call(journal, name)
        return None

    @rule(slot=PROCESSES, states=st.sets(st.sampled_from(list(State)), min_size=1))
    def claim_next(self, slot: int, states: set[State]) -> None:
        entry = self.process(slot).claim_next(self.run_id, states=states)
        free = [n for n in self.ids if self.models[n].owner is None and self.models[n].state in states]
        assert (entry.id if entry else None) == (free[0] if free else None)
        if entry is not None:
            self.models[entry.id].owner = slot

    @rule(slot=PROCESSES, place=ENTRIES)
    def claim(self, slot: int, place: int) -> None:
        entry, model = self.process(slot).claim(self.at(place)), self.models[self.at(place)]
        todo = model.state in (State.INTENDED, State.ACCEPTED, State.ANSWERED)
        assert (entry is not None) == (todo and model.owner is None)
        if entry is not None:
            model.owner = slot

    @rule(slot=PROCESSES, place=ENTRIES)
    def release(self, slot: int, place: int) -> None:
        of = {State.INTENDED, State.ACCEPTED, State.ANSWERED}
        if model := self.step(slot, place, of=of, call=lambda j, name: j.release(name)):
            model.owner = None

    @rule(slot=PROCESSES, place=ENTRIES)
    def send(self, slot: int, place: int) -> None:
        if model := self.step(slot, place, of={State.INTENDED}, call=lambda j, name: j.sent(name)):
            model.state, model.charged = State.SENT, Charged.UNKNOWN
            model.attempts += 1
            assert model.attempts <= model.allowed

    @rule(slot=PROCESSES, place=ENTRIES, doubtful=st.booleans())
    def unsend(self, slot: int, place: int, doubtful: bool) -> None:
        call = lambda j, name: j.unsent(name, doubtful=doubtful)  # noqa: E731 - one line for one step
        if model := self.step(slot, place, of={State.SENT}, call=call):
            model.state, model.charged = State.INTENDED, Charged.NO
            model.doubts += doubtful
            model.allowed += 1

    @rule(slot=PROCESSES, place=ENTRIES)
    def accept(self, slot: int, place: int) -> None:
        of = {State.INTENDED, State.SENT, State.ACCEPTED, State.ANSWERED, State.IN_DOUBT}
        call = lambda j, name: j.accepted(name, job_set_id="job")  # noqa: E731 - one line for one step
        if model := self.step(slot, place, of=of, call=call, orphaned=True):
            model.state, model.charged = State.ACCEPTED, Charged.YES

    @rule(slot=PROCESSES, place=ENTRIES)
    def answer(self, slot: int, place: int) -> None:
        of = {State.SENT, State.ACCEPTED, State.ANSWERED, State.IN_DOUBT}
        call = lambda j, name: j.answered(name, links=["https://x.example"])  # noqa: E731 - one line for one step
        if model := self.step(slot, place, of=of, call=call, orphaned=True):
            model.state, model.charged = State.ANSWERED, Charged.YES

    @rule(slot=PROCESSES, place=ENTRIES)
    def keep(self, slot: int, place: int) -> None:
        of = {State.SENT, State.ACCEPTED, State.ANSWERED, State.IN_DOUBT}
        if model := self.step(slot, place, of=of, call=save, orphaned=True):
            model.state, model.charged, model.owner = State.SAVED, Charged.YES, None

    @rule(slot=PROCESSES, place=ENTRIES)
    def fail(self, slot: int, place: int) -> None:
        of = {State.INTENDED, State.SENT, State.ACCEPTED}
        if model := self.step(slot, place, of=of, call=lambda j, name: j.failed(name, failure=REJECTED)):
            model.state, model.charged, model.owner = State.FAILED, Charged.NO, None

    @rule(slot=PROCESSES, place=ENTRIES)
    def doubt(self, slot: int, place: int) -> None:
        if model := self.step(
            slot, place, of={State.SENT}, call=lambda j, name: j.in_doubt(name, failure=DOUBT)
        ):
            model.state, model.owner = State.IN_DOUBT, None

    @rule(slot=PROCESSES, place=ENTRIES)
    def put_off(self, slot: int, place: int) -> None:
        of = {State.ACCEPTED, State.ANSWERED}
        if model := self.step(slot, place, of=of, call=lambda j, name: j.unsaved(name, failure=UNSAVED)):
            model.owner = None

    @rule(slot=PROCESSES, doubtful=st.booleans())
    def reopen(self, slot: int, doubtful: bool) -> None:
        states = {State.FAILED, State.IN_DOUBT} if doubtful else {State.FAILED}
        count = self.process(slot).reopen(self.run_id, doubtful=doubtful)
        again = [model for model in self.models.values() if model.state in states and model.owner is None]
        assert count == len(again)
        for model in again:
            model.doubts += model.charged is not Charged.NO
            model.state, model.charged = State.INTENDED, Charged.NO
            model.allowed = model.attempts + 1

    @precondition(lambda self: len(self.ids) < 6)
    @rule(slot=PROCESSES)
    def add(self, slot: int) -> None:
        name = self.process(slot).add(self.run_id, new=new_entry()).id
        self.ids.append(name)
        self.models[name] = Model()

    @rule(slot=PROCESSES)
    def crash(self, slot: int) -> None:
        if slot in self.alive:
            crash(self.alive.pop(slot))
            taken = [name for name in self.ids if self.models[name].owner == slot]
            corpse = -1 - len(self.tokens) - len(self.dead) - slot * 1000
            for name in taken:
                self.models[name].owner = corpse
            self.dead.add(corpse)

    @rule(slot=PROCESSES)
    def leave(self, slot: int) -> None:
        if slot in self.alive:
            self.alive.pop(slot).close()
            for model in self.models.values():
                if model.owner == slot:
                    self.let_go(model)

    @rule(slot=PROCESSES)
    def sweep(self, slot: int) -> None:
        if slot in self.alive:
            released = self.alive[slot].release_dead()
            assert released == self.sweep_model()

    @invariant()
    def the_journal_says_what_the_model_says(self) -> None:
        if not hasattr(self, "ids"):
            return
        found = {entry.id: entry for entry in self.observer.entries()}
        assert set(found) == set(self.ids)
        for name, model in self.models.items():
            entry = found[name]
            assert (entry.state, entry.attempts, entry.charged) == (model.state, model.attempts, model.shown)
            assert (entry.owner is None) == (model.owner is None)
            if model.owner in self.alive:
                assert entry.owner == self.alive[model.owner]._owner.token
        spent = sum(model.doubts + (model.charged is not Charged.NO) for model in self.models.values())
        assert self.observer.spend(self.run_id) == spent

    def teardown(self) -> None:
        if hasattr(self, "folder"):
            for journal in (*self.alive.values(), self.observer):
                journal.close()
            self.folder.cleanup()


JournalMachine.TestCase.settings = settings(
    max_examples=25,
    stateful_step_count=35,
    deadline=None,
    suppress_health_check=[HealthCheck.too_slow, HealthCheck.filter_too_much],
)
TestJournalMachine = JournalMachine.TestCase
