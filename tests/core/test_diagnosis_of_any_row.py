"""Properties of the findings of any row, however odd."""

import json
from typing import Any

from hypothesis import given, settings
from hypothesis import strategies as st

from cnm_tui.core.connections import Connection
from cnm_tui.core.diagnosis.diagnosis import diagnosed
from cnm_tui.core.diagnosis.words import explained
from cnm_tui.core.endpoint import CONNECTIONS
from cnm_tui.core.findings.connection_rules import RULES
from cnm_tui.core.metrics.connection_limits import Of
from cnm_tui.core.metrics.health import threshold_of
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
    """Yield rows with such large counters that no share is near a limit by chance."""
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


@given(big_rows())
def test_ten_times_as_much_of_everything_is_the_same_finding(row: Connection) -> None:
    scaled = row._replace(
        counters=tuple(
            number if key == UNSCALED or number is None else 10 * number
            for key, number in zip(CONNECTIONS.counted_keys, row.counters, strict=True)
        )
    )

    one, ten = (diagnosed(a_snapshot(each)).found[0] for each in (row, scaled))

    assert (ten.code, ten.severity) == (one.code, one.severity)


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
