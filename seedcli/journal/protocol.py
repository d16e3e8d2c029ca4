"""What the rest of the program asks of a journal, whatever keeps it."""

from __future__ import annotations

from collections.abc import Callable, Collection, Iterable, Iterator, Sequence
from pathlib import Path
from types import TracebackType
from typing import NamedTuple, Protocol, Self, TypeVar

from seedcli.errors import Charged, NoJournal
from seedcli.records import Entry, Failure, JsonObject, OutputPlan, Run, Source, State

T = TypeVar("T")


class LostClaim(NoJournal):
    """An entry is not as this process left it: another has it now, or it is gone.

    Raised before anything is written, so whoever gets it from `sent` must not send.
    """


class NewEntry(NamedTuple):
    """An edit to be noted as intended; `parameters` is what goes on the wire."""

    source: Source
    prompt: str
    parameters: JsonObject
    output: OutputPlan
    variation: int = 1
    gateway: str = ""
    input_size: int | None = None
    input_mtime_ns: int | None = None


class Journal(Protocol):
    """Every method is one durable step: when it returns, the step outlives a power cut.

    Any of them raises `NoJournal` when the journal can't be read or written; what it says
    about the bill holds only before `sent`, so later callers translate it. A method that
    takes an entry's ID and changes the entry wants it claimed by this process and in a
    fitting state, else it raises `LostClaim` and changes nothing.
    """

    def start_run(self, fingerprint: str, *, command: str, entries: Iterable[NewEntry]) -> Run:
        """A new run with these entries, in their order; they are read one at a time.

        When an unfinished run with this fingerprint is there already, as when two processes
        are started together, that one is returned and nothing is added.
        """
        ...

    def add(self, run_id: str, *, new: NewEntry) -> Entry:
        """One more entry at the end of a run."""
        ...

    def add_unless_grown(self, run_id: str, *, new: NewEntry, last: int) -> Entry | None:
        """`add`; None, and nothing is added, where the run has entries behind the place `last`."""
        ...

    def unfinished_run(self, fingerprint: str) -> Run | None:
        """The newest run with this fingerprint that has an entry which is not saved."""
        ...

    def unfinished_runs(self, beginning: str) -> list[Run]:
        """Those whose fingerprint begins so and that have an entry which is not saved, newest first."""
        ...

    def extend_run(self, run: Run, fingerprint: str, *, entries: Iterable[NewEntry]) -> Run | None:
        """The run with more entries at its end, and known by another fingerprint from now on.

        None, and nothing is changed, when another process has done so since `run` was read.
        """
        ...

    def reopen(self, run_id: str, *, doubtful: bool = False) -> int:
        """Make the run's failed entries intended again, with `doubtful` also those in doubt.

        Attempts are kept, and so is what earlier ones may have cost. Returns how many.
        """
        ...

    def claim_next(self, run_id: str, *, states: Collection[State]) -> Entry | None:
        """Claim the first unclaimed entry of the run in one of these states."""
        ...

    def claim(self, entry_id: str) -> Entry | None:
        """Claim this entry; None when it is claimed, here or elsewhere, or has nothing left to do."""
        ...

    def release(self, entry_id: str) -> None:
        """Let go of a claim, leaving the entry as it is. One that was sent can't be let go."""
        ...

    def release_dead(self) -> int:
        """Release what dead processes had claimed; what they had sent is now in doubt."""
        ...

    def others_at_work(self, run_id: str) -> int:
        """How many entries of the run other living processes have claimed."""
        ...

    def doubtful(self, request_key: str, *, besides_run: str | None = None) -> Entry | None:
        """The newest entry with this key that is in doubt, or in flight in another process.

        Entries of `besides_run` don't count: those were asked for together, on purpose.
        """
        ...

    def prepared(
        self,
        entry_id: str,
        *,
        input_sha256: str | None,
        image_sha256: str | None,
        request_key: str,
        input_width: int | None = None,
        input_height: int | None = None,
        prepared: Collection[str] = (),
        parent_id: str | None = None,
        parameters: JsonObject | None = None,
    ) -> Entry:
        """Note what is about to be sent. `parameters`, where given, replace those intended."""
        ...

    def sent(self, entry_id: str) -> Entry:
        """Note that the request goes out now, and count the attempt. Call it before the first byte."""
        ...

    def unsent(self, entry_id: str, *, doubtful: bool = False) -> Entry:
        """The attempt certainly was not processed: intended again, and still claimed.

        With `doubtful` it may have been, and the user wants it repeated all the same.
        """
        ...

    def accepted(self, entry_id: str, *, job_set_id: str, usage: JsonObject | None = None) -> Entry: ...

    def answered(
        self,
        entry_id: str,
        *,
        links: Collection[str] = (),
        answer_path: Path | None = None,
        usage: JsonObject | None = None,
    ) -> Entry: ...

    def saved(
        self,
        entry_id: str,
        *,
        output_path: Path | None,
        output_sha256: str | None,
        output_bytes: int | None,
        output_format: str | None = None,
        output_width: int | None = None,
        output_height: int | None = None,
        elapsed_s: float | None = None,
    ) -> Entry:
        """The result is in its place, or was written to standard output (`output_path` None)."""
        ...

    def redirected(self, entry_id: str, *, output: OutputPlan) -> Entry:
        """What is paid for and not saved yet is to go to another place than was planned."""
        ...

    def failed(self, entry_id: str, *, failure: Failure, charged: Charged = Charged.NO) -> Entry: ...

    def in_doubt(self, entry_id: str, *, failure: Failure, answer_text: str | None = None) -> Entry: ...

    def unsaved(self, entry_id: str, *, failure: Failure) -> Entry:
        """Not saved this time: stays accepted or answered, with the reason, free to be claimed."""
        ...

    def entries(
        self,
        *,
        run_id: str | None = None,
        after: int = 0,
        states: Collection[State] | None = None,
        since: float | None = None,
        until: float | None = None,
        input: str | None = None,
        limit: int | None = None,
        newest_first: bool = True,
    ) -> Iterator[Entry]:
        """Entries by when they were intended, those behind the place `after` in their run; `input` is a
        part of the path, link or word given.
        """
        ...

    def entry(self, prefix: str) -> Entry:
        """The one entry whose ID begins so (at least four characters), else `UsageError`."""
        ...

    def by_job(self, job_set_id: str) -> Entry | None: ...

    def by_output_sha256(self, sha256: str) -> Entry | None: ...

    def run(self, prefix: str) -> Run:
        """The one run whose ID begins so (at least four characters), else `UsageError`."""
        ...

    def runs(self, *, limit: int | None = None) -> list[Run]:
        """Newest first, each with its counts."""
        ...

    def spend(self, run_id: str) -> int:
        """How many images the run's attempts were charged for, or may have been."""
        ...

    def is_output(self, path: Path) -> bool:
        """Whether a result was saved at this absolute path."""
        ...

    def made_from(self, path: Path) -> Source | None:
        """The input of the newest edit whose result was saved at this absolute path."""
        ...

    def forget(self, *, entry_ids: Collection[str] = (), older_than_s: float | None = None) -> int:
        """Remove entries, and the answers kept for them. Returns how many.

        By age only what is over: never what was paid for and is not saved, nor what is in
        doubt; those must be named. What a living process has claimed stays in any case.
        """
        ...

    def together(self, calls: Sequence[Callable[[], T]]) -> list[T | BaseException]:
        """Carry out calls of these methods in one step; each gives its result or what it raised.

        One that raises has changed nothing and does not touch the others. A call may be carried
        out twice, the first time without effect.
        """
        ...

    def apart(self, calls: Sequence[Callable[[], T]]) -> list[T | BaseException]:
        """The same, each in steps of its own, and once."""
        ...

    def close(self) -> None:
        """Let go of what is still claimed, as of a process that ended. Never raises."""
        ...

    def __enter__(self) -> Self: ...

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None: ...
