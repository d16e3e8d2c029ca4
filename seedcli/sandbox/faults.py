"""What can be made to go wrong, and when it does."""

from __future__ import annotations

import difflib
import math
import random
from collections.abc import Iterable, Mapping
from dataclasses import dataclass

from seedcli.errors import UsageError
from seedcli.text import clean

_STATUSES: Mapping[str, str] = {
    "400": "invalid parameters",
    "401": "the key is refused",
    "402": "out of credits",
    "403": "no access",
    "403-quota": "the call quota is used up",
    "404": "no such endpoint",
    "413": "body too large",
    "422": "unprocessable",
    "429": "rate limit, with Retry-After",
    "500": "unexpected error",
    "502": "a proxy's HTML",
    "503": "temporarily unavailable",
}
_MISBEHAVIOURS: Mapping[str, str] = {
    "no-answer": "the request is taken and nothing comes back",
    "hang-up": "the request is read and the connection closed",
    "half-answer": "the answer breaks off in the middle",
    "drip": "the answer comes a byte at a time",
    "endless-1xx": "102 Processing for ever",
    "html": "200 with a page in place of JSON",
    "bad-json": "200 with JSON that breaks off",
    "redirect": "307 to another path",
}
_EDIT_ONLY: Mapping[str, str] = {
    "moderation": "400: the prompt is found offensive",
    "moderation-in-200": "200 whose data[] says the result is found offensive",
    "empty-data": "200 with no picture in it",
    "error-in-200": "200 with an error in it",
    "other-shape": "images and imageUrl in place of data and url, as seen elsewhere",
    "fetch-timeout": "400: an image given as a link can't be downloaded",
    "failing-job": "answers with a job that fails",
    "endless-job": "answers with a job that never ends",
}
_DOWNLOAD_ONLY: Mapping[str, str] = {
    "cut-download": "the picture breaks off in the middle",
    "expired-link": "403: the link has expired",
    "slow-download": "the picture comes in small pieces with pauses",
    "download-404": "404 for the picture",
    "download-429": "429 for the picture",
    "download-500": "500 for the picture",
    "download-503": "503 for the picture",
    "download-html": "a page in place of the picture",
    "download-empty": "200 with no bytes",
    "download-redirect": "302 to the same picture under another path",
    "download-hang-up": "the connection is closed",
    "download-no-answer": "nothing comes back",
}
_POLLED = ("400", "401", "403", "404", "429", "500", "502", "503", *_MISBEHAVIOURS, "other-shape")


def _kinds() -> dict[str, tuple[str, str]]:
    kinds = {
        kind: ("edit", text)
        for table in (_STATUSES, _MISBEHAVIOURS, _EDIT_ONLY)
        for kind, text in table.items()
    }
    texts = {**_STATUSES, **_MISBEHAVIOURS, **_EDIT_ONLY}
    kinds.update({f"poll-{kind}": ("poll", f"{texts[kind]} (polls)") for kind in _POLLED})
    kinds["poll-odd-word"] = ("poll", "a status that nobody has heard of (polls)")
    kinds.update({kind: ("download", text) for kind, text in _DOWNLOAD_ONLY.items()})
    return kinds


KINDS: Mapping[str, tuple[str, str]] = _kinds()
"""Every kind of fault: the requests that it strikes (edit, poll or download) and what happens."""


@dataclass(frozen=True, slots=True)
class Fault:
    """A kind, how often it strikes (0 to 1), and after how many strikes it is over (None: never)."""

    kind: str
    rate: float = 1.0
    times: int | None = None

    @property
    def stage(self) -> str:
        return KINDS[self.kind][0]

    @property
    def name(self) -> str:
        """What happens, without the stage."""
        return self.kind.removeprefix("poll-").removeprefix("download-")


def parse_fault(text: str) -> Fault:
    """`KIND[:RATE[:TIMES]]`; raises UsageError with the nearest kind."""
    kind, *numbers = text.split(":")
    if kind not in KINDS:
        near = difflib.get_close_matches(kind, KINDS, n=1, cutoff=0.4)
        hint = f"did you mean {near[0]}? " if near else ""
        raise UsageError(
            f"there is no fault {clean(kind, limit=60)!r}", hint=f"{hint}The kinds are: {', '.join(KINDS)}"
        )
    if len(numbers) > 2:
        raise UsageError(f"--fault {clean(text, limit=60)}: it is KIND[:RATE[:TIMES]]")
    rate = _rate(numbers[0], text) if numbers and numbers[0] else 1.0
    times = _times(numbers[1], text) if len(numbers) == 2 else None
    return Fault(kind, rate, times)


class FaultPlan:
    """Draws the fault of each request, the same ones for the same seed and order of requests."""

    def __init__(self, faults: Iterable[str], *, seed: int) -> None:
        self._faults = [(index, parse_fault(text)) for index, text in enumerate(faults)]
        self._random = {index: random.Random(f"{seed}:{index}:{fault.kind}") for index, fault in self._faults}
        self._struck = dict.fromkeys(self._random, 0)

    def draw(self, stage: str) -> Fault | None:
        """The fault that strikes the next request of `stage`, or None."""
        struck = None
        for index, fault in self._faults:
            if fault.stage != stage or self._struck[index] == fault.times:
                continue
            # Drawn even when an earlier one has struck: what each does must not hang on the others.
            if self._random[index].random() < fault.rate and struck is None:
                self._struck[index] += 1
                struck = fault
        return struck


def _rate(text: str, whole: str) -> float:
    try:
        rate = float(text)
    except ValueError:
        rate = math.nan
    if not 0 <= rate <= 1:
        raise UsageError(f"--fault {clean(whole, limit=60)}: the rate must be a number from 0 to 1")
    return rate


def _times(text: str, whole: str) -> int:
    if not (text.isascii() and text.isdigit()) or len(text) > 9:
        raise UsageError(f"--fault {clean(whole, limit=60)}: the number of times must be a whole number")
    return int(text)
