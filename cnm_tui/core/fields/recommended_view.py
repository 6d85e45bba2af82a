"""Define the class for a recommended view: a query that is useful in any network, with an explanation."""

from typing import NamedTuple


class RecommendedView(NamedTuple):
    """A query without time range and limit, with the sort, columns and filter of its rows."""

    name: str
    meaning: str
    """One sentence: what it finds and how to read it."""
    search: str
    group_bys: tuple[str, ...]
    sort: tuple[str, ...]
    """Columns to sort by: metrics from large to small, names from A to Z; later columns decide ties."""
    columns: tuple[str, ...] = ()
    """Keys of the metrics to show: the view's subject, then metrics to compare it with."""
    row_filter: str = ""
    """Filter for the rows; empty to keep the current filter."""
    needs: str = ""
    """The field that needs a value; empty if none does."""
