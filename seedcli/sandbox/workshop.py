"""From a valid order to a picture, or to the reason why there is none."""

from __future__ import annotations

import asyncio
import secrets
from dataclasses import dataclass
from fractions import Fraction
from urllib.parse import urlsplit

from seedcli.sandbox import render
from seedcli.sandbox.refusals import Refusal, refusal, upstream
from seedcli.sandbox.rules import EditOrder
from seedcli.sandbox.sizes import ModelRules, output_size
from seedcli.sandbox.store import Store

_AT_ONCE = 2
"""How many pictures are drawn at a time: each holds some decoded copies in memory."""
_GUIDANCE = 5.5
"""Observed: SeedEdit's own value where none is given."""


@dataclass(frozen=True, slots=True)
class Made:
    """A picture and its size; with `render` off the picture is a tiny one, and the size what was due."""

    jpeg: bytes
    width: int
    height: int
    seed: int


class Workshop:
    """Makes pictures in threads, so that the server goes on answering."""

    def __init__(self, store: Store, *, rendering: bool) -> None:
        self._store = store
        self._room = asyncio.Semaphore(_AT_ONCE)
        self._rendering = rendering
        self.tiny = render.tiny_jpeg()

    async def make(self, order: EditOrder) -> Made:
        """Raises the refusal of a picture that the model would not take."""
        data = self._picture(order)
        size = output_size(order.size, *check_picture(data, order.image.declared, rules=order.rules))
        seed = secrets.randbelow(2**31) if order.seed is None else order.seed
        if not self._rendering:
            return Made(self.tiny, *size, seed)
        wish = render.Wish(
            prompt=order.prompt,
            width=size[0],
            height=size[1],
            seed=seed,
            guidance=_GUIDANCE if order.guidance is None else order.guidance,
            watermark=order.watermark,
        )
        async with self._room:
            try:
                jpeg = await asyncio.to_thread(render.render, data, wish)
            except render.NotAPicture as fault:
                raise _bad_image(str(fault)) from fault
        return Made(jpeg, *size, seed)

    def _picture(self, order: EditOrder) -> bytes:
        """The bytes that were sent, an earlier result, or for any other link a picture of our own.

        Nothing is ever fetched: a sandbox reaches no network.
        """
        if order.image.url is None:
            return order.image.data
        parts = urlsplit(order.image.url)
        if parts.hostname in ("127.0.0.1", "localhost", "::1"):
            found = self._store.result(parts.path.removeprefix("/results/"))
            if found is None:
                raise fetch_timeout(order.image.url)
            return found[0]
        return render.stand_in(order.image.url)


def check_picture(data: bytes, declared: str | None, *, rules: ModelRules) -> tuple[int, int]:
    """Width and height of a picture within the model's limits; raises the refusal of any other."""
    if len(data) > rules.max_bytes:
        raise _bad_image(f"{len(data)} bytes are more than {rules.max_bytes}")
    try:
        header = render.read_header(data)
    except render.NotAPicture as fault:
        raise _bad_image(str(fault)) from fault
    if declared is not None and header.format != declared:
        raise _bad_image(f"declared as {declared}, the bytes are {header.format}")
    if header.format not in rules.formats:
        raise _bad_image(f"{header.format} is not supported by this model")
    width, height = header.width, header.height
    if min(width, height) <= rules.over_side:
        raise _bad_image(f"{width}x{height}: each side must be over {rules.over_side} pixels")
    if width * height > rules.max_pixels:
        raise _bad_image(f"{width}x{height} is more than {rules.max_pixels} pixels")
    if not 1 / rules.widest <= Fraction(width, height) <= rules.widest:
        raise _bad_image(f"{width}x{height}: the aspect must be within 1/{rules.widest} to {rules.widest}")
    return width, height


def fetch_timeout(url: str) -> Refusal:
    """Observed: what comes upstream when a link can't be downloaded."""
    return upstream(
        400, code="InvalidParameter", message=f"Timeout while downloading url={url}", param="image"
    )


def _bad_image(why: str) -> Refusal:
    return refusal(400, detail=f"image: {why}")
