"""`--debug-http FILE`: each exchange in readable form, the key and pictures shortened."""

from __future__ import annotations

import contextlib
import os
import re
from collections.abc import Iterable, Mapping
from pathlib import Path

from seedcli.errors import ConfigError
from seedcli.gateway.key import body_without_key, without_key
from seedcli.records import ApiKey
from seedcli.text import clean

_LONGEST_LINE = 4000
_SECRET_HEADERS = (
    "ocp-apim-subscription-key",
    "authorization",
    "proxy-authorization",
    "cookie",
    "set-cookie",
)
# A signature makes a result's link a key of its own.
_QUERY = r"(https?://[^\s?\"'<>\\]+)\?([^\s\"'<>\\]+)"
_BASE64 = r"[A-Za-z0-9+/=_-]{200,}"


class ExchangeLog:
    """Writes exchanges to `path`, mode 0600, appending; with None it does nothing.

    A log that can't be opened stops the program before anything is sent; one that fails later
    is given up, since paid work goes on without it.
    """

    def __init__(self, path: Path | None, *, key: ApiKey | None) -> None:
        self._path = path
        self._key = key

    @property
    def wanted(self) -> bool:
        return self._path is not None

    def check(self) -> None:
        """Raises ConfigError when the file can't be written."""
        if self._path is None:
            return
        try:
            os.close(self._open(self._path))
        except OSError as fault:
            raise ConfigError(
                f"--debug-http: {self._path} can't be written: {fault.strerror or type(fault).__name__}"
            ) from fault

    def write(
        self,
        *,
        at: float,
        request: str,
        headers: Mapping[str, str],
        body: str = "",
        status: int | None = None,
        answer_headers: Mapping[str, str] | None = None,
        answer: bytes = b"",
        outcome: str = "",
    ) -> None:
        """`at` is seconds since the epoch; `outcome` says how long it took and what broke."""
        if self._path is None:
            return
        from datetime import UTC, datetime  # here: only who asked for a log needs it

        moment = datetime.fromtimestamp(at, UTC).isoformat(timespec="milliseconds")
        lines = [f"{moment} {request}", *_headers(">", headers)]
        if body:
            lines.append(f"> {body}")
        lines.append(f"< HTTP {status}, {outcome}" if status else f"< {outcome}")
        lines += _headers("<", answer_headers or {})
        if answer:
            # Before it is cut, so that no half of the key is left at the end.
            answer = body_without_key(answer, self._key) if self._key else answer
            lines.append("< " + answer[: _LONGEST_LINE * 4].decode("utf-8", "replace"))
        self._append("\n".join(map(self._safe, lines)) + "\n\n")

    def _safe(self, line: str) -> str:
        line = without_key(line, self._key) if self._key else line
        line = re.sub(_QUERY, lambda link: f"{link[1]}?<{len(link[2])} characters>", line)
        line = re.sub(_BASE64, lambda text: f"<{len(text[0])} characters>", line)
        return clean(line, limit=_LONGEST_LINE)

    def _append(self, text: str) -> None:
        with contextlib.suppress(OSError):
            handle = self._open(self._path) if self._path else -1
            try:
                os.write(handle, text.encode())
            finally:
                os.close(handle)

    def _open(self, path: Path) -> int:
        return os.open(path, os.O_WRONLY | os.O_CREAT | os.O_APPEND | getattr(os, "O_CLOEXEC", 0), 0o600)


def _headers(mark: str, headers: Mapping[str, str]) -> Iterable[str]:
    for name, value in headers.items():
        shown = "<hidden>" if name.lower() in _SECRET_HEADERS else value
        yield f"{mark} {name.lower()}: {shown}"
