"""Test that each incident of the demo can be found by a query that an engineer would use."""

from collections import Counter

import pytest

from cnm_tui.core.endpoint import CONNECTIONS
from cnm_tui.core.metrics.connection_limits import THRESHOLDS
from cnm_tui.core.metrics.health import Health, health
from cnm_tui.demo.contract import Endpoint
from cnm_tui.demo.estate import Estate, estate_of
from cnm_tui.demo.incidents import INCIDENTS, Incident
from cnm_tui.demo.traffic import Traffic
from tests.demo.asking import NOW, Row, rows

MIDNIGHT = NOW // 86_400 * 86_400
QUARTER = 900
SLOW = 10
"""Factor on the round-trip time; from here on an incident is visible by its RTT alone."""
SHOWS_IN = {
    # TCP recovers losses between zones quickly; losses in the firewall end in timeouts.
    "lossy zones": "tcp_recovery_count",
    "refused since a deploy": "tcp_refusals",
    "firewall drops": "tcp_timeouts",
    "closed window": "tcp_probe0_count",
    "congested host": "tcp_delivered_ce",
    "unequal paths": "tcp_reord_seen",
    "impatient load balancer": "tcp_resets",
    "lost tails": "tcp_rto_count",
    "detour": "rtt_micro_seconds",
}
SIGNED_IN = {
    **SHOWS_IN,
    # Neither fast recoveries nor reordering seen by the sender are odd by themselves.
    "lossy zones": "retransmit_share",
    "unequal paths": "tcp_rcv_ooo_pack",
}
PODS = ("client_pod_name", "server_pod_name")
SERVICES = ("client_service", "server_service")


def when_most_in_force(incident: Incident) -> int:
    """Return the end of that quarter of an hour in which the incident is strongest, in seconds since 1970."""
    ends = range(MIDNIGHT, MIDNIGHT + 86_400, 300)
    return max(ends, key=lambda end: incident.recurrence.share(end - QUARTER, end))


def worst(endpoint: Endpoint, name: str, group_by: str, key: str, query: str = "") -> list[Row]:
    """Return the rows of a query at the time when the named incident is strongest, largest counter `key` first."""
    now = when_most_in_force(next(incident for incident in INCIDENTS if incident.name == name))
    return sorted(
        rows(endpoint, group_by, query=query, now=now),
        key=lambda row: row.retransmit_share if key == "retransmit_share" else row[key],
        reverse=True,
    )


Pair = tuple[str, ...]


def ends_of(estate: Estate, flow: int, fields: Pair) -> Pair:
    """Return the tag values of the client and the server of a flow, one value for each of the two tags in
    `fields`.
    """
    columns = map(estate.column, fields)
    return tuple(", ".join(column.values[column.of_flow[flow]]) or "N/A" for column in columns)


def shows_at(estate: Estate, incident: Incident, fields: Pair) -> Counter[Pair]:
    """Return how strongly an incident shows in each pair of tag values, at the time when the incident is strongest.

    The dictionary maps a pair to the sum of the counter in which this incident shows.
    """
    end = when_most_in_force(incident)
    counters = Traffic(estate).within(end - QUARTER, end, end)
    assert counters is not None
    found: Counter[Pair] = Counter()
    shown: list[int] = counters[SHOWS_IN[incident.name]]
    if incident.slower > SLOW:
        # Round-trip times do not add up; the packets that take so long do.
        shown = [
            packets if rtt >= THRESHOLDS["rtt_micro_seconds"].bad else 0
            for rtt, packets in zip(shown, counters["packets_sent_by_client"], strict=True)
        ]
    for flow, count in enumerate(shown):
        if count:
            found[ends_of(estate, flow, fields)] += count
    return found


@pytest.fixture(scope="module", params=[1, 7])
def seed(request: pytest.FixtureRequest) -> int:
    """Return the seed of the simulated network. The tests run with two seeds, because incidents must exist in both."""
    number: int = request.param
    return number


@pytest.fixture(scope="module")
def endpoint(seed: int) -> Endpoint:
    return Endpoint(seed)


@pytest.fixture(scope="module")
def estate(seed: int) -> Estate:
    return estate_of(seed)


@pytest.mark.parametrize("incident", INCIDENTS, ids=lambda incident: incident.name)
def test_an_incident_hits_one_pair_of_pods_far_harder_than_any_other(estate: Estate, incident: Incident) -> None:
    of_pairs = shows_at(estate, incident, PODS)

    (hardest, most), (_, second) = Counter(
        {pair: of_pairs[pair] for pair in of_pairs if "N/A" not in pair}
    ).most_common(2)

    assert hardest == ends_of(estate, estate.hardest_hit[incident], PODS)
    assert most > 3 * second


@pytest.mark.parametrize("fields", [PODS, SERVICES], ids=["pods", "services"])
@pytest.mark.parametrize("incident", INCIDENTS, ids=lambda incident: incident.name)
def test_the_hardest_hit_pair_has_a_sign(estate: Estate, endpoint: Endpoint, incident: Incident, fields: Pair) -> None:
    hardest = ends_of(estate, estate.hardest_hit[incident], fields)
    metric = CONNECTIONS.metrics[SIGNED_IN[incident.name]]
    now = when_most_in_force(incident)
    asked = " ".join(f"{field}:{value}" for field, value in zip(fields, hardest, strict=True) if value != "N/A")

    found = rows(endpoint, ",".join(fields), query=asked, now=now, limit=7_500)

    (pair,) = [row for row in found if row.values == hardest]
    assert health(metric, [pair.counters[key] for key in CONNECTIONS.counted_keys]) in (Health.ODD, Health.BAD)


@pytest.mark.parametrize("incident", INCIDENTS, ids=lambda incident: incident.name)
def test_grouped_by_service_those_of_that_pair_stand_first(estate: Estate, incident: Incident) -> None:
    ((first, _),) = shows_at(estate, incident, SERVICES).most_common(1)

    assert first == ends_of(estate, estate.hardest_hit[incident], SERVICES)


def test_each_of_these_pairs_has_another_caller(estate: Estate) -> None:
    callers = {ends_of(estate, flow, ("client_kube_deployment",)) for flow in estate.hardest_hit.values()}

    assert len(callers) == len(INCIDENTS)


def test_grouped_by_zones_the_lossy_pair_has_the_highest_share_of_retransmits(endpoint: Endpoint) -> None:
    zones = "client_availability-zone,server_availability-zone"

    first, second, third, *_ = worst(endpoint, "lossy zones", zones, "retransmit_share")

    assert {first.values, second.values} == {("eu-west-1a", "eu-west-1c"), ("eu-west-1c", "eu-west-1a")}
    assert second.retransmit_share > 0.02
    assert third.retransmit_share < 0.01


def test_loss_also_shows_in_retransmission_timeouts(endpoint: Endpoint) -> None:
    zones = "client_availability-zone,server_availability-zone"

    first, second, third, *_ = worst(endpoint, "lossy zones", zones, "tcp_rto_count")

    assert second["tcp_rto_count"] > 5 * third["tcp_rto_count"]


def test_grouped_by_image_tag_only_the_newest_version_of_pricing_refuses(endpoint: Endpoint) -> None:
    versions = "server_service,server_image_tag"

    first, second, *_ = worst(endpoint, "refused since a deploy", versions, "tcp_refusals")

    assert first.values == ("pricing", "4.12.0")
    assert first["tcp_refusals"] > 5 * second["tcp_refusals"]


def test_the_refusing_pods_are_all_of_one_replica_set(endpoint: Endpoint) -> None:
    pods = "server_kube_replica_set,server_pod_name"

    found = worst(endpoint, "refused since a deploy", pods, "tcp_refusals", "server_service:pricing")

    refusing = [row for row in found if row["tcp_refusals"] > 50]
    assert len(refusing) > 1
    assert len({row.values[0] for row in refusing}) == 1


def test_grouped_by_domain_and_port_one_port_of_the_bank_times_out_and_never_answers(endpoint: Endpoint) -> None:
    ports = "server_domain,network.server.port"

    found = worst(endpoint, "firewall drops", ports, "tcp_timeouts")

    assert found[0].values == ("settlement.partner-bank.example", "8443")
    assert found[0]["bytes_sent_by_server"] == 0
    assert found[0]["tcp_timeouts"] > 3 * found[1]["tcp_timeouts"]
    usual_port = next(row for row in found if row.values == ("settlement.partner-bank.example", "443"))
    assert usual_port["bytes_sent_by_server"] > 0


def test_grouped_by_pod_the_zero_window_probes_go_to_one_consumer(endpoint: Endpoint) -> None:
    pods = "server_service,server_region,server_pod_name"

    found = worst(endpoint, "closed window", pods, "tcp_probe0_count")

    probed = {row.values[:2] for row in found if row["tcp_probe0_count"] > 500}
    assert probed == {("events-consumer", "eu-central-1")}


def test_grouped_by_host_the_congestion_marks_meet_at_one(endpoint: Endpoint) -> None:
    pairs = worst(endpoint, "congested host", "client_host,server_host", "tcp_delivered_ce")

    assert all("ip-10-3-112-6.us-east-1.compute.internal" in pair.values for pair in pairs[:20])
    assert pairs[19]["tcp_delivered_ce"] > 100


def test_grouped_by_regions_the_reordering_is_on_one_peering(endpoint: Endpoint) -> None:
    regions = "client_region,server_region"

    first, second, third, *_ = worst(endpoint, "unequal paths", regions, "tcp_reord_seen")

    assert {first.values, second.values} == {("us-east-1", "eu-central-1"), ("eu-central-1", "us-east-1")}
    assert second["tcp_reord_seen"] > 10 * third["tcp_reord_seen"]


def test_grouped_by_load_balancer_the_partners_one_cuts_connections(endpoint: Endpoint) -> None:
    query = "NOT server_loadbalancer:N/A"

    first, second, *_ = worst(endpoint, "impatient load balancer", "server_loadbalancer", "tcp_resets", query)

    assert first.values == ("partner-public-eu-west-1",)
    assert first["tcp_resets"] > 5 * second["tcp_resets"]


def test_at_any_time_of_day_three_incidents_are_in_force() -> None:
    ends = range(MIDNIGHT, MIDNIGHT + 86_400, 60)

    fewest = min(sum(one.recurrence.share(end - QUARTER, end) > 0.3 for one in INCIDENTS) for end in ends)

    assert fewest >= 3


@pytest.mark.parametrize("incident", INCIDENTS, ids=lambda incident: incident.name)
def test_each_incident_is_in_force_some_time_of_a_day(incident: Incident) -> None:
    assert incident.recurrence.share(MIDNIGHT, MIDNIGHT + 86_400) > 0


@pytest.mark.parametrize("incident", INCIDENTS, ids=lambda incident: incident.name)
def test_incidents_begin_and_end_with_a_bucket(incident: Incident) -> None:
    recurrence = incident.recurrence

    assert [time % 300 for time in (recurrence.every, recurrence.lasting, recurrence.first)] == [0, 0, 0]


@pytest.mark.parametrize("number", [47, 2_026])
def test_every_estate_has_such_a_pair_for_each_incident(number: int) -> None:
    assert set(Estate(number).hardest_hit) == set(INCIDENTS)
