"""Pass to each pane the data that the pane displays."""

from collections.abc import Callable, Mapping, Sequence
from typing import Final

from textual.screen import Screen
from textual.timer import Timer
from textual.widget import Widget

from cnm_tui.core.exploration.exploration import Exploration
from cnm_tui.core.exploration.remarks import (
    empty_answer,
    lasting_remarks,
    problem_sentence,
    query_remark,
    short_remarks,
    spare_remarks,
    status_remarks,
)
from cnm_tui.tui.screens.hints import hints_now
from cnm_tui.tui.screens.pane_layout import PaneLayout
from cnm_tui.tui.session import Session
from cnm_tui.tui.widgets.detail import Detail
from cnm_tui.tui.widgets.grid import Grid
from cnm_tui.tui.widgets.query_bar import QueryBar
from cnm_tui.tui.widgets.status_bar import Hint, StatusBar
from cnm_tui.tui.widgets.title_bar import TitleBar

HINTS_PAUSE_SECONDS: Final = 0.1
"""The hints are updated this long after the last cursor move."""


class Panes:
    """Updates the panes that are on the screen from the first frame on.

    A pane whose data is unchanged is not repainted.
    """

    def __init__(self, screen: Screen[None], session: Session, layout: PaneLayout, key: Callable[..., str]) -> None:
        self._screen = screen
        self._session = session
        self._layout = layout
        self._key = key
        self._remarks: dict[str, str] = {}
        """Remarks of features, by name."""
        self._pause: Timer | None = None
        self._known: list[Widget] = []
        """The panes, once they were all mounted: looking for them at each key takes a millisecond."""
        self._remarks_are_about: object = None
        """The columns in sight and the followed row when the remarks were updated."""

    @property
    def are_there(self) -> bool:
        """True if all panes are mounted.

        False while panes are added or removed. Focus changes and responses can still arrive during that time.
        """
        if not self._known:
            found = [self._screen.query(pane) for pane in (TitleBar, QueryBar, Grid, Detail, StatusBar)]
            self._known = [one.first() for one in found] if all(found) else []
        return bool(self._known) and all(pane.parent is not None for pane in self._known)

    @property
    def hints(self) -> Sequence[Hint]:
        """Return the keyboard hints for the status bar."""
        screen = self._screen
        row = next((grid.highlighted for grid in screen.query(Grid)), None)
        exploration = self._session.exploration
        return hints_now(exploration.table, row, screen.focused, self._key, exploration.problem)

    def show_hints(self) -> None:
        """Update the keyboard hints for the row at the cursor and the widget with the focus."""
        for status in self._screen.query(StatusBar):
            status.keys = self.hints

    def follow_cursor(self) -> None:
        """Update the keyboard hints after the cursor has not moved for a short time.

        Because of this pause, the hints are not repainted while the user holds down an arrow key.
        """
        if self._pause is not None:
            self._pause.stop()
        self._pause = self._screen.set_timer(HINTS_PAUSE_SECONDS, self.show_hints)

    def show_keys(self, keys: Mapping[str, str]) -> None:
        """Update the names of keyboard keys in all hints, because the key bindings have changed."""
        self.show_hints()
        for bar in self._screen.query(QueryBar):
            bar.keys = keys
        for detail in self._screen.query(Detail):
            detail.keys = keys

    def show(self, exploration: Exploration) -> None:
        """Show the current state of the session in all panes."""
        if not self.are_there:
            return
        screen = self._screen
        bar, shown = screen.query_one(QueryBar), exploration.snapshot
        asks_all = shown is not None and shown.query == exploration.query and shown.asked_all
        bar.show(exploration.query, all_rows=asks_all)
        grid = screen.query_one(Grid)
        grid.marked = exploration.marked
        grid.table = exploration.table
        self._show_in_title(exploration)
        self.show_remarks()
        # Before the first answer it is shown in place of rows.
        problem = exploration.problem if exploration.table is not None else None
        screen.query_one(StatusBar).problem = problem_sentence(problem, self._key) if problem is not None else ""
        grid.message = empty_answer(exploration, self._session.label, self._key)
        detail = screen.query_one(Detail)
        detail.message, detail.snapshot = grid.message, exploration.snapshot

    def _show_in_title(self, exploration: Exploration) -> None:
        title = self._screen.query_one(TitleBar)
        title.fetching = exploration.fetching
        title.state = exploration.liveness
        title.fetched_at = exploration.snapshot.fetched_at if exploration.snapshot is not None else None
        title.stale = exploration.problem is not None

    def show_remarks(self) -> None:
        """Update the remarks in the status bar. An example of a remark is that a filter hides rows."""
        if not self.are_there:
            return
        exploration, screen = self._session.exploration, self._screen
        grid, bar, status = screen.query_one(Grid), screen.query_one(QueryBar), screen.query_one(StatusBar)
        # If the detail pane covers the rows, it covers all headings.
        self._remarks_are_about = grid.visible_columns, grid.followed
        in_sight = frozenset[str]() if self._layout.detail_covers_rows else grid.visible_columns
        kept = lasting_remarks(exploration, in_sight, grid.followed, key=self._key)
        beside = lasting_remarks(exploration, in_sight, grid.followed)
        query = exploration.query
        # The query is hidden if the grid fills the screen, and by a draft in the search box; both need the remark.
        if bar.shows_another_search or (self._layout.shows_rows_alone and (query.search or query.tags)):
            kept, beside = (*kept, query_remark(query)), (*beside, query_remark(query))
        status.keys, status.spare = self.hints, spare_remarks(exploration)
        status.kept, status.beside, status.short = kept, beside, short_remarks(exploration)
        # Those of features come before remarks about the rows' content, which may not have room.
        status.remarks = status_remarks(exploration, self._key, (*kept, *filter(None, self._remarks.values())))

    def follow_columns(self) -> None:
        """Update the remarks in the status bar.

        This is called if other columns have become visible, or if the cursor follows another row than before.
        """
        for grid in self._screen.query(Grid):
            if (grid.visible_columns, grid.followed) != self._remarks_are_about:
                self.show_remarks()

    def show_remark(self, name: str, sentence: str) -> None:
        """Show a remark of a feature in the status bar. An empty sentence removes the remark."""
        self._remarks[name] = sentence
        self.show_remarks()

    def show_source(self) -> None:
        """Show the name of the source of data in the title bar."""
        for title in self._screen.query(TitleBar):
            title.label = self._session.label

    def show_next_refresh(self) -> None:
        """Show in the title bar the time until the next refresh."""
        for title in self._screen.query(TitleBar):
            title.next_refresh_at = self._session.requests.next_refresh_at

    def show_awaited(self) -> None:
        """Show in the title bar what is awaited beside the rows."""
        for title in self._screen.query(TitleBar):
            title.awaited = next((purpose.name for purpose in self._session.requests.awaited), "")

    @property
    def long_sentences(self) -> Sequence[StatusBar]:
        """Return a list that contains the status bar, if the status bar has several lines. Otherwise the list is empty.

        The caller repaints such a status bar, because a dialog may cover some of its lines.
        """
        return [status for status in self._screen.query(StatusBar) if status.size.height > 1]
