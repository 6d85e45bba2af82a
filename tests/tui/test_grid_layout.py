"""Test that the group-bys and the most important metrics are visible at any width of the grid."""

import pytest
from hypothesis import given
from hypothesis import strategies as st

from cnm_tui.core.connections import Connection, Connections
from cnm_tui.core.endpoint import CONNECTIONS
from cnm_tui.core.endpoints.dns import DNS
from cnm_tui.core.query import Query, usual_query
from cnm_tui.core.snapshot import Snapshot
from cnm_tui.core.table.columns import NARROWEST_COLUMN, NARROWEST_GROUP, WIDEST_GROUP
from cnm_tui.core.table.sorting import first_sort_of, sort_arrows
from cnm_tui.core.table.table import Arrangement, Table, arrange
from cnm_tui.core.time.time_range import Window
from cnm_tui.tui.widgets.grid_layout import Layout, layout, scrolled_to
from cnm_tui.tui.widgets.grid_line import heading_runs
from cnm_tui.tui.widgets.grid_row import RowDrawing
from tests.builders import a_connection, a_snapshot


def a_table(group_bys: int, arrangement: Arrangement | None = None, *, letters: int = 60) -> Table:
    """Return a table of one row with this number of group-bys. Each group-by value has this number of letters."""
    query = Query(group_bys=tuple(f"client_tag_{number}" for number in range(group_bys)))
    row = a_connection("row", [("x" * letters,)] * group_bys)
    return arrange(a_snapshot(row, query=query), arrangement or Arrangement())


def keys_in_sight(shown: Layout) -> list[str]:
    return [place.column.key for place in shown.places]


def figures_in_sight(shown: Layout) -> list[str]:
    return [place.column.key for place in shown.places if place.column.metric is not None]


def headings(table: Table, shown: Layout) -> str:
    return "".join(text for text, _ in heading_runs(shown, sort_arrows(table.arrangement.sort, CONNECTIONS), 0))


def sorted_by(key: str) -> Arrangement:
    return Arrangement((first_sort_of(key, CONNECTIONS),))


@pytest.mark.parametrize(("group_bys", "width", "figures"), [(4, 80, 2), (4, 60, 2), (10, 80, 2), (10, 60, 1)])
def test_all_group_bys_are_in_sight_with_figures_beside_them(group_bys: int, width: int, figures: int) -> None:
    shown = layout(a_table(group_bys), None, width)

    assert len(keys_in_sight(shown)) - len(figures_in_sight(shown)) == group_bys
    assert len(figures_in_sight(shown)) == figures


def test_four_group_bys_can_be_read_on_60_columns() -> None:
    assert all(place.width >= NARROWEST_GROUP for place in layout(a_table(4), None, 60).places)


def test_pods_of_one_service_are_told_apart_on_60_columns() -> None:
    query = Query(group_bys=("client_service", "client_pod_name", "server_service", "server_pod_name"))
    pods = [f"checkout-7d9c6b5f44-{end}" for end in ("x2k1p", "x2k8q")]
    rows = [a_connection(pod, [("checkout",), (pod,), ("payments",), (pod,)]) for pod in pods]
    table = arrange(a_snapshot(*rows, query=query), Arrangement())

    shown = layout(table, None, 60)
    first, second = ("".join(text for text, _ in RowDrawing(table, shown).runs(row, marked=False)) for row in (0, 1))

    assert first.split()[:4] == ["checkout", "chec…k1p", "payments", "chec…k1p"]
    assert second.split()[:4] == ["checkout", "chec…k8q", "payments", "chec…k8q"]


def test_ten_group_bys_share_what_there_is() -> None:
    widths = [place.width for place in layout(a_table(10), None, 80).places[:10]]

    assert max(widths) - min(widths) <= 1
    assert min(widths) >= NARROWEST_COLUMN


def test_a_group_by_of_short_values_leaves_its_room_to_the_others() -> None:
    query = Query(group_bys=("env", "pod"))
    rows = a_snapshot(a_connection("row", [("prod",), ("x" * 60,)]), query=query)

    env, pod, *_ = layout(arrange(rows, Arrangement()), None, 80).places

    assert env.width == NARROWEST_GROUP
    assert pod.width > 30


def test_where_not_all_figures_fit_the_most_important_are_in_sight() -> None:
    shown = layout(a_table(2), None, 80)

    figures = figures_in_sight(shown)
    assert figures == list(CONNECTIONS.shown_order[: len(figures)])
    assert shown.right == len(CONNECTIONS.metrics) - len(figures) > 0


@pytest.mark.parametrize("key", CONNECTIONS.metrics)
@pytest.mark.parametrize(("group_bys", "width"), [(2, 80), (4, 80), (10, 80), (10, 60), (2, 40), (1, 20)])
def test_the_column_that_decides_the_sort_is_in_sight_whatever_its_place(key: str, group_bys: int, width: int) -> None:
    shown = layout(a_table(group_bys, sorted_by(key)), None, width)

    assert key in figures_in_sight(shown)


def test_chosen_columns_give_way_in_the_order_chosen() -> None:
    chosen = Arrangement(
        (first_sort_of("tcp_resets", CONNECTIONS),), columns=("tcp_timeouts", "tcp_rto_count", "tcp_resets")
    )

    assert figures_in_sight(layout(a_table(4, chosen), None, 80)) == ["tcp_timeouts", "tcp_resets"]


def test_signs_say_where_columns_are_missing_and_how_many() -> None:
    table = a_table(2, sorted_by("tcp_probe0_count"))
    at_home, scrolled = (headings(table, layout(table, first, 80)) for first in (None, 6))

    assert "RETRANS%› ZERO WIN▾" in " ".join(at_home.split()) or "TOTAL› ZERO WIN▾" in " ".join(at_home.split())
    assert at_home.rstrip().endswith("  +18 ›")
    assert "‹4 " in scrolled


def test_where_everything_fits_nothing_is_scrolled_and_there_is_no_sign() -> None:
    table = a_table(2)

    shown = scrolled_to(table, 5, 5, 400)

    assert (shown.left, shown.right) == (0, 0)
    assert not {"‹", "›"} & set(headings(table, shown))


def test_columns_that_gave_way_come_in_where_they_belong() -> None:
    table = a_table(2, sorted_by("tcp_probe0_count"))
    unscrolled = layout(table, None, 80)
    dropped = unscrolled.places[-2].position + 1

    assert unscrolled.place_of(dropped) is None
    assert scrolled_to(table, dropped, None, 80).place_of(dropped) is not None
    assert scrolled_to(table, 2, None, 80) == scrolled_to(table, 2, 2 + 5, 80) == unscrolled


def test_a_heading_too_narrow_for_a_name_shows_its_end() -> None:
    table = a_table(10)

    assert "…g_0 …g_1 …g_2 …ag_3" in headings(table, layout(table, None, 80))


@pytest.mark.parametrize(("sort", "heading"), [("requests", "OK LATENCY ?"), ("latency", "OK LATENCY▾?")])
def test_a_unit_that_is_not_documented_is_marked_without_widening_the_column(sort: str, heading: str) -> None:
    row = Connection("row", (("a.example",),), (1_000,) * len(DNS.counted))
    shown = Snapshot(usual_query(DNS), Window(0, 900), 900, Connections.of([row]))
    table = arrange(shown, Arrangement((first_sort_of(DNS.names[sort].key, DNS),)))

    runs = heading_runs(layout(table, None, 200), sort_arrows(table.arrangement.sort, DNS), 0)

    assert heading in [text for text, _ in runs]


def test_a_widened_group_by_changes_no_other() -> None:
    before = layout(a_table(4), None, 80)
    after = layout(a_table(4, Arrangement(widths=(("client_tag_1", 4),))), None, 80)

    widths = [[place.width for place in shown.places[:4]] for shown in (before, after)]
    assert [wider - narrower for narrower, wider in zip(*widths, strict=True)] == [0, 4, 0, 0]


widths = st.lists(
    st.tuples(st.sampled_from(["client_tag_0", "client_tag_1", *CONNECTIONS.shown_order[:6]]), st.integers(-60, 200)),
    max_size=4,
)


@given(
    group_bys=st.integers(0, 10),
    letters=st.integers(0, 60),
    width=st.integers(1, 250),
    columns=st.lists(st.sampled_from(CONNECTIONS.shown_order), unique=True),
    deciding=st.sampled_from(CONNECTIONS.shown_order),
    given_widths=widths,
    position=st.integers(0, 29),
    first=st.none() | st.integers(0, 40),
)
def test_whatever_is_asked_for_columns_stand_in_order_side_by_side_and_the_one_wanted_is_in_sight(
    group_bys: int,
    letters: int,
    width: int,
    columns: list[str],
    deciding: str,
    given_widths: list[tuple[str, int]],
    position: int,
    first: int | None,
) -> None:
    arrangement = Arrangement(
        (first_sort_of(deciding, CONNECTIONS),), columns=tuple(columns), widths=tuple(given_widths)
    )
    table = a_table(group_bys, arrangement, letters=letters)
    position = min(position, len(table.columns) - 1)

    shown = scrolled_to(table, position, first, width)

    positions = [place.position for place in shown.places]
    assert position in positions
    assert positions == sorted(set(positions))
    assert positions[: shown.frozen] == list(range(shown.frozen))
    assert len(positions) + shown.left + shown.right == len(table.columns)
    for place, follower in zip(shown.places, shown.places[1:], strict=False):
        assert follower.x == place.x + place.width + place.gap
    if width >= 60:
        assert shown.frozen == group_bys
        assert shown.places[-1].x + shown.places[-1].width <= width
        assert len(headings(table, shown)) <= width + 1


@given(group_bys=st.integers(1, 4), width=st.integers(60, 250), step=st.integers(-300, 300), on_figure=st.booleans())
def test_a_width_that_is_asked_for_is_the_one_that_shows(
    group_bys: int, width: int, step: int, on_figure: bool
) -> None:
    table = a_table(group_bys, letters=WIDEST_GROUP)
    position = group_bys if on_figure else 0
    before = scrolled_to(table, position, None, width)
    place = before.place_of(position)
    assert place is not None

    by = before.room_to_widen(place, step)
    after = layout(a_table(group_bys, Arrangement(widths=((place.column.key, by),)), letters=WIDEST_GROUP), None, width)

    assert by == 0 or (by > 0) == (step > 0)
    assert after.places[position].width == place.width + by
