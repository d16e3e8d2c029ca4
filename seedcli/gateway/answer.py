"""One answer received: its status, its JSON, and the pictures that came in it."""

from __future__ import annotations

import re
import zlib
from collections.abc import Iterable, Sequence
from pathlib import Path

from seedcli.gateway.answer_stream import AnswerScanner
from seedcli.gateway.spooled import SpooledPicture, Unusable
from seedcli.gateway.wire import INLINE_KEYS, LINK_KEYS

MOST_ERROR_TEXT = 64 * 1024
_INFLATE_BYTES = 64 * 1024
COMPRESSIONS = frozenset(("gzip", "x-gzip", "deflate", "compress", "x-compress", "br", "zstd"))


class Received:
    """An answer as far as it came. `status` is None until its head is there.

    `spool` are the folders for pictures that come inside the answer, the next where one fails.
    """

    def __init__(self, spool: Sequence[Path] = ()) -> None:
        self.status: int | None = None
        self.headers: dict[str, str] = {}
        self.size = 0
        self.spool = spool
        self._scanner = AnswerScanner(spool)
        self._error_text = bytearray()
        self._inflater: _Inflater | None = None

    @property
    def succeeded(self) -> bool:
        return self.status is not None and 200 <= self.status < 300

    @property
    def body(self) -> bytes:
        """The JSON, placeholders standing for pictures; of an error answer the start of its text."""
        return bytes(self._scanner.json) if self.succeeded else bytes(self._error_text)

    def begin(self, status: int, headers: Iterable[tuple[bytes, bytes]]) -> None:
        self.status = status
        for name, value in headers:
            key, text = name.decode("latin-1").lower(), value.decode("latin-1")
            self.headers[key] = f"{self.headers[key]}, {text}" if key in self.headers else text
        named = self.headers.get("content-encoding", "").lower().split(",")
        # `utf-8`, `identity` and the like are no compressions, wherever they stand.
        encodings = [word.strip() for word in named if word.strip() in COMPRESSIONS]
        if encodings:
            self._inflater = _Inflater(encodings)

    def feed(self, data: bytes) -> bool:
        """Takes a piece of the body; False when enough has come. Raises Unusable."""
        self.size += len(data)
        for piece in self._inflater.inflate(data) if self._inflater else (data,):
            if self.succeeded:
                self._scanner.feed(piece)
            else:
                self._error_text += piece[: MOST_ERROR_TEXT - len(self._error_text)]
                if len(self._error_text) >= MOST_ERROR_TEXT:
                    return False
        return True

    def close(self) -> None:
        """No more will come."""
        self._scanner.close()

    def keep(self, inline: Iterable[str]) -> tuple[Path, ...]:
        """The files of `inline` pictures, placeholders or short base64, on disk to stay.

        What is not among them is removed. Raises Unusable when none can be decoded.
        """
        pictures = [self._picture(text) for text in inline]
        good = [picture for picture in pictures if picture.whole]
        problem = next((picture.problem for picture in pictures if picture.problem), None)
        self._discard_all_but(good)
        for picture in pictures:
            if picture not in good:
                picture.discard()
        if pictures and not good:
            raise Unusable(f"a picture that can't be used: {problem}")
        return tuple(picture.keep() for picture in good)

    def salvage(self) -> tuple[Path, ...]:
        """Pictures that came whole in an answer that did not; the rest is removed.

        Only what stands where a result does: an answer may also repeat the input.
        """
        good = [
            picture
            for placeholder, picture in self._scanner.pictures.items()
            if picture.looks_like_picture and self._is_result(placeholder)
        ]
        self._discard_all_but(good)
        return tuple(picture.keep() for picture in good)

    def discard(self) -> None:
        """Removes every file of this answer."""
        self._scanner.discard()

    def _picture(self, text: str) -> SpooledPicture:
        found = self._scanner.pictures.get(text)
        if found is None:
            found = SpooledPicture(self.spool)
            found.feed(text.encode("ascii", "replace"))
            found.finish()
        return found

    def _is_result(self, placeholder: str) -> bool:
        keys = "|".join((*INLINE_KEYS, *LINK_KEYS))
        pattern = rf'"(?:{keys})"\s*:\s*"{re.escape(placeholder)}'
        return re.search(pattern.encode("ascii"), self._scanner.json) is not None

    def _discard_all_but(self, good: list[SpooledPicture]) -> None:
        for picture in self._scanner.pictures.values():
            if picture not in good:
                picture.discard()


class _Inflater:
    """Undoes gzip and deflate, which we do not ask for and a gateway may use all the same.

    Deflate comes with zlib's header, as RFC 9110 wants it, or bare, as some servers send it; gzip in
    one member or several.
    """

    def __init__(self, encodings: Sequence[str]) -> None:
        self._encodings = encodings
        self._zlib: zlib._Decompress | None = None
        self._head = b""

    def inflate(self, data: bytes) -> Iterable[bytes]:
        data = self._head + data
        self._head = b""
        while data:
            if self._zlib is None or self._zlib.eof:
                if len(data) < 2:
                    self._head = data
                    return
                self._zlib = zlib.decompressobj(self._bits(data))
            try:
                piece = self._zlib.decompress(data, _INFLATE_BYTES)
            except zlib.error:
                raise Unusable("compressed bytes that can't be decoded") from None
            data = self._zlib.unused_data if self._zlib.eof else self._zlib.unconsumed_tail
            yield piece

    def _bits(self, data: bytes) -> int:
        if self._encodings == ["deflate"]:
            has_header = data[0] & 15 == 8 and int.from_bytes(data[:2]) % 31 == 0
            return 15 if has_header else -15
        if self._encodings in (["gzip"], ["x-gzip"]):
            return 31
        raise Unusable(f"a compression ({', '.join(self._encodings)[:40]}) that was not asked for")
