"""What a broken exchange means, told from how far the request got. The one border to httpcore's errors."""

from __future__ import annotations

import os
import socket
import ssl
from collections.abc import Iterator

import anyio
import httpcore

from seedcli.errors import ConfigError, SeedError, Undelivered
from seedcli.gateway.delivery import Delivery
from seedcli.gateway.streams import NotAdmitted
from seedcli.text import clean

# All that reading, writing, connecting, TLS and proxies raise; the last is how httpcore's SOCKS
# support answers a proxy that speaks something else.
NETWORK_FAULTS: tuple[type[Exception], ...] = (
    httpcore.NetworkError,
    httpcore.TimeoutException,
    httpcore.ProtocolError,
    httpcore.ProxyError,
    httpcore.UnsupportedProtocol,
    anyio.BrokenResourceError,
    anyio.ClosedResourceError,
    anyio.EndOfStream,
    OSError,
    AssertionError,
)
try:
    from socksio import ProtocolError as _SocksError
except ImportError:  # the extra is not installed
    pass
else:
    NETWORK_FAULTS = (*NETWORK_FAULTS, _SocksError)

_CA_HINT = (
    "Is the clock right? Behind a company's proxy, give its certificate with --ca-bundle or SSL_CERT_FILE."
)
_NETWORK_HINT = "Nothing was billed. Look at the network, the base URL and the proxy: `seedcli doctor`."


def undelivered(fault: Exception, delivery: Delivery, *, origin: str) -> SeedError:
    """The error for a request that certainly never was whole at the gateway."""
    if isinstance(fault, httpcore.ProxyError):
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
    if isinstance(fault, httpcore.ConnectError | httpcore.ConnectTimeout | httpcore.ProxyError):
        return undelivered(fault, Delivery(), origin=origin)
    return Undelivered(f"{origin} gave no answer: {reason_of(fault)}", hint=_NETWORK_HINT, retryable=True)


def proxy_refusal(fault: Exception) -> SeedError:
    """The proxy, not the gateway, said no; the request went no further."""
    said = clean(str(fault))
    if said.startswith("Requested USERNAME/PASSWORD"):  # asked for what the proxy does not do
        return ConfigError(
            f"the SOCKS proxy takes no name and password: {said}", hint="Leave them out of the proxy's URL."
        )
    # 401 is what tinyproxy says to a password that is wrong.
    if said.startswith(("407", "401", "Requested NO AUTH")) or "password" in said:
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
    if isinstance(fault, httpcore.ConnectTimeout):
        return "no connection within the time limit"
    if isinstance(fault, TimeoutError | httpcore.TimeoutException):
        return "time is up"
    name_fault = _caused_by(fault, socket.gaierror)
    if name_fault is not None:
        return f"the name can't be resolved ({clean(str(name_fault.args[-1]))})"
    tls = _caused_by(fault, ssl.SSLError)
    if tls is not None:
        return f"TLS failed ({clean(str(getattr(tls, 'reason', None) or tls))})"
    for cause in _chain(fault, depth=10):
        if isinstance(cause, OSError) and cause.errno:
            return clean(os.strerror(cause.errno)).lower()
    said = clean(str(fault)).rstrip(".")
    # h11's and httpcore's words for a peer that hangs up, before and in the middle of an answer.
    hung_up = "disconnected" in said or "closed connection" in said
    if not said or hung_up or isinstance(fault, httpcore.ReadError | httpcore.WriteError):
        return "the connection was closed"
    return f"not HTTP: {said}" if isinstance(fault, httpcore.RemoteProtocolError) else said


def _caused_by(fault: BaseException, kind: type[BaseException]) -> BaseException | None:
    return next((cause for cause in _chain(fault, depth=10) if isinstance(cause, kind)), None)


def _chain(fault: BaseException | None, *, depth: int) -> Iterator[BaseException]:
    """`fault` and what caused it, through exception groups (several addresses were tried)."""
    while fault is not None and depth > 0:
        yield fault
        if isinstance(fault, BaseExceptionGroup):
            for inner in fault.exceptions[-3:]:
                yield from _chain(inner, depth=depth - 1)
        fault = fault.__cause__ or fault.__context__
        depth -= 1
