"""Send all requests of the main screen within the rate limit. Each request has a purpose."""

import asyncio
from collections.abc import Callable, Coroutine, Iterator
from contextlib import contextmanager
from enum import Enum, auto
from typing import Any, Final, NamedTuple, Protocol

from cnm_tui.core.errors import RateLimited
from cnm_tui.core.query import Query
from cnm_tui.core.service import background_wait_seconds
from cnm_tui.core.snapshot import Snapshot, Source
from cnm_tui.tui.signals import Signal


class Purpose(NamedTuple):
    """The purpose of requests, for example to load the rows. New work for a purpose cancels its earlier work.

    Each feature that sends requests defines its own purpose as a constant in its file.
    """

    name: str


ROWS: Final = Purpose("rows")
"""The rows of the current query."""


class Priority(Enum):
    """The urgency of a request. Either the user waits for the response, or the request runs in the background."""

    BY_HAND = auto()
    """A user waits for it: it may use the last call of the period."""
    BACKGROUND = auto()
    """Nobody waits for it: it is sent if enough calls are left for the user, one at a time."""


class Progress(NamedTuple):
    """The number of requests for one purpose that were sent, and the number that were answered."""

    answered: int = 0
    asked: int = 0


Work = Callable[[], Coroutine[Any, Any, None]]
"""Function that returns the coroutine when it is its turn: one made early and cancelled would never be awaited."""


class Handle(Protocol):
    """The interface of work that was started. The work can be cancelled."""

    def cancel(self) -> object:
        """Cancel the work."""


class Timer(Protocol):
    """The interface of a function call that is planned for later. The call can be cancelled."""

    def stop(self) -> None:
        """Cancel the planned call."""


class Scheduler(Protocol):
    """The interface of an object that runs asynchronous work.

    The program uses Textual's screen for this, and the tests use a fake scheduler.
    """

    def start_work(self, work: Work) -> Handle:
        """Start the work as a background task. If it raises an unexpected error, the program stops."""

    def call_after(self, seconds: float, then: Callable[[], object]) -> Timer:
        """Call the function `then` once after this number of seconds."""

    async def sleep(self, seconds: float) -> None:
        """Wait for this number of seconds."""


class _Fetch:
    """A running request, together with the number of callers that wait for its response."""

    def __init__(self, task: asyncio.Task[Snapshot]) -> None:
        self.task = task
        self.waiting = 0


class Requests:
    """Sends all requests to the source of data. No other object calls the source.

    Requests of the user are sent at once. The rate limit permits a number of requests in a period. Background
    work must not use the last tenth of this number, and at least the last two requests. They are reserved for
    the user (`core/service.py`). Automatic refreshes must not use the last third.
    """

    def __init__(self, clock: Callable[[], float], scheduler: Scheduler) -> None:
        self.source: Source | None = None
        self.next_refresh_at: float | None = None
        """Time of the next automatic request, in epoch seconds."""
        self.refresh_planned = Signal[[]]()
        """Sent when `next_refresh_at` has changed."""
        self.refresh_due = Signal[[]]()
        self.progressed = Signal[[Purpose]]()
        self._clock = clock
        self._scheduler = scheduler
        self._refresh: Timer | None = None
        self._under_way: dict[Query, _Fetch] = {}
        self._running: dict[Purpose, tuple[Handle, object]] = {}
        self._progress: dict[Purpose, Progress] = {}
        self.awaited: list[Purpose] = []
        """The purposes whose responses are awaited now, apart from the rows; the oldest first."""
        self.awaited_changed = Signal[[]]()
        self._turn = asyncio.Lock()
        """Held by the background request that is sent next, or is running."""
        self._not_before: float | None = None
        """Time before which the service wants no request, in epoch seconds."""

    def connect(self, source: Source) -> None:
        """Use this source of data from now on, and cancel all requests to the old source."""
        self.cancel(*self._running, *self._progress)
        # What is cancelled ends in its own time; nobody is to join it until then.
        self._under_way = {}
        self._not_before = None
        self.source = source

    # Work for a purpose

    def run(self, purpose: Purpose, work: Work) -> None:
        """Start work for this purpose, and cancel earlier work for the same purpose."""
        self.cancel(purpose)
        mark = object()

        async def marked() -> None:
            try:
                await work()
            finally:
                # Other work may have replaced it.
                if purpose in self._running and self._running[purpose][1] is mark:
                    del self._running[purpose]

        self._running[purpose] = self._scheduler.start_work(marked), mark

    def is_running(self, purpose: Purpose) -> bool:
        """Return True if work for this purpose is running."""
        return purpose in self._running

    def cancel(self, *purposes: Purpose) -> bool:
        """Cancel the work for the given purposes. Return True if any such work was running, otherwise False."""
        found = [self._running.pop(purpose)[0] for purpose in purposes if purpose in self._running]
        for work in found:
            work.cancel()
        for purpose in purposes:
            self._progress.pop(purpose, None)
        return bool(found)

    def cancel_all_but(self, purpose: Purpose) -> bool:
        """Cancel the work for all purposes except this purpose. Return True if any work was running."""
        return self.cancel(*(one for one in (*self._running, *self._progress) if one != purpose))

    def progress(self, purpose: Purpose) -> Progress:
        """Return how many requests for this purpose were sent and answered since its work was started."""
        return self._progress.get(purpose, Progress())

    # Requests

    async def fetch(self, purpose: Purpose, query: Query, priority: Priority = Priority.BY_HAND) -> Snapshot:
        """Return the response to a query. If the same query is already running, wait for its response and send nothing.

        Raises:
            CnmError: The request failed.
        """
        self._count(purpose, asked=1)
        if priority is Priority.BACKGROUND:
            async with self._turn:
                await self._until_background_may_ask()
                with self.awaiting(purpose):
                    snapshot = await self._shared(query)
        else:
            with self.awaiting(purpose):
                snapshot = await self._shared(query)
        self._count(purpose, answered=1)
        return snapshot

    @contextmanager
    def awaiting(self, purpose: Purpose) -> Iterator[None]:
        """Report while the block runs that a response for this purpose is awaited."""
        if purpose == ROWS:
            # The Exploration knows of these.
            yield
            return
        self.awaited.append(purpose)
        self.awaited_changed.emit()
        try:
            yield
        finally:
            self.awaited.remove(purpose)
            self.awaited_changed.emit()

    def background_wait_seconds(self) -> float:
        """Return the seconds until background work may send its next request. Return 0 if it may send one now."""
        assert self.source is not None, "asked before there was a source"
        return background_wait_seconds(self._not_before, self.source.budget, len(self._under_way), self._clock())

    async def _until_background_may_ask(self) -> None:
        while wait := self.background_wait_seconds():
            await self._scheduler.sleep(wait)

    async def _shared(self, query: Query) -> Snapshot:
        source = self.source
        assert source is not None, "asked before there was a source"
        fetch = self._under_way.get(query)
        if fetch is None:
            fetch = self._under_way[query] = _Fetch(asyncio.ensure_future(source.fetch(query)))
            fetch.task.add_done_callback(lambda task: self._ended(query, task))
        fetch.waiting += 1
        try:
            # Shielded, as another caller may wait for it too.
            return await asyncio.shield(fetch.task)
        except RateLimited as problem:
            self._not_before = self._clock() + problem.retry_after_seconds
            raise
        finally:
            fetch.waiting -= 1
            if not fetch.waiting and not fetch.task.done():
                self._forget(query, fetch.task)
                fetch.task.cancel()

    def _ended(self, query: Query, task: "asyncio.Task[Snapshot]") -> None:
        self._forget(query, task)
        if not task.cancelled():
            # It may have failed in the moment when it was cancelled, when nobody waits.
            task.exception()

    def _forget(self, query: Query, task: "asyncio.Task[Snapshot]") -> None:
        if query in self._under_way and self._under_way[query].task is task:
            del self._under_way[query]

    def _count(self, purpose: Purpose, *, asked: int = 0, answered: int = 0) -> None:
        before = self.progress(purpose)
        self._progress[purpose] = Progress(before.answered + answered, before.asked + asked)
        self.progressed.emit(purpose)

    # Refresh

    def plan(self, pause: float | None) -> None:
        """Plan the next refresh of the rows in `pause` seconds, and cancel the refresh that was planned before.

        If `pause` is None, plan no refresh.
        """
        if self._refresh is not None:
            self._refresh.stop()
            self._refresh = None
        self.next_refresh_at = None if pause is None else self._clock() + pause
        self.refresh_planned.emit()
        if pause is not None:
            # A timer of zero seconds never fires.
            self._refresh = self._scheduler.call_after(max(pause, 0.05), self.refresh_due.emit)
