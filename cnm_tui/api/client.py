"""CnmClient: asks the endpoint over HTTPS, one request per query, and names every failure."""

import asyncio
import ssl
import time
from collections.abc import AsyncIterator, Callable, Generator
from contextlib import asynccontextmanager
from dataclasses import dataclass
from typing import Any, Final, Self
from urllib.parse import urlsplit

import httpx

from cnm_tui import __version__
from cnm_tui.api import failures
from cnm_tui.api.budget import budget
from cnm_tui.api.unpacking import MOST_BYTES, Unpacking
from cnm_tui.api.wire import decoded, parameters
from cnm_tui.core.credentials import AccessToken, Credentials, Secret, checked_api_url, is_loopback
from cnm_tui.core.errors import CnmError, InvalidQuery, TimedOut
from cnm_tui.core.pacing import Budget
from cnm_tui.core.query import Query
from cnm_tui.core.snapshot import Snapshot
from cnm_tui.core.text import clean
from cnm_tui.core.units import seconds_text

PATH: Final = "/api/v2/network/connections/aggregate"
_PIECE_BYTES: Final = 64 * 1024
"""Unpacked at a time, beside the event loop; small enough to stop a gzip bomb early."""
_MOST_ERROR_BYTES: Final = 64 * 1024
_KEEP_ALIVE_SECONDS: Final = 300.0
"""Longer than the usual pause between refreshes; httpx's own 5 s would mean a handshake for each."""


@dataclass(frozen=True, slots=True)
class Patience:
    """How long the client waits, in seconds."""

    connect: float = 10.0
    read: float = 30.0
    """Between two pieces of the reply."""
    whole: float = 120.0
    """From the request to the end of the reply, against one that trickles."""


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
        self._url = checked_api_url(url) + PATH
        try:
            parsed = httpx.URL(self._url)
            self._host = parsed.host
        except httpx.InvalidURL as error:
            raise InvalidQuery(
                f"{clean(urlsplit(self._url).hostname or '', 80)!r} cannot be a host's name.",
                hint="Check the site or the API URL.",
            ) from error
        # The port is there only where it is not the usual one.
        called = called or parsed.netloc.decode("ascii")
        self._place = failures.Place(self._host, site, called, by_token=isinstance(credentials, AccessToken))
        self._auth = _Keys(credentials)
        self._label = label
        self._clock = clock
        self._patience = patience or Patience()
        self._most_bytes = most_bytes
        self._budget = Budget()
        self._http: httpx.AsyncClient | None = None

    @property
    def label(self) -> str:
        """What is asked, in a word."""
        return self._label

    @property
    def site(self) -> str | None:
        """The Datadog site that is asked; None where it is another server."""
        return self._place.site

    @property
    def budget(self) -> Budget:
        """What the rate-limit headers said last, whether with an answer or with a failure."""
        return self._budget

    async def fetch(self, query: Query) -> Snapshot:
        """Ask once; a cancelled fetch closes its connection at once.

        Raises:
            CnmError: Any foreseen failure.
        """
        now = self._clock()
        window = query.time_range.window(now)
        body, told = await self._body(parameters(query, window))
        rows = await asyncio.to_thread(decoded, body, query.group_bys, self._place.name)
        return Snapshot(
            query,
            window,
            fetched_at=self._clock(),
            connections=rows.connections,
            unreadable=rows.unreadable,
            budget=told,
            warning=query.time_range.warning(now),
        )

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
            async with asyncio.timeout(self._patience.whole), self._reply(params, dialled) as reply:
                return await self._read(reply)
        except CnmError as known:
            problem = known
        except httpx.HTTPError as error:
            problem = failures.of_exception(error, self._place, dialled.host, self._patience.read)
        except UnicodeError:
            # The resolver, on a name that no DNS could hold: an empty label, or one over 63 characters.
            problem = failures.not_resolved(self._place)
        except TimeoutError:
            problem = TimedOut(
                f"{self._place.name} had not finished its reply after {seconds_text(self._patience.whole)}.",
                hint="Ask for a shorter time range or fewer rows.",
            )
        raise problem.with_traceback(None)

    @asynccontextmanager
    async def _reply(self, params: list[tuple[str, str]], dialled: "_Dialled") -> AsyncIterator[httpx.Response]:
        http = await self._opened()
        request = http.build_request("GET", self._url, params=tuple(params), extensions={"trace": dialled})
        try:
            reply = await http.send(request, auth=self._auth, stream=True)
        except (httpx.RemoteProtocolError, httpx.ReadError, httpx.WriteError):
            # A connection kept open may be closed by the other end just as it is used again; that is nobody's
            # failure, and this request changes nothing. On a connection made for it, it is one.
            if dialled.host:
                raise
            reply = await http.send(request, auth=self._auth, stream=True)
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
            raise failures.of_status(reply.status_code, reply.headers, body, self._place, now)
        body = await self._unpacked(reply)
        if page := failures.web_page(body, reply.headers.get("content-type", ""), self._place):
            raise page
        return body, told

    async def _unpacked(self, reply: httpx.Response) -> bytes:
        encoding = reply.headers.get("content-encoding", "")
        unpacking = Unpacking(encoding, self._place.name, most_bytes=self._most_bytes)
        waiting = bytearray()
        cut = False
        try:
            async for piece in reply.aiter_raw():
                waiting += piece
                if len(waiting) >= _PIECE_BYTES:
                    await asyncio.to_thread(unpacking.take, bytes(waiting))
                    waiting.clear()
        except (httpx.RemoteProtocolError, httpx.ReadError):
            cut = True
        if cut:
            raise unpacking.truncated(len(waiting))
        await asyncio.to_thread(unpacking.take, bytes(waiting))
        return unpacking.whole()

    async def _error_body(self, reply: httpx.Response) -> bytes:
        """As much of an error's text as can be had: whatever is wrong with it, the status says more."""
        unpacking: Unpacking | None = None
        try:
            encoding = reply.headers.get("content-encoding", "")
            unpacking = Unpacking(encoding, self._place.name, most_bytes=_MOST_ERROR_BYTES)
            async for piece in reply.aiter_raw():
                unpacking.take(piece)
        except (httpx.HTTPError, CnmError):
            pass
        return unpacking.so_far() if unpacking is not None else b""

    async def _opened(self) -> httpx.AsyncClient:
        """The HTTP client, made at the first request: reading the trusted certificates takes 20 ms."""
        if self._http is None:
            made = await asyncio.to_thread(self._made)
            # Another fetch may have made one meanwhile.
            self._http = self._http or made
        return self._http

    def _made(self) -> httpx.AsyncClient:
        problem: CnmError
        try:
            return httpx.AsyncClient(
                follow_redirects=False,
                headers={
                    "accept": "application/json",
                    "accept-encoding": "gzip",
                    "user-agent": f"cnm-tui/{__version__}",
                },
                limits=httpx.Limits(
                    max_connections=2, max_keepalive_connections=1, keepalive_expiry=_KEEP_ALIVE_SECONDS
                ),
                timeout=httpx.Timeout(self._patience.read, connect=self._patience.connect),
                # Proxies by the environment, but none between this machine and itself.
                mounts={f"all://{_in_brackets(self._host)}": None} if is_loopback(self._host) else None,
                trust_env=True,
                # Over http there is nothing to verify, and reading the certificates would take 20 ms.
                verify=ssl.SSLContext(ssl.PROTOCOL_TLS_CLIENT) if self._url.startswith("http:") else True,
            )
        except OSError as error:
            problem = failures.of_certificate_settings(error)
        except (ValueError, ImportError, httpx.InvalidURL):
            # ImportError: a SOCKS proxy wants a package that is not installed.
            problem = failures.of_proxy_settings()
        raise problem


def _in_brackets(host: str) -> str:
    return f"[{host}]" if ":" in host else host


class _Dialled:
    """Which host a request opened a connection to, the proxy where there is one; empty where it reused one."""

    def __init__(self) -> None:
        self.host = ""

    async def __call__(self, event: str, details: dict[str, Any]) -> None:
        if event == "connection.connect_tcp.started":
            self.host = details["host"]


class _Keys(httpx.Auth):
    """Puts the keys into a request's headers while it is sent, and takes them out again."""

    def __init__(self, credentials: Credentials | None) -> None:
        self._headers: dict[str, Secret] = {}
        if isinstance(credentials, AccessToken):
            self._headers = {"authorization": credentials.token}
        elif credentials is not None:
            self._headers = {"dd-api-key": credentials.api_key, "dd-application-key": credentials.application_key}

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
