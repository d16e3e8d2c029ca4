"""Every kind of picture that people have is sent right, or refused with a reason."""

from __future__ import annotations

import os
import shutil
import struct
import subprocess
import sys
import zlib
from collections.abc import Callable
from dataclasses import dataclass
from pathlib import Path

import pytest
from picture_files import (
    ADOBE_RGB,
    DISPLAY_P3,
    LIMITS,
    Limits,
    encoded,
    exif,
    huge_png,
    opened,
    png_chunk,
    profile,
    quarters,
    shows_quarters,
    turned,
    write,
)
from PIL import Image

from seedcli.errors import BadInput
from seedcli.pictures.prepare import Prepared, PrepareOptions, prepare
from seedcli.pictures.probe import check_complete

SEEDEDIT = LIMITS
SEEDREAM = Limits(formats=("jpeg", "png", "webp", "bmp", "tiff", "gif"), min_aspect=1 / 16, max_aspect=16.0)

Maker = Callable[[], bytes]


def _jpeg(image: Image.Image | None = None, **options: object) -> bytes:
    return encoded(image or quarters(), "JPEG", quality=90, **options)


def _oriented(orientation: int, kind: str = "JPEG", **size: int) -> Maker:
    return lambda: encoded(turned(orientation, **size), kind, exif=exif(orientation=orientation))


def _frames(kind: str) -> Maker:
    def make() -> bytes:
        others = [quarters().rotate(180), quarters().rotate(90)]
        return encoded(quarters(), kind, save_all=True, append_images=others)

    return make


def _gray16() -> bytes:
    return encoded(Image.new("I;16", (64, 48), 40000), "PNG")


def _rgb16() -> bytes:
    """Pillow writes no 16-bit colour: every sample twice is the same colour in 16 bits."""
    image = quarters()
    rows = b""
    for y in range(image.height):
        row = image.crop((0, y, image.width, y + 1)).tobytes()
        rows += b"\0" + b"".join(bytes((value, value)) for value in row)
    head = struct.pack(">IIBBBBB", image.width, image.height, 16, 2, 0, 0, 0)
    return (
        b"\x89PNG\r\n\x1a\n"
        + png_chunk(b"IHDR", head)
        + png_chunk(b"IDAT", zlib.compress(rows))
        + png_chunk(b"IEND", b"")
    )


def _palette_alpha() -> bytes:
    image = quarters().quantize(8)
    return encoded(image, "PNG", transparency=bytes([0, 255, 255, 255]))


def _see_through(kind: str = "PNG") -> Maker:
    def make() -> bytes:
        image = quarters().convert("RGBA")
        image.putalpha(Image.new("L", image.size, 255))
        image.paste((0, 0, 0, 0), (0, 0, 8, 8))
        return encoded(image, kind)

    return make


def _opaque_alpha() -> bytes:
    return encoded(quarters().convert("RGBA"), "PNG")


def _fifty_megabytes() -> bytes:
    return encoded(quarters(4200, 4000), "BMP")


def _camera_raw() -> bytes:
    return encoded(quarters(), "TIFF", tiffinfo={50706: b"\1\4\0\0", 254: 1})


@dataclass(frozen=True)
class Sent:
    """A picture that must go out: for which model, after which changes, looking like what."""

    name: str
    make: Maker
    changes: tuple[str, ...]
    limits: Limits = SEEDEDIT
    looks: Callable[[Image.Image], bool] = shows_quarters
    options: PrepareOptions | None = None


SENT = (
    Sent("plain.jpg", _jpeg, ()),
    Sent("progressive.jpg", lambda: _jpeg(progressive=True), ()),
    Sent("gray.jpg", lambda: _jpeg(Image.new("L", (64, 48), 90)), (), looks=lambda im: im.mode == "L"),
    Sent("plain.png", lambda: encoded(quarters(), "PNG"), ()),
    Sent("palette.png", lambda: encoded(quarters().quantize(8), "PNG"), ()),
    Sent("one bit.png", lambda: encoded(quarters().convert("1"), "PNG"), (), looks=lambda im: True),
    Sent("opaque alpha.png", _opaque_alpha, ()),
    *(Sent(f"turned {n}.jpg", _oriented(n), ("upright",)) for n in range(2, 9)),
    Sent("turned 1.jpg", _oriented(1), ()),
    Sent("turned 6, odd sides.jpg", _oriented(6, width=95, height=61), ("upright",)),
    Sent("turned 6.png", _oriented(6, "PNG"), ("upright",)),
    Sent("turned 8.webp", _oriented(8, "WEBP"), ("upright", "webp→jpeg")),
    Sent("turned 6.tif", _oriented(6, "TIFF"), ("upright", "tiff→png")),
    *(Sent(f"turned {n}.heic", _oriented(n, "HEIF"), ("upright", "heic→jpeg")) for n in (3, 6, 7)),
    Sent("turned 5.avif", _oriented(5, "AVIF"), ("upright", "avif→jpeg")),
    Sent("cmyk.jpg", lambda: _jpeg(quarters().convert("CMYK")), ("cmyk→rgb",)),
    Sent("cmyk.tif", lambda: encoded(quarters().convert("CMYK"), "TIFF"), ("tiff→png", "cmyk→rgb")),
    Sent("gray 16 bit.png", _gray16, ("16-bit→8-bit",), looks=lambda im: im.getpixel((5, 5)) in (155, 156)),
    Sent("colour 16 bit.png", _rgb16, ("16-bit→8-bit",)),
    Sent(
        "palette alpha.png",
        _palette_alpha,
        ("alpha→white",),
        looks=lambda im: not im.info.get("transparency"),
    ),
    Sent("see-through.png", _see_through(), ("alpha→white",)),
    Sent("see-through.webp", _see_through("WEBP"), ("webp→jpeg", "alpha→white")),
    Sent(
        "adobe rgb.jpg",
        lambda: _jpeg(icc_profile=profile("Adobe RGB (1998)", ADOBE_RGB, gamma=2.2)),
        ("Adobe RGB (1998)→sRGB",),
        looks=lambda im: True,
    ),
    Sent(
        "display p3.png",
        lambda: encoded(quarters(), "PNG", icc_profile=profile("Display P3", DISPLAY_P3, gamma=None)),
        ("Display P3→sRGB",),
        looks=lambda im: True,
    ),
    Sent("phone.heic", lambda: encoded(quarters(), "HEIF"), ("heic→jpeg",)),
    Sent(
        "phone with place.heic",
        lambda: encoded(quarters(), "HEIF", exif=exif(location=True)),
        ("heic→jpeg", "location removed"),
    ),
    Sent("plain.avif", lambda: encoded(quarters(), "AVIF"), ("avif→jpeg",)),
    Sent("plain.webp", lambda: encoded(quarters(), "WEBP"), ("webp→jpeg",)),
    Sent("plain for seedream.webp", lambda: encoded(quarters(), "WEBP"), (), SEEDREAM),
    Sent("plain.gif", lambda: encoded(quarters(), "GIF"), ("gif→png",)),
    Sent("moving.gif", _frames("GIF"), ("gif→png", "first frame")),
    Sent("moving for seedream.gif", _frames("GIF"), ("gif→png", "first frame"), SEEDREAM),
    Sent("moving.webp", _frames("WEBP"), ("webp→jpeg", "first frame")),
    Sent("moving.png", _frames("PNG"), ()),
    Sent("plain.bmp", lambda: encoded(quarters(), "BMP"), ("bmp→png",)),
    Sent("plain for seedream.bmp", lambda: encoded(quarters(), "BMP"), (), SEEDREAM),
    Sent("plain.tif", lambda: encoded(quarters(), "TIFF"), ("tiff→png",)),
    Sent("packed.tif", lambda: encoded(quarters(), "TIFF", compression="tiff_lzw"), ("tiff→png",)),
    Sent("pages.tif", _frames("TIFF"), ("tiff→png", "first frame")),
    Sent("place.jpg", lambda: _jpeg(exif=exif(location=True)), ("location removed",)),
    Sent("place.png", lambda: encoded(quarters(), "PNG", exif=exif(location=True)), ("location removed",)),
    Sent(
        "place.webp",
        lambda: encoded(quarters(), "WEBP", exif=exif(location=True)),
        ("location removed",),
        SEEDREAM,
    ),
    Sent(
        "place.tif",
        lambda: encoded(quarters(), "TIFF", exif=exif(location=True)),
        ("tiff→png", "location removed"),
    ),
    Sent(
        "turned place.jpg",
        lambda: _jpeg(turned(6), exif=exif(orientation=6, location=True)),
        ("upright", "location removed"),
    ),
    Sent("1x1.png", lambda: encoded(Image.new("RGB", (1, 1)), "PNG"), ("padded 1x1→15x15",),
         looks=lambda im: im.size == (15, 15), options=PrepareOptions(pad=True)),
    Sent(
        "20000 wide.png",
        lambda: encoded(Image.new("L", (20_000, 2_000), 90), "PNG"),
        ("png→jpeg", "20000x2000→18973x1897"),
        SEEDREAM,
        looks=lambda im: im.size == (18973, 1897),
    ),
    Sent("50 MB.bmp", _fifty_megabytes, ("bmp→jpeg", "50.4 MB→0.2 MB")),
    Sent(
        "strip.png",
        lambda: encoded(quarters(400, 100), "PNG"),
        ("padded 400x100→400x134",),
        looks=lambda im: im.getpixel((200, 2)) == (255, 255, 255),
        options=PrepareOptions(pad=True),
    ),
)  # fmt: skip


@pytest.mark.parametrize("case", SENT, ids=lambda case: case.name)
def test_a_picture_goes_out_within_the_limits_upright_and_recognisable(case: Sent, tmp_path: Path) -> None:
    source = write(tmp_path / case.name, case.make())
    before = source.read_bytes()

    made = prepare(source, limits=case.limits, folder=tmp_path, options=case.options)

    assert made.changes == case.changes
    assert source.read_bytes() == before
    assert made.temporary is bool(case.changes)
    assert (made.path == source) is not made.temporary
    _keeps_to(made, case.limits)
    assert case.looks(opened(made.path))


def _keeps_to(made: Prepared, limits: Limits) -> None:
    found = check_complete(made.path)
    assert found.format == made.format
    assert found.format in limits.formats
    assert (found.width, found.height) == (made.width, made.height)
    assert made.size == made.path.stat().st_size <= limits.max_bytes
    assert found.pixels <= limits.max_pixels
    assert limits.min_aspect <= found.width / found.height <= limits.max_aspect
    assert found.orientation == 1
    assert not found.has_location
    assert found.profile is None
    assert found.color != "cmyk"


def _cut(make: Maker, *, at: float) -> Maker:
    def cut() -> bytes:
        data = make()
        return data[: int(len(data) * at)]

    return cut


def _jpeg_bomb() -> bytes:
    data = bytearray(_jpeg())
    at = data.index(b"\xff\xc0")
    data[at + 5 : at + 9] = struct.pack(">HH", 65500, 65500)
    return bytes(data)


def _gif_bomb() -> bytes:
    data = bytearray(encoded(quarters(), "GIF"))
    data[6:10] = struct.pack("<HH", 65535, 65535)
    return bytes(data)


REFUSED: tuple[tuple[str, Maker, str], ...] = (
    ("truncated.jpg", _cut(_jpeg, at=0.9), "truncated"),
    ("truncated.png", _cut(lambda: encoded(quarters(), "PNG"), at=0.8), "truncated"),
    ("truncated.webp", _cut(lambda: encoded(quarters(), "WEBP"), at=0.8), "truncated"),
    ("truncated.gif", _cut(lambda: encoded(quarters(), "GIF"), at=0.8), "truncated"),
    ("truncated.bmp", _cut(lambda: encoded(quarters(), "BMP"), at=0.8), "truncated"),
    ("truncated.tif", _cut(lambda: encoded(quarters(), "TIFF"), at=0.8), "truncated"),
    ("truncated.heic", _cut(lambda: encoded(quarters(), "HEIF"), at=0.9), "truncated"),
    ("truncated.avif", _cut(lambda: encoded(quarters(), "AVIF"), at=0.9), "truncated"),
    ("cut in its header.jpg", _cut(_jpeg, at=0.02), "cut off"),
    ("bomb.png", lambda: huge_png(50_000, 50_000), "million pixels"),
    ("bomb.jpg", _jpeg_bomb, "million pixels"),
    ("bomb.gif", _gif_bomb, "million pixels"),
    ("1x1.png", lambda: encoded(Image.new("RGB", (1, 1)), "PNG"), "too small"),
    ("20000 wide.png", lambda: encoded(Image.new("1", (20_000, 100)), "PNG"), "aspect"),
    ("tall.png", lambda: encoded(Image.new("1", (100, 301)), "PNG"), "aspect"),
    ("empty.jpg", lambda: b"", "empty"),
    ("text.jpg", lambda: b"hello, I am a picture", "no known format"),
    ("page.png", lambda: b"<!DOCTYPE html><html>", "a web page"),
    ("paper.pdf", lambda: b"%PDF-1.7\n", "a PDF document"),
    ("drawing.svg", lambda: b"<svg xmlns='http://www.w3.org/2000/svg'/>", "an SVG drawing"),
    ("film.mp4", lambda: b"\0\0\0\x18ftypmp42\0\0\0\0mp42isom", "a film"),
    ("raw.dng", _camera_raw, "raw file"),
    ("garbage.png", lambda: b"\x89PNG\r\n\x1a\n" + bytes(range(200)), "not a picture"),
)  # fmt: skip


@pytest.mark.parametrize(("name", "make", "reason"), REFUSED, ids=[name for name, _, _ in REFUSED])
def test_what_can_not_be_sent_is_refused_with_its_reason(
    name: str, make: Maker, reason: str, tmp_path: Path
) -> None:
    source = write(tmp_path / name, make())
    with pytest.raises(BadInput, match=reason) as caught:
        prepare(source, limits=SEEDEDIT, folder=tmp_path)
    assert name in caught.value.message
    assert list(tmp_path.iterdir()) == [source]


def test_a_picture_whose_data_is_broken_is_refused_when_it_has_to_be_decoded(tmp_path: Path) -> None:
    data = bytearray(encoded(quarters(), "TIFF", compression="tiff_lzw"))
    data[8:40] = bytes(32)
    with pytest.raises(BadInput, match=r"broken\.tif"):
        prepare(write(tmp_path / "broken.tif", bytes(data)), limits=SEEDEDIT, folder=tmp_path)


def test_a_missing_file_a_folder_and_a_pipe_are_refused(tmp_path: Path) -> None:
    os.mkfifo(tmp_path / "pipe")
    for name, reason in (("none.jpg", "no such file"), (".", "a folder"), ("pipe", "no regular file")):
        with pytest.raises(BadInput, match=reason):
            prepare(tmp_path / name, limits=SEEDEDIT, folder=tmp_path)


def test_heic_without_its_package_says_what_to_install(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    source = write(tmp_path / "phone.heic", encoded(quarters(), "HEIF"))
    monkeypatch.setitem(sys.modules, "pillow_heif", None)
    with pytest.raises(BadInput, match="one more package") as caught:
        prepare(source, limits=SEEDEDIT, folder=tmp_path)
    assert "seedcli[heic]" in (caught.value.hint or "")


def test_the_turned_jpeg_loses_nothing_where_jpegtran_is_at_hand(tmp_path: Path) -> None:
    if shutil.which("jpegtran") is None:
        pytest.skip("no jpegtran here; test_picture_prepare holds the other way")
    source = write(tmp_path / "side.jpg", _oriented(6)())
    made = prepare(source, limits=SEEDEDIT, folder=tmp_path)

    def jpegtran(*words: str, file: Path) -> bytes:
        return subprocess.run(
            ["jpegtran", "-copy", "none", *words, str(file)], check=True, capture_output=True
        ).stdout

    assert jpegtran("-rotate", "270", file=made.path) == jpegtran(file=source)


def test_at_least_forty_kinds_are_tried() -> None:
    assert len(SENT) + len(REFUSED) >= 40
