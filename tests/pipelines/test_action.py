"""The GitHub Action: its steps run as a runner would run them."""

from __future__ import annotations

import json
import shutil
import subprocess
from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest
import yaml
from action_runner import Job

from seedcli.sandbox.server import RunningSandbox
from seedcli.setting_keys import KEYS

ACTION = Path(__file__).parents[2] / "action.yml"
Machine = Callable[..., tuple[dict[str, str], RunningSandbox]]
StartJob = Callable[..., tuple[Job, RunningSandbox]]

pytestmark = pytest.mark.skipif(
    shutil.which("bash") is None or shutil.which("jq") is None, reason="a runner has bash and jq"
)


@pytest.fixture
def job(machine: Machine, tmp_path: Path, tmp_path_factory: pytest.TempPathFactory) -> StartJob:
    def start(**settings: Any) -> tuple[Job, RunningSandbox]:
        env, gateway = machine(**settings)
        del env["SEEDCLI_API_KEY"]
        temp = tmp_path_factory.mktemp("runner")
        env |= {
            "GITHUB_ACTIONS": "true",
            "GITHUB_WORKSPACE": str(tmp_path),
            "GITHUB_SERVER_URL": "https://github.com",
            "GITHUB_REPOSITORY": "someone/pictures",
            "GITHUB_SHA": "0123abc",
            "RUNNER_TEMP": str(temp),
        }
        return Job(ACTION, tmp_path, temp, env), gateway

    return start


def test_pictures_are_edited_and_their_paths_and_objects_are_outputs(job: StartJob, tmp_path: Path) -> None:
    runner, gateway = job()
    done = runner.use(images="cat.jpg\ndog.jpg\n", prompt="make it warm", key=gateway.key, output="out/")
    assert not done.failed, done.log
    paths = done.outputs["paths"].splitlines()
    assert sorted(paths) == ["out/cat-edited.jpg", "out/dog-edited.jpg"]
    assert all((tmp_path / path).exists() for path in paths)
    objects = json.loads(done.outputs["json"])
    assert {found["status"] for found in objects} == {"saved"}
    assert done.outputs["exit-code"] == "0"
    assert [json.loads(line) for line in Path(done.outputs["results"]).read_text().splitlines()] == objects
    assert "<!doctype html>" in Path(done.outputs["page"]).read_text().lower()


def test_every_parameter_reaches_the_gateway(job: StartJob) -> None:
    runner, gateway = job()
    done = runner.use(
        images="cat.jpg",
        prompt="x",
        key=gateway.key,
        model="seededit",
        size="adaptive",
        seed="42",
        guidance_scale="6.5",
        watermark="false",
        options="--response-format\nurl",
    )
    assert not done.failed, done.log
    body = gateway.exchanges("edit")[0].body or {}
    del body["image"], body["prompt"]
    assert body == {
        "model": "seededit-3-0-i2i-250628",
        "response_format": "url",
        "size": "adaptive",
        "seed": 42,
        "guidance_scale": 6.5,
        "watermark": False,
    }


def test_an_input_that_is_left_out_leaves_the_jobs_environment_alone(job: StartJob) -> None:
    runner, gateway = job()
    runner.env |= {"SEEDCLI_API_KEY": gateway.key, "SEEDCLI_SEED": "7"}
    assert not runner.use(images="cat.jpg", prompt="x").failed, runner.log
    assert (gateway.exchanges("edit")[0].body or {})["seed"] == 7


def test_the_key_is_masked_and_never_shown(job: StartJob) -> None:
    runner, gateway = job()
    done = runner.use(images="cat.jpg", prompt="x", key=gateway.key, options="-v")
    assert done.log.startswith(f"::add-mask::{gateway.key}\n")
    assert done.masks == [gateway.key]
    assert gateway.key not in done.log.removeprefix(f"::add-mask::{gateway.key}\n")
    assert gateway.key not in done.shown_log + done.summary + json.dumps(done.outputs)


def test_the_summary_shows_before_and_after(job: StartJob, tmp_path: Path) -> None:
    runner, gateway = job()
    (tmp_path / "my photos").mkdir()
    shutil.copy(tmp_path / "cat.jpg", tmp_path / "my photos" / "a&b.jpg")
    done = runner.use(
        images="my photos/a&b.jpg\nhttps://example.com/dog.jpg", prompt="<b>warm</b>\nlight", key=gateway.key
    )
    assert not done.failed, done.log
    summary = done.summary
    assert "### seedcli: 2 saved" in summary
    assert 'src="https://github.com/someone/pictures/raw/0123abc/my%20photos/a%26b.jpg"' in summary
    assert 'src="https://example.com/dog.jpg"' in summary
    assert summary.count(f'src="{gateway.base_url}/results/') == 2
    assert "<code>my photos/a&amp;b-edited.jpg</code>" in summary
    assert "&lt;b&gt;warm&lt;/b&gt;<br>light" in summary


def test_names_in_the_summary_start_at_the_repository_whatever_the_working_directory(
    job: StartJob, tmp_path: Path
) -> None:
    runner, gateway = job()
    (tmp_path / "web").mkdir()
    shutil.copy(tmp_path / "cat.jpg", tmp_path / "web" / "cat.jpg")
    done = runner.use(images="./cat.jpg", prompt="x", key=gateway.key, working_directory="web")
    assert not done.failed, done.log
    assert 'src="https://github.com/someone/pictures/raw/0123abc/web/cat.jpg"' in done.summary
    assert (tmp_path / "web" / "cat-edited.jpg").exists()


def test_a_picture_that_fails_is_annotated_and_the_job_fails_with_its_code(job: StartJob) -> None:
    runner, gateway = job(faults=("moderation:1:1",))
    done = runner.use(images="cat.jpg\ndog.jpg", prompt="x", key=gateway.key, options="-j\n1")
    assert done.codes["edit"] == 4
    assert "::error file=cat.jpg,title=seedcli::cat.jpg: refused by moderation" in done.log
    assert done.outputs["exit-code"] == "4"
    assert done.outputs["paths"] == "dog-edited.jpg"
    assert "### seedcli: 1 failed, 1 saved" in done.summary
    assert "<b>failed</b>: refused by moderation" in done.summary


def test_without_a_key_nothing_is_sent_and_one_line_says_why(job: StartJob) -> None:
    runner, gateway = job()
    done = runner.use(images="cat.jpg", prompt="x")
    assert done.codes["edit"] == 3
    assert "::error title=seedcli::no API key is set" in done.log
    assert (done.outputs["json"], done.outputs["paths"]) == ("[]", "")
    assert gateway.stats().edits_begun == 0


def test_globs_spaces_and_carriage_returns_in_images(job: StartJob, tmp_path: Path) -> None:
    runner, gateway = job()
    shutil.copy(tmp_path / "cat.jpg", tmp_path / "a b 'c'.jpg")
    done = runner.use(images="*og.jpg\r\na b 'c'.jpg\r\n\r\n", prompt="x", key=gateway.key)
    assert not done.failed, done.log
    assert sorted(done.outputs["paths"].splitlines()) == ["a b 'c'-edited.jpg", "dog-edited.jpg"]


def test_nothing_of_an_input_is_read_as_shell(job: StartJob, tmp_path: Path) -> None:
    runner, gateway = job()
    prompt = "$(touch pwned) `touch pwned` \"; touch pwned; ' ${HOME} %0A ::add-mask::x"
    done = runner.use(images="cat.jpg", prompt=prompt, key=gateway.key)
    assert not done.failed, done.log
    assert (gateway.exchanges("edit")[0].body or {})["prompt"] == prompt
    assert not (tmp_path / "pwned").exists()


def test_no_script_holds_an_expression() -> None:
    for step in yaml.safe_load(ACTION.read_text())["runs"]["steps"]:
        assert "${{" not in step["run"], step["id"]


def test_every_input_is_described_and_used_and_every_variable_is_a_setting() -> None:
    text = ACTION.read_text()
    declared = yaml.safe_load(text)
    for name, each in declared["inputs"].items():
        assert each["description"] and f"inputs.{name}" in text
    assert all(each["description"] for each in declared["outputs"].values())
    variables = {name for step in declared["runs"]["steps"] for name in step.get("env", {})}
    settings = {key.variable for key in KEYS.values()}
    assert {name for name in variables if name.startswith("SEEDCLI_")} <= settings


@pytest.mark.parametrize(
    ("inputs", "expected"),
    [
        ({}, str(ACTION.parent)),
        ({"extras": "heic,socks"}, f"{ACTION.parent}[heic,socks]"),
        ({"version": "1.2.3"}, "seedcli==1.2.3"),
        ({"version": "1.2.3", "extras": "heic"}, "seedcli[heic]==1.2.3"),
    ],
)
def test_what_is_not_there_is_installed_into_an_environment_of_its_own(
    job: StartJob, tmp_path_factory: pytest.TempPathFactory, inputs: dict[str, str], expected: str
) -> None:
    runner, gateway = job()
    folder = tmp_path_factory.mktemp("tools")
    asked = folder / "asked"
    # A Python that makes an "environment" whose pip writes down what it is asked for.
    stub = folder / "python3"
    stub.write_text(
        f'#!/bin/sh\ncase "$*" in *venv*) mkdir -p "$3/bin"; cp "$0" "$3/bin/python";'
        f' cp "$0" "$3/bin/seedcli";; *pip*) for last; do :; done; echo "$last" > {asked};; esac\n'
    )
    stub.chmod(0o755)
    for tool in ("bash", "sh", "mkdir", "cp"):
        (folder / tool).symlink_to(str(shutil.which(tool)))
    runner.env["PATH"] = str(folder)
    runner.use(images="cat.jpg", prompt="x", key=gateway.key, **inputs)
    assert asked.read_text().strip() == expected
    assert runner.env["PATH"].startswith(runner.env["RUNNER_TEMP"])


def test_the_scripts_pass_shellcheck(tmp_path: Path) -> None:
    if shutil.which("shellcheck") is None:
        pytest.skip("shellcheck is not here")
    for step in yaml.safe_load(ACTION.read_text())["runs"]["steps"]:
        script = tmp_path / f"{step['id']}.sh"
        script.write_text("#!/usr/bin/env bash\nset -eo pipefail\n" + step["run"])
        checked = subprocess.run(["shellcheck", script], capture_output=True, text=True)
        assert checked.returncode == 0, checked.stdout
