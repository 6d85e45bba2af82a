"""Test that client and server are swapped correctly in a query, and that the reverse row of a connection is
found.
"""

import pytest
from hypothesis import given
from hypothesis import strategies as st

from cnm_tui.core.endpoint import CONNECTIONS
from cnm_tui.core.errors import InvalidQuery
from cnm_tui.core.filter.row_filter import RowFilter
from cnm_tui.core.navigation.reverse import (
    ReverseRow,
    known_reverse_row,
    reverse_query,
    reverse_row_in,
    swapped,
    swapped_arrangement,
    swapped_field,
    swapped_group_bys,
)
from cnm_tui.core.query import Query
from cnm_tui.core.search.reader import read
from cnm_tui.core.table.sorting import SortKey
from cnm_tui.core.table.table import Arrangement
from cnm_tui.core.time.time_range import Fixed, TimeRange
from tests.builders import MOMENT, a_connection, a_snapshot

THERE = a_connection(groups=(("web",), ("store",)))
BACK = a_connection(groups=(("store",), ("web",)))


@pytest.mark.parametrize(
    ("field", "other"),
    [
        ("client_service", "server_service"),
        ("server_a_custom_tag", "client_a_custom_tag"),
        ("network.client.ip", "network.server.ip"),
        ("network.transport", "network.transport"),
        ("server_port", "server_port"),
        ("network.server.port", "network.server.port"),
        ("env", "env"),
    ],
)
def test_a_field_becomes_that_of_the_other_end_and_what_is_of_the_whole_flow_stays(field: str, other: str) -> None:
    assert swapped_field(field, CONNECTIONS.fields) == other


@pytest.mark.parametrize("field", ["server_domain", "pre_nat.ip", "server_gateway_id"])
def test_a_field_that_the_other_end_does_not_have_is_refused_by_its_name(field: str) -> None:
    with pytest.raises(InvalidQuery, match=field):
        swapped_field(field, CONNECTIONS.fields)


@pytest.mark.parametrize(
    ("group_bys", "other"),
    [
        (("client_service", "server_service"), ("client_service", "server_service")),
        (("client_service", "server_team"), ("client_team", "server_service")),
        (("server_team", "client_service"), ("server_service", "client_team")),
        (("client_service", "network.transport"), ("server_service", "network.transport")),
        (("client_host",), ("server_host",)),
        (("client_pod_name", "server_service", "server_port"), ("client_service", "server_pod_name", "server_port")),
    ],
)
def test_group_bys_are_changed_and_their_sides_keep_their_order(
    group_bys: tuple[str, ...], other: tuple[str, ...]
) -> None:
    assert swapped_group_bys(group_bys, CONNECTIONS.fields) == other


@pytest.mark.parametrize(
    ("search", "other"),
    [
        ("client_service:web", "server_service:web"),
        (
            'client_service:"client_service:x" AND "server_env:y"',
            'server_service:"client_service:x" AND "server_env:y"',
        ),
        (
            "NOT  client_env:a* (server_team:b OR -server_team:c)",
            "NOT  server_env:a* (client_team:b OR -client_team:c)",
        ),
        ("CIDR(network.client.ip, 10.0.0.0/8)", "CIDR(network.server.ip, 10.0.0.0/8)"),
        ("client_service:(web OR server_x)", "server_service:(web OR server_x)"),
        ("env:prod web", "env:prod web"),
        ("client_a\\:b:x", "server_a\\:b:x"),
    ],
)
def test_a_search_names_the_other_ends_and_is_otherwise_written_as_it_was(search: str, other: str) -> None:
    assert swapped(Query(search=search)).search == other


def test_tags_name_the_other_ends() -> None:
    query = Query(group_bys=("client_service",), tags=("client_env:prod", "env:x", "bare"))

    assert swapped(query).tags == ("server_env:prod", "env:x", "bare")


def test_the_sort_and_the_widths_go_with_the_fields_and_figures_keep_theirs() -> None:
    sort = (SortKey("client_service", False), SortKey("bytes_sent_by_client", True))
    arrangement = Arrangement(sort=sort, widths=(("client_service", 4), ("rtt_micro_seconds", -1)))

    other = swapped_arrangement(arrangement, Query(("client_service", "server_team")))

    assert other.sort == (SortKey("server_service", False), SortKey("bytes_sent_by_client", True))
    assert other.widths == (("server_service", 4), ("rtt_micro_seconds", -1))


@pytest.mark.parametrize(
    ("text", "other"),
    [
        ("client_service=web rtt>50ms", "server_service=web rtt>50ms"),
        ('!server_a_tag!="two words"  client_x', '!client_a_tag!="two words"  client_x'),
        ('"client_service=web" /client_service=w/', '"client_service=web" /client_service=w/'),
        ("server_port=443", "server_port=443"),
        ("", ""),
    ],
)
def test_the_filter_goes_with_the_fields_that_it_names(text: str, other: str) -> None:
    arrangement = Arrangement(row_filter=RowFilter(text, CONNECTIONS))

    assert swapped_arrangement(arrangement, Query(("client_service",))).row_filter == RowFilter(other, CONNECTIONS)


def test_a_filter_by_what_the_other_end_does_not_have_is_refused_by_its_name() -> None:
    arrangement = Arrangement(row_filter=RowFilter("server_domain=cards.example", CONNECTIONS))

    with pytest.raises(InvalidQuery, match="server_domain"):
        swapped_arrangement(arrangement, Query(("client_service",)))


WORDS = st.sampled_from(
    ["client_service:web", "-server_env:*", '"client_x"', "OR", "NOT", "(", ")", "CIDR(network.client.ip, 10.0.0.0/8)"]
)


@given(st.lists(WORDS, max_size=8).map(" ".join))
def test_whatever_is_typed_twice_changed_is_as_it_was(search: str) -> None:
    query = Query(search=search)

    once = swapped(query)

    assert swapped(once) == query
    assert len(read(once.search).tokens) == len(read(search).tokens)


def test_the_other_way_is_the_row_with_the_values_of_the_ends_exchanged() -> None:
    shown = a_snapshot(THERE, a_connection(groups=(("store",), ("mail",))), BACK)

    assert reverse_row_in(shown, THERE, shown) == BACK
    assert reverse_row_in(shown, BACK, shown) == THERE


def test_peers_reach_each_other_on_the_same_port() -> None:
    by_port = Query(group_bys=("client_host", "server_host", "server_port"))
    there = a_connection("1", (("a",), ("b",), ("9042",)))
    back = a_connection("2", (("b",), ("a",), ("9042",)))
    shown = a_snapshot(there, back, query=by_port)

    assert reverse_row_in(shown, there, shown) == back
    assert reverse_query(there, shown).search == "server_host:a AND client_host:b AND server_port:9042"


def test_an_unresolved_end_is_one_however_each_field_says_it() -> None:
    there = a_connection(groups=(("web",), ()))
    back = a_connection(groups=(("N/A",), ("web",)))
    shown = a_snapshot(there, back)

    assert reverse_row_in(shown, there, shown) == back


def test_what_is_of_the_whole_flow_must_be_the_same_both_ways() -> None:
    by_transport = Query(group_bys=("client_service", "server_service", "network.transport"))
    there = a_connection("1", (("web",), ("store",), ("tcp",)))
    udp = a_connection("2", (("store",), ("web",), ("udp",)))
    shown = a_snapshot(there, udp, query=by_transport)

    assert reverse_row_in(shown, there, shown) is None


def test_rows_by_a_field_that_the_other_end_does_not_have_have_no_other_way() -> None:
    shown = a_snapshot(THERE, query=Query(group_bys=("client_service", "server_domain")))

    for look in (lambda: known_reverse_row(THERE, shown), lambda: reverse_query(THERE, shown)):
        with pytest.raises(InvalidQuery, match="server_domain"):
            look()


def test_by_other_fields_of_each_end_the_other_way_is_no_row_but_can_be_asked_for() -> None:
    shown = a_snapshot(THERE, query=Query(group_bys=("client_pod_name", "server_service")))

    query = reverse_query(THERE, shown)

    assert known_reverse_row(THERE, shown) == ReverseRow(None, asks=True)
    assert query.group_bys == ("client_service", "server_pod_name")
    assert query.search == "server_pod_name:web AND client_service:store"
    back = a_connection(groups=(("store",), ("web",)))
    assert reverse_row_in(a_snapshot(back, query=query), THERE, shown) == back


def test_where_the_rows_are_all_there_is_the_other_way_needs_no_question() -> None:
    assert known_reverse_row(THERE, a_snapshot(THERE, BACK)) == ReverseRow(BACK)
    assert known_reverse_row(THERE, a_snapshot(THERE)) == ReverseRow(None, asks=False)
    assert known_reverse_row(THERE, a_snapshot(THERE, query=Query(limit=1))) == ReverseRow(None, asks=True)
    assert known_reverse_row(THERE, a_snapshot(THERE, query=Query(search="web"))) == ReverseRow(None, asks=True)
    assert known_reverse_row(THERE, a_snapshot(THERE, query=Query(tags=("a:b",)))) == ReverseRow(None, asks=True)


def test_the_other_way_is_asked_for_over_the_window_that_is_shown() -> None:
    asked = Query(search="client_env:prod AND client_service:web")
    shown = a_snapshot(THERE, query=asked)

    query = reverse_query(THERE, shown)

    assert query.group_bys == asked.group_bys
    assert query.search == "server_env:prod AND server_service:web AND client_service:store"
    assert query.time_range == TimeRange(Fixed(MOMENT - 900), Fixed(MOMENT))
