"""From the words of a command line to the pictures they name, each once, in a stable order."""

from __future__ import annotations

import glob
import os
import re
import sys
from collections.abc import Callable, Iterable, Iterator
from pathlib import Path

from seedcli.errors import BadInput, UsageError
from seedcli.records import Source, SourceKind

PICTURE_SUFFIXES = frozenset(
    {".jpg", ".jpeg", ".jpe", ".png", ".webp", ".bmp", ".tif", ".tiff", ".gif", ".heic", ".heif", ".avif"}
)
_RESULT = re.compile(r"-edited(-\d+)?$")
_MAGIC = re.compile(r"[*?\[]")


def split_prompt(words: list[str], prompt: str | None) -> tuple[list[str], str]:
    """The images and the prompt: the last word is the prompt unless it was given as an option.

    Raises `UsageError` for a forgotten prompt: a last word that names an existing file.
    """
    if prompt is None:
        if not words:
            raise UsageError("no image and no prompt", hint="seedcli edit photo.jpg 'make eyes blue'")
        *words, prompt = words
        if Path(prompt).exists() or not words:
            what = "is a file" if Path(prompt).exists() else "is the only word"
            raise UsageError(
                f"no prompt: the last word, {prompt!r}, {what}",
                hint="The change to make is the last word, or -p: seedcli edit photo.jpg 'make eyes blue'",
            )
    if not words:
        raise UsageError(
            "no image", hint="Name a file, a folder with -r, an https:// link, or - for standard input."
        )
    return words, check_prompt(prompt)


def check_prompt(prompt: str) -> str:
    """The prompt as it will be sent; raises `UsageError` when it is empty or can't be sent."""
    if not prompt.strip():
        raise UsageError("the prompt is empty", hint="Say what to change: 'make eyes blue'")
    try:
        prompt.encode()
    except UnicodeEncodeError:
        raise UsageError(
            "the prompt is not valid UTF-8", hint="Check the terminal's or the file's encoding."
        ) from None
    return prompt


def check_words(words: Iterable[str], *, recursive: bool) -> None:
    """Raises `BadInput` for the first word that names nothing, without walking any folder."""
    for word in words:
        if not (recursive and Path(word).is_dir()):
            next(_expand_word(word, recursive=recursive, is_result=lambda _: False), None)


def expand(words: Iterable[str], *, recursive: bool, is_result: Callable[[Path], bool]) -> Iterator[Source]:
    """The sources that `words` name, each once, in the order given and sorted within folders.

    `is_result` tells the program's own results, which are not taken from folders and globs.
    Raises `BadInput` for a word that names nothing.
    """
    seen: set[str] = set()
    for word in words:
        for source in _expand_word(word, recursive=recursive, is_result=is_result):
            key = os.path.realpath(source.path) if source.path else source.text
            if key not in seen:
                seen.add(key)
                yield source


def read_list(text: bytes, *, null: bool) -> list[str]:
    """The names in a file of names: a line each, or ended by NUL; empty ones are passed over."""
    parts = text.split(b"\0") if null else text.splitlines()
    return [os.fsdecode(part) for part in parts if part.strip()]


def _expand_word(word: str, *, recursive: bool, is_result: Callable[[Path], bool]) -> Iterator[Source]:
    if word == "-":
        yield Source(SourceKind.STDIN, "-")
    elif re.match(r"(?i)https?://", word):
        yield _link(word)
    elif re.match(r"(?i)[a-z][a-z0-9+.-]+://", word) or word.lower().startswith("data:"):
        raise BadInput(
            f"{word[:60]}: only https:// links are taken", hint="Save the picture to a file first."
        )
    else:
        yield from _files(word, recursive=recursive, is_result=is_result)


def _link(word: str) -> Source:
    if not word.lower().startswith("https://"):
        raise BadInput(f"{word}: only https:// links are taken", hint="Download it, and give the file.")
    if any(char.isspace() or not char.isprintable() for char in word) or not word[8:].strip("/"):
        raise BadInput(f"{word!r} is not a link", hint="Quote the link, and encode spaces as %20.")
    return Source(SourceKind.URL, word)


def _files(word: str, *, recursive: bool, is_result: Callable[[Path], bool]) -> Iterator[Source]:
    path = Path(word)
    if path.is_dir():
        if not recursive:
            raise BadInput(f"{word} is a folder", hint="Give -r to edit the pictures in it.")
        yield from _walk(path, is_result)
    elif os.path.lexists(path):
        yield _file(word)
    elif _MAGIC.search(word):
        found = [name for name in sorted(glob.glob(word, recursive=True)) if Path(name).is_file()]
        taken = [name for name in found if not _is_result(Path(name), is_result)]
        if not taken:
            raise BadInput(f"{word} matches no picture", hint="Check the pattern, or quote it less.")
        yield from map(_file, taken)
    else:
        raise BadInput(f"{word}: no such file", hint="Check the name; a prompt goes last, or after -p.")


def _walk(folder: Path, is_result: Callable[[Path], bool]) -> Iterator[Source]:
    for place, folders, names in os.walk(folder):
        folders[:] = sorted(name for name in folders if not name.startswith("."))
        for name in sorted(names):
            path = Path(place, name)
            if name.startswith(".") or path.suffix.lower() not in PICTURE_SUFFIXES:
                continue
            if path.is_file() and not _is_result(path, is_result):
                yield _file(str(path))


def _is_result(path: Path, known: Callable[[Path], bool]) -> bool:
    """A result of ours, by the journal or by its name beside its source."""
    return known(path) or _beside_source(path)


def _beside_source(path: Path) -> bool:
    stem = _RESULT.sub("", path.stem)
    if stem == path.stem:
        return False
    return any(path.with_name(stem + suffix).exists() for suffix in (path.suffix, *sorted(PICTURE_SUFFIXES)))


def _file(name: str) -> Source:
    return Source(SourceKind.FILE, name, Path(os.path.abspath(name)))  # resolve() would follow links


def read_stdin() -> bytes:
    """All of standard input; raises `BadInput` on a terminal, where nobody means to type a picture."""
    if sys.stdin is None or sys.stdin.isatty():
        raise BadInput(
            "'-' reads a picture from standard input, and that is a terminal", hint="Pipe one in: < photo.jpg"
        )
    return sys.stdin.buffer.read()
