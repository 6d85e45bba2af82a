"""CnmClient: asks the endpoint for the screen, one request per query, beside whatever else goes on."""

import asyncio
import time
from collections.abc import AsyncIterator, Callable
from contextlib import asynccontextmanager
from typing import Any, Final, Self

import httpx

from cnm_tui.api import failures
from cnm_tui.api.budget import budget
from cnm_tui.api.exchange import CUT, FAILURES, SETTINGS_FAILURES, Dialled, Exchange, Patience
from cnm_tui.api.unpacking import MOST_BYTES
from cnm_tui.api.wire import decoded, parameters
from cnm_tui.core.credentials import Credentials
from cnm_tui.core.errors import CnmError
from cnm_tui.core.pacing import Budget
from cnm_tui.core.query import Query
from cnm_tui.core.snapshot import Snapshot

_PIECE_BYTES: Final = 64 * 1024
"""Unpacked at a time, beside the event loop; small enough to stop a gzip bomb early."""


class CnmClient:
    """The Source that asks Datadog."""

    def __init__(
        self,
        url: str,
        credentials: Credentials | None,
        label: str,
        *,
        site: str | None = None,
        called: str = "",
        clock: Callable[[], float] = time.time,
        patience: Patience | None = None,
        most_bytes: int = MOST_BYTES,
    ) -> None:
        """Nothing is opened or sent until the first `fetch`; failures name the host unless it is called otherwise.

        Raises:
            InvalidQuery: The URL would carry keys where others can read them, or is none.
        """
        self._exchange = Exchange(url, credentials, site=site, called=called, patience=patience, most_bytes=most_bytes)
        self._label = label
        self._clock = clock
        self._budget = Budget()
        self._http: httpx.AsyncClient | None = None

    @property
    def label(self) -> str:
        """What is asked, in a word."""
        return self._label

    @property
    def site(self) -> str | None:
        """The Datadog site that is asked; None where it is another server."""
        return self._exchange.place.site

    @property
    def budget(self) -> Budget:
        """What the rate-limit headers said last, whether with an answer or with a failure."""
        return self._budget

    async def fetch(self, query: Query) -> Snapshot:
        """Ask once; a cancelled fetch closes its connection at once.

        Raises:
            CnmError: Any foreseen failure.
        """
        asked = self._clock()
        window = query.time_range.window(asked)
        body, told = await self._body(parameters(query, window))
        rows = await asyncio.to_thread(decoded, body, query.group_bys, self._exchange.place.name)
        return self._exchange.snapshot(query, window, rows, told, asked, self._clock())

    async def aclose(self) -> None:
        """Let go of the connection."""
        http, self._http = self._http, None
        if http is not None:
            await http.aclose()

    async def __aenter__(self) -> Self:
        return self

    async def __aexit__(self, *_exception: object) -> None:
        await self.aclose()

    async def _body(self, params: list[tuple[str, str]]) -> tuple[bytes, Budget]:
        dialled = _Dialled()
        # The exceptions of the HTTP library lead to requests with keys in them, so ours are raised outside of the
        # handlers: no chain, no frames of the library in any traceback.
        problem: CnmError
        try:
            async with asyncio.timeout(self._exchange.patience.whole), self._reply(params, dialled) as reply:
                return await self._read(reply)
        except FAILURES as error:
            problem = self._exchange.failure(error, dialled.host)
        raise problem.with_traceback(None)

    @asynccontextmanager
    async def _reply(self, params: list[tuple[str, str]], dialled: "_Dialled") -> AsyncIterator[httpx.Response]:
        http, exchange = await self._opened(), self._exchange
        request = http.build_request("GET", exchange.url, params=tuple(params), extensions={"trace": dialled})
        try:
            reply = await http.send(request, auth=exchange.auth, stream=True)
        except (httpx.RemoteProtocolError, httpx.ReadError, httpx.WriteError):
            # A connection kept open may be closed by the other end just as it is used again; that is nobody's
            # failure, and this request changes nothing. On a connection made for it, it is one.
            if dialled.host:
                raise
            reply = await http.send(request, auth=exchange.auth, stream=True)
        try:
            yield reply
        finally:
            await reply.aclose()

    async def _read(self, reply: httpx.Response) -> tuple[bytes, Budget]:
        now = self._clock()
        told = budget(reply.headers, now)
        if told != Budget():
            self._budget = told
        if reply.status_code != 200:
            body = await self._error_body(reply)
            raise failures.of_status(reply.status_code, reply.headers, body, self._exchange.place, now)
        return self._exchange.checked(await self._unpacked(reply), reply.headers), told

    async def _unpacked(self, reply: httpx.Response) -> bytes:
        unpacking = self._exchange.unpacking(reply.headers)
        waiting = bytearray()
        cut = False
        try:
            async for piece in reply.aiter_raw():
                waiting += piece
                if len(waiting) >= _PIECE_BYTES:
                    await asyncio.to_thread(unpacking.take, bytes(waiting))
                    waiting.clear()
        except CUT:
            cut = True
        if cut:
            raise unpacking.truncated(len(waiting))
        await asyncio.to_thread(unpacking.take, bytes(waiting))
        return unpacking.whole()

    async def _error_body(self, reply: httpx.Response) -> bytes:
        unpacking = self._exchange.unpacking_of_error(reply.headers)
        if unpacking is None:
            return b""
        try:
            async for piece in reply.aiter_raw():
                unpacking.take(piece)
        except (httpx.HTTPError, CnmError):
            pass
        return unpacking.so_far()

    async def _opened(self) -> httpx.AsyncClient:
        """The HTTP client, made at the first request, beside the event loop."""
        if self._http is None:
            made = await asyncio.to_thread(self._made)
            # Another fetch may have made one meanwhile.
            self._http = self._http or made
        return self._http

    def _made(self) -> httpx.AsyncClient:
        problem: CnmError
        try:
            return httpx.AsyncClient(**self._exchange.settings())
        except SETTINGS_FAILURES as error:
            problem = self._exchange.failure_to_begin(error)
        raise problem


class _Dialled(Dialled):
    """The same, told by a client that waits without blocking."""

    async def __call__(self, event: str, details: dict[str, Any]) -> None:
        self.note(event, details)
