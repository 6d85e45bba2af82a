"""The visible part of a table: drawn by lines, driven by keys, kept in place across refreshes."""

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

from cnm_tui.core.exploration.history import Cursor
from cnm_tui.core.snapshot import Connection
from cnm_tui.core.table.table import Table
from cnm_tui.tui.commands import bindings
from cnm_tui.tui.terminal.painted import LineState, Painted
from cnm_tui.tui.widgets.grid_body import HEADING, GridBody, message_state_of
from cnm_tui.tui.widgets.grid_layout import EDGE, Layout, layout, same_column, scrolled_by, scrolled_to
from cnm_tui.tui.widgets.grid_line import PAINTS
from cnm_tui.tui.widgets.staying import same_rows, stays_with
from cnm_tui.tui.widgets.viewport import Viewport

WHEEL_ROWS: Final = 3
CURSORS: Final = ("cursor", "cursor-away")


class Grid(Widget, can_focus=True):
    """A table of any length at the cost of the lines in sight.

    Given up for that: columns have fixed widths, a row is one line, scrolling sideways goes by whole columns, and when
    the cursor leaves the view the view moves by half a page at once, so that a held key repaints the screen once in
    many rows instead of at each. Where rows are out of sight, marks at the right edge and the last line say so.
    """

    DEFAULT_CSS = "Grid { height: 1fr; width: 1fr; background: $background; color: $foreground; }"
    BINDINGS: ClassVar[list[BindingType]] = bindings("rows")

    table: reactive[Table | None] = reactive(None, repaint=False)
    marked: reactive[frozenset[str]] = reactive(frozenset, repaint=False)
    message: reactive[str] = reactive("", repaint=False)
    """What stands in place of rows where there are none."""

    @dataclass
    class Highlighted(Message):
        """The cursor stands on another connection, or on none."""

        connection: Connection | None
        by_user: bool
        """Whether a key or the mouse moved it, rather than a new answer."""

    @dataclass
    class Carried(Message):
        """A new answer took the connection under the cursor out of sight, or does not hold it."""

        connection: Connection
        row_before: int
        row: int | None
        """None if it is not in the table."""

    class FollowingEnded(Message):
        """The user moved the cursor away from the connection that was followed."""

    class SightChanged(Message):
        """Other columns are in sight, or the row that was followed is followed no more."""

    @dataclass
    class HeadingChosen(Message):
        """A heading was clicked."""

        column: str

    @dataclass
    class Widened(Message):
        """The user gives a column so many terminal columns more, or fewer."""

        column: str
        by: int

    @dataclass
    class Opened(Message):
        """A row was clicked twice."""

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
        self._painted = Painted(self, PAINTS, over=CURSORS, filtered=True)

    # What it shows

    @property
    def highlighted(self) -> Connection | None:
        """The connection under the cursor."""
        return self._highlighted

    @property
    def cursor_column(self) -> str | None:
        """The key of the column under the cursor."""
        columns = self.table.columns if self.table is not None else ()
        return columns[self._column].key if columns else None

    @property
    def columns_in_sight(self) -> frozenset[str]:
        """The keys of the columns that can be seen."""
        places = self._shown_layout(self.table).places if self.table is not None else ()
        return frozenset(place.column.key for place in places)

    @property
    def cursor(self) -> Cursor:
        """Return where the user stands; without a connection if the cursor was left on the first row."""
        highlighted = self._highlighted.id if self._highlighted is not None and self._moved else None
        return Cursor(highlighted, self._viewport.wanted_top, self.cursor_column)

    def return_to(self, cursor: Cursor) -> None:
        """Stand where the user stood, as far as it is still there and there is the room of then, or is again."""
        self._moved = cursor.connection_id is not None
        if self._followed is not None and self._followed.id != cursor.connection_id:
            self._followed = None
            self.post_message(self.SightChanged())
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
        """Read what comes next from its top, unless the cursor is moved until then."""
        self._moved = False

    @property
    def followed(self) -> Connection | None:
        """The connection that the cursor stays with."""
        return self._followed

    def follow(self, connection: Connection | None) -> None:
        """Stay with this connection in whatever is shown, until the cursor is moved away; None: with none."""
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
        """Columns for the scroll marks."""
        return EDGE if self._rows > self._body_height else 0

    def watch_table(self, before: Table | None, table: Table | None) -> None:
        """Show the rows from the top, or stay with a connection; move the view only if it would be out of sight."""
        if table is None or (before is not None and not same_rows(before, table)):
            self._followed = None
        if table is None:
            return
        self._stand_in(before, table)
        if before is None or not _same_lines(before, table):
            self._body.forget_rows()
        sorted_anew = before is not None and before.arrangement.deciding != table.arrangement.deciding
        if before is None or sorted_anew or before.columns != table.columns:
            self._column = same_column(before, self._column, table)
        self._column_moved(0, may_repaint=False)
        if sorted_anew:
            self._bring_in_sight(table.deciding)
        self._tell_highlighted(by_user=False)
        # After a refresh most lines are as they were but for a few figures; after a sort each is another one.
        self._repaint_changed(within_lines=before is not None and before.arrangement == table.arrangement)

    def _stand_in(self, before: Table | None, table: Table) -> None:
        """Put the cursor where it belongs among the rows of the table."""
        left = self._highlighted
        followed = self._followed.id if self._followed is not None else None
        highlighted = left.id if left is not None else None
        stays = stays_with(before, table, highlighted, followed=followed, marked=bool(self.marked), moved=self._moved)
        row_before = self._viewport.row
        if stays is None:
            self._viewport, self._moved = Viewport().within(len(table), self._body_height), False
            return
        row = table.row_of(stays)
        self._moved = self._moved or stays == followed  # It is kept, too, once it is followed no more.
        self._viewport = self._viewport.following(row, len(table), self._body_height)
        same_answer = before is None or before.snapshot.answer is table.snapshot.answer
        if same_answer or left is None or left.id != stays or before is None:
            return
        far = row is None or abs(row - row_before) > self._body_height
        asked_anew = before.snapshot.query == table.snapshot.query
        if far and (row is not None or asked_anew):
            self.post_message(self.Carried(left, row_before, row))

    def watch_marked(self, before: frozenset[str], marked: frozenset[str]) -> None:
        """Repaint the lines whose mark came or went."""
        known = self.table.snapshot.position_of if self.table is not None else {}
        self._body.forget_rows(known[one] for one in before ^ marked if one in known)
        self._repaint_changed()

    def watch_message(self) -> None:
        """Repaint what the sentences cover."""
        self._repaint_changed()

    def watch_has_focus(self, _has_focus: bool) -> None:
        """The cursor looks otherwise while the keyboard is elsewhere; nothing else does."""
        super().watch_has_focus(_has_focus)
        self._repaint_changed()

    def _tell_highlighted(self, *, by_user: bool = True) -> None:
        now = self.table.connection(self._viewport.row) if self.table is not None and len(self.table) else None
        if now != self._highlighted:
            self._highlighted = now
            self.post_message(self.Highlighted(now, by_user))

    # Drawing

    def render_line(self, y: int) -> Strip:
        """One line of the screen."""
        return self._painted.line(y, self._state_of()(y), self.size.width)

    def render_lines(self, crop: Region) -> list[Strip]:
        """The lines that the compositor wants."""
        return self._painted.lines(crop, self._state_of)

    def _state_of(self) -> Callable[[int], LineState]:
        table, size = self.table, self.size
        if table is None or not len(table):
            return message_state_of(self.message, size)
        cursor = "cursor" if self.has_focus else "cursor-away"
        shown = self._shown_layout(table)
        return self._body.state_of(table, shown, self._viewport, self.marked, self._column, size, cursor)

    def _shown_layout(self, table: Table) -> Layout:
        # After a resize lines are painted before the widget is told of it.
        if self._layout is None or (self._layout.width, self._layout.edge) != (self.size.width, self._edge):
            self._body.forget_rows()
            self._layout = layout(table, self._first_column, self.size.width, self._edge)
        return self._layout

    def notify_style_update(self) -> None:
        """The theme changed."""
        super().notify_style_update()
        self._painted.forget_styles()

    def _repaint_changed(self, *, within_lines: bool = False) -> None:
        # Of the last line mostly one number differs.
        last = (self.size.height - 1,)
        if dirty := self._painted.differing(self._state_of(), within_lines=within_lines, within=last):
            self.refresh(*dirty)

    def on_resize(self) -> None:
        """Keep the cursor in sight; everything was painted in this size already, with the view from before it."""
        self._viewport = self._viewport.within(self._rows, self._body_height)
        self._column_moved(0, may_repaint=True)

    # Moving

    def action_move(self, rows: int) -> None:
        """Move the cursor; at the edge of the view the view moves by half a page."""
        self._show(self._viewport.moved_to(self._viewport.row + rows, self._rows, self._body_height))

    def action_page(self, pages: int) -> None:
        """Move the view by whole pages, and the cursor with it."""
        self._show(self._viewport.paged(pages, self._rows, self._body_height))

    def action_first_row(self) -> None:
        """To the first row, to stay at the top whatever comes."""
        self._show(self._viewport.moved_to(0, self._rows, self._body_height))
        self._moved = self._followed is not None

    def action_last_row(self) -> None:
        """To the last row."""
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
        """Move the cursor sideways; columns out of sight come in."""
        self._column_moved(columns, may_repaint=True)

    def _column_moved(self, columns: int, *, may_repaint: bool) -> None:
        table = self.table
        if table is None:
            return
        self._column = max(0, min(self._column + columns, len(table.columns) - 1))
        # Onto a column that stays, everything that scrolls goes back.
        first = None if columns and self._column < self._shown_layout(table).frozen else self._first_column
        shown = scrolled_to(table, self._column, first, self.size.width, self._edge)
        self._first_column = shown.first
        if shown != self._layout:
            self._body.forget_rows()
            self._layout = shown
            self.post_message(self.SightChanged())
        if may_repaint:
            self._repaint_changed()

    def _bring_in_sight(self, position: int | None) -> None:
        """Back to where nothing is scrolled away, on this column, if it cannot be seen."""
        if self.table is None or position is None or self._shown_layout(self.table).place_of(position) is not None:
            return
        self._column = position
        self._first_column = None
        self._column_moved(0, may_repaint=False)

    def action_widen(self, columns: int) -> None:
        """Ask for more or less room for the column under the cursor, as far as that shows."""
        if self.table is None or not self.table.columns:
            return
        shown = self._shown_layout(self.table)
        place = shown.place_of(self._column)
        if place is not None and (by := shown.room_to_widen(place, columns)):
            self.post_message(self.Widened(place.column.key, by))

    # The mouse

    def on_click(self, event: events.Click) -> None:
        """A heading sorts, a row takes the cursor, and the second click of a double click opens it."""
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
        # Where a refresh moved the rows between the two clicks, the second one only moves the cursor.
        if event.chain == 2 and row == self._viewport.row and self._highlighted is not None:
            self.post_message(self.Opened(self._highlighted))
        self._show(self._viewport.moved_to(row, len(table), self._body_height))

    def on_mouse_scroll_down(self, event: events.MouseScrollDown) -> None:
        """The wheel moves the view, with shift sideways; the cursor stays in it."""
        self._wheel(event, 1, sideways=event.shift)

    def on_mouse_scroll_up(self, event: events.MouseScrollUp) -> None:
        """The wheel moves the view, with shift sideways; the cursor stays in it."""
        self._wheel(event, -1, sideways=event.shift)

    def on_mouse_scroll_right(self, event: events.MouseScrollRight) -> None:
        """A wheel that tilts moves the view sideways."""
        self._wheel(event, 1, sideways=True)

    def on_mouse_scroll_left(self, event: events.MouseScrollLeft) -> None:
        """A wheel that tilts moves the view sideways."""
        self._wheel(event, -1, sideways=True)

    def _wheel(self, event: events.MouseEvent, notches: int, *, sideways: bool) -> None:
        event.stop()
        if not sideways:
            self._show(self._viewport.scrolled(notches * WHEEL_ROWS, self._rows, self._body_height))
        elif self.table is not None:
            shown = scrolled_by(self.table, self._shown_layout(self.table), notches)
            self._first_column, self._column = shown.first, shown.nearest(self._column)
            self._column_moved(0, may_repaint=True)


def _same_lines(before: Table, table: Table) -> bool:
    """Whether each connection's line is as it was, wherever it stands now."""
    same_order = before.arrangement.deciding == table.arrangement.deciding
    return before.snapshot is table.snapshot and before.columns == table.columns and same_order
