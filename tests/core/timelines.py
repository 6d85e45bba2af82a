"""Build timelines with a few rows for tests."""

from collections.abc import Sequence

from cnm_tui.core.connections import Connection
from cnm_tui.core.query import Query
from cnm_tui.core.time.time_range import Window
from cnm_tui.core.timeline.timeline import Timeline, empty_timeline
from tests.builders import MOMENT, a_snapshot

BUCKET = 300
QUERY = Query(limit=7_500)


def windows(number: int, seconds: int = BUCKET, end: int = MOMENT) -> tuple[Window, ...]:
    """Return `number` time windows of `seconds` seconds each, without gaps between them. The last window ends at
    `end`.
    """
    return tuple(Window(end - (number - at) * seconds, end - (number - at - 1) * seconds) for at in range(number))


def a_timeline(
    parts: Sequence[Sequence[Connection] | None], *, cut: Sequence[int] = (), now: float = MOMENT
) -> Timeline:
    """Return a timeline whose parts contain these rows.

    Args:
        parts: The rows of each part, the oldest part first. None means that the part has no data.
        cut: The numbers (from 0) of the parts whose answers were cut at the row limit.
        now: The time at which all parts were answered.
    """
    spans = windows(len(parts))
    timeline = empty_timeline(QUERY, spans)
    for number, (window, rows) in enumerate(zip(spans, parts, strict=True)):
        if rows is not None:
            query = Query(limit=len(rows)) if number in cut and rows else QUERY
            answer = a_snapshot(
                *rows, query=query, window=window, fetched_at=now, unreadable=number in cut and not rows
            )
            timeline = timeline.joined(window, answer)
    return timeline
