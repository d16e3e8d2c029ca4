"""A gateway that answers at once and keeps account of every edit that reached it whole."""

from __future__ import annotations

import base64
import json
import socketserver
import threading
import time
from collections.abc import Iterator
from contextlib import contextmanager, suppress
from pathlib import Path
from urllib.request import urlopen

EDIT, POLL, RESULT, SETTLED = (
    "/byteplus/v1/getEditImage",
    "/ai-model-api-polling/getGenerationResults",
    "/result/",
    "/settled",
)
KEY = "torture-0123456789abcdef"
_PATIENCE_S = 20.0
_COMMENT_BYTES = 65_533


def picture(number: int) -> bytes:
    """The result of edit `number`: a JPEG that is no other edit's, and long enough to be spooled."""
    base = (Path(__file__).parents[2] / "examples" / "cat.jpg").read_bytes()
    text = f"edit {number} ".encode() * 8_000
    comment = text[: _COMMENT_BYTES - 2]
    return base[:2] + b"\xff\xfe" + (len(comment) + 2).to_bytes(2, "big") + comment + base[2:]


class Gateway(socketserver.ThreadingTCPServer):
    """`answer` is "url", "b64_json" or "job". `whole` counts edits whose body came to its end.

    The first edit takes `latency_s`, the second twice that, and so on.
    """

    allow_reuse_address = True
    daemon_threads = True
    request_queue_size = 64

    def __init__(self) -> None:
        super().__init__(("127.0.0.1", 0), _Line)
        self.account = threading.Condition()
        self.latency_s = 0.0
        self.begin("url")

    def begin(self, answer: str, *, whole: int = 0) -> None:
        """A new account; `whole` edits came before it."""
        self.answer = answer
        self.whole = whole
        self.looks: dict[str, int] = {}
        self.strays: list[str] = []
        self.open_lines = 0

    @property
    def base_url(self) -> str:
        return f"http://127.0.0.1:{self.server_address[1]}"

    @property
    def pictures(self) -> list[bytes]:
        """What was made so far, by edit."""
        return [picture(number) for number in range(1, self.whole + 1)]

    def settle(self) -> None:
        """Returns when all that a dead client had sent is accounted for.

        Connections are accepted in order: once this one is, so are all before it.
        """
        with urlopen(self.base_url + SETTLED, timeout=_PATIENCE_S) as answer:
            answer.read()
        with self.account:
            done = self.account.wait_for(lambda: self.open_lines == 0, _PATIENCE_S)
        assert done, "a connection of the dead program is still open"

    def process_request(self, request: object, client_address: object) -> None:
        with self.account:
            self.open_lines += 1
        super().process_request(request, client_address)  # type: ignore[arg-type]

    def handle_error(self, request: object, client_address: object) -> None:
        """A client that was killed has no more to say."""


class _Line(socketserver.StreamRequestHandler):
    server: Gateway
    disable_nagle_algorithm = True

    def handle(self) -> None:
        with suppress(OSError, ValueError):
            while self._one():
                pass

    def finish(self) -> None:
        with suppress(OSError):
            super().finish()
        with self.server.account:
            self.server.open_lines -= 1
            self.server.account.notify_all()

    def _one(self) -> bool:
        words = self.rfile.readline().split()
        if len(words) != 3:
            return False
        length = 0
        while (line := self.rfile.readline()) not in (b"\r\n", b""):
            name, _, value = line.partition(b":")
            length = int(value) if name.lower() == b"content-length" else length
        body = self.rfile.read(length)
        if len(body) < length:
            return False
        target = words[1].decode()
        answer = self._answer(target, body)
        kind = "image/jpeg" if target.startswith(RESULT) else "application/json"
        head = f"HTTP/1.1 200 OK\r\nContent-Type: {kind}\r\nContent-Length: {len(answer)}\r\n\r\n"
        self.wfile.write(head.encode() + answer)
        return target != SETTLED

    def _answer(self, target: str, body: bytes) -> bytes:
        gateway = self.server
        if target.startswith(RESULT):
            return picture(int(target.removeprefix(RESULT)))
        if target == SETTLED:
            return b"{}"
        with gateway.account:
            if target == POLL:
                return _json(self._looked(json.loads(body)["job_set_id"]))
            if target != EDIT:
                gateway.strays.append(target)
                return b"{}"
            gateway.whole += 1
            number = gateway.whole
        time.sleep(gateway.latency_s * number)
        return _json(self._edited(number))

    def _edited(self, number: int) -> dict[str, object]:
        if self.server.answer == "job":
            return {"job_set_id": f"job-{number}"}
        if self.server.answer == "b64_json":
            data = {"b64_json": base64.b64encode(picture(number)).decode()}
        else:
            data = {"url": self._link(number)}
        return {"created": 1, "data": [data], "usage": {"generated_images": 1}}

    def _looked(self, job: str) -> dict[str, object]:
        """Running at the first look, done at the second."""
        looks = self.server.looks[job] = self.server.looks.get(job, 0) + 1
        if looks < 2:
            return {"job_set_id": job, "status": "processing"}
        return {
            "job_set_id": job,
            "status": "succeeded",
            "results": [{"url": self._link(int(job[4:]))}],
        }

    def _link(self, number: int) -> str:
        return f"{self.server.base_url}{RESULT}{number}"


def _json(value: dict[str, object]) -> bytes:
    return json.dumps(value).encode()


@contextmanager
def gateway() -> Iterator[Gateway]:
    with Gateway() as server:
        thread = threading.Thread(target=server.serve_forever, kwargs={"poll_interval": 0.05}, daemon=True)
        thread.start()
        try:
            yield server
        finally:
            server.shutdown()
            thread.join()
