"""Answers: when they may be cut, what unresolved ends are called, where a connection stands."""

import pytest

from cnm_tui.core.fields.group_by import Side
from cnm_tui.core.query import Query
from cnm_tui.core.snapshot import Exact, GroupValues, group_text
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
