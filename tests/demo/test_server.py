import gzip
import http.client
import socket
from urllib.parse import urlsplit

import pytest

from cnm_tui.core.endpoint import CONNECTIONS
from cnm_tui.core.errors import InvalidQuery
from cnm_tui.demo.server import DemoServer
from tests.demo.asking import AGGREGATE, KEYS, NOW, get

JSON_API = "application/vnd.api+json"


def test_a_row_has_group_values_as_lists_and_the_17_counters_as_integers(url: str) -> None:
    reply = get(url, group_by="client_team,server_service", limit=3)

    assert reply.status == 200
    assert reply.headers["Content-Type"] == JSON_API
    row = reply.content["data"][0]
    assert row["type"] == "aggregated_connection"
    group_bys = row["attributes"].pop("group_bys")
    assert list(group_bys) == ["client_team", "server_service"]
    assert row["id"] == f"client_team:{group_bys['client_team'][0]}, server_service:{group_bys['server_service'][0]}"
    assert tuple(row["attributes"]) == CONNECTIONS.counted_keys
    assert {type(number) for number in row["attributes"].values()} == {int}


def test_a_call_without_any_parameter_answers_no_rows(url: str) -> None:
    assert get(url).content == {"data": []}


def test_without_group_by_everything_is_one_row(url: str) -> None:
    data = get(url, limit=10).content["data"]

    assert len(data) == 1
    assert (data[0]["id"], data[0]["attributes"]["group_bys"]) == ("", {})


def test_a_hundred_rows_are_sent_where_no_limit_is_given(url: str) -> None:
    assert len(get(url, group_by="client_pod_name").content["data"]) == 100


def test_7500_rows_are_the_most_and_a_cut_of_what_there_is(url: str) -> None:
    reply = get(url, group_by="client_pod_name,server_pod_name,client_ip,server_ip", limit=7_500)

    assert len(reply.content["data"]) == 7_500


def test_the_busiest_rows_are_kept_busiest_first(url: str) -> None:
    every, few = (get(url, group_by="client_service", limit=limit).content["data"] for limit in (7_500, 5))

    volumes = [row["attributes"]["bytes_sent_by_client"] + row["attributes"]["bytes_sent_by_server"] for row in every]
    assert volumes == sorted(volumes, reverse=True)
    assert few == every[:5]


@pytest.mark.parametrize(
    ("parameters", "title"),
    [
        ({"limit": "0"}, "Invalid limit"),
        ({"limit": "7501"}, "Invalid limit"),
        ({"limit": "-1"}, "Invalid limit"),
        ({"limit": "many"}, "Invalid limit"),
        ({"limit": "²"}, "Invalid limit"),
        ({"limit": "9" * 50}, "Invalid limit"),
        ({"from": "yesterday"}, "Invalid from"),
        ({"to": "1.5"}, "Invalid to"),
        ({"from": NOW, "to": NOW}, "Invalid time range"),
        ({"from": NOW, "to": NOW - 1}, "Invalid time range"),
        ({"from": NOW + 1}, "Invalid time range"),
        ({"group_by": ",".join(f"client_tag{number}" for number in range(11))}, "Invalid group_by"),
        ({"group_by": "client_service,,server_service"}, "Invalid group_by"),
        ({"group_by": "client_service,client_service"}, "Invalid group_by"),
        ({"query": "client_service:(a"}, "Invalid query"),
        ({"query": "a AND"}, "Invalid query"),
        ({"query": "CIDR(network.client.ip, 10.0.0.0/99)"}, "Invalid query"),
    ],
)
def test_what_the_endpoint_does_not_take_is_refused_as_json_api_has_it(
    url: str, parameters: dict[str, object], title: str
) -> None:
    reply = get(url, AGGREGATE, parameters)

    assert reply.status == 400
    assert reply.headers["Content-Type"] == JSON_API
    (error,) = reply.content["errors"]
    assert (error["status"], error["title"]) == ("400", title)
    assert error["detail"]


def test_parameters_that_are_not_utf8_are_refused(url: str) -> None:
    assert get(url, f"{AGGREGATE}?query=%ff").status == 400


def test_too_many_parameters_are_refused(url: str) -> None:
    assert get(url, AGGREGATE, {f"tag{number}": 1 for number in range(101)}).status == 400


def test_ten_group_bys_are_taken(url: str) -> None:
    assert get(url, group_by=",".join(f"client_tag{number}" for number in range(10))).status == 200


def test_only_to_means_the_15_minutes_before_it(url: str) -> None:
    to_alone = get(url, group_by="client_service", to=NOW - 3_600)
    spelled_out = get(url, group_by="client_service", from_=NOW - 4_500, to=NOW - 3_600)

    assert to_alone.body == spelled_out.body


def test_neither_from_nor_to_means_the_last_15_minutes(url: str) -> None:
    neither = get(url, group_by="client_service")
    spelled_out = get(url, group_by="client_service", from_=NOW - 900, to=NOW)

    assert neither.body == spelled_out.body


def test_tags_must_all_be_there(url: str) -> None:
    by_tags = get(url, group_by="client_service", tags="client_team:payments,server_env:prod")
    by_query = get(url, group_by="client_service", query="client_team:payments AND server_env:prod")

    assert by_tags.content["data"]
    assert by_tags.body == by_query.body


def test_a_query_silently_drops_the_tags(url: str) -> None:
    both = get(url, group_by="client_service", query="client_team:shop", tags="client_team:payments")
    query_alone = get(url, group_by="client_service", query="client_team:shop")

    assert both.body == query_alone.body


@pytest.mark.parametrize("headers", [KEYS, {"Authorization": "Bearer ddpat_any"}])
def test_any_keys_or_token_will_do(url: str, headers: dict[str, str]) -> None:
    assert get(url, headers=headers, limit=1).status == 200


@pytest.mark.parametrize(
    ("headers", "said"),
    [
        ({}, "API key required"),
        ({"DD-API-KEY": "any"}, "Application key required"),
        ({"DD-APPLICATION-KEY": "any"}, "API key required"),
        ({"Authorization": "Bearer "}, "API key required"),
        ({"DD-API-KEY": "wrong", "DD-APPLICATION-KEY": "any"}, "Forbidden"),
        ({"DD-API-KEY": "any", "DD-APPLICATION-KEY": "wrong one"}, "Forbidden"),
        ({"Authorization": "Bearer wrong"}, "Forbidden"),
    ],
)
def test_missing_or_wrong_keys_are_refused_in_plain_text_errors(url: str, headers: dict[str, str], said: str) -> None:
    reply = get(url, headers=headers, limit=1)

    assert reply.status == 403
    assert reply.headers["Content-Type"] == "application/json"
    assert reply.content == {"errors": [said]}


def test_a_server_for_the_explorer_itself_needs_no_keys() -> None:
    with DemoServer(keys_required=False) as server:
        assert get(server.url, headers={}).status == 200


@pytest.mark.parametrize(
    ("path", "headers", "status"),
    [
        ("/api/v1/validate", {"DD-API-KEY": "any"}, 200),
        ("/api/v1/validate", {}, 403),
        ("/api/v2/validate_keys", KEYS, 200),
        ("/api/v2/validate_keys", {"DD-API-KEY": "any"}, 403),
    ],
)
def test_keys_can_be_checked(url: str, path: str, headers: dict[str, str], status: int) -> None:
    reply = get(url, path, headers=headers)

    assert reply.status == status
    assert ("errors" in reply.content) == (status == 403)


@pytest.mark.parametrize("path", ["/", "/api/v2/network/connections", "/api/v2/network/dns", "//["])
def test_other_paths_are_not_found(url: str, path: str) -> None:
    assert get(url, path).status == 404


@pytest.mark.parametrize("method", ["POST", "PUT", "DELETE", "HEAD", "BREW"])
def test_other_methods_are_not_allowed(url: str, method: str) -> None:
    reply = get(url, method=method)

    assert (reply.status, reply.headers["Allow"]) == (405, "GET")


def test_an_answer_is_compressed_for_who_takes_that_and_says_the_same(url: str) -> None:
    plain = get(url, group_by="client_service")
    compressed = get(url, headers=KEYS | {"Accept-Encoding": "deflate, gzip;q=0.8"}, group_by="client_service")

    assert "Content-Encoding" not in plain.headers
    assert compressed.headers["Content-Encoding"] == "gzip"
    assert gzip.decompress(compressed.body) == plain.body


def test_nothing_is_compressed_for_who_refuses_that(url: str) -> None:
    reply = get(url, headers=KEYS | {"Accept-Encoding": "gzip;q=0"}, group_by="client_service")

    assert "Content-Encoding" not in reply.headers


def test_one_connection_carries_many_requests(url: str) -> None:
    connection = http.client.HTTPConnection(urlsplit(url).netloc, timeout=60)
    sockets = []
    for limit in (0, 1, 2):
        connection.request("GET", f"{AGGREGATE}?limit={limit}", headers=KEYS)
        connection.getresponse().read()
        sockets.append(connection.sock)
    connection.close()

    assert sockets[0] is not None
    assert len(set(map(id, sockets))) == 1


def test_a_body_is_never_taken_for_the_next_request(url: str) -> None:
    host, port = urlsplit(url).netloc.split(":")
    smuggled = b"GET /api/v1/validate HTTP/1.1\r\nHost: 127.0.0.1\r\nDD-API-KEY: any\r\n\r\n"
    with socket.create_connection((host, int(port)), timeout=60) as connection:
        length = f"Content-Length: {len(smuggled)}\r\n".encode()
        connection.sendall(b"GET /elsewhere HTTP/1.1\r\nHost: 127.0.0.1\r\n" + length + b"\r\n" + smuggled)
        answers = b"".join(iter(lambda: connection.recv(65_536), b""))

    assert answers.count(b"HTTP/1.1 ") == 1


def test_a_request_line_longer_than_servers_take_is_refused(url: str) -> None:
    assert get(url, query="a" * 20_000).status == 414


@pytest.mark.parametrize("host", ["attacker.example", "127.0.0.1.attacker.example", "10.0.0.1", "[::", ""])
def test_only_a_loopback_name_is_answered_to(url: str, host: str) -> None:
    assert get(url, headers=KEYS | {"Host": host}, limit=1).status == 403


@pytest.mark.parametrize("host", ["localhost", "localhost:8080", "127.0.0.1:1", "[::1]:8080"])
def test_every_loopback_name_is_answered_to(url: str, host: str) -> None:
    assert get(url, headers=KEYS | {"Host": host}, limit=1).status == 200


def test_it_listens_on_loopback_only(url: str) -> None:
    port = urlsplit(url).port
    assert port is not None

    # If it listened on all addresses, another loopback address would reach it too.
    with pytest.raises(ConnectionRefusedError):
        socket.create_connection(("127.0.0.2", port), timeout=5)


def test_the_server_does_not_say_what_it_is_made_of(url: str) -> None:
    assert get(url).headers["Server"] == "cnm-tui-demo"


def test_a_taken_port_is_named_with_the_reason() -> None:
    with DemoServer() as server:
        port = urlsplit(server.url).port
        assert port is not None

        with pytest.raises(InvalidQuery, match=f"Port {port} cannot be had: Address already in use"):
            DemoServer(port=port)


def test_a_number_that_is_no_port_is_refused() -> None:
    with pytest.raises(InvalidQuery, match="Port 70000 cannot be had"):
        DemoServer(port=70_000)


def test_a_stopped_server_hangs_up_and_gives_its_port_back() -> None:
    with DemoServer() as server:
        port = urlsplit(server.url).port
        assert port is not None
        idle = socket.create_connection(("127.0.0.1", port), timeout=60)
        idle.sendall(b"GET /api/v1/validate HTTP/1.1\r\nHost: 127.0.0.1\r\n\r\n")
        idle.recv(1)
    with idle:
        rest = b"".join(iter(lambda: idle.recv(65_536), b""))

    assert rest.endswith(b'{"errors":["API key required"]}')
    with DemoServer(port=port) as again:
        assert get(again.url).status == 200


def test_a_window_that_is_yet_to_come_is_empty(url: str) -> None:
    assert get(url, group_by="client_service", from_=NOW + 60, to=NOW + 600).content == {"data": []}


def test_what_is_older_than_14_days_is_gone(url: str) -> None:
    days = 86_400

    before = get(url, group_by="client_service", from_=NOW - 20 * days, to=NOW - 14 * days)
    reaching_back = get(url, group_by="client_service", from_=NOW - 20 * days)
    kept = get(url, group_by="client_service", from_=NOW - 14 * days)

    assert before.content == {"data": []}
    assert reaching_back.body == kept.body
