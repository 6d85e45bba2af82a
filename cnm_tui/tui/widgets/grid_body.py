"""Create the screen lines of the grid: the heading, the rows and the totals. Unchanged lines are cached."""

from collections.abc import Callable, Iterable, Set
from typing import Final
from weakref import ref

from textual.geometry import Size

from cnm_tui.core.exploration.remarks import position_ways
from cnm_tui.core.metrics.extra import FINDING
from cnm_tui.core.table.row_words import row_count
from cnm_tui.core.table.sorting import sort_arrows
from cnm_tui.core.table.table import Table
from cnm_tui.tui.terminal.painted import LineState, Run
from cnm_tui.tui.widgets.grid_layout import Layout
from cnm_tui.tui.widgets.grid_line import (
    TINTS,
    heading_runs,
    message_lines,
    total_runs,
    totals_text,
    with_cell,
    with_scroll_mark,
)
from cnm_tui.tui.widgets.grid_row import RowDrawing
from cnm_tui.tui.widgets.viewport import Viewport

HEADING: Final = 0
MOST_ROWS_KEPT: Final = 1_000
"""Maximum number of cached lines, so that cursor moves format no row again."""


_MOST_ANSWERS_KEPT: Final = 2
"""Answers whose lines are cached: going back and forth between two draws none again."""


class _Rows:
    """A cache of the drawn lines for the rows of one response. It is dropped when something changes
    how all rows look."""

    def __init__(self, table: Table, shown: Layout) -> None:
        self._answers = [None if answer is None else ref(answer) for answer in (table.snapshot, table.previous)]
        self._look = _look_of(table, shown)
        self.may_wait = all(column.extra is None or column.extra.name is FINDING for column in table.columns)
        """False with a timeline, which is too large to be held for rows out of sight."""
        self.runs: dict[int, tuple[Run, ...]] = {}
        """Lines by a connection's position in the answer, as a filter or sort only moves lines."""

    def are_of(self, table: Table, shown: Layout) -> bool:
        """True if the rows of this table look the same as the cached rows, so that the cache can be used."""
        snapshot, previous = (None if answer is None else answer() for answer in self._answers)
        return snapshot is table.snapshot and previous is table.previous and self._look == _look_of(table, shown)


def _look_of(table: Table, shown: Layout) -> tuple[object, ...]:
    return table.arrangement.deciding, table.arrangement.pins, shown


class GridBody:
    """Creates all screen lines of the grid: the heading, the rows and the totals."""

    def __init__(self) -> None:
        self._rows: list[_Rows] = []
        """The rows in sight, then those of the answer before."""
        self._drawing: tuple[Table, Layout, RowDrawing] | None = None
        self._ends: tuple[tuple[Table, Layout, int], tuple[Run, ...], int, str] | None = None

    def forget_rows(self, positions: Iterable[int]) -> None:
        """Drop the cached lines of these connections, and the cached lines of other responses."""
        self._rows = self._rows[:1]
        for rows in self._rows:
            for position in positions:
                rows.runs.pop(position, None)

    def state_of(
        self,
        table: Table,
        shown: Layout,
        viewport: Viewport,
        marked: Set[str],
        column: int,
        size: Size,
        cursor: str,
        *,
        tinted: bool = False,
    ) -> Callable[[int], LineState]:
        """Return a function that takes a line number of the grid, and returns the content and the style of this line.
        The data that all lines need is calculated once, before the function is returned.

        Args:
            table: The table with the rows.
            shown: The visible columns.
            viewport: The visible rows.
            marked: The ids of the marked connections.
            column: The position of the column at the cursor.
            size: The size of the grid on the screen.
            cursor: The style of the line at the cursor.
            tinted: True to give rows with a problem the background colour of their severity.
        """
        rows, last = len(table), max(1, size.height - 2)
        heading, figures_at, figures = self._ends_of(table, shown, column)
        ways = [row_count(table)] if rows <= last else position_ways(viewport.row + 1, rows)
        total, end = total_runs(ways, figures_at, figures), shown.end
        marks = viewport.scroll_marks(rows, last)
        cell = shown.place_of(column)
        known = self._known_runs(table, shown)

        def state(y: int) -> LineState:
            if y == HEADING:
                return heading, "heading"
            if y > last:
                return total, "total"
            row = viewport.top + y - 1
            if row >= rows:
                return (), ""
            runs = self._row_runs(known, table, row, shown, marked)
            tint = TINTS.get(runs[0][1], "") if tinted else ""
            if row == viewport.row and cell is not None:
                runs = with_cell(runs, cell, cursor)
            if (mark := marks.get(y - 1)) is not None:
                runs = with_scroll_mark(runs, mark, end, size.width)
            return runs, cursor if row == viewport.row else tint

        return state

    def _ends_of(self, table: Table, shown: Layout, column: int) -> tuple[tuple[Run, ...], int, str]:
        """Return the data for the first and the last line of the grid, which show the headings and the totals.

        Returns:
            The heading line, the terminal column at which the totals begin in the last line, and the text of the
            totals.
        """
        key = (table, shown, column)
        if self._ends is None or self._ends[0] != key:
            arrows = sort_arrows(table.sort, table.snapshot.endpoint)
            self._ends = (key, heading_runs(shown, arrows, column), *totals_text(table, shown))
        return self._ends[1:]

    def _known_runs(self, table: Table, shown: Layout) -> dict[int, tuple[Run, ...]]:
        """Return the cache of drawn lines for the rows of this table. It is empty if the rows now look different. The
        dictionary keys are the positions of the connections in the response."""
        rows = next((rows for rows in self._rows if rows.are_of(table, shown)), None) or _Rows(table, shown)
        others = [other for other in self._rows if other is not rows and other.may_wait]
        self._rows = [rows, *others][:_MOST_ANSWERS_KEPT]
        return rows.runs

    def _row_runs(
        self, known: dict[int, tuple[Run, ...]], table: Table, row: int, shown: Layout, marked: Set[str]
    ) -> tuple[Run, ...]:
        position = table.order[row]
        runs = known.get(position)
        if runs is None:
            if len(known) >= MOST_ROWS_KEPT:
                known.clear()
            is_marked = table.connection_id(row) in marked
            runs = known[position] = self._drawing_of(table, shown).runs(row, marked=is_marked)
        return runs

    def _drawing_of(self, table: Table, shown: Layout) -> RowDrawing:
        known = self._drawing
        if known is None or known[0] is not table or known[1] is not shown:
            known = self._drawing = (table, shown, RowDrawing(table, shown))
        return known[2]


def message_state_of(message: str, size: Size) -> Callable[[int], LineState]:
    """Return a function that takes a line number of the grid, and returns the content and the style of this line. The
    lines show a message in place of the rows."""
    lines = message_lines(message, size.width, size.height)

    def state(y: int) -> LineState:
        return ((lines[y], "message"),) if y < len(lines) else (), ""

    return state
