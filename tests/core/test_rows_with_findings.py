"""Test the export of rows together with their findings."""

import csv
import io
import json
from typing import Any

import pytest

from cnm_tui.core.diagnosis.diagnosis import diagnosed
from cnm_tui.core.export.file_form import FORMATS
from cnm_tui.core.export.rows import columns_that_fit, export
from cnm_tui.core.query import Query
from cnm_tui.core.table.table import Arrangement, Table, arrange
from tests.builders import a_connection, a_snapshot

BUSY: dict[str, Any] = {
    "packets_sent_by_client": 1_000_000,
    "packets_sent_by_server": 1_000_000,
    "rtt_micro_seconds": 1_000,
}
LOSSY = a_connection("lossy", **BUSY, tcp_retransmits=90_000, tcp_recovery_count=9_000, bytes_sent_by_client=9)
TABLE = arrange(a_snapshot(LOSSY, a_connection("well", **BUSY)), Arrangement())


def written(format_name: str, table: Table = TABLE, *, width: int | None = None, diagnose: bool = True) -> str:
    return b"".join(export(table, format_name, source="FAKE", width=width, diagnose=diagnose)).decode()


@pytest.mark.parametrize("format_name", FORMATS)
def test_without_diagnosing_no_format_tells_findings(format_name: str) -> None:
    assert "finding" not in written(format_name, diagnose=False).lower()


@pytest.mark.parametrize("format_name", ["json", "jsonl"])
def test_json_has_finding_severity_and_evidence(format_name: str) -> None:
    text = written(format_name)

    rows = json.loads(text)["connections"] if format_name == "json" else [*map(json.loads, text.splitlines())]
    assert [(row["finding"], row["severity"]) for row in rows] == [("loss", "critical"), ("healthy", "none")]
    assert rows[0]["evidence"]["figures"]["tcp_retransmits"] == 90_000
    assert rows[0]["tcp_retransmits"] == 90_000
    assert rows[1]["evidence"]["sentence"] == "No figure is beyond its limit on 1,000,000 packets."


def test_json_counts_the_findings() -> None:
    assert json.loads(written("json"))["findings"] == {"critical": 1, "warning": 0, "note": 0, "none": 1}


@pytest.mark.parametrize("format_name", ["csv", "tsv"])
def test_separated_values_have_finding_and_severity_before_the_figures(format_name: str) -> None:
    rows = list(csv.reader(io.StringIO(written(format_name)), delimiter="\t" if format_name == "tsv" else ","))

    at = rows[0].index("id")
    assert [row[at : at + 3] for row in rows] == [
        ["id", "finding", "severity"],
        ["lossy", "loss", "critical"],
        ["well", "healthy", "none"],
    ]


def test_a_tag_of_that_name_keeps_a_column_of_its_own() -> None:
    row = a_connection("one", (("mine",),), **BUSY)
    table = arrange(a_snapshot(row, query=Query(group_bys=("finding",))), Arrangement())

    (one,) = csv.DictReader(io.StringIO(written("csv", table)))

    assert (one["group_bys.finding"], one["finding"]) == ("mine", "healthy")


def test_markdown_has_them_behind_the_figures_and_counts_them() -> None:
    lines = written("markdown").splitlines()

    assert "- findings: 1 critical" in lines
    heading = next(at for at, line in enumerate(lines) if line.endswith(" | finding | severity |"))
    assert lines[heading + 1].endswith("| --- | --- |")
    assert lines[heading + 2].endswith("| loss | critical |")


@pytest.mark.parametrize("width", [None, 80, 120])
def test_a_table_has_them_behind_the_groups_within_its_width(width: int | None) -> None:
    heading, ill, well = written("table", width=width).splitlines()

    assert heading.split()[:5] == ["client_service", "server_service", "FINDING", "SEVERITY", "TOTAL"]
    assert ill.split()[:4] == ["web", "store", "loss", "critical"]
    assert well.split()[:4] == ["web", "store", "healthy", "none"]
    assert width is None or max(map(len, (heading, ill, well))) <= width


def test_figures_make_room_for_them() -> None:
    assert len(columns_that_fit(TABLE, 120, diagnose=True)) < len(columns_that_fit(TABLE, 120))


def test_rows_keep_their_findings_in_any_order() -> None:
    backwards = TABLE.only([1, 0])

    codes = [json.loads(line)["finding"] for line in written("jsonl", backwards).splitlines()]

    assert codes == ["healthy", "loss"]
    assert [found.code for found in diagnosed(TABLE.snapshot).found] == ["loss", "healthy"]
