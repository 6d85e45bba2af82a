"""Line: one connection to one place; asks a question, waits for the answer, and is kept for the next question.

It blocks, and is to be used in a thread where anything else goes on: an event loop for a single connection would be
half of what `query` takes, and hands every piece of an answer from thread to thread.
"""

import socket
import ssl
import threading
import time
from collections.abc import Callable, Iterator, Mapping
from contextlib import closing, contextmanager, suppress
from typing import Any, Final, NamedTuple, Self

import httpx

from cnm_tui.api import failures
from cnm_tui.api.budget import budget
from cnm_tui.api.exchange import CUT, PROXY_FAILURES, Exchange, Keys
from cnm_tui.api.transport import Transport, headers_of
from cnm_tui.api.trust import Certificate, certificate_of
from cnm_tui.api.wire import Decoding
from cnm_tui.core.errors import CnmError, CredentialsRefused
from cnm_tui.core.pacing import Budget
from cnm_tui.core.query import Query
from cnm_tui.core.request import parameters
from cnm_tui.core.snapshot import Snapshot

VALIDATE_KEYS: Final = "/api/v2/validate_keys"
"""Answered with 200 where both keys are good, whatever they may do."""


class Visit(NamedTuple):
    """A reply of any status, as far as checks look at it."""

    status: int
    headers: Mapping[str, str]
    body: bytes
    """The beginning of it."""


class Encryption(NamedTuple):
    """How a connection is kept from others."""

    protocol: str
    certificate: Certificate


class Line:
    """Connected by the first question, ended by `cut` or `close`; one question at a time."""

    def __init__(self, exchange: Exchange, clock: Callable[[], float] = time.time, *, for_screen: bool = True) -> None:
        """`for_screen`: whether a screen waits for the interpreter meanwhile, and may show the JSON of a row."""
        self._exchange = exchange
        self._clock = clock
        self._for_screen = for_screen
        self._http: httpx.Client | None = None
        self._transport: Transport | None = None
        self._socket: socket.socket | None = None
        self._dialled = ""
        """The host that a connection was opened to for the present question; empty where one was reused."""
        self._lock = threading.Lock()
        self._is_asked = False
        self._is_cut = False
        self.encryption: Encryption | None = None
        """That of the last connection; None where there was none, or where it was within that to a proxy."""
        self.budget = Budget()
        """What the rate-limit headers said last, whether with an answer or with a failure."""

    @property
    def usable(self) -> bool:
        """Whether another question can be asked."""
        return not self._is_cut

    def answer(self, query: Query, *, tell_apart: bool = True) -> Snapshot:
        """Ask once, and wait.

        Args:
            query: The question.
            tell_apart: True to find out, where the keys are refused, if they are wrong or lack the scope.

        Raises:
            CnmError: Any foreseen failure.
        """
        with self._lock:
            self._is_asked = True
        try:
            return self._answered(query)
        except CredentialsRefused as refused:
            if not tell_apart:
                raise
            problem = failures.told_apart(refused, self._knows_keys())
        finally:
            with self._lock:
                self._is_asked, is_cut = False, self._is_cut
            if is_cut:
                self.close()
        raise problem.with_traceback(None)

    def _knows_keys(self) -> bool | None:
        """True if the service knows the keys that it refused, so that only the scope is missing; None if not known.

        A token is validated nowhere.
        """
        if self._exchange.place.by_token or self._is_cut:
            return None
        try:
            visit = self.visit(VALIDATE_KEYS, self._exchange.auth, self._exchange.patience.to_tell_apart)
        except CnmError:
            return None
        if self._exchange.stranger(*visit, self._clock()) is not None:
            return None
        return {200: True, 401: False, 403: False}.get(visit.status)

    def _answered(self, query: Query) -> Snapshot:
        asked = self._clock()
        window = query.time_range.window(asked)
        self._dialled = ""
        # The exceptions of the HTTP library lead to requests with keys in them, so ours are raised outside of the
        # handlers: no chain, no frames of the library in any traceback.
        problem: CnmError
        url, auth = self._exchange.url, self._exchange.auth
        try:
            with self._in_time(), self._reply(url, auth, *parameters(query, window)) as reply:
                told, decoding = self._read(reply, query.group_bys)
            return self._exchange.snapshot(query, window, decoding.rows(), told, asked, self._clock())
        except Exception as error:
            problem = self._exchange.failure(error)
        raise problem.with_traceback(None)

    def answer_and_close(self, query: Query) -> Snapshot:
        """Ask once, wait, and let go of the connection.

        Raises:
            CnmError: Any foreseen failure.
        """
        with self:
            return self.answer(query)

    def visit(self, path: str, keys: Keys, most_seconds: float | None = None) -> Visit:
        """Ask for another path of the same API, with these keys, and take whatever is answered.

        Args:
            most_seconds: After which the line is cut; the usual patience if it is left out.

        Raises:
            CnmError: Nothing was answered.
        """
        self._dialled = ""
        problem: CnmError
        try:
            with self._in_time(most_seconds), self._reply(self._exchange.root + path, keys) as reply:
                return Visit(reply.status_code, headers_of(reply), self._error_body(reply))
        except Exception as error:
            problem = self._exchange.failure(error)
        raise problem.with_traceback(None)

    def cut(self) -> None:
        """End it, from any thread; an answer under way fails at once, unless it still waits to be connected.

        To close a connection beside a read is not safe: whoever asks over it closes it then.
        """
        with self._lock:
            self._is_cut, is_asked = True, self._is_asked
        if is_asked:
            self._hang_up()
        else:
            self.close()

    def _hang_up(self) -> None:
        # The other thread may be done with it, and close it, at any moment.
        if (connected := self._socket) is not None:
            with suppress(OSError):
                # Not by the method of a socket with TLS, which is not made to be called beside a read.
                socket.socket.shutdown(connected, socket.SHUT_RDWR)

    def close(self) -> None:
        """Let go of the connection; not while a question is asked."""
        http, self._http, self._transport, self._socket = self._http, None, None, None
        if http is not None:
            http.close()

    def __enter__(self) -> Self:
        return self

    def __exit__(self, *_exception: object) -> None:
        self.close()

    @contextmanager
    def _reply(self, url: str, auth: Keys, *params: tuple[str, str]) -> Iterator[httpx.Response]:
        http = self.open()
        request = http.build_request("GET", url, params=params or None, extensions={"trace": self._note})
        try:
            reply = http.send(request, auth=auth, stream=True)
        except (httpx.RemoteProtocolError, httpx.ReadError, httpx.WriteError):
            # A connection kept open may be closed by the other end just as it is used again; that is nobody's
            # failure, and this request changes nothing. On a connection made for it, it is one; and where we hung up
            # ourselves nobody waits for an answer any more.
            if self._dialled or self._is_cut:
                raise
            reply = http.send(request, auth=auth, stream=True)
        try:
            with closing(reply):
                yield reply
        finally:
            if self._transport is None or self._transport.has_bytes_left():
                self.close()

    def open(self) -> httpx.Client:
        """The HTTP client, made now or before; it connects when something is asked.

        Raises:
            CnmError: The proxy or the certificates that the environment names cannot be used.
        """
        problem: CnmError
        try:
            if self._http is None:
                self._transport = self._exchange.transport()
                self._http = httpx.Client(transport=self._transport, **self._exchange.settings())
            return self._http
        except PROXY_FAILURES:
            proxy = self._exchange.proxy
            is_doubtful = proxy is not None and proxy.is_doubtful
            problem = failures.of_proxy_settings(proxy.variable if proxy else "", is_doubtful=is_doubtful)
        raise problem

    def _note(self, event: str, details: dict[str, Any]) -> None:
        """An event of the HTTP library's trace."""
        if event == "connection.connect_tcp.started":
            self._dialled = details["host"]
        elif event.endswith(("connect_tcp.complete", "start_tls.complete")):
            self._socket = details["return_value"].get_extra_info("socket")
            self.encryption = self._agreed_on(self._socket)
            if self._is_cut:
                self._hang_up()

    def _agreed_on(self, connected: socket.socket | None) -> Encryption | None:
        """Looked at as soon as it is agreed on: of a connection that is closed nothing can be told any more."""
        proxy = self._exchange.proxy
        if not isinstance(connected, ssl.SSLSocket) or (proxy is not None and proxy.is_encrypted):
            return None
        return Encryption(connected.version() or "TLS", certificate_of(connected.getpeercert() or {}))

    def _read(self, reply: httpx.Response, group_bys: tuple[str, ...]) -> tuple[Budget, Decoding]:
        now = self._clock()
        headers = headers_of(reply)
        told = budget(headers, now)
        if told != Budget():
            self.budget = told
        if reply.status_code != 200:
            body = self._error_body(reply)
            raise self._exchange.refusal(reply.status_code, headers, body, now)
        unpacking = self._exchange.unpacking(headers)
        sender, whole = self._exchange.place.name, unpacking.whole
        hiding = self._exchange.auth.redaction
        decoding = Decoding(group_bys, sender, whole=whole, for_screen=self._for_screen, redaction=hiding)
        cut = False
        try:
            for piece in reply.iter_raw():
                decoding.take_all(unpacking.take(piece))
        except CUT:
            cut = True
        if cut:
            raise TimeoutError if self._is_cut else unpacking.truncated()
        unpacking.end()
        self._exchange.refuse_page(decoding.beginning, headers)
        return told, decoding

    def _error_body(self, reply: httpx.Response) -> bytes:
        """As much of an error's text as can be had: whatever is wrong with it, the status says more."""
        unpacking = self._exchange.unpacking_of_error(reply.headers)
        if unpacking is None:
            return b""
        body = bytearray()
        with suppress(httpx.HTTPError, CnmError):
            for piece in reply.iter_raw():
                for part in unpacking.take(piece):
                    body += part
        return bytes(body)

    @contextmanager
    def _in_time(self, most_seconds: float | None = None) -> Iterator[None]:
        """Cut the line under a reply that trickles for ever.

        Raises:
            TimeoutError: It was cut, now or before anything was asked.
        """
        if self._is_cut:
            raise TimeoutError
        timer = threading.Timer(self._exchange.patience.whole if most_seconds is None else most_seconds, self.cut)
        timer.daemon = True
        timer.start()
        try:
            yield
        except Exception:
            if not self._is_cut:
                raise
        finally:
            timer.cancel()
        if self._is_cut:
            raise TimeoutError
