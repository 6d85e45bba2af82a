"""Test automatic grouping: clients and servers are grouped by the first tag that they have, for example the
service.

The tests also check that rows are summed, and that a search for such a client or server finds the same rows
again.
"""

import json

import pytest

from cnm_tui.api.row_decoder import RowDecoder
from cnm_tui.core.all_rows.collecting import AllRows
from cnm_tui.core.checks.conditions import parsed_conditions
from cnm_tui.core.checks.judging import Truth, ground_of, judged
from cnm_tui.core.connections import GroupValues
from cnm_tui.core.endpoint import CONNECTIONS
from cnm_tui.core.errors import InvalidQuery
from cnm_tui.core.fields.group_by import AUTO_GROUPS, asked_fields
from cnm_tui.core.navigation.drilling import drilled, narrowed, terms_of
from cnm_tui.core.query import MOST_ROWS, Query
from cnm_tui.core.row_values import values_of
from cnm_tui.core.service import parameters
from cnm_tui.core.snapshot import Snapshot
from cnm_tui.core.table.row_words import cut_remark, cut_sentence
from cnm_tui.core.table.table import Arrangement, arrange
from cnm_tui.core.time.time_range import Window
from tests.builders import MOMENT

AUTO = Query(group_bys=("client_auto_group", "server_auto_group"))
WINDOW = Window(MOMENT - 900, MOMENT)
STORE = {"server_service": ["store"]}


def answer_to(query: Query, *rows: dict[str, object]) -> Snapshot:
    """Return the answer to this query when the API replies with these rows. A row contains tag values and metrics."""
    data = [
        {
            "id": str(row),
            "attributes": {
                "group_bys": {key: value for key, value in row.items() if isinstance(value, list)},
                **{key: value for key, value in row.items() if isinstance(value, int)},
            },
        }
        for row in rows
    ]
    body = json.dumps({"data": data}).encode()
    decoder = RowDecoder.of(query, "the test", whole=lambda: body)
    decoder.feed(body)
    found = decoder.rows()
    return Snapshot(query, WINDOW, MOMENT, found.connections, rows_of_reply=found.rows_of_reply)


def ends(answer: Snapshot) -> list[tuple[GroupValues, ...]]:
    return list(zip(*answer.connections.groups, strict=True))


@pytest.mark.parametrize(
    ("names", "shown"),
    [
        ({"client_service": ["web"], "client_kube_service": ["other"]}, ("web",)),
        ({"client_service": ["N/A"], "client_kube_service": ["web"]}, ("kube_service:web",)),
        ({"client_service": [], "client_short_image": ["nginx"]}, ("short_image:nginx",)),
        ({"client_container_name": ["box"]}, ("container_name:box",)),
        ({"client_service": ["a", "b"]}, ("a", "b")),
        ({"client_service": ["short_image:x"]}, ("service:short_image:x",)),
        ({}, ()),
    ],
)
def test_an_end_has_the_first_name_that_is_there(names: dict[str, object], shown: GroupValues) -> None:
    answer = answer_to(AUTO, {**names, **STORE})

    assert ends(answer) == [(shown, ("store",))]


def test_counts_are_summed_and_rtt_is_weighted_by_packets() -> None:
    answer = answer_to(
        AUTO,
        {"client_service": ["web"], "client_short_image": ["a"], **STORE, "bytes_sent_by_client": 1, "tcp_resets": 2}
        | {"packets_sent_by_client": 1, "rtt_micro_seconds": 100},
        {"client_service": ["web"], "client_short_image": ["b"], **STORE, "bytes_sent_by_client": 4}
        | {"packets_sent_by_client": 3, "rtt_micro_seconds": 200},
    )

    (row,) = answer.connections
    figures = dict(zip(CONNECTIONS.counted_keys, row.counters, strict=True))
    assert figures["bytes_sent_by_client"] == 5
    assert figures["rtt_micro_seconds"] == 175
    assert (figures["tcp_resets"], figures["tcp_timeouts"]) == (2, None)
    assert [len(json.loads(bytes(row.raw))), row.id] == [2, "client_auto_group:web, server_auto_group:store"]


def test_the_service_is_asked_for_its_own_fields_and_for_as_many_rows_as_it_has() -> None:
    asked = dict(parameters(AUTO, WINDOW))

    assert asked["group_by"].split(",") == [*AUTO_GROUPS["client_auto_group"], *AUTO_GROUPS["server_auto_group"]]
    assert asked["limit"] == str(MOST_ROWS)
    assert len(asked_fields(("client_service", *AUTO_GROUPS))) == 8


@pytest.mark.parametrize(
    ("value", "terms"),
    [
        (("web",), ["client_service:web"]),
        (("service:short_image:x",), ['client_service:"short_image:x"']),
        (
            ("kube_service:web",),
            ["client_kube_service:web", "NOT client_service:* OR client_service:N/A"],
        ),
    ],
)
def test_a_search_for_an_end_uses_the_field_that_named_it(value: GroupValues, terms: list[str]) -> None:
    assert terms_of("client_auto_group", value) == terms


def test_an_end_without_any_name_has_none_of_the_fields() -> None:
    terms = terms_of("client_auto_group", ())

    assert [term.partition(":")[0] for term in terms] == [f"NOT {one}" for one in AUTO_GROUPS["client_auto_group"]]


def test_excluding_an_end_excludes_what_named_it() -> None:
    query = narrowed(AUTO, "client_auto_group", ("kube_service:web",), excluded=True)

    assert query.search == "NOT (client_kube_service:web AND (NOT client_service:* OR client_service:N/A))"


def test_drilling_goes_to_the_field_that_named_the_end() -> None:
    shown = answer_to(AUTO, {"client_kube_service": ["web"], **STORE})

    query = drilled(shown, shown.connections, ("client_pod_name", "server_auto_group"))

    assert query.search.startswith("client_kube_service:web AND (NOT client_service:*")
    assert query.search.endswith("AND server_service:store")


def test_links_and_commands_know_the_field_that_named_the_end() -> None:
    shown = answer_to(AUTO, {"client_kube_service": ["web"], **STORE})

    known = values_of(shown.connections[0], AUTO)

    assert (known["client_kube_service"], known["server_service"]) == (("web",), ("store",))
    assert "client_service" not in known


@pytest.mark.parametrize(
    ("group_bys", "search", "sentence"),
    [
        ((*AUTO_GROUPS, "a", "b", "c"), "", "These group-bys ask for 11 fields; the endpoint takes at most 10."),
        (("client_service",), "NOT client_auto_group:web", "client_auto_group is made here"),
    ],
)
def test_what_cannot_be_asked_is_refused(group_bys: tuple[str, ...], search: str, sentence: str) -> None:
    with pytest.raises(InvalidQuery, match=sentence):
        Query(group_bys=group_bys, search=search)


def test_a_search_for_a_field_with_a_longer_name_is_not_refused() -> None:
    assert Query(search="my.client_auto_group:web").search


# Rows that were cut make sums too small


def cut_answer() -> Snapshot:
    rows = ({"client_service": ["web"], "client_short_image": [str(n)], **STORE, "tcp_resets": 1} for n in range(7_500))
    return answer_to(AUTO, *rows)


def test_sums_of_a_cut_answer_are_said_to_be_too_small() -> None:
    table = arrange(cut_answer(), Arrangement())

    assert len(table.snapshot.connections) == 1
    assert cut_sentence(table) == (
        "added up from 7,500 rows, at which the answer was cut, so figures may be too small: narrow the query, or "
        "write --all."
    )
    assert cut_remark(table) == "cut: sums may be too small; n all asks for all rows"


@pytest.mark.parametrize("condition", ["resets>1", "resets<1", "sum(resets)>1", "all(resets<10000)"])
def test_a_check_gives_no_verdict_on_sums_of_a_cut_answer(condition: str) -> None:
    outcome = judged(parsed_conditions(condition, CONNECTIONS)[0], ground_of(cut_answer()))

    assert outcome.truth is Truth.UNKNOWN


def test_sums_of_whole_parts_replace_those_of_a_cut_answer() -> None:
    collecting = AllRows(AUTO, WINDOW)
    collecting.on_answer(cut_answer())
    while (query := collecting.question) is not None:
        if "client_service:web" in query.search or not query.search:
            collecting.on_answer(answer_to(query, {"client_service": ["web"], **STORE, "tcp_resets": 20_000}))
        else:
            collecting.on_answer(answer_to(query))

    resets = collecting.result().connections.counters[CONNECTIONS.counted_keys.index("tcp_resets")]
    assert list(resets) in ([20_000], [7_500])
    assert collecting.result().cut or list(resets) == [20_000]
