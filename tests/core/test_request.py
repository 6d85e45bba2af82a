"""A question goes out under the endpoint's own names."""

from cnm_tui.core.query import Query
from cnm_tui.core.service.request import parameters
from cnm_tui.core.time.time_range import Window


def test_a_query_is_sent_under_the_endpoint_s_names() -> None:
    query = Query(group_bys=("client_team", "server_service"), search="env:prod AND team:web", limit=50)

    assert parameters(query, Window(600, 1_500)) == [
        ("from", "600"),
        ("to", "1500"),
        ("group_by", "client_team,server_service"),
        ("query", "env:prod AND team:web"),
        ("limit", "50"),
    ]


def test_tags_are_sent_as_tags_and_no_group_by_as_none() -> None:
    sent = dict(parameters(Query(group_bys=(), tags=("env:prod", "team:web")), Window(600, 1_500)))

    assert sent["tags"] == "env:prod,team:web"
    assert "group_by" not in sent
    assert "query" not in sent
