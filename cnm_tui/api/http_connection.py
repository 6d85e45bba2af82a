"""HttpConnection: send a query to the service, wait for the answer, and stay open for the next query.

It blocks; the screen runs it in a thread, and cancels it by shutting down its socket. `httpx.AsyncClient` with
`asyncio.timeout` would need no thread, but its imports (asyncio, anyio) make `query` 5.6 instead of 6.3 times as fast
as the official client (processor time, medians of 12 alternating runs), for as many lines.
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
    """A reply with any HTTP status."""

    status: int
    headers: Mapping[str, str]
    body: bytes
    """At most its first 64 KB."""


class Encryption(NamedTuple):
    """TLS protocol and server certificate of a connection."""

    protocol: str
    certificate: Certificate


class HttpConnection:
    """One HTTP connection for one query at a time; the first query opens it, `cancel` or `close` ends it."""

    def __init__(self, service: Service, clock: Callable[[], float] = time.time, *, keeps_json: bool = True) -> None:
        """Make the connection, not yet open. `keeps_json`: keep the JSON of each row, for the screen."""
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
        """Send one query, and wait for the answer.

        Args:
            query: The query.
            explain: True to find out, if the keys are refused, whether they are wrong or lack the scope.

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
        """Send one query, wait for the answer, and close the connection.

        Raises:
            CnmError: Any expected failure.
        """
        with closing(self):
            return self.answer(query)

    def get(
        self, path: str, keys: Keys, most_seconds: float | None = None, *, most_bytes: int = _MOST_ERROR_BYTES
    ) -> Reply:
        """Request another path of the same API with these keys, and return the reply, whatever its status.

        Args:
            most_seconds: Timeout of the whole request; None for the usual one.
            most_bytes: Bytes of the body to read.

        Raises:
            CnmError: There was no reply.
        """
        read = partial(self._read_any, most_bytes=most_bytes)
        return self._ask(self._service.root + path, keys, (), read, most_seconds)

    def cancel(self) -> None:
        """Cancel from any thread: a running `answer` fails at once, unless it is still connecting.

        Closing a connection during a read is not safe, so a running `answer` closes it afterwards.
        """
        with self._lock:
            self.is_cancelled, is_asking = True, self._is_asking
        if is_asking:
            self._shut_down()
        else:
            self.close()

    def close(self) -> None:
        """Close the connection; must not be called during a query."""
        http, self._http, self._transport, self._socket = self._http, None, None, None
        if http is not None:
            http.close()

    def open(self) -> httpx.Client:
        """Return the HTTP client, made at the first call; it connects with the first request.

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
        """Return True if the service knows the keys that it refused, so that only the scope is missing.

        None if that is unknown: access tokens cannot be validated.
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
        """Note the socket and its TLS details from a trace event of httpx."""
        if event == "connection.connect_tcp.started":
            self._is_new = True
        elif event.endswith(("connect_tcp.complete", "start_tls.complete")):
            self._socket = details["return_value"].get_extra_info("socket")
            self.encryption = self._encryption_of(self._socket)
            if self.is_cancelled:
                self._shut_down()

    def _encryption_of(self, connected: socket.socket | None) -> Encryption | None:
        """Return the TLS details, read at the handshake: a closed socket has none."""
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
        """Cancel the connection after `most_seconds`, even if the reply still arrives slowly.

        Raises:
            TimeoutError: It was cancelled, now or before the request.
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
        """Pass on a reply, without keys that it may repeat, and of its headers only those of the rate limit."""
        if self.heard is not None:
            body = self._service.keys.redaction.hide_whole(reply.body)
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
        """Return a reply with as much of its body as can be read."""
        text = bytearray()
        with suppress(httpx.HTTPError, CnmError):
            body = self._service.response_body(reply.headers, most_bytes)
            for piece in reply.iter_raw():
                for part in body.feed(piece):
                    text += part
        return Reply(reply.status_code, headers_of(reply), bytes(text))
