"""What a person or a script sees: results on standard output, everything else on standard error."""

from __future__ import annotations

import os
import sys
from collections import Counter
from collections.abc import Callable, Iterator
from dataclasses import dataclass, field
from typing import Protocol, TextIO

from seedcli.cli.annotations import annotation
from seedcli.cli.border import silence
from seedcli.cli.page import wants_colour
from seedcli.cli.result_json import dump, result_object, shown_output
from seedcli.errors import ExitCode, InDoubt, SeedError, most_serious
from seedcli.records import Event, Failure, Outcome, Source, SourceKind, Stage, Status
from seedcli.text import clean

_WELL = frozenset({Status.SAVED.value, Status.SKIPPED.value})


class Display(Protocol):
    """Something that moves while work is under way."""

    @property
    def tells_each(self) -> bool:
        """Whether each saved image has its line on standard error."""
        ...

    def event(self, event: Event) -> None: ...

    def ended(self, outcome: Outcome) -> None: ...

    def above(self, text: str) -> None: ...

    def hide(self) -> None: ...

    def show(self) -> None: ...

    def close(self) -> None: ...


@dataclass(slots=True)
class Reporter:
    """Tells of outcomes as they come, and remembers what the exit code needs.

    A standard output that is closed or full ends nothing: the result is on disk, and the
    first such fault is said once on standard error.

    `moves`: standard error is a terminal on which things may move; `one_terminal`: standard output is
    on the same one. Found once: each look is a system call, at which other threads get their turn.
    """

    json: bool = False
    quiet: bool = False
    verbose: bool = False
    colour: bool = False
    moves: bool = False
    one_terminal: bool = False
    display: Display | None = None
    afterwards: list[Callable[[Outcome], None]] = field(default_factory=list)
    tally: Counter[str] = field(default_factory=Counter)
    codes: set[ExitCode] = field(default_factory=set)
    hints_said: set[str] = field(default_factory=set)
    output_lost: bool = False

    def event(self, event: Event) -> None:
        if self.display is not None:
            self.display.event(event)
        begins = event.done is None or event.stage is Stage.EDITING
        if self.verbose and not self.quiet and not self.moves and begins:
            self.say(
                f"{clean(event.name)}: {event.stage.value}{f' ({clean(event.note)})' if event.note else ''}"
            )

    def ended(self, outcome: Outcome) -> None:
        """One image has ended: prints its line, or its object."""
        self.tally[_kind(outcome)] += 1
        self.codes.add(outcome.exit_code)
        if self.display is not None:
            self.display.ended(outcome)
        if self.json:
            self.put(dump(result_object(outcome)))
        elif outcome.status is Status.SAVED and outcome.entry.output_path != "-" and not self._shows_all:
            self.put(os.fsencode(shown_output(outcome.entry) or "").decode("utf-8", "surrogateescape"))
        self._tell(outcome)
        for warning in outcome.warnings:
            self.warn(warning)
        self._follow_up(outcome)

    def refused(self, source: Source, error: SeedError) -> None:
        """A picture that is not in the journal, and won't be sent."""
        self.codes.add(error.exit_code)
        self._complain("failed", source, Failure.of(error))

    def put(self, line: str) -> None:
        """A line of standard output; on a terminal where something moves, above what moves."""
        if self.display is not None and self.moves and self.one_terminal:
            self.display.above(line)
            return
        if self.output_lost or sys.stdout is None:
            return
        try:
            sys.stdout.buffer.write(line.encode("utf-8", "surrogateescape") + b"\n")
            sys.stdout.buffer.flush()
        except (OSError, ValueError) as fault:
            self.output_lost = True
            silence(sys.stdout)
            if not isinstance(fault, BrokenPipeError):
                reason = getattr(fault, "strerror", None) or "it is closed"
                self.warn(f"standard output failed ({reason}); results are saved all the same")

    def say(self, text: str) -> None:
        """A line of standard error."""
        if self.display is not None:
            self.display.above(text)
            return
        try:
            sys.stderr.write(text + "\n")
            sys.stderr.flush()
        except (OSError, ValueError):
            silence(sys.stderr)

    def warn(self, text: str) -> None:
        self.say(f"{self._paint('warning', '33')}: {text}")

    def summarize(self, *, total: int, run_id: str, hint: str | None = None) -> None:
        """How a run of several ended, and how to go on."""
        if total < 2 or (self.quiet and not self.codes - {ExitCode.OK}):
            return
        saved, earlier = self.tally[Status.SAVED.value], self.tally[Status.SKIPPED.value]
        of_them = f" ({earlier} of them earlier)" if saved else " earlier"
        counts = [f"{saved + earlier} saved" + (of_them if earlier else "")]
        others = ((name, count) for name, count in self.tally.most_common() if name not in _WELL)
        counts += [f"{count} {name.replace('_', ' ')}" for name, count in others]
        left = total - sum(self.tally.values())
        counts += [f"{left} not sent"] if left > 0 else []
        self.say(f"run {run_id}: {', '.join(counts)} of {total}")
        for way in self._ways_on(run_id, left=left, again=hint):
            self.say(f"  {way}")

    def _ways_on(self, run_id: str, *, left: int, again: str | None) -> Iterator[str]:
        if self.tally[InDoubt.code]:
            yield (
                "In doubt may have been billed, and is not sent again on its own:"
                " seedcli history list --state in_doubt"
            )
        if ExitCode.UNSAVED in self.codes:
            yield f"What is paid for and not saved yet: 'seedcli resume {run_id}' finishes it at no charge."
        failed = self.codes - {ExitCode.OK, ExitCode.IN_DOUBT, ExitCode.UNSAVED}
        if again is not None and (left > 0 or failed):
            yield again

    @property
    def exit_code(self) -> ExitCode:
        return most_serious(list(self.codes))

    @property
    def _shows_all(self) -> bool:
        """Whether a person sees both streams, so that `saved …` is enough: the path is in it."""
        return not self.json and not self.quiet and self.one_terminal

    def _follow_up(self, outcome: Outcome) -> None:
        """What a step shows on a terminal would be drawn over by what moves there."""
        if self.afterwards and self.display is not None:
            self.display.hide()
        for step in self.afterwards:
            step(outcome)
        if self.afterwards and self.display is not None:
            self.display.show()

    def _tell(self, outcome: Outcome) -> None:
        name, failure = clean(outcome.entry.source.title), outcome.failure
        if failure is not None:
            word = "pending" if outcome.status is Status.PENDING else "failed"
            self._complain(word, outcome.entry.source, failure)
        elif self.quiet or (self.json and self.one_terminal):
            return
        elif outcome.status is Status.PENDING:
            self.say(f"accepted: {name}: follow it with: seedcli poll {outcome.entry.job_set_id}")
        elif outcome.status is Status.SAVED:
            for change in outcome.entry.prepared:
                self.say(f"prepared: {name}: {change}")
            if self.verbose or self.display is None or self.display.tells_each:
                for change in outcome.finished:
                    self.say(f"finished: {name}: {change}")
                self.say(f"{self._paint('saved', '32')} {_facts(outcome)}")

    def _complain(self, word: str, source: Source, failure: Failure) -> None:
        """What went wrong with a picture, what to do about it unless that was said, and CI's own note."""
        self.say(f"{self._paint(word, '31')}: {_named(source, failure)}")
        if failure.hint and failure.hint not in self.hints_said:
            self.hints_said.add(failure.hint)
            self.say(f"  {failure.hint}")
        line = annotation(
            _named(source, failure),
            environ=os.environ,
            hint=failure.hint,
            path=str(source.path) if source.kind is SourceKind.FILE else None,
            level="warning" if word == "pending" else "error",
        )
        if line is not None:
            self.say(line)

    def _paint(self, text: str, style: str) -> str:
        return f"\x1b[{style}m{text}\x1b[0m" if self.colour else text


def can_move(stream: TextIO | None) -> bool:
    return stream is not None and stream.isatty() and os.environ.get("TERM") != "dumb"


def share_terminal() -> bool:
    """Whether standard output and standard error are the same terminal."""
    try:
        return sys.stdout.isatty() and sys.stderr.isatty() and os.path.sameopenfile(1, 2)
    except (AttributeError, OSError, ValueError):  # closed, or taken away
        return False


def decide_colour(choice: str, stream: TextIO) -> bool:
    return choice == "always" or (choice == "auto" and wants_colour(stream))


def _named(source: Source, failure: Failure) -> str:
    """The failure of a picture, which many a message calls by its name or path already."""
    name, message = clean(source.title), failure.message
    for called in (name, clean(str(source.path))):
        message = message.removeprefix(f"{called}: ")
    return f"{name}: {message}"


def _kind(outcome: Outcome) -> str:
    return outcome.failure.code if outcome.failure else outcome.status.value


def _facts(outcome: Outcome) -> str:
    entry = outcome.entry
    place = "to standard output" if entry.output_path == "-" else clean(shown_output(entry) or "", limit=1000)
    size = f"{entry.output_width}x{entry.output_height}"
    seed = f", seed {entry.parameters['seed']}" if entry.parameters.get("seed") is not None else ""
    return f"{place} ({size}, {_bytes(entry.output_bytes or 0)}, {entry.elapsed_s or 0:.1f} s{seed})"


def _bytes(count: int) -> str:
    return f"{count / 1e6:.1f} MB" if count >= 1_000_000 else f"{max(1, round(count / 1e3))} KB"
