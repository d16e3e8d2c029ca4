"""A result comes back in the input's size, in its own format and quality."""

from __future__ import annotations

from io import BytesIO
from pathlib import Path

import pytest
from picture_files import DISPLAY_P3, encoded, opened, profile, quarters, shows_quarters, write
from PIL import Image

from seedcli.errors import BadInput
from seedcli.pictures.fit import Fit, Fitted, fit


def _fit(source: Path, **options: object) -> tuple[Fitted, Image.Image, bytes]:
    out = BytesIO()
    done = fit(source, out, **options)  # type: ignore[arg-type]  # the tests' own keywords
    data = out.getvalue()
    with Image.open(BytesIO(data)) as image:
        image.load()
        return done, image.copy(), data


@pytest.mark.parametrize("kind", ["JPEG", "PNG", "WEBP"])
@pytest.mark.parametrize("how", list(Fit))
def test_the_result_has_the_inputs_size_and_its_own_format(kind: str, how: Fit, tmp_path: Path) -> None:
    source = write(tmp_path / "result", encoded(quarters(128, 96), kind))
    done, image, data = _fit(source, how=how, size=(300, 200))
    assert image.size == (300, 200) == (done.width, done.height)
    assert done.format == kind.lower()
    assert (b"JFIF" in data[:20], data[:4] == b"\x89PNG", data[8:12] == b"WEBP").count(True) == 1


def test_a_result_of_the_right_size_is_copied_as_it_is(tmp_path: Path) -> None:
    data = encoded(quarters(), "JPEG")
    done, _, copied = _fit(write(tmp_path / "result.jpg", data), how=Fit.ORIGINAL, size=(96, 64))
    assert copied == data
    assert done.change is None


def test_nothing_is_cut_padded_or_stretched_without_a_word(tmp_path: Path) -> None:
    source = write(tmp_path / "result.png", encoded(quarters(100, 100), "PNG"))
    assert _fit(source, how=Fit.ORIGINAL, size=(200, 100))[0].change == "100x100→200x100, stretched 100.0%"
    assert _fit(source, how=Fit.COVER, size=(200, 100))[0].change == "100x100→200x100, 50% cut off"
    assert _fit(source, how=Fit.CONTAIN, size=(200, 100))[0].change == "100x100→200x100, white added"
    for how in Fit:
        assert _fit(source, how=how, size=(50, 50))[0].change == "100x100→50x50"


def test_stretching_and_covering_keep_the_middle_where_it_is(tmp_path: Path) -> None:
    source = write(tmp_path / "result.png", encoded(quarters(120, 90), "PNG"))
    for how in (Fit.ORIGINAL, Fit.COVER):
        assert shows_quarters(_fit(source, how=how, size=(400, 200))[1])


def test_containing_adds_white_beside_the_whole_result(tmp_path: Path) -> None:
    source = write(tmp_path / "result.png", encoded(quarters(100, 100), "PNG"))
    image = _fit(source, how=Fit.CONTAIN, size=(200, 100))[1]
    assert image.getpixel((10, 50)) == (255, 255, 255) == image.getpixel((190, 50))
    assert shows_quarters(image.crop((50, 0, 150, 100)))


def test_what_was_padded_before_it_was_sent_is_cut_off_again(tmp_path: Path) -> None:
    padded = Image.new("RGB", (200, 100), "white")
    padded.paste(quarters(200, 50), (0, 25))
    source = write(tmp_path / "result.png", encoded(padded, "PNG"))
    done, image, _ = _fit(source, how=Fit.ORIGINAL, size=(400, 100), padded=(400, 200))
    assert done.change == "200x100→400x100"
    assert shows_quarters(image)
    assert max(abs(a - b) for a, b in zip(image.getpixel((5, 2)), (230, 30, 30), strict=True)) < 30  # type: ignore[arg-type]


def test_quality_and_profile_stay(tmp_path: Path) -> None:
    icc = profile("Display P3", DISPLAY_P3, gamma=None)
    low = write(tmp_path / "low.jpg", encoded(quarters(), "JPEG", quality=30, icc_profile=icc))
    high = write(tmp_path / "high.jpg", encoded(quarters(), "JPEG", quality=95, subsampling=0))
    for source in (low, high):
        _, _, data = _fit(source, how=Fit.ORIGINAL, size=(64, 64))
        with Image.open(source) as before, Image.open(BytesIO(data)) as after:
            assert before.quantization == after.quantization  # type: ignore[attr-defined]
            assert before.info.get("icc_profile") == after.info.get("icc_profile")


def test_a_palette_with_transparency_stays_transparent(tmp_path: Path) -> None:
    image = quarters().quantize(8)
    source = write(tmp_path / "result.png", encoded(image, "PNG", transparency=bytes([0, 255, 255, 255])))
    assert _fit(source, how=Fit.ORIGINAL, size=(48, 32))[1].mode == "RGBA"


def test_other_formats_and_impossible_sizes_are_refused(tmp_path: Path) -> None:
    gif = write(tmp_path / "result.gif", encoded(quarters(), "GIF"))
    with pytest.raises(BadInput, match="a gif result can't be resized"):
        fit(gif, BytesIO(), how=Fit.ORIGINAL, size=(5, 5))
    png = write(tmp_path / "result.png", encoded(quarters(), "PNG"))
    with pytest.raises(BadInput, match="million pixels"):
        fit(png, BytesIO(), how=Fit.ORIGINAL, size=(50_000, 50_000))
    assert opened(png).size == (96, 64)
