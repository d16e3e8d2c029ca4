"""What the gateway says is wrong, in any of its shapes, and the typed error that it means. Pure."""

from __future__ import annotations

import re
from collections.abc import Iterator, Mapping
from typing import NamedTuple

from seedcli.errors import (
    BadKey,
    ConfigError,
    Denied,
    InDoubt,
    Moderated,
    NoCredits,
    NotFound,
    OutOfQuota,
    RateLimited,
    Rejected,
    SeedError,
)
from seedcli.gateway.retry import retry_after
from seedcli.text import clean

ANSWER_TEXT_LIMIT = 2000

KEY_HINT = (
    "Check the key: `seedcli config set api_key` or SEEDCLI_API_KEY sets it, "
    "`seedcli doctor` asks the gateway about it at no charge."
)
CREDITS_HINT = "Add credits at the gateway, then give the same command again."
DOUBT_HINT = (
    "It may have been billed, so it is not sent again on its own; `seedcli history` shows it, "
    "`--resend` sends it once more."
)

_TEXT_KEYS = ("message", "detail", "msg", "error", "description", "title", "reason")
_CONTAINERS = ("data", "images", "results", "result", "output")

# Text, to be compiled when something was refused: together they take 1 ms that most edits need not.
# Observed, BytePlus: InputTextSensitiveContentDetected, OutputImageRiskDetection, …
_MODERATION = r"Sensitive(?:Content)?(?:Detected|Information)|RiskDetection|content[_ ]?policy|moderat"
_CREDITS = r"insufficient[_ ]?(?:credit|balance|fund)|out of credits?|not enough credits?|overdue"
_QUOTA = r"quota|call volume|replenish"
_REPLENISHED = r"replenished in\s+((?:[0-9]{1,4}\.)?[0-9]{1,3}:[0-9]{2}:[0-9]{2})"
_RATE = r"rate[ _-]?limit|too[ _-]?many[ _-]?requests"
_BAD_KEY = r"subscription key|api[ _-]?key|invalid or missing authentication|unauthori[sz]ed"
_DENIED = r"access denied|forbidden|permission"
_NOT_FOUND = r"not[ _-]?found|no such|does ?n.t exist|unknown job"
# Upstream's word for an input link it could not fetch: a refusal, not the server's own trouble.
_INPUT_TIMEOUT = r"timeout while downloading"
_NOT_YET = (
    r"(?:not|n.t) (?:yet|ready|finished|complete)|in progress"
    r"|(?:is|still|being) (?:being )?(?:process(?:ed|ing)|pending|queued|running)"
)
_SERVER = (
    r"internal|unexpected error|timed?[ -]?out|unavailable|overload|bad gateway|server ?error|server busy"
)


class Complaint(NamedTuple):
    """What a body says is wrong. `status` is the body's own `statusCode`, if it has one."""

    code: str = ""
    message: str = ""
    status: int | None = None

    @property
    def words(self) -> str:
        return f"{self.code} {self.message}"

    @property
    def shown(self) -> str:
        """The gateway's own words, safe to show; empty when it has none."""
        message, code = clean(self.message), clean(self.code, limit=80)
        if message and code and code not in message:
            return f"{message} ({code})"
        return message or code


def complaint_in(document: object) -> Complaint | None:
    """The complaint that a body makes, None when it makes none.

    `error` as text or object, `message` or `detail` in its place, `{"statusCode", "message"}`
    of API Management, `success: false`, and errors inside `data[]`.
    """
    if not isinstance(document, dict):
        return _first(_inside(document))
    status = _status(document)
    for key in ("error", "errors"):
        found = _spoken(document.get(key))
        if found:
            return Complaint(found.code or _code(document), found.message, found.status or status)
    inner = _first(_inside(*(document.get(key) for key in _CONTAINERS)))
    if inner:
        return Complaint(inner.code, inner.message, inner.status or status)
    if document.get("success") is False or (status or 0) >= 400 or _names_a_fault(document):
        return Complaint(_code(document), _text(document), status)
    return None


def any_words(document: object) -> Complaint:
    """Whatever a body says, where the status already tells that something is wrong."""
    found = complaint_in(document)
    if found:
        return found
    if isinstance(document, dict):
        return Complaint(_code(document), _text(document), _status(document))
    return Complaint(message=document if isinstance(document, str) else "")


def refusal(status: int, headers: Mapping[str, str], said: Complaint, *, now: float) -> SeedError:
    """The error that an HTTP answer of `status` (not 2xx) means for the paid request."""
    shown = said.shown
    if 300 <= status < 400:
        return ConfigError(
            f"the gateway redirects (HTTP {status}); the key goes to one place only",
            hint="Check the base URL: `seedcli config get base_url`.",
            http_status=status,
        )
    if status < 400 or status >= 500 or status in (408, 499):
        return doubt(f"the gateway answered HTTP {status}" + (f": {shown}" if shown else ""), status=status)
    if status == 407:
        return ConfigError(
            "the proxy wants a name and a password (HTTP 407)",
            hint="Put them into the proxy's URL: http://NAME:PASSWORD@HOST:PORT",
            http_status=status,
        )
    if status == 429:
        asked = retry_after(headers, said.message, now=now)
        return _rate_limited(shown, status=status, asked=asked, retryable=True)
    return _by_words(status, said) or _by_status(status, said)


def refusal_inside(status: int, said: Complaint) -> SeedError:
    """The error that a complaint inside a 2xx answer means.

    Never one that is sent again without asking: a 2xx says that the request was taken.
    """
    inner = said.status or 0
    if inner >= 500 or (_finds(_SERVER, said.words) and not _finds(_INPUT_TIMEOUT, said.words)):
        what = f": {said.shown}" if said.shown else ""
        return doubt(f"the gateway reports trouble of its own{what}", status=status)
    if inner == 429 or _finds(_RATE, said.words):
        return _rate_limited(said.shown, status=429, asked=None, retryable=False)
    by_words = _by_words(inner, said)
    if by_words:
        return by_words
    if 400 <= inner < 500:
        return _by_status(inner, said)
    if _finds(_BAD_KEY, said.words):
        return _by_status(401, said)
    if _finds(_DENIED, said.words):
        return _by_status(403, said)
    if not said.shown:
        return doubt("the gateway says it failed, and not why", status=status)
    return Rejected(f"the gateway refused the request: {said.shown}", http_status=status)


def doubt(message: str, *, status: int | None = None, answer_text: str | None = None) -> InDoubt:
    """The request may have been processed, and there is no usable answer."""
    return InDoubt(message, hint=DOUBT_HINT, http_status=status, retryable=False, answer_text=answer_text)


def is_moderation(said: Complaint) -> bool:
    return _finds(_MODERATION, said.words) is not None


def is_not_found(said: Complaint) -> bool:
    return said.status == 404 or _finds(_NOT_FOUND, said.words) is not None


def is_servers_own(said: Complaint) -> bool:
    """Whether it is the server's trouble, which passes, and not a verdict on the request."""
    return (said.status or 0) >= 500 or _finds(_SERVER, said.words) is not None


def is_not_yet(said: Complaint) -> bool:
    """Whether a job's answer complains only that there is nothing to show so far."""
    return _finds(_NOT_YET, said.words) is not None


def _by_words(status: int, said: Complaint) -> SeedError | None:
    number = status or None
    if is_moderation(said):
        return Moderated(
            f"refused by moderation: {said.shown}",
            hint="Sending it again won't help; change the prompt or the picture.",
            http_status=number,
        )
    if status != 401 and _finds(_CREDITS, said.words):
        return NoCredits(f"out of credits: {said.shown}", hint=CREDITS_HINT, http_status=number)
    if status in (0, 403) and _finds(_QUOTA, said.words):
        return _out_of_quota(said, status=number)
    return None


def _by_status(status: int, said: Complaint) -> SeedError:
    shown = said.shown or f"HTTP {status}"
    if status == 401:
        return BadKey(f"the gateway does not take the key: {shown}", hint=KEY_HINT, http_status=status)
    if status == 402:
        return NoCredits(f"out of credits: {shown}", hint=CREDITS_HINT, http_status=status)
    if status == 403:
        hint = "The subscription of this key may not use this API; see it at the gateway."
        return Denied(f"the gateway denies access: {shown}", hint=hint, http_status=status)
    if status in (404, 410):
        hint = "Check the base URL (`seedcli config get base_url`) or the job's ID."
        return NotFound(f"the gateway knows no such thing: {shown}", hint=hint, http_status=status)
    return Rejected(
        f"the gateway refused the request: {shown}", hint=_rejection_hint(status, said), http_status=status
    )


def _rejection_hint(status: int, said: Complaint) -> str | None:
    if _finds(_INPUT_TIMEOUT, said.words):
        return "The gateway could not fetch the link: download the picture and give the file."
    if status == 413:
        return "The picture is too large for the gateway; leave preparing on, or make it smaller."
    return None


def _out_of_quota(said: Complaint, *, status: int | None) -> OutOfQuota:
    wait = replenished_in(said.message)
    hint = f"The quota is replenished in {wait}." if wait else "Wait until the quota is replenished."
    return OutOfQuota(f"out of quota: {said.shown}", hint=hint, http_status=status)


def _rate_limited(shown: str, *, status: int, asked: float | None, retryable: bool) -> RateLimited:
    return RateLimited(
        "too many requests" + (f": {shown}" if shown else ""),
        retry_after_s=asked,
        hint=f"Try again in {asked:.0f} s." if asked else "Try again later, or with fewer at once (-j).",
        http_status=status,
        retryable=retryable,
    )


def replenished_in(message: str) -> str | None:
    """When the quota comes back, in words, from "replenished in [d.]hh:mm:ss"."""
    match = _finds(_REPLENISHED, message[:2000])
    if match is None:
        return None
    days, _, clock = match[1].rpartition(".")
    hours, minutes, _seconds = (int(part) for part in clock.split(":"))
    parts = ((int(days or 0), "d"), (hours, "h"), (minutes, "min"))
    return " ".join(f"{number} {unit}" for number, unit in parts if number) or "under a minute"


def _spoken(value: object) -> Complaint | None:
    """A complaint from what stands under `error`, or is an item of `errors`."""
    if isinstance(value, str):
        return Complaint(message=value) if value.strip() else None
    if isinstance(value, dict) and value:
        return Complaint(_code(value), _text(value), _status(value))
    if isinstance(value, list):
        return _first(_spoken(item) for item in value[:20])
    if value is True:
        return Complaint()
    return None


def _inside(*containers: object) -> Iterator[Complaint | None]:
    for container in containers:
        items = container if isinstance(container, list) else [container]
        for item in items[:100]:
            if isinstance(item, dict):
                yield _spoken(item.get("error"))


def _first(found: Iterator[Complaint | None]) -> Complaint | None:
    return next((complaint for complaint in found if complaint), None)


def _names_a_fault(document: dict[str, object]) -> bool:
    """A bare `{"code": "InvalidParameter", "message": "…"}` is upstream's error without its wrapping."""
    code = document.get("code")
    named = isinstance(code, str) and re.search(r"[A-Za-z]{3}", code) is not None
    harmless = named and str(code).lower() in ("success", "succeeded", "okay", "accepted")
    claims_success = document.get("success") is True or harmless
    return named and not claims_success and isinstance(document.get("message"), str)


def _code(document: dict[str, object]) -> str:
    for key in ("code", "type", "errorCode", "error_code"):
        value = document.get(key)
        if isinstance(value, str) and value.strip():
            return value
    return ""


def _text(document: dict[str, object]) -> str:
    for key in _TEXT_KEYS:
        value = document.get(key)
        if isinstance(value, str) and value.strip():
            return value
        inner = _spoken(value) if isinstance(value, dict | list) else None
        if inner and inner.message:
            return inner.message
    return ""


def _status(document: dict[str, object]) -> int | None:
    for key in ("statusCode", "status_code", "status", "code"):
        value = document.get(key)
        if isinstance(value, str) and re.fullmatch(r"[1-5][0-9]{2}", value):
            value = int(value)
        if isinstance(value, int) and not isinstance(value, bool) and 100 <= value <= 599:
            return value
    return None


def _finds(pattern: str, text: str) -> re.Match[str] | None:
    return re.search(pattern, text, re.IGNORECASE)
