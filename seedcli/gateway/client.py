"""The gateway as the program uses it: submit, poll, follow, download.

A paid request is one POST on a connection of its own. Doubt begins when the last piece of its
body is handed to the network: what breaks before that certainly was not processed and may be
sent again, what breaks after it may have been billed. No exception's name decides that.
"""

from __future__ import annotations

from collections.abc import Callable, Sequence
from pathlib import Path
from types import TracebackType
from typing import BinaryIO

from seedcli.clock import Clock, Deadline, chance
from seedcli.errors import BadOutput, InDoubt, Pending, SeedError, Undelivered, Unsaved
from seedcli.gateway.addresses import is_loopback_host, place
from seedcli.gateway.answer import Received
from seedcli.gateway.body import Body, BytesSource, FileSource, Gate
from seedcli.gateway.complaints import doubt
from seedcli.gateway.delivery import Delivery, Upload
from seedcli.gateway.download import Downloader, PerhapsWhole
from seedcli.gateway.endpoint import DEFAULT_BASE_URL, Endpoint, parse_endpoint
from seedcli.gateway.exchange import Call, Caller
from seedcli.gateway.exchange_log import ExchangeLog
from seedcli.gateway.faults import reason_of, unanswered, undelivered
from seedcli.gateway.key import body_without_key, check_key, forget_key, require_key, without_key
from seedcli.gateway.network import Network, Pools, Trust
from seedcli.gateway.spooled import Unusable
from seedcli.gateway.wire import (
    Parsed,
    edit_body,
    edit_body_parts,
    parse_edit,
    parse_poll,
    poll_body,
    with_text,
)
from seedcli.records import Answer, ApiKey, Job, JobReport, Parameters

__all__ = [
    "DEFAULT_BASE_URL",
    "Delivery",
    "Endpoint",
    "Gateway",
    "Network",
    "PerhapsWhole",
    "Upload",
    "check_key",
    "parse_endpoint",
]


class Gateway:
    """One gateway and one key; `async with` opens and closes its connections.

    `uploads` bodies at most are read and sent at the same moment.
    """

    def __init__(
        self,
        endpoint: Endpoint,
        *,
        key: ApiKey | None,
        network: Network,
        clock: Clock,
        uploads: int = 2,
        random: Callable[[], float] = chance,
    ) -> None:
        trust = Trust(network.ca_bundle)
        self._endpoint = endpoint
        self._key = key
        self._network = network
        self._clock = clock
        self._log = ExchangeLog(network.debug_http, key=key)
        self._gate = Gate(uploads)
        # Without TLS the key goes to this machine alone, whatever `localhost` resolves to.
        admit = is_loopback_host if endpoint.is_loopback else None
        self._paid = Pools(network, trust, keep_alive=False, admit=admit)
        self._polls = Pools(network, trust, keep_alive=True, admit=admit)
        self._downloads = Downloader(
            network,
            trust,
            clock=clock,
            log=self._log,
            allow_loopback=endpoint.is_loopback,
            random=random,
            hide=self._without_key,
        )

    async def __aenter__(self) -> Gateway:
        """Raises ConfigError for a proxy or a log that can't be used, before anything is sent."""
        if self._network.proxy:
            from seedcli.gateway.proxies import parse_proxy  # here: most need none

            parse_proxy(self._network.proxy)
        self._log.check()
        return self

    async def __aexit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        for opened in (self._paid, self._polls, self._downloads):
            await opened.aclose()

    async def submit(
        self,
        upload: Upload | str,
        *,
        prompt: str,
        parameters: Parameters,
        deadline: Deadline,
        spool: Sequence[Path],
        delivery: Delivery | None = None,
        progress: Callable[[int, int], None] | None = None,
        on_phase: Callable[[str], None] | None = None,
    ) -> Answer:
        """Exactly one POST of a picture, a file or a link.

        `spool` are the folders for pictures inside the answer, the next where one fails; they are
        on disk to stay when this returns. `progress` gets bytes sent and in all, `on_phase`
        "uploading", "editing", "downloading". `delivery` tells at any time, also after a
        cancellation, how far it got.

        Raises Undelivered (certainly not processed), InDoubt (perhaps processed), BadInput (the
        file is not as described; never sent whole), or what the gateway's refusal means.
        """
        caller = self._caller()
        if delivery is None:
            delivery = Delivery()
        call = self._edit_call(upload, prompt, parameters, delivery, progress=progress, on_phase=on_phase)
        _make_spool(spool[0])
        if deadline.passed:
            raise Undelivered("there was no time left to send the request")
        received = Received(spool)
        try:
            fault = await caller.call(call, received, pools=self._paid, deadline=deadline)
            return self._answer(received, fault, delivery)
        except SeedError as error:
            received.discard()
            raise forget_key(error, caller.key) from error.__cause__
        except BaseException:
            received.discard()
            raise
        finally:
            if isinstance(call.content, Body):
                call.content.close()

    async def poll(self, job_set_id: str, *, deadline: Deadline, spool: Sequence[Path] = ()) -> JobReport:
        """One look at a job.

        Raises Undelivered (no connection, no answer), Pending (an answer that says nothing now),
        RateLimited, NotFound, or what the gateway's refusal means. `spool` are the folders
        for pictures that come inside the answer.
        """
        caller = self._caller()
        received = Received(spool)
        body = poll_body(job_set_id)
        call = Call(self._endpoint.poll_url, body, len(body), body.decode("ascii"))
        try:
            fault = await caller.call(call, received, pools=self._polls, deadline=deadline)
            return self._report(received, fault)
        except SeedError as error:
            received.discard()
            raise forget_key(error, caller.key) from error.__cause__
        except BaseException:
            received.discard()
            raise

    async def follow(
        self,
        job_set_id: str,
        *,
        deadline: Deadline,
        interval_s: float,
        fresh: bool = False,
        on_look: Callable[[str], None] | None = None,
        spool: Sequence[Path] = (),
    ) -> Answer:
        """Looks at once and every `interval_s` until the job has its picture.

        `fresh` says that it was accepted just now, so that "no such job" is waited out for a few
        looks. `on_look` gets the job's status word. Raises Pending at the deadline, JobFailed or
        Moderated when it failed, Unsaved when it succeeded and shows no picture.
        """

        async def look(within: Deadline) -> JobReport:
            return await self.poll(job_set_id, deadline=within, spool=spool)

        from seedcli.gateway.follow import Following  # here: most edits are answered with their picture

        following = Following(job_set_id, look, deadline, interval_s, fresh=fresh, on_look=on_look)
        return await following.to_its_end()

    async def download(
        self,
        link: str,
        *,
        target: BinaryIO,
        deadline: Deadline,
        progress: Callable[[int, int | None], None] | None = None,
    ) -> int:
        """Fetches a result into `target`, without the key; its size in bytes.

        Raises Unsaved; PerhapsWhole where what `target` holds may be all of it.
        """
        try:
            return await self._downloads.download(link, target=target, deadline=deadline, progress=progress)
        except SeedError as error:
            raise (forget_key(error, self._key) if self._key else error) from error.__cause__

    def _without_key(self, text: str) -> str:
        return without_key(text, self._key) if self._key else text

    def _caller(self) -> Caller:
        return Caller(require_key(self._key), self._clock, self._log)

    def _edit_call(
        self,
        upload: Upload | str,
        prompt: str,
        parameters: Parameters,
        delivery: Delivery,
        *,
        progress: Callable[[int, int], None] | None,
        on_phase: Callable[[str], None] | None,
    ) -> Call:
        def moved(done: int, total: int) -> None:
            if on_phase is not None and (done == 0 or done == total):
                on_phase("uploading" if done < total else "editing")
            if progress is not None:
                progress(done, total)

        source: FileSource | BytesSource
        if isinstance(upload, str):
            content = edit_body(upload, prompt=prompt, parameters=parameters)
            source, shown = BytesSource(content), content.decode("ascii")
        else:
            prefix, suffix = edit_body_parts(prompt, parameters, mime=upload.mime)
            source = FileSource(upload, prefix=prefix, suffix=suffix)
            shown = (prefix + b"<%d bytes as base64>" % upload.size + suffix).decode("ascii")
        body = Body(source, delivery=delivery, gate=self._gate, progress=moved)
        head = None if on_phase is None else lambda: on_phase("downloading")
        return Call(self._endpoint.edit_url, body, source.length, shown, on_head=head)

    def _said(self, received: Received) -> bytes:
        """What came back, with nothing in it that must not go further."""
        return body_without_key(received.body, require_key(self._key))

    def _answer(self, received: Received, fault: Exception | None, delivery: Delivery) -> Answer:
        """What came back, judged by how far the request got and by nothing else."""
        if received.status is None:
            raise self._unanswered(fault, delivery) from fault
        try:
            said = self._said(received)
            parsed = parse_edit(received.status, received.headers, said, now=self._clock.now())
            files = received.keep(parsed.inline)
        except Unusable as problem:
            if parsed.links:
                return Answer(job=_job_of(parsed), links=parsed.links, usage=parsed.usage)
            raise with_text(doubt(f"the answer has {problem}", status=received.status), b"") from problem
        except SeedError as error:
            saved = received.salvage() if isinstance(error, InDoubt) and received.succeeded else ()
            if saved:
                return Answer(files=saved)
            raise self._judged(error, received, fault, delivery) from fault
        return Answer(job=_job_of(parsed), links=parsed.links, files=files, usage=parsed.usage)

    @property
    def _place(self) -> str:
        """The gateway as errors name it, with the proxy on the way, which may be what failed."""
        proxy = self._network.proxy_for(self._endpoint.host, self._endpoint.port)
        if proxy is None:
            return self._endpoint.origin
        from seedcli.gateway.proxies import parse_proxy

        through = parse_proxy(proxy)
        return f"{self._endpoint.origin} through the proxy {place(through.host, through.port)}"

    def _unanswered(self, fault: Exception | None, delivery: Delivery) -> SeedError:
        problem = fault or ConnectionError("the connection was closed")
        if not delivery.whole:
            return undelivered(problem, delivery, origin=self._place)
        return doubt(f"the request went out and no answer came: {reason_of(problem)}")

    def _judged(
        self, error: SeedError, received: Received, fault: Exception | None, delivery: Delivery
    ) -> SeedError:
        if not isinstance(error, InDoubt):
            return error
        if not received.succeeded and not delivery.whole:
            return Undelivered(
                f"{error.message}, before the request was sent whole",
                hint="It was not processed and not billed.",
                http_status=error.http_status,
                retryable=True,
            )
        if received.succeeded and fault is not None:
            what = f"has {fault}" if isinstance(fault, Unusable) else f"broke off: {reason_of(fault)}"
            return doubt(
                f"the answer {what} ({received.size} bytes came)",
                status=received.status,
                answer_text=error.answer_text,
            )
        return error

    def _report(self, received: Received, fault: Exception | None) -> JobReport:
        if received.status is None:
            problem = fault or ConnectionError("the connection was closed")
            raise unanswered(problem, origin=self._place) from fault
        look = parse_poll(received.status, received.headers, self._said(received), now=self._clock.now())
        parsed = look.parsed
        if parsed is None:
            received.discard()
            error = forget_key(look.error, require_key(self._key)) if look.error else None
            return JobReport(look.state, look.word, error=error)
        if parsed.inline and not received.spool and not parsed.links:
            raise Unsaved("the job's picture came inside the answer, and there is no folder for it")
        try:
            files = received.keep(parsed.inline if received.spool else ())
        except Unusable as problem:
            raise Pending(f"the job's answer has {problem}", retryable=True) from problem
        return JobReport(
            look.state, look.word, answer=Answer(links=parsed.links, files=files, usage=parsed.usage)
        )


def _job_of(parsed: Parsed) -> Job | None:
    return Job(parsed.job_set_id) if parsed.job_set_id else None


def _make_spool(spool: Path) -> None:
    try:
        spool.mkdir(mode=0o700, parents=True, exist_ok=True)
    except OSError as fault:
        raise BadOutput(f"{spool}: no folder can be made there: {fault.strerror}") from fault
