"""Test extra columns, which are neither group-bys nor metrics.

Extra columns must be displayed, sorted, chosen, saved and exported in the same way as other columns.
"""

import csv
from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any

import pytest

from cnm_tui.core.compare.comparison import compared
from cnm_tui.core.endpoint import CONNECTIONS
from cnm_tui.core.exploration.exploration import Exploration
from cnm_tui.core.exploration.remarks import status_remarks
from cnm_tui.core.exploration.settling import is_settled, settled
from cnm_tui.core.export.copy_forms import note_lines
from cnm_tui.core.export.rows import export
from cnm_tui.core.filter.row_filter import parsed_filter
from cnm_tui.core.metrics.extra import FINDING, ExtraName
from cnm_tui.core.query import Query, column_key
from cnm_tui.core.snapshot import Snapshot
from cnm_tui.core.table.breakdown import broken_down
from cnm_tui.core.table.columns import Cell, with_hidden
from cnm_tui.core.table.extra import MOST_AT_ONCE, ExtraColumn, FindingColumn, is_ill, named_extras
from cnm_tui.core.table.sorting import parsed_sort
from cnm_tui.core.table.table import Arrangement, Table, arrange
from cnm_tui.core.views.saved_view import SavedView, entry_of, view_of
from tests.builders import a_connection, a_snapshot

FINDINGS = (FindingColumn(),)
GROUPS = ["client_service", "server_service"]


def named(id: str) -> tuple[tuple[str], tuple[str]]:
    return (id,), ("store",)


LOSSY = a_connection(
    "lossy", named("lossy"), packets_sent_by_client=100_000, rtt_micro_seconds=900, tcp_retransmits=9_000
)
LEAKY = a_connection(
    "leaky", named("leaky"), packets_sent_by_client=100_000, rtt_micro_seconds=900, tcp_retransmits=2_000
)
WELL = a_connection("well", named("well"), packets_sent_by_client=100_000, rtt_micro_seconds=900, tcp_retransmits=3)
THIN = a_connection("thin", named("thin"), packets_sent_by_client=7, rtt_micro_seconds=900)
ROWS = (WELL, LEAKY, THIN, LOSSY)


@dataclass(frozen=True, eq=False)
class Numbered:
    """An extra column for tests that contains a number for each row of one answer."""

    of: Snapshot
    numbers: Sequence[int | None]
    name: ExtraName = FINDING

    def is_there(self, snapshot: Snapshot) -> bool:
        """Return True if the snapshot is the answer to which the column belongs."""
        return snapshot is self.of

    def cell(self, _snapshot: Snapshot, position: int) -> Cell:
        """Return the number of a row as the text of its grid cell."""
        return Cell(f"no {self.numbers[position]}")

    def order(self, _snapshot: Snapshot) -> Sequence[Any]:
        """Return the number of each row, by which the rows are sorted."""
        return self.numbers

    def value(self, _snapshot: Snapshot, position: int) -> int | None:
        """Return the number of the row at this position."""
        return self.numbers[position]


def table_of(sort: str = "total_bytes", columns: Sequence[str] = (), extras: Sequence[ExtraColumn] = FINDINGS) -> Table:
    keys = parsed_sort(sort, Query().group_bys, CONNECTIONS)
    return arrange(a_snapshot(*ROWS), Arrangement(keys, columns=tuple(columns)), extras=extras)


def ids(table: Table) -> list[str]:
    return [table.connection_id(row) for row in range(len(table))]


def texts(table: Table, key: str = "finding") -> list[str]:
    column = next(column for column in table.columns if column.key == key)
    return [table.cells(row, [column])[0].text for row in range(len(table))]


def test_the_worst_finding_is_first_and_told_by_a_sign_and_words() -> None:
    table = table_of("finding")

    assert ids(table) == ["lossy", "leaky", "well", "thin"]
    assert texts(table) == ["▲▲ loss", "▲  loss", "   healthy", "   too little"]
    assert ids(table_of("FINDING:asc"))[-1] == "lossy"


def test_no_cell_of_a_finding_is_wider_than_its_column() -> None:
    from cnm_tui.core.findings.rule import short_word

    assert max(len(short_word(rule.code)) for rule in CONNECTIONS.findings().rules) + len("▲▲ ") <= FINDING.width


def test_an_extra_column_comes_after_the_group_bys_unless_others_are_chosen() -> None:
    assert [column.key for column in table_of().columns][:4] == [*GROUPS, "finding", "total_bytes"]
    assert [column.key for column in table_of(columns=["total_bytes"]).columns] == [*GROUPS, "total_bytes"]
    chosen = table_of(columns=["total_bytes", "finding"])
    assert [column.key for column in chosen.columns] == [*GROUPS, "total_bytes", "finding"]


def test_without_content_for_the_answer_there_is_no_column_and_no_order_by_it() -> None:
    other = Numbered(a_snapshot(), [1])

    table = table_of("finding", extras=[other])

    assert "finding" not in [column.key for column in table.columns]
    assert (ids(table), table.sort) == ([row.id for row in ROWS], ())


def test_other_content_is_another_value_and_replaces_the_column() -> None:
    snapshot = a_snapshot(*ROWS)
    sort = parsed_sort("finding", Query().group_bys, CONNECTIONS)
    exploration = Exploration(Query(), Arrangement(sort), extras=FINDINGS).received(snapshot)
    assert exploration.table is not None

    after = exploration.with_extra(Numbered(snapshot, [5, None, 7, 6]))

    assert after.table is not None
    assert ids(after.table) == ["thin", "lossy", "well", "leaky"]
    assert texts(after.table) == ["no 7", "no 6", "no 5", "no None"]
    assert texts(exploration.table)[0] == "▲▲ loss"
    without = after.without_extra("finding")
    assert without.table is not None
    assert "finding" not in [column.key for column in without.columns]


def test_rows_gone_back_to_keep_their_columns() -> None:
    first, second = a_snapshot(*ROWS), a_snapshot(WELL, query=Query(search="a"))
    numbered = Numbered(first, [1, 2, 3, 4])
    exploration = Exploration(Query(), extras=(numbered,)).received(first)

    there = exploration.asking(second.query).received(second)
    back = there.without_extra("finding").back()

    assert there.table is not None
    assert back.table is not None
    assert "finding" not in [column.key for column in there.columns]
    assert texts(back.table) == ["no 1", "no 2", "no 3", "no 4"]


def test_a_hidden_extra_column_is_offered_where_it_usually_is() -> None:
    shown = table_of(columns=["rtt_micro_seconds"]).columns

    listed = with_hidden(CONNECTIONS, shown, extras=FINDINGS)

    assert listed == table_of().columns


def test_choosing_all_usual_columns_is_choosing_none() -> None:
    exploration = Exploration(Query(), extras=FINDINGS).received(a_snapshot(*ROWS))
    usual = ("finding", *CONNECTIONS.shown_order)

    assert exploration.with_columns(usual, ()).arrangement.columns == ()
    assert exploration.with_columns(usual[1:], ()).arrangement.columns == usual[1:]


def test_a_saved_view_names_it_and_is_read_again() -> None:
    sort = parsed_sort("finding", Query().group_bys, CONNECTIONS)
    view = SavedView("worst", Query(), Arrangement(sort, columns=("finding", "total_bytes"), widths=(("finding", 2),)))

    assert view_of(entry_of(view)) == view
    assert entry_of(view)["sort"] == ["finding:desc"]


def test_a_custom_tag_of_its_name_has_another_key() -> None:
    assert column_key("finding", CONNECTIONS) == "group_bys.finding"


@pytest.mark.parametrize(
    ("columns", "extras", "diagnose", "heading"),
    [
        ((), FINDINGS, False, [*GROUPS, "id", *CONNECTIONS.metrics]),
        (("finding", "total_bytes"), FINDINGS, False, [*GROUPS, "id", "finding", "total_bytes"]),
        (("finding",), FINDINGS, False, [*GROUPS, "id", "finding"]),
        (("finding", "total_bytes"), FINDINGS, True, [*GROUPS, "id", "finding", "severity", "total_bytes"]),
    ],
)
def test_separated_values_have_it_where_it_was_chosen(
    columns: Sequence[str], extras: Sequence[ExtraColumn], diagnose: bool, heading: list[str]
) -> None:
    table = table_of(columns=columns, extras=extras)

    lines = b"".join(export(table, "csv", source="x", diagnose=diagnose)).decode().splitlines()

    first, *rows = csv.reader(lines)
    assert first == heading
    assert "finding" not in first or [row[first.index("finding")] for row in rows] == [
        "healthy",
        "loss",
        "too_little",
        "loss",
    ]


@pytest.mark.parametrize("format_name", ["table", "markdown"])
def test_tables_for_people_have_it_where_it_is_shown(format_name: str) -> None:
    plain = b"".join(export(table_of(), format_name, source="x")).decode()
    diagnosed = b"".join(export(table_of(), format_name, source="x", diagnose=True)).decode()

    assert ("FINDING" in plain, "▲▲ loss" in plain) == (True, True)
    assert (diagnosed.casefold().count("finding "), "▲▲ loss" in diagnosed) == (1, False)


def test_only_a_named_column_is_made_for_a_program() -> None:
    assert named_extras(["total_bytes"]) == ()
    assert [extra.name for extra in named_extras(["total_bytes", "finding"])] == [FINDING]


def test_its_values_divide_the_rows() -> None:
    table = table_of()
    column = next(column for column in table.columns if column.key == "finding")

    division = broken_down(table, column)

    assert {(part.text, part.condition, part.rows) for part in division.parts} == {
        ("healthy", "finding=healthy", 1),
        ("loss", "finding=loss", 2),
        ("too_little", "finding=too_little", 1),
    }


def test_a_row_of_the_baseline_alone_has_no_finding() -> None:
    now, before = a_snapshot(WELL), a_snapshot(WELL, LOSSY)

    table = arrange(compared(now, before), table_of("finding").arrangement, extras=FINDINGS)

    assert ids(table) == ["well", "lossy"]
    assert texts(table) == ["   healthy", ""]


@pytest.mark.parametrize(
    ("row_filter", "summary"), [("", "1 critical · 1 warning"), ("client_service=leaky", "1 warning"), ("well", "")]
)
def test_the_last_line_counts_the_ill_rows_shown(row_filter: str, summary: str) -> None:
    exploration = Exploration(Query(), extras=FINDINGS).received(a_snapshot(*ROWS))
    shown = exploration.filtered(parsed_filter(row_filter, CONNECTIONS))

    remarks = status_remarks(shown)

    assert remarks[1:2] == ((summary,) if summary else remarks[1:2])
    assert summary or not any("warning" in remark for remark in remarks)


def many(retransmits: int, sent: int = 100_000) -> Snapshot:
    """Return an answer with so many rows that finding their problems takes longer than drawing one frame.

    Only the last row has retransmits.
    """
    ids = [str(number) for number in range(MOST_AT_ONCE + 1)]
    return a_snapshot(
        *(a_connection(id, named(id), packets_sent_by_client=sent, rtt_micro_seconds=900) for id in ids[1:]),
        a_connection(
            ids[0],
            named(ids[0]),
            packets_sent_by_client=sent,
            rtt_micro_seconds=900,
            tcp_retransmits=retransmits,
        ),
    )


def test_the_findings_of_many_rows_follow_by_a_frame_and_until_then_the_earlier_ones_stay() -> None:
    sort = parsed_sort("finding", Query().group_bys, CONNECTIONS)
    first = Exploration(Query(), Arrangement(sort), extras=FINDINGS).received(many(9_000))

    def seen(exploration: Exploration) -> tuple[str, str, bool]:
        assert exploration.table is not None
        return exploration.table.connection_id(0), texts(exploration.table)[0], is_settled(exploration)

    known = settled(first)
    later = known.received(many(0))

    assert seen(first) == ("1", "", False)
    assert seen(known) == ("0", "▲▲ loss", True)
    assert seen(later) == ("0", "▲▲ loss", False)
    assert seen(settled(later)) == ("1", "   healthy", True)
    assert settled(known) is known


def kinds_after_a_refresh(before: Exploration, retransmits: int) -> list[str]:
    """Return the style words of the first two findings after a refresh that brings these retransmits."""
    table = settled(before.received(many(retransmits))).table
    assert table is not None
    finding = next(column for column in table.columns if column.key == FINDING.key)
    return [table.cells(table.row_of(id) or 0, [finding])[0].kind for id in ("0", "1")]


@pytest.mark.parametrize(
    ("was", "is_now", "kind"),
    [
        (9_000, 9_000, "bad"),
        (9_000, 8_000, "bad"),
        (9_000, 2_000, "odd changed"),
        (2_000, 9_000, "bad changed"),
        (2_000, 0, "changed"),
        (0, 0, "zero"),
    ],
)
def test_a_refresh_marks_a_finding_of_another_code_or_severity(was: int, is_now: int, kind: str) -> None:
    first = settled(Exploration(Query(), extras=FINDINGS).received(many(was)))

    assert kinds_after_a_refresh(first, is_now) == [kind, "zero"]


def test_a_finding_that_was_not_known_before_the_refresh_is_not_marked() -> None:
    unsettled = Exploration(Query(), extras=FINDINGS).received(many(2_000))

    assert kinds_after_a_refresh(unsettled, 9_000) == ["bad", "zero"]


def test_a_finding_stays_marked_while_the_rows_are_compared_and_is_not_marked_after_the_next_refresh() -> None:
    first = settled(Exploration(Query(), extras=FINDINGS).received(many(2_000)))
    second = settled(first.received(many(9_000)))
    assert first.snapshot is not None

    later = settled(second.comparing_with(first.snapshot))

    assert later.table is not None
    finding = next(column for column in later.table.columns if column.key == FINDING.key)
    assert later.table.cells(later.table.row_of("0") or 0, [finding])[0].kind == "bad changed"
    assert kinds_after_a_refresh(second, 9_000) == ["bad", "zero"]


def test_the_last_line_does_not_change_before_the_findings_of_a_large_answer_are_known() -> None:
    known = settled(Exploration(Query(), extras=FINDINGS).received(many(9_000)))
    later = known.received(many(9_000))

    told = [status_remarks(exploration) for exploration in (known, later, settled(later))]

    assert told[0] == told[1] == told[2]
    assert "1 critical" in told[0][1]
    assert later.table is not None
    assert [is_ill(later.table.extras, later.table.snapshot, id) for id in ("0", "1")] == [True, False]


def test_markdown_and_notes_tell_the_findings_with_evidence_thresholds_and_source() -> None:
    table = table_of("finding")
    loss = CONNECTIONS.findings().by_code["loss"]

    markdown = b"".join(export(table, "markdown", source="x")).decode()
    note = " ".join("\n".join(note_lines(table, "x")).split())

    assert markdown.count("RETRANS: 9,000 of 100,000 packets sent by the client, 9.00 % (95 % sure: at least") == 1
    assert "**leaky ▸ store**" in markdown
    for told in (
        f"but: {loss.mistaken}",
        f"source: {loss.source}".replace("`", "ˋ"),
        "warning from 1 %, critical from 3 %",
    ):
        assert " ".join(told.split()) in note
    assert "**well" not in markdown
    without = b"".join(export(table_of(extras=()), "markdown", source="x")).decode()
    assert "RETRANS: 9,000" not in without
