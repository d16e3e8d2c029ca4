"""A headless Chromium driven over WebDriver's own protocol, which needs no package for it."""

from __future__ import annotations

import base64
import json
import re
import shutil
import subprocess
import time
from collections.abc import Iterator
from contextlib import contextmanager
from http.client import HTTPConnection
from pathlib import Path
from typing import Any

BROWSERS = ("chromium", "chromium-browser", "google-chrome")
ELEMENT = "element-6066-11e4-a52e-4f735466cecf"
_FLAGS = ("--headless=new", "--no-sandbox", "--disable-gpu", "--disable-dev-shm-usage", "--hide-scrollbars")


class Browser:
    """One window. Every call raises AssertionError with the driver's message where it fails."""

    def __init__(self, port: int, program: str) -> None:
        self._port = port
        options = {"binary": program, "args": list(_FLAGS)}
        logs = {"browser": "ALL"}
        wanted = {"goog:chromeOptions": options, "goog:loggingPrefs": logs}
        answer = self._call("POST", "/session", {"capabilities": {"alwaysMatch": wanted}})
        self._session = f"/session/{answer['sessionId']}"

    def _call(self, method: str, path: str, body: object = None) -> Any:
        connection = HTTPConnection("127.0.0.1", self._port, timeout=60)
        try:
            text = None if body is None else json.dumps(body)
            connection.request(method, path, text, {"Content-Type": "application/json"})
            answer = json.loads(connection.getresponse().read())["value"]
        finally:
            connection.close()
        assert not (isinstance(answer, dict) and "error" in answer), answer
        return answer

    def open(
        self, page: Path, *, width: int = 1200, height: int = 900, dark: bool = False, phone: bool = False
    ) -> None:
        scheme = {"name": "prefers-color-scheme", "value": "dark" if dark else "light"}
        self.devtools("Emulation.setEmulatedMedia", features=[scheme])
        size = {"width": width, "height": height, "deviceScaleFactor": 1, "mobile": phone}
        self.devtools("Emulation.setDeviceMetricsOverride", **size)
        self.devtools("Emulation.setTouchEmulationEnabled", enabled=phone)
        self._call("POST", f"{self._session}/url", {"url": page.absolute().as_uri()})

    def devtools(self, command: str, **params: object) -> Any:
        return self._call("POST", f"{self._session}/goog/cdp/execute", {"cmd": command, "params": params})

    def run(self, script: str, *arguments: object) -> Any:
        return self._call(
            "POST", f"{self._session}/execute/sync", {"script": script, "args": list(arguments)}
        )

    def wait_for(self, script: str, *, timeout_s: float = 20) -> None:
        """Until the script gives something true; the browser waits, not the test."""
        loop = (
            "const done = arguments[1], end = performance.now() + 1000 * arguments[0];"
            f"const look = () => {{ if ((() => {{ {script} }})()) done(true);"
            "else if (performance.now() > end) done(false); else setTimeout(look, 20); }; look();"
        )
        assert self.run_until_done(loop, timeout_s), script

    def run_until_done(self, script: str, *arguments: object) -> Any:
        """The script's last argument is a function that it calls with its answer."""
        return self._call(
            "POST", f"{self._session}/execute/async", {"script": script, "args": list(arguments)}
        )

    def keys(self, text: str) -> None:
        actions = [{"type": kind, "value": char} for char in text for kind in ("keyDown", "keyUp")]
        self._act({"type": "key", "id": "keys", "actions": actions})

    def drag(self, start: tuple[float, float], end: tuple[float, float], *, touch: bool = False) -> None:
        kind = "touch" if touch else "mouse"
        moves = [
            {"type": "pointerMove", "duration": 0, "x": round(start[0]), "y": round(start[1])},
            {"type": "pointerDown", "button": 0},
            {"type": "pointerMove", "duration": 60, "x": round(end[0]), "y": round(end[1])},
            {"type": "pointerUp", "button": 0},
        ]
        self._act({"type": "pointer", "id": kind, "parameters": {"pointerType": kind}, "actions": moves})

    def click(self, selector: str) -> None:
        script = (
            "const e = document.querySelector(arguments[0]); e.scrollIntoView({block: 'center'}); return e;"
        )
        element = self.run(script, selector)[ELEMENT]
        self._call("POST", f"{self._session}/element/{element}/click", {})

    def _act(self, source: dict[str, object]) -> None:
        self._call("POST", f"{self._session}/actions", {"actions": [source]})

    def box(self, selector: str) -> dict[str, float]:
        script = (
            "const e = document.querySelector(arguments[0]); e.scrollIntoView({block: 'center'});"
            "return e.getBoundingClientRect().toJSON();"
        )
        found: dict[str, float] = self.run(script, selector)
        return found

    def screenshot(self, target: Path) -> None:
        target.write_bytes(base64.b64decode(self._call("GET", f"{self._session}/screenshot")))

    def complaints(self) -> list[str]:
        """What the page has written to the console since the last look."""
        rows = self._call("POST", f"{self._session}/se/log", {"type": "browser"})
        return [row["message"] for row in rows]

    def quit(self) -> None:
        self._call("DELETE", self._session)


def installed() -> tuple[str, str] | None:
    """The browser and its driver, None where either is missing."""
    program = next(filter(None, map(shutil.which, BROWSERS)), None)
    driver = shutil.which("chromedriver")
    return (program, driver) if program and driver else None


@contextmanager
def browser() -> Iterator[Browser]:
    found = installed()
    assert found, "no chromium or no chromedriver"
    program, driver = found
    with subprocess.Popen(
        [driver, "--port=0"], stdout=subprocess.PIPE, stderr=subprocess.DEVNULL, text=True
    ) as process:
        try:
            window = Browser(_port_of(process), program)
            try:
                yield window
            finally:
                window.quit()
        finally:
            process.terminate()


def _port_of(process: subprocess.Popen[str]) -> int:
    assert process.stdout
    end = time.monotonic() + 30
    while time.monotonic() < end and (line := process.stdout.readline()):
        if found := re.search(r"started successfully on port (\d+)", line):
            return int(found[1])
    raise AssertionError("chromedriver did not start")
