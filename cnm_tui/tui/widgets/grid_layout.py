"""Which columns of the grid are in sight, and where they stand."""

from collections.abc import Sequence
from typing import Final, NamedTuple

from cnm_tui.core.table.columns import NARROWEST_COLUMN, NARROWEST_GROUP, WIDEST_COLUMN, Column, that_fit
from cnm_tui.core.table.table import Table

GUTTER: Final = 2
GAP: Final = 1
EDGE: Final = 2
"""Columns for the scroll marks and the blank before them, where rows are out of sight."""

_FROZEN_SHARE: Final = 0.6
"""Of the width at most, as long as all group-bys can be read in it; the figures need the rest."""
_ONE_FIGURE: Final = 8
_TWO_FIGURES: Final = 21
"""Columns for figures that a line with many group-bys still has."""


class PlacedColumn(NamedTuple):
    """A column where it stands on the screen."""

    position: int
    """Among the table's columns."""
    column: Column
    x: int
    width: int


class Layout(NamedTuple):
    """The columns in sight."""

    width: int
    """Of the whole line."""
    first: int | None
    """The column from which on they are scrolled, or None where they are not."""
    places: tuple[PlacedColumn, ...]
    frozen: int
    """How many of the table's columns stay when the others scroll."""
    left: int
    """How many are out of sight to the left."""
    right: int
    """How many are out of sight to the right, or between those in sight."""
    edge: int = 0
    """Columns that are left free at the right."""

    def place_of(self, position: int) -> PlacedColumn | None:
        """Where a column of the table stands, if it is in sight."""
        return next((place for place in self.places if place.position == position), None)

    def nearest(self, position: int) -> int:
        """Return the column in sight that is nearest to this one, the same where it is in sight or always is."""
        if position < self.frozen:
            return position
        scrolled = (place.position for place in self.places[self.frozen :])
        return min(scrolled, key=lambda one: abs(one - position), default=position)

    def room_to_widen(self, place: PlacedColumn, columns: int) -> int:
        """So many columns more for this one, or fewer, as far as it would show."""
        if columns < 0:
            return min(0, max(columns, NARROWEST_COLUMN - place.width))
        taken = GUTTER + sum(one.width + GAP for one in self.places[: self.frozen])
        beside = _ONE_FIGURE if place.position < self.frozen else place.width
        return max(0, min(columns, self.width - self.edge - taken - beside, WIDEST_COLUMN - place.column.width))

    @property
    def end(self) -> int:
        """The column behind the cells of a row."""
        return self.places[-1].x + self.places[-1].width + GAP if self.places else GUTTER


def layout(table: Table, first: int | None, width: int, edge: int = 0) -> Layout:
    """Put the group-bys, and as many other whole columns as there is room for, from `first` on.

    Where nothing is scrolled, the column that decides the sort is in sight even if some before it give way. At least
    one column that scrolls is in sight, cut if need be. `edge` columns at the right are left free; the group-bys are
    as wide with them as without, so that nothing moves when a filter leaves few rows.
    """
    columns, deciding = table.columns, table.deciding
    widths = _frozen_widths([column for column in columns if column.metric is None], width)
    frozen = len(widths)
    room = width - GUTTER - sum(widths) - GAP * frozen
    # A figure that could not be read tells less than where the view stands, which the last line says, too.
    room -= edge if room - edge >= _ONE_FIGURE else 0
    start = frozen if first is None else max(frozen, min(first, len(columns) - 1))
    wanted = deciding - frozen if first is None and deciding is not None and deciding >= frozen else None
    # The gap behind the last column may be over the edge.
    fitting = that_fit([column.width + GAP for column in columns[start:]], room + GAP, wanted)
    if wanted is not None and wanted not in fitting:
        fitting = [wanted]
    positions = [*range(frozen), *(start + position for position in fitting or [0])]
    widths += [max(1, min(columns[position].width, room)) for position in positions[frozen:]]
    places: list[PlacedColumn] = []
    x = GUTTER
    for position, given in zip(positions, widths, strict=True):
        places.append(PlacedColumn(position, columns[position], x, given))
        x += given + GAP
    left = start - frozen
    return Layout(width, first, tuple(places), frozen, left, len(columns) - len(places) - left, edge)


def _frozen_widths(groups: Sequence[Column], width: int) -> list[int]:
    """Widths of the group-bys that are always in sight: all of them wherever one figure fits beside them.

    They share what the figures can do without, and give up more of it the more of them there are; what the user gave
    to one or took from it comes on top and changes no other.
    """
    line = width - GUTTER
    readable = len(groups) * (NARROWEST_GROUP + GAP)
    least = len(groups) * (NARROWEST_COLUMN + GAP)
    room = max(int(width * _FROZEN_SHARE), min(readable, line - _TWO_FIGURES), min(least, line - _ONE_FIGURE))
    frozen = min(len(groups), max(1, room // (NARROWEST_COLUMN + GAP)))
    widths = _shared_out([column.own_width for column in groups[:frozen]], room - GAP * frozen)
    spare = max(0, line - _ONE_FIGURE - GAP * frozen - sum(widths))
    for position, column in enumerate(groups[:frozen]):
        given = max(NARROWEST_COLUMN - widths[position], min(column.widened, spare))
        widths[position] += given
        spare -= given
    return widths


def _shared_out(wanted: Sequence[int], room: int) -> list[int]:
    """Widths within the room: narrow columns get what they want, the wide ones share the rest."""
    widths = [0] * len(wanted)
    remaining, unserved = room, len(wanted)
    for position in sorted(range(len(wanted)), key=wanted.__getitem__):
        widths[position] = max(NARROWEST_COLUMN, min(wanted[position], remaining // max(1, unserved)))
        remaining -= widths[position]
        unserved -= 1
    return widths


def scrolled_to(table: Table, position: int, first: int | None, width: int, edge: int = 0) -> Layout:
    """The layout from `first` on, or from where it must be scrolled to, as little as will do, to have this column."""
    unscrolled = layout(table, None, width, edge)
    shown = unscrolled if first is None or unscrolled.right == 0 else layout(table, first, width, edge)
    if position < shown.frozen or shown.place_of(position) is not None:
        return shown
    start = min(shown.frozen + shown.left, position)
    if start == shown.frozen and unscrolled.place_of(position) is not None:
        return unscrolled
    while (shown := layout(table, start, width, edge)).place_of(position) is None and start < position:
        start += 1
    return shown


def scrolled_by(table: Table, shown: Layout, columns: int) -> Layout:
    """Return the layout with as many columns more scrolled away to the left, as long as some are out of sight there."""
    if (shown.right if columns > 0 else shown.left) == 0:
        return shown
    first = shown.frozen + shown.left + columns
    return layout(table, first if first > shown.frozen else None, shown.width, shown.edge)


def same_column(before: Table | None, position: int, table: Table) -> int:
    """Where the column at this position of the table before stands now; the nearest one if it is gone."""
    keys = [column.key for column in table.columns]
    if before is not None and before.columns and (key := before.columns[position].key) in keys:
        return keys.index(key)
    return min(position, len(keys) - 1)
