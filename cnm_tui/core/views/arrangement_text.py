"""Convert sort orders and lists of columns to and from the text that a user types."""

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
    """Return each sort column with its direction as text, for example `total_bytes:desc`.

    The function `parsed_sort` reads the same form.
    """
    return [f"{key.column}:{_direction(key, endpoint)}" for key in sort]


def _direction(key: SortKey, endpoint: Endpoint) -> str:
    if key.by_evidence(endpoint):
        return "worst"
    return "desc" if key.descending else "asc"


def deciding(sort: Sequence[SortKey], query: Query) -> tuple[SortKey, ...]:
    """Return the sort keys whose columns exist in the answer to this query. A sort key is a column with a direction.

    Sort keys that belong to an earlier query are left out. If no sort key remains, return the default sort order.
    """
    groups = column_keys(query.group_bys, query.endpoint)
    columns = {*query.endpoint.metrics, *query.endpoint.extras, *groups}
    known = tuple(key for key in sort if key.column in columns)
    return known if known or not sort else usual_sort(query.endpoint)


def chosen_sort(text: str, query: Query, *, worst_first: bool = False) -> tuple[SortKey, ...]:
    """Return the sort keys from the text of the option `--sort`. A sort key is a column with a direction.

    Return an empty tuple for an empty text. Rows then stay in the order in which Datadog sent them.

    Raises:
        InvalidQuery: A column or a direction is unknown.
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
    """Return a hint that the column can also be sorted with the direction `worst`. Return an empty text if it
    cannot.
    """
    return f", or {column}:worst" if first_sort_of(column, query.endpoint).worst else ""


def parsed_columns(text: str, endpoint: Endpoint) -> tuple[str, ...]:
    """Return the columns that a comma-separated text names. For an empty text, return an empty tuple. It means all
    columns.

    Raises:
        InvalidQuery: A column is unknown, is a group-by, or is given twice.
    """
    return checked_columns(text.split(","), endpoint) if text.strip() else ()


def checked_columns(columns: Iterable[str], endpoint: Endpoint) -> tuple[str, ...]:
    """Return the column keys of these metrics and extra columns, in the given order.

    Each column may be given by its column key or by another of its names, such as its heading.

    Raises:
        InvalidQuery: A column is unknown, is a group-by, or is given twice.
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
    """Return the arrangement (sort order, filter, columns) changed so that it suits the rows of this API endpoint.

    If the API endpoint does not have a column by which rows are sorted, rows are sorted by their volume.

    Raises:
        InvalidQuery: The filter uses a metric that the API endpoint does not have.
    """
    (volume,) = usual_sort(endpoint)
    known = {*endpoint.metrics, *endpoint.extras}
    sort = dict.fromkeys(key if key.column in known else volume for key in arrangement.sort)
    return replace(arrangement, sort=tuple(sort), row_filter=RowFilter(arrangement.row_filter.text, endpoint))
