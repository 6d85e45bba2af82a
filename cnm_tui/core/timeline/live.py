"""Move a timeline on as time passes, bucket by bucket."""

from collections.abc import Sequence
from typing import Final

from cnm_tui.core.time.time_range import BUCKET_SECONDS, Window, border_before
from cnm_tui.core.timeline.timeline import Timeline
from cnm_tui.core.units import seconds_text

SETTLES_SECONDS: Final = 30
"""A bucket is asked this long after its end: agents send every 30 s. Source: Datadog's documentation of CNM."""
COST: Final = f"1 request each {seconds_text(BUCKET_SECONDS)}"


def seconds_to_next_bucket(now: float) -> float:
    """Return the seconds until the bucket that is open now can be asked."""
    since = now - SETTLES_SECONDS
    return border_before(int(since)) + BUCKET_SECONDS - since


def reaches_now(timeline: Timeline, now: float) -> bool:
    """True if the timeline ends with the bucket that is open now, or the last closed one."""
    return timeline.window.end >= border_before(int(now))


def windows_at(windows: Sequence[Window], now: float) -> tuple[Window, ...]:
    """Return as many windows of the same length, moved on until they hold the last closed bucket."""
    length, end = windows[-1].seconds, windows[-1].end
    closed = border_before(int(now))
    added = [Window(start, start + length) for start in range(end, closed, length)]
    return (*windows, *added)[-len(windows) :]


def due(timeline: Timeline, now: float) -> tuple[Window, ...]:
    """Return the windows in which a bucket was closed since they were asked, newest first.

    Older gaps are left out: a part that failed is asked once more with the next bucket, then only by a person.
    """
    closed, known = border_before(int(now)), timeline.windows[-1].start
    found = []
    for window in windows_at(timeline.windows, now):
        part = timeline.known.get(window)
        if window.start >= known if part is None else part.is_open and part.fetched_at < min(closed, window.end):
            found.append(window)
    return tuple(reversed(found))
