"""The part of the screen that keeps questions: views, and the one left last."""

import asyncio
from collections.abc import Callable
from typing import TYPE_CHECKING, Final

from textual import work

from cnm_tui.core.errors import StoreFailed
from cnm_tui.core.exploration.exploration import Exploration
from cnm_tui.core.fields.group_by import Ladders
from cnm_tui.core.query import Query
from cnm_tui.core.table.table import Arrangement
from cnm_tui.daemon import in_daemon_thread
from cnm_tui.tui.screens.recalling import RecallingScreen
from cnm_tui.tui.services import Services
from cnm_tui.tui.widgets.status_bar import StatusBar

# What only one key needs is imported when it is pressed.
if TYPE_CHECKING:
    from cnm_tui.core.views.saved_view import Kept, SavedView
    from cnm_tui.tui.dialogs.view_picker import ViewPicker
    from cnm_tui.tui.dialogs.view_rows import Chosen

_OFFER_SECONDS: Final = 12.0


class ViewingScreen(RecallingScreen):
    """Opens questions that were kept."""

    def __init__(
        self, exploration: Exploration, clock: Callable[[], float], services: Services, ladders: Ladders
    ) -> None:
        super().__init__(exploration, clock, services, ladders)
        self.session.asking.connect(self._end_offer)
        self._kept: Kept | None = None
        self._left: SavedView | None = None
        self._nothing_left = "There is nothing to resume: no question was left before."

    @property
    def question(self) -> tuple[Query, Arrangement]:
        """What is asked and how it is shown."""
        return self.exploration.query, self.exploration.arrangement

    @property
    def may_be_kept(self) -> bool:
        """Whether it can be left for the next start: no key seems to stand in what was typed for it."""
        query, arrangement = self.question
        typed = (*query.group_bys, query.search, *query.tags, arrangement.row_filter.text)
        return not any(map(self.holds_key, typed))

    async def look_up(self, left: "Callable[[], SavedView | None]") -> None:
        """Read what was kept, beside the event loop, and say what of it is to know now."""
        try:
            self._left = await in_daemon_thread(left)
        except StoreFailed as problem:
            self._nothing_left = problem.sentence
            self.say(problem.sentence)
        try:
            self._kept = await in_daemon_thread(lambda: self.services.shelf().load())
        except StoreFailed as problem:
            self.say(problem.sentence)
        if self._left is not None and self._left.question != self.question:
            self._offer(self._left)

    def _offer(self, left: "SavedView") -> None:
        """Say in a line of its own, for a while, what would be resumed."""
        # Imported here: by now most of it was, beside the event loop, to read what was left.
        from cnm_tui.core.views.resume_offer import resume_offer, view_name

        name = view_name(left, self._kept.views if self._kept is not None else ())
        resumes = f"{self.key('resume')} resumes"
        self.query_one(StatusBar).offer = resume_offer(left, name, resumes, self.size.width - 2)
        self.set_timer(_OFFER_SECONDS, self._end_offer)

    def _end_offer(self) -> None:
        for status in self.query(StatusBar):
            status.offer = ""

    def action_resume(self) -> None:
        """Ask what was asked when the program was left last."""
        if (left := self._left) is None:
            self.say(self._nothing_left)
        else:
            self.session.open(lambda _query: left.query, left.arrangement)

    def action_pick_view(self) -> None:
        """Choose one of the saved and recommended views; save, rename and delete there, too."""
        from cnm_tui.core.views.saved_view import Kept
        from cnm_tui.tui.dialogs.view_picker import ViewPicker

        picker = ViewPicker(self.services.shelf, self.question, self._kept or Kept(), holds_key=self.holds_key)

        def ask_view(chosen: "Chosen | None") -> None:
            self._kept = picker.kept
            if chosen is not None:
                self.session.open(chosen.applied_to, chosen.arranged(self.exploration.arrangement))

        self.ask(picker, ask_view)
        self._tell_picker(picker)

    @work(exclusive=True, group="views")
    async def _tell_picker(self, picker: "ViewPicker") -> None:
        """Have it offer values of the rows at hand; beside the event loop, as it looks at them all."""
        from cnm_tui.core.suggestions.completion import known

        if (snapshot := self.exploration.snapshot) is not None:
            picker.known = await asyncio.to_thread(known, snapshot)
