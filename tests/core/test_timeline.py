"""Test that timelines distinguish parts without data, rows without traffic, and answers cut at the row limit.

Counts must be summed, and means must be weighted by the number of packets.
"""

from dataclasses import replace

import pytest

from cnm_tui.core.connections import Exact
from cnm_tui.core.endpoint import CONNECTIONS
from cnm_tui.core.service import Budget
from cnm_tui.core.timeline.columns import compact
from cnm_tui.core.timeline.live import due
from cnm_tui.core.timeline.parts import State
from cnm_tui.core.timeline.timeline import empty_timeline
from cnm_tui.core.timeline.words import clock_sentence
from tests.builders import MOMENT, a_connection, a_snapshot
from tests.core.timelines import BUCKET, QUERY, a_timeline, windows

BYTES = CONNECTIONS.metrics["total_bytes"]
RTT = CONNECTIONS.metrics["rtt_micro_seconds"]
SHARE = CONNECTIONS.metrics["retransmit_share"]
RATE = CONNECTIONS.metrics["bytes_per_second"]


def test_a_gap_is_no_zero_and_a_row_without_traffic_is_no_gap() -> None:
    row = a_connection("a", bytes_sent_by_client=5, rtt_micro_seconds=7)
    timeline = a_timeline([[row], None, [], [row]])

    assert timeline.series("a", BYTES).numbers == (5, None, 0, 5)
    assert timeline.series("a", RTT).numbers == (7, None, None, 7)
    assert timeline.series("a", SHARE).numbers[2] is None
    assert timeline.series("a", BYTES).states == (State.COMPLETE, State.GAP, State.COMPLETE, State.COMPLETE)


def test_of_a_row_that_a_cut_answer_lacks_nothing_is_known() -> None:
    a, b = a_connection("a", bytes_sent_by_client=5), a_connection("b", bytes_sent_by_client=6)

    timeline = a_timeline([[a, b], [b], [b]], cut=[1])

    assert timeline.series("a", BYTES).numbers == (5, None, 0)
    assert timeline.series("b", BYTES).numbers == (6, 6, 6)
    assert timeline.states == (State.COMPLETE, State.CUT, State.COMPLETE)


def test_rows_that_could_not_be_read_make_a_part_cut() -> None:
    (window,) = windows(1)
    timeline = a_timeline([None]).joined(window, a_snapshot(a_connection("a"), window=window, unreadable=1))

    assert timeline.states == (State.CUT,)
    assert timeline.series("b", BYTES).numbers == (None,)


def test_the_newest_part_is_open_until_it_was_answered_after_its_end() -> None:
    row = a_connection("a", bytes_sent_by_client=5)
    early = a_timeline([[row], [row]], now=MOMENT - 1)

    later = early.joined(early.windows[-1], a_snapshot(row, window=early.windows[-1], fetched_at=MOMENT))

    assert early.states == (State.COMPLETE, State.OPEN)
    assert later.states == (State.COMPLETE, State.COMPLETE)


def test_counts_add_up_and_times_and_shares_do_not() -> None:
    slow = a_connection("a", rtt_micro_seconds=900, packets_sent_by_client=1_000, tcp_retransmits=90)
    fast = a_connection("b", rtt_micro_seconds=100, packets_sent_by_client=3_000, tcp_retransmits=10)
    udp = a_connection("c", packets_sent_by_client=6_000)

    timeline = a_timeline([[slow, fast, udp]])

    assert timeline.total_series(["a", "b"], RTT).numbers == (300,)
    assert timeline.total_series(None, RTT).numbers == (300,)
    assert timeline.total_series(["a", "b"], SHARE).numbers == (0.025,)
    assert timeline.total_series(None, SHARE).numbers == (0.01,)


def test_a_row_over_all_parts_adds_counts_and_weights_its_round_trip_time() -> None:
    quiet = a_connection("a", rtt_micro_seconds=900, packets_sent_by_client=1_000)
    busy = a_connection("a", rtt_micro_seconds=100, packets_sent_by_client=3_000)

    counters = a_timeline([[quiet], None, [busy], []]).together("a")

    assert counters is not None
    assert (counters[RTT.counter or 0], counters[2]) == (300, 4_000)


def test_a_rate_is_taken_of_the_part() -> None:
    timeline = a_timeline([[a_connection("a", bytes_sent_by_client=BUCKET * 7)]])

    assert timeline.series("a", RATE).numbers == (7,)


def test_no_rows_together_are_no_traffic_and_a_gap_stays_one() -> None:
    row = a_connection("a", bytes_sent_by_client=5)

    assert a_timeline([[row], None, []]).total_series(None, BYTES).numbers == (5, None, 0)
    assert a_timeline([[row], None, []]).total_series([], BYTES).numbers == (0, None, 0)


def test_a_failed_part_asked_again_keeps_the_earlier_answer() -> None:
    timeline = a_timeline([[a_connection("a")], None])
    first, second = timeline.windows

    failed = timeline.without(second, "HTTP 500").without(first, "HTTP 500")

    assert failed.states == (State.COMPLETE, State.GAP)
    assert failed.missing == (second,)
    assert set(failed.failed) == {first, second}
    assert set(failed.joined(second, a_snapshot(window=second)).failed) == {first}


def test_a_timeline_moved_on_keeps_the_parts_that_it_shares() -> None:
    timeline = a_timeline([[a_connection("a", bytes_sent_by_client=5)], [a_connection("a", bytes_sent_by_client=6)]])

    moved = timeline.moved(windows(2, end=MOMENT + BUCKET))

    assert moved.series("a", BYTES).numbers == (6, None)


def test_an_id_repeated_in_one_answer_counts_with_its_first_row() -> None:
    timeline = a_timeline([[a_connection("a", bytes_sent_by_client=5), a_connection("a", bytes_sent_by_client=6)]])

    assert timeline.series("a", BYTES).numbers == (5,)


def test_the_exact_values_are_kept_for_programs() -> None:
    exact = Exact("a\x1b", (("a\x1b",), ("store",)))
    timeline = a_timeline([[a_connection("a", unclean=exact)]])

    assert timeline.rows.exact(0) == exact


def test_rows_beyond_those_that_are_known_by_id_are_unknown_yet_counted_in_the_whole(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    monkeypatch.setattr("cnm_tui.core.timeline.parts.MOST_ROWS_OF_ALL_PARTS", 1)

    timeline = a_timeline([[a_connection("a", bytes_sent_by_client=5), a_connection("b", bytes_sent_by_client=6)]])

    assert timeline.series("b", BYTES).numbers == (None,)
    assert timeline.total_series(None, BYTES).numbers == (11,)


@pytest.mark.parametrize(
    "numbers",
    [
        [0, 0],
        [None, None],
        [None, 0],
        [1, 255],
        [0, 256],
        [1 << 33, None],
        [1.5, 2],
        [-1, 3],
        [1 << 70, 1],
        [],
    ],
)
def test_compact_columns_hold_the_same_numbers(numbers: list[int | float | None]) -> None:
    column = compact(numbers)

    assert list(column) == numbers
    assert [column[at] for at in range(len(column))] == numbers
    assert list(column[0:1]) == numbers[0:1]
    assert (None in column, 0 in column) == (None in numbers, 0 in numbers)


@pytest.mark.parametrize(
    ("ahead", "states", "sentence"),
    [
        (0.0, [State.COMPLETE, State.COMPLETE], ""),
        (200.0, [State.COMPLETE, State.OPEN], "This clock is 3 min 20 s ahead of the service's."),
        (-200.0, [State.COMPLETE, State.COMPLETE], "This clock is 3 min 20 s behind the service's."),
    ],
)
def test_a_part_is_open_by_the_clock_of_the_service(ahead: float, states: list[State], sentence: str) -> None:
    spans = windows(2)
    timeline = empty_timeline(QUERY, spans)
    for window in spans:
        answer = a_snapshot(a_connection("a"), query=QUERY, window=window, fetched_at=MOMENT)
        timeline = timeline.joined(window, replace(answer, budget=Budget(clock_ahead_seconds=ahead)))

    assert list(timeline.states) == states
    assert clock_sentence(timeline) == sentence
    # It is asked again until it is over for the service, too.
    assert (windows(2)[1] in due(timeline, MOMENT + BUCKET)) == (State.OPEN in states)
