"""Test timelines with generated parts that arrive in any order.

No part may be lost or invented, and the parts must add up.
"""

import random

from hypothesis import given
from hypothesis import strategies as st

from cnm_tui.core.connections import Connection
from cnm_tui.core.endpoint import CONNECTIONS
from cnm_tui.core.metrics.health import Health, health
from cnm_tui.core.time.time_range import RETENTION_SECONDS, last
from cnm_tui.core.timeline.excess import Excess, excess_of, watched
from cnm_tui.core.timeline.onset import LEAST_PARTS
from cnm_tui.core.timeline.parts import State
from cnm_tui.core.timeline.plan import parsed_span
from cnm_tui.core.timeline.timeline import empty_timeline
from tests.builders import MOMENT, a_connection, a_snapshot
from tests.core.timelines import QUERY, a_timeline, windows

COUNTED_KEYS = CONNECTIONS.counted_keys
BYTES = CONNECTIONS.metrics["total_bytes"]
RTT = CONNECTIONS.metrics["rtt_micro_seconds"]
SHARE = CONNECTIONS.metrics["retransmit_share"]
IDS = "abc"


@st.composite
def rows(draw: st.DrawFn) -> list[Connection]:
    """Generate a few rows with different ids, in which any counter may be missing or very large."""
    number = st.one_of(st.none(), st.integers(0, 3), st.integers(0, 1 << 40))
    return [
        a_connection(
            one,
            bytes_sent_by_client=draw(number),
            bytes_sent_by_server=draw(number),
            packets_sent_by_client=draw(number),
            tcp_retransmits=draw(number),
            rtt_micro_seconds=draw(number),
        )
        for one in draw(st.lists(st.sampled_from(IDS), unique=True))
    ]


PARTS = st.lists(st.one_of(st.none(), rows()), min_size=1, max_size=9)
CUT = st.sets(st.integers(0, 8))


@given(PARTS, CUT, st.randoms(use_true_random=False))
def test_no_part_is_lost_and_none_invented(
    parts: list[list[Connection] | None], cut: set[int], order: random.Random
) -> None:
    spans = windows(len(parts))
    timeline = empty_timeline(QUERY, spans)
    for number in order.sample(range(len(parts)), len(parts)):
        if (found := parts[number]) is not None:
            answer = a_snapshot(*found, query=QUERY, window=spans[number], unreadable=number in cut)
            timeline = timeline.joined(spans[number], answer)
        else:
            timeline = timeline.without(spans[number], "HTTP 500.")

    for number, found in enumerate(parts):
        gap, is_cut = found is None, number in cut
        assert timeline.states[number] is (State.GAP if gap else State.CUT if is_cut else State.COMPLETE)
        for one in IDS:
            row = next((row for row in found or () if row.id == one), None)
            counters = timeline.counters(one)[number]
            if row is not None:
                assert counters is not None
                assert tuple(counters) == row.counters
            elif gap or is_cut:
                assert counters is None
                assert timeline.series(one, BYTES).numbers[number] is None
            else:
                assert timeline.series(one, BYTES).numbers[number] == 0
                assert timeline.series(one, RTT).numbers[number] is None


@given(PARTS, CUT)
def test_rows_together_are_what_their_rows_add_up_to(parts: list[list[Connection] | None], cut: set[int]) -> None:
    timeline = a_timeline(parts, cut=sorted(cut))

    for metric in (BYTES, RTT, SHARE):
        all_rows, named = timeline.total_series(None, metric), timeline.total_series(IDS, metric)
        for found, one, other in zip(parts, all_rows.numbers, named.numbers, strict=True):
            if found is None:
                assert one is other is None
            elif found:
                expected = a_snapshot(*found).totals(None)[metric.key]
                assert one == other == (metric.measured([expected])[0])


@given(PARTS)
def test_a_row_over_all_parts_is_what_its_parts_add_up_to(parts: list[list[Connection] | None]) -> None:
    timeline = a_timeline(parts)

    for one in IDS:
        known = [counters for counters in timeline.counters(one) if counters is not None]
        whole = timeline.together(one)
        assert (whole is None) == (not known)
        for counter in (0, 1, 2, 9):
            numbers = [number for counters in known if (number := counters[counter]) is not None]
            assert whole is None or whole[counter] == (sum(numbers) if numbers else None)


@given(PARTS, CUT)
def test_an_onset_is_never_claimed_from_few_parts_or_from_the_edge_of_a_gap(
    parts: list[list[Connection] | None], cut: set[int]
) -> None:
    timeline = a_timeline(parts, cut=sorted(cut))

    for one, onset in timeline.onsets.items():
        first = next(number for number, window in enumerate(timeline.windows) if window.start == onset.began)
        counters = timeline.counters(one)
        assert sum(found is not None for found in counters) >= LEAST_PARTS
        assert first > 0
        assert counters[first - 1] is not None
        assert onset.after > onset.before


@given(st.integers(1, 288), st.integers(300, RETENTION_SECONDS), st.integers(0, 3_600))
def test_any_span_is_divided_without_holes_into_no_more_parts_than_wished(parts: int, seconds: int, later: int) -> None:
    now = MOMENT + later

    plan = parsed_span(f"{seconds}s in {parts}", now, last(900))

    assert 1 <= len(plan.windows) <= parts
    assert all(one.end == other.start for one, other in zip(plan.windows, plan.windows[1:], strict=False))
    assert all(moment % 300 == 0 for window in plan.windows for moment in window)
    assert plan.windows[-1].start < now <= plan.windows[-1].end
    assert plan.window.start >= now - RETENTION_SECONDS


COUNTER = st.one_of(st.none(), st.integers(0, 3), st.integers(0, 3_000), st.integers(0, 400_000))


@given(st.lists(st.lists(COUNTER, min_size=len(COUNTED_KEYS), max_size=len(COUNTED_KEYS)), max_size=5))
def test_rows_above_a_threshold_are_those_that_are_judged_so(rows: list[list[int | None]]) -> None:
    connections = [a_connection(str(at))._replace(counters=tuple(counters)) for at, counters in enumerate(rows)]
    snapshot = a_snapshot(*connections)

    found = excess_of(snapshot)

    for metric in watched(CONNECTIONS.judged):
        judged = [health(metric, one.counters) for one in connections]
        odd, bad = found.get(metric.key, Excess(frozenset(), frozenset()))
        assert odd == {at for at, one in enumerate(judged) if one is Health.ODD}
        assert bad == {at for at, one in enumerate(judged) if one is Health.BAD}
