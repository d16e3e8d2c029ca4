"""Editing from Python: the other door beside the command line, into the same rooms.

The same settings (arguments stand where options stand, above environment, profile and file),
the same journal and the same promises. Nothing is printed, and no signal handler is set.
"""

from __future__ import annotations

import asyncio
import hashlib
import os
from collections.abc import Callable, Mapping
from contextlib import ExitStack
from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING, Any, TypedDict, TypeVar, Unpack

from seedcli.errors import BadInput, SeedError, UsageError
from seedcli.records import Entry, Failure, JsonObject, Listener, Outcome, Placement

if TYPE_CHECKING:
    from seedcli.cli.request import Asked
    from seedcli.cli.session import Session
    from seedcli.cli.work import Desk

T = TypeVar("T")
Picture = str | os.PathLike[str] | bytes
"""A file, an https:// link, or a picture's bytes."""


class EditOptions(TypedDict, total=False):
    """What may be set beside picture, prompt and output, by the names of the command's options.

    `None` is "not set". What each may hold is `seedcli.setting_keys`' to say; `config` names the
    configuration file, `profile` the profile in it. `sandbox` edits in a sandbox of the call's own.
    """

    model: str | None
    size: str | None
    seed: int | None
    guidance_scale: float | None
    watermark: bool | None
    response_format: str | None
    preset: str | None
    force: bool | None
    fit: str | None
    embed: bool | None
    strip: bool | None
    pad: bool | None
    no_prepare: bool | None
    keep_location: bool | None
    unchecked: bool | None
    timeout: float | None
    poll_interval: float | None
    retries: int | None
    retry_server_errors: bool | None
    resend: bool | None
    max_cost: float | None
    api_key: str | None
    base_url: str | None
    proxy: str | None
    ca_bundle: str | os.PathLike[str] | None
    debug_http: str | os.PathLike[str] | None
    config: str | os.PathLike[str] | None
    profile: str | None
    sandbox: bool | None


@dataclass(frozen=True, slots=True)
class Result:
    """A saved picture: where it is, what it is, and what was sent for it.

    `path` is absolute. `request` holds the parameters that were sent; `prepared` and `finished`
    have a line for each change made to the picture before it was sent and after it came; `url`
    is the gateway's own link, which dies within a day or so. `id` is what `seedcli history show` takes.
    """

    id: str
    path: Path
    format: str
    width: int
    height: int
    bytes: int
    sha256: str
    prompt: str
    request: Mapping[str, Any]
    prepared: tuple[str, ...]
    finished: tuple[str, ...]
    url: str | None
    job_set_id: str | None
    usage: JsonObject | None
    attempts: int
    elapsed_s: float
    warnings: tuple[str, ...]


def edit(
    picture: Picture,
    prompt: str,
    *,
    output: str | os.PathLike[str] | None = None,
    on_event: Listener | None = None,
    **options: Unpack[EditOptions],
) -> Result:
    """Edits one picture with words, saves the result and tells where.

    `picture` is a file, an https:// link, or the bytes of a picture, which need an `output`.
    `output` is a file, a folder/ or a template, as for `-o`; by default the result of cat.jpg is
    cat-edited.jpg beside it. `on_event` is told of each step as it begins, in the thread of the call.

    Called again after a failure it goes on with the same edit: what was paid for is fetched and
    not sent again. Called again after a success it is a new edit.

    Raises `SeedError`: by its class and `code` what went wrong, by `charged` whether it was
    billed. `InDoubt` is never sent again unless `resend=True`; `Pending` and `Unsaved` are paid
    for, and `seedcli resume` finishes them too. Within asyncio, await `aedit` instead.
    """
    try:
        asyncio.get_running_loop()
    except RuntimeError:
        return asyncio.run(aedit(picture, prompt, output=output, on_event=on_event, **options))
    raise UsageError("seedcli.edit would block the event loop", hint="await seedcli.aedit(...) instead.")


async def aedit(
    picture: Picture,
    prompt: str,
    *,
    output: str | os.PathLike[str] | None = None,
    on_event: Listener | None = None,
    **options: Unpack[EditOptions],
) -> Result:
    """`edit` for asyncio. Files and the journal are worked on in threads.

    When it is cancelled, what that means for the bill is written to the journal first. Each call
    has connections of its own: bound how many run at once with a semaphore.
    """
    if unknown := options.keys() - EditOptions.__annotations__.keys():
        raise TypeError(f"seedcli.edit() takes no option {sorted(unknown)[0]!r}")
    if not isinstance(prompt, str):
        raise TypeError(f"the prompt must be text, not {type(prompt).__name__}")
    with ExitStack() as stack:
        session, asked = await _in_thread(lambda: _read(picture, prompt, output, options))
        desk, asked = await _in_thread(lambda: _open(stack, session, asked, picture))
        outcome = await _carry(desk, asked, listen=on_event or _ignore)
        await _in_thread(stack.close)
    if outcome.failure is not None:
        raise _error(outcome.failure, outcome.entry)
    return _result(outcome, warnings=session.settings.warnings)


def _read(
    picture: Picture, prompt: str, output: str | os.PathLike[str] | None, options: EditOptions
) -> tuple[Session, Asked]:
    """What is asked for, checked as far as it can be before anything is opened."""
    from seedcli import files, inputs
    from seedcli.cli.report import Reporter
    from seedcli.cli.request import Asked, read_output, read_parameters
    from seedcli.cli.session import Session
    from seedcli.gateway.models import check
    from seedcli.settings import load

    given: dict[str, Any] = {**options, "output": os.fspath(output) if output is not None else None}
    config, profile = given.pop("config", None), given.pop("profile", None)
    settings = load(
        {**given, "prompt": None, "no_wait": False, "count": 1},
        environ=os.environ,
        config_path=Path(config) if config is not None else None,
        profile=profile,
    )
    if settings.flag("dry_run"):
        raise UsageError("dry_run is set, and seedcli.edit always sends", hint="Unset SEEDCLI_DRY_RUN.")
    word = _word(picture)
    asked = Asked(
        words=(word,),
        prompt=inputs.check_prompt(prompt),
        parameters=check(read_parameters(settings), unchecked=settings.flag("unchecked")),
        output=read_output(settings, [word]),
        recursive=False,
        count=1,
    )
    if asked.output.kind is Placement.STDOUT:
        raise UsageError("the result needs a place on disk", hint="Give output=, a file or a folder.")
    files.check_output(asked.output)
    return Session(settings, Reporter(quiet=True)), asked


def _word(picture: Picture) -> str:
    """The picture as the command line would name it. Raises `BadInput` when it is not there."""
    if isinstance(picture, bytes):
        if not picture:
            raise BadInput("the picture has no bytes")
        return "-"
    word = os.fspath(picture)
    if isinstance(picture, str) and word.lower().startswith("https://"):
        return word
    path = os.path.abspath(word)
    if os.path.isdir(path):
        raise BadInput(f"{word} is a folder", hint="Give its pictures one at a time.")
    if not os.path.lexists(path):
        from seedcli.inputs import why_not_there

        hint = "Check the name; only https:// links are taken."
        raise BadInput(f"{word}: {why_not_there(path)}", hint=hint)
    # A file of such a name is a file all the same.
    return os.path.join(os.curdir, word) if word == "-" or ":" in word else word


def _open(stack: ExitStack, session: Session, asked: Asked, picture: Picture) -> tuple[Desk, Asked]:
    """Opens what the edit works with; `stack` closes it."""
    from seedcli.cli.work import opened_desk

    desk = stack.enter_context(opened_desk(session))
    if isinstance(picture, bytes):
        # Named by all that is asked, so that the same call goes on with it, and no other needs it.
        digest = hashlib.sha256(picture)
        digest.update(repr((asked.prompt, asked.parameters, asked.output)).encode())
        path = desk.spool / f"stdin-{digest.hexdigest()[:32]}"
        path.write_bytes(picture)
        stack.callback(path.unlink, missing_ok=True)
        asked = asked.with_stdin(path)
    return desk, asked


async def _carry(desk: Desk, asked: Asked, *, listen: Listener) -> Outcome:
    from seedcli.cli.work import read_policy
    from seedcli.stop import Stop

    policy = read_policy(desk.session, sandbox=desk.gate.sandbox)
    run_id = await _in_thread(lambda: _open_run(desk, asked))
    outcomes: list[Outcome] = []
    stop = Stop()
    async with desk.opened_batch(policy, stop=stop, jobs=1, listen=listen, report=outcomes.append) as batch:
        await batch.finish_run(run_id)
    if not outcomes:
        raise stop.reason or UsageError("the edit was stopped")
    return outcomes[-1]


def _open_run(desk: Desk, asked: Asked) -> str:
    from seedcli.cli.budget import check_budget
    from seedcli.cli.runs import find_run, open_run, realm_of, survey

    resend = desk.session.settings.flag("resend")
    found = survey(asked, desk.journal, realm=realm_of(desk.session))
    standing = find_run(asked, desk.journal, found)
    more = len(standing.lacking) if standing is not None else found.images
    check_budget(desk.session, desk.journal, run=standing.run if standing else None, more=more, resend=resend)
    gateway = desk.gate.endpoint.origin
    return open_run(asked, desk.journal, found, standing, gateway=gateway, resend=resend).id


async def _in_thread(call: Callable[[], T]) -> T:
    """What `call` returns. A step is not left halfway: a cancellation waits for its end."""
    running = asyncio.ensure_future(asyncio.to_thread(call))
    try:
        return await asyncio.shield(running)
    except asyncio.CancelledError:
        await asyncio.wait({running})
        raise


def _error(failure: Failure, entry: Entry) -> SeedError:
    """The failure as the exception that it was before the journal took it down."""
    kinds: dict[str, type[SeedError]] = {}
    waiting: list[type[SeedError]] = [SeedError]
    for kind in waiting:  # which grows: from the root down, so that a code names its first class
        kinds.setdefault(kind.code, kind)
        waiting += kind.__subclasses__()
    error = kinds.get(failure.code, SeedError)(
        failure.message, hint=failure.hint, http_status=failure.http_status, retryable=failure.retryable
    )
    error.entry_id = entry.id
    if failure.hint:
        error.add_note(failure.hint)
    return error


def _result(outcome: Outcome, *, warnings: tuple[str, ...]) -> Result:
    entry = outcome.entry
    return Result(
        id=entry.id,
        path=Path(entry.output_path or ""),
        format=entry.output_format or "",
        width=entry.output_width or 0,
        height=entry.output_height or 0,
        bytes=entry.output_bytes or 0,
        sha256=entry.output_sha256 or "",
        prompt=entry.prompt,
        request=dict(entry.parameters),
        prepared=entry.prepared,
        finished=outcome.finished,
        url=entry.links[0] if entry.links else None,
        job_set_id=entry.job_set_id,
        usage=entry.usage,
        attempts=entry.attempts,
        elapsed_s=entry.elapsed_s or 0.0,
        warnings=(*warnings, *outcome.warnings),
    )


def _ignore(_event: object) -> None:
    return
