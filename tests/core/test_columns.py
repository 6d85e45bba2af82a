"""Test which columns of the table are shown. The columns that the user chose have limits on their widths.

Important columns must stay visible if there is little room.
"""

import pytest
from hypothesis import given
from hypothesis import strategies as st

from cnm_tui.core.endpoint import CONNECTIONS
from cnm_tui.core.table.columns import (
    NARROWEST_COLUMN,
    NARROWEST_GROUP,
    WIDEST_COLUMN,
    WIDEST_GROUP,
    columns_of,
    group_width,
    that_fit,
    with_hidden,
    with_widths,
    within_bounds,
)

GROUPS = {"client_service": 20, "server_service": 30}


def keys_of(*shown: str) -> list[str]:
    return [column.key for column in columns_of(CONNECTIONS, GROUPS, shown)]


def test_without_a_choice_all_metrics_stand_behind_the_group_bys_in_the_usual_order() -> None:
    assert keys_of() == [*GROUPS, *CONNECTIONS.shown_order]


def test_chosen_metrics_stand_alone_behind_the_group_bys_in_the_order_chosen() -> None:
    assert keys_of("tcp_resets", "total_bytes") == [*GROUPS, "tcp_resets", "total_bytes"]


def test_what_is_no_metric_or_stands_there_twice_is_passed_over() -> None:
    assert keys_of("tcp_resets", "tcp_of_tomorrow", "tcp_resets") == [*GROUPS, "tcp_resets"]
    assert keys_of("tcp_of_tomorrow") == keys_of()


def test_a_column_is_wider_or_narrower_than_its_own_width_by_what_was_given() -> None:
    columns = {
        column.key: column
        for column in columns_of(CONNECTIONS, GROUPS, (), [("client_service", 5), ("tcp_resets", -2)])
    }

    assert columns["client_service"].width == 25
    assert columns["tcp_resets"].width == columns["tcp_resets"].own_width - 2
    assert columns["server_service"].width == 30


@given(own=st.integers(NARROWEST_COLUMN, WIDEST_GROUP), widened=st.integers(-10_000, 10_000))
def test_no_column_is_narrower_or_wider_than_can_be_read(own: int, widened: int) -> None:
    (column, *_) = columns_of(CONNECTIONS, {"team": own}, (), [("team", widened)])

    assert NARROWEST_COLUMN <= column.width <= WIDEST_COLUMN
    assert within_bounds(own, widened) in (widened, NARROWEST_COLUMN - own, WIDEST_COLUMN - own)


@pytest.mark.parametrize("metric", CONNECTIONS.metrics.values(), ids=lambda metric: metric.key)
def test_the_own_width_of_a_metric_holds_its_heading_with_the_sign_of_a_second_sort_key(metric: object) -> None:
    (column,) = (column for column in columns_of(CONNECTIONS, {}) if column.metric is metric)

    assert column.own_width >= len(f"{column.label}▾2")


def test_a_hidden_metric_is_listed_behind_the_one_that_it_usually_follows() -> None:
    shown = columns_of(
        CONNECTIONS, GROUPS, (CONNECTIONS.shown_order[2], *CONNECTIONS.shown_order[4:], CONNECTIONS.shown_order[1])
    )

    listed = with_hidden(CONNECTIONS, shown, [(CONNECTIONS.shown_order[0], 3)])

    keys = [column.key for column in listed]
    assert keys == [*GROUPS, CONNECTIONS.shown_order[0], *CONNECTIONS.shown_order[2:], CONNECTIONS.shown_order[1]]
    assert listed[2].widened == 3


def test_of_one_metric_alone_all_others_stand_in_the_usual_order() -> None:
    assert (
        with_hidden(CONNECTIONS, columns_of(CONNECTIONS, GROUPS, CONNECTIONS.shown_order[:1]))
        == columns_of(CONNECTIONS, GROUPS)
        == with_hidden(CONNECTIONS, columns_of(CONNECTIONS, GROUPS))
    )


@pytest.mark.parametrize(
    ("longest", "width"), [("", len("team") + 4), ("x" * 20, 20), ("x" * 300, WIDEST_GROUP), ("東" * 10, 20)]
)
def test_a_group_by_is_as_wide_as_its_longest_value_within_bounds(longest: str, width: int) -> None:
    assert group_width("team", longest) == width
    assert group_width("team") == NARROWEST_GROUP


def test_widths_that_are_a_columns_own_are_not_kept() -> None:
    assert with_widths([("team", 4), ("rtt", 8)], [("team", 0), ("env", -4)]) == (("rtt", 8), ("env", -4))


def test_columns_fit_from_the_left() -> None:
    assert that_fit([5, 5, 5], 10) == [0, 1]
    assert that_fit([5, 5, 5], 15) == [0, 1, 2]
    assert that_fit([5, 5, 5], 4) == []


def test_the_first_choice_takes_the_place_of_as_many_as_it_must() -> None:
    assert that_fit([5, 5, 5, 5], 10, [3]) == [0, 3]
    assert that_fit([5, 5, 5, 9], 10, [3]) == [3]
    assert that_fit([5, 5, 5, 5], 10, [1]) == [0, 1]


def test_a_first_choice_that_is_not_here_or_does_not_fit_changes_nothing() -> None:
    assert that_fit([5, 5, 50], 10) == [0, 1]
    assert that_fit([5, 5, 50], 10, [2]) == [0, 1]


def test_the_choices_after_the_first_are_dropped_before_it() -> None:
    assert that_fit([5, 5, 5, 5], 15, [3, 2]) == [0, 2, 3]
    assert that_fit([5, 5, 5, 5], 10, [3, 2]) == [2, 3]
    assert that_fit([5, 5, 5, 5], 5, [3, 2]) == [3]
    assert that_fit([5, 5, 5, 5], 10, [0, 3]) == [0, 3]


@given(
    widths=st.lists(st.integers(1, 20), min_size=1, max_size=12),
    room=st.integers(-5, 120),
    data=st.data(),
)
def test_what_fits_is_within_the_room_in_order_and_without_holes_but_before_the_first_choices(
    widths: list[int], room: int, data: st.DataObject
) -> None:
    choices = data.draw(st.lists(st.sampled_from(range(len(widths))), max_size=3, unique=True))

    fitting = that_fit(widths, room, choices)

    assert sum(widths[position] for position in fitting) <= max(room, 0)
    assert fitting == sorted(fitting)
    others = [position for position in fitting if position not in choices]
    assert others == [position for position in range(len(widths)) if position not in choices][: len(others)]
    assert not choices or widths[choices[0]] > room or choices[0] in fitting
