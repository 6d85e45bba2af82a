"""Convert sort keys and columns to and from typed text."""

from collections.abc import Iterable, Sequence
from dataclasses import replace

from cnm_tui.core.endpoint import Endpoint
from cnm_tui.core.errors import InvalidQuery
from cnm_tui.core.filter.row_filter import RowFilter
from cnm_tui.core.query import Query, column_keys
from cnm_tui.core.table.sorting import (
    DIRECTIONS,
    SortKey,
    column_to_sort_by,
    first_sort_of,
    other_column_called,
    parsed_sort,
    usual_sort,
)
from cnm_tui.core.table.table import Arrangement
from cnm_tui.core.text import clean


def sort_texts(sort: Iterable[SortKey], endpoint: Endpoint) -> list[str]:
    """Return each key as `parsed_sort` reads it: `total_bytes:desc`."""
    return [f"{key.column}:{_direction(key, endpoint)}" for key in sort]


def _direction(key: SortKey, endpoint: Endpoint) -> str:
    if key.by_evidence(endpoint):
        return "worst"
    return "desc" if key.descending else "asc"


def deciding(sort: Sequence[SortKey], query: Query) -> tuple[SortKey, ...]:
    """Return the sort keys that apply to an answer with these group-bys, without a comparison.

    Keys left over from another query do not apply. If none is left, the default order is returned.
    """
    groups = column_keys(query.group_bys, query.endpoint)
    columns = {*query.endpoint.metrics, *query.endpoint.extras, *groups}
    known = tuple(key for key in sort if key.column in columns)
    return known if known or not sort else usual_sort(query.endpoint)


def chosen_sort(text: str, query: Query, *, worst_first: bool = False) -> tuple[SortKey, ...]:
    """Return the sort keys of `--sort`; none, the service's own order, for an empty text.

    Raises:
        InvalidQuery: A column or direction is unknown.
    """
    if not text.strip():
        return ()
    for written in map(str.strip, text.split(",")):
        column, _, direction = written.rpartition(":")
        # Checked here, as the parser would call a known column unknown.
        known = column_to_sort_by(column, query.group_bys, query.endpoint)
        if known is not None and direction not in DIRECTIONS and written not in query.group_bys:
            raise InvalidQuery(
                f"{clean(direction, 40)!r} is no direction to sort in.",
                hint=f"Write {clean(column)}:asc or {clean(column)}:desc{_or_worst(known, query)}.",
            )
    return parsed_sort(text, query.group_bys, query.endpoint, worst_first=worst_first)


def _or_worst(column: str, query: Query) -> str:
    """Return the third direction, for columns that allow it."""
    return f", or {column}:worst" if first_sort_of(column, query.endpoint).worst else ""


def parsed_columns(text: str, endpoint: Endpoint) -> tuple[str, ...]:
    """Return the columns of a comma-separated text; none, which means all, for an empty text.

    Raises:
        InvalidQuery: As `checked_columns`.
    """
    return checked_columns(text.split(","), endpoint) if text.strip() else ()


def checked_columns(columns: Iterable[str], endpoint: Endpoint) -> tuple[str, ...]:
    """Return the keys of metrics and extra columns in order, each found by any of its names.

    Raises:
        InvalidQuery: One is unknown or a group-by, or is repeated.
    """
    chosen: list[str] = []
    for written in columns:
        column = other_column_called(written, endpoint)
        if column is None:
            raise InvalidQuery(
                f"{clean(written.strip(), 60)!r} is no column of figures.",
                hint=f"Columns: {', '.join((*endpoint.shown_order, *endpoint.extras))}, or as their headings.",
            )
        if column in chosen:
            raise InvalidQuery(f"The column {column} is there twice.", hint="Remove one of them.")
        chosen.append(column)
    return tuple(chosen)


def for_endpoint(arrangement: Arrangement, endpoint: Endpoint) -> Arrangement:
    """Return the arrangement for the rows of this endpoint: its size in place of a sort key that it lacks.

    Raises:
        InvalidQuery: The filter names a figure that the endpoint lacks.
    """
    (volume,) = usual_sort(endpoint)
    known = {*endpoint.metrics, *endpoint.extras}
    sort = dict.fromkeys(key if key.column in known else volume for key in arrangement.sort)
    return replace(arrangement, sort=tuple(sort), row_filter=RowFilter(arrangement.row_filter.text, endpoint))
