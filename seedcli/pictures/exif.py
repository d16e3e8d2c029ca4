"""TIFF structures: a TIFF file's first page, and the EXIF block inside other formats."""

from __future__ import annotations

import io
from collections.abc import Iterator
from typing import BinaryIO, Literal, NamedTuple

from seedcli.pictures.bytestream import CutOff, take_at

ORIENTATION = 274
GPS_IFD = 34853
_GPS_VERSION = 0
_TYPE_SIZES = {
    1: 1,
    2: 1,
    3: 2,
    4: 4,
    5: 8,
    6: 1,
    7: 1,
    8: 2,
    9: 4,
    10: 8,
    11: 4,
    12: 8,
    13: 4,
    16: 8,
    17: 8,
    18: 8,
}
_INTEGERS = {1, 3, 4, 13, 16, 18}
_MAX_FIELDS = 1000


class Field(NamedTuple):
    """A directory's entry of `number` values. `at` is where it stands itself, `value_at` its data."""

    tag: int
    kind: int
    number: int
    at: int
    value_at: int

    @property
    def size(self) -> int:
        return _TYPE_SIZES.get(self.kind, 1) * self.number


class Directory(NamedTuple):
    at: int
    fields: dict[int, Field]
    next_at: int


class Tiff:
    """A reader of TIFF directories in a stream that starts with a TIFF header at `start`.

    Raises ValueError for what is not TIFF or points outside the stream.
    """

    def __init__(self, stream: BinaryIO, *, start: int = 0) -> None:
        self._stream = stream
        self._start = start
        head = self.bytes_at(0, 8)
        orders: dict[bytes, Literal["little", "big"]] = {b"II": "little", b"MM": "big"}
        if head[:2] not in orders:
            raise ValueError("broken: no byte order")
        self.order = orders[head[:2]]
        magic = self._int(head[2:4])
        if magic not in (42, 43):
            raise ValueError("broken: no TIFF header")
        self.wide = magic == 43
        self.first_at = self.int_at(8, 8) if self.wide else self._int(head[4:8])

    def bytes_at(self, offset: int, count: int) -> bytes:
        return take_at(self._stream, self._start + offset, count)

    def int_at(self, offset: int, size: int) -> int:
        return self._int(self.bytes_at(offset, size))

    def directory(self, at: int) -> Directory:
        count_size, entry_size, word = (8, 20, 8) if self.wide else (2, 12, 4)
        count = self.int_at(at, count_size)
        if count > _MAX_FIELDS:
            raise ValueError(f"broken: a directory of {count} fields")
        table = self.bytes_at(at + count_size, count * entry_size)
        fields: dict[int, Field] = {}
        for index in range(count):
            entry = table[index * entry_size : (index + 1) * entry_size]
            field = self._field(entry, at=at + count_size + index * entry_size, word=word)
            fields.setdefault(field.tag, field)
        return Directory(at, fields, self._next(at + count_size + count * entry_size, word))

    def _field(self, entry: bytes, *, at: int, word: int) -> Field:
        tag, kind = self._int(entry[:2]), self._int(entry[2:4])
        count = self._int(entry[4 : 4 + word])
        inline_at = at + 4 + word
        inline = _TYPE_SIZES.get(kind, 1) * count <= word
        return Field(tag, kind, count, at, inline_at if inline else self._int(entry[4 + word : 4 + 2 * word]))

    def _next(self, at: int, word: int) -> int:
        try:
            return self.int_at(at, word)
        except CutOff:  # some writers leave the last pointer out
            return 0

    def values(self, field: Field | None, *, limit: int = 16) -> tuple[int, ...]:
        """The integers of a field, at most `limit`; none where it is of another kind."""
        if field is None or field.kind not in _INTEGERS:
            return ()
        size = _TYPE_SIZES[field.kind]
        data = self.bytes_at(field.value_at, size * min(field.number, limit))
        return tuple(self._int(data[i : i + size]) for i in range(0, len(data), size))

    def value(self, directory: Directory, tag: int, default: int) -> int:
        return next(iter(self.values(directory.fields.get(tag))), default)

    def data(self, field: Field) -> bytes:
        return self.bytes_at(field.value_at, field.size)

    def orientation(self, directory: Directory) -> int:
        """1 to 8; 1 for anything else."""
        value = self.value(directory, ORIENTATION, 1)
        return value if 1 <= value <= 8 else 1

    def gps(self, directory: Directory) -> Directory | None:
        """The directory of the place, if it says anything beside its version."""
        at = self.value(directory, GPS_IFD, 0)
        if not at:
            return None
        found = self.directory(at)
        return found if found.fields.keys() - {_GPS_VERSION} else None

    def _int(self, data: bytes) -> int:
        return int.from_bytes(data, self.order)


class Exif(NamedTuple):
    """What matters of an EXIF block."""

    orientation: int = 1
    has_location: bool = False


def read_exif(block: bytes) -> Exif:
    """What an EXIF block says; a block that can't be read says nothing.

    A broken block whose bytes can't rule out a place counts as having one.
    """
    if block[:6] == b"Exif\0\0":
        block = block[6:]
    try:
        tiff = Tiff(io.BytesIO(block))
        first = tiff.directory(tiff.first_at)
        orientation = tiff.orientation(first)
    except ValueError:
        return Exif()
    try:
        return Exif(orientation, any(tiff.gps(page) for page in _pages(tiff, first)))
    except ValueError:
        return Exif(orientation, GPS_IFD in first.fields)


def _pages(tiff: Tiff, first: Directory) -> Iterator[Directory]:
    """The first directory and the thumbnail's."""
    yield first
    if first.next_at:
        try:
            yield tiff.directory(first.next_at)
        except ValueError:
            return


def orientation_only(orientation: int) -> bytes:
    """An EXIF block, without its identifier, that says the turn and nothing else."""
    entry = b"".join(
        value.to_bytes(size, "big") for value, size in ((ORIENTATION, 2), (3, 2), (1, 4), (orientation, 2))
    )
    return b"MM\0*\0\0\0\x08\0\x01" + entry + bytes(6)


def without_location(block: bytes) -> bytes:
    """The EXIF block with its GPS directory blanked, everything else where it was.

    The entries and their values are overwritten with zeros and the pointers to them are taken
    out, so that no other offset moves. Raises ValueError for a block that can't be read.
    """
    start = 6 if block[:6] == b"Exif\0\0" else 0
    data = bytearray(block)
    tiff = Tiff(io.BytesIO(block), start=start)
    if tiff.wide:
        raise ValueError("broken: BigTIFF inside EXIF")
    for page in _pages(tiff, tiff.directory(tiff.first_at)):
        pointer = page.fields.get(GPS_IFD)
        if pointer is not None:
            _blank(data, tiff, start=start, at=tiff.value(page, GPS_IFD, 0))
            _remove_entry(data, tiff, page, start=start, entry_at=pointer.at)
    return bytes(data)


def _blank(data: bytearray, tiff: Tiff, *, start: int, at: int) -> None:
    gps = tiff.directory(at)
    for field in gps.fields.values():
        _zero(data, start + field.value_at, field.size)
    _zero(data, start + at, 2 + 12 * len(gps.fields) + 4)


def _zero(data: bytearray, at: int, size: int) -> None:
    end = min(at + size, len(data))
    data[at:end] = bytes(max(0, end - at))


def _remove_entry(data: bytearray, tiff: Tiff, page: Directory, *, start: int, entry_at: int) -> None:
    count = tiff.int_at(page.at, 2)
    end = page.at + 2 + 12 * count + 4
    tail = data[start + entry_at + 12 : start + end]
    data[start + entry_at : start + entry_at + len(tail)] = tail
    _zero(data, start + end - 12, 12)
    data[start + page.at : start + page.at + 2] = (count - 1).to_bytes(2, tiff.order)
