"""Define CnmClient, the HTTP client that sends the queries of the interactive program to Datadog.

Each query is one HTTP request in a background thread.
"""

import asyncio
import time
from collections.abc import Callable
from functools import partial
from typing import TYPE_CHECKING

from cnm_tui.api.http_connection import Heard, HttpConnection
from cnm_tui.api.service import Service
from cnm_tui.core.query import Query
from cnm_tui.core.service import Address, Budget
from cnm_tui.core.snapshot import Snapshot
from cnm_tui.daemon import in_daemon_thread

if TYPE_CHECKING:
    from cnm_tui.core.insights.insight import Insights
    from cnm_tui.core.time.time_range import Window


class CnmClient:
    """An HTTP client that implements Source, the interface through which the interactive program sends queries.

    Queries that run at the same time use separate connections. When they end, one connection stays open for the
    next query.
    """

    def __init__(
        self,
        service: Service,
        label: str,
        clock: Callable[[], float] = time.time,
        *,
        stop_demo: Callable[[], None] | None = None,
    ) -> None:
        """Create the client without opening a connection. The first call of `fetch` opens one.

        `stop_demo` is a function that stops the demo server. The method `aclose` calls it, if it is not None.
        """
        self._service = service
        self._label = label
        self._clock = clock
        self._stop_demo = stop_demo
        self._budget = Budget()
        self._idle: HttpConnection | None = None
        self.heard: Heard | None = None
        """Called with each reply of the service, in the thread that asked; it must not raise."""

    @property
    def label(self) -> str:
        """The name of the service to which this client sends requests, for display."""
        return self._label

    @property
    def site(self) -> str | None:
        """The Datadog site, for example `datadoghq.eu`, or None for a custom API URL."""
        return self._service.peer.site

    @property
    def address(self) -> Address:
        """The URL of the service, and the kind of keys that are sent to the service."""
        return self._service.address._replace(of_demo=self._stop_demo is not None)

    @property
    def budget(self) -> Budget:
        """The rate limit (such as the number of remaining requests), read from the headers of the last response."""
        return self._budget

    def holds_key(self, text: str) -> bool:
        """Return True if the text contains an API key or access token of this client, or a fragment of one."""
        return self._service.keys.are_in(text)

    async def fetch(self, query: Query) -> Snapshot:
        """Send one query, and return the rows of the response. Cancelling the call closes its connection at once.

        Raises:
            CnmError: Any expected failure.
        """
        connection, self._idle = self._idle or HttpConnection(self._service, self._clock), None
        connection.heard = self.heard
        try:
            return await in_daemon_thread(partial(connection.answer, query))
        except asyncio.CancelledError:
            connection.cancel()
            raise
        finally:
            if connection.budget != Budget():
                self._budget = connection.budget
            if not connection.is_cancelled:
                self._keep(connection)

    async def insights(self, window: "Window") -> "Insights":
        """Request the network health insights of a time window.

        The API of the insights has its own rate limit.

        Raises:
            CnmError: Any expected failure.
        """
        # Imported here: the first rows need none.
        from cnm_tui.api.insights import ask_insights

        connection = HttpConnection(self._service, self._clock)
        connection.heard = self.heard
        try:
            return await in_daemon_thread(partial(ask_insights, self._service, connection, window, self._clock))
        finally:
            connection.cancel()

    def _keep(self, connection: HttpConnection) -> None:
        """Keep this connection open for the next query.

        If another connection was kept open for this purpose, close the other connection.
        """
        spare, self._idle = self._idle, connection
        if spare is not None:
            spare.close()

    async def aclose(self) -> None:
        """Close the idle connection, and stop the demo server if there is one."""
        connection, self._idle = self._idle, None
        try:
            if connection is not None:
                connection.close()
        finally:
            if self._stop_demo is not None:
                # stop_demo waits for the process to end.
                await in_daemon_thread(self._stop_demo)
