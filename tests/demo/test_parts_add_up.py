"""Test that the demo's answers for the parts of a time span add up, in each row, to its answer for the whole
span.
"""

from functools import cache

from hypothesis import given, settings
from hypothesis import strategies as st

from cnm_tui.core.endpoint import CONNECTIONS
from cnm_tui.core.metrics.connection_limits import AT
from cnm_tui.core.time.time_range import BUCKET_SECONDS, Window
from cnm_tui.core.timeline.plan import planned
from cnm_tui.demo.estate import Estate
from tests.demo.asking import NOW
from tests.demo.histories import Histories, row_ids
from tests.demo.test_incidents import PODS

RTT = AT["rtt_micro_seconds"]
EXACT = [AT[f"{unit}_sent_by_{side}"] for unit in ("bytes", "packets") for side in ("client", "server")]
MOST_BUCKETS_AGO = 600
HEALTHY_ROWS = 40


@cache
def histories() -> Histories:
    return Histories(Estate(1), PODS, HEALTHY_ROWS)


@given(
    buckets=st.integers(2, 72),
    parts=st.integers(2, 12),
    ago=st.integers(0, MOST_BUCKETS_AGO),
)
@settings(max_examples=10, deadline=None)
def test_closed_parts_add_up_to_the_whole(buckets: int, parts: int, ago: int) -> None:
    demo, end = histories(), NOW - ago * BUCKET_SECONDS
    plan = planned(end - buckets * BUCKET_SECONDS, end, NOW, parts)

    timeline = demo.timeline(plan, NOW)
    whole = demo.answer(Window(*plan.window), NOW)

    assert set(timeline.rows.ids) == set(whole.connections.ids)
    ids = row_ids(timeline)
    flows = {one: demo.flows_of[row] for row, one in ids.items()}
    healthy = {ids[row] for row in demo.healthy if row in ids}
    # The demo spreads an incident evenly over each window that it begins or ends in: such parts do not add up.
    for connection in (one for one in whole.connections if one.id in healthy):
        together = timeline.together(connection.id)
        assert together is not None
        for at, (added, counted) in enumerate(zip(together, connection.counters, strict=True)):
            difference, rounded = abs((added or 0) - (counted or 0)), flows[connection.id] * len(plan.windows)
            if at == RTT:
                # The mean is weighted by packets, and rounded to a microsecond in each part.
                assert difference <= max(2, 0.05 * (counted or 0))
            else:
                assert difference <= (0 if at in EXACT else rounded), CONNECTIONS.counted_keys[at]
