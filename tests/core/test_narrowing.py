"""A search narrowed by a row means that row's values, or all but those, whatever stood in it before."""

import pytest
from hypothesis import given
from hypothesis import strategies as st

from cnm_tui.core.errors import InvalidQuery
from cnm_tui.core.navigation.narrowing import narrowed, remark_of, unresolved_sentence
from cnm_tui.core.query import LONGEST_SEARCH, Query
from cnm_tui.core.search.reader import narrowed_by, read
from cnm_tui.core.search.tree import AllOf, Not
from cnm_tui.core.snapshot import GroupValues


def search_after(search: str, values: GroupValues, *, excluded: bool = False) -> str:
    """The search narrowed by these values of `client_service`."""
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


def test_tags_become_terms_as_a_search_would_drop_them() -> None:
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


VALUES = st.lists(st.sampled_from(["web", "N/A", "", "a b", "AND", "-", "*", "x(y"]), max_size=3).map(tuple)


@given(st.sampled_from(["", "x", "x OR y", "NOT (x y)", "(x", 'a:"b']), VALUES, st.booleans())
def test_narrowing_twice_is_narrowing_once_and_only_ever_adds(search: str, values: GroupValues, excluded: bool) -> None:
    before = read(search).expression
    once = search_after(search, values, excluded=excluded)

    assert search_after(once, values, excluded=excluded) == once
    after = read(once).expression
    assert before is None or (isinstance(after, AllOf) and set(_parts(before)) <= set(after.inner))
    assert not read(once).problems


def _parts(expression: object) -> tuple[object, ...]:
    return expression.inner if isinstance(expression, AllOf) else (expression,)


@given(VALUES)
def test_what_is_excluded_is_the_opposite_of_what_is_added(values: GroupValues) -> None:
    added, excluded = (
        read(search_after("", values)).expression,
        read(search_after("", values, excluded=True)).expression,
    )
    assert added is not None
    assert excluded is not None

    named = any(value not in ("", "N/A") for value in values)

    assert (excluded == Not(added)) if named else (added != excluded)
