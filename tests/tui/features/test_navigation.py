"""Test how the user goes back and forward in the history of queries, and cancels a request, without a Textual
app.
"""

from dataclasses import replace

from cnm_tui.core.exploration.exploration import Exploration
from cnm_tui.core.exploration.history import Cursor
from cnm_tui.core.query import Query
from cnm_tui.tui.features.navigation import NavigationFeature
from cnm_tui.tui.session import Session
from cnm_tui.tui.widgets.breadcrumbs import Breadcrumbs
from tests.builders import FakeSource, a_connection, a_snapshot
from tests.tui.fake_view import FakeView, a_sitting
from tests.tui.scheduling import all_that_runs

FIRST = a_snapshot(a_connection("first"))
SECOND = a_snapshot(a_connection("second"), query=Query(search="env:prod"))
HERE = Cursor("first", 3, "total_bytes")


def after_two_questions(source: FakeSource | None = None) -> tuple[NavigationFeature, Session, FakeView]:
    """Return the navigation feature, a session that shows the answer to its second query, and the fake screen.

    When the second query was sent, the cursor was at the position `HERE`.
    """
    first = Exploration(FIRST.query, refresh_seconds=None).received(FIRST)
    session, view, _ = a_sitting(first.asking(SECOND.query, HERE).received(SECOND))
    session.requests.connect(source or FakeSource())
    session.cursor = lambda: view.cursor
    return NavigationFeature(session, view), session, view


def test_back_shows_the_question_before_as_it_was_left_and_forth_the_next_one() -> None:
    navigation, session, view = after_two_questions()
    view.cursor = there = Cursor("second", 0, "client_service")

    navigation.go_back()
    back = session.exploration.query, view.cursor, view.notice
    navigation.go_forward()

    assert back == (FIRST.query, HERE, "Rows from 10:00:00Z; r asks again.")
    assert (session.exploration.query, view.cursor) == (SECOND.query, there)


def test_where_there_is_no_question_that_is_said() -> None:
    navigation, _, view = after_two_questions()

    navigation.go_forward()
    navigation.go_back()
    navigation.go_back()

    assert view.said[0] == "There is no later question."
    assert view.said[-1] == "There is no earlier question."


async def test_going_back_gives_up_what_is_under_way() -> None:
    source = FakeSource()
    navigation, session, _ = after_two_questions(source)
    session.ask_changed(lambda query: replace(query, limit=7))
    await all_that_runs()

    navigation.go_back()
    await all_that_runs()

    assert (session.exploration.query, source.waiting) == (SECOND.query, 0)


async def test_who_gives_up_keeps_the_rows() -> None:
    source = FakeSource()
    navigation, session, view = after_two_questions(source)
    session.ask_changed(lambda query: replace(query, limit=7))
    await all_that_runs()

    navigation.cancel_request()
    await all_that_runs()

    assert (session.exploration.query, session.waits, source.waiting) == (SECOND.query, False, 0)
    assert view.notice == "Cancelled after 0 s. The rows are from 10:00:00Z; r asks again."


def test_a_way_is_shown_when_there_is_one_and_gone_with_its_source() -> None:
    navigation, session, view = after_two_questions()

    navigation.show_way(session.exploration)
    (pane,) = view.panes
    assert isinstance(pane, Breadcrumbs)
    shown = [crumb.distance for crumb in pane.crumbs], pane.has_class("-shown")
    navigation.show_way(session.exploration.for_new_source())

    assert shown == ([-1, 0], True)
    assert not pane.has_class("-shown")
