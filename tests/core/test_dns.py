"""Test that DNS rows work in the same way as connections. DNS has its own metrics, limits, findings, tags and
views.
"""

import json
from dataclasses import replace
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from cnm_tui.core.compare.comparison import comparable, compared
from cnm_tui.core.connections import Connection, Connections
from cnm_tui.core.diagnosis.diagnosis import Diagnosis, diagnosed
from cnm_tui.core.diagnosis.words import Explanation, explained
from cnm_tui.core.endpoint import CONNECTIONS
from cnm_tui.core.endpoints.dns import DNS
from cnm_tui.core.endpoints.dns.fields import DNS_QUERY, DNS_SERVER, UNGROUPED
from cnm_tui.core.endpoints.known import KNOWN, all_endpoints, endpoint_called
from cnm_tui.core.errors import InvalidQuery
from cnm_tui.core.export.question import command_line, python_lines, read_web_link, web_link
from cnm_tui.core.export.rows import export
from cnm_tui.core.filter.row_filter import RowFilter
from cnm_tui.core.metrics.health import Health, health
from cnm_tui.core.navigation.drill_paths import DrillContext, step_down
from cnm_tui.core.navigation.drilling import drilled
from cnm_tui.core.query import Query, usual_query
from cnm_tui.core.service import Address
from cnm_tui.core.snapshot import Snapshot
from cnm_tui.core.table.table import arrange, usual_arrangement
from cnm_tui.core.time.time_range import Window
from cnm_tui.core.timeline.graph import graph_of
from cnm_tui.core.timeline.timeline import empty_timeline
from cnm_tui.core.timeline.whole import whole_of
from cnm_tui.core.views.recommended import recommended
from cnm_tui.core.views.saved_view import SavedView, entry_of, view_called, view_of
from tests.builders import MOMENT

WINDOW = Window(MOMENT - 900, MOMENT)
BY_NAME = usual_query(DNS)
ZEROS = dict.fromkeys(DNS.counted_keys, 0)
WELL: dict[str, Any] = {
    "dns_total_requests": 1_000,
    "dns_successful_responses": 1_000,
    "dns_success_latency_percentile": 10,
}


def a_row(name: str = "a.example", **figures: Any) -> Connection:
    """Return a healthy DNS row in which only the given metrics are replaced. Metric names may be short, such as
    `nxdomain`.
    """
    keys = {key.rpartition(".")[2]: key for key in DNS.counted_keys}
    known = {**ZEROS, **WELL, **{keys.get(key, key): number for key, number in figures.items()}}
    return Connection(name, ((name,),), tuple(known[key] for key in DNS.counted_keys))


def snapshot(*rows: Connection, query: Query = BY_NAME) -> Snapshot:
    """Return a DNS answer with these rows."""
    return Snapshot(query, WINDOW, MOMENT, Connections.of(rows))


def said_of(*rows: Connection, query: Query = BY_NAME) -> Explanation:
    """Return the explanation of the finding about the first of these DNS rows."""
    return explained(snapshot(*rows, query=query), 0)


@pytest.mark.parametrize(
    ("figures", "code", "severity"),
    [
        ({}, "healthy", "none"),
        ({"dns_timeouts": 30}, "timeouts", "warning"),
        ({"dns_timeouts": 100}, "timeouts", "critical"),
        ({"servfail": 30}, "servfail", "warning"),
        ({"servfail": 100}, "servfail", "critical"),
        ({"other": 100}, "other", "critical"),
        ({"nxdomain": 100}, "nxdomain", "note"),
        ({"nxdomain": 900}, "nxdomain", "warning"),
        ({"dns_total_requests": 3}, "too_little", "none"),
        ({"dns_total_requests": 30, "dns_timeouts": 1}, "too_little", "none"),
        ({"dns_total_requests": 0}, "unmeasured", "none"),
        ({"dns_total_requests": None}, "unmeasured", "none"),
        # The worst comes first, and of equally bad ones what costs most time.
        ({"dns_timeouts": 100, "servfail": 900}, "timeouts", "critical"),
    ],
)
def test_each_finding_has_its_evidence(figures: dict[str, Any], code: str, severity: str) -> None:
    said = said_of(a_row(**figures))

    assert (said.found.code, said.found.severity.word) == (code, severity)
    assert said.rule is DNS.findings().by_code[code]
    assert json.loads(json.dumps(said.evidence))["sentence"] == said.sentence


@pytest.mark.parametrize("name", ["api.example.shop.svc.cluster.local", "db.ec2.internal", "x.cluster.local."])
def test_names_of_a_search_path_are_a_note_and_said_to_be_benign(name: str) -> None:
    said = said_of(a_row(name, nxdomain=1_000))

    assert (said.found.code, said.found.severity.word) == ("nxdomain", "note")
    assert "search path" in said.sentence
    assert any("benign" in doubt for doubt in said.doubts)


def test_without_the_names_unknown_ones_are_a_note() -> None:
    said = said_of(a_row(nxdomain=1_000), query=Query(("client_service",), endpoint=DNS))

    assert said.found.severity.word == "note"
    assert f"Group by {DNS_QUERY}" in said.sentence


def test_a_latency_is_judged_only_beside_the_other_rows() -> None:
    others = [a_row(f"{number}.example") for number in range(6)]
    slow, very_slow = (a_row(dns_success_latency_percentile=latency) for latency in (35, 150))

    assert said_of(very_slow).found.code == "healthy"
    assert said_of(very_slow, *others[:4]).found.code == "healthy"
    assert [said_of(row, *others).found.severity.word for row in (slow, very_slow)] == ["note", "warning"]
    assert said_of(very_slow, *others).sentence == "OK LATENCY is 150; 10 is usual for the other rows."
    assert "not documented" in said_of(slow, *others).doubts[0]


def test_figures_that_do_not_add_up_are_doubted() -> None:
    said = said_of(a_row(dns_failures=7))

    assert said.doubts == (
        "REQUESTS is not SUCCESS + FAILURES, as it is in Datadog's example.",
        "FAILURES is not ERRORS + TIMEOUTS, as it is in Datadog's example.",
    )


ANY_NUMBER = st.none() | st.integers(0, 10**12) | st.integers(0, 40) | st.floats(0, 1e300)
any_row = st.builds(
    lambda numbers: Connection("any", (("any.example",),), tuple(numbers)),
    st.lists(ANY_NUMBER, min_size=10, max_size=10),
)


@given(st.lists(any_row, max_size=8))
def test_of_any_rows_a_finding_can_be_told(rows: list[Connection]) -> None:
    answer = snapshot(*rows)
    diagnosis = Diagnosis(answer)

    for at, found in enumerate(diagnosis.found):
        said = explained(answer, at)
        assert said.sentence.endswith(".")
        assert bool(diagnosis.ranked(at)) == (found.severity > 0)
    assert "".join(map(bytes.decode, export(arrange(answer, usual_arrangement(DNS)), "csv", source="F", diagnose=True)))


def test_shares_are_marked_with_evidence_and_unknown_names_never() -> None:
    row = a_row(dns_timeouts=100, nxdomain=900, dns_failures=1_000)

    assert health(DNS.metrics["dns_timeout_share"], row.counters) is Health.BAD
    assert health(DNS.metrics["dns_nxdomain_share"], row.counters) is Health.GOOD
    assert health(DNS.metrics["dns_failure_share"], row.counters) is Health.GOOD


def test_percentiles_of_rows_have_no_total_and_their_unit_is_said_to_be_unknown() -> None:
    table = arrange(snapshot(a_row(), a_row("b.example")), usual_arrangement(DNS))
    latency = DNS.metrics["dns_success_latency_percentile"]

    assert table.total(latency) is None
    assert table.total(DNS.metrics["dns_total_requests"]) == 2_000
    assert (latency.scale.text(12_345_678), "not documented" in latency.unit_note) == ("12,345,678", True)


@pytest.mark.parametrize(
    ("group_bys", "refused"),
    [
        ((UNGROUPED, "server_service"), True),
        (("server_ip", UNGROUPED), True),
        ((UNGROUPED, "network.server.port"), True),
        ((UNGROUPED, DNS_QUERY), True),
        ((), True),
        ((UNGROUPED,), False),
        (("client_service", UNGROUPED), False),
        (("server_service", DNS_QUERY), False),
    ],
)
def test_fields_that_the_endpoint_refuses_together_are_refused_before_sending(
    group_bys: tuple[str, ...], refused: bool
) -> None:
    if not refused:
        assert Query(group_bys, endpoint=DNS).group_bys == group_bys
        return
    with pytest.raises(InvalidQuery) as refusal:
        Query(group_bys, endpoint=DNS)
    assert refusal.value.hint


def test_a_row_of_everything_together_is_not_called_unresolved() -> None:
    row = Connection("all", ((),), a_row().counters)
    answer = snapshot(row, query=Query((UNGROUPED,), endpoint=DNS))

    table = arrange(answer, usual_arrangement(DNS))
    assert table.cells(0, table.columns)[0].text == "all"
    assert answer.unresolved_shares == {}
    assert drilled(answer, [row], (DNS_SERVER,)) == Query((DNS_SERVER,), endpoint=DNS)


def test_drill_paths_lead_from_names_to_clients_and_servers() -> None:
    assert step_down((DNS_QUERY,), DNS_QUERY, DrillContext(DNS)).next_fields == (
        "client_service",
        DNS_SERVER,
    )
    assert step_down((DNS_SERVER,), DNS_SERVER, DrillContext(DNS)).next_fields[0] == DNS_QUERY
    assert step_down(("client_service",), "client_service", DrillContext(DNS)).next_fields[0] == DNS_QUERY


@pytest.mark.parametrize("view", recommended(DNS), ids=lambda view: view.name)
def test_each_recommended_view_is_a_question_about_dns(view: Any) -> None:
    query = view.applied_to(BY_NAME, "web")
    arrangement = view.arranged(usual_arrangement(CONNECTIONS))

    assert query.endpoint is DNS
    assert set(view.columns) <= set(DNS.metrics)
    assert arrange(snapshot(query=query), arrangement).sort == view.sort
    assert view.sort
    assert view.meaning.endswith(".")


def test_a_saved_question_keeps_its_endpoint() -> None:
    arrangement = replace(usual_arrangement(DNS), row_filter=RowFilter("timeouts%>1%", DNS), columns=("dns_timeouts",))
    view = SavedView("Slow DNS", Query((DNS_SERVER,), endpoint=DNS), arrangement)

    entry = entry_of(view)

    assert entry["endpoint"] == "dns"
    assert view_of(entry) == view
    assert "endpoint" not in entry_of(SavedView("x", Query(), usual_arrangement(CONNECTIONS)))
    with pytest.raises(InvalidQuery, match="no endpoint"):
        view_of(entry | {"endpoint": "lookups"})


def test_views_of_all_endpoints_are_called_by_their_names() -> None:
    names = [view.name for endpoint in all_endpoints(CONNECTIONS) for view in recommended(endpoint)]

    assert len({name.casefold() for name in names}) == len(names)
    assert view_called("zones that", []).query.endpoint is DNS
    assert {endpoint_called(name).name for name in KNOWN} == set(KNOWN)


def test_commands_requests_and_links_carry_the_endpoint() -> None:
    query = replace(BY_NAME, search="env:prod")
    address = Address("https://api.datadoghq.eu", "keys")

    assert command_line(query, usual_arrangement(DNS)).startswith(f"cnm-tui --dns -g {DNS_QUERY}")
    assert any("get_aggregated_dns(" in line for line in python_lines(query, WINDOW, address))
    link = web_link(query, WINDOW, "datadoghq.eu")
    assert link.startswith("https://app.datadoghq.eu/network/dns?")
    found = read_web_link(link)
    assert found is not None
    assert (found[0], found[2]) == ("env:prod", DNS)


def test_the_same_field_of_two_endpoints_is_not_compared() -> None:
    query = Query(("client_service",), endpoint=DNS)

    assert not comparable(query, replace(query, endpoint=CONNECTIONS))
    assert compared(snapshot(a_row(dns_timeouts=200)), snapshot(a_row())).standing(0) == "worse"
    assert [found.code for found in diagnosed(snapshot()).found] == []


def test_a_percentile_is_never_added_up() -> None:
    windows = [Window(MOMENT - 600, MOMENT - 300), Window(MOMENT - 300, MOMENT)]
    timeline = empty_timeline(BY_NAME, windows)
    for window, latency in zip(windows, (10, 20), strict=True):
        rows = (a_row(dns_success_latency_percentile=latency), a_row("b.example", dns_success_latency_percentile=5))
        timeline = timeline.joined(window, replace(snapshot(*rows), window=window))
    metric = DNS.metrics["dns_success_latency_percentile"]
    whole = whole_of(timeline, MOMENT)

    assert [row.counters[metric.counter or 0] for row in whole.connections] == [None, None]
    assert [row.counters[0] for row in whole.connections] == [2_000, 2_000]
    assert arrange(whole, usual_arrangement(DNS)).total(metric) is None
    assert whole.warning == "Rows of several parts have no OK LATENCY and no ERRLATENCY: percentiles do not add up."
    assert whole.absence_sentence(metric) == "Absent: percentiles of several parts do not add up."
    assert whole.absence_sentence(DNS.volume_metric) == "Absent from the reply."
    # The graph of several rows shows what adds up.
    shown = snapshot(a_row(), a_row("b.example"))
    assert graph_of(timeline, metric, shown, None, "all rows").metric is DNS.volume_metric
    assert list(graph_of(timeline, metric, shown, ["a.example"], "1 row").points) == [10, 20]
    # The history of one row has it, that of several rows has not.
    assert list(timeline.total_series(["a.example"], metric).numbers) == [10, 20]
    assert list(timeline.total_series(None, metric).numbers) == [None, None]


def test_the_heading_of_a_latency_says_that_its_unit_is_not_documented() -> None:
    shown = arrange(snapshot(a_row()), usual_arrangement(DNS)).shown_columns

    asked = [column for column in shown if column.told_unit == " ?"]
    assert [column.label for column in asked] == ["OK LATENCY", "ERRLATENCY"]
    assert [column.own_width for column in asked] == [12, 12]
