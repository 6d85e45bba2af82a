"""Find the facets of a table: for each group-by, the values with the largest volume in the displayed rows.

The user can filter the rows by these values.
"""

from collections.abc import Sequence
from typing import Final, NamedTuple

from cnm_tui.core.filter.conditions import field_term
from cnm_tui.core.metrics.metric import Number
from cnm_tui.core.snapshot import picked
from cnm_tui.core.table.breakdown import shared_values, summed
from cnm_tui.core.table.table import Table
from cnm_tui.core.text import clean

MOST_VALUES: Final = 20
"""Maximum number of values of a facet; a breakdown lists all."""


class FacetValue(NamedTuple):
    """A value of a group-by, with the number of rows that have it and their share of the volume of all rows."""

    text: str
    condition: str
    """Filter text that matches exactly these rows."""
    rows: int
    share: float
    """Their share of the volume of the rows shown, 0 to 1."""


class Facet(NamedTuple):
    """A group-by with its values of the largest volume, for a list from which the user can choose a filter."""

    field: str
    label: str
    values: tuple[FacetValue, ...]
    """The values with the largest volume, largest first."""
    number: int
    """Number of all values."""


def facets(table: Table) -> tuple[Facet, ...]:
    """Return for each group-by the values with the largest volume, in the rows that match the table's filter.

    Rows that the table hides because of its maximum number of rows are included.
    """
    return tuple(_facet(table, position) for position in range(len(table.snapshot.query.group_bys)))


def _facet(table: Table, position: int) -> Facet:
    snapshot, order = table.snapshot, table.matching
    field = snapshot.query.group_bys[position]
    sizes: Sequence[Number] = [size or 0 for size in picked(snapshot.volumes, order)]
    by_value = summed(picked(snapshot.texts(position), order), sizes)
    total = sum(sizes)
    largest = sorted(by_value.items(), key=lambda found: (-found[1][1], -found[1][0], found[0]))[:MOST_VALUES]
    shared = shared_values(snapshot, position, order)
    values = tuple(
        FacetValue(
            text, field_term(field, text, snapshot.endpoint.fields, alone=text in shared), rows, size / (total or 1)
        )
        for text, (rows, size) in largest
    )
    return Facet(field, clean(field), values, len(by_value))
