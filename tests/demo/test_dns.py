"""Test the DNS data of the demo.

The official client must be able to read the data, the metrics must add up, and the DNS incidents must be
detectable.
"""

from typing import Any

import pytest
from datadog_api_client.exceptions import ApiException
from datadog_api_client.v2.api.cloud_network_monitoring_api import CloudNetworkMonitoringApi
from datadog_api_client.v2.model.dns_metric_key import DnsMetricKey
from datadog_api_client.v2.model.single_aggregated_dns_response_array import SingleAggregatedDnsResponseArray

from cnm_tui.api.row_decoder import RowDecoder
from cnm_tui.core.diagnosis.diagnosis import diagnosed
from cnm_tui.core.endpoints.dns import DNS
from cnm_tui.core.endpoints.dns.fields import DNS_QUERY, DNS_SERVER, UNGROUPED
from cnm_tui.core.findings.rule import Found, Severity
from cnm_tui.core.query import Query
from cnm_tui.core.snapshot import Snapshot
from cnm_tui.core.time.time_range import Window
from cnm_tui.demo.lookups import BROKEN_ZONE, DNS_INCIDENTS, is_of_zone
from tests.demo.asking import NOW, get
from tests.demo.test_official_client import official_client


def answer(url: str, *group_bys: str, now: float = NOW, **more: Any) -> Snapshot:
    """Request DNS data from the demo, and return the answer for the 15 minutes before `now`."""
    query = Query(group_bys, limit=7_500, endpoint=DNS)
    asked = {"group_by": ",".join(group_bys), "from_": int(now - 900), "to": int(now), "limit": 7_500, **more}
    body = get(url, DNS.path, **asked).body
    decoder = RowDecoder.of(query, "demo", whole=lambda: body)
    decoder.feed(body)
    rows = decoder.rows()
    assert rows.unreadable == rows.odd_figures == 0
    return Snapshot(query, Window(int(now - 900), int(now)), now, rows.connections)


def found(url: str, *group_bys: str, now: float = NOW) -> dict[tuple[str, ...], Found]:
    """Return a dictionary from the group values of each DNS row to its finding."""
    rows = answer(url, *group_bys, now=now)
    texts = zip(*(rows.texts(at) for at in range(len(group_bys))), strict=True)
    return dict(zip(texts, diagnosed(rows).found, strict=True))


def test_the_official_client_reads_every_row_and_leaves_nothing_out(url: str) -> None:
    group_by = f"client_service,client_kube-labels,server_region,{DNS_QUERY}"

    with official_client(url) as official:
        read = official.get_aggregated_dns(_from=NOW - 900, to=NOW, group_by=group_by, limit=500)

    assert isinstance(read, SingleAggregatedDnsResponseArray)
    sent = get(url, DNS.path, group_by=group_by, limit=500).content
    assert len(sent["data"]) == 500
    assert read.to_dict() == sent  # type: ignore[no-untyped-call]
    assert not any(row._unparsed or row.attributes._unparsed for row in read.data)


def test_the_official_model_knows_the_same_metrics() -> None:
    assert set(DnsMetricKey.allowed_values) == set(DNS.counted_keys)


def test_without_a_field_names_are_grouped_and_ids_are_joined_by_a_comma(url: str) -> None:
    (name, *_) = get(url, DNS.path, limit=5).content["data"]
    (both, *_) = get(url, DNS.path, group_by=f"client_service,{DNS_QUERY}", limit=5).content["data"]

    assert [pair["key"] for pair in name["attributes"]["group_bys"]] == [DNS_QUERY]
    assert both["id"].count(",") == 1
    assert f",{DNS_QUERY}:" in both["id"]


def test_server_ungrouped_beside_a_server_group_is_refused_as_recorded(url: str) -> None:
    with official_client(url) as official, pytest.raises(ApiException) as refused:
        official.get_aggregated_dns(group_by=f"{UNGROUPED},server_service")

    assert refused.value.status == 400
    assert refused.value.body == {
        "errors": [
            {
                "status": "400",
                "title": "Cannot combine server_ungrouped with other server groupings or network.dns_query",
            }
        ]
    }


def test_the_figures_add_up_as_in_the_documented_example_in_rows_and_in_sum(url: str) -> None:
    rows = answer(url, "client_service", DNS_QUERY)
    (everything,) = answer(url, UNGROUPED).connections

    for counters in (one.counters for one in rows.connections):
        total, failures, success, errors, timeouts, *kinds, _latency, _other_latency = (
            number or 0 for number in counters
        )
        assert (total, failures, errors) == (success + failures, errors + timeouts, sum(kinds))
    assert [sum(filter(None, column)) for column in rows.columns[:8]] == list(everything.counters[:8])


def test_searches_are_honoured(url: str) -> None:
    rows = answer(url, DNS_QUERY, query=f"{DNS_QUERY}:*.example AND NOT {DNS_QUERY}:intake*")

    assert rows.connections
    assert all(name.endswith(".example") and not name.startswith("intake") for name in rows.texts(0))


@pytest.mark.parametrize("incident", DNS_INCIDENTS, ids=lambda incident: incident.name)
def test_each_incident_touches_something_and_ends(url: str, incident: Any, lookups: Any) -> None:
    assert lookups.touched[incident]
    assert 0 < incident.recurrence.lasting < incident.recurrence.every


def test_one_dns_server_times_out_and_one_is_slow(url: str) -> None:
    kinds: dict[str, set[str]] = {}
    for half_hours in range(8):
        for (server,), one in found(url, DNS_SERVER, now=NOW - 1_800 * half_hours).items():
            if one.severity >= Severity.WARNING:
                kinds.setdefault(one.code, set()).add(server)

    assert {code: len(servers) for code, servers in kinds.items()} == {"timeouts": 1, "slow": 1}


def test_one_zone_fails_and_nothing_else_does(url: str) -> None:
    failing = {name for (name,), one in found(url, DNS_QUERY, now=NOW - 600).items() if one.code == "servfail"}

    assert failing
    assert all(is_of_zone(name, BROKEN_ZONE) for name in failing)


def test_names_of_the_search_path_do_not_exist_and_are_notes(url: str) -> None:
    unknown = {name: one for (name,), one in found(url, DNS_QUERY).items() if one.code == "nxdomain"}

    assert unknown
    assert all(name.endswith("cluster.local") for name in unknown)
    assert {one.severity for one in unknown.values()} == {Severity.NOTE}


@pytest.fixture(scope="module")
def lookups() -> Any:
    from cnm_tui.demo.estate import estate_of
    from cnm_tui.demo.lookups import LookupEstate

    return LookupEstate(estate_of(1))


def test_the_official_client_is_the_one_that_has_these_models() -> None:
    assert hasattr(CloudNetworkMonitoringApi, "get_aggregated_dns")
