"""JSON to records and back: what goes out, and what any answer means. Pure."""

from __future__ import annotations

import json
import math
import re
from collections.abc import Iterable, Iterator, Mapping
from typing import NamedTuple

from seedcli.errors import BadInput, InDoubt, JobFailed, Moderated, NotFound, Pending, RateLimited, SeedError
from seedcli.gateway.complaints import (
    ANSWER_TEXT_LIMIT,
    Complaint,
    any_words,
    complaint_in,
    doubt,
    is_moderation,
    is_not_found,
    is_not_yet,
    is_servers_own,
    refusal,
    refusal_inside,
)
from seedcli.records import JobState, JsonObject, Parameters
from seedcli.text import clean

_CONTAINERS = ("data", "images", "results", "result", "output", "outputs", "response")
LINK_KEYS = ("url", "imageUrl", "image_url")
INLINE_KEYS = ("b64_json", "base64")
LONGEST_JOB_ID = 1024
_JOB_KEYS = ("job_set_id", "job_id")
# Observed in the gateway's other products; an unknown word is still running.
_SUCCEEDED = frozenset(("completed", "complete", "succeeded", "success", "ready", "done", "finished"))
_FAILED = frozenset(("failed", "failure", "error", "errored", "cancelled", "canceled", "rejected", "expired"))
# Time-outs, and words for a job that is not ready: conflict, too early.
_NOT_NOW = frozenset((408, 409, 425, 499))
_RUNNING = frozenset(("queued", "pending", "processing", "in_progress", "running", "starting", "submitted"))


class Parsed(NamedTuple):
    """What an answer holds: a job to follow, links, or `inline` pictures as base64 text."""

    job_set_id: str | None = None
    links: tuple[str, ...] = ()
    inline: tuple[str, ...] = ()
    usage: JsonObject | None = None

    @property
    def has_picture(self) -> bool:
        return bool(self.links or self.inline)


class Look(NamedTuple):
    """One look at a job, before any inline picture is put on disk."""

    state: JobState
    word: str
    parsed: Parsed | None = None
    error: SeedError | None = None


def edit_body_parts(prompt: str, parameters: Parameters, *, mime: str | None = None) -> tuple[bytes, bytes]:
    """The edit request's JSON before and after the value of `image`, its last field.

    With `mime` the base64 text goes between them, otherwise a link (see `edit_body`). All ASCII,
    so that lengths are known beforehand. Raises BadInput for a prompt that JSON can't carry.
    """
    check_prompt(prompt)
    fields = {**parameters.as_sent(), "prompt": prompt, "image": f"data:{mime};base64," if mime else ""}
    text = json.dumps(fields, ensure_ascii=True, allow_nan=False, separators=(",", ":"))
    return text[:-2].encode("ascii"), b'"}'


def edit_body(link: str, *, prompt: str, parameters: Parameters) -> bytes:
    """The edit request's whole JSON, the image given as a link."""
    prefix, suffix = edit_body_parts(prompt, parameters)
    return prefix + json.dumps(link)[1:-1].encode("ascii") + suffix


def poll_body(job_set_id: str) -> bytes:
    return json.dumps({"job_set_id": job_set_id}).encode("ascii")


def check_prompt(prompt: str) -> None:
    """Raises BadInput for a prompt that is empty or holds half a character."""
    if not prompt.strip():
        raise BadInput("the prompt is empty")
    if any("\ud800" <= char <= "\udfff" for char in prompt):
        raise BadInput("the prompt is not valid Unicode", hint="Is the terminal or the file in UTF-8?")


def parse_edit(status: int, headers: Mapping[str, str], body: bytes, *, now: float = 0.0) -> Parsed:
    """What an answer to the paid request holds; raises the SeedError that any other answer means.

    One usable picture counts, whatever else the answer says: it is paid for. So does a job that is
    named by an answer which would leave the request in doubt: it can be asked for at no charge.
    """
    document, problem = _document(body)
    if not 200 <= status < 300:
        error = refusal(status, headers, _words(document, problem, body), now=now)
        named = _job(document) if isinstance(error, InDoubt) and _word(document) not in _FAILED else None
        if named is None:
            raise with_text(error, body)
        return Parsed(job_set_id=named)
    if problem:
        what = f"answered HTTP {status} with {problem}"
        raise with_text(doubt(f"the gateway {what}", status=status), body)
    parsed = _parsed(document)
    if parsed.has_picture:
        return parsed
    said = complaint_in(document)
    word = _word(document)
    if parsed.job_set_id and word not in _FAILED:
        return parsed
    if said is None and word in _FAILED:
        said = any_words(document)
        said = said if said.shown else Complaint(message=f"status {word}")
    if said:
        raise with_text(refusal_inside(status, said), body)
    raise with_text(doubt(f"the gateway answered HTTP {status} without a picture", status=status), body)


def parse_poll(status: int, headers: Mapping[str, str], body: bytes, *, now: float = 0.0) -> Look:
    """One look at a job; raises what the gateway says of the question itself.

    `Pending` is an answer that says nothing now (5xx, garbage): asking again is free.
    """
    document, problem = _document(body)
    if not 200 <= status < 300:
        raise _poll_refusal(status, headers, _words(document, problem, body), now=now)
    if problem:
        raise Pending(
            f"the gateway answered HTTP {status} with {problem}", http_status=status, retryable=True
        )
    parsed, word, said = _parsed(document), _word(document), complaint_in(document)
    if word in _FAILED:
        return Look(JobState.FAILED, word, error=_job_error(said or Complaint()))
    if word in _SUCCEEDED or (parsed.has_picture and word not in _RUNNING):
        if said and not parsed.has_picture:
            return Look(JobState.FAILED, word, error=_job_error(said))
        return Look(JobState.SUCCEEDED, word, parsed=parsed)
    if said and not word:
        return _complained(status, headers, said, now=now)
    return Look(JobState.RUNNING, word)


def with_text(error: SeedError, body: bytes) -> SeedError:
    """`error`, with the start of the answer kept when it could not be used."""
    if error.answer_text is None:
        kept = clean(body[: ANSWER_TEXT_LIMIT * 8].decode("utf-8", "replace"), limit=ANSWER_TEXT_LIMIT)
        error.answer_text = kept or None
    return error


def load_json(body: bytes) -> object:
    """Any JSON, however odd; raises ValueError for what is none.

    Numbers too long for Python become infinity, bytes that are not UTF-8 become U+FFFD.
    """
    text = body.decode("utf-8-sig", "replace")
    try:
        return json.loads(text, parse_int=_whole)
    except RecursionError:
        raise ValueError("nested too deeply") from None


def _whole(digits: str) -> int | float:
    return int(digits) if len(digits) <= 40 else math.inf


def _document(body: bytes) -> tuple[object, str | None]:
    """The body's JSON, or what is wrong with it."""
    if not body.strip():
        return None, "an empty body"
    try:
        return load_json(body), None
    except ValueError:
        return None, "a web page" if body.lstrip()[:1] == b"<" else "something that is not JSON"


def _words(document: object, problem: str | None, body: bytes) -> Complaint:
    """What an error answer says; a page's title where it is a proxy's HTML, or plain text."""
    if not problem:
        return any_words(document)
    text = body[:65536].decode("utf-8", "replace")
    if not text.lstrip().startswith("<"):
        return Complaint(message=text[:1000].strip())
    title = re.search(r"<title[^<>]{0,200}>([^<]{1,300})", text, re.IGNORECASE)
    return Complaint(message=title[1].strip() if title else "")


def _parsed(document: object) -> Parsed:
    links: list[str] = []
    inline: list[str] = []
    for kind, value in _pictures(document, depth=4):
        kept = links if kind == "link" else inline
        if value not in kept:
            kept.append(value)
    return Parsed(_job(document), tuple(links), tuple(inline), _usage(document))


def _pictures(value: object, *, depth: int) -> Iterator[tuple[str, str]]:
    """Pictures in `data`, `images`, `results` and the like. The request's own `image`, which an
    answer may repeat, is not among them."""
    if depth < 0:
        return
    if isinstance(value, list):
        for item in value[:1000]:
            if isinstance(item, str):
                yield from _picture(item)
            else:
                yield from _pictures(item, depth=depth - 1)
    elif isinstance(value, dict):
        for text in _under(INLINE_KEYS, value):
            if isinstance(text, str) and text.strip():
                yield "inline", text
        for link in _under(LINK_KEYS, value):
            yield from _picture(link)
        for key in _CONTAINERS:
            inner = value.get(key)
            yield from _picture(inner) if isinstance(inner, str) else _pictures(inner, depth=depth - 1)


def _picture(value: object) -> Iterator[tuple[str, str]]:
    if not isinstance(value, str):
        return
    text = value.strip()
    if text[:11].lower() == "data:image/":
        yield "inline", text
    elif re.fullmatch(r"[A-Za-z][A-Za-z0-9+.-]*://[^\x00-\x1f\x7f\ud800-\udfff]{1,8192}", text):
        # Whether it may be fetched is the download's to say: what it leads to was made and paid for.
        yield "link", text


def _job(document: object) -> str | None:
    return next(filter(None, map(_id_in, _places(document, depth=3))), None)


def _id_in(place: dict[str, object]) -> str | None:
    for value in _under(_JOB_KEYS, place):
        if isinstance(value, str | int) and not isinstance(value, bool):
            text = str(value).strip()
            if len(text) <= LONGEST_JOB_ID and re.fullmatch(r"\S+", text) and text.isprintable():
                return text
    return None


def _word(document: object) -> str:
    """The job's status word in lower case, empty when there is none.

    The one beside its ID, else the innermost: what is wrapped around a job speaks of the call.
    """
    wrapped = document
    words: list[str] = []
    while isinstance(wrapped, dict):
        words.insert(0, _word_in(wrapped))
        wrapped = next((wrapped[key] for key in _CONTAINERS if isinstance(wrapped.get(key), dict)), None)
    beside = [_word_in(place) for place in _places(document, depth=3) if _id_in(place)]
    return next(filter(None, beside + words), "")


def _word_in(place: dict[str, object]) -> str:
    for value in (*_under(("status",), place), *_under(("state",), place)):
        if isinstance(value, str) and value.strip():
            return clean(value, limit=40).lower().replace(" ", "_").replace("-", "_")
    return ""


def _places(value: object, *, depth: int) -> Iterator[dict[str, object]]:
    """Where a job may speak of itself: the body, and what it may be wrapped in."""
    if depth < 0:
        return
    if isinstance(value, list):
        for item in value[:20]:
            yield from _places(item, depth=depth - 1)
    elif isinstance(value, dict):
        yield value
        for key in _CONTAINERS:
            yield from _places(value.get(key), depth=depth - 1)


def _under(keys: Iterable[str], place: dict[str, object]) -> Iterator[object]:
    """What stands under `keys`, however their words are joined: `job_set_id`, `jobSetId`, `JobSetID`."""
    plain = {key.lower().replace("_", "") for key in keys}
    return (value for key, value in place.items() if key.lower().replace("_", "") in plain)


def _usage(document: object) -> JsonObject | None:
    usage = document.get("usage") if isinstance(document, dict) else None
    if not isinstance(usage, dict):
        return None
    kept = {
        key: _number(value)
        for key, value in list(usage.items())[:30]
        if re.fullmatch(r"\w{1,40}", key, re.ASCII)
    }
    return {key: value for key, value in kept.items() if value is not None} or None


def _number(value: object) -> object:
    """A number that any JSON writer can write. Usage is counts: text in it could be anything, the key too."""
    if isinstance(value, float):
        return value if math.isfinite(value) else None
    return value if isinstance(value, int) else None


def _poll_refusal(status: int, headers: Mapping[str, str], said: Complaint, *, now: float) -> SeedError:
    final = status in (401, 402, 403, 429) or not (status in _NOT_NOW or is_not_yet(said))
    if 300 <= status < 400 or (400 <= status < 500 and final):
        return refusal(status, headers, said, now=now)
    shown = f": {said.shown}" if said.shown else ""
    return Pending(f"the gateway answered HTTP {status}{shown}", http_status=status, retryable=True)


def _complained(status: int, headers: Mapping[str, str], said: Complaint, *, now: float) -> Look:
    """A 2xx answer to a poll that has a complaint and no status of a job."""
    if is_moderation(said):
        return Look(JobState.FAILED, "", error=_job_error(said))
    if said.status in (401, 402, 403, 429):
        raise refusal(said.status, headers, said, now=now)
    if is_not_found(said):
        raise NotFound(f"the gateway knows no such job: {said.shown}", http_status=status)
    error = refusal_inside(status, said)
    passing = is_servers_own(said) or is_not_yet(said) or not said.shown
    if passing or isinstance(error, RateLimited):
        raise Pending(
            f"the gateway can't tell now: {said.shown or 'no reason given'}",
            http_status=status,
            retryable=True,
        )
    return Look(JobState.FAILED, "", error=_job_error(said))


def _job_error(said: Complaint) -> SeedError:
    if is_moderation(said):
        return Moderated(
            f"the job was refused by moderation: {said.shown}",
            hint="Sending it again won't help; change the prompt or the picture.",
        )
    return JobFailed(
        "the job failed" + (f": {said.shown}" if said.shown else ", and the gateway does not say why")
    )
