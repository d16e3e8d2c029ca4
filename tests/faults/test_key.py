# ruff: noqa: E501  # a case is a line, however long
"""The key: where it may come from, what it must not be, and that nothing ever shows it.

`audit` scans, after every case of every file here, what the program emitted and wrote.
"""

from __future__ import annotations

import json
import stat
from collections.abc import Callable, Mapping
from urllib.parse import quote

import pytest
from fault_audit import audit, spellings
from fault_cases import Case, doubt, each, kept, play, refused, saved, unsent
from fault_program import KEY, PROMPT, Place, Program, Result
from fault_scripts import JOB, MADE, answer, halfway, plays, redirects, says
from fault_server import Server

NO_KEY: Mapping[str, str | None] = {"SEEDCLI_API_KEY": None}
FILE = "home/key.txt"
CONFIG = "home/.config/seedcli/config.toml"
TOML_KEY = json.dumps(KEY)


def key_file(text: str, mode: int = 0o600) -> Callable[[Place], None]:
    def before(place: Place) -> None:
        path = place.root / FILE
        path.write_text(text)
        path.chmod(mode)

    return before


def config(text: str, mode: int = 0o600) -> Callable[[Place], None]:
    def before(place: Place) -> None:
        place.configure(text, mode=mode)

    return before


def named_file() -> Mapping[str, str | None]:
    return {**NO_KEY, "SEEDCLI_API_KEY_FILE": "../home/key.txt"}


def secret(text: str) -> Mapping[str, str | None]:
    return {"SEEDCLI_API_KEY": text}


def never_connected(place: Place, server: Server, result: Result) -> None:
    assert server.connections == 0


SOURCES = [
    saved("PIXAZO_API_KEY", env={**NO_KEY, "PIXAZO_API_KEY": KEY}),
    saved("white space around it", env=secret(f"  {KEY}\n")),
    saved("a file", env=named_file(), before=key_file(KEY + "\n"), key_in=[FILE]),
    saved("a file with a byte order mark", env=named_file(), before=key_file("\ufeff" + KEY + "\r\n"), key_in=[FILE]),
    saved("the configuration", env=NO_KEY, before=config(f"api_key = {TOML_KEY}\n"), key_in=[CONFIG]),
    saved("a configuration that all may read", env=NO_KEY, before=config(f"api_key = {TOML_KEY}\n", 0o644), key_in=[CONFIG], hint="warning"),
    saved("a profile", env=NO_KEY, before=config(f"[profiles.work]\napi_key = {TOML_KEY}\n"), args=["--profile", "work"], key_in=[CONFIG]),
    saved("the variable before all others", env={"SEEDCLI_API_KEY_FILE": "no/such/file", "PIXAZO_API_KEY": "another-key-0123456789"}, before=config('api_key = "yet-another-0123456789"\n')),
]  # fmt: skip

NONE = [
    unsent("no key", exit=3, code="no_key", env=NO_KEY, hint="--sandbox", check=never_connected),
    unsent("an empty key", exit=3, env=secret(""), hint="seedcli config set api_key", check=never_connected),
    unsent("white space alone", exit=3, env=secret(" \n "), check=never_connected),
    unsent("white space inside", exit=3, env=secret(KEY[:20] + " " + KEY[20:]), check=never_connected),
    unsent("a line break inside", exit=3, env=secret(KEY + "\r\nX-Evil: 1"), check=never_connected),
    unsent("a tab inside", exit=3, env=secret(KEY + "\tx"), check=never_connected),
    unsent("a letter that no header takes", exit=3, env=secret(KEY + "é"), check=never_connected),
    unsent("a control character", exit=3, env=secret(KEY + "\x1b[31m"), check=never_connected),
    unsent("far too long", exit=3, env=secret(KEY * 40), check=never_connected),
    unsent("its file is missing", exit=3, env=named_file(), hint="key.txt", check=never_connected),
    unsent("its file is empty", exit=3, env=named_file(), before=key_file("\n"), check=never_connected),
    unsent("its file is a folder", exit=3, env={**NO_KEY, "SEEDCLI_API_KEY_FILE": "."}, check=never_connected),
    unsent("its file has two lines", exit=3, env=named_file(), before=key_file(KEY + "\nsecond\n"), key_in=[FILE], check=never_connected),
    unsent("the configuration is broken at it", exit=3, env=NO_KEY, before=config(f"model = 'x'\napi_key = {TOML_KEY[:-1]}\n"), key_in=[CONFIG], hint="line 2", check=never_connected),
    unsent("the configuration has it as a list", exit=3, env=NO_KEY, before=config(f"api_key = [{TOML_KEY}]\n"), key_in=[CONFIG], check=never_connected),
    unsent("the configuration has it under a wrong name", exit=3, env=NO_KEY, before=config(f"api_keyy = {TOML_KEY}\n"), key_in=[CONFIG], hint="api_key", check=never_connected),
    unsent("the configuration has it as a table's name", exit=3, env=NO_KEY, before=config(f"[{TOML_KEY}]\n"), key_in=[CONFIG], check=lambda place, server, result: None),
    unsent("the base URL has it as a password", exit=3, env={"SEEDCLI_BASE_URL": "https://user:" + KEY.replace('"', "%22").replace("\\", "%5C").replace("/", "%2F") + "@gateway.example"}, check=never_connected),
    unsent("the base URL has it as a query", exit=3, env={"SEEDCLI_BASE_URL": "https://gateway.example/?key=abc"}, check=never_connected),
    unsent("an option for it", args=["--api-key", KEY], code="usage", check=never_connected),
    unsent("an option for it, in one word", args=[f"--api-key={KEY}"], code="usage", check=never_connected),
]  # fmt: skip

ECHOES = [
    refused("an error that repeats it", says({"error": f"the key {KEY} is unknown"}, status=401), exit=3, code="bad_key", again=None),
    refused("a rejection that repeats it", says({"error": {"code": KEY, "message": f"{KEY} {KEY}"}}, status=400), exit=4, code="rejected", args=["--verbose"], again=None),
    refused("a page whose title is it", says(f"<html><title>{KEY}</title></html>", status=403), exit=3, code="denied", again=None),
    refused("a text that is it", says(KEY, status=400), exit=4, code="rejected", again=None),
    doubt("an unreadable answer that repeats it", says(f"<html>{KEY}</html>"), again=None),
    doubt("an answer cut after it", plays(answer({"key": KEY, "data": []})[:-8]), again=None),
    doubt("a server's error that repeats it", says({"message": KEY}, status=500), again=None),
    doubt("a header that repeats it", says({"data": []}, headers={"X-Your-Key": KEY.replace('"', "")}), again=None),
    saved("usage that repeats it", edit=says({**MADE, "usage": {"key": KEY, KEY: 1}})),
    saved("a link that repeats it", edit=says({"data": [{"url": f"@BASE@/made.jpg?key={quote(KEY)}"}]})),
    saved("a job that is named after it", edit=says({"job_set_id": KEY})),
    saved("a status that is it", edit=says(JOB), poll=says({**JOB, "status": KEY}), args=["--verbose"]),
    refused("an error that is cut in the middle of it", says({"error": "x" * 272 + KEY}, status=400), exit=4, code="rejected", again=None),
    kept("a poll that repeats it", edit=says(JOB), poll=says({"error": f"{KEY} may not"}, status=403), state="accepted", code="pending"),
    Case("a job that failed for it", 4, edit=says(JOB), poll=says({**JOB, "status": "failed", "error": KEY}), code="job_failed", state="failed"),
    saved("a host that redirects to it", download=redirects(f"@OTHER@/made.jpg?key={quote(KEY)}")),
    kept("a host that names it as a compression", download=says(b"x", headers={"Content-Encoding": f"gzip, {KEY}"}), resume=None),
    kept("a host that repeats what it never got", download=says(f"no {KEY[:4]}", status=403)),
]  # fmt: skip


@each(SOURCES)
def test_where_the_key_comes_from(case: Case, server: Server, place: Place) -> None:
    play(case, server, place)


@each(NONE)
def test_keys_that_are_none(case: Case, server: Server, place: Place) -> None:
    play(case, server, place)


@each(ECHOES)
def test_answers_that_repeat_the_key(case: Case, server: Server, place: Place) -> None:
    play(case, server, place)


def test_the_key_is_kept_for_its_owner_alone_and_shown_masked(server: Server, place: Place) -> None:
    program = Program(place, server.base_url, env=NO_KEY)
    set_ = program.run("config", "set", "api_key", stdin=KEY.encode() + b"\n")
    assert set_.exit == 0, set_
    assert stat.S_IMODE(place.config.stat().st_mode) == 0o600
    for words in (["get", "api_key"], ["list"], ["list", "--json"]):
        shown = program.run("config", *words)
        assert shown.exit == 0 and KEY[-4:].encode() in shown.out, shown
    assert program.run("edit", "cat.jpg", PROMPT).exit == 0
    audit(program, server, key_in=[CONFIG])
    revealed = program.run("config", "get", "api_key", "--reveal")
    assert revealed.out.decode().strip() == KEY


def test_a_key_given_as_an_argument_is_refused_unshown(server: Server, place: Place) -> None:
    program = Program(place, server.base_url, env=NO_KEY)
    result = program.run("config", "set", "api_key", KEY)
    assert result.exit == 2, result
    assert not place.config.exists() or not any(s in place.config.read_bytes() for s in spellings(KEY))
    audit(program, server)


@pytest.mark.parametrize(
    "words", [["edit", "cat.jpg", PROMPT, "--verbose"], ["poll", "job-1", "--verbose"]], ids=["edit", "poll"]
)
def test_a_running_program_does_not_show_the_key_in_its_command_line(
    words: list[str], server: Server, place: Place
) -> None:
    server.scripts["download"] = [halfway("held", answer(b"x" * 100))]
    running = Program(place, server.base_url).start(*words)
    server.wait_for("held")
    command_line = (place.root.__class__("/proc") / str(running.process.pid) / "cmdline").read_bytes()
    assert KEY.encode() not in command_line
    running.kill()
