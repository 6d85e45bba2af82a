"""Test that an empty answer suggests a similar tag if the query contains a misspelt tag name."""

import pytest

from cnm_tui.core.exploration.exploration import Exploration
from cnm_tui.core.exploration.remarks import empty_answer
from cnm_tui.core.query import Query
from cnm_tui.core.suggestions.nearest_field import nearest_fields
from tests.builders import a_connection, a_snapshot


@pytest.mark.parametrize(
    ("query", "meant"),
    [
        (Query(search="client_servce:web"), {"client_servce": "client_service"}),
        (
            Query(search="a:b AND NOT (server_prot:443 OR -client_sevice:x)"),
            {
                "server_prot": "server_port",
                "client_sevice": "client_service",
            },
        ),
        (Query(group_bys=("client_service", "sever_service")), {"sever_service": "server_service"}),
        (Query(tags=("client_evn:prod",)), {"client_evn": "client_env"}),
        (Query(search="CIDR(network.clent.ip, 10.0.0.0/8)"), {"network.clent.ip": "network.client.ip"}),
        (Query(search="client_service:web our_own_tag:x kafka"), {}),
        (Query(search="(("), {}),
    ],
)
def test_the_nearest_documented_field_is_found(query: Query, meant: dict[str, str]) -> None:
    assert nearest_fields(query) == meant


def test_where_no_row_came_it_is_said_with_the_keys_that_help() -> None:
    misspelt = Query(search="client_servce:web")
    first = Exploration(Query()).received(a_snapshot(a_connection()))

    shown = first.asking(misspelt).received(a_snapshot(query=misspelt))

    said = empty_answer(shown, "FAKE")
    assert "client_servce is no documented field. Is client_service meant? e changes it; backspace goes back." in said
    assert "Nothing matches client_servce:web: e edits the search; backspace goes back." in said


def test_without_a_question_before_there_is_nothing_to_go_back_to() -> None:
    misspelt = Query(group_bys=("client_servce",))

    said = empty_answer(Exploration(misspelt).received(a_snapshot(query=misspelt)), "FAKE")

    assert "Is client_service meant? b changes it." in said
    assert "backspace" not in said


def test_of_many_misspelt_fields_the_first_few_are_named() -> None:
    searched = " ".join(f"client_servce{number}:a" for number in range(200))

    found = nearest_fields(Query(group_bys=("client_sevice",), search=searched))

    assert list(found) == ["client_sevice", "client_servce0", "client_servce1"]
