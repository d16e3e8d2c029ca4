"""Runs of many pictures as their users meet them: budgets, questions, variations, how a run ends."""

from __future__ import annotations

import os
import pty
import select
import sqlite3
import subprocess
import time
from collections.abc import Callable
from pathlib import Path

import pytest
from many_pictures import write_pictures
from program import PROGRAM, Program, Ran

from seedcli.sandbox.server import RunningSandbox

Desk = Callable[..., tuple[Program, RunningSandbox]]
RUN = ("edit", "-r", "photos", "x", "-o", "out/")


def asked(program: Program, *arguments: str, answer: bytes, **variables: str) -> tuple[int, str]:
    """The exit code, and what stood on the terminal, of a run whose question is answered so."""
    ours, theirs = pty.openpty()
    process = subprocess.Popen(
        [*PROGRAM, *arguments],
        cwd=program.folder,
        env={**os.environ, "TERM": "dumb", **program.variables, **variables},
        stdin=theirs,
        stdout=subprocess.DEVNULL,
        stderr=theirs,
        start_new_session=True,
    )
    os.close(theirs)
    seen, answered, limit_s = b"", False, time.monotonic() + 60
    while time.monotonic() < limit_s:
        if not select.select([ours], [], [], 0.2)[0]:
            continue
        try:
            piece = os.read(ours, 65536)
        except OSError:
            break
        if not piece:
            break
        seen += piece
        if b"Go on?" in seen and not answered:
            answered = True
            os.write(ours, answer)
    os.close(ours)
    return process.wait(30), seen.decode()


def test_a_large_run_is_asked_about_on_a_terminal_with_its_cost(desk: Desk, tmp_path: Path) -> None:
    edit, sandbox = desk()
    write_pictures(tmp_path / "photos", 21)
    code, seen = asked(edit, *RUN, answer=b"n\n", SEEDCLI_PRICE_PER_IMAGE="0.03")
    assert (code, sandbox.stats().edits_begun) == (2, 0)
    assert "21 images, about 0.63" in seen
    assert "--yes" in seen
    assert asked(edit, *RUN, answer=b"\n")[0] == 2  # no is what is meant by nothing
    code, seen = asked(edit, *RUN, answer=b"y\n")
    assert (code, sandbox.stats().edits) == (0, 21)


@pytest.mark.parametrize(
    ("count", "options", "variables"),
    [
        (20, [], {}),
        (21, ["-y"], {}),
        (21, ["--no-input"], {}),
        (21, ["--json"], {}),
        (21, [], {"CI": "true"}),
    ],
)
def test_what_is_small_or_answered_already_is_not_asked_about(
    desk: Desk, tmp_path: Path, count: int, options: list[str], variables: dict[str, str]
) -> None:
    edit, sandbox = desk()
    write_pictures(tmp_path / "photos", count)
    code, seen = asked(edit, *RUN, *options, answer=b"n\n", **variables)
    assert (code, sandbox.stats().edits) == (0, count)
    assert "Go on?" not in seen


def test_off_a_terminal_nothing_is_asked(desk: Desk, tmp_path: Path) -> None:
    edit, sandbox = desk()
    write_pictures(tmp_path / "photos", 30)
    assert edit(*RUN, "-q", stdin=b"n\n").code == 0
    assert sandbox.stats().edits == 30


@pytest.mark.parametrize(
    ("options", "said"),
    [
        (["--max-images", "5"], "6 images, more than --max-images 5"),
        (["--max-cost", "0.17"], "costs 0.18 (6 images at 0.03), more than --max-cost 0.17"),
        (["--max-images", "11", "-N", "2"], "12 images"),
    ],
)
def test_a_run_over_its_budget_sends_nothing(
    desk: Desk, tmp_path: Path, options: list[str], said: str
) -> None:
    edit, sandbox = desk()
    write_pictures(tmp_path / "photos", 6)
    ran = edit(*RUN, *options, SEEDCLI_PRICE_PER_IMAGE="0.03")
    assert (ran.code, sandbox.stats().edits_begun) == (2, 0)
    assert said in ran.stderr
    assert edit(*RUN, "--max-images", "6", "--max-cost", "0.18", SEEDCLI_PRICE_PER_IMAGE="0.03").code == 0


def test_a_limit_on_the_cost_needs_a_price(desk: Desk, tmp_path: Path) -> None:
    edit, sandbox = desk()
    ran = edit("edit", "cat.jpg", "x", "--max-cost", "1")
    assert (ran.code, sandbox.stats().edits_begun) == (2, 0)
    assert "price_per_image" in ran.stderr


def test_a_budget_counts_what_earlier_parts_of_the_run_spent_or_may_have(desk: Desk, tmp_path: Path) -> None:
    """Four are paid for and one is in doubt when credits run out; ten are five more."""
    edit, sandbox = desk(faults=("500:1:1", "402:0.3:1"), fault_seed=5)
    write_pictures(tmp_path / "photos", 10)
    assert edit(*RUN, "-j", "1").code == 7
    sent = sandbox.stats().edits
    assert 1 < sent < 10
    refused = edit(*RUN, "-j", "1", "--max-images", "9")
    assert (refused.code, sandbox.stats().edits) == (2, sent)
    assert "makes 10 images" in refused.stderr
    again = edit(*RUN, "-j", "1", "--max-images", "10", "--resend")  # the one in doubt may cost twice
    assert (again.code, sandbox.stats().edits) == (2, sent)
    assert edit(*RUN, "-j", "1", "--max-images", "10").code == 7
    assert sandbox.stats().edits == 11  # the one refused for want of credits was sent twice


def test_variations_without_a_seed_are_told_of_once(desk: Desk, tmp_path: Path) -> None:
    edit, sandbox = desk()
    write_pictures(tmp_path / "photos", 3)
    ran = edit(*RUN, "-N", "2", "-m", "seedream")
    assert (ran.code, sandbox.stats().made) == (0, 6)
    assert ran.stderr.count("takes no seed") == 1
    assert all("seed" not in exchange.body for exchange in sandbox.exchanges("edit"))


def test_seeds_are_shown_and_the_best_can_be_made_again(desk: Desk) -> None:
    edit, sandbox = desk()
    ran = edit("edit", "cat.jpg", "x", "-N", "2", "-m", "seededit")
    seeds = [exchange.body["seed"] for exchange in sandbox.exchanges("edit")]
    assert len(set(seeds)) == 2
    assert all(f"seed {seed}" in ran.stderr for seed in seeds)
    entry = edit("history", "list", "--json").objects[0]
    assert edit("history", "replay", entry["id"]).code == 0
    assert sandbox.exchanges("edit")[-1].body["seed"] == entry["request"]["seed"]


def test_a_seed_that_is_given_is_the_first_of_its_variations(desk: Desk) -> None:
    edit, sandbox = desk()
    edit("edit", "cat.jpg", "x", "-N", "3", "--seed", "2147483646", "-j", "1")
    assert [exchange.body["seed"] for exchange in sandbox.exchanges("edit")] == [2147483646, 2147483647, 0]


def summary(ran: Ran) -> str:
    return next(line for line in ran.stderr.splitlines() if line.startswith("run "))


def test_the_end_tells_what_became_of_all_and_how_to_go_on(desk: Desk, tmp_path: Path) -> None:
    edit, _ = desk(faults=("500:1:1", "moderation:1:1", "402:0.4:1"), fault_seed=3)
    write_pictures(tmp_path / "photos", 12)
    ran = edit(*RUN, "-j", "1")
    assert ran.code == 7
    words = summary(ran).split(": ", 1)[1]
    counts = {part.split(" ", 1)[1]: int(part.split(" ", 1)[0]) for part in words[:-6].split(", ")}
    assert counts == {"in doubt": 1, "moderated": 1, "no credits": 1} | {
        "saved": counts["saved"],
        "not sent": 9 - counts["saved"],
    }
    assert "history list --state in_doubt" in ran.stderr
    assert "Give the same command again" in ran.stderr
    again = edit(*RUN, "-j", "1")
    assert f"11 saved ({counts['saved']} of them earlier), 1 in doubt of 12" in summary(again)
    assert "Give the same command again" not in again.stderr
    assert edit(*RUN, "-j", "1", "--resend").code == 0


def test_a_remedy_is_told_once_for_all_images_that_need_it(desk: Desk, tmp_path: Path) -> None:
    edit, sandbox = desk(latency_s=0.3)
    write_pictures(tmp_path / "photos", 12)
    ran = edit(*RUN, "-j", "4", SEEDCLI_API_KEY="a-key-that-nobody-knows")
    assert (ran.code, sandbox.stats().made) == (3, 0)
    assert sandbox.stats().edits <= 4  # those in flight; nothing after the first refusal
    assert ran.stderr.count("config set api_key") == 1


def test_the_run_can_be_named_to_resume(desk: Desk, tmp_path: Path) -> None:
    edit, sandbox = desk(faults=("download-404:1:6",))
    write_pictures(tmp_path / "photos", 3)
    ran = edit(*RUN)
    assert ran.code == 8
    run_id = summary(ran).split()[1].rstrip(":")
    assert f"seedcli resume {run_id}" in ran.stderr
    assert edit("history", "runs").stdout.decode().split()[0] == run_id
    sent = sandbox.stats().edits
    while edit("resume", run_id).code == 8:
        assert sandbox.stats().downloads < 40
    assert len(list((tmp_path / "out").iterdir())) == 3
    assert sandbox.stats().edits == sent


def test_the_folder_given_again_with_more_in_it_goes_on_with_the_run(desk: Desk, tmp_path: Path) -> None:
    edit, sandbox = desk(faults=("402:0.3:1",), fault_seed=5)
    write_pictures(tmp_path / "photos", 6)
    assert edit(*RUN, "-j", "1").code == 5
    made = sandbox.stats().made
    assert 0 < made < 6
    write_pictures(tmp_path / "photos", 8)
    (tmp_path / "photos" / "p0000.jpg").unlink()
    again = edit(*RUN, "-j", "1")
    assert again.code == 0, again.stderr
    assert sandbox.stats().made == 8
    assert len(edit("history", "runs", "--json").objects) == 1
    assert edit(*RUN).code == 0  # finished: a new run
    assert sandbox.stats().made == 15


@pytest.mark.parametrize(
    "command", [("edit", "cat.jpg", "p0000.jpg", "x"), ("batch", "rows.jsonl"), ("batch", "-")]
)
def test_a_sandbox_s_results_are_no_part_of_a_real_run(
    desk: Desk, tmp_path: Path, command: tuple[str, ...]
) -> None:
    edit, sandbox = desk(faults=("400:1:1",))
    write_pictures(tmp_path, 1)
    rows = b'{"image": "cat.jpg", "prompt": "x"}\n{"image": "p0000.jpg", "prompt": "x"}\n'
    (tmp_path / "rows.jsonl").write_bytes(rows)
    assert edit(*command, "-j", "1", "-o", "out/", stdin=rows).code == 4
    tried = edit(*command, "-j", "1", "-o", "out/", "--sandbox", stdin=rows)
    assert (tried.code, len(tried.lines)) == (0, 2), tried.stderr
    again = edit(*command, "-j", "1", "-o", "out/", stdin=rows)
    assert (again.code, len(again.lines)) == (0, 1), again.stderr
    assert sandbox.stats().made == 2


def test_inputs_that_are_gone_are_no_part_of_any_run(desk: Desk, tmp_path: Path) -> None:
    edit, _ = desk()
    (tmp_path / "notes.txt").write_text("no picture")
    assert edit("edit", "notes.txt", "x").code == 2
    (tmp_path / "notes.txt").unlink()
    ran = edit("edit", "cat.jpg", "x")
    assert (ran.code, ran.lines) == (0, ["cat-edited.jpg"]), ran.stderr

    photos = write_pictures(tmp_path / "photos", 2)
    (photos / "bad.jpg").write_text("no picture")
    assert edit(*RUN).code == 2
    (photos / "bad.jpg").unlink()
    ran = edit(*RUN)
    assert (ran.code, ran.lines) == (0, []), ran.stderr
    assert "2 saved earlier of 2" in ran.stderr


def test_a_shells_pattern_given_again_does_not_take_what_it_made(desk: Desk, tmp_path: Path) -> None:
    edit, sandbox = desk(faults=("402:0.5:1",), fault_seed=1)
    write_pictures(tmp_path, 5)
    for code in (5, 0):
        words = sorted(path.name for path in tmp_path.glob("p*.jpg"))
        assert edit("edit", *words, "x", "-j", "1").code == code
    assert (sandbox.stats().made, len(list(tmp_path.glob("p*.jpg")))) == (5, 10)


def test_a_result_that_was_put_in_place_and_not_recorded_is_no_input(desk: Desk, tmp_path: Path) -> None:
    """As a process leaves it that is killed between the two; nothing in its name says what it is."""
    edit, sandbox = desk()
    write_pictures(tmp_path / "photos", 2)
    command = ("edit", "-r", "photos", "x", "-o", "photos/{stem}-new.{ext}")
    assert edit(*command).code == 0
    with sqlite3.connect(next(Path(os.environ["HOME"]).rglob("journal.db"))) as journal:
        journal.execute(
            "UPDATE entries SET state = 'answered', output_path = NULL, output_folder = NULL"
            " WHERE position = 1"
        )
    journal.close()
    again = edit(*command)
    assert (again.code, again.lines) == (0, ["photos/p0000-new.jpg"])
    assert sandbox.stats().made == 2
    assert len(list((tmp_path / "photos").iterdir())) == 4


def test_names_that_would_clash_are_kept_apart(desk: Desk, tmp_path: Path) -> None:
    edit, _ = desk()
    for folder in ("photos/a", "photos/b"):
        (tmp_path / folder).mkdir(parents=True)
    write_pictures(tmp_path / "photos" / "a", 1)
    write_pictures(tmp_path / "photos" / "b", 1)
    (tmp_path / "photos" / "b" / "p0000.jpg").write_bytes((tmp_path / "cat.jpg").read_bytes())
    for options in ([], ["--force"]):
        ran = edit(*RUN, *options)
        assert (ran.code, len(set(ran.lines))) == (0, 2)
    assert len(list((tmp_path / "out").iterdir())) == 4


def test_names_from_a_list_are_edited_like_words(desk: Desk, tmp_path: Path) -> None:
    edit, sandbox = desk()
    write_pictures(tmp_path, 3)
    (tmp_path / "list.txt").write_text("p0000.jpg\n\np0001.jpg\r\n./p0000.jpg\n")
    ran = edit("edit", "--files-from", "list.txt", "x", "-j", "1")
    assert ran.lines == ["p0000-edited.jpg", "p0001-edited.jpg"]
    ran = edit("edit", "--files-from", "-", "-0", "y", "-j", "1", stdin=b"p0002.jpg\0p0001.jpg\0")
    assert ran.lines == ["p0002-edited.jpg", "p0001-edited-2.jpg"]
    assert sandbox.stats().made == 4


@pytest.mark.parametrize(
    ("listed", "words", "said"),
    [
        (b"cat.jpg\n", ["cat.jpg"], "is a file"),
        (b"cat.jpg\n", [], "no prompt"),
        (b"cat.jpg\0", ["x"], "Add -0"),
        (b"-\n", ["--prompt-file", "-"], "standard input can't be"),
    ],
)
def test_a_list_is_refused_with_what_is_wrong(
    desk: Desk, tmp_path: Path, listed: bytes, words: list[str], said: str
) -> None:
    edit, sandbox = desk()
    (tmp_path / "list").write_bytes(listed)
    ran = edit("edit", "--files-from", "list", *words, stdin=b"blue")
    assert (ran.code, sandbox.stats().edits_begun) == (2, 0)
    assert said in ran.stderr


def test_a_rate_is_kept(desk: Desk, tmp_path: Path) -> None:
    edit, sandbox = desk()
    write_pictures(tmp_path / "photos", 12)
    assert edit(*RUN, "--rate", "10/s", "-j", "12").code == 0
    sent = [exchange.at_s for exchange in sandbox.exchanges("edit")]
    assert sent[-1] - sent[0] >= 1.0  # eleven tenths, less what the first one was late


@pytest.mark.parametrize("jobs", [1, 3])
def test_no_more_than_jobs_are_at_the_gateway(desk: Desk, tmp_path: Path, jobs: int) -> None:
    edit, sandbox = desk(latency_s=0.05)
    write_pictures(tmp_path / "photos", 12)
    assert edit(*RUN, "-j", str(jobs)).code == 0
    assert sandbox.stats().most_at_once <= jobs
