"""Test properties that findings must have for any row. Hypothesis generates the rows, including unusual ones."""

import json
from typing import Any

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from cnm_tui.core.connections import Connection
from cnm_tui.core.diagnosis.diagnosis import diagnosed
from cnm_tui.core.diagnosis.words import explained
from cnm_tui.core.endpoint import CONNECTIONS
from cnm_tui.core.findings.connection_rules import RULES, ZONES
from cnm_tui.core.metrics.connection_limits import Of
from cnm_tui.core.metrics.health import threshold_of
from cnm_tui.core.query import Query
from tests.builders import WEB_TO_STORE, a_connection, a_snapshot

SHARES = (
    *("tcp_retransmits", "tcp_rto_count", "tcp_recovery_count", "tcp_reord_seen", "tcp_rcv_ooo_pack"),
    *("tcp_delivered_ce", "tcp_refusals", "tcp_resets", "tcp_timeouts", "tcp_probe0_count"),
)
UNSCALED = "rtt_micro_seconds"
A_WELL_ROW = a_connection(
    "well",
    packets_sent_by_client=5_000_000,
    packets_sent_by_server=5_000_000,
    rtt_micro_seconds=900,
    tcp_established_connections=50_000,
)


@st.composite
def big_rows(draw: st.DrawFn) -> Connection:
    """Generate a row with counters so large that no share is near a limit by chance."""
    packets = draw(st.integers(10_000_000, 1_000_000_000))
    connections = packets // 40
    counters: dict[str, Any] = {
        "packets_sent_by_client": packets,
        "packets_sent_by_server": packets,
        "rtt_micro_seconds": draw(st.integers(1_000, 400_000)),
        "tcp_established_connections": connections,
    }
    for key in draw(st.sets(st.sampled_from(SHARES))):
        base = (
            packets
            if threshold_of(CONNECTIONS.metrics[key]).of in (Of.PACKETS_SENT, Of.PACKETS_RECEIVED)
            else connections
        )
        counters[key] = int(base * draw(st.sampled_from([0.0001, 0.005, 0.02, 0.2, 0.6])))
    counters |= dict.fromkeys(draw(st.sets(st.sampled_from(SHARES), max_size=3)), None)
    row = a_connection("big", **counters)
    # Failures are attempts themselves, so that their shares are looked at once all are known.
    shares = {
        level.limit: (counters.get(level.metric) or 0) / (Of.ATTEMPTS.measured(row.counters) or 1)
        for rule in RULES
        for level in rule.levels
        if threshold_of(CONNECTIONS.metrics[level.metric]).of is Of.ATTEMPTS
    }
    far = all(abs(share / limit - 1) > 0.1 for limit, share in shares.items())
    return row if far else A_WELL_ROW


ANY_NUMBER = st.none() | st.integers(0, 10**12) | st.integers(0, 40) | st.floats(0, 1e300)
any_row = st.builds(
    lambda numbers: Connection("any", WEB_TO_STORE, tuple(numbers)),
    st.lists(ANY_NUMBER, min_size=len(CONNECTIONS.counted_keys), max_size=len(CONNECTIONS.counted_keys)),
)


def ten_times(row: Connection) -> Connection:
    return row._replace(
        counters=tuple(
            number if key == UNSCALED or number is None else 10 * number
            for key, number in zip(CONNECTIONS.counted_keys, row.counters, strict=True)
        )
    )


@settings(max_examples=300)
@given(big_rows())
def test_ten_times_as_much_of_everything_is_the_same_finding(row: Connection) -> None:
    one, ten = (diagnosed(a_snapshot(each)).found[0] for each in (row, ten_times(row)))

    assert (ten.code, ten.severity) == (one.code, one.severity)


PACKETS = 50_000_000
OF_CODE: dict[str, dict[str, Any]] = {
    "filtered": {"tcp_timeouts": 100_000},
    "refused": {"tcp_refusals": 100_000},
    "receiver_stalled": {"tcp_probe0_count": 900_000},
    "congestion": {"tcp_delivered_ce": 9_000_000},
    "loss_stalls": {"tcp_retransmits": 1_000_000, "tcp_rto_count": 900_000},
    "loss": {"tcp_retransmits": 1_000_000, "tcp_recovery_count": 900_000},
    "reset": {"tcp_resets": 100_000},
    "slow_path": {"rtt_micro_seconds": 500_000},
    "reordering": {"tcp_reord_seen": 3_000_000},
    "unmeasured": {"rtt_micro_seconds": 0},
    "too_little": {"packets_sent_by_client": 5},
    "healthy": {},
}


def a_row_of(code: str, name: str = "big", zone: str = "", **more: Any) -> Connection:
    """Return a row whose finding has this code.

    Args:
        code: The code of the finding.
        name: The id of the row.
        zone: The availability zone of client and server. If it is empty, the row is grouped by service instead.
        more: Counters that replace the usual counters.
    """
    usual = {
        "packets_sent_by_client": PACKETS,
        "packets_sent_by_server": PACKETS,
        "rtt_micro_seconds": 900,
        "tcp_established_connections": 500_000,
    }
    return a_connection(name, ((zone,), (zone,)) if zone else WEB_TO_STORE, **{**usual, **OF_CODE[code], **more})


def test_each_code_has_a_row() -> None:
    assert set(OF_CODE) == {rule.code for rule in RULES}


@pytest.mark.parametrize("absent", [None, *SHARES])
@pytest.mark.parametrize("code", [code for code in OF_CODE if code != "too_little"])
def test_ten_times_as_much_is_the_same_finding_by_every_rule_though_a_counter_is_absent(
    code: str, absent: str | None
) -> None:
    left_out: dict[str, Any] = {} if absent is None else {absent: None}
    row = a_row_of(code, **left_out)

    one, ten = (diagnosed(a_snapshot(each)).found[0] for each in (row, ten_times(row)))

    assert (ten.code, ten.severity) == (one.code, one.severity)
    assert absent is not None or one.code == code


@given(st.lists(st.sampled_from(sorted(OF_CODE)), min_size=1, max_size=8), st.integers(1, 9))
def test_healthy_rows_between_the_same_zones_change_no_finding_but_slow_paths(codes: list[str], healthy: int) -> None:
    rows = [a_row_of(code, f"{at}", "eu-west-1a") for at, code in enumerate(codes)]
    well = [a_row_of("healthy", f"well {at}", "eu-west-1a") for at in range(healthy)]
    query = Query(group_bys=ZONES, limit=100)

    alone = diagnosed(a_snapshot(*rows, query=query)).found
    beside = diagnosed(a_snapshot(*rows, *well, query=query)).found

    changed = [(one.code, two.code) for one, two in zip(alone, beside, strict=False) if one != two]
    assert all("slow_path" in both for both in changed)


@given(st.lists(any_row, max_size=4), st.integers(1, 5))
def test_healthy_rows_beside_it_change_no_finding(rows: list[Connection], healthy: int) -> None:
    alone = diagnosed(a_snapshot(*rows)).found
    beside = diagnosed(a_snapshot(*rows, *[A_WELL_ROW] * healthy)).found

    assert list(beside[: len(rows)]) == list(alone)
    assert {found.code for found in beside[len(rows) :]} == {"healthy"}


@given(st.lists(any_row, max_size=4))
def test_the_same_rows_have_the_same_findings(rows: list[Connection]) -> None:
    assert diagnosed(a_snapshot(*rows)).found == diagnosed(a_snapshot(*rows)).found


@settings(max_examples=300)
@given(any_row)
def test_whatever_a_row_says_its_finding_can_be_explained(row: Connection) -> None:
    snapshot = a_snapshot(row)

    said = explained(snapshot, 0)

    assert said.sentence
    assert said.sentence.isprintable()
    assert json.loads(json.dumps(said.evidence)) == said.evidence
    assert {said.found.code, *said.evidence["others"], *said.evidence["explains"]} <= {rule.code for rule in RULES}
    assert (said.decided_by is None) == (said.found.severity == 0)


@settings(max_examples=300)
@given(any_row)
def test_the_quick_look_at_all_rows_misses_no_finding(row: Connection) -> None:
    diagnosis = diagnosed(a_snapshot(row))

    assert bool(diagnosis.ranked(0)) == (diagnosis.found[0].severity > 0)
