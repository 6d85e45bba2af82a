"""Define the query that is sent to an API endpoint. A query that the endpoint would refuse cannot be created."""

import re
from collections.abc import Iterable
from dataclasses import dataclass, field
from typing import Final

from cnm_tui.core.endpoint import CONNECTIONS, Endpoint
from cnm_tui.core.errors import InvalidQuery
from cnm_tui.core.fields.group_by import AUTO_GROUPS, asked_fields, checked_group_bys
from cnm_tui.core.text import unseen
from cnm_tui.core.time.time_range import (
    Ago,
    TimeRange,
    last,
    parsed_ends,
    parsed_length,
    parsed_moment,
    says_a_day,
)

MOST_ROWS: Final = 7_500
DEFAULT_GROUP_BYS: Final = CONNECTIONS.group_bys
DEFAULT_TIME_RANGE: Final = TimeRange(Ago(900))
DEFAULT_LIMIT: Final = 1_000
SHORTEST_REFRESH_SECONDS: Final = 5
LONGEST_SEARCH: Final = 8_000
"""Maximum characters of a search: the request line must stay under the 8 to 16 kB that servers accept."""
NESTED: Final = "group_bys."
"""Prefix of a field whose name another column has, as in nested JSON."""


@dataclass(frozen=True, slots=True)
class Query:
    """One query to an API endpoint, with group-bys, search, tags, time range and row limit."""

    group_bys: tuple[str, ...] = DEFAULT_GROUP_BYS
    search: str = ""
    """Text in the search language; not together with `tags`, which the endpoint would silently ignore."""
    tags: tuple[str, ...] = ()
    time_range: TimeRange = DEFAULT_TIME_RANGE
    limit: int = DEFAULT_LIMIT
    endpoint: Endpoint = field(default=CONNECTIONS, repr=False)

    def __post_init__(self) -> None:
        object.__setattr__(self, "group_bys", checked_group_bys(self.group_bys))
        self.endpoint.check_group_bys(self.group_bys)
        object.__setattr__(self, "search", self.search.strip())
        checked_limit(self.limit)
        if asked_fields(self.group_bys) != self.group_bys:
            # Rows are added up, so each that is missing would make a figure too small.
            object.__setattr__(self, "limit", MOST_ROWS)
        if self.search and self.tags:
            raise InvalidQuery(
                "A search and tags cannot be asked together: the endpoint would drop the tags.",
                hint="Put the tags into the search: env:prod AND team:web.",
            )
        if len(self.search) > LONGEST_SEARCH:
            raise InvalidQuery(
                f"The search has {len(self.search):,} characters; at most {LONGEST_SEARCH:,} can be sent.",
                hint="Shorten it, or use wildcards.",
            )
        if character := unseen(self.search):
            raise InvalidQuery(
                f"The search holds a character that cannot be seen, U+{ord(character):04X}.",
                hint="Type it on one line, with plain spaces.",
            )
        for name in AUTO_GROUPS:
            if any(re.search(rf"(?<![\w.]){name}:", text) for text in (self.search, *self.tags)):
                raise InvalidQuery(
                    f"{name} is made here, and the service does not know it.",
                    hint=f"Search for one of {', '.join(AUTO_GROUPS[name])}.",
                )
        for tag in self.tags:
            if not tag or "," in tag or unseen(tag):
                raise InvalidQuery("A tag is empty or holds commas.", hint="Write --tags env:prod,team:web.")


def same_groups(one: Query, other: Query) -> bool:
    """True if two queries have the same API endpoint and the same group-bys. Only then can their rows be compared."""
    return one.endpoint is other.endpoint and one.group_bys == other.group_bys


def usual_query(endpoint: Endpoint) -> Query:
    """Return the default query of this API endpoint. cnm-tui shows it when it starts without options."""
    return Query(endpoint.group_bys, endpoint=endpoint)


def checked_limit(limit: int) -> int:
    """Return the row limit unchanged if the API endpoint accepts it.

    Raises:
        InvalidQuery: The endpoint does not accept the limit.
    """
    if not 1 <= limit <= MOST_ROWS:
        raise InvalidQuery(
            f"The limit is {limit:,}; the endpoint takes 1 to {MOST_ROWS:,}.", hint="Write 1000, for example."
        )
    return limit


def parsed_limit(text: str) -> int:
    """Return the row limit for a typed text, for example `1000`, `1,000` or `1k`.

    Raises:
        InvalidQuery: The text is not a number, or the number is out of range.
    """
    return checked_limit(_whole_number(text, "limit"))


def checked_top(top: int | None) -> int | None:
    """Return the maximum number of rows to display unchanged if it is in the allowed range. None means all rows.

    Raises:
        InvalidQuery: The number is out of range.
    """
    if top is not None and not 1 <= top <= MOST_ROWS:
        raise InvalidQuery(
            f"The top is {top:,}; there are 1 to {MOST_ROWS:,} rows to show.", hint="Write 20, for example, or all."
        )
    return top


def parsed_top(text: str) -> int | None:
    """Parse a typed maximum number of rows to display, for example `20` or `1k`, and return it.

    Return None for `all` or an empty text, which both mean all rows.

    Raises:
        InvalidQuery: The text is not a number, or the number is out of range.
    """
    return None if text.strip().lower() in ("", "all") else checked_top(_whole_number(text, "top"))


def _whole_number(text: str, what: str) -> int:
    written = text.strip().lower().replace(",", "").replace("_", "")
    factor = 1_000 if written.endswith("k") else 1
    number = written.removesuffix("k")
    digits = number.removeprefix("-")
    if not (digits.isascii() and digits.isdigit()) or len(digits) > 9:
        raise InvalidQuery(f"That {what} is not a whole number.", hint=f"Write a number from 1 to {MOST_ROWS:,}.")
    return int(number) * factor


def parsed_refresh(text: str) -> float | None:
    """Parse a typed refresh interval, for example `30s`, and return it in seconds. Return None for `off`.

    Raises:
        InvalidQuery: The text is not a duration, or the duration is shorter than 5 seconds.
    """
    if text.strip().lower() == "off":
        return None
    seconds = parsed_length(text)
    if seconds < SHORTEST_REFRESH_SECONDS:
        raise InvalidQuery(
            f"A refresh every {seconds} s brings no news: figures come in buckets of 5 minutes.",
            hint=f"Write {SHORTEST_REFRESH_SECONDS}s or more, or off.",
        )
    return float(seconds)


def chosen_time_range(
    length: str | None,
    start: str | None,
    end: str | None,
    now: float | None = None,
    otherwise: TimeRange = DEFAULT_TIME_RANGE,
) -> TimeRange:
    """Return the time range that the command line options choose: either `--last`, or `--from` and `--to`.

    Args:
        length: The text of `--last`. None if the option is not given.
        start: The text of `--from`. None if the option is not given.
        end: The text of `--to`. None if the option is not given.
        now: The current time in seconds since 1970. It is needed to find the date of a time of day.
        otherwise: The time range that is returned if no option is given.

    Raises:
        InvalidQuery: The options contradict each other, or an option is invalid.
    """
    if length is not None and (start is not None or end is not None):
        raise InvalidQuery("--last ends now, so it does not go with --from or --to.", hint="Give one or the other.")
    if length is not None and says_a_day(length):
        raise InvalidQuery(
            "--last takes a length of time, not a day.", hint=f"Write --from {length.strip()} --to {length.strip()}."
        )
    if length is not None:
        return last(parsed_length(length))
    if start is not None:
        return TimeRange(parsed_moment(start, now)) if end is None else parsed_ends(start, end, now)
    if end is not None:
        raise InvalidQuery("--to needs a start.", hint="Add --from, for example --from now-2h.")
    return otherwise


def parsed_tags(text: str) -> tuple[str, ...]:
    """Return the tags of a comma-separated text. Return an empty tuple for an empty text."""
    return tuple(tag.strip() for tag in text.split(",")) if text.strip() else ()


def column_key(group_by: str, endpoint: Endpoint) -> str:
    """Return the key that identifies the table column of a group-by.

    The column key is usually the name of the group-by. If another column already has this name as its key, the
    column key is the name with the prefix `group_bys.`.
    """
    is_figure = group_by in endpoint.metrics or group_by in endpoint.extras or endpoint.of_comparison(group_by)
    is_taken = is_figure or group_by.startswith(NESTED)
    return f"{NESTED}{group_by}" if is_taken else group_by


def column_keys(group_bys: Iterable[str], endpoint: Endpoint) -> tuple[str, ...]:
    """Return the column key of each of these group-bys, in the same order."""
    return tuple(column_key(group_by, endpoint) for group_by in group_bys)


def field_of(key: str | None, query: Query) -> str | None:
    """Return the group-by whose table column has this column key. Return None if the query has no such group-by."""
    return next((group_by for group_by in query.group_bys if column_key(group_by, query.endpoint) == key), None)
