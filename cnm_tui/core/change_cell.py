"""What stands in one line of a table that is compared: changes beside the figures, and old figures of what is gone."""

from collections.abc import Sequence
from typing import Final

from cnm_tui.core.cell import Cell
from cnm_tui.core.change_metrics import CHANGES, Change
from cnm_tui.core.columns import Column
from cnm_tui.core.compare import Compared
from cnm_tui.core.snapshot import Snapshot

_WORDS: Final = {"new": "new", "gone": "gone", "unsure": "limit?"}
"""What stands in place of a change where the connection is only in one of the answers."""


def compared_cells(snapshot: "Snapshot", position: int, columns: Sequence[Column], plain: Sequence[Cell]) -> list[Cell]:
    """The cells of the connection there, given what they would be if nothing was compared."""
    if not isinstance(snapshot, Compared):
        return list(plain)
    return [_cell(snapshot, position, column, cell) for column, cell in zip(columns, plain, strict=True)]


def _cell(compared: Compared, position: int, column: Column, plain: Cell) -> Cell:
    gone, metric = compared.is_gone(position), column.metric
    if metric is None:
        return Cell(plain.text, "gone") if gone else plain
    if (change := CHANGES.get(column.key)) is not None:
        return _change_cell(compared, position, change, column)
    return Cell(metric.scale.cell(compared.pair(metric, position).before), "gone") if gone else plain


def _change_cell(compared: Compared, position: int, change: Change, column: Column) -> Cell:
    if (word := _WORDS.get(compared.standing(position))) is not None:
        return Cell(word, compared.standing(position))
    number = compared.pair(change.of, position).told(change.form)
    text = column.metric.scale.cell(number) if column.metric is not None else ""
    if not number:
        return Cell(text, "absent" if number is None else "zero")
    return Cell(text, compared.verdict(change.of, position))
