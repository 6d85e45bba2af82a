"""Test the keyboard key D, which switches from a connection to the DNS data of its client, or back to
connections.

After the switch, the user must be able to go back to the earlier rows.
"""

from dataclasses import replace

import pytest

from cnm_tui.core.connections import Connection, Connections
from cnm_tui.core.endpoint import CONNECTIONS, Endpoint
from cnm_tui.core.endpoints.dns import DNS
from cnm_tui.core.endpoints.dns.fields import DNS_QUERY, DNS_SERVER
from cnm_tui.core.navigation.endpoints import passage
from cnm_tui.core.query import Query, usual_query
from cnm_tui.core.snapshot import Snapshot
from cnm_tui.core.table.sorting import worst_first_sort
from cnm_tui.core.time.time_range import Window, last
from tests.builders import MOMENT, FakeSource
from tests.tui.conftest import exploring


def answer(query: Query, *values: str) -> Snapshot:
    """Return an answer to the query with one row that has these tag values."""
    row = Connection("row", tuple((value,) if value else () for value in values), (1,) * len(query.endpoint.counted))
    return Snapshot(query, Window(MOMENT - 900, MOMENT), MOMENT, Connections.of([row]))


def after(query: Query, *values: str, endpoint: Endpoint = DNS) -> Query:
    """Return the query to which the keyboard key D leads from a row with these tag values."""
    shown = answer(query, *values)
    return passage(query, endpoint, shown, shown.connections[0]).query


def test_the_client_stays_and_the_server_does_not() -> None:
    query = Query(("client_service", "server_service"), time_range=last(7_200), limit=50)

    found = after(query, "web", "store")

    assert found == replace(
        usual_query(DNS), search="client_service:web", time_range=query.time_range, limit=query.limit
    )


def test_the_domain_of_a_connection_is_the_name_that_dns_was_asked_for() -> None:
    found = after(Query(("client_service", "server_domain")), "web", "api.example")

    assert found.search == f"client_service:web AND ({DNS_QUERY}:api.example OR {DNS_QUERY}:api.example.*)"
    assert found.group_bys == (DNS_QUERY, DNS_SERVER)


def test_the_name_that_dns_was_asked_for_is_the_domain_of_connections() -> None:
    found = after(Query(("client_service", DNS_QUERY), endpoint=DNS), "web", "api.example", endpoint=CONNECTIONS)

    assert found.endpoint is CONNECTIONS
    assert found.search == "client_service:web AND server_domain:api.example"
    assert found.group_bys == ("client_service", "server_service", "server_domain")


def test_unresolved_ends_are_left_out() -> None:
    assert after(Query(("client_service", "server_domain")), "", "") == usual_query(DNS)


def test_values_are_searched_for_exactly_and_all_of_them() -> None:
    query = Query(("client_service", "server_domain", "client_port"))
    row = Connection("row", (('a "b" *',), ("x.example", "y.example"), ("54321",)), (1,) * 17)
    shown = Snapshot(query, Window(MOMENT - 900, MOMENT), MOMENT, Connections.of([row]))

    found = passage(query, DNS, shown, shown.connections[0])

    names = [f"{DNS_QUERY}:{name}" for name in ("x.example", "x.example.*", "y.example", "y.example.*")]
    # The port of a connection is not that of a DNS request.
    assert found.query.search == f'client_service:"a \\"b\\" *" AND ({" OR ".join(names)})'


def test_a_name_of_the_search_path_leads_back_to_the_name() -> None:
    there = after(Query(("client_service", "server_domain")), "web", "api.example")

    back = after(replace(there, group_bys=(DNS_QUERY,)), "api.example.svc.cluster.local", endpoint=CONNECTIONS)

    assert back.search == "client_service:web AND server_domain:api.example"


@pytest.mark.parametrize(
    ("query", "values", "clients"),
    [
        (Query(("client_service",)), ("web",), "the same client"),
        (Query(("client_service",)), ("N/A",), "all clients, as this row names none"),
        (Query(("server_service",)), ("store",), "all clients, as this row names none"),
        (Query(("server_service",), search="client_env:prod"), ("store",), "the clients in the search"),
        (Query(("client_service",)), None, "all clients"),
    ],
)
def test_whose_dns_it_is_is_said(query: Query, values: tuple[str, ...] | None, clients: str) -> None:
    shown = answer(query, *(values or ("web",)))

    assert passage(query, DNS, shown, None if values is None else shown.connections[0]).clients == clients


@pytest.mark.parametrize(
    ("search", "kept", "left_out"),
    [
        ("client_env:prod AND server_env:prod", "client_env:prod", ("server_env:prod",)),
        ("(client_env:a OR client_env:b) udp", "client_env:a OR client_env:b", ("udp",)),
        (
            "NOT client_team:x AND (client_env:a OR server_env:b)",
            "NOT client_team:x",
            ("client_env:a OR server_env:b",),
        ),
        ("CIDR(network.client.ip, 10.0.0.0/8)", "CIDR(network.client.ip, 10.0.0.0/8)", ()),
        ("env:prod", "", ("env:prod",)),
        ("server_domain:a.example", "network.dns_query:a.example OR network.dns_query:a.example.*", ()),
        ("server_domain:*.example", "network.dns_query:*.example", ()),
        ("server_domain:a.exampl?", "network.dns_query:a.exampl?", ()),
        ("NOT server_domain:a.example", "NOT network.dns_query:a.example", ()),
        ("server_domain:a OR client_env:b", "", ("server_domain:a OR client_env:b",)),
        ("(client_env:a", "client_env:a", ()),
    ],
)
def test_of_a_search_only_what_is_about_the_client_stays(search: str, kept: str, left_out: tuple[str, ...]) -> None:
    found = passage(Query(search=search), DNS, None, None)

    assert (found.query.search, found.left_out) == (kept, left_out)


async def test_one_key_goes_there_and_backspace_comes_back_without_a_request() -> None:
    source = FakeSource(
        answer(Query(), "web", "store"), answer(replace(usual_query(DNS), search="client_service:web"), "api.example")
    )
    async with exploring(source, size=(120, 40)) as user:
        await user.sees("store")
        await user.press("D")
        await user.sees("DNS of any client")
        await user.sees("api.example")
        await user.sees("backspace goes back")
        assert user.main.session.exploration.arrangement.sort == worst_first_sort(DNS)

        await user.press("backspace")
        await user.sees("store")

    assert [query.endpoint for query in source.asked] == [CONNECTIONS, DNS]
