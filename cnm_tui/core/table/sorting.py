"""What rows are sorted by: columns, each in its direction, and what has too little evidence last if that is wanted."""

from collections.abc import Sequence
from itertools import count
from typing import Final, NamedTuple

from cnm_tui.core.endpoint import Endpoint
from cnm_tui.core.errors import InvalidQuery
from cnm_tui.core.metrics.health import JUDGED_KEYS, RANKED_BY_EVIDENCE
from cnm_tui.core.metrics.metric import ChangeForm, Number
from cnm_tui.core.query import column_key, column_keys
from cnm_tui.core.snapshot import UNRESOLVED, Snapshot
from cnm_tui.core.text import clean

DIRECTIONS: Final = ("asc", "desc", "worst")
_RAISED: Final = str.maketrans("0123456789", "⁰¹²³⁴⁵⁶⁷⁸⁹")


class SortKey(NamedTuple):
    """One column to sort by."""

    column: str
    descending: bool
    worst: bool = False
    """True if, in descending order, rows with too little evidence for their figure come after the others."""

    @property
    def by_evidence(self) -> bool:
        """True if evidence decides before the number does."""
        return self.worst and self.descending and self.may_be_by_evidence

    @property
    def may_be_by_evidence(self) -> bool:
        """True for a figure that may be large because little was seen, and for changes of which more is worse.

        Not for the change of a count in its own unit: that is as large as it is.
        """
        form, _, key = self.column.rpartition(".")
        if form == ChangeForm.PERCENT.value:
            return key in JUDGED_KEYS
        return key in RANKED_BY_EVIDENCE and form in ("", ChangeForm.CHANGE.value)

    def flipped(self) -> "SortKey":
        """The same column the other way round."""
        return self._replace(descending=not self.descending)

    @property
    def arrow(self) -> str:
        """The direction as a sign; `▾#` by the number alone of a figure that could be sorted by evidence."""
        if not self.descending:
            return "▴"
        return "▾#" if self.may_be_by_evidence and not self.worst else "▾"


def sort_arrows(sort: Sequence[SortKey]) -> dict[str, str]:
    """By the key of each column that is sorted by, the sign that says so: `▾`, `▾²` where it only decides ties."""
    ordinals = ("" if number == 1 else str(number).translate(_RAISED) for number in count(1))
    return {key.column: key.arrow + ordinal for key, ordinal in zip(sort, ordinals, strict=False)}


def first_sort_of(column: str, endpoint: Endpoint) -> SortKey:
    """The order that people mean first: the largest figure, but names from A to Z."""
    key = SortKey(column, descending=column in endpoint.metrics or endpoint.of_comparison(column))
    return key._replace(worst=key.may_be_by_evidence)


def usual_sort(endpoint: Endpoint) -> tuple[SortKey, ...]:
    """Return the order of rows that nobody sorted: what matters most first."""
    return (first_sort_of(endpoint.volume, endpoint),)


def parsed_sort(
    text: str, group_bys: Sequence[str], endpoint: Endpoint, *, worst_first: bool = True
) -> tuple[SortKey, ...]:
    """The sort keys of `KEY[:asc|:desc|:worst][,KEY…]`.

    Args:
        worst_first: Whether a figure without a direction is sorted as by `:worst`, where that says more than `:desc`.

    Raises:
        InvalidQuery: An unknown column or direction.
    """
    keys: list[SortKey] = []
    for written in text.split(","):
        name, _, direction = written.strip().rpartition(":")
        # A custom tag may itself end in `:desc`.
        if (
            direction not in DIRECTIONS
            or not name
            or written.strip() in (*group_bys, *column_keys(group_bys, endpoint))
        ):
            name, direction = written.strip(), ""
        column = column_to_sort_by(name, group_bys, endpoint)
        if column is None:
            columns = ", ".join((*column_keys(group_bys, endpoint), *endpoint.shown_order))
            raise InvalidQuery(
                f"{clean(name, 60)!r} is no column to sort by.",
                hint=f"Columns: {columns}; then :asc or :desc, or :worst for shares.",
            )
        key = first_sort_of(column, endpoint)
        if direction:
            key = key._replace(descending=direction != "asc", worst=direction == "worst" and key.worst)
        # A column that stands there again decides nothing.
        if all(column != before.column for before in keys):
            keys.append(key if direction or worst_first else key._replace(worst=False))
    return tuple(keys)


def column_to_sort_by(name: str, group_bys: Sequence[str], endpoint: Endpoint) -> str | None:
    """Return the key of the column that is called so: a group-by, or a figure by any of its names; None if none is."""
    if name in column_keys(group_bys, endpoint):
        return name
    return figure_called(name, endpoint) or (column_key(name, endpoint) if name in group_bys else None)


def figure_called(name: str, endpoint: Endpoint) -> str | None:
    """Return the key of the figure that has this name among others; None if there is none."""
    # The language of the filter is imported where something is filtered, or a column named.
    from cnm_tui.core.filter.conditions import column_called

    return column_called(name, endpoint)


def ordered(snapshot: Snapshot, sort: tuple[SortKey, ...], kept: Sequence[int] | None) -> list[int]:
    """Positions in sorted order: stable, numbers as numbers, absent or not measured last whichever the direction."""
    order = list(range(len(snapshot.connections)) if kept is None else kept)
    for key in reversed(sort):
        values = _sort_values(snapshot, key.column)
        if values is None:
            continue
        if None not in values:
            order.sort(key=values.__getitem__, reverse=key.descending)  # type: ignore[arg-type]  # none is None
            order = _with_thin_last(snapshot, key, order)
            continue
        present = [position for position in order if values[position] is not None]
        absent = [position for position in order if values[position] is None]
        present.sort(key=values.__getitem__, reverse=key.descending)  # type: ignore[arg-type]  # None are left out
        order = _with_thin_last(snapshot, key, present) + absent
    return order


def _with_thin_last(snapshot: Snapshot, key: SortKey, order: list[int]) -> list[int]:
    """Return the positions with enough evidence, then the others, both in the order given."""
    if not key.by_evidence or snapshot.metric(key.column) is None:
        return order
    thin = snapshot.thin(key.column)
    return [at for at in order if not thin[at]] + [at for at in order if thin[at]]


def has_column(snapshot: Snapshot, column: str) -> bool:
    """True if the rows can be sorted by this column."""
    return snapshot.metric(column) is not None or column in column_keys(snapshot.query.group_bys, snapshot.endpoint)


def _sort_values(snapshot: Snapshot, column: str) -> Sequence[Number | str | None] | None:
    """Return the values to sort by, by position; None if this snapshot has no such column."""
    if (metric := snapshot.metric(column)) is not None:
        return metric.measured(snapshot.figures(metric))
    groups = column_keys(snapshot.query.group_bys, snapshot.endpoint)
    if column not in groups:
        return None
    texts = snapshot.texts(groups.index(column))
    return [None if text == UNRESOLVED else text.casefold() for text in texts]
