"""Test that search text generated from values and syntax trees is parsed back to the same values and trees."""

import pytest
from hypothesis import given
from hypothesis import strategies as st

from cnm_tui.core.search.reader import read
from cnm_tui.core.search.tree import (
    ANY_CHARACTER,
    ANY_TEXT,
    AllOf,
    AnyOf,
    Expression,
    InNetworks,
    Not,
    Pattern,
    Term,
    Wildcard,
    printed,
    quoted,
    term,
)


@pytest.mark.parametrize("value", ["web", "web-store", "10.0.0.1", "i-0abc", "a/b", "me@here", "eu_west_1a", "müller"])
def test_a_plain_value_stands_bare(value: str) -> None:
    assert quoted(value) == value


@pytest.mark.parametrize(
    ("value", "text"),
    [
        ("", '""'),
        ("web store", '"web store"'),
        ("a:b", '"a:b"'),
        ("web*", '"web*"'),
        ("w?b", '"w?b"'),
        ("(a)", '"(a)"'),
        ("-web", '"-web"'),
        ("AND", '"AND"'),
        ("or", '"or"'),
        ("NOT", '"NOT"'),
        ('say "hi"', r'"say \"hi\""'),
        ("C:\\", r'"C:\\"'),
        ("a,b", '"a,b"'),
        (">5", '">5"'),
        ("2001:db8::1", '"2001:db8::1"'),
    ],
)
def test_a_value_with_meaning_in_the_language_is_quoted(value: str, text: str) -> None:
    assert quoted(value) == text


@given(st.text(st.characters()))
def test_a_quoted_value_means_exactly_itself(value: str) -> None:
    with_field, alone = read(f"service:{quoted(value)}"), read(quoted(value))

    literal = Pattern((value,) if value else ())
    assert with_field.expression == Term("service", literal)
    assert alone.expression == Term(None, literal)
    assert with_field.problems == alone.problems == ()


@given(st.text(st.characters(), min_size=1), st.text(st.characters()))
def test_a_term_means_exactly_its_field_and_value(field: str, value: str) -> None:
    reading = read(term(field, value))

    assert reading.expression == Term(field, Pattern((value,) if value else ()))
    assert all(problem.doubt for problem in reading.problems)


@pytest.mark.parametrize(
    "canonical",
    [
        "service:web",
        "service:web* AND NOT env:prod",
        "(a OR b) AND c",
        "a AND b OR NOT c",
        "NOT (a OR b) AND NOT (c AND d)",
        r"service:\-a\ b*",
        r"\-a*",
        'service:"a b"',
        "CIDR(network.client.ip, 10.0.0.0/8, 2001:db8::/32)",
        "NOT CIDR(network.server.ip, 10.0.0.0/8)",
    ],
)
def test_canonical_text_is_printed_as_it_was_read(canonical: str) -> None:
    expression = read(canonical).expression

    assert expression is not None
    assert printed(expression) == canonical


PARTS = st.lists(st.text(st.characters(), min_size=1) | st.sampled_from([ANY_TEXT, ANY_CHARACTER]), max_size=5)


def a_pattern(parts: list[str | Wildcard]) -> Pattern:
    """Return a search pattern in the form that the parser produces: never two texts or two `*` next to each other."""
    kept: list[str | Wildcard] = []
    for part in parts:
        before = kept[-1] if kept else None
        if part != ANY_TEXT or before != ANY_TEXT:
            if isinstance(part, str) and isinstance(before, str):
                kept[-1] = before + part
            else:
                kept.append(part)
    return Pattern(tuple(kept))


def a_joint(kind: type[AllOf] | type[AnyOf], inner: list[Expression]) -> Expression:
    return kind(tuple(each for one in inner for each in (one.inner if isinstance(one, kind) else (one,))))


TERMS: st.SearchStrategy[Expression] = st.builds(
    Term, st.none() | st.text(st.characters(), min_size=1), PARTS.map(a_pattern)
)
NETWORKS: st.SearchStrategy[Expression] = st.builds(
    InNetworks,
    st.sampled_from(["network.client.ip", "network.server.ip"]),
    st.lists(st.ip_addresses(network="10.0.0.0/8") | st.ip_addresses(v=6), min_size=1, max_size=3, unique=True).map(
        lambda addresses: tuple(f"{address}/{address.max_prefixlen}" for address in addresses)
    ),
)


def joints_and_negations(inner: st.SearchStrategy[Expression]) -> st.SearchStrategy[Expression]:
    several = st.lists(inner, min_size=2, max_size=4)
    return (
        several.map(lambda found: a_joint(AllOf, found))
        | several.map(lambda found: a_joint(AnyOf, found))
        | inner.map(lambda one: one.inner if isinstance(one, Not) else Not(one))
    )


TREES = st.recursive(TERMS | NETWORKS, joints_and_negations, max_leaves=20)


@given(TREES)
def test_a_printed_tree_is_read_as_the_same_tree(tree: Expression) -> None:
    reading = read(printed(tree))

    assert reading.expression == tree
    assert all(problem.doubt for problem in reading.problems)
