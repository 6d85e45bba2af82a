"""Make the table cells for the rows of a snapshot."""

from collections.abc import Callable, Sequence

from cnm_tui.core.snapshot import Snapshot
from cnm_tui.core.table.change_cell import compared_cells
from cnm_tui.core.table.columns import Cell, CellOf, Column, figure_cell, group_cell


class RowCells:
    """Makes the table cells for the rows of a snapshot. For each column, a function that makes cells is created
    once.
    """

    def __init__(self, snapshot: Snapshot, previous: Snapshot | None) -> None:
        """Store the snapshot. Cells are made later.

        Args:
            snapshot: The snapshot with the rows.
            previous: The previous snapshot. Numbers that differ from it are marked. None to mark nothing.
        """
        self._snapshot = snapshot
        self._previous = previous
        self._functions: dict[str, CellOf] = {}

    def in_columns(self, columns: Sequence[Column]) -> Callable[[int], list[Cell]]:
        """Return a function that makes the cells of one row in these columns.

        The argument of the returned function is the position of the row in the snapshot.
        """
        snapshot, previous = self._snapshot, self._previous
        functions = [(self._function(column), column.extra) for column in columns]

        def cells(position: int) -> list[Cell]:
            connection = snapshot.connections[position]
            before = None if previous is None else previous.counters_of(connection.id)
            plain = [
                cell_of(connection, before) if extra is None else extra.cell(snapshot, position)
                for cell_of, extra in functions
            ]
            return plain if snapshot.baseline is None else compared_cells(snapshot, position, columns, plain)

        return cells

    def _function(self, column: Column) -> CellOf:
        key = column.key + column.unit
        function = self._functions.get(key)
        if function is None:
            group, metric, seconds = column.group or 0, column.metric, self._snapshot.window.seconds
            if metric is None:
                function = group_cell(group, self._snapshot.constant(group))
            else:
                seconds_before = seconds if self._previous is None else self._previous.window.seconds
                function = figure_cell(metric, seconds, seconds_before, column.scale)
            self._functions[key] = function
        return function
