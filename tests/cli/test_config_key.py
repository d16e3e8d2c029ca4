"""The key on its way into the configuration: from where it is taken, and that nothing shows it."""

from __future__ import annotations

import os
import pty
import stat
import subprocess
import sys
import tomllib
from collections.abc import Iterator
from pathlib import Path

import pytest

KEY = "k3y-of-the-gateway-1234"
COMMAND = [sys.executable, "-m", "seedcli", "config"]


@pytest.fixture
def file(home: Path) -> Path:
    return home / "config" / "seedcli" / "config.toml"


def config(*arguments: str, stdin: bytes = b"") -> subprocess.CompletedProcess[bytes]:
    return subprocess.run([*COMMAND, *arguments], input=stdin, capture_output=True, check=False, timeout=30)


@pytest.mark.parametrize("given", [KEY, f"  {KEY}\r\n", f"\ufeff{KEY}\n", f"\n{KEY}"])
def test_standard_input_is_taken_trimmed(file: Path, given: str) -> None:
    result = config("set", "api_key", stdin=given.encode())
    assert result.returncode == 0, result.stderr
    assert tomllib.loads(file.read_text()) == {"api_key": KEY}
    assert KEY.encode() not in result.stdout + result.stderr


@pytest.mark.parametrize(
    "given",
    [
        b"",
        b" \n",
        b"k3y\0-of-the-gateway-1234",
        b"k3y of-the-gateway-1234",
        b"k3y-of-the-gateway-1234\nmore-1234",
        b"k3y\x1b[31m-gateway-1234",
        "schlüssel-1234".encode(),
        b"k3y\xff-gateway-1234",
        b"k" * 600 + b"1234",
        b"k" * 200_000,
    ],
)
def test_what_could_not_be_a_key_is_refused_unshown(file: Path, given: bytes) -> None:
    result = config("set", "api_key", stdin=given)
    assert result.returncode == 3
    assert b"Traceback" not in result.stderr
    assert b"1234" not in result.stderr + result.stdout
    assert b"kkkk" not in result.stderr
    assert not file.exists()


@pytest.mark.parametrize(
    "arguments",
    [
        ["set", "api_key", KEY],
        ["set", "API-KEY", KEY],
        ["set", "api_key", f"--{KEY}"],
        ["set", "api_key", "-", KEY],
        ["set", "profiles.work.api_key", KEY],
        ["set", "--profile", "work", "api_key", KEY],
        ["set", f"api_key={KEY}"],
        ["set", KEY],
        ["set", "apikey", KEY],
        ["set", "model", "seededit", KEY],
        ["get", KEY],
        ["unset", KEY],
    ],
)
def test_an_argument_is_refused_and_not_repeated(file: Path, arguments: list[str]) -> None:
    result = config(*arguments, stdin=b"other-key")
    assert result.returncode == 2
    assert KEY.encode() not in result.stdout + result.stderr
    assert not file.exists()


@pytest.mark.parametrize(
    ("arguments", "held"),
    [
        (["profiles.work.api_key"], {"profiles": {"work": {"api_key": KEY}}}),
        (["--profile", "home", "api_key"], {"profiles": {"home": {"api_key": KEY}}}),
    ],
)
def test_profiles_have_keys_of_their_own(file: Path, arguments: list[str], held: object) -> None:
    assert config("set", *arguments, stdin=KEY.encode()).returncode == 0
    assert tomllib.loads(file.read_text()) == held


def test_it_is_masked_unless_revealed(file: Path) -> None:
    config("set", "api_key", stdin=KEY.encode())
    config("set", "profiles.work.api_key", stdin=b"another-key-5678")
    assert config("get", "api_key").stdout == b"****1234\n"
    assert config("get", "api_key", "--reveal").stdout == f"{KEY}\n".encode()
    assert config("get", "profiles.work.api_key").stdout == b"****5678\n"
    assert config("get", "--profile", "work", "api_key", "--reveal").stdout == b"another-key-5678\n"
    shown = config("list").stdout + config("list", "--json").stdout
    assert KEY.encode() not in shown
    assert b"another-key" not in shown


def test_the_file_is_private_whatever_the_umask(file: Path) -> None:
    done = subprocess.run(
        [*COMMAND, "set", "api_key"], input=KEY.encode(), capture_output=True, check=False, umask=0
    )
    assert done.returncode == 0
    assert stat.S_IMODE(file.stat().st_mode) == 0o600
    assert stat.S_IMODE(file.parent.stat().st_mode) == 0o700


def test_a_closed_standard_input_is_no_key(file: Path) -> None:
    done = subprocess.run(
        ["sh", "-c", 'exec "$@" <&-', "sh", *COMMAND, "set", "api_key"], capture_output=True, check=False
    )
    assert done.returncode == 3
    assert b"Traceback" not in done.stderr


class TestOnATerminal:
    @pytest.fixture
    def terminal(self) -> Iterator[tuple[int, int]]:
        ours, theirs = pty.openpty()
        yield ours, theirs
        os.close(ours)

    @staticmethod
    def converse(terminal: tuple[int, int], typed: bytes) -> tuple[int, bytes]:
        """Types when asked; returns the exit code and all that the terminal showed."""
        ours, theirs = terminal
        # A session of its own makes the terminal the controlling one, which is where getpass asks.
        script = (
            "import fcntl, sys, termios; fcntl.ioctl(0, termios.TIOCSCTTY, 0);"
            "from seedcli.__main__ import main; sys.exit(main())"
        )
        process = subprocess.Popen(
            [sys.executable, "-c", script, "config", "set", "api_key"],
            stdin=theirs,
            stdout=theirs,
            stderr=theirs,
            start_new_session=True,
        )
        os.close(theirs)
        shown = b""
        while True:
            try:
                piece = os.read(ours, 4096)
            except OSError:  # Linux: all at the other end have closed it
                break
            if not piece:
                break
            shown += piece
            if typed and b"not shown): " in shown:
                os.write(ours, typed)
                typed = b""
        return process.wait(timeout=30), shown

    def test_it_is_asked_for_without_echo(self, terminal: tuple[int, int], file: Path) -> None:
        code, shown = self.converse(terminal, KEY.encode() + b"\n")
        assert code == 0, shown
        assert str(file).encode() in shown
        assert KEY.encode() not in shown
        assert tomllib.loads(file.read_text()) == {"api_key": KEY}

    @pytest.mark.parametrize("typed", [b"\x04", b"\n"])
    def test_nothing_given_is_bad_key(self, terminal: tuple[int, int], file: Path, typed: bytes) -> None:
        code, shown = self.converse(terminal, typed)
        assert code == 3, shown
        assert not file.exists()

    def test_an_interrupt_ends_it(self, terminal: tuple[int, int], file: Path) -> None:
        code, shown = self.converse(terminal, b"\x03")
        assert code in (130, -2), shown
        assert b"Traceback" not in shown
        assert not file.exists()

    def test_it_is_not_asked_for_where_input_is_ruled_out(
        self, terminal: tuple[int, int], monkeypatch: pytest.MonkeyPatch
    ) -> None:
        monkeypatch.setenv("SEEDCLI_NO_INPUT", "1")
        code, shown = self.converse(terminal, b"")
        assert code == 3
        assert b"SEEDCLI_NO_INPUT" in shown
