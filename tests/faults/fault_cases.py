"""One case a line: what the peer does, and what the contract promises of it.

`play` runs the command, then the same command again, then `resume`, as far as the case says what
should come of them, and counts the edits that reached the server whole. Whatever the case is
about, `audit` then looks for what must hold always.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, field, replace
from typing import Any

import pytest
from fault_audit import audit
from fault_program import PROMPT, Place, Program, Result
from fault_server import Greeting, Script, Server


@dataclass(frozen=True)
class Then:
    """How a later command ends; `posts` and `files` are the totals after it. None: not asked."""

    exit: int
    posts: int
    files: int | None = None


@dataclass(frozen=True)
class Case:
    """`posts` counts whole edits, `files` what is new in the working folder; `code` and `charged`
    are the error's, `state` the journal's; `hint` a part of what standard error says. Unless the
    trouble is `lasting`, it is over when the first command has ended."""

    name: str
    exit: int
    posts: int = 1
    files: int = 0
    code: str | None = None
    charged: str | None = "no"
    state: str | None = None
    edit: Script | Sequence[Script] = ()
    poll: Script | Sequence[Script] = ()
    download: Script | Sequence[Script] = ()
    connect: Sequence[Greeting] = ()
    args: Sequence[str] = ()
    env: Mapping[str, str | None] = field(default_factory=dict)
    words: Sequence[str | bytes] = ("edit", "cat.jpg", PROMPT)
    stdin: bytes | None = None
    before: Callable[[Place], None] | None = None
    child: Callable[[], None] | None = None
    check: Callable[[Place, Server, Result], None] | None = None
    after: Callable[[Place], None] | None = None
    hint: str | None = None
    polls: int | None = None
    again: Then | None = None
    resume: Then | None = None
    json: bool = True
    lasting: bool = False
    key_in: Sequence[str] = ()


def saved(name: str, **rest: Any) -> Case:
    """All went well."""
    return Case(name, **{"exit": 0, "files": 1, "charged": "yes", "state": "saved", **rest})


def doubt(name: str, edit: Script | Sequence[Script], *, posts: int = 1, **rest: Any) -> Case:
    """The request went out whole and nothing usable came: it never goes out again on its own."""
    return Case(
        name, edit=edit, posts=posts,
        **{
            "exit": 7, "code": "in_doubt", "charged": "unknown", "state": "in_doubt", "hint": "--resend",
            "again": Then(7, posts, 0), **rest,
        },
    )  # fmt: skip


def refused(
    name: str, edit: Script | Sequence[Script], *, exit: int, code: str, posts: int = 1, **rest: Any
) -> Case:
    """Certainly not charged: the same command may simply be given again, and then goes well."""
    return Case(
        name, edit=edit, exit=exit, code=code, posts=posts,
        **{"state": "failed", "again": Then(0, posts + 1, 1), **rest},
    )  # fmt: skip


def undelivered(name: str, *, posts: int = 0, **rest: Any) -> Case:
    """It never got there."""
    return Case(
        name, posts=posts,
        **{"exit": 6, "code": "unreachable", "state": "failed", "again": Then(0, posts + 1, 1), **rest},
    )  # fmt: skip


def kept(name: str, *, state: str = "answered", **rest: Any) -> Case:
    """Paid for and not saved: `resume` finishes it, and nothing is sent."""
    return Case(
        name,
        **{
            "exit": 8, "code": "not_saved", "charged": "yes", "state": state,
            "resume": Then(0, rest.get("posts", 1), 1), **rest,
        },
    )  # fmt: skip


def unsent(name: str, *, exit: int = 2, code: str | None = None, **rest: Any) -> Case:
    """Stopped before anything was sent; nothing in the journal waits for anything."""
    return Case(name, exit, posts=0, code=code, **{"charged": None, "json": False, **rest})


def each(cases: Sequence[Case]) -> pytest.MarkDecorator:
    assert len({case.name for case in cases}) == len(cases), "two cases of one name"
    return pytest.mark.parametrize("case", cases, ids=[case.name for case in cases])


def play(case: Case, server: Server, place: Place) -> None:
    """Runs a case from its first command to the audit."""
    _write(server, case)
    server.place = place
    if case.before is not None:
        case.before(place)
    program = Program(place, server.base_url, env=case.env)
    words = [*case.words, *case.args, *(["--json"] if case.json else [])]
    first = program.run(*words, stdin=case.stdin, prepare=case.child)
    _check_first(case, server, place, first)
    if not case.lasting:
        server.go_well()
    if case.after is not None:
        case.after(place)
    if case.again is not None:
        _check_later(case.again, server, place, program.run(*words, stdin=case.stdin), what="given again")
    if case.resume is not None:
        result = program.run("resume", "--json")
        _check_later(case.resume, server, place, result, what="resume")
        if case.state == "in_doubt":
            assert "in doubt" in result.err, f"resume does not name what is in doubt\n{result}"
    audit(program, server, key_in=case.key_in)


def _write(server: Server, case: Case) -> None:
    for kind in ("edit", "poll", "download"):
        scripts = getattr(case, kind)
        server.scripts[kind] = [scripts] if callable(scripts) else list(scripts)
    server.greetings = list(case.connect)


def _check_first(case: Case, server: Server, place: Place, result: Result) -> None:
    story = f"{case.name}: {result}\nrows: {place.rows()}"
    assert result.exit == case.exit, story
    assert server.whole_posts == case.posts, f"{server.whole_posts} edits came whole; {story}"
    assert len(place.made()) == case.files, f"{place.made()}; {story}"
    if case.state is not None:
        assert [row["state"] for row in place.rows()][-1:] == [case.state], story
    if case.json and case.charged is not None:
        _check_object(case, result, story)
    if case.hint is not None:
        assert case.hint in result.err, story
    if case.polls is not None:
        assert len(server.requests["poll"]) == case.polls, story
    if case.check is not None:
        case.check(place, server, result)


def _check_object(case: Case, result: Result, story: str) -> None:
    assert result.objects, f"no JSON object; {story}"
    found = result.objects[-1]
    error = found["error"] or {}
    assert (found["charged"], error.get("code")) == (case.charged, case.code), story
    if error:
        assert error["exit_code"] == case.exit, story
    expected = "saved" if case.exit == 0 else "pending" if case.exit == 8 else "failed"
    assert found["status"] in (expected, "pending" if case.state == "accepted" else expected), story


def _check_later(then: Then, server: Server, place: Place, result: Result, *, what: str) -> None:
    story = f"{what}: {result}\nrows: {place.rows()}"
    assert server.whole_posts == then.posts, f"{server.whole_posts} edits came whole; {story}"
    assert result.exit == then.exit, story
    if then.files is not None:
        assert len(place.made()) == then.files, f"{place.made()}; {story}"


__all__ = [
    "Case",
    "Then",
    "doubt",
    "each",
    "kept",
    "play",
    "refused",
    "replace",
    "saved",
    "undelivered",
    "unsent",
]
