"""What can be seen without asking anybody: the program, the settings in force, what is installed."""

from __future__ import annotations

import platform
import stat
import sys
from collections.abc import Iterator, Mapping
from importlib.util import find_spec
from pathlib import Path

from seedcli import __version__
from seedcli.checkup.finding import Finding, Level, failed, good
from seedcli.errors import NoKey, SeedError
from seedcli.gateway.endpoint import Endpoint
from seedcli.gateway.key import NO_KEY_HINT, check_key
from seedcli.gateway.network import Network, make_context
from seedcli.gateway.proxies import parse_proxy
from seedcli.records import ApiKey
from seedcli.settings import Settings

EXTRAS: Mapping[str, tuple[str, ...]] = {
    "sandbox": ("starlette", "uvicorn"),
    "heic": ("pillow_heif",),
    "keyring": ("keyring",),
    "socks": ("socksio",),
    "truststore": ("truststore",),
    "preview": ("textual_image",),
}
"""The extras of the package and the modules that they bring."""


def program() -> Iterator[Finding]:
    """The program and the Python that runs it."""
    yield good("seedcli", f"{__version__} in {Path(__file__).parents[1]}", version=__version__)
    version = platform.python_version()
    yield good("python", f"{version} at {sys.executable}", version=version, executable=sys.executable)


def configuration(settings: Settings) -> Finding:
    """The configuration file, which could be read, and who else can read it."""
    path = settings.path
    profile = f", profile {settings.profile}" if settings.profile else ""
    try:
        mode = stat.S_IMODE(path.stat().st_mode)
    except OSError:
        return good("config", f"no file yet at {path}{profile}", path=str(path), mode=None)
    facts = {"path": str(path), "mode": f"{mode:04o}"}
    if settings.warnings:
        return Finding(
            "config",
            Level.WARNING,
            f"other users can reach {path} (mode {mode:04o})",
            f"Close it: chmod 600 '{path}'",
            facts=facts,
        )
    return Finding("config", Level.OK, f"{path}, mode {mode:04o}{profile}", facts=facts)


def key(settings: Settings) -> tuple[ApiKey | None, Finding]:
    """The key that would be sent, and where it comes from; None when there is none that could be."""
    try:
        found = settings.get("api_key")
        if found.value is None:
            raise NoKey("no API key is set", hint=NO_KEY_HINT)
        checked = check_key(found.value.reveal())
    except SeedError as error:
        return None, failed("key", error)
    return checked, good("key", f"{checked.masked} from {found.source}", source=found.source)


def proxy(settings: Settings, endpoint: Endpoint) -> Finding:
    """The proxy on the way to the gateway."""
    try:
        found, past = settings.get("proxy"), settings.get("no_proxy")
        if not found.value:
            return good("proxy", "none", proxy=None, used=False)
        network = Network(proxy=found.value, no_proxy=past.value)
        used = network.proxy_for(endpoint.host, endpoint.port) is not None
        parse_proxy(found.value)
    except SeedError as error:
        return failed("proxy", error)
    why = "the loopback needs none" if endpoint.is_loopback else f"no_proxy, from {past.source}"
    detail = f"{found.shown} from {found.source}" + ("" if used else f", not used for {endpoint.host}: {why}")
    return good("proxy", detail, proxy=found.shown, used=used)


def certificates(settings: Settings) -> Finding:
    """Whose certificates are trusted."""
    try:
        found = settings.get("ca_bundle")
        make_context(found.value)
    except SeedError as error:
        return failed("certificates", error)
    if found.value is not None:
        return good("certificates", f"{found.value} from {found.source}", source=found.source)
    store = "the system's store" if find_spec("truststore") else "certifi's"
    return good("certificates", store, source=store)


def extras() -> Finding:
    """Which optional parts are installed."""
    there = [name for name, modules in EXTRAS.items() if all(map(find_spec, modules))]
    missing = [name for name in EXTRAS if name not in there]
    without = f"; not installed: {', '.join(missing)}" if missing else ""
    return good("extras", (", ".join(there) or "none") + without, installed=there, missing=missing)
