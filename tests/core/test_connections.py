"""Connections by columns: they are the same as one by one, whatever is joined, cleaned or gone."""

from hypothesis import given
from hypothesis import strategies as st

from cnm_tui.core.snapshot import ABSENT, Connection, Connections, Exact, Gathering
from tests.builders import a_connection

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

    assert list(joined) == [*here, *(others[position]._replace(counters=ABSENT) for position in positions)]
