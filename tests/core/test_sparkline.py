"""Test that a sparkline shows a bar for each part of a timeline, and shows why a part has no number."""

import pytest
from hypothesis import given
from hypothesis import strategies as st

from cnm_tui.core.chart.columns import PartColumns
from cnm_tui.core.chart.points import Missing, Point, highest, largest, nice_top
from cnm_tui.core.chart.sparkline import LEVELS, OPEN, sparkline

points = st.lists(st.one_of(st.floats(0, 1e15), st.integers(0, 10**12), st.sampled_from(Missing)), max_size=300)


@pytest.mark.parametrize(
    ("series", "drawn"),
    [
        ([0, 1, 2, 3, 4, 5, 6, 7], "▁▂▃▄▅▆▇█"),
        ([0, 0, 0], "▁▁▁"),
        ([0, 0.000_1, 1_000_000], "▁▂█"),
        ([5, Missing.GAP, 5, Missing.NO_TRAFFIC, Missing.CUT, Missing.TOO_FEW], "█ █–?·"),
        ([Missing.GAP, Missing.GAP], "  "),
        ([], ""),
    ],
)
def test_each_part_has_its_level_or_the_sign_of_what_is_missing(series: list[Point], drawn: str) -> None:
    assert sparkline(series, 20) == drawn


def test_a_common_scale_makes_rows_comparable() -> None:
    assert (sparkline([1, 2], 9, top=2), sparkline([1, 2], 9, top=200)) == ("▅█", "▂▂")


def test_a_number_above_the_scale_has_its_highest_level() -> None:
    assert sparkline([1, 50], 9, top=1) == "██"


def test_the_open_part_stands_apart() -> None:
    assert sparkline([7, 7, 1], 9, last_is_open=True) == f"██{OPEN}▂"
    assert sparkline([*[7] * 40, 1], 6, last_is_open=True) == f"████{OPEN}▂"


@pytest.mark.parametrize(
    ("series", "drawn"),
    [([7, 7, 1], f"██{OPEN}"), ([4, 7, 7], f"▅█{OPEN}█"), ([7, Missing.GAP, 1], f"█ {OPEN}▂")],
)
def test_a_count_that_still_grows_is_never_drawn_as_a_fall(series: list[Point], drawn: str) -> None:
    assert sparkline(series, 9, last_is_open=True, counts=True) == drawn


def test_a_short_peak_is_seen_in_few_columns() -> None:
    series = [1] * 90 + [8] + [1] * 9

    assert sparkline(series, 10) == "▂▂▂▂▂▂▂▂▂█"


def test_a_part_of_a_folded_column_that_failed_does_not_hide_the_others() -> None:
    assert sparkline([Missing.GAP, 8, Missing.GAP, Missing.CUT, Missing.GAP, Missing.GAP], 3) == "█  "


def test_the_reason_that_says_least_stands_for_several() -> None:
    assert highest([Missing.NO_TRAFFIC, Missing.CUT]) is Missing.CUT
    assert highest([Missing.NO_TRAFFIC, Missing.CUT, 3, 4]) == 4


@given(points, st.integers(0, 60), st.booleans())
def test_any_series_fits_its_room(series: list[Point], width: int, last_is_open: bool) -> None:
    drawn = sparkline(series, width, last_is_open=last_is_open)

    assert len(drawn) <= width
    assert set(drawn) <= {*LEVELS, OPEN, *(reason.value for reason in Missing)}


@given(points)
def test_with_room_each_part_has_one_sign_and_none_is_invented(series: list[Point]) -> None:
    drawn = sparkline(series, len(series))

    for point, sign in zip(series, drawn, strict=True):
        if isinstance(point, Missing):
            assert sign == point.value
        else:
            assert (sign == LEVELS[0]) == (point == 0)


@given(st.integers(1, 300), st.integers(1, 200))
def test_every_part_is_in_exactly_one_group_of_columns(parts: int, room: int) -> None:
    columns = PartColumns(parts, room)
    groups = [columns.parts_at(column) for column in range(0, columns.width, columns.each)]

    assert columns.width <= room
    assert [part for group in groups for part in group] == list(range(parts))
    for column in range(columns.width):
        assert column in columns.columns_of(columns.parts_at(column))
        assert columns.part_at(column) in columns.parts_at(column)


@given(st.floats(1e-9, 1e18))
def test_the_scale_ends_at_a_round_number_near_the_largest(number: float) -> None:
    assert number * (1 - 1e-6) <= nice_top(number) <= 2 * number


def test_the_largest_of_nothing_is_zero() -> None:
    assert (largest([Missing.GAP]), nice_top(0)) == (0, 1.0)
