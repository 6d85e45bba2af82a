"""The visible part of a table: drawn by lines, driven by keys, kept in place across refreshes."""

from dataclasses import dataclass
from typing import ClassVar, Final

from rich.segment import Segment
from rich.style import Style
from textual import events
from textual.binding import Binding, BindingType
from textual.geometry import Region, Size
from textual.message import Message
from textual.reactive import reactive
from textual.strip import Strip
from textual.widget import Widget

from cnm_tui.core.snapshot import Connection
from cnm_tui.core.table import Table
from cnm_tui.core.text import clean, wrapped
from cnm_tui.core.units import plural
from cnm_tui.tui.widgets.grid_line import Layout, Run, body_runs, heading_runs, layout, total_runs

HEADING: Final = 0
WHEEL_ROWS: Final = 3
MESSAGE_MARGIN: Final = 2
CURSORS: Final = ("cursor", "cursor-away")
MOST_ROWS_KEPT: Final = 1_000
"""Lines formatted and kept, so that a row is not formatted again when only the cursor moves."""

LineState = tuple[tuple[Run, ...], str]
"""The runs of a line and the style under all of them: enough to tell whether it must be sent again."""


class Grid(Widget, can_focus=True):
    """A table of any length at the cost of the lines in sight.

    Given up for that: columns have fixed widths, a row is one line, scrolling sideways goes by whole columns, there
    is no scroll bar, and when the cursor leaves the view the view moves by half a page at once, so that a held key
    repaints the screen once in many rows instead of at each.
    """

    COMPONENT_CLASSES: ClassVar[set[str]] = {
        "grid--heading",
        "grid--cursor-column",
        "grid--sorted",
        "grid--cursor",
        "grid--cursor-away",
        "grid--message",
        "grid--quiet",
        "grid--changed",
        "grid--odd",
        "grid--bad",
        "grid--bar",
        "grid--sign",
        "grid--total",
    }
    DEFAULT_CSS = """
    Grid {
        height: 1fr; width: 1fr; background: $background; color: $foreground;
        & > .grid--heading { background: $surface; color: $text-muted; }
        & > .grid--cursor-column { background: $surface; color: $accent; text-style: bold underline; }
        & > .grid--sorted { background: $surface; color: $foreground; text-style: bold; }
        & > .grid--cursor { background: $block-cursor-background; color: $block-cursor-foreground; }
        & > .grid--cursor-away { background: $panel; color: $foreground; }
        & > .grid--message { color: $text-muted; }
        & > .grid--quiet { color: $text-disabled; }
        & > .grid--changed { text-style: bold; }
        & > .grid--odd { color: $warning; }
        & > .grid--bad { color: $error; }
        & > .grid--bar { background: $panel; }
        & > .grid--sign { color: $accent; text-style: bold; }
        & > .grid--total { background: $surface; color: $text-muted; }
    }
    """
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
    class Opened(Message):
        """A row was clicked that already had the cursor."""

        connection: Connection

    def __init__(self, *, id: str | None = None) -> None:
        super().__init__(id=id)
        self._row = 0
        self._top = 0
        self._column = 0
        self._first_column = 0
        self._highlighted: Connection | None = None
        self._widened: dict[str, int] = {}
        self._layout: Layout | None = None
        self._runs: dict[int, tuple[Run, ...]] = {}
        self._painted: dict[int, LineState] = {}
        self._painted_size = Size(0, 0)
        self._styles: dict[tuple[str, str], Style] = {}

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
    def _body_height(self) -> int:
        return max(1, self.size.height - 2)

    def watch_table(self, before: Table | None, table: Table | None) -> None:
        """Stay on the connection by its id; move the view only if it would be out of sight."""
        if table is None:
            return
        kept = table.row_of(self._highlighted.id) if self._highlighted is not None else None
        line = self._row - self._top
        # A connection that is gone leaves the cursor where it was, on whatever stands there now.
        self._row = min(kept if kept is not None else self._row, max(0, len(table) - 1))
        if not self._top <= self._row < self._top + self._body_height:
            self._top = self._row - line
        self._top = self._clamped_top(self._top)
        self._runs.clear()
        self._column = min(self._column, len(table.columns) - 1)
        if before is None or before.columns != table.columns:
            self._column_moved(0, may_repaint=False)
        self._tell_highlighted(by_user=False)
        self._repaint_changed()

    def watch_marked(self) -> None:
        """Repaint the lines whose mark came or went."""
        self._runs.clear()
        self._repaint_changed()

    def watch_message(self) -> None:
        """Repaint what the sentences cover."""
        self._repaint_changed()

    def watch_has_focus(self, _has_focus: bool) -> None:
        """The cursor looks otherwise while the keyboard is elsewhere; nothing else does."""
        super().watch_has_focus(_has_focus)
        self._repaint_changed()

    def _clamped_top(self, top: int) -> int:
        rows = len(self.table) if self.table is not None else 0
        return max(0, min(top, rows - self._body_height))

    def _tell_highlighted(self, *, by_user: bool = True) -> None:
        now = self.table.connection(self._row) if self.table is not None and len(self.table) else None
        if now is not self._highlighted:
            self._highlighted = now
            self.post_message(self.Highlighted(now, by_user))

    # Drawing

    def render_line(self, y: int) -> Strip:
        """One line of the screen; the compositor asks only for those that were marked dirty."""
        width = self.size.width
        self._painted_size = self.size
        state = self._painted[y] = self._state(y)
        runs, under = state
        segments = [Segment(text, self._style(kind, under)) for text, kind in runs]
        return Strip(segments).adjust_cell_length(width, self._style("", under))

    def _state(self, y: int) -> LineState:
        table = self.table
        if table is None or not len(table):
            return self._message_runs(y), ""
        shown = self._shown_layout(table)
        if y == HEADING:
            return heading_runs(shown, table.arrangement.sort, self._column, self.size.width), "heading"
        if y > self._body_height:
            return total_runs(table, shown.places, plural(len(table), "row")), "total"
        row = self._top + y - 1
        if row >= len(table):
            return (), ""
        under = ("cursor" if self.has_focus else "cursor-away") if row == self._row else ""
        return self._row_runs(table, row, shown), under

    def _message_runs(self, y: int) -> tuple[Run, ...]:
        """The message's lines, a little away from the edges."""
        width = max(10, self.size.width - 2 * MESSAGE_MARGIN)
        lines = [line for paragraph in self.message.split("\n") for line in wrapped(clean(paragraph), width)]
        line = y - 1
        return ((" " * MESSAGE_MARGIN + lines[line], "message"),) if 0 <= line < len(lines) else ()

    def _row_runs(self, table: Table, row: int, shown: Layout) -> tuple[Run, ...]:
        runs = self._runs.get(row)
        if runs is None:
            if len(self._runs) >= MOST_ROWS_KEPT:
                self._runs.clear()
            marked = table.connection(row).id in self.marked
            runs = self._runs[row] = body_runs(table, row, shown.places, marked=marked)
        return runs

    def _shown_layout(self, table: Table) -> Layout:
        if self._layout is None:
            self._runs.clear()
            self._layout = self._layout_from(table, self._first_column)
        return self._layout

    def _layout_from(self, table: Table, first_column: int) -> Layout:
        return layout(table.columns, first_column, self.size.width, self._widened)

    _COMPONENT_OF: ClassVar[dict[str, str]] = {
        "zero": "quiet",
        "absent": "quiet",
        "cursor_column": "cursor-column",
        "marked": "sign",
        "new": "sign",
    }

    def _style(self, kind: str, under: str) -> Style:
        style = self._styles.get((kind, under))
        if style is None:
            style = self.rich_style
            if under and under not in CURSORS:
                style += self.get_component_rich_style(f"grid--{under}", partial=True)
            for word in kind.split():
                style += self.get_component_rich_style(f"grid--{self._COMPONENT_OF.get(word, word)}", partial=True)
            if under in CURSORS:
                style += self.get_component_rich_style(f"grid--{under}", partial=True)
            self._styles[kind, under] = style
        return style

    def notify_style_update(self) -> None:
        """The theme changed."""
        super().notify_style_update()
        self._styles = {}

    def _repaint_changed(self) -> None:
        """Mark as dirty only the lines that differ from what stands on the screen.

        The compositor sends whatever is marked, whether it changed or not.
        """
        width = self.size.width
        dirty = [
            Region(0, y, width, 1)
            for y in range(self.size.height)
            if y not in self._painted or self._painted[y] != self._state(y)
        ]
        if dirty:
            self.refresh(*dirty)

    def on_resize(self) -> None:
        """Keep the cursor in sight; the first resize comes after the first frame, which had this size already."""
        if self.size == self._painted_size:
            return
        self._painted, self._layout = {}, None
        self._top = self._clamped_top(self._top)
        if self._row >= self._top + self._body_height:
            self._top = self._clamped_top(self._row - self._body_height + 1)
        self._column_moved(0, may_repaint=False)
        self.refresh()

    # Moving

    def action_move(self, rows: int) -> None:
        """Move the cursor; at the edge of the view the view moves by half a page."""
        self._move_to(self._row + rows)

    def action_page(self, pages: int) -> None:
        """Move the view by whole pages, and the cursor with it."""
        if self.table is None:
            return
        height = self._body_height
        top = self._clamped_top(self._top + pages * height)
        moved = top - self._top
        self._top = top
        self._row = max(0, min(self._row + (moved or pages * height), len(self.table) - 1))
        self._tell_highlighted()
        self._repaint_changed()

    def action_first_row(self) -> None:
        """To the first row."""
        self._move_to(0)

    def action_last_row(self) -> None:
        """To the last row."""
        self._move_to(len(self.table) - 1 if self.table is not None else 0)

    def _move_to(self, row: int) -> None:
        if self.table is None or not len(self.table):
            return
        row = max(0, min(row, len(self.table) - 1))
        height = self._body_height
        self._row = row
        if not self._top <= row < self._top + height:
            self._top = self._clamped_top(row - height // 2)
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
        self._layout = None
        shown = self._shown_layout(table)
        if self._column < shown.frozen:
            first = self._first_column if columns == 0 else 0
        else:
            first = min(max(self._first_column, shown.frozen), self._column)
            while not self._whole_in_sight(self._layout_from(table, first)) and first < self._column:
                first += 1
        if first != self._first_column:
            self._first_column, self._layout = first, None
        if may_repaint:
            self._repaint_changed()

    def action_widen(self, columns: int) -> None:
        """Give the column under the cursor more or less room; it keeps it across refreshes."""
        if self.table is not None and (key := self.cursor_column) is not None:
            self._widened[key] = self._widened.get(key, 0) + columns
            self._column_moved(0, may_repaint=True)

    def _whole_in_sight(self, shown: Layout) -> bool:
        return any(place.position == self._column for place in shown.places)

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
        row = self._top + event.y - 1
        if event.y > self._body_height or row >= len(table):
            return
        if row == self._row and self._highlighted is not None:
            self.post_message(self.Opened(self._highlighted))
        self._move_to(row)

    def on_mouse_scroll_down(self, event: events.MouseScrollDown) -> None:
        """The wheel moves the view; the cursor stays in it."""
        self._wheel(WHEEL_ROWS)
        event.stop()

    def on_mouse_scroll_up(self, event: events.MouseScrollUp) -> None:
        """The wheel moves the view; the cursor stays in it."""
        self._wheel(-WHEEL_ROWS)
        event.stop()

    def _wheel(self, rows: int) -> None:
        self._top = self._clamped_top(self._top + rows)
        last = len(self.table) - 1 if self.table is not None else 0
        self._row = max(0, min(max(self._top, min(self._row, self._top + self._body_height - 1)), last))
        self._tell_highlighted()
        self._repaint_changed()
