"""Test the drill-down into chosen rows of an answer: the search of its query must match exactly these rows."""

import re
from collections.abc import Mapping, Sequence
from dataclasses import replace

import pytest
from hypothesis import given
from hypothesis import strategies as st

from cnm_tui.core.compare.comparison import compared
from cnm_tui.core.connections import Connection, Exact, GroupValues
from cnm_tui.core.errors import InvalidQuery
from cnm_tui.core.navigation.drilling import (
    LONGEST_DRILL,
    drilled,
    fixed_fields,
    is_nameless,
    naming,
    narrowed,
    remark,
    remark_of,
    unresolved_fields,
    unresolved_sentence,
)
from cnm_tui.core.query import LONGEST_SEARCH, Query
from cnm_tui.core.search.reader import narrowed_by, read
from cnm_tui.core.search.tree import AllOf, AnyOf, Expression, Not, Term, Wildcard
from cnm_tui.core.snapshot import Snapshot
from cnm_tui.core.text import clean
from tests.builders import a_connection, a_snapshot

BY_POD = ("client_pod_name", "server_service")


def row(client: str, server: str) -> Connection:
    return a_connection(groups=((client,), (server,)))


def answer(*pairs: str, query: Query | None = None) -> Snapshot:
    """Return an answer with one row for each text of the form `client>server`."""
    return a_snapshot(*(row(*pair.split(">")) for pair in pairs), query=query)


def search_of(shown: Snapshot, *positions: int) -> str:
    """Return the search of the query that drills down into the rows at these positions of the answer."""
    return drilled(shown, [shown.connections[position] for position in positions], BY_POD).search


def test_the_values_of_a_row_are_added_to_what_was_asked_and_the_fields_change() -> None:
    asked = Query(search="server_env:prod", limit=50)
    shown = answer("mail relay>store", query=asked)

    query = drilled(shown, shown.connections, BY_POD)

    search = 'server_env:prod AND client_service:"mail relay" AND server_service:store'
    assert query == replace(asked, search=search, group_bys=BY_POD)


def test_values_that_are_asked_for_already_are_not_added_again() -> None:
    shown = answer("web>store", query=Query(search="server_service:store"))

    assert search_of(shown, 0) == "server_service:store AND client_service:web"


def test_tags_become_terms_as_a_search_would_drop_them() -> None:
    shown = answer("web>store", query=Query(tags=("env:prod",)))

    query = drilled(shown, shown.connections, BY_POD)

    assert (query.search, query.tags) == ("env:prod AND client_service:web AND server_service:store", ())


def test_of_several_values_of_one_field_a_connection_has_all() -> None:
    shown = a_snapshot(a_connection(groups=(("web", "api"), ("store",))))

    assert search_of(shown, 0) == "client_service:web AND client_service:api AND server_service:store"


@pytest.mark.parametrize(
    ("sent", "asked"),
    [
        ("a\ufe0fb", "client_service:a?b"),
        ("web\napi", "client_service:web?api"),
        ("a\u200db", "client_service:a?b"),
        ("\u200b", "client_service:?"),
        ("- *\x1b?", "client_service:\\-\\ \\*?\\?"),
    ],
)
def test_a_character_that_cannot_be_seen_is_asked_by_a_sign_for_any_and_that_is_said(sent: str, asked: str) -> None:
    shown = a_snapshot(a_connection(groups=((clean(sent),), ("store",)), unclean=Exact("1", ((sent,), ("store",)))))

    search = search_of(shown, 0)

    assert search == f"{asked} AND server_service:store"
    term = read(asked).expression
    assert isinstance(term, Term)
    found_by = "".join("." if isinstance(part, Wildcard) else re.escape(part) for part in term.pattern.parts)
    assert re.fullmatch(found_by, sent, re.DOTALL)
    assert "finds any other" in remark(shown, shown.connections)


def test_fields_without_a_value_in_any_of_the_rows_are_unresolved() -> None:
    shown = answer("web>N/A", "N/A>N/A")

    assert unresolved_fields(shown, shown.connections) == {"server_service"}


def test_an_unresolved_end_is_asked_for_where_it_divides_the_rows() -> None:
    shown = answer("web>N/A", "web>store")

    assert search_of(shown, 0) == "client_service:web AND (NOT server_service:* OR server_service:N/A)"


def test_an_unresolved_end_that_all_rows_share_is_not_asked_for() -> None:
    assert search_of(answer("web>N/A", "mail>N/A"), 0) == "client_service:web"


def test_an_unresolved_end_is_asked_for_where_rows_may_be_missing() -> None:
    shown = answer("web>N/A", query=Query(limit=1))

    assert "NOT server_service:*" in search_of(shown, 0)


@pytest.mark.parametrize(
    ("positions", "search"),
    [
        ((0, 1), "client_service:a AND (server_service:x OR server_service:y)"),
        (
            (0, 1, 2, 3),
            "(client_service:a OR client_service:b) AND (server_service:x OR server_service:y)",
        ),
        (
            (0, 4),
            "(client_service:a AND server_service:x) OR (client_service:c AND server_service:z)",
        ),
        (
            (0, 1, 2),
            "(client_service:a AND (server_service:x OR server_service:y)) OR (client_service:b AND server_service:x)",
        ),
    ],
)
def test_of_several_rows_what_they_share_is_said_once(positions: Sequence[int], search: str) -> None:
    assert search_of(answer("a>x", "a>y", "b>x", "b>y", "c>z"), *positions) == search


def test_several_rows_beside_a_search_of_alternatives_stay_apart_from_it() -> None:
    shown = answer("a>x", "b>x", query=Query(search="m OR n"))

    assert search_of(shown, 0, 1) == ("(m OR n) AND server_service:x AND (client_service:a OR client_service:b)")


def test_so_many_rows_that_the_search_becomes_too_long_are_refused_with_their_number() -> None:
    shown = answer(*(f"client-{number:04}>server-{number:04}" for number in range(100)))

    with pytest.raises(InvalidQuery, match="100 rows make a search of") as refusal:
        drilled(shown, shown.connections, BY_POD)

    assert f"{LONGEST_DRILL:,}" in str(refusal.value)


VALUES = st.sampled_from(["a", "b", "c d", "N/A", "*", "AND", "-x"])
PAIRS = st.lists(st.tuples(VALUES, VALUES), min_size=1, max_size=12, unique=True)


@given(PAIRS, st.data())
def test_of_all_rows_the_search_means_those_that_were_chosen(pairs: list[tuple[str, str]], data: st.DataObject) -> None:
    shown = a_snapshot(*(row(*pair) for pair in pairs))
    chosen = data.draw(st.lists(st.sampled_from(shown.connections), min_size=1, unique=True))

    expression = read(drilled(shown, chosen, BY_POD).search).expression

    meant = {
        connection.groups for connection in shown.connections if expression is None or holds(expression, connection)
    }
    assert meant == {connection.groups for connection in chosen}


@given(PAIRS)
def test_whatever_the_values_the_search_can_be_read_and_names_their_fields(pairs: list[tuple[str, str]]) -> None:
    shown = a_snapshot(*(row(*pair) for pair in pairs))

    search = drilled(shown, shown.connections, BY_POD).search

    assert not read(search).problems
    assert set(re.findall(r"\w+_service", search)) <= {"client_service", "server_service"}


def holds(expression: Expression, connection: Connection) -> bool:
    """Return True if the search expression matches the connection by the documented rules of the search language.

    An unresolved client or server has no tag value.
    """
    values: Mapping[str, GroupValues] = dict(zip(("client_service", "server_service"), connection.groups, strict=True))
    match expression:
        case Term(str(field), pattern):
            resolved = [value for value in values[field] if value != "N/A"]
            if any(isinstance(part, Wildcard) for part in pattern.parts):
                return bool(resolved)
            return "".join(map(str, pattern.parts)) in values[field]
        case Not(inner):
            return not holds(inner, connection)
        case AllOf(inners):
            return all(holds(each, connection) for each in inners)
        case AnyOf(inners):
            return any(holds(each, connection) for each in inners)
    raise AssertionError(expression)


def test_fields_are_fixed_by_one_value_that_all_must_have() -> None:
    search = "client_service:web AND server_service:a* AND (server_env:a OR server_env:b) AND NOT server_host:x AND y"

    assert fixed_fields(Query(search=search)) == {"client_service"}
    assert fixed_fields(Query(tags=("client_env:prod",))) == {"client_env"}


@pytest.mark.parametrize(
    ("pair", "column", "group_bys"),
    [
        ("web>N/A", "client_service", ("server_ip", "server_domain", "server_port", "server_gateway_id")),
        ("N/A>web", "server_service", ("client_ip", "server_port", "gateway_id")),
        ("N/A>N/A", "total_bytes", ("server_ip", "server_domain", "server_port", "server_gateway_id")),
        ("N/A>N/A", "client_service", ("client_ip", "server_port", "gateway_id")),
    ],
)
def test_an_unresolved_end_is_named_by_what_needs_no_tag(pair: str, column: str, group_bys: tuple[str, ...]) -> None:
    shown = answer(pair)

    query = naming(shown, shown.connections[0], column)

    assert query.group_bys == group_bys


def test_to_name_an_end_the_other_end_and_the_missing_name_are_searched_for() -> None:
    shown = answer("web>N/A", query=Query(search="client_env:prod"))

    search = naming(shown, shown.connections[0], None).search

    assert search == ("client_env:prod AND client_service:web AND (NOT server_service:* OR server_service:N/A)")


def test_an_end_with_one_name_of_two_needs_none() -> None:
    asked = Query(group_bys=("client_service", "client_pod_name"))
    shown = a_snapshot(a_connection(groups=(("web",), ("N/A",))), query=asked)

    with pytest.raises(InvalidQuery, match="have names"):
        naming(shown, shown.connections[0], None)


def test_nameless_is_the_end_of_one_row_that_none_of_its_fields_names() -> None:
    shown = answer("web>N/A", "web>store", query=Query(group_bys=("client_service", "server_service")))
    unknown, known = shown.connections

    assert is_nameless(shown, [unknown], "server_service")
    assert not is_nameless(shown, [unknown], "client_service")
    assert not is_nameless(shown, [known], "server_service")
    assert not is_nameless(shown, [unknown, unknown], "server_service")


def test_the_flow_between_two_ends_is_none_of_them() -> None:
    asked = Query(group_bys=("client_service", "gateway_id"))
    shown = a_snapshot(a_connection(groups=(("web",), ())), query=asked)

    assert not is_nameless(shown, shown.connections, "gateway_id")


def test_what_relies_on_a_guess_or_is_left_out_is_remarked() -> None:
    shown = answer("web>N/A", "web>store")

    assert remark(shown, shown.connections[1:]) == ""
    assert "server_service:*" in remark(shown, shown.connections[:1])
    assert remark(shown, shown.connections[:1], "Left out: 2.") == "Left out: 2."
    assert remark(answer("web>N/A"), shown.connections[:1]) == ""


def test_of_rows_that_are_gone_it_is_said_where_they_are_to_be_found() -> None:
    both = compared(answer("web>store"), answer("web>store", "old>store"))

    assert "not in this one; t takes another" in remark(both, both.connections[1:])
    assert remark(both, both.connections) == ""


def test_a_port_is_no_name() -> None:
    asked = Query(group_bys=("client_service", "server_service", "server_port"))
    shown = a_snapshot(a_connection(groups=(("web",), (), ("8443",))), query=asked)

    query = naming(shown, shown.connections[0], None)

    assert query.search == "client_service:web AND NOT server_service:* AND server_port:8443"


def search_after(search: str, values: GroupValues, *, excluded: bool = False) -> str:
    """Return the search after it was narrowed to connections with these values of `client_service`.

    If `excluded` is True, connections with these values are excluded instead.
    """
    return narrowed(Query(search=search), "client_service", values, excluded=excluded).search


@pytest.mark.parametrize(
    ("search", "values", "added", "excluded"),
    [
        ("", ("web",), "client_service:web", "NOT client_service:web"),
        ("a:b", ("web",), "a:b AND client_service:web", "a:b AND NOT client_service:web"),
        ("a OR b", ("web",), "(a OR b) AND client_service:web", "(a OR b) AND NOT client_service:web"),
        ("", ('a "b":*',), 'client_service:"a \\"b\\":*"', 'NOT client_service:"a \\"b\\":*"'),
    ],
)
def test_a_value_is_added_or_excluded_quoted_and_beside_what_is_searched_for(
    search: str, values: GroupValues, added: str, excluded: str
) -> None:
    assert (search_after(search, values), search_after(search, values, excluded=True)) == (added, excluded)


def test_of_several_values_a_connection_has_all_and_is_excluded_only_with_all() -> None:
    both = ("web", "web api")

    assert search_after("x", both) == 'x AND client_service:web AND client_service:"web api"'
    assert search_after("x", both, excluded=True) == 'x AND NOT (client_service:web AND client_service:"web api")'


@pytest.mark.parametrize(
    ("values", "added", "excluded"),
    [
        ((), "NOT client_service:*", "client_service:*"),
        (("",), "NOT client_service:*", "client_service:*"),
        (
            ("N/A",),
            "NOT client_service:* OR client_service:N/A",
            "client_service:* AND NOT client_service:N/A",
        ),
        (("NA",), "NOT client_service:* OR client_service:NA", "client_service:* AND NOT client_service:NA"),
    ],
)
def test_an_unresolved_end_is_asked_as_no_value_or_as_the_word_that_was_sent(
    values: GroupValues, added: str, excluded: str
) -> None:
    assert (search_after("", values), search_after("", values, excluded=True)) == (added, excluded)
    assert search_after("x", ("N/A",)) == "x AND (NOT client_service:* OR client_service:N/A)"


def test_among_values_one_that_says_unresolved_does_not_count() -> None:
    assert search_after("", ("N/A", "web")) == "client_service:web"


def test_what_is_said_of_unresolved_ends_names_what_is_relied_on() -> None:
    assert "client_service:*" in unresolved_sentence("client_service")


def test_tags_become_terms_when_a_question_is_narrowed() -> None:
    query = narrowed(Query(tags=("env:prod", "a:b:c", "web store")), "client_service", ("web",), excluded=False)

    assert query.search == 'env:prod AND a:"b:c" AND "web store" AND client_service:web'
    assert query.tags == ()


def test_a_search_that_becomes_too_long_is_refused() -> None:
    with pytest.raises(InvalidQuery):
        search_after("", ("x" * LONGEST_SEARCH,))


def test_a_character_that_cannot_be_seen_is_asked_and_excluded_by_a_sign_for_any() -> None:
    values = ("web\napi", "a\u200db")

    assert search_after("", values) == "client_service:web?api AND client_service:a?b"
    assert search_after("", values, excluded=True) == "NOT (client_service:web?api AND client_service:a?b)"
    assert "finds any other" in remark_of("client_service", values)
    assert remark_of("client_service", ("web?api",)) == ""


def test_a_search_that_says_so_already_stays_as_it_is() -> None:
    assert narrowed_by("b AND x AND a", "a AND b") == "b AND x AND a"


ANY_VALUES = st.lists(st.sampled_from(["web", "N/A", "", "a b", "AND", "-", "*", "x(y"]), max_size=3).map(tuple)


@given(st.sampled_from(["", "x", "x OR y", "NOT (x y)", "(x", 'a:"b']), ANY_VALUES, st.booleans())
def test_narrowing_twice_is_narrowing_once_and_only_ever_adds(search: str, values: GroupValues, excluded: bool) -> None:
    before = read(search).expression
    once = search_after(search, values, excluded=excluded)

    assert search_after(once, values, excluded=excluded) == once
    after = read(once).expression
    assert before is None or (isinstance(after, AllOf) and set(_parts(before)) <= set(after.inner))
    assert not read(once).problems


def _parts(expression: object) -> tuple[object, ...]:
    return expression.inner if isinstance(expression, AllOf) else (expression,)


@given(ANY_VALUES)
def test_what_is_excluded_is_the_opposite_of_what_is_added(values: GroupValues) -> None:
    added, excluded = (
        read(search_after("", values)).expression,
        read(search_after("", values, excluded=True)).expression,
    )
    assert added is not None
    assert excluded is not None

    named = any(value not in ("", "N/A") for value in values)

    assert (excluded == Not(added)) if named else (added != excluded)
