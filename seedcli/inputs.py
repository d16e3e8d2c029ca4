"""From the words of a command line to the pictures they name, each once, in a stable order."""

from __future__ import annotations

import glob
import os
import re
import sys
from collections.abc import Callable, Iterable, Iterator
from dataclasses import dataclass
from pathlib import Path

from seedcli.errors import BadInput, UsageError
from seedcli.records import Source, SourceKind
from seedcli.text import clean

PICTURE_SUFFIXES = frozenset(
    {".jpg", ".jpeg", ".jpe", ".png", ".webp", ".bmp", ".tif", ".tiff", ".gif", ".heic", ".heif", ".avif"}
)
_RESULT = re.compile(r"-edited(-\d+)?$")
_MAGIC = re.compile(r"[*?\[]")
_SCHEME = re.compile(r"[A-Za-z][A-Za-z0-9+.-]+://")


def split_prompt(
    words: list[str],
    prompt: str | None,
    *,
    listed: bool = False,
    recursive: bool = False,
    output: str | None = None,
) -> tuple[list[str], str]:
    """The images and the prompt: the last word is the prompt unless it was given as an option.

    With `listed` there are more images than the words, in a list. Raises `UsageError` for a
    forgotten prompt: a last word that names an image, or with `recursive` a folder of images. The
    folder `output` may well be called what its pictures are: `"sepia" -o sepia/`.
    """
    if prompt is None:
        if not words:
            lacking = "no prompt" if listed else "no image and no prompt"
            raise UsageError(lacking, hint="seedcli edit photo.jpg 'make eyes blue'")
        *words, prompt = words
        what = _image_in(prompt, recursive=recursive, output=output)
        if what or not (words or listed):
            raise UsageError(
                f"no prompt: the last word, {clean(prompt, limit=60)!r}, {what or 'is the only word'}",
                hint="The change to make is the last word, or -p: seedcli edit photo.jpg 'make eyes blue'",
            )
    if not (words or listed):
        raise UsageError(
            "no image", hint="Name a file, a folder with -r, an https:// link, or - for standard input."
        )
    return words, check_prompt(prompt)


def _image_in(word: str, *, recursive: bool, output: str | None) -> str | None:
    """What kind of an input a last word seems to be, if it does."""
    if word == "-":
        return "is standard input"
    if _SCHEME.match(word) and not any(map(str.isspace, word)):
        return "is a link"
    if not os.path.exists(word):  # not Path(word): a prompt may be longer than any name, at which that raises
        return None
    if not os.path.isdir(word):
        return "is a file"
    is_output = output is not None and os.path.abspath(word) == os.path.abspath(output)
    is_path = os.sep in word or word in (os.curdir, os.pardir)
    return "is a folder" if is_path or (recursive and not is_output) else None


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
        if not (recursive and os.path.isdir(word)):
            next(iter(_found(word, recursive=recursive)), None)


def single(word: str, *, folder: str) -> Source:
    """The one picture that `word` names, a relative file in `folder`; it may be gone. Raises `BadInput`."""
    if word == "-":
        raise BadInput("a row's image can't be standard input", hint="Save the picture to a file first.")
    if _SCHEME.match(word) or word.lower().startswith("data:"):
        return next(iter(_found(word, recursive=False)))
    path = os.path.join(folder, word)
    if os.path.isdir(path):
        raise BadInput(f"{clean(word)}: is a folder", hint="A row names one picture.")
    return _file(path)


def read_list(text: bytes, *, null: bool) -> list[str]:
    """The names in a file of names: a line each, or ended by NUL; empty ones are passed over."""
    if null:
        parts = text.split(b"\0")
    else:
        parts = [part.removesuffix(b"\r") for part in text.removeprefix(b"\xef\xbb\xbf").split(b"\n")]
    return [os.fsdecode(part) for part in parts if part.strip()]


@dataclass(slots=True)
class Inputs:
    """The pictures that `words` name, each once, in the order given and sorted within folders.

    A result of the program whose own source is among the inputs is left out, so that the same
    command can be given again; named without its source it is an input like any other, the next
    link of a chain. `made_from` knows the source of a result saved at an absolute path; without it
    a result is told by its name: `cat-edited.jpg` beside `cat.jpg`, or in `results`, the folder that
    this command's results go to. Raises `BadInput` for a word that names nothing.
    """

    words: tuple[str, ...]
    recursive: bool = False
    made_from: Callable[[Path], Source | None] = lambda path: None
    results: Path | None = None
    stdin: Path | None = None
    """The file that the picture from standard input is kept in."""
    left_out: int = 0
    """How many results the last walk has left out."""

    def __iter__(self) -> Iterator[Source]:
        self.left_out = 0
        scope = _Scope(self.words, recursive=self.recursive)
        seen: set[object] = set()
        for word in self.words:
            for source in _found(word, recursive=self.recursive):
                identity = _identity(source)
                if identity in seen:
                    continue
                seen.add(identity)
                if source.kind is SourceKind.STDIN:
                    yield source._replace(path=self.stdin)
                elif source.path is not None and self._is_result(source.path, scope):
                    self.left_out += 1
                else:
                    yield source

    def _is_result(self, path: Path, scope: _Scope) -> bool:
        maker = self.made_from(path)
        if maker is not None and scope.holds(maker):
            return True
        stem = _RESULT.sub("", path.stem)
        if stem == path.stem:
            return False
        if self.results is not None and path.parent == self.results and not scope.names(path):
            return True
        suffixes = (path.suffix, *PICTURE_SUFFIXES)
        beside = (path.with_name(stem + suffix) for suffix in suffixes)
        return any(scope.holds_path(each) and os.path.exists(each) for each in beside)


class _Scope:
    """What a command's words cover, known without walking through folders."""

    def __init__(self, words: Iterable[str], *, recursive: bool) -> None:
        self._words = set(words)
        self._named: set[str] = set()
        self._covered: set[str] = set()
        self._folders: list[str] = []
        for word in self._words:
            if _SCHEME.match(word):
                continue
            if os.path.isdir(word):
                self._folders += [os.path.join(os.path.realpath(word), "")] if recursive else []
            elif os.path.lexists(word):
                self._named.add(os.path.abspath(word))
                self._covered.add(os.path.realpath(word))
            elif _MAGIC.search(word):
                self._covered.update(map(os.path.realpath, _matches(word)))

    def holds(self, source: Source) -> bool:
        return self.holds_path(source.path) if source.path is not None else source.text in self._words

    def holds_path(self, path: Path) -> bool:
        real = os.path.realpath(path)
        return real in self._covered or any(real.startswith(folder) for folder in self._folders)

    def names(self, path: Path) -> bool:
        """Whether `path` itself is one of the words."""
        return str(path) in self._named


def _identity(source: Source) -> object:
    """What is the same for every name of a file: other spellings, symbolic and hard links."""
    if source.path is None:
        return source.text
    try:
        stat = source.path.stat()
    except OSError:
        return str(source.path)
    # One number: a third of the memory of two, for each of ten thousand.
    return stat.st_dev << 64 | stat.st_ino if stat.st_ino else os.path.realpath(source.path)


def _found(word: str, *, recursive: bool) -> Iterable[Source]:
    """What one word names, results of the program among it."""
    if word == "-":
        return [Source(SourceKind.STDIN, "-")]
    if re.match(r"(?i)https?://", word):
        return [_link(word)]
    if _SCHEME.match(word) or word.lower().startswith("data:"):
        raise BadInput(
            f"{word[:60]}: only https:// links are taken", hint="Save the picture to a file first."
        )
    return _files(word, recursive=recursive)


def _link(word: str) -> Source:
    if not word.lower().startswith("https://"):
        raise BadInput(f"{word}: only https:// links are taken", hint="Download it, and give the file.")
    if any(char.isspace() or not char.isprintable() for char in word) or not word[8:].strip("/"):
        raise BadInput(f"{word!r} is not a link", hint="Quote the link, and encode spaces as %20.")
    return Source(SourceKind.URL, word)


def _files(word: str, *, recursive: bool) -> Iterable[Source]:
    if not word:
        raise BadInput("an image's name is empty", hint="Check the quotes, and the variables in them.")
    if os.path.isdir(word):
        if not recursive:
            raise BadInput(f"{word} is a folder", hint="Give -r to edit the pictures in it.")
        return _walk(Path(word))
    if os.path.lexists(word):
        return [_file(word)]
    if not _MAGIC.search(word):
        hint = "Check the name; a prompt goes last, or after -p."
        raise BadInput(f"{clean(word, limit=300)}: {why_not_there(word)}", hint=hint)
    matches = _matches(word)
    if not matches:
        raise BadInput(f"{word} matches no picture", hint="Check the pattern, or quote it less.")
    return map(_file, matches)


def why_not_there(name: str) -> str:
    """What keeps a file from being found: it is not there, or lies where nobody may look."""
    try:
        os.lstat(name)
    except PermissionError as fault:
        return fault.strerror or "can't be looked at"
    except (OSError, ValueError):  # a NUL is in no name
        pass
    return "no such file"


def _matches(pattern: str) -> list[str]:
    """The files that a quoted pattern means: pictures, unless it says itself how their names end."""
    suffix = Path(pattern).suffix
    any_kind = suffix != "" and not _MAGIC.search(suffix)
    return [
        name
        for name in sorted(glob.glob(pattern, recursive=True))
        if (any_kind or Path(name).suffix.lower() in PICTURE_SUFFIXES) and os.path.isfile(name)
    ]


def _walk(folder: Path) -> Iterator[Source]:
    for place, folders, names in os.walk(folder, onerror=_refuse):
        folders[:] = sorted(name for name in folders if not name.startswith("."))
        for name in sorted(names):
            path = Path(place, name)
            if not name.startswith(".") and path.suffix.lower() in PICTURE_SUFFIXES and path.is_file():
                yield _file(str(path))


def _refuse(fault: OSError) -> None:
    raise BadInput(
        f"{fault.filename}: {fault.strerror}", hint="Name the folders that can be read."
    ) from fault


def _file(name: str) -> Source:
    return Source(SourceKind.FILE, name, Path(os.path.abspath(name)))  # resolve() would follow links


def read_stdin() -> bytes:
    """All of standard input; raises `BadInput` on a terminal, where nobody means to type a picture."""
    if sys.stdin is None:
        raise BadInput("standard input is closed", hint="Pipe a picture in: < photo.jpg")
    if sys.stdin.isatty():
        raise BadInput(
            "'-' reads a picture from standard input, and that is a terminal", hint="Pipe one in: < photo.jpg"
        )
    return sys.stdin.buffer.read()
