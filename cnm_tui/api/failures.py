"""Convert failures of HTTP, TLS, DNS and proxies to the error classes of this program.

The text of each error says what happened, at which server, and what the user can do.
"""

import socket
import ssl
from collections.abc import Iterator, Mapping
from typing import Final, NamedTuple
from urllib.parse import urlsplit

import httpx

from cnm_tui.api.error_texts import error_texts, is_html
from cnm_tui.api.rate_limit import retry_after_seconds
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
from cnm_tui.core.time.time_range import time_of_day
from cnm_tui.core.units import seconds_text

SCOPE: Final = "network_connections_read"
_BARE: Final = frozenset({"", "bad request", "400 bad request", "400", "error", "invalid request"})
_CHECK_NETWORK: Final = "Check the network, the site and any proxy."
_CHECK_URL: Final = "Check the site or the API URL."
_MAYBE_SIGN_IN: Final = "Check the site or the API URL; it may be a sign-in page on the way."


class Peer(NamedTuple):
    """The server that receives the requests, as error messages describe it.

    It contains the host name, the Datadog site, the proxy, and the kind of keys.
    """

    host: str
    """The host name."""
    site: str | None
    """The Datadog site; None for another server."""
    called: str = ""
    """Name used in error messages: with the port, or `DEMO`; empty for just the host."""
    by_token: bool = False
    proxy: str = ""
    """Host and port of the proxy; empty without a proxy."""
    redaction: Redaction = NOTHING_SECRET
    """Removes the keys and the proxy's password from outside text."""

    def quoted(self, text: str, longest: int) -> str:
        """Return a text that comes from outside the program, in a form that is safe to display.

        The returned text is free of control characters and API keys, and has at most `longest` characters.
        """
        return clean(self.redaction.hide(text), longest)

    @property
    def name(self) -> str:
        """The name of the server in error messages."""
        return self.called or self.host


class _Meaning(NamedTuple):
    """The error class, error message and hint for one HTTP status.

    In the message, `{name}` is replaced by the server's name, and `{said}` by the text of the response.
    """

    kind: type[CnmError]
    sentence: str
    hint: str


_TOO_LONG: Final = _Meaning(QueryRefused, "The query is too long for {name}{said}", "Shorten the search or the tags.")
_MEANINGS: Final[Mapping[int, _Meaning]] = {
    400: _Meaning(
        UnexpectedReply, "Something on the way to {name} would not pass the request on{said}", _CHECK_NETWORK
    ),
    404: _Meaning(UnexpectedReply, "{name} has no such endpoint (404){said}", _CHECK_URL),
    407: _Meaning(
        ProxyFailed,
        "A proxy on the way to {name} wants a user name and password{said}",
        "Check HTTPS_PROXY and ALL_PROXY.",
    ),
    408: _Meaning(TimedOut, "{name} gave up waiting (408){said}", "Ask again."),
    413: _TOO_LONG,
    414: _TOO_LONG,
    431: _TOO_LONG,
    511: _Meaning(
        UnexpectedReply,
        "The network on the way to {name} wants a sign-in (511){said}",
        "Open a page in a browser, sign in there, then ask again.",
    ),
}


def of_status(status: int, headers: Mapping[str, str], body: bytes, peer: Peer, now: float) -> CnmError:
    """Return the error of this program for a response with an HTTP status other than 200."""
    content_type = headers.get("content-type", "")
    if status == 429:
        return _rate_limited(headers, peer, now)
    # 304 carries no Location.
    if 300 <= status < 400 and status != 304:
        return _redirected(status, headers, peer)
    said = _words(body, content_type, peer)
    if status == 400 and not is_html(body, content_type):
        return _bad_request(said, peer)
    if status in (401, 403):
        return _keys_refused(status, said, peer)
    kind, sentence, hint = _MEANINGS.get(status) or _unlisted(status)
    return kind(sentence.format(name=peer.name, said=_quoted(said)), hint=hint)


def _unlisted(status: int) -> _Meaning:
    if status >= 500:
        hint = "Ask again in a moment; status.datadoghq.com may know."
        return _Meaning(ServiceFailed, f"{{name}} failed ({status}){{said}}", hint)
    sentence = f"{{name}} answered with status {status}, which the endpoint never does{{said}}"
    return _Meaning(UnexpectedReply, sentence, _CHECK_NETWORK)


def of_exception(error: Exception, peer: Peer, read_seconds: float, whole_seconds: float) -> CnmError:
    """Return the error of this program for any exception that a request raised.

    `read_seconds` and `whole_seconds` are the timeouts of the request. The error message mentions them.
    """
    if isinstance(error, CnmError):
        return error
    if isinstance(error, httpx.HTTPError):
        return _of_http_error(error, peer, read_seconds)
    if isinstance(error, UnicodeError) and error.__class__ is not UnicodeDecodeError:
        # The resolver raises this for a name with an empty label, or with a label over 63 characters.
        return _not_resolved(peer)
    if not isinstance(error, TimeoutError):
        return unforeseen(error, peer)
    return TimedOut(
        f"{peer.name} had not finished its reply after {seconds_text(whole_seconds)}.",
        hint="Ask for a shorter time range or fewer rows.",
    )


def _of_http_error(error: httpx.HTTPError, peer: Peer, read_seconds: float) -> CnmError:
    causes = list(_causes(error))
    tls = next((cause for cause in causes if isinstance(cause, ssl.SSLError | CertificateRefused)), None)
    if isinstance(error, httpx.ProxyError):
        return _proxy_refused(str(error), peer)
    if peer.proxy and isinstance(error, httpx.ConnectError | httpx.ConnectTimeout) and not tls:
        return _proxy_unreachable(causes, peer.proxy)
    if isinstance(error, httpx.ConnectTimeout | httpx.PoolTimeout):
        return TimedOut(f"{peer.name} took no connection in time.", hint=_CHECK_NETWORK)
    if isinstance(error, httpx.TimeoutException):
        return TimedOut(
            f"{peer.name} said nothing for {seconds_text(read_seconds)}.",
            hint="Ask again, for a shorter time range or fewer group-bys"
            + (f"; or the proxy {peer.proxy} on the way is silent." if peer.proxy else "."),
        )
    if _is_among(socket.gaierror, causes):
        return _not_resolved(peer)
    if _is_among(ConnectionRefusedError, causes):
        return ConnectionRefused(
            f"{peer.name} refused the connection.", hint="Nothing listens there, or a firewall says no."
        )
    if tls:
        return _tls_failed(tls, peer)
    if isinstance(error, httpx.RemoteProtocolError):
        return UnexpectedReply(f"{peer.name} did not answer as HTTP does.", hint="Check the API URL and any proxy.")
    return Unreachable(f"The connection to {peer.name} broke.", hint=_CHECK_NETWORK)


def web_page(body: bytes, headers: Mapping[str, str], peer: Peer) -> ReplyNotJson | None:
    """Return the error for a response whose body is a web page, for example a sign-in page.

    Return None if the body is not a web page.
    """
    content_type = headers.get("content-type", "")
    # Some relays call JSON by another content type.
    if body.lstrip(b"\xef\xbb\xbf \t\r\n").startswith(b"{") or not is_html(body, content_type):
        return None
    said = _quoted(_words(body, content_type, peer))
    return ReplyNotJson(f"{peer.name} answered with a web page{said}", hint=_MAYBE_SIGN_IN)


def of_another_server(status: int, headers: Mapping[str, str], body: bytes, peer: Peer, now: float) -> CnmError | None:
    """Return the error for a response that a gateway sent in place of Datadog.

    Return None if Datadog itself sent the response. Also return None for a web page with status 404. Some servers
    send such a page for an unknown path, although they respond normally at another path.
    """
    if 300 <= status < 400:
        return of_status(status, headers, body, peer, now)
    return None if status == 404 else web_page(body, headers, peer)


def unforeseen(error: BaseException, peer: Peer) -> UnexpectedReply:
    """Return the error for an exception that this program does not expect.

    The error message contains only the type of the exception, because the text of the exception may contain
    keys.
    """
    return UnexpectedReply(
        f"The reply of {peer.name} could not be read ({type(error).__name__}).",
        hint="That is a fault of cnm-tui: please report it. Ask again; other questions may well be answered.",
    )


def of_proxy_settings(variable: str = "", *, is_doubtful: bool = False) -> ProxyFailed:
    """Return the error for a proxy setting that cannot be used.

    The error message does not quote the setting, because the setting may contain a password.
    """
    if is_doubtful:
        return ProxyFailed(
            f"The proxy of {variable} can be read in two ways: a sign in its user name or password ends that part.",
            hint="Write such signs percent-encoded there: @ as %40, # as %23, / as %2F, ? as %3F, : as %3A, % as %25.",
        )
    return ProxyFailed(
        "The proxy settings of the environment cannot be used.",
        hint="HTTPS_PROXY and ALL_PROXY must read http://HOST:PORT or https://HOST:PORT.",
    )


def explained(refused: CnmError, known: bool | None) -> CredentialsRefused:
    """Return an error like `refused`, with a hint about a wrong key or a missing permission (scope).

    The hint mentions the `doctor` command near its beginning, because a small terminal cuts off the end of the hint.

    Args:
        refused: The error for the response in which Datadog refused the keys.
        known: True if the keys exist at Datadog, False if they do not exist, None if that is unknown.
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


def _not_resolved(peer: Peer) -> NameNotResolved:
    return NameNotResolved(
        f"{clean(peer.host, 200)} has no address here.", hint="Check the network (DNS) and the site."
    )


def _causes(error: BaseException | None) -> Iterator[BaseException]:
    """Yield the exception, then the exception that caused it, and so on to the first cause."""
    while error is not None:
        yield error
        error = error.__cause__ or error.__context__


def _is_among(kind: type[BaseException], causes: list[BaseException]) -> bool:
    return any(isinstance(cause, kind) for cause in causes)


_BY_THE_CLOCK: Final = "Look at the clock of this machine; if it is right, the certificate has to be renewed."
_NOT_TRUSTED: Final = (
    "If that is your company's, name its certificate by --ca-bundle FILE or SSL_CERT_FILE; "
    "if nobody knows it, somebody listens in."
)
_FOR_ANOTHER: Final = "Check the site or the API URL; a filter or a sign-in on the way may answer in its peer."
_STRANGER: Final = ("comes from an authority that is not trusted here", _NOT_TRUSTED)

# Names of OpenSSL's X509_V_ERR_* (openssl/x509_vfy.h).
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


def _tls_failed(error: ssl.SSLError | CertificateRefused, peer: Peer) -> TlsFailed:
    if isinstance(error, CertificateRefused):
        fault, hint = _CERTIFICATE_FAULTS.get(
            error.code, (f"cannot be verified ({peer.quoted(error.reason, 200)})", _NOT_TRUSTED)
        )
        said = {10: error.certificate.ends, 62: error.certificate.names, 64: error.certificate.names}
        detail = peer.quoted(said.get(error.code, error.certificate.issuer), 200)
        return TlsFailed(f"The certificate of {peer.name} {fault}{f': {detail}' if detail else ''}.", hint=hint)
    reason = peer.quoted((error.reason or "no secure connection").replace("_", " ").lower(), 100)
    return TlsFailed(
        f"No secure connection to {peer.name}: {reason}.", hint="Check the port of the API URL and any proxy."
    )


def _proxy_unreachable(causes: list[BaseException], proxy: str) -> ProxyFailed:
    what = "did not answer in time"
    if _is_among(socket.gaierror, causes):
        what = "has no address here"
    elif _is_among(ConnectionRefusedError, causes):
        what = "refused the connection"
    return ProxyFailed(
        f"The proxy {proxy} {what}.", hint="Check HTTPS_PROXY and ALL_PROXY, or except the host by NO_PROXY."
    )


def _proxy_refused(said: str, peer: Peer) -> ProxyFailed:
    """Return the error for a proxy that refused a CONNECT request.

    `said` is the text of the proxy's response.
    """
    status = said[:3]
    hint = "Have the host let through there, or except it by NO_PROXY."
    if status == "407":
        hint = "It wants a user name and password: HTTPS_PROXY=http://USER:PASSWORD@HOST:PORT."
    elif status in ("502", "503", "504"):
        hint = "It could not reach the host itself: ask whoever runs it, or except the host by NO_PROXY."
    return ProxyFailed(
        f"The proxy {peer.proxy} did not let the request to {peer.host} through: {peer.quoted(said, 200)}.",
        hint=hint,
    )


def _rate_limited(headers: Mapping[str, str], peer: Peer, now: float) -> RateLimited:
    seconds = retry_after_seconds(headers, now)
    name = peer.quoted(headers.get("x-ratelimit-name", ""), 80)
    return RateLimited(
        f"Too many calls: {peer.name} wants a pause of {seconds_text(seconds)}, until {time_of_day(now + seconds)}.",
        retry_after_seconds=seconds,
        hint=f"To have the limit raised, name it to Datadog's support: {name}." if name else "",
    )


def _redirected(status: int, headers: Mapping[str, str], peer: Peer) -> UnexpectedReply:
    try:
        target = urlsplit(headers.get("location", "")).hostname
    except ValueError:
        target = None
    to = peer.quoted(target, 200) if target else "another place"
    return UnexpectedReply(
        f"{peer.name} redirects to {to} ({status}); the endpoint never does, and keys are not sent on.",
        hint=_MAYBE_SIGN_IN,
    )


def _bad_request(said: str, peer: Peer) -> CnmError:
    if said.lower().rstrip(".") not in _BARE:
        return QueryRefused(f"{peer.name} would not answer: {said}", hint="Change the query.")
    return ProductDisabled(
        f"{peer.name} answered a bare 400 Bad Request, as it does without Cloud Network Monitoring.",
        hint="Have it enabled for the organisation; the query is not at fault.",
    )


def _keys_refused(status: int, said: str, peer: Peer) -> CredentialsRefused:
    """Return the error for keys that the service refused.

    Status 401 means that the keys are unknown, and 403 that the keys lack a permission.
    """
    keys = "token" if peer.by_token else "keys"
    what = f"the {keys}" if status == 401 else f"what was asked with {'this' if peer.by_token else 'these'} {keys}"
    must = f"must be {'whole and ' if status == 401 else ''}of {f'the site {peer.site}' if peer.site else peer.name}"
    hint = f"Both keys {must}; the application key needs the scope {SCOPE}."
    if peer.by_token:
        hint = f"The token {must} and needs the scope {SCOPE}."
    return CredentialsRefused(f"{peer.name} refused {what}{_quoted(said)}", hint=hint)


def _words(body: bytes, content_type: str, peer: Peer) -> str:
    """Return the messages in the body of an error response, joined to one text.

    A full stop is added to each message that does not end with a punctuation mark.
    """
    texts = error_texts(body, content_type, peer.redaction)
    return " ".join(text if text.endswith((".", "!", "?", "…")) else f"{text}." for text in texts)


def _quoted(said: str) -> str:
    return f": {said}" if said else "."
