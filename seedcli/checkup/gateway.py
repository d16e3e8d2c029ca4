"""The way to the gateway, and whether it takes the key: asked with a job that can't exist, never an edit.

Not refusing the key says little by itself: a wrong address answers 404 to everyone. So the same is
asked with a key that is nobody's, which a gateway refuses.
"""

from __future__ import annotations

import time
from collections.abc import AsyncIterator

from seedcli.checkup.finding import Finding, failed, good, skipped, warned
from seedcli.clock import Deadline, SystemClock
from seedcli.errors import BadKey, Denied, NotFound, Pending, RateLimited, Rejected, SeedError, Undelivered
from seedcli.gateway.client import Gateway
from seedcli.gateway.endpoint import Endpoint
from seedcli.gateway.network import Network
from seedcli.gateway.reach import caused_by_tls, reach
from seedcli.records import ApiKey

NO_SUCH_JOB = "seedcli-doctor-asks-for-no-job"
NOBODYS_KEY = ApiKey("seedcli-doctor-asks-with-no-key")
_NAME = "gateway"
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
    began_s = time.monotonic()
    answer = await _look(endpoint, key, network)
    elapsed_ms = round((time.monotonic() - began_s) * 1000)
    if answer is not None and not isinstance(answer, Rejected):
        return _unwelcome(endpoint, answer), answer
    # "No such job" is what it should say, to whoever it knows; so may a place that knows nobody.
    stranger = await _look(endpoint, NOBODYS_KEY, network)
    if isinstance(stranger, BadKey | Denied):
        detail = f"{endpoint.origin} takes the key, answered in {elapsed_ms} ms"
        return good(_NAME, detail, origin=endpoint.origin), None
    return _untold(endpoint, answer, stranger), None


async def _look(endpoint: Endpoint, key: ApiKey, network: Network) -> SeedError | None:
    """What is wrong with a look at the job that can't exist, None when nothing is."""
    clock = SystemClock()
    try:
        async with Gateway(endpoint, key=key, network=network, clock=clock) as client:
            await client.poll(NO_SUCH_JOB, deadline=Deadline.after(clock, _TIMEOUT_S))
    except SeedError as error:
        return error
    return None


def _unwelcome(endpoint: Endpoint, error: SeedError) -> Finding:
    origin = endpoint.origin
    if isinstance(error, RateLimited):
        hint = "Ask again in a minute: it did not say whether it takes the key."
        return warned(_NAME, f"{origin} is refusing for too many requests (429)", hint=hint)
    if isinstance(error, Pending):
        # Not the key's fault, but an edit sent now would end in doubt.
        error = Undelivered(
            f"{origin} is in trouble: {error.message}",
            hint="Try again later; an edit sent now could be billed without a result.",
        )
    elif isinstance(error, BadKey):
        error.hint = "Set the right one: `seedcli config set api_key`, or SEEDCLI_API_KEY."
    elif error.hint and "seedcli doctor" in error.hint:  # which is what is running
        error.hint = "Look at the base URL, and at the proxy if there is one, in the lines above."
    return failed(_NAME, error)


def _untold(endpoint: Endpoint, answer: SeedError | None, stranger: SeedError | None) -> Finding:
    """The key was not refused, and neither was one that is nobody's."""
    hint = "Check the base URL: `seedcli config get base_url`."
    if (
        isinstance(answer, NotFound)
        and isinstance(stranger, NotFound)
        and "job" not in answer.message.lower()
    ):
        there_is_none = NotFound(f"there is no gateway at {endpoint.poll_url} (HTTP 404)", hint=hint)
        return failed(_NAME, there_is_none)
    why = f": {stranger.message}" if isinstance(stranger, Undelivered | Pending) else ", as it takes any"
    return warned(_NAME, f"{endpoint.origin} can't be asked whether it takes the key{why}", hint=hint)
