"""Test the history of sent queries with their answers, and how the user goes back and forward in it."""

from dataclasses import replace

from cnm_tui.core.endpoint import CONNECTIONS
from cnm_tui.core.errors import Unreachable
from cnm_tui.core.exploration.exploration import Exploration
from cnm_tui.core.exploration.history import (
    MOST_ENTRIES,
    MOST_RECENT_ANSWERS,
    MOST_RECENT_ROWS,
    MOST_ROWS_KEPT,
    NOWHERE,
    Cursor,
    History,
    HistoryEntry,
    RecentAnswers,
)
from cnm_tui.core.filter.row_filter import RowFilter
from cnm_tui.core.query import Query
from cnm_tui.core.snapshot import Snapshot
from cnm_tui.core.table.table import Arrangement, arrange
from tests.builders import MOMENT, a_connection, a_snapshot

BROKEN = Unreachable("The connection broke.")
SECOND_ROW = Cursor("b", 1, "client_service")


def question(search: str) -> Query:
    return Query(search=search)


def an_answer(search: str, rows: int = 1) -> Snapshot:
    return a_snapshot(*[a_connection(str(number)) for number in range(rows)], query=question(search))


def having_asked(*searches: str) -> Exploration:
    """Return the state of an exploration in which these searches were sent one after another, and each was
    answered.
    """
    exploration = Exploration(question(searches[0]))
    for search in searches:
        exploration = exploration.asking(question(search)).received(an_answer(search))
    return exploration


def searches_of(exploration: Exploration) -> tuple[list[str], str, list[str]]:
    """Return the searches before the current history entry, the search of the current entry, and the searches
    after it.
    """
    before = [entry.query.search for entry in exploration.history.before]
    after = [entry.query.search for entry in reversed(exploration.history.after)]
    return before, exploration.query.search, after


def test_back_and_forth_lead_along_the_questions_and_no_further() -> None:
    third = having_asked("a", "b", "c")

    assert searches_of(third) == (["a", "b"], "c", [])
    first = third.back().back()
    assert searches_of(first) == ([], "a", ["b", "c"])
    assert first.back() is first
    again = first.forward().forward()
    assert searches_of(again) == (["a", "b"], "c", [])
    assert again.forward() is again
    assert [entry.query.search for entry in third.back().history.entries] == ["a", "c"]


def test_a_question_is_gone_back_to_with_its_very_table_order_filter_marks_and_place() -> None:
    shown = having_asked("a").sorted_by("tcp_resets").filtered(RowFilter("web", CONNECTIONS)).toggled_mark("x")
    by_team = Query(search="a", group_bys=("client_team",))
    elsewhere = shown.asking(by_team, SECOND_ROW).received(a_snapshot(a_connection(groups=(("shop",),)), query=by_team))
    moved_on = elsewhere.sorted_by("tcp_timeouts").filtered(RowFilter("")).toggled_mark("y")

    back = moved_on.back()

    assert back.table is shown.table
    assert (back.query, back.arrangement, back.marked) == (shown.query, shown.arrangement, frozenset("x"))
    assert (back.cursor, back.fetching) == (SECOND_ROW, False)
    forward = back.forward(NOWHERE)
    assert forward.table is moved_on.table
    assert (forward.query, forward.arrangement, forward.marked) == (by_team, moved_on.arrangement, frozenset("y"))


def test_a_refresh_is_no_question_of_its_own() -> None:
    shown = having_asked("a", "b")

    refreshed = shown.asking(question("b")).received(an_answer("b", rows=2))

    assert searches_of(refreshed) == (["a"], "b", [])
    assert refreshed.back().forward().table is refreshed.table


def test_a_refresh_after_going_back_leaves_the_way_forth() -> None:
    back = having_asked("a", "b").back()

    assert searches_of(back.asking(question("a")).received(an_answer("a"))) == ([], "a", ["b"])


def test_a_new_question_after_going_back_takes_the_place_of_what_came_after() -> None:
    assert searches_of(having_asked("a", "b").back().asking(question("c")).received(an_answer("c"))) == (
        ["a"],
        "c",
        [],
    )


def test_a_question_that_is_not_answered_is_given_up_for_the_one_that_is_shown() -> None:
    shown = having_asked("a", "b").toggled_mark("x")
    asking = shown.asking(Query(search="c", group_bys=("client_team",)), SECOND_ROW)

    for unanswered in (
        asking,
        asking.failed(BROKEN, MOMENT),
        asking.asking(question("d")),
        asking.queued(question("e")),
    ):
        back = unanswered.back()
        assert back.table is shown.table
        assert (back.query, back.marked, back.cursor) == (shown.query, frozenset("x"), SECOND_ROW)
        assert (back.fetching, back.is_queued, back.problem) == (False, False, None)
        assert searches_of(back) == (["a"], "b", [])


def test_an_unanswered_question_is_left_by_going_forth_and_is_no_stop() -> None:
    forward = having_asked("a", "b").back().asking(question("c")).forward()

    assert searches_of(forward) == (["a"], "b", [])


def test_before_the_first_answer_there_is_nowhere_to_go() -> None:
    start = Exploration(Query()).asking(Query())

    assert start.back() is start
    assert start.forward() is start


def test_the_limits_of_the_service_outlast_going_back() -> None:
    shown = replace(having_asked("a", "b"), not_before=MOMENT + 60.0)

    assert shown.back().seconds_to_wait(MOMENT) == 60


def an_entry(search: str, rows: int) -> HistoryEntry:
    return HistoryEntry(arrange(an_answer(search, rows), Arrangement()))


def test_so_many_rows_are_kept_and_the_oldest_questions_go_first() -> None:
    large = MOST_ROWS_KEPT // 3
    history = History()
    for number in range(5):
        history = history.with_entry(an_entry(str(number), large))

    assert [entry.query.search for entry in history.before] == ["2", "3", "4"]
    assert history.rows <= MOST_ROWS_KEPT


def test_far_back_it_is_the_questions_far_ahead_that_go_first() -> None:
    large = MOST_ROWS_KEPT // 3
    history = History(
        (an_entry("a", 0), an_entry("b", 0)), (an_entry("z", large), an_entry("y", large), an_entry("x", large))
    )

    history = history.back_from(an_entry("c", large))

    assert [entry.query.search for entry in history.before] == ["a"]
    assert [entry.query.search for entry in history.after] == ["y", "x", "c"]


def test_small_answers_are_counted_too() -> None:
    history = History()
    for number in range(MOST_ENTRIES + 5):
        history = history.with_entry(an_entry(str(number), 0))

    assert len(history.before) == MOST_ENTRIES
    assert history.before[-1].query.search == str(MOST_ENTRIES + 4)


def test_an_answer_is_kept_without_the_reply_that_it_came_in() -> None:
    (kept,) = RecentAnswers().with_answer(a_snapshot(a_connection("a", raw=b"a reply"))).answers

    assert bytes(kept.connections[0].raw) == b"{}"


def test_of_hundreds_of_refreshes_the_first_and_the_latest_are_there_and_some_between() -> None:
    recent_answers = RecentAnswers()

    for moment in range(500):
        recent_answers = recent_answers.with_answer(a_snapshot(fetched_at=moment))

    moments = [answer.fetched_at for answer in recent_answers.answers]
    assert len(moments) <= MOST_RECENT_ANSWERS
    assert moments == sorted(moments)
    assert (moments[0], moments[-1]) == (0, 499)
    assert any(100 < moment < 400 for moment in moments)


def test_the_rows_of_all_of_them_are_bounded() -> None:
    large = tuple(a_connection(str(number)) for number in range(7_500))
    recent_answers = RecentAnswers()

    for moment in range(8):
        recent_answers = recent_answers.with_answer(a_snapshot(*large, fetched_at=moment))
        assert sum(len(answer.connections) for answer in recent_answers.answers) <= MOST_RECENT_ROWS

    assert [recent_answers.answers[0].fetched_at, recent_answers.answers[-1].fetched_at] == [0, 7]
