"""Find the columns of a table in which all rows have the same value. Such columns do not help to compare rows."""

from collections.abc import Iterator, Sequence
from typing import NamedTuple

from cnm_tui.core.table.columns import Column
from cnm_tui.core.table.table import Table


class Agreed(NamedTuple):
    """A table column that has the same value in all rows, with the text of this value."""

    column: Column
    text: str
    """The value, as shown."""


def agreed_columns(table: Table) -> list[Agreed]:
    """Return the columns in which all displayed rows have the same value. The list is empty for fewer than two rows."""
    return list(_agreed(table)) if len(table) > 1 else []


def _agreed(table: Table) -> Iterator[Agreed]:
    for column in table.columns:
        first, *others = (_text(table, row, column) for row in (0, len(table) - 1))
        # Most columns differ between the first and the last row already.
        if all(other == first for other in others) and _all_agree(table, column, first):
            yield Agreed(column, first)


def agree(table: Table, values: Sequence[object]) -> bool:
    """True if `values` contains the same value for all rows that the table displays.

    Args:
        table: The table with the displayed rows.
        values: One value for each row of the snapshot, in the order of the snapshot.
    """
    first = values[table.order[0]] if len(table) else None
    return all(values[position] == first for position in table.order)


def _all_agree(table: Table, column: Column, first: str) -> bool:
    if column.metric is not None:
        return agree(table, table.snapshot.figures(column.metric))
    if column.group is not None:
        return agree(table, table.snapshot.texts(column.group))
    return all(_text(table, row, column) == first for row in range(len(table)))


def _text(table: Table, row: int, column: Column) -> str:
    (cell,) = table.cells(row, [column])
    return cell.text.strip()
