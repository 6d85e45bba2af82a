"""A change is worse or better only where it is more than noise, and only of what has a sense."""

import pytest
from hypothesis import given
from hypothesis import strategies as st

from cnm_tui.core.metrics import METRICS, Metric, Number
from cnm_tui.core.noise import JUDGED, NOISE, Sample, judged
from tests.builders import a_connection

RTT = METRICS["rtt_micro_seconds"]
RESETS = METRICS["tcp_resets"]
SHARE = METRICS["retransmit_share"]
BYTES = METRICS["total_bytes"]


def a_sample(packets: int = 0, seconds: float = 900) -> Sample:
    return Sample(a_connection(packets_sent_by_client=packets).counters, seconds)


def verdict_of(metric: Metric, number: Number | None, before: Number | None, *, packets: int = 0) -> str:
    return judged(metric, number, before, a_sample(packets), a_sample(packets))


def test_each_metric_of_which_more_is_worse_has_its_noise_with_a_reason() -> None:
    assert {metric.scale for metric in JUDGED} == NOISE.keys()
    assert all(noise.reason.endswith(".") for noise in NOISE.values())


def test_more_trouble_is_worse_less_is_better_and_more_traffic_is_neither() -> None:
    assert verdict_of(RESETS, 400, 100) == "worse"
    assert verdict_of(RESETS, 100, 400) == "better"
    assert verdict_of(BYTES, 400_000, 100) == ""


@pytest.mark.parametrize(
    ("before", "now", "verdict"),
    [
        (100_000, 120_000, ""),
        (100_000, 126_000, "worse"),
        (200, 1_100, ""),
        (2_000, 3_500, "worse"),
    ],
)
def test_a_round_trip_must_take_a_fifth_and_a_millisecond_longer(before: int, now: int, verdict: str) -> None:
    assert verdict_of(RTT, now, before) == verdict


@pytest.mark.parametrize(("before", "now", "verdict"), [(0.002, 0.0029, ""), (0.002, 0.0031, "worse"), (0.5, 0.55, "")])
def test_a_share_must_move_by_a_tenth_of_a_percent_and_by_a_fifth(before: float, now: float, verdict: str) -> None:
    assert verdict_of(SHARE, now, before, packets=10**6) == verdict


def test_a_share_of_few_packets_must_move_by_more_than_their_losses_scatter() -> None:
    assert verdict_of(SHARE, 0.03, 0.01, packets=10**6) == "worse"
    # Three of a hundred packets instead of one.
    assert verdict_of(SHARE, 0.03, 0.01, packets=100) == ""


@pytest.mark.parametrize(
    ("before", "now", "verdict"),
    [(0, 9, ""), (0, 10, "worse"), (10, 25, ""), (10, 30, "worse"), (10_000, 11_000, ""), (10_000, 13_000, "worse")],
)
def test_a_count_must_move_by_more_than_it_scatters(before: int, now: int, verdict: str) -> None:
    assert verdict_of(RESETS, now, before) == verdict


def test_what_was_counted_in_a_short_window_scatters_more() -> None:
    three_hours = a_sample(seconds=10_800)

    assert judged(RESETS, 60, 24, three_hours, three_hours) == "worse"
    # Two in a quarter of an hour, taken for three hours.
    assert judged(RESETS, 60, 24, three_hours, a_sample()) == ""


def test_what_is_absent_is_neither() -> None:
    assert verdict_of(RTT, None, 5_000) == verdict_of(RTT, 5_000, None) == ""


@given(metric=st.sampled_from(JUDGED), one=st.integers(0, 10**9), other=st.integers(0, 10**9))
def test_the_way_there_and_the_way_back_are_judged_alike(metric: Metric, one: Number, other: Number) -> None:
    opposite = {"worse": "better", "better": "worse", "": ""}

    there, back = verdict_of(metric, one, other), verdict_of(metric, other, one)

    assert back == opposite[there]
