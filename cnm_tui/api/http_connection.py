"""Define HttpConnection, which sends a query to Datadog and waits for the response.

The connection stays open for the next query. All calls block, so the interactive program makes the calls in a
thread. To cancel a call, it shuts down the socket. With `httpx.AsyncClient`, no thread would be needed, but
the imports of asyncio and anyio would slow down the `query` command. Its processor time is 6.3 times shorter
than that of Datadog's official client. With asyncio, it would be 5.6 times shorter (medians of 12 runs). The
code would not become shorter.
"""

import socket
import ssl
import threading
import time
from collections.abc import Callable, Iterator, Mapping, Sequence
from contextlib import closing, contextmanager, suppress
from functools import partial
from typing import Any, Final, NamedTuple, TypeVar

import httpx

from cnm_tui.api import failures
from cnm_tui.api.rate_limit import budget, stated_limits
from cnm_tui.api.row_decoder import DecodedRows, RowDecoder
from cnm_tui.api.service import Keys, Service
from cnm_tui.api.transport import Transport, headers_of
from cnm_tui.api.trust import Certificate, certificate_of
from cnm_tui.core.errors import CnmError, CredentialsRefused
from cnm_tui.core.query import Query
from cnm_tui.core.service import Budget, Exchange, parameters
from cnm_tui.core.snapshot import Snapshot
from cnm_tui.core.time.time_range import Window

VALIDATE_KEYS: Final = "/api/v2/validate_keys"
"""Answered with 200 if both keys are valid, whatever their permissions."""
_MOST_ERROR_BYTES: Final = 64 * 1024
_Read = TypeVar("_Read")
Heard = Callable[[Exchange], None]
"""Receives each reply to a query, in the thread that asked."""


class Reply(NamedTuple):
    """An HTTP response with any status: its status, headers, and the first 64 KB of its body."""

    status: int
    headers: Mapping[str, str]
    body: bytes
    """At most its first 64 KB."""


class Encryption(NamedTuple):
    """The TLS version of a connection, and the certificate of its server."""

    protocol: str
    certificate: Certificate


class HttpConnection:
    """An HTTP connection that serves one query at a time.

    The first query opens the connection. `cancel` or `close` closes it.
    """

    def __init__(self, service: Service, clock: Callable[[], float] = time.time, *, keeps_json: bool = True) -> None:
        """Create the connection without opening it.

        If `keeps_json` is true, the JSON of each row is kept, so that the interactive program can display the JSON.
        """
        self._service = service
        self._clock = clock
        self._keeps_json = keeps_json
        self._http: httpx.Client | None = None
        self._transport: Transport | None = None
        self._socket: socket.socket | None = None
        self._is_new = False
        """True if the connection was opened for the current request."""
        self._lock = threading.Lock()
        self._is_asking = False
        self.is_cancelled = False
        self.encryption: Encryption | None = None
        """TLS of the last connection; None over plain HTTP, and inside TLS to a proxy."""
        self.budget = Budget()
        """The rate limit, as stated by the last answer or failure."""
        self.heard: Heard | None = None
        """Called with each reply of the service to a query; it may raise a CnmError."""

    def answer(self, query: Query, *, explain: bool = True) -> Snapshot:
        """Send one query, wait for the response, and return its rows.

        Args:
            query: The query.
            explain: If the service refuses the keys, send a second request that finds the reason: wrong
                keys or a missing permission (scope).

        Raises:
            CnmError: Any expected failure.
        """
        with self._lock:
            self._is_asking = True
        try:
            return self._answer(query)
        except CredentialsRefused as refused:
            if not explain:
                raise
            problem = failures.explained(refused, self.knows_keys())
        finally:
            with self._lock:
                self._is_asking, is_cancelled = False, self.is_cancelled
            if is_cancelled:
                self.close()
        raise problem.with_traceback(None)

    def answer_and_close(self, query: Query) -> Snapshot:
        """Send one query, wait for the response, close the connection, and return the rows.

        Raises:
            CnmError: Any expected failure.
        """
        with closing(self):
            return self.answer(query)

    def get(
        self, path: str, keys: Keys, most_seconds: float | None = None, *, most_bytes: int = _MOST_ERROR_BYTES
    ) -> Reply:
        """Request another path of the same API with these keys, and return the response, whatever its status.

        Args:
            path: The URL path of the request.
            keys: The keys to send.
            most_seconds: Timeout of the whole request. None means the usual timeout.
            most_bytes: Maximum number of bytes of the response's body.

        Raises:
            CnmError: There was no response.
        """
        read = partial(self._read_any, most_bytes=most_bytes)
        return self._ask(self._service.root + path, keys, (), read, most_seconds)

    def cancel(self) -> None:
        """Cancel a running call of `answer`, so that it fails at once. Any thread may call this method.

        While the connection is still being opened, `answer` fails only after the connection is open. If no query is
        running, this method closes the connection. If a query is running, `answer` closes the connection when it
        ends, because closing a connection during a read is unsafe.
        """
        with self._lock:
            self.is_cancelled, is_asking = True, self._is_asking
        if is_asking:
            self._shut_down()
        else:
            self.close()

    def close(self) -> None:
        """Close the connection. Callers must not call this method while a query is running."""
        http, self._http, self._transport, self._socket = self._http, None, None, None
        if http is not None:
            http.close()

    def open(self) -> httpx.Client:
        """Return the HTTP client. The first call creates it.

        The HTTP client connects to the server with its first request.

        Raises:
            CnmError: The proxy or the certificates in the environment cannot be used.
        """
        if self._http is None:
            self._http, self._transport = self._service.http_client()
        return self._http

    def _answer(self, query: Query) -> Snapshot:
        service, asked = self._service, self._clock()
        window = query.time_range.window(asked)
        read = partial(self._read_rows, query, partial(self._tell, query, window, asked))
        stated, rows = self._ask(service.root + query.endpoint.path, service.keys, parameters(query, window), read)
        return Snapshot(
            query,
            window,
            fetched_at=self._clock(),
            connections=rows.connections,
            unreadable=rows.unreadable,
            budget=stated,
            rows_of_reply=rows.rows_of_reply,
            warning=" ".join(filter(None, (query.time_range.warning(asked), rows.odd_sentence))),
        )

    def knows_keys(self) -> bool | None:
        """Return True if the keys exist at Datadog. A refusal then means that a permission (scope) is missing.

        Return False if the keys do not exist at Datadog. Return None if this is unknown, for example because Datadog
        offers no validation of access tokens.
        """
        service = self._service
        if service.peer.by_token or self.is_cancelled:
            return None
        try:
            reply = self.get(VALIDATE_KEYS, service.keys, service.timeouts.explain)
        except CnmError:
            return None
        if service.stranger(*reply, self._clock()) is not None:
            return None
        return {200: True, 401: False, 403: False}.get(reply.status)

    def _ask(
        self,
        url: str,
        keys: Keys,
        params: Sequence[tuple[str, str]],
        read: Callable[[httpx.Response], _Read],
        most_seconds: float | None = None,
    ) -> _Read:
        # Exceptions of the HTTP library refer to requests with keys in them, so our errors are raised outside of the
        # handlers: no chain, and no frames of the library in a traceback.
        problem: CnmError
        try:
            with self._in_time(most_seconds), self._reply(url, keys, params) as reply:
                return read(reply)
        except Exception as error:
            problem = self._service.failure(error)
        raise problem.with_traceback(None)

    @contextmanager
    def _reply(self, url: str, keys: Keys, params: Sequence[tuple[str, str]]) -> Iterator[httpx.Response]:
        http, self._is_new = self.open(), False
        request = http.build_request("GET", url, params=list(params) or None, extensions={"trace": self._on_event})
        try:
            reply = http.send(request, auth=keys, stream=True)
        except (httpx.RemoteProtocolError, httpx.ReadError, httpx.WriteError):
            # The server may close a kept connection just as it is used again; retry once, as the request changes
            # nothing. On a new connection that is a failure; on a cancelled one nobody waits any more.
            if self._is_new or self.is_cancelled:
                raise
            reply = http.send(request, auth=keys, stream=True)
        try:
            with closing(reply):
                yield reply
        finally:
            if self._transport is None or self._transport.has_bytes_left():
                self.close()

    def _on_event(self, event: str, details: dict[str, Any]) -> None:
        """Store the socket and its TLS details when httpx reports that a connection was made."""
        if event == "connection.connect_tcp.started":
            self._is_new = True
        elif event.endswith(("connect_tcp.complete", "start_tls.complete")):
            self._socket = details["return_value"].get_extra_info("socket")
            self.encryption = self._encryption_of(self._socket)
            if self.is_cancelled:
                self._shut_down()

    def _encryption_of(self, connected: socket.socket | None) -> Encryption | None:
        """Return the TLS details of a socket.

        Return None if the socket does not use TLS, or if its TLS connection ends at a proxy. The details are read
        right after the handshake, because a closed socket has none.
        """
        proxy = self._service.proxy
        if not isinstance(connected, ssl.SSLSocket) or (proxy is not None and proxy.is_encrypted):
            return None
        return Encryption(connected.version() or "TLS", certificate_of(connected.getpeercert() or {}))

    def _shut_down(self) -> None:
        # The other thread may finish and close the socket at any moment.
        if (connected := self._socket) is not None:
            with suppress(OSError):
                # Not SSLSocket.shutdown, which is not safe during a read in another thread.
                socket.socket.shutdown(connected, socket.SHUT_RDWR)

    @contextmanager
    def _in_time(self, most_seconds: float | None = None) -> Iterator[None]:
        """Run the `with` block, and cancel the connection if the block takes longer than `most_seconds` seconds.

        The limit applies to the whole request, even if bytes of the response still arrive slowly. If `most_seconds`
        is None, the usual timeout is used.

        Raises:
            TimeoutError: The connection was cancelled, either during the block or before the block.
        """
        if self.is_cancelled:
            raise TimeoutError
        timer = threading.Timer(self._service.timeouts.whole if most_seconds is None else most_seconds, self.cancel)
        timer.daemon = True
        timer.start()
        try:
            yield
        except Exception:
            if not self.is_cancelled:
                raise
        finally:
            timer.cancel()
        if self.is_cancelled:
            raise TimeoutError

    def _tell(self, query: Query, window: Window, asked: float, reply: Reply) -> None:
        """Pass a query and its response to the callback function `heard`, if this function is set.

        API keys are removed from the response body, and only the rate limit headers of the response are passed on.
        """
        if self.heard is not None:
            hiding = self._service.keys.redaction
            if reply.status == 200:
                body = hiding.hide_whole(reply.body)
            else:
                # A refusal may repeat the keys in any form. It is short, but thousands of rows are not.
                body = hiding.hide(reply.body.decode("utf-8", "replace")).encode()
            answered = self._clock()
            self.heard(Exchange(query, window, asked, answered, reply.status, stated_limits(reply.headers), body))

    def _read_rows(
        self, query: Query, tell: Callable[[Reply], None], reply: httpx.Response
    ) -> tuple[Budget, DecodedRows]:
        service, now, headers = self._service, self._clock(), headers_of(reply)
        stated = budget(headers, now)
        if stated._replace(clock_ahead_seconds=0.0) != Budget():
            self.budget = stated
        if reply.status_code != 200:
            tell(refused := self._read_any(reply))
            raise service.refusal(*refused, now)
        body = service.response_body(headers)
        decoder = RowDecoder.of(
            query,
            service.peer.name,
            whole=body.whole,
            keeps_json=self._keeps_json,
            redaction=service.keys.redaction,
        )
        ended_early = False
        try:
            for piece in reply.iter_raw():
                for part in body.feed(piece):
                    decoder.feed(part)
        except (httpx.RemoteProtocolError, httpx.ReadError):
            ended_early = True
        if ended_early:
            raise body.truncated()
        body.end()
        if page := failures.web_page(decoder.beginning, headers, service.peer):
            raise page
        rows = decoder.rows()
        if self.heard is not None:
            tell(Reply(reply.status_code, headers, body.whole()))
        return stated, rows

    def _read_any(self, reply: httpx.Response, most_bytes: int = _MOST_ERROR_BYTES) -> Reply:
        """Return a response with as much of its body as can be read, even if the body is damaged."""
        text = bytearray()
        with suppress(httpx.HTTPError, CnmError):
            body = self._service.response_body(reply.headers, most_bytes)
            for piece in reply.iter_raw():
                for part in body.feed(piece):
                    text += part
        return Reply(reply.status_code, headers_of(reply), bytes(text))
