"""Test the export of rows as text, for people and for other programs."""

import csv
import io
import json
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st
from markdown_it import MarkdownIt

from cnm_tui.core.connections import Connection, Exact
from cnm_tui.core.endpoint import CONNECTIONS
from cnm_tui.core.export.file_form import FORMATS
from cnm_tui.core.export.rows import begins_like_formula, columns_that_fit, export, formulas_in, harmless
from cnm_tui.core.filter.row_filter import RowFilter
from cnm_tui.core.query import Query
from cnm_tui.core.table.sorting import SortKey
from cnm_tui.core.table.table import Arrangement, Table, arrange
from cnm_tui.core.text import cell_width, clean, unseen
from tests.builders import MOMENT, a_connection, a_snapshot

NASTY = ["a,b", 'a"b', "a|b", "a\\|b", "a\nb", "a\tb", "a\r\nb", "`a|b`", "\\", "東京|", "a;b", "'a"]


def table_of(*connections: Connection) -> Table:
    return arrange(a_snapshot(*connections), Arrangement())


def named(client: str) -> Connection:
    """Return a connection with this client name. Control characters are replaced, in the same way as in a real
    answer.

    The connection also keeps the original name.
    """
    exact = Exact(client, ((client,), ("store",)))
    return a_connection(clean(client), [(clean(client),), ("store",)], unclean=exact)


def written(format_name: str, *connections: Connection, width: int | None = None) -> str:
    return b"".join(export(table_of(*connections), format_name, width=width, source="FAKE")).decode()


def table_in(markdown: str) -> str:
    """Return only the table of a Markdown export, without the text above it."""
    return markdown[markdown.index("\n| ") + 1 :]


def records(format_name: str, *connections: Connection) -> list[dict[str, str]]:
    text = io.StringIO(written(format_name, *connections), newline="")
    return list(csv.DictReader(text, delimiter="\t" if format_name == "tsv" else ",", strict=True))


def parsed(*connections: Connection) -> Any:
    return json.loads(written("json", *connections))


@pytest.mark.parametrize(
    ("format_name", "besides"), [("table", 1), ("jsonl", 0), ("csv", 1), ("tsv", 1), ("markdown", 2)]
)
@pytest.mark.parametrize("rows", [0, 1, 3])
def test_each_row_is_one_line(format_name: str, besides: int, rows: int) -> None:
    text = written(format_name, *(a_connection(str(row)) for row in range(rows)))

    text = table_in(text) if format_name == "markdown" else text
    assert text.count("\n") == rows + besides
    assert text == "" or text.endswith("\n")


@pytest.mark.parametrize("format_name", FORMATS)
@pytest.mark.parametrize("count", [0, 10])
def test_any_number_of_group_bys_can_be_written(format_name: str, count: int) -> None:
    query = Query(group_bys=tuple(f"tag_{number}" for number in range(count)))
    snapshot = a_snapshot(a_connection("id", [("v",)] * count), query=query)

    text = b"".join(export(arrange(snapshot, Arrangement()), format_name, source="FAKE")).decode()

    assert text.replace("\\_", "_").count("tag_") >= count


@pytest.mark.parametrize("rows", [0, 1, 3])
def test_json_is_one_document_with_all_rows(rows: int) -> None:
    document = parsed(*(a_connection(str(row)) for row in range(rows)))

    assert document["rows"] == len(document["connections"]) == rows


def test_json_says_what_was_asked_and_when() -> None:
    document = parsed()

    assert document["query"] == {
        "from": MOMENT - 900,
        "to": MOMENT,
        "group_by": ["client_service", "server_service"],
        "query": "",
        "tags": [],
        "limit": 1_000,
    }
    assert document["window"] == {
        "from": "2026-03-01T09:45:00Z",
        "to": "2026-03-01T10:00:00Z",
        "from_epoch_seconds": MOMENT - 900,
        "to_epoch_seconds": MOMENT,
        "seconds": 900,
    }
    assert (document["sort"], document["source"]) == (["total_bytes:desc"], "FAKE")
    assert (document["fetched_at"], document["fetched_at_utc"]) == (MOMENT, "2026-03-01T10:00:00Z")
    assert (document["cut_at_the_limit"], document["unreadable_rows"]) == (False, 0)


def test_json_says_that_the_answer_was_cut_or_partly_unreadable() -> None:
    snapshot = a_snapshot(a_connection(), query=Query(limit=3), unreadable=2)

    document = json.loads(b"".join(export(arrange(snapshot, Arrangement()), "json", source="FAKE")))

    assert (document["cut_at_the_limit"], document["unreadable_rows"]) == (True, 2)


def test_json_carries_raw_numbers_and_null_for_what_is_absent() -> None:
    connection = a_connection(bytes_sent_by_client=12_345_678_901, rtt_micro_seconds=None)

    row = parsed(connection)["connections"][0]

    assert row["bytes_sent_by_client"] == row["total_bytes"] == 12_345_678_901
    assert row["rtt_micro_seconds"] is None
    assert row["bytes_per_second"] == 12_345_678_901 / 900
    assert row.keys() == {"id", "group_bys", *CONNECTIONS.metrics}


@pytest.mark.parametrize("value", [*NASTY, "\x1b[31m", "a\u202eb", "\x00", "\x9b\x7f", "\U000e0041", "müller 東京"])
def test_json_lines_carry_group_values_exactly_but_escaped(value: str) -> None:
    text = written("jsonl", named(value))

    row = json.loads(text)
    assert (row["id"], row["group_bys"]) == (value, {"client_service": [value], "server_service": ["store"]})
    assert unseen(text.rstrip("\n")) == ""


def test_json_carries_several_values_and_none_as_lists() -> None:
    row = json.loads(written("jsonl", a_connection(groups=[("a", "b"), ()])))

    assert row["group_bys"] == {"client_service": ["a", "b"], "server_service": []}


@pytest.mark.parametrize("format_name", ["csv", "tsv"])
def test_separated_values_carry_raw_numbers_and_nothing_for_what_is_absent(format_name: str) -> None:
    connection = a_connection(bytes_sent_by_client=12_345_678_901, rtt_micro_seconds=None, tcp_resets=0)

    (record,) = records(format_name, connection)

    assert list(record) == ["client_service", "server_service", "id", *CONNECTIONS.metrics]
    assert record["bytes_sent_by_client"] == "12345678901"
    assert float(record["bytes_per_second"]) == 12_345_678_901 / 900
    assert (record["rtt_micro_seconds"], record["retransmit_share"], record["tcp_resets"]) == ("", "", "0")


@pytest.mark.parametrize("format_name", ["csv", "tsv"])
@pytest.mark.parametrize("value", NASTY)
def test_separated_values_read_back_as_one_clean_cell(format_name: str, value: str) -> None:
    (record,) = records(format_name, named(value))

    assert record["client_service"] == clean(value)
    assert record["server_service"] == "store"


@pytest.mark.parametrize("value", NASTY)
def test_tsv_has_as_many_tabs_in_each_line(value: str) -> None:
    lines = written("tsv", named(value)).splitlines()

    assert {line.count("\t") for line in lines} == {2 + len(CONNECTIONS.metrics)}


# A tab or a line end before the sign is what some spreadsheets skip; cleaned, it is a space or a picture.
@pytest.mark.parametrize("value", ["=1+1", "+1", "-1", "@SUM(A1)", "\t=1", " =1", "=cmd|' /C calc'!A0"])
@pytest.mark.parametrize("format_name", ["csv", "tsv"])
def test_no_spreadsheet_takes_a_group_value_for_a_formula(format_name: str, value: str) -> None:
    (record,) = records(format_name, named(value))

    assert record["client_service"] == f"'{clean(value)}"
    assert record["id"] == f"'{clean(value)}"


def test_a_group_by_named_like_a_formula_is_harmless_in_the_heading() -> None:
    snapshot = a_snapshot(query=Query(group_bys=("=1+1",)))

    text = b"".join(export(arrange(snapshot, Arrangement()), "csv", source="FAKE")).decode()

    assert text.startswith("'=1+1,id,")


def test_a_negative_figure_stays_the_number_that_it_is() -> None:
    (record,) = records("csv", a_connection(bytes_sent_by_client=-5))

    assert record["bytes_sent_by_client"] == "-5"


@pytest.mark.parametrize("format_name", ["csv", "tsv"])
def test_each_cell_behind_an_apostrophe_is_counted(format_name: str) -> None:
    table = table_of(named("=1"), named("web"), a_connection(groups=[("-a",), ("@b",)]))

    counted = formulas_in(table, format_name)

    text = b"".join(export(table, format_name, source="FAKE")).decode()
    cells = csv.reader(io.StringIO(text), delimiter="\t" if format_name == "tsv" else ",")
    assert counted == sum(cell.startswith("'") for row in cells for cell in row) == 4


def test_a_cell_that_the_filter_leaves_out_is_not_counted() -> None:
    snapshot = a_snapshot(named("=1"), named("web"))

    assert formulas_in(arrange(snapshot, Arrangement(row_filter=RowFilter("web", CONNECTIONS))), "csv") == 0


@pytest.mark.parametrize("format_name", ["json", "jsonl", "markdown", "table"])
def test_what_no_spreadsheet_opens_is_left_as_it_is(format_name: str) -> None:
    assert formulas_in(table_of(named("=1")), format_name) == 0
    assert "'=1" not in written(format_name, named("=1"))


def _judged(markdown: str) -> list[Any]:
    return MarkdownIt("gfm-like").parse(markdown)


@pytest.mark.parametrize(
    "value",
    [
        *NASTY,
        "[click](https://example.com)",
        "![x](https://example.com/x.png)",
        "<b>bold</b>",
        "<https://example.com>",
        "https://example.com/a_b",
        "HTTP://example.com",
        "www.example.com",
        "**bold** _it_ ~~gone~~",
        "&lt;b&gt;",
        "`code`",
    ],
)
def test_a_markdown_cell_is_nothing_but_its_text(value: str) -> None:
    judged = _judged(table_in(written("markdown", named(value))))

    inlines = [token for token in judged if token.type == "inline"]
    cell = inlines[2 + len(CONNECTIONS.metrics)]
    assert [token.type for token in judged].count("tr_open") == 2
    assert len(inlines) == 2 * (2 + len(CONNECTIONS.metrics))
    assert {child.type for child in cell.children} == {"text"}
    assert "".join(child.content for child in cell.children) == clean(value)


def test_markdown_is_for_people_and_shows_figures_with_units() -> None:
    text = written("markdown", a_connection(bytes_sent_by_client=1_500_000))

    heading, rule, row = table_in(text).splitlines()
    assert heading.startswith(r"| client\_service | server\_service | TOTAL |")
    assert rule.startswith("| --- | --- | --: |")
    assert row.startswith("| web | store | 1.5 MB |")


@pytest.mark.parametrize("width", [60, 80, 120, 200])
def test_a_table_fits_the_terminal(width: int) -> None:
    text = written("table", a_connection(groups=[("東京" * 4,), ("store",)]), width=width)

    assert max(cell_width(line) for line in text.splitlines()) <= width


@pytest.mark.parametrize("width", [0, 1, 10, 30])
def test_a_narrow_terminal_loses_metrics_but_no_group_by(width: int) -> None:
    columns = columns_that_fit(table_of(a_connection()), width)

    assert [column.key for column in columns] == ["client_service", "server_service"]


def test_a_narrow_terminal_keeps_the_metric_that_decides_the_sort() -> None:
    table = arrange(a_snapshot(a_connection()), Arrangement((SortKey("tcp_probe0_count", descending=True),)))

    columns = columns_that_fit(table, 60)

    keys = ["client_service", "server_service", "total_bytes", "tcp_probe0_count"]
    assert [column.key for column in columns] == keys


def test_chosen_columns_are_written_in_their_order_and_widths() -> None:
    by_itself, wider = (
        arrange(a_snapshot(a_connection()), Arrangement(columns=("tcp_resets", "total_bytes"), widths=widths))
        for widths in ((), (("tcp_resets", 10),))
    )

    heading, wider_heading = (next(export(table, "table", source="FAKE")).decode() for table in (by_itself, wider))

    assert heading.split() == ["client_service", "server_service", "RESETS", "TOTAL"]
    assert wider_heading == heading.replace("RESETS", " " * 10 + "RESETS")


def test_without_a_terminal_all_columns_are_written() -> None:
    table = table_of(a_connection())

    assert columns_that_fit(table, None) == table.columns


def test_columns_of_wide_characters_line_up_with_those_of_narrow_ones() -> None:
    narrow = a_connection("n", [("tokyo",), ("store",)])
    wide = a_connection("w", [("東京",), ("store",)])

    lines = written("table", narrow, wide).splitlines()

    assert {cell_width(line[: line.index("store")]) for line in lines[1:]} == {cell_width(lines[0].split("server")[0])}


def test_a_value_longer_than_its_column_is_cut_with_an_ellipsis() -> None:
    row = written("table", a_connection(groups=[("x" * 100,), ("store",)])).splitlines()[1]

    assert row.startswith("x" * 43 + "…  store")


def test_a_markdown_file_says_what_it_is_evidence_of() -> None:
    query = Query(search="env:prod", limit=2)
    snapshot = a_snapshot(named("web"), named("mail"), query=query, unreadable=1, warning="Old.")
    arrangement = Arrangement((SortKey("tcp_resets", True),), RowFilter("web", CONNECTIONS))

    text = b"".join(export(arrange(snapshot, arrangement), "markdown", source="prod (datadoghq.eu)")).decode()

    assert text[: text.index("\n\n| ")].replace("\\", "").splitlines() == [
        "**Network connections: 1 of 2 rows**",
        "",
        "- window: 2026-03-01T09:45:00Z to 2026-03-01T10:00:00Z (15 min)",
        "- grouped: client_service, server_service",
        "- search: env:prod",
        "- filter: web",
        "- sorted: tcp_resets:desc",
        "- fetched: 2026-03-01T10:00:00Z from prod (datadoghq.eu)",
        "- cut: at the limit of 2 rows. These are the 2 largest by bytes; which rows the service leaves out is not "
        "documented; others that match the filter may be missing",
        "- unread: 1 row of the reply",
        "- warning: Old.",
    ]


def test_a_markdown_file_says_of_a_whole_answer_that_it_was_not_cut() -> None:
    assert "\n- cut: no, fewer rows came than the limit of 1,000 rows\n" in written("markdown", named("web"))


@pytest.mark.parametrize(
    "value", ["[click](https://example.com)", "**bold** _it_", "<b>x</b>", "`code`", "a | b", "![x](y)"]
)
def test_what_was_asked_is_nothing_but_its_text_in_markdown(value: str) -> None:
    snapshot = a_snapshot(query=Query(search=value))

    text = b"".join(export(arrange(snapshot, Arrangement()), "markdown", source=value)).decode()

    _title, *items = (token for token in _judged(text[: text.index("\n\n| ")]) if token.type == "inline")
    said = ["".join(child.content for child in item.children) for item in items]
    assert f"search: {value}" in said
    assert any(text.endswith(f" from {value}") for text in said)
    assert {child.type for item in items for child in item.children} == {"text"}


def test_a_markdown_cell_holds_no_padding() -> None:
    text = written("markdown", a_connection(bytes_sent_by_client=500, rtt_micro_seconds=250))

    assert "  " not in text
    assert "| 500 B |" in text


@pytest.mark.parametrize("format_name", ["csv", "tsv", "json", "jsonl"])
def test_a_share_that_grew_beyond_any_number_is_absent(format_name: str) -> None:
    text = written(format_name, a_connection(tcp_retransmits=3, packets_sent_by_client=5e-320))

    assert "inf" not in text.lower().replace("info", "")


@pytest.mark.parametrize("sign", list("=+-@＝＋－＠"))
@pytest.mark.parametrize("before", ["", " ", "\t", "\r", '"', "'", "\u3000", " \"' "])
def test_a_formula_is_one_whatever_a_spreadsheet_skips_before_it(before: str, sign: str) -> None:
    cell = f"{before}{sign}1+1"

    assert harmless(cell) == f"'{cell}"


@pytest.mark.parametrize("text", ["", " ", "a=b", "10.0.0.1", "web-1", "N/A", "\u240d=1", "'a", "1-1"])
def test_what_is_no_formula_stays_as_it_is(text: str) -> None:
    assert harmless(text) == text


@given(st.text())
def test_nothing_is_lost_behind_the_apostrophe(text: str) -> None:
    assert harmless(text) == ("'" if begins_like_formula(text) else "") + text
