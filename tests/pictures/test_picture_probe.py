"""What a file is, told from its bytes: whatever they are, the answer is a Probe or a reason."""

from __future__ import annotations

import struct
import subprocess
import sys
from contextlib import suppress
from io import BytesIO
from pathlib import Path

import pytest
from hypothesis import HealthCheck, example, given, settings
from hypothesis import strategies as st
from picture_files import encoded, exif, huge_png, quarters, turned, write
from PIL import Image

from seedcli.errors import BadInput
from seedcli.pictures.exif import read_exif, without_location
from seedcli.pictures.icc import foreign_profile
from seedcli.pictures.probe import Probe, check_complete, probe

KINDS = ("JPEG", "PNG", "WEBP", "GIF", "BMP", "TIFF", "HEIF", "AVIF")


def _all_kinds() -> list[bytes]:
    options: dict[str, dict[str, object]] = {
        kind: {"exif": exif(orientation=6, location=True)} for kind in KINDS if kind not in ("GIF", "BMP")
    }
    return [encoded(quarters(32, 24), kind, **options.get(kind, {})) for kind in KINDS]


PICTURES = _all_kinds()


@pytest.mark.parametrize("data", PICTURES, ids=KINDS)
def test_every_format_tells_its_size_its_turn_and_its_place(data: bytes) -> None:
    found = check_complete(BytesIO(data))
    has_exif = found.format not in ("gif", "bmp")
    assert (found.width, found.height) == (32, 24)
    assert found.has_location is has_exif
    if has_exif:
        assert found.orientation == 6
        assert found.upright_size == (24, 32)
    assert found.mime == f"image/{found.format}"


@pytest.mark.parametrize("data", PICTURES, ids=KINDS)
def test_a_file_cut_anywhere_is_never_taken_for_whole(data: bytes) -> None:
    for size in {*range(0, len(data) - 4, max(1, len(data) // 60)), len(data) - 4}:
        with pytest.raises((BadInput, ValueError)):
            check_complete(BytesIO(data[:size]))


def test_the_name_has_no_say(tmp_path: Path) -> None:
    assert probe(write(tmp_path / "cat.jpg", PICTURES[1])).format == "png"


def test_what_follows_the_picture_does_not_make_it_incomplete() -> None:
    for data in (PICTURES[0], PICTURES[1], PICTURES[3]):
        assert check_complete(BytesIO(data + b"\0" * 3 + b"appended")).width == 32


def test_restart_markers_and_scans_are_walked() -> None:
    restarts: dict[str, object] = {"restart_marker_blocks": 1}
    for options in ({"progressive": True}, restarts, {"progressive": True, **restarts}):
        data = encoded(quarters(640, 480), "JPEG", **options)
        assert check_complete(BytesIO(data)).format == "jpeg"
        with pytest.raises(ValueError, match="truncated"):
            check_complete(BytesIO(data[:-2]))


def test_a_png_with_a_wrong_checksum_is_broken() -> None:
    data = bytearray(PICTURES[1])
    data[data.index(b"IDAT") + 8] ^= 1
    with pytest.raises(ValueError, match="checksum of its IDAT"):
        check_complete(BytesIO(bytes(data)))


@pytest.mark.parametrize(
    ("make", "wanted"),
    [
        (lambda: encoded(Image.new("CMYK", (20, 20)), "JPEG"), {"color": "cmyk"}),
        (lambda: encoded(Image.new("L", (20, 20)), "JPEG"), {"color": "gray"}),
        (lambda: encoded(Image.new("I;16", (20, 20)), "PNG"), {"bits": 16, "color": "gray"}),
        (lambda: encoded(Image.new("LA", (20, 20)), "PNG"), {"alpha": True, "color": "gray"}),
        (lambda: encoded(Image.new("P", (9, 9)), "PNG", transparency=0), {"alpha": True, "color": "palette"}),
        (lambda: encoded(Image.new("RGBA", (20, 20), (0, 0, 0, 9)), "WEBP"), {"alpha": True}),
        (lambda: encoded(Image.new("RGBA", (20, 20), (0, 0, 0, 9)), "WEBP", lossless=True), {"alpha": True}),
        (lambda: encoded(Image.new("RGBA", (20, 20), (0, 0, 0, 9)), "AVIF"), {"alpha": True}),
        (lambda: encoded(Image.new("RGBA", (20, 20), (0, 0, 0, 9)), "HEIF"), {"alpha": True}),
        (lambda: encoded(Image.new("P", (20, 20)), "GIF", transparency=0), {"alpha": True}),
        (lambda: encoded(Image.new("RGBA", (20, 20)), "TIFF"), {"alpha": True}),
        (lambda: encoded(Image.new("I;16", (20, 20)), "TIFF"), {"bits": 16, "color": "gray"}),
        (lambda: encoded(Image.new("RGB", (20, 20)), "TIFF", big_tiff=True), {"width": 20}),
        (lambda: encoded(Image.new("P", (20, 20)), "BMP"), {"color": "palette"}),
        (lambda: huge_png(70_000, 50_000), {"pixels": 3_500_000_000}),
    ],
)  # fmt: skip
def test_depth_colour_and_alpha_are_told(make: object, wanted: dict[str, object]) -> None:
    found = probe(BytesIO(make()))  # type: ignore[operator]  # a maker of bytes
    assert {name: getattr(found, name) for name in wanted} == wanted


@pytest.mark.parametrize("orientation", range(1, 9))
@pytest.mark.parametrize("kind", ["AVIF", "HEIF"])
def test_the_turn_of_heic_and_avif_is_the_decoders(kind: str, orientation: int) -> None:
    found = probe(BytesIO(encoded(turned(orientation), kind, exif=exif(orientation=orientation))))
    assert found.orientation == orientation
    assert found.upright_size == (96, 64)


def test_old_and_upside_down_bitmaps_are_read() -> None:
    old = b"BM" + bytes(12) + struct.pack("<IHHHH", 12, 7, 5, 1, 24) + bytes(200)
    assert (probe(BytesIO(old)).width, probe(BytesIO(old)).height) == (7, 5)
    flipped = b"BM" + bytes(12) + struct.pack("<IiiHHI", 40, 7, -5, 1, 24, 0) + bytes(200)
    assert probe(BytesIO(flipped)).height == 5


def test_telling_loads_no_pillow(tmp_path: Path) -> None:
    source = write(tmp_path / "a.jpg", PICTURES[0])
    script = f"""
import sys
from pathlib import Path
from seedcli.pictures.probe import check_complete
check_complete(Path({str(source)!r}))
assert not {{"PIL", "asyncio", "subprocess", "tempfile"}} & set(sys.modules)
"""
    subprocess.run([sys.executable, "-c", script], check=True)


def _look(data: bytes) -> None:
    """Every way into the reading; only these two kinds of error may come out."""
    with suppress(BadInput, ValueError):
        assert isinstance(probe(BytesIO(data)), Probe)
    with suppress(BadInput, ValueError):
        check_complete(BytesIO(data))


@settings(max_examples=300, deadline=None, suppress_health_check=[HealthCheck.too_slow])
@given(st.sampled_from(PICTURES), st.data())
def test_damaged_pictures_end_in_an_answer_or_a_reason(picture: bytes, data: st.DataObject) -> None:
    damaged = bytearray(picture)
    for _ in range(data.draw(st.integers(0, 6))):
        at = data.draw(st.integers(0, min(len(damaged), 600) - 1))
        damaged[at] = data.draw(st.sampled_from((0, 1, 0x7F, 0x80, 0xFE, 0xFF)) | st.integers(0, 255))
    _look(bytes(damaged[: data.draw(st.integers(0, len(damaged)))] if data.draw(st.booleans()) else damaged))


@settings(max_examples=300, deadline=None)
@given(
    st.sampled_from(
        [b"", b"\xff\xd8\xff", b"\x89PNG\r\n\x1a\n", b"RIFF\xff\xff\0\0WEBP", b"GIF89a", b"BM",
         b"II*\0", b"MM\0*", b"II+\0", b"\0\0\0\x18ftypheic", b"\0\0\0\x18ftypavif\0\0\0\0mif1avif"]
    ),
    st.binary(max_size=300),
)  # fmt: skip
@example(b"\xff\xd8\xff", b"\xff" * 300)
@example(b"GIF89a", bytes(300))
def test_any_bytes_behind_a_known_start_end_in_an_answer_or_a_reason(start: bytes, rest: bytes) -> None:
    _look(start + rest)


@settings(deadline=None)
@given(st.binary(max_size=200))
def test_any_exif_block_can_be_read_and_cleaned(block: bytes) -> None:
    for data in (block, b"Exif\0\0" + block, b"II*\0\x08\0\0\0" + block, b"MM\0*\0\0\0\x08" + block):
        read_exif(data)
        with suppress(ValueError):
            assert len(without_location(data)) == len(data)


@settings(deadline=None)
@given(st.binary(max_size=400))
def test_any_profile_is_named_or_let_be(data: bytes) -> None:
    foreign_profile(data)
    named = foreign_profile(bytes(16) + b"RGB " + bytes(16) + b"acsp" + bytes(88) + b"\0\0\0\2" + data)
    assert named is None or named
