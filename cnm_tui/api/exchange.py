"""What a request to one place and its reply mean; opens and sends nothing itself."""

import ssl
from collections.abc import Generator, Mapping
from functools import cached_property
from pathlib import Path
from typing import Any, Final, NamedTuple
from urllib.parse import urlsplit

import httpx

from cnm_tui import __version__
from cnm_tui.api import failures
from cnm_tui.api.proxy import Proxy, proxy_for
from cnm_tui.api.transport import Transport
from cnm_tui.api.trust import chosen_store
from cnm_tui.api.unpacking import MOST_BYTES, Unpacking
from cnm_tui.api.wire import Rows
from cnm_tui.core.credentials import AccessToken, Credentials, Secret, checked_api_url
from cnm_tui.core.errors import CnmError, InvalidQuery, TimedOut
from cnm_tui.core.pacing import Budget
from cnm_tui.core.query import Query
from cnm_tui.core.redaction import FRAGMENT, NOTHING_SECRET, Redaction
from cnm_tui.core.request import PATH, Address
from cnm_tui.core.snapshot import Snapshot
from cnm_tui.core.text import clean
from cnm_tui.core.time_range import Window
from cnm_tui.core.units import plural, seconds_text

CUT: Final = (httpx.RemoteProtocolError, httpx.ReadError)
"""What reading a reply raises when it ends too early."""
PROXY_FAILURES: Final = (ValueError, ImportError, httpx.InvalidURL)
"""What making an HTTP client may raise; ImportError: a SOCKS proxy wants a package that is not installed."""
_MOST_ERROR_BYTES: Final = 64 * 1024
_KEEP_ALIVE_SECONDS: Final = 300.0
"""Longer than the usual pause between refreshes; httpx's own 5 s would mean a handshake for each."""


class Patience(NamedTuple):
    """How long is waited, in seconds."""

    connect: float = 10.0
    read: float = 30.0
    """Between two pieces of the reply."""
    whole: float = 120.0
    """From the request to the end of the reply, against one that trickles."""
    to_tell_apart: float = 5.0
    """For the request that tells wrong keys from a missing scope, while somebody waits for the refusal itself."""


class Exchange:
    """One place to ask, with the keys for it."""

    def __init__(
        self,
        url: str,
        credentials: Credentials | None,
        *,
        site: str | None = None,
        called: str = "",
        ca_bundle: Path | None = None,
        patience: Patience | None = None,
        most_bytes: int = MOST_BYTES,
    ) -> None:
        """Failures name the host unless it is called otherwise; the certificates in `ca_bundle` are trusted alone.

        Raises:
            InvalidQuery: The URL would carry keys where others can read them, or is none.
        """
        self.root = checked_api_url(url)
        self.url = self.root + PATH
        try:
            parsed = httpx.URL(self.url)
            host = parsed.host
            self.port = parsed.port or (80 if parsed.scheme == "http" else 443)
        except httpx.InvalidURL as error:
            raise InvalidQuery(
                f"{clean(urlsplit(self.url).hostname or '', 80)!r} cannot be a host's name.",
                hint="Check the site or the API URL.",
            ) from error
        # The port is there only where it is not the usual one.
        called = called or parsed.netloc.decode("ascii")
        self.proxy = proxy_for(self.url)
        self.store = chosen_store(ca_bundle)
        by_token = isinstance(credentials, AccessToken)
        proxy = "" if self.proxy is None else self.proxy.name
        self.auth = Keys(credentials)
        secrets = self.auth.secrets if self.proxy is None else (*self.auth.secrets, *self.proxy.secrets)
        users = () if self.proxy is None else self.proxy.users
        redaction = Redaction(secrets, users) if secrets or users else NOTHING_SECRET
        self.place = failures.Place(host, site, called, by_token=by_token, proxy=proxy, redaction=redaction)
        self.address = Address(self.root, "token" if by_token else "nothing" if credentials is None else "keys")
        self.patience = patience or Patience()
        self._most_bytes = most_bytes

    def settings(self) -> dict[str, Any]:
        """What an HTTP client of httpx is made with."""
        return {
            "follow_redirects": False,
            "headers": {
                "accept": "application/json",
                "accept-encoding": "gzip",
                "user-agent": f"cnm-tui/{__version__}",
            },
            "timeout": httpx.Timeout(self.patience.read, connect=self.patience.connect),
            # All that the environment says of proxies and certificates was read before, to be shown as it is used.
            "trust_env": False,
        }

    def transport(self) -> Transport:
        """Return what connects an HTTP client."""
        limits = httpx.Limits(max_connections=2, max_keepalive_connections=1, keepalive_expiry=_KEEP_ALIVE_SECONDS)
        proxy = None if self.proxy is None else self._dialled_instead(self.proxy)
        return Transport(self._trust, limits, proxy)

    def _dialled_instead(self, proxy: Proxy) -> httpx.Proxy:
        if not proxy.name:
            raise ValueError("a proxy without a host, or with a port that is none")
        # One that is itself reached by https is held to the same certificates.
        return httpx.Proxy(proxy.url, ssl_context=self._trust if proxy.is_encrypted else None)

    @cached_property
    def _trust(self) -> ssl.SSLContext:
        """What certificates must be signed by; over http there is nothing to verify."""
        if self.url.startswith("http:"):
            return ssl.SSLContext(ssl.PROTOCOL_TLS_CLIENT)
        return self.store.context()

    def unpacking(self, headers: Mapping[str, str]) -> Unpacking:
        """Takes the reply with these headers.

        Raises:
            ReplyUndecodable: It is compressed in a way that was not asked for.
        """
        return Unpacking(headers.get("content-encoding", ""), self.place.name, most_bytes=self._most_bytes)

    def unpacking_of_error(self, headers: Mapping[str, str]) -> Unpacking | None:
        """Takes an error's text: whatever is wrong with it, the status says more; None if it cannot be read."""
        try:
            return Unpacking(headers.get("content-encoding", ""), self.place.name, most_bytes=_MOST_ERROR_BYTES)
        except CnmError:
            return None

    def refuse_page(self, beginning: bytes, headers: Mapping[str, str]) -> None:
        """Look at how the body of a reply with status 200 begins.

        Raises:
            ReplyNotJson: It is a web page.
        """
        if page := failures.web_page(beginning, headers.get("content-type", ""), self.place):
            raise page

    def snapshot(self, query: Query, window: Window, rows: Rows, budget: Budget, asked: float, now: float) -> Snapshot:
        """The answer; `asked` and `now` are the moments of the request and of the end of the reply."""
        return Snapshot(
            query,
            window,
            fetched_at=now,
            connections=rows.connections,
            unreadable=rows.unreadable,
            budget=budget,
            warning=" ".join(filter(None, (query.time_range.warning(asked), _odd_sentence(rows.odd_figures)))),
        )

    def failure(self, error: Exception) -> CnmError:
        """Return the failure that an exception means, whatever it is; no key stands in it."""
        try:
            return self._redacted(self._named(error))
        except Exception as unforeseen:
            # To tell of a reply reads it as well.
            return failures.unforeseen(unforeseen, self.place)

    def refusal(self, status: int, headers: Mapping[str, str], body: bytes, now: float) -> CnmError:
        """Return the failure that a status other than 200 means."""
        try:
            return self._redacted(failures.of_status(status, headers, body, self.place, now))
        except Exception as error:
            return failures.unforeseen(error, self.place)

    def stranger(self, status: int, headers: Mapping[str, str], body: bytes, now: float) -> CnmError | None:
        """Return the failure of a reply that something on the way sent; None if the service sent it."""
        try:
            stranger = failures.of_stranger(status, headers, body, self.place, now)
        except Exception as error:
            return failures.unforeseen(error, self.place)
        return None if stranger is None else self._redacted(stranger)

    def _redacted(self, problem: CnmError) -> CnmError:
        """Hide keys once more, should whoever quoted text from outside have forgotten to."""
        # Half a key, and not less: words of ours may stand in one that somebody made up, or be one.
        half = 2 * FRAGMENT
        hiding = Redaction([key for key in self.auth.secrets if len(key.reveal()) >= half], fragment=half)
        problem.args = (hiding.hide(str(problem)),)
        problem.hint = hiding.hide(problem.hint)
        return problem

    def _named(self, error: Exception) -> CnmError:
        if isinstance(error, CnmError):
            return error
        if isinstance(error, httpx.HTTPError):
            return failures.of_exception(error, self.place, self.patience.read)
        if isinstance(error, UnicodeError) and error.__class__ is not UnicodeDecodeError:
            # The resolver, on a name that no DNS could hold: an empty label, or one over 63 characters.
            return failures.not_resolved(self.place)
        if not isinstance(error, TimeoutError):
            return failures.unforeseen(error, self.place)
        return TimedOut(
            f"{self.place.name} had not finished its reply after {seconds_text(self.patience.whole)}.",
            hint="Ask for a shorter time range or fewer rows.",
        )


class Keys(httpx.Auth):
    """Puts the keys into a request's headers while it is sent, and takes them out again."""

    def __init__(self, credentials: Credentials | None) -> None:
        self._headers: dict[str, Secret] = {}
        if isinstance(credentials, AccessToken):
            self._headers = {"authorization": credentials.token}
        elif credentials is not None:
            self._headers = {"dd-api-key": credentials.api_key, "dd-application-key": credentials.application_key}

    def __bool__(self) -> bool:
        """Whether there are any."""
        return bool(self._headers)

    @property
    def secrets(self) -> tuple[Secret, ...]:
        """All of them."""
        return tuple(self._headers.values())

    @cached_property
    def redaction(self) -> Redaction:
        """Hide them in a text."""
        return Redaction(self.secrets)

    def api_key_alone(self) -> "Keys":
        """Of a pair its API key; nothing otherwise."""
        alone = Keys(None)
        alone._headers = {name: secret for name, secret in self._headers.items() if name == "dd-api-key"}
        return alone

    def are_in(self, text: str) -> bool:
        """Return True if one of them, or a part of one, stands in this text."""
        return any(secret.reveal() in text for secret in self.secrets) or self.redaction.finds(text)

    def auth_flow(self, request: httpx.Request) -> Generator[httpx.Request, httpx.Response, None]:
        """Sign one request."""
        scheme = "Bearer " if "authorization" in self._headers else ""
        for name, secret in self._headers.items():
            request.headers[name] = scheme + secret.reveal()
        try:
            yield request
        finally:
            for name in self._headers:
                del request.headers[name]


def _odd_sentence(figures: int) -> str:
    """Return what to know of figures that are no numbers, or beyond all that is measured; empty where none is."""
    if not figures:
        return ""
    are = "is" if figures == 1 else "are"
    return f"{plural(figures, 'figure')} of the reply cannot have been measured, and {are} absent."
