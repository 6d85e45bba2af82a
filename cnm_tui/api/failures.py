"""What can go wrong on the way, each as the one named error that says what happened, where and what to do."""

import socket
import ssl
from collections.abc import Callable, Iterator, Mapping
from typing import Final, NamedTuple
from urllib.parse import urlsplit

import httpx

from cnm_tui.api.budget import retry_after_seconds
from cnm_tui.api.error_texts import error_texts, is_html
from cnm_tui.api.trust import CertificateRefused
from cnm_tui.core.errors import (
    CnmError,
    ConnectionRefused,
    CredentialsRefused,
    NameNotResolved,
    ProductDisabled,
    ProxyFailed,
    QueryRefused,
    RateLimited,
    ReplyNotJson,
    ServiceFailed,
    TimedOut,
    TlsFailed,
    UnexpectedReply,
    Unreachable,
)
from cnm_tui.core.redaction import NOTHING_SECRET, Redaction
from cnm_tui.core.text import clean
from cnm_tui.core.time_range import time_of_day
from cnm_tui.core.units import seconds_text

SCOPE: Final = "network_connections_read"
_BARE: Final = frozenset({"bad request", "400 bad request", "400", "error", "invalid request"})
_CHECK_NETWORK: Final = "Check the network, the site and any proxy."


class Place(NamedTuple):
    """Who was asked, and as whom."""

    host: str
    """As it is dialled."""
    site: str | None
    """None where it is not Datadog's own."""
    called: str = ""
    """As failures name it, where that is not just the host: with its port, or `DEMO`."""
    by_token: bool = False
    proxy: str = ""
    """The host and port that are dialled in its place; empty where there is no proxy on the way."""

    redaction: Redaction = NOTHING_SECRET
    """Hides the keys, and the proxy's password, in what others say."""

    def quoted(self, text: str, longest: int) -> str:
        """Return text from outside as it may be shown: no key is in it, nor half of one where it is cut."""
        return clean(self.redaction.hide(text), longest)

    @property
    def name(self) -> str:
        """Who was asked, as failures say it."""
        return self.called or self.host

    @property
    def where_keys_belong(self) -> str:
        """The site in use, or whoever it is that is not Datadog's own."""
        return f"the site {self.site}" if self.site else self.name

    @property
    def asked_with(self) -> str:
        """Keys or a token, in a word."""
        return "token" if self.by_token else "keys"


def of_status(status: int, headers: Mapping[str, str], body: bytes, place: Place, now: float) -> CnmError:
    """The failure that a status other than 200 means."""
    content_type = headers.get("content-type", "")
    said = " ".join(_as_sentence(text) for text in error_texts(body, content_type, place.redaction))
    if status == 429:
        return _rate_limited(headers, place, now)
    # 304 sends nobody anywhere.
    if 300 <= status < 400 and status != 304:
        return _redirected(status, headers, place)
    if status == 400 and not is_html(body, content_type):
        return _bad_request(said, place)
    described = _DESCRIBED.get(status)
    if described is not None:
        return described(said, place)
    if status >= 500:
        return ServiceFailed(
            f"{place.name} failed ({status}){_quoted(said)}",
            hint="Ask again in a moment; status.datadoghq.com may know.",
        )
    return UnexpectedReply(
        f"{place.name} answered with status {status}, which the endpoint never does{_quoted(said)}", hint=_CHECK_NETWORK
    )


def of_exception(error: httpx.HTTPError, place: Place, read_seconds: float) -> CnmError:
    """The failure that an exception of the HTTP library means."""
    causes = list(_causes(error))
    tls = _tls(causes)
    if isinstance(error, httpx.ProxyError):
        return _proxy_refused(str(error), place)
    if place.proxy and isinstance(error, httpx.ConnectError | httpx.ConnectTimeout) and not tls:
        return _proxy_unreachable(causes, place.proxy)
    if isinstance(error, httpx.ConnectTimeout | httpx.PoolTimeout):
        return TimedOut(f"{place.name} took no connection in time.", hint=_CHECK_NETWORK)
    if isinstance(error, httpx.TimeoutException):
        return TimedOut(
            f"{place.name} said nothing for {seconds_text(read_seconds)}.",
            hint="Ask again, for a shorter time range or fewer group-bys"
            + (f"; or the proxy {place.proxy} on the way is silent." if place.proxy else "."),
        )
    if _is_among(socket.gaierror, causes):
        return not_resolved(place)
    if _is_among(ConnectionRefusedError, causes):
        return ConnectionRefused(
            f"{place.name} refused the connection.", hint="Nothing listens there, or a firewall says no."
        )
    if tls:
        return _tls_failed(tls, place)
    if isinstance(error, httpx.RemoteProtocolError):
        return UnexpectedReply(f"{place.name} did not answer as HTTP does.", hint="Check the API URL and any proxy.")
    return Unreachable(f"The connection to {place.name} broke.", hint=_CHECK_NETWORK)


def web_page(body: bytes, content_type: str, place: Place) -> ReplyNotJson | None:
    """The failure of a page in the reply's place, as a sign-in on the way sends it; None where it is none."""
    # A relay may call JSON by any type.
    if body.lstrip(b"\xef\xbb\xbf \t\r\n").startswith(b"{") or not is_html(body, content_type):
        return None
    said = " ".join(_as_sentence(text) for text in error_texts(body, content_type, place.redaction))
    return ReplyNotJson(
        f"{place.name} answered with a web page{_quoted(said)}",
        hint="Check the site or the API URL; it may be a sign-in page on the way.",
    )


def of_stranger(status: int, headers: Mapping[str, str], body: bytes, place: Place, now: float) -> CnmError | None:
    """The failure of a reply that something on the way sent in the service's place; None where it is the service's.

    Some servers say by a page that they know no such path; they may well know another.
    """
    if 300 <= status < 400:
        return of_status(status, headers, body, place, now)
    return None if status == 404 else web_page(body, headers.get("content-type", ""), place)


def unforeseen(error: BaseException, place: Place) -> UnexpectedReply:
    """Return the failure of a reply that nobody thought of; of the exception only the type: its text may hold keys."""
    return UnexpectedReply(
        f"The reply of {place.name} could not be read ({type(error).__name__}).",
        hint="That is a fault of cnm-tui: please report it. Ask again; other questions may well be answered.",
    )


def of_proxy_settings(variable: str = "", *, is_doubtful: bool = False) -> ProxyFailed:
    """The proxy that the environment names cannot be used. What it says is not repeated: it may hold a password."""
    if is_doubtful:
        return ProxyFailed(
            f"The proxy of {variable} can be read in two ways: a sign in its user name or password ends that part.",
            hint="Write such signs percent-encoded there: @ as %40, # as %23, / as %2F, ? as %3F, : as %3A, % as %25.",
        )
    return ProxyFailed(
        "The proxy settings of the environment cannot be used.",
        hint="HTTPS_PROXY and ALL_PROXY must read http://HOST:PORT or https://HOST:PORT.",
    )


def not_resolved(place: Place) -> NameNotResolved:
    """The host's name leads nowhere."""
    return NameNotResolved(
        f"{clean(place.host, 200)} has no address here.", hint="Check the network (DNS) and the site."
    )


def _causes(error: BaseException | None) -> Iterator[BaseException]:
    """The exception, what it was raised from and so on, into groups as well (several addresses were tried)."""
    seen: set[int] = set()
    waiting = [error]
    while waiting:
        cause = waiting.pop(0)
        if cause is None or id(cause) in seen:
            continue
        seen.add(id(cause))
        yield cause
        waiting += [cause.__cause__, cause.__context__]
        if isinstance(cause, BaseExceptionGroup):
            waiting += cause.exceptions


def _is_among(kind: type[BaseException], causes: list[BaseException]) -> bool:
    return any(isinstance(cause, kind) for cause in causes)


def _tls(causes: list[BaseException]) -> ssl.SSLError | CertificateRefused | None:
    return next((cause for cause in causes if isinstance(cause, ssl.SSLError | CertificateRefused)), None)


_BY_THE_CLOCK: Final = "Look at the clock of this machine; if it is right, the certificate has to be renewed."
_NOT_TRUSTED: Final = (
    "If that is your company's, name its certificate by --ca-bundle FILE or SSL_CERT_FILE; "
    "if nobody knows it, somebody listens in."
)
_FOR_ANOTHER: Final = "Check the site or the API URL; a filter or a sign-in on the way may answer in its place."
_STRANGER: Final = ("comes from an authority that is not trusted here", _NOT_TRUSTED)

# OpenSSL's X509_V_ERR_* (openssl/x509_vfy.h).
_CERTIFICATE_FAULTS: Final = {
    9: ("is not valid yet", _BY_THE_CLOCK),
    10: ("has expired", _BY_THE_CLOCK),
    18: ("is self-signed", _NOT_TRUSTED),
    19: _STRANGER,
    20: _STRANGER,
    21: _STRANGER,
    23: ("was revoked", "Keep away from it, and tell whoever runs it."),
    62: ("is for another name", _FOR_ANOTHER),
    64: ("is for another address", _FOR_ANOTHER),
}


def _tls_failed(error: ssl.SSLError | CertificateRefused, place: Place) -> TlsFailed:
    if isinstance(error, CertificateRefused):
        fault, hint = _CERTIFICATE_FAULTS.get(
            error.code, (f"cannot be verified ({place.quoted(error.reason, 200)})", _NOT_TRUSTED)
        )
        said = {10: error.certificate.ends, 62: error.certificate.names, 64: error.certificate.names}
        detail = place.quoted(said.get(error.code, error.certificate.issuer), 200)
        return TlsFailed(f"The certificate of {place.name} {fault}{f': {detail}' if detail else ''}.", hint=hint)
    reason = place.quoted((error.reason or "no secure connection").replace("_", " ").lower(), 100)
    return TlsFailed(
        f"No secure connection to {place.name}: {reason}.", hint="Check the port of the API URL and any proxy."
    )


def _proxy_unreachable(causes: list[BaseException], proxy: str) -> ProxyFailed:
    """The proxy itself, and not the place behind it, gave no connection."""
    what = "did not answer in time"
    if _is_among(socket.gaierror, causes):
        what = "has no address here"
    elif _is_among(ConnectionRefusedError, causes):
        what = "refused the connection"
    return ProxyFailed(
        f"The proxy {proxy} {what}.", hint="Check HTTPS_PROXY and ALL_PROXY, or except the host by NO_PROXY."
    )


def _proxy_refused(said: str, place: Place) -> ProxyFailed:
    """The proxy would not connect us: its answer to CONNECT."""
    status = said[:3]
    hint = "Have the host let through there, or except it by NO_PROXY."
    if status == "407":
        hint = "It wants a user name and password: HTTPS_PROXY=http://USER:PASSWORD@HOST:PORT."
    elif status in ("502", "503", "504"):
        hint = "It could not reach the host itself: ask whoever runs it, or except the host by NO_PROXY."
    return ProxyFailed(
        f"The proxy {place.proxy} did not let the request to {place.host} through: {place.quoted(said, 200)}.",
        hint=hint,
    )


def _rate_limited(headers: Mapping[str, str], place: Place, now: float) -> RateLimited:
    seconds = retry_after_seconds(headers, now)
    name = place.quoted(headers.get("x-ratelimit-name", ""), 80)
    return RateLimited(
        f"Too many calls: {place.name} wants a pause of {seconds_text(seconds)}, until {time_of_day(now + seconds)}.",
        retry_after_seconds=seconds,
        hint=f"To have the limit raised, name it to Datadog's support: {name}." if name else "",
    )


def _redirected(status: int, headers: Mapping[str, str], place: Place) -> UnexpectedReply:
    try:
        target = urlsplit(headers.get("location", "")).hostname
    except ValueError:
        target = None
    to = place.quoted(target, 200) if target else "another place"
    return UnexpectedReply(
        f"{place.name} redirects to {to} ({status}); the endpoint never does, and keys are not sent on.",
        hint="Check the site or the API URL; it may be a sign-in page on the way.",
    )


def _sign_in_wanted(said: str, place: Place) -> CnmError:
    return UnexpectedReply(
        f"The network on the way to {place.name} wants a sign-in (511){_quoted(said)}",
        hint="Open a page in a browser, sign in there, then ask again.",
    )


def _bad_request(said: str, place: Place) -> CnmError:
    if said.lower().rstrip(".") not in ("", *_BARE):
        return QueryRefused(f"{place.name} would not answer: {said}", hint="Change the query.")
    return ProductDisabled(
        f"{place.name} answered a bare 400 Bad Request, as it does without Cloud Network Monitoring.",
        hint="Have it enabled for the organisation; the query is not at fault.",
    )


def _refused_by_gateway(said: str, place: Place) -> CnmError:
    return UnexpectedReply(
        f"Something on the way to {place.name} would not pass the request on{_quoted(said)}", hint=_CHECK_NETWORK
    )


def _keys_unknown(said: str, place: Place) -> CnmError:
    return CredentialsRefused(
        f"{place.name} refused the {place.asked_with}{_quoted(said)}",
        hint=_what_is_needed(place, "must be whole and of"),
    )


def _keys_not_allowed(said: str, place: Place) -> CnmError:
    return CredentialsRefused(
        f"{place.name} refused what was asked with {'this' if place.by_token else 'these'} {place.asked_with}"
        f"{_quoted(said)}",
        hint=_what_is_needed(place, "must be of"),
    )


def told_apart(refused: CnmError, known: bool | None) -> CredentialsRefused:
    """Return the same refusal with what is to be done about a wrong key, or about a missing scope.

    The doctor is named early: a small screen cuts the end.

    Args:
        refused: Why nothing was answered.
        known: True if the service knows the keys by themselves; None if it could not be found out.
    """
    if known is None:
        hint = f"cnm-tui doctor finds out why. {refused.hint}"
    elif known:
        hint = (
            f"It knows both; the scope {SCOPE} is missing (cnm-tui doctor). "
            "Give it to the application key and to the role of who made it."
        )
    else:
        hint = "It does not know them: one is wrong, or of another site (cnm-tui doctor)."
    return CredentialsRefused(str(refused), hint=hint)


def _what_is_needed(place: Place, must_be: str) -> str:
    if place.by_token:
        return f"The token {must_be} {place.where_keys_belong} and needs the scope {SCOPE}."
    return f"Both keys {must_be} {place.where_keys_belong}; the application key needs the scope {SCOPE}."


def _not_there(said: str, place: Place) -> CnmError:
    return UnexpectedReply(
        f"{place.name} has no such endpoint (404){_quoted(said)}", hint="Check the site or the API URL."
    )


def _too_long(said: str, place: Place) -> CnmError:
    return QueryRefused(
        f"The query is too long for {place.name}{_quoted(said)}", hint="Shorten the search or the tags."
    )


def _proxy_wants_password(said: str, place: Place) -> CnmError:
    return ProxyFailed(
        f"A proxy on the way to {place.name} wants a user name and password{_quoted(said)}",
        hint="Check HTTPS_PROXY and ALL_PROXY.",
    )


def _service_timed_out(said: str, place: Place) -> CnmError:
    return TimedOut(f"{place.name} gave up waiting (408){_quoted(said)}", hint="Ask again.")


_DESCRIBED: Final[Mapping[int, Callable[[str, Place], CnmError]]] = {
    400: _refused_by_gateway,
    401: _keys_unknown,
    403: _keys_not_allowed,
    404: _not_there,
    407: _proxy_wants_password,
    408: _service_timed_out,
    413: _too_long,
    414: _too_long,
    431: _too_long,
    511: _sign_in_wanted,
}


def _as_sentence(text: str) -> str:
    return text if text.endswith((".", "!", "?", "…")) else f"{text}."


def _quoted(said: str) -> str:
    return f": {said}" if said else "."
