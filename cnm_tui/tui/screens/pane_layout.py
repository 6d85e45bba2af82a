"""Decide which panes are visible, depending on the width of the terminal and the choice of the user."""

from typing import ClassVar, Final

from textual.containers import Container
from textual.geometry import Region
from textual.screen import Screen
from textual.strip import Strip
from textual.timer import Timer

from cnm_tui.tui.features import Features
from cnm_tui.tui.terminal.painted import filtered_blank
from cnm_tui.tui.view import WIDE
from cnm_tui.tui.widgets.detail import Detail, Edge
from cnm_tui.tui.widgets.grid import Grid
from cnm_tui.tui.widgets.query_bar import QueryBar

MEDIUM: Final = 100
_DETAIL_PAUSE_SECONDS: Final = 0.08
"""The detail pane is updated this long after the last cursor move; a held key repeats faster."""


class Body(Container):
    """The area between the title bar and the status bar. The panes cover this area completely."""

    # It shows nothing itself, and its lines are checked at every change.
    BLANK: ClassVar[bool] = True

    def render_lines(self, crop: Region) -> list[Strip]:
        """Return blank lines, because panes cover the whole area. All lines have the same content."""
        return filtered_blank(self, super().render_lines(crop))


class PaneLayout:
    """Arranges the panes by setting style classes on the screen. The style sheet has rules for these classes."""

    def __init__(self, screen: Screen[None], features: Features) -> None:
        self._screen = screen
        self._features = features
        self._wished: bool | None = None
        """True if the user wants the detail pane open; None if the user did not choose."""
        self._pause: Timer | None = None

    def set_width(self, width: int) -> None:
        """Arrange the panes for this width in terminal columns. This also works before the panes are mounted."""
        screen = self._screen
        screen.set_class(width < MEDIUM, "-narrow")
        screen.set_class(MEDIUM <= width < WIDE, "-medium")
        screen.set_class(width >= WIDE, "-wide")
        # If it fits beside the grid, unless the user chose otherwise.
        screen.set_class(width >= WIDE if self._wished is None else self._wished, "-detail")

    def resized(self) -> None:
        """Arrange the panes for the current width of the screen."""
        screen = self._screen
        self.set_width(screen.size.width)
        # At the end of the program panes are removed one by one.
        for bar in screen.query(QueryBar):
            bar.column = screen.size.width >= WIDE
        for detail in screen.query(Detail):
            detail.edge = edge(screen.size.width)
        self.show_facets()
        self._follow_detail()

    def show_facets(self) -> None:
        """Show the facets (the values with the most traffic for each group-by).

        They are shown only if the screen is wide enough and there are rows.
        """
        if self._screen.size.width >= WIDE and self._screen.query_one(Grid).table is not None:
            self._features.facets.follow()

    @property
    def shows_detail(self) -> bool:
        """True if the detail pane is open, even if a full-screen grid covers it at the moment."""
        return self._screen.has_class("-detail")

    @property
    def detail_covers_rows(self) -> bool:
        """True if the detail pane is displayed instead of the rows, because the screen is narrow."""
        return self.shows_detail and self._screen.has_class("-narrow")

    @property
    def shows_rows_alone(self) -> bool:
        """True if the grid with the rows fills the whole screen."""
        return self._screen.has_class("-alone")

    def toggle_alone(self) -> None:
        """Switch between a full-screen grid and the layout with all panes."""
        self._screen.toggle_class("-alone")
        self._screen.set_focus(self._screen.query_one(Grid))

    def share(self) -> None:
        """End the full-screen display of the grid, so that the other panes are visible again."""
        self._screen.remove_class("-alone")

    def open_detail(self) -> None:
        """Open the detail pane if it is closed."""
        self.share()
        if not self.shows_detail:
            self._wish(True)

    def toggle_detail(self) -> None:
        """Open or close the detail pane."""
        self.share()
        self._wish(not self.shows_detail)

    def _wish(self, open_it: bool) -> None:
        self._wished = open_it
        self.set_width(self._screen.size.width)
        self._follow_detail()
        if not open_it:
            self._screen.set_focus(self._screen.query_one(Grid))

    def _follow_detail(self) -> None:
        if self.shows_detail:
            self._screen.call_after_refresh(self.fill_detail)
            if self._screen.size.width < MEDIUM and isinstance(self._screen.focused, Grid):
                self._screen.set_focus(self._screen.query_one(Detail))

    def follow_cursor(self) -> None:
        """Update the detail pane when the cursor has not moved for a short time."""
        if not self.shows_detail:
            return
        if self._pause is not None:
            self._pause.stop()
        self._pause = self._screen.set_timer(_DETAIL_PAUSE_SECONDS, self.fill_detail)

    def fill_detail(self) -> None:
        """If the detail pane is open, show the connection at the cursor and the row of the reverse direction."""
        if not self.shows_detail:
            return
        detail, grid = self._screen.query_one(Detail), self._screen.query_one(Grid)
        if detail.snapshot is not None and any(field.endswith("ip") for field in detail.snapshot.query.group_bys):
            self._features.hints.show()
        row = grid.highlighted
        if not detail.has_focus:
            detail.figure = grid.cursor_column or ""
        known = None if row is None else self._features.reverse.known(row)
        if detail.connection == row:
            detail.reverse_row = known
        else:
            # Both at once, so that the pane is drawn once.
            detail.set_reactive(Detail.reverse_row, known)
            detail.connection = row


def edge(width: int) -> Edge:
    """Return the edge of the detail pane that has a border to the rows: `left`, `top`, or an empty text for none.

    The edge depends on the width of the screen in terminal columns. On a narrow screen the pane covers the
    rows.
    """
    return "left" if width >= WIDE else "top" if width >= MEDIUM else ""
