"""The way to the gateway, and whether it takes the key: asked with a job that can't exist, never an edit."""

from __future__ import annotations

import time
from collections.abc import AsyncIterator

from seedcli.checkup.finding import Finding, failed, good, skipped, warned
from seedcli.clock import Deadline, SystemClock
from seedcli.errors import Pending, RateLimited, Rejected, SeedError, Undelivered
from seedcli.gateway.client import Gateway
from seedcli.gateway.endpoint import Endpoint
from seedcli.gateway.network import Network
from seedcli.gateway.reach import caused_by_tls, reach
from seedcli.records import ApiKey

NO_SUCH_JOB = "seedcli-doctor-asks-for-no-job"
_TIMEOUT_S = 20.0


async def ask_gateway(endpoint: Endpoint, *, key: ApiKey | None, network: Network) -> AsyncIterator[Finding]:
    """Name, connection, TLS, and whether the key is taken; nothing is tried after a step that failed."""
    missing = ["name", "connection", *(["tls"] if endpoint.origin.startswith("https:") else []), "gateway"]
    async for step in reach(endpoint, network=network):
        missing.remove(step.name)
        if step.error is not None:
            yield failed(step.name, step.error)
            for name in missing:
                yield skipped(name, "not tried")
            return
        yield good(step.name, step.detail)
    through = "tls" in missing
    if key is None:
        for name in missing:
            yield skipped(name, "not asked, for want of a key")
        return
    async for finding in _asked(endpoint, key, network, through=through):
        yield finding


async def _asked(
    endpoint: Endpoint, key: ApiKey, network: Network, *, through: bool
) -> AsyncIterator[Finding]:
    """Asks for a job that can't exist. With `through` a proxy led there, and TLS was first spoken now."""
    finding, error = await _ask(endpoint, key, network)
    if through:
        answered = error is None or error.http_status is not None
        if answered:
            yield good("tls", "through the proxy")
        elif error is not None and caused_by_tls(error):
            yield failed("tls", error)
            yield skipped("gateway", "not asked, for want of tls")
            return
        else:
            yield skipped("tls", "not reached")
    yield finding


async def _ask(endpoint: Endpoint, key: ApiKey, network: Network) -> tuple[Finding, SeedError | None]:
    clock = SystemClock()
    name, origin = "gateway", endpoint.origin
    try:
        async with Gateway(endpoint, key=key, network=network, clock=clock) as client:
            began_s = time.monotonic()
            await client.poll(NO_SUCH_JOB, deadline=Deadline.after(clock, _TIMEOUT_S))
    except Rejected:
        pass  # "no such job" is what it should say, to whoever it knows
    except RateLimited as error:
        hint = "Ask again in a minute: it did not say whether it takes the key."
        return warned(name, f"{origin} is refusing for too many requests (429)", hint=hint), error
    except Pending as error:
        # Not the key's fault, but an edit sent now would end in doubt.
        lasting = Undelivered(
            f"{origin} is in trouble: {error.message}",
            hint="Try again later; an edit sent now could be billed without a result.",
            http_status=error.http_status,
        )
        return failed(name, lasting), error
    except SeedError as error:
        return failed(name, error), error
    elapsed_ms = round((time.monotonic() - began_s) * 1000)
    return good(name, f"{origin} takes the key, answered in {elapsed_ms} ms", origin=origin), None
