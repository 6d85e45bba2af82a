"""Test how times that users type are read, and which time windows result."""

from collections.abc import Callable

import pytest
from hypothesis import given
from hypothesis import strategies as st

from cnm_tui.core.errors import InvalidQuery
from cnm_tui.core.time.time_range import (
    BUCKET_SECONDS,
    RETENTION_SECONDS,
    Ago,
    Fixed,
    Moment,
    Snap,
    TimeRange,
    Window,
    last,
    parsed_ends,
    parsed_length,
    parsed_moment,
    parsed_time_range,
    short_length,
    time_of_day,
    utc_text,
)
from tests.builders import MOMENT


@pytest.mark.parametrize(
    ("text", "seconds"),
    [
        ("90s", 90),
        ("15m", 900),
        ("15min", 900),
        ("4h", 14_400),
        ("2d", 172_800),
        ("1w", 604_800),
        (" 4 H ", 14_400),
        ("1s", 1),
    ],
)
def test_a_length_is_a_number_and_a_unit(text: str, seconds: int) -> None:
    assert parsed_length(text) == seconds


@pytest.mark.parametrize(
    "text", ["", "0m", "-5m", "5", "m", "1.5h", "1h30m", "5y", "1e3s", "9" * 11 + "s", "½h", "1\x1bh"]
)
def test_what_is_no_length_is_refused_with_examples(text: str) -> None:
    with pytest.raises(InvalidQuery, match="is not a length of time") as refused:
        parsed_length(text)

    assert "15m" in refused.value.hint
    assert str(refused.value).isprintable()


@pytest.mark.parametrize(
    ("text", "moment"),
    [
        ("now", Ago(0)),
        (" NOW ", Ago(0)),
        ("now-2h", Ago(7_200)),
        ("now - 2h", Ago(7_200)),
        ("15m", Ago(900)),
        ("1772359200", Fixed(MOMENT)),
        ("999999999", Fixed(999_999_999)),
        ("2026-03-01T10:00Z", Fixed(MOMENT)),
        ("2026-03-01T10:00:00Z", Fixed(MOMENT)),
        ("2026-03-01 10:00Z", Fixed(MOMENT)),
        ("2026-03-01T11:30+01:30", Fixed(MOMENT)),
        ("2026-03-01T04:00:00.5-06:00", Fixed(MOMENT)),
    ],
)
def test_a_moment_is_now_or_ago_or_a_date_or_epoch_seconds(text: str, moment: Moment) -> None:
    assert parsed_moment(text) == moment


@pytest.mark.parametrize(
    ("zone", "text", "epoch_seconds"),
    [
        ("UTC0", "2026-03-01T10:00", MOMENT),
        ("EST5", "2026-03-01T05:00", MOMENT),
        ("JST-9", "2026-03-01 19:00:00", MOMENT),
        ("EST5", "2026-03-01", MOMENT - 5 * 3_600),
        ("CET-1CEST,M3.5.0,M10.5.0/3", "2026-07-01T12:00", 1_782_900_000),
        ("JST-9", "2026-03-01T10:00Z", MOMENT),
    ],
)
def test_a_date_without_a_zone_is_local_time(
    local_zone: Callable[[str], None], zone: str, text: str, epoch_seconds: int
) -> None:
    local_zone(zone)

    assert parsed_moment(text) == Fixed(epoch_seconds)


@pytest.mark.parametrize(
    "text",
    [
        "",
        "tomorrow",
        "now+2h",
        "now-",
        "now-2",
        "now--2h",
        "2026-13-01",
        "2026-02-30T10:00",
        "2026-03-01T25:00",
        "10:00-11:00",
        "12345678901234567890",
        "1772359200.5",
        "-5",
        "\x1b[0m",
        "x" * 10_000,
    ],
)
def test_what_is_no_time_is_refused_with_the_forms_of_one(text: str) -> None:
    with pytest.raises(InvalidQuery, match="is not a time") as refused:
        parsed_moment(text)

    assert "now-2h" in refused.value.hint
    assert "epoch seconds" in refused.value.hint
    assert str(refused.value).isprintable()
    assert len(str(refused.value)) < 100


@pytest.mark.parametrize(
    ("text", "now", "moment"),
    [
        ("10:00Z", MOMENT, Fixed(MOMENT)),
        ("10:00Z", MOMENT - 1, Fixed(MOMENT - 86_400)),
        ("9:59:30Z", MOMENT, Fixed(MOMENT - 30)),
        ("now-2h", MOMENT, Ago(7_200)),
    ],
)
def test_a_time_of_day_is_the_latest_that_has_been(text: str, now: float, moment: Moment) -> None:
    assert parsed_moment(text, now) == moment


def test_a_time_of_day_without_a_now_is_refused_as_it_would_mean_another_day_each_time() -> None:
    with pytest.raises(InvalidQuery, match="10:00 is a time without its day") as refused:
        parsed_moment("10:00")

    assert "2026-03-01T10:00" in refused.value.hint


def test_a_time_of_day_without_a_zone_is_local(local_zone: Callable[[str], None]) -> None:
    local_zone("EST5")

    assert parsed_moment("05:00", MOMENT) == Fixed(MOMENT)


@pytest.mark.parametrize("text", ["1771012300000", "1612011200000", "1772359200000"])
def test_milliseconds_are_refused_and_not_taken_for_a_date(text: str) -> None:
    with pytest.raises(InvalidQuery, match="is not a time"):
        parsed_moment(text)


def test_a_length_of_no_time_before_now_is_refused() -> None:
    with pytest.raises(InvalidQuery, match="'0s' is not a length of time"):
        parsed_moment("now-0s")


@pytest.mark.parametrize(
    ("text", "time_range"),
    [
        ("15m", TimeRange(Ago(900))),
        ("last 15m", TimeRange(Ago(900))),
        ("The past 4 h", TimeRange(Ago(14_400))),
        ("now-2h to now-1h", TimeRange(Ago(7_200), Ago(3_600))),
        ("2h until 1h", TimeRange(Ago(7_200), Ago(3_600))),
        ("2026-03-01T09:00Z to 2026-03-01T10:00Z", TimeRange(Fixed(MOMENT - 3_600), Fixed(MOMENT))),
        ("2026-03-01T09:00Z .. now", TimeRange(Fixed(MOMENT - 3_600), Ago(0))),
        ("1772355600", TimeRange(Fixed(MOMENT - 3_600), Ago(0))),
    ],
)
def test_a_range_is_a_length_or_two_moments(text: str, time_range: TimeRange) -> None:
    assert parsed_time_range(text) == time_range


@pytest.mark.parametrize(
    ("text", "time_range"),
    [
        ("10:00Z", TimeRange(Fixed(MOMENT))),
        ("since 10:00Z", TimeRange(Fixed(MOMENT))),
        ("Since 2h", TimeRange(Ago(7_200))),
        ("from 10:00Z to now", TimeRange(Fixed(MOMENT))),
        ("10:00Z to 11:00Z", TimeRange(Fixed(MOMENT), Fixed(MOMENT + 3_600))),
        ("since 10:00Z until 10:30Z", TimeRange(Fixed(MOMENT), Fixed(MOMENT + 1_800))),
        ("23:00Z to 01:00Z", TimeRange(Fixed(MOMENT - 39_600), Fixed(MOMENT - 32_400))),
        ("11:00Z to 12:00Z", TimeRange(Fixed(MOMENT - 82_800), Fixed(MOMENT - 79_200))),
        ("2026-02-27T10:00Z to 11:00Z", TimeRange(Fixed(MOMENT - 172_800), Fixed(MOMENT - 169_200))),
        ("2h to 10:00Z", TimeRange(Ago(7_200), Fixed(MOMENT))),
    ],
)
def test_times_of_day_are_read_as_of_now(text: str, time_range: TimeRange) -> None:
    assert parsed_time_range(text, MOMENT + 2_400) == time_range


def test_an_end_that_is_still_to_come_today_is_not_taken_for_yesterdays() -> None:
    time_range = parsed_time_range("10:00Z to 11:00Z", MOMENT + 2_400)

    assert time_range.window(MOMENT + 2_400) == Window(MOMENT, MOMENT + 2_400)
    assert "ends in the future" in time_range.warning(MOMENT + 2_400)


def test_a_time_of_day_from_and_to_itself_is_empty_and_not_a_day() -> None:
    with pytest.raises(InvalidQuery, match="is empty"):
        parsed_ends("10:00Z", "10:00Z", MOMENT + 60)


@pytest.mark.parametrize("text", ["9999-12-31T23:59Z to 10:00", "0001-01-01T23:59Z to 10:00"])
def test_a_time_of_day_at_the_end_of_the_calendar_is_refused(text: str) -> None:
    with pytest.raises(InvalidQuery):
        parsed_time_range(text, MOMENT).window(MOMENT)


@pytest.mark.parametrize(
    "text", ["", "to", "15m to", "now-1h to now-2h", "now", "now to now", "2026-03-02T00:00Z to 2026-03-01T00:00Z"]
)
def test_what_is_no_range_is_refused(text: str) -> None:
    with pytest.raises(InvalidQuery) as refused:
        parsed_time_range(text)

    assert refused.value.hint


@pytest.mark.parametrize(
    ("start", "end", "words"),
    [
        (Ago(3_600), Ago(7_200), r"ends \(now-2h\) before it starts \(now-1h\)"),
        (Fixed(MOMENT), Fixed(MOMENT - 60), r"ends \(2026-03-01 09:59Z\) before it starts \(2026-03-01 10:00Z\)"),
        (Ago(0), Ago(0), "is empty: it starts and ends at now"),
        (Fixed(MOMENT), Fixed(MOMENT), "is empty: it starts and ends at 2026-03-01 10:00Z"),
    ],
)
def test_a_range_that_ends_before_it_starts_or_is_empty_cannot_be_built(start: Moment, end: Moment, words: str) -> None:
    with pytest.raises(InvalidQuery, match=words):
        TimeRange(start, end)


@pytest.mark.parametrize(
    ("time_range", "window"),
    [
        (last(900), Window(MOMENT - 900, MOMENT)),
        (TimeRange(Ago(7_200), Ago(3_600)), Window(MOMENT - 7_200, MOMENT - 3_600)),
        (TimeRange(Fixed(MOMENT - 60), Ago(0)), Window(MOMENT - 60, MOMENT)),
        (TimeRange(Fixed(MOMENT - 60), Fixed(MOMENT + 60)), Window(MOMENT - 60, MOMENT)),
    ],
)
def test_a_range_becomes_a_window_at_a_moment(time_range: TimeRange, window: Window) -> None:
    assert time_range.window(MOMENT + 0.9) == window


def test_a_window_says_its_length_and_its_ends() -> None:
    window = last(900).window(MOMENT)

    assert window.seconds == 900
    assert str(window) == "2026-03-01 09:45Z to 2026-03-01 10:00Z"


def test_a_range_that_starts_in_the_future_is_refused_with_the_time_it_is() -> None:
    with pytest.raises(InvalidQuery, match="starts in the future, at 2026-03-01 10:01Z") as refused:
        TimeRange(Fixed(MOMENT + 60), Fixed(MOMENT + 120)).window(MOMENT)

    assert refused.value.hint == "It is 2026-03-01 10:00Z now."


def test_a_fixed_end_can_fall_behind_a_moving_start() -> None:
    time_range = TimeRange(Ago(60), Fixed(MOMENT))
    assert time_range.window(MOMENT + 30) == Window(MOMENT - 30, MOMENT)

    with pytest.raises(InvalidQuery, match="before it starts"):
        time_range.window(MOMENT + 61)


def test_reaching_back_further_than_fourteen_days_is_warned_of() -> None:
    assert last(RETENTION_SECONDS).beyond_retention(MOMENT + 0.5) == ""
    assert "14 days" in last(RETENTION_SECONDS + 1).beyond_retention(MOMENT)
    assert "14 days" in TimeRange(Fixed(0)).beyond_retention(MOMENT)


@pytest.mark.parametrize(
    ("time_range", "live"),
    [(last(60), True), (TimeRange(Fixed(MOMENT)), True), (TimeRange(Ago(60), Ago(30)), False)],
)
def test_only_a_range_that_ends_now_is_live(time_range: TimeRange, live: bool) -> None:
    assert time_range.live is live


@pytest.mark.parametrize(
    ("time_range", "shown"),
    [
        (last(900), "last 15 min"),
        (last(183_600), "last 2 d 3 h"),
        (TimeRange(Ago(7_200), Ago(3_600)), "now-2h to now-1h"),
        (TimeRange(Fixed(MOMENT)), "2026-03-01 10:00Z to now"),
        (TimeRange(Fixed(MOMENT), Fixed(MOMENT + 90)), "2026-03-01 10:00Z to 2026-03-01 10:01:30Z"),
    ],
)
def test_a_range_is_told_in_words(time_range: TimeRange, shown: str) -> None:
    assert str(time_range) == shown


@given(st.integers(min_value=1, max_value=10**9 - 1))
def test_the_short_form_of_a_length_is_read_as_that_length(seconds: int) -> None:
    assert parsed_length(short_length(seconds)) == seconds


MOMENTS = st.builds(Ago, st.integers(min_value=1, max_value=10**7)) | st.builds(
    Fixed, st.integers(min_value=10**8, max_value=10**10)
)


@given(MOMENTS)
def test_the_text_of_a_moment_is_read_as_that_moment(moment: Moment) -> None:
    assert parsed_moment(str(moment)) == moment


@given(
    st.text(st.characters(), max_size=30)
    | st.text(st.sampled_from("0123456789-+:TZ.smhdw now"), max_size=30)
    | st.from_regex(r"(now-)?[0-9]{1,12}(s|m|h|d|w)( to (now|[0-9]{9,11}))?", fullmatch=True)
    | st.from_regex(r"(since )?[0-9]{1,2}:[0-9]{2}Z?( to [0-9]{1,2}:[0-9]{2}Z?)?", fullmatch=True)
)
def test_any_text_is_a_range_with_a_window_or_refused(text: str) -> None:
    try:
        time_range = parsed_time_range(text, MOMENT)
        window = time_range.window(MOMENT)
    except InvalidQuery:
        return

    assert window.start < window.end
    assert all(isinstance(said, str) for said in (str(time_range), str(window), time_range.beyond_retention(MOMENT)))


@pytest.mark.parametrize("text", ["999999999w", "now-999999999w", "0001-01-02T00:00Z"])
def test_a_start_before_epoch_seconds_begin_is_refused(text: str) -> None:
    with pytest.raises(InvalidQuery, match="starts before 1970") as refused:
        parsed_time_range(text).window(MOMENT)

    assert "14 days" in refused.value.hint


@pytest.mark.parametrize("text", ["9999-12-31T23:59Z", "99999999999"])
def test_a_start_far_in_the_future_is_refused_as_any_other(text: str) -> None:
    with pytest.raises(InvalidQuery, match="starts in the future"):
        parsed_time_range(text).window(MOMENT)


def test_a_moment_beyond_the_calendar_is_told_in_epoch_seconds() -> None:
    assert utc_text(10**15) == "epoch 1000000000000000"
    assert utc_text(-(10**18)) == "epoch -1000000000000000000"


@pytest.mark.parametrize("text", ["1M", "now-1M", "15 M"])
def test_a_capital_m_may_mean_months_and_is_refused(text: str) -> None:
    with pytest.raises(InvalidQuery, match="could be minutes or months") as refused:
        parsed_moment(text)

    assert "m for minutes" in refused.value.hint


def test_an_end_in_the_future_is_cut_to_now_and_told() -> None:
    time_range = TimeRange(Fixed(MOMENT - 60), Fixed(MOMENT + 7_200))

    assert time_range.window(MOMENT).seconds == 60
    assert time_range.warning(MOMENT) == (
        "The time range ends in the future (2026-03-01 12:00Z), so it was asked up to now, 2026-03-01 10:00Z."
    )
    assert time_range.warning(MOMENT + 7_200) == ""


def test_a_range_that_has_only_just_begun_is_empty() -> None:
    with pytest.raises(InvalidQuery, match="is empty: it starts and ends at 2026-03-01 10:00Z"):
        TimeRange(Fixed(MOMENT), Fixed(MOMENT + 60)).window(MOMENT + 0.5)


def test_a_range_partly_older_than_what_is_kept_says_what_its_mean_is_over() -> None:
    warning = last(20 * 86_400).warning(MOMENT)

    assert "its first part is empty" in warning
    assert "rates are the mean over all of it" in warning


def test_a_range_wholly_older_than_what_is_kept_is_not_said_to_be_so_in_part() -> None:
    time_range = TimeRange(Ago(20 * 86_400), Ago(RETENTION_SECONDS))

    assert time_range.warning(MOMENT) == "All of the window is older than the 14 days that are kept."
    assert time_range.window(MOMENT).forgotten_at(MOMENT)
    assert not last(20 * 86_400).window(MOMENT).forgotten_at(MOMENT)


def test_a_time_of_day_is_rounded_up_so_that_who_waits_for_it_is_not_early() -> None:
    assert [time_of_day(MOMENT + seconds) for seconds in (0, 0.1, 9)] == ["10:00:00Z", "10:00:01Z", "10:00:09Z"]


def snapping(time_range: TimeRange, snap: Snap) -> TimeRange:
    """Return the same time range with another setting for rounding its start and end to 5-minute buckets."""
    return TimeRange(time_range.start, time_range.end, snap)


ENDS = st.integers(min_value=MOMENT - 10**6, max_value=MOMENT + 1_000)
AGOS = st.integers(min_value=0, max_value=10**6)
NOWS = st.integers(min_value=MOMENT, max_value=MOMENT + 1_000)
ANY_MOMENTS = st.builds(Ago, AGOS) | st.builds(Fixed, ENDS)


def window_or_none(time_range: TimeRange, now: float) -> Window | None:
    """Return the time window of the range. Return None if the range is invalid."""
    try:
        return time_range.window(now)
    except InvalidQuery:
        return None


@pytest.mark.parametrize(
    ("text", "start", "end"),
    [
        ("30m", -1_800 + 140, 140),
        ("31m", -2_100, 0),
        ("1h", -3_600, 0),
        ("4h", -4 * 3_600, 0),
        ("now-2h to now-1h", -7_200, -3_600),
        ("now-2h to now-100m", -7_200 + 140, -6_000 + 140),
        ("2026-03-01T09:00:07Z", -3_593, 0),
        ("2026-03-01T09:30:07Z", -1_793, 0),
        ("2026-03-01T09:40:07Z", -1_193, 140),
        ("2026-03-01T08:00:07Z to 2026-03-01T09:00:08Z", -7_193, -3_592),
        ("now-2h to 2026-03-01T09:00:08Z", -7_200 + 140, -3_592),
        ("now-2h to 2026-03-01T19:00:08Z", -7_200 + 140, 140),
    ],
)
def test_what_moves_with_now_ends_on_a_border_in_windows_of_over_30_minutes(text: str, start: int, end: int) -> None:
    window = parsed_time_range(text).window(MOMENT + 140)

    assert (window.start - MOMENT, window.end - MOMENT) == (start, end)


@given(st.integers(min_value=7, max_value=4_000), NOWS)
def test_a_long_live_window_of_whole_buckets_keeps_its_length_and_ends_on_the_last_border(
    buckets: int, now: int
) -> None:
    window = last(buckets * BUCKET_SECONDS).window(now)

    assert window.seconds == buckets * BUCKET_SECONDS
    assert window.end % BUCKET_SECONDS == 0
    assert 0 <= now - window.end < BUCKET_SECONDS


@given(ANY_MOMENTS, ANY_MOMENTS, NOWS)
def test_with_snap_on_a_window_is_whole_buckets_that_have_closed(start: Moment, end: Moment, now: int) -> None:
    try:
        window = TimeRange(start, end, Snap.ON).window(now)
    except InvalidQuery:
        return

    assert window.start % BUCKET_SECONDS == window.end % BUCKET_SECONDS == 0
    assert window.start < window.end <= now


@given(st.builds(Fixed, ENDS), st.builds(Fixed, ENDS), NOWS)
def test_moments_that_somebody_wrote_are_kept_to_the_second_unless_snap_is_on(
    start: Fixed, end: Fixed, now: int
) -> None:
    try:
        time_range = TimeRange(start, end)
    except InvalidQuery:
        return

    assert window_or_none(time_range, now) == window_or_none(snapping(time_range, Snap.OFF), now)


@pytest.mark.parametrize(
    ("text", "start", "end"),
    [
        ("1m", -300, 0),
        ("15m", -900, 0),
        ("2026-03-01T09:01Z to 2026-03-01T09:02Z", -3_600, -3_300),
        ("2026-03-01T09:00Z to 2026-03-01T09:05Z", -3_600, -3_300),
        ("2026-03-01T10:01Z to 2026-03-01T10:02Z", -300, 0),
    ],
)
def test_with_snap_on_a_written_window_grows_to_the_buckets_it_touches_that_have_closed(
    text: str, start: int, end: int
) -> None:
    window = snapping(parsed_time_range(text), Snap.ON).window(MOMENT + 140)

    assert (window.start - MOMENT, window.end - MOMENT) == (start, end)


def test_with_snap_off_a_long_window_ends_now_to_the_second() -> None:
    window = snapping(last(3_600), Snap.OFF).window(MOMENT + 140)

    assert window == Window(MOMENT - 3_460, MOMENT + 140)


def test_fourteen_days_up_to_a_border_are_not_said_to_leave_what_is_kept() -> None:
    assert last(RETENTION_SECONDS).warning(MOMENT + 140) == ""


def test_whether_it_snaps_does_not_make_a_range_less_live() -> None:
    assert all(snapping(last(3_600), snap).live for snap in Snap)
