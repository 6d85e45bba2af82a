import pytest

from cnm_tui.core.endpoint import CONNECTIONS
from cnm_tui.demo.contract import Endpoint
from cnm_tui.demo.rhythms import Rhythm, Temper, rhythms_of
from tests.demo.asking import NOW, Row, mean_rtt, rows, total

SUMS = [key for key in CONNECTIONS.counted_keys if key != "rtt_micro_seconds"]
VOLUMES = ("packets_sent_by_client", "packets_sent_by_server", "bytes_sent_by_client", "bytes_sent_by_server")
DAY = 86_400


@pytest.mark.parametrize(
    ("coarse", "fine"),
    [
        ("client_env", "client_env,server_service"),
        ("client_service", "client_service,server_service,server_region"),
        ("server_service", "server_service,client_availability-zone,server_availability-zone,network.transport"),
        ("client_team", "client_team,client_pod_name"),
        ("", "client_kube_namespace,server_domain,server_port"),
    ],
)
def test_grouping_finer_and_adding_up_gives_the_same_sums(endpoint: Endpoint, coarse: str, fine: str) -> None:
    few, many = rows(endpoint, coarse), rows(endpoint, fine)

    assert len(few) < len(many) < 7_500
    assert {key: total(few, key) for key in SUMS} == {key: total(many, key) for key in SUMS}


def test_each_group_is_the_sum_of_its_finer_groups(endpoint: Endpoint) -> None:
    few, many = rows(endpoint, "client_service"), rows(endpoint, "client_service,server_service,client_host")

    assert len(many) < 7_500
    for row in few:
        parts = [part for part in many if part.groups["client_service"] == row.groups["client_service"]]
        assert {key: row[key] for key in SUMS} == {key: total(parts, key) for key in SUMS}


@pytest.mark.parametrize(
    ("coarse", "fine"), [("client_service", "client_service,server_ip"), ("", "client_region,server_service")]
)
def test_the_round_trip_time_is_a_mean_weighted_by_the_clients_packets(
    endpoint: Endpoint, coarse: str, fine: str
) -> None:
    query = "network.transport:tcp"
    few, many = (rows(endpoint, group_by, query=query) for group_by in (coarse, fine))

    assert len(few) < len(many) < 7_500
    assert mean_rtt(few) == pytest.approx(mean_rtt(many), abs=1)
    for row in few:
        parts = [part for part in many if row.groups.items() <= part.groups.items()]
        assert row["rtt_micro_seconds"] == pytest.approx(mean_rtt(parts), abs=1)


def test_traffic_without_a_round_trip_time_does_not_dilute_that_of_others(endpoint: Endpoint) -> None:
    (everything,) = rows(endpoint, "")
    (tcp,) = rows(endpoint, "", query="network.transport:tcp")

    assert everything["packets_sent_by_client"] > tcp["packets_sent_by_client"]
    assert everything["rtt_micro_seconds"] == tcp["rtt_micro_seconds"]


def test_udp_has_traffic_but_neither_tcp_counters_nor_a_round_trip_time(endpoint: Endpoint) -> None:
    (udp,) = rows(endpoint, "", query="network.transport:udp")

    assert udp.total_bytes > 0
    assert {key: number for key, number in udp.counters.items() if key.startswith(("tcp_", "rtt_")) and number} == {}


def test_the_halves_of_a_window_add_up_to_it_where_nothing_goes_wrong(endpoint: Endpoint) -> None:
    query = "client_env:staging AND server_env:staging"
    start, middle, end = NOW - 7_300, NOW - 3_001, NOW - 77

    (first,), (second,), (whole,) = (
        rows(endpoint, "", query=query, from_=window[0], to=window[1])
        for window in ((start, middle), (middle, end), (start, end))
    )

    for key in VOLUMES:
        assert first[key] + second[key] == whole[key]


def test_a_part_of_a_bucket_counts_by_its_share(endpoint: Endpoint) -> None:
    (bucket,) = rows(endpoint, "", query="client_env:staging", from_=NOW - 300, to=NOW)
    (third,) = rows(endpoint, "", query="client_env:staging", from_=NOW - 300, to=NOW - 200)

    assert third["packets_sent_by_client"] == pytest.approx(bucket["packets_sent_by_client"] / 3, rel=0.01)


def test_people_are_busier_in_the_evening_than_before_dawn(endpoint: Endpoint) -> None:
    query = "client_service:storefront AND client_region:eu-west-1 AND client_env:prod"
    midnight = NOW // DAY * DAY

    (evening,), (dawn,) = (
        rows(endpoint, "", query=query, now=NOW + DAY, from_=midnight + 3_600 * hour, to=midnight + 3_600 * (hour + 1))
        for hour in (20, 5)
    )

    assert evening["packets_sent_by_client"] > 1.5 * dawn["packets_sent_by_client"]


def test_offices_are_quieter_on_sunday_than_on_monday(endpoint: Endpoint) -> None:
    query = "client_service:ledger AND server_service:ledger-postgres"

    (monday,), (sunday,) = (
        rows(endpoint, "", query=query, from_=NOW - 3_600 - back, to=NOW - back) for back in (0, DAY)
    )

    assert monday["packets_sent_by_client"] > 1.05 * sunday["packets_sent_by_client"]


def test_one_bucket_is_never_quite_like_the_next(endpoint: Endpoint) -> None:
    volumes = [
        rows(endpoint, "client_env", query="client_env:prod", from_=start, to=start + 300)[0]["packets_sent_by_client"]
        for start in range(NOW - 3_600, NOW, 300)
    ]

    assert len(set(volumes)) == 12


def test_connections_come_and_go_from_window_to_window(endpoint: Endpoint) -> None:
    pairs, query = "client_pod_name,server_pod_name", "client_service:checkout"

    now_there = {row.id for row in rows(endpoint, pairs, query=query)}
    then_there = {row.id for row in rows(endpoint, pairs, query=query, now=NOW - 900)}

    assert now_there - then_there
    assert then_there - now_there
    assert len(now_there & then_there) > 10 * len(now_there ^ then_there)


def test_distance_shows_in_the_round_trip_time(endpoint: Endpoint) -> None:
    def rtt(query: str) -> float:
        return mean_rtt(rows(endpoint, "", query=f"network.transport:tcp AND ({query})")) / 1_000

    # In milliseconds.
    assert 0.1 < rtt("intra_availability_zone:true client_region:eu-central-1") < 0.6
    assert 0.8 < rtt("intra_availability_zone:false intra_region:true client_region:eu-central-1") < 2.5
    assert 10 < rtt("client_region:eu-west-1 server_region:eu-central-1") < 90
    assert 20 < rtt("server_domain:cards.example") < 150


def test_a_healthy_network_repeats_few_packets(endpoint: Endpoint) -> None:
    (healthy,) = rows(endpoint, "", query="client_env:staging server_env:staging network.transport:tcp")

    assert 0.0001 < healthy.retransmit_share < 0.002


def test_work_only_ever_grows() -> None:
    rhythms = rhythms_of(1, [0, -5])

    for rhythm in rhythms:
        work = [rhythm.work(moment) for moment in range(NOW - 8 * DAY, NOW, 300)]
        steps = [after - before for before, after in zip(work, work[1:], strict=False)]
        assert min(steps) > 0.05 * 300


@pytest.mark.parametrize("temper", Temper)
def test_work_over_weeks_is_one_a_second_but_for_weekends(temper: Temper) -> None:
    rhythm = Rhythm(temper, 0, salt=5)
    weeks = 4 * 7 * DAY

    mean = (rhythm.work(NOW) - rhythm.work(NOW - weeks)) / weeks

    assert mean == pytest.approx(1 - temper.weekend_dip * 2 / 7, rel=0.01)


FLOOD = "server_service,server_region,client_service"


def test_connections_are_counted_over_the_window_unless_a_rate_is_wanted(endpoint: Endpoint) -> None:
    counted = {row.id: row for row in rows(endpoint, FLOOD)}
    rated = {row.id: row for row in rows(Endpoint(1, "rate"), FLOOD)}

    assert counted.keys() == rated.keys()
    for key in ("tcp_established_connections", "tcp_closed_connections"):
        assert any(row[key] for row in rated.values())
        assert all(rated[row_id][key] == counted[row_id][key] // 900 for row_id in counted)


def test_only_counts_show_what_they_are(endpoint: Endpoint) -> None:
    def excess(row: Row) -> float:
        packets = row["packets_sent_by_client"] + row["packets_sent_by_server"]
        return row["tcp_established_connections"] * 900 - packets

    assert max(map(excess, rows(endpoint, FLOOD))) > 0
    assert max(map(excess, rows(Endpoint(1, "rate"), "client_pod_name,server_pod_name", limit=7_500))) <= 0
