"""Makes docs/images/edit.svg and help.svg: what a terminal shows, recorded from the real program.

`python docs/terminal_pictures.py` runs each on a pseudo-terminal and draws what stands there in the end.
"""

from __future__ import annotations

import os
import pty
import re
import shutil
import struct
import subprocess
import sys
import tempfile
from fcntl import ioctl
from io import StringIO
from pathlib import Path
from termios import TIOCSWINSZ

from rich.console import Console
from rich.terminal_theme import MONOKAI
from rich.text import Text

ROOT = Path(__file__).parent.parent
EDIT = ("edit", "cat.jpg", "make it black and white", "--sandbox")
COLUMNS = 84


def main() -> None:
    with tempfile.TemporaryDirectory() as name:
        folder = Path(name)
        shutil.copy(ROOT / "examples" / "cat.jpg", folder)
        for name, arguments in (("edit", EDIT), ("help", ("--help",))):
            _draw(name, arguments, _screen(arguments, folder=folder))


def _screen(arguments: tuple[str, ...], *, folder: Path) -> str:
    """What the program writes to a terminal."""
    ours, theirs = pty.openpty()
    ioctl(theirs, TIOCSWINSZ, struct.pack("HHHH", 40, COLUMNS, 0, 0))
    kept = {name: os.environ[name] for name in ("PATH", "LANG") if name in os.environ}
    home = {"HOME": str(folder / "home"), "TERM": "xterm-256color", "PYTHONPATH": str(ROOT)}
    command = [sys.executable, "-m", "seedcli", *arguments]
    with subprocess.Popen(
        command, cwd=folder, env={**kept, **home}, stdin=theirs, stdout=theirs, stderr=theirs
    ) as running:
        os.close(theirs)
        written = b""
        while piece := _read(ours):
            written += piece
    os.close(ours)
    if running.returncode:
        raise SystemExit(written.decode())
    return written.decode()


def _read(terminal: int) -> bytes:
    try:
        return os.read(terminal, 65536)
    except OSError:  # Linux says so when the other side is closed
        return b""


def _draw(name: str, arguments: tuple[str, ...], written: str) -> None:
    console = Console(
        record=True, width=COLUMNS, file=StringIO(), force_terminal=True, color_system="truecolor"
    )
    words = " ".join(f'"{word}"' if " " in word else word for word in arguments)
    console.print(Text.assemble(("$ ", "bold green"), f"seedcli {words}"))
    for line in _left_standing(written):
        console.print(Text.from_ansi(line))
    svg = console.export_svg(title="seedcli", theme=MONOKAI, unique_id=f"seedcli-{name}")
    svg = re.sub(r"@font-face \{.*?\}\s*", "", svg, flags=re.DOTALL)  # fonts that would come from the network
    (ROOT / "docs" / "images" / f"{name}.svg").write_text(svg, encoding="utf-8")


def _left_standing(written: str) -> list[str]:
    """The lines as they are in the end: what was drawn before a line was wiped is gone."""
    lines = [re.split(r"\r|\x1b\[2K", line.rstrip("\r"))[-1] for line in _shown(written).split("\n")]
    return lines[: next((n for n, line in reversed(list(enumerate(lines, 1))) if line.strip()), 0)]


def _shown(written: str) -> str:
    """Without what hides and shows the cursor."""
    return re.sub(r"\x1b\[\?25[hl]", "", written)


if __name__ == "__main__":
    main()
