"""What a result says of itself is read back, comes out again, and never touches the pixels."""

from __future__ import annotations

from io import BytesIO
from pathlib import Path

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from picture_files import DISPLAY_P3, encoded, exif, opened, profile, quarters, turned, write
from PIL import Image

from seedcli.pictures import metadata, png, xmp
from seedcli.pictures.origin import Origin, read_origin
from seedcli.pictures.pixels import quiet_pillow
from seedcli.pictures.probe import check_complete, probe

ORIGIN = Origin(
    prompt='Make the <cat> "blue" & happy — 猫 ]]>',
    request={"model": "seededit-3-0-i2i-250628", "seed": 42, "guidance_scale": 5.5, "watermark": False},
    input_sha256="ab" * 32,
    created_at=1_790_000_000.25,
    program="seedcli 0.1.0",
    entry_id="0123456789",
    input_name="cat.jpg",
)
KINDS = ("JPEG", "PNG", "WEBP")
PLACE_XMP = (
    b'<x:xmpmeta xmlns:x="adobe:ns:meta/"><rdf:RDF>'
    b'<rdf:Description exif:GPSLatitude="48,51N"/></rdf:RDF></x:xmpmeta>'
)
PLAIN_XMP = (
    b'<x:xmpmeta xmlns:x="adobe:ns:meta/"><rdf:RDF><rdf:Description dc:rights="mine"/></rdf:RDF></x:xmpmeta>'
)


def _pixels(data: bytes) -> bytes:
    with Image.open(BytesIO(data)) as image:
        return image.convert("RGBA").tobytes()


def _embedded(source: Path, origin: Origin = ORIGIN) -> bytes:
    out = BytesIO()
    metadata.embed(source, out, origin=origin)
    return out.getvalue()


@pytest.mark.parametrize("kind", KINDS)
def test_what_was_put_in_is_read_back_and_the_picture_is_untouched(kind: str, tmp_path: Path) -> None:
    source = write(tmp_path / "result", encoded(quarters(), kind))
    made = write(tmp_path / "made", _embedded(source))
    assert read_origin(made) == ORIGIN
    assert read_origin(source) is None
    assert _pixels(made.read_bytes()) == _pixels(source.read_bytes())
    assert check_complete(made) == probe(source)


@pytest.mark.parametrize("kind", KINDS)
def test_other_programs_see_prompt_program_and_that_a_model_made_it(kind: str, tmp_path: Path) -> None:
    pytest.importorskip("xml.etree.ElementTree")
    from xml.etree import ElementTree

    made = _embedded(write(tmp_path / "result", encoded(quarters(), kind)))
    with Image.open(BytesIO(made)) as image:
        packet = image.info.get("xmp") or image.info.get("XML:com.adobe.xmp")
        texts = dict(image.info)
    assert packet is not None
    tree = ElementTree.fromstring(packet)
    attributes = {key: value for node in tree.iter() for key, value in node.attrib.items()}
    assert attributes["{http://ns.adobe.com/xap/1.0/}CreatorTool"] == "seedcli 0.1.0"
    assert any(value.endswith("compositeWithTrainedAlgorithmicMedia") for value in attributes.values())
    assert ORIGIN.prompt in [node.text for node in tree.iter()]
    if kind == "PNG":
        assert texts["Description"] == ORIGIN.prompt
        assert texts["Software"] == "seedcli 0.1.0"


@pytest.mark.parametrize("kind", KINDS)
def test_putting_in_again_replaces_and_leaves_what_others_wrote(kind: str, tmp_path: Path) -> None:
    options = {"PNG": {}, "JPEG": {"xmp": PLAIN_XMP}, "WEBP": {"xmp": PLAIN_XMP}}[kind]
    data = encoded(quarters(), kind, **options)
    if kind == "PNG":
        chunk = png.make_chunk(b"iTXt", png.XMP_KEYWORD + b"\0\0\0\0\0" + PLAIN_XMP)
        data = data[:33] + chunk + data[33:]
    once = write(tmp_path / "once", _embedded(write(tmp_path / "result", data)))
    twice = write(tmp_path / "twice", _embedded(once, Origin(prompt="other", request={})))
    again = read_origin(twice)
    assert again is not None
    assert again.prompt == "other"
    assert twice.read_bytes().count(b"<seedcli:record>") == 1
    assert b'dc:rights="mine"' in twice.read_bytes()


def test_a_png_whose_xmp_was_lost_still_tells_by_its_text(tmp_path: Path) -> None:
    data = _embedded(write(tmp_path / "result.png", encoded(quarters(), "PNG")))
    at = data.index(png.XMP_KEYWORD)
    size = int.from_bytes(data[at - 8 : at - 4], "big")
    without = write(tmp_path / "without.png", data[: at - 8] + data[at + size + 4 :])
    assert read_origin(without) == ORIGIN


def test_a_record_that_another_program_turned_into_an_attribute_is_read(tmp_path: Path) -> None:
    assert xmp.record_in(b'<rdf:Description seedcli:record="{&quot;a&quot;:&#34;b&#34;}"/>') == {"a": "b"}


@pytest.mark.parametrize(
    "content",
    [
        b"",
        b"<seedcli:record>",
        b"<seedcli:record>[1]</seedcli:record>",
        b"<seedcli:record>{" * 90_000,
        b"<seedcli:record>" + b'{"a":' * 30_000 + b"</seedcli:record>",
        b"\xff\xfe<seedcli:record>\xff{}",
        b'seedcli:record="nothing',
    ],
    ids=["nothing", "open", "a list", "many opens", "deep", "bad bytes", "open attribute"],
)
def test_a_packet_that_makes_no_sense_tells_nothing(content: bytes) -> None:
    assert xmp.record_in(content) is None


def test_a_record_with_wrong_types_keeps_what_is_right() -> None:
    value = {
        "schema": "seedcli.origin/9",
        "prompt": "p",
        "request": [],
        "created": 7,
        "id": {},
        "program": None,
    }
    assert Origin.from_json(value) == Origin(prompt="p", request={}, program="")
    assert Origin.from_json({"schema": "other", "prompt": "p"}) is None
    assert Origin.from_json({"schema": "seedcli.origin/1", "prompt": 3}) is None
    assert Origin.from_json({**ORIGIN.as_json(), "created": "9999-99-99"}) is not None


def test_what_can_not_be_carried_is_said(tmp_path: Path) -> None:
    gif = write(tmp_path / "result.gif", encoded(quarters(), "GIF"))
    with pytest.raises(ValueError, match="gif files can't carry it"):
        _embedded(gif)
    assert read_origin(gif) is None
    jpeg = write(tmp_path / "result.jpg", encoded(quarters(), "JPEG"))
    with pytest.raises(ValueError, match="too large for a JPEG segment"):
        _embedded(jpeg, Origin(prompt="x" * 70_000, request={}))


@settings(max_examples=40, deadline=None)
@given(st.text(max_size=400))
def test_any_prompt_survives(prompt: str) -> None:
    record = {"prompt": prompt}
    content = xmp.packet(record, creator="c", created="t", prompt=prompt)
    found = xmp.record_in(content)
    lost = {char for char in prompt if char in "\ufffe\uffff"}
    assert found is not None
    assert found["prompt"] == prompt or lost


@pytest.mark.parametrize("kind", KINDS)
def test_stripping_leaves_nothing_but_picture_profile_and_turn(kind: str, tmp_path: Path) -> None:
    icc = profile("Display P3", DISPLAY_P3, gamma=None)
    data = encoded(turned(6), kind, exif=exif(orientation=6, location=True, maker="SECRET"), icc_profile=icc)
    source = write(tmp_path / "result", _embedded(write(tmp_path / "first", data)))
    out = BytesIO()
    metadata.strip(source, out)
    stripped = write(tmp_path / "stripped", out.getvalue())
    found = check_complete(stripped)
    assert found.orientation == 6
    assert found.profile == "Display P3"
    assert not found.has_location
    assert _pixels(out.getvalue()) == _pixels(data)
    for secret in (b"SECRET", b"seedcli", b"cat.jpg", b"GPS"):
        assert secret not in out.getvalue()


def test_stripping_takes_pieces_that_are_not_known(tmp_path: Path) -> None:
    claim = b"a signed claim"
    webp = encoded(quarters(), "WEBP", exif=exif())
    webp += b"C2PA" + len(claim).to_bytes(4, "little") + claim
    webp = webp[:4] + (len(webp) - 8).to_bytes(4, "little") + webp[8:]
    jpeg = _with_segment(encoded(quarters(), "JPEG"), 0xEB, claim)
    for data in (jpeg, _with_chunk(encoded(quarters(), "PNG"), b"caBX", claim), webp):
        source = write(tmp_path / "result", data)
        for copy, kept in ((metadata.strip, False), (metadata.strip_location, True)):
            out = BytesIO()
            copy(source, out)
            assert (claim in out.getvalue()) is kept
            assert _pixels(out.getvalue()) == _pixels(data)


def test_stripping_takes_comments_and_what_follows_the_picture(tmp_path: Path) -> None:
    data = encoded(quarters(), "JPEG", comment=b"a comment") + b"a film behind it"
    out = BytesIO()
    metadata.strip(write(tmp_path / "result.jpg", data), out)
    assert b"comment" not in out.getvalue()
    assert out.getvalue().endswith(b"\xff\xd9")


def _iptc(dataset: int) -> bytes:
    record = bytes((0x1C, 2, dataset, 0, 5)) + b"Paris"
    return b"Photoshop 3.0\0" + b"8BIM\x04\x04\0\0" + len(record).to_bytes(4, "big") + record


def _with_segment(data: bytes, marker: int, content: bytes) -> bytes:
    return data[:2] + bytes((0xFF, marker)) + (len(content) + 2).to_bytes(2, "big") + content + data[2:]


def _with_chunk(data: bytes, kind: bytes, content: bytes, *, last: bool = False) -> bytes:
    at = len(data) - 12 if last else 33
    return data[:at] + png.make_chunk(kind, content) + data[at:]


def _second_picture(data: bytes) -> bytes:
    """A multi-picture index before, and a second picture with a place behind the first."""
    other = encoded(quarters(), "JPEG", exif=exif(location=True))
    rows = b"".join(at.to_bytes(4, "little") for at in (0, 0, 0, 0, 0, len(other)))
    first_size = len(data) + 4 + 4 + 8 + 18 + 32
    rows += (first_size - 10).to_bytes(4, "little") + bytes(4)
    entry = b"\x02\xb0\x07\0" + (32).to_bytes(4, "little") + (26).to_bytes(4, "little")
    index = b"MPF\0II*\0\x08\0\0\0\x01\0" + entry + bytes(4) + rows
    return _with_segment(data, 0xE2, index) + other


_RAW = b"\nexif\n%8d\n" % 200 + exif(location=True).tobytes().hex().encode()


def _places() -> dict[str, bytes]:
    """Each way in which a file that looks harmless tells its place."""
    jpeg, png_data = encoded(quarters(), "JPEG"), encoded(quarters(), "PNG")
    name = b"http://ns.adobe.com/xap/1.0/\0"
    motion = name + PLAIN_XMP.replace(b"dc:rights", b"GCamera:MotionPhoto")
    return {
        "xmp.jpg": _with_segment(jpeg, 0xE1, name + PLACE_XMP),
        "xmp in utf-16.jpg": _with_segment(jpeg, 0xE1, name + PLACE_XMP.decode().encode("utf-16")),
        "more xmp.jpg": _with_segment(
            jpeg, 0xE1, b"http://ns.adobe.com/xmp/extension/\0" + bytes(40) + PLACE_XMP
        ),
        "iptc city.jpg": _with_segment(jpeg, 0xED, _iptc(90)),
        "film behind.jpg": _with_segment(jpeg, 0xE1, motion) + b"\0\0\0\x18ftypmp42 \xa9xyz+48+002/",
        "film behind, unannounced.jpg": jpeg + b"\0\0\0\x18ftypmp42 \xa9xyz+48+002/",
        "second picture.jpg": _second_picture(jpeg),
        "xmp.png": _with_chunk(png_data, b"iTXt", png.XMP_KEYWORD + b"\0\0\0\0\0" + PLACE_XMP),
        "late exif.png": _with_chunk(png_data, b"eXIf", exif(location=True).tobytes()[6:], last=True),
        "raw profile.png": _with_chunk(png_data, b"tEXt", b"Raw profile type exif\0" + _RAW),
        "xmp.webp": encoded(quarters(), "WEBP", xmp=PLACE_XMP),
    }


@pytest.mark.parametrize("name", list(_places()))
def test_a_place_is_found_and_taken_out_wherever_it_hides(name: str, tmp_path: Path) -> None:
    source = write(tmp_path / name, _places()[name])
    assert probe(source).has_location
    out = BytesIO()
    assert metadata.strip_location(source, out)
    cleaned = write(tmp_path / "cleaned", out.getvalue())
    assert not check_complete(cleaned).has_location
    for mark in (b"GPSLatitude", b"Paris", b"\xa9xyz", exif(location=True).tobytes()[-60:]):
        assert mark not in out.getvalue()
    with quiet_pillow():
        assert opened(cleaned).tobytes() == opened(source).tobytes()


def test_what_names_no_place_stays(tmp_path: Path) -> None:
    data = _with_segment(encoded(quarters(), "JPEG", exif=exif(maker="Cam")), 0xED, _iptc(105))
    source = write(tmp_path / "headline.jpg", data)
    assert not probe(source).has_location
    out = BytesIO()
    metadata.strip_location(source, out)
    assert out.getvalue() == data
    bmp = write(tmp_path / "plain.bmp", encoded(quarters(), "BMP"))
    assert not metadata.strip_location(bmp, BytesIO())
