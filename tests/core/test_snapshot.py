"""Test snapshots of API answers: the row limit, unresolved clients and servers, and the position of a
connection.
"""

import pytest
from hypothesis import given
from hypothesis import strategies as st

from cnm_tui.core.connections import Connection, Connections, Exact, Gathering, GroupValues, group_text
from cnm_tui.core.fields.group_by import Side
from cnm_tui.core.query import Query
from tests.builders import a_connection, a_snapshot


@pytest.mark.parametrize(
    "values", [(), ("",), ("N/A",), ("NA",), ("", "")], ids=["none", "empty", "N/A", "NA", "all empty"]
)
def test_an_unresolved_end_is_called_the_same_however_the_endpoint_says_it(values: GroupValues) -> None:
    assert group_text(values) == "N/A"


@pytest.mark.parametrize(
    ("values", "text"),
    [(("web",), "web"), (("web", "store"), "web, store"), (("", "web"), "web"), (("NAT",), "NAT"), (("n a",), "n a")],
)
def test_values_are_shown_as_they_are_and_several_are_joined(values: GroupValues, text: str) -> None:
    assert group_text(values) == text


def test_a_connection_gives_the_text_of_each_of_its_groups() -> None:
    connection = a_connection(groups=(("web",), (), ("eu-1a", "eu-1b")))

    assert [connection.group_text(position) for position in range(3)] == ["web", "N/A", "eu-1a, eu-1b"]


def test_the_exact_groups_are_those_before_cleaning() -> None:
    exact = Exact("client_service:web\x1b", (("web\x1b",),))
    cleaned = a_connection("client_service:web␛", (("web␛",),), unclean=exact)
    plain = a_connection("client_service:web", (("web",),))

    assert cleaned.exact == exact
    assert plain.exact == Exact("client_service:web", (("web",),))


@pytest.mark.parametrize(
    ("rows", "unreadable", "cut"), [(0, 0, False), (1, 0, False), (2, 0, True), (1, 1, True), (3, 0, True)]
)
def test_an_answer_as_long_as_the_limit_may_have_been_cut(rows: int, unreadable: int, cut: bool) -> None:
    connections = [a_connection(str(number)) for number in range(rows)]

    snapshot = a_snapshot(*connections, query=Query(limit=2), unreadable=unreadable)

    assert snapshot.cut is cut


def test_a_connection_is_found_by_its_id_and_a_repeated_id_means_the_first() -> None:
    snapshot = a_snapshot(a_connection("a"), a_connection("b"), a_connection("a"))

    assert snapshot.position_of == {"a": 0, "b": 1}


def test_answers_are_compared_by_identity_and_not_row_by_row() -> None:
    assert a_snapshot(a_connection()) != a_snapshot(a_connection())


def test_the_bytes_of_ends_without_any_name_are_counted_by_side() -> None:
    by_pod = Query(group_bys=("client_service", "client_pod_name", "server_service", "server_port"))
    rows = [
        a_connection("1", (("web",), (), ("store",), ("443",)), bytes_sent_by_client=100),
        a_connection("2", (("N/A",), (), ("store",), ()), bytes_sent_by_client=200, bytes_sent_by_server=100),
        a_connection("3", (("web",), ("web-1",), ("",), ("443",)), bytes_sent_by_client=600),
    ]

    shares = a_snapshot(*rows, query=by_pod).unresolved_shares

    assert shares == {Side.CLIENT: 0.3, Side.SERVER: 0.6}


def test_no_share_is_unresolved_where_all_ends_have_names_or_nothing_was_sent() -> None:
    assert a_snapshot(a_connection(bytes_sent_by_client=5)).unresolved_shares == {}
    assert a_snapshot(a_connection(groups=((), ()), bytes_sent_by_client=None)).unresolved_shares == {}
    assert a_snapshot().unresolved_shares == {}


_TEXTS = st.text(max_size=3)
_GROUPS = st.tuples(*[st.lists(_TEXTS, max_size=2).map(tuple)] * 2)
_FIGURES = st.none() | st.integers(0, 9) | st.floats(0, 1)
_CONNECTIONS = st.builds(
    lambda id, groups, resets, raw, unclean: a_connection(id, groups, raw=raw, unclean=unclean, tcp_resets=resets),
    _TEXTS,
    _GROUPS,
    _FIGURES,
    st.binary(max_size=3),
    st.none() | st.builds(Exact, _TEXTS, _GROUPS),
)
_LISTS = st.lists(_CONNECTIONS, max_size=6)


@given(_LISTS)
def test_what_is_kept_by_columns_is_what_was_given(given: list[Connection]) -> None:
    connections = Connections.of(given)

    assert list(connections) == given
    assert [connections[position] for position in range(-len(given), len(given))] == [*given, *given]
    assert list(reversed(connections)) == given[::-1]
    assert list(connections[1:-1]) == given[1:-1]
    assert bool(connections) is bool(given)


@given(_LISTS)
def test_columns_hold_what_the_endpoint_sent_where_it_was_cleaned(given: list[Connection]) -> None:
    connections = Connections.of(given)

    assert list(connections.exact_ids) == [one.exact.id for one in given]
    assert list(zip(*connections.exact_groups, strict=True)) == [one.exact.groups for one in given]
    assert [connections.counters_at(position) for position in range(len(given))] == [one.counters for one in given]


@given(st.lists(_LISTS, max_size=4))
def test_parts_are_joined_in_their_order(parts: list[list[Connection]]) -> None:
    assert list(Connections.joined(map(Connections.of, parts))) == [one for part in parts for one in part]


@given(_LISTS, _LISTS)
def test_what_was_gathered_is_counted(first: list[Connection], then: list[Connection]) -> None:
    gathering = Gathering()
    gathering.add(Connections.of(first))
    gathering.add(Connections.of(then))

    assert len(gathering) == len(first) + len(then)


@given(_LISTS)
def test_a_forgotten_reply_takes_nothing_else_along(given: list[Connection]) -> None:
    kept = Connections.of(given).without_reply()

    assert list(kept) == [one._replace(raw=b"{}") for one in given]


@given(_LISTS, _LISTS, st.data())
def test_those_that_are_gone_stand_behind_without_figures(
    here: list[Connection], others: list[Connection], data: st.DataObject
) -> None:
    positions = data.draw(st.lists(st.sampled_from(range(len(others))))) if others else []

    joined = Connections.of(here).and_gone(Connections.of(others), positions)

    assert list(joined) == [*here, *(others[position]._replace(counters=(None,) * 17) for position in positions)]
