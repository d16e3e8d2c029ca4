"""Lines at the bottom of a terminal that are drawn again and again, below everything that stays."""

from __future__ import annotations

import functools
import os
import re
import threading
import unicodedata
from collections import deque
from collections.abc import Callable
from typing import TextIO

_STYLE = re.compile(r"\x1b\[[0-9;]*m")
_HIDE, _SHOW = "\x1b[?25l", "\x1b[?25h"
# Not \x1b[J at once: from the first row, tmux and others take it for a page to be kept in the history.
_CLEAR = "\r\x1b[K\x1b[B\x1b[J\x1b[A"
_NO_SIZE = (80, 24)

Draw = Callable[[int, int], list[str]]
"""Given columns and lines there is room for, the lines to show, none wider than the columns."""


class Screen:
    """Draws every `every_s` seconds, from a thread of its own, so that a busy program still moves.

    What is put above waits for the next drawing: however many lines come meanwhile are one write,
    and a terminal that is slow, or held by Ctrl-S, keeps nobody from working on.
    A terminal that was made narrower has folded what was drawn before: as many rows as it takes
    by now are cleared, and nothing of it is left behind. A terminal that is gone is written to no more.
    """

    def __init__(self, stream: TextIO, draw: Draw, *, every_s: float) -> None:
        self._stream = stream
        self._draw = draw
        self._every_s = every_s
        self._waiting: deque[str] = deque()
        self._frame: list[str] = []
        self._frame_size = _NO_SIZE
        self._ended = threading.Event()
        self._thread: threading.Thread | None = None
        self._gone = False

    def start(self) -> None:
        self._ended.clear()
        self._put(_HIDE)
        self._refresh()
        self._thread = threading.Thread(target=self._run, name="screen", daemon=True)
        self._thread.start()

    def stop(self) -> None:
        """Takes away what moves; what stays, all of it, is followed by the cursor."""
        if self._thread is None:
            return
        self._ended.set()
        self._thread.join()
        self._thread = None
        self._put(self._erased(self._size()) + self._taken() + _SHOW)
        self._frame = []

    def above(self, text: str) -> None:
        """A line that stays: with the next drawing, or at once where nothing moves."""
        self._waiting.append(f"{text}\n")
        if self._thread is None:
            self._put(f"\r\x1b[K{self._taken()}")

    def _run(self) -> None:
        while not self._ended.wait(self._every_s):
            self._refresh()

    def _refresh(self) -> None:
        size = self._size()
        frame, above = self._draw(size[0], max(1, size[1] - 2)), self._taken()
        if above or frame != self._frame or size != self._frame_size:
            self._put(self._erased(size) + above + "".join(f"{line}\n" for line in frame))
            self._frame, self._frame_size = frame, size

    def _taken(self) -> str:
        """What waits to be put above, taken while more may come: a deque needs no lock for that."""
        return "".join(self._waiting.popleft() for _ in range(len(self._waiting)))

    def _erased(self, size: tuple[int, int]) -> str:
        """Moves to where the drawn lines begin, and clears from there on."""
        rows = len(self._frame)
        if size[0] < self._frame_size[0]:
            rows = sum(max(1, -(-cells(line) // size[0])) for line in self._frame)
        return f"\x1b[{rows}A{_CLEAR}" if rows else "\r\x1b[K"

    def _size(self) -> tuple[int, int]:
        try:
            found = os.get_terminal_size(self._stream.fileno())
        except (OSError, ValueError):
            return _NO_SIZE
        return found.columns or _NO_SIZE[0], found.lines or _NO_SIZE[1]

    def _put(self, text: str) -> None:
        if self._gone:
            return
        try:
            self._stream.write(text)
            self._stream.flush()
        except (OSError, ValueError):
            self._gone = True


def cells(text: str) -> int:
    """How many columns `text` takes on a terminal, its styles aside."""
    plain = _STYLE.sub("", text)
    return len(plain) if plain.isascii() else sum(map(_width, plain))


def shorten(text: str, room: int) -> str:
    """`text` in at most `room` columns: what is left out is in its middle, as names differ at their ends."""
    if cells(text) <= room:
        return text
    tail = _start(text[::-1], (room - 1) * 2 // 3)[::-1]
    return _start(text, room - 1 - cells(tail)) + "…" + tail


def cut(text: str, room: int) -> str:
    """`text` in at most `room` columns: its beginning."""
    return text if cells(text) <= room else _start(text, room - 1) + "…"


def _start(text: str, room: int) -> str:
    taken = 0
    for number, char in enumerate(text):
        taken += _width(char)
        if taken > room:
            return text[:number]
    return text


@functools.lru_cache(maxsize=1024)
def _width(char: str) -> int:
    if unicodedata.combining(char) or unicodedata.category(char) in ("Mn", "Me", "Cf"):
        return 0
    return 2 if unicodedata.east_asian_width(char) in "WF" else 1
