"""The part of the screen that asks: one question at a time, refreshes in between, nothing under the user's hands."""

import asyncio
from collections.abc import Callable, Mapping
from typing import Final

from textual import work
from textual.message import Message
from textual.reactive import reactive
from textual.timer import Timer

from cnm_tui.core.errors import CnmError, InvalidQuery
from cnm_tui.core.exploration.exploration import Exploration
from cnm_tui.core.exploration.history import NOWHERE, Place
from cnm_tui.core.query import Query
from cnm_tui.core.snapshot import Snapshot, Source
from cnm_tui.core.units import seconds_text
from cnm_tui.tui.terminal.terminal_app import PaintedOnceScreen

_HANDS_OFF_SECONDS: Final = 0.3
"""An answer waits so long after the last move of the cursor, lest rows move under the user's hands."""
_NOTICE_SECONDS: Final = 6.0
NOBODY_TO_ASK: Final = "There is nobody to ask yet."


class AskingScreen(PaintedOnceScreen):
    """Holds the Exploration and the one worker that fetches; what it shows is told to panes by who derives from it."""

    exploration: reactive[Exploration] = reactive(lambda: Exploration(Query()), repaint=False, init=False)
    label: reactive[str] = reactive("", repaint=False, init=False)
    """Who is asked."""
    next_refresh_at: reactive[float | None] = reactive(None, repaint=False, init=False)
    """Epoch seconds of the next request that nobody has to ask for."""
    notice: reactive[str] = reactive("", repaint=False, init=False)
    """What a key press did, for a while."""
    shown_keys: reactive[Mapping[str, str]] = reactive({}, repaint=False, init=False)
    """The first key of each action for which people chose others, by its id."""

    class SourceWanted(Message):
        """There was none to ask, for a reason that may have gone."""

    def __init__(self, clock: Callable[[], float]) -> None:
        super().__init__()
        self._clock = clock
        self._source: Source | None = None
        self._next_refresh: Timer | None = None
        self._notice_end: Timer | None = None
        self._said_unseen = False
        """Whether a dialog stood over the notice, perhaps over all of it, when it was said."""
        self._asked_at = 0.0
        self.moved_at = 0.0
        """When the user moved the cursor last."""

    @property
    def place(self) -> Place:
        """Where the user stands among the rows, to come back to; known to who shows them."""
        return NOWHERE

    def connect(self, source: Source) -> None:
        """From now on this source answers; ask it at once."""
        self._source = source
        self.label = source.label
        self.ask(self.exploration.query)

    def ask(self, query: Query) -> None:
        """Ask a query; an earlier one still on its way is dropped, and its request cancelled."""
        if self._source is None:
            if self.exploration.problem is not None:
                self.post_message(self.SourceWanted())
            self.exploration = self.exploration.wanting(query, self.place)
            return
        now = self._clock()
        # An answer that waits for a dialog to close is not shown yet, but told of the budget.
        exploration = self.exploration.told(self._source.budget)
        if (wait := exploration.seconds_to_wait(now)) > 0:
            self.exploration = exploration.wanting(query, self.place)
            self.say(f"The rate limit allows the next request in {seconds_text(wait)}; it will be sent then.")
            self.plan(wait)
            return
        # A refresh planned before would cancel this request, and cost another call.
        self.plan(None)
        self._asked_at = now
        self.exploration = exploration.asking(query, self.place)
        self._fetch(self._source, query)

    @work(exclusive=True, group="fetch")
    async def _fetch(self, source: Source, query: Query) -> None:
        try:
            snapshot = await source.fetch(query)
        except CnmError as problem:
            self.exploration = self.exploration.failed(problem, self._clock(), source.budget)
            self.plan(self.exploration.next_refresh_seconds(self._clock()))
            return
        await self.take(snapshot)

    async def take(self, snapshot: Snapshot) -> None:
        """Show the answer that came."""
        before = await self.become(lambda exploration: exploration.received(snapshot))
        # Held until the new rows are painted: to take thousands of them apart takes half as long as that.
        self.call_after_refresh(_let_go_of, before)
        # Counted from the end of the fetch: a tick during one would cancel it, and a service slower than the pause
        # would never be heard.
        self.plan(self.exploration.next_refresh_seconds(self._clock()))

    async def become(self, change: Callable[[Exploration], Exploration]) -> Exploration:
        """Show other rows, but not while a dialog is open or the cursor is on the move; gives what was shown before."""
        while not self.is_active or self._clock() - self.moved_at < _HANDS_OFF_SECONDS:
            await asyncio.sleep(_HANDS_OFF_SECONDS)
        while True:
            before = self.exploration
            # Beside the event loop: sorting and adding up 7,500 rows would hold up the keyboard.
            changed = await asyncio.to_thread(change, before)
            if self.exploration is before:
                break
        self.exploration = changed
        return before

    def plan(self, pause: float | None) -> None:
        """Ask again after so many seconds, or not by itself."""
        if self._next_refresh is not None:
            self._next_refresh.stop()
            self._next_refresh = None
        self.next_refresh_at = None if pause is None else self._clock() + pause
        if pause is not None:
            # A timer of zero seconds never fires.
            self._next_refresh = self.set_timer(max(pause, 0.05), self._refresh_now)

    def _refresh_now(self) -> None:
        # A timer may come a moment early; that is nothing to tell the user.
        if (wait := self.exploration.seconds_to_wait(self._clock())) > 0:
            self.plan(wait)
        else:
            self.ask(self.exploration.query)

    def stop_asking(self) -> None:
        """Give up what is on its way, and plan the next refresh of what is shown as from now."""
        self.workers.cancel_group(self, "fetch")
        self.plan(self.exploration.next_refresh_seconds(self._clock()))

    def ask_changed(self, change: Callable[[Query], Query]) -> bool:
        """Ask the present query with a change, if it can be asked; it is refused with a sentence otherwise."""
        try:
            query = change(self.exploration.query)
            query.time_range.window(self._clock())
        except InvalidQuery as refusal:
            self.say(refusal.sentence)
            return False
        if self.exploration.fetching and query == self.exploration.query:
            self.say(f"Already asking, since {seconds_text(self._clock() - self._asked_at)}.")
        else:
            # What a key did to the question before is no news of this one.
            self.notice = ""
            # Whoever asks looks for other rows now; the cursor is on the move no more.
            self.moved_at = 0.0
            self.ask(query)
        return True

    def key_for(self, action: str, usual: str) -> str:
        """The key in force, for sentences that name it."""
        return self.shown_keys.get(action, usual)

    def source_besides(self, key: str) -> Source | None:
        """Whom to ask for something besides the rows; None where nobody can be asked now, which is said.

        Args:
            key: What to press again later.
        """
        source = self._source
        if source is None:
            self.say(NOBODY_TO_ASK)
            return None
        self.exploration = self.exploration.told(source.budget)
        if (wait := self.exploration.seconds_to_wait(self._clock())) > 0:
            self.say(f"The rate limit allows the next request in {seconds_text(wait)}; press {key} again then.")
            return None
        return source

    def say(self, sentence: str, seconds: float = _NOTICE_SECONDS) -> None:
        """Show for a while what a key press did."""
        self.notice = sentence
        self._said_unseen = not self.is_active
        if self._notice_end is not None:
            self._notice_end.stop()
        self._notice_end = self.set_timer(seconds, self._end_notice)

    def _end_notice(self) -> None:
        self._notice_end = None
        if self.is_active or not self._said_unseen:
            self.notice = ""

    def on_screen_resume(self) -> None:
        """What was said under a dialog can be read now."""
        if self.notice and self._said_unseen:
            self.say(self.notice)


def _let_go_of(_shown_before: Exploration) -> None:
    """Drop the last reference to what was shown before, and now and then what it left behind."""
    # Imported here: the first frame has no use for it.
    from cnm_tui.tui.terminal.memory import collect_now_and_then

    collect_now_and_then()
