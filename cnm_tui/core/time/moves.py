"""Move a time range: earlier, later, wider, narrower, back to now; `now` is in epoch seconds."""

from collections.abc import Callable, Mapping
from dataclasses import replace
from typing import Final

from cnm_tui.core.errors import InvalidQuery
from cnm_tui.core.time.time_range import BUCKET_SECONDS, RETENTION_SECONDS, Ago, Fixed, TimeRange, Window, border_before


def earlier(time_range: TimeRange, now: float) -> TimeRange:
    """Return the window of the same length that ends at this one's start.

    Raises:
        InvalidQuery: The range has no window, or the retention ends before it.
    """
    window = time_range.window(now)
    if window.start <= _oldest(now):
        raise InvalidQuery("Figures are kept for 14 days: the window already starts there; . goes forward.")
    return _fixed(time_range, window.start - window.seconds, window.seconds)


def later(time_range: TimeRange, now: float) -> TimeRange:
    """Return the window of the same length that starts at this one's end; live if it reaches now.

    Raises:
        InvalidQuery: The range has no window, or it ends now.
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
    """Return a window twice as long around the same middle, up to 14 days; live if it reaches now.

    Raises:
        InvalidQuery: The range has no window, or it is 14 days long.
    """
    window = time_range.window(now)
    if window.seconds >= RETENTION_SECONDS:
        raise InvalidQuery("Figures are kept for 14 days: the window is already that long; > zooms in.")
    return _resized(time_range, window, 2 * window.seconds, now)


def zoomed_in(time_range: TimeRange, now: float) -> TimeRange:
    """Return a window half as long around the same middle; live if the window ends now.

    Raises:
        InvalidQuery: The range has no window, or it is no longer than a bucket.
    """
    window = time_range.window(now)
    if window.seconds <= BUCKET_SECONDS:
        raise InvalidQuery("Figures come in 5-minute buckets: the window cannot be shorter; < zooms out.")
    return _resized(time_range, window, window.seconds // 2, now)


def back_to_now(time_range: TimeRange, now: float) -> TimeRange:
    """Return the live range of the same length.

    Raises:
        InvalidQuery: The range has no window, or is live already with this length.
    """
    window = time_range.window(now)
    if time_range.live and isinstance(time_range.start, Ago):
        raise _ends_now_already()
    return _live(time_range, window.seconds)


def snapped(time_range: TimeRange, now: float) -> TimeRange:
    """Return a fixed range with its ends rounded to buckets, if windows of its length are.

    For ranges that a move computed. A length in whole buckets is kept. A range relative to now is unchanged: it is
    rounded when it becomes a window.

    Raises:
        InvalidQuery: The range has no window.
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
    """Return a range of this length, from one bucket to 14 days; moved only to stay before now and in the retention."""
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
    """True if no later window exists; a rounded live range may end before now."""
    return time_range.live or window.end >= int(now)


def _oldest(now: float) -> int:
    return int(now) - RETENTION_SECONDS


def _nearest_border(epoch_seconds: int) -> int:
    # Half a bucket always rounds up: `round` goes to even numbers, and would change the window's length.
    return border_before(epoch_seconds + BUCKET_SECONDS // 2)


def _ends_now_already() -> InvalidQuery:
    return InvalidQuery("The window already ends now; , goes back.")
