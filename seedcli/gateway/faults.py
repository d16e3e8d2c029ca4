"""What a broken exchange means, told from how far the request got."""

from __future__ import annotations

import os
import re
import socket
import ssl
from collections.abc import Iterator

from seedcli.errors import ConfigError, SeedError, Undelivered
from seedcli.gateway.channel import Broken, NotAdmitted, NotConnected, ProxyRefused
from seedcli.gateway.connection import NotHTTP
from seedcli.gateway.delivery import Delivery
from seedcli.text import clean

# All that reading, writing, connecting, TLS and proxies raise.
NETWORK_FAULTS = (Broken, OSError)

_CA_HINT = (
    "Is the clock right? Behind a company's proxy, give its certificate with --ca-bundle or SSL_CERT_FILE."
)
_NETWORK_HINT = "Nothing was billed. Look at the network, the base URL and the proxy: `seedcli doctor`."


def undelivered(fault: Exception, delivery: Delivery, *, origin: str) -> SeedError:
    """The error for a request that certainly never was whole at the gateway."""
    if isinstance(fault, ProxyRefused):
        return proxy_refusal(fault)
    certificate = _caused_by(fault, ssl.SSLCertVerificationError)
    if certificate is not None:
        reason = clean(str(getattr(certificate, "verify_message", "") or certificate))
        return Undelivered(f"{origin}: its certificate is not trusted: {reason}", hint=_CA_HINT)
    if not delivery.connected:
        return Undelivered(
            f"{origin} can't be reached: {reason_of(fault)}",
            hint=_NETWORK_HINT,
            retryable=not isinstance(fault, NotAdmitted),
        )
    sent, total = delivery.sent_bytes, delivery.total_bytes
    return Undelivered(
        f"the request broke off after {sent} of {total} bytes: {reason_of(fault)}",
        hint=_NETWORK_HINT,
        retryable=True,
    )


def unanswered(fault: Exception, *, origin: str) -> SeedError:
    """The error for a question that costs nothing, when no answer to it came."""
    if isinstance(fault, NotConnected):
        return undelivered(fault, Delivery(), origin=origin)
    return Undelivered(f"{origin} gave no answer: {reason_of(fault)}", hint=_NETWORK_HINT, retryable=True)


def proxy_refusal(fault: ProxyRefused) -> SeedError:
    """The proxy, not the gateway, said no; the request went no further."""
    said = clean(str(fault))
    if fault.password == "unwanted":
        return ConfigError(
            f"the SOCKS proxy takes no name and password: {said}", hint="Leave them out of the proxy's URL."
        )
    if fault.password == "wanted":
        return ConfigError(
            f"the proxy wants a name and a password: {said}",
            hint="Put the right ones into the proxy's URL: http://NAME:PASSWORD@HOST:PORT",
        )
    return Undelivered(
        f"the proxy refused: {said}",
        hint="Check --proxy and the proxy variables; NO_PROXY goes past it.",
        retryable=said[:1] == "5",
    )


def reason_of(fault: BaseException) -> str:
    """Why an exchange broke, in a few words."""
    if isinstance(fault, TimeoutError) and fault.errno is None:
        return "time is up"
    name_fault = _caused_by(fault, socket.gaierror)
    if name_fault is not None:
        return f"the name can't be resolved ({clean(str(name_fault.args[-1]))})"
    tls = _caused_by(fault, ssl.SSLError)
    if tls is not None:
        return f"TLS failed ({clean(str(getattr(tls, 'reason', None) or tls))})"
    for cause in _chain(fault, depth=10):
        if isinstance(cause, OSError) and (number := _number(cause)):
            return clean(os.strerror(number)).lower()
    said = clean(str(fault)).rstrip(".")
    if _caused_by(fault, NotHTTP) is not None:
        return f"not HTTP: {said}"
    return said if said and isinstance(fault, Broken) else "the connection was closed"


def _number(fault: OSError) -> int | None:
    """Its errno; of several addresses that were tried the last one's, which asyncio has in a text alone."""
    found = re.findall(r"\[Errno (\d+)\]", str(fault)) if fault.errno is None else ()
    return int(found[-1]) if found else fault.errno


def _caused_by(fault: BaseException, kind: type[BaseException]) -> BaseException | None:
    return next((cause for cause in _chain(fault, depth=10) if isinstance(cause, kind)), None)


def _chain(fault: BaseException | None, *, depth: int) -> Iterator[BaseException]:
    """`fault` and what caused it."""
    while fault is not None and depth > 0:
        yield fault
        fault = fault.__cause__ or fault.__context__
        depth -= 1
