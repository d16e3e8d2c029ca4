"""Man pages in roff: one for the program, one for each command with its subcommands."""

from __future__ import annotations

from collections.abc import Iterable, Iterator

from seedcli.cli.completions.catalogue import Command
from seedcli.cli.page import Block, Page, Row
from seedcli.cli.topics import topics

_SECTIONS = {"exit-codes": "EXIT STATUS", "environment": "ENVIRONMENT"}


def pages(program: Command) -> dict[str, str]:
    """The text of each page by its file's name."""
    return {"seedcli.1": _program(program)} | {
        f"seedcli-{command.name}.1": _command(command) for command in program.commands
    }


def _program(program: Command) -> str:
    names = [f"seedcli-{command.name}" for command in program.commands]
    lines = [*_head("seedcli", program.help), *_body(program.page)]
    for topic, title in _SECTIONS.items():
        lines += [f".SH {title}", *_parts(topics()[topic], level=".SS")]
    return "\n".join([*lines, *_see_also(names)]) + "\n"


def _command(command: Command) -> str:
    lines = [*_head(f"seedcli-{command.name}", command.help), *_body(command.page)]
    for below in command.commands:
        lines += [
            f".SH {_text(below.name.upper())}",
            *_paragraphs([f"\\fB{_text(below.page.usage)}\\fR"], raw=True),
        ]
        lines += _parts(below.page, level=".SS")
    lines += [".SH EXIT STATUS", *_paragraphs(["0 when all went well; seedcli(1) lists the others."])]
    return "\n".join([*lines, *_see_also(["seedcli"])]) + "\n"


def _head(name: str, about: str) -> list[str]:
    return [
        r".\" Made by `python -m seedcli.cli.completions --write`; changes here are lost.",
        f'.TH {name.upper()} 1 "" seedcli "seedcli manual"',
        ".SH NAME",
        f"{_text(name)} \\- {_text(about.rstrip('.'))}",
    ]


def _body(page: Page) -> Iterator[str]:
    yield ".SH SYNOPSIS"
    yield from _paragraphs([f"\\fB{_text(page.usage)}\\fR"], raw=True)
    yield ".SH DESCRIPTION"
    yield from _parts(page, level=".SH")


def _parts(page: Page, *, level: str) -> Iterator[str]:
    yield from _paragraphs(page.about)
    for block in page.blocks:
        if block.title:
            title = block.title.upper() if level == ".SH" else block.title
            yield f"{level} {_text(title)}"
        yield from _block(block)


def _block(block: Block) -> Iterator[str]:
    yield from _paragraphs(block.text)
    for row in block.rows:
        yield from (".TP", _term(row), _line(row.text))
    for code, *cells in block.table[1:]:
        meaning, charged, errors = cells
        notes = [note for note in (charged and f"charged: {charged}", errors and f"errors: {errors}") if note]
        yield from (
            ".TP",
            f"\\fB{_text(code)}\\fR",
            _line(meaning + (f" ({'; '.join(notes)})" if notes else "")),
        )
    if block.commands:
        yield from (".PP", ".nf", *map(_line, block.commands), ".fi")


def _term(row: Row) -> str:
    names = ", ".join(f"\\fB{_text(name)}\\fR" for name in (row.short, row.name) if name)
    return names + (f" \\fI{_text(row.metavar)}\\fR" if row.metavar else "")


def _see_also(names: list[str]) -> list[str]:
    return [".SH SEE ALSO", ", ".join(f"\\fB{_text(name)}\\fR(1)" for name in names)]


def _paragraphs(texts: Iterable[str], *, raw: bool = False) -> Iterator[str]:
    for text in texts:
        yield ".PP"
        yield text if raw else _line(text)


def _line(text: str) -> str:
    """A line of text; a dot or an apostrophe at its beginning would be a request."""
    escaped = _text(text)
    return "\\&" + escaped if escaped.startswith((".", "'", "\\(aq")) else escaped


def _text(text: str) -> str:
    escaped = text.replace("\\", "\\e").replace("-", "\\-").replace("'", "\\(aq").replace("^", "\\(ha")
    escaped = escaped.replace("~", "\\(ti").replace("`", "\\(ga").replace("…", "...")
    return escaped.replace('"', "\\(dq")
