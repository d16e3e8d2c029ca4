"""Where the program is tortured: a folder that begins the same each time, and what is in it after."""

from __future__ import annotations

import os
import shutil
import sqlite3
import subprocess
from contextlib import closing
from dataclasses import dataclass
from pathlib import Path

from program import PROGRAM, Ran
from torture_gateway import KEY, Gateway
from torture_strace import Call, Point, Struck, record, strike

CAT = Path(__file__).parents[2] / "examples" / "cat.jpg"
EDIT = ("edit", "cat.jpg", "make it blue", "--json")
KILL = "signal=SIGKILL"
_ZEROS = "0" * 12


@dataclass(frozen=True)
class Scenario:
    """A command and how things stand when it is given: `begun` is "nothing", "intended" (a run that
    was killed before it sent), "answered" or "accepted" (one that was killed before it saved)."""

    name: str
    answer: str
    begun: str = "nothing"
    words: tuple[str, ...] = EDIT
    large: bool = False

    @property
    def resumes(self) -> bool:
        return self.words[0] == "resume"


SCENARIOS = (
    Scenario("first", "url"),
    Scenario("link", "url", "intended"),
    Scenario("inline", "b64_json", "intended"),
    Scenario("job", "job", "intended"),
    Scenario("large", "url", "intended", large=True),
    Scenario("resume-link", "url", "answered", ("resume", "--json")),
    Scenario("resume-inline", "b64_json", "answered", ("resume", "--json")),
    Scenario("resume-job", "job", "accepted", ("resume", "--json")),
)


class Bench:
    """One scenario, ready to be run as often as wished, each time from the same beginning."""

    def __init__(self, scenario: Scenario, *, folder: Path, gateway: Gateway) -> None:
        self.scenario = scenario
        self.gateway = gateway
        self.case = folder / "case"
        self.template = folder / "template"
        self._scratch = folder / "scratch"
        self.env = _environment(folder, gateway)
        self.places = _places(self.case)
        self._whole_before = 0
        self._make_template()
        self.calls = self._record()

    def restore(self) -> None:
        shutil.rmtree(self.case, ignore_errors=True)
        shutil.copytree(self.template, self.case)
        self.gateway.begin(self.scenario.answer, whole=self._whole_before)

    def strike(self, point: Point) -> Struck:
        struck = strike(point, self.scenario.words, places=self.places, folder=self.case, env=self.env)
        self.gateway.settle()
        return struck

    def run(self, *words: str) -> Ran:
        """Without faults, and with names that nobody knows beforehand."""
        done = subprocess.run(
            [*PROGRAM, *words],
            cwd=self.case,
            env=self.env,
            stdin=subprocess.DEVNULL,
            capture_output=True,
            timeout=60,
        )
        self.gateway.settle()
        return Ran(done.returncode, done.stdout, done.stderr.decode("utf-8", "replace"))

    def entries(self) -> list[str]:
        """The states of the journal's entries, read from a copy; `AssertionError` when it is not whole."""
        shutil.rmtree(self._scratch, ignore_errors=True)
        self._scratch.mkdir()
        for place in ("journal", "wal", "rollback"):
            if self.places[place].exists():
                shutil.copy(self.places[place], self._scratch)
        path = self._scratch / "journal.db"
        if not path.exists() or (
            path.stat().st_size == 0 and not (self._scratch / "journal.db-wal").exists()
        ):
            return []
        with closing(sqlite3.connect(path)) as database:
            (verdict,) = database.execute("PRAGMA integrity_check").fetchone()
            assert verdict == "ok", f"the journal is broken: {verdict}"
            tables = database.execute("SELECT count(*) FROM sqlite_master WHERE name = 'entries'").fetchone()[
                0
            ]
            rows = database.execute("SELECT state FROM entries ORDER BY seq").fetchall() if tables else []
        return [state for (state,) in rows]

    def results(self) -> list[Path]:
        return sorted(
            path for path in self.case.iterdir() if path.suffix == ".jpg" and path.name != "cat.jpg"
        )

    def leftovers(self) -> list[Path]:
        return sorted(self.case.glob(".seedcli-*"))

    def _make_template(self) -> None:
        scenario = self.scenario
        self.case.mkdir(parents=True)
        shutil.copy(CAT, self.case)
        if scenario.large:
            _lengthen(self.case / "cat.jpg")
        self.gateway.begin(scenario.answer)
        if scenario.begun == "accepted":
            assert self.run(*EDIT, "--no-wait").code == 0
        elif scenario.begun != "nothing":
            call = ("openat", "input") if scenario.begun == "intended" else ("write", "staged")
            self._kill(Point(*call, 1, KILL))
        if scenario.begun != "nothing":
            assert self.run("history", "list").code == 0  # which lets go of what the dead process had
            assert self.entries() == [scenario.begun]
        for path in self.leftovers():
            path.unlink()
        self._whole_before = self.gateway.whole
        shutil.copytree(self.case, self.template)

    def _kill(self, point: Point) -> None:
        struck = strike(point, EDIT, places=self.places, folder=self.case, env=self.env)
        self.gateway.settle()
        assert struck.hit, f"{point} did not come to pass: {struck.stderr}"

    def _record(self) -> list[Call]:
        self.restore()
        calls = record(self.scenario.words, places=self.places, folder=self.case, env=self.env)
        self.gateway.settle()
        assert self.entries() == ["saved"]
        return calls


def _environment(folder: Path, gateway: Gateway) -> dict[str, str]:
    kept = ("PATH", "LANG", "TMPDIR", "COVERAGE_PROCESS_START", "VIRTUAL_ENV")
    return {name: os.environ[name] for name in kept if name in os.environ} | {
        "HOME": str(folder / "home"),
        "SEEDCLI_STATE_DIR": str(folder / "case" / "state"),
        "SEEDCLI_BASE_URL": gateway.base_url,
        "SEEDCLI_API_KEY": KEY,
        "SEEDCLI_POLL_INTERVAL": "0.05",
        "PYTHONSAFEPATH": "1",
        "PYTHONDONTWRITEBYTECODE": "1",
    }


def _places(case: Path) -> dict[str, Path]:
    """All that the program touches, by the names that `same_names` makes it use."""
    state = case / "state"
    owners = state / "journal.db-owners"
    return {
        "folder": case,
        "input": case / "cat.jpg",
        "staged": case / f".seedcli-{_ZEROS}.part",
        "output": case / "cat-edited.jpg",
        "state": state,
        "journal": state / "journal.db",
        "wal": state / "journal.db-wal",
        "shared memory": state / "journal.db-shm",
        "rollback": state / "journal.db-journal",
        "owners": owners,
        "lock": owners / f"4242-{_ZEROS}.lock",
        "spool": state / "spool",
        "kept answer": state / "spool" / f"answer-{'0' * 20}.bin",
    }


def _lengthen(path: Path) -> None:
    """So that sending takes many calls: more than other threads make to wake the loop up."""
    data = path.read_bytes()
    comment = b"\xff\xfe\xff\xff" + bytes(65_533)
    path.write_bytes(data[:2] + comment * 40 + data[2:])
