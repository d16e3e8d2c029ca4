"""`--dry-run`: the request that would go out, the image shortened; nothing is sent, no key is needed."""

from __future__ import annotations

import base64
import json
import tempfile
from collections.abc import Iterable
from pathlib import Path
from typing import Any

from seedcli import files, inputs
from seedcli.cli.budget import Allowance
from seedcli.cli.plan import plan_of
from seedcli.cli.request import Asked
from seedcli.cli.result_json import dump
from seedcli.cli.runs import variations
from seedcli.cli.session import Session
from seedcli.edit_limits import limits_for
from seedcli.errors import BadOutput, OverBudget, SeedError, UsageError
from seedcli.gateway.endpoint import parse_endpoint
from seedcli.gateway.models import resolve
from seedcli.pictures.prepare import Prepared, prepare
from seedcli.records import Parameters, Source, SourceKind
from seedcli.text import clean

_SHOWN_BASE64 = 24
_MASKED = "(your key)"
SANDBOX_URL = "http://127.0.0.1:8787"
"""The sandbox of a command takes a free port; this is the one that `seedcli sandbox` takes."""


def print_requests(session: Session, asked: Asked) -> int:
    """A request for each result of an edit; see `print_all`."""
    try:
        files.check_output(asked.output)
    except BadOutput as fault:
        _foretell(session, fault)
    with tempfile.TemporaryDirectory(prefix="seedcli-") as name:
        if "-" in asked.words:
            stdin = Path(name, "stdin")
            stdin.write_bytes(inputs.read_stdin())
            asked = asked.with_stdin(stdin)
        return print_all(session, ((source, asked) for source in asked.inputs(lambda path: None)))


def print_all(session: Session, pairs: Iterable[tuple[Source, Asked]]) -> int:
    """A request for each result on standard output, what would become of it on standard error.

    As in an edit, a picture that can't be sent stands in no other's way.
    """
    settings, reporter = session.settings, session.reporter
    base_url = SANDBOX_URL if settings.flag("sandbox") else settings.text("base_url") or ""
    url = parse_endpoint(base_url).edit_url
    images = 0
    with tempfile.TemporaryDirectory(prefix="seedcli-") as name:
        for source, asked in pairs:
            images += asked.count
            try:
                image = _image(session, source, asked, Path(name))
            except SeedError as fault:
                reporter.refused(source, fault)
                continue
            for _, parameters in variations(asked):
                _print(session, url, asked, parameters, image)
    try:
        Allowance.read(session).check(images)
    except (OverBudget, UsageError) as fault:
        _foretell(session, fault)
    return int(reporter.exit_code)


def _foretell(session: Session, fault: SeedError) -> None:
    """What would stand in the way of the whole command."""
    session.reporter.warn(f"without --dry-run this would be refused: {fault.message}")
    session.reporter.codes.add(fault.exit_code)


def _image(session: Session, source: Source, asked: Asked, folder: Path) -> str:
    """The value of the field `image`, cut to what a person wants to see."""
    if source.kind is SourceKind.URL or source.path is None:
        return source.text
    limits = limits_for(asked.parameters.model, unchecked=session.settings.flag("unchecked"))
    found = prepare(
        source.path, limits=limits, folder=folder, options=session.prepare_options, name=source.title
    )
    try:
        with found.path.open("rb") as file:
            head = base64.b64encode(file.read(_SHOWN_BASE64 * 3 // 4)).decode()
    finally:
        if found.temporary:
            found.path.unlink(missing_ok=True)
    if not session.reporter.quiet:
        for change in found.changes:
            session.reporter.say(f"prepared: {clean(source.title)}: {change}")
        _say_plan(session, source, asked.parameters, found)
    return f"data:{found.mime};base64,{head}… ({found.size} bytes)"


def _say_plan(session: Session, source: Source, parameters: Parameters, found: Prepared) -> None:
    """What the picture would come out as, where the model's rules say so."""
    price = session.settings.get("price_per_image").value
    model = resolve(parameters.model)
    plan = plan_of(model, size=parameters.size, width=found.width, height=found.height, price=price)
    facts = [f"{found.width}x{found.height} becomes {plan['output_size'] or 'what the model decides'}"]
    if plan["output_size"]:
        facts += [f"aspect {plan['aspect_change']}", f"{plan['tokens']} tokens"]
    if plan["cost"]:
        facts.append(f"costs {plan['cost']:g}")
    session.reporter.say(f"{clean(source.title)}: {', '.join(facts)}")


def _print(session: Session, url: str, asked: Asked, parameters: dict[str, Any], image: str) -> None:
    headers = {
        "Content-Type": "application/json",
        "Cache-Control": "no-cache",
        "Ocp-Apim-Subscription-Key": _MASKED,
    }
    model = {"model": parameters["model"]} if "model" in parameters else {}
    rest = {name: value for name, value in parameters.items() if name != "model"}
    body = {**model, "prompt": asked.prompt, **rest, "image": image}
    put = session.reporter.put
    if session.reporter.json:
        put(
            dump(
                {
                    "schema": "seedcli.request/1",
                    "method": "POST",
                    "url": url,
                    "headers": headers,
                    "body": body,
                }
            )
        )
        return
    put(f"POST {url}")
    for name, value in headers.items():
        put(f"{name}: {value}")
    put("")
    put(json.dumps(body, indent=2, ensure_ascii=False))
