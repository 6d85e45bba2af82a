"""Sort rows by several columns, each ascending or descending.

A sort can place rows with little traffic last, because their numbers are weak evidence.
"""

from collections.abc import Sequence
from typing import Any, Final, NamedTuple

from cnm_tui.core import filter as filter_language
from cnm_tui.core.connections import UNRESOLVED
from cnm_tui.core.endpoint import Endpoint
from cnm_tui.core.errors import InvalidQuery
from cnm_tui.core.metrics.extra import FINDING
from cnm_tui.core.metrics.metric import ChangeForm
from cnm_tui.core.query import column_key, column_keys
from cnm_tui.core.snapshot import Snapshot
from cnm_tui.core.table.extra import Extras, extra_called
from cnm_tui.core.text import clean

DIRECTIONS: Final = ("asc", "desc", "worst")


class SortKey(NamedTuple):
    """One column that rows are sorted by, with its direction."""

    column: str
    descending: bool
    worst: bool = False
    """True if, in descending order, rows with too little evidence for this metric come last."""

    def by_evidence(self, endpoint: Endpoint) -> bool:
        """True if this sort places rows with too little evidence after all other rows."""
        return self.worst and self.may_be_by_evidence(endpoint)

    def may_be_by_evidence(self, endpoint: Endpoint) -> bool:
        """True if this sort could place rows with too little evidence last. The user may still have chosen otherwise.

        This is possible for a descending sort by a metric that chance alone can make large, for example a share.
        """
        return self.descending and endpoint.is_ranked_by_evidence(self.column)

    def flipped(self) -> "SortKey":
        """Return a sort key for the same column with the opposite direction."""
        return self._replace(descending=not self.descending)

    def arrow(self, endpoint: Endpoint) -> str:
        """Return the symbol for the sort direction, for example `▾` for descending.

        The symbol is `▾#` if rows could be sorted by evidence, but are sorted by the number only.
        """
        if not self.descending:
            return "▴"
        return "▾#" if self.may_be_by_evidence(endpoint) and not self.worst else "▾"


def told_in(form: ChangeForm, key: SortKey, endpoint: Endpoint) -> SortKey:
    """Return the sort key, changed to sort by changes of this form, for example by percent or by difference.

    A sort key that does not sort by changes is returned unchanged.
    """
    if form is ChangeForm.UNTOLD or endpoint.change_form_of(key.column) is None:
        return key
    return key._replace(column=form.key(key.column.partition(".")[2]))


def sorts_by_any(sort: Sequence[SortKey], extras: Extras) -> bool:
    """Return True if at least one of the sort keys sorts by one of these extra columns."""
    names = {extra.name.key for extra in extras}
    return any(key.column in names for key in sort)


def sort_arrows(sort: Sequence[SortKey], endpoint: Endpoint) -> dict[str, str]:
    """Return the symbol for the heading of each sort column. The dictionary keys are the column keys.

    An example is `▾` for the first sort column. `▾2` marks the second sort column, which only decides between
    rows that are equal in the first one.
    """
    return {key.column: f"{key.arrow(endpoint)}{number if number > 1 else ''}" for number, key in enumerate(sort, 1)}


def first_sort_of(column: str, endpoint: Endpoint) -> SortKey:
    """Return the default sort key for a column. Numbers are sorted largest first, and names from A to Z."""
    is_name = not (column in endpoint.metrics or column in endpoint.extras or endpoint.of_comparison(column))
    key = SortKey(column, descending=not is_name)
    return key._replace(worst=key.may_be_by_evidence(endpoint))


def worst_first_sort(endpoint: Endpoint) -> tuple[SortKey, ...]:
    """Return the sort order that a new user sees first. The row with the most severe finding is at the top.

    If the API endpoint has no findings, return the default sort order.
    """
    return (first_sort_of(FINDING.key, endpoint),) if FINDING.key in endpoint.extras else usual_sort(endpoint)


def usual_sort(endpoint: Endpoint) -> tuple[SortKey, ...]:
    """Return the default sort order: the rows with the largest volume come first."""
    return (first_sort_of(endpoint.volume, endpoint),)


def parsed_sort(
    text: str, group_bys: Sequence[str], endpoint: Endpoint, *, worst_first: bool = True
) -> tuple[SortKey, ...]:
    """Return the sort keys for a text in the form `KEY[:asc|:desc|:worst][,KEY…]`, where `KEY` is a column key.

    Args:
        text: The typed text.
        group_bys: The group-bys of the query.
        endpoint: The API endpoint of the rows.
        worst_first: True to sort a metric without a direction as with `:worst`, if the metric allows it.

    Raises:
        InvalidQuery: A column or a direction is unknown.
    """
    keys: list[SortKey] = []
    for written in text.split(","):
        name, _, direction = written.strip().rpartition(":")
        # A custom tag's name may itself end in `:desc`.
        if (
            direction not in DIRECTIONS
            or not name
            or written.strip() in (*group_bys, *column_keys(group_bys, endpoint))
        ):
            name, direction = written.strip(), ""
        column = column_to_sort_by(name, group_bys, endpoint)
        if column is None:
            columns = ", ".join((*column_keys(group_bys, endpoint), *endpoint.shown_order, *endpoint.extras))
            raise InvalidQuery(
                f"{clean(name, 60)!r} is no column to sort by.",
                hint=f"Columns: {columns}; then :asc or :desc, or :worst for shares.",
            )
        key = first_sort_of(column, endpoint)
        if direction:
            key = key._replace(descending=direction != "asc", worst=direction == "worst" and key.worst)
        # A repeated column decides nothing.
        if all(column != before.column for before in keys):
            keys.append(key if direction or worst_first else key._replace(worst=False))
    return tuple(keys)


def column_to_sort_by(name: str, group_bys: Sequence[str], endpoint: Endpoint) -> str | None:
    """Return the column key for the name of a column. Return None if there is no such column.

    The column may be a group-by or any other column.
    """
    if name in column_keys(group_bys, endpoint):
        return name
    return other_column_called(name, endpoint) or (column_key(name, endpoint) if name in group_bys else None)


def other_column_called(name: str, endpoint: Endpoint) -> str | None:
    """Return the column key for the name of a column that is not a group-by. Return None if there is no such
    column.
    """
    return filter_language.column_called(name, endpoint)


def ordered(
    snapshot: Snapshot, sort: tuple[SortKey, ...], kept: Sequence[int] | None, extras: Extras = ()
) -> list[int]:
    """Return the positions of the rows in sorted order.

    Rows with equal values keep their order. Missing or unmeasured values come last in both directions.

    Args:
        snapshot: The snapshot with the rows.
        sort: The sort keys, most important first.
        kept: The positions to sort. None for all rows.
        extras: The columns that are neither group-bys nor metrics.
    """
    order = list(range(len(snapshot.connections)) if kept is None else kept)
    for key in reversed(sort):
        values = _sort_values(snapshot, key.column, extras)
        if values is None:
            continue
        if None not in values:
            order.sort(key=values.__getitem__, reverse=key.descending)
            order = _with_thin_last(snapshot, key, order)
            continue
        present = [position for position in order if values[position] is not None]
        absent = [position for position in order if values[position] is None]
        present.sort(key=values.__getitem__, reverse=key.descending)
        order = _with_thin_last(snapshot, key, present) + absent
    return order


def _with_thin_last(snapshot: Snapshot, key: SortKey, order: list[int]) -> list[int]:
    """Return the row positions with the rows that have too little evidence moved to the end.

    The order within both groups of rows does not change. If the sort key ignores evidence, nothing is moved.
    """
    if not key.by_evidence(snapshot.endpoint) or snapshot.metric(key.column) is None:
        return order
    thin = snapshot.thin(key.column)
    return [at for at in order if not thin[at]] + [at for at in order if thin[at]]


def has_column(snapshot: Snapshot, column: str, extras: Extras = ()) -> bool:
    """True if this snapshot has the column with this column key, so that its rows can be sorted by the column."""
    if snapshot.metric(column) is not None or extra_called(column, extras, snapshot) is not None:
        return True
    return column in column_keys(snapshot.query.group_bys, snapshot.endpoint)


def _sort_values(snapshot: Snapshot, column: str, extras: Extras) -> Sequence[Any] | None:
    """Return the value of each row by which rows are sorted in this column, in the order of the snapshot.

    Return None if the snapshot has no such column.
    """
    if (extra := extra_called(column, extras, snapshot)) is not None:
        return extra.order(snapshot)
    if (metric := snapshot.metric(column)) is not None:
        return metric.measured(snapshot.figures(metric))
    groups = column_keys(snapshot.query.group_bys, snapshot.endpoint)
    if column not in groups:
        return None
    texts = snapshot.texts(groups.index(column))
    return [None if text == UNRESOLVED else text.casefold() for text in texts]
