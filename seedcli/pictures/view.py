"""Before and after, side by side in the terminal.

Where the terminal draws pictures (kitty's protocol, or sixel, which iTerm2, WezTerm, foot, xterm
and others speak), the library textual-image draws them, if it is installed; everywhere else half
blocks are drawn, two pixels a character. Nothing is drawn where nobody looks: standard output
must be a terminal.
"""

from __future__ import annotations

import os
import shutil
import sys
from collections.abc import Callable, Mapping
from dataclasses import dataclass
from itertools import zip_longest
from pathlib import Path
from typing import TYPE_CHECKING, TextIO

from seedcli.pictures.pixels import open_picture, quiet_pillow, reading, to_srgb, upright
from seedcli.pictures.prepare import refuse_large
from seedcli.pictures.probe import probe

if TYPE_CHECKING:
    from PIL.Image import Image

_GAP = 2
_PIXELS_A_CELL = 10
_MAX_CELLS = 160
"""Wider than this a preview is no preview, and slow to send."""


@dataclass(frozen=True, slots=True)
class Screen:
    """Where to draw: the size in characters, and what the terminal is able to do."""

    columns: int
    rows: int
    truecolor: bool = False
    graphics: bool = False


def screen_of(out: TextIO, *, environ: Mapping[str, str], columns: int, rows: int) -> Screen | None:
    """The screen behind `out`, None where no picture must be drawn on it: a pipe or a file, a
    dumb terminal, or one too small to show anything."""
    if not out.isatty() or environ.get("TERM") == "dumb" or columns < 20 or rows < 6:
        return None
    # Warp answers that it draws pictures, and doesn't draw the placeholders that the library uses.
    asked = out is sys.stdout and sys.stdin is not None and sys.stdin.isatty()
    graphics = asked and environ.get("TERM_PROGRAM") != "WarpTerminal"
    truecolor = environ.get("COLORTERM", "").lower() in ("truecolor", "24bit")
    return Screen(columns, rows, truecolor=truecolor, graphics=graphics)


def show(
    before: Path | None,
    after: Path,
    *,
    screen: Screen,
    write: Callable[[str], object],
    draw: Callable[[object], None] | None = None,
) -> None:
    """Draws the two pictures with their sizes below them; the one alone where there is no before.

    `write` takes text with escape sequences; `draw` prints a rich renderable to standard output
    and is only called where the terminal draws pictures itself. Raises BadInput for a picture
    that can't be read.
    """
    sides = [path for path in (before, after) if path is not None]
    width = min(screen.columns, _MAX_CELLS)
    room = ((width - _GAP * (len(sides) - 1)) // len(sides), screen.rows - 3)
    drawing = _renderable() if screen.graphics and draw else None
    scale = _PIXELS_A_CELL if drawing else 1
    pictures = [_small(path, width=room[0] * scale, height=room[1] * 2 * scale) for path in sides]
    images = [image for image, _ in pictures]
    if drawing and draw:
        joined = _joined(images, gap=_GAP * scale)
        draw(drawing(joined, width=max(1, round(joined.width / scale)), height="auto"))
    else:
        write(_beside([half_blocks(image, truecolor=screen.truecolor) for image in images], images))
    names = ("before", "after")[-len(sides) :]
    texts = [f"{name} {size[0]}×{size[1]}" for name, (_, size) in zip(names, pictures, strict=True)]
    column = round(pictures[0][0].width / scale) + _GAP
    write(texts[0].ljust(column) + " ".join(texts[1:]) + "\n")


def _renderable() -> Callable[..., object] | None:
    """What draws pictures in this very terminal, which is asked when the library is imported."""
    try:
        from textual_image.renderable import Image, SixelImage, TGPImage
    except (ImportError, OSError, ValueError):
        return None
    return Image if Image in (SixelImage, TGPImage) else None


def _small(path: Path, *, width: int, height: int) -> tuple[Image, tuple[int, int]]:
    """The picture within these bounds, and the size it really has. Small ones stay small."""
    found = probe(path)
    refuse_large(found.width, found.height, name=path.name)
    size = found.upright_size
    with quiet_pillow(), reading(path.name), open_picture(path, found) as image:
        if found.format == "jpeg":
            image.draft(None, (width, width))
        shown = to_srgb(upright(image), background="gray").convert("RGB")
        scale = min(width / size[0], height / size[1])
        small = shown.resize((max(1, round(size[0] * scale)), max(1, round(size[1] * scale))))
    return small, size


def _joined(images: list[Image], *, gap: int) -> Image:
    from PIL import Image as PillowImage

    if len(images) == 1:
        return images[0]
    height = max(image.height for image in images)
    canvas = PillowImage.new("RGB", (sum(image.width for image in images) + gap * (len(images) - 1), height))
    left = 0
    for image in images:
        canvas.paste(image, (left, 0))
        left += image.width + gap
    return canvas


def _beside(drawn: list[str], images: list[Image]) -> str:
    """Drawings side by side, with the terminal's own background between them."""
    blank = [" " * image.width for image in images]
    rows = zip_longest(*(one.splitlines() for one in drawn))
    texts = ([cell or blank[at] for at, cell in enumerate(row)] for row in rows)
    return "".join((" " * _GAP).join(row) + "\n" for row in texts)


def half_blocks(image: Image, *, truecolor: bool) -> str:
    """The picture as lines of half blocks, one pixel a column and two a line."""
    rgb = image.convert("RGB")
    data, width = rgb.tobytes(), rgb.width
    color = _true if truecolor else _nearest_of_256
    lines = []
    for top in range(0, rgb.height, 2):
        cells, last = [], ""
        for x in range(width):
            upper = data[(top * width + x) * 3 : (top * width + x) * 3 + 3]
            lower = data[((top + 1) * width + x) * 3 : ((top + 1) * width + x) * 3 + 3]
            style = f"\x1b[38;{color(upper)};48;{color(lower)}m" if lower else f"\x1b[0;38;{color(upper)}m"
            cells.append("▀" if style == last else style + "▀")
            last = style
        lines.append("".join(cells) + "\x1b[0m\n")
    return "".join(lines)


def _true(pixel: bytes) -> str:
    return f"2;{pixel[0]};{pixel[1]};{pixel[2]}"


def _nearest_of_256(pixel: bytes) -> str:
    """xterm's colour cube: six steps for each of red, green and blue."""
    red, green, blue = (0 if value < 48 else 1 if value < 115 else (value - 35) // 40 for value in pixel)
    return f"5;{16 + 36 * red + 6 * green + blue}"


def open_with_viewer(path: Path, *, environ: Mapping[str, str]) -> bool:
    """Opens a file with the system's own program for it; False where there is none.

    It is not waited for: some viewers only return when their window is closed.
    """
    if sys.platform == "win32":
        os.startfile(path)
        return True
    command = shutil.which("open" if sys.platform == "darwin" else "xdg-open", path=environ.get("PATH"))
    if command is None:
        return False
    nothing = [(os.POSIX_SPAWN_OPEN, fd, os.devnull, os.O_RDWR, 0) for fd in (0, 1, 2)]
    try:
        os.posix_spawn(command, [command, str(path.absolute())], environ, file_actions=nothing, setpgroup=0)
    except OSError:
        return False
    return True
