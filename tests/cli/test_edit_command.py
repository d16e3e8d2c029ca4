"""`seedcli edit` from words to files, against a sandbox, over real sockets."""

from __future__ import annotations

import hashlib
import os
import subprocess
from collections.abc import Callable
from pathlib import Path

import pytest
from PIL import Image, ImageStat
from program import PROGRAM, Program, as_anyone

from seedcli.sandbox.server import RunningSandbox

Desk = Callable[..., tuple[Program, RunningSandbox]]


def test_a_result_lies_beside_its_input_and_its_path_is_all_of_standard_output(
    desk: Desk, tmp_path: Path
) -> None:
    edit, sandbox = desk()
    ran = edit("edit", "cat.jpg", "make eyes blue")
    assert (ran.code, ran.lines) == (0, ["cat-edited.jpg"])
    assert kind(tmp_path / "cat-edited.jpg") == "JPEG"
    assert "cat-edited.jpg" in ran.stderr
    assert sandbox.stats().made == 1


@pytest.mark.skipif(os.name != "posix", reason="modes are of POSIX")
@pytest.mark.parametrize(
    "command", ["edit closed/a.jpg x", "view closed/a.jpg", "history replay closed/a.jpg"]
)
def test_a_picture_in_a_folder_that_cant_be_looked_into_is_bad_input(
    desk: Desk, tmp_path: Path, command: str
) -> None:
    edit, sandbox = desk()
    (tmp_path / "closed").mkdir(mode=0)
    ran = as_anyone(edit)(*command.split())
    assert (ran.code, sandbox.stats().edits_begun) == (2, 0)
    assert "closed/a.jpg" in ran.stderr and "internal" not in ran.stderr


def test_the_second_result_gets_the_first_free_name(desk: Desk, tmp_path: Path) -> None:
    edit, _ = desk()
    names = [edit("edit", "cat.jpg", f"prompt {n}").lines[0] for n in range(3)]
    assert names == ["cat-edited.jpg", "cat-edited-2.jpg", "cat-edited-3.jpg"]


def test_only_what_was_set_goes_on_the_wire(desk: Desk) -> None:
    edit, sandbox = desk()
    edit("edit", "cat.jpg", "make eyes blue")
    body = sandbox.exchanges("edit")[0].body
    assert sorted(body) == ["image", "prompt"]
    assert body["image"].startswith("data:image/jpeg;base64,")


def test_every_parameter_arrives_with_its_type(desk: Desk) -> None:
    edit, sandbox = desk()
    ran = edit(
        *("edit", "cat.jpg", "-p", "make eyes blue", "-m", "seededit", "-s", "adaptive", "--seed", "42"),
        *("-g", "6.5", "--no-watermark", "--response-format", "url", "--json"),
    )
    sent = {
        "model": "seededit-3-0-i2i-250628",
        "size": "adaptive",
        "seed": 42,
        "guidance_scale": 6.5,
        "watermark": False,
        "response_format": "url",
    }
    body = sandbox.exchanges("edit")[0].body
    assert {name: body[name] for name in sent} == sent
    assert ran.object["request"] == sent


def test_the_picture_goes_out_as_it_is_on_disk_and_the_result_is_saved_as_it_came(
    desk: Desk, tmp_path: Path
) -> None:
    edit, _ = desk()
    before = (tmp_path / "cat.jpg").read_bytes()
    found = edit("edit", "cat.jpg", "x", "--json").object
    result = (tmp_path / "cat-edited.jpg").read_bytes()
    assert found["sha256"] == hashlib.sha256(result).hexdigest()
    assert found["prepared"] == []
    assert (tmp_path / "cat.jpg").read_bytes() == before


def test_bytes_in_the_answer_are_saved_too(desk: Desk, tmp_path: Path) -> None:
    edit, sandbox = desk()
    ran = edit("edit", "cat.jpg", "x", "--response-format", "b64_json")
    assert ran.code == 0
    assert kind(tmp_path / "cat-edited.jpg") == "JPEG"
    assert sandbox.stats().downloads == 0


def test_an_answer_that_is_a_job_is_followed(desk: Desk) -> None:
    edit, sandbox = desk(jobs=True, job_looks=3)
    found = edit("edit", "cat.jpg", "x", "--json").object
    assert found["status"] == "saved"
    assert found["job_set_id"]
    assert sandbox.stats().polls >= 3


def test_no_wait_accepts_and_poll_finishes_under_the_inputs_name(desk: Desk, tmp_path: Path) -> None:
    edit, sandbox = desk(jobs=True, job_looks=2)
    accepted = edit("edit", "cat.jpg", "x", "--no-wait", "--json")
    assert (accepted.code, accepted.object["status"], accepted.object["error"]) == (0, "pending", None)
    job = accepted.object["job_set_id"]
    assert edit("poll", job, "--no-wait").code == 8
    ran = edit("poll", job)
    assert (ran.code, ran.lines) == (0, ["cat-edited.jpg"])
    assert sandbox.stats().made == 1


def test_poll_saves_where_it_is_told_to(desk: Desk, tmp_path: Path) -> None:
    edit, sandbox = desk(jobs=True, job_looks=1)

    def accepted(prompt: str) -> str:
        return str(edit("edit", "cat.jpg", prompt, "--no-wait", "--json").object["job_set_id"])

    job = accepted("x")
    assert edit("poll", job, "-o", "there/").lines == ["there/cat-edited.jpg"]
    assert edit("poll", job).lines == ["there/cat-edited.jpg"]
    assert edit("poll", job, "-o", "copy.jpg").lines == ["copy.jpg"]
    assert edit("poll", job, "-o", "copy.jpg").code == 2
    result = (tmp_path / "copy.jpg").read_bytes()
    assert edit("poll", job, "-o", "-").stdout == result
    assert edit("poll", job, "-o", "-", "--json").code == 2
    assert edit("poll", accepted("y"), "-o", "-").stdout[:3] == b"\xff\xd8\xff"
    assert edit("poll", job, accepted("z"), "-o", "-").code == 2
    assert edit("resume").lines == ["cat-edited.jpg"]
    assert sandbox.stats().made == 3


def test_poll_of_a_job_from_elsewhere_saves_under_its_id(desk: Desk, tmp_path: Path) -> None:
    edit, _sandbox = desk(jobs=True, job_looks=1)
    job = edit("edit", "cat.jpg", "x", "--no-wait", "--json").object["job_set_id"]
    ran = edit("poll", job, SEEDCLI_STATE_DIR=str(tmp_path / "other"))
    assert ran.code == 0
    assert ran.lines == [f"job-{job.removeprefix('job-')}.jpg"]
    assert (tmp_path / ran.lines[0]).exists()


@pytest.mark.parametrize(
    ("output", "expected"),
    [
        ("out.jpg", "out.jpg"),
        ("new/", "new/cat-edited.jpg"),
        ("{stem}-{n}-x.{ext}", "cat-1-x.jpg"),
        ("deep/er/{name}.{ext}", "deep/er/cat.jpg.jpg"),
    ],
)
def test_output_forms(desk: Desk, tmp_path: Path, output: str, expected: str) -> None:
    edit, _ = desk()
    ran = edit("edit", "cat.jpg", "x", "-o", output)
    assert (ran.code, ran.lines) == (0, [expected])
    assert (tmp_path / expected).exists()


def test_an_existing_output_is_refused_before_anything_is_sent_and_force_replaces_it(
    desk: Desk, tmp_path: Path
) -> None:
    edit, sandbox = desk()
    (tmp_path / "out.jpg").write_text("mine")
    refused = edit("edit", "cat.jpg", "x", "-o", "out.jpg")
    assert refused.code == 2
    assert "out.jpg exists" in refused.stderr
    assert sandbox.stats().edits_begun == 0
    assert (tmp_path / "out.jpg").read_text() == "mine"
    assert edit("edit", "cat.jpg", "x", "-o", "out.jpg", "-f").code == 0
    assert kind(tmp_path / "out.jpg") == "JPEG"


def test_standard_input_and_output_carry_pictures(desk: Desk, tmp_path: Path) -> None:
    edit, _ = desk()
    ran = edit("edit", "-", "x", stdin=(tmp_path / "cat.jpg").read_bytes())
    assert ran.code == 0
    assert ran.stdout.startswith(b"\xff\xd8") and ran.stdout.endswith(b"\xff\xd9")
    assert sorted(path.name for path in tmp_path.iterdir()) == ["cat.jpg"]


@pytest.mark.parametrize(
    ("arguments", "code", "said"),
    [
        (["edit", "cat.jpg"], 2, "no prompt"),
        (["edit", "cat.jpg", "cat.jpg"], 2, "no prompt"),
        (["edit", "cat.jpg", " "], 2, "prompt is empty"),
        (["edit", "nope.jpg", "x"], 2, "nope.jpg: no such file"),
        (["edit", ".", "x"], 2, "is a folder"),
        (["edit", "notes.txt", "x"], 2, "not a picture"),
        (["edit", "http://example.com/a.jpg", "x"], 2, "https"),
        (["edit", "cat.jpg", "x", "--seed", "-2"], 2, "--seed"),
        (["edit", "cat.jpg", "x", "--seed", "2147483648"], 2, "--seed"),
        (["edit", "cat.jpg", "x", "-g", "nan"], 2, "--guidance-scale"),
        (["edit", "cat.jpg", "x", "-g", "inf"], 2, "--guidance-scale"),
        (["edit", "cat.jpg", "x", "-g", "0.5"], 2, "--guidance-scale"),
        (["edit", "cat.jpg", "x", "-m", "sededit"], 2, "seededit"),
        (["edit", "cat.jpg", "x", "-m", "seededit", "-s", "2K"], 2, "adaptive"),
        (["edit", "cat.jpg", "x", "-m", "seedream", "-s", "100x100"], 2, "--size"),
        (["edit", "cat.jpg", "x", "-m", "seedream", "--seed", "1"], 2, "--seed"),
        (["edit", "cat.jpg", "x", "--response-format", "png"], 2, "--response-format"),
        (["edit", "cat.jpg", "x", "-o", "{stm}.jpg"], 2, "{stem}"),
        (["edit", "cat.jpg", "x", "-o", "none/out.jpg"], 2, "no folder"),
        (["edit", "cat.jpg", ""], 2, "the prompt is empty"),
        (["edit", "", "x"], 2, "name is empty"),
        (["edit", "a" * 300, "x"], 2, "no such file"),
        (["view", "a" * 300], 2, "no entry"),
        (["history", "replay", "a" * 300], 2, "no entry"),
        (["a" * 300], 2, "no such command"),
        (["edit", "cat.jpg", "x", "--timeout", "0"], 2, "--timeout"),
        (["edit", "cat.jpg", "x", "-n", "--jobs", "0"], 2, "--jobs"),
        (["poll", "job-1", "--timeout", "nan"], 2, "--timeout"),
        (["edit", "cat.jpg", "x", "--wat"], 2, "--wat"),
        (["edt", "cat.jpg", "x"], 2, "edit"),
        (["edit", "cat.jpg", "x", "--base-url", "http://example.com"], 3, "http"),
        (["edit", "cat.jpg", "x", "--profile", "none"], 3, "none"),
    ],
)
def test_bad_input_is_one_clear_line_and_sends_nothing(
    desk: Desk, tmp_path: Path, arguments: list[str], code: int, said: str
) -> None:
    edit, sandbox = desk()
    (tmp_path / "notes.txt").write_text("not a picture at all")
    ran = edit(*arguments)
    assert ran.code == code
    assert said in ran.stderr
    assert "Traceback" not in ran.stderr
    assert len(ran.stderr.splitlines()) <= 3
    assert ran.stdout == b""
    assert sandbox.stats().edits_begun == 0


@pytest.mark.parametrize("length", [256, 5000])
def test_a_prompt_may_be_longer_than_any_file_s_name(desk: Desk, length: int) -> None:
    edit, sandbox = desk()
    assert edit("edit", "cat.jpg", "x" * length).code == 0
    assert sandbox.exchanges("edit")[0].body["prompt"] == "x" * length


def test_what_is_no_picture_is_told_by_its_name_as_given(desk: Desk, tmp_path: Path) -> None:
    edit, _ = desk()
    (tmp_path / "notes.txt").write_text("no picture")
    assert edit("edit", "notes.txt", "x").stderr.startswith("failed: notes.txt: not a picture")
    assert edit("edit", "notes.txt", "x", "-n").stderr.startswith("failed: notes.txt: not a picture")
    assert edit("edit", "-", "x", stdin=b"none").stderr.startswith("failed: standard input: not a picture")


def test_no_key_names_both_ways_and_the_sandbox(desk: Desk) -> None:
    edit, _ = desk()
    ran = edit("edit", "cat.jpg", "x", SEEDCLI_API_KEY="")
    assert ran.code == 3
    assert all(word in ran.stderr for word in ("config set api_key", "SEEDCLI_API_KEY", "--sandbox"))


def test_dry_run_needs_no_key_and_sends_nothing(desk: Desk, tmp_path: Path) -> None:
    edit, sandbox = desk()
    ran = edit("edit", "cat.jpg", "x", "-m", "seededit", "-n", "--json", SEEDCLI_API_KEY="")
    assert ran.code == 0
    assert ran.object["body"]["model"] == "seededit-3-0-i2i-250628"
    assert len(ran.object["body"]["image"]) < 100
    assert "1248x832" in ran.stderr
    assert sandbox.stats().edits_begun == 0
    assert sorted(path.name for path in tmp_path.iterdir()) == ["cat.jpg"]


def test_a_dry_run_tells_of_every_picture_that_would_be_refused(desk: Desk, tmp_path: Path) -> None:
    edit, _ = desk()
    (tmp_path / "notes.txt").write_text("no picture")
    ran = edit("edit", "notes.txt", "cat.jpg", "x", "-n", "--json", "--sandbox", SEEDCLI_API_KEY="")
    assert (ran.code, ran.object["url"]) == (2, "http://127.0.0.1:8787/byteplus/v1/getEditImage")
    assert "notes.txt: not a picture" in ran.stderr
    many = edit("edit", "cat.jpg", "x", "-n", "-q", "-N", "2", "--max-images", "1")
    assert (many.code, many.lines.count("Cache-Control: no-cache"), len(many.stderr.splitlines())) == (
        2,
        2,
        1,
    )
    taken = edit("edit", "cat.jpg", "x", "-n", "-o", "cat.jpg")
    assert (taken.code, taken.lines[0][:4]) == (2, "POST")
    assert "cat.jpg exists" in taken.stderr


def test_unchecked_leaves_the_models_rules_to_the_gateway(desk: Desk) -> None:
    edit, sandbox = desk()
    ran = edit("edit", "cat.jpg", "x", "-m", "seedream", "--seed", "1", "--unchecked")
    assert ran.code == 4
    assert sandbox.stats().edits == 1


def test_a_preset_brings_prompt_and_options(desk: Desk) -> None:
    edit, sandbox = desk()
    edit("config", "set", "presets.warm.prompt", "make it golden hour")
    edit("config", "set", "presets.warm.seed", "7")
    assert edit("edit", "cat.jpg", "--preset", "warm").code == 0
    body = sandbox.exchanges("edit")[0].body
    assert (body["prompt"], body["seed"]) == ("make it golden hour", 7)


def test_a_prompt_given_as_an_option_is_stronger_than_a_variable(desk: Desk, tmp_path: Path) -> None:
    edit, sandbox = desk()
    (tmp_path / "prompt").write_text("from the file\n")
    edit("edit", "cat.jpg", "-p", "given", SEEDCLI_PROMPT_FILE="prompt")
    edit("edit", "cat.jpg", "--prompt-file", "prompt", SEEDCLI_PROMPT="from the variable")
    edit("edit", "cat.jpg", SEEDCLI_PROMPT_FILE="prompt")
    sent = [exchange.body["prompt"] for exchange in sandbox.exchanges("edit")]
    assert sent == ["given", "from the file", "from the file"]
    both = edit("edit", "cat.jpg", "-p", "given", "--prompt-file", "prompt")
    assert (both.code, sandbox.stats().edits) == (2, 3)


def test_quiet_says_nothing_when_all_is_well(desk: Desk) -> None:
    edit, _ = desk()
    assert edit("edit", "cat.jpg", "x", "-q").stderr == ""


def test_variations_get_seeds_of_their_own_that_are_recorded(desk: Desk) -> None:
    edit, sandbox = desk()
    found = edit("edit", "cat.jpg", "x", "-N", "3", "-m", "seededit", "--json").objects
    seeds = [one["request"]["seed"] for one in found]
    assert len(set(seeds)) == 3
    assert {exchange.body["seed"] for exchange in sandbox.exchanges("edit")} == set(seeds)


def test_own_sandbox_needs_neither_key_nor_network(desk: Desk, tmp_path: Path) -> None:
    edit, sandbox = desk()
    ran = edit(
        "edit", "cat.jpg", "make it black and white", "--sandbox", SEEDCLI_API_KEY="", SEEDCLI_BASE_URL=""
    )
    assert (ran.code, ran.lines) == (0, ["cat-edited.jpg"])
    with Image.open(tmp_path / "cat-edited.jpg") as result:
        saturation = ImageStat.Stat(result.convert("HSV").getchannel("S")).mean[0]
    assert saturation < 20
    assert sandbox.stats().edits_begun == 0


def kind(path: Path) -> str | None:
    with Image.open(path) as picture:
        picture.load()
        return picture.format


def test_own_sandbox_serves_what_an_earlier_one_made(desk: Desk, tmp_path: Path) -> None:
    edit, _ = desk()
    with open("/dev/full", "wb") as full:
        done = subprocess.run(
            [*PROGRAM, "edit", "cat.jpg", "x", "--sandbox", "-o", "-"],
            cwd=tmp_path,
            env={**os.environ, **edit.variables},
            stdout=full,
            stderr=subprocess.DEVNULL,
            timeout=60,
        )
    assert done.returncode == 8
    ran = edit("resume", "--sandbox")
    assert ran.code == 0
    assert kind(tmp_path / ran.lines[0]) == "JPEG"
