"""Define the grid, the widget that displays the rows. The grid draws only the visible part of a table, and its cursor
stays in place when the rows are refreshed."""

from collections.abc import Callable
from dataclasses import dataclass
from typing import ClassVar, Final

from textual import events
from textual.binding import BindingType
from textual.geometry import Region
from textual.message import Message
from textual.reactive import reactive
from textual.strip import Strip
from textual.widget import Widget

from cnm_tui.core.connections import Connection
from cnm_tui.core.exploration.history import Cursor
from cnm_tui.core.table.table import Table
from cnm_tui.tui.commands import bindings
from cnm_tui.tui.terminal.painted import LineState, Painted
from cnm_tui.tui.widgets.grid_body import HEADING, GridBody, message_state_of
from cnm_tui.tui.widgets.grid_layout import EDGE, Layout, layout, same_column, scrolled_by, scrolled_to
from cnm_tui.tui.widgets.grid_line import ABOVE_CURSOR, PAINTS
from cnm_tui.tui.widgets.staying import same_rows, stays_with
from cnm_tui.tui.widgets.viewport import Viewport

WHEEL_ROWS: Final = 3
CURSORS: Final = ("cursor", "cursor-away")


class Grid(Widget, can_focus=True):
    """Shows a table of any length. The cost of drawing depends only on the number of visible lines. To make this
    possible, columns have fixed widths, a row has one line, and sideways scrolling moves by whole columns. When the
    cursor leaves the visible rows, the rows scroll by half a page. Therefore a key that is held down rarely repaints
    the whole screen. Symbols at the right edge and in the last line show that more rows or columns are not visible."""

    DEFAULT_CSS = "Grid { height: 1fr; width: 1fr; background: $background; color: $foreground; }"
    BINDINGS: ClassVar[list[BindingType]] = bindings("rows")

    table: reactive[Table | None] = reactive(None, repaint=False)
    marked: reactive[frozenset[str]] = reactive(frozenset, repaint=False)
    message: reactive[str] = reactive("", repaint=False)
    """Text in place of rows, if there are none."""

    @dataclass(eq=False, repr=False)
    class Highlighted(Message):
        """A message that the cursor is now on another connection, or on none."""

        connection: Connection | None
        by_user: bool
        """True if a key or the mouse moved it, False for a new answer."""

    @dataclass(eq=False, repr=False)
    class CursorRowMoved(Message):
        """A message that a refresh removed the connection at the cursor, or moved it out of view."""

        connection: Connection
        row_before: int
        row: int | None
        """The new row; None if the table lacks it."""

    class FollowingEnded(Message):
        """A message that the user moved the cursor away from the connection that the cursor followed."""

    class VisibleColumnsChanged(Message):
        """A message that other columns are visible now, or that the cursor no longer follows a connection."""

    class CursorColumnMoved(Message):
        """A message that the user moved the cursor to another column."""

    @dataclass(eq=False, repr=False)
    class HeadingChosen(Message):
        """A message that the user clicked the heading of a column."""

        column: str

    @dataclass(eq=False, repr=False)
    class Widened(Message):
        """A message that the user changed the width of a column. `by` is the change in terminal columns."""

        column: str
        by: int

    @dataclass(eq=False, repr=False)
    class Opened(Message):
        """A message that the user double-clicked a row."""

        connection: Connection

    def __init__(self) -> None:
        super().__init__()
        self._viewport = Viewport()
        self._column = 0
        self._first_column: int | None = None
        self._highlighted: Connection | None = None
        self._moved = False
        """True if the user has moved the cursor since it was put on the first row."""
        self._followed: Connection | None = None
        self._layout: Layout | None = None
        self._body = GridBody()
        self._painted = Painted(self, PAINTS, over=CURSORS, above=ABOVE_CURSOR, filtered=True)

    # Content

    @property
    def highlighted(self) -> Connection | None:
        """Return the connection in the row at the cursor, or None if the grid has no rows."""
        return self._highlighted

    @property
    def cursor_column(self) -> str | None:
        """Return the column key of the column at the cursor, or None if there are no columns."""
        columns = self.table.columns if self.table is not None else ()
        return columns[self._column].key if columns else None

    @property
    def visible_columns(self) -> frozenset[str]:
        """Return the column keys of the columns that are visible on the screen."""
        places = self._shown_layout(self.table).places if self.table is not None else ()
        return frozenset(place.column.key for place in places)

    @property
    def cursor(self) -> Cursor:
        """Return the position of the cursor: the connection, the first visible row and the column. The connection is
        None if the user has not moved the cursor away from the first row."""
        highlighted = self._highlighted.id if self._highlighted is not None and self._moved else None
        return Cursor(highlighted, self._viewport.wanted_top, self.cursor_column)

    def return_to(self, cursor: Cursor) -> None:
        """Move the cursor and the visible rows back to an earlier position. If the row or the column no longer exists,
        use the nearest possible position."""
        self._moved = cursor.connection_id is not None
        if self._followed is not None and self._followed.id != cursor.connection_id:
            self._followed = None
            self.post_message(self.VisibleColumnsChanged())
        if self.table is None:
            return
        row = self.table.row_of(cursor.connection_id) if cursor.connection_id is not None else None
        left = Viewport(cursor.top if row is None else row, cursor.top, cursor.top)
        self._viewport = left.within(self._rows, self._body_height)
        keys = [column.key for column in self.table.columns]
        self._column = keys.index(cursor.column) if cursor.column in keys else self._column
        self._column_moved(0, may_repaint=False)
        self._tell_highlighted(by_user=False)
        self._repaint_changed()

    def start_over(self) -> None:
        """Make the next new rows appear with the cursor on the first row, unless the user moves the cursor before."""
        self._moved = False

    @property
    def followed(self) -> Connection | None:
        """Return the connection that the cursor follows, or None if it follows none."""
        return self._followed

    def follow(self, connection: Connection | None) -> None:
        """Keep the cursor on this connection until the user moves it away. If `connection` is None, stop following."""
        self._followed = connection
        self._moved = self._moved or connection is not None

    @property
    def _body_height(self) -> int:
        return max(1, self.size.height - 2)

    @property
    def _rows(self) -> int:
        return len(self.table) if self.table is not None else 0

    @property
    def _edge(self) -> int:
        """Return the number of terminal columns at the right edge that show the scroll position. It is 0 if all rows
        fit."""
        return EDGE if self._rows > self._body_height else 0

    def watch_table(self, before: Table | None, table: Table | None) -> None:
        """Show the rows of a new table. The cursor stays on the same connection, or moves to the first row. The visible
        rows change only if the cursor would otherwise be outside them."""
        if table is None or (before is not None and not same_rows(before, table)):
            self._followed = None
        if table is None:
            return
        self._stand_in(before, table)
        sorted_anew = before is not None and before.arrangement.deciding != table.arrangement.deciding
        if before is None or sorted_anew or before.columns != table.columns:
            self._column = same_column(before, self._column, table)
        self._column_moved(0, may_repaint=False)
        if sorted_anew:
            self._bring_in_sight(table.deciding)
        self._tell_highlighted(by_user=False)
        # After a refresh most lines differ in a few values; after a sort, or in another answer, every line differs.
        same = before is not None and before.arrangement == table.arrangement
        self._repaint_changed(
            within_lines=before is not None and same and before.snapshot.query == table.snapshot.query
        )

    def _stand_in(self, before: Table | None, table: Table) -> None:
        """Put the cursor on a row of the new table: on the row with the same connection as before, or
        on the first row."""
        left = self._highlighted
        followed = self._followed.id if self._followed is not None else None
        highlighted = left.id if left is not None else None
        stays = stays_with(before, table, highlighted, followed=followed, marked=bool(self.marked), moved=self._moved)
        row_before = self._viewport.row
        if stays is None:
            self._viewport, self._moved = Viewport().within(len(table), self._body_height), False
            return
        row = table.row_of(stays)
        self._moved = self._moved or stays == followed  # The cursor also stays with it after following ends.
        self._viewport = self._viewport.following(row, len(table), self._body_height)
        same_answer = before is None or before.snapshot.answer is table.snapshot.answer
        if same_answer or left is None or left.id != stays or before is None:
            return
        far = row is None or abs(row - row_before) > self._body_height
        asked_anew = before.snapshot.query == table.snapshot.query
        if far and (row is not None or asked_anew):
            self.post_message(self.CursorRowMoved(left, row_before, row))

    def watch_marked(self, before: frozenset[str], marked: frozenset[str]) -> None:
        """Repaint the lines of the rows that were marked or unmarked."""
        known = self.table.snapshot.position_of if self.table is not None else {}
        self._body.forget_rows(known[one] for one in before ^ marked if one in known)
        self._repaint_changed()

    def watch_message(self) -> None:
        """Repaint the grid, because it now shows a message in place of the rows, or no longer shows one."""
        self._repaint_changed()

    def watch_has_focus(self, _has_focus: bool) -> None:
        """Repaint the cursor, because it looks different when the grid does not have the focus."""
        super().watch_has_focus(_has_focus)
        self._repaint_changed()

    def _tell_highlighted(self, *, by_user: bool = True) -> None:
        now = self.table.connection(self._viewport.row) if self.table is not None and len(self.table) else None
        if now != self._highlighted:
            self._highlighted = now
            self.post_message(self.Highlighted(now, by_user))

    # Drawing

    def render_line(self, y: int) -> Strip:
        """Return line `y` of the grid on the screen, counted from 0 at the top."""
        return self._painted.line(y, self._state_of()(y), self.size.width)

    def render_lines(self, crop: Region) -> list[Strip]:
        """Return the screen lines of the grid that Textual's compositor requests, because it must draw them."""
        return self._painted.lines(crop, self._state_of)

    def _state_of(self) -> Callable[[int], LineState]:
        table, size = self.table, self.size
        if table is None or not len(table):
            return message_state_of(self.message, size)
        cursor = "cursor" if self.has_focus else "cursor-away"
        shown = self._shown_layout(table)
        # A palette of 256 colours has no tint as faint.
        tinted = self.app.console.color_system == "truecolor" and not self.app.native_ansi_color
        return self._body.state_of(table, shown, self._viewport, self.marked, self._column, size, cursor, tinted=tinted)

    def _shown_layout(self, table: Table) -> Layout:
        # After a resize, lines are painted before the widget gets the event.
        if self._layout is None or (self._layout.width, self._layout.edge) != (self.size.width, self._edge):
            self._layout = layout(table, self._first_column, self.size.width, self._edge)
        return self._layout

    def notify_style_update(self) -> None:
        """Drop cached styles and repaint, because the theme has changed."""
        super().notify_style_update()
        self._painted.forget_styles()

    def _repaint_changed(self, *, within_lines: bool = False) -> None:
        # In the last line usually one number differs.
        last = (self.size.height - 1,)
        if dirty := self._painted.differing(self._state_of(), within_lines=within_lines, within=last):
            self.refresh(*dirty)

    def on_resize(self) -> None:
        """Scroll so that the cursor is visible in the new size. Textual has already painted the grid in the new size,
        but with the old scroll position."""
        self._viewport = self._viewport.within(self._rows, self._body_height)
        self._column_moved(0, may_repaint=True)

    # Moves

    def action_move(self, rows: int) -> None:
        """Move the cursor down by this number of rows. If the new row is not visible, scroll by half a page."""
        self._show(self._viewport.moved_to(self._viewport.row + rows, self._rows, self._body_height))

    def action_page(self, pages: int) -> None:
        """Scroll by this number of whole pages. The cursor moves by the same distance."""
        self._show(self._viewport.paged(pages, self._rows, self._body_height))

    def action_first_row(self) -> None:
        """Move the cursor to the first row. When later responses arrive, the cursor stays on the first row."""
        self._show(self._viewport.moved_to(0, self._rows, self._body_height))
        self._moved = self._followed is not None

    def action_last_row(self) -> None:
        """Move the cursor to the last row."""
        self._show(self._viewport.moved_to(self._rows - 1, self._rows, self._body_height))

    def _show(self, viewport: Viewport) -> None:
        self._moved = True
        self._viewport = viewport
        self._tell_highlighted()
        self._repaint_changed()
        followed, now = self._followed, self._highlighted
        if followed is not None and (now is None or now.id != followed.id):
            self._followed = None
            self.post_message(self.FollowingEnded())

    def action_move_column(self, columns: int) -> None:
        """Move the cursor to the right by this number of table columns. If the new column is hidden, scroll it into
        view."""
        self._column_moved(columns, may_repaint=True)
        self.post_message(self.CursorColumnMoved())

    def _column_moved(self, columns: int, *, may_repaint: bool) -> None:
        table = self.table
        if table is None:
            return
        self._column = max(0, min(self._column + columns, len(table.columns) - 1))
        # On a fixed column, the others scroll back.
        first = None if columns and self._column < self._shown_layout(table).frozen else self._first_column
        shown = scrolled_to(table, self._column, first, self.size.width, self._edge)
        self._first_column = shown.first
        if shown != self._layout:
            self._layout = shown
            self.post_message(self.VisibleColumnsChanged())
        if may_repaint:
            self._repaint_changed()

    def _bring_in_sight(self, position: int | None) -> None:
        """If the column at this position is hidden, move the cursor to it, so that it becomes visible."""
        if self.table is None or position is None or self._shown_layout(self.table).place_of(position) is not None:
            return
        self._column = position
        self._first_column = None
        self._column_moved(0, may_repaint=False)

    def action_widen(self, columns: int) -> None:
        """Ask the main screen to make the column at the cursor wider by this number of terminal columns. The change is
        limited to what would be visible. A negative number makes the column narrower."""
        if self.table is None or not self.table.columns:
            return
        shown = self._shown_layout(self.table)
        place = shown.place_of(self._column)
        if place is not None and (by := shown.room_to_widen(place, columns)):
            self.post_message(self.Widened(place.column.key, by))

    # Mouse

    def on_click(self, event: events.Click) -> None:
        """Sort the rows if a heading was clicked, move the cursor if a row was clicked, open a row that was
        double-clicked."""
        table = self.table
        if table is None:
            return
        event.stop()
        if event.y == HEADING:
            for place in self._shown_layout(table).places:
                if place.x <= event.x <= place.x + place.width:
                    self._column = place.position
                    self.post_message(self.HeadingChosen(place.column.key))
            self._repaint_changed()
            return
        row = self._viewport.top + event.y - 1
        if event.y > self._body_height or row >= len(table):
            return
        # If a refresh moved the rows between the two clicks, the second one only moves the cursor.
        if event.chain == 2 and row == self._viewport.row and self._highlighted is not None:
            self.post_message(self.Opened(self._highlighted))
        self._show(self._viewport.moved_to(row, len(table), self._body_height))

    def on_mouse_scroll_down(self, event: events.MouseScrollDown) -> None:
        """Scroll down, or to the right if shift is held. The cursor stays within the visible rows."""
        self._wheel(event, 1, sideways=event.shift)

    def on_mouse_scroll_up(self, event: events.MouseScrollUp) -> None:
        """Scroll up, or to the left if shift is held. The cursor stays within the visible rows."""
        self._wheel(event, -1, sideways=event.shift)

    def on_mouse_scroll_right(self, event: events.MouseScrollRight) -> None:
        """Scroll to the right when the mouse wheel is tilted."""
        self._wheel(event, 1, sideways=True)

    def on_mouse_scroll_left(self, event: events.MouseScrollLeft) -> None:
        """Scroll to the left when the mouse wheel is tilted."""
        self._wheel(event, -1, sideways=True)

    def _wheel(self, event: events.MouseEvent, notches: int, *, sideways: bool) -> None:
        event.stop()
        if not sideways:
            self._show(self._viewport.scrolled(notches * WHEEL_ROWS, self._rows, self._body_height))
        elif self.table is not None:
            shown = scrolled_by(self.table, self._shown_layout(self.table), notches)
            self._first_column, self._column = shown.first, shown.nearest(self._column)
            self._column_moved(0, may_repaint=True)
