"""One HTTP exchange: a request out, an answer in, a deadline around all of it, and a line in the log."""

from __future__ import annotations

import asyncio
from collections.abc import AsyncGenerator, AsyncIterator, Callable, Mapping
from contextlib import aclosing
from typing import Any, NamedTuple, cast

import httpcore

from seedcli import __version__
from seedcli.clock import Clock, Deadline
from seedcli.gateway.answer import Received
from seedcli.gateway.body import Body
from seedcli.gateway.exchange_log import ExchangeLog
from seedcli.gateway.faults import NETWORK_FAULTS, reason_of
from seedcli.gateway.network import Pools
from seedcli.gateway.spooled import Unusable
from seedcli.gateway.streams import WatchedStream
from seedcli.records import ApiKey

USER_AGENT = f"seedcli/{__version__}"

_BREAKS: tuple[type[Exception], ...] = (*NETWORK_FAULTS, Unusable)

# `connection.`, `proxy.` or `socks.` stands before them; the last to come is the one that is used.
_STREAM_READY = ("connect_tcp.complete", "start_tls.complete", "setup_socks5_connection.complete")


class Call(NamedTuple):
    """A POST of JSON to the gateway; `shown` is the body as a log may have it."""

    url: str
    content: Body | bytes
    length: int
    shown: str
    on_head: Callable[[], None] | None = None


class Caller(NamedTuple):
    """Makes calls with the key: no redirect is followed, no cookie kept."""

    key: ApiKey
    clock: Clock
    log: ExchangeLog
    connect_timeout_s: float

    async def call(
        self, call: Call, received: Received, *, pools: Pools, deadline: Deadline
    ) -> Exception | None:
        """Fills `received`; what broke the exchange, if anything did, is given back, not raised."""
        at, started_s = self.clock.now(), self.clock.monotonic()
        headers = json_headers(self.key, length=call.length)
        fault: Exception | None = None
        try:
            async with asyncio.timeout(deadline.remaining_s), pools.lease(call.url) as pool:
                await self._exchange(call, headers, received, pool)
        except _BREAKS as caught:
            fault = caught
        finally:
            received.close()
            self._log(call, headers, received, fault, at=at, started_s=started_s)
        return fault

    async def _exchange(
        self, call: Call, headers: Mapping[str, str], received: Received, pool: httpcore.AsyncConnectionPool
    ) -> None:
        if isinstance(call.content, Body):
            await call.content.wait_outside()
        async with pool.stream(
            "POST",
            call.url,
            headers=list(headers.items()),
            content=cast("bytes | AsyncIterator[bytes]", call.content),
            extensions=extensions(call.content, connect_timeout_s=self.connect_timeout_s),
        ) as response:
            received.begin(response.status, response.headers)
            if call.on_head is not None:
                call.on_head()
            async with pieces_of(response) as pieces:
                async for piece in pieces:
                    if not received.feed(piece):
                        break

    def _log(
        self,
        call: Call,
        headers: Mapping[str, str],
        received: Received,
        fault: Exception | None,
        *,
        at: float,
        started_s: float,
    ) -> None:
        if not self.log.wanted:
            return
        elapsed_s = self.clock.monotonic() - started_s
        broke = f", {reason_of(fault)}" if fault else "" if received.status else ", given up"
        self.log.write(
            at=at,
            request=f"POST {call.url}",
            headers=headers,
            body=call.shown,
            status=received.status,
            answer_headers=received.headers,
            answer=received.body,
            outcome=f"{received.size} bytes after {elapsed_s:.3f} s{broke}",
        )


def json_headers(key: ApiKey, *, length: int) -> dict[str, str]:
    """The document's three headers, and what HTTP wants."""
    return {
        "Content-Type": "application/json",
        "Cache-Control": "no-cache",
        "Ocp-Apim-Subscription-Key": key.reveal(),
        "Accept": "application/json",
        "Accept-Encoding": "identity",
        "User-Agent": USER_AGENT,
        "Content-Length": str(length),
    }


def extensions(
    content: object, *, connect_timeout_s: float, read_timeout_s: float | None = None
) -> dict[str, Any]:
    """httpcore's options for a request: time limits, and for a body the stream that it goes out on."""
    timeout = {"connect": connect_timeout_s, "read": read_timeout_s, "write": read_timeout_s, "pool": None}
    if not isinstance(content, Body):
        return {"timeout": timeout}

    async def trace(name: str, info: Mapping[str, Any]) -> None:
        if name.endswith(_STREAM_READY) and isinstance(info["return_value"], WatchedStream):
            content.stream = info["return_value"]

    return {"timeout": timeout, "trace": trace}


def pieces_of(response: httpcore.Response) -> aclosing[AsyncGenerator[bytes, None]]:
    """The body as it comes; leaving the context ends the reading at once."""
    return aclosing(cast("AsyncGenerator[bytes, None]", response.aiter_stream()))
