"""Test the breadcrumbs, which list the earlier queries that led to the current query, and their names."""

from dataclasses import replace

import pytest

from cnm_tui.core.exploration.exploration import Exploration
from cnm_tui.core.exploration.history import Cursor
from cnm_tui.core.navigation.breadcrumbs import breadcrumbs
from cnm_tui.core.query import Query
from cnm_tui.core.time.time_range import last
from tests.builders import a_snapshot

FIRST = Query()
PAIR = Query(search="client_service:web AND server_service:store", group_bys=("client_pod_name", "server_service"))
POD = replace(PAIR, search=f"{PAIR.search} AND client_pod_name:web-1", group_bys=("client_pod_name", "server_pod_name"))


def after(*queries: Query) -> Exploration:
    """Return the state of an exploration in which these queries were sent one after another, and each was
    answered.
    """
    exploration = Exploration(queries[0])
    for query in queries:
        exploration = exploration.asking(query).received(a_snapshot(query=query))
    return exploration


def steps(exploration: Exploration) -> list[tuple[str, int]]:
    """Return for each breadcrumb its name, and how many queries before the current query it is."""
    return [(step.name, step.distance) for step in breadcrumbs(exploration.history, exploration.query)]


def names(*queries: Query) -> list[str]:
    return [name for name, _ in steps(after(*queries))]


def test_each_step_down_is_called_by_what_it_added() -> None:
    assert steps(after(FIRST, PAIR, POD)) == [("everything", -2), ("web → store", -1), ("web-1 →", 0)]


def test_going_back_leaves_the_steps_below_to_go_forth_to() -> None:
    back = after(FIRST, PAIR, POD).back()

    assert steps(back) == [("everything", -1), ("web → store", 0), ("web-1 →", 1)]
    assert steps(back.back()) == [("everything", 0), ("web → store", 1), ("web-1 →", 2)]


def test_without_a_way_there_is_one_step() -> None:
    assert steps(after(PAIR)) == [("client_service:web AND serv…", 0)]


def test_another_window_or_other_fields_are_no_step_and_the_latest_of_them_stands_on_the_way() -> None:
    later = replace(PAIR, time_range=last(60))
    by_host = replace(PAIR, group_bys=("client_host",))

    assert steps(after(FIRST, PAIR, later, by_host, POD)) == [("everything", -4), ("web → store", -1), ("web-1 →", 0)]


def test_a_question_that_is_no_wider_is_not_on_the_way() -> None:
    elsewhere = Query(search="client_service:mail")

    assert steps(after(FIRST, elsewhere, PAIR)) == [("everything", -2), ("web → store", 0)]


def test_a_step_that_adds_nothing_is_called_by_its_field() -> None:
    further = replace(POD, search=PAIR.search, group_bys=("client_host", "server_service"))

    assert names(FIRST, PAIR, further) == ["everything", "web → store", "by client_host"]


@pytest.mark.parametrize(
    ("search", "name"),
    [
        ("client_service:web", "web →"),
        ("server_service:store", "→ store"),
        ('client_service:"mail relay" server_service:store', "mail relay → store"),
        ("server_service:store AND (NOT client_service:* OR client_service:N/A)", "N/A → store"),
        ("NOT client_service:*", "N/A →"),
        ("client_service:a OR client_service:b OR client_service:c", "a +2 →"),
        ("(client_service:a AND server_service:x) OR (client_service:b AND server_service:y)", "a → x …"),
        ("(server_service:x AND (client_service:a OR client_service:b)) OR server_service:y", "a +1 → x …"),
        ("(client_service:a AND client_host:h) OR (client_service:b AND client_host:i)", "a, h … →"),
        ("client_service:web AND client_kube_deployment:web AND client_pod_name:web-1", "web, web-1 →"),
        ("network.transport:udp", "udp"),
        ("client_service:web AND network.transport:udp", "web →, udp"),
        ("NOT server_env:dev", "→ NOT dev"),
        ("plain", "plain"),
        ("CIDR(network.client.ip, 10.0.0.0/8)", "10.0.0.0/8 →"),
    ],
)
def test_values_stand_for_what_was_added_client_before_server(search: str, name: str) -> None:
    assert names(FIRST, Query(search=search)) == ["everything", name]


def test_tags_name_the_first_step() -> None:
    assert names(Query(tags=("env:prod",)), Query(search="env:prod AND client_service:web")) == ["env:prod", "web →"]


def test_many_questions_back_each_stands_where_it_was_left() -> None:
    third = after(FIRST, PAIR).asking(POD, Cursor("left", 3)).received(a_snapshot(query=POD))

    first = third.moved_in_history(-2, Cursor("here", 7))

    assert (first.query, first.moved_in_history(1).cursor) == (FIRST, Cursor("left", 3))
    assert first.moved_in_history(2).cursor == Cursor("here", 7)
    assert first.moved_in_history(9).query == POD


def test_from_a_question_that_is_not_answered_steps_are_counted_from_what_is_shown() -> None:
    pending = after(FIRST, PAIR).asking(POD)

    assert pending.moved_in_history(-1).query == FIRST
    assert not pending.moved_in_history(-1).fetching
