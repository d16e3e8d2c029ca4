"""Which limits a picture must keep to before it is sent."""

from __future__ import annotations

import sys

from seedcli.gateway.models import Limits, limits, resolve

_ANYTHING = Limits(
    formats=("jpeg", "png", "webp", "bmp", "tiff", "gif"),
    max_bytes=sys.maxsize,
    max_pixels=sys.maxsize,
    min_aspect=0.0,
    max_aspect=float("inf"),
    min_side=1,
)


def limits_for(model: str | None, *, unchecked: bool) -> Limits:
    """The model's limits, the strictest of all where none is named; none at all with `--unchecked`."""
    return _ANYTHING if unchecked else limits(resolve(model))
