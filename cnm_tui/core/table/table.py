"""A snapshot arranged for reading: which columns, in which order the rows, what each cell says."""

from collections.abc import Iterable, Mapping, Sequence, Set
from copy import copy
from dataclasses import dataclass, replace
from functools import cached_property

from cnm_tui.core.filter.row_filter import RowFilter
from cnm_tui.core.metrics.catalogue import METRICS, ChangeForm, Metric, Number, change_form_of, of_comparison
from cnm_tui.core.snapshot import Connection, Snapshot
from cnm_tui.core.table.change_cell import compared_cells
from cnm_tui.core.table.columns import (
    Cell,
    CellOf,
    Column,
    columns_of,
    figure_cell,
    group_cell,
    group_width,
    with_changes,
)
from cnm_tui.core.table.sorting import SortKey, has_column, ordered
from cnm_tui.core.text import clean


@dataclass(frozen=True, slots=True)
class Arrangement:
    """How a snapshot is to be shown."""

    sort: tuple[SortKey, ...] = (SortKey("total_bytes", descending=True),)
    """The first decides, the next where the first ties; then the endpoint's own order."""
    row_filter: RowFilter = RowFilter("")
    """Which rows of the answer are shown."""
    columns: tuple[str, ...] = ()
    """Keys of the metrics to show, in this order; none named: all, in the usual one. Group-bys are always shown."""
    widths: tuple[tuple[str, int], ...] = ()
    """By the key of a column, how many terminal columns more (or fewer) than its own width it is given."""
    change_form: ChangeForm = ChangeForm.PERCENT
    """How changes are told where the rows are compared."""
    top: int | None = None
    """Rows to show at most, the first after sorting and filtering; None: all."""

    @property
    def deciding(self) -> str | None:
        """The key of the column that decides the sort."""
        return self.sort[0].column if self.sort else None

    def with_change_form(self, form: ChangeForm) -> "Arrangement":
        """Changes told in this form; what is sorted by changes goes on to be."""
        return replace(self, change_form=form, sort=tuple(_told_in(form, key) for key in self.sort))

    def in_force_for(self, snapshot: Snapshot) -> "Arrangement":
        """Return the arrangement without sort keys that this answer has no column for."""
        sort = tuple(key for key in self.sort if has_column(snapshot, key.column))
        return self if sort == self.sort else replace(self, sort=sort or Arrangement().sort)

    def without_changes(self) -> "Arrangement":
        """Sorted by no change, where nothing is compared any more."""
        sort = tuple(key for key in self.sort if not of_comparison(key.column))
        return self if sort == self.sort else replace(self, sort=sort or Arrangement().sort)


def _told_in(form: ChangeForm, key: SortKey) -> SortKey:
    if form is ChangeForm.UNTOLD or change_form_of(key.column) is None:
        return key
    return key._replace(column=form.key(key.column.partition(".")[2]))


class Table:
    """A snapshot so arranged; rows are counted from the top of the sorted order."""

    def __init__(
        self,
        snapshot: Snapshot,
        arrangement: Arrangement,
        previous: Snapshot | None,
        columns: tuple[Column, ...] | None,
        sorted_positions: Sequence[int] | None = None,
    ) -> None:
        """Without columns they are as wide as these rows need; only who shows them has to know.

        `sorted_positions` are those of all connections in the arrangement's order, where they are known.
        """
        self.snapshot = snapshot
        self.arrangement = arrangement
        self.previous = previous
        """The answer to the same question before this one, without its reply, which tells what is new or changed."""
        if columns is not None:
            self.__dict__["columns"] = columns
        self._kept = arrangement.row_filter.positions(snapshot)
        self.chosen_from: int | None = None
        """How many rows were shown, where these are some that were chosen from them."""
        self.matching: Sequence[int] = self._ordered(sorted_positions)
        """The positions of all connections that the filter leaves, in the arrangement's order."""
        self.order = self.matching if arrangement.top is None else self.matching[: arrangement.top]
        """For each row the position of its connection in the snapshot."""
        self.sorted_positions = self.matching if self._kept is None else sorted_positions
        """The same for all connections, whatever the filter and `top`; None where it is not known."""
        if self.topped:
            # From here on a row that `top` hides is hidden as one that the filter hides.
            self._kept = self.order

    def __len__(self) -> int:
        return len(self.order)

    @cached_property
    def columns(self) -> tuple[Column, ...]:
        """Those that are shown, from left to right."""
        return _columns(self.snapshot, self.arrangement, None)

    def _ordered(self, sorted_positions: Sequence[int] | None) -> Sequence[int]:
        if sorted_positions is None:
            return ordered(self.snapshot, self.arrangement.sort, self._kept)
        if self._kept is None:
            return sorted_positions
        # Sorting what a filter leaves, at each of its letters, would take longer than to find it.
        kept = frozenset(self._kept)
        return [position for position in sorted_positions if position in kept]

    def has_rows_of(self, arrangement: Arrangement) -> bool:
        """Whether that arrangement would bring the same rows in the same order."""
        mine = self.arrangement
        return (mine.sort, mine.row_filter, mine.top) == (arrangement.sort, arrangement.row_filter, arrangement.top)

    def in_columns(self, arrangement: Arrangement, columns: tuple[Column, ...]) -> "Table":
        """The same rows in other columns, with all that was worked out about them."""
        table = copy(self)
        table.arrangement = arrangement
        table.__dict__["columns"] = columns
        return table

    def only(self, rows: Iterable[int]) -> "Table":
        """These rows alone, in this order."""
        table = copy(self)
        table.order = table._kept = [self.order[row] for row in rows]
        table.chosen_from = len(self)
        table.sorted_positions = None
        for worked_out in ("_totals", "_row_of_kept", "thin"):
            table.__dict__.pop(worked_out, None)
        return table

    def connection(self, row: int) -> Connection:
        """The connection of a row."""
        return self.snapshot.connections[self.order[row]]

    def connection_id(self, row: int) -> str:
        """The id of the connection of a row."""
        return self.snapshot.connections.ids[self.order[row]]

    def row_of(self, connection_id: str) -> int | None:
        """The row in which a connection stands, or None if it is not here."""
        position = self.snapshot.position_of.get(connection_id)
        if position is None or (self._kept is not None and position not in self._row_of_kept):
            return None
        return self.order.index(position)

    def hides(self, connection_id: str) -> bool:
        """True if the filter or `top` leaves out a connection that is in the answer."""
        position = self.snapshot.position_of.get(connection_id) if self.filtered else None
        return position is not None and position not in self._row_of_kept

    def below_top(self, connection_id: str) -> bool:
        """True if only `top` leaves out a connection."""
        return self.hides(connection_id) and self.snapshot.position_of[connection_id] in self.matching

    @cached_property
    def _row_of_kept(self) -> Set[int]:
        return frozenset(self._kept or ())

    @property
    def filtered(self) -> bool:
        """True if rows of the answer may be left out, by the filter or by `top`."""
        return self._kept is not None

    @property
    def topped(self) -> bool:
        """True if `top` hides rows that the filter leaves."""
        return self.chosen_from is None and len(self.order) < len(self.matching)

    def cells(self, row: int, columns: Iterable[Column]) -> list[Cell]:
        """What stands in these columns of a row."""
        if self.snapshot.baseline is not None:
            return self._compared_cells(row, columns)
        return self._plain_cells(row, columns)

    def _compared_cells(self, row: int, columns: Iterable[Column]) -> list[Cell]:
        shown = list(columns)
        return compared_cells(self.snapshot, self.order[row], shown, self._plain_cells(row, shown))

    def _plain_cells(self, row: int, columns: Iterable[Column]) -> list[Cell]:
        connection = self.connection(row)
        before = None if self.previous is None else self.previous.counters_of(connection.id)
        return [self._cell_of(column)(connection, before) for column in columns]

    def _cell_of(self, column: Column) -> CellOf:
        cell_of = self._cells_of.get(column.key)
        if cell_of is None:
            if column.metric is None:
                cell_of = group_cell(column.group or 0)
            else:
                seconds = self.snapshot.window.seconds
                seconds_before = seconds if self.previous is None else self.previous.window.seconds
                cell_of = figure_cell(column.metric, seconds, seconds_before)
            self._cells_of[column.key] = cell_of
        return cell_of

    @cached_property
    def _cells_of(self) -> dict[str, CellOf]:
        return {}

    @cached_property
    def sort(self) -> tuple[SortKey, ...]:
        """The keys that order the rows; a group-by of another question orders none."""
        return tuple(key for key in self.arrangement.sort if has_column(self.snapshot, key.column))

    @property
    def deciding(self) -> int | None:
        """The position of the column that decides the sort; None where it is not shown."""
        keys = [column.key for column in self.columns]
        return keys.index(self.sort[0].column) if self.sort and self.sort[0].column in keys else None

    def share_of_largest(self, row: int, column: Column) -> float:
        """How the figure compares to the largest of the column that decides the sort, 0 to 1; 0 in other columns."""
        if column.metric is None or column.key not in METRICS or not self.sort or self.sort[0].column != column.key:
            return 0.0
        number = self.snapshot.figures(column.metric)[self.order[row]]
        return number / self._largest if number and self._largest > 0 else 0.0

    @cached_property
    def _largest(self) -> Number:
        """Of the column that decides the sort."""
        figures = self.snapshot.figures(METRICS[self.sort[0].column])
        known = [number for number in figures if number is not None] if None in figures else figures
        return max(known, default=0)  # type: ignore[type-var,return-value]  # None are left out

    def standing(self, row: int) -> str:
        """How the connection stands among those it is compared with: `new`, `gone`, `worse`, … or nothing."""
        if self.snapshot.baseline is not None:
            return self.snapshot.standing(self.order[row])
        return "new" if self.is_new(row) else ""

    def is_new(self, row: int) -> bool:
        """Whether the connection was not in the answer before."""
        return self.previous is not None and self.connection_id(row) not in self.previous.position_of

    @cached_property
    def thin(self) -> int:
        """How many rows stand last because there is too little evidence for the figure that decides the sort."""
        key = self.sort[0] if self.sort else None
        metric = None if key is None else self.snapshot.metric(key.column)
        if key is None or metric is None or not key.by_evidence:
            return 0
        thin, figures = self.snapshot.thin(key.column), metric.measured(self.snapshot.figures(metric))
        # An absent figure, or one that was not measured, stands behind them, whatever the evidence.
        return sum(1 for at in self.order if thin[at] and figures[at] is not None)

    def total(self, metric: Metric) -> Number | None:
        """The figure for all rows that are shown together."""
        return self._totals[metric.key]

    @cached_property
    def _totals(self) -> Mapping[str, Number | None]:
        return self.snapshot.totals(self._kept)

    def prepare(self) -> None:
        """Work out now what drawing will need: beside the event loop, if this is called there."""
        _ = self.columns, self._totals, self.gone, self.thin, self.snapshot.position_of, self.snapshot.unresolved_shares
        if self.snapshot.connections:
            # Looked up for one, it is worked out for all.
            self.snapshot.standing(0)

    @cached_property
    def gone(self) -> int:
        """How many connections of the answer before are not in this one."""
        if self.previous is None:
            return 0
        return len(self.previous.position_of.keys() - self.snapshot.answer.position_of.keys())


def arrange(snapshot: Snapshot, arrangement: Arrangement, *, after: Table | None = None) -> Table:
    """The snapshot in this arrangement; `after` is the table shown until now, of the same question or another.

    Columns keep the width that they had for the same group-bys, or grow, so that a refresh moves nothing sideways.
    """
    columns = None if after is None else _columns(snapshot, arrangement, after)
    if after is None or after.snapshot is not snapshot:
        return Table(snapshot, arrangement, None if after is None else _previous(after, snapshot), columns)
    if columns is not None and after.has_rows_of(arrangement):
        return after.in_columns(arrangement, columns)
    known = after.sorted_positions if after.arrangement.sort == arrangement.sort else None
    table = Table(snapshot, arrangement, after.previous, columns, known)
    if after.arrangement.row_filter == arrangement.row_filter and not (after.topped or table.topped):
        table.__dict__["_totals"] = after._totals
    table.__dict__["gone"] = after.gone
    return table


def _previous(after: Table, snapshot: Snapshot) -> Snapshot | None:
    """What this answer is marked against; only two answers to one question, asked at two moments, can be."""
    if after.snapshot.answer is snapshot.answer:
        return after.previous
    return after.snapshot.answer.without_reply if after.snapshot.query == snapshot.query else None


def _columns(snapshot: Snapshot, arrangement: Arrangement, after: Table | None) -> tuple[Column, ...]:
    if after is not None and after.snapshot is snapshot and _same_columns(after.arrangement, arrangement):
        return after.columns
    known = {} if after is None else _known_widths(after)
    same_rows = after is not None and after.snapshot is snapshot
    group_widths = known if same_rows else _group_widths(snapshot, known)
    columns = columns_of(group_widths, arrangement.columns, arrangement.widths)
    return columns if snapshot.baseline is None else with_changes(columns, arrangement.change_form)


def _known_widths(table: Table) -> Mapping[str, int]:
    """Return the own width of each group-by's column."""
    group_bys = table.snapshot.query.group_bys
    return {group_bys[column.group]: column.own_width for column in table.columns if column.group is not None}


def _group_widths(snapshot: Snapshot, known: Mapping[str, int]) -> Mapping[str, int]:
    """By each group-by, what its values need, and no less than was known to be needed."""
    widths = {}
    for position, key in enumerate(snapshot.query.group_bys):
        longest = max(snapshot.texts(position), key=len, default="")
        widths[key] = max(group_width(clean(key), longest), known.get(key, 0))
    return widths


def _same_columns(one: Arrangement, other: Arrangement) -> bool:
    return (one.columns, one.widths, one.change_form) == (other.columns, other.widths, other.change_form)
