"""Sort rows by columns, each with its direction; rows with too little evidence can be put last."""

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
    """One column to sort by."""

    column: str
    descending: bool
    worst: bool = False
    """True if, in descending order, rows with too little evidence for this metric come last."""

    def by_evidence(self, endpoint: Endpoint) -> bool:
        """True if evidence decides before the value."""
        return self.worst and self.may_be_by_evidence(endpoint)

    def may_be_by_evidence(self, endpoint: Endpoint) -> bool:
        """True in descending order for metrics that may be large with little evidence."""
        return self.descending and endpoint.is_ranked_by_evidence(self.column)

    def flipped(self) -> "SortKey":
        """Return the key with the direction reversed."""
        return self._replace(descending=not self.descending)

    def arrow(self, endpoint: Endpoint) -> str:
        """Return the direction as a sign; `▾#` if a metric that could be sorted by evidence is sorted by value only."""
        if not self.descending:
            return "▴"
        return "▾#" if self.may_be_by_evidence(endpoint) and not self.worst else "▾"


def told_in(form: ChangeForm, key: SortKey, endpoint: Endpoint) -> SortKey:
    """Return the key for changes in this form; the same one if it is not for changes."""
    if form is ChangeForm.UNTOLD or endpoint.change_form_of(key.column) is None:
        return key
    return key._replace(column=form.key(key.column.partition(".")[2]))


def sorts_by_any(sort: Sequence[SortKey], extras: Extras) -> bool:
    """Return True if one of the keys is for one of these columns."""
    names = {extra.name.key for extra in extras}
    return any(key.column in names for key in sort)


def sort_arrows(sort: Sequence[SortKey], endpoint: Endpoint) -> dict[str, str]:
    """Return the sign of each sort column by its key: `▾`, or `▾2` if it only decides ties."""
    return {key.column: f"{key.arrow(endpoint)}{number if number > 1 else ''}" for number, key in enumerate(sort, 1)}


def first_sort_of(column: str, endpoint: Endpoint) -> SortKey:
    """Return the default direction: largest value first, but names from A to Z."""
    is_name = not (column in endpoint.metrics or column in endpoint.extras or endpoint.of_comparison(column))
    key = SortKey(column, descending=not is_name)
    return key._replace(worst=key.may_be_by_evidence(endpoint))


def worst_first_sort(endpoint: Endpoint) -> tuple[SortKey, ...]:
    """Return the sort of a new user's first rows: the worst finding first, if the endpoint has findings."""
    return (first_sort_of(FINDING.key, endpoint),) if FINDING.key in endpoint.extras else usual_sort(endpoint)


def usual_sort(endpoint: Endpoint) -> tuple[SortKey, ...]:
    """Return the default sort: the most important rows first."""
    return (first_sort_of(endpoint.volume, endpoint),)


def parsed_sort(
    text: str, group_bys: Sequence[str], endpoint: Endpoint, *, worst_first: bool = True
) -> tuple[SortKey, ...]:
    """Return the sort keys of `KEY[:asc|:desc|:worst][,KEY…]`.

    Args:
        worst_first: True if a metric without a direction is sorted as with `:worst`, if it allows that.

    Raises:
        InvalidQuery: A column or direction is unknown.
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
    """Return the key of the column with this name: a group-by, or any name of another one; None if there is none."""
    if name in column_keys(group_bys, endpoint):
        return name
    return other_column_called(name, endpoint) or (column_key(name, endpoint) if name in group_bys else None)


def other_column_called(name: str, endpoint: Endpoint) -> str | None:
    """Return the key of the column with this name that is no group-by; None if there is none."""
    return filter_language.column_called(name, endpoint)


def ordered(
    snapshot: Snapshot, sort: tuple[SortKey, ...], kept: Sequence[int] | None, extras: Extras = ()
) -> list[int]:
    """Return positions in sorted order: stable, absent or unmeasured values last in both directions."""
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
    """Return the positions with enough evidence, then the others, both in the given order."""
    if not key.by_evidence(snapshot.endpoint) or snapshot.metric(key.column) is None:
        return order
    thin = snapshot.thin(key.column)
    return [at for at in order if not thin[at]] + [at for at in order if thin[at]]


def has_column(snapshot: Snapshot, column: str, extras: Extras = ()) -> bool:
    """True if the rows can be sorted by this column."""
    if snapshot.metric(column) is not None or extra_called(column, extras, snapshot) is not None:
        return True
    return column in column_keys(snapshot.query.group_bys, snapshot.endpoint)


def _sort_values(snapshot: Snapshot, column: str, extras: Extras) -> Sequence[Any] | None:
    """Return the sort values by position; None if this snapshot has no such column."""
    if (extra := extra_called(column, extras, snapshot)) is not None:
        return extra.order(snapshot)
    if (metric := snapshot.metric(column)) is not None:
        return metric.measured(snapshot.figures(metric))
    groups = column_keys(snapshot.query.group_bys, snapshot.endpoint)
    if column not in groups:
        return None
    texts = snapshot.texts(groups.index(column))
    return [None if text == UNRESOLVED else text.casefold() for text in texts]
