"""Test the explanations of the demo's incidents: the real cause of each incident must be named first.

For each incident, the tests explain the row that the incident affects most.
"""

from dataclasses import replace
from urllib.parse import urlencode

import msgspec
import pytest

from cnm_tui.core.connections import Connection, Connections
from cnm_tui.core.endpoint import CONNECTIONS
from cnm_tui.core.explain.investigation import Explanation, Investigation, fields_for
from cnm_tui.core.explain.measure import measure_of
from cnm_tui.core.query import MOST_ROWS, Query
from cnm_tui.core.service import parameters
from cnm_tui.core.snapshot import Snapshot
from cnm_tui.core.time.time_range import Fixed, Snap, TimeRange, Window
from cnm_tui.demo.contract import Endpoint
from cnm_tui.demo.estate import Estate, estate_of
from cnm_tui.demo.incidents import INCIDENTS, Incident
from cnm_tui.demo.request import parsed_request
from tests.demo.asking import Json
from tests.demo.test_incidents import PODS, QUARTER, SERVICES, SHOWS_IN, Pair, ends_of, when_most_in_force

METRICS = {**SHOWS_IN, "lossy zones": "tcp_retransmits"}
Term = tuple[str, str]


def _zones(*names: str) -> set[Term]:
    return {(f"{side}_availability-zone", name) for side in ("client", "server") for name in names}


def _of_service(name: str, namespace: str) -> set[Term]:
    domain = f"{name}.{namespace}.svc.cluster.local"
    return {("server_service", name), ("server_kube_deployment", name), ("server_domain", domain)}


def _regions(*names: str) -> set[Term]:
    return {(f"{side}_region", name) for side in ("client", "server") for name in names}


CAUSES: dict[str, set[Term]] = {
    "lossy zones": _zones("eu-west-1a", "eu-west-1c"),
    "refused since a deploy": {("server_image_tag", "4.12.0")},
    "firewall drops": {("network.server.port", "8443")},
    "closed window": _of_service("events-consumer", "data") | _regions("eu-central-1"),
    "congested host": {(f"{side}_host", "ip-10-3-112-6.us-east-1.compute.internal") for side in ("client", "server")},
    # The gateway that a region's traffic to other regions takes is its peering.
    "unequal paths": _regions("eu-central-1") | {("gateway_id", f"tgw-00{n}b62c9de81f0") for n in (2, 3)},
    "impatient load balancer": {("server_loadbalancer", "partner-public-eu-west-1")},
    "lost tails": _of_service("ml-scoring", "ml") | _regions("us-east-1"),
    "detour": _of_service("identity", "identity")
    | {("client_region", "eu-central-1"), ("gateway_id", "tgw-002b62c9de81f0")},
}
"""The terms that define each incident in `incidents.py`; one of them must be in the first value."""
SEEDS = range(1, 21)


def ask(endpoint: Endpoint, query: Query, now: int) -> Snapshot:
    """Return the demo's answer to a query at the time `now`, without HTTP."""
    window = query.time_range.window(now)
    document: Json = msgspec.json.decode(
        endpoint.answer(parsed_request(urlencode(parameters(query, window)), now), now)
    )
    rows = [_connection(entry, query.group_bys) for entry in document["data"]]
    return Snapshot(query, window, now, Connections.of(rows))


def _connection(entry: Json, fields: Pair) -> Connection:
    counters = entry["attributes"]
    groups = tuple(tuple(counters["group_bys"].get(field) or ()) for field in fields)
    return Connection(entry["id"], groups, tuple(counters[key] for key in CONNECTIONS.counted_keys))


def explained(endpoint: Endpoint, estate: Estate, incident: Incident, fields: Pair) -> Explanation:
    """Explain the row that the incident affects most, at the time when the incident is strongest.

    The rows are grouped by the two tags in `fields`.
    """
    now = when_most_in_force(incident)
    hardest = ends_of(estate, estate.hardest_hit[incident], fields)
    time_range = TimeRange(Fixed(now - QUARTER), Fixed(now), Snap.OFF)
    query = Query(group_bys=fields, time_range=time_range, limit=MOST_ROWS)
    terms = [f"{field}:{value}" for field, value in zip(fields, hardest, strict=True) if value != "N/A"]
    found = ask(endpoint, replace(query, search=" AND ".join(terms)), now)
    (row,) = [row for row in found.connections if tuple(", ".join(v) or "N/A" for v in row.groups) == hardest]
    shown = Snapshot(query, found.window, now, found.connections)
    measure = measure_of(METRICS[incident.name], CONNECTIONS)
    chosen = fields_for(measure, query, {}, (), of_rows=True)
    investigation = Investigation(measure, query, Window(now - QUARTER, now), chosen, (shown, [row]))
    while (question := investigation.question) is not None:
        investigation.on_answer(ask(endpoint, question, now))
    return investigation.explanation()


def names_the_cause(result: Explanation, incident: Incident) -> bool:
    values = result.ranking.values
    return bool(values) and any((term.field, term.value) in CAUSES[incident.name] for term in values[0].terms)


def _missed(endpoint: Endpoint, estate: Estate, fields: Pair) -> dict[str, list[str]]:
    results = {one.name: (one, explained(endpoint, estate, one, fields)) for one in INCIDENTS}
    return {
        name: [value.text for value in result.ranking.values]
        for name, (one, result) in results.items()
        if not names_the_cause(result, one)
    }


def test_each_incident_has_its_cause() -> None:
    assert set(CAUSES) == {incident.name for incident in INCIDENTS}


@pytest.mark.parametrize("fields", [SERVICES, pytest.param(PODS, marks=pytest.mark.slow)], ids=["services", "pods"])
def test_the_cause_of_each_incident_is_named_first(endpoint: Endpoint, fields: Pair) -> None:
    assert _missed(endpoint, estate_of(1), fields) == {}


@pytest.mark.slow
@pytest.mark.parametrize("seed", SEEDS)
def test_the_cause_of_each_incident_is_named_first_with_any_seed(seed: int) -> None:
    endpoint, estate = Endpoint(seed), estate_of(seed)

    assert {**_missed(endpoint, estate, SERVICES), **_missed(endpoint, estate, PODS)} == {}
