"""The part of the screen that remembers: searches from one run to the next, and what answers and searches teach."""

import asyncio
from collections.abc import Callable
from dataclasses import replace
from functools import partial
from typing import TYPE_CHECKING
from weakref import WeakSet

from textual import work
from textual.reactive import reactive

from cnm_tui.core.errors import StoreFailed
from cnm_tui.core.exploration.exploration import Exploration
from cnm_tui.core.fields.group_by import Ladders
from cnm_tui.core.redaction import may_hold_key
from cnm_tui.core.search.past_searches import PastSearch, PastSearches, SearchKeeper, merged
from cnm_tui.core.snapshot import Snapshot
from cnm_tui.daemon import in_daemon_thread
from cnm_tui.tui.screens.asking import AskingScreen
from cnm_tui.tui.services import Services
from cnm_tui.tui.widgets.query_bar import QueryBar

if TYPE_CHECKING:
    from cnm_tui.core.suggestions.completion import Known
    from cnm_tui.tui.dialogs.search_picker import PickedSearch


class RecallingScreen(AskingScreen):
    """Keeps the searches that were answered, and tells the search box what it may complete with."""

    past: reactive[PastSearches] = reactive((), repaint=False, init=False)
    """Searches that were answered, in this run and in earlier ones."""

    def __init__(
        self, exploration: Exploration, clock: Callable[[], float], services: Services, ladders: Ladders
    ) -> None:
        super().__init__(exploration, clock, services, ladders)
        self._keeper: SearchKeeper | None = None
        self._remembered = ""
        """The search of the answer before, whether it was kept or not."""
        self._known: Known | None = None
        self._known_from: tuple[Snapshot, PastSearches] | None = None
        self._learnt: WeakSet[Snapshot] = WeakSet()
        """Answers whose values are in `_known`."""
        self.session.answered.connect(lambda _before, snapshot: self._remember(snapshot))
        self.session.source_changed.connect(lambda had_one: self.forget_values() if had_one else None)

    # Searches

    def recall(self, keeper: SearchKeeper) -> None:
        """From now on this keeps the searches; fetch those of earlier runs."""
        self._keeper = keeper
        self._load(keeper)

    @work(group="searches")
    async def _load(self, keeper: SearchKeeper) -> None:
        try:
            self.past = merged(self.past, await in_daemon_thread(keeper.load))
        except StoreFailed as problem:
            self._keep_no_more(problem)

    @work(group="searches")
    async def _keep(self, keeper: SearchKeeper, past: PastSearch) -> None:
        try:
            await in_daemon_thread(partial(keeper.keep, past))
        except StoreFailed as problem:
            self._keep_no_more(problem)

    def _keep_no_more(self, problem: StoreFailed) -> None:
        """Say so once; the searches of this run are still known until it ends."""
        if self._keeper is not None:
            self._keeper = None
            self.say(problem.sentence)

    def _remember(self, snapshot: Snapshot) -> None:
        """Remember what was searched for; a refresh is no news."""
        search = snapshot.query.search
        refreshed = search == self._remembered and not self.session.by_hand
        self._remembered = search
        if not search or refreshed or self.holds_key(search):
            return
        past = PastSearch(search, snapshot.fetched_at, len(snapshot.connections))
        self.past = merged(self.past, [past])
        if self._keeper is not None:
            self._keep(self._keeper, past)

    def holds_key(self, text: str) -> bool:
        """Whether a key may stand in what was typed, so that it is to be kept nowhere."""
        return may_hold_key(text) or self.session.holds_own_key(text)

    def watch_past(self, past: PastSearches) -> None:
        """The box walks through them."""
        self.query_one(QueryBar).earlier = tuple(dict.fromkeys(one.search for one in past))

    def action_pick_search(self) -> None:
        """Find an earlier search."""
        # Imported here: the first frame has no use for it.
        from cnm_tui.tui.dialogs.search_picker import SearchPicker

        picker = SearchPicker(self.past, self.session.now(), self.key("edit_search"))
        self.ask(picker, self._take_search)

    async def _take_search(self, picked: "PickedSearch | None") -> None:
        if picked is None:
            return
        if picked.asks:
            self.focus_rows()
            self.session.ask_changed(lambda query: replace(query, search=picked.search, tags=()))
            self.show_asked_search()
        else:
            await self.edit_search(picked.search)

    # What completion knows

    def forget_values(self) -> None:
        """Another place is asked from now on, where other values are found and other searches were made."""
        self.workers.cancel_group(self, "known")
        self.past = ()
        self._known_from = None
        self._learnt.clear()
        if self._known is not None:
            # It was imported to get to know any.
            from cnm_tui.core.suggestions.completion import NOTHING_SEEN

            self._known = self.query_one(QueryBar).known = NOTHING_SEEN

    @work(exclusive=True, group="known")
    async def search_edited(self) -> None:
        """Have the search box complete with what was seen and searched for; beside the event loop, as it is much."""
        snapshot, past = self.exploration.snapshot, self.past
        if snapshot is None or (snapshot, past) == self._known_from:
            return
        answers = [stop.table.snapshot for stop in self.exploration.trail.stops]
        news = [answer for answer in answers if answer not in self._learnt and answer is not snapshot]
        self._known = await asyncio.to_thread(_known, self._known, [*news, snapshot], past)
        self._learnt.update((*news, snapshot))
        self._known_from = snapshot, past
        self.query_one(QueryBar).known = self._known


def _known(before: "Known | None", answers: list[Snapshot], past: PastSearches) -> "Known":
    """What was known, with what these answers teach; the last one holds the rows at hand."""
    # Imported here, for whoever edits a search: it brings the reader of the language along.
    from cnm_tui.core.suggestions.completion import NOTHING_SEEN, known

    learnt = before or NOTHING_SEEN
    for answer in answers[:-1]:
        learnt = known(answer, learnt)
    return known(answers[-1], learnt, [one.search for one in past])
