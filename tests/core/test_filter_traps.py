"""What people write who come from the search language is understood by the filter, or refused with the way out."""

import pytest

from cnm_tui.core.errors import InvalidQuery
from cnm_tui.core.filter.reader import with_fields
from cnm_tui.core.filter.row_filter import parsed_filter
from tests.builders import a_connection, a_snapshot
from tests.core.conftest import ids_matching

ROWS = a_snapshot(
    a_connection("1", [("kafka",), ("web",)], tcp_resets=9),
    a_connection("2", [("kafka",), ("brand",)], tcp_resets=1),
    a_connection("3", [("AND",), ("web",)]),
)


@pytest.mark.parametrize(
    ("text", "found"),
    [
        ("kafka AND web", ["1"]),
        ("kafka  AND  resets>5", ["1"]),
        ("kafka AND !web", ["2"]),
        ("kafka AND NOT web", ["2"]),
        ("NOT kafka", ["3"]),
        ("NOT NOT kafka", ["1", "2"]),
        ("!NOT kafka", ["1", "2"]),
        ("NOT client_service=kafka", ["3"]),
        ('"AND"', ["2", "3"]),
        ("and", ["2", "3"]),
        ("client_service=AND", ["3"]),
    ],
)
def test_operators_of_the_search_language_join_and_negate(text: str, found: list[str]) -> None:
    assert ids_matching(text, ROWS) == found


@pytest.mark.parametrize(
    ("text", "why"),
    [
        ("kafka OR web", "The filter has no OR"),
        ("OR", "The filter has no OR"),
        ("AND kafka", "AND needs a condition before and behind it"),
        ("kafka AND", "AND needs a condition before and behind it"),
        ("kafka AND AND web", "AND needs a condition before and behind it"),
        ("kafka NOT", "NOT needs a condition behind it"),
        ("web*", "no wildcard"),
        ("client_service=web*", "no wildcard"),
    ],
)
def test_what_the_filter_has_not_is_refused_with_what_it_has(text: str, why: str) -> None:
    with pytest.raises(InvalidQuery, match=why) as refused:
        parsed_filter(text)

    assert '"' in refused.value.hint or "quotes" in refused.value.hint


def test_a_filter_with_operators_follows_to_the_other_end() -> None:
    text = "kafka AND NOT client_service=web AND resets>5"

    assert with_fields(text, lambda _field: "server_service") == "kafka AND NOT server_service=web AND resets>5"


@pytest.mark.parametrize(
    "text", ["worse", "NEW", "!gone", "web better", "unsure", "Δrtt>20%", "d:rtt>5ms", "web AND worse"]
)
def test_a_filter_names_what_only_a_comparison_tells(text: str) -> None:
    assert parsed_filter(text).change
    assert parsed_filter(f'web "{text}"').change == ""


def test_a_share_of_a_count_is_told_by_the_name_of_the_share() -> None:
    with pytest.raises(InvalidQuery) as refused:
        parsed_filter("retransmits>1%")

    assert refused.value.hint.startswith("Write retransmits%>1 for the share of packets")
    assert parsed_filter("retransmits%>1").text


@pytest.mark.parametrize(
    ("text", "found"),
    [
        ("rtt<5ms", ["fast"]),
        ("rtt=0us..<5ms", ["fast"]),
        ("rtt!=2ms", ["slow"]),
        ("rtt=none", ["udp", "absent"]),
        ("rtt=0", ["udp"]),
        ("rtt>0", ["fast", "slow"]),
    ],
)
def test_a_round_trip_time_that_was_not_measured_is_not_a_fast_one(text: str, found: list[str]) -> None:
    times = {"udp": 0, "fast": 2_000, "slow": 9_000, "absent": None}
    rows = a_snapshot(*(a_connection(name, rtt_micro_seconds=time) for name, time in times.items()))

    assert ids_matching(text, rows) == found
