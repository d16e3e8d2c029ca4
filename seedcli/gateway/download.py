"""Fetching a result: without the key, from public places only, whole or not at all."""

from __future__ import annotations

import asyncio
from collections.abc import AsyncIterator, Callable
from contextlib import aclosing, asynccontextmanager
from typing import BinaryIO

from seedcli.clock import Clock, Deadline
from seedcli.errors import SeedError, Unsaved
from seedcli.gateway.addresses import is_loopback_host, is_public
from seedcli.gateway.answer import COMPRESSIONS
from seedcli.gateway.channel import NotAdmitted
from seedcli.gateway.connection import Connection, Head
from seedcli.gateway.exchange import USER_AGENT
from seedcli.gateway.exchange_log import ExchangeLog
from seedcli.gateway.faults import NETWORK_FAULTS, reason_of
from seedcli.gateway.links import BadLink, Link, parse_link, redirected
from seedcli.gateway.network import Network, Pools, Trust
from seedcli.gateway.retry import retry_after
from seedcli.text import clean

MOST_BYTES = 100 * 1000 * 1000
TRIES = 5
_MOST_REDIRECTS = 5
_SILENCE_S = 30.0
_REDIRECTS = (301, 302, 303, 307, 308)
_GONE = (401, 403, 404, 410)
# Other words there, such as the `aws-chunked` of an upload, leave the bytes as they are.
_HEADERS = {"Accept": "image/*, */*;q=0.5", "Accept-Encoding": "identity", "User-Agent": USER_AGENT}


class _Passing(Exception):
    """A fault that may be gone at the next try; `asked_s` is what the host wants waited."""

    def __init__(self, message: str, asked_s: float = 0.0) -> None:
        super().__init__(message)
        self.asked_s = asked_s


class _CutOff(_Passing):
    """The host broke off, and had not told how much was to come."""


class PerhapsWhole(Unsaved):
    """A download that broke off each time, of a length that the host does not tell: what is in the
    target may be all of it, as its own end will show."""


class _Final(Exception):
    """A fault that stays. `hint` says what to do."""

    def __init__(self, message: str, hint: str | None = None) -> None:
        super().__init__(message)
        self.hint = hint


class Downloader:
    """A client of its own, without key and cookies; `hide` takes the key out of a redirect, should a
    host know it. With `allow_loopback` links to this machine are fetched too, which is right only
    while the gateway itself is here; `admit` says which other addresses may be spoken to."""

    def __init__(
        self,
        network: Network,
        trust: Trust,
        *,
        clock: Clock,
        log: ExchangeLog,
        allow_loopback: bool,
        random: Callable[[], float],
        hide: Callable[[str], str] = str,
        admit: Callable[[str], bool] = is_public,
        most_bytes: int = MOST_BYTES,
    ) -> None:
        self._most_bytes = most_bytes
        self._clock = clock
        self._log = log
        self._allow_loopback = allow_loopback
        self._random = random
        self._hide = hide
        self._public = Pools(network, trust, keep_alive=True, admit=admit, silence_s=_SILENCE_S)
        self._loopback = Pools(network, trust, keep_alive=True, admit=is_loopback_host, silence_s=_SILENCE_S)

    async def aclose(self) -> None:
        await self._public.aclose()
        await self._loopback.aclose()

    async def download(
        self,
        link: str,
        *,
        target: BinaryIO,
        deadline: Deadline,
        progress: Callable[[int, int | None], None] | None = None,
    ) -> int:
        """Writes the result to `target`, from its start; its size in bytes.

        `progress` gets bytes fetched and in all (None when not known). Tries again what may
        pass. Raises Unsaved, which names the link; PerhapsWhole where `target` is to be looked at.
        """
        tries = 0
        while True:
            tries += 1
            try:
                return await self._within(deadline, link, target, progress)
            except _Passing as fault:
                delay_s = fault.asked_s + self._random() * min(10.0, 0.5 * 2.0**tries)
                if tries >= TRIES or delay_s >= deadline.remaining_s:
                    kind = PerhapsWhole if isinstance(fault, _CutOff) else Unsaved
                    raise _unsaved(link, str(fault), kind=kind) from fault
            except _Final as fault:
                raise _unsaved(link, str(fault), hint=fault.hint) from fault
            await self._clock.sleep(delay_s)

    async def _within(
        self,
        deadline: Deadline,
        link: str,
        target: BinaryIO,
        progress: Callable[[int, int | None], None] | None,
    ) -> int:
        try:
            async with asyncio.timeout(deadline.remaining_s):
                return await self._follow(link, target, progress or _ignore)
        except NotAdmitted as fault:
            raise _Final(clean(str(fault))) from fault
        except NETWORK_FAULTS as fault:
            raise _Passing(reason_of(fault)) from fault

    async def _follow(self, text: str, target: BinaryIO, progress: Callable[[int, int | None], None]) -> int:
        """Redirects by hand, each held to the rules of the first link."""
        try:
            link = parse_link(text, allow_loopback=self._allow_loopback)
            for _ in range(_MOST_REDIRECTS + 1):
                async with self._open(link) as (head, connection):
                    location = self._hide(_header(head, b"location"))
                    if head.status not in _REDIRECTS or not location:
                        return await self._save(head, connection, target, progress)
                link = redirected(link, location, allow_loopback=self._allow_loopback)
        except BadLink as fault:
            raise _Final(f"the link is not followed: {fault}") from fault
        raise _Final(f"the link redirects more than {_MOST_REDIRECTS} times")

    @asynccontextmanager
    async def _open(self, link: Link) -> AsyncIterator[tuple[Head, Connection]]:
        pools = self._loopback if link.is_loopback else self._public
        at, started_s = self._clock.now(), self._clock.monotonic()
        async with pools.lease(link.url) as connection:
            connection.begin("GET", link.url, _HEADERS)
            await connection.end()
            head = await connection.head()
            self._log.write(
                at=at,
                request=f"GET {link.url}",
                headers=_HEADERS,
                status=head.status,
                answer_headers={
                    name.decode("latin-1"): value.decode("latin-1") for name, value in head.headers
                },
                outcome=f"head after {self._clock.monotonic() - started_s:.3f} s",
            )
            yield head, connection

    async def _save(
        self,
        head: Head,
        connection: Connection,
        target: BinaryIO,
        progress: Callable[[int, int | None], None],
    ) -> int:
        self._check_status(head)
        encoding = _header(head, b"content-encoding").lower()
        if COMPRESSIONS.intersection(encoding.replace(",", " ").split()):
            raise _Final(f"the host compresses the picture ({clean(encoding, limit=40)}), unasked")
        total = _length(head)
        if total is not None and total > self._most_bytes:
            raise _Final(f"the picture has {total} bytes, more than {self._most_bytes // 1_000_000} MB")
        done = 0
        _rewind(target)
        try:
            async with aclosing(connection.pieces()) as pieces:
                async for piece in pieces:
                    done += len(piece)
                    if done > self._most_bytes:
                        raise _Final(f"the picture has more than {self._most_bytes // 1_000_000} MB")
                    _write(target, piece)
                    progress(done, total)
        except NETWORK_FAULTS as fault:
            if total is None and done:
                raise _CutOff(reason_of(fault)) from fault
            raise
        if not done:
            raise _Passing("the host sent an empty file")
        return done

    def _check_status(self, head: Head) -> None:
        status = head.status
        if status == 200:
            return
        if status == 429 or status >= 500 or status == 408:
            asked = retry_after({"retry-after": _header(head, b"retry-after")}, "", now=self._clock.now())
            raise _Passing(f"the host answered HTTP {status}", asked or 0.0)
        if status in _GONE:
            raise _Final(
                f"the link has expired, or there is nothing at it (HTTP {status})",
                hint="Results are hosted for about a day. For a job, `seedcli poll` may give a new link.",
            )
        raise _Final(f"the host answered HTTP {status}")


def _unsaved(link: str, problem: str, *, hint: str | None = None, kind: type[Unsaved] = Unsaved) -> SeedError:
    return kind(
        f"the result could not be downloaded: {problem}: {clean(link, limit=2000)}",
        hint=hint or "`seedcli resume` tries again at no charge.",
    )


def _header(head: Head, name: bytes) -> str:
    return next((value.decode("latin-1") for key, value in head.headers if key.lower() == name), "")


def _length(head: Head) -> int | None:
    text = _header(head, b"content-length").strip()
    return int(text) if text.isascii() and text.isdigit() and len(text) < 16 else None


def _rewind(target: BinaryIO) -> None:
    try:
        target.seek(0)
        target.truncate()
    except OSError as fault:
        raise _full(fault) from fault


def _write(target: BinaryIO, piece: bytes) -> None:
    try:
        target.write(piece)
    except OSError as fault:
        raise _full(fault) from fault


def _full(fault: OSError) -> _Final:
    return _Final(
        f"it can't be written: {fault.strerror or type(fault).__name__}",
        hint="`seedcli resume` fetches it again at no charge once there is room.",
    )


def _ignore(_done: int, _total: int | None) -> None:
    """Nobody looks."""
