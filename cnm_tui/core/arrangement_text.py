"""An arrangement as people type it: what to sort by and which columns to show."""

from collections.abc import Iterable, Sequence

from cnm_tui.core.errors import InvalidQuery
from cnm_tui.core.metrics import METRICS, SHOWN_ORDER
from cnm_tui.core.sorting import SortKey
from cnm_tui.core.text import clean


def sort_texts(sort: Iterable[SortKey]) -> list[str]:
    """Each key as `parsed_sort` reads it: `total_bytes:desc`."""
    return [f"{key.column}:{'worst' if key.by_evidence else 'desc' if key.descending else 'asc'}" for key in sort]


def deciding(sort: Iterable[SortKey], group_bys: Sequence[str]) -> tuple[SortKey, ...]:
    """The keys that order anything in an answer with these group-bys; others may be left from a question before."""
    return tuple(key for key in sort if key.column in METRICS or key.column in group_bys)


def parsed_columns(text: str) -> tuple[str, ...]:
    """The metrics of a comma-separated text; none, which means all, for an empty text.

    Raises:
        InvalidQuery: As `checked_columns`.
    """
    return checked_columns(text.split(",")) if text.strip() else ()


def checked_columns(columns: Iterable[str]) -> tuple[str, ...]:
    """The keys of metrics in their order, each checked.

    Raises:
        InvalidQuery: One is no metric, or stands there twice.
    """
    chosen = tuple(column.strip() for column in columns)
    for position, column in enumerate(chosen):
        if column not in METRICS:
            raise InvalidQuery(
                f"{clean(column, 60)!r} is no column of figures.", hint=f"Columns: {', '.join(SHOWN_ORDER)}."
            )
        if column in chosen[:position]:
            raise InvalidQuery(f"The column {column} stands there twice.", hint="Remove one of them.")
    return chosen
