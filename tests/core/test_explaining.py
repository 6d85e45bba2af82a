"""Test the explanation of a high metric: the tag values that cause it.

A tag value is named as a cause if its share of the metric is much larger than its share of the traffic, with
enough evidence.
"""

from dataclasses import replace

import pytest

from cnm_tui.core.endpoint import CONNECTIONS
from cnm_tui.core.errors import InvalidQuery
from cnm_tui.core.explain.answers import Term
from cnm_tui.core.explain.candidates import PER_SIDE, candidates, resolved_by
from cnm_tui.core.explain.investigation import Explanation, Investigation, Scope, drill_query
from cnm_tui.core.explain.measure import measure_of
from cnm_tui.core.explain.words import cost_sentence, result_sentence, value_sentence
from cnm_tui.core.fields.group_by import Side, end_of
from cnm_tui.core.query import MOST_ROWS, Query
from cnm_tui.core.service import Budget
from cnm_tui.core.time.time_range import Window
from tests.builders import MOMENT, a_connection, a_snapshot
from tests.flow_world import Flow, FlowWorld

WINDOW = Window(MOMENT - 900, MOMENT)
ZONES = ("us-east-1a", "us-east-1b", "us-east-1c")
FIELDS = ("client_service", "server_service", "server_availability-zone", "server_pod_name")
RETRANSMITS = measure_of("tcp_retransmits", CONNECTIONS)
SERVICE, ZONE, POD = "server_service", "server_availability-zone", "server_pod_name"


def flow(service: str, zone: str, pod: str, *, packets: int = 10_000, retransmits: int = 10) -> Flow:
    tags = {"client_service": "web", SERVICE: service, ZONE: zone, POD: pod, "network.transport": "tcp"}
    return Flow(tags, packets_sent_by_client=packets, tcp_retransmits=retransmits, bytes_sent_by_client=packets * 100)


def world(**ill: str) -> FlowWorld:
    """Return a simulated network of 3 services in 3 availability zones. Each service has 6 pods.

    Flows with all given tag values retransmit 8 % of their packets. If no values are given, all flows are
    healthy.
    """
    flows = []
    for service in ("store", "mail", "cart"):
        for number in range(6):
            tags = {"service": service, "zone": ZONES[number % 3], "pod": f"{service}-{number}"}
            is_ill = bool(ill) and ill.items() <= tags.items()
            flows.append(flow(*tags.values(), retransmits=800 if is_ill else 10))
    return FlowWorld(flows)


def explained(asked: FlowWorld, query: Query | None = None, fields: tuple[str, ...] = FIELDS) -> Explanation:
    investigation = Investigation(RETRANSMITS, query or Query(), WINDOW, fields)
    while (question := investigation.question) is not None:
        investigation.on_answer(asked.answer(question))
    return investigation.explanation()


def explained_rows(
    asked: FlowWorld, *services: str, group_by: str = SERVICE, by: tuple[str, ...] = FIELDS
) -> Explanation:
    """Explain the rows of these services in an answer that is grouped by one tag.

    Args:
        asked: The simulated network.
        services: The values of the rows to explain.
        group_by: The tag by which the answer is grouped.
        by: The tags in which a cause is searched for.
    """
    shown = asked.answer(Query(group_bys=(group_by,), limit=MOST_ROWS))
    rows = [row for row in shown.connections if row.group_text(0) in services]
    fields = tuple(field for field in by if field != group_by)
    investigation = Investigation(RETRANSMITS, shown.query, WINDOW, fields, (shown, rows))
    while (question := investigation.question) is not None:
        investigation.on_answer(asked.answer(question))
    return investigation.explanation()


def first(result: Explanation) -> tuple[Term, ...]:
    return result.ranking.values[0].terms


@pytest.mark.parametrize(
    ("ill", "term"),
    [
        ({"zone": "us-east-1b"}, Term(ZONE, "us-east-1b")),
        ({"service": "mail"}, Term(SERVICE, "mail")),
        ({"pod": "mail-4"}, Term(POD, "mail-4")),
    ],
    ids=["zone", "service", "pod"],
)
def test_the_value_that_is_ill_comes_first(ill: dict[str, str], term: Term) -> None:
    assert first(explained(world(**ill))) == (term,)


def test_a_value_with_most_of_the_trouble_and_as_much_of_the_traffic_explains_nothing() -> None:
    flows = [flow("store", "us-east-1a", "store-0", packets=870_000, retransmits=870)]
    flows += [flow("mail", zone, f"mail-{zone}", packets=65_000, retransmits=65) for zone in ZONES[1:]]

    result = explained(FlowWorld(flows))

    assert result.ranking.values == ()
    assert result_sentence(result).startswith("No value explains it: the retransmits are spread over all of them.")


def test_a_rare_value_with_little_evidence_is_not_offered() -> None:
    rare = flow("store", "us-east-1a", "rare", packets=60, retransmits=30)
    quiet = [flow(service, zone, f"{service}-{zone}", retransmits=0) for service in ("mail", "cart") for zone in ZONES]

    result = explained(FlowWorld([rare, *quiet]))

    assert Term(POD, "rare") not in {term for value in result.ranking.values for term in value.terms}


def test_values_of_the_same_connections_are_folded_into_the_coarsest() -> None:
    flows = [flow("mail", "us-east-1b", "mail-0", retransmits=900)]
    flows += [flow(service, zone, f"{service}-{zone}") for service in ("store", "cart") for zone in ZONES[::2]]

    (value,) = explained(FlowWorld(flows)).ranking.values

    assert value.terms == (Term(ZONE, "us-east-1b"),)
    assert {one.terms[0] for one in value.folded} == {Term(SERVICE, "mail"), Term(POD, "mail-0")}


def test_two_zones_together_are_named_if_only_the_path_between_them_is_ill() -> None:
    both = [(client, server) for client in ZONES for server in ZONES]
    flows = [
        Flow(
            {"client_availability-zone": client, ZONE: server, "network.transport": "tcp"},
            packets_sent_by_client=50_000,
            tcp_retransmits=4_000 if (client, server) == ("us-east-1a", "us-east-1c") else 50,
        )
        for client, server in both
    ]

    result = explained(FlowWorld(flows), fields=("client_availability-zone", ZONE))

    assert first(result) == (Term("client_availability-zone", "us-east-1a"), Term(ZONE, "us-east-1c"))


def test_shares_are_of_the_coarse_total_though_the_answer_by_pods_is_cut() -> None:
    asked = world(zone="us-east-1b")
    asked.flows = [
        *asked.flows,
        *(flow("many", "us-east-1a", f"many-{number}", retransmits=0) for number in range(MOST_ROWS + 5)),
    ]

    result = explained(asked)

    assert POD in result.ranking.cut
    assert result.ranking.total.base == sum(one.counters[2] or 0 for one in asked.flows)
    assert first(result) == (Term(ZONE, "us-east-1b"),)


def test_a_row_is_explained_by_what_divides_it() -> None:
    asked = FlowWorld(
        [
            *(flow("mail", zone, f"mail-{zone}", retransmits=800 if zone == "us-east-1b" else 10) for zone in ZONES),
            *(flow("store", zone, f"store-{zone}", retransmits=800 if zone == "us-east-1b" else 10) for zone in ZONES),
        ]
    )

    result = explained_rows(asked, "mail")

    # Within the row, zone and pod are the same connections; elsewhere the zone is ill as well.
    assert result.scope is Scope.ROWS_IN_QUESTION
    assert first(result) == (Term(ZONE, "us-east-1b"),)


def test_a_row_of_one_pod_is_explained_by_what_it_shares_with_others_that_are_ill() -> None:
    result = explained_rows(world(zone="us-east-1b"), "mail-1", group_by=POD)

    assert result.scope is Scope.ROWS_IN_QUESTION
    assert first(result) == (Term(ZONE, "us-east-1b"),)


REGION, HOST = "server_region", "server_host"
PLACES = (SERVICE, REGION, ZONE, HOST)


def placed(service: str, host: str, *, packets: int, lost: float) -> Flow:
    """Return a flow to a host whose name contains its region and zone, for example `eu-1-host`."""
    region, zone, _ = host.split("-")
    tags = {SERVICE: service, REGION: region, ZONE: f"{region}-{zone}", HOST: host, "network.transport": "tcp"}
    return Flow(tags, packets_sent_by_client=packets, tcp_retransmits=round(packets * lost))


def test_a_value_with_two_thirds_of_a_row_is_offered_though_its_lift_is_small() -> None:
    ill = [placed("mail", f"eu-1-{number}", packets=70_000, lost=0.05) for number in range(10)]
    well = [placed("mail", f"us-1-{number}", packets=30_000, lost=0.001) for number in range(10)]

    result = explained_rows(FlowWorld([*ill, *well]), "mail", by=PLACES)

    assert first(result) == (Term(REGION, "eu"),)
    assert result.ranking.values[0].lift < 1.5


def test_a_region_is_named_before_its_busiest_host_though_that_host_has_other_trouble() -> None:
    flows = [
        placed("mail", "eu-1-busy", packets=520_000, lost=0.04),
        placed("mail", "eu-2-other", packets=70_000, lost=0.04),
        placed("mail", "us-1-a", packets=320_000, lost=0.001),
        placed("cart", "eu-1-busy", packets=4_000_000, lost=0.005),
        *(placed("cart", f"eu-1-{number}", packets=9_000_000, lost=0.0002) for number in range(4)),
        *(placed("cart", f"us-1-{number}", packets=90_000_000, lost=0.0008) for number in range(4)),
    ]

    assert first(explained_rows(FlowWorld(flows), "mail", by=PLACES)) == (Term(REGION, "eu"),)


def test_a_host_is_compared_with_its_zone_if_the_rest_of_the_zone_is_not_well() -> None:
    flows = [
        placed("mail", "eu-1-busy", packets=900_000, lost=0.055),
        placed("mail", "eu-1-other", packets=80_000, lost=0.015),
        placed("mail", "us-1-a", packets=600_000, lost=0.001),
        # The host has no more trouble with others than its zone has.
        placed("cart", "eu-1-busy", packets=500_000, lost=0.02),
        *(placed("cart", f"eu-1-{number}", packets=1_000_000, lost=0.02) for number in range(10)),
        *(placed("cart", f"us-1-{number}", packets=9_000_000, lost=0.001) for number in range(10)),
        *(placed("cart", f"eu-2-{number}", packets=2_000_000, lost=0.001) for number in range(10)),
    ]

    result = explained_rows(FlowWorld(flows), "mail", by=PLACES)

    assert first(result) == (Term(ZONE, "eu-1"),)
    assert result.scope is Scope.ROWS_IN_QUESTION


def test_a_row_that_is_ill_alone_is_explained_by_no_value_that_it_shares() -> None:
    assert explained_rows(world(pod="mail-1"), "mail-1", group_by=POD).ranking.values == ()


def test_all_questions_are_about_the_same_window_and_within_the_cost() -> None:
    asked = world(zone="us-east-1b")
    investigation = Investigation(RETRANSMITS, Query(), WINDOW, FIELDS)
    cost = investigation.cost

    explained(asked)

    assert {query.time_range.window(MOMENT + 400) for query in asked.asked} == {WINDOW}
    assert cost.least <= len(asked.asked) <= cost.most
    assert asked.asked[0].group_bys == ("network.transport",)


def test_given_up_it_tells_what_is_known_so_far() -> None:
    asked = world(zone="us-east-1b")
    investigation = Investigation(RETRANSMITS, Query(), WINDOW, (ZONE, SERVICE))
    for _ in range(2):
        assert investigation.question is not None
        investigation.on_answer(asked.answer(investigation.question))

    result = investigation.explanation()

    assert not result.finished
    assert first(result) == (Term(ZONE, "us-east-1b"),)


def test_without_any_event_there_is_nothing_to_explain() -> None:
    result = explained(FlowWorld([flow("store", "us-east-1a", "store-0", retransmits=0)]))

    assert result.asked == 1
    assert result_sentence(result) == "There are no retransmits here, so there is nothing to explain."


def test_rows_without_the_figure_do_not_count() -> None:
    absent = a_snapshot(a_connection("1", tcp_retransmits=None, packets_sent_by_client=5_000))

    assert RETRANSMITS.tallies(absent) == [None]


def test_the_sentence_names_lift_and_both_shares() -> None:
    value = explained(world(zone="us-east-1b")).ranking.values[0]

    assert value_sentence(value, RETRANSMITS) == (
        "2.9x: server_availability-zone:us-east-1b has 98 % of the retransmits on 33 % of the packets."
    )


def test_its_connections_are_searched_for_beside_the_search_so_far() -> None:
    value = explained(world(zone="us-east-1b")).ranking.values[0]

    drilled = drill_query(Query(tags=("env:prod",)), value)

    assert drilled.search == "env:prod AND server_availability-zone:us-east-1b"
    assert drilled.tags == ()


@pytest.mark.parametrize("name", ["total_bytes", "no_such_metric", ""])
def test_only_a_metric_of_which_more_is_worse_can_be_explained(name: str) -> None:
    with pytest.raises(InvalidQuery):
        measure_of(name, CONNECTIONS)


@pytest.mark.parametrize("key", [key for key in CONNECTIONS.metrics if key.startswith("tcp_r")])
def test_three_to_six_fields_of_each_side_are_asked(key: str) -> None:
    fields = candidates(key, CONNECTIONS, {})

    for side in (Side.CLIENT, Side.SERVER):
        assert 3 <= sum((end_of(field) is Side.CLIENT) is (side is Side.CLIENT) for field in fields) <= PER_SIDE


def test_fields_that_never_had_a_value_are_not_asked_again_and_own_tags_are() -> None:
    known = {"server_availability-zone": 0.0, "client_region": 0.001, "server_rack": 0.9}
    fields = candidates("tcp_retransmits", CONNECTIONS, known, excluded=("server_service", "server_host"))

    assert not {"server_availability-zone", "client_region", "server_service", "server_host"} & set(fields)
    assert "client_availability-zone" in fields


def test_at_least_three_fields_of_each_side_are_asked_though_none_had_a_value_before() -> None:
    asked = candidates("tcp_retransmits", CONNECTIONS, {})
    unresolved = dict.fromkeys(CONNECTIONS.fields, 0.0) | {asked[0]: 0.01}

    again = candidates("tcp_retransmits", CONNECTIONS, unresolved)

    assert again[0] == asked[0]
    assert [sum(_side_of(field) is side for field in again) for side in (Side.CLIENT, Side.SERVER)] == [3, 3]


def _side_of(field: str) -> Side:
    return Side.CLIENT if end_of(field) is Side.CLIENT else Side.SERVER


def test_an_answer_tells_which_of_its_fields_have_values() -> None:
    answer = a_snapshot(
        a_connection("1", (("web",), ()), bytes_sent_by_client=3),
        a_connection("2", (("web",), ("store",)), bytes_sent_by_client=1),
    )

    assert resolved_by(answer) == {"client_service": 1.0, "server_service": 0.25}


def test_the_cost_names_requests_what_is_left_and_the_fields() -> None:
    cost = Investigation(RETRANSMITS, Query(), WINDOW, (ZONE, SERVICE)).cost

    assert cost_sentence(cost, (ZONE, SERVICE), Budget(remaining=27)) == (
        "3 to 4 requests (27 left), by server_availability-zone, server_service."
    )


def test_a_search_is_kept_in_all_questions() -> None:
    asked = world(zone="us-east-1b")

    explained(asked, replace(Query(), search="server_service:mail"))

    assert all(query.search.startswith(("server_service:mail", "(server_service:mail")) for query in asked.asked)
