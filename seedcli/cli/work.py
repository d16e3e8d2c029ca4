"""Opens all that an edit works with, runs it, and closes it again: the one `asyncio.run`."""

from __future__ import annotations

import asyncio
import gc
import signal
import sys
import time
from collections.abc import AsyncIterator, Awaitable, Callable, Iterator
from contextlib import AbstractContextManager, asynccontextmanager, contextmanager, nullcontext
from pathlib import Path
from typing import BinaryIO, NamedTuple

from seedcli.batch import Batch
from seedcli.cli.report import Reporter
from seedcli.cli.session import Session
from seedcli.clock import SystemClock
from seedcli.editor import Editor
from seedcli.errors import BadOutput, ExitCode, NoJournal, NoKey
from seedcli.finish import Finish
from seedcli.gateway.client import Gateway, Network
from seedcli.gateway.endpoint import Endpoint, parse_endpoint
from seedcli.gateway.key import check_key
from seedcli.gateway.retry import RetryPolicy
from seedcli.journal import Journal, open_journal
from seedcli.journal_writer import JournalWriter
from seedcli.pace import Pace
from seedcli.records import ApiKey, Listener, Outcome, State
from seedcli.save import Saver
from seedcli.setting_keys import per_second
from seedcli.stop import Stop
from seedcli.tools import Policy, Tools

_SIGNALS = tuple(getattr(signal, name) for name in ("SIGINT", "SIGTERM", "SIGHUP") if hasattr(signal, name))
_SPOOL_AGE_S = 24 * 3600


class Gate(NamedTuple):
    """Where requests go and with which key."""

    endpoint: Endpoint
    key: ApiKey
    sandbox: bool


Task = Callable[[Batch], Awaitable[None]]


@contextmanager
def opened_gate(session: Session) -> Iterator[Gate]:
    """The gateway in force; with `--sandbox` one that lives as long as this command.

    Raises `NoKey`, `BadKey`, `ConfigError`.
    """
    settings = session.settings
    if settings.flag("sandbox"):
        from seedcli.cli.own_sandbox import own_sandbox

        with own_sandbox(session.state_folder) as (base_url, key):
            yield Gate(parse_endpoint(base_url), check_key(key), sandbox=True)
        return
    endpoint = parse_endpoint(settings.text("base_url") or "")
    yield Gate(endpoint, find_key(session), sandbox=False)


def find_key(session: Session) -> ApiKey:
    """The key in force. Raises `NoKey` naming the ways to set one, or `BadKey`."""
    key = session.settings.api_key
    if key is None:
        raise NoKey(
            "no API key is set",
            hint="Set one: seedcli config set api_key, or the variable SEEDCLI_API_KEY. "
            "To try without a key, add --sandbox.",
        )
    return check_key(key.reveal())


@contextmanager
def opened_journal(session: Session) -> Iterator[Journal]:
    with open_journal(session.journal_path, now=time.time) as journal:
        yield journal


class Desk(NamedTuple):
    """What a command works at: an open journal, a spool folder, a gateway."""

    session: Session
    gate: Gate
    journal: Journal
    spool: Path

    def run(
        self,
        task: Task,
        *,
        jobs: int,
        total: int | None,
        run_id: str | None = None,
        policy: Policy | None = None,
        stdout: bool = False,
    ) -> int:
        """Runs `task`, which carries `total` images, with signals heeded; returns the exit code.

        `total` is None where nobody knows how many will come.
        """
        policy = policy or read_policy(self.session, sandbox=self.gate.sandbox)
        reporter, settings = self.session.reporter, self.session.settings
        price = settings.get("price_per_image").value
        # What is loaded by now stays to the end: the collector need not look at it, 3 ms each time,
        # and so it may look often: a picture leaves a dozen objects, 1 KB, that only it can free.
        gc.freeze()
        gc.set_threshold(1000)
        gc.enable()
        with _shown_progress(reporter, total=total, price=price):
            stop, whole = asyncio.run(
                self._run(
                    task,
                    jobs=jobs if total is None else max(1, min(jobs, total)),
                    policy=policy,
                    stdout=stdout,
                )
            )
        ended = sum(reporter.tally.values())
        total = ended if total is None else total
        if run_id is not None:
            reporter.summarize(total=total, run_id=run_id, hint="Give the same command again to go on.")
        if stop.signal is not None:
            return 128 + stop.signal
        if stop.reason is not None and not reporter.codes:
            raise stop.reason
        if isinstance(stop.reason, NoJournal) and ended < total:
            reporter.warn(f"stopped: {stop.reason.message}")
            reporter.codes.add(stop.reason.exit_code)
        return int(reporter.exit_code if whole else ExitCode.SIGINT)

    @asynccontextmanager
    async def opened_batch(
        self,
        policy: Policy,
        *,
        stop: Stop,
        jobs: int,
        listen: Listener,
        report: Callable[[Outcome], None],
        pipe: BinaryIO | None = None,
    ) -> AsyncIterator[Batch]:
        """A batch that heeds `stop`; `pipe` takes results that are meant for standard output."""
        clock, settings = SystemClock(), self.session.settings
        rate = settings.text("rate")
        async with (
            JournalWriter(self.journal) as writer,
            Gateway(
                self.gate.endpoint, key=self.gate.key, network=read_network(self.session), clock=clock
            ) as gateway,
        ):
            saver = Saver(
                *(gateway, writer, clock, listen, self.spool, pipe, policy.timeout_s),
                wanted=read_finish(self.session),
                sandbox=self.gate.endpoint.origin if self.gate.sandbox else None,
            )
            pace = Pace(ceiling_per_s=per_second(rate) if rate else None)
            tools = Tools(gateway, writer, saver, clock, pace, stop, listen, self.spool)
            yield Batch(Editor(tools, policy, jobs=jobs), writer, stop, jobs, report)

    async def _run(self, task: Task, *, jobs: int, policy: Policy, stdout: bool) -> tuple[Stop, bool]:
        stop, reporter = Stop(), self.session.reporter
        pipe = sys.stdout.buffer if stdout else None
        async with (
            self.opened_batch(
                policy, stop=stop, jobs=jobs, listen=reporter.event, report=reporter.ended, pipe=pipe
            ) as batch,
            heed_signals(stop, reporter.say),
        ):
            return stop, await _finish(task(batch))


async def _finish(work: Awaitable[None]) -> bool:
    """Whether the work came to its end: a second signal cuts it."""
    try:
        await work
    except asyncio.CancelledError:
        return False
    return True


@contextmanager
def opened_desk(session: Session) -> Iterator[Desk]:
    """Opens gateway and journal in the order in which their faults cost least."""
    _check_settings(session)
    with opened_gate(session) as gate, opened_journal(session) as journal:
        spool = session.state_folder / "spool"
        try:
            spool.mkdir(mode=0o700, parents=True, exist_ok=True)
            _clean(spool, journal)
        except OSError as fault:
            raise BadOutput(
                f"{spool}: {fault.strerror}", hint="Name another folder: SEEDCLI_STATE_DIR."
            ) from fault
        yield Desk(session, gate, journal, spool)


def _check_settings(session: Session) -> None:
    """Raises `ConfigError` for a setting that can't be, before anything is noted of the work."""
    read_policy(session, sandbox=False)
    read_network(session)
    session.settings.whole("jobs")
    session.settings.text("rate")


def read_policy(session: Session, *, sandbox: bool) -> Policy:
    settings = session.settings
    return Policy(
        timeout_s=settings.number("timeout"),
        poll_interval_s=settings.number("poll_interval"),
        wait=not settings.flag("no_wait"),
        retry=RetryPolicy(retries=settings.whole("retries")),
        server_errors=settings.flag("retry_server_errors"),
        resend=settings.flag("resend"),
        unchecked=settings.flag("unchecked"),
        sandbox=sandbox,
        pending_is_success=settings.flag("no_wait"),
        prepare=session.prepare_options,
    )


def read_finish(session: Session) -> Finish:
    settings = session.settings
    how = settings.text("fit")
    if how:
        from seedcli.pictures.fit import Fit  # here: 1 ms that most edits need not

        fit = Fit(how)
    else:
        fit = None
    return Finish(fit=fit, embed=settings.flag("embed"), strip=settings.flag("strip"))


def read_network(session: Session) -> Network:
    settings = session.settings
    return Network(
        proxy=settings.text("proxy"),
        no_proxy=settings.text("no_proxy"),
        ca_bundle=settings.location("ca_bundle"),
        debug_http=settings.location("debug_http"),
    )


@asynccontextmanager
async def heed_signals(stop: Stop, say: Callable[[str], None]) -> AsyncIterator[None]:
    """The first signal asks for a stop; the second cuts what is in flight; a third kills."""
    loop, work = asyncio.get_running_loop(), asyncio.current_task()

    def heed(number: int) -> None:
        if not stop.requested or stop.signal is None:
            stop.request(signal=number)
            say("stopping: what is in flight is still received; once more stops at once")
            return
        for each in _SIGNALS:
            loop.remove_signal_handler(each)
        if work is not None:
            work.cancel()

    before = {each: signal.getsignal(each) for each in _SIGNALS} if sys.platform != "win32" else {}
    for each, handler in before.items():
        if handler is not signal.SIG_IGN:  # under nohup a hang-up stays ignored
            loop.add_signal_handler(each, heed, int(each))
    try:
        yield
    finally:
        for each, handler in before.items():
            if loop.remove_signal_handler(each):  # else the second signal has
                signal.signal(each, handler)


def _clean(spool: Path, journal: Journal) -> None:
    """Removes what a killed run left a day ago, and nothing that is paid for and not saved yet."""
    before = time.time() - _SPOOL_AGE_S
    old = [path for path in spool.iterdir() if path.is_file() and path.stat().st_mtime < before]
    if old:
        unsaved = journal.entries(states={State.ANSWERED})
        kept = {Path(entry.answer_path).name for entry in unsaved if entry.answer_path}
        for path in old:
            if path.name not in kept:
                path.unlink(missing_ok=True)


def _shown_progress(
    reporter: Reporter, *, total: int | None, price: float | None
) -> AbstractContextManager[None]:
    if total == 1 and not reporter.moves:
        return nullcontext()
    from seedcli.cli.progress import shown_progress  # here: one picture that nobody watches shows nothing

    return shown_progress(reporter, total=total, price=price)
