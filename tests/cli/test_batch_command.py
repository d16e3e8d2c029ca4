"""`seedcli batch` from rows to files, against a sandbox, over real sockets."""

from __future__ import annotations

import json
import os
import shutil
import subprocess
from collections.abc import Callable
from pathlib import Path

import pytest
from program import PROGRAM, Program

from seedcli.sandbox.server import RunningSandbox

Desk = Callable[..., tuple[Program, RunningSandbox]]


def manifest(folder: Path, *rows: dict[str, object], name: str = "rows.jsonl") -> Path:
    path = folder / name
    path.write_text("".join(json.dumps(row) + "\n" for row in rows))
    return path


def test_each_row_has_its_own_picture_prompt_output_and_options(desk: Desk, tmp_path: Path) -> None:
    run, sandbox = desk()
    rows = [
        {"image": "cat.jpg", "prompt": "blue", "seed": 7, "output": "blue.jpg"},
        {"image": "cat.jpg", "guidance_scale": 2.5, "watermark": False, "seed": None},
    ]
    ran = run("batch", manifest(tmp_path, *rows).name, "-p", "green", "-j", "1")
    assert (ran.code, ran.lines) == (0, ["blue.jpg", "cat-edited.jpg"])
    sent = [{k: v for k, v in one.body.items() if k != "image"} for one in sandbox.exchanges("edit")]
    assert sent == [
        {"prompt": "blue", "seed": 7},
        {"prompt": "green", "guidance_scale": 2.5, "watermark": False},
    ]


def test_a_table_with_empty_cells_and_a_quoted_comma_is_read(desk: Desk, tmp_path: Path) -> None:
    run, sandbox = desk()
    table = '\ufeffImage,prompt,Guidance-Scale\r\ncat.jpg,"make it blue, very",\r\n\r\ncat.jpg,red,3\r\n'
    (tmp_path / "rows.csv").write_bytes(table.encode())
    assert run("batch", "rows.csv", "-j", "1").code == 0
    bodies = [one.body for one in sandbox.exchanges("edit")]
    assert [body["prompt"] for body in bodies] == ["make it blue, very", "red"]
    assert [body.get("guidance_scale") for body in bodies] == [None, 3]


def test_relative_paths_start_at_the_manifests_folder(desk: Desk, tmp_path: Path) -> None:
    run, _ = desk()
    (tmp_path / "there" / "out").mkdir(parents=True)
    shutil.move(tmp_path / "cat.jpg", tmp_path / "there" / "cat.jpg")
    manifest(tmp_path / "there", {"image": "cat.jpg", "prompt": "x", "output": "out/"})
    assert run("batch", "there/rows.jsonl").lines == ["there/out/cat-edited.jpg"]


@pytest.mark.skipif(not os.path.exists("/dev/stdin"), reason="a system without /dev/stdin")
def test_relative_paths_in_a_pipe_start_where_the_command_runs(desk: Desk) -> None:
    run, _ = desk()
    rows = b'{"image": "cat.jpg", "prompt": "x"}\n'
    assert run("batch", "/dev/stdin", "--format", "jsonl", stdin=rows).lines == ["cat-edited.jpg"]


def test_every_bad_row_is_told_with_its_line_and_nothing_is_sent(desk: Desk, tmp_path: Path) -> None:
    run, sandbox = desk()
    (tmp_path / "no.jpg").write_bytes(b"this is no picture")
    rows = [
        {"image": "cat.jpg", "prompt": "good"},
        {"image": "gone.jpg", "prompt": "x"},
        {"image": "cat.jpg"},
        {"image": "cat.jpg", "promt": "x"},
        {"image": "cat.jpg", "prompt": "x", "seed": 1.5},
        {"image": "cat.jpg", "prompt": "x", "size": "4K"},
        {"image": "no.jpg", "prompt": "x"},
        {"image": "cat.jpg", "prompt": "x", "output": "cat.jpg"},
        {"image": "cat.jpg", "prompt": "x", "output": "one.jpg"},
        {"image": "cat.jpg", "prompt": "x", "output": "one.jpg"},
    ]
    path = manifest(tmp_path, *rows)
    path.write_text(path.read_text() + "{broken\n[]\n")
    ran = run("batch", "rows.jsonl", "-m", "seededit")
    assert (ran.code, ran.stdout, sandbox.stats().edits) == (2, b"", 0)
    told = {line.split(":")[1] for line in ran.stderr.splitlines() if line.startswith("rows.jsonl:")}
    assert told == {"2", "3", "4", "5", "6", "7", "8", "10", "11", "12"}
    assert "unknown column 'promt'. Did you mean prompt?" in ran.stderr
    assert "10 of 12 rows" in ran.stderr
    lines = [int(line.split(":")[1]) for line in ran.stderr.splitlines() if line.startswith("rows.jsonl:")]
    assert lines == sorted(lines)


@pytest.mark.parametrize(
    ("table", "words"),
    [
        ("image,promt\ncat.jpg,x\n", "Did you mean prompt?"),
        ("prompt\nx\n", "no column called image"),
        ("image;prompt\ncat.jpg;x\n", "by commas"),
        ("image,prompt,prompt\ncat.jpg,x,y\n", "two columns"),
        ("image,prompt\ncat.jpg,x,y\n", "3 cells under 2 columns"),
        ('image,prompt\ncat.jpg,"x\n', "not CSV"),
        ("image,fit\ncat.jpg,cover\n", "--fit"),
        ("image,prompt\n", "no rows"),
    ],
)
def test_a_table_that_makes_no_sense_is_refused(desk: Desk, tmp_path: Path, table: str, words: str) -> None:
    run, sandbox = desk()
    (tmp_path / "rows.csv").write_text(table)
    ran = run("batch", "rows.csv")
    assert (ran.code, sandbox.stats().edits) == (2, 0)
    assert words in ran.stderr


def test_a_manifest_given_again_goes_on_with_what_is_unfinished(desk: Desk, tmp_path: Path) -> None:
    run, sandbox = desk(faults=("400:1:1",))
    rows = [{"image": "cat.jpg", "prompt": str(n), "output": f"{n}.jpg"} for n in range(3)]
    manifest(tmp_path, *rows)
    first = run("batch", "rows.jsonl", "-j", "1")
    assert first.code == 4
    again = run("batch", "rows.jsonl", "-j", "1")
    assert again.code == 0
    assert sandbox.stats().made == 3


def test_a_row_that_is_done_needs_its_picture_no_more(desk: Desk, tmp_path: Path) -> None:
    run, sandbox = desk(faults=("402:0.3:1",), fault_seed=5)
    rows = [{"image": f"{n}.jpg", "prompt": "x", "output": f"out/{n}.jpg"} for n in range(8)]
    (tmp_path / "out").mkdir()
    for row in rows:
        shutil.copy(tmp_path / "cat.jpg", tmp_path / str(row["image"]))
    manifest(tmp_path, *rows)
    assert run("batch", "rows.jsonl", "-j", "1").code == 5
    (tmp_path / "0.jpg").unlink()
    (tmp_path / "7.jpg").unlink()
    sent = sandbox.stats().edits
    refused = run("batch", "rows.jsonl", "-j", "1")
    assert (refused.code, sandbox.stats().edits) == (2, sent)
    assert "rows.jsonl:8: 7.jpg: no such file" in refused.stderr
    assert "rows.jsonl:1:" not in refused.stderr
    shutil.copy(tmp_path / "cat.jpg", tmp_path / "7.jpg")
    assert run("batch", "rows.jsonl", "-j", "1").code == 0
    assert sandbox.stats().made == 8


def test_rows_put_right_and_added_go_on_with_the_run(desk: Desk, tmp_path: Path) -> None:
    run, sandbox = desk(faults=("400:1:1",))
    rows = [{"image": "cat.jpg", "prompt": str(n)} for n in range(3)]
    manifest(tmp_path, *rows)
    assert run("batch", "rows.jsonl", "-j", "1").code == 4
    manifest(
        tmp_path, {"image": "cat.jpg", "prompt": "other"}, *rows[1:], {"image": "cat.jpg", "prompt": "3"}
    )
    assert run("batch", "rows.jsonl", "-j", "1").code == 0
    assert sandbox.stats().made == 4


def test_a_row_makes_its_variations_once(desk: Desk, tmp_path: Path) -> None:
    run, sandbox = desk(faults=("400:1:1",))
    manifest(tmp_path, {"image": "cat.jpg", "prompt": "x", "count": 3})
    run("batch", "rows.jsonl", "-j", "1")
    assert run("batch", "rows.jsonl", "-j", "1").code == 0
    assert sandbox.stats().made == 3
    seeds = [one.body["seed"] for one in sandbox.exchanges("edit") if one.body]
    assert len(set(seeds)) == 3


def test_the_budget_counts_all_rows(desk: Desk, tmp_path: Path) -> None:
    run, sandbox = desk()
    manifest(tmp_path, {"image": "cat.jpg", "prompt": "x", "count": 2}, {"image": "cat.jpg", "prompt": "y"})
    assert run("batch", "rows.jsonl", "--max-images", "2").code == 2
    assert sandbox.stats().edits == 0


def test_a_row_from_standard_input_is_sent_before_the_next_one_comes(desk: Desk, tmp_path: Path) -> None:
    run, _ = desk()
    with subprocess.Popen(
        [*PROGRAM, "batch", "-", "-p", "x"],
        cwd=tmp_path,
        env={**os.environ, **run.variables},
        stdin=subprocess.PIPE,
        stdout=subprocess.PIPE,
        stderr=subprocess.DEVNULL,
    ) as process:
        assert process.stdin is not None and process.stdout is not None
        for name in (b"cat-edited.jpg\n", b"cat-edited-2.jpg\n"):
            process.stdin.write(b'{"image": "cat.jpg"}\n')
            process.stdin.flush()
            assert process.stdout.readline() == name
        process.stdin.close()
        assert process.wait(timeout=30) == 0


def test_a_bad_row_from_standard_input_ends_no_other(desk: Desk) -> None:
    run, sandbox = desk()
    ran = run("batch", "-", "-p", "x", stdin=b'{"image": "no.jpg"}\n{"image": "cat.jpg"}\n')
    assert (ran.code, ran.lines) == (2, ["cat-edited.jpg"])
    assert "standard input:1: no.jpg: no such file" in ran.stderr
    assert sandbox.stats().made == 1


def test_rows_from_standard_input_given_again_go_on(desk: Desk) -> None:
    run, sandbox = desk(faults=("400:1:1",))
    rows = b'{"image": "cat.jpg", "prompt": "1"}\n{"image": "cat.jpg", "prompt": "2"}\n'
    assert run("batch", "-", "-j", "1", stdin=rows).code == 4
    assert run("batch", "-", "-j", "1", stdin=rows).code == 0
    assert sandbox.stats().made == 2


def test_the_same_rows_given_to_two_processes_are_sent_once(desk: Desk, tmp_path: Path) -> None:
    run, sandbox = desk(latency_s=0.2)
    for turn in range(3):
        rows = b"".join(b'{"image": "cat.jpg", "prompt": "%d"}\n' % (10 * turn + n) for n in (1, 2, 3, 3))
        both = [
            subprocess.Popen(
                [*PROGRAM, "batch", "-"],
                cwd=tmp_path,
                env={**os.environ, **run.variables},
                stdin=subprocess.PIPE,
                stdout=subprocess.PIPE,
                stderr=subprocess.PIPE,
            )
            for _ in range(2)
        ]
        for each in both:
            assert each.stdin is not None
            each.stdin.write(rows)
            each.stdin.flush()
        ended = [each.communicate(timeout=60) for each in both]
        assert [each.returncode for each in both] == [0, 0], ended
        assert sum(len(out.splitlines()) for out, _ in ended) == 4
        assert all(b"of 4" in err for _, err in ended), "each tells of all its rows"
        assert sandbox.stats().edits == 4 * (turn + 1)


def test_a_budget_stops_rows_from_standard_input(desk: Desk) -> None:
    run, sandbox = desk()
    rows = b"image,prompt\n" + b"".join(b"cat.jpg,%d\n" % n for n in range(5))
    ran = run("batch", "-", "--format", "csv", "--max-images", "3", stdin=rows)
    assert (ran.code, sandbox.stats().made) == (2, 3)
    assert "--max-images 3" in ran.stderr


def test_a_dry_run_shows_each_rows_request(desk: Desk, tmp_path: Path) -> None:
    run, sandbox = desk()
    manifest(tmp_path, {"image": "cat.jpg", "prompt": "x"}, {"image": "cat.jpg", "prompt": "y", "seed": 3})
    ran = run("batch", "rows.jsonl", "-n", "--json")
    assert [one["body"]["prompt"] for one in ran.objects] == ["x", "y"]
    assert sandbox.stats().edits == 0


def test_a_manifest_whose_suffix_says_nothing_needs_its_format(desk: Desk, tmp_path: Path) -> None:
    run, _ = desk()
    manifest(tmp_path, {"image": "cat.jpg", "prompt": "x"}, name="rows.txt")
    assert run("batch", "rows.txt").code == 2
    assert run("batch", "rows.txt", "--format", "jsonl").code == 0


def test_a_dry_run_of_rows_that_come_shows_each_and_sends_nothing(desk: Desk) -> None:
    run, sandbox = desk()
    rows = (
        b'{"image": "cat.jpg", "prompt": "blue"}\n{"image": "cat.jpg", "promt": "x"}\n{"image": "cat.jpg"}\n'
    )
    ran = run("batch", "-", "--dry-run", "--json", "-p", "green", stdin=rows, SEEDCLI_API_KEY="")
    assert ran.code == 2
    assert [request["body"]["prompt"] for request in ran.objects] == ["blue", "green"]
    assert "Did you mean prompt?" in ran.stderr
    assert sandbox.stats().edits_begun == 0
