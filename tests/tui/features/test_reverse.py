"""Test the display of the reverse direction of a connection, without a Textual app."""

from cnm_tui.core.errors import Unreachable
from cnm_tui.core.exploration.exploration import Exploration
from cnm_tui.core.exploration.history import Cursor
from cnm_tui.core.query import Query
from cnm_tui.core.snapshot import Snapshot
from cnm_tui.tui.features.reverse import ReverseFeature
from cnm_tui.tui.session import Session
from tests.builders import FakeSource, a_connection, a_snapshot
from tests.tui.fake_view import FakeView, a_sitting
from tests.tui.scheduling import until

THERE = a_connection("there", (("web",), ("store",)))
BACK = a_connection("back", (("store",), ("web",)))
ALONE = a_snapshot(THERE, query=Query(search="server_service:store"))


def at_first_row(answer: Snapshot, source: FakeSource) -> tuple[ReverseFeature, Session, FakeView]:
    """Return the feature that shows the reverse direction, a session with this answer, and its fake screen.

    The cursor is in the first row.
    """
    session, view, _ = a_sitting(Exploration(answer.query, refresh_seconds=None).received(answer))
    session.requests.connect(source)
    session.landed.connect(view.move_to)
    view.row, view.column = answer.connections[0], "client_service"
    return ReverseFeature(session, view), session, view


async def test_both_ways_at_hand_take_no_request() -> None:
    source = FakeSource()
    reverse, _, view = at_first_row(a_snapshot(THERE, BACK), source)

    reverse.swap_ends()

    assert (view.cursor.connection_id, view.notice) == ("back", "This is the other direction; i goes back.")
    assert source.asked == []


async def test_a_search_is_swapped_too_and_the_cursor_lands_on_the_other_way() -> None:
    source = FakeSource()
    reverse, session, view = at_first_row(ALONE, source)

    reverse.swap_ends()
    asked = session.exploration.query
    source.will_answer(a_snapshot(BACK, query=asked))
    await until(lambda: view.cursor.connection_id)

    assert asked.search == "client_service:store"
    assert view.cursor == Cursor("back", 0, "client_service")


async def test_where_nothing_goes_the_other_way_that_is_said() -> None:
    source = FakeSource()
    reverse, session, view = at_first_row(ALONE, source)

    reverse.swap_ends()
    source.will_answer(a_snapshot(query=session.exploration.query))
    await until(lambda: view.notice)

    assert view.notice == "No connection goes in the other direction; backspace goes back."


async def test_a_field_without_another_side_is_not_swapped() -> None:
    answer = a_snapshot(a_connection("1", (("example.org",),)), query=Query(group_bys=("server_domain",)))
    reverse, session, view = at_first_row(answer, FakeSource())

    reverse.swap_ends()

    assert session.exploration.query == answer.query
    assert view.notice.startswith("server_domain is of one end only")


async def test_the_other_way_is_asked_for_once_and_known_from_then_on() -> None:
    source = FakeSource()
    reverse, session, view = at_first_row(ALONE, source)

    reverse.show_other_way()
    reverse.show_other_way()
    source.will_answer(a_snapshot(BACK))
    await until(lambda: view.filled)
    reverse.show_other_way()

    assert len(source.asked) == 1
    assert view.said == ["Loading the other direction …"]
    known = reverse.known(THERE)
    assert known is not None
    assert (known.connection, session.exploration.snapshot) == (BACK, ALONE)


async def test_a_request_in_vain_leaves_the_rows_as_they_are() -> None:
    source = FakeSource(Unreachable("No answer.", hint="Check the network."))
    reverse, session, view = at_first_row(ALONE, source)

    reverse.show_other_way()
    await until(lambda: view.said)

    assert view.said == ["No answer. Check the network."]
    assert session.exploration.problem is None
    known = reverse.known(THERE)
    assert known is not None
    assert known.asks


async def test_without_a_row_that_is_said() -> None:
    reverse, _, view = at_first_row(a_snapshot(THERE, BACK), FakeSource())
    view.row = None

    reverse.swap_ends()
    reverse.show_other_way()

    assert view.said == ["There is no row whose other direction could be shown."] * 2
