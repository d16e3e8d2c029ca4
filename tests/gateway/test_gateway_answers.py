"""Answers taken apart as they arrive."""

from __future__ import annotations

import base64
import json
import os
import tracemalloc
from pathlib import Path

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from seedcli.gateway.answer import Received
from seedcli.gateway.answer_stream import LONG_STRING, AnswerScanner
from seedcli.gateway.spooled import SpooledPicture, Unusable

PICTURE = b"\xff\xd8\xff" + bytes(range(256)) * 200


def scanned(body: bytes, spool: Path, *, piece: int = 1000) -> AnswerScanner:
    scanner = AnswerScanner([spool])
    for start in range(0, len(body), piece):
        scanner.feed(body[start : start + piece])
    scanner.close()
    return scanner


def only_picture(scanner: AnswerScanner) -> SpooledPicture:
    (picture,) = scanner.pictures.values()
    return picture


@pytest.mark.parametrize("piece", [1, 2, 3, 7, 1000, 65536, 10_000_000])
def test_a_long_string_becomes_a_file_however_it_is_cut(tmp_path: Path, piece: int) -> None:
    picture = PICTURE[:49_500] if piece < 4 else PICTURE
    text = base64.b64encode(picture).decode()
    body = json.dumps({'a"\\': ["\\", '"'], "data": [{"b64_json": text}], "usage": {"n": 1}}).encode()
    scanner = scanned(body, tmp_path, piece=piece)
    found = only_picture(scanner)
    assert found.whole and found.keep().read_bytes() == picture
    (placeholder,) = scanner.pictures
    assert json.loads(bytes(scanner.json)) == {
        'a"\\': ["\\", '"'],
        "data": [{"b64_json": placeholder}],
        "usage": {"n": 1},
    }


@pytest.mark.parametrize(
    "spelled",
    [
        lambda text: text.replace("/", "\\/"),
        lambda text: text.replace("+", "\\u002B").replace("=", "\\u003d"),
        lambda text: "".join(f"\\u{ord(char):04x}" for char in text),
        lambda text: "data:image/jpeg;base64," + text,
        lambda text: " data:image/png;charset=x;base64,\\n" + text,
        lambda text: text.replace("+", "-").replace("/", "_"),
        lambda text: text.rstrip("="),
        lambda text: "\\r\\n".join(text[at : at + 76] for at in range(0, len(text), 76)) + "\\n",
        lambda text: "\t" + text + "  ",
    ],
)
@pytest.mark.parametrize("extra", [0, 1, 2])
def test_base64_is_understood_in_every_spelling(tmp_path: Path, spelled, extra: int) -> None:  # type: ignore[no-untyped-def]
    picture = PICTURE + b"x" * extra
    text = spelled(base64.b64encode(picture).decode())
    for piece in (9973, 1_000_000):
        scanner = scanned(f'{{"data": "{text}"}}'.encode(), tmp_path, piece=piece)
        assert only_picture(scanner).whole
        assert only_picture(scanner).keep().read_bytes() == picture


@pytest.mark.parametrize(
    "text",
    [
        "A" * 100_001,
        "A" * 99_999 + "=" + "A" * 100,
        "A" * 100_000 + "==" + "AAAA" * 50,
        "?" * 100_000,
        "A" * 100_000 + "\\u00e9",
        "A" * 100_000 + "\\\\",
        "A" * 99_998 + "\\u12",
        " " * 100_000,
        "A" * 100_000 + "é",
    ],
)
def test_what_is_no_base64_is_no_picture(tmp_path: Path, text: str) -> None:
    picture = only_picture(scanned(f'["{text}"]'.encode(), tmp_path, piece=4999))
    assert not picture.whole
    assert picture.problem
    assert not picture.looks_like_picture


def test_a_picture_that_broke_off_is_not_whole(tmp_path: Path) -> None:
    scanner = scanned(b'["' + base64.b64encode(PICTURE), tmp_path)
    assert not only_picture(scanner).whole
    scanner.discard()
    assert list(tmp_path.iterdir()) == []


def test_the_start_of_a_short_string_that_broke_off_is_kept(tmp_path: Path) -> None:
    assert bytes(scanned(b'{"error": "half a sen', tmp_path).json) == b'{"error": "half a sen'


documents = st.recursive(
    st.none() | st.booleans() | st.text(),
    lambda inner: st.lists(inner) | st.dictionaries(st.text(), inner),
)


@settings(suppress_health_check=[HealthCheck.function_scoped_fixture], max_examples=30)
@given(documents, st.integers(1, 50), st.booleans())
def test_json_without_long_strings_passes_unchanged(
    tmp_path: Path, document: object, piece: int, ascii_only: bool
) -> None:
    body = json.dumps(document, ensure_ascii=ascii_only).encode("utf-8", "surrogatepass")
    assert bytes(scanned(body, tmp_path, piece=piece).json) == body


def test_memory_stays_flat_however_large_the_picture_is(tmp_path: Path) -> None:
    block = base64.b64encode(os.urandom(48 * 1024))
    scanner = AnswerScanner([tmp_path])
    tracemalloc.start()
    scanner.feed(b'{"data": [{"b64_json": "')
    for _ in range(400):
        scanner.feed(block)
    scanner.feed(b'"}]}')
    _, peak = tracemalloc.get_traced_memory()
    tracemalloc.stop()
    assert only_picture(scanner).size == 400 * 48 * 1024
    assert peak < 600_000


def test_a_picture_over_the_cap_is_unusable(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("seedcli.gateway.spooled.MOST_PICTURE", 99_999)
    picture = SpooledPicture([tmp_path])
    with pytest.raises(Unusable, match="more than 0 MB"):
        picture.feed(base64.b64encode(b"x" * 100_000))
    picture.discard()


@pytest.fixture
def no_temporary_folder(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("tempfile.gettempdir", lambda: "/nowhere")


def test_a_full_disk_and_no_other_is_unusable_not_a_crash(tmp_path: Path, no_temporary_folder: None) -> None:
    with pytest.raises(Unusable, match="written down"):
        SpooledPicture([tmp_path / "missing"])
    picture = SpooledPicture([tmp_path])
    os.dup2(os.open("/dev/full", os.O_WRONLY), picture._file._descriptor)
    with pytest.raises(Unusable, match="No space left"):
        picture.feed(base64.b64encode(b"x" * 90_000))
    picture.discard()


def test_a_picture_that_vanished_is_brought_back(tmp_path: Path) -> None:
    spool, spare = tmp_path / "spool", tmp_path / "spare"
    spool.mkdir()
    spare.mkdir()
    received = Received([spool, spare])
    received.begin(200, [])
    received.feed(b'["' + base64.b64encode(PICTURE) + b'"]')
    for path in spool.iterdir():
        path.unlink()
    (kept,) = received.keep(list(received._scanner.pictures))
    assert kept.parent == spare
    assert kept.read_bytes() == PICTURE


def test_one_good_picture_among_broken_ones_is_kept(tmp_path: Path) -> None:
    received = Received([tmp_path])
    received.begin(200, [(b"X", b"1"), (b"x", b"2")])
    good = base64.b64encode(PICTURE).decode()
    received.feed(json.dumps([good, "?" * 100_000, good[: LONG_STRING * 2]]).encode())
    received.close()
    assert received.headers == {"x": "1, 2"}
    inline = [*json.loads(received.body)[:2], "?", base64.b64encode(b"small").decode()]
    files = received.keep(inline)
    assert [path.read_bytes() for path in files] == [PICTURE, b"small"]
    assert sorted(tmp_path.iterdir()) == sorted(files)


def test_compressed_bombs_run_into_the_same_caps(tmp_path: Path) -> None:
    import gzip

    received = Received([tmp_path])
    received.begin(200, [(b"content-encoding", b"gzip")])
    with pytest.raises(Unusable, match="beside its pictures"):
        received.feed(gzip.compress(b" " * 50_000_000))
    refused = Received([tmp_path])
    refused.begin(500, [(b"content-encoding", b"gzip")])
    assert refused.feed(gzip.compress(b" " * 50_000_000)) is False
    assert len(refused.body) == 65536
