"""Test the diagnosis, which finds suspected problems of rows (findings). A finding needs strong evidence.

If the evidence is too weak, the explanation must say what is missing.
"""

import gc
from collections.abc import Callable
from math import sqrt
from typing import Any
from weakref import ref

import pytest

from cnm_tui.core.connections import Connection
from cnm_tui.core.diagnosis.both_ends import end_sentence
from cnm_tui.core.diagnosis.diagnosis import diagnosed, findings_by_id, summary_of
from cnm_tui.core.diagnosis.words import Explanation, explained
from cnm_tui.core.endpoint import CONNECTIONS
from cnm_tui.core.filter.conditions import searched_texts
from cnm_tui.core.findings.connection_rules import RULES
from cnm_tui.core.findings.rule import Found, Rule, Severity
from cnm_tui.core.metrics.metric import Number
from cnm_tui.core.query import Query
from cnm_tui.core.snapshot import Snapshot
from cnm_tui.core.table.medians import medians
from tests.builders import a_connection, a_snapshot

PACKETS = 10_000_000
ESTABLISHED = 100_000
ZONES = ("client_availability-zone", "server_availability-zone")
WELL: dict[str, Any] = {
    "packets_sent_by_client": PACKETS,
    "packets_sent_by_server": PACKETS,
    "rtt_micro_seconds": 1_000,
    "tcp_established_connections": ESTABLISHED,
    "tcp_retransmits": 5_000,
    "tcp_rto_count": 100,
    "tcp_recovery_count": 2_000,
    "tcp_resets": 10,
}


def a_row(**counters: Number | None) -> Connection:
    """Return a busy row without problems, in which only the given counters are replaced."""
    return a_connection(**{**WELL, **counters})


def found_in(*rows: Connection) -> Found:
    """Diagnose an answer with these rows, and return the finding of the first row."""
    return diagnosed(a_snapshot(*rows)).found[0]


def said_of(*rows: Connection) -> Explanation:
    """Return the explanation of the finding about the first of these rows."""
    return explained(a_snapshot(*rows), 0)


def least_proven(of: int, limit: float) -> int:
    """Return the smallest number of events in `of` cases that proves that their share is at least `limit`.

    The proof is the lower bound of Wilson's confidence interval.
    """

    def lower(events: int) -> float:
        share, z = events / of, 1.96
        middle = share + z * z / (2 * of)
        half = z * sqrt(share * (1 - share) / of + z * z / (4 * of * of))
        return (middle - half) / (1 + z * z / of)

    return next(events for events in range(int(of * limit), of + 1) if lower(events) >= limit)


def least_attempts_proven(limit: float) -> int:
    """Return the smallest number of failed connections that proves that the share of failures is at least `limit`.

    The attempts are the failed connections and the established connections.
    """
    return next(
        failures
        for failures in range(int(ESTABLISHED * limit), ESTABLISHED)
        if least_proven(ESTABLISHED + failures + WELL["tcp_resets"], limit) <= failures
    )


WARNING, CRITICAL, NOTE, NONE = Severity.WARNING, Severity.CRITICAL, Severity.NOTE, Severity.NONE


@pytest.mark.parametrize(
    ("code", "key", "limit", "severity", "below"),
    [
        ("loss", "tcp_retransmits", 0.01, WARNING, NONE),
        ("loss", "tcp_retransmits", 0.03, CRITICAL, WARNING),
        ("loss_stalls", "tcp_rto_count", 0.002, WARNING, NONE),
        ("loss_stalls", "tcp_rto_count", 0.01, CRITICAL, WARNING),
        ("congestion", "tcp_delivered_ce", 0.01, NOTE, NONE),
        ("congestion", "tcp_delivered_ce", 0.1, WARNING, NOTE),
        ("reordering", "tcp_reord_seen", 0.01, NOTE, NONE),
        ("reordering", "tcp_reord_seen", 0.03, WARNING, NOTE),
        ("reordering", "tcp_rcv_ooo_pack", 0.01, NOTE, NONE),
    ],
)
def test_a_share_of_packets_is_a_finding_from_its_limit_on(
    code: str, key: str, limit: float, severity: Severity, below: Severity
) -> None:
    at = least_proven(PACKETS, limit)
    found = [found_in(a_row(**_stalled(key, number))) for number in (at - 1, at, at + 1_000)]

    assert [one.severity for one in found] == [below, severity, severity]
    assert [one.code for one in found[1:]] == [code, code]


def _stalled(key: str, number: int) -> dict[str, Any]:
    # Each time-out sends something again.
    return {key: number} | ({"tcp_retransmits": min(number, 99_000)} if key == "tcp_rto_count" else {})


@pytest.mark.parametrize(
    ("code", "key", "limit", "severity", "below"),
    [
        ("refused", "tcp_refusals", 0.01, WARNING, NONE),
        ("refused", "tcp_refusals", 0.05, CRITICAL, WARNING),
        ("filtered", "tcp_timeouts", 0.01, WARNING, NONE),
        ("filtered", "tcp_timeouts", 0.05, CRITICAL, WARNING),
    ],
)
def test_a_share_of_attempts_is_a_finding_from_its_limit_on(
    code: str, key: str, limit: float, severity: Severity, below: Severity
) -> None:
    at = least_attempts_proven(limit)

    found = [found_in(a_row(**{key: number})) for number in (at - 1, at, at + 100)]

    assert [one.severity for one in found] == [below, severity, severity]
    assert [one.code for one in found[1:]] == [code, code]


@pytest.mark.parametrize(("resets", "code"), [(5_000, "healthy"), (5_270, "too_little"), (6_000, "reset")])
def test_resets_are_a_warning_from_one_in_twenty_on_and_never_critical(resets: int, code: str) -> None:
    assert found_in(a_row(tcp_resets=resets)).code == code
    assert found_in(a_row(tcp_resets=90_000)).severity is WARNING


@pytest.mark.parametrize(
    ("probes", "severity"), [(10_000, NONE), (10_195, NONE), (10_196, WARNING), (100_619, WARNING), (100_620, CRITICAL)]
)
def test_probes_are_judged_by_how_many_there_are_for_each_connection(probes: int, severity: Severity) -> None:
    found = found_in(a_row(tcp_probe0_count=probes))

    assert (found.severity, found.code == "receiver_stalled") == (severity, severity is not NONE)


@pytest.mark.parametrize(
    ("micro_seconds", "severity"), [(99_999, NONE), (100_000, NOTE), (299_999, NOTE), (300_000, WARNING)]
)
def test_without_zones_a_path_is_slow_by_what_people_feel(micro_seconds: int, severity: Severity) -> None:
    assert found_in(a_row(rtt_micro_seconds=micro_seconds)).severity is severity


def between_zones(*micro_seconds: int, packets: int = PACKETS) -> list[Found]:
    """Return the findings of rows between the same two availability zones.

    Each row has one of these round-trip times.
    """
    zones = (("eu-west-1a",), ("eu-west-1b",))
    rows = [
        a_connection(f"row {number}", zones, **{**WELL, "rtt_micro_seconds": one, "packets_sent_by_client": packets})
        for number, one in enumerate(micro_seconds)
    ]
    return list(diagnosed(a_snapshot(*rows, query=Query(group_bys=ZONES))).found)


@pytest.mark.parametrize(
    ("others", "micro_seconds", "severity"),
    [
        # Five milliseconds over the median decide where round trips are short, twice of it where they are long.
        ((900, 1_000, 1_100), 5_999, NONE),
        ((900, 1_000, 1_100), 6_000, WARNING),
        ((19_000, 20_000, 21_000), 39_999, NONE),
        ((19_000, 20_000, 21_000), 40_000, WARNING),
        # The mean of both that are in the middle.
        ((19_000, 20_000, 22_000, 23_000), 41_999, NONE),
        ((19_000, 20_000, 22_000, 23_000), 42_000, WARNING),
        ((19_000, 20_000, 21_000), 300_000, CRITICAL),
        # Far away is not slow.
        ((190_000, 200_000, 210_000), 250_000, NONE),
    ],
)
def test_between_the_same_zones_a_path_is_slow_beside_the_others(
    others: tuple[int, ...], micro_seconds: int, severity: Severity
) -> None:
    found = between_zones(*others, micro_seconds)

    assert found[-1].severity is severity
    assert {one.code for one in found[:-1]} == {"healthy"}


def test_a_slow_row_says_what_it_was_compared_with() -> None:
    def said(*micro_seconds: int) -> str:
        zones = (("eu-west-1a",), ("eu-west-1b",))
        rows = [a_connection(f"{one}", zones, **{**WELL, "rtt_micro_seconds": one}) for one in micro_seconds]
        return explained(a_snapshot(*rows, query=Query(group_bys=ZONES)), len(rows) - 1).sentence

    assert said(9_000, 9_001, 9_002, 350_000).endswith("; 9.0 ms is usual between its zones.")
    assert said(9_000, 350_000).endswith("; too few other rows are between its zones.")
    assert said_of(a_row(rtt_micro_seconds=350_000)).sentence.endswith("; the zones are not known.")


def test_beside_two_others_nothing_is_slow_that_nobody_feels() -> None:
    assert between_zones(1_000, 1_000, 50_000)[2].code == "healthy"
    assert between_zones(1_000, 1_000, 100_000)[2].code == "slow_path"


def test_a_round_trip_time_of_few_packets_is_not_judged() -> None:
    assert {found.code for found in between_zones(1_000, 1_000, 1_000, 90_000, packets=19)} == {"too_little"}


def test_unresolved_zones_are_no_pair_of_zones() -> None:
    rows = [
        a_connection(f"{at}", ((), ()), **{**WELL, "rtt_micro_seconds": rtt}) for at, rtt in enumerate([9, 9, 9, 9_000])
    ]

    assert {found.code for found in diagnosed(a_snapshot(*rows, query=Query(group_bys=ZONES))).found} == {"healthy"}


def test_loss_takes_in_what_arrives_out_of_order() -> None:
    said = said_of(a_row(tcp_retransmits=500_000, tcp_recovery_count=100_000, tcp_rcv_ooo_pack=900_000))

    assert (said.found.code, said.evidence["explains"], said.others) == ("loss", ["reordering"], ())


def test_loss_that_mostly_stalls_takes_in_the_loss() -> None:
    said = said_of(a_row(tcp_retransmits=500_000, tcp_rto_count=150_000, tcp_recovery_count=1_000))

    assert (said.found.code, said.evidence["explains"]) == ("loss_stalls", ["loss"])
    assert "pause of 0.2 s" in said.sentence


def test_time_outs_below_the_fast_recoveries_are_loss_alone() -> None:
    said = said_of(a_row(tcp_retransmits=500_000, tcp_rto_count=150_000, tcp_recovery_count=150_001))

    assert (said.found.code, said.evidence["explains"]) == ("loss", [])


def test_vanishing_packets_explain_what_is_sent_again_for_them() -> None:
    said = said_of(a_row(tcp_timeouts=50_000, tcp_retransmits=800_000, tcp_rto_count=800_000, tcp_rcv_ooo_pack=900_000))

    assert (said.found.code, said.evidence["explains"]) == ("filtered", ["loss_stalls", "loss", "reordering"])


def test_more_loss_than_vanishing_packets_can_cause_stands_beside_them() -> None:
    said = said_of(a_row(tcp_timeouts=50_000, tcp_retransmits=900_000, tcp_rto_count=800_001))

    assert (said.found.code, said.evidence["explains"]) == ("filtered", [])
    assert [other.code for other in said.others] == ["loss_stalls"]


def test_a_queue_that_marks_less_than_is_lost_does_not_explain_the_loss() -> None:
    said = said_of(a_row(tcp_delivered_ce=300_000, tcp_retransmits=900_000, tcp_recovery_count=400_000))

    assert [said.found.code, *(other.code for other in said.others)] == ["loss", "congestion"]


def test_more_reordering_than_loss_is_no_effect_of_the_loss_and_no_reordering_alone() -> None:
    said = said_of(a_row(tcp_retransmits=400_000, tcp_recovery_count=400_000, tcp_reord_seen=500_000))

    assert (said.found.code, said.evidence["explains"], said.others) == ("loss", [], ())
    assert "needlessly" in " ".join(said.doubts)


def test_probes_on_older_connections_are_a_warning_at_most_as_their_number_is_not_known() -> None:
    said = said_of(a_row(tcp_probe0_count=90_000, tcp_established_connections=0))

    assert (said.found.code, said.found.severity) == ("receiver_stalled", WARNING)
    assert said.sentence == ("90,000 zero-window probes, on connections from before the window: how many is not known.")


def test_a_row_without_a_round_trip_time_is_judged_by_its_other_figures() -> None:
    said = said_of(a_row(rtt_micro_seconds=0))

    assert said.found.code == "healthy"
    assert "a slow path is not seen" in " ".join(said.doubts)


def test_a_row_whose_retransmits_are_absent_is_not_called_healthy() -> None:
    said = said_of(a_row(tcp_retransmits=None))

    assert said.found.code == "unmeasured"
    assert said.sentence == "Not judged: it is TCP, but the answer does not tell its losses and failures."


def test_a_full_queue_explains_loss_and_delay_and_is_as_severe_as_they_are() -> None:
    said = said_of(
        a_row(
            tcp_delivered_ce=2_000_000, tcp_retransmits=900_000, tcp_recovery_count=400_000, rtt_micro_seconds=200_000
        )
    )

    assert (said.found.code, said.found.severity) == ("congestion", CRITICAL)
    assert set(said.evidence["explains"]) == {"loss", "slow_path"}


def test_reordering_beside_loss_that_is_not_proven_is_not_told() -> None:
    assert found_in(a_row(tcp_reord_seen=900_000, tcp_retransmits=100_300)).code == "too_little"
    assert found_in(a_row(tcp_reord_seen=900_000, tcp_rto_count=20_000, tcp_recovery_count=90_000)).code == "too_little"


def test_findings_with_nothing_in_common_stand_by_severity_then_by_the_time_lost() -> None:
    said = said_of(a_row(tcp_refusals=20_000, tcp_timeouts=2_000, tcp_probe0_count=900_000, tcp_resets=9_000))

    assert [said.found.code, *(other.code for other in said.others)] == [
        "receiver_stalled",
        "refused",
        "filtered",
        "reset",
    ]


def test_what_cost_next_to_no_time_is_less_severe() -> None:
    few = a_connection(
        packets_sent_by_client=5_000,
        packets_sent_by_server=5_000,
        rtt_micro_seconds=500,
        tcp_retransmits=300,
        tcp_recovery_count=90,
    )
    slower = few._replace(counters=tuple(20_000 if number == 500 else number for number in few.counters))

    assert [found_in(few), found_in(slower)] == [Found("loss", WARNING, 0.15), Found("loss", CRITICAL, 6.0)]
    assert said_of(few).sentence.endswith("; critical from 3 %, but it cost little time, so it is a warning.")
    assert said_of(slower).sentence.endswith("; critical from 3 %.")


TINY: dict[str, Any] = {"packets_sent_by_client": 40, "packets_sent_by_server": 40, "rtt_micro_seconds": 900}


@pytest.mark.parametrize(
    ("counters", "code"),
    [
        ({**TINY, "tcp_established_connections": 2, "tcp_refusals": 1}, "too_little"),
        ({**TINY, "tcp_retransmits": 30, "tcp_rto_count": 20}, "too_little"),
        ({"packets_sent_by_client": 50_000, "packets_sent_by_server": 50_000}, "unmeasured"),
        # As an Agent has it that knows connections and no more.
        ({"packets_sent_by_client": 50_000, "tcp_established_connections": 400}, "unmeasured"),
        (dict.fromkeys(CONNECTIONS.counted_keys, None), "unmeasured"),
        ({**WELL, "packets_sent_by_client": None}, "too_little"),
        ({**WELL, "packets_sent_by_client": 0, "tcp_retransmits": 90_000}, "too_little"),
        ({**WELL, "tcp_refusals": 90_000, "tcp_established_connections": None}, "too_little"),
        ({**WELL, "packets_sent_by_client": 999, "tcp_retransmits": 0, "tcp_rto_count": 0}, "too_little"),
    ],
)
def test_what_nobody_can_judge_gets_no_severity(counters: dict[str, Any], code: str) -> None:
    said = said_of(a_connection(**counters))

    assert (said.found.code, said.found.severity) == (code, NONE)
    assert said.sentence


@pytest.mark.parametrize(
    ("counters", "code", "doubt"),
    [
        ({"tcp_rto_count": 300_000, "tcp_retransmits": 10}, "loss_stalls", "more time-outs than retransmits"),
        ({"tcp_retransmits": 2 * PACKETS}, "loss", "more retransmits than packets"),
        ({"tcp_retransmits": 900_000, "tcp_recovery_count": 0}, "loss", "No fast recovery"),
        ({"tcp_retransmits": 900_000, "tcp_reord_seen": 1_000_000}, "loss", "needlessly"),
        (
            {"tcp_retransmits": 900_000, "tcp_recovery_count": None},
            "loss",
            "Absent from the answer, so not judged: RECOVERY",
        ),
        ({"tcp_timeouts": None, "tcp_probe0_count": None}, "healthy", "not judged: TIMEOUTS, ZERO WIN"),
        ({"tcp_retransmits": 900_000, "packets_sent_by_server": 10**9}, "loss", "then it is 0.09 % only"),
        ({"tcp_resets": 2_000, "tcp_established_connections": 900}, "reset", "older ones were cut"),
        ({"tcp_probe0_count": 900_000}, "receiver_stalled", "may be of more connections"),
        ({"packets_sent_by_server": 0}, "healthy", "only one side is measured"),
        ({"packets_sent_by_server": None}, "healthy", "only one side is measured"),
        ({"tcp_rcv_ooo_pack": 900_000}, "reordering", "Only the receiver saw it"),
        ({"tcp_resets": 0}, "healthy", "before 7.59"),
        ({"tcp_retransmits": 0, "tcp_rto_count": 0, "tcp_recovery_count": 0}, "healthy", "may not be collected"),
        ({"tcp_established_connections": None, "tcp_resets": 0}, "healthy", "Failed connections are not judged"),
        ({"tcp_refusals": 90_000, "tcp_established_connections": 100}, "refused", "given per second"),
    ],
)
def test_a_finding_says_its_doubts(counters: dict[str, Any], code: str, doubt: str) -> None:
    said = said_of(a_row(**counters))

    assert said.found.code == code
    assert doubt in " ".join(said.doubts)


def test_a_refusal_is_not_doubted_where_the_answer_shows_counts() -> None:
    assert said_of(a_row(tcp_refusals=90_000)).doubts == ()


def test_the_evidence_tells_the_figures_and_the_limit() -> None:
    evidence = said_of(a_row(tcp_refusals=100_000, tcp_resets=0)).evidence

    assert evidence["sentence"] == (
        "REFUSED: 100,000 of 200,000 connections tried within the window, 50.00 % (95 % sure: at least 49.78 %); "
        "critical from 5 %."
    )
    assert evidence["figures"] == {"tcp_refusals": 100_000, "tcp_established_connections": 100_000}
    assert (evidence["decided_by"], evidence["share"], evidence["limit"]) == ("tcp_refusals", 0.5, 0.05)
    assert evidence["seconds_lost"] == 100_000


@pytest.mark.parametrize(
    ("probes", "words"),
    [(50_000, "a few of them paused"), (300_000, "about 1.4 s each"), (2_000_000, "pauses of minutes each")],
)
def test_probes_in_a_row_are_told_as_a_pause(probes: int, words: str) -> None:
    assert words in said_of(a_row(tcp_probe0_count=probes)).sentence


def test_rows_stand_by_severity_then_by_the_time_lost() -> None:
    rows = [
        a_row(),
        a_row(tcp_refusals=2_000),
        a_row(tcp_refusals=20_000),
        a_row(tcp_refusals=30_000),
        a_row(tcp_delivered_ce=500_000),
    ]
    snapshot = a_snapshot(*(row._replace(id=str(at)) for at, row in enumerate(rows)))

    diagnosis = diagnosed(snapshot)

    assert diagnosis.worst_first() == [3, 2, 1, 4, 0]
    assert diagnosis.summary == "2 critical · 1 warning"
    assert findings_by_id(snapshot)["1"].code == "refused"


def test_nothing_ill_is_said_in_words() -> None:
    assert summary_of([Found("healthy", NONE), Found("reordering", NOTE)]) == "no warnings"


def test_an_empty_answer_has_no_findings() -> None:
    assert len(diagnosed(a_snapshot())) == 0
    assert diagnosed(a_snapshot()).worst_first() == []


def test_the_same_answer_is_diagnosed_once() -> None:
    snapshot = a_snapshot(a_row())

    assert diagnosed(snapshot) is diagnosed(snapshot)


def test_the_codes_are_a_contract() -> None:
    assert {rule.code for rule in RULES} == {
        *("loss", "loss_stalls", "reordering", "congestion", "receiver_stalled", "refused", "filtered", "reset"),
        *("slow_path", "unmeasured", "too_little", "healthy"),
    }


@pytest.mark.parametrize("rule", RULES, ids=lambda rule: rule.code)
def test_each_rule_can_be_explained(rule: Rule) -> None:
    assert rule.meaning.endswith(".")
    assert rule.mistaken.endswith(".")
    assert rule.source
    assert set(rule.reads) <= set(CONNECTIONS.metrics)
    assert set(rule.takes_in) <= {rule.code for rule in RULES}


@pytest.mark.parametrize(
    "compute",
    [
        pytest.param(diagnosed, id="findings"),
        pytest.param(findings_by_id, id="by id"),
        pytest.param(lambda answer: explained(answer, 0), id="explanation"),
        pytest.param(lambda answer: end_sentence(answer, 0), id="sentence on the end"),
        pytest.param(medians, id="medians"),
        pytest.param(searched_texts, id="searched texts"),
    ],
)
def test_what_is_computed_once_for_an_answer_does_not_keep_the_answer(compute: Callable[[Snapshot], object]) -> None:
    answer = a_snapshot(*(a_row(tcp_retransmits=900_000) for _ in range(5)))
    gone = ref(answer)
    gc.disable()
    try:
        compute(answer)
        del answer

        assert gone() is None
    finally:
        gc.enable()
