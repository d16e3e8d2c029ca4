"""One HTTP exchange: a request out, an answer in, a deadline around all of it, and a line in the log."""

from __future__ import annotations

import asyncio
from collections.abc import Callable, Mapping
from contextlib import aclosing, suppress
from typing import NamedTuple

from seedcli import __version__
from seedcli.clock import Clock, Deadline
from seedcli.gateway.answer import Received
from seedcli.gateway.body import Body
from seedcli.gateway.connection import Connection, EarlyAnswer
from seedcli.gateway.exchange_log import ExchangeLog
from seedcli.gateway.faults import NETWORK_FAULTS, reason_of
from seedcli.gateway.network import Pools
from seedcli.gateway.spooled import Unusable
from seedcli.records import ApiKey

USER_AGENT = f"seedcli/{__version__}"

_BREAKS: tuple[type[Exception], ...] = (*NETWORK_FAULTS, Unusable)


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

    async def call(
        self, call: Call, received: Received, *, pools: Pools, deadline: Deadline
    ) -> Exception | None:
        """Fills `received`; what broke the exchange, if anything did, is given back, not raised."""
        at, started_s = self.clock.now(), self.clock.monotonic()
        headers = json_headers(self.key, length=call.length)
        fault: Exception | None = None
        try:
            async with asyncio.timeout(deadline.remaining_s):
                await self._exchange(call, headers, received, pools)
        except _BREAKS as caught:
            fault = caught
        finally:
            received.close()
            self._log(call, headers, received, fault, at=at, started_s=started_s)
        return fault

    async def _exchange(
        self, call: Call, headers: Mapping[str, str], received: Received, pools: Pools
    ) -> None:
        if isinstance(call.content, Body):
            await call.content.wait_outside()
        async with pools.lease(call.url) as connection:
            connection.begin("POST", call.url, headers)
            with suppress(EarlyAnswer):  # what was answered is read below
                await _send(call.content, connection)
            head = await connection.head()
            received.begin(head.status, head.headers)
            if call.on_head is not None:
                call.on_head()
            async with aclosing(connection.pieces()) as pieces:
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


async def _send(content: Body | bytes, connection: Connection) -> None:
    if isinstance(content, Body):
        await content.send(connection)
    else:
        await connection.send(content)
    await connection.end()
