"""The requests, held against the document: every field, type and range."""

from __future__ import annotations

import base64
import binascii
import json
import math
import re
from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any, NoReturn
from urllib.parse import urlsplit

from seedcli.records import JsonObject
from seedcli.sandbox.refusals import refusal
from seedcli.sandbox.sizes import ModelRules, rules_for, size_fault

_DATA_URI = re.compile(r"data:image/([a-z0-9][a-z0-9.+-]{0,19});base64,", re.ASCII)
_EDIT_FIELDS: Mapping[str, tuple[type, ...]] = {
    "model": (str,),
    "prompt": (str,),
    "image": (str,),
    "response_format": (str,),
    "size": (str,),
    "seed": (int,),
    "guidance_scale": (int, float),
    "watermark": (bool,),
}
_TYPE_NAMES = {str: "a string", int: "an integer", float: "a number", bool: "true or false"}


@dataclass(frozen=True, slots=True)
class SentImage:
    """The request's image: bytes under the format it was declared as, or a URL."""

    declared: str | None = None
    data: bytes = b""
    url: str | None = None


@dataclass(frozen=True, slots=True)
class EditOrder:
    """A valid request. `seed` is None where the gateway is to choose; `guidance` None where unset."""

    rules: ModelRules
    prompt: str
    image: SentImage
    response_format: str
    size: str | None
    seed: int | None
    guidance: float | None
    watermark: bool


def check_headers(headers: Mapping[str, str], *, key: str) -> None:
    """Raises the refusal of a request without the document's headers; names are in lower case."""
    if headers.get("ocp-apim-subscription-key") != key:
        raise refusal(401)
    content_type = headers.get("content-type", "").split(";")[0].strip().lower()
    if content_type != "application/json":
        raise refusal(400, detail="Content-Type must be application/json")
    if headers.get("cache-control", "").strip().lower() != "no-cache":
        raise refusal(400, detail="Cache-Control must be no-cache")


def read_object(body: bytes) -> JsonObject:
    """The JSON object in `body`, more strictly than `json` reads: no NaN, no name twice, UTF-8 only."""
    try:
        value = json.loads(body.decode(), parse_constant=_no_constant, object_pairs_hook=_unique)
    except (ValueError, RecursionError) as fault:
        raise refusal(400, detail="the body is not JSON") from fault
    if not isinstance(value, dict):
        _no("the body is not a JSON object")
    return value


def check_edit(fields: JsonObject) -> EditOrder:
    """The order that `fields` ask for, or the refusal that the document has for them."""
    _check_types(fields)
    for name in ("prompt", "image"):
        if not fields.get(name, "").strip():
            _no(f"{name}: is required")
    if not _encodable(fields["prompt"]):
        _no("prompt: is not text")
    rules = rules_for(fields.get("model"))
    if rules is None:
        _no("model: does not exist")
    _check_ranges(fields)
    _check_model(fields, rules)
    seed = fields.get("seed", -1)
    return EditOrder(
        rules=rules,
        prompt=fields["prompt"],
        image=read_image(fields["image"]),
        response_format=fields.get("response_format", "url"),
        size=fields.get("size"),
        seed=None if seed == -1 else seed,
        guidance=fields.get("guidance_scale"),
        # Observed: the mark is on unless it is turned off.
        watermark=fields.get("watermark", True),
    )


def check_poll(fields: JsonObject) -> str:
    """The job that is asked for."""
    if unknown := sorted(set(fields) - {"job_set_id"}):
        _no(f"{unknown[0][:40]}: unknown field")
    job_set_id = fields.get("job_set_id")
    if not isinstance(job_set_id, str) or not job_set_id.strip():
        _no("job_set_id: is required, a string")
    return job_set_id


def read_image(text: str) -> SentImage:
    """The picture's bytes, or its URL; what the bytes are is looked at elsewhere."""
    match = _DATA_URI.match(text)
    if match is None:
        return SentImage(url=_url(text))
    try:
        data = base64.b64decode(text[match.end() :].encode("ascii"), validate=True)
    except (binascii.Error, UnicodeEncodeError) as fault:
        raise refusal(400, detail="image: is not base64") from fault
    if not data:
        _no("image: is empty")
    return SentImage(declared=match[1], data=data)


def _check_types(fields: JsonObject) -> None:
    for name, value in fields.items():
        allowed = _EDIT_FIELDS.get(name)
        if allowed is None:
            _no(f"{name[:40]!a}: unknown field")
        # In Python a bool is an int; in JSON it is not.
        if not isinstance(value, allowed) or (isinstance(value, bool) and bool not in allowed):
            _no(f"{name}: must be {_TYPE_NAMES[allowed[-1]]}")


def _check_ranges(fields: JsonObject) -> None:
    if not -1 <= fields.get("seed", -1) <= 2_147_483_647:
        _no("seed: must be within -1 to 2147483647")
    guidance = fields.get("guidance_scale", 1)
    if not (math.isfinite(guidance) and 1 <= guidance <= 10):
        _no("guidance_scale: must be within 1 to 10")
    if fields.get("response_format", "url") not in ("url", "b64_json"):
        _no("response_format: must be url or b64_json")


def _check_model(fields: JsonObject, rules: ModelRules) -> None:
    if rules.size_required and "size" not in fields:
        _no("size: is required by this model")
    if "size" in fields and (fault := size_fault(fields["size"], rules)):
        _no(f"size: {fault}")
    for name in ("seed", "guidance_scale"):
        if name in fields and not rules.takes_seed:
            _no(f"{name}: is not supported by this model")


def _url(text: str) -> str:
    try:
        parts = urlsplit(text)
        usable = parts.scheme in ("http", "https") and bool(parts.hostname)
    except ValueError:
        usable = False
    if not usable or not text.isprintable() or " " in text:
        _no("image: must be a URL or data:image/<format>;base64,<content> with the format in lower case")
    return text


def _encodable(text: str) -> bool:
    try:
        text.encode()
    except UnicodeEncodeError:
        return False
    return True


def _no_constant(name: str) -> NoReturn:
    raise ValueError(name)


def _unique(pairs: list[tuple[str, Any]]) -> JsonObject:
    found = dict(pairs)
    if len(found) != len(pairs):
        raise ValueError("a name stands twice")
    return found


def _no(detail: str) -> NoReturn:
    raise refusal(400, detail=detail)
