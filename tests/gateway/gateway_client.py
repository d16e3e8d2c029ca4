"""A gateway client with what a submission needs at hand."""

from __future__ import annotations

import time
from collections.abc import Callable
from contextlib import AbstractAsyncContextManager
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

from seedcli.clock import Deadline
from seedcli.gateway.client import Delivery, Gateway, Upload
from seedcli.records import Answer, Parameters

KEY = "key/of+the=tests-0123456789"
JPEG = b"\xff\xd8\xff\xe0" + bytes(range(256)) * 16 + b"\xff\xd9"


class SkippingClock:
    """Real time, in which waiting takes none."""

    def __init__(self) -> None:
        self.skipped_s = 0.0
        self.waits: list[float] = []

    def monotonic(self) -> float:
        return time.monotonic() + self.skipped_s

    def now(self) -> float:
        return 1_757_502_222.0 + self.skipped_s

    async def sleep(self, delay_s: float) -> None:
        self.waits.append(delay_s)
        self.skipped_s += delay_s


@dataclass
class Client:
    """A gateway client with what a submission needs at hand."""

    gateway: Gateway
    clock: SkippingClock
    spool: Path
    delivery: Delivery = field(default_factory=Delivery)

    def within(self, seconds: float) -> Deadline:
        return Deadline.after(self.clock, seconds)

    async def submit(self, upload: Upload | str, *, within_s: float = 10.0, **options: Any) -> Answer:
        self.delivery = Delivery()
        given = {"prompt": "Make the cat eye blue", "parameters": Parameters(), **options}
        return await self.gateway.submit(
            upload, deadline=self.within(within_s), spool=[self.spool], delivery=self.delivery, **given
        )

    @property
    def spooled(self) -> list[Path]:
        return sorted(self.spool.iterdir()) if self.spool.exists() else []


OpenClient = Callable[..., AbstractAsyncContextManager[Client]]
