"""Each system call of `config set api_key`, in turn: the file is the old one or the new one, and private."""

from __future__ import annotations

import os
import shutil
import stat
import subprocess
from collections.abc import Callable
from pathlib import Path

import pytest
from program import PROGRAM
from torture_bench import KILL
from torture_judge import Came, Trial
from torture_strace import CHANGING, LOOKING, Point, record, strike

WORDS = ("config", "set", "api_key")
KEY = b"another-0123456789abcdef"
OLD = b'# mine\nmodel = "seededit"\napi_key = "former-0123456789abcdef"\n'
PARTS = 4
_ERRORS = ("EIO", "ENOSPC", "EACCES")


class Desk:
    """A configuration file, and what became of it."""

    def __init__(self, folder: Path) -> None:
        self.folder = folder / "config"
        self.file = self.folder / "config.toml"
        self._template = folder / "template"
        self.places = {
            "folder": self.folder,
            "file": self.file,
            "staged": self.folder / f".seedcli-{'0' * 12}.part",
        }
        self.env = {"PATH": os.environ["PATH"], "HOME": str(folder), "SEEDCLI_CONFIG": str(self.file)}
        self.env |= {"PYTHONSAFEPATH": "1", "PYTHONDONTWRITEBYTECODE": "1"}
        self._template.mkdir()
        (self._template / "config.toml").write_bytes(OLD)
        (self._template / "config.toml").chmod(0o600)
        self.restore()
        self.calls = record(WORDS, places=self.places, folder=self.folder, env=self.env, stdin=KEY)
        self.new = self.file.read_bytes()
        assert KEY in self.new and b"# mine" in self.new

    def restore(self) -> None:
        shutil.rmtree(self.folder, ignore_errors=True)
        shutil.copytree(self._template, self.folder)

    def points(self) -> list[Point]:
        spots = dict.fromkeys((c.name, c.place, c.number) for c in self.calls if c.place in self.places)
        kills = [Point(*spot, KILL) for spot in spots if spot[0] in CHANGING]
        errors = [
            Point(*spot, f"error={error}")
            for spot in spots
            for error in (_ERRORS if spot[0] in CHANGING else _ERRORS[:1])
            if spot[0] in CHANGING or spot[0] in LOOKING
        ]
        return kills + errors

    def attempt(self, point: Point) -> Trial:
        trial = Trial(point)
        self.restore()
        struck = strike(point, WORDS, places=self.places, folder=self.folder, env=self.env, stdin=KEY)
        said = struck.stdout + struck.stderr
        trial.story.append(f"struck: exit {struck.code}: {struck.stderr.strip()[-400:]}")
        trial.hold("Traceback" not in said and "internal error" not in said, "a defect shows")
        trial.hold(KEY.decode() not in said, "the key shows")
        trial.hold(struck.code in (0, 2, 3, -9), f"exit code {struck.code}")
        self._hold_whole(trial, done=struck.code == 0)
        if self.file.read_bytes() != self.new:
            trial.came = Came.LATER
        self._give_again(trial)
        if not struck.hit:
            trial.came = Came.NOT_REACHED
        return trial

    def _hold_whole(self, trial: Trial, *, done: bool) -> None:
        trial.hold(self.file.read_bytes() in ((self.new,) if done else (OLD, self.new)), "half a file")
        for path in self.folder.iterdir():
            mode = stat.S_IMODE(path.stat().st_mode)
            trial.hold(mode == 0o600, f"{path.name} has mode {mode:o}")

    def _give_again(self, trial: Trial) -> None:
        command = [*PROGRAM, *WORDS]
        again = subprocess.run(
            command, cwd=self.folder, env=self.env, input=KEY, capture_output=True, timeout=60
        )
        trial.story.append(f"again: exit {again.returncode}: {again.stderr.decode()[-300:]}")
        trial.hold(again.returncode == 0, "given again, it fails")
        self._hold_whole(trial, done=True)
        left = [path.name for path in self.folder.iterdir() if path != self.file]
        trial.hold(not left, f"left behind: {left}")


@pytest.fixture
def desk(strace: None, tmp_path: Path) -> Desk:
    return Desk(tmp_path.resolve())


def test_a_configuration_struck_where_it_counts_is_the_old_or_the_new(
    desk: Desk, tally: Callable[[list[Trial]], None]
) -> None:
    telling = ("write", "fsync", "rename", "renameat", "renameat2")
    tally(
        [
            desk.attempt(point)
            for point in desk.points()
            if point.name in telling and "EACCES" not in point.what
        ]
    )


@pytest.mark.torture
@pytest.mark.parametrize("part", range(PARTS))
def test_a_configuration_struck_anywhere_is_the_old_or_the_new(
    part: int, desk: Desk, tally: Callable[[list[Trial]], None]
) -> None:
    tally([desk.attempt(point) for point in desk.points()[part::PARTS]])
