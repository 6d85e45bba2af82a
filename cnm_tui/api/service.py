"""Define the class Service, which describes the server that receives the queries.

A Service contains the URL, keys, proxy, certificates and timeouts, and its name in error messages.
"""

import ssl
from collections.abc import Callable, Generator, Mapping
from functools import cached_property
from importlib import import_module
from pathlib import Path
from typing import NamedTuple, TypeVar
from urllib.parse import urlsplit

import httpx

from cnm_tui import __version__
from cnm_tui.api import failures
from cnm_tui.api.proxy import proxy_for
from cnm_tui.api.response_body import MOST_BYTES, ResponseBody
from cnm_tui.api.transport import Transport
from cnm_tui.api.trust import chosen_trust_store
from cnm_tui.core.endpoint import CONNECTIONS
from cnm_tui.core.errors import CnmError, InvalidQuery
from cnm_tui.core.redaction import FRAGMENT, NOTHING_SECRET, Redaction
from cnm_tui.core.service import AccessToken, Address, Credentials, Secret, checked_api_url
from cnm_tui.core.text import clean

_Failure = TypeVar("_Failure", CnmError, CnmError | None)


class Timeouts(NamedTuple):
    """Timeouts of one request, in seconds."""

    connect: float = 10.0
    read: float = 30.0
    """Maximum time between two pieces of the reply."""
    whole: float = 120.0
    """Maximum time from the request to the end of the reply, against a very slow one."""
    explain: float = 5.0
    """Timeout of the request that tells wrong keys from a missing scope, while the user waits for the refusal."""


class Service:
    """A description of the server that receives the queries, with the keys for it.

    The class itself opens no connection and sends nothing.
    """

    def __init__(
        self,
        url: str,
        credentials: Credentials | None,
        *,
        site: str | None = None,
        called: str = "",
        ca_bundle: Path | None = None,
        timeouts: Timeouts | None = None,
        most_bytes: int = MOST_BYTES,
    ) -> None:
        """Store the description of a service, and choose its proxy and its trusted certificates.

        Args:
            called: The name of the service in error messages. The host name is used if it is empty.
            ca_bundle: A file of trusted certificates. If given, no other certificates are trusted.

        Raises:
            InvalidQuery: The URL is malformed, or keys would be sent without encryption.
        """
        self.root = checked_api_url(url)
        self.url = self.root + CONNECTIONS.path
        try:
            parsed = httpx.URL(self.url)
            host = parsed.host
            self.port = parsed.port or (80 if parsed.scheme == "http" else 443)
        except httpx.InvalidURL as error:
            raise InvalidQuery(
                f"{clean(urlsplit(self.url).hostname or '', 80)!r} cannot be a host's name.",
                hint="Check the site or the API URL.",
            ) from error
        self.proxy = proxy_for(self.url)
        self.trust = chosen_trust_store(ca_bundle)
        self.timeouts = timeouts or Timeouts()
        self.keys = Keys(credentials)
        by_token = isinstance(credentials, AccessToken)
        self.address = Address(self.root, "token" if by_token else "nothing" if credentials is None else "keys")
        secrets = self.keys.secrets if self.proxy is None else (*self.keys.secrets, *self.proxy.secrets)
        users = () if self.proxy is None else self.proxy.users
        self.peer = failures.Peer(
            host,
            site,
            # Name the port only if it is not the default.
            called or parsed.netloc.decode("ascii"),
            by_token=by_token,
            proxy="" if self.proxy is None else self.proxy.name,
            redaction=Redaction(secrets, users) if secrets or users else NOTHING_SECRET,
        )
        self._most_bytes = most_bytes

    def http_client(self) -> tuple[httpx.Client, Transport]:
        """Return an HTTP client and its transport, without opening a connection.

        Raises:
            CnmError: The proxy or the certificates in the environment cannot be used.
        """
        problem: CnmError
        try:
            transport = Transport(self._tls_context, self._proxy_to_dial())
        except (ValueError, ImportError, httpx.InvalidURL):
            doubtful = self.proxy is not None and self.proxy.is_doubtful
            problem = failures.of_proxy_settings(self.proxy.variable if self.proxy else "", is_doubtful=doubtful)
        else:
            headers = {
                "accept": "application/json",
                "accept-encoding": "gzip",
                "user-agent": f"cnm-tui/{__version__}",
            }
            timeout = httpx.Timeout(self.timeouts.read, connect=self.timeouts.connect)
            # Proxies and certificates of the environment were read above, so that doctor shows the values in use.
            return httpx.Client(transport=transport, headers=headers, timeout=timeout, trust_env=False), transport
        raise problem

    def _proxy_to_dial(self) -> httpx.Proxy | None:
        if self.proxy is None:
            return None
        if not self.proxy.name:
            raise ValueError("a proxy without a host, or with a port that is none")
        if self.proxy.url.startswith("socks"):
            import_module("socksio")
        # An HTTPS proxy is verified with the same certificates.
        return httpx.Proxy(self.proxy.url, ssl_context=self._tls_context if self.proxy.is_encrypted else None)

    @cached_property
    def _tls_context(self) -> ssl.SSLContext:
        """Return the TLS context with the trusted certificates. For plain HTTP, return a default context."""
        return ssl.SSLContext(ssl.PROTOCOL_TLS_CLIENT) if self.url.startswith("http:") else self.trust.context()

    def response_body(self, headers: Mapping[str, str], most_bytes: int | None = None) -> ResponseBody:
        """Return a decompressor for the body of a response with these headers.

        Raises:
            ReplyUndecodable: The response uses a compression that was not requested.
        """
        encoding = headers.get("content-encoding", "")
        return ResponseBody(encoding, self.peer.name, most_bytes=most_bytes or self._most_bytes)

    def failure(self, error: Exception) -> CnmError:
        """Return the error of this program for any exception that a request raised."""
        return self._without_keys(lambda: failures.of_exception(error, self.peer, *self.timeouts[1:3]))

    def refusal(self, status: int, headers: Mapping[str, str], body: bytes, now: float) -> CnmError:
        """Return the error of this program for a response with an HTTP status other than 200."""
        return self._without_keys(lambda: failures.of_status(status, headers, body, self.peer, now))

    def stranger(self, status: int, headers: Mapping[str, str], body: bytes, now: float) -> CnmError | None:
        """Return the error for a response that a gateway sent, or None if Datadog itself sent the response."""
        return self._without_keys(lambda: failures.of_another_server(status, headers, body, self.peer, now))

    def _without_keys(self, named: Callable[[], _Failure]) -> _Failure:
        """Call the function `named`, and return its error with all API keys removed from the texts of the error.

        This is a second protection, in case a text from outside the program still contains a key. Return None if
        `named` returns None. If `named` raises an exception, return an error for this exception.
        """
        try:
            problem = named()
            if problem is not None:
                # Match from half a key on: a shorter part of an invented key may be an ordinary word of our messages.
                half = 2 * FRAGMENT
                hiding = Redaction([key for key in self.keys.secrets if len(key.reveal()) >= half], fragment=half)
                problem.args = (hiding.hide(str(problem)),)
                problem.hint = hiding.hide(problem.hint)
            return problem
        except Exception as error:
            # The error is made after reading the reply, so its time counts too.
            return failures.unforeseen(error, self.peer)


class Keys(httpx.Auth):
    """The API keys or the access token, as an authentication class of httpx.

    It adds the keys to the headers of a request while the request is sent, and removes the keys afterwards.
    """

    def __init__(self, credentials: Credentials | None) -> None:
        self._headers: dict[str, Secret] = {}
        if isinstance(credentials, AccessToken):
            self._headers = {"authorization": credentials.token}
        elif credentials is not None:
            self._headers = {"dd-api-key": credentials.api_key, "dd-application-key": credentials.application_key}

    def __bool__(self) -> bool:
        return bool(self._headers)

    @property
    def secrets(self) -> tuple[Secret, ...]:
        """The secret texts of this object: the API key and the application key, or the access token.

        The tuple is empty without credentials.
        """
        return tuple(self._headers.values())

    @cached_property
    def redaction(self) -> Redaction:
        """An object that removes the API keys and access tokens of this service from texts."""
        return Redaction(self.secrets)

    def api_key_alone(self) -> "Keys":
        """Return a Keys object with the API key, and without the application key.

        If this object contains an access token, the new object has no key.
        """
        alone = Keys(None)
        alone._headers = {name: secret for name, secret in self._headers.items() if name == "dd-api-key"}
        return alone

    def are_in(self, text: str) -> bool:
        """Return True if the text contains an API key or access token, or a fragment of one."""
        return any(secret.reveal() in text for secret in self.secrets) or self.redaction.finds(text)

    def auth_flow(self, request: httpx.Request) -> Generator[httpx.Request, httpx.Response, None]:
        """Add the keys to the headers of one request, and remove the keys after the request is sent."""
        scheme = "Bearer " if "authorization" in self._headers else ""
        for name, secret in self._headers.items():
            request.headers[name] = scheme + secret.reveal()
        try:
            yield request
        finally:
            for name in self._headers:
                del request.headers[name]
