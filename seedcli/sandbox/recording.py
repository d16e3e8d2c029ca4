"""Each request noted: what it was, what it carried, how it ended."""

from __future__ import annotations

from collections.abc import Callable, Mapping

from starlette.types import ASGIApp, Message, Receive, Scope, Send

from seedcli.sandbox.tally import Exchange, Tally
from seedcli.text import clean

EDIT_PATH = "/byteplus/v1/getEditImage"
POLL_PATH = "/ai-model-api-polling/getGenerationResults"
RESULTS = "/results/"
EXCHANGE = "seedcli.exchange"
"""The scope's name for the request's `Exchange`."""
_KEY_HEADER = "ocp-apim-subscription-key"


class Recorder:
    """Wraps the application; gives `log` a line for each request that has ended."""

    def __init__(self, app: ASGIApp, *, tally: Tally, key: str, log: Callable[[str], None] | None) -> None:
        self._app = app
        self._tally = tally
        self._key = key
        self._log = log

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        if scope["type"] != "http":
            return
        exchange = self._exchange(scope)
        scope[EXCHANGE] = exchange

        async def noted(message: Message) -> None:
            if message["type"] == "http.response.start":
                self._tally.answered(exchange, message["status"])
            await send(message)

        self._tally.begin(exchange)
        try:
            await self._app(scope, receive, noted)
        finally:
            self._tally.end(exchange)
            if self._log is not None:
                self._log(_line(exchange))

    def _exchange(self, scope: Scope) -> Exchange:
        path = scope["path"]
        query = scope["query_string"].decode("latin-1")
        headers = {name.decode("latin-1"): value.decode("latin-1") for name, value in scope["headers"]}
        has_key = _KEY_HEADER in headers or any(
            self._key in text for text in (path, query, *headers.values())
        )
        return Exchange(
            kind=_kind(path, method=scope["method"]),
            method=scope["method"],
            path=f"{path}?{query}" if query else path,
            headers=_masked(headers),
            has_key=has_key,
        )


def _kind(path: str, *, method: str) -> str:
    if path.startswith(RESULTS):
        return "download"
    if method != "POST":
        return "other"
    return {EDIT_PATH: "edit", POLL_PATH: "poll"}.get(path, "other")


def _masked(headers: Mapping[str, str]) -> dict[str, str]:
    return {name: "****" if name == _KEY_HEADER else value for name, value in headers.items()}


def _line(exchange: Exchange) -> str:
    status = "closed" if exchange.status is None else str(exchange.status)
    words = [exchange.method, clean(exchange.path, limit=120), status, f"{exchange.elapsed_s or 0:.2f}s"]
    return " ".join(words) + (f"  {clean(exchange.note)}" if exchange.note else "")
