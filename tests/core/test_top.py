"""Test the maximum number of displayed rows, and the remarks about an answer that was cut at the row limit."""

import json

import pytest

from cnm_tui.core.connections import Connection
from cnm_tui.core.endpoint import CONNECTIONS
from cnm_tui.core.errors import InvalidQuery
from cnm_tui.core.exploration.exploration import Exploration
from cnm_tui.core.exploration.remarks import empty_answer, left_out_sentence, status_remarks
from cnm_tui.core.exploration.selection import chosen_connections, chosen_table
from cnm_tui.core.export.question import command_line
from cnm_tui.core.export.rows import export
from cnm_tui.core.filter.row_filter import RowFilter, parsed_filter
from cnm_tui.core.query import MOST_ROWS, Query, parsed_top
from cnm_tui.core.table.breakdown import broken_down
from cnm_tui.core.table.columns import columns_of
from cnm_tui.core.table.row_words import cut_fact, cut_remark, cut_sentence, row_count
from cnm_tui.core.table.sorting import parsed_sort
from cnm_tui.core.table.table import Arrangement, Table, arrange
from cnm_tui.core.views.saved_view import view_of
from tests.builders import a_connection, a_snapshot

BY_RESETS = parsed_sort("tcp_resets", (), CONNECTIONS)
BUSY = a_connection("busy", bytes_sent_by_client=9_000, tcp_resets=1)
ODD = a_connection("odd", bytes_sent_by_client=3_000, tcp_resets=7)
WORSE = a_connection("worse", bytes_sent_by_client=2_000, tcp_resets=80)
QUIET = a_connection("quiet", bytes_sent_by_client=1_000)
ROWS = (BUSY, ODD, WORSE, QUIET)


def top(number: int | None, row_filter: str = "", *rows: Connection) -> Table:
    arrangement = Arrangement(BY_RESETS, parsed_filter(row_filter, CONNECTIONS), top=number)
    return arrange(a_snapshot(*(rows or ROWS)), arrangement)


def ids(table: Table) -> list[str]:
    return [table.connection_id(row) for row in range(len(table))]


def test_the_top_is_taken_after_sorting_and_filtering() -> None:
    assert ids(top(2)) == ["worse", "odd"]
    assert ids(top(1, "!worse")) == ["odd"]
    assert ids(top(9)) == ids(top(None)) == ["worse", "odd", "busy", "quiet"]


def test_what_the_top_hides_is_said_beside_what_the_filter_hides() -> None:
    assert row_count(top(2)) == "top 2 of 4 rows"
    assert row_count(top(1, "!worse")) == "top 1 of 3 of 4 rows"
    assert row_count(top(9)) == row_count(top(None)) == "4 rows"
    assert row_count(top(9, "!worse")) == "3 of 4 rows"


def test_totals_are_of_the_rows_that_are_shown() -> None:
    everything = top(None)
    shown = arrange(everything.snapshot, top(2).arrangement, after=everything)
    again = arrange(shown.snapshot, everything.arrangement, after=shown)

    assert [table.total(CONNECTIONS.metrics["tcp_resets"]) for table in (everything, shown, again)] == [88, 87, 88]


def test_another_sort_shows_another_top() -> None:
    before = top(2)

    by_bytes = arrange(before.snapshot, Arrangement(parsed_sort("total_bytes", (), CONNECTIONS), top=2), after=before)

    assert ids(by_bytes) == ["busy", "odd"]
    assert by_bytes.total(CONNECTIONS.metrics["tcp_resets"]) == 8


def test_a_marked_row_that_the_top_hides_is_left_out_and_said() -> None:
    exploration = Exploration(Query(), Arrangement(BY_RESETS, top=2)).received(a_snapshot(*ROWS))
    marked = exploration.toggled_mark("worse").toggled_mark("quiet")

    chosen = chosen_table(marked, None)

    assert chosen is not None
    assert (ids(chosen), row_count(chosen)) == (["worse"], "1 of 4 rows")
    assert left_out_sentence(marked) == "1 marked row hidden, and left out."
    assert [connection.id for connection in chosen_connections(marked, None)] == ["worse"]
    assert "2 marked, 1 hidden" in status_remarks(marked)


def test_a_column_divides_all_rows_that_the_filter_leaves_as_filtering_by_a_part_finds_them() -> None:
    (column, *_) = columns_of(CONNECTIONS, {"client_service": 10})

    division = broken_down(top(1, "!worse"), column)

    assert division.rows == 3


def test_what_is_written_has_the_rows_that_are_shown_and_says_how_many_there_are() -> None:
    written = json.loads(b"".join(export(top(2, "!busy"), "json", source="FAKE")))

    assert [row["id"] for row in written["connections"]] == ["worse", "odd"]
    assert (written["top"], written["rows"], written["rows_matching"], written["rows_of_the_answer"]) == (2, 2, 3, 4)


def test_counts_of_a_comparison_say_that_they_are_of_all_rows() -> None:
    exploration = Exploration(Query(), Arrangement(BY_RESETS, top=1)).received(a_snapshot(*ROWS))

    compared = exploration.comparing_with(a_snapshot(BUSY, fetched_at=1.0))

    assert "of all rows 3 new" in status_remarks(compared)
    assert "3 new" in status_remarks(compared.with_top(None))


@pytest.mark.parametrize(
    ("typed", "number"), [("20", 20), ("1k", 1_000), (" 7,500 ", 7_500), ("all", None), ("", None)]
)
def test_a_top_is_read_as_a_limit_is(typed: str, number: int | None) -> None:
    assert parsed_top(typed) == number


@pytest.mark.parametrize("typed", ["0", "-1", "7501", "many", "1.5"])
def test_what_cannot_be_a_top_is_refused(typed: str) -> None:
    with pytest.raises(InvalidQuery, match="top"):
        parsed_top(typed)


def test_a_view_and_a_command_keep_the_top() -> None:
    view = view_of({"name": "Worst", "sort": "tcp_resets", "top": 20})

    assert view.arrangement.top == 20
    assert "--top 20" in command_line(*view.question)


# The meaning of a cut


def cut(sort: str, *rows: Connection, limit: int = 0, row_filter: str = "", number: int | None = None) -> Table:
    query = Query(limit=limit or len(rows))
    return arrange(
        a_snapshot(*rows, query=query),
        Arrangement(parsed_sort(sort, (), CONNECTIONS), RowFilter(row_filter, CONNECTIONS), top=number),
    )


def test_a_cut_answer_in_the_order_of_another_figure_says_that_worse_rows_may_be_missing() -> None:
    assert cut_sentence(cut("retransmit_share", *ROWS)) == (
        "cut at the limit of 4. These are the 4 largest by bytes; worse ones may be missing: --top 4 with -n 7500. "
        "The order of the rows suggests that; which rows the service leaves out is not documented."
    )
    assert "--top 2 with -n 7500" in cut_sentence(cut("tcp_resets", *ROWS, number=2))
    assert cut_remark(cut("tcp_resets", *ROWS)) == "cut at 4 rows; worse ones may be missing: n asks for more"


def test_nothing_is_said_of_the_largest_where_the_reply_came_in_another_order() -> None:
    shuffled = cut("tcp_resets", ODD, BUSY, WORSE)

    assert "largest" not in cut_sentence(shuffled) + cut_fact(shuffled)
    assert "These are 3 rows, and which ones the service leaves out is not known; worse ones" in cut_sentence(shuffled)


def test_one_row_is_one() -> None:
    said = cut_sentence(cut("tcp_resets", ODD, limit=1))

    assert "This is 1 row, and which ones the service leaves out is not known; worse ones may be missing" in said


def test_what_may_be_missing_is_named_by_what_is_looked_for() -> None:
    def missing(sort: str, row_filter: str = "") -> str:
        return cut_remark(cut(sort, *ROWS, row_filter=row_filter)).partition("; ")[2].partition(":")[0]

    assert missing("bytes_sent_by_client") == "larger ones may be missing"
    assert missing("rtt_micro_seconds:asc") == "smaller ones may be missing"
    assert missing("total_bytes", "busy") == "others may match"


def test_a_cut_answer_in_the_order_of_bytes_has_its_first_rows_and_may_have_more() -> None:
    by_bytes = cut("total_bytes", *ROWS)

    assert cut_sentence(by_bytes) == "cut at the limit of 4: there may be more; raise --limit or narrow the query."
    assert cut_remark(by_bytes) == "cut at the limit"


def test_the_largest_limit_is_not_to_be_raised() -> None:
    rows = [a_connection(f"{number}") for number in range(MOST_ROWS)]

    for sort in ("total_bytes", "tcp_resets"):
        said = cut_sentence(cut(sort, *rows))
        assert "narrow the query" in said
        assert "-n 7500" not in said
        assert "raise" not in said


def test_of_an_answer_that_is_whole_nothing_is_said_but_where_it_is_evidence() -> None:
    whole = cut("tcp_resets", *ROWS, limit=5)

    assert cut_sentence(whole) == cut_remark(whole) == ""
    assert cut_fact(whole) == "no, fewer rows came than the limit of 5 rows"


def test_where_no_row_matches_a_cut_answer_is_no_proof_that_there_is_none() -> None:
    exploration = Exploration(Query(limit=4), Arrangement(row_filter=RowFilter("nobody", CONNECTIONS)))

    shown = exploration.received(a_snapshot(*ROWS, query=Query(limit=4)))

    assert "cut at 4 rows; others may match: n asks for more." in empty_answer(shown, "FAKE")


@pytest.mark.parametrize("limit", [1_000, 7_500])
@pytest.mark.parametrize("row_filter", ["", "web"])
def test_what_a_cut_means_fits_beside_the_count_on_a_line_of_80(limit: int, row_filter: str) -> None:
    table = cut("tcp_resets", *map(a_connection, map(str, range(limit))), row_filter=row_filter)

    assert len(f"{row_count(table)} · {cut_remark(table)}") <= 78
