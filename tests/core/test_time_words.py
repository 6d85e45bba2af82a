"""Test how days and times of day written by users are read."""

from collections.abc import Callable
from datetime import UTC, datetime

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from cnm_tui.core.errors import InvalidQuery
from cnm_tui.core.time.time_range import Ago, Fixed, TimeRange, Window, parsed_ends, parsed_time_range
from cnm_tui.core.time.words import ClockTime, read_clock_time
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


HOUR = 3_600
LONGEST_DAY = 25 * HOUR
CENTRAL_EUROPE = "CET-1CEST,M3.5.0,M10.5.0/3"

CLOCK_TIMES = st.builds(
    ClockTime,
    st.integers(min_value=0, max_value=23),
    st.integers(min_value=0, max_value=59),
    st.integers(min_value=0, max_value=59),
    st.booleans(),
)
NOWS = st.integers(min_value=MOMENT - 400 * DAY, max_value=MOMENT + 400 * DAY)


@pytest.mark.parametrize(
    ("text", "read"),
    [
        ("10:00", ClockTime(10, 0, 0, utc=False)),
        (" 9:05 ", ClockTime(9, 5, 0, utc=False)),
        ("23:59:58", ClockTime(23, 59, 58, utc=False)),
        ("10:00Z", ClockTime(10, 0, 0, utc=True)),
        ("00:00 z", ClockTime(0, 0, 0, utc=True)),
    ],
)
def test_a_time_of_day_is_hours_minutes_and_perhaps_seconds(text: str, read: ClockTime) -> None:
    assert read_clock_time(text) == read


@pytest.mark.parametrize(
    "text", ["", "10", "1000", "24:00", "10:60", "10:0", "10:00:60", "10:00-11:00", "10:00+02:00", "١٠:٠٠", "10:00 PM"]
)
def test_what_else_looks_like_one_is_none(text: str) -> None:
    assert read_clock_time(text) is None


@pytest.mark.parametrize(
    ("now", "moment"),
    [(MOMENT, MOMENT), (MOMENT + 1, MOMENT), (MOMENT + 14 * HOUR, MOMENT), (MOMENT - 1, MOMENT - DAY)],
    ids=["just now", "a second ago", "hours ago", "not yet today"],
)
def test_it_is_todays_where_that_has_been_and_else_yesterdays(now: float, moment: int) -> None:
    assert ClockTime(10, 0, 0, utc=True).last_before(now) == moment


@pytest.mark.parametrize(
    ("zone", "moment"),
    [("UTC0", MOMENT), ("EST5", MOMENT - 19 * HOUR), ("JST-9", MOMENT - 9 * HOUR), (CENTRAL_EUROPE, MOMENT - HOUR)],
)
def test_without_a_zone_it_is_local_time(local_zone: Callable[[str], None], zone: str, moment: int) -> None:
    local_zone(zone)

    assert ClockTime(10, 0, 0, utc=False).last_before(MOMENT + 60) == moment


def test_yesterdays_is_as_many_hours_ago_as_the_clock_went_through(local_zone: Callable[[str], None]) -> None:
    local_zone(CENTRAL_EUROPE)
    noon_of_the_day_on_which_summer_begins = int(datetime(2026, 3, 29, 10, 0, tzinfo=UTC).timestamp())

    moment = ClockTime(13, 0, 0, utc=False).last_before(noon_of_the_day_on_which_summer_begins)

    assert datetime.fromtimestamp(moment, UTC) == datetime(2026, 3, 28, 12, 0, tzinfo=UTC)


@pytest.mark.parametrize(("start", "moment"), [(MOMENT - HOUR, MOMENT), (MOMENT, MOMENT), (MOMENT + 1, MOMENT + DAY)])
def test_the_first_one_from_a_moment_on_may_be_that_moment(start: int, moment: int) -> None:
    assert ClockTime(10, 0, 0, utc=True).first_from(start) == moment


@settings(suppress_health_check=[HealthCheck.function_scoped_fixture])
@given(CLOCK_TIMES, NOWS)
def test_no_moment_is_further_away_than_a_day_and_each_is_on_its_side(
    local_zone: Callable[[str], None], clock_time: ClockTime, now: int
) -> None:
    local_zone(CENTRAL_EUROPE)

    before, after = clock_time.last_before(now), clock_time.first_from(now)

    assert now - LONGEST_DAY <= before <= now <= after <= now + LONGEST_DAY


@given(CLOCK_TIMES, NOWS)
def test_the_moment_is_what_the_clock_showed(clock_time: ClockTime, now: int) -> None:
    in_utc = ClockTime(clock_time.hour, clock_time.minute, clock_time.second, utc=True)

    shown = datetime.fromtimestamp(in_utc.last_before(now), UTC)

    assert (shown.hour, shown.minute, shown.second) == (clock_time.hour, clock_time.minute, clock_time.second)
