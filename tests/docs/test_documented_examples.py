"""Every example in the commands' help, which is the reference's too, is run where it finds what it names."""

from __future__ import annotations

import json
import os
import re
import shutil
import signal
import stat
import subprocess
from collections.abc import Callable
from dataclasses import dataclass
from pathlib import Path

import pytest
from program import PROGRAM

from seedcli.cli.completions.catalogue import read_program
from seedcli.cli.page import render
from seedcli.sandbox.server import RunningSandbox

ROOT = Path(__file__).parents[2]
ROWS = {
    "rows.jsonl": '{"image": "cat.jpg", "prompt": "make it blue"}\n{"image": "dog.jpg", "prompt": "snow"}\n',
    "rows.csv": "image\ncat.jpg\ndog.jpg\n",
}


def examples(page: str) -> list[str]:
    text = (ROOT / "docs" / page).read_text()
    blocks = re.findall(r"^```sh\n(.*?)^```$", text, re.MULTILINE | re.DOTALL)
    lines = "".join(blocks).replace("\\\n", " ").splitlines()
    return sorted({line for line in lines if re.search(r"\bseedcli\b", line)})


LINES = [*examples("reference.md"), *examples("guide.md")]
SERVERS = [line for line in LINES if line.startswith("seedcli sandbox")]
OTHERS = [line for line in LINES if line not in SERVERS]


@dataclass(frozen=True)
class Reader:
    """Somebody with pictures, rows, a profile, a saved edit, and jobs that wait for them."""

    folder: Path
    variables: dict[str, str]
    gateway: RunningSandbox

    def run(self, script: str, *, shell: str = "bash") -> subprocess.CompletedProcess[str]:
        strict = ["-euo", "pipefail"] if shell == "bash" else []
        return subprocess.run(
            [shell, *strict, "-c", script],
            cwd=self.folder,
            env={**os.environ, **self.variables},
            input=self.gateway.key,
            capture_output=True,
            text=True,
            timeout=60,
        )

    def with_real_names(self, line: str) -> str:
        """The example, when what it names is made: jobs that wait, edits saved and not, a page's picture."""
        names = sorted(set(re.findall(r"job-\w+|\b2q9f\w*|cat-edited|page", line)), key=len, reverse=True)
        for name in names:
            waits = name.startswith("job-") or "resume" in line
            made = self._edited(f"'{name}'" + (" --no-wait" if waits else " --embed"))
            if name not in ("cat-edited", "page"):
                line = line.replace(name, made["job_set_id" if name.startswith("job-") else "id"])
        return line

    def _edited(self, words: str) -> dict[str, str]:
        found: dict[str, str] = json.loads(self.run(f"seedcli edit cat.jpg {words} --json").stdout)
        return found


@pytest.fixture
def reader(at_home: Path, home: Path, sandbox: Callable[..., RunningSandbox]) -> Reader:
    gateway = sandbox(jobs=True)
    for name in ("dog.jpg", "in.jpg"):
        shutil.copy(at_home / "cat.jpg", at_home / name)
    for name, text in ROWS.items():
        (at_home / name).write_text(text)
    for name, text in {"make-rows": "cat rows.jsonl", "xdg-open": "exit 0"}.items():
        tool = at_home.parent / "bin" / name
        tool.write_text(f"#!/bin/sh\n{text}\n")
        tool.chmod(tool.stat().st_mode | stat.S_IXUSR)
    for folder in (".local/share/bash-completion/completions", ".zfunc", ".config/fish/completions"):
        (home / folder).mkdir(parents=True)
    variables = {
        "PATH": f"{at_home.parent / 'bin'}:{os.environ['PATH']}",
        "SEEDCLI_BASE_URL": gateway.base_url,
        "SEEDCLI_API_KEY": gateway.key,
        "SEEDCLI_POLL_INTERVAL": "0.02",
        "KEY": gateway.key,
        "PROFILE": str(home / "profile.ps1"),
    }
    reader = Reader(at_home, variables, gateway)
    assert reader.run("seedcli config set --profile work model seedream").returncode == 0
    return reader


@pytest.mark.parametrize("line", OTHERS)
def test_an_example_runs_as_it_stands(line: str, reader: Reader, home: Path) -> None:
    for tool in ("jq", "zsh"):
        if tool in line + ("zsh" if "fpath" in line else "") and shutil.which(tool) is None:
            pytest.skip(f"{tool} is not installed here; .ci/run installs it")
    script = reader.with_real_names(line)
    if "fpath" in line:
        done = reader.run(f"fpath=({home / '.zfunc'}); {script}", shell="zsh")
    elif line.startswith("seedcli view cat-edited.jpg"):
        done = reader.run(f"script -qec {script!r} /dev/null")  # a terminal is wanted
    else:
        done = reader.run(script)
    assert done.returncode == 0, f"{script}\n{done.stdout}\n{done.stderr}"


@pytest.mark.parametrize("line", SERVERS)
def test_a_sandbox_of_an_example_prints_its_two_lines_and_ends_with_ctrl_c(line: str, home: Path) -> None:
    words = line.partition("#")[0].split()[1:]
    with subprocess.Popen(
        [*PROGRAM, *words, "--port", "0"], stdout=subprocess.PIPE, stderr=subprocess.DEVNULL, text=True
    ) as running:
        assert running.stdout is not None
        lines = [running.stdout.readline() for _ in range(2)]
        running.send_signal(signal.SIGINT)
        assert running.wait(timeout=20) in (0, 130)
    assert [line.partition("=")[0] for line in lines] == ["export SEEDCLI_BASE_URL", "export SEEDCLI_API_KEY"]


def test_every_command_has_an_example() -> None:
    for command in read_program().walk():
        if not command.commands:
            examples = render(command.page, width=200, colour=False).partition("\nExamples:\n")[2]
            assert f"  seedcli {command.name}" in examples, command.name
