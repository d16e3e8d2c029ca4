"""`seedcli doctor`: each state told apart, with its remedy and the exit code of the contract."""

from __future__ import annotations

import json
import os
import socket
import subprocess
import tomllib
from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest
from company_network import Proxy, refusing_port, serving
from program import Program, Ran, as_anyone

from seedcli.checkup.here import EXTRAS
from seedcli.sandbox.server import RunningSandbox

Desk = Callable[..., tuple[Program, RunningSandbox]]
PYPROJECT = Path(__file__).parents[2] / "pyproject.toml"


def answers(script: Proxy, client: socket.socket) -> None:
    """What a server does that says one thing to whoever asks; the question is read to its end, lest the
    answer be lost to a reset."""
    asked = b""
    while not asked.endswith(b"}"):
        if not (data := client.recv(65536)):
            return
        asked += data
    client.sendall(script.says or b"")


def checks(ran: Ran) -> dict[str, dict[str, Any]]:
    return {check["name"]: check for check in ran.object["checks"]}


def not_in_order(ran: Ran) -> dict[str, str]:
    """The findings that are neither well nor skipped, by name, with their status."""
    found = checks(ran).values()
    return {check["name"]: check["status"] for check in found if check["status"] in ("warning", "failed")}


def test_all_is_well_with_a_sandbox(desk: Desk) -> None:
    doctor, sandbox = desk()
    ran = doctor("doctor")
    assert (ran.code, ran.stderr) == (0, "")
    assert ran.lines[-1] == "everything is in order"
    assert all(line.startswith("✓ ") for line in ran.lines[:-2])
    asked_with_the_key, asked_with_nobodys = sandbox.exchanges("poll")
    assert (asked_with_the_key.status, asked_with_nobodys.status) == (404, 401)
    assert sandbox.stats().edits_begun == 0


def test_the_json_object_holds_every_check_and_the_verdict(desk: Desk) -> None:
    doctor, _ = desk()
    ran = doctor("doctor", "--json")
    found = ran.object
    assert (found["schema"], found["ok"], found["exit_code"]) == ("seedcli.doctor/1", True, 0)
    assert [check["name"] for check in found["checks"]] == [
        *("seedcli", "python", "config", "key", "proxy", "certificates"),
        *("name", "connection", "gateway", "journal", "disk", "terminal", "extras"),
    ]
    fields = {"name", "status", "detail", "hint", "code", "exit_code", "facts"}
    assert all(set(check) == fields for check in found["checks"])
    assert checks(ran)["key"]["facts"] == {"source": "environment SEEDCLI_API_KEY"}
    assert checks(ran)["seedcli"]["detail"].endswith(f"{os.sep}seedcli")


def test_the_key_is_shown_masked(desk: Desk) -> None:
    doctor, sandbox = desk()
    for arguments in (["doctor"], ["doctor", "--json"], ["doctor", "--debug-http", "log.txt"]):
        ran = doctor(*arguments)
        assert sandbox.key.encode() not in ran.stdout + ran.stderr.encode()
    assert "****" in doctor("doctor").stdout.decode()


def test_no_key_names_the_ways_to_set_one_and_still_looks_at_the_rest(desk: Desk) -> None:
    doctor, sandbox = desk()
    ran = doctor("doctor", "--json", SEEDCLI_API_KEY="")
    assert ran.code == 3
    assert not_in_order(ran) == {"key": "failed"}
    assert (checks(ran)["key"]["code"], checks(ran)["key"]["exit_code"]) == ("no_key", 3)
    assert "config set api_key" in checks(ran)["key"]["hint"]
    assert checks(ran)["connection"]["status"] == "ok"
    assert checks(ran)["gateway"]["status"] == "skipped"
    assert sandbox.stats().polls == 0


def test_a_wrong_key_is_told_from_none(desk: Desk) -> None:
    doctor, sandbox = desk()
    ran = doctor("doctor", "--json", SEEDCLI_API_KEY="wrong-key-0000000000")
    assert ran.code == 3
    assert not_in_order(ran) == {"gateway": "failed"}
    assert checks(ran)["gateway"]["code"] == "bad_key"
    assert "does not take the key" in checks(ran)["gateway"]["detail"]
    assert "config set api_key" in checks(ran)["gateway"]["hint"]
    assert "doctor" not in checks(ran)["gateway"]["hint"]
    assert sandbox.stats().edits_begun == 0


def test_a_key_that_could_be_none_is_not_sent(desk: Desk) -> None:
    doctor, sandbox = desk()
    ran = doctor("doctor", "--json", SEEDCLI_API_KEY="two words")
    assert (ran.code, not_in_order(ran)) == (3, {"key": "failed"})
    assert sandbox.stats().polls == 0
    assert b"two words" not in ran.stdout


def test_a_keyring_that_has_no_desktop_is_told_at_once(desk: Desk) -> None:
    pytest.importorskip("keyring")
    doctor, _ = desk()
    variables = {"SEEDCLI_KEYRING": "true", "PYTHON_KEYRING_BACKEND": "keyring.backends.fail.Keyring"}
    ran = doctor("doctor", "--json", SEEDCLI_API_KEY="", **variables)
    assert (ran.code, not_in_order(ran)) == (3, {"key": "failed"})
    assert "keyring" in checks(ran)["key"]["detail"]


def test_a_refused_port_is_a_connection_that_failed(desk: Desk) -> None:
    doctor, _ = desk()
    ran = doctor("doctor", "--json", "--base-url", f"http://127.0.0.1:{refusing_port()}")
    assert ran.code == 6
    assert not_in_order(ran) == {"connection": "failed"}
    assert "connection refused" in checks(ran)["connection"]["detail"]
    assert checks(ran)["gateway"]["status"] == "skipped"


def test_a_name_that_leads_nowhere_is_a_name_that_failed(desk: Desk) -> None:
    doctor, _ = desk()
    ran = doctor("doctor", "--json", "--base-url", "https://gateway.test")
    assert (ran.code, not_in_order(ran)) == (6, {"name": "failed"})
    assert [checks(ran)[name]["status"] for name in ("connection", "tls", "gateway")] == ["skipped"] * 3


@pytest.mark.parametrize(
    ("fault", "code", "status", "says"),
    [
        ("401", 3, "failed", "does not take the key"),
        ("403", 3, "failed", "Access denied"),
        ("404", 0, "ok", "takes the key"),
        ("429", 0, "warning", "429"),
        ("503", 6, "failed", "503"),
    ],
)
def test_what_the_gateway_says_of_the_key(desk: Desk, fault: str, code: int, status: str, says: str) -> None:
    doctor, sandbox = desk(faults=(f"poll-{fault}",))
    ran = doctor("doctor", "--json")
    assert (ran.code, checks(ran)["gateway"]["status"]) == (code, status)
    assert says in checks(ran)["gateway"]["detail"]
    assert sandbox.stats().edits_begun == 0


def test_an_address_with_a_wrong_path_is_not_taken_for_a_gateway_that_takes_the_key(desk: Desk) -> None:
    doctor, sandbox = desk()
    ran = doctor("doctor", "--json", "--base-url", f"{sandbox.base_url}/wrong")
    assert (ran.code, not_in_order(ran)) == (4, {"gateway": "failed"})
    gateway = checks(ran)["gateway"]
    assert (gateway["code"], gateway["exit_code"]) == ("not_found", 4)
    assert f"no gateway at {sandbox.base_url}/wrong/" in gateway["detail"]
    assert "base URL" in gateway["hint"]


@pytest.mark.parametrize(
    "answer",
    [
        b'HTTP/1.1 404 X\r\nContent-Length: 26\r\n\r\n{"error": "Job not found"}',
        b'HTTP/1.1 200 OK\r\nContent-Length: 20\r\n\r\n{"status": "queued"}',
    ],
)
def test_a_gateway_that_takes_any_key_is_not_said_to_take_this_one(desk: Desk, answer: bytes) -> None:
    doctor, _ = desk()
    with serving(Proxy(0, says=answer), answers) as anybodys:
        ran = doctor("doctor", "--json", "--base-url", anybodys.url())
    assert (ran.code, not_in_order(ran)) == (0, {"gateway": "warning"})
    assert "as it takes any" in checks(ran)["gateway"]["detail"]


@pytest.mark.parametrize(
    ("answer", "code", "says"),
    [
        (b"", 6, "gave no answer"),
        (b"HTTP/1.1 200 OK\r\nContent-Length: 6\r\n\r\n<html>", 6, "a web page"),
        (b"HTTP/1.1 307 Moved\r\nLocation: /x\r\nContent-Length: 0\r\n\r\n", 3, "redirects"),
        (b'HTTP/1.1 402 X\r\nContent-Length: 20\r\n\r\n{"error": "no money"}', 5, "out of credits"),
    ],
)
def test_a_gateway_that_answers_something_else_does_not_pass(
    desk: Desk, answer: bytes, code: int, says: str
) -> None:
    doctor, _ = desk()
    with serving(Proxy(0, says=answer), answers) as odd:
        ran = doctor("doctor", "--json", "--base-url", odd.url())
    assert (ran.code, not_in_order(ran)) == (code, {"gateway": "failed"})
    assert says in checks(ran)["gateway"]["detail"]


@pytest.mark.skipif(os.name != "posix", reason="modes are of POSIX")
def test_a_configuration_that_others_can_read_is_a_warning_with_the_command_that_closes_it(
    desk: Desk, home: Path
) -> None:
    doctor, _ = desk()
    assert doctor("config", "set", "model", "seededit").code == 0
    path = home / "config" / "seedcli" / "config.toml"
    assert checks(doctor("doctor", "--json"))["config"]["facts"] == {"path": str(path), "mode": "0600"}
    path.chmod(0o644)
    ran = doctor("doctor", "--json")
    assert (ran.code, not_in_order(ran)) == (0, {"config": "warning"})
    assert checks(ran)["config"]["hint"] == f"Close it: chmod 600 '{path}'"
    path.chmod(0o600)
    assert not_in_order(doctor("doctor", "--json")) == {}


def test_a_broken_configuration_names_its_line_and_the_rest_is_looked_at(desk: Desk, tmp_path: Path) -> None:
    doctor, _ = desk()
    (tmp_path / "broken.toml").write_text('model = "seededit"\nsize = \n')
    ran = doctor("doctor", "--json", "--config", "broken.toml")
    assert (ran.code, not_in_order(ran)) == (3, {"config": "failed"})
    assert "line 2" in checks(ran)["config"]["detail"]
    assert checks(ran)["gateway"]["status"] == "skipped"
    assert checks(ran)["journal"]["status"] == "ok"


@pytest.mark.parametrize(
    ("variables", "name"),
    [
        ({"SEEDCLI_BASE_URL": "http://example.com"}, "gateway"),
        ({"SEEDCLI_PROXY": "ftp://x"}, "proxy"),
        ({"SEEDCLI_CA_BUNDLE": "/nowhere/ca.pem"}, "certificates"),
        ({"SEEDCLI_PROFILE": "none"}, "config"),
    ],
)
def test_a_setting_that_makes_no_sense_is_a_line_of_its_own(
    desk: Desk, variables: dict[str, str], name: str
) -> None:
    doctor, _ = desk()
    ran = doctor("doctor", "--json", **variables)
    assert (ran.code, not_in_order(ran)) == (3, {name: "failed"})
    assert {"key", "proxy", "certificates", "name", "connection", "gateway"} <= set(checks(ran))


def test_unsaved_and_doubtful_results_are_a_warning_that_says_how_to_go_on(desk: Desk) -> None:
    doctor, sandbox = desk(jobs=True, faults=("no-answer:1:1",))
    doctor("edit", "cat.jpg", "first", "--timeout", "1")
    assert doctor("edit", "cat.jpg", "second", "--no-wait").code == 0
    ran = doctor("doctor", "--json")
    assert (ran.code, not_in_order(ran)) == (0, {"results": "warning"})
    assert doctor("doctor").lines[-1] == "in order, but look at: results"
    results = checks(ran)["results"]
    assert results["facts"] == {"unsaved": 1, "in_doubt": 1}
    assert "seedcli resume" in results["hint"] and "history list --state in_doubt" in results["hint"]
    edits_before = sandbox.stats().edits_begun
    assert doctor("resume", SEEDCLI_POLL_INTERVAL="0.01").code == 0
    assert checks(doctor("doctor", "--json"))["results"]["facts"]["unsaved"] == 0
    assert sandbox.stats().edits_begun == edits_before


def test_a_journal_is_not_made_by_looking_for_it(desk: Desk, home: Path) -> None:
    doctor, _ = desk()
    assert "none yet" in checks(doctor("doctor", "--json"))["journal"]["detail"]
    assert not (home / "state" / "seedcli").exists()


def test_a_broken_journal_is_told_and_left_as_it_is(desk: Desk, tmp_path: Path) -> None:
    doctor, _ = desk()
    (tmp_path / "state").mkdir()
    (tmp_path / "state" / "journal.db").write_bytes(b"not a database at all" * 100)
    ran = doctor("doctor", "--json", SEEDCLI_STATE_DIR=str(tmp_path / "state"))
    assert (ran.code, not_in_order(ran)) == (2, {"journal": "failed"})
    assert (tmp_path / "state" / "journal.db").read_bytes() == b"not a database at all" * 100


@pytest.mark.skipif(os.name != "posix", reason="modes are of POSIX")
@pytest.mark.parametrize("mode", [0o500, 0o000])
@pytest.mark.parametrize("place", ["closed", "closed/state"])
def test_a_state_folder_that_cant_be_used_is_told(desk: Desk, tmp_path: Path, mode: int, place: str) -> None:
    doctor, _ = desk()
    (tmp_path / "closed").mkdir(mode=mode)
    ran = as_anyone(doctor)("doctor", "--json", SEEDCLI_STATE_DIR=str(tmp_path / place))
    assert (ran.code, not_in_order(ran)) == (2, {"journal": "failed"})
    assert "SEEDCLI_STATE_DIR" in checks(ran)["journal"]["hint"]


def test_own_sandbox_needs_neither_key_nor_network(desk: Desk) -> None:
    doctor, sandbox = desk()
    ran = doctor("doctor", "--sandbox", "--json", SEEDCLI_API_KEY="", SEEDCLI_BASE_URL="")
    assert (ran.code, not_in_order(ran)) == (0, {})
    assert checks(ran)["key"]["facts"] == {"source": "sandbox"}
    assert sandbox.stats().polls == 0


def test_plain_marks_where_the_terminal_can_show_no_others(desk: Desk) -> None:
    doctor, _ = desk()
    ran = doctor("doctor", SEEDCLI_API_KEY="", PYTHONIOENCODING="ascii")
    assert ran.code == 3
    assert ran.stdout.isascii()
    assert ran.lines[0].startswith("ok   seedcli") and any(line.startswith("FAIL key") for line in ran.lines)


def test_lines_are_coloured_when_asked(desk: Desk) -> None:
    doctor, _ = desk()
    assert b"\x1b[32m" in doctor("doctor", "--color", "always").stdout
    assert b"\x1b" not in doctor("doctor").stdout


def test_a_terminal_is_told_by_what_it_can_do(desk: Desk) -> None:
    doctor, _ = desk()
    shown = in_terminal(doctor, "doctor", "--color", "never", COLORTERM="truecolor", TERM="xterm-256color")
    line = next(line for line in shown.splitlines() if " terminal " in line)
    assert all(word in line for word in ("xterm-256color", "colours", "24-bit", "moving progress"))


def test_the_extras_named_are_those_of_the_package(desk: Desk) -> None:
    declared = tomllib.loads(PYPROJECT.read_text())["project"]["optional-dependencies"]
    assert set(EXTRAS) == set(declared)
    doctor, _ = desk()
    facts = checks(doctor("doctor", "--json"))["extras"]["facts"]
    assert sorted(facts["installed"] + facts["missing"]) == sorted(declared)


def in_terminal(program: Program, *arguments: str, **variables: str) -> str:
    """What a command shows on a terminal of its own."""
    pty = pytest.importorskip("pty")
    parent, child = pty.openpty()
    with subprocess.Popen(
        [*program.command, *arguments],
        cwd=program.folder,
        env={**os.environ, **program.variables, **variables},
        stdin=subprocess.DEVNULL,
        stdout=child,
        stderr=child,
    ) as process:
        os.close(child)
        shown = b""
        while True:
            try:
                data = os.read(parent, 65536)
            except OSError:  # how Linux says that the other side is closed
                break
            if not data:
                break
            shown += data
        process.wait()
    os.close(parent)
    return shown.decode()


def test_each_state_of_the_table_has_an_exit_code_or_a_line_of_its_own(desk: Desk, home: Path) -> None:
    """No key, wrong key, refused port, wrong mode, unsaved results; certificates are with the networks."""
    doctor, _ = desk(jobs=True)
    states = {
        "no key": doctor("doctor", "--json", SEEDCLI_API_KEY=""),
        "wrong key": doctor("doctor", "--json", SEEDCLI_API_KEY="wrong-key-0000000000"),
        "refused port": doctor("doctor", "--json", "--base-url", f"http://127.0.0.1:{refusing_port()}"),
    }
    doctor("config", "set", "model", "seededit")
    (home / "config" / "seedcli" / "config.toml").chmod(0o644)
    states["wrong mode"] = doctor("doctor", "--json")
    (home / "config" / "seedcli" / "config.toml").chmod(0o600)
    doctor("edit", "cat.jpg", "x", "--no-wait")
    states["unsaved"] = doctor("doctor", "--json")
    told = {name: (ran.code, json.dumps(not_in_order(ran))) for name, ran in states.items()}
    assert len(set(told.values())) == len(states)
    assert {name: code for name, (code, _) in told.items()} == {
        "no key": 3,
        "wrong key": 3,
        "refused port": 6,
        "wrong mode": 0,
        "unsaved": 0,
    }
