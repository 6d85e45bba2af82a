"""Store past searches, and let the user choose one of them. Complete a search while the user types it.

This module is loaded with the main screen, so it imports dialogs and rules only when they are needed.
"""

import asyncio
from contextlib import suppress
from dataclasses import replace
from functools import partial
from typing import TYPE_CHECKING
from weakref import WeakSet

from cnm_tui.core import suggestions
from cnm_tui.core.errors import StoreFailed
from cnm_tui.core.exploration.exploration import Exploration
from cnm_tui.core.search.past_searches import PastSearch, PastSearches, SearchKeeper, merged
from cnm_tui.core.snapshot import Snapshot
from cnm_tui.daemon import in_daemon_thread
from cnm_tui.tui import dialogs
from cnm_tui.tui.requests import Handle, Work
from cnm_tui.tui.session import Session
from cnm_tui.tui.view import View

if TYPE_CHECKING:
    from cnm_tui.core.suggestions.completion import Known
    from cnm_tui.tui.dialogs.search_picker import PickedSearch


class SearchesFeature:
    """Remembers the searches of this run and of earlier runs of the program."""

    def __init__(self, session: Session, view: View) -> None:
        self._session = session
        self._view = view
        self.past: PastSearches = ()
        """Past searches of this run and of earlier ones."""
        self._keeper: SearchKeeper | None = None
        self._last = ""
        """The search of the previous answer, stored or not."""
        self._known: Known | None = None
        self._known_from: tuple[Snapshot, PastSearches] | None = None
        self._learnt: WeakSet[Snapshot] = WeakSet()
        """Answers whose values are in `_known` already."""
        self._learning: Handle | None = None
        session.answered.connect(self._on_answer)
        session.source_changed.connect(self._on_source)
        session.changed.connect(self._on_change)

    # Storage

    def _on_source(self, had_one: bool) -> None:
        """Forget the searches and tag values of the old source of data, and read the past searches of
        the new source.
        """
        if had_one:
            self._forget()
        self._keeper = None
        if self._view.services.keep_searches is not None:
            # If there is no home directory, a message at the start said so.
            with suppress(StoreFailed):
                self._keeper = keeper = self._view.services.keep_searches()
                self._session.scheduler.start_work(partial(self._load, keeper))

    async def _load(self, keeper: SearchKeeper) -> None:
        try:
            loaded = await in_daemon_thread(keeper.load)
        except StoreFailed as problem:
            self._keep_no_more(problem)
            return
        # The source may have changed meanwhile.
        if keeper is self._keeper:
            self._remember(loaded)

    async def _keep(self, keeper: SearchKeeper, past: PastSearch) -> None:
        try:
            await in_daemon_thread(partial(keeper.keep, past))
        except StoreFailed as problem:
            self._keep_no_more(problem)

    def _keep_no_more(self, problem: StoreFailed) -> None:
        """Tell the user once that searches can no longer be stored in the file.

        The searches of this run remain available until the program ends.
        """
        if self._keeper is not None:
            self._keeper = None
            self._view.say(problem.sentence)

    def _on_answer(self, _before: Exploration, answer: Snapshot) -> None:
        search = answer.query.search
        # A refresh is not a new search.
        refreshed = search == self._last and not self._session.by_hand
        self._last = search
        if not search or refreshed or self._session.may_hold_key(search):
            return
        past = PastSearch(search, answer.fetched_at, len(answer.connections))
        self._remember((past,))
        if self._keeper is not None:
            self._session.scheduler.start_work(partial(self._keep, self._keeper, past))

    def _remember(self, searches: PastSearches) -> None:
        self.past = merged(self.past, searches)
        self._offer_searches()

    # Find a past search

    def pick(self) -> None:
        """Open a dialog in which the user chooses a past search, to run it or to edit it."""
        picker = dialogs.SearchPicker(self.past, self._session.now(), self._view.key("edit_search"))
        self._view.ask(picker, self._take)

    async def _take(self, picked: "PickedSearch | None") -> None:
        if picked is None:
            return
        if picked.asks:
            self._view.focus_rows()
            self._session.ask_changed(lambda query: replace(query, search=picked.search, tags=()))
            self._view.search_box.show_asked()
        else:
            await self._view.search_box.edit(picked.search)

    # Completion

    def learn(self) -> None:
        """Update the tag values and the past searches that the search box suggests."""
        self._replace_learning(self._learn)

    def _on_change(self, _before: Exploration, _after: Exploration) -> None:
        if self._view.search_box.has_focus:
            self.learn()

    def _replace_learning(self, work: Work | None) -> None:
        if self._learning is not None:
            self._learning.cancel()
        self._learning = None if work is None else self._session.scheduler.start_work(work)

    async def _learn(self) -> None:
        exploration, past = self._session.exploration, self.past
        snapshot = exploration.snapshot
        if snapshot is None or (snapshot, past) == self._known_from:
            return
        answers = [entry.table.snapshot for entry in exploration.history.entries]
        news = [answer for answer in answers if answer not in self._learnt and answer is not snapshot]
        # In a thread, as there are many values.
        self._known = await asyncio.to_thread(_known, self._known, [*news, snapshot], past)
        self._learnt.update((*news, snapshot))
        self._known_from = snapshot, past
        self._view.search_box.offer_values(self._known)

    def _offer_searches(self) -> None:
        self._view.search_box.offer_earlier(tuple(dict.fromkeys(one.search for one in self.past)))

    def _forget(self) -> None:
        self._replace_learning(None)
        self.past, self._known_from = (), None
        self._learnt.clear()
        self._offer_searches()
        if self._known is not None:
            self._known = suggestions.nothing_seen(self._session.exploration.query.endpoint)
            self._view.search_box.offer_values(self._known)


def _known(before: "Known | None", answers: list[Snapshot], past: PastSearches) -> "Known":
    """Return the tag values in `before`, together with the values in these responses and in the past searches.

    The last response in `answers` contains the rows that are loaded now.
    """
    learnt = before
    for answer in answers[:-1]:
        learnt = suggestions.known(answer, learnt)
    return suggestions.known(answers[-1], learnt, [one.search for one in past])
