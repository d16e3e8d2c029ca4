"""The examples, each run as its tool would run it, and the pipeline of find, the program and jq."""

from __future__ import annotations

import os
import re
import shutil
import subprocess
import sys
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Any

import pytest
import yaml
from action_runner import Job

from seedcli.sandbox.server import RunningSandbox

ROOT = Path(__file__).parents[2]
EXAMPLES = ROOT / "examples"
Machine = Callable[..., tuple[dict[str, str], RunningSandbox]]


def run(*command: str | Path, cwd: Path, env: dict[str, str]) -> subprocess.CompletedProcess[str]:
    return subprocess.run(
        list(map(str, command)),
        cwd=cwd,
        env={**os.environ, **env},
        stdin=subprocess.DEVNULL,
        capture_output=True,
        text=True,
        timeout=120,
    )


def needs(*tools: str) -> pytest.MarkDecorator:
    missing = [tool for tool in tools if shutil.which(tool) is None]
    return pytest.mark.skipif(bool(missing), reason=f"{', '.join(missing)} can't be had here")


def photos(folder: Path, *names: str) -> None:
    for name in names:
        (folder / name).parent.mkdir(parents=True, exist_ok=True)
        shutil.copy(EXAMPLES / "cat.jpg", folder / name)


# find | seedcli | jq


@needs("bash", "find", "jq")
def test_find_print0_into_the_program_into_jq(machine: Machine, tmp_path: Path) -> None:
    env, gateway = machine()
    photos(tmp_path, "in/a b.jpg", "in/deep/two\nlines.jpg", "in/-dash.jpg", "in/ünï.jpg")
    pipeline = (
        "find in -name '*.jpg' -print0 | seedcli edit --files-from - -0 'make it warm' -o out/ --json"
        """ | jq -r 'select(.status == "saved") | [.output, .width, .height] | @json'"""
    )
    done = run("bash", "-eo", "pipefail", "-c", pipeline, cwd=tmp_path, env=env)
    assert done.returncode == 0, done.stderr
    made = sorted(path.name for path in (tmp_path / "out").iterdir())
    assert made == ["-dash-edited.jpg", "a b-edited.jpg", "two\nlines-edited.jpg", "ünï-edited.jpg"]
    assert len(done.stdout.splitlines()) == 4
    assert '["out/two\\nlines-edited.jpg",' in done.stdout
    assert gateway.stats().edits == 4


@needs("bash", "find", "jq")
def test_the_pipelines_code_is_the_programs_where_a_picture_failed(machine: Machine, tmp_path: Path) -> None:
    env, _ = machine(faults=("moderation:1:1",))
    photos(tmp_path, "in/a.jpg", "in/b.jpg")
    pipeline = (
        "find in -name '*.jpg' -print0 | seedcli edit --files-from - -0 'x' --json -j 1"
        " | jq -r '.error.code // .output'"
    )
    done = run("bash", "-eo", "pipefail", "-c", pipeline, cwd=tmp_path, env=env)
    assert done.returncode == 4, done.stderr
    lines = sorted(done.stdout.splitlines())
    assert len(lines) == 2
    assert lines[1] == "moderated" and lines[0].endswith("-edited.jpg")


# From Python


def test_the_python_example(machine: Machine, tmp_path: Path) -> None:
    env, gateway = machine(faults=("moderation:1:1",))
    photos(tmp_path, "in/a.jpg", "in/b.jpg", "in/c.jpg")
    script = EXAMPLES / "edit_from_python.py"
    done = run(sys.executable, script, "in", "make it warm", "out/", cwd=tmp_path, env=env)
    assert done.returncode == 1, done.stderr
    assert done.stderr == ""
    assert len(list((tmp_path / "out").iterdir())) == 2
    assert sum(" -> " in line for line in done.stdout.splitlines()) == 2
    assert sum("refused by moderation" in line for line in done.stdout.splitlines()) == 1
    assert gateway.stats().edits == 3


def test_the_python_example_ends_with_one_line_where_the_key_is_refused(
    machine: Machine, tmp_path: Path
) -> None:
    env, _ = machine()
    photos(tmp_path, "in/a.jpg")
    wrong = {**env, "SEEDCLI_API_KEY": "wrong-key-000000000"}
    script = EXAMPLES / "edit_from_python.py"
    done = run(sys.executable, script, "in", "x", "out/", cwd=tmp_path, env=wrong)
    assert (done.returncode, len(done.stderr.splitlines())) == (1, 1)
    assert "does not take the key" in done.stderr


# GitLab, GitHub


@needs("bash", "jq")
def test_the_gitlab_job(machine: Machine, tmp_path: Path) -> None:
    env, gateway = machine()
    photos(tmp_path, "photos/a.jpg", "photos/deep/b.jpg")
    job = yaml.safe_load((EXAMPLES / "gitlab-ci.yml").read_text())["golden-hour"]
    assert job["before_script"] == ["pip install --quiet seedcli"]
    variables = {
        name: value.replace("$CI_PROJECT_DIR", str(tmp_path)) for name, value in job["variables"].items()
    }
    script = "\n".join(job["script"])
    done = run("sh", "-e", "-c", script, cwd=tmp_path, env=env | variables)
    assert done.returncode == 0, done.stderr
    assert all((tmp_path / path).exists() for path in (*job["artifacts"]["paths"], *job["cache"]["paths"]))
    assert len(list((tmp_path / "golden").rglob("*.jpg"))) == 2
    assert gateway.stats().edits == 2


@needs("bash", "jq")
def test_the_github_workflow_uses_the_action_as_it_is_declared(
    machine: Machine, tmp_path: Path, tmp_path_factory: pytest.TempPathFactory
) -> None:
    env, gateway = machine()
    photos(tmp_path, "photos/a.jpg", "photos/b.jpg")
    steps = yaml.safe_load((EXAMPLES / "github-workflow.yml").read_text())["jobs"]["edit"]["steps"]
    (step,) = (each for each in steps if "seedcli@" in each.get("uses", ""))
    given: dict[str, Any] = step["with"]
    assert given["key"] == "${{ secrets.PIXAZO_API_KEY }}"
    inputs = {name.replace("-", "_"): str(value) for name, value in given.items()}
    temp = tmp_path_factory.mktemp("runner")
    env |= {"GITHUB_WORKSPACE": str(tmp_path), "RUNNER_TEMP": str(temp), "GITHUB_ACTIONS": "true"}
    done = Job(ROOT / "action.yml", tmp_path, temp, env).use(**{**inputs, "key": gateway.key})
    assert not done.failed, done.log
    used = set(
        re.findall(r"steps\.golden\.outputs\.([\w-]+)", (EXAMPLES / "github-workflow.yml").read_text())
    )
    assert used and all(done.outputs[name] for name in used)


# Make, pre-commit, GNU parallel, cron


@needs("make")
def test_the_makefile_edits_what_is_missing_or_older(machine: Machine, tmp_path: Path) -> None:
    env, gateway = machine()
    photos(tmp_path, "photos/a.jpg", "photos/b.jpg")
    shutil.copy(EXAMPLES / "Makefile", tmp_path)
    assert run("make", "-j2", cwd=tmp_path, env=env).returncode == 0
    assert sorted(path.name for path in (tmp_path / "golden").iterdir()) == ["a.jpg", "b.jpg"]
    assert run("make", "-q", cwd=tmp_path, env=env).returncode == 0
    newer = (tmp_path / "golden" / "a.jpg").stat().st_mtime + 10
    os.utime(tmp_path / "photos" / "a.jpg", (newer, newer))
    assert run("make", cwd=tmp_path, env=env).returncode == 0
    assert gateway.stats().edits == 3


def pre_commit() -> Iterator[list[str]]:
    found = shutil.which("pre-commit") or shutil.which("pre-commit", path=str(Path(sys.executable).parent))
    if found:
        yield [found]


@needs("git")
def test_the_pre_commit_hook_refuses_what_the_model_would_not_take(machine: Machine, tmp_path: Path) -> None:
    tool = next(pre_commit(), None)
    if tool is None:
        pytest.skip("pre-commit can't be had here")
    from PIL import Image

    env, gateway = machine()
    env = {**env, "SEEDCLI_API_KEY": "", "GIT_CONFIG_GLOBAL": os.devnull}
    photos(tmp_path, "a.jpg", "b c.jpg")
    shutil.copy(EXAMPLES / "pre-commit-config.yaml", tmp_path / ".pre-commit-config.yaml")
    run("git", "init", "-q", cwd=tmp_path, env=env)
    run("git", "add", "-A", cwd=tmp_path, env=env)
    hook = [*tool, "run", "--all-files", "--color", "never"]
    done = run(*hook, cwd=tmp_path, env=env)
    assert done.returncode == 0, done.stdout
    Image.new("RGB", (2000, 100)).save(tmp_path / "wide.jpg")
    run("git", "add", "-A", cwd=tmp_path, env=env)
    done = run(*hook, cwd=tmp_path, env=env)
    assert done.returncode == 1
    assert "wide.jpg" in done.stdout and "Failed" in done.stdout
    assert gateway.stats().edits_begun == 0


@needs("bash", "parallel")
def test_parallel_edits_every_picture_with_every_prompt(machine: Machine, tmp_path: Path) -> None:
    env, gateway = machine()
    photos(tmp_path, "photos/a b.jpg", "photos/c.jpg")
    (tmp_path / "prompts.txt").write_text('make it "warm" & soft\nmake it snow; it\'s cold\n')
    done = run(
        EXAMPLES / "parallel.sh", "prompts.txt", "photos/a b.jpg", "photos/c.jpg", cwd=tmp_path, env=env
    )
    assert done.returncode == 0, done.stderr
    made = sorted(re.sub(r"-\w+\.jpg$", "", path.name) for path in (tmp_path / "made").iterdir())
    assert made == ["a b", "a b", "c", "c"]
    prompts = {(exchange.body or {})["prompt"] for exchange in gateway.exchanges("edit")}
    assert prompts == {'make it "warm" & soft', "make it snow; it's cold"}


def test_the_crontab_edits_new_pictures_once(machine: Machine, tmp_path: Path) -> None:
    env, gateway = machine()
    home = tmp_path / "home"
    photos(home / "photos", "inbox/a.jpg", "inbox/b c.jpg")
    shutil.copy(EXAMPLES / "nightly.sh", home / "photos")
    lines = (EXAMPLES / "crontab").read_text().splitlines()
    set_up = dict(line.split("=", 1) for line in lines if re.match(r"[A-Z_]+=", line))
    (job,) = (line for line in lines if re.match(r"[\d*]", line))
    command = job.split(None, 5)[5]
    assert "%" not in command  # which cron reads as the end of a line
    key = tmp_path / "seedcli.key"
    key.write_text(gateway.key)
    assert set_up["SEEDCLI_API_KEY_FILE"] == "/etc/seedcli.key"
    # As cron runs it: no variables but its own and those of the table.
    bare = {"HOME": str(home), "SHELL": "/bin/sh", "SEEDCLI_API_KEY_FILE": str(key)}
    bare |= {name: env[name] for name in ("PATH", "SEEDCLI_BASE_URL")} | {"PYTHONPATH": str(ROOT)}
    for night in range(2):
        done = subprocess.run(
            ["/bin/sh", "-c", command], env=bare, cwd=home, capture_output=True, text=True, timeout=60
        )
        assert (done.returncode, done.stderr) == (0, ""), night
    assert sorted(path.name for path in (home / "photos" / "golden").iterdir()) == ["a.jpg", "b c.jpg"]
    assert gateway.stats().edits == 2


@needs("shellcheck")
@pytest.mark.parametrize("name", ["parallel.sh", "nightly.sh"])
def test_the_scripts_pass_shellcheck(name: str) -> None:
    checked = run("shellcheck", EXAMPLES / name, cwd=EXAMPLES, env={})
    assert checked.returncode == 0, checked.stdout


def test_every_example_is_in_the_list() -> None:
    listed = set(re.findall(r"\]\(([\w.-]+)\)", (EXAMPLES / "README.md").read_text()))
    pictures = {"cat.jpg", "CREDITS.md", "README.md"}
    there = {path.name for path in EXAMPLES.iterdir() if path.is_file() and "-edited" not in path.name}
    assert there - pictures == listed
