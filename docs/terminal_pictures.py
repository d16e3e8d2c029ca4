"""Makes docs/images/edit.svg and progress.svg: what a terminal shows, from the real program.

`python docs/terminal_pictures.py` runs each on a pseudo-terminal and draws what stands there in the end;
of a run of many pictures, what stands there when enough of them are saved.
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

from seedcli.sandbox.config import SandboxConfig
from seedcli.sandbox.server import running

ROOT = Path(__file__).parent.parent
EDIT = ("edit", "cat.jpg", "make it black and white", "--sandbox")
PROGRESS = ("edit", "-r", "photos/", "make it golden hour", "-o", "golden/", "-j", "8")
PICTURES = 60
COLUMNS = 84


def main() -> None:
    with tempfile.TemporaryDirectory() as name:
        folder = Path(name)
        shutil.copy(ROOT / "examples" / "cat.jpg", folder)
        _draw("edit", EDIT, _screen(EDIT, folder=folder))
        _draw_progress(folder)


def _draw_progress(folder: Path) -> None:
    """A run of sixty pictures against a gateway that takes three seconds for each."""
    (folder / "photos").mkdir()
    for number in range(1, PICTURES + 1):
        shutil.copy(ROOT / "examples" / "cat.jpg", folder / "photos" / f"holiday-{number:02}.jpg")
    with running(SandboxConfig(latency_s=3, faults=("moderation:0.03:2",))) as gateway:
        variables = {
            "SEEDCLI_BASE_URL": gateway.base_url,
            "SEEDCLI_API_KEY": gateway.key,
            "SEEDCLI_PRICE_PER_IMAGE": "0.03",
            "SEEDCLI_RATE": "2.3/s",
            "SEEDCLI_YES": "true",
        }
        written = _screen(PROGRESS, folder=folder, until="22 of 60", **variables)
    _draw("progress", PROGRESS, written, last=18)


def _screen(arguments: tuple[str, ...], *, folder: Path, until: str | None = None, **variables: str) -> str:
    """What the program writes to a terminal; it is stopped where it has written `until`."""
    ours, theirs = pty.openpty()
    ioctl(theirs, TIOCSWINSZ, struct.pack("HHHH", 40, COLUMNS, 0, 0))
    kept = {name: os.environ[name] for name in ("PATH", "LANG") if name in os.environ}
    home = {"HOME": str(folder / "home"), "TERM": "xterm-256color", "PYTHONPATH": str(ROOT), **variables}
    command = [sys.executable, "-m", "seedcli", *arguments]
    with subprocess.Popen(
        command, cwd=folder, env={**kept, **home}, stdin=theirs, stdout=theirs, stderr=theirs
    ) as program:
        os.close(theirs)
        written = b""
        while piece := _read(ours):
            written += piece
            if until is not None and until.encode() in written:
                program.kill()
                break
    os.close(ours)
    if program.returncode and until is None:
        raise SystemExit(written.decode())
    return written.decode(errors="replace")


def _read(terminal: int) -> bytes:
    try:
        return os.read(terminal, 65536)
    except OSError:  # Linux says so when the other side is closed
        return b""


def _draw(name: str, arguments: tuple[str, ...], written: str, *, last: int = 0) -> None:
    console = Console(
        record=True, width=COLUMNS, file=StringIO(), force_terminal=True, color_system="truecolor"
    )
    words = " ".join(f'"{word}"' if " " in word else word for word in arguments)
    console.print(Text.assemble(("$ ", "bold green"), f"seedcli {words}"))
    for line in _left_standing(written)[-last:]:
        console.print(Text.from_ansi(line))
    console.print()  # the picture cuts its last line short
    svg = console.export_svg(title="seedcli", theme=MONOKAI, unique_id=f"seedcli-{name}")
    svg = re.sub(r"@font-face \{.*?\}\s*", "", svg, flags=re.DOTALL)  # fonts that would come from the network
    (ROOT / "docs" / "images" / f"{name}.svg").write_text(svg, encoding="utf-8")


def _left_standing(written: str) -> list[str]:
    """The lines as they are in the end: a terminal that knows as much as the program asks of one."""
    lines, row = [""], 0
    for part in re.split(r"(\x1b\[[0-9;?]*[A-Za-z]|\n|\r)", written):
        if part == "\n":
            row += 1
            lines += [""] * (row + 1 - len(lines))
        elif moved := re.fullmatch(r"\x1b\[(\d*)([AB])", part):
            row += int(moved[1] or 1) * (1 if moved[2] == "B" else -1)
            lines += [""] * (row + 1 - len(lines))
        elif part == "\x1b[J":
            del lines[row:]
            lines.append("")
        elif part in ("\x1b[K", "\x1b[2K"):
            lines[row] = ""
        elif part != "\r" and not part.startswith("\x1b[?"):
            lines[row] += part
    return lines[: next((n for n, line in reversed(list(enumerate(lines, 1))) if line.strip()), 0)]


if __name__ == "__main__":
    main()
