"""Test that cnm-tui can work with a new API endpoint that is described only by an `Endpoint` object.

The rows of the new API endpoint must be decoded, displayed, filtered, exported and compared by the same code.
"""

import ast
import json
from dataclasses import replace
from pathlib import Path

import pytest

import cnm_tui
from cnm_tui.api.row_decoder import RowDecoder
from cnm_tui.core.aliases.aliases import Aliases
from cnm_tui.core.aliases.redacting import Redacting
from cnm_tui.core.compare.comparison import comparable, compared
from cnm_tui.core.diagnosis.words import explained
from cnm_tui.core.endpoint import CONNECTIONS, Endpoint, Examples
from cnm_tui.core.endpoints import known
from cnm_tui.core.errors import InvalidQuery
from cnm_tui.core.exploration.exploration import Exploration
from cnm_tui.core.export.graphs import left_out
from cnm_tui.core.export.question import curl_line
from cnm_tui.core.export.rows import export
from cnm_tui.core.fields.group_by import Field, Side
from cnm_tui.core.fields.recommended_view import RecommendedView
from cnm_tui.core.filter.row_filter import RowFilter
from cnm_tui.core.metrics.health import Health, health
from cnm_tui.core.metrics.metric import Base, Kind, Metric, Threshold, Total
from cnm_tui.core.navigation.endpoints import passage
from cnm_tui.core.query import Query
from cnm_tui.core.service import Address
from cnm_tui.core.snapshot import Snapshot
from cnm_tui.core.table.sorting import SortKey, parsed_sort, usual_sort
from cnm_tui.core.table.table import Arrangement, Table, arrange
from cnm_tui.core.time.time_range import Window
from cnm_tui.core.timeline.timeline import empty_timeline
from cnm_tui.core.timeline.whole import whole_of
from cnm_tui.core.units import COUNT, MICRO_SECONDS, SHARE
from cnm_tui.core.views.recommended import recommended
from cnm_tui.core.views.saved_view import SavedView, entry_of, view_of
from tests.builders import MOMENT, FakeSource
from tests.tui.conftest import exploring

LOOKUPS = Endpoint(
    name="lookups",
    path="/api/v2/network/lookups/aggregate",
    counted=(
        Metric("requests", "REQUESTS", "requests", COUNT, "Names asked for.", lambda row, _: row[0], counter=0),
        Metric(
            "wait_micro_seconds",
            "WAIT",
            "microseconds",
            MICRO_SECONDS,
            "Time to the answer.",
            lambda row, _: row[1],
            total=Total.WEIGHTED_MEAN,
            bad_when_high=True,
            counter=1,
            weight=0,
            threshold=Threshold(Base("itself", "requests", 20, (0,), Kind.ITSELF), 10_000, 30_000, "Invented."),
        ),
    ),
    derived=(
        Metric(
            "requests_per_wait",
            "PER WAIT",
            "ratio",
            SHARE,
            "Requests by the time that they took.",
            lambda row, _: row[0] / row[1] if row[0] is not None and row[1] else None,
            parts=(0, 1),
        ),
    ),
    shown_order=("wait_micro_seconds", "requests", "requests_per_wait"),
    volume="requests",
    fields={
        "client_service": Field("client_service", Side.CLIENT, "who asks"),
        "name": Field("name", Side.FLOW, "the name asked for"),
    },
    group_bys=("client_service", "name"),
    row_type="aggregated_lookup",
    rows_noun="lookups",
    row_noun="Lookup",
    title="Lookups",
    examples=Examples(
        conditions="wait>10ms · requests>=1k",
        change="d:requests>20%",
        names="requests, wait",
        figure="wait>10ms",
        between=("wait=1..5ms", "from 1 to 5"),
        absent="wait=none",
        worse="WAIT",
        both_ends="client_service,name",
        check="wait>10ms",
        on_rows="any(wait>1s)",
        on_all="sum(requests)>100",
    ),
    client_method="get_aggregated_lookups",
    web_path="/network/lookups",
    beside="connections",
    name_field="name",
    name_group_bys=("name",),
    recommended_views=lambda: (
        RecommendedView("Slowest", "Who waits longest.", "", ("name",), ("wait_micro_seconds",)),
    ),
)
QUERY = Query(LOOKUPS.group_bys, endpoint=LOOKUPS)
USUAL = Arrangement(usual_sort(LOOKUPS))
BUSIEST_FIRST = ["shop.example", "web.example", "idle.example"]


def answer(*rows: tuple[str, int | None, int], fetched_at: float = MOMENT) -> Snapshot:
    """Return an answer of the test's API endpoint. Its rows have a name, a number of requests, and a wait in
    microseconds.
    """
    entries = [
        {
            "id": name,
            "attributes": {
                "group_bys": {"client_service": ["web"], "name": [name]},
                "requests": requests,
                "wait_micro_seconds": wait,
            },
        }
        for name, requests, wait in rows
    ]
    body = json.dumps({"data": entries}).encode()
    decoder = RowDecoder(QUERY.group_bys, LOOKUPS.counted_keys, whole=lambda: body)
    decoder.feed(body)
    return Snapshot(QUERY, Window(MOMENT - 900, MOMENT), fetched_at, decoder.rows().connections)


NOW = answer(("web.example", 40, 2_000), ("shop.example", 900, 35_000), ("idle.example", None, 0))
BEFORE = answer(
    ("web.example", 20, 2_000), ("gone.example", 5, 700), ("shop.example", 900, 1_000), fetched_at=MOMENT - 60
)


def names(table: Table) -> list[str]:
    """Return the names of the rows in the order of the table."""
    return [table.connection(row).groups[1][0] for row in range(len(table))]


def test_its_figures_are_decoded_sorted_and_added_up() -> None:
    table = arrange(NOW, USUAL)

    assert names(table) == BUSIEST_FIRST
    assert [column.key for column in table.columns] == ["client_service", "name", *LOOKUPS.shown_order]
    assert table.total(LOOKUPS.metrics["requests"]) == 940
    assert table.total(LOOKUPS.metrics["wait_micro_seconds"]) == pytest.approx((40 * 2_000 + 900 * 35_000) / 940)
    assert table.total(LOOKUPS.metrics["requests_per_wait"]) == pytest.approx(940 / 37_000)


def test_without_rows_its_totals_are_absent() -> None:
    table = arrange(answer(), USUAL)

    assert [table.total(metric) for metric in LOOKUPS.metrics.values()] == [None, None, None]


def test_an_order_of_another_endpoint_gives_way_to_its_usual_one() -> None:
    assert Arrangement().in_force_for(NOW).sort == usual_sort(LOOKUPS)
    assert parsed_sort("wait:asc", QUERY.group_bys, LOOKUPS) == (SortKey("wait_micro_seconds", descending=False),)
    with pytest.raises(InvalidQuery, match="no column"):
        parsed_sort("rtt", QUERY.group_bys, LOOKUPS)


def test_the_filter_reads_its_figures_and_fields_and_none_of_another() -> None:
    slow = replace(USUAL, row_filter=RowFilter("wait>10ms name=shop.example", LOOKUPS))

    assert names(arrange(NOW, slow)) == ["shop.example"]
    with pytest.raises(InvalidQuery, match="no figure"):
        RowFilter("rtt>10ms", LOOKUPS)


def test_it_is_exported_with_its_own_figures() -> None:
    (line, *_) = b"".join(export(arrange(NOW, USUAL), "jsonl", source="FAKE")).splitlines()

    assert json.loads(line) == {
        "id": "shop.example",
        "group_bys": {"client_service": ["web"], "name": ["shop.example"]},
        "requests": 900,
        "wait_micro_seconds": 35_000,
        "requests_per_wait": pytest.approx(900 / 35_000),
    }
    assert f"https://api.example{LOOKUPS.path}" in curl_line(QUERY, NOW.window, Address("https://api.example"))


def test_it_is_compared_by_its_own_figures() -> None:
    both = compared(NOW, BEFORE)
    by_change = arrange(both, replace(USUAL, sort=(SortKey("change.requests", descending=True),)))

    assert dict(both.counts) == {"": 1, "worse": 1, "new": 1, "gone": 1}
    assert names(by_change) == ["web.example", "shop.example", "idle.example", "gone.example"]
    assert by_change.total(both.metric("change.requests") or LOOKUPS.counted[0]) == 940 - 925
    assert [column.key for column in by_change.columns][2:5] == [
        "judged_by",
        "wait_micro_seconds",
        "percent.wait_micro_seconds",
    ]


def test_its_figures_are_judged_by_their_own_limits_and_evidence() -> None:
    (ranked,) = parsed_sort("wait", QUERY.group_bys, LOOKUPS)

    assert [health(LOOKUPS.metrics["wait_micro_seconds"], one.counters) for one in NOW.connections] == [
        Health.GOOD,
        Health.BAD,
        Health.GOOD,
    ]
    assert ranked.by_evidence(LOOKUPS)
    assert compared(NOW, BEFORE).standing(1) == "worse"


def test_without_rules_of_its_own_nothing_is_called_healthy_or_ill() -> None:
    for asked in (NOW, answer(), compared(NOW, BEFORE)):
        said = [explained(asked, at) for at in range(len(asked.answer.connections))]

        assert {one.found.code for one in said} <= {"unmeasured"}
        assert {one.sentence for one in said} <= {"Not judged: there are no rules for these rows."}
    assert b"unmeasured" in b"".join(export(arrange(NOW, USUAL), "jsonl", source="FAKE", diagnose=True))
    with pytest.raises(InvalidQuery, match="no finding"):
        RowFilter("finding=loss", LOOKUPS)


def test_its_recommended_views_ask_it_and_no_other_endpoint() -> None:
    (view,) = recommended(LOOKUPS)

    assert view.applied_to(QUERY) == replace(QUERY, group_bys=("name",))
    assert view.arranged(USUAL).sort == (SortKey("wait_micro_seconds", descending=True, worst=True),)


def test_the_same_groups_of_two_endpoints_are_not_compared() -> None:
    assert not comparable(QUERY, replace(QUERY, endpoint=CONNECTIONS))


def test_it_has_a_timeline_of_its_own_figures() -> None:
    windows = [Window(MOMENT - 900 + 300 * at, MOMENT - 600 + 300 * at) for at in range(3)]
    timeline = empty_timeline(QUERY, windows)
    for window, requests in zip(windows, (40, 50, 60), strict=True):
        timeline = timeline.joined(window, replace(answer(("web.example", requests, 2_000)), window=window))

    whole = whole_of(timeline, MOMENT)

    assert whole.query.endpoint is LOOKUPS
    assert arrange(whole, USUAL).total(LOOKUPS.metrics["requests"]) == 150


def test_it_is_aliased_and_shown_as_a_graph() -> None:
    shown = Redacting(Aliases(bytes(32))).snapshot(NOW, QUERY)

    assert names(arrange(shown, USUAL))[0] != "shop.example"
    drawn = b"".join(export(arrange(NOW, USUAL), "dot", source="FAKE"))
    assert drawn.startswith(b"digraph lookups {")
    assert b"940" in drawn
    assert LOOKUPS.examples.both_ends in left_out(arrange(NOW, USUAL), "dot")


def test_its_row_in_the_table_of_endpoints_makes_it_known(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(known, "KNOWN", {**known.KNOWN, "lookups": known.Known(lambda: LOOKUPS, "Ask for lookups.")})
    view = SavedView("Slowest", QUERY, USUAL)

    assert view_of(entry_of(view)).query.endpoint is LOOKUPS
    assert [one.name for one in known.all_endpoints(LOOKUPS)] == ["lookups", "connections", "dns"]


def test_one_key_leads_from_it_to_another_endpoint_and_back() -> None:
    there = passage(QUERY, CONNECTIONS, NOW, NOW.connections[0]).query
    back = passage(there, LOOKUPS, None, None).query

    assert there.search == "client_service:web AND server_domain:web.example"
    assert (back.endpoint, back.search) == (LOOKUPS, "client_service:web AND name:web.example")


def test_no_code_asks_for_connections_without_naming_them() -> None:
    """The code of cnm-tui must always name the API endpoint when it creates a Query or an Arrangement.

    The default values of these classes are only for tests.
    """
    without = []
    for path in sorted(Path(cnm_tui.__file__).parent.rglob("*.py")):
        for call in ast.walk(ast.parse(path.read_text())):
            if isinstance(call, ast.Call) and isinstance(call.func, ast.Name):
                named = {keyword.arg for keyword in call.keywords}
                is_query = call.func.id == "Query" and "endpoint" not in named and len(call.args) < 6
                is_arrangement = call.func.id == "Arrangement" and "sort" not in named and not call.args
                if is_query or is_arrangement:
                    without.append(path.name)

    # The first frame's default, which is replaced before anything is asked.
    assert without == ["exploration.py"]


async def test_the_screen_shows_its_rows_and_explains_its_figures() -> None:
    async with exploring(FakeSource(NOW), size=(200, 50), exploration=Exploration(QUERY, refresh_seconds=None)) as user:
        for shown in ("REQUESTS▾", "shop.example", "35.0 ms", "Time to the answer."):
            await user.sees(shown)
