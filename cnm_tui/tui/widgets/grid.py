"""The visible part of a table: drawn by lines, driven by keys, kept in place across refreshes."""

from collections.abc import Callable
from dataclasses import dataclass
from typing import ClassVar, Final

from textual import events
from textual.binding import Binding, BindingType
from textual.geometry import Region
from textual.message import Message
from textual.reactive import reactive
from textual.strip import Strip
from textual.widget import Widget

from cnm_tui.core.row_words import row_count
from cnm_tui.core.snapshot import Connection
from cnm_tui.core.table import Table
from cnm_tui.core.trail import Place
from cnm_tui.tui.widgets.grid_layout import Layout, layout, same_column, scrolled_to
from cnm_tui.tui.widgets.grid_line import PAINTS, body_runs, heading_runs, message_lines, total_runs
from cnm_tui.tui.widgets.painted import LineState, Painted, Run
from cnm_tui.tui.widgets.viewport import Viewport

HEADING: Final = 0
WHEEL_ROWS: Final = 3
CURSORS: Final = ("cursor", "cursor-away")
MOST_ROWS_KEPT: Final = 1_000
"""Lines formatted and kept, so that a row is not formatted again when only the cursor moves."""


class Grid(Widget, can_focus=True):
    """A table of any length at the cost of the lines in sight.

    Given up for that: columns have fixed widths, a row is one line, scrolling sideways goes by whole columns, there
    is no scroll bar, and when the cursor leaves the view the view moves by half a page at once, so that a held key
    repaints the screen once in many rows instead of at each.
    """

    DEFAULT_CSS = "Grid { height: 1fr; width: 1fr; background: $background; color: $foreground; }"
    BINDINGS: ClassVar[list[BindingType]] = [
        Binding("down,j", "move(1)", "Next row", id="grid.down", show=False),
        Binding("up,k", "move(-1)", "Row before", id="grid.up", show=False),
        Binding("pagedown", "page(1)", "Next page", id="grid.page_down", show=False),
        Binding("pageup", "page(-1)", "Page before", id="grid.page_up", show=False),
        Binding("home,g", "first_row", "First row", id="grid.first", show=False),
        Binding("end,G", "last_row", "Last row", id="grid.last", show=False),
        Binding("right,l", "move_column(1)", "Next column", id="grid.right", show=False),
        Binding("left,h", "move_column(-1)", "Column before", id="grid.left", show=False),
        Binding("ctrl+right", "widen(4)", "Widen this column", id="grid.widen", show=False),
        Binding("ctrl+left", "widen(-4)", "Narrow this column", id="grid.narrow", show=False),
    ]

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
        """A row was clicked that already had the cursor."""

        connection: Connection

    def __init__(self) -> None:
        super().__init__()
        self._viewport = Viewport()
        self._column = 0
        self._first_column: int | None = None
        self._highlighted: Connection | None = None
        self._starts_over = False
        """Whether the next answer is read from its top."""
        self._layout: Layout | None = None
        self._runs: dict[int, tuple[Run, ...]] = {}
        """By the position of a connection in the snapshot: a filter or another order moves a line, and changes none."""
        self._ends: tuple[tuple[Table, Layout, int], tuple[Run, ...], tuple[Run, ...]] | None = None
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
    def place(self) -> Place:
        """Where the user stands."""
        highlighted = self._highlighted.id if self._highlighted is not None else None
        return Place(highlighted, self._viewport.wanted_top, self.cursor_column)

    def return_to(self, place: Place) -> None:
        """Stand where the user stood, as far as it is still there and there is the room of then, or is again."""
        self._starts_over = False
        if self.table is None:
            return
        row = self.table.row_of(place.connection_id) if place.connection_id is not None else None
        left = Viewport(place.top if row is None else row, place.top, place.top)
        self._viewport = left.within(self._rows, self._body_height)
        keys = [column.key for column in self.table.columns]
        self._column = keys.index(place.column) if place.column in keys else self._column
        self._column_moved(0, may_repaint=False)
        self._tell_highlighted(by_user=False)
        self._repaint_changed()

    def start_over(self) -> None:
        """Read what comes next from its top, and the answer too that comes after it, unless the cursor is moved."""
        self._starts_over = True

    @property
    def _body_height(self) -> int:
        return max(1, self.size.height - 2)

    @property
    def _rows(self) -> int:
        return len(self.table) if self.table is not None else 0

    def watch_table(self, before: Table | None, table: Table | None) -> None:
        """Stay on the connection by its id; move the view only if it would be out of sight."""
        if table is None:
            return
        kept = table.row_of(self._highlighted.id) if self._highlighted is not None else None
        same_rows = before is None or before.snapshot.query.group_bys == table.snapshot.query.group_bys
        if self._starts_over or not same_rows:
            # Other things stand in the rows now, or in another order, and what is looked for stands first.
            self._viewport, kept = Viewport(), None
            self._starts_over = self._starts_over and before is not None and before.snapshot is table.snapshot
        self._viewport = self._viewport.following(kept, len(table), self._body_height)
        if before is None or not _same_lines(before, table):
            self._runs.clear()
        sorted_anew = before is not None and before.arrangement.deciding != table.arrangement.deciding
        if before is None or sorted_anew or before.columns != table.columns:
            self._column = same_column(before, self._column, table)
            self._column_moved(0, may_repaint=False)
        if sorted_anew:
            self._bring_in_sight(table.deciding)
        self._tell_highlighted(by_user=False)
        # After a refresh most lines are as they were but for a few figures; after a sort each is another one.
        self._repaint_changed(within_lines=before is not None and before.arrangement == table.arrangement)

    def watch_marked(self, before: frozenset[str], marked: frozenset[str]) -> None:
        """Repaint the lines whose mark came or went."""
        for connection_id in before ^ marked:
            if self.table is not None and (at := self.table.snapshot.position_of.get(connection_id)) is not None:
                self._runs.pop(at, None)
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
        """What stands in each line, with all that lines have in common looked up once."""
        table, size = self.table, self.size
        if table is None or not len(table):
            return self._message_state_of()
        shown = self._shown_layout(table)
        heading, total = self._ends_of(table, shown)
        viewport, rows, last = self._viewport, len(table), max(1, size.height - 2)
        cursor = "cursor" if self.has_focus else "cursor-away"

        def state(y: int) -> LineState:
            if y == HEADING:
                return heading, "heading"
            if y > last:
                return total, "total"
            row = viewport.top + y - 1
            if row >= rows:
                return (), ""
            return self._row_runs(table, row, shown), cursor if row == viewport.row else ""

        return state

    def _message_state_of(self) -> Callable[[int], LineState]:
        lines = message_lines(self.message, self.size.width, self.size.height)

        def state(y: int) -> LineState:
            return ((lines[y], "message"),) if y < len(lines) else (), ""

        return state

    def _ends_of(self, table: Table, shown: Layout) -> tuple[tuple[Run, ...], tuple[Run, ...]]:
        """The heading and the totals."""
        key = (table, shown, self._column)
        if self._ends is None or self._ends[0] != key:
            heading = heading_runs(shown, table.arrangement.sort, self._column)
            self._ends = (key, heading, total_runs(table, shown, row_count(table)))
        return self._ends[1:]

    def _row_runs(self, table: Table, row: int, shown: Layout) -> tuple[Run, ...]:
        position = table.order[row]
        runs = self._runs.get(position)
        if runs is None:
            if len(self._runs) >= MOST_ROWS_KEPT:
                self._runs.clear()
            marked = table.connection_id(row) in self.marked
            runs = self._runs[position] = body_runs(table, row, shown.places, marked=marked)
        return runs

    def _shown_layout(self, table: Table) -> Layout:
        # After a resize lines are painted before the widget is told of it.
        if self._layout is None or self._layout.width != self.size.width:
            self._runs.clear()
            self._layout = layout(table, self._first_column, self.size.width)
        return self._layout

    def notify_style_update(self) -> None:
        """The theme changed."""
        super().notify_style_update()
        self._painted.forget_styles()

    def _repaint_changed(self, *, within_lines: bool = False) -> None:
        if dirty := self._painted.differing(self._state_of(), within_lines=within_lines):
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
        """To the first row."""
        self._show(self._viewport.moved_to(0, self._rows, self._body_height))

    def action_last_row(self) -> None:
        """To the last row."""
        self._show(self._viewport.moved_to(self._rows - 1, self._rows, self._body_height))

    def _show(self, viewport: Viewport) -> None:
        self._starts_over = False
        self._viewport = viewport
        self._tell_highlighted()
        self._repaint_changed()

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
        shown = scrolled_to(table, self._column, first, self.size.width)
        self._first_column = shown.first
        if shown != self._layout:
            self._runs.clear()
            self._layout = shown
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
        """A heading sorts, a row takes the cursor, the row with the cursor opens."""
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
        if row == self._viewport.row and self._highlighted is not None:
            self.post_message(self.Opened(self._highlighted))
        self._show(self._viewport.moved_to(row, len(table), self._body_height))

    def on_mouse_scroll_down(self, event: events.MouseScrollDown) -> None:
        """The wheel moves the view; the cursor stays in it."""
        self._wheel(WHEEL_ROWS)
        event.stop()

    def on_mouse_scroll_up(self, event: events.MouseScrollUp) -> None:
        """The wheel moves the view; the cursor stays in it."""
        self._wheel(-WHEEL_ROWS)
        event.stop()

    def _wheel(self, lines: int) -> None:
        self._show(self._viewport.scrolled(lines, self._rows, self._body_height))


def _same_lines(before: Table, table: Table) -> bool:
    """Whether each connection's line is as it was, wherever it stands now."""
    same_order = before.arrangement.deciding == table.arrangement.deciding
    return before.snapshot is table.snapshot and before.columns == table.columns and same_order
