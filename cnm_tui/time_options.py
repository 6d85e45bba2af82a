"""The options for times: the window, and the pause between refreshes."""

from typing import Final

from cnm_tui.core.errors import InvalidQuery
from cnm_tui.core.query import DEFAULT_TIME_RANGE
from cnm_tui.core.time.time_range import TimeRange, last, parsed_ends, parsed_length, parsed_moment, says_a_day

DEFAULT_REFRESH: Final = "60s"
SHORTEST_REFRESH_SECONDS: Final = 5


def chosen_time_range(
    length: str | None,
    start: str | None,
    end: str | None,
    now: float | None = None,
    otherwise: TimeRange = DEFAULT_TIME_RANGE,
) -> TimeRange:
    """Return the range of `--last`, or of `--from` and `--to`; `otherwise` if none is given.

    `now` (epoch seconds) is used for times of day, as in `parsed_moment`.

    Raises:
        InvalidQuery: The options contradict each other, or one is invalid.
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


def parsed_refresh(text: str) -> float | None:
    """Return the seconds between refreshes; None for `off`.

    Raises:
        InvalidQuery: It is not a length of time, or under 5 s.
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
