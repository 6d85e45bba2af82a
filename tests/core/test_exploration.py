"""Test the state of an exploration, which contains the current query and its answer.

The tests check how actions change the state, and that an error never removes the displayed rows.
"""

import pytest

from cnm_tui.core.connections import Connection
from cnm_tui.core.endpoint import CONNECTIONS
from cnm_tui.core.errors import CnmError, CredentialsRefused, QueryRefused, RateLimited, Unreachable
from cnm_tui.core.exploration.exploration import MOST_SORT_KEYS, Exploration
from cnm_tui.core.exploration.selection import chosen_connections, chosen_ids, chosen_table, marks_hidden, marks_missing
from cnm_tui.core.filter.row_filter import RowFilter
from cnm_tui.core.query import Query
from cnm_tui.core.service import Budget
from cnm_tui.core.table.sorting import SortKey
from cnm_tui.core.time.time_range import Ago, TimeRange
from tests.builders import MOMENT, a_connection, a_snapshot

BY_TEAM = Query(group_bys=("client_team", "server_team"))
YESTERDAY = Query(time_range=TimeRange(Ago(90_000), Ago(86_400)))
TOO_MANY = RateLimited("Too many calls.", retry_after_seconds=30)
BROKEN = Unreachable("The connection broke.")


def showing(*connections: Connection) -> Exploration:
    return Exploration(Query()).received(a_snapshot(*connections))


def test_at_first_nothing_is_shown_or_on_its_way() -> None:
    start = Exploration(Query())

    assert (start.snapshot, start.fetching, start.problem, start.seconds_to_wait(MOMENT)) == (None, False, None, 0)
    assert not start.answers_another_query


def test_asking_keeps_what_is_shown_and_says_that_it_answers_another_query() -> None:
    shown = showing(a_connection())

    asking = shown.asking(BY_TEAM)

    assert (asking.query, asking.fetching, asking.table) == (BY_TEAM, True, shown.table)
    assert asking.answers_another_query


def test_a_query_that_cannot_be_sent_yet_is_wanted_but_not_on_its_way() -> None:
    wanting = showing(a_connection()).queued(BY_TEAM)

    assert (wanting.query, wanting.fetching, wanting.answers_another_query) == (BY_TEAM, False, True)


def test_an_answer_ends_the_fetch_and_the_problem() -> None:
    failed = Exploration(Query()).asking(Query()).failed(TOO_MANY, MOMENT)

    received = failed.asking(Query()).received(a_snapshot(a_connection(), budget=Budget(remaining=7)))

    assert (received.fetching, received.problem, received.not_before) == (False, None, None)
    assert received.budget.remaining == 7
    assert not received.answers_another_query


def test_elsewhere_the_same_is_asked_and_nothing_of_the_place_before_is_left() -> None:
    marked = showing(a_connection("old")).toggled_mark("old").asking(BY_TEAM).failed(TOO_MANY, MOMENT).toggled_live()

    elsewhere = marked.for_new_source()

    assert (elsewhere.query, elsewhere.arrangement, elsewhere.paused) == (BY_TEAM, marked.arrangement, True)
    assert (elsewhere.table, elsewhere.marked, elsewhere.problem) == (None, frozenset(), None)
    assert elsewhere.seconds_to_wait(MOMENT) == 0
    answered = elsewhere.received(a_snapshot(a_connection("new"), query=BY_TEAM))
    assert answered.back() is answered
    assert answered.table is not None
    assert answered.table.gone == 0


def test_a_second_answer_is_compared_with_the_first() -> None:
    first = showing(a_connection("old"))

    second = first.asking(Query()).received(a_snapshot(a_connection("new")))

    assert second.table is not None
    assert (second.table.is_new(0), second.table.gone) == (True, 1)


def test_a_failure_keeps_the_table_and_says_why() -> None:
    shown = showing(a_connection())

    failed = shown.asking(Query()).failed(BROKEN, MOMENT)

    assert (failed.table, failed.fetching, failed.problem) == (shown.table, False, BROKEN)
    assert failed.seconds_to_wait(MOMENT) == 0


def test_after_too_many_calls_nothing_may_be_asked_until_the_reset() -> None:
    failed = Exploration(Query()).failed(TOO_MANY, MOMENT)

    assert [failed.seconds_to_wait(MOMENT + passed) for passed in (0, 10, 30, 99)] == [30, 20, 0, 0]


def test_another_failure_does_not_shorten_the_wait() -> None:
    limited = Exploration(Query()).failed(TOO_MANY, MOMENT)

    assert limited.failed(BROKEN, MOMENT + 1).seconds_to_wait(MOMENT + 1) == 29


def test_a_failure_may_bring_a_new_budget_and_otherwise_keeps_the_old() -> None:
    shown = Exploration(Query()).received(a_snapshot(budget=Budget(remaining=5)))

    assert shown.failed(BROKEN, MOMENT).budget.remaining == 5
    assert shown.failed(TOO_MANY, MOMENT, Budget(remaining=0)).budget.remaining == 0


def test_sorting_by_the_deciding_column_again_flips_it_and_twice_flips_it_back() -> None:
    once = showing(a_connection("few", tcp_resets=1), a_connection("many", tcp_resets=2)).sorted_by("tcp_resets")
    twice = once.sorted_by("tcp_resets")

    assert once.table is not None
    assert twice.table is not None
    assert (once.table.connection(0).id, twice.table.connection(0).id) == ("many", "few")
    assert twice.sorted_by("tcp_resets").arrangement == once.arrangement


def test_columns_sorted_by_before_decide_where_the_new_one_ties() -> None:
    sort = Exploration(Query()).sorted_by("tcp_resets").sorted_by("client_service").arrangement.sort

    assert sort == (SortKey("client_service", False), SortKey("tcp_resets", True), SortKey("total_bytes", True))


def test_a_column_stands_once_in_the_sort_and_the_oldest_is_forgotten() -> None:
    exploration = Exploration(Query())
    for column in ("tcp_resets", "client_service", "tcp_timeouts", "client_service"):
        exploration = exploration.sorted_by(column)

    columns = [key.column for key in exploration.arrangement.sort]

    assert columns == ["client_service", "tcp_timeouts", "tcp_resets"]
    assert len(columns) == MOST_SORT_KEYS


def test_flipping_turns_only_the_deciding_column() -> None:
    sort = Exploration(Query()).sorted_by("tcp_resets").flipped().arrangement.sort

    assert sort == (SortKey("tcp_resets", False), SortKey("total_bytes", True))


def test_sorting_by_one_column_alone_forgets_the_others_and_keeps_its_direction() -> None:
    exploration = Exploration(Query()).sorted_by("tcp_resets").sorted_by("tcp_timeouts").flipped()

    assert exploration.sorted_only_by("tcp_timeouts").arrangement.sort == (SortKey("tcp_timeouts", False),)
    assert exploration.sorted_only_by("client_service").arrangement.sort == (SortKey("client_service", False),)


def test_columns_are_kept_across_refreshes_sorts_and_other_questions() -> None:
    chosen = showing(a_connection()).with_columns(("tcp_resets",), (("client_service", 4),))

    later = chosen.sorted_by("total_bytes").asking(Query(search="x")).received(a_snapshot(query=Query(search="x")))

    assert [column.key for column in later.columns] == ["client_service", "server_service", "tcp_resets"]
    assert later.columns[0].widened == 4


def test_all_columns_in_the_usual_order_are_no_choice() -> None:
    chosen = showing(a_connection()).with_columns(CONNECTIONS.shown_order[::-1], ())

    assert chosen.arrangement.columns == CONNECTIONS.shown_order[::-1]
    assert (
        chosen.with_columns(("finding", *CONNECTIONS.shown_order), ()).arrangement == Exploration(Query()).arrangement
    )


def test_columns_can_be_chosen_before_there_is_an_answer() -> None:
    chosen = Exploration(Query()).with_columns(CONNECTIONS.shown_order[1:], (("client_service", 4),))

    assert [column.key for column in chosen.columns] == [
        "client_service",
        "server_service",
        *CONNECTIONS.shown_order[1:],
    ]
    assert [column.key for column in chosen.all_columns][2:] == list(CONNECTIONS.shown_order)
    assert chosen.received(a_snapshot(a_connection())).columns[0].widened == 4


def test_a_width_is_given_in_steps_and_taken_back() -> None:
    wider = showing(a_connection()).widened("tcp_resets", 4).widened("client_service", 4).widened("tcp_resets", 4)

    assert wider.arrangement.widths == (("tcp_resets", 8), ("client_service", 4))
    assert wider.widened("tcp_resets", -8).arrangement.widths == (("client_service", 4),)


def test_widths_of_group_bys_that_are_not_asked_for_are_kept() -> None:
    elsewhere = showing(a_connection()).widened("client_service", 4).asking(BY_TEAM).received(a_snapshot(query=BY_TEAM))

    chosen = elsewhere.with_columns(("total_bytes",), (("client_team", 8), ("total_bytes", 0)))

    assert chosen.arrangement.widths == (("client_service", 4), ("client_team", 8))


def test_more_than_a_column_can_lose_is_not_remembered() -> None:
    narrow = showing(a_connection()).widened("tcp_resets", -1_000)

    assert narrow.widened("tcp_resets", 4).columns[9].width == narrow.columns[9].width + 4


def test_the_next_answer_comes_in_the_chosen_order() -> None:
    exploration = Exploration(Query()).sorted_by("tcp_resets")

    answered = exploration.received(a_snapshot(a_connection("few", tcp_resets=1), a_connection("many", tcp_resets=2)))

    assert answered.table is not None
    assert answered.table.connection(0).id == "many"


def test_marks_stay_for_the_same_group_bys_and_go_with_others() -> None:
    marked = showing(a_connection("a")).toggled_mark("a")

    assert marked.asking(Query(search="service:web")).marked == {"a"}
    assert marked.received(a_snapshot()).marked == {"a"}
    assert marked.asking(BY_TEAM).marked == frozenset()
    assert marked.queued(BY_TEAM).marked == frozenset()


def test_a_mark_goes_when_it_is_set_again_and_all_go_at_once() -> None:
    both = Exploration(Query()).toggled_mark("a").toggled_mark("b")

    assert both.toggled_mark("a").marked == {"b"}
    assert both.unmarked().marked == frozenset()


def test_what_is_marked_is_chosen_in_the_order_shown_and_then_what_is_gone() -> None:
    exploration = showing(a_connection("small", tcp_resets=1), a_connection("large", tcp_resets=2), a_connection("b"))
    for mark in ("gone 2", "small", "large", "gone 1"):
        exploration = exploration.toggled_mark(mark)

    assert chosen_ids(exploration.sorted_by("tcp_resets"), "b") == ("large", "small", "gone 1", "gone 2")


def test_a_mark_on_what_is_gone_is_chosen_and_not_the_highlighted_row() -> None:
    exploration = showing(a_connection("highlighted")).toggled_mark("gone")

    assert chosen_ids(exploration, "highlighted") == ("gone",)


def test_without_marks_the_highlighted_row_is_chosen() -> None:
    exploration = showing(a_connection("highlighted"))

    assert chosen_ids(exploration, "highlighted") == ("highlighted",)
    assert chosen_ids(exploration, None) == ()


def test_chosen_rows_are_the_marked_ones_that_are_shown_in_their_order() -> None:
    rows = [a_connection(str(sent), bytes_sent_by_client=sent) for sent in (1, 3, 2)]
    exploration = showing(*rows).toggled_mark("1").toggled_mark("3").toggled_mark("gone")

    chosen = chosen_table(exploration, "2")

    assert chosen is not None
    assert [chosen.connection(row).id for row in range(len(chosen))] == ["3", "1"]


def test_without_marks_the_highlighted_row_is_the_chosen_one() -> None:
    exploration = showing(a_connection("1"), a_connection("2"))

    chosen, none = chosen_table(exploration, "2"), chosen_table(exploration, None)

    assert chosen is not None
    assert none is not None
    assert [chosen.connection(row).id for row in range(len(chosen))] == ["2"]
    assert len(none) == 0
    assert chosen_table(Exploration(Query()), "1") is None


@pytest.mark.parametrize(
    ("exploration", "liveness"),
    [
        (Exploration(Query()), "live"),
        (Exploration(Query()).toggled_live(), "paused"),
        (Exploration(Query()).toggled_live().toggled_live(), "live"),
        (Exploration(Query(), refresh_seconds=None), "refresh off"),
        (Exploration(YESTERDAY), "fixed"),
        (Exploration(YESTERDAY, refresh_seconds=None), "fixed"),
    ],
)
def test_only_a_live_exploration_refreshes_by_itself(exploration: Exploration, liveness: str) -> None:
    assert exploration.liveness == liveness
    assert exploration.live == (liveness == "live")
    assert exploration.next_refresh_seconds(MOMENT) == (60 if liveness == "live" else None)


def test_few_calls_left_stretch_the_pause() -> None:
    budget = Budget(limit=30, period_seconds=3_600, remaining=12, reset_at=MOMENT + 3_600)

    assert Exploration(Query(), budget=budget).next_refresh_seconds(MOMENT) == 1_800


def test_a_refresh_waits_until_the_service_wants_requests_again() -> None:
    limited = Exploration(Query(), refresh_seconds=5).failed(TOO_MANY, MOMENT)

    assert limited.next_refresh_seconds(MOMENT) == 30
    assert limited.next_refresh_seconds(MOMENT + 28) == 5


def test_a_budget_used_up_forbids_asking_until_its_reset() -> None:
    used_up = Budget(limit=30, period_seconds=60, remaining=0, reset_at=MOMENT + 40)

    answered = Exploration(Query()).asking(Query()).received(a_snapshot(budget=used_up))

    assert [answered.seconds_to_wait(MOMENT + passed) for passed in (0, 30, 40)] == [40, 10, 0]
    assert Exploration(Query()).with_budget(used_up).seconds_to_wait(MOMENT) == 40


@pytest.mark.parametrize("budget", [Budget(remaining=0), Budget(remaining=1, reset_at=MOMENT + 40)])
def test_a_budget_that_is_not_used_up_or_knows_no_reset_forbids_nothing(budget: Budget) -> None:
    assert Exploration(Query()).received(a_snapshot(budget=budget)).seconds_to_wait(MOMENT) == 0


def test_what_was_promised_is_asked_when_the_service_wants_it_whether_live_or_not() -> None:
    is_queued = Exploration(YESTERDAY).failed(TOO_MANY, MOMENT).queued(YESTERDAY)

    paused = Exploration(Query()).failed(TOO_MANY, MOMENT).queued(Query()).toggled_live()

    assert is_queued.next_refresh_seconds(MOMENT) == 30
    assert paused.next_refresh_seconds(MOMENT + 10) == 20


def test_a_promise_is_kept_by_asking() -> None:
    is_queued = Exploration(YESTERDAY).failed(TOO_MANY, MOMENT).queued(YESTERDAY)

    assert is_queued.asking(YESTERDAY).next_refresh_seconds(MOMENT) is None


def test_a_fixed_window_cannot_be_paused() -> None:
    toggled = Exploration(YESTERDAY).toggled_live()

    assert not toggled.paused
    assert toggled.queued(Query()).liveness == "live"


@pytest.mark.parametrize("refusal", [QueryRefused("No such field."), CredentialsRefused("These keys will not do.")])
def test_what_was_refused_is_not_asked_again_until_somebody_asks(refusal: CnmError) -> None:
    refused = showing(a_connection()).asking(Query(search="foo (")).failed(refusal, MOMENT)

    assert (refused.liveness, refused.next_refresh_seconds(MOMENT)) == ("stopped", None)
    assert refused.toggled_live().liveness == "paused"
    assert refused.asking(Query()).received(a_snapshot()).next_refresh_seconds(MOMENT) == 60
    assert refused.asking(Query()).failed(BROKEN, MOMENT).liveness == "live"


def test_rows_to_act_on_are_the_marked_ones_of_the_answer_or_else_the_highlighted() -> None:
    first, second, elsewhere = a_connection("a"), a_connection("b"), a_connection("c")
    exploration = showing(first, second)

    assert chosen_connections(exploration, second) == (second,)
    assert chosen_connections(exploration, None) == ()
    marked = exploration.toggled_mark("b").toggled_mark("a").toggled_mark(elsewhere.id)
    assert chosen_connections(marked, second) == (first, second)
    assert chosen_connections(exploration.toggled_mark("c"), first) == ()


def test_marked_rows_that_the_filter_hides_are_meant_by_no_action() -> None:
    exploration = showing(a_connection("web"), a_connection("mail")).filtered(RowFilter("mail", CONNECTIONS))
    for mark in ("web", "mail", "gone"):
        exploration = exploration.toggled_mark(mark)

    table = chosen_table(exploration, None)

    assert chosen_ids(exploration, None) == ("mail", "gone")
    assert [connection.id for connection in chosen_connections(exploration, None)] == ["mail"]
    assert table is not None
    assert len(table) == 1
    assert (marks_hidden(exploration), marks_missing(exploration)) == (1, 1)
