"""One question, one connection, one answer, for a program that has nothing else to do meanwhile.

The screen asks by `CnmClient`, which keeps its connection and can be cancelled. Here nothing of that is needed, and an
event loop would be half of what `query` takes: to import asyncio and its part of httpx takes longer than to decode
7,500 rows. What requests and replies mean is in `Exchange`, for both.
"""

import socket
import threading
import time
from collections.abc import Callable, Iterator
from contextlib import closing, contextmanager, suppress
from typing import Any

import httpx

from cnm_tui.api import failures
from cnm_tui.api.budget import budget
from cnm_tui.api.exchange import CUT, FAILURES, SETTINGS_FAILURES, Dialled, Exchange
from cnm_tui.api.wire import decoded, parameters
from cnm_tui.core.errors import CnmError
from cnm_tui.core.pacing import Budget
from cnm_tui.core.query import Query
from cnm_tui.core.snapshot import Snapshot


def answer(exchange: Exchange, query: Query, clock: Callable[[], float] = time.time) -> Snapshot:
    """Ask once, and wait.

    Raises:
        CnmError: Any foreseen failure.
    """
    asked = clock()
    window = query.time_range.window(asked)
    dialled = _Dialled()
    # Raised outside of the handlers, as the library's exceptions lead to requests with keys in them.
    problem: CnmError
    try:
        with _opened(exchange) as http, _in_time(exchange, dialled):
            params = tuple(parameters(query, window))
            request = http.build_request("GET", exchange.url, params=params, extensions={"trace": dialled})
            reply = http.send(request, auth=exchange.auth, stream=True)
            with closing(reply):
                body, told = _read(exchange, reply, clock())
    except FAILURES as error:
        problem = exchange.failure(error, dialled.host)
    else:
        rows = decoded(body, query.group_bys, exchange.place.name, breathing=False)
        return exchange.snapshot(query, window, rows, told, asked, clock())
    raise problem.with_traceback(None)


def _opened(exchange: Exchange) -> httpx.Client:
    problem: CnmError
    try:
        return httpx.Client(**exchange.settings())
    except SETTINGS_FAILURES as error:
        problem = exchange.failure_to_begin(error)
    raise problem


def _read(exchange: Exchange, reply: httpx.Response, now: float) -> tuple[bytes, Budget]:
    if reply.status_code != 200:
        body = _error_body(exchange, reply)
        raise failures.of_status(reply.status_code, reply.headers, body, exchange.place, now)
    unpacking = exchange.unpacking(reply.headers)
    cut = False
    try:
        for piece in reply.iter_raw():
            unpacking.take(piece)
    except CUT:
        cut = True
    if cut:
        raise unpacking.truncated()
    return exchange.checked(unpacking.whole(), reply.headers), budget(reply.headers, now)


def _error_body(exchange: Exchange, reply: httpx.Response) -> bytes:
    unpacking = exchange.unpacking_of_error(reply.headers)
    if unpacking is None:
        return b""
    with suppress(httpx.HTTPError, CnmError):
        for piece in reply.iter_raw():
            unpacking.take(piece)
    return unpacking.so_far()


class _Dialled(Dialled):
    """Knows the connection, too, so that it can be cut."""

    def __init__(self) -> None:
        super().__init__()
        self.socket: socket.socket | None = None

    def __call__(self, event: str, details: dict[str, Any]) -> None:
        self.note(event, details)
        if event.endswith(("connect_tcp.complete", "start_tls.complete")):
            self.socket = details["return_value"].get_extra_info("socket")


@contextmanager
def _in_time(exchange: Exchange, dialled: _Dialled) -> Iterator[None]:
    """Cut the connection of a reply that trickles for ever.

    Raises:
        TimeoutError: It was cut.
    """
    overdue = threading.Event()

    def cut() -> None:
        overdue.set()
        if dialled.socket is not None:
            with suppress(OSError):
                # Not by the method of a socket with TLS, which is not made to be called beside a read.
                socket.socket.shutdown(dialled.socket, socket.SHUT_RDWR)

    timer = threading.Timer(exchange.patience.whole, cut)
    timer.daemon = True
    timer.start()
    try:
        yield
    except FAILURES:
        if not overdue.is_set():
            raise
    finally:
        timer.cancel()
    if overdue.is_set():
        raise TimeoutError
