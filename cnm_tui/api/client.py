"""CnmClient: the Source that queries Datadog for the screen, one HTTP request per query, in a background thread."""

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
    """A Source over HTTP; it opens one connection per concurrent query and keeps one open for the next."""

    def __init__(
        self,
        service: Service,
        label: str,
        clock: Callable[[], float] = time.time,
        *,
        stop_demo: Callable[[], None] | None = None,
    ) -> None:
        """Make the client; it opens nothing before the first `fetch`. `aclose` calls `stop_demo`, if given."""
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
        """The name of the service."""
        return self._label

    @property
    def site(self) -> str | None:
        """The Datadog site; None for a custom API URL."""
        return self._service.peer.site

    @property
    def address(self) -> Address:
        """The URL of the service, and the kind of its keys."""
        return self._service.address._replace(of_demo=self._stop_demo is not None)

    @property
    def budget(self) -> Budget:
        """The rate limit, as stated by the last answer or failure."""
        return self._budget

    def holds_key(self, text: str) -> bool:
        """Return True if the text contains one of the keys of this client."""
        return self._service.keys.are_in(text)

    async def fetch(self, query: Query) -> Snapshot:
        """Send one query. A cancelled fetch closes its connection at once.

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
        """Ask for network health insights. They have a rate limit of their own.

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
        """Keep this connection for the next query, and close the one kept so far."""
        spare, self._idle = self._idle, connection
        if spare is not None:
            spare.close()

    async def aclose(self) -> None:
        """Close the connection, and stop the demo if there is one."""
        connection, self._idle = self._idle, None
        try:
            if connection is not None:
                connection.close()
        finally:
            if self._stop_demo is not None:
                # stop_demo waits for the process to end.
                await in_daemon_thread(self._stop_demo)
