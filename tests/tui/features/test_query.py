"""Test how a user changes the query, without a Textual app."""

from dataclasses import replace

import pytest

from cnm_tui.core.exploration.exploration import Exploration
from cnm_tui.core.export.question import web_link
from cnm_tui.core.query import Query
from cnm_tui.core.time.time_range import Ago, TimeRange
from cnm_tui.tui.dialogs.limit_picker import LimitChoice
from cnm_tui.tui.features.query import QueryFeature
from cnm_tui.tui.session import Session
from tests.builders import FakeSource, a_connection, a_snapshot
from tests.tui.fake_view import FakeView, a_sitting

ANSWER = a_snapshot(a_connection("1"))


def shown(source: FakeSource | None = None, query: Query = ANSWER.query) -> tuple[QueryFeature, Session, FakeView]:
    """Return the query feature, a session that shows an answer to this query, and the fake screen."""
    answer = replace(ANSWER, query=query)
    session, view, _ = a_sitting(Exploration(query, refresh_seconds=60).received(answer))
    session.requests.connect(source or FakeSource())
    return QueryFeature(session, view), session, view


async def test_a_search_that_is_asked_gives_the_keyboard_back_to_the_rows() -> None:
    query, session, view = shown(query=Query(tags=("env:prod",)))
    await query.edit_search()

    query.submitted(" team:a ")

    assert session.exploration.query == Query(search="team:a")
    assert not view.search_box.has_focus


async def test_a_search_that_is_refused_keeps_it() -> None:
    query, session, view = shown()
    await query.edit_search()

    query.submitted("x" * 9_000)

    assert session.exploration.query == ANSWER.query
    assert view.search_box.has_focus
    assert view.notice


async def test_a_link_of_the_web_pages_becomes_its_question() -> None:
    query, session, _ = shown()
    asked = Query(search="team:a", time_range=TimeRange(Ago(14_400)))
    link = web_link(asked, asked.time_range.window(session.now()), "datadoghq.com")

    query.submitted(link)

    assert session.exploration.query.search == "team:a"
    assert session.exploration.query.time_range.window(session.now()).seconds == 14_400


def test_what_was_typed_and_not_asked_is_said_to_come_back() -> None:
    query, _, view = shown()

    query.search_left(unasked=False)
    query.search_left(unasked=True)

    assert view.said == ["Not asked. e, then the up arrow, brings your text back."]


@pytest.mark.parametrize(
    ("chosen", "asks", "top"),
    [
        (LimitChoice(50, None), True, None),
        (LimitChoice(ANSWER.query.limit, 10), False, 10),
        (LimitChoice(ANSWER.query.limit, None), True, None),
    ],
    ids=["another limit", "fewer to show", "what is in force"],
)
async def test_other_rows_of_the_answer_at_hand_take_no_request(
    chosen: LimitChoice, asks: bool, top: int | None
) -> None:
    query, session, view = shown()

    query.pick_limit()
    await view.answer(chosen)

    assert (session.exploration.fetching, session.exploration.arrangement.top) == (asks, top)


async def test_all_rows_are_left_to_their_own_feature() -> None:
    query, session, view = shown()

    query.pick_limit()
    await view.answer(LimitChoice(7_500, None, all_rows=True))

    assert view.wants_all_rows
    assert not session.exploration.fetching


async def test_the_window_moves_by_its_own_length_and_back_to_now() -> None:
    query, session, _ = shown()
    before = session.exploration.query.time_range.window(session.now())

    query.move_window("earlier")
    earlier = session.exploration.query.time_range.window(session.now())
    query.move_window("back_to_now")

    assert (earlier.seconds, earlier.end) == (before.seconds, before.start)
    assert session.exploration.query.time_range.live


def test_a_pause_stops_the_refreshes_until_it_ends() -> None:
    query, session, view = shown()
    session.plan_refresh()

    query.toggle_live()
    paused = session.exploration.liveness, session.requests.next_refresh_at
    query.toggle_live()

    assert paused == ("paused", None)
    assert session.requests.next_refresh_at == session.now() + 60
    assert len(view.said) == 2


async def test_each_part_of_the_query_bar_opens_what_changes_it() -> None:
    query, _, view = shown()

    for part in ("time_range", "limit"):
        await query.change_part(part)
    await query.change_part("search")

    assert [type(dialog).__name__ for dialog in view.dialogs] == ["TimeRangePicker", "LimitPicker"]
    assert view.search_box.has_focus
