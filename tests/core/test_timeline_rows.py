"""Test the export of a timeline. It contains one record for each row and part, or one line with a sparkline for
each row.
"""

import csv
import io
import json
from collections.abc import Sequence
from typing import Any

import pytest

from cnm_tui.core.connections import Connection, Exact
from cnm_tui.core.endpoint import CONNECTIONS
from cnm_tui.core.export.timeline_rows import FORMATS, TimelineExport, export_timeline
from cnm_tui.core.filter.row_filter import parsed_filter
from cnm_tui.core.table.table import Arrangement, arrange
from cnm_tui.core.timeline.whole import whole_of
from tests.builders import MOMENT, a_connection
from tests.core.test_onset import row_of
from tests.core.timelines import a_timeline

WEB = a_connection("web", (("web",), ("store",)), bytes_sent_by_client=5, rtt_micro_seconds=400)
API = a_connection("api", (("api",), ("store",)), bytes_sent_by_client=9)


def an_export(
    parts: Sequence[Sequence[Connection] | None],
    *,
    cut: Sequence[int] = (),
    now: float = MOMENT,
    row_filter: str = "",
    onsets: bool = False,
) -> TimelineExport:
    timeline = a_timeline(parts, cut=cut, now=now)
    arrangement = Arrangement(row_filter=parsed_filter(row_filter, CONNECTIONS))
    return TimelineExport(timeline, arrange(whole_of(timeline, now), arrangement), "SOURCE", onsets)


def written(export: TimelineExport, format_name: str, width: int | None = None) -> str:
    return b"".join(export_timeline(export, format_name, width)).decode()


def records(export: TimelineExport) -> list[dict[str, Any]]:
    return [json.loads(line) for line in written(export, "jsonl").splitlines()]


def test_each_row_has_a_record_for_each_part_the_largest_row_first() -> None:
    found = records(an_export([[WEB, API], [WEB]]))

    assert [(one["id"], one["part.from"], one["part.to"], one["bytes_sent_by_client"]) for one in found] == [
        ("web", "2026-03-01T09:50:00Z", "2026-03-01T09:55:00Z", 5),
        ("web", "2026-03-01T09:55:00Z", "2026-03-01T10:00:00Z", 5),
        ("api", "2026-03-01T09:50:00Z", "2026-03-01T09:55:00Z", 9),
        ("api", "2026-03-01T09:55:00Z", "2026-03-01T10:00:00Z", 0),
    ]
    assert found[0]["group_bys"] == {"client_service": ["web"], "server_service": ["store"]}
    assert set(CONNECTIONS.metrics) <= found[0].keys()
    assert not any(key.startswith("onset") for key in found[0])


def test_each_absence_is_told_apart() -> None:
    export = an_export([[WEB, API], None, [], [API], [WEB]], cut=[3], now=MOMENT - 1)

    web = [
        (one["state"], one["total_bytes"], one["rtt_micro_seconds"]) for one in records(export) if one["id"] == "web"
    ]

    assert web == [
        ("complete", 5, 400),
        ("gap", None, None),
        ("complete", 0, None),
        ("cut", None, None),
        ("open", 5, 400),
    ]


def test_the_filter_and_the_order_are_those_of_the_rows_over_the_whole_span() -> None:
    export = an_export([[WEB, API], [WEB], [WEB]], row_filter="bytes>10")

    assert [one["id"] for one in records(export)] == ["web"] * 3


def test_onsets_stand_in_each_record_of_their_row() -> None:
    rows = [row_of(sign) for sign in ".,.,.BB.."]
    export = an_export([[*(one or ()), API] for one in rows], onsets=True)

    found = records(export)

    (ill,) = {
        tuple(one[f"onset.{key}"] for key in ("from", "to", "metric", "still_on")) for one in found if one["id"] == "a"
    }
    assert ill == ("2026-03-01T09:40:00Z", "2026-03-01T09:50:00Z", "retransmit_share", False)
    levels = next((one["onset.before"], one["onset.after"]) for one in found if one["id"] == "a")
    assert levels == (pytest.approx(0.003, rel=0.05), pytest.approx(0.06))
    assert {one["onset.from"] for one in found if one["id"] == "api"} == {None}


@pytest.mark.parametrize(("format_name", "separator"), [("csv", ","), ("tsv", "\t")])
def test_separated_values_have_the_same_fields_and_no_formulas(format_name: str, separator: str) -> None:
    sly = a_connection("=cmd()", (("=cmd()",), ("store",)), bytes_sent_by_client=5)

    text = written(an_export([[sly], None], onsets=True), format_name)

    first, gap = csv.DictReader(io.StringIO(text), delimiter=separator)
    assert (first["id"], first["client_service"]) == ("'=cmd()", "'=cmd()")
    assert (first["state"], first["bytes_sent_by_client"], gap["state"], gap["bytes_sent_by_client"]) == (
        "complete",
        "5",
        "gap",
        "",
    )
    assert first["onset.from"] == ""


def test_json_tells_the_parts_and_why_one_is_missing_and_has_the_exact_values() -> None:
    exact = Exact("a\u202e", (("a\u202e",), ("store",)))
    export = an_export([[a_connection("a", (("a",), ("store",)), unclean=exact)], None])
    timeline = export.timeline.without(export.timeline.windows[1], "HTTP 500.")

    text = written(export._replace(timeline=timeline), "json")

    found = json.loads(text)
    assert [part.get("failure") for part in found["parts"]] == [None, "HTTP 500."]
    assert found["window"]["seconds"] == 600
    assert [one["state"] for one in found["records"]] == ["complete", "gap"]
    assert found["records"][0]["id"] == "a\u202e"
    assert "\u202e" not in text


@pytest.mark.parametrize("width", [None, 80, 40])
def test_people_get_a_row_with_its_sparkline_and_onset(width: int | None) -> None:
    rows = [[*(row_of(sign) or ()), API] for sign in ".,.,.BB"]

    heading, *lines = written(an_export(rows, onsets=True), "table", width).splitlines()

    assert heading.split()[:2] == ["client_service", "server_service"]
    assert len(lines) == 2
    assert all(len(line) <= (width or 200) for line in (heading, *lines))
    if width is None:
        assert "RETRANS% began 09:50Z (0.3 % → 6.0 %), still on" in "\n".join(lines)
        assert "▅▅▅▅▅▅▅" in "\n".join(lines)


def test_a_gap_is_a_blank_in_a_sparkline() -> None:
    *_, line = written(an_export([[API], None, [API]]), "table").splitlines()

    assert line.endswith("▅ ▅")


def test_every_format_of_a_timeline_of_nothing_is_written() -> None:
    export = an_export([[], None])

    assert [bool(written(export, format_name)) for format_name in FORMATS] == [
        format_name != "jsonl" for format_name in FORMATS
    ]


def test_a_part_that_is_cut_makes_the_whole_cut_and_many_rows_do_not() -> None:
    assert whole_of(a_timeline([[WEB], [API]], cut=[1]), MOMENT).cut
    assert not whole_of(a_timeline([[WEB], [API]]), MOMENT).cut
