"""Open views, which are saved or recommended queries, and resume the last query of the previous run.

This module is loaded with the main screen, so it imports dialogs and rules only when they are needed.
"""

import asyncio
from functools import partial
from typing import TYPE_CHECKING, Final

from cnm_tui.core import suggestions
from cnm_tui.core.errors import StoreFailed
from cnm_tui.core.metrics.extra import BEGAN, TREND
from cnm_tui.core.query import Query
from cnm_tui.core.table.sorting import SortKey
from cnm_tui.core.table.table import Arrangement
from cnm_tui.daemon import in_daemon_thread
from cnm_tui.tui import dialogs
from cnm_tui.tui.session import Session
from cnm_tui.tui.view import View

if TYPE_CHECKING:
    from cnm_tui.core.views.saved_view import SavedView, StoredViews
    from cnm_tui.tui.dialogs.view_picker import ViewPicker
    from cnm_tui.tui.dialogs.view_rows import Chosen

_OFFER_SECONDS: Final = 12.0
_OF_TIMELINE: Final = {column.key: column.label for column in (TREND, BEGAN)}


class ViewsFeature:
    """Opens saved queries by name."""

    def __init__(self, session: Session, view: View) -> None:
        self._session = session
        self._view = view
        self._kept: StoredViews | None = None
        """The saved views; None until they are read."""
        self.left: SavedView | None = None
        """The last query of the previous run."""
        self._nothing_left = "There is nothing to resume: no question was left before."
        # The offer to resume ends with the first query.
        session.asking.connect(lambda: view.offer(""))
        self._told: tuple[SortKey, ...] = ()
        """The sort of which it was told that it needs a timeline."""
        session.answered.connect(lambda _before, _answer: self._tell_what_sort_needs())

    @property
    def _question(self) -> tuple[Query, Arrangement]:
        exploration = self._session.exploration
        return exploration.query, exploration.arrangement

    def _tell_what_sort_needs(self) -> None:
        """Notify the user once that the requested sort order needs a timeline.

        A view or a command line option can request such an order before a timeline exists.
        """
        exploration = self._session.exploration
        arrangement = exploration.arrangement
        label = _OF_TIMELINE.get(arrangement.deciding or "")
        if label is None or exploration.timeline is not None or self._view.services.timeline:
            return
        if arrangement.sort != self._told:
            self._told = arrangement.sort
            self._view.say(f"Sorted by {label} once there is a timeline; {self._view.key('timeline')} asks one.")

    # Storage

    async def look_up(self) -> None:
        """Read the saved views and the last query in a thread.

        If a file cannot be read, show a message. If the last query differs from the current one, offer to resume
        it.
        """
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
        """Offer for some seconds to resume the last query of the previous run. The offer is shown in a
        separate line.
        """
        # Most imports were done in the thread that read the last query.
        from cnm_tui.core.views.resume_offer import resume_offer, view_name

        name = view_name(left, self._kept.views if self._kept is not None else ())
        resumes = f"{self._view.key('resume')} resumes"
        self._view.offer(resume_offer(left, name, resumes, self._view.width - 2))
        self._session.scheduler.call_after(_OFFER_SECONDS, lambda: self._view.offer(""))

    def resume(self) -> None:
        """Run the last query of the previous run. If there is none, show a message."""
        if (left := self.left) is None:
            self._view.say(self._nothing_left)
        else:
            self._session.open(lambda _query: left.query, left.arrangement)

    def leave(self) -> None:
        """Store the current query for the next run, unless the query seems to contain an API key."""
        query, arrangement = self._question
        typed = (*query.group_bys, query.search, *query.tags, arrangement.row_filter.text)
        if not any(map(self._session.may_hold_key, typed)):
            self._view.services.leave(query, arrangement)

    # Views

    def pick(self) -> None:
        """Open a dialog in which the user opens, saves, renames and deletes views."""
        from cnm_tui.core.views.saved_view import StoredViews

        views, kept = self._view.services.views, self._kept or StoredViews()
        picker = dialogs.ViewPicker(views, self._question, kept, holds_key=self._session.may_hold_key)
        self._view.ask(picker, partial(self._open, picker))
        self._session.scheduler.start_work(partial(self._tell_picker, picker))

    async def _tell_picker(self, picker: "ViewPicker") -> None:
        """Pass the tag values of the loaded rows to the dialog `picker`.

        The values are collected in a thread, because there may be many.
        """
        if (snapshot := self._session.exploration.snapshot) is not None:
            picker.known = await asyncio.to_thread(suggestions.known, snapshot)

    def _open(self, picker: "ViewPicker", chosen: "Chosen | None") -> None:
        self._kept = picker.kept
        if chosen is not None:
            self._session.open(chosen.applied_to, chosen.arranged(self._session.exploration.arrangement))
