"""Calculate the columns of a table: their order, their widths, and which columns fit in the terminal."""

from collections.abc import Callable, Iterable, Mapping, Sequence
from functools import partial
from typing import Final, NamedTuple

from cnm_tui.core.compare.change_metrics import JUDGED_BY, change_of
from cnm_tui.core.connections import UNRESOLVED, Connection
from cnm_tui.core.endpoint import Endpoint
from cnm_tui.core.metrics.health import Health, figure_cell_text, health
from cnm_tui.core.metrics.metric import ChangeForm, Counters, Metric, Number
from cnm_tui.core.query import column_key
from cnm_tui.core.snapshot import Snapshot
from cnm_tui.core.table.extra import ExtraColumn, Extras
from cnm_tui.core.text import cell_width, clean
from cnm_tui.core.units import PREFIXES, Scale, in_one_unit

NARROWEST_COLUMN: Final = 4
"""Minimum width of a column: three letters and the ellipsis."""
WIDEST_COLUMN: Final = 200
"""Maximum width of a column; no tag value is longer."""
NARROWEST_GROUP: Final = 8
WIDEST_GROUP: Final = 44
"""Maximum default width of a group value; longer ones are cut, and shown whole in the detail pane."""

_ARROW: Final = 2
_SIGNS: Final = 3
"""Width of the sign of a bad value, with the space after it."""
_VERDICT: Final = 2
"""Width of the sign of a change for the worse, with the space after it."""


_JUDGED_BY: Final = 15
"""Width for nearly each label with its change in percent."""


class Column(NamedTuple):
    """One column of a table. It is a group-by, a metric, or an extra column such as the finding."""

    key: str
    """Unique key of the column."""
    label: str
    own_width: int
    """Terminal columns for its cells, heading and sort arrow."""
    group: int | None = None
    """The position among the query's group-bys; None for any other column."""
    metric: Metric | None = None
    widened: int = 0
    """Terminal columns added or removed by the user."""
    extra: ExtraColumn | None = None
    scale: Scale | None = None
    """The number format that all rows share, without unit; None for that of the metric."""
    unit: str = ""
    """The unit of that format."""

    @property
    def told_unit(self) -> str:
        """Return the unit for the column heading, with a blank before it.

        It is `?` if the unit is not documented, and empty if the label already ends with the unit.
        """
        if self.metric is not None and self.metric.unit_note:
            return " ?"
        return f" {self.unit}" if self.unit and not self.label.endswith(self.unit) else ""

    @property
    def width(self) -> int:
        """Return the width of the table column in terminal columns."""
        return self.own_width + self.widened

    @property
    def is_group(self) -> bool:
        """True if the column is a group-by."""
        return self.group is not None

    @property
    def meaning(self) -> str:
        """Return a sentence that describes the column. It is empty for a group-by."""
        if self.extra is not None:
            return self.extra.name.meaning
        return self.metric.meaning if self.metric is not None else ""


def columns_of(
    endpoint: Endpoint,
    group_widths: Mapping[str, int],
    shown: Sequence[str] = (),
    widths: Iterable[tuple[str, int]] = (),
    extras: Extras = (),
    hidden: Sequence[str] = (),
) -> tuple[Column, ...]:
    """Return the columns of a table to display. The group-bys come first.

    Args:
        endpoint: The API endpoint of the rows.
        group_widths: The width of each group-by's column in terminal columns, in the order of the query.
        shown: The column keys of the other columns in order. Empty for all columns in the default order. Unknown
            column keys are skipped.
        widths: The change of width in terminal columns by column key. A negative number makes a column narrower.
        extras: The extra columns that are available.
        hidden: The column keys of hidden columns. They may be group-bys, or extra columns beside a metric.
    """
    given = dict(widths)
    others = _others(endpoint, extras, given)
    groups = [
        Column(key, clean(group_by), own, group=position, widened=within_bounds(own, given.get(key, 0)))
        for position, (group_by, own) in enumerate(group_widths.items())
        for key in (column_key(group_by, endpoint),)
        if key not in hidden
    ]
    keys = [key for key in dict.fromkeys(shown) if key in others] or usual_order(endpoint, extras)
    return (*groups, *(others[key] for key in _with_companions(keys, extras, hidden)))


def _with_companions(keys: Sequence[str], extras: Extras, hidden: Sequence[str]) -> list[str]:
    """Return the column keys together with the keys of the extra columns that belong beside a metric. Each of these
    extra columns is placed after its metric. If the metric is hidden, its extra column comes first."""
    companions = {extra.name.key: extra.name.beside for extra in extras if extra.name.beside}
    listed = [key for key in keys if key not in companions]
    # Backwards, as each one is put directly behind the metric.
    for key, metric in reversed(companions.items()):
        if key not in hidden:
            listed.insert(listed.index(metric) + 1 if metric in listed else 0, key)
    return listed


def usual_order(endpoint: Endpoint, extras: Extras) -> tuple[str, ...]:
    """Return the column keys of the columns that are displayed by default, in their order. Group-bys are left out."""
    return (*(extra.name.key for extra in extras if extra.name.usual), *endpoint.shown_order)


def _others(endpoint: Endpoint, extras: Extras, widths: Mapping[str, int]) -> dict[str, Column]:
    """Return all available columns except the group-bys, in their default order. The dictionary keys
    are column keys."""
    columns = [_extra_column(extra, widths.get(extra.name.key, 0)) for extra in extras]
    columns += [_figure_column(endpoint.metrics[key], widths.get(key, 0)) for key in endpoint.shown_order]
    return {column.key: column for column in columns}


def with_changes(
    columns: Sequence[Column], form: ChangeForm, endpoint: Endpoint, *, any_judged: bool
) -> tuple[Column, ...]:
    """Return the columns of a comparison.

    If a row became worse or better, a column with the deciding metric is added. Changes are displayed beside the
    metrics or replace them.

    Args:
        columns: The columns without a comparison.
        form: The way to display changes.
        endpoint: The API endpoint of the rows.
        any_judged: True if a row became worse or better.
    """
    groups = [column for column in columns if column.is_group]
    judged = Column(JUDGED_BY.key, JUDGED_BY.label, _JUDGED_BY, metric=JUDGED_BY)
    woven = [*groups, judged] if any_judged else groups
    if form is ChangeForm.UNTOLD:
        return (*woven, *columns[len(groups) :])
    for column in columns[len(groups) :]:
        if form is not ChangeForm.ALONE or column.metric is None:
            woven.append(column)
        if column.metric is not None:
            metric = change_of(column.metric, form, endpoint)
            own = max(metric.scale.width + _VERDICT, len(metric.label) + _ARROW)
            woven.append(Column(metric.key, metric.label, own, metric=metric))
    return tuple(woven)


def most_wanted(columns: Sequence[Column], deciding: int | None, changes: Sequence[int]) -> list[int]:
    """Return the positions of the columns that must be visible on a narrow screen.

    The first sort column comes first, then the changes of a comparison, then the extra columns that belong to the
    first sort column, then other extra columns beside metrics. If the rows are sorted by a group-by, the list
    contains only changes.

    Args:
        columns: The columns of the table.
        deciding: The position of the first sort column; None if it is hidden.
        changes: The positions of the most important changes.
    """
    if deciding is None or (decides := columns[deciding]).is_group:
        return [*changes]
    anchor = decides.extra.name.beside if decides.extra is not None else ""
    beside = {at: column.extra.name.beside for at, column in enumerate(columns) if column.extra is not None}
    belonging = [at for at, of in beside.items() if of and of == (anchor or decides.key)]
    others = [at for at, of in reversed(beside.items()) if of]
    return list(dict.fromkeys([deciding, *changes, *belonging, *others]))


def most_important_changes(
    columns: Sequence[Column], sorted_by: str, form: ChangeForm, endpoint: Endpoint
) -> list[int]:
    """Return the positions of up to two columns of a comparison that are the most important ones. One column shows the
    metric in which a row became worse or better. The other shows the change of the sorted metric. If the rows are
    not sorted by a metric, the other column shows the change of the traffic volume."""
    keys = [column.key for column in columns]
    metric = sorted_by if sorted_by in endpoint.metrics else endpoint.volume
    return [keys.index(key) for key in (JUDGED_BY.key, form.key(metric)) if key in keys]


def with_hidden(
    endpoint: Endpoint, columns: Sequence[Column], widths: Iterable[tuple[str, int]] = (), extras: Extras = ()
) -> tuple[Column, ...]:
    """Return the displayed columns together with the hidden columns.

    Each hidden column is placed after the column that it follows in the default order.
    """
    others = _others(endpoint, extras, dict(widths))
    listed, before = list(columns), ""
    for key, hidden in others.items():
        keys = ["" if column.is_group else column.key for column in listed]
        if key not in keys:
            listed.insert(keys.index(before) + 1 if before else keys.count(""), hidden)
        before = key
    return tuple(listed)


def _extra_column(extra: ExtraColumn, widened: int) -> Column:
    name = extra.name
    own = max(name.width, len(name.label) + _ARROW)
    return Column(name.key, name.label, own, widened=within_bounds(own, widened), extra=extra)


def _figure_column(metric: Metric, widened: int) -> Column:
    own = _figure_width(metric, metric.scale, metric.label)
    return Column(metric.key, metric.label, own, metric=metric, widened=within_bounds(own, widened))


def _figure_width(metric: Metric, scale: Scale, heading: str) -> int:
    return max(scale.width + (_SIGNS if metric.is_marked else 0), len(heading) + _ARROW)


Extremes = Mapping[str, tuple[Number, Number]]
"""The smallest and the largest value of metrics, by key, apart from 0; metrics without any are missing."""


def extremes_of(snapshot: Snapshot, known: Extremes) -> Extremes:
    """Return the smallest and largest number of each metric. The dictionary keys are the metric keys. The numbers of
    earlier snapshots are included. Therefore the units of the columns rarely change."""
    baseline, seconds = snapshot.baseline, snapshot.window.seconds
    found = dict(known)
    for key in snapshot.endpoint.shown_order:
        metric = snapshot.endpoint.metrics[key]
        numbers = [*found.get(key, ()), *snapshot.extremes.get(key, ())]
        if baseline is not None:
            # Rows that are gone show them, scaled to the current window.
            longer = seconds / baseline.window.seconds if metric.accumulates else 1
            numbers += [number * scaled for number in baseline.extremes.get(key, ()) for scaled in (1, longer)]
        if numbers:
            found[key] = min(numbers), max(numbers)
    return found


def in_shared_unit(column: Column, extremes: Extremes) -> Column:
    """Return the column with its unit in the heading, if the numbers of all rows can be written in one unit. Otherwise
    return the column unchanged."""
    if column.metric is None or column.key not in extremes:
        return column
    shared = in_one_unit(column.metric.scale, *extremes[column.key])
    if shared is None or shared[1] in PREFIXES:
        return column
    told = column._replace(scale=shared[0], unit=shared[1])
    heading = column.label + (told.told_unit if told.unit else "")
    return told._replace(own_width=_figure_width(column.metric, shared[0], heading))


def group_width(group_by: str, longest: str = "") -> int:
    """Return the column width that a group-by needs for its name and its longest value, within fixed limits. The width
    is in terminal columns. Both texts must be free of control characters."""
    label = min(cell_width(group_by) + _ARROW, WIDEST_GROUP)
    # Few values have wide characters; the longest by character count is close enough.
    return max(NARROWEST_GROUP, label, min(cell_width(longest[: WIDEST_GROUP + 1]), WIDEST_GROUP))


def group_widths_of(snapshot: Snapshot, known: Mapping[str, int]) -> Mapping[str, int]:
    """Return the width of the table column of each group-by, in terminal columns. A column is wide enough for its
    values. It is never narrower than its width in `known`."""
    widths = {}
    for position, key in enumerate(snapshot.query.group_bys):
        longest = max(snapshot.texts(position), key=len, default="")
        widths[key] = max(group_width(clean(key), longest), known.get(key, 0))
    return widths


def known_widths(snapshot: Snapshot, columns: Iterable[Column]) -> Mapping[str, int]:
    """Return the width of the table column of each group-by, without the width changes that the user made."""
    group_bys = snapshot.query.group_bys
    return {group_bys[column.group]: column.own_width for column in columns if column.group is not None}


def within_bounds(own_width: int, widened: int) -> int:
    """Return the part of the user's width change that can be applied to a column, in terminal columns. The resulting
    width stays between the minimum and the maximum width of a column."""
    return max(NARROWEST_COLUMN, min(own_width + widened, WIDEST_COLUMN)) - own_width


def with_widths(widths: Iterable[tuple[str, int]], changed: Iterable[tuple[str, int]]) -> tuple[tuple[str, int], ...]:
    """Return the user's width changes, updated with the changes in `changed`. A column with a change of 0 is left out.
    Each item is a pair: the column key and the change in terminal columns."""
    return tuple((key, widened) for key, widened in {**dict(widths), **dict(changed)}.items() if widened)


def that_fit(widths: Sequence[int], room: int, first_choices: Sequence[int] = ()) -> list[int]:
    """Return the positions of the table columns that fit into the available width, in ascending order.

    Args:
        widths: The width of each table column in terminal columns, including the gap after it. The most important
            columns come first.
        room: The available width in terminal columns.
        first_choices: The positions of the columns that must be visible before all others, most important first.
    """
    chosen: list[int] = []
    for position in first_choices:
        if widths[position] + sum(widths[one] for one in chosen) <= room:
            chosen.append(position)
    # Those among the first columns need no room besides.
    for number in range(len(chosen) + 1):
        beyond = sorted(chosen)[len(chosen) - number :]
        fitting = _how_many_fit(widths, room - sum(widths[position] for position in beyond))
        if all(position < fitting or position in beyond for position in chosen):
            return sorted({*range(fitting), *beyond})
    return sorted(chosen)


def _how_many_fit(widths: Sequence[int], room: int) -> int:
    for count, width in enumerate(widths):
        room -= width
        if room < 0:
            return count
    return len(widths)


class Cell(NamedTuple):
    """The text of a table cell, and the style to draw it with."""

    text: str
    kind: str = ""
    """Style words: `zero`, `absent`, `changed`, `odd`, `bad`, `thin`; usually none."""


CellOf = Callable[[Connection, Counters | None], Cell]
"""Function that returns a connection's cell, given its counters in the previous answer (or None)."""


def group_cell(position: int, constant: str = "") -> CellOf:
    """Return a function that makes the table cells of one group-by.

    Args:
        position: The position of the group-by in the query, from 0.
        constant: The text for a group-by that has the same value in all rows. Empty for other group-bys.
    """
    if constant:
        return lambda _connection, _before: Cell(constant)

    def cell(connection: Connection, _before: Counters | None) -> Cell:
        text = connection.group_text(position)
        return Cell(text, "absent" if text == UNRESOLVED else "")

    return cell


def figure_cell(metric: Metric, window_seconds: float, seconds_before: float, scale: Scale | None = None) -> CellOf:
    """Return a function that makes the table cells of one metric. Numbers are padded with blanks so that their decimal
    points are aligned.

    Args:
        metric: The metric.
        window_seconds: The length of the time window in seconds.
        seconds_before: The length of the previous time window in seconds.
        scale: The number format. None for the usual format of the metric.
    """
    # Looked up once for all rows: the function runs for every visible value.
    value, judged = metric.value, metric.is_marked
    scale = scale or metric.scale
    text_of = partial(figure_cell_text, metric, scale=scale) if metric.ranked_by_evidence else scale.cell

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
            # A change that does not show in the text is not marked.
            if was != number and text_of(was) != text:
                kind = as_changed(kind)
        return Cell(text, kind)

    return cell


def as_changed(kind: str) -> str:
    """Return the style words of a cell, with the mark of a value that a refresh changed."""
    return f"{kind} changed" if kind in ("odd", "bad", "thin") else "changed"
