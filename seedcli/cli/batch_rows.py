"""From a manifest's rows to requests: what a row leaves open comes from the command line."""

from __future__ import annotations

import hashlib
import json
import os
from collections.abc import Iterator
from dataclasses import dataclass, field
from pathlib import Path
from typing import TYPE_CHECKING, Any

from seedcli import files, inputs
from seedcli.cli.request import Asked, plan_output, read_output, read_prompt
from seedcli.errors import BadInput, BadOutput, UsageError
from seedcli.gateway.models import check
from seedcli.manifest import BadRow, Row
from seedcli.pictures.probe import probe
from seedcli.records import Entry, JsonObject, OutputPlan, Parameters, Placement, Source, SourceKind
from seedcli.settings import Settings
from seedcli.text import clean

if TYPE_CHECKING:
    from seedcli.journal import NewEntry

_PARAMETERS = Parameters._fields


@dataclass(frozen=True, slots=True)
class Planned:
    """A row that can be sent, but for what an earlier command may have done with it already.

    `taken`: where its own output lies, which is not to be replaced. `lost`: its picture is gone.
    """

    line: int
    source: Source
    asked: Asked
    taken: str | None = None
    lost: bool = False

    @property
    def fault(self) -> BadRow | None:
        """What is wrong with a row that nothing has been done with."""
        if self.lost:
            name = clean(self.source.text)
            return BadRow(self.line, f"{name}: no such file", "A row names one picture.")
        if self.taken is not None:
            return BadRow(self.line, f"output {self.taken} exists", "--force, or force, replaces it.")
        return None

    def entries(self, *, gateway: str) -> Iterator[NewEntry]:
        """An entry for each of the row's results."""
        from seedcli.cli.runs import entries

        return entries([self.source], self.asked, gateway=gateway)

    def result_keys(self) -> Iterator[int]:
        """What tells the row's results from those of all other rows, in the order of `entries`."""
        loose = self.asked.count > 1 and self.asked.parameters.seed in (None, -1)
        for new in self.entries(gateway=""):
            yield _key(new, loose=loose)


def keys_of(entry: Entry) -> tuple[int, int]:
    """The keys that the row of a journal's entry may have: its seed may be of the program's choice."""
    return _key(entry, loose=False), _key(entry, loose=True)


@dataclass(slots=True)
class Planner:
    """Makes requests of rows whose relative paths start at `folder`, written as its user wrote it."""

    settings: Settings
    folder: str
    prompt: str | None = None
    defaults: dict[str, Any] = field(default_factory=dict)
    common: OutputPlan | None = None
    _outputs: dict[str, int] = field(default_factory=dict)
    _looked_at: set[tuple[object, ...]] = field(default_factory=set)

    @classmethod
    def read(cls, settings: Settings, *, folder: str) -> Planner:
        """Raises `UsageError` for what can't hold for any row."""
        defaults = {name: settings.get(name).value for name in (*_PARAMETERS, "count", "force")}
        common = read_output(settings, [])
        if common.kind is Placement.STDOUT:
            raise UsageError("a batch can't write pictures to standard output", hint="Give a folder: -o out/")
        files.check_output(common._replace(force=True))  # a file in the way is told with its row
        return cls(settings, folder, read_prompt(settings), defaults, common)

    def begin(self) -> None:
        """Forgets which outputs rows have taken: the same rows come once more."""
        self._outputs.clear()

    def plan(self, row: Row) -> Planned:
        """Raises `UsageError`, `BadInput` or `BadOutput` for a row that can't be sent."""
        found = {**self.defaults, **row.values}
        prompt = found.get("prompt", self.prompt)
        if prompt is None:
            raise UsageError("no prompt", hint="Give the row one, or -p for all rows that have none.")
        source = inputs.single(row.image, folder=self.folder)
        parameters = Parameters(**{name: found[name] for name in _PARAMETERS})
        asked = Asked(
            (source.text,),
            inputs.check_prompt(prompt),
            check(parameters, unchecked=self.settings.flag("unchecked")),
            self._output(row, force=bool(found["force"])),
            recursive=False,
            count=int(found["count"]),
        )
        lost = source.path is not None and not os.path.lexists(source.path)
        if source.path is not None and not lost:
            _check_picture(source.path, shown=clean(source.text))
        return Planned(row.line, source, asked, self._check_place(source, asked, line=row.line), lost)

    def _output(self, row: Row, *, force: bool) -> OutputPlan:
        given = row.values.get("output")
        if given is None:
            return (self.common or OutputPlan(Placement.BESIDE))._replace(force=force)
        if given == "-":
            raise BadOutput("a row's output can't be standard output", hint="Name a file or a folder/.")
        plan = plan_output(given, force=force, base=self.folder)
        return plan._replace(absolute=os.path.isabs(given) or os.path.isabs(self.folder))

    def _check_place(self, source: Source, asked: Asked, *, line: int) -> str | None:
        """Looks at the place; returns it when only a file is in the way."""
        plan = asked.output
        taken = None
        if plan.kind is Placement.FILE:
            taken = self._check_file(plan, asked, line=line)
            plan = plan._replace(force=True)
        beside = source.path.parent if source.path is not None else None
        place = (plan.kind, plan.value, plan.folder, beside if plan.kind is not Placement.FILE else None)
        if place not in self._looked_at:
            files.check_output(plan, beside=beside)
            self._looked_at.add(place)
        return taken

    def _check_file(self, plan: OutputPlan, asked: Asked, *, line: int) -> str | None:
        path = plan.value or ""
        if asked.count > 1:
            raise BadOutput(
                f"output is one file, and there are {asked.count} results",
                hint="Name a folder/ or a template such as out/{stem}-{n}.jpg.",
            )
        other = self._outputs.setdefault(os.path.normcase(path), line)
        if other != line:
            raise BadOutput(
                f"output {path} is that of line {other} too", hint="Give each row one of its own."
            )
        return path if not plan.force and os.path.lexists(path) else None


def _check_picture(path: Path, *, shown: str) -> None:
    try:
        probe(path, name=shown)
    except OSError as fault:
        raise BadInput(f"{shown}: {fault.strerror}", hint="Check who may read it.") from fault


def _key(of: NewEntry | Entry, *, loose: bool) -> int:
    """Little memory: a run may be long."""
    parameters: JsonObject = {name: of.parameters[name] for name in sorted(of.parameters)}
    if loose:
        parameters.pop("seed", None)
    path, plan = of.source.path, of.output
    here = plan.folder if plan.kind is Placement.BESIDE and of.source.kind is not SourceKind.FILE else None
    what = [str(path or of.source.text), of.prompt, parameters, plan.kind, plan.value, here, of.variation]
    digest = hashlib.sha256(json.dumps([*what, loose]).encode()).digest()
    return int.from_bytes(digest[:7])
