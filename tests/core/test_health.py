"""A figure is judged as it is shown, so that no sign stands above a figure that reads the same without one."""

import pytest

from cnm_tui.core.health import Health, health
from cnm_tui.core.metrics import METRICS
from tests.builders import a_connection


def judged(key: str, retransmits: int, packets: int) -> Health:
    counters = a_connection(tcp_retransmits=retransmits, packets_sent_by_client=packets).counters
    return health(key, METRICS[key].value(counters, 900), counters, 900)


@pytest.mark.parametrize(
    ("retransmits", "stands"),
    [(99_499, Health.GOOD), (99_500, Health.ODD), (100_000, Health.ODD), (299_600, Health.BAD), (299_400, Health.ODD)],
)
def test_a_share_is_judged_as_its_two_decimals_read(retransmits: int, stands: Health) -> None:
    assert judged("retransmit_share", retransmits, 10_000_000) is stands


@pytest.mark.parametrize("retransmits", [99_499, 99_500, 299_499, 299_500])
def test_retransmits_stand_as_their_share_does(retransmits: int) -> None:
    assert judged("tcp_retransmits", retransmits, 10_000_000) is judged("retransmit_share", retransmits, 10_000_000)


def test_a_round_trip_time_is_judged_in_microseconds() -> None:
    counters = a_connection(rtt_micro_seconds=100_000).counters

    assert health("rtt_micro_seconds", 99_999, counters, 900) is Health.GOOD
    assert health("rtt_micro_seconds", 100_000, counters, 900) is Health.ODD
