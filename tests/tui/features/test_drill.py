"""Test the drill-down from a row to more detailed rows, without a Textual app."""

import pytest

from cnm_tui.core.exploration.exploration import Exploration
from cnm_tui.core.exploration.history import Cursor
from cnm_tui.core.query import Query
from cnm_tui.core.snapshot import Snapshot
from cnm_tui.tui.dialogs.next_field_picker import ITS_ADDRESS, NextFieldPicker
from cnm_tui.tui.features.drill import DrillFeature
from cnm_tui.tui.session import Session
from tests.builders import FakeSource, a_connection, a_snapshot
from tests.tui.fake_view import FakeView, a_sitting
from tests.tui.scheduling import until

WEB = a_connection("web", (("web",), ("store",)))
NAMELESS = a_connection("nameless", ((), ("store",)))
ANSWER = a_snapshot(WEB, NAMELESS)
PODS = a_snapshot(
    a_connection("pod", (("web-0",), ("store",))), query=Query(group_bys=("client_pod_name", "server_service"))
)


def at_rows(answer: Snapshot = ANSWER, column: str = "client_service") -> tuple[DrillFeature, Session, FakeView]:
    """Return the drill-down feature, a session, and the fake screen with the cursor in this column of the first row.

    New queries stay unanswered until the test supplies an answer.
    """
    session, view, _ = a_sitting(Exploration(answer.query, refresh_seconds=None).received(answer))
    session.requests.connect(FakeSource())
    session.landed.connect(view.move_to)
    view.row, view.column = answer.connections[0], column
    return DrillFeature(session, view), session, view


@pytest.mark.parametrize(("direction", "search"), [("to", "client_service:web"), ("away", "NOT client_service:web")])
async def test_a_value_goes_into_the_search_or_out_of_it(direction: str, search: str) -> None:
    drill, session, _ = at_rows()

    drill.narrow(direction)

    assert session.exploration.query.search == search


async def test_a_figure_is_no_value_to_search_for() -> None:
    drill, session, view = at_rows(column="total_bytes")

    drill.narrow("to")

    assert view.said == ["To search for a value, move to client_service or server_service."]
    assert session.exploration.query == ANSWER.query


async def test_a_field_with_several_next_ones_is_asked_about_and_cancelling_asks_nothing() -> None:
    drill, session, view = at_rows()

    drill.down()
    await view.answer(None)

    assert isinstance(view.dialogs[0], NextFieldPicker)
    assert session.exploration.query == ANSWER.query


async def test_a_field_with_one_next_one_is_asked_by_at_once_and_the_cursor_goes_to_the_other_end() -> None:
    drill, session, view = at_rows(PODS, "client_pod_name")
    source = FakeSource()
    session.requests.connect(source)

    drill.down()
    asked = session.exploration.query
    source.will_answer(a_snapshot(WEB, query=asked))
    await until(lambda: view.cursor.column)

    assert view.dialogs == []
    assert (asked.group_bys, asked.search) == (
        ("client_host", "server_service"),
        "client_pod_name:web-0 AND server_service:store",
    )
    assert view.cursor == Cursor(column="server_service")


async def test_marked_rows_are_gone_into_together() -> None:
    drill, session, view = at_rows()
    session.update(lambda exploration: exploration.toggled_mark("web").toggled_mark("nameless"))

    drill.down()
    await view.answer("client_host")

    assert session.exploration.query.group_bys == ("client_host", "server_service")
    assert "server_service:store" in session.exploration.query.search


async def test_any_field_can_be_chosen_instead() -> None:
    drill, session, view = at_rows(PODS, "server_service")

    drill.down()
    await view.answer("")

    # The fake dialog of fields chooses those of before.
    assert session.exploration.query.group_bys == PODS.query.group_bys
    assert session.exploration.query.search == "client_pod_name:web-0 AND server_service:store"


async def test_an_end_without_a_name_is_asked_for_by_what_names_it() -> None:
    drill, session, view = at_rows()
    view.row = NAMELESS

    drill.name_end()

    assert session.exploration.query.group_bys == ("client_ip", "server_port", "gateway_id")
    assert session.exploration.query.search == "NOT client_service:* AND server_service:store"


async def test_an_end_with_a_name_is_not_asked_for() -> None:
    drill, session, view = at_rows()

    drill.name_end()

    assert session.exploration.query == ANSWER.query
    assert view.notice.startswith("Both ends of this row have names.")


async def test_the_dialog_offers_the_same() -> None:
    drill, session, view = at_rows()
    view.row = NAMELESS

    drill.down()
    await view.answer(ITS_ADDRESS)

    assert session.exploration.query.group_bys == ("client_ip", "server_port", "gateway_id")


async def test_nothing_is_asked_about_rows_that_are_about_to_go() -> None:
    drill, session, view = at_rows()
    session.ask_changed(lambda _query: PODS.query)

    drill.down()
    drill.name_end()

    assert set(view.said[-2:]) == {"These rows belong to the previous question; the new ones are loading."}
    assert session.exploration.query == PODS.query


async def test_without_a_row_that_is_said() -> None:
    drill, _, view = at_rows()
    view.row = None

    drill.narrow("to")
    drill.down()
    drill.name_end()

    assert view.said == [
        "There is no row to take a value from.",
        "There is no row to drill into.",
        "There is no row with an N/A end.",
    ]
