"""The gateway as an ASGI application: both endpoints, the result files, and a look at the counts."""

from __future__ import annotations

import asyncio
import base64
import hashlib
import time
from collections.abc import Awaitable, Callable
from dataclasses import asdict

from starlette.applications import Starlette
from starlette.exceptions import HTTPException
from starlette.requests import ClientDisconnect, Request
from starlette.responses import Response
from starlette.routing import Route
from starlette.types import ASGIApp, Receive, Scope, Send

from seedcli.records import JsonObject
from seedcli.sandbox import struck
from seedcli.sandbox.config import SandboxConfig
from seedcli.sandbox.faults import Fault, FaultPlan
from seedcli.sandbox.misbehaviour import HangUp, pause
from seedcli.sandbox.pace import RateLimit
from seedcli.sandbox.recording import EDIT_PATH, EXCHANGE, POLL_PATH, RESULTS, Recorder
from seedcli.sandbox.refusals import Refusal, refusal
from seedcli.sandbox.rules import EditOrder, check_edit, check_headers, check_poll, read_object
from seedcli.sandbox.sizes import tokens
from seedcli.sandbox.store import Fate, Store, StoredJob
from seedcli.sandbox.tally import Exchange, Tally
from seedcli.sandbox.workshop import Made, Workshop, fetch_timeout

_FATES = {"failing-job": Fate.FAILS, "endless-job": Fate.NEVER_ENDS}
_TINY = "tiny.jpg"


def create_app(
    config: SandboxConfig,
    *,
    tally: Tally | None = None,
    stopping: asyncio.Event | None = None,
    log: Callable[[str], None] | None = None,
) -> ASGIApp:
    """The application. `config.folder` must be set; `log` gets a line for each request.

    When `stopping` is set, requests that are being held let go.
    """
    if config.folder is None:
        raise ValueError("a sandbox needs a folder for jobs and results")
    counts = tally or Tally()
    gateway = _Gateway(config, store=Store(config.folder), tally=counts, stopping=stopping or asyncio.Event())

    async def stats(_request: Request) -> Response:
        exchanges = [asdict(exchange) for exchange in counts.exchanges()]
        return struck.json_answer({**counts.stats().as_json(), "exchanges": exchanges})

    app = Starlette(
        routes=[
            Route(EDIT_PATH, _Endpoint(gateway.edit), methods=["POST"]),
            Route(POLL_PATH, _Endpoint(gateway.poll), methods=["POST"]),
            Route(RESULTS + "{name}", _Endpoint(gateway.result), methods=["GET"]),
            Route(RESULTS + "moved/{name}", _Endpoint(gateway.moved_result), methods=["GET"]),
            Route("/_sandbox/stats", stats, methods=["GET"]),
            Route("/{path:path}", _Endpoint(gateway.elsewhere)),
        ],
        exception_handlers={HTTPException: _no_endpoint},
    )
    # A redirect to the path with or without a slash would be an endpoint that the document does not have.
    app.router.redirect_slashes = False
    return Recorder(app, tally=counts, key=config.key, log=log)


class _Endpoint:
    """A handler that gives an ASGI application, and its refusals as answers.

    A class and not a function, so that Starlette leaves the methods to the route and the rest to us.
    """

    def __init__(self, handler: Callable[[Request], Awaitable[ASGIApp]]) -> None:
        self._handler = handler

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        request = Request(scope, receive)
        exchange: Exchange = scope[EXCHANGE]
        try:
            answer = await self._handler(request)
        except Refusal as no:
            exchange.note = no.note
            answer = struck.json_answer(no.body, status=no.status, headers=no.headers)
        except ClientDisconnect:
            exchange.note = "the client went away"
            answer = HangUp()
        await answer(scope, receive, send)


class _Gateway:
    """The endpoints, and what they share."""

    def __init__(self, config: SandboxConfig, *, store: Store, tally: Tally, stopping: asyncio.Event) -> None:
        self._config = config
        self._store = store
        self._tally = tally
        self._stopping = stopping
        self._workshop = Workshop(store, rendering=config.render)
        self._plan = FaultPlan(config.faults, seed=config.fault_seed)
        self._limit = RateLimit(config.rate_per_s) if config.rate_per_s else None

    async def edit(self, request: Request) -> ASGIApp:
        started = time.monotonic()
        exchange, body = await self._received(request)
        self._keep_pace()
        fault = self._plan.draw("edit")
        _note_fault(exchange, fault)
        struck.raise_status(fault, config=self._config)
        fields = read_object(body)
        exchange.body = _shortened(fields)
        order = check_edit(fields)
        if fault and fault.name == "fetch-timeout" and order.image.url:
            raise fetch_timeout(order.image.url)
        if early := struck.before_work(fault, path=request.url.path):
            return early
        made = await self._workshop.make(order)
        self._tally.made(hashlib.sha256(body).digest())
        exchange.note = f"{made.width}x{made.height} seed {made.seed} {exchange.note}".rstrip()
        answer = self._answer(request, order, made, fault=fault)
        if "job_set_id" not in answer and "job_id" not in answer:
            left_s = max(0.0, started + self._config.latency_s - time.monotonic())
            await pause(left_s, request.receive, self._stopping)
        return struck.after_work(answer, fault, config=self._config, stopping=self._stopping)

    async def poll(self, request: Request) -> ASGIApp:
        exchange, body = await self._received(request)
        fault = self._plan.draw("poll")
        _note_fault(exchange, fault)
        struck.raise_status(fault, config=self._config)
        exchange.body = read_object(body)
        looked = self._store.look(check_poll(exchange.body))
        if looked is None:
            raise Refusal(404, {"error": "Job not found"}, note="no such job")
        if early := struck.before_work(fault, path=request.url.path):
            return early
        job, status = looked
        exchange.note = f"{job.id} {status} {exchange.note}".rstrip()
        report = self._report(request, job, status, fault=fault)
        return struck.after_work(report, fault, config=self._config, stopping=self._stopping)

    async def result(self, request: Request) -> ASGIApp:
        fault = self._plan.draw("download")
        _note_fault(request.scope[EXCHANGE], fault)
        name: str = request.path_params["name"]
        jpeg = self._kept(name)
        struck.raise_status(fault, config=self._config)
        return struck.download(jpeg, fault, name=name, config=self._config, stopping=self._stopping)

    async def moved_result(self, request: Request) -> ASGIApp:
        """Where the fault `download-redirect` leads."""
        return Response(self._kept(request.path_params["name"]), media_type=struck.JPEG)

    async def elsewhere(self, request: Request) -> ASGIApp:
        """Any other path. The body is taken first: an answer before it would break the client's sending."""
        await self._body(request)
        raise refusal(404)

    async def _received(self, request: Request) -> tuple[Exchange, bytes]:
        """The request's body, when it is there whole and the headers are right."""
        exchange: Exchange = request.scope[EXCHANGE]
        body = await self._body(request)
        self._tally.received(exchange)
        check_headers(request.headers, key=self._config.key)
        return exchange, body

    async def _body(self, request: Request) -> bytes:
        """Reads to the end, so that the client can read the answer; keeps no more than is allowed."""
        exchange: Exchange = request.scope[EXCHANGE]
        body = bytearray()
        async for piece in request.stream():
            exchange.body_bytes += len(piece)
            if exchange.body_bytes <= self._config.max_body_bytes:
                body += piece
        if exchange.body_bytes > self._config.max_body_bytes:
            raise refusal(413)
        return bytes(body)

    def _keep_pace(self) -> None:
        wait_s = self._limit.wait_s(time.monotonic()) if self._limit else None
        if wait_s is not None:
            raise refusal(429, headers={"Retry-After": self._config.retry_after or str(wait_s)})

    def _answer(self, request: Request, order: EditOrder, made: Made, *, fault: Fault | None) -> JsonObject:
        kind = fault.name if fault else ""
        if self._config.jobs or kind in _FATES:
            return self._accept(made, fate=_FATES.get(kind, Fate.SUCCEEDS), odd=kind == "other-shape")
        if order.response_format == "b64_json":
            item = {"b64_json": base64.b64encode(made.jpeg).decode()}
        else:
            item = {"url": self._link(request, self._keep(made))}
        used = tokens(made.width, made.height)
        usage = {"generated_images": 1, "output_tokens": used, "total_tokens": used}
        if kind == "other-shape":
            return {"success": True, "images": [item], "usage": usage}
        return {"created": int(time.time()), "data": [item], "usage": usage}

    def _accept(self, made: Made, *, fate: Fate, odd: bool) -> JsonObject:
        job = self._store.add_job(
            self._keep(made),
            fate=fate,
            duration_s=self._config.latency_s,
            looks_needed=self._config.job_looks,
        )
        return {"job_id" if odd else "job_set_id": job.id, "status": "QUEUED" if odd else "queued"}

    def _report(self, request: Request, job: StoredJob, status: str, *, fault: Fault | None) -> JsonObject:
        odd = fault is not None and fault.name == "other-shape"
        word = "WARMING_UP" if fault and fault.name == "odd-word" else _WORDS[status][odd]
        link = self._link(request, job.result)
        report: JsonObject = {
            "job_id" if odd else "job_set_id": job.id,
            "status": word,
            "results": [{"imageUrl" if odd else "url": link}] if word.lower() in _OVER else [],
            "created_at": int(job.created_at),
            "updated_at": int(time.time()),
        }
        if status == "failed":
            report["error"] = {"code": "InternalServiceError", "message": "The model failed on this picture."}
        return report

    def _keep(self, made: Made) -> str:
        return self._store.keep_result(made.jpeg) if self._config.render else _TINY

    def _kept(self, name: str) -> bytes:
        if name == _TINY and not self._config.render:
            return self._workshop.tiny
        found = self._store.result(name)
        if found is None or found[1] >= self._config.link_life_s:
            raise refusal(404)
        return found[0]

    @staticmethod
    def _link(request: Request, name: str) -> str:
        return f"{str(request.base_url).rstrip('/')}{RESULTS}{name}"


_WORDS = {
    "queued": ("queued", "QUEUED"),
    "processing": ("processing", "IN_PROGRESS"),
    "succeeded": ("succeeded", "COMPLETED"),
    "failed": ("failed", "FAILED"),
}
_OVER = ("succeeded", "completed")


def _note_fault(exchange: Exchange, fault: Fault | None) -> None:
    if fault is not None:
        exchange.note = f"[fault {fault.kind}]"


def _shortened(fields: JsonObject) -> JsonObject:
    """The fields with an inline image's bytes left out."""
    image = fields.get("image")
    if not isinstance(image, str) or not image.startswith("data:"):
        return fields
    return {**fields, "image": f"{image[:40]}…({len(image)})"}


async def _no_endpoint(_request: Request, _fault: Exception) -> Response:
    """What the router itself turns away: the document knows neither 405 nor Starlette's words."""
    return struck.json_answer(refusal(404).body, status=404)
