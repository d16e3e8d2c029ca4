"""What is done to a result, when asked, between its download and its place: strip, fit, embed.

The picture is paid for, so a step that can't be done leaves it as it came and says so.
"""

from __future__ import annotations

import os
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import TYPE_CHECKING, BinaryIO, NamedTuple

from seedcli import __version__, files
from seedcli.errors import BadInput
from seedcli.records import Entry

if TYPE_CHECKING:
    from seedcli.pictures.fit import Fit
    from seedcli.pictures.origin import Origin

Step = Callable[[Path, BinaryIO], str | None]
"""Writes its first argument's picture, changed, to the second; gives back a line for people."""


class Finish(NamedTuple):
    """What the user asked of results; by default nothing: bytes are saved as they came."""

    fit: Fit | None = None
    embed: bool = False
    strip: bool = False


def finish(entry: Entry, staged: files.Staged, *, wanted: Finish, spool: Path) -> tuple[str, ...]:
    """Changes the staged picture as `wanted`; gives back a line for each change and each failure."""
    if wanted == Finish():
        return ()
    return tuple(line for name, step in _steps(entry, wanted) if (line := _take(name, step, staged, spool)))


def _steps(entry: Entry, wanted: Finish) -> Iterator[tuple[str, Step]]:
    from seedcli.pictures.metadata import embed, strip  # here, as fit below: most results are left alone

    if wanted.strip:
        yield "--strip", strip
    if wanted.fit is not None:
        yield f"--fit {wanted.fit.value}", _fitting(entry, wanted.fit)
    if wanted.embed:
        origin = origin_of(entry)
        yield "--embed", lambda source, target: embed(source, target, origin=origin)


def origin_of(entry: Entry) -> Origin:
    """What a result says of itself."""
    from seedcli.pictures.origin import Origin

    return Origin(
        prompt=entry.prompt,
        request=dict(entry.parameters),
        input_sha256=entry.input_sha256,
        created_at=entry.created_at,
        program=f"seedcli {__version__}",
        entry_id=entry.id,
        input_name=entry.source.path.name if entry.source.path else None,
    )


def _fitting(entry: Entry, how: Fit) -> Step:
    from seedcli.pictures.fit import fit
    from seedcli.pictures.prepare import padding_in

    def step(source: Path, target: BinaryIO) -> str | None:
        if entry.input_width is None or entry.input_height is None:
            raise ValueError("the input's size is not known: it was given as a link")
        size = (entry.input_width, entry.input_height)
        return fit(source, target, how=how, size=size, padded=padding_in(entry.prepared)).change

    return step


def _take(name: str, step: Step, staged: files.Staged, spool: Path) -> str | None:
    import shutil

    staged.file.flush()
    try:
        with files.stage(spool) as made:
            change = step(staged.path, made.file)
            made.file.seek(0)
            staged.file.seek(0)
            shutil.copyfileobj(made.file, staged.file, 1 << 18)
            staged.file.truncate()
            os.fsync(staged.file.fileno())
    except (BadInput, ValueError) as fault:
        return f"{name} left the result as it came: {fault}"
    return change
