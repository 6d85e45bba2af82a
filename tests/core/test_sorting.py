"""Test the sort order of rows: the most unhealthy rows come first, and rows with too little evidence come last.

Rows are sorted by the plain number only if the user requests it.
"""

import pytest
from hypothesis import given
from hypothesis import strategies as st

from cnm_tui.core.connections import Connection
from cnm_tui.core.endpoint import CONNECTIONS
from cnm_tui.core.errors import InvalidQuery
from cnm_tui.core.exploration.exploration import Exploration
from cnm_tui.core.exploration.remarks import rank_remark, rank_sentence, status_remarks
from cnm_tui.core.query import DEFAULT_GROUP_BYS, Query, column_key
from cnm_tui.core.table.sorting import SortKey, first_sort_of, parsed_sort, sort_arrows
from cnm_tui.core.table.table import Arrangement, arrange
from cnm_tui.core.views.arrangement_text import sort_texts
from cnm_tui.core.views.saved_view import SavedView, entry_of, view_of
from tests.builders import a_connection, a_snapshot

WORST = SortKey("retransmit_share", descending=True, worst=True)


def a_pair(name: str, lost: int | None, packets: int | None) -> Connection:
    return a_connection(name, tcp_retransmits=lost, packets_sent_by_client=packets)


ROWS = (
    a_pair("absent", None, 10**6),
    a_pair("tiny", 198, 900),
    a_pair("one of three", 1, 3),
    a_pair("by chance", 16, 1_000),
    a_pair("healthy", 100, 10**6),
    a_pair("culprit", 17_458, 10**6),
)


def explored(sort: str = "retransmit_share") -> Exploration:
    arrangement = Arrangement(sort=parsed_sort(sort, DEFAULT_GROUP_BYS, CONNECTIONS))
    return Exploration(Query(), arrangement).received(a_snapshot(*ROWS))


def ids(exploration: Exploration) -> list[str]:
    table = exploration.table
    assert table is not None
    return [table.connection_id(row) for row in range(len(table))]


def test_the_culprit_stands_above_tiny_pairs_with_larger_shares() -> None:
    assert ids(explored()) == ["culprit", "healthy", "one of three", "tiny", "by chance", "absent"]


def test_by_number_alone_the_largest_share_stands_first() -> None:
    assert ids(explored("retransmit_share:desc")) == [
        "one of three",
        "tiny",
        "culprit",
        "by chance",
        "healthy",
        "absent",
    ]
    assert ids(explored("retransmit_share:asc")) == [
        "healthy",
        "by chance",
        "culprit",
        "tiny",
        "one of three",
        "absent",
    ]


def test_round_trip_times_of_few_packets_stand_last() -> None:
    rows = [
        a_connection("one sample", rtt_micro_seconds=900_000, packets_sent_by_client=2),
        a_connection("slow", rtt_micro_seconds=300_000, packets_sent_by_client=500),
    ]

    table = arrange(a_snapshot(*rows), Arrangement(sort=(first_sort_of("rtt_micro_seconds", CONNECTIONS),)))

    assert [table.connection_id(row) for row in range(2)] == ["slow", "one sample"]


def test_ties_among_what_has_evidence_are_decided_by_the_next_column() -> None:
    rows = [a_pair("a", 10, 10_000), a_pair("b", 100, 100_000), a_pair("c", 1, 10)]

    table = arrange(a_snapshot(*rows), Arrangement(sort=(WORST, first_sort_of("tcp_retransmits", CONNECTIONS))))

    assert [table.connection_id(row) for row in range(3)] == ["b", "a", "c"]


def test_only_figures_that_may_be_large_by_chance_are_sorted_by_evidence() -> None:
    by_evidence = {key for key in CONNECTIONS.metrics if first_sort_of(key, CONNECTIONS).by_evidence(CONNECTIONS)}

    assert by_evidence == {"retransmit_share", "rtt_micro_seconds"}
    assert not first_sort_of("client_service", CONNECTIONS).by_evidence(CONNECTIONS)
    assert first_sort_of("percent.retransmit_share", CONNECTIONS).by_evidence(CONNECTIONS)
    assert parsed_sort("tcp_resets:worst", (), CONNECTIONS) == (SortKey("tcp_resets", descending=True),)


@pytest.mark.parametrize(
    ("written", "key"),
    [
        ("retransmit_share:worst", WORST),
        ("retransmit_share:desc", WORST._replace(worst=False)),
        ("retransmit_share:asc", SortKey("retransmit_share", descending=False)),
        ("total_bytes:desc", SortKey("total_bytes", descending=True)),
    ],
)
def test_each_way_to_sort_is_written_and_read_back(written: str, key: SortKey) -> None:
    assert parsed_sort(written, (), CONNECTIONS) == (key,)
    assert sort_texts([key], CONNECTIONS) == [written]


def test_without_a_direction_it_is_the_worst_first_only_where_that_is_usual() -> None:
    assert parsed_sort("retransmit_share", (), CONNECTIONS) == (WORST,)
    assert parsed_sort("retransmit_share", (), CONNECTIONS, worst_first=False) == (WORST._replace(worst=False),)


def test_a_tag_that_ends_like_a_direction_is_a_tag() -> None:
    assert parsed_sort("my:worst", ("my:worst",), CONNECTIONS) == (SortKey("my:worst", descending=False),)
    with pytest.raises(InvalidQuery, match="no column"):
        parsed_sort("my:worst", (), CONNECTIONS)


@pytest.mark.parametrize("sort", [(WORST,), (WORST._replace(worst=False),)])
def test_a_saved_view_keeps_how_shares_are_sorted(sort: tuple[SortKey, ...]) -> None:
    kept = view_of(entry_of(SavedView("mine", Query(), Arrangement(sort=sort))))

    assert kept.arrangement.sort == sort


def test_a_key_sorts_by_number_alone_and_back_and_it_is_seen_which_is_in_force() -> None:
    by_evidence = explored()
    by_number = by_evidence.toggled_weak_evidence_last()

    assert ids(by_number) == ids(explored("retransmit_share:desc"))
    assert ids(by_number.toggled_weak_evidence_last()) == ids(by_evidence)
    assert [sort_arrows(shown.arrangement.sort, CONNECTIONS) for shown in (by_evidence, by_number)] == [
        {"retransmit_share": "▾"},
        {"retransmit_share": "▾#"},
    ]
    assert "3 with little evidence last" in status_remarks(by_evidence)
    assert "by number alone" in status_remarks(by_number)
    assert rank_sentence(by_evidence) == "By evidence: 3 rows with little evidence last; % sorts by number alone."


def test_the_choice_outlives_two_flips_and_a_refresh() -> None:
    by_number = explored().toggled_weak_evidence_last()

    flipped_twice = by_number.flipped().flipped().received(a_snapshot(*ROWS))

    assert flipped_twice.arrangement.sort == by_number.arrangement.sort
    assert ids(flipped_twice) == ids(by_number)


def test_where_evidence_decides_nothing_the_key_changes_nothing_and_says_so() -> None:
    by_bytes = Exploration(Query()).received(a_snapshot(*ROWS))

    assert by_bytes.toggled_weak_evidence_last() is by_bytes
    assert rank_sentence(by_bytes).startswith("Only where RETRANS% or RTT is sorted from the largest on")
    assert by_bytes.table is not None
    assert rank_remark(by_bytes.table) == ""


def test_a_row_without_the_figure_is_not_counted_among_those_with_little_evidence() -> None:
    snapshot = a_snapshot(*ROWS, a_pair("no packets", 5, None), a_pair("nothing sent", 0, 0))

    table = arrange(snapshot, Arrangement(sort=(WORST,)))

    assert rank_remark(table) == "3 with little evidence last"


@pytest.mark.parametrize("name", ["percent.tcp_resets", "change.rtt_micro_seconds", "judged_by"])
def test_a_group_by_that_is_called_as_a_change_is_sorts_as_a_name(name: str) -> None:
    query = Query(group_bys=(name,))
    rows = [a_connection(value, groups=((value,),)) for value in ("b", "a", "c")]

    shown = Exploration(query).received(a_snapshot(*rows, query=query)).sorted_only_by(column_key(name, CONNECTIONS))

    assert ids(shown) == ["a", "b", "c"]
    assert shown.columns[0].key == column_key(name, CONNECTIONS)


def test_a_column_that_is_named_again_decides_nothing_and_has_the_sign_of_its_first_place() -> None:
    sort = parsed_sort("retrans%:desc,tcp_resets,retransmit_share:asc", DEFAULT_GROUP_BYS, CONNECTIONS)

    assert sort_texts(sort, CONNECTIONS) == ["retransmit_share:desc", "tcp_resets:desc"]


def test_each_column_that_orders_rows_has_its_sign_however_many_there_are() -> None:
    sort = parsed_sort("tcp_resets,rtt,bytes,retrans,refusals", DEFAULT_GROUP_BYS, CONNECTIONS)

    assert [arrow[1:] for arrow in sort_arrows(sort, CONNECTIONS).values()] == ["", "2", "3", "4", "5"]


SHARES = st.lists(st.tuples(st.none() | st.integers(0, 2_000), st.none() | st.integers(0, 20_000)), max_size=12)


@given(SHARES)
def test_each_row_stands_once_and_both_parts_are_in_order(pairs: list[tuple[int | None, int | None]]) -> None:
    rows = [a_pair(str(number), *pair) for number, pair in enumerate(pairs)]
    snapshot = a_snapshot(*rows)
    table = arrange(snapshot, Arrangement(sort=(WORST,)))

    shares = snapshot.figures(CONNECTIONS.metrics["retransmit_share"])
    thin = snapshot.thin("retransmit_share")
    assert sorted(table.order) == list(range(len(rows)))
    ranks = [(shares[at] is None, thin[at], -(shares[at] or 0)) for at in table.order if shares[at] is not None]
    assert ranks == sorted(ranks)


@pytest.mark.parametrize("direction", ["asc", "desc", "worst"])
def test_round_trip_times_that_were_not_measured_stand_last(direction: str) -> None:
    rows = [a_connection(name, rtt_micro_seconds=time) for name, time in (("udp", 0), ("slow", 9_000), ("fast", 2_000))]
    arrangement = Arrangement(sort=parsed_sort(f"rtt:{direction}", (), CONNECTIONS))

    assert ids(Exploration(Query(), arrangement).received(a_snapshot(*rows)))[-1] == "udp"


def test_what_is_absent_is_not_counted_as_having_little_evidence() -> None:
    arrangement = Arrangement(sort=(WORST,))
    table = arrange(a_snapshot(a_pair("absent", 500, None), a_pair("tiny", 198, 900)), arrangement)

    assert rank_remark(table) == "1 with little evidence last"
