"""Turning a JPEG upright without making it a copy of a copy.

Where libjpeg's `jpegtran` is installed and the sides allow it, the coefficients themselves are
turned and nothing is lost. Elsewhere the picture is encoded again with its own quantisation
tables, turned with it, and its own colour resolution: what is lost is rounding.
"""

from __future__ import annotations

import shutil
import subprocess
from io import BytesIO
from pathlib import Path

from seedcli.pictures.pixels import open_picture, quiet_pillow, reading, upright
from seedcli.pictures.probe import Probe

_TRANSFORMS = {
    2: ("-flip", "horizontal"),
    3: ("-rotate", "180"),
    4: ("-flip", "vertical"),
    5: ("-transpose",),
    6: ("-rotate", "90"),
    7: ("-transverse",),
    8: ("-rotate", "270"),
}
_TIMEOUT_S = 60
_SWAPPED_SAMPLING = {0: "4:4:4", 2: "4:2:0"}
"""Only these stay what they are when the sides change places."""


def turned_losslessly(path: Path, *, orientation: int) -> bytes | None:
    """The turned JPEG without metadata, or None where that can't be had without loss."""
    tool = shutil.which("jpegtran")
    if tool is None:
        return None
    command = [tool, "-copy", "none", "-perfect", *_TRANSFORMS[orientation], str(path.resolve())]
    try:
        done = subprocess.run(
            command, capture_output=True, stdin=subprocess.DEVNULL, timeout=_TIMEOUT_S, check=False
        )
    except (OSError, subprocess.TimeoutExpired):
        return None
    whole = done.returncode == 0 and done.stdout[:2] == b"\xff\xd8" and done.stdout[-2:] == b"\xff\xd9"
    return done.stdout if whole else None


def turned_again(path: Path, found: Probe) -> bytes:
    """The turned JPEG without metadata, encoded with the tables of the original."""
    from PIL.JpegImagePlugin import get_sampling

    out = BytesIO()
    with quiet_pillow(), reading(str(path)), open_picture(path, found) as image:
        tables = {key: list(table) for key, table in image.quantization.items()}  # type: ignore[attr-defined]
        sampling = get_sampling(image)
        turned = upright(image)
        if found.orientation >= 5:
            tables = {key: [table[8 * (i % 8) + i // 8] for i in range(64)] for key, table in tables.items()}
            sampling = sampling if sampling in _SWAPPED_SAMPLING else 0
        turned.info.clear()
        turned.save(out, "JPEG", qtables=tables, subsampling=max(sampling, 0), optimize=True)
    return out.getvalue()
