"""Make the table cells for the rows of a snapshot."""

from collections.abc import Callable, Sequence
from functools import partial
from typing import TYPE_CHECKING

from cnm_tui.core import diagnosis
from cnm_tui.core.metrics.extra import FINDING
from cnm_tui.core.snapshot import Snapshot
from cnm_tui.core.table.change_cell import compared_cells
from cnm_tui.core.table.columns import Cell, CellOf, Column, as_changed, figure_cell, group_cell

if TYPE_CHECKING:
    from cnm_tui.core.findings.rule import Found

FoundBefore = Sequence["Found"]
"""The findings of the previous answer's rows, in its order. Empty if they are not known."""


class RowCells:
    """Makes the table cells for the rows of a snapshot. For each column, a function that makes cells is created
    once.
    """

    def __init__(self, snapshot: Snapshot, previous: Snapshot | None, found_before: FoundBefore) -> None:
        """Store the snapshot. Cells are made later.

        Args:
            snapshot: The snapshot with the rows.
            previous: The previous snapshot. Numbers that differ from it are marked. None to mark nothing.
            found_before: The findings of the previous snapshot. Findings that differ from them are marked.
        """
        self._snapshot = snapshot
        self._previous = previous
        self._found_before = found_before
        self._functions: dict[str, CellOf] = {}

    def found_for(self, snapshot: Snapshot) -> FoundBefore:
        """Return the findings from which changes are marked in another snapshot of the same query.

        No finding is computed for this.
        """
        if snapshot.answer is self._snapshot.answer:
            return self._found_before
        known = diagnosis.known_diagnosis(self._snapshot.answer)
        return () if known is None else known.found

    def in_columns(self, columns: Sequence[Column]) -> Callable[[int], list[Cell]]:
        """Return a function that makes the cells of one row in these columns.

        The argument of the returned function is the position of the row in the snapshot.
        """
        snapshot, previous = self._snapshot, self._previous
        functions = [(self._function(column), self._extra_cells(column)) for column in columns]

        def cells(position: int) -> list[Cell]:
            connection = snapshot.connections[position]
            before = None if previous is None else previous.counters_of(connection.id)
            plain = [
                cell_of(connection, before) if extra_cell is None else extra_cell(position)
                for cell_of, extra_cell in functions
            ]
            return plain if snapshot.baseline is None else compared_cells(snapshot, position, columns, plain)

        return cells

    def _extra_cells(self, column: Column) -> Callable[[int], Cell] | None:
        """Return a function that makes the cells of an extra column. Return None for other columns."""
        if column.extra is None:
            return None
        cell_at = partial(column.extra.cell, self._snapshot)
        is_marked = column.key == FINDING.key and self._previous is not None and self._found_before
        return partial(self._finding_cell, cell_at) if is_marked else cell_at

    def _finding_cell(self, cell_at: Callable[[int], Cell], position: int) -> Cell:
        """Return the cell of a finding, marked if the previous snapshot had another finding for this row."""
        cell, known = cell_at(position), diagnosis.known_diagnosis(self._snapshot)
        before = {} if self._previous is None else self._previous.position_of
        was = before.get(self._snapshot.connections.ids[position])
        if known is None or was is None:
            return cell
        now, then = known.found[position], self._found_before[was]
        same = (now.code, now.severity) == (then.code, then.severity)
        return cell if same else Cell(cell.text, as_changed(cell.kind))

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
