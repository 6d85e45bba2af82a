"""Test how numbers are formatted for people, especially at the limits where the unit changes."""

import pytest
from hypothesis import given
from hypothesis import strategies as st

from cnm_tui.core.units import (
    BYTES,
    BYTES_PER_SECOND,
    COUNT,
    MICRO_SECONDS,
    SHARE,
    Scale,
    age_text,
    bytes_text,
    in_one_unit,
    plural,
    seconds_text,
)

SCALES = [BYTES, BYTES_PER_SECOND, COUNT, MICRO_SECONDS, SHARE]


@pytest.mark.parametrize(
    ("number", "shown"),
    [
        (0, "0 B"),
        (1, "1 B"),
        (999, "999 B"),
        (999.4, "999 B"),
        (999.5, "1.0 kB"),
        (1_000, "1.0 kB"),
        (1_049, "1.0 kB"),
        (1_051, "1.1 kB"),
        (999_949, "999.9 kB"),
        (999_950, "1.0 MB"),
        (999_960, "1.0 MB"),
        (999_999.9, "1.0 MB"),
        (1_000_000, "1.0 MB"),
        (999_600_000, "999.6 MB"),
        (999_960_000, "1.0 GB"),
        (5 * 10**12, "5.0 TB"),
        (2**63, "9.2 EB"),
        (10**24, "1.0 YB"),
        (10**27, "1000.0 YB"),
        (-1_500, "-1.5 kB"),
    ],
)
def test_bytes_change_their_unit_after_rounding(number: float, shown: str) -> None:
    assert BYTES.text(number) == shown


@pytest.mark.parametrize(
    ("number", "shown"),
    [
        (0, "0 B"),
        (999, "999 B"),
        (1_000, "1 kB"),
        (1_234, "1.2 kB"),
        (999_600_000, "999.6 MB"),
        (999_950_000, "1 GB"),
        (1_200_000_000, "1.2 GB"),
        (10_000_000_000, "10 GB"),
    ],
)
def test_a_sentence_says_whole_units_without_a_decimal(number: float, shown: str) -> None:
    assert bytes_text(number) == shown


@pytest.mark.parametrize(("number", "shown"), [(0, "0 B/s"), (12.4, "12 B/s"), (1_260_000, "1.3 MB/s")])
def test_a_rate_is_bytes_per_second(number: float, shown: str) -> None:
    assert BYTES_PER_SECOND.text(number) == shown


@pytest.mark.parametrize(
    ("number", "shown"),
    [
        (0, "0"),
        (999, "999"),
        (1_000, "1,000"),
        (99_999, "99,999"),
        (99_999.4, "99,999"),
        (99_999.6, "100 k"),
        (100_000, "100 k"),
        (1_234_567, "1,235 k"),
        (99_999_499, "99,999 k"),
        (99_999_500, "100 M"),
        (10**9, "1,000 M"),
    ],
)
def test_counts_are_exact_below_a_hundred_thousand(number: float, shown: str) -> None:
    assert COUNT.text(number) == shown


@pytest.mark.parametrize(
    ("micro_seconds", "shown"),
    [
        (0, "0 µs"),
        (1, "1 µs"),
        (999, "999 µs"),
        (999.4, "999 µs"),
        (999.6, "1.0 ms"),
        (1_000, "1.0 ms"),
        (12_345, "12.3 ms"),
        (999_949, "999.9 ms"),
        (999_950, "1.0 s"),
        (1_000_000, "1.0 s"),
        (90_000_000, "90.0 s"),
        (-5_000, "-5.0 ms"),
    ],
)
def test_durations_change_their_unit_after_rounding(micro_seconds: float, shown: str) -> None:
    assert MICRO_SECONDS.text(micro_seconds) == shown


@pytest.mark.parametrize(
    ("ratio", "shown"), [(0.00004, "0.00 %"), (0.0123, "1.23 %"), (0.99999, "100.00 %"), (1.5, "150.00 %")]
)
def test_a_share_is_a_percentage_with_two_decimals(ratio: float, shown: str) -> None:
    assert SHARE.text(ratio) == shown


@pytest.mark.parametrize("scale", SCALES)
def test_absent_is_a_dash_and_zero_a_bare_nought(scale: Scale) -> None:
    assert scale.text(None) == "–"
    assert scale.cell(None).strip() == "–"
    assert scale.cell(0).strip() == "0"


@pytest.mark.parametrize(
    ("scale", "cells"),
    [
        (BYTES, {0: "  0     ", None: "  –     ", 999: "999   B ", 1_000: "  1.0 kB", 999_900_000: "999.9 MB"}),
        (COUNT, {0: "     0  ", None: "     –  ", 999: "   999  ", 99_999: "99,999  ", 100_000: "   100 k"}),
        (MICRO_SECONDS, {0: "  0     ", None: "  –     ", 999: "999   µs", 1_000: "  1.0 ms", 9e7: " 90.0 s "}),
        (SHARE, {0: "  0     ", None: "  –     ", 0.0001: "  0.01 %", 0.032: "  3.20 %", 1: "100.00 %"}),
    ],
)
def test_the_figures_of_a_scale_stand_under_each_other(scale: Scale, cells: dict[float | None, str]) -> None:
    assert {number: scale.cell(number) for number in cells} == cells


@pytest.mark.parametrize("scale", [BYTES, BYTES_PER_SECOND, COUNT, SHARE])
@given(number=st.none() | st.integers(min_value=0, max_value=10**26) | st.floats(min_value=0, max_value=1e26))
def test_every_figure_fits_its_column(scale: Scale, number: float | None) -> None:
    assert len(scale.cell(number)) == scale.width


@given(st.integers(min_value=0, max_value=10**26))
def test_a_scaled_figure_never_reaches_the_next_unit(number: int) -> None:
    figure = BYTES.figure(number)

    assert 0 <= float(figure.whole + figure.fraction) < 1000


@pytest.mark.parametrize("scale", SCALES)
@pytest.mark.parametrize("number", [-1, 2**64, 10**300, -(10**30)])
def test_a_number_without_meaning_is_still_drawn(scale: Scale, number: int) -> None:
    assert len(scale.cell(number)) >= scale.width


@pytest.mark.parametrize(
    ("seconds", "shown"),
    [
        (-5, "0 s"),
        (0, "0 s"),
        (0.4, "0 s"),
        (42, "42 s"),
        (59.6, "1 min"),
        (90, "1 min 30 s"),
        (900, "15 min"),
        (14_400, "4 h"),
        (183_600, "2 d 3 h"),
        (90_061, "1 d 1 h"),
        (14 * 86_400, "14 d"),
    ],
)
def test_a_length_of_time_is_told_in_its_two_largest_units(seconds: float, shown: str) -> None:
    assert seconds_text(seconds) == shown


@pytest.mark.parametrize(
    ("seconds", "shown"),
    [(-5, "just now"), (59, "just now"), (60, "1 min ago"), (7_199, "1 h ago"), (200_000, "2 d ago")],
)
def test_an_age_is_told_in_its_largest_unit(seconds: float, shown: str) -> None:
    assert age_text(seconds) == shown


def test_a_number_decides_whether_its_noun_is_plural() -> None:
    assert [plural(number, "row") for number in (0, 1, 2, 7_500)] == ["0 rows", "1 row", "2 rows", "7,500 rows"]


@pytest.mark.parametrize(
    ("scale", "numbers", "unit", "shown"),
    [
        (MICRO_SECONDS, (965, 1_100, 120_260), "ms", ["  1.0", "  1.1", "120.3"]),
        (MICRO_SECONDS, (940, 1_100), "ms", ["  0.94", "  1.10"]),
        (MICRO_SECONDS, (7, 2_500_000), "ms", ["    0.007", "2,500.000"]),
        (SHARE, (0.0031, 0.085), "%", ["  0.31", "  8.50"]),
        (BYTES, (1_200_000, 705_800_000), "MB", ["  1.2", "705.8"]),
        (COUNT, (3, 12_518), "", ["     3", "12,518"]),
    ],
)
def test_numbers_of_one_unit_are_shown_without_it(
    scale: Scale, numbers: tuple[float, ...], unit: str, shown: list[str]
) -> None:
    shared = in_one_unit(scale, min(numbers), max(numbers))

    assert shared is not None
    assert shared[1] == unit
    assert [shared[0].cell(number) for number in numbers] == shown


@pytest.mark.parametrize(
    ("scale", "least", "most"), [(BYTES, 1_200, 1_200_000), (MICRO_SECONDS, 900, 12_000_000), (COUNT, 3, 200_000)]
)
def test_numbers_of_several_units_keep_theirs(scale: Scale, least: float, most: float) -> None:
    assert in_one_unit(scale, least, most) is None


@given(numbers=st.lists(st.integers(1, 10**10), min_size=1), scale=st.sampled_from(SCALES))
def test_no_number_above_zero_reads_like_zero_in_a_shared_unit(numbers: list[int], scale: Scale) -> None:
    shared = in_one_unit(scale, min(numbers), max(numbers))

    assert shared is None or all(set(shared[0].cell(number)) & set("123456789") for number in numbers)
