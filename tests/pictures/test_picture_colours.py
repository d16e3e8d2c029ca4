"""Colours of every space and kind of pixel come out as what they show, in sRGB."""

from __future__ import annotations

from io import BytesIO
from pathlib import Path

import pytest
from picture_files import (
    ADOBE_RGB,
    DISPLAY_P3,
    LIMITS,
    SRGB,
    encoded,
    in_srgb,
    mean_difference,
    opened,
    profile,
    quarters,
    write,
)
from PIL import Image, ImageCms

from seedcli.pictures.icc import foreign_profile
from seedcli.pictures.prepare import prepare


@pytest.mark.parametrize(
    ("space", "gamma"), [(ADOBE_RGB, 2.2), (DISPLAY_P3, None)], ids=["adobe rgb", "display p3"]
)
@pytest.mark.parametrize("kind", ["PNG", "JPEG", "WEBP", "TIFF"])
def test_colours_of_another_space_come_out_as_in_the_reference(
    space: tuple[tuple[float, float, float], ...], gamma: float | None, kind: str, tmp_path: Path
) -> None:
    """Against matrices worked out by hand, and against Little CMS."""
    levels = (20, 90, 160, 235)
    image = Image.new("RGB", (8 * 8, 8 * 8))
    colors = [(r, g, b) for r in levels for g in levels for b in levels]
    for index, color in enumerate(colors):
        image.paste(color, (index % 8 * 8, index // 8 * 8, index % 8 * 8 + 8, index // 8 * 8 + 8))
    icc = profile("Other", space, gamma=gamma)
    options: dict[str, dict[str, int]] = {
        "JPEG": {"quality": 100, "subsampling": 0},
        "WEBP": {"lossless": True},
    }
    source = write(tmp_path / "colours", encoded(image, kind, icc_profile=icc, **options.get(kind, {})))

    made = prepare(source, limits=LIMITS, folder=tmp_path)

    assert "Other→sRGB" in made.changes
    result = opened(made.path)
    wrong = 0.0
    for index, color in enumerate(colors):
        found = result.getpixel((index % 8 * 8 + 4, index // 8 * 8 + 4))
        assert isinstance(found, tuple)
        wanted = in_srgb(color, space, gamma=gamma)
        wrong += sum(abs(a - b) for a, b in zip(found, wanted, strict=True)) / 3
    assert wrong / len(colors) < 1.5
    reference = ImageCms.profileToProfile(
        image, ImageCms.ImageCmsProfile(BytesIO(icc)), ImageCms.createProfile("sRGB")
    )
    assert reference is not None
    assert mean_difference(reference, result) < 2


def test_an_srgb_profile_in_any_spelling_is_no_reason_to_repaint(tmp_path: Path) -> None:
    little_cms = ImageCms.ImageCmsProfile(ImageCms.createProfile("sRGB")).tobytes()
    for icc in (
        little_cms,
        profile("anything", SRGB, gamma=None),
        profile("gamma", SRGB, gamma=2.2),
        b"rubbish" * 40,
    ):
        assert foreign_profile(icc) is None
        source = write(tmp_path / "srgb.jpg", encoded(quarters(), "JPEG", icc_profile=icc))
        assert prepare(source, limits=LIMITS, folder=tmp_path).path == source


def _gray_profile(curve: bytes) -> bytes:
    table = b"\0\0\0\1" + b"kTRC" + (144).to_bytes(4, "big") + len(curve).to_bytes(4, "big")
    return bytes(16) + b"GRAY" + bytes(16) + b"acsp" + bytes(88) + table + curve


@pytest.mark.parametrize(
    ("curve", "foreign"),
    [
        (b"curv\0\0\0\0\0\0\0\0", True),
        (b"curv\0\0\0\0\0\0\0\1\2\x33", False),
        (b"curv\0\0\0\0\0\0\0\1\1\xcd", True),
        (b"curv\0\0\0\0\0\0\0\2\0\0\xff\xff", True),
        (b"curv\0\0\0\0\0\0\0\3\0\0\x36\xc8\xff\xff", False),
        (b"para\0\0\0\0\0\0\0\0\0\2\x33\x33", False),
        (b"para\0\0\0\0\0\0\0\0\0\1\xcc\xcc", True),
        (b"para\0\0\0\0\0\x09\0\0\0\2\x33\x33", True),
        (b"text", True),
    ],
    ids=[
        "linear",
        "2.2",
        "1.8",
        "straight",
        "three points",
        "formula 2.2",
        "formula 1.8",
        "no such formula",
        "none",
    ],
)
def test_a_gray_profile_is_foreign_by_its_curve(curve: bytes, foreign: bool) -> None:
    assert (foreign_profile(_gray_profile(curve)) is not None) is foreign


@pytest.mark.parametrize("mode", ["F", "I", "LAB", "YCbCr", "LA", "1"])
def test_rare_pixel_kinds_come_out_as_what_they_show(mode: str, tmp_path: Path) -> None:
    gray = Image.new("L", (64, 48), 128)
    images = {
        "F": Image.new("F", (64, 48), 0.5),
        "I": Image.new("I", (64, 48), 128 * 257),
        "LAB": Image.new("LAB", (64, 48), (137, 128, 128)),
        "LA": Image.merge("LA", (gray, Image.new("L", gray.size, 255))),
        "1": Image.new("1", (64, 48), 1),
    }
    image = images.get(mode) or gray.convert("RGB").convert(mode)
    source = write(tmp_path / "rare.tif", encoded(image, "TIFF"))
    made = prepare(source, limits=LIMITS, folder=tmp_path)
    found = opened(made.path).convert("L").getpixel((5, 5))
    assert found == pytest.approx(255 if mode == "1" else 128, abs=4)


def test_a_profile_that_is_not_for_the_picture_is_left_out_of_account(tmp_path: Path) -> None:
    icc = profile("Display P3", DISPLAY_P3, gamma=None)
    source = write(tmp_path / "gray.webp", encoded(Image.new("L", (64, 48), 90), "PNG", icc_profile=icc))
    made = prepare(source, limits=LIMITS, folder=tmp_path)
    assert opened(made.path).convert("L").getpixel((5, 5)) == pytest.approx(90, abs=1)
