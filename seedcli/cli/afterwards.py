"""What may follow on a saved result: a sidecar, a preview, the system's viewer."""

from __future__ import annotations

import os
import sys
from collections.abc import Callable, Iterator
from pathlib import Path

from seedcli.cli.result_json import dump, result_object
from seedcli.cli.session import Session
from seedcli.records import Outcome, Status

After = Callable[[Outcome], None]


def steps(session: Session) -> Iterator[After]:
    """What the settings ask for, in their order. A step that fails is a warning: the result is saved."""
    wanted = {"sidecar": write_sidecar, "preview": show_preview, "open": open_viewer}
    for name, step in wanted.items():
        if session.settings.flag(name):
            yield _forgiving(session, name, step)


def write_sidecar(outcome: Outcome) -> None:
    """`cat-edited.jpg.json` beside the result, replaced when the result was."""
    from seedcli.files import write_atomic

    path = Path(outcome.entry.output_path or "")
    umask = os.umask(0)
    os.umask(umask)
    write_atomic(
        path.with_name(path.name + ".json"),
        dump(result_object(outcome)).encode() + b"\n",
        mode=0o666 & ~umask,
    )


def show_preview(outcome: Outcome) -> None:
    show_pair(outcome.entry.source.path, Path(outcome.entry.output_path or ""))


def show_pair(before: Path | None, after: Path) -> bool:
    """Before and after on standard output; False where that is no terminal that could show them."""
    import shutil

    from seedcli.pictures.view import screen_of, show

    size = shutil.get_terminal_size()
    screen = screen_of(sys.stdout, environ=os.environ, columns=size.columns, rows=size.lines)
    if screen is None:
        return False
    show(before, after, screen=screen, write=sys.stdout.write, draw=_draw)
    sys.stdout.flush()
    return True


def open_viewer(outcome: Outcome) -> None:
    from seedcli.pictures.view import open_with_viewer

    if not open_with_viewer(Path(outcome.entry.output_path or ""), environ=os.environ):
        raise OSError("there is no program to open pictures with")


def _draw(renderable: object) -> None:
    from rich.console import Console

    Console().print(renderable)


def _forgiving(session: Session, name: str, step: After) -> After:
    def take(outcome: Outcome) -> None:
        if outcome.status is not Status.SAVED or outcome.entry.output_path in (None, "-"):
            return
        try:
            step(outcome)
        except (OSError, ValueError) as fault:
            session.reporter.warn(f"--{name}: {fault}")

    return take
