"""Test pinned rows, which the user watches. They stay above all other rows, and saved views contain them."""

import tomllib
from dataclasses import replace

import pytest

from cnm_tui.core.endpoint import CONNECTIONS
from cnm_tui.core.endpoints.dns import DNS
from cnm_tui.core.exploration.exploration import Exploration
from cnm_tui.core.filter.row_filter import parsed_filter
from cnm_tui.core.query import Query
from cnm_tui.core.table.pins import MOST_PINS, Pin, pin_of, pinned_ids, toggled_pins
from cnm_tui.core.table.sorting import SortKey
from cnm_tui.core.table.table import Arrangement, Table, arrange
from cnm_tui.core.views.saved_view import MalformedEntry, SavedView, entry_of, view_of
from tests.builders import a_connection, a_snapshot

BY_RESETS = (SortKey("tcp_resets", True),)
NAMES = ("a", "b", "c", "d")
ROWS = a_snapshot(*(a_connection(name, tcp_resets=10 - at) for at, name in enumerate(NAMES)))
HERE = ROWS.query.group_bys
C, D = Pin(HERE, "c"), Pin(HERE, "d")


def ids(table: Table | None) -> list[str]:
    assert table is not None
    return [table.connection_id(row) for row in range(len(table))]


def signs(table: Table) -> list[bool]:
    return [table.is_pinned(row) for row in range(len(table))]


def test_watched_rows_come_first_in_the_order_of_the_sort() -> None:
    table = arrange(ROWS, Arrangement(BY_RESETS, pins=(D, C)))

    assert ids(table) == ["c", "d", "a", "b"]
    assert signs(table) == [True, True, False, False]


def test_another_sort_a_filter_and_a_refresh_keep_them_on_top() -> None:
    exploration = Exploration(ROWS.query, Arrangement(BY_RESETS)).received(ROWS).with_pins((C,))

    upwards = exploration.flipped()
    filtered = exploration.filtered(parsed_filter("resets<10", CONNECTIONS))
    refreshed = exploration.received(replace(ROWS, fetched_at=ROWS.fetched_at + 60))

    assert ids(upwards.table) == ["c", "d", "b", "a"]
    assert ids(filtered.table) == ["c", "b", "d"]
    assert ids(refreshed.table) == ["c", "a", "b", "d"]
    assert ids(upwards.with_pins(()).table) == ["d", "c", "b", "a"]


def test_the_top_holds_them() -> None:
    table = arrange(ROWS, Arrangement(BY_RESETS, top=2, pins=(D,)))

    assert ids(table) == ["d", "a"]


def test_the_same_id_under_other_group_bys_is_another_row() -> None:
    table = arrange(ROWS, Arrangement(BY_RESETS, pins=(Pin(("client_team",), "d"),)))

    assert ids(table) == ["a", "b", "c", "d"]


def test_they_stay_on_the_way_back_and_forth() -> None:
    narrowed = replace(ROWS, query=replace(ROWS.query, search="client_env:prod"))
    exploration = Exploration(ROWS.query, Arrangement(BY_RESETS)).received(ROWS)
    exploration = exploration.asking(narrowed.query).received(narrowed).with_pins((D,))

    back = exploration.back()
    forth = back.with_pins(()).forward()

    assert ids(back.table)[0] == "d"
    assert ids(forth.table)[0] == "a"


def test_a_key_adds_what_is_not_watched_and_takes_away_what_is() -> None:
    assert toggled_pins((C,), [C, D]) == (C, D)
    assert toggled_pins((C, D), [D]) == (C,)


def test_a_view_keeps_the_rows_watched_in_its_grouping() -> None:
    elsewhere = Pin(("client_team",), "x")
    view = SavedView("x", Query(), Arrangement(BY_RESETS, pins=(C, elsewhere)))

    assert view.arrangement.pins == (C,)
    assert entry_of(view)["pins"] == ["c"]
    assert view_of(entry_of(view)) == view


def test_a_view_without_them_is_written_as_before() -> None:
    assert "pins" not in entry_of(SavedView("x", Query(), Arrangement()))


def test_an_id_may_have_commas_and_is_cleaned() -> None:
    view = view_of(tomllib.loads('name = "x"\npins = ["client_service:a, server_service:b", "c\\u001b[2J"]'))

    assert [pin.id for pin in view.arrangement.pins] == ["client_service:a, server_service:b", "c␛[2J"]


@pytest.mark.parametrize(
    ("written", "why"),
    [("'a'", "a list of ids"), ("[1]", "a list of ids"), ("['']", "a list of ids"), (str(["a"] * 101), "at most 100")],
)
def test_what_cannot_be_watched_is_refused(written: str, why: str) -> None:
    with pytest.raises(MalformedEntry, match=why) as refused:
        view_of(tomllib.loads(f"name = 'x'\npins = {written}"))

    assert refused.value.key == "pins"
    assert MOST_PINS == 100


def test_a_row_of_another_endpoint_with_the_same_id_is_not_pinned() -> None:
    asked = Query(group_bys=("client_service",))

    pins = (pin_of(asked, "web"), pin_of(replace(asked, endpoint=DNS), "web"))

    assert len(set(pins)) == 2
    assert pinned_ids(pins[:1], replace(asked, endpoint=DNS)) == ()
    assert pinned_ids(pins, asked) == ("web",)
