"""Choose the visible columns of the grid, and calculate their positions on the screen."""

from collections.abc import Sequence
from itertools import pairwise
from typing import Final, NamedTuple

from cnm_tui.core.fields.group_by import Side, side_of
from cnm_tui.core.metrics.extra import FINDING, TREND
from cnm_tui.core.table.columns import NARROWEST_COLUMN, NARROWEST_GROUP, WIDEST_COLUMN, Column, that_fit
from cnm_tui.core.table.table import Table

GUTTER: Final = 2
"""Columns for the mark or the severity of a row, and how it stands in a comparison."""
GAP: Final = 2
_LAST_GAP: Final = 1
"""Blanks after the last column, before a scroll mark."""
_LEAST_GAP: Final = 1
"""Minimum gap after a column, used if the group-bys do not fit otherwise."""
BAR: Final = 6
"""Columns of the bar beside the figure that the rows are sorted by."""
_BAR_GAP: Final = 1
_ROOM_FOR_BAR: Final = 100
"""Below this width another column tells more than the bar."""
EDGE: Final = 2
"""Columns for the scroll marks and the blank before them, if rows are outside the view."""

_FROZEN_SHARE: Final = 0.6
"""Maximum share of the width for group-bys, if all are readable in it; metrics need the rest."""
_SHORT_NAME: Final = 14
"""Width of a group-by that makes room for what the rows are sorted by."""
_ONE_FIGURE: Final = 8
_TWO_FIGURES: Final = 21
"""Minimum width for metrics beside many group-bys."""


class PlacedColumn(NamedTuple):
    """A column of the grid with its position and width on the screen."""

    position: int
    """Its position among the table's columns."""
    column: Column
    x: int
    width: int
    bar: int = 0
    """Columns at its right for the bar and the blank before it."""
    gap: int = GAP
    """Blanks after it."""

    @property
    def text_width(self) -> int:
        """Return the width of a cell's text in terminal columns. The bar beside the text is not included."""
        return self.width - self.bar


class Layout(NamedTuple):
    """The visible columns of the grid with their positions on the screen. It also counts the hidden columns on
    both sides.
    """

    width: int
    """Width of the whole line."""
    first: int | None
    """The first scrolled column; None if not scrolled."""
    places: tuple[PlacedColumn, ...]
    frozen: int
    """Number of the table's columns that do not scroll."""
    left: int
    """Number of columns hidden to the left."""
    right: int
    """Number of columns hidden to the right, or between visible ones."""
    edge: int = 0
    """Columns left free at the right."""
    finding: Column | None = None
    """The column of findings, in sight or not; None without one."""

    def place_of(self, position: int) -> PlacedColumn | None:
        """Return the screen position of the table column at this position in the table. Return None if it is not
        visible.
        """
        return next((place for place in self.places if place.position == position), None)

    def nearest(self, position: int) -> int:
        """Return the table position of the visible column that is nearest to the column at this table position.

        A column that is visible, or that never scrolls, is its own nearest column.
        """
        if position < self.frozen:
            return position
        scrolled = (place.position for place in self.places[self.frozen :])
        return min(scrolled, key=lambda one: abs(one - position), default=position)

    def room_to_widen(self, place: PlacedColumn, columns: int) -> int:
        """Return how much of the requested width change would be visible, in terminal columns."""
        if columns < 0:
            return min(0, max(columns, NARROWEST_COLUMN - place.text_width))
        taken = GUTTER + sum(one.width + one.gap for one in self.places[: self.frozen])
        beside = _ONE_FIGURE if place.position < self.frozen else place.width
        return max(0, min(columns, self.width - self.edge - taken - beside, WIDEST_COLUMN - place.column.width))

    @property
    def end(self) -> int:
        """Return the first terminal column after the cells of a row."""
        return self.places[-1].x + self.places[-1].width + self.places[-1].gap if self.places else GUTTER


def layout(table: Table, first: int | None, width: int, edge: int = 0) -> Layout:
    """Return the layout of the grid. It contains the group-by columns, and as many other whole columns as fit.

    The other columns start with the column at the table position `first`. If `first` is None, the first sort
    column and the columns that belong to it are visible, even if columns before them are left out. At least one
    scrolling column is visible, and is cut if necessary. The last `edge` terminal columns at the right stay free.
    They do not change the width of the group-by columns. Therefore nothing moves when a filter leaves only a few
    rows.
    """
    columns = table.shown_columns
    groups = [column for column in columns if column.is_group]
    gap = _gap(groups, width)
    arrow = _before_arrow(groups) if gap == GAP else None
    beside = sum(column.width + gap for column in _sorted_with(table)) + edge if first is None else 0
    widths = _frozen_widths(groups, width, gap, 0 if arrow is None else 1, beside)
    frozen = len(widths)
    room = width - GUTTER - sum(widths) - gap * frozen - (0 if arrow is None else 1)
    # A value too narrow to read is dropped in favour of the scroll marks, which the last line shows too.
    room -= edge if room - edge >= _ONE_FIGURE else 0
    barred = _barred(table, width)
    own = [column.width + (BAR + _BAR_GAP if position == barred else 0) for position, column in enumerate(columns)]
    start = frozen if first is None else max(frozen, min(first, len(columns) - 1))
    wanted = [position - frozen for position in table.most_wanted if position >= frozen] if first is None else []
    # The gap after the last column may exceed the width.
    fitting = that_fit([one + gap for one in own[start:]], room + gap, wanted)
    if wanted and wanted[0] not in fitting:
        fitting = wanted[:1]
    positions = [*range(frozen), *(start + position for position in fitting or [0])]
    widths += [max(1, min(own[position], room)) for position in positions[frozen:]]
    places: list[PlacedColumn] = []
    x = GUTTER
    for position, given in zip(positions, widths, strict=True):
        bar = BAR + _BAR_GAP if position == barred and given == own[position] else 0
        after = _LAST_GAP if position == positions[-1] else gap + (position == arrow)
        places.append(PlacedColumn(position, columns[position], x, given, bar, after))
        x += given + after
    left = start - frozen
    finding = next((column for column in columns if column.key == FINDING.key and column.extra is not None), None)
    return Layout(width, first, tuple(places), frozen, left, len(columns) - len(places) - left, edge, finding)


def _sorted_with(table: Table) -> list[Column]:
    """Return the first sort column and the columns that belong to it, if it is not a metric.

    An example is a trend. If the first sort column is a metric, return only the changes of a comparison.
    """
    changes = [table.columns[position] for position in table.changes]
    key = None if table.deciding is None else table.columns[table.deciding].key
    extras = [column for column in table.columns if column.extra is not None]
    if key is None or all(column.key != key for column in extras):
        return changes
    beside = [column for column in extras if column.extra is not None and key in (column.key, column.extra.name.beside)]
    # Too wide to take the room of names, unless the rows are sorted by it.
    return [*(column for column in beside if column.key in (key, TREND.key)), *changes]


def _gap(groups: Sequence[Column], width: int) -> int:
    """Return the number of blanks between two columns of the grid.

    The number is smaller if the group-by columns must be cut, so that more letters of their values fit.
    """
    wanted = sum(column.width + GAP for column in groups)
    return GAP if wanted <= width * _FROZEN_SHARE else _LEAST_GAP


def _before_arrow(groups: Sequence[Column]) -> int | None:
    """Return the position of the group-by column that is followed by the arrow from client to server.

    Return None if there is no arrow.
    """
    sides = [side_of(group.label) for group in groups]
    ways = [position for position, pair in enumerate(pairwise(sides)) if pair == (Side.CLIENT, Side.SERVER)]
    return ways[0] if ways else None


def _barred(table: Table, width: int) -> int | None:
    """Return the position of the table column whose cells contain bars, or None if no column has bars."""
    deciding = table.deciding
    if width < _ROOM_FOR_BAR or deciding is None:
        return None
    return deciding if table.columns[deciding].key in table.snapshot.endpoint.metrics else None


def _frozen_widths(groups: Sequence[Column], width: int, gap: int, arrow: int, beside: int) -> list[int]:
    """Return the widths of the group-by columns, which never scroll, in terminal columns.

    All group-by columns are included if one metric fits beside them. They share the width that the metrics do not
    need. With more group-by columns, this share is larger. A width change by the user is added, and does not
    change other columns. `beside` terminal columns stay free for other columns if short names are still readable.
    """
    line = width - GUTTER - arrow
    readable = len(groups) * (NARROWEST_GROUP + gap)
    least = len(groups) * (NARROWEST_COLUMN + gap)
    share = min(int(width * _FROZEN_SHARE), max(line - beside, len(groups) * (_SHORT_NAME + gap)))
    room = max(share, min(readable, line - _TWO_FIGURES), min(least, line - _ONE_FIGURE))
    frozen = min(len(groups), max(1, room // (NARROWEST_COLUMN + gap)))
    widths = _shared_out([column.own_width for column in groups[:frozen]], room - gap * frozen)
    spare = max(0, line - _ONE_FIGURE - gap * frozen - sum(widths))
    for position, column in enumerate(groups[:frozen]):
        given = max(NARROWEST_COLUMN - widths[position], min(column.widened, spare))
        widths[position] += given
        spare -= given
    return widths


def _shared_out(wanted: Sequence[int], room: int) -> list[int]:
    """Return column widths whose sum is at most `room`, in terminal columns.

    Narrow columns get the width that they want, and wide columns share the remaining width.
    """
    widths = [0] * len(wanted)
    remaining, unserved = room, len(wanted)
    for position in sorted(range(len(wanted)), key=wanted.__getitem__):
        widths[position] = max(NARROWEST_COLUMN, min(wanted[position], remaining // max(1, unserved)))
        remaining -= widths[position]
        unserved -= 1
    return widths


def scrolled_to(table: Table, position: int, first: int | None, width: int, edge: int = 0) -> Layout:
    """Return the layout that starts with the table column `first`.

    If the column at the table position `position` is not visible in it, scroll only as far as necessary to make
    it visible.
    """
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
    """Return the layout scrolled sideways by this number of table columns. A negative number scrolls to the left.

    If no columns are hidden on that side, return the layout unchanged.
    """
    if (shown.right if columns > 0 else shown.left) == 0:
        return shown
    first = shown.frozen + shown.left + columns
    return layout(table, first if first > shown.frozen else None, shown.width, shown.edge)


def same_column(before: Table | None, position: int, table: Table) -> int:
    """Return the position in the new table of the column that was at this position in the old table.

    If the column no longer exists, return the same position, or the last position if there are fewer columns.
    """
    keys = [column.key for column in table.columns]
    if before is not None and before.columns and (key := before.columns[position].key) in keys:
        return keys.index(key)
    return min(position, len(keys) - 1)
