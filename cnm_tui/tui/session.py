"""Hold the Exploration of this sitting: what is asked, answered and shown, and who hears of each change."""

import asyncio
from collections.abc import Callable
from functools import partial
from typing import Final

from cnm_tui.core.errors import CnmError, InvalidQuery
from cnm_tui.core.exploration.exploration import Exploration
from cnm_tui.core.exploration.history import NOWHERE, Cursor
from cnm_tui.core.query import Query
from cnm_tui.core.redaction import may_hold_key
from cnm_tui.core.snapshot import Snapshot, Source
from cnm_tui.core.table.table import Arrangement
from cnm_tui.core.units import seconds_text
from cnm_tui.tui.requests import Priority, Purpose, Requests, Scheduler
from cnm_tui.tui.signals import Signal

_HANDS_OFF_SECONDS: Final = 0.3
"""An answer waits so long after the last move of the cursor, so that no row moves under the user's hands."""
NOT_CONNECTED: Final = "There is nobody to ask yet."

Landing = Callable[[Snapshot], Cursor]
"""Gives the place of the cursor in an answer."""


class Session:
    """The one place where the Exploration is replaced, and where questions become requests.

    Plain Python: the screen listens to the signals, and features call the methods.
    """

    def __init__(self, exploration: Exploration, clock: Callable[[], float], scheduler: Scheduler) -> None:
        self.exploration = exploration
        self.clock = clock
        self.scheduler = scheduler
        self.requests = Requests(self.now, scheduler)
        self.label = ""
        """The name of the source."""
        self.profile = ""
        """The profile that is asked; empty where there is none, as in the demo."""
        self.cursor: Callable[[], Cursor] = lambda: NOWHERE
        """Returns the place of the cursor, kept with a question that is left."""
        self.is_covered: Callable[[], bool] = lambda: False
        """Returns True while a dialog covers the rows."""
        self.moved_at = 0.0
        """When the user moved the cursor last."""
        self.by_hand = False
        """True if somebody asked for the answer to come; nobody does for a refresh."""
        self.asked_at = 0.0
        self._landing: tuple[Query, Landing] | None = None
        self.changed = Signal[[Exploration, Exploration]]()
        """The Exploration before, and the one in its place."""
        self.answered = Signal[[Exploration, Snapshot]]()
        """What was shown before the answer, and the answer, which is shown now."""
        self.source_changed = Signal[[bool]]()
        """Another source answers; True if one did before, whose answers are gone."""
        self.source_wanted = Signal[[]]()
        """Something was asked without a source, for a reason that may have gone."""
        self.asking = Signal[[]]()
        """The user asks for something: what was said about the question before is no news of the next one."""
        self.opened = Signal[[Arrangement]]()
        """Another question was asked, whose answer is read from its top in this arrangement."""
        self.landed = Signal[[Cursor]]()
        """The cursor is to stand here."""
        self.said = Signal[[str]]()
        """Something to tell the user."""
        self.requests.refresh_due.connect(self._refresh_now)

    def now(self) -> float:
        """Return epoch seconds."""
        return self.clock()

    @property
    def source(self) -> Source | None:
        """The source that answers; None before there is one."""
        return self.requests.source

    def holds_own_key(self, text: str) -> bool:
        """Return True if a key in use stands in this text; what only looks like one may be a tag's value."""
        return self.source is not None and self.source.holds_key(text)

    def may_hold_key(self, text: str) -> bool:
        """Return True if a key may stand in what was typed, so that it is to be kept nowhere."""
        return may_hold_key(text) or self.holds_own_key(text)

    def update(self, change: Callable[[Exploration], Exploration]) -> None:
        """Replace the Exploration by what the change makes of it."""
        before = self.exploration
        after = change(before)
        if after is not before:
            self.exploration = after
            self.changed.emit(before, after)

    def connect(self, source: Source) -> None:
        """Ask this source from now on, at once; nothing that another one answered is kept."""
        had_one = self.source is not None
        self.requests.connect(source)
        if had_one:
            self._landing = None
            self.update(Exploration.for_new_source)
        self.label = source.label
        self.source_changed.emit(had_one)
        self.ask(self.exploration.query)

    # Asking for rows

    def ask_changed(self, change: Callable[[Query], Query]) -> bool:
        """Ask the present query with a change, for a user who waits; tell the user and return False if that cannot be.

        A query that is under way already is not asked again.
        """
        self.asking.emit()
        self.by_hand = True
        try:
            query = change(self.exploration.query)
            query.time_range.window(self.now())
        except InvalidQuery as refusal:
            self.said.emit(refusal.sentence)
            return False
        if self.exploration.fetching and query == self.exploration.query:
            self.said.emit(f"Already asking, since {seconds_text(self.now() - self.asked_at)}.")
        else:
            self.said.emit("")
            # Whoever asks looks for other rows now; the cursor is on the move no more.
            self.moved_at = 0.0
            self.ask(query)
        return True

    def open(self, change: Callable[[Query], Query], arrangement: Arrangement, landing: Landing | None = None) -> bool:
        """Ask another question, read its answer in this arrangement, and land in it; return False if it was refused."""
        # Asked first, so that the rows that are left are kept in their own order.
        if not self.ask_changed(change):
            return False
        self._landing = None if landing is None else (self.exploration.query, landing)
        self.opened.emit(arrangement)
        self.update(lambda exploration: exploration.arranged(arrangement))
        return True

    def ask(self, query: Query) -> None:
        """Ask a query; an earlier one still under way is dropped, and its request cancelled."""
        source = self.source
        if source is None:
            if self.exploration.problem is not None:
                self.source_wanted.emit()
            self.update(lambda exploration: exploration.queued(query, self.cursor()))
            return
        # An answer that waits for a dialog to close is not shown yet, but its budget counts.
        exploration = self.exploration.with_budget(source.budget)
        if (wait := exploration.seconds_to_wait(self.now())) > 0:
            self.update(lambda _before: exploration.queued(query, self.cursor()))
            self.said.emit(f"The rate limit allows the next request in {seconds_text(wait)}; it will be sent then.")
            self.requests.plan(wait)
            return
        # A refresh planned before would cancel this request, and cost another call.
        self.requests.plan(None)
        self.asked_at = self.now()
        self.update(lambda _before: exploration.asking(query, self.cursor()))
        self.requests.run(Purpose.ROWS, partial(self._fetch_rows, source, query))

    async def _fetch_rows(self, source: Source, query: Query) -> None:
        try:
            snapshot = await self.requests.fetch(Purpose.ROWS, query)
        except CnmError as problem:
            # A name outlives its `except` in no closure.
            failed = problem
            self.update(lambda exploration: exploration.failed(failed, self.now(), source.budget))
            self.plan_refresh()
            return
        await self._on_answer(snapshot)

    async def _on_answer(self, snapshot: Snapshot) -> None:
        before = await self.apply_when_idle(lambda exploration: exploration.received(snapshot))
        # Counted from the end of the fetch: a tick during one would cancel it, and a service slower than the pause
        # would never be heard.
        self.plan_refresh()
        self.answered.emit(before, snapshot)
        self.by_hand = False
        landing, self._landing = self._landing, None
        if landing is not None and landing[0] == snapshot.query:
            self.landed.emit(landing[1](snapshot))

    async def apply_when_idle(self, change: Callable[[Exploration], Exploration]) -> Exploration:
        """Show other rows, but not while a dialog is open or the cursor moves; return what was shown before."""
        while self.is_covered() or self.now() - self.moved_at < _HANDS_OFF_SECONDS:
            await self.scheduler.sleep(_HANDS_OFF_SECONDS)
        while True:
            before = self.exploration
            # Beside the event loop: sorting and adding up 7,500 rows would hold up the keyboard.
            changed = await asyncio.to_thread(change, before)
            if self.exploration is before:
                break
        self.update(lambda _before: changed)
        return before

    # Asking for something besides the rows

    def may_ask_besides(self, key: str) -> bool:
        """Return True if something besides the rows can be asked for now; tell the user if not.

        Args:
            key: The key that asks for it, to be pressed again later.
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
        """Return an answer that replaces no rows, and note what it says of the rate limit.

        Raises:
            CnmError: It did not come; the rows shown are as good as before.
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
        """Plan the next refresh of what is shown, as from now."""
        self.requests.plan(self.exploration.next_refresh_seconds(self.now()))

    def stop_asking(self) -> None:
        """Give up the rows that are under way, and plan the next refresh of those that are shown."""
        self.requests.cancel(Purpose.ROWS)
        self.plan_refresh()

    def _refresh_now(self) -> None:
        # A timer may come a moment early; that is nothing to tell the user.
        if (wait := self.exploration.seconds_to_wait(self.now())) > 0:
            self.requests.plan(wait)
        else:
            self.ask(self.exploration.query)

    # Waiting for an answer

    @property
    def waits(self) -> bool:
        """True while rows are under way, or are to be asked for once the rate limit allows it."""
        return self.exploration.fetching or self.exploration.promised

    @property
    def waits_by_hand(self) -> bool:
        """True while somebody waits for rows; nobody does for a refresh."""
        return self.waits and (self.by_hand or self.exploration.snapshot is None)
