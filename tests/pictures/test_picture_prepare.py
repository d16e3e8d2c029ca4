"""How a picture is changed: what it costs, what it says, and how near the colours stay."""

from __future__ import annotations

import hashlib
import subprocess
import sys
import warnings
from concurrent.futures import ThreadPoolExecutor
from dataclasses import replace
from io import BytesIO
from itertools import product
from pathlib import Path

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from picture_files import (
    LIMITS,
    encoded,
    exif,
    huge_png,
    mean_difference,
    opened,
    quarters,
    shows_quarters,
    turned,
    write,
)
from PIL import Image

from seedcli.errors import BadInput, BadOutput
from seedcli.pictures import turn
from seedcli.pictures.fit import Fit, fit
from seedcli.pictures.prepare import PrepareOptions, padding_in, prepare, shrunk_size
from seedcli.pictures.probe import check_complete, probe
from seedcli.pictures.repaint import best_quality

EXAMPLE = Path(__file__).parents[2] / "examples" / "cat.jpg"


def test_a_picture_that_fits_costs_no_pillow(tmp_path: Path) -> None:
    source = write(tmp_path / "plain.jpg", encoded(quarters(), "JPEG"))
    script = f"""
import sys
from pathlib import Path
from dataclasses import make_dataclass
from seedcli.pictures.prepare import prepare
from seedcli.gateway.models import SEEDEDIT
made = prepare(Path({str(source)!r}), limits=SEEDEDIT.limits, folder=Path({str(tmp_path)!r}))
assert made.path == Path({str(source)!r}) and not made.temporary and made.changes == ()
heavy = {{"PIL", "asyncio", "httpx", "rich", "tempfile", "subprocess", "numpy"}} & set(sys.modules)
assert not heavy, heavy
"""
    subprocess.run([sys.executable, "-c", script], check=True)


def test_the_sums_are_of_the_file_found_and_of_the_bytes_sent(tmp_path: Path) -> None:
    data = encoded(quarters(), "JPEG", exif=exif(location=True))
    made = prepare(write(tmp_path / "place.jpg", data), limits=LIMITS, folder=tmp_path)
    assert made.source_sha256 == hashlib.sha256(data).hexdigest()
    assert made.sha256 == hashlib.sha256(made.path.read_bytes()).hexdigest() != made.source_sha256


def test_taking_the_place_out_leaves_every_pixel_and_the_rest_of_exif(tmp_path: Path) -> None:
    source = write(
        tmp_path / "place.jpg", encoded(quarters(), "JPEG", exif=exif(location=True, maker="Cam & Co"))
    )
    made = prepare(source, limits=LIMITS, folder=tmp_path)
    with Image.open(source) as before, Image.open(made.path) as after:
        assert before.tobytes() == after.tobytes()
        assert after.getexif()[0x010F] == "Cam & Co"
        assert not after.getexif().get_ifd(0x8825)
    assert b"\2\3\0\0" not in made.path.read_bytes()[:400]


def test_the_place_stays_where_the_user_keeps_it(tmp_path: Path) -> None:
    keep = PrepareOptions(keep_location=True)
    jpeg = write(tmp_path / "place.jpg", encoded(quarters(), "JPEG", exif=exif(location=True)))
    assert prepare(jpeg, limits=LIMITS, folder=tmp_path, options=keep).path == jpeg
    for kind in ("WEBP", "JPEG", "PNG", "AVIF"):
        side = write(tmp_path / "side", encoded(turned(6), kind, exif=exif(orientation=6, location=True)))
        made = prepare(side, limits=LIMITS, folder=tmp_path, options=keep)
        found = probe(made.path)
        assert found.has_location
        assert found.orientation == 1
        assert shows_quarters(opened(made.path))


def test_many_threads_prepare_at_once_and_leave_the_warnings_as_they_were(tmp_path: Path) -> None:
    sources = [
        write(tmp_path / f"{n}.webp", encoded(turned(n), "WEBP", exif=exif(orientation=n)))
        for n in range(1, 9)
    ]
    before = list(warnings.filters)
    with ThreadPoolExecutor(8) as pool:
        made = list(pool.map(lambda path: prepare(path, limits=LIMITS, folder=tmp_path), sources * 4))
    assert all(shows_quarters(opened(one.path)) for one in made)
    assert len({one.path for one in made}) == 32
    assert list(warnings.filters) == before


def test_a_folder_that_can_not_take_the_picture_is_told(tmp_path: Path) -> None:
    source = write(tmp_path / "place.jpg", encoded(quarters(), "JPEG", exif=exif(location=True)))
    with pytest.raises(BadOutput, match="no place for the prepared picture: no such file"):
        prepare(source, limits=LIMITS, folder=tmp_path / "gone")


def test_a_full_disk_is_told_and_nothing_is_left(tmp_path: Path) -> None:
    source = write(tmp_path / "place.jpg", encoded(quarters(), "JPEG", exif=exif(location=True)))
    script = f"""
import resource, signal
from pathlib import Path
from seedcli.errors import BadOutput
from seedcli.gateway.models import SEEDEDIT
from seedcli.pictures.prepare import prepare
signal.signal(signal.SIGXFSZ, signal.SIG_IGN)
resource.setrlimit(resource.RLIMIT_FSIZE, (100, 100))
try:
    prepare(Path({str(source)!r}), limits=SEEDEDIT.limits, folder=Path({str(tmp_path)!r}))
except BadOutput as error:
    print(error.message)
"""
    done = subprocess.run([sys.executable, "-c", script], capture_output=True, text=True, check=True)
    assert "no place for the prepared picture: file too large" in done.stdout
    assert list(tmp_path.iterdir()) == [source]


def test_a_jpeg_turned_without_jpegtran_keeps_its_quality(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("PATH", str(tmp_path))
    photo = opened(EXAMPLE).resize((320, 208)).transpose(Image.Transpose.ROTATE_90)
    source = write(tmp_path / "side.jpg", encoded(photo, "JPEG", quality=70, exif=exif(orientation=6)))
    assert turn.turned_losslessly(source, orientation=6) is None
    made = prepare(source, limits=LIMITS, folder=tmp_path)
    with Image.open(source) as before, Image.open(made.path) as after:
        upright = before.transpose(Image.Transpose.ROTATE_270)
        assert mean_difference(upright, after) < 0.2
    assert made.size <= source.stat().st_size


def test_no_prepare_refuses_and_names_what_would_be_changed(tmp_path: Path) -> None:
    refuse = PrepareOptions(enabled=False)
    source = write(
        tmp_path / "side.webp", encoded(turned(6), "WEBP", exif=exif(orientation=6, location=True))
    )
    with pytest.raises(BadInput, match="upright, webp→jpeg or png, location removed"):
        prepare(source, limits=LIMITS, folder=tmp_path, options=refuse)
    large = write(tmp_path / "large.png", encoded(quarters(), "PNG"))
    with pytest.raises(BadInput, match=r"96x64→\d+x\d+, 0.0 MB→0.0 MB"):
        prepare(large, limits=replace(LIMITS, max_pixels=999, max_bytes=9), folder=tmp_path, options=refuse)
    see_through = quarters().convert("RGBA")
    see_through.putalpha(9)
    alpha = write(tmp_path / "alpha.png", encoded(see_through, "PNG"))
    with pytest.raises(BadInput, match="alpha→white"):
        prepare(alpha, limits=LIMITS, folder=tmp_path, options=refuse)
    plain = write(tmp_path / "plain.png", encoded(quarters(), "PNG"))
    assert prepare(plain, limits=LIMITS, folder=tmp_path, options=refuse).path == plain


def test_bytes_over_the_limit_cost_quality_before_they_cost_pixels(tmp_path: Path) -> None:
    noise = Image.effect_noise((400, 300), 90).convert("RGB")
    source = write(tmp_path / "noise.png", encoded(noise, "PNG"))
    gentle = prepare(source, limits=replace(LIMITS, max_bytes=80_000), folder=tmp_path)
    assert (gentle.width, gentle.height) == (400, 300)
    assert gentle.changes[0] == "png→jpeg"
    assert gentle.changes[-1].startswith("quality ")
    assert 72_000 < gentle.size <= 80_000
    harsh = prepare(source, limits=replace(LIMITS, max_bytes=10_000), folder=tmp_path)
    assert harsh.size <= 10_000
    assert f"400x300→{harsh.width}x{harsh.height}" in harsh.changes
    assert harsh.width / harsh.height == pytest.approx(4 / 3, abs=0.03)


def test_a_picture_that_can_not_be_made_small_enough_is_refused(tmp_path: Path) -> None:
    source = write(tmp_path / "noise.png", encoded(Image.effect_noise((40, 30), 90), "PNG"))
    with pytest.raises(BadInput, match="can't be brought below 200 bytes"):
        prepare(source, limits=replace(LIMITS, max_bytes=200), folder=tmp_path)


def test_padding_tells_where_the_picture_lies(tmp_path: Path) -> None:
    source = write(tmp_path / "wide.png", encoded(quarters(400, 100), "PNG"))
    made = prepare(
        source, limits=replace(LIMITS, max_pixels=13_400), folder=tmp_path, options=PrepareOptions(pad=True)
    )
    assert made.box is not None
    assert (made.source_width, made.source_height) == (400, 100)
    assert padding_in(made.changes) == (400, 134)
    assert padding_in(("upright",)) is None
    assert made.width * made.height <= 13_400
    assert shows_quarters(opened(made.path).crop(made.box))
    left, top, right, bottom = made.box
    assert (right - left) / (bottom - top) == pytest.approx(4, rel=0.03)


def test_a_refused_aspect_names_a_crop_and_a_padding_that_would_fit(tmp_path: Path) -> None:
    source = write(tmp_path / "wide.png", encoded(Image.new("L", (1000, 100)), "PNG"))
    with pytest.raises(
        BadInput, match="1000x100 has an aspect of 10:1; the model takes 1:3 to 3:1"
    ) as caught:
        prepare(source, limits=LIMITS, folder=tmp_path)
    assert caught.value.hint == "Crop it to 300x100, or give --pad for 1000x334 with white borders."


def test_a_jpeg_whose_picture_is_broken_is_not_rewritten(tmp_path: Path) -> None:
    data = encoded(quarters(), "JPEG", exif=exif(location=True))
    scan = data.index(b"\xff\xda")
    broken = write(
        tmp_path / "broken.jpg", data[: scan + 14] + b"\xff\xc4\0\x09" + data[scan + 14 : -2] + b"\xff\xd9"
    )
    try:
        made = prepare(broken, limits=LIMITS, folder=tmp_path)
    except BadInput as error:
        assert "broken.jpg" in error.message
    else:
        assert not probe(made.path).has_location


def test_pillow_says_nothing_on_standard_error(tmp_path: Path) -> None:
    broken = bytearray(encoded(quarters(), "TIFF", compression="tiff_deflate"))
    broken[20:60] = bytes(40)
    write(tmp_path / "broken.tif", bytes(broken))
    write(tmp_path / "large.png", huge_png(14_000, 14_000))
    script = f"""
from pathlib import Path
from seedcli.errors import BadInput
from seedcli.gateway.models import SEEDEDIT
from seedcli.pictures.prepare import prepare
folder = Path({str(tmp_path)!r})
for name in ("broken.tif", "large.png"):
    try:
        prepare(folder / name, limits=SEEDEDIT.limits, folder=folder)
    except BadInput as error:
        print(error.message)
"""
    done = subprocess.run([sys.executable, "-c", script], capture_output=True, text=True, check=True)
    assert done.stderr == ""
    assert done.stdout.count("can't be decoded") == 2


@settings(deadline=None)
@given(st.integers(1, 60_000), st.integers(1, 60_000), st.integers(400, 40_000_000), st.floats(0.1, 1.0))
def test_a_shrunk_size_keeps_to_pixels_and_aspect(width: int, height: int, pixels: int, scale: float) -> None:
    limits = replace(LIMITS, max_pixels=pixels)
    if not limits.min_aspect <= width / height <= limits.max_aspect:
        return
    wide, high = shrunk_size(width, height, limits=limits, scale=scale)
    assert 0 < wide * high <= max(pixels, 1)
    assert wide <= width
    assert high <= height
    assert limits.min_aspect <= wide / high <= limits.max_aspect or min(wide, high) < 3


@settings(deadline=None)
@given(st.integers(100, 3000))
def test_the_best_quality_that_fits_is_found(limit: int) -> None:
    def encode(*, quality: int) -> bytes:
        return bytes(quality * 20)

    data, quality = best_quality(encode, limit=limit)
    if limit >= 75 * 20:
        assert len(data) == quality * 20 <= limit
        assert quality == 95 or (quality + 1) * 20 > limit
    else:
        assert quality == 75


@pytest.mark.parametrize("kind", ["JPEG", "PNG", "WEBP", "TIFF", "HEIF", "AVIF"])
def test_wishes_hold_together_and_a_result_of_the_same_shape_fits_back(kind: str, tmp_path: Path) -> None:
    """Turn, place, padding and shrinking in every combination, then the way back."""
    for orientation, location, keep, pixels in product(
        (1, 3, 6), (False, True), (False, True), (4000, 10**6)
    ):
        block = exif(orientation=orientation, location=location)
        source = write(
            tmp_path / "wide", encoded(turned(orientation, width=256, height=64), kind, exif=block)
        )
        wishes = PrepareOptions(pad=True, keep_location=keep)
        made = prepare(source, limits=replace(LIMITS, max_pixels=pixels), folder=tmp_path, options=wishes)
        found = check_complete(made.path)
        assert found.has_location is (location and keep)
        assert found.orientation == 1
        assert found.pixels <= pixels
        assert (made.source_width, made.source_height) == (256, 64)
        assert made.box is not None
        assert shows_quarters(opened(made.path).crop(made.box), within=40)
        back = BytesIO()
        fit(made.path, back, how=Fit.ORIGINAL, size=(256, 64), padded=padding_in(made.changes))
        with Image.open(back) as image:
            assert image.size == (256, 64)
            assert shows_quarters(image, within=40)
