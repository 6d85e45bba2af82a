"""Test saved views: their content, their entries in a file, and the search for a view by name."""

import tomllib
from dataclasses import replace

import pytest
from hypothesis import given
from hypothesis import strategies as st

from cnm_tui.core.endpoint import CONNECTIONS
from cnm_tui.core.errors import InvalidQuery
from cnm_tui.core.filter.row_filter import RowFilter, parsed_filter
from cnm_tui.core.query import Query
from cnm_tui.core.table.sorting import SortKey
from cnm_tui.core.table.table import Arrangement
from cnm_tui.core.time.time_range import Ago, Fixed, TimeRange, last, parsed_time_range
from cnm_tui.core.views.recommended import recommended
from cnm_tui.core.views.saved_view import MalformedEntry, SavedView, entry_of, in_words, view_called, view_of
from tests.builders import MOMENT
from tests.questions import questions, time_ranges


def a_view(name: str = "Checkout", query: Query | None = None) -> SavedView:
    return SavedView(name, query or Query(), Arrangement())


@given(questions())
def test_whatever_is_kept_is_read_back_equal(question: tuple[Query, Arrangement]) -> None:
    view = SavedView("any", *question)

    assert view_of(entry_of(view)) == view
    assert view.question == question


@given(time_ranges())
def test_a_time_range_is_written_as_people_type_it_and_read_back_equal(time_range: TimeRange) -> None:
    assert replace(parsed_time_range(time_range.written), snap=time_range.snap) == time_range


@pytest.mark.parametrize(
    ("time_range", "written"),
    [
        (last(900), "15m"),
        (TimeRange(Ago(7_200), Ago(3_600)), "now-2h to now-1h"),
        (TimeRange(Fixed(MOMENT), Ago(0)), "2026-03-01T10:00Z to now"),
        (TimeRange(Fixed(MOMENT), Fixed(MOMENT + 61)), "2026-03-01T10:00Z to 2026-03-01T10:01:01Z"),
    ],
    ids=str,
)
def test_a_time_range_is_written_in_the_shortest_form(time_range: TimeRange, written: str) -> None:
    assert time_range.written == written


def test_what_means_nothing_to_the_question_is_not_kept() -> None:
    sort = (SortKey("client_team", False), SortKey("tcp_resets", True))
    widths = (("client_team", 4), ("total_bytes", 2))

    view = SavedView("x", Query(), Arrangement(sort, RowFilter("a\nb", CONNECTIONS), widths=widths))

    assert view.arrangement == Arrangement(
        (SortKey("tcp_resets", True),), RowFilter("a⏎b", CONNECTIONS), (), (("total_bytes", 2),)
    )


@pytest.mark.parametrize(
    ("name", "why"), [("  ", "needs a name"), ("x" * 61, "61 characters"), ("a\nb", "cannot be seen")]
)
def test_what_cannot_be_a_name_is_refused(name: str, why: str) -> None:
    with pytest.raises(InvalidQuery, match=why):
        a_view(name)


def test_an_entry_that_says_little_is_as_usual_elsewhere() -> None:
    assert view_of({"name": " Checkout "}) == a_view()


def test_lists_may_be_written_as_one_text() -> None:
    listed = {
        "group_by": ["client_team", "server_team"],
        "sort": ["tcp_resets"],
        "columns": ["tcp_resets", "total_bytes"],
    }
    in_one = {key: ", ".join(texts) for key, texts in listed.items()}

    assert view_of({"name": "x", **in_one}) == view_of({"name": "x", **listed})


@pytest.mark.parametrize(
    ("line", "key", "why"),
    [
        ("name = 3", "name", "a text in quotes"),
        ("", "name", "needs one"),
        ("name = 'x'\ngroup_by = [1]", "group_by", "a list of texts"),
        ("name = 'x'\ngroup_by = ['a b']", "group_by", "cannot be a group-by"),
        ("name = 'x'\nsearch = ['a']", "search", "a text in quotes"),
        ("name = 'x'\nsearch = 'a'\ntags = ['b']", "tags", "cannot be asked together"),
        ("name = 'x'\ntime = 'soon'", "time", "is not a time"),
        ("name = 'x'\ntime = 2026-03-01", "time", "a text in quotes"),
        ("name = 'x'\nlimit = true", "limit", "a whole number"),
        ("name = 'x'\nlimit = 0", "limit", "takes 1 to 7,500"),
        ("name = 'x'\nsort = ['size']", "sort", "no column to sort by"),
        ("name = 'x'\ncolumns = ['client_service']", "columns", "no column of figures"),
        ("name = 'x'\ncolumns = ['tcp_resets', 'tcp_resets']", "columns", "is there twice"),
        ("name = 'x'\nwidths = 3", "widths", "a table"),
        ("name = 'x'\nwidths = { total_bytes = 1e9 }", "widths", "a whole number"),
        ("name = 'x'\nwidths = { total_bytes = 999 }", "widths", "up to 200"),
        ("name = 'x'\nfilter = '/(/'", "filter", "/"),
    ],
)
def test_a_value_that_cannot_be_read_is_named_by_its_key(line: str, key: str, why: str) -> None:
    with pytest.raises(MalformedEntry, match=why) as refused:
        view_of(tomllib.loads(line))

    assert refused.value.key == key
    assert str(refused.value).startswith(f"{key}: ")


@given(
    st.dictionaries(
        st.sampled_from(["name", "group_by", "time", "sort", "widths", "filter"]), st.text() | st.integers()
    )
)
def test_any_entry_is_a_view_or_is_refused_by_one_of_its_keys(entry: dict[str, object]) -> None:
    wrong = ""
    try:
        view_of(entry)
    except MalformedEntry as refusal:
        wrong = refusal.key

    assert wrong in ("", "name", *entry)


def test_a_question_is_put_into_words_on_one_line() -> None:
    query = Query(("client_service", "server_service", "server_port"), "server_env:prod", time_range=last(14_400))

    assert in_words(query) == "client_service ▸ server_service + server_port, server_env:prod, last 4 h"
    assert in_words(Query((), tags=("env:prod",))) == "all together, env:prod, last 15 min"
    assert len(in_words(Query(search="x" * 8_000))) < 150


def test_a_view_is_called_by_its_name_or_by_how_only_it_begins_whichever_the_case() -> None:
    views = [a_view("Checkout"), a_view("Checkout by pod"), a_view("Pods", Query(limit=7))]

    assert view_called("CHECKOUT", views) is views[0]
    assert view_called(" po", views) is views[2]


def test_a_saved_view_comes_before_a_recommended_one_of_its_name() -> None:
    own = a_view("resets", Query(limit=7))

    assert view_called("Resets", [own]) is own


def test_a_recommended_view_is_called_by_its_name_with_its_order_and_columns() -> None:
    view = view_called("resets", [])

    assert view.query.group_bys == ("client_service", "server_service")
    assert view.arrangement.sort[0] == SortKey("tcp_resets", True)
    assert view.arrangement.columns[0] == "tcp_resets"


@pytest.mark.parametrize("name", ["nothing", "", "  ", "\x1b[0m"])
def test_an_unknown_name_is_answered_with_those_that_there_are(name: str) -> None:
    with pytest.raises(InvalidQuery, match="No view is called") as refused:
        view_called(name, [a_view()])

    assert refused.value.sentence.isprintable()
    assert refused.value.hint.startswith("There are: Checkout, Top talkers, ")


def test_the_beginning_of_several_is_answered_with_these() -> None:
    with pytest.raises(InvalidQuery, match="2 views begin with 'retrans'.") as refused:
        view_called("retrans", [])

    assert refused.value.hint == "Write more of one: Retransmits, Retransmission time-outs."


def test_a_view_that_needs_a_value_is_refused_with_a_way_for_the_screen_and_one_for_the_command_line() -> None:
    with pytest.raises(InvalidQuery, match="needs a value of client_service") as refused:
        view_called("dependencies", [], recommended(CONNECTIONS))

    assert refused.value.hint == "Choose it there among the views, or search for a value: -q client_service:VALUE."


def test_a_filter_is_kept_as_it_was_typed_where_it_is_plain() -> None:
    arrangement = replace(Arrangement(), row_filter=parsed_filter(" rtt>50ms !kafka ", CONNECTIONS))

    assert SavedView("x", Query(), arrangement).arrangement.row_filter.text == "rtt>50ms !kafka"
