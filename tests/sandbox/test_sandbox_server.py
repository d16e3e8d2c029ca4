"""Starting and stopping: on what it listens, how fast it lets go, the command."""

from __future__ import annotations

import os
import shutil
import signal
import socket
import ssl
import subprocess
import sys
import threading
import time
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from pathlib import Path

import httpx
import pytest
from sandbox_caller import Caller, data_uri, picture

from seedcli.errors import UsageError
from seedcli.sandbox.config import SandboxConfig
from seedcli.sandbox.pace import RateLimit
from seedcli.sandbox.server import Certificate, running

Call = Callable[..., Caller]


@pytest.mark.parametrize("kind", ["no-answer", "endless-1xx", "drip"])
def test_a_sandbox_that_holds_a_request_stops_at_once(call: Call, kind: str) -> None:
    with running(SandboxConfig(render=False, faults=(kind,))) as sandbox:
        client = httpx.Client(base_url=sandbox.base_url, trust_env=False, timeout=30)
        caller = Caller(sandbox, client)
        failures: list[Exception] = []

        def ask() -> None:
            try:
                caller.edit()
            except httpx.TransportError as fault:
                failures.append(fault)

        asking = threading.Thread(target=ask)
        asking.start()
        with httpx.Client(base_url=sandbox.base_url, trust_env=False) as other:
            deadline = time.monotonic() + 5
            while other.get("/_sandbox/stats").json()["made"] == 0:
                assert time.monotonic() < deadline
        stopped_at = time.monotonic()
    assert time.monotonic() - stopped_at < 1.5
    asking.join()
    client.close()
    assert len(failures) == 1


def test_its_folder_goes_with_it_unless_it_was_named(tmp_path: Path) -> None:
    with running() as sandbox:
        folder = sandbox.folder
        assert folder.is_dir()
    assert not folder.exists()
    with running(SandboxConfig(folder=tmp_path / "kept")):
        pass
    assert (tmp_path / "kept" / "jobs").is_dir()


def test_a_port_in_use_is_one_clear_line() -> None:
    with running() as sandbox:
        port = httpx.URL(sandbox.base_url).port
        assert port is not None
        with pytest.raises(UsageError, match=f"port {port} on 127.0.0.1 can't be used"), running(port=port):
            pass


@pytest.mark.parametrize("host", ["0.0.0.0", "192.0.2.1", "example.com", "::", ""])
def test_only_the_loopback_is_listened_on(host: str) -> None:
    with pytest.raises(UsageError, match="loopback only"), running(host=host):
        pass


def test_ipv6_loopback_serves_links_of_its_own() -> None:
    try:
        with socket.socket(socket.AF_INET6) as probe:
            probe.bind(("::1", 0))
    except OSError:
        pytest.skip("no IPv6 here")
    with running(SandboxConfig(render=False), host="::1") as sandbox:
        assert sandbox.base_url.startswith("http://[::1]:")
        with httpx.Client(base_url=sandbox.base_url, trust_env=False) as client:
            url = Caller(sandbox, client).edit().json()["data"][0]["url"]
            assert url.startswith(sandbox.base_url)
            assert client.get(url).status_code == 200


@pytest.mark.parametrize(
    "config",
    [
        SandboxConfig(key=""),
        SandboxConfig(key="two words"),
        SandboxConfig(key="ключ"),
        SandboxConfig(rate_per_s=0),
        SandboxConfig(rate_per_s=float("nan")),
        SandboxConfig(latency_s=-1),
        SandboxConfig(latency_s=float("nan")),
        SandboxConfig(faults=("nonsense",)),
    ],
)
def test_senseless_settings_are_refused_before_it_starts(config: SandboxConfig) -> None:
    with pytest.raises(UsageError), running(config):
        pass


def test_a_folder_that_cannot_be_made_is_one_clear_line(tmp_path: Path) -> None:
    (tmp_path / "file").write_text("")
    with (
        pytest.raises(UsageError, match="can't use the folder"),
        running(SandboxConfig(folder=tmp_path / "file" / "sub")),
    ):
        pass


def test_it_speaks_tls_with_a_certificate(tmp_path: Path) -> None:
    chain, key = tmp_path / "chain.pem", tmp_path / "key.pem"
    made = shutil.which("openssl") and subprocess.run(
        [
            *(
                "openssl",
                "req",
                "-x509",
                "-newkey",
                "rsa:2048",
                "-nodes",
                "-days",
                "2",
                "-subj",
                "/CN=sandbox",
            ),
            *("-addext", "subjectAltName=IP:127.0.0.1", "-keyout", str(key), "-out", str(chain)),
        ],
        capture_output=True,
        check=False,
    )
    if not made or made.returncode:
        pytest.skip("no openssl here")
    trust = ssl.create_default_context(cafile=str(chain))
    with (
        running(SandboxConfig(render=False), certificate=Certificate(chain, key)) as sandbox,
        httpx.Client(base_url=sandbox.base_url, trust_env=False, verify=trust) as client,
    ):
        url = Caller(sandbox, client).edit().json()["data"][0]["url"]
        assert url.startswith("https://127.0.0.1:")
        assert client.get(url).status_code == 200


def test_the_rate_limit_holds_in_any_second() -> None:
    limit = RateLimit(2)
    assert [limit.wait_s(now) for now in (0.0, 0.875, 0.9, 1.0, 1.5, 1.875)] == [None, None, 1, None, 1, None]
    slow = RateLimit(0.1)
    assert [slow.wait_s(now) for now in (0.0, 1.0, 9.5, 10.0)] == [None, 9, 1, None]


@contextmanager
def command(*words: str) -> Iterator[subprocess.Popen[str]]:
    process = subprocess.Popen(
        [sys.executable, "-m", "seedcli", "sandbox", "--port", "0", *words],
        stdout=subprocess.PIPE,
        stderr=subprocess.PIPE,
        text=True,
        cwd=Path(__file__).parents[2],
        env={**os.environ, "PYTHONWARNINGS": "error"},
    )
    with process:
        try:
            yield process
        finally:
            process.kill()


@pytest.mark.parametrize("number", [signal.SIGINT, signal.SIGTERM])
def test_the_command_prints_what_to_export_logs_requests_and_ends_cleanly(number: signal.Signals) -> None:
    with command("--key", "my-key", "--no-render") as process:
        assert process.stdout is not None
        assert process.stderr is not None
        url = process.stdout.readline().strip().removeprefix("export SEEDCLI_BASE_URL=")
        key = process.stdout.readline().strip().removeprefix("export SEEDCLI_API_KEY=")
        assert "Ctrl-C" in process.stderr.readline()
        headers = {
            "Content-Type": "application/json",
            "Cache-Control": "no-cache",
            "Ocp-Apim-Subscription-Key": key,
        }
        fields = {"prompt": "blue", "image": data_uri(picture()), "seed": 5}
        with httpx.Client(trust_env=False) as client:
            answer = client.post(f"{url}/byteplus/v1/getEditImage", json=fields, headers=headers)
        assert answer.status_code == 200
        line = process.stderr.readline()
        assert line.startswith("POST /byteplus/v1/getEditImage 200 ")
        assert "1248x832 seed 5" in line
        assert key not in line
        process.send_signal(number)
        out, err = process.communicate(timeout=10)
    assert (out, err) == ("", "")
    assert process.returncode == (0 if number == signal.SIGINT else -signal.SIGTERM)


def run(*words: str, prelude: str = "pass") -> subprocess.CompletedProcess[str]:
    code = (
        f"import sys; {prelude}; sys.argv[0] = 'seedcli'; from seedcli.__main__ import main; sys.exit(main())"
    )
    return subprocess.run(
        [sys.executable, "-c", code, "sandbox", *words],
        capture_output=True,
        text=True,
        cwd=Path(__file__).parents[2],
        check=False,
        timeout=20,
    )


@pytest.mark.parametrize(
    ("words", "message"),
    [
        (("--fault", "hangup"), "did you mean hang-up"),
        (("--fault", "500:7"), "from 0 to 1"),
        (("--rate-limit", "many"), "N/s"),
        (("--rate-limit", "0/s"), "over 0"),
        (("--host", "0.0.0.0"), "loopback only"),
        (("--port", "70000"), "--port"),
        (("--latency", "-1"), "latency"),
    ],
)
def test_the_command_refuses_nonsense_with_exit_code_2(words: tuple[str, ...], message: str) -> None:
    ended = run(*words)
    assert ended.returncode == 2
    assert message in ended.stderr
    assert "Traceback" not in ended.stderr


def test_the_missing_extra_is_named_with_the_way_to_get_it() -> None:
    ended = run(prelude="sys.modules['uvicorn'] = None")
    assert ended.returncode == 2
    assert "the sandbox needs uvicorn, which is not installed" in ended.stderr
    assert "pip install 'seedcli[sandbox]'" in ended.stderr


def test_help_lists_every_fault() -> None:
    from seedcli.sandbox.faults import KINDS

    shown = run("--help").stdout
    assert all(kind in shown for kind in KINDS)
