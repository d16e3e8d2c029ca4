"""Following a job that was accepted, and is paid for: whatever a poll answers, no edit is sent again."""
# ruff: noqa: E501  # a case is a line, however long

from __future__ import annotations

from typing import Any

import fault_pictures as pictures
import pytest
from fault_audit import audit
from fault_cases import Case, Then, each, kept, play, saved, unsent
from fault_program import KEY, PROMPT, Place, Program, Result
from fault_scripts import JOB, LINK, after, answer, inline, keeps_open, plays, redirects, says, stalls
from fault_server import Script, Server

HTML = "<html><title>502 Bad Gateway</title></html>"
SOON = ["--timeout", "1.5"]


def word(status: Any, **rest: Any) -> dict[str, Any]:
    return {**JOB, "status": status, **rest}


def followed(name: str, *polls: Script, **rest: Any) -> Case:
    """The edit is answered with a job; the polls are as scripted, and then it has succeeded."""
    return saved(name, edit=says(JOB), poll=polls, **rest)


def waits(name: str, *polls: Script, **rest: Any) -> Case:
    """The job's picture is not there in time; it is for `resume` to fetch."""
    return kept(name, edit=says(JOB), poll=polls, **{"state": "accepted", "code": "pending", **rest})


def fails(name: str, body: Any, *, code: str = "job_failed", **rest: Any) -> Case:
    return Case(name, 4, edit=says(JOB), poll=says(body), code=code, state="failed", **rest)


def no_stray(place: Place, server: Server, result: Result) -> None:
    assert not server.requests["stray"], "a redirect was followed"


def asked_for_the_job(place: Place, server: Server, result: Result) -> None:
    assert [bytes(request.body) for request in server.requests["poll"]] == [
        b'{"job_set_id": "job-1234567890"}'
    ]


STATUSES = [
    followed("the document's answer", check=asked_for_the_job, polls=1),
    followed("queued, processing, succeeded", says(word("QUEUED")), says(word("PROCESSING")), says(word("IN_PROGRESS")), polls=4),
    followed("a word that nobody knows", says(word("wibbling")), polls=2),
    followed("no word", says(JOB), polls=2),
    followed("the call's success around a job under way", says({"status": "success", "data": word("PROCESSING")}), polls=2),
    followed("the call's success around a job of no name", says({"status": "success", "data": {"status": "processing"}}), polls=2),
    followed("a job that repeats the input while it runs", says(word("processing", image="data:image/jpeg;base64," + "/9j/" * 50_000)), polls=2),
    followed("not ready, as a refusal", says({"error": "the job is not ready"}, status=400), says({"error": "wait"}, status=425), polls=3),
    followed("capital keys", says({"JobSetId": "job-1234567890", "Status": "PROCESSING"}), polls=2),
    followed("a complaint that it is not ready", says({"error": "Result is not ready yet"}), polls=2),
    followed("a status of odd types", says(word(None)), says(word(5)), says(word([])), polls=4),
    *(followed(f"{done} and a link", says(word(done, results=[{"url": LINK}])), polls=1) for done in ("COMPLETED", "Ready", "done")),
    followed("job_id and imageUrl", says({"job_id": "job-1234567890", "status": "succeeded", "results": [{"imageUrl": LINK}]}), polls=1),
    followed("results as one object", says(word("succeeded", results={"url": LINK})), polls=1),
    followed("base64 in the results", says(word("succeeded", results=inline(pictures.jpeg())["data"])), polls=1),
    followed("succeeded, the picture a look later", says(word("succeeded", results=[])), polls=2),
    fails("failed", word("failed")),
    fails("ERROR, and why", word("ERROR", error={"code": "InternalError", "message": "out of paint"}), hint="out of paint"),
    fails("failed, in capital keys", {"JobSetId": "job-1234567890", "Status": "FAILED"}),
    fails("cancelled", word("Cancelled")),
    fails("failed by moderation", word("failed", error={"code": "OutputImageRiskDetection", "message": "no"}), code="moderated", again=Then(0, 2, 1)),
]  # fmt: skip

TROUBLE = [
    followed("500, then well", says({"error": "x"}, status=500), polls=2),
    followed("502 in HTML, then well", says(HTML, status=502), polls=2),
    followed("HTML in a 200, then well", says(HTML), polls=2),
    followed("half a JSON, then well", says('{"job_set_id": "jo'), polls=2),
    followed("nested deeply, then well", says("[" * 100_000), polls=2),
    followed("an empty body, then well", says(b""), polls=2),
    followed("closed, then well", plays(b""), polls=2),
    followed("reset, then well", plays(b"", reset=True), polls=2),
    followed("a cut answer, then well", plays(answer(word("processing"))[:-5]), polls=2),
    followed("429 with Retry-After, then well", says({"error": "slow"}, status=429, headers={"Retry-After": "1"}), polls=2),
    followed("404 right after acceptance, then well", says({"error": "no such job"}, status=404), polls=2),
    followed("a connection left open and then used again", keeps_open(word("processing")), keeps_open(word("processing")), polls=3),
    followed("a connection left open and then dead", keeps_open(word("processing")), plays(b"", reset=True), polls=3),
    waits("a job that never ends", *[says(word("processing"))] * 200, args=SOON, again=Then(0, 1, 1), resume=None),
    waits("silence", stalls(), args=SOON),
    waits("500 without end", *[says({"error": "x"}, status=500)] * 200, args=SOON),
    waits("succeeded, and never a picture", *[says(word("succeeded", results=[]))] * 40, code="not_saved"),
    waits("404 to the end", *[says({"error": "Endpoint not found"}, status=404)] * 40),
    waits("404 also for resume", *[says({"error": "Endpoint not found"}, status=404)] * 40, lasting=True, resume=Then(8, 1, 0)),
    waits("401", says({"error": "Invalid or missing authentication"}, status=401)),
    waits("402", says({"error": "Insufficient credits"}, status=402), again=Then(0, 1, 1), resume=None),
    waits("403", says({"error": "Access denied for this operation"}, status=403)),
    waits("a redirect", redirects("@OTHER@/poll"), check=no_stray),
    waits("a redirect that repeats the key", redirects(f"https://login.example/{KEY}"), check=no_stray),
    waits("an error that repeats the key", *[says({"error": f"bad key {KEY}"}, status=401)]),
    waits("a link that may not be fetched", says(word("succeeded", results=[{"url": "https://10.0.0.1/x.jpg"}])), state="answered", code="not_saved"),
    waits("a link that has expired when the job is asked for it again", says(word("succeeded", results=[{"url": "@BASE@/old.jpg"}])), download=[says("gone", status=404)] * 2, state="answered", code="not_saved", lasting=True, resume=Then(0, 1, 1)),
    waits("a link that has expired, and no other", download=[says("gone", status=404)] * 9, state="answered", code="not_saved", lasting=True, resume=Then(8, 1, 0)),
]  # fmt: skip

POLL = ("poll", "job-77")
COMMAND = [
    saved("poll: an unknown job", words=POLL, posts=0, polls=1, check=lambda place, server, result: named(place, "job-77.jpg")),
    saved("poll: -o", words=POLL, posts=0, args=["-o", "there.jpg"], check=lambda place, server, result: named(place, "there.jpg")),
    saved("poll: an ID that is a path", words=("poll", "../../etc/x"), posts=0),
    saved("poll: an ID of odd characters", words=("poll", "j$(id)'\"\\"), posts=0),
    kept("poll: still running, looked at once", words=POLL, posts=0, poll=says(word("processing")), args=["--no-wait"], polls=1, state="accepted", code="pending"),
    kept("poll: still running to the end", words=POLL, posts=0, poll=[says(word("processing"))] * 200, args=SOON, state="accepted", code="pending"),
    Case("poll: failed", 4, posts=0, words=POLL, poll=says(word("failed")), code="job_failed", charged=None),
    Case("poll: no such job", 4, posts=0, words=POLL, poll=says({"error": "Endpoint not found"}, status=404), code="not_found", charged=None),
    Case("poll: 401", 3, posts=0, words=POLL, poll=says({"error": "Invalid or missing authentication"}, status=401), charged=None),
    Case("poll: 402", 5, posts=0, words=POLL, poll=says({"error": "Insufficient credits"}, status=402), charged=None),
    unsent("poll: an ID that is none", words=("poll", "a b"), code="usage"),
    unsent("poll: an empty ID", words=("poll", ""), code="usage"),
]  # fmt: skip


def named(place: Place, name: str) -> None:
    assert [path.name for path in place.made()] == [name]


@each(STATUSES)
def test_what_a_poll_says(case: Case, server: Server, place: Place) -> None:
    play(case, server, place)


@each(TROUBLE)
def test_polls_that_go_wrong(case: Case, server: Server, place: Place) -> None:
    play(case, server, place)


@each(COMMAND)
def test_the_poll_command(case: Case, server: Server, place: Place) -> None:
    play(case, server, place)


LOOKS = {
    "429": says({"error": "slow"}, status=429, headers={"Retry-After": "1"}),
    "reset": plays(b"", reset=True),
    "401": says({"error": "Invalid or missing authentication"}, status=401),
    "402": says({"error": "Insufficient credits"}, status=402),
    "404": says({"error": "Endpoint not found"}, status=404),
}


RESUME, GIVEN_AGAIN = ("resume",), ("edit", "cat.jpg", PROMPT)


@pytest.mark.parametrize(
    ("trouble", "words"),
    [*((name, RESUME) for name in LOOKS), ("401", GIVEN_AGAIN), ("429", (*GIVEN_AGAIN, "--no-wait"))],
    ids=str,
)
def test_a_job_of_ours_is_paid_for_whatever_a_later_look_at_it_meets(
    trouble: str, words: tuple[str, ...], server: Server, place: Place
) -> None:
    server.scripts["edit"] = [says(JOB)]
    program = Program(place, server.base_url)
    assert program.run("edit", "cat.jpg", PROMPT, "--no-wait").exit == 0
    server.scripts["poll"] = [LOOKS[trouble]] * 50
    result = program.run(*words, "--json", *SOON)
    (found,) = result.objects
    told = (
        result.exit,
        found["status"],
        found["charged"],
        found["error"]["code"],
        found["error"]["exit_code"],
    )
    assert told == (8, "pending", "yes", "pending", 8), result
    server.go_well()
    assert program.run("resume").exit == 0
    assert (server.whole_posts, len(place.made())) == (1, 1)
    audit(program, server)


def test_a_job_that_another_process_follows_is_waited_for_as_long_as_it_may_take(
    server: Server, place: Place
) -> None:
    server.scripts["poll"] = [after("held", says(word("succeeded", results=[{"url": LINK}])))]
    program = Program(place, server.base_url)
    first = program.start(*POLL)
    server.wait_for("held")
    impatient = program.run(*POLL, "--json", "--timeout", "0.5")
    assert impatient.exit == 8, impatient
    assert "another seedcli" in impatient.objects[0]["error"]["message"]
    patient = program.start(*POLL)
    server.release("held")
    assert (first.finish().exit, patient.finish().exit) == (0, 0)
    assert (len(place.made()), len(server.requests["poll"])) == (1, 1)
    audit(program, server)


def test_two_jobs_whose_pictures_are_the_same_are_two_results(server: Server, place: Place) -> None:
    """Same bytes, as of a fixed seed, at the same place: the first is there and recorded."""
    server.scripts["edit"] = [says(JOB), says({**JOB, "job_set_id": "job-2"})]
    program = Program(place, server.base_url)
    assert program.run("edit", "cat.jpg", PROMPT, "--no-wait").exit == 0
    server.scripts["poll"] = [says(word("succeeded", results=[{"url": LINK}]))] * 2
    assert program.run("resume").exit == 0
    assert program.run("edit", "cat.jpg", PROMPT, "--no-wait").exit == 0
    assert program.run("resume").exit == 0
    assert (server.whole_posts, sorted(path.name for path in place.made())) == (
        2,
        ["cat-edited-2.jpg", "cat-edited.jpg"],
    )
    audit(program, server)
