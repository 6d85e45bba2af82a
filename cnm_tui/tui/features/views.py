"""Open questions that were kept: saved and recommended views, and the question with which the program was left last.

Made with the screen, so dialogs and rules are imported when they are needed.
"""

import asyncio
from functools import partial
from typing import TYPE_CHECKING, Final

from cnm_tui.core.errors import StoreFailed
from cnm_tui.core.query import Query
from cnm_tui.core.table.table import Arrangement
from cnm_tui.daemon import in_daemon_thread
from cnm_tui.tui.session import Session
from cnm_tui.tui.view import View

if TYPE_CHECKING:
    from cnm_tui.core.views.saved_view import Kept, SavedView
    from cnm_tui.tui.dialogs.view_picker import ViewPicker
    from cnm_tui.tui.dialogs.view_rows import Chosen

_OFFER_SECONDS: Final = 12.0


class ViewsFeature:
    """Asks questions again that were asked before, by their names."""

    def __init__(self, session: Session, view: View) -> None:
        self._session = session
        self._view = view
        self._kept: Kept | None = None
        """The saved views; None until they were read."""
        self.left: SavedView | None = None
        """The question with which the program was left last."""
        self._nothing_left = "There is nothing to resume: no question was left before."
        # Whoever asks goes on with something else.
        session.asking.connect(lambda: view.offer(""))

    @property
    def _question(self) -> tuple[Query, Arrangement]:
        exploration = self._session.exploration
        return exploration.query, exploration.arrangement

    # From one run to the next

    async def look_up(self) -> None:
        """Read what was kept, beside the event loop, and say what of it is to know now."""
        services = self._view.services
        try:
            self.left = await in_daemon_thread(services.left)
        except StoreFailed as problem:
            self._nothing_left = problem.sentence
            self._view.say(problem.sentence)
        try:
            self._kept = await in_daemon_thread(lambda: services.views().load())
        except StoreFailed as problem:
            self._view.say(problem.sentence)
        if self.left is not None and self.left.question != self._question:
            self._offer(self.left)

    def _offer(self, left: "SavedView") -> None:
        """Say in a line of its own, for a while, what would be resumed."""
        # By now most of it was imported, beside the event loop, to read what was left.
        from cnm_tui.core.views.resume_offer import resume_offer, view_name

        name = view_name(left, self._kept.views if self._kept is not None else ())
        resumes = f"{self._view.key('resume')} resumes"
        self._view.offer(resume_offer(left, name, resumes, self._view.width - 2))
        self._session.scheduler.call_after(_OFFER_SECONDS, lambda: self._view.offer(""))

    def resume(self) -> None:
        """Ask what was asked when the program was left last."""
        if (left := self.left) is None:
            self._view.say(self._nothing_left)
        else:
            self._session.open(lambda _query: left.query, left.arrangement)

    def leave(self) -> None:
        """Keep the question for the next start, unless a key seems to stand in what was typed for it."""
        query, arrangement = self._question
        typed = (*query.group_bys, query.search, *query.tags, arrangement.row_filter.text)
        if not any(map(self._session.may_hold_key, typed)):
            self._view.services.leave(query, arrangement)

    # Views

    def pick(self) -> None:
        """Choose one of the saved and recommended views; save, rename and delete there, too."""
        from cnm_tui.core.views.saved_view import Kept
        from cnm_tui.tui.dialogs.view_picker import ViewPicker

        views, kept = self._view.services.views, self._kept or Kept()
        picker = ViewPicker(views, self._question, kept, holds_key=self._session.may_hold_key)
        self._view.ask(picker, partial(self._open, picker))
        self._session.scheduler.start_work(partial(self._tell_picker, picker))

    async def _tell_picker(self, picker: "ViewPicker") -> None:
        """Have it offer values of the rows at hand; beside the event loop, as it looks at them all."""
        from cnm_tui.core.suggestions.completion import known

        if (snapshot := self._session.exploration.snapshot) is not None:
            picker.known = await asyncio.to_thread(known, snapshot)

    def _open(self, picker: "ViewPicker", chosen: "Chosen | None") -> None:
        self._kept = picker.kept
        if chosen is not None:
            self._session.open(chosen.applied_to, chosen.arranged(self._session.exploration.arrangement))
