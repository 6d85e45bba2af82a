import re

import pytest

from cnm_tui.core.endpoint import CONNECTIONS
from cnm_tui.demo.contract import Endpoint
from cnm_tui.demo.estate import Estate, estate_of
from cnm_tui.demo.traffic import Traffic
from tests.demo.asking import NOW, rows


@pytest.fixture(scope="module")
def estate() -> Estate:
    return estate_of(1)


@pytest.fixture(scope="module")
def traffic(estate: Estate) -> Traffic:
    return Traffic(estate)


def named(estate: Estate, field: str) -> set[str]:
    return {value for values in estate.column(field).values for value in values}


@pytest.mark.parametrize("seed", [1, 2, 3])
def test_there_are_more_connections_than_any_answer_holds(seed: int) -> None:
    assert len(Estate(seed).flows) >= 20_000


@pytest.mark.parametrize("hour", [0, 6, 12, 18])
def test_most_of_them_are_busy_at_any_hour(traffic: Traffic, hour: int) -> None:
    now = NOW // 86_400 * 86_400 + hour * 3_600

    counters = traffic.within(now - 900, now, now)

    assert counters is not None
    assert sum(packets > 0 for packets in counters["packets_sent_by_client"]) >= 20_000


def test_there_are_as_many_pairs_of_pods(estate: Estate) -> None:
    pods = zip(estate.column("client_pod_name").of_flow, estate.column("server_pod_name").of_flow, strict=True)

    assert len(set(pods)) >= 20_000


def test_the_estate_is_as_large_and_as_mixed_as_a_real_one(estate: Estate) -> None:
    assert len(named(estate, "server_service")) >= 40
    assert len(named(estate, "client_team")) >= 5
    assert named(estate, "client_env") == {"prod", "staging"}
    assert len(named(estate, "server_region")) >= 3
    assert len(named(estate, "client_availability-zone")) >= 9
    assert len(named(estate, "server_kube_namespace")) >= 8
    assert len(named(estate, "client_pod_name")) >= 500
    assert len(named(estate, "client_host")) >= 50
    assert len(named(estate, "server_loadbalancer")) >= 3
    assert len(named(estate, "server_s3_bucket")) >= 5
    assert {"cards.example", "maps.example"} <= named(estate, "server_domain")


def test_names_and_addresses_look_like_real_ones(estate: Estate) -> None:
    hosts, pods = named(estate, "client_host"), named(estate, "server_pod_name")

    assert all(re.fullmatch(r"ip-10(-\d{1,3}){3}\.[a-z]+-[a-z]+-\d\.compute\.internal", host) for host in hosts)
    assert any(re.fullmatch(r"checkout-[0-9a-f]{9}-[a-z0-9]{5}", pod) for pod in pods)
    assert all(re.fullmatch(r"i-0[0-9a-f]{16}", instance) for instance in named(estate, "client_instance-id"))


def test_no_two_ends_of_the_estate_share_an_address(estate: Estate) -> None:
    # Agents run on the network of their host, and so have its address.
    addresses = [end.values("ip") for end in estate.flows.ends if end.zone]

    assert () not in addresses
    assert len(set(addresses)) == len(addresses)


def test_some_services_have_names_that_are_not_ascii(estate: Estate) -> None:
    assert {"検索", "prüfung", "café-menü"} <= named(estate, "client_service")


def test_some_ends_are_resolved_by_nothing_but_their_address(endpoint: Endpoint) -> None:
    unknown = rows(endpoint, "client_ip", query="client_service:N/A AND client_host:N/A AND client_ip:*")

    assert len(unknown) > 100


@pytest.mark.parametrize(
    "field", ["server_loadbalancer", "client_security-group", "server_kube-labels", "tls_client_version"]
)
def test_some_values_are_several(estate: Estate, field: str) -> None:
    assert any(len(values) > 1 for values in estate.column(field).values)


@pytest.mark.parametrize("field", sorted(CONNECTIONS.fields))
def test_every_field_of_the_catalogue_can_be_grouped_by_and_searched(endpoint: Endpoint, field: str) -> None:
    some = "client_team:payments"

    grouped = rows(endpoint, field, query=some)
    known = rows(endpoint, field, query=f"{some} {field}:*")
    unknown = rows(endpoint, field, query=f"{some} {field}:N/A")

    assert len(grouped) == len(known) + len(unknown) < 7_500
    assert all(row.groups[field] for row in known)
    assert len(unknown) <= 1


def test_most_of_the_catalogue_is_carried_by_something(estate: Estate) -> None:
    carried = {field for field in CONNECTIONS.fields if estate.knows(field)}

    # The others belong to schedulers that this estate does not use.
    assert len(carried) > 0.75 * len(CONNECTIONS.fields)


def test_custom_tags_can_be_grouped_by_too(endpoint: Endpoint) -> None:
    assert "cc-payments" in {row.values[0] for row in rows(endpoint, "client_cost_center")}


def test_a_field_that_nothing_carries_is_one_unresolved_group(endpoint: Endpoint) -> None:
    (row,) = rows(endpoint, "client_nobody_has_this")

    assert row.id == "client_nobody_has_this:N/A"


def test_unresolved_ends_are_said_in_every_way_but_always_the_same_for_a_field(endpoint: Endpoint) -> None:
    ways = {
        tuple(row.groups.get(field, ["no such key"]))
        for field in CONNECTIONS.fields
        for row in rows(endpoint, field, query=f"client_service:geo {field}:N/A")
    }

    assert ways == {("N/A",), (), ("no such key",)}
    assert rows(endpoint, "client_service", query="client_service:N/A")[0].groups == {"client_service": ["N/A"]}


def test_one_seed_always_makes_the_same_estate_and_another_another() -> None:
    def answer(seed: int) -> list[str]:
        return [row.id for row in rows(Endpoint(seed), "client_pod_name,server_ip", limit=200)]

    first, another, again = answer(1), answer(2), answer(1)

    assert first == again
    assert first != another


def test_one_moment_always_has_the_same_answer_and_another_another() -> None:
    def figures(now: float) -> list[dict[str, int]]:
        return [row.counters for row in rows(Endpoint(1), "client_service", now=now)]

    first, another, again = figures(NOW), figures(NOW + 300), figures(NOW)

    assert first == again
    assert first != another
