"""Test the metrics of a connection: metrics that the API sends, metrics calculated from them, and totals."""

from collections.abc import Mapping, Sequence

import pytest
from hypothesis import given
from hypothesis import strategies as st

from cnm_tui.core.endpoint import CONNECTIONS
from cnm_tui.core.metrics.metric import Counters, Metric, Number
from tests.builders import a_connection

WINDOW_SECONDS = 900.0


def counters_with(figures: Mapping[str, Number | None]) -> Counters:
    return [figures.get(key, 0) for key in CONNECTIONS.counted_keys]


def value(key: str, **figures: Number | None) -> Number | None:
    return CONNECTIONS.metrics[key].value(counters_with(figures), WINDOW_SECONDS)


def of_all(key: str, *connections: Mapping[str, Number | None]) -> Number | None:
    return CONNECTIONS.totals(columns_of([counters_with(figures) for figures in connections]), WINDOW_SECONDS)[key]


def columns_of(rows: Sequence[Counters]) -> Sequence[Sequence[Number | None]]:
    return list(zip(*rows, strict=True)) or [()] * len(CONNECTIONS.counted)


def test_the_counted_keys_are_the_endpoints_seventeen() -> None:
    assert CONNECTIONS.counted_keys == (
        "bytes_sent_by_client",
        "bytes_sent_by_server",
        "packets_sent_by_client",
        "packets_sent_by_server",
        "rtt_micro_seconds",
        "tcp_established_connections",
        "tcp_closed_connections",
        "tcp_refusals",
        "tcp_resets",
        "tcp_retransmits",
        "tcp_timeouts",
        "tcp_rto_count",
        "tcp_recovery_count",
        "tcp_reord_seen",
        "tcp_rcv_ooo_pack",
        "tcp_delivered_ce",
        "tcp_probe0_count",
    )


def test_every_metric_is_shown_once() -> None:
    assert sorted(CONNECTIONS.shown_order) == sorted(CONNECTIONS.metrics)
    assert len(CONNECTIONS.metrics) == len(CONNECTIONS.counted) + len(CONNECTIONS.derived) == 20


@pytest.mark.parametrize("metric", CONNECTIONS.metrics.values(), ids=lambda metric: metric.key)
def test_a_metric_describes_itself(metric: Metric) -> None:
    assert 0 < len(metric.label) <= 10
    assert metric.unit
    assert metric.meaning.endswith(".")


def test_labels_differ() -> None:
    assert len({metric.label for metric in CONNECTIONS.metrics.values()}) == len(CONNECTIONS.metrics)


@pytest.mark.parametrize("key", CONNECTIONS.counted_keys)
def test_a_counted_metric_is_its_own_counter(key: str) -> None:
    assert value(key, **{key: 7}) == 7
    assert value(key) == 0
    assert value(key, **{key: None}) is None


def test_no_counter_is_said_to_be_per_second() -> None:
    assert not [metric for metric in CONNECTIONS.counted if "per second" in f"{metric.unit} {metric.meaning}"]


@pytest.mark.parametrize(
    ("sent", "received", "total"), [(1, 2, 3), (0, 0, 0), (None, 2, 2), (1, None, 1), (None, None, None)]
)
def test_total_bytes_are_those_of_both_sides_as_far_as_known(
    sent: int | None, received: int | None, total: int | None
) -> None:
    assert value("total_bytes", bytes_sent_by_client=sent, bytes_sent_by_server=received) == total


def test_throughput_is_total_bytes_over_the_window() -> None:
    counters = counters_with({"bytes_sent_by_client": 9_000, "bytes_sent_by_server": None})
    absent = counters_with({"bytes_sent_by_client": None, "bytes_sent_by_server": None})

    assert CONNECTIONS.metrics["bytes_per_second"].value(counters, 900) == 10
    assert CONNECTIONS.metrics["bytes_per_second"].value(counters, 0) is None
    assert CONNECTIONS.metrics["bytes_per_second"].value(absent, 900) is None


@pytest.mark.parametrize(
    ("retransmits", "packets", "share"),
    [(5, 100, 0.05), (0, 100, 0), (None, 100, None), (5, 0, None), (5, None, None)],
)
def test_the_retransmit_share_is_known_only_where_packets_were_sent(
    retransmits: int | None, packets: int | None, share: float | None
) -> None:
    assert value("retransmit_share", tcp_retransmits=retransmits, packets_sent_by_client=packets) == share


def test_counts_are_summed_without_those_that_are_absent() -> None:
    assert of_all("tcp_resets", {"tcp_resets": 3}, {"tcp_resets": None}, {"tcp_resets": 4}) == 7
    assert of_all("tcp_resets", {"tcp_resets": 0}) == 0


def test_round_trip_times_are_weighted_by_the_packets_of_the_client() -> None:
    busy = {"rtt_micro_seconds": 1_000, "packets_sent_by_client": 9}
    idle = {"rtt_micro_seconds": 11_000, "packets_sent_by_client": 1}

    assert of_all("rtt_micro_seconds", busy, idle) == 2_000


@pytest.mark.parametrize(
    "without_weight",
    [
        {"rtt_micro_seconds": 0, "packets_sent_by_client": 1_000},
        {"rtt_micro_seconds": None, "packets_sent_by_client": 1_000},
        {"rtt_micro_seconds": 50_000, "packets_sent_by_client": 0},
        {"rtt_micro_seconds": 50_000, "packets_sent_by_client": None},
    ],
)
def test_a_round_trip_that_was_not_measured_has_no_weight(without_weight: Mapping[str, Number | None]) -> None:
    measured = {"rtt_micro_seconds": 700, "packets_sent_by_client": 10}

    assert of_all("rtt_micro_seconds", measured, without_weight) == 700
    assert of_all("rtt_micro_seconds", without_weight) is None


def test_a_share_of_all_is_computed_from_the_sums_and_not_averaged() -> None:
    lossy = {"tcp_retransmits": 10, "packets_sent_by_client": 10}
    clean = {"tcp_retransmits": 0, "packets_sent_by_client": 990}

    assert of_all("retransmit_share", lossy, clean) == 0.01


@pytest.mark.parametrize("absent", ["tcp_retransmits", "packets_sent_by_client"])
def test_a_share_of_all_leaves_out_rows_in_which_a_part_is_absent(absent: str) -> None:
    known = {"tcp_retransmits": 12, "packets_sent_by_client": 1_000}
    partly: dict[str, Number | None] = {**{"tcp_retransmits": 500, "packets_sent_by_client": 500}, absent: None}

    assert of_all("retransmit_share", known, partly) == 0.012
    assert of_all("retransmit_share", partly) is None


def test_throughput_of_all_is_the_sum() -> None:
    assert of_all("bytes_per_second", {"bytes_sent_by_client": 900}, {"bytes_sent_by_server": 1_800}) == 3


@pytest.mark.parametrize("key", CONNECTIONS.metrics)
def test_of_no_connections_and_of_absent_figures_nothing_is_known(key: str) -> None:
    absent = dict.fromkeys(CONNECTIONS.counted_keys)

    assert of_all(key) is None
    assert of_all(key, absent, absent) is None
    assert value(key, **absent) is None


@given(st.lists(st.lists(st.none() | st.integers(0, 2**63), min_size=17, max_size=17), max_size=4))
def test_any_figures_have_totals_that_can_be_drawn(rows: list[list[int | None]]) -> None:
    for metric in CONNECTIONS.metrics.values():
        total = CONNECTIONS.totals(columns_of(rows), WINDOW_SECONDS)[metric.key]

        assert total is None or total >= 0
        assert metric.scale.text(total)


@pytest.mark.parametrize("metric", CONNECTIONS.metrics.values(), ids=lambda metric: metric.key)
def test_the_total_of_one_connection_is_its_own_figure(metric: Metric) -> None:
    counters = [float(index + 2) for index in range(len(CONNECTIONS.counted))]

    total = CONNECTIONS.totals(columns_of([counters]), WINDOW_SECONDS)[metric.key]

    assert total == pytest.approx(metric.value(counters, WINDOW_SECONDS))


FIGURES = st.one_of(st.none(), st.integers(0, 2**53), st.floats(0, 1e12))
ROWS = st.lists(
    st.one_of(
        st.lists(FIGURES, min_size=len(CONNECTIONS.counted), max_size=len(CONNECTIONS.counted)),
        st.lists(st.integers(0, 9), min_size=len(CONNECTIONS.counted), max_size=len(CONNECTIONS.counted)),
    ),
    max_size=5,
)


@given(rows=ROWS, window_seconds=st.sampled_from([0.0, 1.0, 900.0]))
def test_the_figures_of_many_rows_are_those_of_each(rows: list[Counters], window_seconds: float) -> None:
    for metric in CONNECTIONS.metrics.values():
        together = metric.column(columns_of(rows), window_seconds)

        assert list(together) == [metric.value(counters, window_seconds) for counters in rows]


def test_of_less_than_a_packet_no_share_is_told() -> None:
    share = CONNECTIONS.metrics["retransmit_share"]
    broken = a_connection(tcp_retransmits=3, packets_sent_by_client=5e-320)
    columns = tuple((number,) for number in broken.counters)

    assert share.value(broken.counters, 900) is None
    assert list(share.column(columns, 900)) == [None]
