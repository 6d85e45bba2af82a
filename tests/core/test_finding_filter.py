"""Test that the row filter can select rows by their finding."""

from typing import Any

import pytest

from cnm_tui.core.endpoint import CONNECTIONS
from cnm_tui.core.errors import InvalidQuery
from cnm_tui.core.filter.row_filter import parsed_filter, refuse_findings
from tests.builders import a_connection, a_snapshot
from tests.core.conftest import ids_matching

BUSY: dict[str, Any] = {
    "packets_sent_by_client": 1_000_000,
    "packets_sent_by_server": 1_000_000,
    "rtt_micro_seconds": 1_000,
}
ROWS = a_snapshot(
    a_connection("well", **BUSY),
    a_connection("lossy", **BUSY, tcp_retransmits=20_000, tcp_recovery_count=9_000),
    a_connection("lossier", **BUSY, tcp_retransmits=90_000, tcp_recovery_count=9_000),
    a_connection("refused", **BUSY, tcp_refusals=900, tcp_established_connections=100),
    a_connection("udp", packets_sent_by_client=5_000),
)


@pytest.mark.parametrize(
    ("text", "found"),
    [
        ("finding=loss", ["lossy", "lossier"]),
        ("finding = LOSS", ["lossy", "lossier"]),
        ("!finding=loss", ["well", "refused", "udp"]),
        ("finding!=loss critical", ["refused"]),
        ("critical", ["lossier", "refused"]),
        ("Warning", ["lossy"]),
        ("NOT warning AND NOT critical", ["well", "udp"]),
        ("finding=unmeasured", ["udp"]),
        ("finding=reset", []),
        ('"critical"', []),
        ("critical rtt<1s finding=refused", ["refused"]),
    ],
)
def test_rows_are_found_by_their_finding(text: str, found: list[str]) -> None:
    assert ids_matching(text, ROWS) == found


@pytest.mark.parametrize(
    ("text", "sentence"),
    [
        ("finding=lost", "'lost' is no finding. Write one of filtered, refused, "),
        ("web finding=", "finding= needs a code. Write one of filtered, "),
        ("finding=loss,reset", "'loss,reset' is no finding. "),
    ],
)
def test_a_finding_that_there_is_not_is_refused_with_those_there_are(text: str, sentence: str) -> None:
    with pytest.raises(InvalidQuery) as refused:
        parsed_filter(text, CONNECTIONS)

    assert refused.value.sentence.startswith(sentence)


@pytest.mark.parametrize("text", ["web finding=loss", "!critical", "WARNING", "rtt>1s finding!=loss"])
def test_where_nothing_is_diagnosed_a_finding_is_refused(text: str) -> None:
    with pytest.raises(InvalidQuery, match="nothing is diagnosed"):
        refuse_findings(parsed_filter(text, CONNECTIONS))


def test_other_filters_ask_for_no_finding() -> None:
    others = parsed_filter('web rtt>5ms "critical" /warning/ finding', CONNECTIONS)

    refuse_findings(others)

    assert others.finding == ""
