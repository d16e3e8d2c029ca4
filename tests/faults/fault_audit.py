"""What holds after every case: where the key was seen, what was said, what lies about on disk."""

from __future__ import annotations

import base64
import json
import sqlite3
import stat
import unicodedata
from collections.abc import Iterator, Sequence
from contextlib import closing
from urllib.parse import quote

from fault_program import KEY, Place, Program
from fault_server import Server

OBJECT_KEYS = {
    "schema", "id", "run_id", "input", "prompt", "status", "output", "format", "width", "height", "bytes",
    "sha256", "request", "job_set_id", "url", "usage", "charged", "attempts", "elapsed_s", "error",
}  # fmt: skip
_ERROR_KEYS = {"code", "message", "hint", "http_status", "retryable", "exit_code"}
_BIDIRECTIONAL = frozenset(map(chr, (0x061C, 0x200E, 0x200F, *range(0x202A, 0x202F), *range(0x2066, 0x206A))))


def audit(program: Program, server: Server, *, key_in: Sequence[str] = ()) -> None:
    """Everything that must hold however a case ended. `key_in` names files, relative to the case's
    folder, that the user wrote the key into."""
    _key_stayed_home(program, key_in=key_in)
    _key_went_to_the_gateway_alone(server)
    for emitted in program.emitted:
        _is_plain(emitted)
    _objects_are_whole(program.emitted[::2])
    _nothing_lies_about(program.place)
    _journal_is_sound(program.place)


def spellings(key: str) -> Iterator[bytes]:
    """The key, and every way in which text formats would write it; also most of it."""
    escaped = json.dumps(key)[1:-1]
    for text in (key, escaped, escaped.replace("/", "\\/"), quote(key, safe=""), quote(key), repr(key)[1:-1]):
        yield text.encode()
    yield key[:-4].encode()
    yield key[4:].encode()
    yield base64.b64encode(key.encode())[:-4]
    yield key.encode().hex().encode()


def _key_stayed_home(program: Program, *, key_in: Sequence[str]) -> None:
    allowed = {program.place.root / name for name in key_in}
    texts = {f"stream {number}": data for number, data in enumerate(program.emitted)}
    for path in program.place.root.rglob("*"):
        if path.is_file() and not path.is_symlink() and path not in allowed:
            texts[str(path)] = path.read_bytes()
    for where, text in texts.items():
        for spelling in spellings(KEY):
            assert spelling not in text, f"the key is in {where}"


def _key_went_to_the_gateway_alone(server: Server) -> None:
    api = server.requests["edit"] + server.requests["poll"]
    for request in api:
        assert request.headers.get("ocp-apim-subscription-key") == KEY, request.head
        assert request.headers.get("content-type") == "application/json", request.head
        assert request.headers.get("cache-control") == "no-cache", request.head
        assert request.head.count(KEY.encode()) == 1, request.head
        assert all(spelling not in request.body for spelling in spellings(KEY))
    for request in server.requests["download"] + server.requests["stray"]:
        for spelling in spellings(KEY):
            assert spelling not in request.head + bytes(request.body), f"the key went to {request.target}"
        assert "cookie" not in request.headers and "authorization" not in request.headers, request.head
        assert request.headers.get("accept-encoding", "identity") == "identity", request.head


def _is_plain(emitted: bytes) -> None:
    """No traceback, and nothing that a terminal would take for more than text."""
    if emitted[:3] in (b"\xff\xd8\xff", b"\x89PN"):
        return  # a picture on standard output
    text = emitted.decode("utf-8", "surrogateescape")
    assert "Traceback" not in text and "internal error" not in text, text
    for char in text:
        strange = unicodedata.category(char) in ("Cc", "Zl", "Zp") or char in _BIDIRECTIONAL
        assert char == "\n" or not strange, f"{char!r} in {text!r}"


def _objects_are_whole(outputs: Sequence[bytes]) -> None:
    for line in (line for out in outputs for line in out.splitlines() if line.startswith(b'{"schema"')):
        found = json.loads(line)
        assert found.keys() >= OBJECT_KEYS, OBJECT_KEYS - found.keys()
        assert found["schema"] == "seedcli.result/1"
        assert found["status"] in ("saved", "pending", "failed", "skipped")
        assert found["charged"] in ("no", "yes", "unknown")
        if found["error"] is not None:
            assert found["error"].keys() == _ERROR_KEYS, found["error"]


def _nothing_lies_about(place: Place) -> None:
    left = list(place.work.rglob(".seedcli-*"))
    assert not left, f"left behind: {left}"
    kept = {row["answer_path"] for row in place.rows() if row["state"] == "answered"}
    spool = place.state / "spool"
    spooled = [path for path in spool.rglob("*") if path.is_file()] if spool.is_dir() else []
    assert not [path for path in spooled if str(path) not in kept], f"left in the spool: {spooled}"


def _journal_is_sound(place: Place) -> None:
    rows = place.rows()
    if not rows:
        return
    assert stat.S_IMODE(place.journal.stat().st_mode) == 0o600
    assert stat.S_IMODE(place.state.stat().st_mode) & 0o077 == 0
    assert all(row["owner"] is None for row in rows), "a claim of a dead process stands"
    with closing(sqlite3.connect(f"{place.journal.as_uri()}?mode=ro", uri=True)) as database:
        assert database.execute("PRAGMA quick_check").fetchone() == ("ok",)
