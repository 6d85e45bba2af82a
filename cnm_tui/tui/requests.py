"""Ask the source: every request of the screen goes through here, for a purpose and within the rate limit."""

import asyncio
from collections.abc import Callable, Coroutine
from enum import Enum, auto
from typing import Any, NamedTuple, Protocol

from cnm_tui.core.errors import RateLimited
from cnm_tui.core.query import Query
from cnm_tui.core.service import background_wait_seconds
from cnm_tui.core.snapshot import Snapshot, Source
from cnm_tui.tui.signals import Signal


class Purpose(Enum):
    """Why something is asked; a later request for the same purpose replaces the one before."""

    ROWS = auto()
    """The rows of the question that is shown."""
    BASELINE = auto()
    """Rows to compare with."""
    OTHER_WAY = auto()
    """B → A of an A → B."""


class Priority(Enum):
    """How urgent a request is."""

    BY_HAND = auto()
    """Somebody pressed a key and waits: it may use the last call of the period."""
    BACKGROUND = auto()
    """Nobody waits: it is sent when enough calls are left for key presses, one at a time."""


class Progress(NamedTuple):
    """How far the requests for a purpose are."""

    answered: int = 0
    asked: int = 0


Work = Callable[[], Coroutine[Any, Any, None]]
"""Makes the coroutine when it is its turn: one that is made and cancelled before would never be awaited."""


class Handle(Protocol):
    """Work that was started."""

    def cancel(self) -> object:
        """Stop it."""


class Timer(Protocol):
    """A call that is planned."""

    def stop(self) -> None:
        """Do not call any more."""


class Scheduler(Protocol):
    """Runs what takes time: Textual's screen in the program, whatever a test has."""

    def start_work(self, work: Work) -> Handle:
        """Run work beside everything else; an error that is not foreseen stops the program."""

    def call_after(self, seconds: float, then: Callable[[], object]) -> Timer:
        """Call something once, after so many seconds."""

    async def sleep(self, seconds: float) -> None:
        """Return after so many seconds."""


class _Fetch:
    """A question under way, and how many wait for its answer."""

    def __init__(self, task: asyncio.Task[Snapshot]) -> None:
        self.task = task
        self.waiting = 0


class Requests:
    """The only place that awaits a source.

    A request by hand is sent at once. Background work leaves a tenth of the period's calls, and at least two, to key
    presses (`core/service.py`); refreshes that come by themselves leave a third.
    """

    def __init__(self, clock: Callable[[], float], scheduler: Scheduler) -> None:
        self.source: Source | None = None
        self.next_refresh_at: float | None = None
        """Epoch seconds of the next request that nobody has to ask for."""
        self.refresh_planned = Signal[[]]()
        """`next_refresh_at` is another one."""
        self.refresh_due = Signal[[]]()
        self.progressed = Signal[[Purpose]]()
        self._clock = clock
        self._scheduler = scheduler
        self._refresh: Timer | None = None
        self._under_way: dict[Query, _Fetch] = {}
        self._running: dict[Purpose, tuple[Handle, object]] = {}
        self._progress: dict[Purpose, Progress] = {}
        self._turn = asyncio.Lock()
        """Held by the background request that is sent next, or is under way."""
        self._not_before: float | None = None
        """Epoch seconds before which the service wants no request."""

    def connect(self, source: Source) -> None:
        """Ask this source from now on; what is under way to another one is cancelled."""
        self.cancel(*Purpose)
        # What is cancelled ends in its own time; nobody is to join it until then.
        self._under_way = {}
        self._not_before = None
        self.source = source

    # Work for a purpose

    def run(self, purpose: Purpose, work: Work) -> None:
        """Run work that asks for this purpose, in the place of the one before."""
        self.cancel(purpose)
        mark = object()

        async def marked() -> None:
            try:
                await work()
            finally:
                # Another one may have taken its place.
                if purpose in self._running and self._running[purpose][1] is mark:
                    del self._running[purpose]

        self._running[purpose] = self._scheduler.start_work(marked), mark

    def is_running(self, purpose: Purpose) -> bool:
        """True if work for this purpose is under way, be it asking or showing."""
        return purpose in self._running

    def cancel(self, *purposes: Purpose) -> bool:
        """Cancel the work for these purposes and its requests; return True if there was any."""
        found = [self._running.pop(purpose)[0] for purpose in purposes if purpose in self._running]
        for work in found:
            work.cancel()
        for purpose in purposes:
            self._progress.pop(purpose, None)
        return bool(found)

    def progress(self, purpose: Purpose) -> Progress:
        """Return how far the requests for a purpose are, since its work was started."""
        return self._progress.get(purpose, Progress())

    # Requests

    async def fetch(self, purpose: Purpose, query: Query, priority: Priority = Priority.BY_HAND) -> Snapshot:
        """Return the answer to a query; join an equal one that is under way.

        Raises:
            CnmError: Any foreseen failure.
        """
        self._count(purpose, asked=1)
        if priority is Priority.BACKGROUND:
            async with self._turn:
                await self._until_background_may_ask()
                snapshot = await self._shared(query)
        else:
            snapshot = await self._shared(query)
        self._count(purpose, answered=1)
        return snapshot

    async def _until_background_may_ask(self) -> None:
        assert self.source is not None, "asked before there was a source"
        while wait := background_wait_seconds(
            self._not_before, self.source.budget, len(self._under_way), self._clock()
        ):
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
            # Shielded, as somebody else may wait for it, too.
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
            # It may have failed in the moment in which it was cancelled, when nobody waits any more.
            task.exception()

    def _forget(self, query: Query, task: "asyncio.Task[Snapshot]") -> None:
        if query in self._under_way and self._under_way[query].task is task:
            del self._under_way[query]

    def _count(self, purpose: Purpose, *, asked: int = 0, answered: int = 0) -> None:
        before = self.progress(purpose)
        self._progress[purpose] = Progress(before.answered + answered, before.asked + asked)
        self.progressed.emit(purpose)

    # The refresh

    def plan(self, pause: float | None) -> None:
        """Have a refresh come after so many seconds, in the place of the one planned before; None: none comes."""
        if self._refresh is not None:
            self._refresh.stop()
            self._refresh = None
        self.next_refresh_at = None if pause is None else self._clock() + pause
        self.refresh_planned.emit()
        if pause is not None:
            # A timer of zero seconds never fires.
            self._refresh = self._scheduler.call_after(max(pause, 0.05), self.refresh_due.emit)
