from ipaddress import ip_address, ip_network

import pytest

from cnm_tui.core.navigation.drilling import narrowed
from cnm_tui.core.query import Query
from cnm_tui.core.search.tree import ANY_CHARACTER, ANY_TEXT, Pattern, Term
from cnm_tui.demo.contract import Endpoint
from cnm_tui.demo.estate import Estate
from cnm_tui.demo.matching import Matcher
from tests.demo.asking import rows

ENDS = "client_service,server_service,client_env"


def found(endpoint: Endpoint, query: str) -> set[str]:
    return {row.id for row in rows(endpoint, ENDS, query=query)}


@pytest.fixture(scope="module")
def every(endpoint: Endpoint) -> set[str]:
    return found(endpoint, "")


@pytest.fixture(scope="module")
def shop(endpoint: Endpoint) -> set[str]:
    return found(endpoint, "client_service:checkout")


@pytest.fixture(scope="module")
def bank(endpoint: Endpoint) -> set[str]:
    return found(endpoint, "server_service:payments")


def values(endpoint: Endpoint, query: str, field: str) -> set[str]:
    return {value for row in rows(endpoint, field, query=query) for value in row.groups.get(field, ())}


def test_a_term_keeps_exactly_the_connections_with_that_value(every: set[str], shop: set[str]) -> None:
    assert shop == {row for row in every if row.startswith("client_service:checkout,")}
    assert shop


@pytest.mark.parametrize("joined", ["{} AND {}", "{} {}", "({}) AND ({})", "{1} {0}"])
def test_and_or_a_space_keeps_what_both_keep(endpoint: Endpoint, shop: set[str], bank: set[str], joined: str) -> None:
    query = joined.format("client_service:checkout", "server_service:payments")

    assert found(endpoint, query) == shop & bank != set()


def test_or_keeps_what_either_keeps(endpoint: Endpoint, shop: set[str], bank: set[str]) -> None:
    assert found(endpoint, "client_service:checkout OR server_service:payments") == shop | bank


@pytest.mark.parametrize("query", ["NOT client_service:checkout", "-client_service:checkout"])
def test_not_or_a_dash_keeps_the_rest(endpoint: Endpoint, every: set[str], shop: set[str], query: str) -> None:
    assert found(endpoint, query) == every - shop


def test_and_binds_before_or_and_parentheses_before_both(endpoint: Endpoint) -> None:
    checkout, cart, prod = "client_service:checkout", "client_service:cart", "client_env:prod"

    bare = found(endpoint, f"{checkout} OR {cart} AND {prod}")
    grouped = found(endpoint, f"({checkout} OR {cart}) AND {prod}")

    assert bare == found(endpoint, checkout) | found(endpoint, f"{cart} {prod}")
    assert grouped == found(endpoint, f"{checkout} {prod}") | found(endpoint, f"{cart} {prod}")
    assert bare != grouped


def test_not_of_parentheses_is_the_rest_of_them(endpoint: Endpoint, every: set[str], shop: set[str]) -> None:
    checkout_or_cart = found(endpoint, "client_service:checkout OR client_service:cart")

    assert found(endpoint, "NOT (client_service:checkout OR client_service:cart)") == every - checkout_or_cart


def test_a_field_before_parentheses_goes_for_each_value_in_them(endpoint: Endpoint) -> None:
    assert found(endpoint, "client_service:(checkout OR cart)") == found(
        endpoint, "client_service:checkout OR client_service:cart"
    )


@pytest.mark.parametrize(
    ("query", "kept"),
    [
        ("client_service:check*", {"checkout"}),
        ("client_service:*vault", {"payment-vault"}),
        ("client_service:*nt-va*", {"payment-vault"}),
        ("client_service:c?rt", {"cart"}),
        ("client_service:?art", {"cart"}),
        ("client_service:e*s-co*r", {"events-collector", "events-consumer"}),
        ("client_service:pr?fung", {"prüfung"}),
        ("client_service:検*", {"検索"}),
        ("client_service:ca*t", {"cart"}),
        ("client_service:?", set()),
    ],
)
def test_wildcards_stand_for_any_text_or_one_character(endpoint: Endpoint, query: str, kept: set[str]) -> None:
    assert values(endpoint, query, "client_service") == kept


@pytest.mark.parametrize(
    ("query", "kept"),
    [
        ('client_service:"checkout"', {"checkout"}),
        ('client_service:"検索"', {"検索"}),
        ('client_service:"check*"', set()),
        (r"client_service:check\*", set()),
        (r"client_service:payment\-vault", {"payment-vault"}),
        ('client_service:("checkout" OR "cart")', {"checkout", "cart"}),
    ],
)
def test_quotes_and_backslashes_take_signs_literally(endpoint: Endpoint, query: str, kept: set[str]) -> None:
    assert values(endpoint, query, "client_service") == kept


@pytest.mark.parametrize("query", ["client_service:Checkout", "client_service:CHECK*", "Checkout"])
def test_case_counts_in_values(endpoint: Endpoint, query: str) -> None:
    assert found(endpoint, query) == set()


@pytest.mark.parametrize("field", ["network.client.ip", "network.server.ip"])
def test_cidr_keeps_the_addresses_within_any_of_the_blocks(endpoint: Endpoint, field: str) -> None:
    blocks = [ip_network("10.1.0.0/18"), ip_network("198.51.100.0/24")]

    kept = values(endpoint, f"CIDR({field}, 10.1.0.0/18, 198.51.100.0/24)", field)

    known = [ip_address(value) for values in Estate(1).column(field).values for value in values]
    within = {str(address) for address in known if any(address in block for block in blocks)}
    assert kept
    assert kept <= within
    assert len(kept) > 0.9 * len(within)


def test_cidr_of_another_kind_of_address_keeps_nothing(endpoint: Endpoint) -> None:
    assert found(endpoint, "CIDR(network.client.ip, 2001:db8::/32)") == set()


def test_cidr_of_what_is_no_address_keeps_nothing(endpoint: Endpoint) -> None:
    assert found(endpoint, "CIDR(client_service, 10.0.0.0/8)") == set()


def test_a_tag_without_its_side_is_looked_for_on_both(endpoint: Endpoint) -> None:
    either = found(endpoint, "client_service:payments OR server_service:payments")

    assert found(endpoint, "service:payments") == either


@pytest.mark.parametrize("field", ["service", "env", "team"])
def test_the_common_tags_need_no_side(endpoint: Endpoint, field: str) -> None:
    assert found(endpoint, f"{field}:*")


def test_a_bare_value_is_looked_for_in_the_main_fields_of_both_sides(endpoint: Endpoint) -> None:
    assert found(endpoint, "checkout") >= found(endpoint, "service:checkout")
    assert values(endpoint, "cards.example", "server_domain") == {"cards.example"}
    assert values(endpoint, "10.1.0.2", "client_ip") | values(endpoint, "10.1.0.2", "server_ip") >= {"10.1.0.2"}


def test_na_means_unresolved_and_a_star_means_resolved(endpoint: Endpoint, every: set[str]) -> None:
    unresolved = found(endpoint, "client_service:N/A")
    resolved = found(endpoint, "client_service:*")

    assert unresolved
    assert not unresolved & resolved
    assert unresolved | resolved == every


@pytest.mark.parametrize("field", ["client_service", "server_service", "server_domain", "server_loadbalancer"])
def test_narrowing_to_a_row_and_away_from_it_parts_all_connections_in_two(endpoint: Endpoint, field: str) -> None:
    every = {row.id: row for row in rows(endpoint, field)}
    unresolved = next(row for row in every.values() if (row.groups.get(field) or ["N/A"]) == ["N/A"])
    several = max(every.values(), key=lambda row: len(row.groups.get(field) or ()))

    for row in (unresolved, several):
        sent = tuple(row.groups.get(field) or ())
        to, away = (narrowed(Query(), field, sent, excluded=excluded).search for excluded in (False, True))
        kept, others = ({one.id for one in rows(endpoint, field, query=query)} for query in (to, away))
        assert row.id in kept
        assert row.id not in others
        assert kept | others == set(every)
        assert not kept & others


def test_one_of_several_values_is_enough(endpoint: Endpoint) -> None:
    kept = rows(endpoint, "server_loadbalancer", query="server_loadbalancer:edge-internal-us-east-1")

    assert [row.values for row in kept] == [("edge-public-us-east-1, edge-internal-us-east-1",)]


def test_fields_of_the_whole_flow_can_be_searched(endpoint: Endpoint) -> None:
    assert values(endpoint, "network.server.port:5432", "server_port") == {"5432"}
    assert values(endpoint, "network.transport:udp", "network.transport") == {"udp"}
    assert values(endpoint, "tls_version:tls_1.2", "tls_encrypted") == {"true"}


def test_a_field_that_nothing_carries_keeps_nothing(endpoint: Endpoint) -> None:
    assert found(endpoint, "client_nobody_has_this:x OR nor_this:*") == set()


def test_many_wildcards_on_a_text_that_almost_fits_take_no_time_to_speak_of() -> None:
    estate = Estate(1)
    parts = [ANY_TEXT, *(part for _ in range(40) for part in ("a", ANY_TEXT, ANY_CHARACTER)), "!"]

    flags = Matcher(estate).flags(Term("server_domain", Pattern(tuple(parts))))

    assert not any(flags)
