"""CnmClient: the Source that asks Datadog for the screen, in a thread beside it, one request per query."""

import asyncio
import time
from collections.abc import Callable
from functools import partial

from cnm_tui.api.http_connection import HttpConnection
from cnm_tui.api.service import Service
from cnm_tui.core.query import Query
from cnm_tui.core.service import Address, Budget
from cnm_tui.core.snapshot import Snapshot
from cnm_tui.daemon import in_daemon_thread


class CnmClient:
    """Asks over one connection, or over as many as there are questions at once."""

    def __init__(
        self,
        service: Service,
        label: str,
        clock: Callable[[], float] = time.time,
        *,
        stop_demo: Callable[[], None] | None = None,
    ) -> None:
        """Nothing is opened or sent until the first `fetch`; `stop_demo` ends the service, if that is a demo."""
        self._service = service
        self._label = label
        self._clock = clock
        self._stop_demo = stop_demo
        self._budget = Budget()
        self._idle: HttpConnection | None = None

    @property
    def label(self) -> str:
        """The name of the service that is asked."""
        return self._label

    @property
    def site(self) -> str | None:
        """The Datadog site that is asked; None for another server."""
        return self._service.peer.site

    @property
    def address(self) -> Address:
        """The URL that it asks, and the kind of its keys."""
        return self._service.address._replace(of_demo=self._stop_demo is not None)

    @property
    def budget(self) -> Budget:
        """The rate limit as the last answer or failure stated it."""
        return self._budget

    def holds_key(self, text: str) -> bool:
        """Return True if one of the keys that it asks with stands in this text."""
        return self._service.keys.are_in(text)

    async def fetch(self, query: Query) -> Snapshot:
        """Ask once; a cancelled fetch closes its connection at once.

        Raises:
            CnmError: Any foreseen failure.
        """
        connection, self._idle = self._idle or HttpConnection(self._service, self._clock), None
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

    def _keep(self, connection: HttpConnection) -> None:
        """Keep one connection for the next question; of two questions at once each had its own."""
        spare, self._idle = self._idle, connection
        if spare is not None:
            spare.close()

    async def aclose(self) -> None:
        """Close the connection, and end a demo."""
        connection, self._idle = self._idle, None
        try:
            if connection is not None:
                connection.close()
        finally:
            if self._stop_demo is not None:
                # The process is waited for.
                await in_daemon_thread(self._stop_demo)
