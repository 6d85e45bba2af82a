"""Test the facets, which list for each group-by the values with the most traffic in the displayed rows."""

from hypothesis import given
from hypothesis import strategies as st

from cnm_tui.core.connections import Connection
from cnm_tui.core.endpoint import CONNECTIONS
from cnm_tui.core.filter.row_filter import parsed_filter
from cnm_tui.core.table.facets import MOST_VALUES, Facet, FacetValue, facets
from cnm_tui.core.table.table import Arrangement, arrange
from cnm_tui.tui.widgets.facet_lines import facet_lines
from tests.builders import a_connection, a_snapshot


def of_size(id: str, client: tuple[str, ...], server: tuple[str, ...], size: int) -> Connection:
    return a_connection(id, (client, server), bytes_sent_by_client=size)


THREE = a_snapshot(
    of_size("1", ("web",), ("store",), 60),
    of_size("2", ("web",), ("cart",), 10),
    of_size("3", ("mail", "web"), ("store",), 30),
)


def test_the_values_of_each_group_by_come_with_their_rows_and_their_share_of_the_bytes() -> None:
    client, server = facets(arrange(THREE, Arrangement()))

    assert [(value.text, value.rows, value.share) for value in client.values] == [
        ("web", 2, 0.7),
        ("mail, web", 1, 0.3),
    ]
    assert [(value.text, value.rows, value.share) for value in server.values] == [("store", 2, 0.9), ("cart", 1, 0.1)]
    assert (client.field, client.number, server.number) == ("client_service", 2, 2)


def test_the_condition_of_a_value_finds_just_its_rows() -> None:
    for facet in facets(arrange(THREE, Arrangement())):
        for value in facet.values:
            narrowed = arrange(THREE, Arrangement(row_filter=parsed_filter(value.condition, CONNECTIONS)))

            assert len(narrowed) == value.rows


def test_the_facets_of_filtered_rows_count_only_these() -> None:
    client, _ = facets(arrange(THREE, Arrangement(row_filter=parsed_filter("server_service=cart", CONNECTIONS))))

    assert [(value.text, value.rows, value.share) for value in client.values] == [("web", 1, 1.0)]


def test_rows_without_bytes_have_no_share() -> None:
    client, _ = facets(arrange(a_snapshot(a_connection("1")), Arrangement()))

    assert [value.share for value in client.values] == [0]


def test_of_many_values_the_largest_are_there_and_all_are_counted() -> None:
    many = a_snapshot(*(of_size(f"{at}", (f"pod-{at}",), ("store",), at) for at in range(100)))

    client, _ = facets(arrange(many, Arrangement()))

    assert client.number == 100
    assert [value.text for value in client.values] == [f"pod-{at}" for at in range(99, 99 - MOST_VALUES, -1)]


def a_facet(field: str, number: int) -> Facet:
    values = tuple(FacetValue(f"{field}-{at}", f"{field}=v", 1, 0.1) for at in range(min(number, MOST_VALUES)))
    return Facet(field, field, values, number)


@given(
    st.lists(st.integers(0, 60), min_size=1, max_size=10),
    st.integers(0, 60),
    st.sets(st.integers(0, 9)),
)
def test_every_field_keeps_its_line_and_what_is_not_listed_is_counted(
    numbers: list[int], height: int, hidden: set[int]
) -> None:
    every = [a_facet(f"field{at}", number) for at, number in enumerate(numbers)]
    folded = {f"field{at}" for at in hidden}

    lines = facet_lines(every, height, folded)

    assert [line.facet for line in lines if line.value is None and not line.more] == every
    assert len(lines) <= max(height, len(every))
    for facet in every:
        values = [line for line in lines if line.facet is facet and line.value is not None]
        more = [line.more for line in lines if line.facet is facet and line.more]
        if facet.field in folded:
            assert not values
            assert not more
        elif values or more:
            assert len(values) + sum(more) == facet.number


def test_what_a_short_facet_leaves_goes_to_a_long_one() -> None:
    lines = facet_lines([a_facet("short", 2), a_facet("long", 50)], 12, ())

    assert [line.value.text for line in lines if line.value] == [
        "short-0",
        "short-1",
        *(f"long-{at}" for at in range(7)),
    ]
    assert lines[-1].more == 43
