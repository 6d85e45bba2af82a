"""Times as people write them, and the window of seconds that comes of them."""

import time
from collections.abc import Callable, Iterator

import pytest
from hypothesis import given
from hypothesis import strategies as st

from cnm_tui.core.errors import InvalidQuery
from cnm_tui.core.time_range import (
    RETENTION_SECONDS,
    Ago,
    Fixed,
    Moment,
    TimeRange,
    Window,
    last,
    parsed_length,
    parsed_moment,
    parsed_time_range,
    short_length,
    time_of_day,
    utc_text,
)
from tests.builders import MOMENT


@pytest.fixture
def local_zone(monkeypatch: pytest.MonkeyPatch) -> Iterator[Callable[[str], None]]:
    """Set the zone of local time, in the form of the variable TZ; it is put back afterwards."""

    def moved_to(zone: str) -> None:
        monkeypatch.setenv("TZ", zone)
        time.tzset()

    yield moved_to
    monkeypatch.undo()
    time.tzset()


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
        "yesterday",
        "now+2h",
        "now-",
        "now-2",
        "now--2h",
        "2026-13-01",
        "2026-02-30T10:00",
        "2026-03-01T25:00",
        "10:00",
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
)
def test_any_text_is_a_range_with_a_window_or_refused(text: str) -> None:
    try:
        time_range = parsed_time_range(text)
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
    assert "throughput is the mean over all of it" in warning


def test_a_range_wholly_older_than_what_is_kept_is_not_said_to_be_so_in_part() -> None:
    time_range = TimeRange(Ago(20 * 86_400), Ago(RETENTION_SECONDS))

    assert time_range.warning(MOMENT) == "All of the window is older than the 14 days that are kept."
    assert time_range.window(MOMENT).forgotten_at(MOMENT)
    assert not last(20 * 86_400).window(MOMENT).forgotten_at(MOMENT)


def test_a_time_of_day_is_rounded_up_so_that_who_waits_for_it_is_not_early() -> None:
    assert [time_of_day(MOMENT + seconds) for seconds in (0, 0.1, 9)] == ["10:00:00Z", "10:00:01Z", "10:00:09Z"]
