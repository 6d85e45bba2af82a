"""Test the schedule of a recording, which requests each time window once, after the window has ended.

Missing windows must be requested later, as long as Datadog still stores their data.
"""

import pytest

from cnm_tui.core.errors import InvalidQuery
from cnm_tui.core.recording_plan import GRACE_SECONDS, Schedule, parsed_every, parsed_size
from cnm_tui.core.time.time_range import Window
from tests.builders import MOMENT

FIVE = Schedule(300)
DAY = 86_400


def windows(*starts: int) -> list[Window]:
    return [Window(MOMENT + start, MOMENT + start + 300) for start in starts]


@pytest.mark.parametrize(
    ("at", "recorded", "missing"),
    [
        (GRACE_SECONDS, [], [-300]),
        (GRACE_SECONDS - 1, [], [-600]),
        (GRACE_SECONDS + 299, [], [-300]),
        (GRACE_SECONDS + 300, [-300], [0]),
        (GRACE_SECONDS, [-300], []),
        (GRACE_SECONDS + 1_200, [-600, -300, 300], [900, 600, 0]),
    ],
)
def test_closed_windows_that_are_not_recorded_are_asked_for_newest_first(
    at: int, recorded: list[int], missing: list[int]
) -> None:
    since = MOMENT + min(recorded) if recorded else None

    assert FIVE.missing(MOMENT + at, windows(*recorded), since) == windows(*missing)


@pytest.mark.parametrize(("keep", "days"), [(None, 14), (90 * DAY, 14), (DAY, 1)])
def test_a_gap_is_refilled_as_long_as_the_service_and_the_file_keep_it(keep: int | None, days: int) -> None:
    missing = Schedule(300, keep).missing(MOMENT + GRACE_SECONDS, (), MOMENT - 60 * DAY)

    assert missing[0] == Window(MOMENT - 300, MOMENT)
    assert MOMENT - days * DAY <= missing[-1].start <= MOMENT - days * DAY + 600
    assert len(set(missing)) == len(missing)


@pytest.mark.parametrize("at", [0, 1, 89, 90, 91, 299, 300])
def test_the_next_window_is_asked_for_once_it_is_closed_and_complete(at: int) -> None:
    due = FIVE.next_at(MOMENT + at)

    assert 0 < due - (MOMENT + at) <= 300
    assert FIVE.missing(due, (), None) != FIVE.missing(due - 1, (), None)


@pytest.mark.parametrize(("text", "size"), [("5GB", 5 * 10**9), ("500 mb", 5 * 10**8), ("1.5tb", 15 * 10**11)])
def test_a_size_is_read(text: str, size: int) -> None:
    assert parsed_size(text) == size


@pytest.mark.parametrize(
    ("read", "text"), [(parsed_every, "7m"), (parsed_every, "15d"), (parsed_size, "5"), (parsed_size, "many")]
)
def test_what_cannot_be_is_refused(read: object, text: str) -> None:
    assert callable(read)
    with pytest.raises(InvalidQuery):
        read(text)
