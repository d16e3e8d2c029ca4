"""Previews are drawn where a person looks, in the way that the terminal is able to."""

from __future__ import annotations

import io
import os
import re
import select
import shutil
import subprocess
import sys
import termios
import time
from fcntl import ioctl
from pathlib import Path
from struct import pack

import pytest
from picture_files import encoded, exif, quarters, turned, write
from PIL import Image

from seedcli.errors import BadInput
from seedcli.pictures.view import Screen, half_blocks, open_with_viewer, screen_of, show

SCRIPT = """
import os, shutil, sys
from pathlib import Path
from rich.console import Console
from seedcli.pictures.view import screen_of, show
size = shutil.get_terminal_size()
screen = screen_of(sys.stdout, environ=os.environ, columns=size.columns, rows=size.lines)
if screen:
    before, after = (Path(word) for word in sys.argv[1:])
    show(before, after, screen=screen, write=sys.stdout.write, draw=Console().print)
sys.stdout.flush()
print("done")
"""


@pytest.fixture
def files(tmp_path: Path) -> list[str]:
    before = write(tmp_path / "before.jpg", encoded(turned(6), "JPEG", exif=exif(orientation=6)))
    return [str(before), str(write(tmp_path / "after.png", encoded(quarters(300, 200), "PNG")))]


class _Terminal:
    """A terminal of 80 by 24 whose answers the test decides."""

    def __init__(self, words: list[str], *, answers: dict[bytes, bytes], **environ: str) -> None:
        self._answers = answers
        self._master, slave = os.openpty()
        ioctl(slave, termios.TIOCSWINSZ, pack("HHHH", 24, 80, 800, 480))
        names = {"TERM": "xterm-256color", "COLUMNS": "80", "LINES": "24", "COLORTERM": "truecolor"}
        self._process = subprocess.Popen(
            [sys.executable, "-c", SCRIPT, *words],
            stdin=slave,
            stdout=slave,
            stderr=slave,
            env={**os.environ, **names, **environ},
        )
        os.close(slave)

    def screen(self) -> bytes:
        """All that was drawn; questions are answered on the way."""
        seen, asked, end = b"", set[bytes](), time.monotonic() + 30
        while time.monotonic() < end:
            if not select.select([self._master], [], [], 0.5)[0]:
                if self._process.poll() is not None:
                    break
                continue
            try:
                seen += os.read(self._master, 65536)
            except OSError:  # the other end is closed
                break
            for question, answer in self._answers.items():
                if question in seen and question not in asked:
                    asked.add(question)
                    os.write(self._master, answer)
        os.close(self._master)
        assert self._process.wait(timeout=10) == 0, seen
        return seen


DEVICE, KITTY = b"\x1b[c", b"a=q"
SIXEL_TERMINAL = {DEVICE: b"\x1b[?62;4;22c"}
KITTY_TERMINAL = {DEVICE: b"\x1b[?62;22c", KITTY: b"\x1b_Gi=1;OK\x1b\\"}
PLAIN_TERMINAL = {DEVICE: b"\x1b[?6c"}


def test_a_plain_terminal_gets_half_blocks(files: list[str]) -> None:
    seen = _Terminal(files, answers=PLAIN_TERMINAL).screen().decode()
    lines = [line for line in seen.splitlines() if "▀" in line]
    assert 5 < len(lines) <= 21
    assert max(line.count("▀") for line in lines) <= 80
    assert "before 96×64" in seen
    assert "after 300×200" in seen


@pytest.mark.skipif(sys.platform == "win32", reason="no pseudo terminals")
def test_a_terminal_that_speaks_sixel_gets_sixels(files: list[str]) -> None:
    pytest.importorskip("textual_image")
    seen = _Terminal(files, answers=SIXEL_TERMINAL).screen()
    assert re.search(rb"\x1bP[0-9;]*q", seen)
    assert "▀".encode() not in seen
    assert "after 300×200".encode() in seen


def test_kitty_gets_its_own_protocol(files: list[str]) -> None:
    pytest.importorskip("textual_image")
    seen = _Terminal(files, answers=KITTY_TERMINAL).screen()
    assert b"\x1b_Gi=" in seen
    assert "\U0010eeee".encode() in seen
    assert "▀".encode() not in seen


def test_a_terminal_that_never_answers_gets_half_blocks(files: list[str]) -> None:
    assert "▀".encode() in _Terminal(files, answers={}).screen()


def test_warp_is_not_asked_for_what_it_does_not_draw(files: list[str]) -> None:
    seen = _Terminal(files, answers=KITTY_TERMINAL, TERM_PROGRAM="WarpTerminal").screen()
    assert b"\x1b_G" not in seen
    assert "▀".encode() in seen


def test_without_the_library_half_blocks_remain(files: list[str], tmp_path: Path) -> None:
    write(tmp_path / "textual_image.py", b"raise ImportError('not here')")
    here = str(Path(__file__).parents[2])
    seen = _Terminal(files, answers=SIXEL_TERMINAL, PYTHONPATH=f"{tmp_path}{os.pathsep}{here}").screen()
    assert "▀".encode() in seen


def test_nothing_is_drawn_into_a_pipe(files: list[str]) -> None:
    done = subprocess.run([sys.executable, "-c", SCRIPT, *files], capture_output=True, text=True, check=True)
    assert (done.stdout, done.stderr) == ("done\n", "")


def test_tmux_shows_the_picture_in_its_colours(files: list[str], tmp_path: Path) -> None:
    if shutil.which("tmux") is None:
        pytest.skip("no tmux here")
    tmux = ["tmux", "-S", str(tmp_path / "tmux"), "-f", "/dev/null"]
    script = write(tmp_path / "show.py", SCRIPT.encode())
    ready = tmp_path / "ready"
    command = f"{sys.executable} {script} {' '.join(files)}; touch {ready}; exec cat"
    environ = {name: value for name, value in os.environ.items() if name != "COLUMNS"}
    environ |= {"COLORTERM": "truecolor", "PYTHONPATH": str(Path(__file__).parents[2])}
    subprocess.run([*tmux, "new-session", "-d", "-x", "80", "-y", "24", command], check=True, env=environ)
    try:
        end = time.monotonic() + 30
        while not ready.exists() and time.monotonic() < end:
            subprocess.run([*tmux, "wait-for", "-S", "nothing"], check=True)
            select.select([], [], [], 0.05)
        capture = [*tmux, "capture-pane", "-p", "-e"]
        seen = subprocess.run(capture, check=True, capture_output=True, text=True).stdout
    finally:
        subprocess.run([*tmux, "kill-server"], check=False)
    first = next(line for line in seen.splitlines() if "▀" in line)
    colors = {tuple(map(int, found)) for found in re.findall(r"\[38;2;(\d+);(\d+);(\d+)", first)}
    assert any(red > 200 > 90 > green for red, green, _ in colors), seen
    assert any(green > 170 > 90 > red for red, green, _ in colors), seen
    assert "before 96×64" in seen


class _Tty(io.StringIO):
    def isatty(self) -> bool:
        return True


def test_where_a_screen_is_too_small_or_dumb_there_is_none() -> None:
    assert screen_of(io.StringIO(), environ={}, columns=80, rows=24) is None
    assert screen_of(_Tty(), environ={"TERM": "dumb"}, columns=80, rows=24) is None
    assert screen_of(_Tty(), environ={}, columns=19, rows=24) is None
    assert screen_of(_Tty(), environ={}, columns=80, rows=5) is None
    found = screen_of(_Tty(), environ={"COLORTERM": "24bit"}, columns=80, rows=24)
    assert found == Screen(80, 24, truecolor=True, graphics=False)


def test_half_blocks_are_two_pixels_each_in_the_colours_that_there_are() -> None:
    image = Image.new("RGB", (2, 3), (255, 0, 0))
    image.putpixel((0, 1), (0, 0, 255))
    assert half_blocks(image, truecolor=True) == (
        "\x1b[38;2;255;0;0;48;2;0;0;255m▀\x1b[38;2;255;0;0;48;2;255;0;0m▀\x1b[0m\n"
        "\x1b[0;38;2;255;0;0m▀▀\x1b[0m\n"
    )  # fmt: skip
    assert "38;5;196;48;5;21m" in half_blocks(image, truecolor=False)


@pytest.mark.parametrize("columns", [20, 33, 80, 300])
def test_no_line_is_wider_than_the_screen(columns: int, files: list[str]) -> None:
    out: list[str] = []
    for before in (Path(files[0]), None):
        show(before, Path(files[1]), screen=Screen(columns, 12), write=out.append)
    for line in "".join(out).splitlines():
        assert line.count("▀") <= min(columns, 160)
    assert sum("▀" in line for line in "".join(out).splitlines()) <= 2 * 9


def test_what_is_no_picture_is_said(tmp_path: Path) -> None:
    with pytest.raises(BadInput, match="not a picture"):
        show(None, write(tmp_path / "a.jpg", b"text"), screen=Screen(80, 24), write=print)


def test_the_viewer_is_the_systems_or_none(tmp_path: Path) -> None:
    opener = "open" if sys.platform == "darwin" else "xdg-open"
    environ = {"PATH": str(tmp_path)}
    assert not open_with_viewer(tmp_path / "a.jpg", environ=environ)
    pipe = tmp_path / "pipe"
    os.mkfifo(pipe)
    script = write(tmp_path / opener, f'#!/bin/sh\necho "$1" > {pipe}\n'.encode())
    script.chmod(0o755)
    assert open_with_viewer(tmp_path / "a.jpg", environ=environ)
    assert pipe.read_text() == f"{tmp_path / 'a.jpg'}\n"
