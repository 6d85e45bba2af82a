"""Where a time range goes next: earlier, later, wider, narrower, back to now; `now` is in epoch seconds throughout."""

from collections.abc import Callable, Mapping
from typing import Final

from cnm_tui.core.errors import InvalidQuery
from cnm_tui.core.time_range import BUCKET_SECONDS, RETENTION_SECONDS, Fixed, TimeRange, Window, last

SNAPPED_ABOVE_SECONDS: Final = 30 * 60
"""In a shorter window a border would move the ends by too much of it."""


def earlier(time_range: TimeRange, now: float) -> TimeRange:
    """The window of the same length that ends where this one starts.

    Raises:
        InvalidQuery: The range has no window, or nothing before it is kept.
    """
    window = time_range.window(now)
    if window.start <= _oldest(now):
        raise InvalidQuery("Figures are kept for 14 days, and the window starts there already; . goes forward.")
    return _fixed(window.start - window.seconds, window.seconds)


def later(time_range: TimeRange, now: float) -> TimeRange:
    """The window of the same length that starts where this one ends; live where that reaches now.

    Raises:
        InvalidQuery: The range has no window, or it ends now.
    """
    window = time_range.window(now)
    if _ends_now(window, now):
        raise _ends_now_already()
    # Now has moved on since somebody went back, and a border may have moved the end: less than a bucket short of
    # now is now, or going back and forth would stop seconds before it, and not be live.
    if window.end + window.seconds > int(now) - BUCKET_SECONDS:
        return last(window.seconds)
    return _fixed(window.end, window.seconds)


def zoomed_out(time_range: TimeRange, now: float) -> TimeRange:
    """Twice as long around the same middle, as far as the 14 days go; live where that reaches now.

    Raises:
        InvalidQuery: The range has no window, or it is 14 days long.
    """
    window = time_range.window(now)
    if window.seconds >= RETENTION_SECONDS:
        raise InvalidQuery("Figures are kept for 14 days, and the window is as long already; > zooms in.")
    return _resized(window, 2 * window.seconds, now)


def zoomed_in(time_range: TimeRange, now: float) -> TimeRange:
    """Half as long around the same middle; live where the window ends now.

    Raises:
        InvalidQuery: The range has no window, or it is no longer than a bucket.
    """
    window = time_range.window(now)
    if window.seconds <= BUCKET_SECONDS:
        raise InvalidQuery("Figures come in buckets of 5 minutes, and the window is no longer already; < zooms out.")
    return _resized(window, window.seconds // 2, now)


def back_to_now(time_range: TimeRange, now: float) -> TimeRange:
    """The live range of the same length.

    Raises:
        InvalidQuery: The range has no window, or is that range.
    """
    live = last(time_range.window(now).seconds)
    if live == time_range:
        raise _ends_now_already()
    return live


def snapped(time_range: TimeRange, now: float) -> TimeRange:
    """A fixed range of over 30 minutes with its ends on the nearest borders of buckets, so that two compare.

    Any other range is returned as it is: a short one, a live one, and one that still moves, which leaves a border
    as soon as it is on it. A length in whole buckets is kept.

    Raises:
        InvalidQuery: The range has no window.
    """
    window = time_range.window(now)
    stays = time_range == TimeRange(Fixed(window.start), Fixed(window.end))
    if not stays or window.seconds <= SNAPPED_ABOVE_SECONDS:
        return time_range
    start, end = _nearest_border(window.start), _nearest_border(window.end)
    if end > int(now):
        start, end = max(0, start - BUCKET_SECONDS), end - BUCKET_SECONDS
    return TimeRange(Fixed(start), Fixed(end))


MOVES: Final[Mapping[str, Callable[[TimeRange, float], TimeRange]]] = {
    move.__name__: move for move in (earlier, later, zoomed_out, zoomed_in, back_to_now)
}
"""Every move, by its name."""


def _resized(window: Window, seconds: int, now: float) -> TimeRange:
    """So long, within a bucket and 14 days; moved off the middle only not to pass now or what is kept."""
    seconds = max(BUCKET_SECONDS, min(seconds, RETENTION_SECONDS))
    # From the middle and not by what is added or taken: only so does an odd length come back to the second.
    around_the_middle = (window.start + window.end) // 2 - seconds // 2
    start = max(around_the_middle, min(window.start, _oldest(now)))
    if _ends_now(window, now) or start + seconds >= int(now):
        return last(seconds)
    return _fixed(start, seconds)


def _fixed(start: int, seconds: int) -> TimeRange:
    return TimeRange(Fixed(start), Fixed(start + seconds))


def _ends_now(window: Window, now: float) -> bool:
    return window.end >= int(now)


def _oldest(now: float) -> int:
    return int(now) - RETENTION_SECONDS


def _nearest_border(epoch_seconds: int) -> int:
    # Half a bucket rounds up, always: `round` goes to even ones, and would change the length of a window.
    return (epoch_seconds + BUCKET_SECONDS // 2) // BUCKET_SECONDS * BUCKET_SECONDS


def _ends_now_already() -> InvalidQuery:
    return InvalidQuery("The window ends now already; , goes back.")
