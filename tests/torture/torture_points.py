"""Which calls are struck, and how."""

from __future__ import annotations

from collections.abc import Iterator

from torture_bench import KILL, Bench
from torture_strace import CHANGING, LOOKING, NETWORK, SPEAKING, TURNS, Point, is_spoken_to

# More than the other threads wake up the loop: what bears a higher number is on the connection.
_WAKE_UPS = 15
# The run is taken up, the image claimed, what will be sent written down.
_EARLY_COMMITS = 3
_ERRORS = {
    "openat": ("EIO", "ENOSPC", "EMFILE", "EACCES"),
    "mkdir": ("EIO", "ENOSPC"),
    "pwrite64": ("EIO", "ENOSPC"),
    "write": ("EIO", "ENOSPC", "EDQUOT"),
    "fdatasync": ("EIO", "ENOSPC"),
    "fsync": ("EIO", "ENOSPC"),
    "fallocate": ("ENOSPC", "EOPNOTSUPP"),
    "linkat": ("EIO", "ENOSPC", "EPERM", "EMLINK"),
    "unlink": ("EIO", "EPERM"),
    "flock": ("EIO", "ENOLCK"),
    "fcntl": ("EIO", "ENOLCK"),
    "mmap": ("ENOMEM",),
    "statfs": ("EIO", "ENOSYS"),
    "socket": ("EMFILE", "ENOBUFS", "EACCES"),
    "connect": ("ECONNREFUSED", "ENETUNREACH", "ETIMEDOUT", "EPERM"),
    "sendto": ("ECONNRESET", "EPIPE", "ENOBUFS"),
    "recvfrom": ("ECONNRESET", "ETIMEDOUT", "EIO"),
    "setsockopt": ("EINVAL",),
    "getsockopt": ("EIO",),
}
_OTHER = ("EIO",)
_MOST_TELLING = frozenset({"write", "linkat", "connect", "fdatasync"})
_TELLING = frozenset(
    {
        ("fdatasync", "wal", KILL),
        ("connect", NETWORK, KILL),
        ("write", "kept answer", KILL),
        ("linkat", "staged", KILL),
        ("unlink", "staged", KILL),
        ("fdatasync", "wal", "error=EIO"),
        ("write", "staged", "error=ENOSPC"),
        ("linkat", "staged", "error=EPERM"),
        ("connect", NETWORK, "error=ECONNREFUSED"),
    }
)
_FULL = ("pwrite64", "fdatasync", "write")


def points_of(bench: Bench) -> list[Point]:
    """Every point of a scenario, the same each time."""
    name = bench.scenario.name
    found = [*_kills(bench), *_errors(bench, whole=name == "first")]
    if name != "large":
        found += _lasting(bench)
    return list(dict.fromkeys(found))


def telling_points(bench: Bench) -> list[Point]:
    """The few that tell most: around each commit, the request, and the result's way to its place.

    A commit that fails, or that comes before the request, comes out alike whatever the answer is like:
    one scenario has those.
    """
    found = [point for point in points_of(bench) if (point.name, point.place, point.what) in _TELLING]
    if bench.scenario.name == "link":
        return found
    commits = [point for point in found if (point.name, point.place) == ("fdatasync", "wal")]
    late = [point for point in commits if point.kills and point.number > _EARLY_COMMITS]
    return [point for point in found if point not in commits or point in late]


def _kills(bench: Bench) -> Iterator[Point]:
    for name, place, number in _spots(bench, (*CHANGING, *SPEAKING)):
        if name in ("setsockopt", "getsockopt") or (name in TURNS and number % 3):
            continue
        yield Point(name, place, number, KILL)


def _errors(bench: Bench, *, whole: bool) -> Iterator[Point]:
    """The `whole` has every error, and calls that only look; else most calls fail one way, taken in turn."""
    for name, place, number in _spots(bench, (*CHANGING, *SPEAKING, *(LOOKING if whole else ()))):
        if name in TURNS:
            continue
        errors = _ERRORS.get(name, _OTHER)
        if not whole and name not in _MOST_TELLING:
            errors = errors[number % len(errors) :][:1]
        elif name in ("pwrite64", "fcntl"):  # there are many of them
            errors = errors[number % 2 :][:1]
        for error in errors:
            yield Point(name, place, number, f"error={error}")


def _lasting(bench: Bench) -> Iterator[Point]:
    """A disk that from some moment on is full, or broken."""
    for name, place, number in _spots(bench, _FULL):
        if place in ("wal", "staged", "kept answer") and (name != "pwrite64" or number % 3 == 0):
            error = "EIO" if name == "fdatasync" else "ENOSPC"
            yield Point(name, place, number, f"error={error}", lasting=True)


def _spots(bench: Bench, names: tuple[str, ...]) -> Iterator[tuple[str, str, int]]:
    """Calls by name, place and number; those that threads have in common come once.

    In the large scenario only the network matters: the rest is as in the one of the same kind.
    """
    # A lock that is given back: no system fails that.
    seen = {(call.name, call.place, call.number) for call in bench.calls if "F_UNLCK" in call.text}
    for call in bench.calls:
        spot = (call.name, call.place, call.number)
        if call.name not in names or spot in seen or (bench.scenario.large and call.place != NETWORK):
            continue
        if call.place == NETWORK and not (_is_aimed_at(call.name, call.number) and is_spoken_to(call)):
            continue
        seen.add(spot)
        yield spot


def _is_aimed_at(name: str, number: int) -> bool:
    return name != "sendto" or number > _WAKE_UPS
