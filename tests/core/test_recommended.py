"""Test the recommended views. Each is a valid query, and its filter hides no row that the view should find."""

import pytest

from cnm_tui.core.endpoint import CONNECTIONS
from cnm_tui.core.errors import InvalidQuery
from cnm_tui.core.exploration.exploration import MOST_SORT_KEYS
from cnm_tui.core.filter.row_filter import RowFilter
from cnm_tui.core.query import Query
from cnm_tui.core.search.reader import read
from cnm_tui.core.search.tree import Pattern, Term
from cnm_tui.core.table.sorting import first_sort_of
from cnm_tui.core.table.table import Arrangement, arrange
from cnm_tui.core.text import cell_width, clean, wrapped
from cnm_tui.core.time.time_range import last
from cnm_tui.core.views.arrangement_text import checked_columns
from cnm_tui.core.views.recommended import View, recommended
from tests.builders import a_connection, a_snapshot
from tests.core.conftest import ids_matching


def named(name: str) -> View:
    """Return the recommended view with this name."""
    return next(view for view in recommended(CONNECTIONS) if view.name == name)


DEPENDENCIES = named("Dependencies of a service")
each_view = pytest.mark.parametrize("view", recommended(CONNECTIONS), ids=lambda view: view.name)


def test_names_tell_views_apart() -> None:
    names = {view.name.casefold() for view in recommended(CONNECTIONS)}

    assert len(names) == len(recommended(CONNECTIONS)) == 15


@each_view
def test_a_search_is_read_without_problems(view: View) -> None:
    query = view.applied_to(Query(), "web")

    assert read(query.search).problems == ()


@each_view
def test_group_bys_are_in_the_catalogue_and_so_is_what_is_needed(view: View) -> None:
    fields = {*view.group_bys, *filter(None, [view.needs])}

    assert view.group_bys
    assert fields <= CONNECTIONS.fields.keys()


@each_view
def test_it_is_sorted_by_columns_that_its_answer_has(view: View) -> None:
    columns = [key.column for key in view.sort]

    assert 1 <= len(columns) <= MOST_SORT_KEYS
    assert len(set(columns)) == len(columns)
    assert set(columns) <= CONNECTIONS.metrics.keys() | set(view.group_bys)


@each_view
def test_its_columns_begin_with_the_figure_that_it_is_sorted_by(view: View) -> None:
    sorted_by = [key.column for key in view.sort if key.column in CONNECTIONS.metrics]

    assert checked_columns(view.columns, CONNECTIONS) == view.columns
    assert view.columns[0] == sorted_by[0]
    assert set(sorted_by) <= set(view.columns)


@each_view
def test_it_is_arranged_with_its_own_order_and_columns_and_a_filter_stays_unless_it_has_one(view: View) -> None:
    before = Arrangement(row_filter=RowFilter("web", CONNECTIONS), columns=("tcp_resets",), widths=(("tcp_resets", 2),))

    row_filter = RowFilter(view.row_filter or "web", CONNECTIONS)
    assert view.arranged(before) == Arrangement(view.sort, row_filter, view.columns, before.widths)


def test_unresolved_ends_are_shown_alone_and_the_next_view_shows_all_rows_again() -> None:
    named_ends = a_connection("named", [("web",), ("airflow/n/api",), ("443",)])
    no_client = a_connection("no client", [(), ("store",), ("443",)])
    no_server = a_connection("no server", [("web",), ("N/A",), ("443",)])
    shown = named("Unresolved ends").arranged(Arrangement())

    query = named("Unresolved ends").applied_to(Query())
    snapshot = a_snapshot(named_ends, no_client, no_server, query=query)

    assert ids_matching(shown.row_filter.text, snapshot) == ["no client", "no server"]
    assert named("Resets").arranged(shown).row_filter == RowFilter("")


@each_view
def test_it_is_read_in_one_sentence_that_fits_into_the_dialog(view: View) -> None:
    assert view.meaning.endswith(".")
    assert ". " not in view.meaning
    assert clean(view.meaning) == view.meaning
    assert len(wrapped(view.meaning, 60)) <= 3
    assert cell_width(view.name) <= 30


@each_view
def test_nothing_is_filtered_but_by_the_value_that_the_user_gives(view: View) -> None:
    assert view.search == ""


@each_view
def test_time_range_and_limit_are_kept_and_the_rest_replaced(view: View) -> None:
    before = Query(group_bys=("client_team",), tags=("env:prod",), time_range=last(3_600), limit=7_500)

    query = view.applied_to(before, "web")

    assert (query.time_range, query.limit) == (before.time_range, before.limit)
    assert (query.group_bys, query.tags) == (view.group_bys, ())


def test_the_search_before_is_replaced() -> None:
    assert named("Top talkers").applied_to(Query(search="env:prod")).search == ""


def test_a_view_that_needs_nothing_takes_no_value() -> None:
    assert named("Resets").applied_to(Query(), "web").search == ""


@pytest.mark.parametrize(
    "value", ["web", "web store", 'a"b', "web*", "a:b", "(a OR b)", "back\\slash", "-x", "OR", "ü"]
)
def test_the_value_means_exactly_itself(value: str) -> None:
    query = DEPENDENCIES.applied_to(Query(), value)

    assert read(query.search).expression == Term("client_service", Pattern((value,)))


def test_a_plain_value_is_written_plainly() -> None:
    assert DEPENDENCIES.applied_to(Query(), " web ").search == "client_service:web"


def test_a_value_narrows_the_search_that_a_view_has() -> None:
    view = View(
        "Web", "Finds web.", "env:a OR env:b", ("server_service",), (), needs="client_service", endpoint=CONNECTIONS
    )

    assert view.applied_to(Query(), "web").search == "(env:a OR env:b) AND client_service:web"


@pytest.mark.parametrize("value", ["", "   "])
def test_a_missing_value_is_asked_for(value: str) -> None:
    with pytest.raises(InvalidQuery, match="Dependencies of a service needs a value of client_service"):
        DEPENDENCIES.applied_to(Query(), value)


@pytest.mark.parametrize("value", ["a\x1b[0m", "a\nb", "\ud800", "x" * 9_000])
def test_a_value_that_cannot_be_sent_is_refused(value: str) -> None:
    with pytest.raises(InvalidQuery):
        DEPENDENCIES.applied_to(Query(), value)


def test_retransmits_are_sorted_by_share_and_then_by_count() -> None:
    few = a_connection("few", tcp_retransmits=1, packets_sent_by_client=10)
    many = a_connection("many", tcp_retransmits=10, packets_sent_by_client=100)
    small_share = a_connection("small share", tcp_retransmits=99, packets_sent_by_client=10_000)

    largest = a_connection("largest", tcp_retransmits=400, packets_sent_by_client=10_000)

    table = arrange(a_snapshot(few, small_share, many, largest), Arrangement(named("Retransmits").sort))

    # Shares of so few packets stand last, however large.
    assert [table.connection(row).id for row in range(4)] == ["largest", "small share", "many", "few"]


@pytest.mark.parametrize("name", ["Between availability zones", "Unencrypted traffic"])
def test_false_stands_before_true_and_both_before_what_says_neither(name: str) -> None:
    view = named(name)
    query = view.applied_to(Query())
    flag = view.group_bys.index(view.sort[0].column)
    answers = [
        a_connection(said, [(said,) if position == flag else ("x",) for position in range(len(view.group_bys))])
        for said in ("", "true", "false", "N/A")
    ]

    table = arrange(a_snapshot(*answers, query=query), Arrangement(view.sort))

    assert [table.connection(row).id for row in range(4)] == ["false", "true", "", "N/A"]


def test_round_trips_are_sorted_slowest_first() -> None:
    assert named("Slowest round trips").sort[0] == first_sort_of("rtt_micro_seconds", CONNECTIONS)
