"""Test how a user opens views and resumes the last query, without a Textual app."""

from cnm_tui.core.errors import StoreFailed
from cnm_tui.core.exploration.exploration import Exploration
from cnm_tui.core.query import Query
from cnm_tui.core.table.sorting import SortKey
from cnm_tui.core.table.table import Arrangement
from cnm_tui.core.time.time_range import last
from cnm_tui.core.views.saved_view import SavedView
from cnm_tui.tui.dialogs.view_picker import ViewPicker
from cnm_tui.tui.dialogs.view_rows import Chosen
from cnm_tui.tui.features.views import ViewsFeature
from cnm_tui.tui.services import Services
from tests.builders import FakeSource, a_connection, a_snapshot
from tests.tui.fake_view import a_sitting, no_keys

LEFT = SavedView("left", Query(search="server_env:prod", time_range=last(14_400)), Arrangement(columns=("tcp_resets",)))


def services(left: SavedView | None = None) -> Services:
    return Services(no_keys, no_keys, left=lambda: left)


async def test_what_was_left_is_offered_for_a_while() -> None:
    session, view, scheduler = a_sitting(services=services(LEFT))

    await ViewsFeature(session, view).look_up()
    offered = view.offered
    scheduler.pass_time(13)

    assert offered.startswith("R resumes: client_service ▸ server_service")
    assert view.offered == ""


async def test_an_offer_ends_with_the_next_question() -> None:
    session, view, _ = a_sitting(services=services(LEFT))
    await ViewsFeature(session, view).look_up()

    session.ask_changed(lambda query: query)

    assert view.offered == ""


async def test_what_is_asked_already_is_not_offered() -> None:
    session, view, _ = a_sitting(Exploration(*LEFT.question, refresh_seconds=None), services(LEFT))

    await ViewsFeature(session, view).look_up()

    assert (view.offered, view.said) == ("", [])


async def test_what_was_left_is_asked_in_its_arrangement() -> None:
    session, view, _ = a_sitting(services=services(LEFT))
    views = ViewsFeature(session, view)
    await views.look_up()

    views.resume()

    assert (session.exploration.query, session.exploration.arrangement) == LEFT.question


def test_without_a_question_left_the_key_says_so() -> None:
    session, view, _ = a_sitting()

    ViewsFeature(session, view).resume()

    assert view.notice == "There is nothing to resume: no question was left before."


async def test_why_a_last_question_cannot_be_read_is_said_at_once_and_again_when_it_is_resumed() -> None:
    def unreadable() -> SavedView:
        raise StoreFailed("last-question.json holds no question.")

    session, view, _ = a_sitting(services=Services(no_keys, no_keys, left=unreadable))
    views = ViewsFeature(session, view)

    await views.look_up()
    views.resume()

    assert view.said == ["last-question.json holds no question."] * 2


async def test_a_chosen_view_is_asked_and_read_as_it_says() -> None:
    session, view, _ = a_sitting()
    session.connect(FakeSource())

    ViewsFeature(session, view).pick()
    opened = view.dialogs
    await view.answer(None)
    asked_before = session.exploration.query
    await view.answer(Chosen(LEFT))

    assert isinstance(opened[0], ViewPicker)
    assert asked_before == Query()
    assert (session.exploration.query, session.exploration.arrangement) == LEFT.question


def test_a_sort_that_needs_a_timeline_is_told_once() -> None:
    began = Arrangement((SortKey("began", descending=True),))
    answer = a_snapshot(a_connection("1"))
    session, view, _ = a_sitting(Exploration(answer.query, began, refresh_seconds=None))
    ViewsFeature(session, view)

    for _ in range(2):
        session.update(lambda exploration: exploration.received(answer))
        session.answered.emit(session.exploration, answer)

    assert view.said == ["Sorted by BEGAN once there is a timeline; L asks one."]
