"""Move a timeline forward as time passes, one 5-minute bucket at a time."""

from collections.abc import Sequence
from typing import Final

from cnm_tui.core.time.time_range import BUCKET_SECONDS, Window, border_before
from cnm_tui.core.timeline.timeline import Timeline
from cnm_tui.core.units import seconds_text

SETTLES_SECONDS: Final = 30
"""A bucket is asked this long after its end: agents send every 30 s. Source: Datadog's documentation of CNM."""
COST: Final = f"1 request each {seconds_text(BUCKET_SECONDS)}"


def seconds_to_next_bucket(now: float) -> float:
    """Return the seconds until the current 5-minute bucket of data is complete and can be requested."""
    since = now - SETTLES_SECONDS
    return border_before(int(since)) + BUCKET_SECONDS - since


def reaches_now(timeline: Timeline, now: float) -> bool:
    """True if the timeline ends with the 5-minute bucket that is now in progress, or with the last complete bucket."""
    return timeline.window.end >= border_before(int(now))


def windows_at(windows: Sequence[Window], now: float) -> tuple[Window, ...]:
    """Return the time windows shifted to later times, until the last one contains the last complete 5-minute bucket.

    Their number and their length do not change.
    """
    length, end = windows[-1].seconds, windows[-1].end
    closed = border_before(int(now))
    added = [Window(start, start + length) for start in range(end, closed, length)]
    return (*windows, *added)[-len(windows) :]


def due(timeline: Timeline, now: float) -> tuple[Window, ...]:
    """Return the time windows of a timeline that must be requested now, newest first.

    These are new windows, and windows in which a 5-minute bucket was completed after the last request. Older gaps
    are left out. A part whose request failed is requested once more with the next bucket. After that, only the
    user can repeat the request.
    """
    closed, known = border_before(int(now)), timeline.windows[-1].start
    found = []
    for window in windows_at(timeline.windows, now):
        part = timeline.known.get(window)
        if window.start >= known if part is None else part.is_open and part.fetched_at < min(closed, window.end):
            found.append(window)
    return tuple(reversed(found))
