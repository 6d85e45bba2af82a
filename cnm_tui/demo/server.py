"""Serve the demo's API over HTTP, on a loopback address that only this machine can reach."""

import gc
import gzip
import socket
import socketserver
import sys
import threading
import time
from collections.abc import Callable
from concurrent.futures import Future
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from types import TracebackType
from typing import Any, Final
from urllib.parse import urlsplit

from cnm_tui.core.errors import InvalidQuery
from cnm_tui.core.service import INSIGHTS_PATH, is_loopback
from cnm_tui.demo.contract import PATHS, Endpoint, Established, plain_errors, refusal
from cnm_tui.demo.rate_limit import RateLimit
from cnm_tui.demo.request import Refused, parsed_request

_HOST: Final = "127.0.0.1"
_JSON_API: Final = "application/vnd.api+json"
_JSON: Final = "application/json"
_LONGEST_REQUEST_LINE: Final = 16_384
_IDLE_SECONDS: Final = 60
_NOT_WORTH_COMPRESSING: Final = 512
_WRONG: Final = "wrong"
"""Keys with this prefix are always refused; any other key is accepted."""
_UNSCOPED: Final = "unscoped"
"""Keys with this prefix are known, but lack the scope."""
_WITHOUT_INSIGHTS: Final = "uninsightful"
"""Keys with this prefix lack the scope for network health insights only."""
_OTHER_SITE: Final = "elsewhere"
"""Keys with this prefix belong to a site without network health insights."""
_DISABLED: Final = "disabled"
"""Keys with this prefix belong to an organisation without Cloud Network Monitoring."""

Headers = dict[str, str]


class DemoServer:
    """An HTTP server for the API of one invented network.

    The port is open as soon as the object exists. The server answers requests after `start` was called.
    """

    def __init__(
        self,
        *,
        port: int = 0,
        seed: int = 1,
        rate_limit: tuple[int, float] = (120, 60.0),
        keys_required: bool = True,
        established: Established = "count",
        clock: Callable[[], float] = time.time,
    ) -> None:
        """Open the port. If `port` is 0, the system chooses a free port.

        Raises:
            InvalidQuery: The port is not available.
        """
        self.keys_required: Final = keys_required
        self.clock: Final = clock
        self.rate_limit: Final = RateLimit(*rate_limit)
        self._seed = seed
        self._established = established
        self._endpoint: Future[Endpoint] = Future()
        self._answering = threading.Lock()
        self._serving: threading.Thread | None = None
        try:
            self._http = _Listener((_HOST, port), self)
        except (OSError, OverflowError) as error:
            reason = getattr(error, "strerror", None) or "it is no port"
            raise InvalidQuery(
                f"Port {port} cannot be had: {reason}.", hint="Choose another, or 0 for any free one."
            ) from error

    @property
    def url(self) -> str:
        """Return the URL of the demo's API."""
        return f"http://{_HOST}:{self._http.server_port}"

    def start(self) -> None:
        """Answer requests in a background thread, and return immediately."""
        self._build_in_background()
        # A short poll interval makes stopping quick; an idle server does nothing else.
        self._serving = threading.Thread(
            target=self._http.serve_forever, kwargs={"poll_interval": 0.05}, name="demo", daemon=True
        )
        self._serving.start()

    def serve_until_stopped(self) -> None:
        """Answer requests in the current thread until it is interrupted. Use this method in a process that does
        nothing else.
        """
        # The estate stays until the end: scanning it for garbage would take a tenth of a second per answer.
        self._endpoint.add_done_callback(lambda _endpoint: gc.freeze())
        self._build_in_background()
        try:
            self._http.serve_forever()
        finally:
            self._http.server_close()

    def stop(self) -> None:
        """Stop answering requests, and close all connections and the port."""
        if self._serving is not None:
            self._http.shutdown()
            self._serving.join()
            self._serving = None
        self._http.server_close()

    def __enter__(self) -> "DemoServer":
        self.start()
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, traceback: TracebackType | None
    ) -> None:
        self.stop()

    def answer(self, path: str, query_string: str) -> bytes:
        """Return the reply to a request that is sent now, as a JSON document.

        Raises:
            Refused: A parameter is invalid. The real API would refuse the request with HTTP status 400.
        """
        # Whole seconds, so that queries within one second have the same window.
        now = int(self.clock())
        asked = parsed_request(query_string, now)
        endpoint = self._endpoint.result()
        # One at a time: threads share one interpreter, so in parallel each would only take longer.
        with self._answering:
            return endpoint.answer(asked, now, path)

    def insights(self, query_string: str) -> bytes:
        """Return the reply to a request for network health insights that is sent now, as a JSON document.

        Raises:
            Refused: A parameter is invalid. The real API would refuse the request with HTTP status 400.
        """
        endpoint = self._endpoint.result()
        with self._answering:
            return endpoint.insights(query_string, int(self.clock()))

    def _build_in_background(self) -> None:
        threading.Thread(target=self._build, name="demo estate", daemon=True).start()

    def _build(self) -> None:
        try:
            self._endpoint.set_result(Endpoint(self._seed, self._established))
        except BaseException as error:
            # Store the error for waiting requests; otherwise they would wait for ever.
            self._endpoint.set_exception(error)
            raise


class _Listener(ThreadingHTTPServer):
    """Accepts TCP connections, and handles each connection in a daemon thread."""

    daemon_threads = True
    request_queue_size = 64

    def __init__(self, address: tuple[str, int], demo: DemoServer) -> None:
        self.demo = demo
        self._open: set[socket.socket] = set()
        self._open_lock = threading.Lock()
        super().__init__(address, _Handler)

    def server_bind(self) -> None:
        # HTTPServer would look up this host's name here, which can take seconds and is not needed.
        socketserver.TCPServer.server_bind(self)
        self.server_name, self.server_port = _HOST, self.server_address[1]

    def process_request(self, request: Any, client_address: Any) -> None:
        with self._open_lock:
            self._open.add(request)
        super().process_request(request, client_address)

    def shutdown_request(self, request: Any) -> None:
        with self._open_lock:
            self._open.discard(request)
        super().shutdown_request(request)

    def server_close(self) -> None:
        super().server_close()
        with self._open_lock:
            for connection in self._open:
                _hang_up(connection)

    def handle_error(self, request: Any, client_address: Any) -> None:
        # A client that disconnects during an answer is not reported.
        if not isinstance(sys.exception(), ConnectionError | TimeoutError):
            super().handle_error(request, client_address)


def _hang_up(connection: socket.socket) -> None:
    try:
        connection.shutdown(socket.SHUT_RDWR)
    except OSError:
        return  # the other end closed first


class _Handler(BaseHTTPRequestHandler):
    """Handles all HTTP requests of one TCP connection."""

    server: _Listener
    protocol_version = "HTTP/1.1"
    timeout = _IDLE_SECONDS
    disable_nagle_algorithm = True
    wbufsize = -1

    raw_requestline: bytes
    """Set by the base class, though its stub does not say so."""

    def do_GET(self) -> None:
        if self.headers.get("Content-Length", "0") != "0" or "Transfer-Encoding" in self.headers:
            # A body would be read as the next request.
            self.close_connection = True
        if not self._meant_for_us():
            self._send(403, plain_errors("This server answers to the name of its loopback address only."))
            return
        path, _, query_string = self.path.partition("?")
        if path in PATHS:
            self._aggregate(path, query_string)
        elif path == INSIGHTS_PATH:
            self._insights(query_string)
        elif path in ("/api/v1/validate", "/api/v2/validate_keys"):
            self._validate(application_key_too=path.endswith("keys"))
        else:
            self._send(404, plain_errors("Not found"))

    def __getattr__(self, name: str) -> Callable[[], None]:
        # The base class looks for a method do_POST, do_HEAD, …; all but GET are refused alike.
        if name.startswith("do_"):
            return self._refuse_method
        raise AttributeError(name)

    def _refuse_method(self) -> None:
        self.close_connection = True
        self._send(405, plain_errors("Method not allowed"))

    def _aggregate(self, path: str, query_string: str) -> None:
        if reason := self._problem_with_keys(application_key_too=True):
            self._send(403, plain_errors(reason))
            return
        if self._is_asked_with(_UNSCOPED):
            self._send(403, plain_errors("Forbidden"))
            return
        if self._is_asked_with(_DISABLED):
            self._send(400, plain_errors("Bad Request"))
            return
        demo = self.server.demo
        ruling = demo.rate_limit.ask(demo.clock())
        if not ruling.allowed:
            self._send(429, plain_errors(demo.rate_limit.refusal), _JSON, ruling.headers)
            return
        try:
            body = demo.answer(path, query_string)
        except Refused as problem:
            self._send(400, refusal(problem), _JSON_API, ruling.headers)
        else:
            self._send(200, body, _JSON_API, ruling.headers)

    def _insights(self, query_string: str) -> None:
        reason = self._problem_with_keys(application_key_too=True)
        if reason or self._is_asked_with(_UNSCOPED) or self._is_asked_with(_WITHOUT_INSIGHTS):
            self._send(403, plain_errors(reason or "Forbidden"))
        elif self._is_asked_with(_OTHER_SITE):
            self._send(404, plain_errors("Not found"))
        else:
            try:
                self._send(200, self.server.demo.insights(query_string))
            except Refused as problem:
                self._send(400, refusal(problem), _JSON_API)

    def _validate(self, *, application_key_too: bool) -> None:
        if reason := self._problem_with_keys(application_key_too=application_key_too):
            self._send(403, plain_errors(reason))
        else:
            self._send(200, b'{"status":"ok"}' if application_key_too else b'{"valid":true}')

    def _problem_with_keys(self, *, application_key_too: bool) -> str:
        """Return the reason why the API key or application key of the request is refused.

        Return an empty text if the keys are accepted. `application_key_too` is True if an application key is
        required.
        """
        if self._is_asked_with(_WRONG):
            return "Forbidden"
        api_key, application_key, token = self._keys()
        if not self.server.demo.keys_required or token:
            return ""
        if not api_key:
            return "API key required"
        return "Application key required" if application_key_too and not application_key else ""

    def _is_asked_with(self, beginning: str) -> bool:
        return any(key.startswith(beginning) for key in self._keys())

    def _keys(self) -> tuple[str, str, str]:
        """Return the API key, the application key and the bearer token of the request, as three texts. A missing
        key or token is an empty text.
        """
        headers = self.headers
        scheme, _, token = headers.get("Authorization", "").partition(" ")
        named = (headers.get("DD-API-KEY", ""), headers.get("DD-APPLICATION-KEY", ""))
        return named[0].strip(), named[1].strip(), token.strip() if scheme == "Bearer" else ""

    def _meant_for_us(self) -> bool:
        """True if the Host header names a loopback address.

        A web page that attacks with DNS rebinding sends another host name, so its requests are refused.
        """
        host = self.headers.get("Host", "")
        try:
            name = urlsplit(f"//{host}").hostname
        except ValueError:
            return False
        return name is not None and is_loopback(name)

    def _send(self, status: int, body: bytes, content_type: str = _JSON, rate_headers: Headers | None = None) -> None:
        """Send a reply with this HTTP status and body.

        `rate_headers` are the HTTP headers about the rate limit for a call that was counted. If they are None,
        headers for the current state of the rate limit are sent.
        """
        demo = self.server.demo
        self.send_response(status)
        self.send_header("Content-Type", content_type)
        self.send_header("Vary", "Accept-Encoding")
        if len(body) > _NOT_WORTH_COMPRESSING and _takes_gzip(self.headers.get("Accept-Encoding", "")):
            body = gzip.compress(body, compresslevel=1, mtime=0)
            self.send_header("Content-Encoding", "gzip")
        self.send_header("Content-Length", str(len(body)))
        if self.close_connection:
            self.send_header("Connection", "close")
        if status == 405:
            self.send_header("Allow", "GET")
        for name, value in (rate_headers or demo.rate_limit.headers(demo.clock())).items():
            self.send_header(name, value)
        self.end_headers()
        if self.command != "HEAD":
            self.wfile.write(body)

    def date_time_string(self, timestamp: float | None = None) -> str:
        """Return the text of the HTTP header `Date`. Without a timestamp (in seconds since 1970), it is the time of
        the demo's clock.
        """
        return super().date_time_string(self.server.demo.clock() if timestamp is None else timestamp)

    def parse_request(self) -> bool:
        if len(self.raw_requestline) > _LONGEST_REQUEST_LINE:
            self.requestline = self.request_version = self.command = ""
            self.send_error(414)
            return False
        return super().parse_request()

    def send_error(self, code: int, message: str | None = None, explain: str | None = None) -> None:
        """Send an error reply as JSON for a request that Python's HTTP library refuses, for example a malformed
        request.

        The real API also sends its errors as JSON. Without this method, the library would send HTML.
        """
        self.close_connection = True
        if not hasattr(self, "headers"):
            self.headers = self.MessageClass()
        phrase = message or self.responses.get(code, ("Refused", ""))[0]
        self._send(code, plain_errors(phrase))

    def version_string(self) -> str:
        return "cnm-tui-demo"

    def log_message(self, format: str, *args: object) -> None:
        """Do nothing. A log would disturb the terminal screen of cnm-tui, which the same terminal displays."""


def _takes_gzip(accepted: str) -> bool:
    for entry in accepted.lower().split(","):
        coding, *parameters = (part.strip() for part in entry.split(";"))
        if coding in ("gzip", "*"):
            return not any(parameter.replace(" ", "") in ("q=0", "q=0.0", "q=0.00") for parameter in parameters)
    return False
