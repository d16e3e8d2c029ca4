"""What the sandbox was asked, for tests and for the request log."""

from __future__ import annotations

import threading
import time
from collections import Counter, deque
from collections.abc import Mapping
from dataclasses import asdict, dataclass, field

from seedcli.records import JsonObject

_KEPT = 2_000
"""How many exchanges are remembered whole; the counts cover all."""


@dataclass(slots=True)
class Exchange:
    """One request and how it was answered. `kind` is edit, poll, download or other; `status` is None while
    there is none (a hang-up has none ever); `body` has the image shortened; the key is masked
    in `headers`."""

    kind: str
    method: str
    path: str
    headers: Mapping[str, str]
    has_key: bool
    at_s: float = field(default_factory=time.monotonic)
    body: JsonObject | None = None
    body_bytes: int = 0
    body_whole: bool = False
    status: int | None = None
    note: str = ""
    elapsed_s: float | None = None


@dataclass(frozen=True, slots=True)
class Stats:
    """The counts. `edits` are edit requests that came in whole, `edits_begun` all of them; `made` the
    pictures made, which a gateway would bill; `repeated` how many of those were made from a request
    that had been served before; `leaked_keys` the requests to other places than the two endpoints that
    carried the key; `most_at_once` the most edits in progress at one moment; `statuses` of edits."""

    edits: int = 0
    edits_begun: int = 0
    polls: int = 0
    downloads: int = 0
    made: int = 0
    repeated: int = 0
    rate_limited: int = 0
    leaked_keys: int = 0
    most_at_once: int = 0
    statuses: Mapping[str, int] = field(default_factory=dict)

    def as_json(self) -> JsonObject:
        return asdict(self)


class Tally:
    """Counts exchanges; safe to read from another thread than the server's."""

    def __init__(self) -> None:
        self._lock = threading.Lock()
        self._exchanges: deque[Exchange] = deque(maxlen=_KEPT)
        self._counts: Counter[str] = Counter()
        self._statuses: Counter[str] = Counter()
        self._served: set[bytes] = set()
        self._now = 0
        self._most = 0

    def begin(self, exchange: Exchange) -> None:
        with self._lock:
            self._exchanges.append(exchange)
            self._counts[f"begun {exchange.kind}"] += 1
            if exchange.has_key and exchange.kind not in ("edit", "poll"):
                self._counts["leaked"] += 1
            if exchange.kind == "edit":
                self._now += 1
                self._most = max(self._most, self._now)

    def received(self, exchange: Exchange) -> None:
        """The request's body is here whole."""
        with self._lock:
            exchange.body_whole = True
            self._counts[f"whole {exchange.kind}"] += 1

    def made(self, digest: bytes) -> None:
        """A picture was made from the request with this digest."""
        with self._lock:
            self._counts["made"] += 1
            self._counts["repeated"] += digest in self._served
            self._served.add(digest)

    def answered(self, exchange: Exchange, status: int) -> None:
        """The answer goes out now: whoever gets it finds it counted."""
        with self._lock:
            exchange.status = status
            if exchange.kind == "edit":
                self._statuses[str(status)] += 1
                self._counts["limited"] += status == 429

    def end(self, exchange: Exchange) -> None:
        with self._lock:
            exchange.elapsed_s = time.monotonic() - exchange.at_s
            if exchange.kind == "edit":
                self._now -= 1
                if exchange.status is None:
                    self._statuses["none"] += 1

    def stats(self) -> Stats:
        with self._lock:
            return Stats(
                edits=self._counts["whole edit"],
                edits_begun=self._counts["begun edit"],
                polls=self._counts["begun poll"],
                downloads=self._counts["begun download"],
                made=self._counts["made"],
                repeated=self._counts["repeated"],
                rate_limited=self._counts["limited"],
                leaked_keys=self._counts["leaked"],
                most_at_once=self._most,
                statuses=dict(self._statuses),
            )

    def exchanges(self) -> list[Exchange]:
        """The last exchanges, oldest first."""
        with self._lock:
            return list(self._exchanges)
