"""Define how httpx connects to a host, and which headers of a response httpx does not receive."""

import socket
import ssl
from collections.abc import Iterable, Iterator, Mapping
from contextlib import contextmanager
from itertools import chain, zip_longest
from typing import Final

import httpcore
import httpx

NEXT_ADDRESS_SECONDS: Final = 2.0
"""Connect timeout of an address while others are left (RFC 8305, 5, allows up to 2 s)."""
_KEEP_ALIVE_SECONDS: Final = 300.0
"""Longer than the usual refresh interval; httpx's own 5 s would mean a TLS handshake for each refresh."""
_WITHHELD: Final = (b"location", b"set-cookie", b"set-cookie2")
"""Headers hidden from httpx: it parses Location even if it follows no redirect, and fails at some; cookies are unused.
"""
_LOCATION: Final = "cnm_tui.location"


class Dialer(httpcore.SyncBackend):
    """A network backend that connects to the first IP address of a host that accepts a connection.

    It tries IPv6 and IPv4 addresses alternately. Only the last address has the full timeout. Without this class,
    httpcore would give the full timeout to each address. If IPv6 is broken, it would wait 10 s before it tries IPv4.
    """

    def __init__(self, next_address_seconds: float = NEXT_ADDRESS_SECONDS) -> None:
        self._next_address_seconds = next_address_seconds

    def connect_tcp(
        self,
        host: str,
        port: int,
        timeout: float | None = None,
        local_address: str | None = None,
        socket_options: Iterable[httpcore.SOCKET_OPTION] | None = None,
    ) -> httpcore.NetworkStream:
        """Return a connection to the first IP address of this host that accepts a connection.

        Raises:
            httpcore.ConnectError: The last address cannot be connected to, or the host has no address.
            httpcore.ConnectTimeout: The last address did not respond in time.
        """
        *others, last = _addresses(host, port)
        soon = self._next_address_seconds if timeout is None else min(self._next_address_seconds, timeout)
        for address in others:
            try:
                return super().connect_tcp(address, port, soon, local_address, socket_options)
            except (httpcore.ConnectError, httpcore.ConnectTimeout):
                continue
        return super().connect_tcp(last, port, timeout, local_address, socket_options)


def _addresses(host: str, port: int) -> list[str]:
    """Return the IP addresses of a host in the system's order, but with IPv6 and IPv4 alternating."""
    try:
        found = socket.getaddrinfo(host, port, type=socket.SOCK_STREAM)
    except OSError as error:
        raise httpcore.ConnectError(str(error)) from error
    families: dict[int, list[str]] = {}
    for family, _, _, _, address in found:
        families.setdefault(family, []).append(str(address[0]))
    by_turns = chain.from_iterable(zip_longest(*families.values()))
    return list(dict.fromkeys(filter(None, by_turns))) or [host]


class Transport(httpx.BaseTransport):
    """The transport of httpx that sends requests through a connection pool of httpcore.

    The pool connects with the class Dialer. The standard transport of httpx does not accept such a class.
    """

    def __init__(self, trust: ssl.SSLContext, proxy: httpx.Proxy | None) -> None:
        self._pool = httpcore.ConnectionPool(
            ssl_context=trust,
            proxy=None if proxy is None else _proxy_of_pool(proxy),
            max_connections=2,
            max_keepalive_connections=1,
            keepalive_expiry=_KEEP_ALIVE_SECONDS,
            network_backend=Dialer(),
        )

    def handle_request(self, request: httpx.Request) -> httpx.Response:
        """Send a request, and return the response without the headers that are hidden from httpx."""
        to_send = httpcore.Request(
            request.method,
            _url_of_pool(request.url),
            headers=request.headers.raw,
            content=request.stream,
            extensions=request.extensions,
        )
        with _errors_of_httpx():
            reply = self._pool.handle_request(to_send)
        headers = [(name, value) for name, value in reply.headers if name.lower() not in _WITHHELD]
        location = next((value for name, value in reply.headers if name.lower() == b"location"), b"")
        extensions = {**reply.extensions, _LOCATION: location.decode("latin-1")}
        return httpx.Response(reply.status, headers=headers, stream=_Body(reply), extensions=extensions)

    def close(self) -> None:
        """Close all connections."""
        self._pool.close()

    def has_bytes_left(self) -> bool:
        """Return True if unread bytes follow the end of a response, or if it is unknown whether there are any.

        The next query on this connection would wrongly read these bytes as its response. The unread bytes are in a
        private attribute of httpcore's h11 object. If a new version of httpcore moves the attribute, this test fails:
        `test_bytes_behind_an_answer_are_not_the_answer_to_the_next_question`.
        """
        for connection in self._pool.connections:
            inner = connection
            while (within := getattr(inner, "_connection", None)) is not None:
                inner = within
            protocol = getattr(inner, "_h11_state", None)
            if not connection.is_closed() and (protocol is None or protocol.trailing_data[0]):
                return True
        return False


class _Body(httpx.SyncByteStream):
    """The body of a response, which is read from the connection pool."""

    def __init__(self, reply: httpcore.Response) -> None:
        self._reply = reply

    def __iter__(self) -> Iterator[bytes]:
        with _errors_of_httpx():
            yield from self._reply.iter_stream()

    def close(self) -> None:
        self._reply.close()


@contextmanager
def _errors_of_httpx() -> Iterator[None]:
    """Catch exceptions of httpcore in the `with` block, and raise httpx's exception of the same name."""
    try:
        yield
    except (
        httpcore.NetworkError,
        httpcore.ProtocolError,
        httpcore.ProxyError,
        httpcore.TimeoutException,
        httpcore.UnsupportedProtocol,
    ) as error:
        raise getattr(httpx, type(error).__name__)(str(error)) from error


def _url_of_pool(url: httpx.URL) -> httpcore.URL:
    return httpcore.URL(scheme=url.raw_scheme, host=url.raw_host, port=url.port, target=url.raw_path)


def _proxy_of_pool(proxy: httpx.Proxy) -> httpcore.Proxy:
    return httpcore.Proxy(_url_of_pool(proxy.url), auth=proxy.raw_auth, ssl_context=proxy.ssl_context)


def headers_of(reply: httpx.Response) -> Mapping[str, str]:
    """Return the headers of a response as a dict with lower-case names.

    The dict includes the Location header, which is hidden from httpx.
    """
    location = reply.extensions.get(_LOCATION, "")
    return {**reply.headers, **({"location": location} if location else {})}
