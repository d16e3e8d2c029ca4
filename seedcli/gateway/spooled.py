"""One picture decoded from base64 into a file, as it arrives and not before it is whole."""

from __future__ import annotations

import binascii
import re
from collections.abc import Sequence
from pathlib import Path

from seedcli.gateway.spool_file import SpoolFile

MOST_PICTURE = 100 * 1000 * 1000

_URL_SAFE = bytes.maketrans(b"-_", b"+/")
_CUT_ESCAPE = rb"\\(?:u[0-9a-fA-F]{0,3})?\Z"
_ESCAPE = rb"(?s)\\(?:u([0-9a-fA-F]{4})|(.))"
_PREFIX = rb"\s*[Dd][Aa][Tt][Aa]:[^,]{0,200},"
_MAGIC = rb"(?s)\xff\xd8\xff|\x89PNG\r\n\x1a\n|RIFF....WEBP|GIF8"


class Unusable(Exception):
    """Why an answer, or a picture in one, can't be used; the text goes into a message."""


class SpooledPicture:
    """A file in the first of `folders` that takes it, fed with the text of a JSON string.

    Escapes, white space, a `data:` prefix, missing padding and the URL-safe alphabet are
    tolerated. `problem` says why the text is no picture; then no more is written.
    """

    def __init__(self, folders: Sequence[Path]) -> None:
        self.problem: str | None = None
        self.whole = False
        self._raw = b""
        self._base64 = b""
        self._begun = False
        self._padded = False
        try:
            self._file = SpoolFile(folders)
        except OSError as fault:
            raise _unwritable(fault) from fault

    def feed(self, text: bytes) -> None:
        """Raises Unusable when the picture is too large or can't be written."""
        if self.problem:
            return
        text = self._unescape(self._raw + text)
        if not self._begun:
            self._begun = True
            prefix = re.match(_PREFIX, text)
            text = text[prefix.end() :] if prefix else text
        self._decode(text)

    def finish(self) -> None:
        """The text has ended: the picture is whole, or has a `problem`."""
        if self._raw:
            self.problem = self.problem or "it ends in the middle of an escape"
        if self._base64 and not self.problem:
            self._write(self._base64 + b"=" * (-len(self._base64) % 4))
        if not self.size:
            self.problem = self.problem or "it is empty"
        self.whole = not self.problem

    def give_up(self, problem: str) -> None:
        self.problem = self.problem or problem
        self._file.close()

    def keep(self) -> Path:
        """The file, on disk to stay. Raises Unusable when no disk takes it."""
        try:
            return self._file.keep()
        except OSError as fault:
            raise _unwritable(fault) from fault

    @property
    def size(self) -> int:
        """Bytes so far."""
        return self._file.size

    @property
    def looks_like_picture(self) -> bool:
        """Whether it is whole and begins as a picture file does."""
        if not self.whole:
            return False
        try:
            return re.match(_MAGIC, self._file.head(16)) is not None
        except OSError:
            return False

    def discard(self) -> None:
        self.give_up("it is not needed")
        self._file.discard()

    def _unescape(self, text: bytes) -> bytes:
        """JSON's escapes undone; one that is cut at the end waits for the rest."""
        if b"\\" not in text:
            self._raw = b""
            return text
        cut = re.search(_CUT_ESCAPE, text)
        self._raw = cut[0] if cut else b""
        return re.sub(_ESCAPE, _unescaped, text[: cut.start()] if cut else text)

    def _decode(self, text: bytes) -> None:
        pending = self._base64 + text.translate(_URL_SAFE, b" \t\r\n")
        whole = len(pending) - len(pending) % 4
        self._base64 = pending[whole:]
        self._write(pending[:whole])

    def _write(self, base64: bytes) -> None:
        if not base64:
            return
        if self._padded:
            self.problem = "its base64 goes on after its end"
            return
        self._padded = base64.endswith(b"=")
        try:
            data = binascii.a2b_base64(base64, strict_mode=True)
        except binascii.Error:
            self.problem = "its base64 can't be decoded"
            return
        if self.size + len(data) > MOST_PICTURE:
            raise Unusable(f"a picture of more than {MOST_PICTURE // 1_000_000} MB")
        try:
            self._file.write(data)
        except OSError as fault:
            raise _unwritable(fault) from fault


def _unescaped(escape: re.Match[bytes]) -> bytes:
    if escape[1]:
        code = int(escape[1], 16)
        return bytes((code,)) if code < 128 else b"?"
    # White space is let through to be dropped, what base64 can't hold to be refused.
    return escape[2] if escape[2] == b"/" else b"\n" if escape[2] in (b"n", b"r", b"t") else b"?"


def _unwritable(fault: OSError) -> Unusable:
    return Unusable(f"a picture that can't be written down: {fault.strerror or type(fault).__name__}")
