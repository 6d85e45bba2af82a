"""Test that the parser of the search language accepts any text, and that a term can be added to any search."""

import pytest
from hypothesis import given
from hypothesis import strategies as st

from cnm_tui.core.search.reader import read, with_term
from cnm_tui.core.search.tree import printed


@pytest.mark.parametrize(
    "unit",
    ["(", ")", "-", "NOT ", "(a OR ", "a:(", '"', "\\", "*", ":", ",", "CIDR(", "a:[", "a:[ TO ", "AND ", "a ", "\x00"],
)
def test_thousands_of_anything_are_read(unit: str) -> None:
    text = unit * (9_000 // len(unit))

    expression = read(text).expression

    assert expression is None or read(printed(expression)).expression == expression


WORDS = st.sampled_from(
    [*'ab:()"\\*?-,[]> \t', "AND ", "OR ", "NOT ", "CIDR(", "network.client.ip", "10.0.0.0/8", "::1", "and ", " TO "]
)
TEXTS = st.text(st.characters()) | st.lists(WORDS | st.characters(), max_size=30).map("".join)


@given(TEXTS)
def test_tokens_of_any_text_cover_it_in_order_without_overlaps(text: str) -> None:
    reading = read(text)

    at = 0
    for token in reading.tokens:
        assert token.end > token.start >= at
        assert not text[at : token.start].strip()
        at = token.end
    assert not text[at:].strip()


@given(TEXTS)
def test_any_text_that_asks_something_has_a_tree_or_a_problem_within_it(text: str) -> None:
    reading = read(text)

    assert reading.expression is not None or reading.problems or not text.strip()
    assert all(0 <= problem.start <= problem.end <= len(text) for problem in reading.problems)
    assert all(problem.sentence.endswith(".") for problem in reading.problems)


@given(TEXTS)
def test_what_was_read_is_read_again_from_its_canonical_text(text: str) -> None:
    expression = read(text).expression

    if expression is not None:
        again = read(printed(expression))
        assert again.expression == expression
        assert all(problem.doubt for problem in again.problems)


@pytest.mark.parametrize(
    ("search", "narrowed"),
    [
        ("", "service:web"),
        ("   ", "service:web"),
        ("env:prod", "env:prod AND service:web"),
        ("env:prod team:a", "env:prod team:a AND service:web"),
        ("env:prod OR env:test", "(env:prod OR env:test) AND service:web"),
        ("service:web", "service:web"),
        ('service:"web" AND env:prod', 'service:"web" AND env:prod'),
        ("NOT service:web", "NOT service:web AND service:web"),
        ("service:web OR a", "(service:web OR a) AND service:web"),
        ("port:>1024", "port:>1024 AND service:web"),
    ],
)
def test_a_term_is_added_once_and_to_the_whole_search(search: str, narrowed: str) -> None:
    assert with_term(search, "service", "web") == narrowed


def test_a_search_too_deep_to_be_read_is_kept_whole() -> None:
    deep = "(" * 41 + "a" + ")" * 41

    assert with_term(f"b {deep}", "service", "web") == f"b {deep} AND service:web"


@pytest.mark.parametrize("search", ["(a", '"a', "a AND", "a AND (", "a\\", "a NOT", "a)", "a service:"])
def test_a_half_typed_search_does_not_swallow_the_added_term(search: str) -> None:
    assert with_term(search, "service", "web") == "a AND service:web"


@given(TEXTS, st.text(st.characters(), min_size=1), st.text(st.characters()))
def test_adding_the_same_term_again_changes_nothing(search: str, field: str, value: str) -> None:
    once = with_term(search, field, value)

    assert with_term(once, field, value) == once
