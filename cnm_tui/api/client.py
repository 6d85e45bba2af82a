"""CnmClient: asks the endpoint for the screen, in a thread beside it, one request per query."""

import asyncio
import time
from collections.abc import Callable
from functools import partial
from pathlib import Path

from cnm_tui.api.exchange import Exchange, Patience
from cnm_tui.api.line import Line
from cnm_tui.api.unpacking import MOST_BYTES
from cnm_tui.core.credentials import Credentials
from cnm_tui.core.pacing import Budget
from cnm_tui.core.query import Query
from cnm_tui.core.request import Address
from cnm_tui.core.snapshot import Snapshot
from cnm_tui.daemon import in_daemon_thread


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
        ca_bundle: Path | None = None,
        clock: Callable[[], float] = time.time,
        patience: Patience | None = None,
        most_bytes: int = MOST_BYTES,
    ) -> None:
        """Nothing is opened or sent until the first `fetch`; failures name the host unless it is called otherwise.

        Raises:
            InvalidQuery: The URL would carry keys where others can read them, or is none.
        """
        self._exchange = Exchange(
            url,
            credentials,
            site=site,
            called=called,
            ca_bundle=ca_bundle,
            patience=patience,
            most_bytes=most_bytes,
        )
        self._label = label
        self._clock = clock
        self._budget = Budget()
        self._idle: Line | None = None

    @property
    def label(self) -> str:
        """What is asked, in a word."""
        return self._label

    @property
    def site(self) -> str | None:
        """The Datadog site that is asked; None where it is another server."""
        return self._exchange.place.site

    @property
    def address(self) -> Address:
        """Where it asks, and by what kind of keys."""
        return self._exchange.address

    @property
    def budget(self) -> Budget:
        """What the rate-limit headers said last, whether with an answer or with a failure."""
        return self._budget

    def holds_key(self, text: str) -> bool:
        """Whether one of the keys that it asks with stands in this text."""
        return self._exchange.auth.are_in(text)

    async def fetch(self, query: Query) -> Snapshot:
        """Ask once; a cancelled fetch closes its connection at once.

        Raises:
            CnmError: Any foreseen failure.
        """
        line, self._idle = self._idle or Line(self._exchange, self._clock), None
        try:
            return await in_daemon_thread(partial(line.answer, query))
        except asyncio.CancelledError:
            line.cut()
            raise
        finally:
            if line.budget != Budget():
                self._budget = line.budget
            if line.usable:
                self._keep(line)

    def _keep(self, line: Line) -> None:
        """For the next question; of two that were asked at once each had a line of its own."""
        spare, self._idle = self._idle, line
        if spare is not None:
            spare.close()

    async def aclose(self) -> None:
        """Let go of the connection."""
        line, self._idle = self._idle, None
        if line is not None:
            line.close()
