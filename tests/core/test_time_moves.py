"""Test the keyboard commands that move the time range. The opposite move undoes each move, and the range stays
valid.
"""

from collections.abc import Callable
from dataclasses import replace

import pytest
from hypothesis import assume, given
from hypothesis import strategies as st

from cnm_tui.core.errors import InvalidQuery
from cnm_tui.core.time.moves import back_to_now, earlier, later, snapped, zoomed_in, zoomed_out
from cnm_tui.core.time.time_range import (
    BUCKET_SECONDS,
    RETENTION_SECONDS,
    Ago,
    Fixed,
    Snap,
    TimeRange,
    last,
    parsed_time_range,
)
from tests.builders import MOMENT

Move = Callable[[TimeRange, float], TimeRange]
MOVES: tuple[Move, ...] = (earlier, later, zoomed_out, zoomed_in, back_to_now, snapped)
HOUR = 3_600
DAY = 86_400

NOWS = st.integers(min_value=MOMENT, max_value=MOMENT + 2 * BUCKET_SECONDS) | st.floats(
    min_value=MOMENT, max_value=MOMENT + 2 * DAY
)
LENGTHS = st.integers(min_value=1, max_value=2 * HOUR) | st.integers(min_value=1, max_value=30 * DAY)
AGES = (
    st.integers(min_value=1, max_value=2 * HOUR)
    | st.integers(min_value=1, max_value=20 * DAY)
    | st.integers(min_value=1, max_value=MOMENT - 30 * DAY)
)


@st.composite
def _fixed_ranges(draw: st.DrawFn) -> TimeRange:
    end = MOMENT - draw(AGES)
    return TimeRange(Fixed(end - draw(LENGTHS)), Fixed(end))


@st.composite
def _moving_ranges(draw: st.DrawFn) -> TimeRange:
    age = draw(AGES)
    return TimeRange(Ago(age + draw(LENGTHS)), Ago(age))


@st.composite
def _mixed_ranges(draw: st.DrawFn) -> TimeRange:
    """Generate time ranges with a fixed start and an end that is now or a fixed time in the future."""
    end = draw(st.sampled_from([Ago(0)]) | st.builds(lambda ahead: Fixed(MOMENT + 2 * DAY + ahead), AGES))
    return TimeRange(Fixed(MOMENT - draw(LENGTHS)), end)


FIXED = _fixed_ranges()
RANGES = FIXED | st.builds(last, LENGTHS) | _moving_ranges() | _mixed_ranges()
SNAPS = st.sampled_from(Snap)


def to_the_second(time_range: TimeRange) -> TimeRange:
    """Return the time range with a setting that its start and end are not rounded to 5-minute buckets."""
    return replace(time_range, snap=Snap.OFF)


EXACT = RANGES.map(to_the_second)


def fixed(start: int, end: int) -> TimeRange:
    """Return a fixed time range. Both arguments are numbers of seconds before `MOMENT`."""
    return TimeRange(Fixed(MOMENT - start), Fixed(MOMENT - end))


@given(RANGES, SNAPS, NOWS, st.lists(st.sampled_from(MOVES), max_size=12))
def test_wherever_one_goes_there_is_a_window_that_ends_now_or_stays(
    time_range: TimeRange, snap: Snap, now: float, moves: list[Move]
) -> None:
    started = moved = replace(time_range, snap=snap)
    for move in moves:
        try:
            moved = move(moved, now)
        except InvalidQuery:
            assert move is not snapped
            continue

        window = moved.window(now)
        assert 0 <= window.start < window.end <= now
        assert moved.snap is snap
        ends_now = moved.live and isinstance(moved.start, Ago)
        stays = isinstance(moved.start, Fixed) and isinstance(moved.end, Fixed)
        assert ends_now or stays or moved == started


@given(RANGES, NOWS, st.lists(st.sampled_from(MOVES), min_size=1, max_size=12))
def test_with_all_on_borders_every_move_comes_to_whole_buckets(
    time_range: TimeRange, now: float, moves: list[Move]
) -> None:
    moved = replace(time_range, snap=Snap.ON)
    for move in moves:
        try:
            moved = snapped(move(moved, now), now)
        except InvalidQuery:
            continue

        window = moved.window(now)
        assert window.start % BUCKET_SECONDS == window.end % BUCKET_SECONDS == 0


@given(st.integers(min_value=1, max_value=100), NOWS)
def test_with_all_on_borders_zooming_in_comes_down_to_one_bucket(buckets: int, now: float) -> None:
    moved = replace(fixed((buckets + 1) * BUCKET_SECONDS, BUCKET_SECONDS), snap=Snap.ON)
    for _ in range(8):
        if moved.window(now).seconds > BUCKET_SECONDS:
            moved = snapped(zoomed_in(moved, now), now)

    assert moved.window(now).seconds == BUCKET_SECONDS


@given(EXACT, NOWS)
def test_earlier_and_then_later_is_the_same_window(time_range: TimeRange, now: float) -> None:
    before = time_range.window(now)
    assume(before.start > int(now) - RETENTION_SECONDS)

    after = later(earlier(time_range, now), now)

    if int(now) - before.end < BUCKET_SECONDS:
        assert after == to_the_second(last(before.seconds))
    else:
        assert after.window(now) == before


@given(FIXED, NOWS)
def test_later_and_then_earlier_is_the_same_window_unless_it_reached_now(time_range: TimeRange, now: float) -> None:
    assume(time_range.window(now).end > int(now) - RETENTION_SECONDS)
    after = later(time_range, now)
    assume(not after.live)

    assert earlier(after, now) == time_range


@given(st.sampled_from([earlier, later, back_to_now]), EXACT, NOWS)
def test_moving_keeps_the_length(move: Move, time_range: TimeRange, now: float) -> None:
    try:
        moved = move(time_range, now)
    except InvalidQuery:
        return

    assert moved.window(now).seconds == time_range.window(now).seconds


@given(EXACT, NOWS)
def test_zooming_out_and_then_in_is_the_same_window_but_for_bounds(time_range: TimeRange, now: float) -> None:
    before = time_range.window(now)
    assume(BUCKET_SECONDS <= before.seconds <= RETENTION_SECONDS // 2)
    wide = zoomed_out(time_range, now)
    met_a_bound = wide.live or wide.window(now).start == int(now) - RETENTION_SECONDS
    assume(before.end == int(now) or not met_a_bound)
    assume(before.start >= int(now) - RETENTION_SECONDS)

    assert zoomed_in(wide, now).window(now) == before


@given(EXACT, NOWS)
def test_zooming_out_shows_all_of_the_window_and_up_to_twice_as_much(time_range: TimeRange, now: float) -> None:
    before = time_range.window(now)
    assume(before.seconds < RETENTION_SECONDS)

    after = zoomed_out(time_range, now).window(now)

    assert after.start <= before.start
    assert after.end >= before.end
    assert after.seconds == min(max(2 * before.seconds, BUCKET_SECONDS), RETENTION_SECONDS)
    assert after.start >= min(before.start, int(now) - RETENTION_SECONDS)


@given(EXACT, NOWS)
def test_zooming_in_shows_a_part_of_the_window(time_range: TimeRange, now: float) -> None:
    before = time_range.window(now)
    assume(before.seconds > BUCKET_SECONDS)

    after = zoomed_in(time_range, now).window(now)

    assert before.start <= after.start < after.end <= before.end
    assert after.seconds == min(max(before.seconds // 2, BUCKET_SECONDS), RETENTION_SECONDS)


@given(FIXED, NOWS)
def test_a_long_fixed_window_is_put_on_the_nearest_borders_that_are_not_ahead(
    time_range: TimeRange, now: float
) -> None:
    before = time_range.window(now)
    assume(before.seconds > 30 * 60)

    after = snapped(time_range, now).window(now)

    assert after.start % BUCKET_SECONDS == after.end % BUCKET_SECONDS == 0
    assert abs(after.start - before.start) <= BUCKET_SECONDS
    assert abs(after.end - before.end) <= BUCKET_SECONDS
    assert after.seconds == before.seconds or before.seconds % BUCKET_SECONDS


@given(RANGES, SNAPS, NOWS)
def test_snapping_again_changes_nothing(time_range: TimeRange, snap: Snap, now: float) -> None:
    once = snapped(replace(time_range, snap=snap), now)

    assert snapped(once, now) == once


@pytest.mark.parametrize("text", ["1h", "now-2h to now-1h", "2026-03-01T08:01Z to now", "2026-03-01T08:01Z to now-1h"])
def test_a_range_that_moves_is_not_put_on_borders(text: str) -> None:
    time_range = parsed_time_range(text)

    assert snapped(time_range, MOMENT + 100) == time_range


@given(FIXED, NOWS)
def test_nothing_is_put_on_borders_where_that_is_off(time_range: TimeRange, now: float) -> None:
    assert snapped(to_the_second(time_range), now) == to_the_second(time_range)


def test_a_short_window_is_put_on_borders_where_that_is_on() -> None:
    time_range = replace(fixed(1_000, 400), snap=Snap.ON)

    assert snapped(time_range, MOMENT) == replace(fixed(900, 300), snap=Snap.ON)


@pytest.mark.parametrize("now", [MOMENT, MOMENT + 140, MOMENT + 299])
def test_a_long_live_window_goes_back_by_whole_buckets_and_forth_to_itself(now: float) -> None:
    before = earlier(last(4 * HOUR), now)

    assert before == fixed(8 * HOUR, 4 * HOUR)
    assert later(before, now) == last(4 * HOUR)


def test_a_range_that_ends_in_the_future_is_not_cut_by_snapping() -> None:
    time_range = fixed(HOUR + 1, -HOUR)

    assert snapped(time_range, MOMENT) == time_range


@pytest.mark.parametrize(
    ("before", "after"),
    [
        (fixed(1_900, 100), fixed(1_900, 100)),
        (fixed(1_901, 100), fixed(1_800, 0)),
        (fixed(HOUR + 150, 150), fixed(HOUR, 0)),
        (fixed(HOUR + 151, 151), fixed(HOUR + 300, 300)),
        (fixed(HOUR + 151, 149), fixed(HOUR + 300, 0)),
    ],
    ids=["30 min stay", "a second more do not", "half way goes up", "less goes down", "each end for itself"],
)
def test_an_end_goes_to_the_nearest_border_where_the_window_is_over_30_minutes(
    before: TimeRange, after: TimeRange
) -> None:
    assert snapped(before, MOMENT) == after


def test_a_border_that_is_still_ahead_moves_both_ends_back() -> None:
    now = MOMENT + 290

    assert snapped(fixed(HOUR - 289, -289), now) == fixed(HOUR, 0)


def test_a_snapped_window_before_a_live_one_leads_back_to_it_minutes_later() -> None:
    before = snapped(earlier(last(HOUR), MOMENT + 140), MOMENT + 140)

    assert before == fixed(2 * HOUR, HOUR)
    assert later(before, MOMENT + 299) == last(HOUR)
    assert later(before, MOMENT + 300) == fixed(HOUR, 0)


@pytest.mark.parametrize(
    ("move", "before", "after"),
    [
        (earlier, last(900), fixed(1_800, 900)),
        (earlier, TimeRange(Ago(2 * HOUR), Ago(HOUR)), fixed(3 * HOUR, 2 * HOUR)),
        (later, fixed(1_800, 900), last(900)),
        (later, fixed(4 * HOUR, 2 * HOUR), last(2 * HOUR)),
        (later, fixed(4 * HOUR, 3 * HOUR), fixed(3 * HOUR, 2 * HOUR)),
        (later, fixed(HOUR, 60), last(HOUR - 60)),
        (zoomed_out, last(900), last(1_800)),
        (zoomed_out, TimeRange(Fixed(MOMENT - HOUR)), last(2 * HOUR)),
        (zoomed_out, fixed(4 * HOUR, 2 * HOUR), fixed(5 * HOUR, HOUR)),
        (zoomed_out, fixed(HOUR, 60), last(2 * (HOUR - 60))),
        (zoomed_out, last(8 * DAY), last(14 * DAY)),
        (zoomed_out, fixed(14 * DAY, 12 * DAY), fixed(14 * DAY, 10 * DAY)),
        (zoomed_out, fixed(40 * DAY, 39 * DAY), fixed(40 * DAY, 38 * DAY)),
        (zoomed_out, last(90), last(300)),
        (zoomed_in, last(900), last(450)),
        (zoomed_in, last(400), last(300)),
        (zoomed_in, fixed(5 * HOUR, HOUR), fixed(4 * HOUR, 2 * HOUR)),
        (zoomed_in, last(30 * DAY), last(14 * DAY)),
        (back_to_now, fixed(5 * HOUR, HOUR), last(4 * HOUR)),
        (back_to_now, TimeRange(Fixed(MOMENT - HOUR)), last(HOUR)),
    ],
)
def test_a_move_leads_to_the_range_one_expects(move: Move, before: TimeRange, after: TimeRange) -> None:
    assert move(before, MOMENT) == after


@pytest.mark.parametrize(
    ("move", "time_range", "sentence"),
    [
        (later, last(900), "The window already ends now; , goes back."),
        (later, fixed(HOUR, -HOUR), "The window already ends now; , goes back."),
        (back_to_now, last(900), "The window already ends now; , goes back."),
        (
            earlier,
            last(14 * DAY),
            "Figures are kept for 14 days: the window already starts there; . goes forward.",
        ),
        (
            zoomed_out,
            last(14 * DAY),
            "Figures are kept for 14 days: the window is already that long; > zooms in.",
        ),
        (
            zoomed_in,
            last(300),
            "Figures come in 5-minute buckets: the window cannot be shorter; < zooms out.",
        ),
    ],
)
def test_where_there_is_nothing_to_do_a_sentence_says_so(move: Move, time_range: TimeRange, sentence: str) -> None:
    with pytest.raises(InvalidQuery) as refused:
        move(time_range, MOMENT)

    assert refused.value.sentence == sentence


@pytest.mark.parametrize("move", MOVES)
def test_a_range_without_a_window_is_refused_as_it_would_be_when_asked(move: Move) -> None:
    with pytest.raises(InvalidQuery, match="starts in the future"):
        move(fixed(-HOUR, -2 * HOUR), MOMENT)
