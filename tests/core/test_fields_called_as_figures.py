"""A field that is called as a figure, or as another column of a file, is told apart from it everywhere."""

import csv
import io

import pytest

from cnm_tui.core.compare.change_metrics import CHANGE_METRICS
from cnm_tui.core.export.rows import export
from cnm_tui.core.filter.row_filter import RowFilter
from cnm_tui.core.metrics.catalogue import JUDGED_BY_KEY, METRICS
from cnm_tui.core.query import Query, column_key, column_keys, field_of
from cnm_tui.core.table.columns import Column
from cnm_tui.core.table.dividing import divided
from cnm_tui.core.table.sorting import SortKey, first_sort_of, parsed_sort
from cnm_tui.core.table.table import Arrangement, Table, arrange
from cnm_tui.core.views.saved_view import SavedView, entry_of, view_of
from tests.builders import a_connection, a_snapshot

FIELDS = ("total_bytes", "id", "client_service")
ROWS = (
    a_connection("1", [("b",), ("x",), ("web",)], bytes_sent_by_client=30),
    a_connection("2", [("a",), ("y",), ("web",)], bytes_sent_by_client=20),
    a_connection("3", [("c",), ("z",), ("web",)], bytes_sent_by_client=10),
)


def table(arrangement: Arrangement, fields: tuple[str, ...] = FIELDS) -> Table:
    return arrange(a_snapshot(*ROWS, query=Query(group_bys=fields)), arrangement)


def ids(shown: Table) -> list[str]:
    return [shown.connection_id(row) for row in range(len(shown))]


def column(shown: Table, key: str) -> Column:
    return next(column for column in shown.columns if column.key == key)


@pytest.mark.parametrize("figure", [*METRICS, *CHANGE_METRICS, JUDGED_BY_KEY, "group_bys.total_bytes"])
def test_no_field_has_the_key_of_a_figure_or_of_another_field(figure: str) -> None:
    fields = (figure, f"group_bys.{figure}", "client_service")

    assert len({figure, *column_keys(fields)}) == 4
    assert [field_of(key, fields) for key in column_keys(fields)] == list(fields)


def test_a_field_keeps_its_name_where_no_figure_has_it() -> None:
    assert column_keys(("client_service", "id", "bytes")) == ("client_service", "id", "bytes")


@pytest.mark.parametrize(
    ("text", "order"),
    [
        ("total_bytes:asc", ["3", "2", "1"]),
        ("total_bytes", ["1", "2", "3"]),
        ("group_bys.total_bytes", ["2", "1", "3"]),
        ("group_bys.total_bytes:desc", ["3", "1", "2"]),
        ("id:desc", ["3", "2", "1"]),
    ],
)
def test_rows_are_sorted_by_the_one_that_is_named(text: str, order: list[str]) -> None:
    assert ids(table(Arrangement(sort=parsed_sort(text, FIELDS)))) == order


def test_a_field_called_as_a_change_is_sorted_by_its_values() -> None:
    fields = ("percent.tcp_resets", "id", "client_service")
    (key,) = parsed_sort("percent.tcp_resets", fields)

    assert key == SortKey("group_bys.percent.tcp_resets", descending=False)
    assert ids(table(Arrangement(sort=(key,)), fields)) == ["2", "1", "3"]
    assert table(Arrangement(sort=(key,)).without_changes(), fields).sort == (key,)


def test_each_has_a_width_and_cells_of_its_own() -> None:
    key = column_key("total_bytes")
    shown = table(Arrangement(widths=((key, 7), ("total_bytes", 3))))

    group, figure = column(shown, key), column(shown, "total_bytes")

    assert (group.widened, figure.widened, group.label) == (7, 3, "total_bytes")
    assert [cell.text.split() for cell in shown.cells(0, [group, figure])] == [["b"], ["30", "B"]]
    wider = arrange(shown.snapshot, Arrangement(widths=((key, 9),)), after=shown)
    assert column(wider, key).own_width == group.own_width


def test_a_filter_tells_the_field_in_quotes_from_the_figure() -> None:
    assert ids(table(Arrangement(row_filter=RowFilter('"total_bytes"=c')))) == ["3"]
    assert ids(table(Arrangement(row_filter=RowFilter("total_bytes>15")))) == ["1", "2"]


def test_rows_are_divided_by_the_values_of_the_field() -> None:
    shown = table(Arrangement())

    parts = divided(shown, column(shown, column_key("total_bytes"))).parts

    assert [(part.text, part.condition) for part in parts] == [(text, f'"total_bytes"={text}') for text in "bac"]


def test_a_saved_view_keeps_which_of_them_it_means() -> None:
    key = column_key("total_bytes")
    sort = (first_sort_of(key), first_sort_of("total_bytes"))
    view = SavedView("x", Query(group_bys=FIELDS), Arrangement(sort=sort, widths=((key, 2), ("total_bytes", 1))))

    assert view_of(entry_of(view)) == view
    assert entry_of(view)["sort"] == ["group_bys.total_bytes:asc", "total_bytes:desc"]


@pytest.mark.parametrize(
    ("columns", "headings"),
    [
        ((), ["group_bys.total_bytes", "group_bys.id", "client_service", "id", *METRICS]),
        (("tcp_resets",), ["total_bytes", "group_bys.id", "client_service", "id", "tcp_resets"]),
    ],
)
def test_the_headings_of_a_file_are_all_different(columns: tuple[str, ...], headings: list[str]) -> None:
    text = b"".join(export(table(Arrangement(columns=columns)), "csv", source="FAKE")).decode()

    written, first, *_ = csv.reader(io.StringIO(text))

    assert written == headings
    assert len(set(written)) == len(written)
    assert first[:4] == ["b", "x", "web", "1"]
