"""What is sent with a paid request, and how far it got."""

from __future__ import annotations

from pathlib import Path
from typing import NamedTuple


class Upload(NamedTuple):
    """A picture file as it must go out: `sha256` in hex, `mime` such as `image/jpeg`."""

    path: Path
    size: int
    sha256: str
    mime: str


class Delivery:
    """How far a paid request got; the caller gives it, `Gateway.submit` fills it.

    `whole` is set when the last piece of the body is handed to the network, before anything can
    tell whether it arrived: from then on the request may have been processed, until an answer
    says otherwise. While it is False the gateway certainly never had the whole request.
    """

    def __init__(
        self, *, connected: bool = False, sent_bytes: int = 0, total_bytes: int = 0, whole: bool = False
    ) -> None:
        self.connected = connected
        self.sent_bytes = sent_bytes
        self.total_bytes = total_bytes
        self.whole = whole
