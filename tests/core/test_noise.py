"""Test when a change between two answers is called worse or better. It is compared with the change of the
traffic.

There must be enough evidence, and the change must be larger than random variation.
"""

import pytest
from hypothesis import given
from hypothesis import strategies as st

from cnm_tui.core.compare.noise import named, verdicts
from cnm_tui.core.connections import Connections
from cnm_tui.core.endpoint import CONNECTIONS
from cnm_tui.core.metrics.metric import Counters, Metric, Number
from tests.builders import a_connection

RTT = CONNECTIONS.metrics["rtt_micro_seconds"]
RESETS = CONNECTIONS.metrics["tcp_resets"]
RETRANSMITS = CONNECTIONS.metrics["tcp_retransmits"]
SHARE = CONNECTIONS.metrics["retransmit_share"]


def judged(metric: Metric, now: Counters, then: Counters) -> str:
    """Return the verdict about the change of one metric: `worse`, `better` or an empty text."""
    return dict(verdicts(metric, [[figure] for figure in now], [[figure] for figure in then])).get(0, "")


def of_losses(now: tuple[Number | None, Number | None], then: tuple[Number | None, Number | None]) -> str:
    """Return the verdict about a change of the retransmit share.

    Args:
        now: The retransmits and the packets of the client in the new answer.
        then: The same numbers in the baseline.
    """
    sides = (
        a_connection(tcp_retransmits=lost, packets_sent_by_client=packets).counters for lost, packets in (now, then)
    )
    return judged(SHARE, *sides)


def of_resets(now: tuple[Number, Number | None], then: tuple[Number, Number | None]) -> str:
    """Return the verdict about a change of the TCP resets.

    Args:
        now: The resets and the established connections in the new answer.
        then: The same numbers in the baseline.
    """
    sides = (
        a_connection(tcp_resets=resets, tcp_established_connections=opened).counters for resets, opened in (now, then)
    )
    return judged(RESETS, *sides)


def of_times(now: Number | None, then: Number | None, packets: int = 1_000) -> str:
    sides = (a_connection(rtt_micro_seconds=time, packets_sent_by_client=packets).counters for time in (now, then))
    return judged(RTT, *sides)


def test_more_traffic_is_neither_worse_nor_better() -> None:
    fields = {"bytes_sent_by_client", "bytes_sent_by_server", "packets_sent_by_client", "packets_sent_by_server"}
    quiet, busy = ([number if key in fields else 5 for key in CONNECTIONS.counted_keys] for number in (10**6, 10**7))

    assert {judged(metric, busy, quiet) for metric in CONNECTIONS.metrics.values()} == {""}
    assert {judged(metric, quiet, busy) for metric in CONNECTIONS.metrics.values()} == {""}


def test_more_resets_with_as_much_more_traffic_are_no_worse() -> None:
    # Resets + 26 %, connections and packets + 24 %.
    then = a_connection(tcp_resets=1_000, tcp_established_connections=10_000, packets_sent_by_client=10**6)
    now = a_connection(tcp_resets=1_260, tcp_established_connections=12_400, packets_sent_by_client=1_240_000)

    assert judged(RESETS, now.counters, then.counters) == ""
    assert of_resets((1_400, 10_000), (1_000, 10_000)) == "worse"


def test_the_same_losses_of_less_traffic_are_worse() -> None:
    assert of_losses((1_000, 50_000), (1_000, 100_000)) == "worse"
    assert of_losses((1_000, 100_000), (1_000, 50_000)) == "better"


@pytest.mark.parametrize(
    ("before", "now", "verdict"), [(2_000, 2_900, ""), (2_000, 3_100, "worse"), (500_000, 550_000, "")]
)
def test_a_share_must_move_by_a_tenth_of_what_is_odd_and_by_a_fifth(before: int, now: int, verdict: str) -> None:
    assert of_losses((now, 10**6), (before, 10**6)) == verdict


def test_a_share_must_move_by_more_than_its_losses_scatter() -> None:
    # 3 % instead of 1 %, and 1.5 % instead of 1 %.
    assert of_losses((60, 2_000), (20, 2_000)) == "worse"
    assert of_losses((30, 2_000), (20, 2_000)) == ""
    assert of_losses((300, 20_000), (200, 20_000)) == "worse"


@pytest.mark.parametrize("little", [(30, 999), (30, 0), (30, None), (None, 10**6)])
def test_a_baseline_that_is_absent_or_tiny_tells_nothing(little: tuple[Number | None, Number | None]) -> None:
    assert of_losses((50_000, 10**6), little) == of_losses(little, (50_000, 10**6)) == ""


def test_a_baseline_without_any_losses_tells_something_if_it_had_traffic() -> None:
    assert of_losses((50, 2_000), (0, 2_000)) == "worse"
    assert of_losses((3, 2_000), (0, 2_000)) == ""
    assert of_losses((50_000, 10**6), (0, 0)) == ""


def test_a_few_attempts_tell_nothing() -> None:
    assert of_resets((19, 0), (0, 1_000)) == ""
    assert of_resets((40, 20), (0, 60)) == "worse"
    assert of_resets((40, None), (0, 60)) == ""


@pytest.mark.parametrize(
    ("before", "now", "verdict"),
    [(100_000, 120_000, ""), (100_000, 126_000, "worse"), (200, 1_100, ""), (2_000, 3_500, "worse"), (126, 100, "")],
)
def test_a_round_trip_must_take_a_fifth_and_a_millisecond_longer(before: int, now: int, verdict: str) -> None:
    assert of_times(now, before) == verdict


def test_a_round_trip_of_few_packets_or_that_was_not_measured_tells_nothing() -> None:
    assert of_times(900_000, 1_000, packets=19) == of_times(1_000, 900_000, packets=19) == ""
    assert of_times(900_000, 0) == of_times(None, 900_000) == of_times(900_000, None) == ""


def test_retransmits_and_their_share_say_the_same_and_are_named_once() -> None:
    now, then = (a_connection(tcp_retransmits=lost, packets_sent_by_client=10**5).counters for lost in (5_000, 1_000))

    assert judged(RETRANSMITS, now, then) == judged(SHARE, now, then) == "worse"
    assert [metric.key for metric in named([SHARE, RTT, RETRANSMITS])] == ["retransmit_share", "rtt_micro_seconds"]
    assert list(named([RETRANSMITS])) == [RETRANSMITS]


COUNTERS = st.lists(
    st.none() | st.sampled_from([0, 1, 30, 2_000, 10**6]),
    min_size=len(CONNECTIONS.counted),
    max_size=len(CONNECTIONS.counted),
)


@given(one=COUNTERS, other=COUNTERS)
def test_the_way_there_and_the_way_back_are_judged_alike(one: Counters, other: Counters) -> None:
    opposite = {"worse": "better", "better": "worse", "": ""}

    for metric in CONNECTIONS.judged:
        assert judged(metric, other, one) == opposite[judged(metric, one, other)]
        assert judged(metric, one, one) == ""


@given(st.lists(st.tuples(COUNTERS, COUNTERS), min_size=1, max_size=5))
def test_many_rows_are_judged_as_each_is(rows: list[tuple[Counters, Counters]]) -> None:
    def columns(side: int) -> Connections:
        return Connections.of([a_connection()._replace(counters=row[side]) for row in rows])

    for metric in CONNECTIONS.judged:
        found = dict(verdicts(metric, columns(0).counters, columns(1).counters))
        assert found == {at: told for at, row in enumerate(rows) if (told := judged(metric, *row))}
