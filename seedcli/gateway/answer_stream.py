"""A JSON answer taken apart as it arrives: long strings to files, the rest for the JSON parser.

A picture of 100 MB in `data[].b64_json` costs a few hundred KB of memory: every string longer
than 64 KiB is decoded from base64 into a file of its own, and a placeholder stands in the JSON.
"""

from __future__ import annotations

import os
from collections.abc import Sequence
from pathlib import Path

from seedcli.gateway.spooled import SpooledPicture, Unusable

LONG_STRING = 64 * 1024
MOST_JSON = 1024 * 1024


class AnswerScanner:
    """Takes the bytes of one JSON answer. `spool` are the folders for pictures, none where
    none are expected. `json` is what is left of the answer; `pictures` maps placeholders to files."""

    def __init__(self, spool: Sequence[Path]) -> None:
        self.json = bytearray()
        self.pictures: dict[str, SpooledPicture] = {}
        self._spool = spool
        self._token = os.urandom(16).hex()
        self._in_string = False
        self._escaped = False
        self._string = bytearray()
        self._picture: SpooledPicture | None = None

    def feed(self, data: bytes) -> None:
        """Raises Unusable for what is too large, or can't be written."""
        at = 0
        while at < len(data):
            at = self._feed_string(data, at) if self._in_string else self._feed_structure(data, at)

    def close(self) -> None:
        """No more is coming: what is open is cut off, and shown as far as it came."""
        if self._in_string and self._picture is None:
            self.json += self._string
        if self._picture is not None:
            self._picture.give_up("it broke off")

    def discard(self) -> None:
        """Removes every file."""
        for picture in self.pictures.values():
            picture.discard()

    def _feed_structure(self, data: bytes, at: int) -> int:
        quote = data.find(b'"', at)
        self._in_string = quote >= 0
        end = quote + 1 if self._in_string else len(data)
        self._keep(data[at:end])
        return end

    def _feed_string(self, data: bytes, at: int) -> int:
        quote = self._closing_quote(data, at)
        self._take(data[at : quote if quote >= 0 else len(data)])
        if quote < 0:
            return len(data)
        self._end_string()
        self._in_string = False
        return quote + 1

    def _closing_quote(self, data: bytes, at: int) -> int:
        """Where the string ends, -1 when not in `data`; a quote behind a backslash is text."""
        if self._escaped:
            self._escaped = False
            at += 1
        quote = data.find(b'"', at)
        while True:
            slash = data.find(b"\\", at, quote if quote >= 0 else len(data))
            if slash < 0:
                return quote
            at = slash + 2
            if at > len(data):
                self._escaped = True
                return -1
            if 0 <= quote < at:
                quote = data.find(b'"', at)

    def _take(self, text: bytes) -> None:
        if self._picture is not None:
            self._picture.feed(text)
            return
        self._string += text
        if len(self._string) > LONG_STRING:
            self._picture = self._divert()
            self._picture.feed(bytes(self._string))
            self._string.clear()

    def _divert(self) -> SpooledPicture:
        if not self._spool:
            raise Unusable("more in one string than was expected")
        picture = SpooledPicture(self._spool)
        # Looks like a picture wherever one may stand, be it `b64_json` or a data URI in `url`.
        self.pictures[f"data:image/placeholder;{self._token}-{len(self.pictures)}"] = picture
        return picture

    def _end_string(self) -> None:
        if self._picture is not None:
            self._picture.finish()
            self._picture = None
            self._keep(list(self.pictures)[-1].encode("ascii") + b'"')
        else:
            self._keep(self._string + b'"')
            self._string.clear()

    def _keep(self, text: bytes | bytearray) -> None:
        self.json += text
        if len(self.json) > MOST_JSON:
            raise Unusable(f"more than {MOST_JSON // 1024} KB beside its pictures")
