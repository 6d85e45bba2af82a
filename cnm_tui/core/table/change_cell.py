"""Make the table cells of a comparison of two snapshots. The cells show changes.

For a connection that no longer exists, the cells show the old numbers.
"""

from collections.abc import Sequence
from typing import Final

from cnm_tui.core.compare.change_metrics import JUDGED_BY, PERCENTAGE, Change, changes
from cnm_tui.core.compare.comparison import Compared
from cnm_tui.core.metrics.metric import Metric
from cnm_tui.core.snapshot import Snapshot
from cnm_tui.core.table.columns import Cell, Column

_WORDS: Final = {"new": "new", "gone": "gone", "unsure": "limit?"}
"""Text in place of a change for a connection that is in one answer only."""


def compared_cells(snapshot: Snapshot, position: int, columns: Sequence[Column], plain: Sequence[Cell]) -> list[Cell]:
    """Return the table cells of a connection in a comparison.

    The argument `plain` contains the cells that the connection has without a comparison.
    """
    if not isinstance(snapshot, Compared):
        return list(plain)
    standing, gone = snapshot.standing(position), snapshot.is_gone(position)
    in_both = standing not in _WORDS
    cells = []
    told = changes(snapshot.endpoint)
    for column, cell in zip(columns, plain, strict=True):
        if column.metric is JUDGED_BY:
            cells.append(_judged_by_cell(snapshot, position, column))
        elif (change := told.get(column.key)) is not None and column.metric is not None:
            cell_of_change = (
                _change_cell(snapshot, position, change, column.metric) if in_both else Cell(_WORDS[standing], standing)
            )
            cells.append(cell_of_change)
        else:
            cells.append(_cell_of_gone(snapshot, position, column, cell) if gone else cell)
    return cells


def _judged_by_cell(compared: Compared, position: int, column: Column) -> Cell:
    """Return the cell with the first metric in which a row became worse or better, and the change of this metric."""
    figures = compared.judged_by(position)
    if not figures:
        return Cell("".ljust(column.metric.scale.width if column.metric else 0))
    ratio = compared.pair(figures[0], position).ratio
    change = "" if ratio is None else PERCENTAGE.text(ratio)
    return Cell(f"{figures[0].label} {change}".rstrip(), f"by {compared.standing(position)}")


def _cell_of_gone(compared: Compared, position: int, column: Column, plain: Cell) -> Cell:
    """Return a cell of a row that only the older snapshot contains. A metric's cell shows the old number.

    A group-by's cell keeps its text, and any other cell is empty.
    """
    if column.metric is None:
        return Cell(plain.text if column.is_group else "", "gone")
    return Cell((column.scale or column.metric.scale).cell(compared.pair(column.metric, position).before), "gone")


def _change_cell(compared: Compared, position: int, change: Change, told: Metric) -> Cell:
    pair = compared.pair(change.of, position)
    number = pair.in_form(change.form)
    text = told.scale.cell(number)
    if not number:
        return Cell(text, "absent" if number is None else "zero")
    return Cell(text, compared.verdict(change.of, position) or ("thin" if change.of.is_judged else ""))
