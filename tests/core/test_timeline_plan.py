"""Test how a time span is divided into the parts of a timeline. Each part consists of whole 5-minute buckets.

The tests also check that the number of requests is shown to the user.
"""

import pytest

from cnm_tui.core.errors import InvalidQuery
from cnm_tui.core.query import DEFAULT_TIME_RANGE
from cnm_tui.core.service import Budget
from cnm_tui.core.time.time_range import RETENTION_SECONDS, Fixed, TimeRange
from cnm_tui.core.timeline.plan import SPANS, cost_sentence, parsed_span, parts_text
from tests.builders import MOMENT

BUCKET = 300
NOW = MOMENT + 7 * 60 + 3
"""2026-03-01 10:07:03Z: the bucket from 10:05 is open."""


@pytest.mark.parametrize(
    ("text", "parts", "seconds"),
    [
        ("1h", 12, 300),
        ("4h", 48, 300),
        ("24h", 48, 1_800),
        ("7d", 42, 14_400),
        ("14d", 42, 28_800),
        ("4h in 16", 16, 900),
        ("4h in 16 parts", 16, 900),
        ("24h in 288", 288, 300),
        ("window", 3, 300),
        ("1m", 1, 300),
        ("90m", 18, 300),
        ("09:00Z to 10:00Z", 12, 300),
        ("09:02Z to 09:58Z", 12, 300),
    ],
)
def test_a_span_has_parts_of_whole_buckets_without_holes(text: str, parts: int, seconds: int) -> None:
    plan = parsed_span(text, NOW, DEFAULT_TIME_RANGE)

    assert (len(plan.windows), plan.part_seconds) == (parts, seconds)
    assert all(moment % BUCKET == 0 for window in plan.windows for moment in window)
    assert all(one.end == other.start for one, other in zip(plan.windows, plan.windows[1:], strict=False))
    assert all(window.end <= NOW for window in plan.windows[:-1])
    assert plan.window.start >= NOW - RETENTION_SECONDS


@pytest.mark.parametrize("text", ["1h", "4h", "24h", "7d", "4h in 16"])
def test_a_span_until_now_ends_with_the_part_that_is_open(text: str) -> None:
    newest = parsed_span(text, NOW, DEFAULT_TIME_RANGE).windows[-1]

    assert newest.start < NOW < newest.end


def test_at_the_border_of_a_bucket_no_part_is_open() -> None:
    assert parsed_span("1h", MOMENT, DEFAULT_TIME_RANGE).window == (MOMENT - 3_600, MOMENT)


def test_parts_of_a_round_length_are_the_same_a_little_later() -> None:
    first = parsed_span("24h", NOW, DEFAULT_TIME_RANGE)
    later = parsed_span("24h", NOW + 1_800, DEFAULT_TIME_RANGE)

    assert later.windows[:-1] == first.windows[1:]


def test_the_window_itself_may_be_fixed() -> None:
    asked = TimeRange(Fixed(MOMENT - 3_600), Fixed(MOMENT))

    assert parsed_span("window", NOW, asked).window == (MOMENT - 3_600, MOMENT)


@pytest.mark.parametrize(
    ("text", "reason"),
    [
        ("4h in 289", "289 parts"),
        ("4h in 0", "0 parts"),
        ("whenever", "is not a time"),
        ("2020-01-01", "older than 14 days"),
        ("", "is not a time"),
    ],
)
def test_what_is_no_span_is_refused(text: str, reason: str) -> None:
    with pytest.raises(InvalidQuery, match=reason):
        parsed_span(text, NOW, DEFAULT_TIME_RANGE)


def test_each_span_offered_has_12_to_48_parts() -> None:
    numbers = [len(parsed_span(span.written, NOW, DEFAULT_TIME_RANGE).windows) for span in SPANS]

    assert all(12 <= number <= 48 for number in numbers)


@pytest.mark.parametrize(
    ("requests", "budget", "sentence"),
    [
        (24, Budget(120, 60, 96, MOMENT + 20), "24 requests; 96 of 120 left until 10:00:20Z; about 12 s."),
        (24, Budget(), "24 requests; about 12 s."),
        (1, Budget(None, None, 5, None), "1 request; 5 left; about 1 s."),
        # 12 of each period are left to the user: 84 now, and 12 after the reset.
        (96, Budget(120, 60, 96, MOMENT + 20), "96 requests; 96 of 120 left until 10:00:20Z; about 48 s."),
        # 9 now, 27 in each of the two next periods, and the last 9 in the one after them.
        (72, Budget(30, 60, 12, MOMENT + 20), "72 requests; 12 of 30 left until 10:00:20Z; about 2 min 25 s."),
        (0, Budget(), "No request: all parts are at hand."),
    ],
)
def test_the_cost_is_told_with_what_is_left(requests: int, budget: Budget, sentence: str) -> None:
    assert cost_sentence(requests, budget, MOMENT) == sentence


def test_parts_are_told() -> None:
    assert parts_text(parsed_span("4h", NOW, DEFAULT_TIME_RANGE)) == "48 parts of 5 min"
