"""What `seedcli doctor` does: runs the checkup, and shows it as lines or as one JSON object."""

from __future__ import annotations

import asyncio
import os
import shutil
import sys
from collections.abc import Iterator, Mapping
from contextlib import AbstractContextManager, ExitStack, nullcontext
from pathlib import Path
from typing import Any

from seedcli import paths
from seedcli.checkup import here, keeping
from seedcli.checkup.finding import Finding, Level, failed, good, skipped, verdict
from seedcli.checkup.gateway import ask_gateway
from seedcli.cli.page import wants_colour
from seedcli.cli.report import decide_colour
from seedcli.cli.result_json import dump
from seedcli.errors import ConfigError, SeedError, UsageError
from seedcli.gateway.client import Network
from seedcli.gateway.endpoint import Endpoint, parse_endpoint
from seedcli.gateway.key import check_key
from seedcli.records import ApiKey
from seedcli.settings import Settings, load
from seedcli.text import clean

SCHEMA = "seedcli.doctor/1"
_MARKS = {Level.OK: "✓", Level.WARNING: "!", Level.FAILED: "✗", Level.SKIPPED: "-"}
_PLAIN_MARKS = {Level.OK: "ok  ", Level.WARNING: "warn", Level.FAILED: "FAIL", Level.SKIPPED: "-   "}
_STYLES = {Level.OK: "32", Level.WARNING: "33", Level.FAILED: "31", Level.SKIPPED: "2"}
_WAY = ("key", "proxy", "certificates", "name", "connection", "tls")


def run_doctor(given: Mapping[str, Any]) -> int:
    """The whole command; returns its exit code. What is wrong is a line, never an error of its own."""
    options = dict(given)
    config, profile = options.pop("config", None), options.pop("profile", None)
    settings: Settings | None = None
    broken: SeedError | None = None
    try:
        settings = load(
            options, environ=os.environ, config_path=Path(config) if config else None, profile=profile
        )
    except ConfigError as error:
        broken = error
    as_json = settings.flag("json") if settings else bool(given["json"])
    colour = decide_colour(_choice(settings, given), sys.stdout)
    findings: list[Finding] = []
    for finding in _findings(settings, broken):
        findings.append(finding)
        if not as_json:
            _print(finding, colour=colour)
    return _end(findings, as_json=as_json)


def _findings(settings: Settings | None, broken: SeedError | None) -> Iterator[Finding]:
    yield from here.program()
    if settings is None:
        yield failed("config", broken or ConfigError("the configuration can't be read"))
        for name in (*_WAY, "gateway"):
            yield skipped(name, "not tried, for want of a configuration")
    else:
        yield here.configuration(settings)
        yield from _way_out(settings)
    try:
        yield from keeping.journal(paths.state_folder(os.environ))
    except ConfigError as error:
        yield failed("journal", error)
    yield _terminal()
    yield here.extras()


def _way_out(settings: Settings) -> Iterator[Finding]:
    """Key, proxy, certificates, and the gateway itself, or with `--sandbox` a sandbox in its place."""
    with ExitStack() as stack:
        try:
            own = stack.enter_context(_own_sandbox(wanted=settings.flag("sandbox")))
            endpoint = parse_endpoint(own[0] if own else settings.text("base_url") or "")
        except (ConfigError, UsageError) as error:  # no sandbox installed; a base URL that is none
            yield from (skipped(name, "not tried, for want of a gateway") for name in _WAY)
            yield failed("gateway", error)
            return
        if own:
            key: ApiKey | None = check_key(own[1])
            yield good("key", "the sandbox's own", source="sandbox")
        else:
            key, finding = here.key(settings)
            yield finding
        yield from _gateway(settings, endpoint, key)


def _own_sandbox(*, wanted: bool) -> AbstractContextManager[tuple[str, str] | None]:
    if not wanted:
        return nullcontext()
    from seedcli.cli.own_sandbox import own_sandbox

    return own_sandbox(paths.state_folder(os.environ))


def _gateway(settings: Settings, endpoint: Endpoint, key: ApiKey | None) -> Iterator[Finding]:
    before = [here.proxy(settings, endpoint), here.certificates(settings)]
    yield from before
    if any(finding.level is Level.FAILED for finding in before):
        for name in ("name", "connection", "tls", "gateway"):
            yield skipped(name, "not tried")
        return
    network = Network(
        proxy=settings.text("proxy"),
        no_proxy=settings.text("no_proxy"),
        ca_bundle=settings.location("ca_bundle"),
        debug_http=settings.location("debug_http"),
    )
    yield from asyncio.run(_gathered(endpoint, key, network))


async def _gathered(endpoint: Endpoint, key: ApiKey | None, network: Network) -> list[Finding]:
    return [finding async for finding in ask_gateway(endpoint, key=key, network=network)]


def _terminal() -> Finding:
    """What standard output and standard error are able to do."""
    out, err = sys.stdout, sys.stderr
    if not (out.isatty() or err.isatty()):
        return good("terminal", "none: plain lines, no colours", terminal=False)
    size = shutil.get_terminal_size()
    kind = os.environ.get("TERM") or "unknown"
    able = {
        "colours": wants_colour(out if out.isatty() else err),
        "24-bit": os.environ.get("COLORTERM", "").lower() in ("truecolor", "24bit"),
        "UTF-8": _encodes("✓▀"),
        "moving progress": err.isatty() and kind != "dumb",
    }
    has, lacks = ([name for name, there in able.items() if there is wanted] for wanted in (True, False))
    without = f"; without {', '.join(lacks)}" if lacks else ""
    return good(
        "terminal",
        f"{clean(kind, limit=40)}, {size.columns}x{size.lines}, {', '.join(has) or 'plain'}{without}",
        terminal=True,
        columns=size.columns,
        **{name.replace(" ", "_"): there for name, there in able.items()},
    )


def _print(finding: Finding, *, colour: bool) -> None:
    mark = (_MARKS if _encodes("✓✗") else _PLAIN_MARKS)[finding.level]
    if colour:
        mark = f"\x1b[{_STYLES[finding.level]}m{mark}\x1b[0m"
    _write(f"{mark} {finding.name:<12} {clean(finding.detail, limit=1000)}")
    if finding.hint:
        _write(f"{' ' * (15 if _encodes('✓✗') else 18)}{clean(finding.hint, limit=1000)}")


def _end(findings: list[Finding], *, as_json: bool) -> int:
    code = verdict(findings)
    if as_json:
        checks = [
            {
                "name": finding.name,
                "status": finding.level.value,
                "detail": clean(finding.detail, limit=1000),
                "hint": finding.hint,
                "code": finding.code,
                "exit_code": int(finding.exit_code),
                "facts": finding.facts,
            }
            for finding in findings
        ]
        _write(dump({"schema": SCHEMA, "ok": code == 0, "exit_code": int(code), "checks": checks}))
    else:
        _write(f"\n{_in_short(findings)}")
    return int(code)


def _in_short(findings: list[Finding]) -> str:
    for level, said in ((Level.FAILED, "not in order"), (Level.WARNING, "in order, but look at")):
        names = [finding.name for finding in findings if finding.level is level]
        if names:
            return f"{said}: {', '.join(names)}"
    return "everything is in order"


def _choice(settings: Settings | None, given: Mapping[str, Any]) -> str:
    return (settings.text("color") if settings else given["color"]) or "auto"


def _encodes(text: str) -> bool:
    try:
        text.encode(sys.stdout.encoding or "ascii")
    except (UnicodeEncodeError, LookupError):
        return False
    return True


def _write(line: str) -> None:
    text = line + "\n"
    try:
        sys.stdout.write(text if _encodes(text) else text.encode("ascii", "backslashreplace").decode())
        sys.stdout.flush()
    except BrokenPipeError:
        from seedcli.cli.border import silence

        silence(sys.stdout)
