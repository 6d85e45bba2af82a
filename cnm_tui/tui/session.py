"""Store the current state of the screen (an `Exploration` object), and send a signal at each change."""

import asyncio
from collections.abc import Callable
from functools import partial
from pathlib import Path
from typing import Final

from cnm_tui.core.errors import CnmError, InvalidQuery
from cnm_tui.core.exploration.exploration import Exploration
from cnm_tui.core.exploration.history import NOWHERE, Cursor
from cnm_tui.core.exploration.settling import is_settled, settled
from cnm_tui.core.query import Query
from cnm_tui.core.redaction import may_hold_key
from cnm_tui.core.service import Budget
from cnm_tui.core.snapshot import Snapshot, Source
from cnm_tui.core.table.table import Arrangement
from cnm_tui.core.units import seconds_text
from cnm_tui.tui.requests import ROWS, Priority, Purpose, Requests, Scheduler
from cnm_tui.tui.signals import Signal

_HANDS_OFF_SECONDS: Final = 0.3
"""An answer waits this long after the last cursor move, so that no row moves under the user's hands."""
_FRAME_SECONDS: Final = 0.02
"""Time in which an answer is painted before its columns are completed; work in a thread would delay it."""
NOT_CONNECTED: Final = "Not connected yet."

Landing = Callable[[Snapshot], Cursor]
"""Function that returns the cursor for an answer."""


AboutFile = Callable[[str, Path, str], str]
"""Function of a sentence, the file that it is about, and the name that was proposed for it."""


class Session:
    """Owns the current state of the screen, and sends its queries. No other class replaces the state.

    This class does not depend on Textual. The screen listens to its signals, and features call its methods.
    """

    def __init__(self, exploration: Exploration, clock: Callable[[], float], scheduler: Scheduler) -> None:
        self.exploration = exploration
        self.clock = clock
        self.scheduler = scheduler
        self.requests = Requests(self.now, scheduler)
        self.label = ""
        """The name of the source."""
        self.profile = ""
        """The profile in use; empty without one, as in the demo, and with several."""
        self.together: tuple[str, ...] = ()
        """The profiles that are asked together; empty for one source."""
        self.fitting: Callable[[Query], Query] = lambda query: query
        """Returns a query as the source needs it: several profiles need the profile among the groups."""
        self.cursor: Callable[[], Cursor] = lambda: NOWHERE
        """Returns the cursor, to store it in the history."""
        self.is_covered: Callable[[], bool] = lambda: False
        """Returns True while a dialog covers the rows."""
        self.idle_clock = clock
        """The clock of `moved_at`; another one if `clock` stands still, as in a replay."""
        self.moved_at = 0.0
        """Time of the last cursor move by the user."""
        self.as_shown: Callable[[Query], Query] = lambda query: query
        """Returns a typed query as it may be shown; redaction puts aliases into it."""
        self.as_asked: Callable[[Query], Query] = lambda query: query
        """Returns a shown query as the service gets it: the reverse of `as_shown`."""
        self.about_file: AboutFile = lambda sentence, _path, _proposed: sentence
        """Returns a sentence about a file as it may be shown; redaction puts aliases into it."""
        self.redacts = False
        """True while names are aliases, so that nothing else may show them."""
        self.by_hand = False
        """True if the user waits for the answer; False for a refresh."""
        self.asked_at = 0.0
        self._landing: tuple[Query, Landing] | None = None
        self.changed = Signal[[Exploration, Exploration]]()
        """Sent with the old and the new Exploration."""
        self.answered = Signal[[Exploration, Snapshot]]()
        """Sent with the state before the answer, and the answer, which is shown now."""
        self.source_changed = Signal[[bool]]()
        """Sent when the source changed; True if there was a source before."""
        self.source_wanted = Signal[[]]()
        """Sent when a query finds no source, to try to connect again."""
        self.asking = Signal[[]]()
        """Sent when the user starts a query: messages about the previous one are outdated."""
        self.opened = Signal[[Arrangement]]()
        """Sent for a new query, whose answer is read from the top in this arrangement."""
        self.landed = Signal[[Cursor]]()
        """Sent with the new cursor."""
        self.said = Signal[[str]]()
        """Sent with a message for the user."""
        self.requests.refresh_due.connect(self._refresh_now)

    def now(self) -> float:
        """Return the current time in epoch seconds."""
        return self.clock()

    @property
    def source(self) -> Source | None:
        """Return the current source of data, or None before the first connection."""
        return self.requests.source

    @property
    def budget(self) -> Budget:
        """Return the number of requests that the rate limit still permits, as far as it is known."""
        return self.exploration.budget if self.source is None else self.source.budget

    def holds_own_key(self, text: str) -> bool:
        """Return True if the text contains one of the API keys in use.

        A text that only looks like an API key gives False, because it may be a tag value.
        """
        return self.source is not None and self.source.holds_key(text)

    def may_hold_key(self, text: str) -> bool:
        """Return True if a typed text may contain an API key. Such a text must not be stored."""
        return may_hold_key(text) or self.holds_own_key(text)

    def update(self, change: Callable[[Exploration], Exploration]) -> None:
        """Replace the state by the result of the function `change`, whose argument is the current state.

        If the state has changed, send the signal `changed`.
        """
        before = self.exploration
        after = change(before)
        if after is not before:
            self.exploration = after
            self.changed.emit(before, after)

    def connect(self, source: Source) -> None:
        """Use this source of data from now on, and run the current query.

        The responses of the old source are dropped.
        """
        had_one = self.source is not None
        self.requests.connect(source)
        if had_one:
            self._landing = None
            self.update(Exploration.for_new_source)
        self.label = source.label
        self.source_changed.emit(had_one)
        self.ask(self.exploration.query)

    # Queries for rows

    def ask_changed(self, change: Callable[[Query], Query]) -> bool:
        """Apply the function `change` to the current query, and run the changed query.

        If the changed query is invalid, notify the user and return False. If the same query is already running, it
        is not sent again.
        """
        self.asking.emit()
        self.by_hand = True
        try:
            query = self.fitting(self.as_shown(change(self.exploration.query)))
            query.time_range.window(self.now())
        except InvalidQuery as refusal:
            self.said.emit(refusal.sentence)
            return False
        if self.exploration.fetching and query == self.exploration.query:
            self.said.emit(f"Already asking, since {seconds_text(self.now() - self.asked_at)}.")
        else:
            self.said.emit("")
            # The user waits for other rows now, so recent cursor moves do not matter.
            self.moved_at = 0.0
            self.ask(query)
        return True

    def open(self, change: Callable[[Query], Query], arrangement: Arrangement, landing: Landing | None = None) -> bool:
        """Run another query. `arrangement` is the sort order and filter of its rows, `landing` is its cursor position.

        Return False if the query is invalid.
        """
        # Run first, so that the old rows enter the history in their own order.
        if not self.ask_changed(change):
            return False
        self._landing = None if landing is None else (self.exploration.query, landing)
        self.opened.emit(arrangement)
        self.update(lambda exploration: exploration.arranged(arrangement))
        return True

    def ask(self, query: Query) -> None:
        """Run a query, and cancel the query that is running. Wait if the rate limit does not permit a request now."""
        query = self.fitting(query)
        source = self.source
        if source is None:
            if self.exploration.problem is not None:
                self.source_wanted.emit()
            self.update(lambda exploration: exploration.queued(query, self.cursor()))
            return
        # An answer that waits for a dialog to close is not shown yet, but its rate limit counts.
        exploration = self.exploration.with_budget(source.budget)
        if (wait := exploration.seconds_to_wait(self.now())) > 0:
            self.update(lambda _before: exploration.queued(query, self.cursor()))
            self.said.emit(f"The rate limit allows the next request in {seconds_text(wait)}; it will be sent then.")
            self.requests.plan(wait)
            return
        # An already planned refresh would cancel this request, and cost another call.
        self.requests.plan(None)
        self.asked_at = self.now()
        self.update(lambda _before: exploration.asking(query, self.cursor()))
        self.requests.run(ROWS, partial(self._fetch_rows, source, query))

    async def _fetch_rows(self, source: Source, query: Query) -> None:
        try:
            snapshot = await self.requests.fetch(ROWS, query)
        except CnmError as problem:
            # An `except` clause deletes its name, so closures need another.
            failed = problem
            self.update(lambda exploration: exploration.failed(failed, self.now(), source.budget))
            self.plan_refresh()
            return
        await self._on_answer(snapshot)

    async def _on_answer(self, snapshot: Snapshot) -> None:
        await self.show_answer(snapshot, lambda exploration: exploration.received(snapshot))
        self.by_hand = False
        landing, self._landing = self._landing, None
        if landing is not None and landing[0] == snapshot.query:
            self.landed.emit(landing[1](snapshot))

    async def show_answer(self, snapshot: Snapshot, change: Callable[[Exploration], Exploration]) -> None:
        """Show a response: replace the state by the result of `change`, and send the signal `answered`.

        If the changed state does not contain the response, send no signal.
        """
        before = await self.apply_when_idle(change)
        # Counted from the end of the fetch: a tick during a fetch would cancel it, and a service slower than the
        # interval would never be heard.
        self.plan_refresh()
        shown = self.exploration.snapshot
        if shown is None or shown.answer is not snapshot:
            return
        self.answered.emit(before, snapshot)
        # Not part of the request: cancelling that leaves the rows.
        if not is_settled(self.exploration):
            self.scheduler.start_work(self._settle)

    async def _settle(self) -> None:
        """Calculate the columns of the response that are still empty, after the response has been painted once."""
        await self.scheduler.sleep(_FRAME_SECONDS)
        await self.apply_when_idle(settled)

    async def apply_when_idle(self, change: Callable[[Exploration], Exploration]) -> Exploration:
        """Apply the function `change` to the state when no dialog is open and the cursor has not moved for a moment.

        Return the state before the change.
        """
        while self.is_covered() or self.idle_clock() - self.moved_at < _HANDS_OFF_SECONDS:
            await self.scheduler.sleep(_HANDS_OFF_SECONDS)
        while True:
            before = self.exploration
            # In a thread: sorting and summing 7,500 rows would block the keyboard.
            changed = await asyncio.to_thread(change, before)
            if self.exploration is before:
                break
        self.update(lambda _before: changed)
        return before

    # Other queries

    def may_ask_besides(self, key: str) -> bool:
        """Return True if the rate limit permits another query now. Otherwise notify the user and return False.

        Args:
            key: The keyboard key of the command that needs the query. The message to the user contains it.
        """
        source = self.source
        if source is None:
            self.said.emit(NOT_CONNECTED)
            return False
        self.update(lambda exploration: exploration.with_budget(source.budget))
        if (wait := self.exploration.seconds_to_wait(self.now())) > 0:
            sentence = f"The rate limit allows the next request in {seconds_text(wait)}; press {key} again then."
            self.said.emit(sentence)
            return False
        return True

    async def fetch_besides(self, purpose: Purpose, query: Query, priority: Priority = Priority.BY_HAND) -> Snapshot:
        """Return the response to a query without replacing the displayed rows, and update the known rate limit.

        Raises:
            CnmError: The request failed. The displayed rows are unchanged.
        """
        source = self.source
        assert source is not None, "asked before there was a source"
        try:
            answer = await self.requests.fetch(purpose, query, priority)
        except CnmError as problem:
            failed = problem
            self.update(lambda exploration: exploration.background_failed(failed, self.now(), source.budget))
            raise
        self.update(lambda exploration: exploration.with_budget(source.budget))
        return answer

    # Refreshes

    def plan_refresh(self) -> None:
        """Plan the next automatic refresh of the rows."""
        self.requests.plan(self.exploration.next_refresh_seconds(self.now()))

    def stop_asking(self) -> None:
        """Cancel the request for rows, and plan the next automatic refresh."""
        self.requests.cancel(ROWS)
        self.plan_refresh()

    def _refresh_now(self) -> None:
        # A timer may fire slightly early; the user need not know.
        if (wait := self.exploration.seconds_to_wait(self.now())) > 0:
            self.requests.plan(wait)
        else:
            self.ask(self.exploration.query)

    # Waiting for an answer

    @property
    def waits(self) -> bool:
        """True if a request for rows is running, or if it is waiting for the rate limit."""
        return self.exploration.fetching or self.exploration.is_queued

    @property
    def waits_by_hand(self) -> bool:
        """True if the user is waiting for rows. False if only an automatic refresh is running."""
        return self.waits and (self.by_hand or self.exploration.snapshot is None)
