"""The content of the grid's lines, cached as long as it is unchanged."""

from collections.abc import Callable, Iterable, Set
from typing import Final

from textual.geometry import Size

from cnm_tui.core.exploration.remarks import position_ways
from cnm_tui.core.table.row_words import row_count
from cnm_tui.core.table.sorting import sort_arrows
from cnm_tui.core.table.table import Table
from cnm_tui.tui.terminal.painted import LineState, Run
from cnm_tui.tui.widgets.grid_layout import Layout
from cnm_tui.tui.widgets.grid_line import (
    TINTS,
    body_runs,
    heading_runs,
    message_lines,
    total_runs,
    totals_text,
    with_cell,
    with_scroll_mark,
)
from cnm_tui.tui.widgets.viewport import Viewport

HEADING: Final = 0
MOST_ROWS_KEPT: Final = 1_000
"""Maximum number of cached lines, so that cursor moves format no row again."""


class GridBody:
    """The lines from the heading to the totals."""

    def __init__(self) -> None:
        self._runs: dict[int, tuple[Run, ...]] = {}
        """Lines by a connection's position in the snapshot, as a filter or sort only moves lines."""
        self._ends: tuple[tuple[Table, Layout, int], tuple[Run, ...], int, str] | None = None

    def forget_rows(self, positions: Iterable[int] | None = None) -> None:
        """Drop the cached lines of these connections; None for all."""
        if positions is None:
            self._runs.clear()
            return
        for position in positions:
            self._runs.pop(position, None)

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
        """Return a function for the state of each line; common parts are computed once.

        Args:
            table: The rows.
            shown: The visible columns.
            viewport: The visible rows.
            marked: The ids of marked connections.
            column: The position of the column at the cursor.
            size: Size of the grid.
            cursor: Style of the line at the cursor.
            tinted: True to paint ill rows on the tint of their severity.
        """
        rows, last = len(table), max(1, size.height - 2)
        heading, figures_at, figures = self._ends_of(table, shown, column)
        ways = [row_count(table)] if rows <= last else position_ways(viewport.row + 1, rows)
        total, end = total_runs(ways, figures_at, figures), shown.end
        marks = viewport.scroll_marks(rows, last)
        cell = shown.place_of(column)

        def state(y: int) -> LineState:
            if y == HEADING:
                return heading, "heading"
            if y > last:
                return total, "total"
            row = viewport.top + y - 1
            if row >= rows:
                return (), ""
            runs = self._row_runs(table, row, shown, marked)
            tint = TINTS.get(runs[0][1], "") if tinted else ""
            if row == viewport.row and cell is not None:
                runs = with_cell(runs, cell, cursor)
            if (mark := marks.get(y - 1)) is not None:
                runs = with_scroll_mark(runs, mark, end, size.width)
            return runs, cursor if row == viewport.row else tint

        return state

    def _ends_of(self, table: Table, shown: Layout, column: int) -> tuple[tuple[Run, ...], int, str]:
        """Return the heading, the line of the totals, and their content."""
        key = (table, shown, column)
        if self._ends is None or self._ends[0] != key:
            arrows = sort_arrows(table.sort, table.snapshot.endpoint)
            self._ends = (key, heading_runs(shown, arrows, column), *totals_text(table, shown))
        return self._ends[1:]

    def _row_runs(self, table: Table, row: int, shown: Layout, marked: Set[str]) -> tuple[Run, ...]:
        position = table.order[row]
        runs = self._runs.get(position)
        if runs is None:
            if len(self._runs) >= MOST_ROWS_KEPT:
                self._runs.clear()
            is_marked = table.connection_id(row) in marked
            runs = self._runs[position] = body_runs(table, row, shown, marked=is_marked)
        return runs


def message_state_of(message: str, size: Size) -> Callable[[int], LineState]:
    """Return a function for the state of each line of a text in place of rows."""
    lines = message_lines(message, size.width, size.height)

    def state(y: int) -> LineState:
        return ((lines[y], "message"),) if y < len(lines) else (), ""

    return state
