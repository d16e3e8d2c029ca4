"""A page of help as plain data, and how it is laid out for a terminal of any width.

Nothing is imported here but `os`: help is shown from kept pages before typer is (17 ms instead of 60),
and `dataclasses`, `textwrap` and `shutil` would cost as much again.
"""

from __future__ import annotations

import os

TYPE_CHECKING = False
if TYPE_CHECKING:
    from collections.abc import Iterator, Sequence
    from typing import Any

WIDEST, NARROWEST = 100, 40
_BOLD, _NAME, _METAVAR, _RESET = "\x1b[1m", "\x1b[1;36m", "\x1b[36m", "\x1b[0m"
_LONGEST_TERM = 36


class Row:
    """An option, an argument or a command: its names, what it takes, what it does."""

    __slots__ = ("metavar", "name", "short", "text")

    def __init__(self, name: str, text: str, *, short: str = "", metavar: str = "") -> None:
        self.name, self.text, self.short, self.metavar = name, text, short, metavar


class Block:
    """A titled part of a page: paragraphs, rows in two columns, a table with a head, or commands."""

    __slots__ = ("commands", "rows", "table", "text", "title")

    def __init__(
        self,
        title: str,
        *,
        text: Sequence[str] = (),
        rows: Sequence[Row] = (),
        table: Sequence[Sequence[str]] = (),
        commands: Sequence[str] = (),
    ) -> None:
        self.title, self.text, self.rows, self.table, self.commands = title, text, rows, table, commands


class Page:
    """All that help says of a command or a topic: paragraphs, the usage line, blocks."""

    __slots__ = ("about", "blocks", "usage")

    def __init__(self, about: Sequence[str], *, usage: str = "", blocks: Sequence[Block] = ()) -> None:
        self.about, self.usage, self.blocks = about, usage, blocks


def to_data(page: Page) -> dict[str, Any]:
    """The page for JSON; what is empty is left out."""
    return _full(
        about=list(page.about),
        usage=page.usage,
        blocks=[
            _full(
                title=block.title,
                text=list(block.text),
                rows=[_full(name=r.name, text=r.text, short=r.short, metavar=r.metavar) for r in block.rows],
                table=[list(cells) for cells in block.table],
                commands=list(block.commands),
            )
            for block in page.blocks
        ],
    )


def from_data(data: dict[str, Any]) -> Page:
    """The reverse of `to_data`."""
    blocks = []
    for block in data.get("blocks", ()):
        rows = [Row(row.pop("name", ""), row.pop("text", ""), **row) for row in block.pop("rows", ())]
        blocks.append(Block(block.pop("title", ""), rows=rows, **block))
    return Page(data["about"], usage=data.get("usage", ""), blocks=blocks)


def wants_colour(stream: Any) -> bool:
    """The conventions, strongest first: NO_COLOR, FORCE_COLOR, CLICOLOR_FORCE, TERM, a terminal."""
    if os.environ.get("NO_COLOR"):
        return False
    if os.environ.get("FORCE_COLOR") or os.environ.get("CLICOLOR_FORCE", "0") not in ("", "0"):
        return True
    return bool(stream.isatty()) and os.environ.get("TERM") != "dumb"


def width_of(stream: Any) -> int:
    """The columns to use on `stream`: COLUMNS, else the terminal's, else 80; over 100 is hard to read."""
    told = os.environ.get("COLUMNS", "")
    columns = int(told) if told.isascii() and told.isdigit() and len(told) < 6 else 0
    if not columns:
        try:
            columns = os.get_terminal_size(stream.fileno()).columns
        except (OSError, ValueError, AttributeError):  # no terminal, closed, or no file at all
            columns = 0
    return max(NARROWEST, min(columns or 80, WIDEST))


def render(page: Page, *, width: int, colour: bool) -> str:
    """The page as text that ends in a newline."""
    paint = _painted if colour else _plain
    lines: list[str] = []
    for paragraph in page.about:
        lines += [*_wrapped(paragraph, width), ""]
    if page.usage:
        lead = "Usage: "
        first, *rest = _wrapped(page.usage, width - len(lead))
        lines += [paint(lead.strip(), _BOLD) + " " + first, *(" " * len(lead) + line for line in rest), ""]
    # Options of all sections stand in one column: the eye runs down it.
    shared = _column([row for block in page.blocks for row in block.rows if _is_option(row)], width)
    for block in page.blocks:
        if block.title:
            lines.append(paint(f"{block.title}:", _BOLD))
        lines += [*_body(block, width, paint, shared), ""]
    while lines and not lines[-1]:
        lines.pop()
    return "\n".join(lines) + "\n"


def _full(**values: Any) -> dict[str, Any]:
    return {name: value for name, value in values.items() if value}


def _plain(text: str, _style: str) -> str:
    return text


def _painted(text: str, style: str) -> str:
    return f"{style}{text}{_RESET}" if text else text


def _body(block: Block, width: int, paint: Any, shared: int) -> Iterator[str]:
    indent = "  " if block.title else ""
    for number, paragraph in enumerate(block.text):
        if number:
            yield ""
        yield from (indent + line for line in _wrapped(paragraph, width - len(indent)))
    if block.rows:
        options = any(map(_is_option, block.rows))
        yield from _columns(block.rows, width, paint, shared if options else _column(block.rows, width))
    if block.table:
        yield from _table(block.table, width, paint)
    for command in block.commands:
        yield from _folded(command, width)


def _is_option(row: Row) -> bool:
    return row.name.startswith("-")


def _column(rows: Sequence[Row], width: int) -> int:
    """How wide the names' column is: the longest name, short of one that would crowd the text out."""
    widest = min(_LONGEST_TERM, width * 9 // 20)
    lengths = [len(_term(row, _plain)) for row in rows]
    return max((length for length in lengths if length <= widest), default=widest)


def _columns(rows: Sequence[Row], width: int, paint: Any, column: int) -> Iterator[str]:
    """Names left, what they do right; a name too long for its column has its text below."""
    for row in rows:
        length, shown = len(_term(row, _plain)), _term(row, paint)
        first, *rest = _wrapped(row.text, width - column - 4) or [""]
        if length <= column:
            yield f"  {shown}{' ' * (column - length)}  {first}".rstrip()
        else:
            whole = [f"  {shown}"] if length <= width - 2 else _folded(row.name, width)
            yield from whole
            rest = [first, *rest] if first else []
        yield from (" " * (column + 4) + line for line in rest)


def _term(row: Row, paint: Any) -> str:
    lead = paint(row.short, _NAME) + ", " if row.short else "    " if _is_option(row) else ""
    return str(lead + paint(row.name, _NAME) + (" " + paint(row.metavar, _METAVAR) if row.metavar else ""))


def _table(rows: Sequence[Sequence[str]], width: int, paint: Any) -> Iterator[str]:
    """Cells side by side, the long ones wrapped; the first row is the head."""
    widths = _shares([max(len(row[i]) for row in rows) for i in range(len(rows[0]))], width - 2)
    for number, row in enumerate(rows):
        cells = [_wrapped(cell, room) or [""] for cell, room in zip(row, widths, strict=True)]
        for line in range(max(map(len, cells))):
            parts = []
            for i, (cell, room) in enumerate(zip(cells, widths, strict=True)):
                text = cell[line] if line < len(cell) else ""
                style = _BOLD if number == 0 else _NAME if i == 0 else ""
                parts.append((paint(text, style) if style else text) + " " * (room - len(text)))
            yield ("  " + "  ".join(parts)).rstrip()


def _shares(wanted: list[int], width: int) -> list[int]:
    """Room for each column: what it wants, or an equal share of what the narrower ones leave."""
    left, shares = width - 2 * (len(wanted) - 1), [0] * len(wanted)
    order = sorted(range(len(wanted)), key=lambda i: wanted[i])
    for done, i in enumerate(order):
        shares[i] = max(1, min(wanted[i], left // (len(wanted) - done)))
        left -= shares[i]
    return shares


def _wrapped(text: str, width: int) -> list[str]:
    lines: list[str] = []
    for word in text.split():
        if lines and len(lines[-1]) + 1 + len(word) <= width:
            lines[-1] += " " + word
        else:
            lines.append(word)
    return lines


def _folded(command: str, width: int) -> Iterator[str]:
    """A command that stays one when it is pasted: broken between its words, never inside quotes."""
    line = "  "
    for word in _shell_words(command):
        if len(line) + len(word) > width - 3 and line.strip():
            yield line + " \\"
            line = " " * 6 + word
        else:
            line += " " + word if line.strip() else word
    yield line


def _shell_words(command: str) -> Iterator[str]:
    """The words as they are written; `>`, `<` and `|` keep the word that follows them."""
    word, quote = "", ""
    for char in command:
        if char == " " and not quote and word not in ("", "|", "<", ">"):
            yield word
            word = ""
            continue
        if quote:
            quote = "" if char == quote else quote
        elif char in "\"'":
            quote = char
        word += char
    yield word
