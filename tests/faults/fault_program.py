"""The real program as its users run it: a process, its streams, and what it leaves on disk."""

from __future__ import annotations

import json
import os
import signal
import sqlite3
import subprocess
import sys
import threading
from collections.abc import Callable, Mapping, Sequence
from contextlib import closing
from dataclasses import dataclass, field
from pathlib import Path
from typing import IO, Any

import fault_pictures

# Printable ASCII, as a header may hold it, with what JSON and URLs spell otherwise.
KEY = 'fk-9Qz7+Lm3/Xv8"Td5\\Rw2=Kp6&nB4'
ROOT = Path(__file__).resolve().parents[2]
TIME_LIMIT_S = 30.0
PROMPT = "make it blue"


@dataclass(frozen=True)
class Result:
    """How one command ended."""

    exit: int
    out: bytes
    err: str

    @property
    def objects(self) -> list[dict[str, Any]]:
        return [json.loads(line, parse_constant=_refuse) for line in self.out.splitlines()]

    def __str__(self) -> str:
        return f"exit {self.exit}\nstdout: {self.out[:2000]!r}\nstderr: {self.err[:4000]}"


@dataclass
class Place:
    """A home, and a working folder with `cat.jpg` in it."""

    root: Path
    inputs: set[str] = field(default_factory=set)

    def __post_init__(self) -> None:
        self.work.mkdir()
        self.home.mkdir()
        self.put("cat.jpg", fault_pictures.input_jpeg())

    @property
    def home(self) -> Path:
        return self.root / "home"

    @property
    def work(self) -> Path:
        return self.root / "work"

    @property
    def state(self) -> Path:
        return self.home / ".local/state/seedcli"

    @property
    def journal(self) -> Path:
        return self.state / "journal.db"

    @property
    def config(self) -> Path:
        return self.home / ".config/seedcli/config.toml"

    def put(self, name: str, data: bytes) -> Path:
        """A file of the user's in the working folder."""
        path = self.work / name
        path.parent.mkdir(parents=True, exist_ok=True)
        path.write_bytes(data)
        self.inputs.add(name)
        return path

    def configure(self, text: str, *, mode: int = 0o600) -> None:
        self.config.parent.mkdir(parents=True, exist_ok=True)
        self.config.write_text(text)
        self.config.chmod(mode)

    def made(self) -> list[Path]:
        """The files in the working folder that the user did not put there."""
        found = (path for path in self.work.rglob("*") if path.is_file() or path.is_symlink())
        return sorted(path for path in found if str(path.relative_to(self.work)) not in self.inputs)

    def rows(self) -> list[dict[str, Any]]:
        """The journal's entries, oldest first; none where there is no journal that can be read."""
        if not self.journal.is_file() or not self.journal.stat().st_size:
            return []
        with closing(sqlite3.connect(f"{self.journal.as_uri()}?mode=ro", uri=True)) as database:
            database.row_factory = sqlite3.Row
            try:
                return [dict(row) for row in database.execute("SELECT * FROM entries ORDER BY seq")]
            except sqlite3.DatabaseError:
                return []


class Running:
    """A command under way. What it says on standard error is collected as it comes."""

    def __init__(self, process: subprocess.Popen[bytes], stdin: bytes | None, emitted: list[bytes]) -> None:
        self.process = process
        self._emitted = emitted
        self._out = b""
        self._err = b""
        self._said = threading.Condition()
        self._readers = [
            threading.Thread(target=self._collect, args=(stream, name), daemon=True)
            for stream, name in ((process.stdout, "_out"), (process.stderr, "_err"))
            if stream is not None
        ]
        for reader in self._readers:
            reader.start()
        if process.stdin is not None:
            self._readers.append(
                threading.Thread(target=self._feed, args=(process.stdin, stdin), daemon=True)
            )
            self._readers[-1].start()

    def wait_for(self, word: str) -> None:
        """Until `word` was said on standard error."""
        with self._said:
            said = self._said.wait_for(lambda: word.encode() in self._err, TIME_LIMIT_S)
        assert said, f"{word!r} was never said: {self._err!r}"

    def signal(self, number: signal.Signals) -> None:
        self.process.send_signal(number)

    def kill(self) -> None:
        self.process.kill()
        self.finish()

    def finish(self) -> Result:
        try:
            code = self.process.wait(TIME_LIMIT_S)
        except subprocess.TimeoutExpired:
            self.process.kill()
            raise AssertionError(f"the program did not end: {self._err!r}") from None
        for reader in self._readers:
            reader.join(5)
        for stream in (self.process.stdout, self.process.stderr):
            if stream is not None:
                stream.close()
        self._emitted += [self._out, self._err]
        return Result(code, self._out, self._err.decode("utf-8", "surrogateescape"))

    def _collect(self, stream: IO[bytes], name: str) -> None:
        while data := os.read(stream.fileno(), 65536):
            with self._said:
                setattr(self, name, getattr(self, name) + data)
                self._said.notify_all()

    def _feed(self, stream: IO[bytes], data: bytes | None) -> None:
        try:
            stream.write(data or b"")
            stream.close()
        except OSError:
            return


@dataclass
class Program:
    """Starts commands in a place, with an environment that holds nothing else of this machine."""

    place: Place
    base_url: str
    env: Mapping[str, str | None] = field(default_factory=dict)
    emitted: list[bytes] = field(default_factory=list)

    def run(self, *words: str | bytes, stdin: bytes | None = None, **how: Any) -> Result:
        return self.start(*words, stdin=stdin, **how).finish()

    def start(
        self,
        *words: str | bytes,
        stdin: bytes | None = None,
        stdout: int | IO[bytes] = subprocess.PIPE,
        stderr: int | IO[bytes] = subprocess.PIPE,
        prepare: Callable[[], None] | None = None,
    ) -> Running:
        """`prepare` runs in the child before the program; `stdin` None is an empty one."""
        process = subprocess.Popen(
            [*command(), *words],
            stdin=subprocess.DEVNULL if stdin is None else subprocess.PIPE,
            stdout=stdout,
            stderr=stderr,
            cwd=self.place.work,
            env=self.environment(),
            preexec_fn=prepare,
            start_new_session=True,
        )
        return Running(process, stdin, self.emitted)

    def environment(self) -> dict[str, str]:
        values: dict[str, str | None] = {
            "PATH": os.environ["PATH"],
            "HOME": str(self.place.home),
            "LANG": "C.UTF-8",
            "COLUMNS": "100",
            "PYTHONPATH": None if "SEEDCLI_TEST_PROGRAM" in os.environ else str(ROOT),
            "SEEDCLI_API_KEY": KEY,
            "SEEDCLI_BASE_URL": self.base_url,
            "SEEDCLI_DEBUG_HTTP": str(self.place.root / "http.log"),
            "SEEDCLI_POLL_INTERVAL": "0.05",
            "SEEDCLI_TIMEOUT": "15",
            "SEEDCLI_RETRIES": "1",
            **{name: value for name, value in os.environ.items() if name.startswith("COVERAGE_")},
            **self.env,
        }
        return {name: value for name, value in values.items() if value is not None}


def command() -> Sequence[str]:
    """The program under test: the checkout's, or an installed one's path in SEEDCLI_TEST_PROGRAM."""
    installed = os.environ.get("SEEDCLI_TEST_PROGRAM")
    return [installed] if installed else [sys.executable, "-m", "seedcli"]


def _refuse(constant: str) -> float:
    raise ValueError(f"{constant} is not JSON")
