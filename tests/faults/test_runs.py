# ruff: noqa: E501  # a case is a line, however long
"""Several images: one's trouble is its own, what concerns all stops the rest, and nothing goes out twice."""

from __future__ import annotations

import json
from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any

import fault_pictures as pictures
import pytest
from fault_audit import audit
from fault_cases import each, play, unsent
from fault_program import PROMPT, Place, Program
from fault_scripts import JOB, after, picture, plays, says
from fault_server import Script, Server

THREE = ("edit", "a.jpg", "b.jpg", "c.jpg", PROMPT, "-j", "1", "--json")


@dataclass(frozen=True)
class Several:
    """Three images, one after the other. `again` is the exit code of the same command given again, with
    the totals of whole edits and files after it."""

    name: str
    exit: int
    posts: int
    files: int
    edit: Sequence[Script]
    again: tuple[int, int, int]
    download: Sequence[Script] = ()
    poll: Sequence[Script] = ()


SERVER_ERROR = says({"error": "x"}, status=500)
REJECTED = says({"error": "Invalid request parameters"}, status=400)

CASES = [
    Several("the second is refused", 4, 3, 2, [says(), REJECTED], again=(0, 4, 3)),
    Several("the first is in doubt", 7, 3, 2, [SERVER_ERROR], again=(7, 3, 2)),
    Several("doubt is the most serious", 7, 3, 1, [REJECTED, SERVER_ERROR], again=(7, 4, 2)),
    Several("not saved is more serious than refused", 8, 3, 1, [REJECTED], again=(0, 4, 3), download=[says("gone", status=404)]),
    Several("the key is refused: the rest is not sent", 3, 1, 0, [says({"error": "Invalid or missing authentication"}, status=401)], again=(0, 4, 3)),
    Several("no credits are left: the rest is not sent", 5, 2, 1, [says(), says({"error": "Insufficient credits"}, status=402)], again=(0, 4, 3)),
    Several("the gateway redirects: the rest is not sent", 3, 1, 0, [says(None, status=302, headers={"Location": "@OTHER@/"})], again=(0, 4, 3)),
    Several("closed without an answer, all three", 7, 3, 0, [plays(b"")] * 3, again=(7, 3, 0)),
    Several("a job that fails among them", 4, 3, 2, [says(JOB), says(), says()], again=(0, 4, 3), poll=[says({**JOB, "status": "failed"})]),
    Several("a slow gateway", 0, 4, 3, [says({"error": "slow"}, status=429, headers={"Retry-After": "0"})], again=(0, 7, 6)),
]  # fmt: skip


def three(place: Place) -> None:
    """Three pictures of different bytes."""
    for number, name in enumerate(("a.jpg", "b.jpg", "c.jpg")):
        place.put(name, pictures.jpeg((60 + number, 40)))


@pytest.mark.parametrize("case", CASES, ids=[case.name for case in CASES])
def test_three_images(case: Several, server: Server, place: Place) -> None:
    three(place)
    server.scripts["edit"], server.scripts["download"] = list(case.edit), list(case.download)
    server.scripts["poll"] = list(case.poll)
    program = Program(place, server.base_url)
    first = program.run(*THREE)
    assert (first.exit, server.whole_posts, len(place.made())) == (case.exit, case.posts, case.files), first
    server.go_well()
    second = program.run(*THREE)
    assert (second.exit, server.whole_posts, len(place.made())) == case.again, second
    audit(program, server)


MANIFESTS = [
    unsent("a row without an image", words=("batch", "rows.jsonl"), hint="2"),
    unsent("a row of half a JSON", words=("batch", "rows.jsonl"), hint="2"),
    unsent("a row with an unknown column", words=("batch", "rows.jsonl"), hint="promt"),
    unsent("a row whose image is not there", words=("batch", "rows.jsonl"), hint="2"),
    unsent("a row that is no object", words=("batch", "rows.jsonl"), hint="2"),
    unsent("a row of bad UTF-8", words=("batch", "rows.jsonl")),
    unsent("no rows", words=("batch", "rows.jsonl")),
    unsent("no manifest", words=("batch", "missing.jsonl")),
]  # fmt: skip
ROWS = {
    "a row without an image": b'{"image": "cat.jpg", "prompt": "x"}\n{"prompt": "x"}\n',
    "a row of half a JSON": b'{"image": "cat.jpg", "prompt": "x"}\n{"image": "cat.jpg", "pro\n',
    "a row with an unknown column": b'{"image": "cat.jpg", "promt": "x"}\n',
    "a row whose image is not there": b'{"image": "cat.jpg", "prompt": "x"}\n{"image": "dog.jpg", "prompt": "x"}\n',
    "a row that is no object": b'{"image": "cat.jpg", "prompt": "x"}\n["cat.jpg"]\n',
    "a row of bad UTF-8": b'{"image": "cat.jpg", "prompt": "\xff\xfe"}\n',
    "no rows": b"\n\n",
}


@each(MANIFESTS)
def test_manifests_that_stop_before_anything_is_sent(case: Any, server: Server, place: Place) -> None:
    if case.name in ROWS:
        place.put("rows.jsonl", ROWS[case.name])
    play(case, server, place)


def test_a_batch_in_doubt_goes_on_without_the_doubtful_row(server: Server, place: Place) -> None:
    three(place)
    rows = "".join(
        json.dumps({"image": name, "prompt": PROMPT}) + "\n" for name in ("a.jpg", "b.jpg", "c.jpg")
    )
    place.put("rows.jsonl", rows.encode())
    server.scripts["edit"] = [says(), SERVER_ERROR]
    program = Program(place, server.base_url)
    first = program.run("batch", "rows.jsonl", "-j", "1")
    assert (first.exit, server.whole_posts, len(place.made())) == (7, 3, 2), first
    again = program.run("batch", "rows.jsonl", "-j", "1")
    assert (again.exit, server.whole_posts, len(place.made())) == (7, 3, 2), again
    audit(program, server)


def test_the_same_picture_under_two_names_is_stopped_by_its_doubt(server: Server, place: Place) -> None:
    """Two names, one request: after the first is in doubt the second would be the same request again."""
    place.put("copy.jpg", pictures.input_jpeg())
    server.scripts["edit"] = [SERVER_ERROR]
    program = Program(place, server.base_url)
    assert program.run("edit", "cat.jpg", PROMPT).exit == 7
    second = program.run("edit", "copy.jpg", PROMPT)
    assert (second.exit, server.whole_posts) == (7, 1), second
    audit(program, server)


def test_a_picture_that_was_changed_since_its_doubt_is_another_request(server: Server, place: Place) -> None:
    server.scripts["edit"] = [SERVER_ERROR, SERVER_ERROR]
    program = Program(place, server.base_url)
    for number in (1, 2):
        place.put("cat.jpg", pictures.jpeg((60 + number, 40)))
        for _ in range(2):
            ran = program.run("edit", "cat.jpg", PROMPT)
            assert (ran.exit, server.whole_posts) == (7, number), ran
    place.put("cat.jpg", pictures.jpeg((63, 40)))
    ran = program.run("edit", "cat.jpg", PROMPT)
    assert (ran.exit, server.whole_posts, len(place.made())) == (0, 3, 1), ran
    audit(program, server)


def test_resend_sends_what_is_in_doubt_once_more_and_only_that(server: Server, place: Place) -> None:
    three(place)
    server.scripts["edit"] = [says(), SERVER_ERROR, says()]
    program = Program(place, server.base_url)
    assert program.run(*THREE).exit == 7
    resent = program.run(*THREE, "--resend")
    assert (resent.exit, server.whole_posts, len(place.made())) == (0, 4, 3), resent
    audit(program, server)


def test_a_replay_is_a_new_edit(server: Server, place: Place) -> None:
    program = Program(place, server.base_url)
    assert program.run("edit", "cat.jpg", PROMPT).exit == 0
    replay = program.run("history", "replay", place.rows()[0]["id"])
    assert (replay.exit, server.whole_posts, len(place.made())) == (0, 2, 2), replay
    audit(program, server)


def test_variations_are_requests_of_their_own(server: Server, place: Place) -> None:
    server.scripts["edit"] = [says(), SERVER_ERROR, says()]
    program = Program(place, server.base_url)
    words = ("edit", "cat.jpg", PROMPT, "-N", "3", "-j", "1")
    first = program.run(*words)
    assert (first.exit, server.whole_posts, len(place.made())) == (7, 3, 2), first
    seeds = {json.loads(request.body)["seed"] for request in server.requests["edit"]}
    assert len(seeds) == 3
    again = program.run(*words)
    assert (again.exit, server.whole_posts) == (7, 3), again
    audit(program, server)


@pytest.mark.parametrize("count", [2, 3])
def test_processes_that_share_a_run_send_each_image_once(count: int, server: Server, place: Place) -> None:
    for number in range(8):
        place.put(f"{number}.jpg", pictures.jpeg((60 + number, 40)))
    server.scripts["edit"] = [after("all are at work", says())] * 8
    program = Program(place, server.base_url)
    words = ["edit", *(f"{number}.jpg" for number in range(8)), PROMPT, "-j", "2"]
    running = []
    for number in range(1, count + 1):
        running.append(program.start(*words))
        server.wait_for_edits(2 * number)
    server.release("all are at work")
    ended = [one.finish() for one in running]
    assert [result.exit for result in ended] == [0] * count, ended
    assert (server.whole_posts, len(place.made())) == (8, 8), ended
    audit(program, server)


def test_the_next_image_is_sent_while_results_are_still_fetched(server: Server, place: Place) -> None:
    three(place)
    server.scripts["download"] = [after("the third is asked for", picture())] * 2
    program = Program(place, server.base_url)
    running = program.start("edit", "a.jpg", "b.jpg", "c.jpg", PROMPT, "-j", "2")
    server.wait_for_edits(3)
    server.release("the third is asked for")
    ended = running.finish()
    assert (ended.exit, server.whole_posts, len(place.made())) == (0, 3, 3), ended
    audit(program, server)
