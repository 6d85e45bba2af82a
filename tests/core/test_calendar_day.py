"""A day as a time is all of it, as long as summer time makes it; today until now."""

from collections.abc import Callable

import pytest

from cnm_tui.core.errors import InvalidQuery
from cnm_tui.core.time.time_range import Ago, Fixed, TimeRange, Window, parsed_ends, parsed_time_range
from tests.builders import MOMENT

DAY = 86_400
MIDNIGHT = MOMENT - 10 * 3_600
"""2026-03-01 00:00Z; it is 10:00Z now."""
TODAY = TimeRange(Fixed(MIDNIGHT), Ago(0))
YESTERDAY = TimeRange(Fixed(MIDNIGHT - DAY), Fixed(MIDNIGHT))
BERLIN = "CET-1CEST,M3.5.0,M10.5.0/3"


@pytest.mark.parametrize(
    ("text", "meant"),
    [
        ("today", TODAY),
        ("Yesterday", YESTERDAY),
        ("2026-03-01", TODAY),
        (" 2026-02-28 ", YESTERDAY),
        ("yesterday to today", TimeRange(YESTERDAY.start, Ago(0))),
        ("yesterday to yesterday", YESTERDAY),
        ("2026-02-27 to 2026-02-28", TimeRange(Fixed(MIDNIGHT - 2 * DAY), Fixed(MIDNIGHT))),
        ("since yesterday", TimeRange(YESTERDAY.start, Ago(0))),
        ("from 2026-02-28", TimeRange(YESTERDAY.start, Ago(0))),
        ("yesterday 10:00 to 11:00", TimeRange(Fixed(MOMENT - DAY), Fixed(MOMENT - DAY + 3_600))),
        ("yesterday 10:00 to now", TimeRange(Fixed(MOMENT - DAY), Ago(0))),
    ],
)
def test_a_day_is_all_of_it_and_today_until_now(local_zone: Callable[[str], None], text: str, meant: TimeRange) -> None:
    local_zone("UTC0")

    assert parsed_time_range(text, MOMENT) == meant


def test_a_day_is_local(local_zone: Callable[[str], None]) -> None:
    local_zone("EST5")

    assert parsed_time_range("yesterday", MOMENT).window(MOMENT) == Window(MIDNIGHT - 19 * 3_600, MIDNIGHT + 5 * 3_600)


@pytest.mark.parametrize(("text", "hours"), [("2026-03-29", 23), ("2026-10-25", 25), ("2026-03-28", 24)])
def test_a_day_is_as_long_as_summer_time_makes_it(local_zone: Callable[[str], None], text: str, hours: int) -> None:
    local_zone(BERLIN)

    assert parsed_time_range(text).window(MOMENT + 300 * DAY).seconds == hours * 3_600


def test_today_is_live_and_yesterday_stays(local_zone: Callable[[str], None]) -> None:
    local_zone("UTC0")

    assert parsed_time_range("today", MOMENT).live
    assert not parsed_time_range("yesterday", MOMENT).live


def test_as_two_ends_a_day_is_all_of_it_as_well(local_zone: Callable[[str], None]) -> None:
    local_zone("UTC0")

    assert parsed_ends("yesterday", "yesterday", MOMENT) == YESTERDAY
    assert parsed_ends("2026-02-28", "2026-03-01", MOMENT) == TimeRange(YESTERDAY.start, Ago(0))


@pytest.mark.parametrize("text", ["today", "yesterday", "since yesterday", "yesterday 10:00 to now", "now-2d to today"])
def test_kept_in_a_file_it_would_be_another_day_each_day(text: str) -> None:
    with pytest.raises(InvalidQuery, match="is another day each day"):
        parsed_time_range(text)


def test_a_date_means_the_same_in_a_file() -> None:
    assert parsed_time_range("2026-02-28") == parsed_time_range("2026-02-28", MOMENT)


@pytest.mark.parametrize(
    "text", ["2026-02-30", "2026-13-01", "0000-01-01", "9999-12-31", "yesterday 25:00", "today noon"]
)
def test_what_is_in_no_calendar_is_refused(text: str) -> None:
    with pytest.raises(InvalidQuery, match="is not a time"):
        parsed_time_range(text, MOMENT)
