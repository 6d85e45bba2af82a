"""Arrange the rows of a snapshot in a table, with columns, a sort order and cells."""

from collections.abc import Callable, Iterable, Sequence, Set
from copy import copy
from dataclasses import dataclass, replace
from functools import cached_property
from itertools import dropwhile, takewhile

from cnm_tui.core.connections import Connection
from cnm_tui.core.endpoint import CONNECTIONS, Endpoint
from cnm_tui.core.filter.row_filter import RowFilter
from cnm_tui.core.metrics.metric import ChangeForm, Metric, Number
from cnm_tui.core.snapshot import Snapshot
from cnm_tui.core.table.columns import (
    Cell,
    Column,
    Extremes,
    columns_of,
    extremes_of,
    group_widths_of,
    in_shared_unit,
    known_widths,
    most_important_changes,
    most_wanted,
    with_changes,
)
from cnm_tui.core.table.extra import Extras, there
from cnm_tui.core.table.pins import Pin, pinned_first, pinned_positions
from cnm_tui.core.table.row_cells import FoundBefore, RowCells
from cnm_tui.core.table.sorting import SortKey, has_column, ordered, sorts_by_any, told_in, usual_sort


@dataclass(frozen=True, slots=True)
class Arrangement:
    """The user's choices for displaying rows: sort order, filter, columns, pinned rows and number of rows."""

    sort: tuple[SortKey, ...] = usual_sort(CONNECTIONS)
    """The first key decides, the next one decides ties; then the endpoint's order."""
    row_filter: RowFilter = RowFilter("")
    """The filter for rows."""
    columns: tuple[str, ...] = ()
    """Keys of the columns to show, in order, without group-bys; empty for the default ones."""
    widths: tuple[tuple[str, int], ...] = ()
    """Extra terminal columns by column key; may be negative."""
    change_form: ChangeForm = ChangeForm.PERCENT
    """The form of changes in a comparison."""
    top: int | None = None
    """Maximum number of rows, after sorting and filtering; None for all."""
    hidden: tuple[str, ...] = ()
    """Keys of group-bys, and of columns beside a metric, that are not shown."""
    one_scale: bool = False
    """True to draw the trends of all rows on one scale."""
    pins: tuple[Pin, ...] = ()
    """Watched connections, which come first; of all groupings that were watched."""

    @property
    def deciding(self) -> str | None:
        """Return the column key of the first sort column. Return None if the rows are not sorted."""
        return self.sort[0].column if self.sort else None

    def with_change_form(self, form: ChangeForm, endpoint: Endpoint) -> "Arrangement":
        """Return the same arrangement of rows, with the changes of a comparison displayed in this form."""
        return replace(self, change_form=form, sort=tuple(told_in(form, key, endpoint) for key in self.sort))

    def in_force_for(self, snapshot: Snapshot, extras: Extras = ()) -> "Arrangement":
        """Return the arrangement of rows without sort keys for columns that this snapshot does not have. Sort keys for
        columns that may still appear are kept, for example for the column with findings. If no sort key remains for
        an existing column, the default sort order is added."""
        known = {key.column for key in self.sort if has_column(snapshot, key.column, extras)}
        sort = tuple(key for key in self.sort if key.column in {*known, *snapshot.endpoint.extras})
        sort += () if known else usual_sort(snapshot.endpoint)
        return self if sort == self.sort else replace(self, sort=sort)

    def without_changes(self, endpoint: Endpoint) -> "Arrangement":
        """Return the arrangement of rows without sort keys that sort by the changes of a comparison."""
        sort = tuple(key for key in self.sort if not endpoint.of_comparison(key.column))
        return self if sort == self.sort else replace(self, sort=sort or usual_sort(endpoint))


def usual_arrangement(endpoint: Endpoint) -> Arrangement:
    """Return the arrangement (sort order, filter and columns) of a program that starts without options."""
    return Arrangement(usual_sort(endpoint), RowFilter("", endpoint))


class Table:
    """The rows of a snapshot, sorted and filtered for display. Table rows are numbered from the top, starting at 0."""

    def __init__(
        self,
        snapshot: Snapshot,
        arrangement: Arrangement,
        previous: Snapshot | None,
        columns: tuple[Column, ...] | None,
        sorted_positions: Sequence[int] | None = None,
        extras: Extras = (),
    ) -> None:
        """Arrange the rows of the snapshot.

        Args:
            snapshot: The snapshot with the rows.
            arrangement: The sort order, filter and columns.
            previous: The previous snapshot of the same query, to find new and changed rows. None if there is none.
            columns: The columns, if their widths must be kept. None to compute the columns when they are first used.
            sorted_positions: The positions of all connections in sorted order. None if the order is not known yet.
            extras: The columns that are neither group-bys nor metrics.
        """
        self.snapshot = snapshot
        self.arrangement = arrangement
        self.previous = previous
        """The previous answer to the same query, without its reply, to find new and changed rows."""
        self.extras = tuple(extras)
        """The columns besides group-bys and metrics; some may have no content for this answer."""
        if columns is not None:
            self.__dict__["columns"] = columns
        self._extremes_before: Extremes = {}
        self._found_before: FoundBefore = ()
        self._kept = arrangement.row_filter.positions(snapshot)
        self.chosen_from: int | None = None
        """Number of rows from which these were chosen; None if none were left out."""
        matching = self._ordered(sorted_positions)
        self._pinned = pinned_positions(arrangement.pins, snapshot) if arrangement.pins else frozenset()
        self.matching: Sequence[int] = pinned_first(matching, self._pinned)
        """Positions of all connections that match the filter, in sorted order after the pinned ones."""
        self.order = self.matching if arrangement.top is None else self.matching[: arrangement.top]
        """For each row the position of its connection in the snapshot."""
        self.sorted_positions = matching if self._kept is None else sorted_positions
        """Positions of all connections in sorted order, whatever filter, `top` and pins; None if unknown."""
        if self.topped:
            # Below, rows beyond `top` are treated like rows hidden by the filter.
            self._kept = self.order

    def __len__(self) -> int:
        return len(self.order)

    @cached_property
    def columns(self) -> tuple[Column, ...]:
        """Return the columns that the table displays, from left to right."""
        return _columns(self.snapshot, self.arrangement, None, self.extras)

    @cached_property
    def shown_columns(self) -> tuple[Column, ...]:
        """Return the columns for the screen. A heading contains the unit if all rows have the same unit."""
        return tuple(in_shared_unit(column, self.extremes) for column in self.columns)

    @cached_property
    def extremes(self) -> Extremes:
        """Return the smallest and largest number of each column. Earlier snapshots of the same query are included."""
        return extremes_of(self.snapshot, self._extremes_before)

    def _ordered(self, sorted_positions: Sequence[int] | None) -> Sequence[int]:
        if sorted_positions is None:
            return ordered(self.snapshot, self.arrangement.sort, self._kept, self.extras)
        if self._kept is None:
            return sorted_positions
        # Sorting the filtered rows after each key press would take longer than filtering.
        kept = frozenset(self._kept)
        return [position for position in sorted_positions if position in kept]

    def has_rows_of(self, arrangement: Arrangement) -> bool:
        """Return True if the other arrangement would select the same rows in the same order as this table has."""
        mine, others = ((one.sort, one.row_filter, one.top, one.pins) for one in (self.arrangement, arrangement))
        return mine == others

    def in_columns(self, arrangement: Arrangement, columns: tuple[Column, ...], extras: Extras) -> "Table":
        """Return a table with the same rows and other columns. Results that were computed for the rows are reused."""
        table = copy(self)
        table.arrangement, table.extras = arrangement, tuple(extras)
        table.__dict__.pop("sort", None)
        table.__dict__.pop("shown_columns", None)
        table.__dict__["columns"] = columns
        return table

    def only(self, rows: Iterable[int]) -> "Table":
        """Return a table that contains only these rows, in this order."""
        table = copy(self)
        table.order = table._kept = [self.order[row] for row in rows]
        table.chosen_from = len(self)
        table.sorted_positions = None
        for worked_out in ("_totals", "_row_of_kept", "thin"):
            table.__dict__.pop(worked_out, None)
        return table

    def connection(self, row: int) -> Connection:
        """Return the connection in this table row."""
        return self.snapshot.connections[self.order[row]]

    def connection_id(self, row: int) -> str:
        """Return the id of the connection in this table row."""
        return self.snapshot.connections.ids[self.order[row]]

    def row_of(self, connection_id: str) -> int | None:
        """Return the table row of the connection with this id. Return None if the table does not contain it."""
        position = self.snapshot.position_of.get(connection_id)
        if position is None or (self._kept is not None and position not in self._row_of_kept):
            return None
        return self.order.index(position)

    def hides(self, connection_id: str) -> bool:
        """Return True if the filter or the maximum number of rows hides this connection of the snapshot."""
        position = self.snapshot.position_of.get(connection_id) if self.filtered else None
        return position is not None and position not in self._row_of_kept

    def below_top(self, connection_id: str) -> bool:
        """Return True if a connection matches the filter, but is hidden because of the maximum number of rows."""
        return self.hides(connection_id) and self.snapshot.position_of[connection_id] in self.matching

    @cached_property
    def _row_of_kept(self) -> Set[int]:
        return frozenset(self._kept or ())

    @property
    def filtered(self) -> bool:
        """True if a filter or a maximum number of rows is set, so that rows may be hidden."""
        return self._kept is not None

    @property
    def topped(self) -> bool:
        """True if rows match the filter but are hidden, because they exceed the maximum number of rows."""
        return self.chosen_from is None and len(self.order) < len(self.matching)

    def cells(self, row: int, columns: Iterable[Column]) -> list[Cell]:
        """Return the cells of one table row, one cell for each of these columns."""
        return self.cells_in(tuple(columns))(row)

    def cells_in(self, columns: Sequence[Column]) -> Callable[[int], list[Cell]]:
        """Return a function that takes a table row number and returns the cells of this row in these columns. For many
        rows, this is faster than calling `cells`."""
        cells_at, order = self._row_cells.in_columns(columns), self.order
        return lambda row: cells_at(order[row])

    @cached_property
    def _row_cells(self) -> RowCells:
        return RowCells(self.snapshot, self.previous, self._found_before)

    @cached_property
    def sort(self) -> tuple[SortKey, ...]:
        """Return the sort keys that apply to this snapshot, without sort keys for missing columns."""
        return tuple(key for key in self.arrangement.sort if has_column(self.snapshot, key.column, self.extras))

    @property
    def deciding(self) -> int | None:
        """Return the position of the first sort column. Return None if this column is not displayed."""
        keys = [column.key for column in self.columns]
        return keys.index(self.sort[0].column) if self.sort and self.sort[0].column in keys else None

    @property
    def most_wanted(self) -> list[int]:
        """Return the positions of the columns that must be visible on a narrow screen, the most important first."""
        return most_wanted(self.columns, self.deciding, self.changes)

    @property
    def changes(self) -> list[int]:
        """Return the positions of the most important changes of a comparison; without one, an empty list."""
        key = self.sort[0].column if self.sort else ""
        return most_important_changes(self.columns, key, self.arrangement.change_form, self.snapshot.endpoint)

    def share_of_largest(self, row: int, column: Column) -> float:
        """Return a number divided by the largest one in the first sort column, from 0 to 1; 0 in other columns."""
        first = self.sort[0].column if self.sort else None
        if column.metric is None or column.key != first or column.key not in self.snapshot.endpoint.metrics:
            return 0.0
        number = self.snapshot.figures(column.metric)[self.order[row]]
        return number / self._largest if number and self._largest > 0 else 0.0

    @cached_property
    def _largest(self) -> Number:
        """Return the largest number in the first sort column."""
        figures = self.snapshot.figures(self.snapshot.endpoint.metrics[self.sort[0].column])
        known = [number for number in figures if number is not None] if None in figures else figures
        return max(known, default=0)  # type: ignore[type-var,return-value]  # None are left out

    def standing(self, row: int) -> str:
        """Return a word for how the connection in this table row changed. In a comparison, the word is for example
        `new`, `gone` or `worse`. Without a comparison, the word is `new` if the previous snapshot did not contain
        the connection. If it did contain the connection, the text is empty."""
        if self.snapshot.baseline is not None:
            return self.snapshot.standing(self.order[row])
        return "new" if self.is_new(row) else ""

    def is_pinned(self, row: int) -> bool:
        """Return True if the connection in this table row is pinned."""
        return self.order[row] in self._pinned

    def is_new(self, row: int) -> bool:
        """Return True if the previous snapshot did not contain the connection in this table row."""
        return self.previous is not None and self.connection_id(row) not in self.previous.position_of

    @cached_property
    def thin(self) -> int:
        """Return how many rows are at the end of the sorted rows because they have too little evidence."""
        metric = self.snapshot.metric(self.sort[0].column) if self.sort else None
        if metric is None or not self.sort[0].by_evidence(self.snapshot.endpoint):
            return 0
        thin, figures = self.snapshot.thin(metric.key), metric.measured(self.snapshot.figures(metric))
        # Absent and unmeasured values come after them, whatever the evidence.
        known = dropwhile(lambda at: figures[at] is None, reversed(self.order))
        return sum(1 for _ in takewhile(thin.__getitem__, known))

    def total(self, metric: Metric) -> Number | None:
        """Return the metric calculated for all rows of the table together, for example the sum of their bytes."""
        known = self._totals
        if metric.key not in known:
            if self.snapshot.baseline is not None:
                known.update(self.snapshot.totals(self._kept))
            else:
                # Only what is in sight is added up.
                known[metric.key] = self.snapshot.total(metric, self._kept)
        return known[metric.key]

    @cached_property
    def _totals(self) -> dict[str, Number | None]:
        """Return the cache of totals that are already calculated. The dictionary keys are the metric keys."""
        return {}

    def prepare(self) -> None:
        """Compute everything that is needed to draw the table. The method may be called in a thread."""
        _ = self.shown_columns, self.gone, self.thin, self.total(self.snapshot.endpoint.volume_metric)
        _ = self.snapshot.position_of, self.snapshot.unresolved_shares
        if self.snapshot.connections:
            # Looking up one computes all.
            self.snapshot.standing(0)
            for column in self.columns:
                if column.extra is not None:
                    column.extra.cell(self.snapshot, 0)

    @cached_property
    def gone(self) -> int:
        """Return how many connections of the previous snapshot are missing in this snapshot."""
        if self.previous is None:
            return 0
        return len(self.previous.position_of.keys() - self.snapshot.answer.position_of.keys())


def arrange(
    snapshot: Snapshot, arrangement: Arrangement, *, after: Table | None = None, extras: Extras | None = None
) -> Table:
    """Return the table for a snapshot and an arrangement. If the group-bys did not change, no column becomes narrower
    than before.

    Args:
        snapshot: The snapshot with the rows.
        arrangement: The sort order, filter and columns.
        after: The table that was displayed before, for any query. None if there is none.
        extras: The columns that are neither group-bys nor metrics. None to use the columns of `after`.
    """
    if extras is None:
        extras = () if after is None else after.extras
    columns = None if after is None else _columns(snapshot, arrangement, after, extras)
    if after is None or after.snapshot is not snapshot:
        previous = None if after is None else _previous(after, snapshot)
        table = Table(snapshot, arrangement, previous, columns, extras=extras)
        if after is not None and after.snapshot.query == snapshot.query:
            table._extremes_before, table._found_before = after.extremes, after._row_cells.found_for(snapshot)
        return table
    # Other content of an extra column changes the order only if the rows are sorted by it.
    same_order = after.extras == tuple(extras) or not sorts_by_any(arrangement.sort, (*after.extras, *extras))
    if columns is not None and after.has_rows_of(arrangement) and same_order:
        return after.in_columns(arrangement, columns, extras)
    known = after.sorted_positions if after.arrangement.sort == arrangement.sort and same_order else None
    table = Table(snapshot, arrangement, after.previous, columns, known, extras)
    if after.arrangement.row_filter == arrangement.row_filter and not (after.topped or table.topped):
        table.__dict__["_totals"] = after._totals
    table.__dict__.update(gone=after.gone, extremes=after.extremes, _found_before=after._found_before)
    return table


def _previous(after: Table, snapshot: Snapshot) -> Snapshot | None:
    """Return the earlier snapshot of the same query, from which changes are marked. Return None if there is none."""
    if after.snapshot.answer is snapshot.answer:
        return after.previous
    return after.snapshot.answer.without_reply if after.snapshot.query == snapshot.query else None


def _columns(snapshot: Snapshot, arrangement: Arrangement, after: Table | None, extras: Extras) -> tuple[Column, ...]:
    if (
        after is not None
        and after.snapshot is snapshot
        and after.extras == tuple(extras)
        and _same_columns(after.arrangement, arrangement)
    ):
        return after.columns
    known = {} if after is None else known_widths(after.snapshot, after.columns)
    all_known = after is not None and after.snapshot is snapshot and len(known) == len(snapshot.query.group_bys)
    group_widths = known if all_known else group_widths_of(snapshot, known)
    present = there(extras, snapshot)
    columns = columns_of(
        snapshot.endpoint, group_widths, arrangement.columns, arrangement.widths, present, arrangement.hidden
    )
    if snapshot.baseline is None:
        return columns
    return with_changes(columns, arrangement.change_form, snapshot.endpoint, any_judged=snapshot.any_judged)


def _same_columns(one: Arrangement, other: Arrangement) -> bool:
    before, after = ((shown.columns, shown.widths, shown.change_form, shown.hidden) for shown in (one, other))
    return before == after
