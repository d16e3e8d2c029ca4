"""What every image of a command shares: what its user asked for, and what the work is done with."""

from __future__ import annotations

from collections.abc import Callable
from pathlib import Path
from typing import TYPE_CHECKING, NamedTuple

from seedcli.clock import Clock, chance
from seedcli.gateway.client import Gateway
from seedcli.gateway.retry import RetryPolicy
from seedcli.pace import Pace
from seedcli.pictures.prepare import PrepareOptions
from seedcli.records import Entry, Event, Listener, Stage
from seedcli.save import Saver
from seedcli.stop import Stop

if TYPE_CHECKING:
    from seedcli.journal_writer import JournalWriter


class Policy(NamedTuple):
    """What the user asked of every image of a command. Times are in seconds."""

    timeout_s: float = 300.0
    poll_interval_s: float = 5.0
    wait: bool = True
    retry: RetryPolicy = RetryPolicy()
    server_errors: bool = False
    resend: bool = False
    unchecked: bool = False
    sandbox: bool = False
    pending_is_success: bool = False
    prepare: PrepareOptions = PrepareOptions()


class Tools(NamedTuple):
    """What an edit works with; one set for all images of a command."""

    gateway: Gateway
    journal: JournalWriter
    saver: Saver
    clock: Clock
    pace: Pace
    stop: Stop
    listen: Listener
    spool: Path
    random: Callable[[], float] = chance

    def answer_folders(self, entry: Entry) -> tuple[Path, ...]:
        """Where a picture inside an answer may be kept, the best place first."""
        return (self.spool, self.saver.folder(entry).absolute())

    def announce(
        self,
        entry: Entry,
        stage: Stage,
        *,
        done: int | None = None,
        total: int | None = None,
        note: str | None = None,
    ) -> None:
        """Tells whoever looks what is being done for an image."""
        self.listen(Event(entry.id, entry.source.text, stage, done, total, note))
