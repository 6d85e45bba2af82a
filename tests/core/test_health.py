"""Test the judgement of a metric as good, odd or bad. It must use the exact number, and only with enough
evidence.

A rounded number must never look equal to a threshold that the exact number does not reach.
"""

import pytest
from hypothesis import given
from hypothesis import strategies as st

from cnm_tui.core.endpoint import CONNECTIONS
from cnm_tui.core.metrics.connection_limits import THRESHOLDS, Of
from cnm_tui.core.metrics.health import Health, figure_cell_text, figure_text, health, thin, thin_sentence
from cnm_tui.core.metrics.metric import Number
from tests.builders import a_connection, a_snapshot

LOSS = CONNECTIONS.metrics["retransmit_share"]
RTT = CONNECTIONS.metrics["rtt_micro_seconds"]
REFUSED = CONNECTIONS.metrics["tcp_refusals"]
PROBES = CONNECTIONS.metrics["tcp_probe0_count"]


def of_loss(retransmits: Number | None, packets: Number | None, key: str = "retransmit_share") -> Health:
    row = a_connection(tcp_retransmits=retransmits, packets_sent_by_client=packets)
    return health(CONNECTIONS.metrics[key], row.counters)


def of_refusals(refused: Number, established: Number | None) -> Health:
    row = a_connection(tcp_refusals=refused, tcp_established_connections=established)
    return health(REFUSED, row.counters)


@pytest.mark.parametrize(
    ("retransmits", "stands"),
    [
        (99_999, Health.GOOD),
        (100_000, Health.THIN),
        (100_618, Health.ODD),
        (301_057, Health.ODD),
        (301_059, Health.BAD),
    ],
)
def test_a_share_is_odd_or_bad_where_the_lower_bound_of_its_interval_is(retransmits: int, stands: Health) -> None:
    assert of_loss(retransmits, 10_000_000) is stands


@given(st.integers(0, 10_000), st.integers(1, 10_000), st.sampled_from([0.01, 0.03]))
def test_the_bound_is_that_of_wilson(retransmits: int, packets: int, limit: float) -> None:
    # As the literature has it: Brown, Cai and DasGupta 2001, formula (4).
    share, z = min(retransmits, packets) / packets, 1.96
    middle = (share + z * z / (2 * packets)) / (1 + z * z / packets)
    half = z / (1 + z * z / packets) * (share * (1 - share) / packets + z * z / (4 * packets**2)) ** 0.5
    lower = middle - half

    stands = of_loss(min(retransmits, packets), packets)

    if packets < 1_000:
        assert stands is (Health.THIN if retransmits else Health.GOOD)
    elif abs(lower - limit) > 1e-9:
        worst = Health.BAD if limit == 0.03 else Health.ODD
        reached = {Health.ODD: 1, Health.BAD: 2}.get(stands, 0) >= (2 if worst is Health.BAD else 1)
        assert reached is (lower > limit)


@pytest.mark.parametrize(("retransmits", "packets"), [(1, 3), (999, 999), (5, 0), (5, None)])
def test_a_share_of_few_packets_is_not_judged(retransmits: int, packets: int | None) -> None:
    assert of_loss(retransmits, packets) is of_loss(retransmits, packets, "tcp_retransmits") is Health.THIN
    assert of_loss(0, packets) is of_loss(None, packets) is Health.GOOD


def test_a_thousand_packets_are_enough_to_judge_and_not_always_to_mark() -> None:
    assert [of_loss(lost, 1_000) for lost in (9, 16, 17, 45)] == [Health.GOOD, Health.THIN, Health.ODD, Health.BAD]


@pytest.mark.parametrize("retransmits", [99_999, 100_000, 100_618, 301_059])
def test_retransmits_stand_as_their_share_does(retransmits: int) -> None:
    assert of_loss(retransmits, 10**7, "tcp_retransmits") is of_loss(retransmits, 10**7)


def test_refusals_are_judged_by_attempts_whatever_the_window() -> None:
    assert of_refusals(19, 0) is Health.THIN
    assert of_refusals(20, 0) is Health.BAD
    assert of_refusals(1, 19) is Health.THIN
    assert of_refusals(20, 900) is Health.ODD
    assert of_refusals(20, 9_000) is Health.GOOD


def test_without_the_number_of_connections_no_share_of_them_is_judged() -> None:
    assert of_refusals(500, None) is Health.THIN


def test_probes_are_judged_by_connections_of_which_there_is_one_at_least() -> None:
    def of_probes(probes: int, established: int) -> Health:
        row = a_connection(tcp_probe0_count=probes, tcp_established_connections=established)
        return health(PROBES, row.counters)

    assert of_probes(300, 0) is Health.BAD
    assert of_probes(4, 0) is Health.THIN
    assert of_probes(30, 100) is Health.ODD
    assert of_probes(140, 100) is Health.BAD
    assert of_probes(5, 1_000) is Health.GOOD


def test_a_round_trip_time_is_judged_in_microseconds_unrounded() -> None:
    assert [health(RTT, a_connection(rtt_micro_seconds=time).counters) for time in (99_999, 100_000, 300_000)] == [
        Health.GOOD,
        Health.ODD,
        Health.BAD,
    ]


@pytest.mark.parametrize(("packets", "stands"), [(19, Health.THIN), (20, Health.BAD), (None, Health.THIN)])
def test_a_round_trip_time_of_few_packets_is_that_of_one_sample(packets: int | None, stands: Health) -> None:
    row = a_connection(rtt_micro_seconds=900_000, packets_sent_by_client=packets)

    assert health(RTT, row.counters) is stands


def test_what_has_no_threshold_is_good() -> None:
    row = a_connection(bytes_sent_by_client=10**9, tcp_recovery_count=10**9)

    assert all(
        health(CONNECTIONS.metrics[key], row.counters) is Health.GOOD
        for key in CONNECTIONS.metrics.keys() - THRESHOLDS.keys()
    )


FIGURES = st.none() | st.integers(0, 3_000)


@given(st.lists(st.tuples(FIGURES, FIGURES, FIGURES), max_size=8))
def test_many_rows_are_thin_where_each_is(rows: list[tuple[int | None, int | None, int | None]]) -> None:
    made = [
        a_connection(tcp_retransmits=lost, packets_sent_by_client=packets, rtt_micro_seconds=time)
        for lost, packets, time in rows
    ]
    columns = a_snapshot(*made).columns

    for key in ("retransmit_share", "rtt_micro_seconds"):
        for row, is_thin in zip(made, thin(CONNECTIONS.metrics[key], columns), strict=True):
            if CONNECTIONS.metrics[key].value(row.counters, 900):
                assert is_thin is (health(CONNECTIONS.metrics[key], row.counters) is Health.THIN)


@pytest.mark.parametrize(
    ("share", "shown"),
    [
        (0.00996, "0.996 %"),
        (0.0099996, "0.99996 %"),
        (0.0099, "0.99 %"),
        (0.01, "1.00 %"),
        (0.02996, "2.996 %"),
        (0.03, "3.00 %"),
        (0, "0.00 %"),
        (None, "–"),
    ],
)
def test_a_share_below_a_threshold_never_reads_like_it(share: float | None, shown: str) -> None:
    assert figure_text(LOSS, share) == shown


@pytest.mark.parametrize(
    ("time", "shown"), [(99_949, "99.9 ms"), (99_960, "99.96 ms"), (99_999, "99.999 ms"), (299_970, "299.97 ms")]
)
def test_a_round_trip_time_below_a_threshold_never_reads_like_it(time: int, shown: str) -> None:
    assert figure_text(RTT, time) == shown
    assert figure_cell_text(RTT, time).strip() == shown


@given(st.floats(0.0001, 0.05))
def test_no_two_shares_on_both_sides_of_a_threshold_read_alike(share: float) -> None:
    assert not [limit for limit in (0.01, 0.03) if share < limit and figure_text(LOSS, share) == LOSS.scale.text(limit)]


def test_it_says_why_a_figure_is_not_judged() -> None:
    def why(lost: int, packets: int | None) -> str:
        return thin_sentence(LOSS, a_connection(tcp_retransmits=lost, packets_sent_by_client=packets).counters)

    assert why(2, 12) == "Not judged: 12 packets are too few; 1,000 are enough."
    assert why(16, 1_000) == "Not marked: of 1,000 packets it may be chance."
    assert why(2, None) == "Not judged: nothing is known of the packets that it is measured against."
    assert why(2, 0) == "Not judged: 0 packets are too few; 1,000 are enough."
    assert why(2, 10_000) == why(500, 10_000) == ""


def test_each_threshold_has_its_minimum_and_a_reason() -> None:
    assert {threshold.of: threshold.of.least for threshold in THRESHOLDS.values()} == {
        Of.ITSELF: 20,
        Of.PACKETS_SENT: 1_000,
        Of.PACKETS_RECEIVED: 1_000,
        Of.ATTEMPTS: 20,
        Of.CONNECTIONS: 20,
    }
    assert all(threshold.reason.endswith(".") and threshold.odd < threshold.bad for threshold in THRESHOLDS.values())
