"""Test that a chart can be read without colours.

The tests check the scale, thresholds, baseline, gaps and times. They also check the last column of the chart,
whose numbers still grow.
"""

import time
from datetime import UTC, datetime, timedelta, timezone

import pytest
from hypothesis import given
from hypothesis import strategies as st

from cnm_tui.core.chart.chart import Chart, Line, chart_lines
from cnm_tui.core.chart.points import Missing, Point
from cnm_tui.core.chart.time_axis import axis_name, labels_line, local, ticks, utc, zone_name
from cnm_tui.core.units import BYTES, MICRO_SECONDS, SHARE

TEN = 1_800_000_000 // 86_400 * 86_400 + 36_000
"""10:00Z of a day."""


def texts(lines: list[Line]) -> list[str]:
    return ["".join(text for text, _ in line) for line in lines]


def kinds_of(lines: list[Line], sign: str) -> set[str]:
    return {kind for line in lines for text, kind in line if sign in text}


def test_columns_are_drawn_over_an_axis_with_the_scale_in_the_metric_s_unit() -> None:
    assert texts(chart_lines(Chart([0, 500, 1_000, 2_000], BYTES), 12, 2)) == [
        "2.0 kB│  ▁█".replace("▁", " "),
        "     0│▁▄██",
        "      └────",
    ]


def test_every_absence_has_its_own_sign_and_a_gap_interrupts_the_axis() -> None:
    series: list[Point] = [Missing.GAP, Missing.CUT, Missing.NO_TRAFFIC, 0, 8_000]

    assert texts(chart_lines(Chart(series, MICRO_SECONDS), 13, 1)) == ["8.0 ms│ ?–▁█", "      └ ────"]


def test_thresholds_are_lines_with_labels_where_their_number_is() -> None:
    lines = texts(chart_lines(Chart([0.002, 0.004, 0.04], SHARE, limits=(0.01, 0.03)), 10, 4))

    assert lines == ["4.00 %│╌╌█", "      │  █", "1.00 %│╌╌█", "     0│▂▃█", "      └───"]


def test_a_threshold_beyond_the_scale_is_not_drawn() -> None:
    assert "╌" not in "".join(texts(chart_lines(Chart([0.002], SHARE, limits=(0.01,)), 20, 4)))


def test_the_open_part_is_hatched() -> None:
    lines = chart_lines(Chart([10, 10], BYTES, last_is_open=True), 11, 1)

    assert texts(lines)[0] == "10 B│███▒▒▒"
    assert kinds_of(lines, "▒") == {"open"}


def test_the_baseline_is_shaded_where_it_is_higher() -> None:
    lines = chart_lines(Chart([1, 10, Missing.GAP], BYTES, behind=[10, 1, 10]), 8, 2)

    assert texts(lines) == ["10 B│░█░", "   0│▂█░", "    └── "]
    assert kinds_of(lines, "▂") == {"bar over"}


def test_the_asked_window_and_the_chosen_parts_show_on_the_axis() -> None:
    lines = chart_lines(Chart([1] * 6, BYTES, asked=range(3, 6), chosen=range(4, 5)), 12, 1, ticks={0, 3})

    assert texts(lines)[-1].endswith("└┬──╤▴═")
    assert {"bar", "bar asked", "bar chosen"} <= {kind for _, kind in lines[0]}


def test_a_column_of_several_parts_has_the_worst_colour_of_them() -> None:
    lines = chart_lines(Chart([1, 9, 1, 1], BYTES, kinds=["", "bad", "", "thin"]), 7, 1)

    assert [kind for _, kind in lines[0]] == ["scale", "axis", "bad", "bar"]


@given(
    st.lists(st.one_of(st.floats(0, 1e12), st.sampled_from(Missing)), min_size=1, max_size=300),
    st.integers(20, 200),
    st.integers(1, 8),
    st.booleans(),
)
def test_any_chart_fits_its_room(series: list[Point], width: int, height: int, is_open: bool) -> None:
    chart = Chart(series, BYTES, behind=series[::-1], limits=(5,), last_is_open=is_open, asked=range(1))

    lines = texts(chart_lines(chart, width, height))

    assert len(lines) == height + 1
    assert all(len(line) == chart.label_width + chart.columns(width).width <= width for line in lines)


@pytest.mark.parametrize(
    ("seconds", "width", "labels"),
    [
        (4 * 3_600, 48, "10:00       11:00       12:00       13:00"),
        (3_600, 24, "10:00       10:30"),
        (13 * 3_600, 24, "12:00      18:00"),
    ],
)
def test_round_times_are_labelled_as_far_as_there_is_room(seconds: int, width: int, labels: str) -> None:
    line = labels_line(ticks(TEN, TEN + seconds, width), width, utc)

    assert line.strip() == labels


def test_midnight_is_labelled_with_its_date() -> None:
    evening = TEN + 12 * 3_600

    line = labels_line(ticks(evening, evening + 4 * 3_600, 40), 40, utc)

    assert line.split() == ["22:00", "23:00", datetime.fromtimestamp(TEN + 14 * 3_600, UTC).strftime("%m-%d"), "01:00"]


def test_local_times_stand_under_the_same_ticks() -> None:
    half_past = timezone(timedelta(hours=5, minutes=30))

    line = labels_line(ticks(TEN, TEN + 7_200, 20), 20, lambda at: datetime.fromtimestamp(at, half_past))

    assert line.split() == ["15:30", "16:30"]


def test_nothing_has_no_ticks() -> None:
    assert (list(ticks(5, 5, 10)), list(ticks(0, 10, 0))) == ([], [])


@pytest.mark.parametrize(
    ("zone", "name", "clocks"),
    [
        ("America/New_York", "EDT/EST", "00:00 01:00 01:00 02:00"),
        ("Europe/London", "", "04:00 05:00 06:00 07:00"),
        ("Asia/Kathmandu", "+0545", "09:45 10:45 11:45 12:45"),
    ],
)
def test_local_times_are_right_where_the_clock_changes(
    zone: str, name: str, clocks: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    start = int(datetime(2026, 11, 1, 4, tzinfo=UTC).timestamp())
    monkeypatch.setenv("TZ", zone)
    time.tzset()
    try:
        told = [local(start + hour * 3_600).strftime("%H:%M") for hour in range(4)]

        assert (zone_name(start, start + 4 * 3_600), " ".join(told)) == (name, clocks)
    finally:
        monkeypatch.undo()
        time.tzset()


def test_a_zone_without_room_for_its_names_is_local() -> None:
    assert [axis_name("EDT/EST", room) for room in (8, 6)] == [" EDT/EST", " local"]
