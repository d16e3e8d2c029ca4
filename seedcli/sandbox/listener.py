"""uvicorn, made to let go of connections and to stop at once."""

from __future__ import annotations

import asyncio
import socket
from types import FrameType
from typing import cast

import uvicorn
from starlette.types import ASGIApp, Receive, Scope, Send
from uvicorn.protocols.http.h11_impl import H11Protocol

from seedcli.sandbox.misbehaviour import TRANSPORT

_GRACE_S = 2.0
"""How long requests in progress may take when the server stops."""


class Connection(H11Protocol):
    """A connection that its requests can close, or write to beside HTTP."""

    def connection_made(self, transport: asyncio.Transport) -> None:  # type: ignore[override] # as uvicorn's own
        super().connection_made(transport)
        app = self.app

        async def with_transport(scope: Scope, receive: Receive, send: Send) -> None:
            scope[TRANSPORT] = transport
            await cast(ASGIApp, app)(scope, receive, send)

        self.app = with_transport


class Listener(uvicorn.Server):
    """A server that stops within milliseconds of being told, whatever its clients do."""

    def __init__(self, config: uvicorn.Config, *, stopping: asyncio.Event) -> None:
        super().__init__(config)
        self._stopping = stopping
        self._loop: asyncio.AbstractEventLoop | None = None

    def stop(self) -> None:
        """May be called from any thread."""
        self.should_exit = True
        if self._loop is not None:
            self._loop.call_soon_threadsafe(self._stopping.set)

    def handle_exit(self, sig: int, frame: FrameType | None) -> None:
        super().handle_exit(sig, frame)
        self.stop()

    async def main_loop(self) -> None:
        self._loop = asyncio.get_running_loop()
        counter = 0
        # Once a second, for the Date header; every tenth count is what uvicorn looks for.
        while not await self.on_tick(counter):
            counter += 10
            try:
                async with asyncio.timeout(1.0):
                    await self._stopping.wait()
            except TimeoutError:
                continue

    async def shutdown(self, sockets: list[socket.socket] | None = None) -> None:
        self._stopping.set()
        for server in self.servers:
            server.close()
        for connection in list(self.server_state.connections):
            connection.shutdown()
        tasks = list(self.server_state.tasks)
        if tasks:
            await asyncio.wait(tasks, timeout=_GRACE_S)
        for connection in list(self.server_state.connections):
            connection.transport.abort()
        for task in tasks:
            task.cancel()
        await asyncio.gather(*tasks, return_exceptions=True)
        # A transport that was aborted tells so on the loop's next turn.
        await asyncio.sleep(0)
