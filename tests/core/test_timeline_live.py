"""Test that a timeline which moves with the clock requests each 5-minute bucket once, when the bucket is
complete.
"""

import pytest

from cnm_tui.core.time.time_range import Window
from cnm_tui.core.timeline.live import due, reaches_now, seconds_to_next_bucket, windows_at
from cnm_tui.core.timeline.timeline import Timeline, empty_timeline
from tests.builders import MOMENT, a_connection, a_snapshot
from tests.core.timelines import QUERY, windows

ROW = a_connection("a")


def answered(parts: tuple[Window, ...], at: float) -> Timeline:
    """Return a timeline with these time windows as its parts. All parts were answered at the time `at`."""
    timeline = empty_timeline(QUERY, parts)
    for window in parts:
        timeline = timeline.joined(window, a_snapshot(ROW, query=QUERY, window=window, fetched_at=at))
    return timeline


def starts(found: tuple[Window, ...]) -> list[int]:
    return [window.start - MOMENT for window in found]


def test_before_a_bucket_is_closed_nothing_is_due() -> None:
    timeline = answered(windows(4, end=MOMENT + 300), MOMENT + 60)

    assert due(timeline, MOMENT + 299) == ()
    assert windows_at(timeline.windows, MOMENT + 299) == timeline.windows


def test_the_part_that_was_open_is_asked_once_it_is_closed() -> None:
    timeline = answered(windows(4, end=MOMENT + 300), MOMENT + 60)

    assert starts(due(timeline, MOMENT + 330)) == [0]
    assert windows_at(timeline.windows, MOMENT + 330) == timeline.windows


def test_with_the_next_bucket_the_oldest_part_makes_room() -> None:
    timeline = answered(windows(4, end=MOMENT), MOMENT + 30)

    assert starts(due(timeline, MOMENT + 330)) == [0]
    assert starts(windows_at(timeline.windows, MOMENT + 330)) == [-900, -600, -300, 0]


def test_of_a_long_part_each_closed_bucket_is_asked() -> None:
    timeline = answered(windows(3, seconds=1_800, end=MOMENT + 900), MOMENT + 60)

    assert starts(due(timeline, MOMENT + 330)) == [-900]
    assert starts(due(answered(timeline.windows, MOMENT + 330), MOMENT + 400)) == []
    assert starts(due(answered(timeline.windows, MOMENT + 930), MOMENT + 1_230)) == [900]


def test_after_a_pause_all_that_was_missed_is_due_newest_first() -> None:
    timeline = answered(windows(4, end=MOMENT + 300), MOMENT + 60)

    assert starts(due(timeline, MOMENT + 900)) == [600, 300, 0]
    assert len(due(timeline, MOMENT + 90_000)) == 4


def test_an_older_gap_is_for_a_person_to_ask() -> None:
    parts = windows(4, end=MOMENT)
    timeline = answered(parts, MOMENT + 30)
    gap = timeline.moved(parts[1:]).moved(parts)

    assert gap.missing == parts[:1]
    assert due(gap, MOMENT + 60) == ()


@pytest.mark.parametrize(("now", "seconds"), [(MOMENT, 30), (MOMENT + 29, 1), (MOMENT + 30, 300), (MOMENT + 100, 230)])
def test_a_bucket_is_asked_a_little_after_its_end(now: float, seconds: float) -> None:
    assert seconds_to_next_bucket(now) == seconds


def test_a_span_of_the_past_does_not_go_on() -> None:
    timeline = empty_timeline(QUERY, windows(4, end=MOMENT))

    assert reaches_now(timeline, MOMENT + 299)
    assert not reaches_now(timeline, MOMENT + 300)
