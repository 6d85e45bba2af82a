"""Arrange a snapshot into a table: its columns, the order of rows, and each cell."""

from collections.abc import Callable, Iterable, Sequence, Set
from copy import copy
from dataclasses import dataclass, replace
from functools import cached_property
from itertools import dropwhile, takewhile

from cnm_tui.core.connections import Connection
from cnm_tui.core.endpoint import CONNECTIONS, Endpoint
from cnm_tui.core.filter.row_filter import RowFilter
from cnm_tui.core.metrics.metric import JUDGED_BY_KEY, ChangeForm, Metric, Number
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
    with_changes,
)
from cnm_tui.core.table.extra import Extras, there
from cnm_tui.core.table.pins import Pin, pinned_first, pinned_positions
from cnm_tui.core.table.row_cells import RowCells
from cnm_tui.core.table.sorting import SortKey, has_column, ordered, sorts_by_any, told_in, usual_sort


@dataclass(frozen=True, slots=True)
class Arrangement:
    """The order, filter and columns with which a snapshot is shown."""

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
        """The key of the first sort column; None without one."""
        return self.sort[0].column if self.sort else None

    def with_change_form(self, form: ChangeForm, endpoint: Endpoint) -> "Arrangement":
        """Return the arrangement with changes in this form; a sort by changes is kept."""
        return replace(self, change_form=form, sort=tuple(told_in(form, key, endpoint) for key in self.sort))

    def in_force_for(self, snapshot: Snapshot, extras: Extras = ()) -> "Arrangement":
        """Return the arrangement without sort keys for columns that this answer lacks; those that may come stay."""
        known = {key.column for key in self.sort if has_column(snapshot, key.column, extras)}
        sort = tuple(key for key in self.sort if key.column in {*known, *snapshot.endpoint.extras})
        sort += () if known else usual_sort(snapshot.endpoint)
        return self if sort == self.sort else replace(self, sort=sort)

    def without_changes(self, endpoint: Endpoint) -> "Arrangement":
        """Return the arrangement without sort keys for changes, for when a comparison ends."""
        sort = tuple(key for key in self.sort if not endpoint.of_comparison(key.column))
        return self if sort == self.sort else replace(self, sort=sort or usual_sort(endpoint))


def usual_arrangement(endpoint: Endpoint) -> Arrangement:
    """Return the arrangement of this endpoint's rows that a run without options begins with."""
    return Arrangement(usual_sort(endpoint), RowFilter("", endpoint))


class Table:
    """An arranged snapshot; rows are numbered from the top of the sorted order."""

    def __init__(
        self,
        snapshot: Snapshot,
        arrangement: Arrangement,
        previous: Snapshot | None,
        columns: tuple[Column, ...] | None,
        sorted_positions: Sequence[int] | None = None,
        extras: Extras = (),
    ) -> None:
        """Arrange the snapshot.

        `columns` is given if widths are kept; they are computed on use otherwise. `sorted_positions` are the positions
        of all connections in sorted order, if known.
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
        """The columns shown, from left to right."""
        return _columns(self.snapshot, self.arrangement, None, self.extras)

    @cached_property
    def shown_columns(self) -> tuple[Column, ...]:
        """The columns of the screen: with the unit in the heading where all rows share it."""
        return tuple(in_shared_unit(column, self.extremes) for column in self.columns)

    @cached_property
    def extremes(self) -> Extremes:
        """The smallest and largest values of the columns, in this answer and earlier ones to the same query."""
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
        """Return True if the arrangement has the same rows in the same order."""
        mine, others = ((one.sort, one.row_filter, one.top, one.pins) for one in (self.arrangement, arrangement))
        return mine == others

    def in_columns(self, arrangement: Arrangement, columns: tuple[Column, ...], extras: Extras) -> "Table":
        """Return the same rows with other columns, keeping cached values."""
        table = copy(self)
        table.arrangement, table.extras = arrangement, tuple(extras)
        table.__dict__.pop("sort", None)
        table.__dict__.pop("shown_columns", None)
        table.__dict__["columns"] = columns
        return table

    def only(self, rows: Iterable[int]) -> "Table":
        """Return a table of these rows only, in this order."""
        table = copy(self)
        table.order = table._kept = [self.order[row] for row in rows]
        table.chosen_from = len(self)
        table.sorted_positions = None
        for worked_out in ("_totals", "_row_of_kept", "thin"):
            table.__dict__.pop(worked_out, None)
        return table

    def connection(self, row: int) -> Connection:
        """Return the connection of a row."""
        return self.snapshot.connections[self.order[row]]

    def connection_id(self, row: int) -> str:
        """Return the id of a row's connection."""
        return self.snapshot.connections.ids[self.order[row]]

    def row_of(self, connection_id: str) -> int | None:
        """Return the row of a connection; None if it is not in the table."""
        position = self.snapshot.position_of.get(connection_id)
        if position is None or (self._kept is not None and position not in self._row_of_kept):
            return None
        return self.order.index(position)

    def hides(self, connection_id: str) -> bool:
        """Return True if the filter or `top` hides a connection of the answer."""
        position = self.snapshot.position_of.get(connection_id) if self.filtered else None
        return position is not None and position not in self._row_of_kept

    def below_top(self, connection_id: str) -> bool:
        """Return True if only `top` hides a connection."""
        return self.hides(connection_id) and self.snapshot.position_of[connection_id] in self.matching

    @cached_property
    def _row_of_kept(self) -> Set[int]:
        return frozenset(self._kept or ())

    @property
    def filtered(self) -> bool:
        """True if the filter or `top` may hide rows."""
        return self._kept is not None

    @property
    def topped(self) -> bool:
        """True if `top` hides rows that match the filter."""
        return self.chosen_from is None and len(self.order) < len(self.matching)

    def cells(self, row: int, columns: Iterable[Column]) -> list[Cell]:
        """Return the cells of a row in these columns."""
        return self.cells_in(tuple(columns))(row)

    def cells_in(self, columns: Sequence[Column]) -> Callable[[int], list[Cell]]:
        """Return a function for the cells of a row in these columns; faster for many rows."""
        cells_at, order = self._row_cells.in_columns(columns), self.order
        return lambda row: cells_at(order[row])

    @cached_property
    def _row_cells(self) -> RowCells:
        return RowCells(self.snapshot, self.previous)

    @cached_property
    def sort(self) -> tuple[SortKey, ...]:
        """The sort keys that apply; one for a group-by of another query does not."""
        return tuple(key for key in self.arrangement.sort if has_column(self.snapshot, key.column, self.extras))

    @property
    def deciding(self) -> int | None:
        """The position of the first sort column; None if it is not shown."""
        keys = [column.key for column in self.columns]
        return keys.index(self.sort[0].column) if self.sort and self.sort[0].column in keys else None

    @property
    def most_wanted(self) -> list[int]:
        """Positions of the columns to show first: the first sort column, the columns beside it, then chosen ones.

        In a comparison the changes come after the first sort column.
        """
        if (deciding := self.deciding) is None or (decides := self.columns[deciding]).is_group:
            return self.changes
        anchor = decides.extra.name.beside if decides.extra is not None else ""
        beside = {at: column.extra.name.beside for at, column in enumerate(self.columns) if column.extra is not None}
        belonging = [at for at, of in beside.items() if of and of == (anchor or decides.key)]
        others = [at for at, of in reversed(beside.items()) if of]
        return list(dict.fromkeys([deciding, *self.changes, *belonging, *others]))

    @property
    def changes(self) -> list[int]:
        """Positions of the most important changes of a comparison: those judged, and that of the sorted figure.

        If the rows are sorted by no figure, that of the volume.
        """
        if self.snapshot.baseline is None:
            return []
        keys = [column.key for column in self.columns]
        metrics, sorted_by = self.snapshot.endpoint.metrics, self.sort[0].column if self.sort else ""
        figure = sorted_by if sorted_by in metrics else self.snapshot.endpoint.volume
        wanted = (JUDGED_BY_KEY, self.arrangement.change_form.key(figure))
        return [keys.index(key) for key in wanted if key in keys]

    def share_of_largest(self, row: int, column: Column) -> float:
        """Return a value's share of the largest in the first sort column, 0 to 1; 0 in other columns."""
        if (
            column.metric is None
            or column.key not in self.snapshot.endpoint.metrics
            or not self.sort
            or self.sort[0].column != column.key
        ):
            return 0.0
        number = self.snapshot.figures(column.metric)[self.order[row]]
        return number / self._largest if number and self._largest > 0 else 0.0

    @cached_property
    def _largest(self) -> Number:
        """The largest value of the first sort column."""
        figures = self.snapshot.figures(self.snapshot.endpoint.metrics[self.sort[0].column])
        known = [number for number in figures if number is not None] if None in figures else figures
        return max(known, default=0)  # type: ignore[type-var,return-value]  # None are left out

    def standing(self, row: int) -> str:
        """Return the connection's standing in the comparison: `new`, `gone`, `worse`, … or empty."""
        if self.snapshot.baseline is not None:
            return self.snapshot.standing(self.order[row])
        return "new" if self.is_new(row) else ""

    def is_pinned(self, row: int) -> bool:
        """Return True if the connection is watched."""
        return self.order[row] in self._pinned

    def is_new(self, row: int) -> bool:
        """Return True if the connection was not in the previous answer."""
        return self.previous is not None and self.connection_id(row) not in self.previous.position_of

    @cached_property
    def thin(self) -> int:
        """Number of rows at the end with too little evidence for the first sort column."""
        metric = self.snapshot.metric(self.sort[0].column) if self.sort else None
        if metric is None or not self.sort[0].by_evidence(self.snapshot.endpoint):
            return 0
        thin, figures = self.snapshot.thin(metric.key), metric.measured(self.snapshot.figures(metric))
        # Absent and unmeasured values come after them, whatever the evidence.
        known = dropwhile(lambda at: figures[at] is None, reversed(self.order))
        return sum(1 for _ in takewhile(thin.__getitem__, known))

    def total(self, metric: Metric) -> Number | None:
        """Return the metric for all rows shown together."""
        known = self._totals
        if metric.key not in known:
            if self._kept is None or self.snapshot.baseline is not None:
                known.update(self.snapshot.totals(self._kept))
            else:
                # Each key in the filter chooses other rows: only what is in sight is added up.
                known[metric.key] = self.snapshot.total(metric, self._kept)
        return known[metric.key]

    @cached_property
    def _totals(self) -> dict[str, Number | None]:
        """The totals that are known."""
        return {}

    def prepare(self) -> None:
        """Compute what drawing needs; may be called in a thread."""
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
        """Number of connections of the previous answer that are not in this one."""
        if self.previous is None:
            return 0
        return len(self.previous.position_of.keys() - self.snapshot.answer.position_of.keys())


def arrange(
    snapshot: Snapshot, arrangement: Arrangement, *, after: Table | None = None, extras: Extras | None = None
) -> Table:
    """Return the snapshot in this arrangement; `after` is the table shown before, for any query.

    Without `extras`, those of `after` are shown. Columns never become narrower for the same group-bys.
    """
    if extras is None:
        extras = () if after is None else after.extras
    columns = None if after is None else _columns(snapshot, arrangement, after, extras)
    if after is None or after.snapshot is not snapshot:
        previous = None if after is None else _previous(after, snapshot)
        table = Table(snapshot, arrangement, previous, columns, extras=extras)
        if after is not None and after.snapshot.query == snapshot.query:
            table._extremes_before = after.extremes
        return table
    # Other content of an extra column changes the order only if the rows are sorted by it.
    same_order = after.extras == tuple(extras) or not sorts_by_any(arrangement.sort, (*after.extras, *extras))
    if columns is not None and after.has_rows_of(arrangement) and same_order:
        return after.in_columns(arrangement, columns, extras)
    known = after.sorted_positions if after.arrangement.sort == arrangement.sort and same_order else None
    table = Table(snapshot, arrangement, after.previous, columns, known, extras)
    if after.arrangement.row_filter == arrangement.row_filter and not (after.topped or table.topped):
        table.__dict__["_totals"] = after._totals
    table.__dict__.update(gone=after.gone, extremes=after.extremes)
    return table


def _previous(after: Table, snapshot: Snapshot) -> Snapshot | None:
    """Return the answer to mark changes against: the same query at another time; None if there is none."""
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
    any_judged = any(snapshot.judged_by(position) for position in range(len(snapshot.connections)))
    return with_changes(columns, arrangement.change_form, snapshot.endpoint, any_judged=any_judged)


def _same_columns(one: Arrangement, other: Arrangement) -> bool:
    before, after = ((shown.columns, shown.widths, shown.change_form, shown.hidden) for shown in (one, other))
    return before == after
