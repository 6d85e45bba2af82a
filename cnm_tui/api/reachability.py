"""Check step by step if Datadog can be reached: DNS, TCP, TLS, and a first HTTP response.

No keys are sent. Each check has a timeout. If a check fails, later checks that depend on it are skipped.
"""

import socket
import time
from collections.abc import Generator, Iterable
from email.utils import parsedate_to_datetime
from functools import partial
from typing import Final, NamedTuple

from cnm_tui.api.http_connection import HttpConnection, Reply
from cnm_tui.api.proxy import Proxy, named_proxy, stays_on_this_machine
from cnm_tui.api.service import Keys, Service
from cnm_tui.core.errors import CnmError, NameNotResolved, ProxyFailed, TimedOut, TlsFailed, Unreachable
from cnm_tui.core.finding import Finding, State, failed, waiting
from cnm_tui.core.text import clean
from cnm_tui.core.units import seconds_text
from cnm_tui.daemon import result_within, started

RESOLVE_SECONDS: Final = 4.0
CONNECT_SECONDS: Final = 3.0
_MOST_ADDRESSES: Final = 4
_SKEW_SECONDS: Final = 30.0
"""Clock differences of at least this much are reported."""
_ANYTHING: Final = "/api/v1/validate"
"""A path that answers everybody, if only with a refusal."""
STEPS: Final = ("name_resolution", "connection", "proxy", "tls", "reply", "clock")


class Blocked(NamedTuple):
    """A failed check, with its name and its error. Later checks are skipped because of this failure."""

    check: str
    problem: CnmError


Steps = Generator[Finding, None, Blocked | None]


def reachability_findings(service: Service, connection: HttpConnection) -> Steps:
    """Yield the result of each check as soon as the check ends.

    The return value of the generator is the failed check that blocks all later checks, or None if there is
    none.
    """
    try:
        connection.open()
    except CnmError as problem:
        unusable = problem
    else:
        return (yield from _from_the_name(service, connection))
    # These settings can fail before any connection: the proxy and the certificates.
    check = "proxy" if isinstance(unusable, ProxyFailed) else "tls"
    return (yield from _blocked(check, unusable, [name for name in STEPS if name != check]))


def _from_the_name(service: Service, connection: HttpConnection) -> Steps:
    proxy = service.proxy
    host, port = (service.peer.host, service.port) if proxy is None else (proxy.host, proxy.port)
    resolved = _resolved(host, port)
    if isinstance(resolved, CnmError):
        unknown = resolved if proxy is None else _of_proxy(proxy, str(resolved))
        return (yield from _blocked("name_resolution", unknown, STEPS[1:]))
    yield resolved.finding
    connected = connection_finding(resolved.addresses, port)
    if connected.state is State.FAILED:
        problem = Unreachable(connected.proof, hint=connected.next_step)
        silent = problem if proxy is None else _of_proxy(proxy, connected.proof)
        return (yield from _blocked("connection", silent, STEPS[2:]))
    yield connected
    return (yield from _first_reply(service, connection))


def _of_proxy(proxy: Proxy, what: str) -> ProxyFailed:
    """Return the error for a proxy through which Datadog cannot be reached.

    `what` is the error message.
    """
    return ProxyFailed(
        what, hint=f"{proxy.name} is the proxy that {proxy.variable} names: check it, or except the host by NO_PROXY."
    )


def _first_reply(service: Service, connection: HttpConnection) -> Steps:
    before = time.time()
    reply: Reply | CnmError
    try:
        reply = connection.get(_ANYTHING, Keys(None))
    except CnmError as problem:
        reply = problem
    proxy = service.proxy
    if proxy is not None and isinstance(reply, TimedOut) and connection.encryption is None:
        reply = _of_proxy(proxy, "Nothing came back through the proxy: it is silent, or what is behind it.")
    if isinstance(reply, ProxyFailed):
        return (yield from _blocked("proxy", reply, STEPS[3:]))
    yield _proxy(service)
    if isinstance(reply, CnmError) and (isinstance(reply, TlsFailed) or not _has_shaken_hands(service, connection)):
        return (yield from _blocked("tls", reply, STEPS[4:]))
    yield _tls(service, connection)
    if isinstance(reply, Reply):
        reply = service.stranger(*reply, time.time()) or reply
    if isinstance(reply, CnmError):
        return (yield from _blocked("reply", reply, STEPS[5:]))
    after = time.time()
    yield Finding("reply", State.OK, f"{service.peer.name} answers: status {reply.status}, as yet without a key.")
    yield _clock(reply, (before + after) / 2, service.peer.name)
    return None


def _has_shaken_hands(service: Service, connection: HttpConnection) -> bool:
    """True if the TLS handshake is complete, or if the URL is plain HTTP and needs no handshake."""
    return service.url.startswith("http:") or connection.encryption is not None


def _blocked(check: str, problem: CnmError, not_tried: Iterable[str]) -> Steps:
    yield failed(check, problem)
    yield from waiting(not_tried, check)
    return Blocked(check, problem)


def _proxy(service: Service) -> Finding:
    proxy = service.proxy
    if proxy is not None:
        return Finding("proxy", State.OK, f"{proxy.shown}, by {proxy.variable}.")
    if stays_on_this_machine(service.url):
        return Finding("proxy", State.OK, "None, as always between this machine and itself.")
    if (named := named_proxy()) is not None:
        return Finding("proxy", State.OK, f"None: NO_PROXY excepts {service.peer.host} from {named.variable}.")
    return Finding("proxy", State.OK, "None: neither HTTPS_PROXY nor ALL_PROXY names one.")


def _tls(service: Service, connection: HttpConnection) -> Finding:
    if service.url.startswith("http:"):
        return Finding("tls", State.SKIPPED, "Not used: over http nothing leaves this machine.")
    if (encryption := connection.encryption) is None:
        return Finding("tls", State.OK, f"Within that to the proxy; trusted by {service.trust.name}.")
    protocol, certificate = encryption
    said = [
        protocol,
        f"issued by {service.peer.quoted(certificate.issuer, 200)}" if certificate.issuer else "",
        f"until {certificate.ends}" if certificate.ends else "",
        f"trusted by {service.trust.name}",
    ]
    return Finding("tls", State.OK, f"{', '.join(filter(None, said))}.")


class _Resolved(NamedTuple):
    """The IP addresses of a host, and the finding that reports them."""

    finding: Finding
    addresses: tuple[str, ...]


def _resolved(host: str, port: int) -> _Resolved | NameNotResolved:
    began = time.monotonic()
    look = partial(socket.getaddrinfo, host, port, type=socket.SOCK_STREAM)
    shown = clean(host, 200)
    try:
        found = result_within(RESOLVE_SECONDS, look)
    except TimeoutError:
        return NameNotResolved(
            f"The name service did not say in {seconds_text(RESOLVE_SECONDS)} where {shown} is.",
            hint="Check the network (DNS).",
        )
    except (OSError, UnicodeError):
        return NameNotResolved(f"{shown} has no address here.", hint="Check the network (DNS) and the site.")
    addresses = tuple(dict.fromkeys(str(address[0]) for *_, address in found))
    more = f" and {len(addresses) - _MOST_ADDRESSES} more" if len(addresses) > _MOST_ADDRESSES else ""
    if addresses == (host,):
        return _Resolved(Finding("name_resolution", State.OK, f"{shown} is an address."), addresses)
    proof = f"{shown} is {', '.join(addresses[:_MOST_ADDRESSES])}{more} ({_milliseconds(began)})."
    return _Resolved(Finding("name_resolution", State.OK, clean(proof)), addresses[:_MOST_ADDRESSES])


class _Try(NamedTuple):
    """The result of an attempt to connect to one IP address."""

    said: str
    connected: bool = False
    silent: bool = False
    """True if the address did not answer in time; every connection that tries it is delayed."""


def connection_finding(addresses: tuple[str, ...], port: int, *, seconds: float = CONNECT_SECONDS) -> Finding:
    """Connect to all IP addresses at the same time, and return a finding about the results.

    If one address times out, the finding is a warning, even if another address responds. The address that does
    not respond would delay queries.
    """
    begun_tries = [started(partial(_try_to_connect, address, port, seconds)) for address in addresses]
    tries = [outcome() for outcome in begun_tries]
    outcomes = "; ".join(f"{clean(address)} {what.said}" for address, what in zip(addresses, tries, strict=True))
    proof = f"Port {port}: {outcomes}."
    if not any(what.connected for what in tries):
        return Finding("connection", State.FAILED, proof, "Check the network, a firewall and the proxy settings.")
    if any(what.silent for what in tries):
        step = "Have the silent address mended: a new connection may wait 2 s for it first."
        return Finding("connection", State.WARNING, proof, step)
    return Finding("connection", State.OK, proof)


def _try_to_connect(address: str, port: int, seconds: float) -> _Try:
    began = time.monotonic()
    try:
        socket.create_connection((address, port), seconds).close()
    except TimeoutError:
        return _Try(f"gave no answer in {seconds_text(seconds)}", silent=True)
    except ConnectionRefusedError:
        return _Try("refused the connection")
    except OSError as error:
        return _Try(clean(error.strerror or type(error).__name__, 100).lower())
    return _Try(f"answered ({_milliseconds(began)})", connected=True)


def _clock(reply: Reply, now: float, sender: str) -> Finding:
    """Compare the local clock with the server's clock, and return a finding about the difference.

    `now` is the local time in the middle of the request. The server's time is read from the `Date` header.
    """
    try:
        there = parsedate_to_datetime(reply.headers["date"]).timestamp()
    except (KeyError, ValueError, OverflowError, OSError):
        return Finding("clock", State.SKIPPED, f"{sender} does not say what time it is.")
    ahead = now - there
    if abs(ahead) < _SKEW_SECONDS:
        return Finding("clock", State.OK, f"Within {seconds_text(_SKEW_SECONDS)} of that of {sender}.")
    stands = "ahead of" if ahead > 0 else "behind"
    proof = f"The clock of this machine is {seconds_text(abs(ahead))} {stands} that of {sender}."
    return Finding("clock", State.WARNING, proof, "Set it (NTP): each window that ends now is wrong by as much.")


def _milliseconds(began: float) -> str:
    return f"{(time.monotonic() - began) * 1_000:.0f} ms"
