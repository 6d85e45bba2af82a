"""Test that a query cannot be created if the API would refuse it or understand it differently."""

from dataclasses import replace

import pytest

from cnm_tui.core.errors import InvalidQuery
from cnm_tui.core.query import DEFAULT_GROUP_BYS, LONGEST_SEARCH, Query, parsed_limit, parsed_tags
from cnm_tui.core.time.time_range import last


def test_the_default_query_asks_for_services_over_fifteen_minutes() -> None:
    query = Query()

    assert query.group_bys == DEFAULT_GROUP_BYS == ("client_service", "server_service")
    assert query.time_range == last(900)
    assert (query.search, query.tags, query.limit) == ("", (), 1_000)


@pytest.mark.parametrize("limit", [1, 100, 7_500])
def test_limits_of_the_endpoint_are_accepted(limit: int) -> None:
    assert Query(limit=limit).limit == limit


@pytest.mark.parametrize(("limit", "shown"), [(0, "0"), (-1, "-1"), (7_501, "7,501"), (10**9, "1,000,000,000")])
def test_a_limit_out_of_bounds_is_refused_with_the_bounds(limit: int, shown: str) -> None:
    with pytest.raises(InvalidQuery, match=f"The limit is {shown}; the endpoint takes 1 to 7,500") as refused:
        Query(limit=limit)

    assert "--" not in refused.value.hint
    assert "1000" in refused.value.hint


def test_a_search_excludes_tags_which_the_endpoint_would_drop() -> None:
    with pytest.raises(InvalidQuery, match="the endpoint would drop the tags") as refused:
        Query(search="service:web", tags=("env:prod",))

    assert "Put the tags into the search" in refused.value.hint


def test_a_search_of_nothing_but_spaces_is_none() -> None:
    query = Query(search="   ", tags=("env:prod",))

    assert query.search == ""


@pytest.mark.parametrize(
    "search", ["a\nb", "a\tb", "a\x00", "\x1b[0m", "a\u202eb", "\ud800", "\U000e0100", "a\u3164", "a" + "\u0301" * 3]
)
def test_a_search_with_control_characters_is_refused_without_repeating_it(search: str) -> None:
    with pytest.raises(InvalidQuery, match="cannot be seen") as refused:
        Query(search=search)

    assert refused.value.sentence.isprintable()
    assert "one line" in refused.value.hint


def test_a_search_as_long_as_a_request_line_bears_is_accepted_and_a_longer_one_refused() -> None:
    assert len(Query(search="x" * LONGEST_SEARCH).search) == LONGEST_SEARCH

    with pytest.raises(InvalidQuery, match="8,001 characters; at most 8,000"):
        Query(search="x" * (LONGEST_SEARCH + 1))


@pytest.mark.parametrize("search", ["(a AND", '"open', "client_service:", "port:>5", "müller 東京"])
def test_a_search_that_looks_wrong_is_left_to_the_service(search: str) -> None:
    assert Query(search=search).search == search


@pytest.mark.parametrize("tags", [("",), ("env:prod", ""), ("a,b",), ("a\x1b",), ("a\ufe0f",)])
def test_a_tag_that_cannot_be_sent_is_refused(tags: tuple[str, ...]) -> None:
    with pytest.raises(InvalidQuery, match="A tag is empty or holds") as refused:
        Query(tags=tags)

    assert "--tags env:prod,team:web" in refused.value.hint


def test_group_bys_are_checked_and_stripped() -> None:
    assert Query(group_bys=(" client_team ",)).group_bys == ("client_team",)

    with pytest.raises(InvalidQuery, match="twice"):
        Query(group_bys=("client_team", "client_team "))


def test_a_changed_query_is_checked_again() -> None:
    with pytest.raises(InvalidQuery, match="The limit is 0"):
        replace(Query(), limit=0)


@pytest.mark.parametrize(
    ("text", "limit"), [("1000", 1_000), ("1,000", 1_000), ("7_500", 7_500), (" 1K ", 1_000), ("7k", 7_000), ("1", 1)]
)
def test_a_limit_is_read_as_people_write_it(text: str, limit: int) -> None:
    assert parsed_limit(text) == limit


@pytest.mark.parametrize("text", ["", "k", "many", "1.5k", "--5", "٣", "²", "1e3", "9" * 5_000])
def test_a_limit_that_is_no_number_is_refused_with_the_bounds(text: str) -> None:
    with pytest.raises(InvalidQuery, match="not a whole number") as refused:
        parsed_limit(text)

    assert "1 to 7,500" in refused.value.hint


@pytest.mark.parametrize("text", ["0", "7501", "8k", "999999999"])
def test_a_typed_limit_has_the_same_bounds(text: str) -> None:
    with pytest.raises(InvalidQuery, match="the endpoint takes 1 to 7,500"):
        parsed_limit(text)


@pytest.mark.parametrize(
    ("text", "tags"),
    [("", ()), ("  ", ()), ("env:prod", ("env:prod",)), (" env:prod , team:web", ("env:prod", "team:web"))],
)
def test_tags_are_separated_by_commas(text: str, tags: tuple[str, ...]) -> None:
    assert parsed_tags(text) == tags


def test_a_doubled_comma_between_tags_is_refused_by_the_query() -> None:
    with pytest.raises(InvalidQuery, match="A tag is empty"):
        Query(tags=parsed_tags("env:prod,,team:web"))


def test_a_negative_limit_is_a_number_and_out_of_bounds() -> None:
    with pytest.raises(InvalidQuery, match="The limit is -5; the endpoint takes 1 to 7,500"):
        parsed_limit("-5")
