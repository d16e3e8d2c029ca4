"""The program under strace: which system calls it makes on its own paths, and what if one of them fails."""

from __future__ import annotations

import os
import re
import signal
import subprocess
import sys
from collections import Counter
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path

from program import PROGRAM

CHANGING = (
    "openat", "mkdir", "mkdirat", "pwrite64", "write", "fdatasync", "fsync", "ftruncate", "fallocate",
    "linkat", "link", "unlink", "unlinkat", "rename", "renameat", "renameat2", "chmod", "fchmod",
    "fchmodat", "fchown", "flock",
)  # fmt: skip
LOOKING = (
    "newfstatat", "statx", "pread64", "read", "lseek", "getdents64", "statfs", "fcntl", "mmap", "access",
    "faccessat2", "readlink",
)  # fmt: skip
SPEAKING = (
    "socket", "connect", "sendto", "recvfrom", "epoll_wait", "epoll_pwait", "setsockopt", "getsockopt",
)  # fmt: skip
TURNS = frozenset({"epoll_wait", "epoll_pwait"})
NETWORK = "network"
SAME_NAMES = {"PYTHONPATH": str(Path(__file__).parent / "same_names"), "PYTHONHASHSEED": "0"}
_LIMIT_S = 60.0
_LINE = re.compile(r"(\d+) +(\w+)\((.*)")
_PLACE = re.compile(r'["<]([^"<>]+)[">]')
_FOLDER = re.compile(r"AT_FDCWD<[^>]*>")


@dataclass(frozen=True)
class Call:
    """A system call of the program on a place of its own, the `number`th of its name there in its thread."""

    index: int
    thread: str
    name: str
    place: str
    number: int
    text: str


@dataclass(frozen=True)
class Point:
    """What is done to which call: `what` is strace's, as "error=EIO" or "signal=SIGKILL"; `lasting`
    says to all that come after it, too."""

    name: str
    place: str
    number: int
    what: str
    lasting: bool = False

    @property
    def kills(self) -> bool:
        return self.what == "signal=SIGKILL"

    def __str__(self) -> str:
        return f"{self.name} {self.number}{'+' if self.lasting else ''} on {self.place}: {self.what}"


@dataclass(frozen=True)
class Struck:
    """How the program ended under a fault, and whether the fault came to pass.

    `connections` is how many it had begun by then; it counts for faults of the network alone.
    """

    code: int
    stdout: str
    stderr: str
    hit: bool
    hung: bool
    connections: int


def record(
    words: Sequence[str], *, places: Mapping[str, Path], folder: Path, env: dict[str, str], stdin: bytes = b""
) -> list[Call]:
    """The calls of a run without faults, in their order."""
    log = folder.with_name("record.strace")
    wanted = ",".join(f"?{name}" for name in (*CHANGING, *LOOKING, *SPEAKING))
    code, _, stderr = _run(
        ["-yy", "-e", f"trace={wanted}"], words, folder=folder, env=env | SAME_NAMES, log=log, stdin=stdin
    )
    assert code == 0, f"the run without faults ended with {code}: {stderr}"
    return _parse(log, places)


def strike(
    point: Point,
    words: Sequence[str],
    *,
    places: Mapping[str, Path],
    folder: Path,
    env: dict[str, str],
    stdin: bytes = b"",
    same_names: bool = True,
) -> Struck:
    """Runs the program with the fault; with `same_names` off for several images at once."""
    log = folder.with_name("strike.strace")
    when = f"{point.number}+" if point.lasting else str(point.number)
    traced = f"{point.name},connect" if point.place == NETWORK else point.name
    options = ["-y", "-e", f"trace={traced}", "-e", f"inject={point.name}:{point.what}:when={when}"]
    if point.place != NETWORK:
        options += ["-P", str(places[point.place])]
    if not point.kills:
        options.append("--seccomp-bpf")  # faster; a signal would not arrive
    if same_names:
        env = env | SAME_NAMES
    code, stdout, stderr = _run(options, words, folder=folder, env=env, log=log, stdin=stdin)
    said = log.read_text("utf-8", "replace")
    before, injected, _ = said.partition("(INJECTED)")
    hung = stderr.endswith("hung")
    hit = (code == -9 and not hung) if point.kills else bool(injected)
    return Struck(code, stdout, stderr, hit, hung, before.count(" connect("))


def _run(
    options: Sequence[str],
    words: Sequence[str],
    *,
    folder: Path,
    env: dict[str, str],
    log: Path,
    stdin: bytes,
) -> tuple[int, str, str]:
    command = ["strace", "-f", "-qq", "-e", "signal=none", "-o", str(log), *options, *PROGRAM, *words]
    with subprocess.Popen(
        command,
        cwd=folder,
        env=env,
        stdin=subprocess.PIPE,
        stdout=subprocess.PIPE,
        stderr=subprocess.PIPE,
        start_new_session=True,
    ) as process:
        try:
            stdout, stderr = process.communicate(stdin, timeout=_LIMIT_S)
        except subprocess.TimeoutExpired:
            os.killpg(process.pid, signal.SIGKILL)  # strace's end alone would let the program go on
            stdout, stderr = process.communicate()
            stderr += b"\nhung"
    return process.returncode, stdout.decode("utf-8", "replace"), stderr.decode("utf-8", "replace")


def _parse(log: Path, places: Mapping[str, Path]) -> list[Call]:
    names = {str(path): place for place, path in places.items()}
    count: Counter[tuple[str, str, str]] = Counter()
    calls: list[Call] = []
    for line in log.read_text("utf-8", "replace").splitlines():
        found = _LINE.match(line)
        if found is None:
            continue
        thread, name, rest = found.groups()
        place = _place(name, _FOLDER.sub("", rest), names)
        if place is not None:
            count[thread, name, place] += 1
            calls.append(Call(len(calls), thread, name, place, count[thread, name, place], line))
    return calls


def _place(name: str, rest: str, names: Mapping[str, str]) -> str | None:
    """The place that a call names first, by path or descriptor: the only one that strace watches for.

    The network has one place: strace can't tell its sockets apart.
    """
    if name in SPEAKING:
        return NETWORK
    paths = (path.removesuffix("(deleted)") for path in _PLACE.findall(rest))
    return next((names[path] for path in paths if path in names), None)


def is_spoken_to(call: Call) -> bool:
    """Whether a network call is on a connection, and not on the loop's own wake-up pipe."""
    return call.name in TURNS or "TCP:[" in call.text or (call.name == "socket" and "AF_INET" in call.text)


def refusal() -> str | None:
    """Why strace can't be used here; None when it can."""
    command = [
        "strace",
        "-f",
        "-qq",
        "-o",
        "/dev/null",
        "-e",
        "inject=getpid:error=EIO",
        sys.executable,
        "-c",
        "",
    ]
    try:
        done = subprocess.run(command, capture_output=True, timeout=_LIMIT_S)
    except FileNotFoundError:
        return "strace is not installed: apt-get install strace"
    if done.returncode:
        said = done.stderr.decode("utf-8", "replace").strip()
        return f"strace may not trace here (a container needs the ptrace permission, CAP_SYS_PTRACE): {said}"
    return None
