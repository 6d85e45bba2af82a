"""Move a time range to an earlier or later time, change its length, or move it back to now.

In all functions, `now` is the current time in seconds since 1970.
"""

from collections.abc import Callable, Mapping
from dataclasses import replace
from typing import Final

from cnm_tui.core.errors import InvalidQuery
from cnm_tui.core.time.time_range import BUCKET_SECONDS, RETENTION_SECONDS, Ago, Fixed, TimeRange, Window, border_before


def earlier(time_range: TimeRange, now: float) -> TimeRange:
    """Return a time range of the same length that ends where the current time window starts.

    Raises:
        InvalidQuery: The range has no time window, or Datadog keeps no older data.
    """
    window = time_range.window(now)
    if window.start <= _oldest(now):
        raise InvalidQuery("Figures are kept for 14 days: the window already starts there; . goes forward.")
    return _fixed(time_range, window.start - window.seconds, window.seconds)


def later(time_range: TimeRange, now: float) -> TimeRange:
    """Return a time range of the same length that starts where the current time window ends.

    If the new window reaches now, the range moves with the clock.

    Raises:
        InvalidQuery: The range has no time window, or its window already ends now.
    """
    window = time_range.window(now)
    if _ends_now(time_range, window, now):
        raise _ends_now_already()
    # Time has passed since the user went back, and rounding may have moved the end: less than a bucket before now
    # counts as now. Otherwise going back and forward would stop seconds before it, and not be live.
    if window.end + window.seconds > int(now) - BUCKET_SECONDS:
        return _live(time_range, window.seconds)
    return _fixed(time_range, window.end, window.seconds)


def zoomed_out(time_range: TimeRange, now: float) -> TimeRange:
    """Return a time range that is twice as long and has the same middle, up to 14 days.

    If the new window reaches now, the range moves with the clock.

    Raises:
        InvalidQuery: The range has no time window, or the window is already 14 days long.
    """
    window = time_range.window(now)
    if window.seconds >= RETENTION_SECONDS:
        raise InvalidQuery("Figures are kept for 14 days: the window is already that long; > zooms in.")
    return _resized(time_range, window, 2 * window.seconds, now)


def zoomed_in(time_range: TimeRange, now: float) -> TimeRange:
    """Return a time range that is half as long and has the same middle.

    If the current window ends now, the new range ends now too and moves with the clock.

    Raises:
        InvalidQuery: The range has no time window, or the window is not longer than one 5-minute bucket.
    """
    window = time_range.window(now)
    if window.seconds <= BUCKET_SECONDS:
        raise InvalidQuery("Figures come in 5-minute buckets: the window cannot be shorter; < zooms out.")
    return _resized(time_range, window, window.seconds // 2, now)


def back_to_now(time_range: TimeRange, now: float) -> TimeRange:
    """Return a time range of the same length that ends now and moves with the clock.

    Raises:
        InvalidQuery: The range has no time window, or it already ends now and moves with the clock.
    """
    window = time_range.window(now)
    if time_range.live and isinstance(time_range.start, Ago):
        raise _ends_now_already()
    return _live(time_range, window.seconds)


def snapped(time_range: TimeRange, now: float) -> TimeRange:
    """Return a fixed time range with its start and end rounded to borders of 5-minute buckets.

    The function is used for time ranges that a move has computed. A range is rounded only if its rounding setting
    allows this for a window of its length. A length of whole buckets is kept. A time range that is relative to
    now is returned unchanged, because it is rounded later, when it becomes a window.

    Raises:
        InvalidQuery: The range has no time window.
    """
    time_range.window(now)
    start, end = time_range.start, time_range.end
    if not (isinstance(start, Fixed) and isinstance(end, Fixed)) or end.at(now) > int(now):
        return time_range
    if not time_range.snaps(end.at(now) - start.at(now)):
        return time_range
    first, after = _nearest_border(start.at(now)), _nearest_border(end.at(now))
    if after > int(now):
        first, after = first - BUCKET_SECONDS, after - BUCKET_SECONDS
    first = max(0, min(first, after - BUCKET_SECONDS))
    return replace(time_range, start=Fixed(first), end=Fixed(after))


MOVES: Final[Mapping[str, Callable[[TimeRange, float], TimeRange]]] = {
    move.__name__: move for move in (earlier, later, zoomed_out, zoomed_in, back_to_now)
}
"""Every move, by its name."""


def _resized(time_range: TimeRange, window: Window, seconds: int, now: float) -> TimeRange:
    """Return a time range of `seconds` seconds, with the same middle as the window.

    The length is at least one 5-minute bucket and at most 14 days. If the range would end after now, or start
    before the 14 days that Datadog keeps, it is shifted.
    """
    seconds = max(BUCKET_SECONDS, min(seconds, RETENTION_SECONDS))
    # Computed from the middle, so that an odd length is restored to the second.
    around_the_middle = (window.start + window.end) // 2 - seconds // 2
    start = max(around_the_middle, min(window.start, _oldest(now)))
    if _ends_now(time_range, window, now) or start + seconds >= int(now):
        return _live(time_range, seconds)
    return _fixed(time_range, start, seconds)


def _fixed(time_range: TimeRange, start: int, seconds: int) -> TimeRange:
    return replace(time_range, start=Fixed(start), end=Fixed(start + seconds))


def _live(time_range: TimeRange, seconds: int) -> TimeRange:
    return replace(time_range, start=Ago(seconds), end=Ago(0))


def _ends_now(time_range: TimeRange, window: Window, now: float) -> bool:
    """True if the time range already ends now, so that it cannot be moved to a later time.

    A range that moves with the clock counts as ending now, although rounding may move its end a little before
    now.
    """
    return time_range.live or window.end >= int(now)


def _oldest(now: float) -> int:
    return int(now) - RETENTION_SECONDS


def _nearest_border(epoch_seconds: int) -> int:
    # Half a bucket always rounds up: `round` goes to even numbers, and would change the window's length.
    return border_before(epoch_seconds + BUCKET_SECONDS // 2)


def _ends_now_already() -> InvalidQuery:
    return InvalidQuery("The window already ends now; , goes back.")
