"""The columns of a table: which there are, in which order, how wide, and which are left where not all of them fit."""

from collections.abc import Callable, Iterable, Mapping, Sequence
from functools import partial
from typing import Final, NamedTuple

from cnm_tui.core.compare.change_metrics import CHANGE_METRICS, JUDGED_BY
from cnm_tui.core.metrics.catalogue import METRICS, SHOWN_ORDER, ChangeForm, Counters, Metric
from cnm_tui.core.metrics.health import RANKED_BY_EVIDENCE, THRESHOLDS, Health, figure_cell_text, health
from cnm_tui.core.query import column_key
from cnm_tui.core.snapshot import UNRESOLVED, Connection
from cnm_tui.core.text import cell_width, clean

NARROWEST_COLUMN: Final = 4
"""Terminal columns left of one that is narrowed: three letters and the sign that something is cut."""
WIDEST_COLUMN: Final = 200
"""A tag value has no more characters."""
NARROWEST_GROUP: Final = 8
WIDEST_GROUP: Final = 44
"""Columns that a group value gets by itself at most; longer ones are cut, and whole in the detail pane."""

_ARROW: Final = 2
_SIGNS: Final = 3
"""Columns for the sign of a bad figure and the space behind it."""
_VERDICT: Final = 2
"""Columns for the sign of a change for the worse and the space behind it."""


_JUDGED_BY: Final = 11
"""Columns for the heading, and for nearly each label with how many more figures there are."""


class Column(NamedTuple):
    """One column of a table: a group-by or a metric."""

    key: str
    """No other column has it."""
    label: str
    own_width: int
    """Terminal columns that its cells need, heading and sort arrow included."""
    group: int | None = None
    """The position among the query's group-bys, or None for a metric."""
    metric: Metric | None = None
    widened: int = 0
    """Terminal columns that the user gave beyond its own width, or took."""

    @property
    def width(self) -> int:
        """Terminal columns that it is to have."""
        return self.own_width + self.widened


def columns_of(
    group_widths: Mapping[str, int], shown: Sequence[str] = (), widths: Iterable[tuple[str, int]] = ()
) -> tuple[Column, ...]:
    """All group-bys, then the metrics to show.

    Args:
        group_widths: The own width of each group-by, in the query's order.
        shown: Keys of the metrics in order; none: all of them in the usual one. What is no metric is passed over.
        widths: By the key of a column, how many terminal columns more or fewer than its own width it is to have.
    """
    given = dict(widths)
    groups = [
        Column(key, clean(group_by), own, group=position, widened=within_bounds(own, given.get(key, 0)))
        for position, (group_by, own) in enumerate(group_widths.items())
        for key in (column_key(group_by),)
    ]
    keys = [key for key in dict.fromkeys(shown) if key in METRICS] or SHOWN_ORDER
    return (*groups, *(_figure_column(METRICS[key], given.get(key, 0)) for key in keys))


def with_changes(columns: Sequence[Column], form: ChangeForm) -> tuple[Column, ...]:
    """Behind each metric its change, or in its place, and before them what rows are judged by, for a comparison."""
    groups = [column for column in columns if column.metric is None]
    woven = [*groups, Column(JUDGED_BY.key, JUDGED_BY.label, _JUDGED_BY, metric=JUDGED_BY)]
    if form is ChangeForm.UNTOLD:
        return (*woven, *columns[len(groups) :])
    for column in columns[len(groups) :]:
        if form is not ChangeForm.ALONE:
            woven.append(column)
        if column.metric is not None:
            metric = CHANGE_METRICS[form.key(column.key)]
            own = max(metric.scale.width + _VERDICT, len(metric.label) + _ARROW)
            woven.append(Column(metric.key, metric.label, own, metric=metric))
    return tuple(woven)


def with_hidden(columns: Sequence[Column], widths: Iterable[tuple[str, int]] = ()) -> tuple[Column, ...]:
    """The columns of a table, and each metric that it does not show behind the one that it usually follows."""
    given = dict(widths)
    listed = list(columns)
    for usual, key in enumerate(SHOWN_ORDER):
        keys = [column.key if column.metric is not None else None for column in listed]
        if key not in keys:
            position = keys.index(SHOWN_ORDER[usual - 1]) + 1 if usual else keys.count(None)
            listed.insert(position, _figure_column(METRICS[key], given.get(key, 0)))
    return tuple(listed)


def _figure_column(metric: Metric, widened: int) -> Column:
    signs = _SIGNS if metric.key in THRESHOLDS else 0
    own = max(metric.scale.width + signs, len(metric.label) + _ARROW)
    return Column(metric.key, metric.label, own, metric=metric, widened=within_bounds(own, widened))


def group_width(group_by: str, longest: str = "") -> int:
    """Wide enough for the heading and the longest value, within bounds; both must be clean."""
    label = min(cell_width(group_by) + _ARROW, WIDEST_GROUP)
    # Few values are wide ones; the longest by count of characters is then near enough, and is cut at the bound.
    return max(NARROWEST_GROUP, label, min(cell_width(longest[: WIDEST_GROUP + 1]), WIDEST_GROUP))


def within_bounds(own_width: int, widened: int) -> int:
    """How many of the columns given or taken leave the width within bounds."""
    return max(NARROWEST_COLUMN, min(own_width + widened, WIDEST_COLUMN)) - own_width


def with_widths(widths: Iterable[tuple[str, int]], changed: Iterable[tuple[str, int]]) -> tuple[tuple[str, int], ...]:
    """The widths with others for some columns; what has its own width is not listed."""
    return tuple((key, widened) for key, widened in {**dict(widths), **dict(changed)}.items() if widened)


def that_fit(widths: Sequence[int], room: int, first_choice: int | None = None) -> list[int]:
    """Positions of the columns that there is room for, in their order.

    Args:
        widths: Of columns in the order of their priority, the gap behind each included.
        first_choice: The position of one that comes before all others; it may be negative for one that is not here.
    """
    fitting = _how_many_fit(widths, room)
    if first_choice is None or first_choice < fitting or widths[first_choice] > room:
        return list(range(fitting))
    return [*range(_how_many_fit(widths, room - widths[first_choice])), first_choice]


def _how_many_fit(widths: Sequence[int], room: int) -> int:
    for count, width in enumerate(widths):
        room -= width
        if room < 0:
            return count
    return len(widths)


class Cell(NamedTuple):
    """A text with what is special about it."""

    text: str
    kind: str = ""
    """Words for what is special: `zero`, `absent`, `changed`, `odd`, `bad`, `thin`; usually none."""


CellOf = Callable[[Connection, Counters | None], Cell]
"""The cell of a connection, and its counters in the answer before, if it was there."""


def group_cell(position: int) -> CellOf:
    """Cells of one group-by."""

    def cell(connection: Connection, _before: Counters | None) -> Cell:
        text = connection.group_text(position)
        return Cell(text, "absent" if text == UNRESOLVED else "")

    return cell


def figure_cell(metric: Metric, window_seconds: float, seconds_before: float) -> CellOf:
    """Cells of one metric; figures are padded so that decimal points line up."""
    # Looked up once for all rows: this runs for every figure in sight.
    value, judged = metric.value, metric.key in THRESHOLDS
    text_of = partial(figure_cell_text, metric) if metric.key in RANKED_BY_EVIDENCE else metric.scale.cell

    def cell(connection: Connection, before: Counters | None) -> Cell:
        number = value(connection.counters, window_seconds)
        text = text_of(number)
        kind = ""
        if not number:
            kind = "absent" if number is None else "zero"
        elif judged:
            stands = health(metric, connection.counters)
            kind = "" if stands is Health.GOOD else stands.value
        if before is not None:
            was = value(before, seconds_before)
            # A mark on what looks the same would be no news.
            if was != number and text_of(was) != text:
                kind = f"{kind} changed" if kind in ("odd", "bad", "thin") else "changed"
        return Cell(text, kind)

    return cell
