"""What a struck request is answered with."""

from __future__ import annotations

import asyncio
import json
from collections.abc import Mapping

from starlette.responses import RedirectResponse, Response
from starlette.types import ASGIApp

from seedcli.records import JsonObject
from seedcli.sandbox.config import SandboxConfig
from seedcli.sandbox.faults import Fault
from seedcli.sandbox.misbehaviour import Drip, EndlessInterim, HalfAnswer, HangUp, Silence
from seedcli.sandbox.refusals import Refusal, refusal, upstream

JSON = "application/json"
JPEG = "image/jpeg"
PAGE = "<!doctype html>\n<html><head><title>{0}</title></head><body><h1>{0}</h1><hr>proxy</body></html>\n"
EXPIRED = (
    '<?xml version="1.0" encoding="UTF-8"?>\n'
    "<Error><Code>AccessDenied</Code><Message>Request has expired</Message></Error>"
)
_QUOTA = "Out of call volume quota. Quota will be replenished in 22.14:18:12."
_OFFENSIVE = "The request failed because the input text may contain sensitive information."


def raise_status(fault: Fault | None, *, config: SandboxConfig) -> None:
    """Raises the refusal that `fault` stands for, if it is one of the statuses."""
    if fault is None:
        return
    if fault.name == "429":
        raise refusal(429, headers={"Retry-After": config.retry_after or "1"})
    if fault.name == "403-quota":
        raise Refusal(403, {"statusCode": 403, "message": _QUOTA}, note=_QUOTA)
    if fault.name == "moderation":
        raise upstream(400, code="InputTextSensitiveContentDetected", message=_OFFENSIVE, param="prompt")
    if fault.name.isdigit() and fault.name != "502":
        raise refusal(int(fault.name))


def before_work(fault: Fault | None, *, path: str) -> ASGIApp | None:
    """The answer of a fault that strikes before anything is made."""
    match fault.name if fault else "":
        case "502":
            return Response(PAGE.format("502 Bad Gateway"), 502, media_type="text/html")
        case "redirect":
            return RedirectResponse(f"/elsewhere{path}", 307)
        case "empty-data":
            return json_answer({"created": 0, "data": [], "usage": {"generated_images": 0}})
        case "error-in-200":
            return json_answer({"error": {"code": "InternalServiceError", "message": "The service failed."}})
        case "moderation-in-200":
            code = "OutputImageSensitiveContentDetected"
            message = "The generated image may contain sensitive information."
            return json_answer({"created": 0, "data": [{"error": {"code": code, "message": message}}]})
    return None


def after_work(
    answer: JsonObject, fault: Fault | None, *, config: SandboxConfig, stopping: asyncio.Event
) -> ASGIApp:
    """`answer`, as well or as badly as `fault` lets it through."""
    body = json.dumps(answer).encode()
    match fault.name if fault else "":
        case "no-answer":
            return Silence(stopping)
        case "hang-up":
            return HangUp()
        case "half-answer":
            return HalfAnswer(body, content_type=JSON)
        case "drip":
            return Drip(body, content_type=JSON, piece=1, pause_s=config.drip_s, stopping=stopping)
        case "endless-1xx":
            return EndlessInterim(pause_s=config.drip_s, stopping=stopping)
        case "html":
            return Response(PAGE.format("Welcome"), media_type="text/html")
        case "bad-json":
            return Response(body[: len(body) * 2 // 3], media_type=JSON)
    return Response(body, media_type=JSON)


def download(
    jpeg: bytes, fault: Fault | None, *, name: str, config: SandboxConfig, stopping: asyncio.Event
) -> ASGIApp:
    """The picture, as well or as badly as `fault` lets it through."""
    match fault.name if fault else "":
        case "cut-download":
            return HalfAnswer(jpeg, content_type=JPEG)
        case "expired-link":
            return Response(EXPIRED, 403, media_type="application/xml")
        case "slow-download":
            return Drip(
                jpeg,
                content_type=JPEG,
                piece=max(1, len(jpeg) // 40),
                pause_s=config.drip_s,
                stopping=stopping,
            )
        case "html":
            return Response(PAGE.format("Welcome"), media_type="text/html")
        case "empty":
            return Response(b"", media_type=JPEG)
        case "redirect":
            return RedirectResponse(f"/results/moved/{name}", 302)
        case "hang-up":
            return HangUp()
        case "no-answer":
            return Silence(stopping)
    return Response(jpeg, media_type=JPEG)


def json_answer(body: JsonObject, *, status: int = 200, headers: Mapping[str, str] | None = None) -> Response:
    return Response(json.dumps(body), status, headers, media_type=JSON)
