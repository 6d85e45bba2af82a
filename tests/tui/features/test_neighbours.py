"""Test the tree of the neighbours of a row: its callers and the servers that it calls, without a Textual app."""

from dataclasses import replace

import pytest

from cnm_tui.core.exploration.exploration import Exploration
from cnm_tui.core.filter.row_filter import parsed_filter
from cnm_tui.core.query import Query
from cnm_tui.core.snapshot import Snapshot
from cnm_tui.tui.dialogs.neighbours import AskAround, DrillInto, NeighboursDialog
from cnm_tui.tui.dialogs.write_dialog import WriteDialog
from cnm_tui.tui.features.neighbours import NeighboursFeature
from cnm_tui.tui.session import Session
from tests.builders import FakeSource, a_connection, a_snapshot
from tests.tui.fake_view import FakeView, a_sitting
from tests.tui.scheduling import all_that_runs

ROWS = (
    a_connection("1", (("web",), ("cart",)), bytes_sent_by_client=5),
    a_connection("2", (("cart",), ("store",)), bytes_sent_by_client=4),
    a_connection("3", (("mail",), ("smtp",)), bytes_sent_by_client=3),
    a_connection("4", ((), ()), bytes_sent_by_client=2),
)


def opened(
    query: Query | None = None, column: str | None = None, row: int = 0, text: str = "", *marked: str
) -> tuple[Session, FakeView]:
    """Press `G` on a row, after a filter was set or rows were marked. Return the session and its fake screen."""
    query = query or Query()
    exploration = Exploration(query, refresh_seconds=None).received(a_snapshot(*ROWS, query=query))
    if text:
        exploration = exploration.filtered(parsed_filter(text, query.endpoint))
    session, view, _ = a_sitting(replace(exploration, marked=frozenset(marked)))
    session.requests.connect(FakeSource())
    view.row, view.column = ROWS[row], column
    NeighboursFeature(session, view).show()
    return session, view


def roots(view: FakeView) -> list[str]:
    """Return the names at the top level of the tree in the open dialog."""
    dialog = view.dialogs[-1]
    assert isinstance(dialog, NeighboursDialog)
    return [root.text for root in dialog._start.roots]


@pytest.mark.parametrize(
    ("column", "text", "marked", "names"),
    [
        ("client_service", "", (), ["web"]),
        (None, "", (), ["cart"]),
        ("total_bytes", "store", (), ["store"]),
        ("client_service", "store", (), ["web"]),
        (None, "", ("2", "3"), ["store", "smtp"]),
    ],
)
def test_it_starts_from_the_row_the_marks_or_the_filter(
    column: str | None, text: str, marked: tuple[str, ...], names: list[str]
) -> None:
    _, view = opened(None, column, 0, text, *marked)

    assert roots(view) == names


async def test_an_edge_is_drilled_into() -> None:
    _, view = opened()
    dialog = view.dialogs[0]
    assert isinstance(dialog, NeighboursDialog)

    await view.answer(DrillInto(dialog._start.graph.edges[0]))

    assert [row.id for row in view.drilled] == ["1"]


@pytest.mark.parametrize(("search", "asks"), [("", ""), ("client_env:prod", "1 request")])
def test_a_request_is_offered_with_its_cost_only_where_rows_are_missing(search: str, asks: str) -> None:
    _, view = opened(Query(search=search))
    dialog = view.dialogs[0]
    assert isinstance(dialog, NeighboursDialog)

    assert dialog._start.asks == asks
    assert dialog._start.notes == (["Rows outside the search are not known."] if search else [])


async def test_the_answer_about_all_neighbours_opens_another_tree() -> None:
    session, view = opened(Query(search="client_env:prod"), "client_service")
    dialog, source = view.dialogs[0], session.source
    assert isinstance(dialog, NeighboursDialog)
    assert isinstance(source, FakeSource)
    more: Snapshot = a_snapshot(*ROWS[:1], a_connection("9", (("edge",), ("web",))))
    source.will_answer(more)

    await view.answer(AskAround(dialog._start.roots[0]))
    await all_that_runs()

    assert source.asked[-1].search == "(client_service:web) OR (server_service:web)"
    assert roots(view) == ["web"]
    assert len(view.dialogs) == 2


def test_what_is_shown_can_be_written() -> None:
    _, view = opened()
    dialog = view.dialogs[0]
    assert isinstance(dialog, NeighboursDialog)

    dialog._write([1])

    written = view.dialogs[1]
    assert isinstance(written, WriteDialog)
    assert [written._table.connection_id(row) for row in range(len(written._table))] == ["2"]


@pytest.mark.parametrize(
    ("query", "row", "said"),
    [
        (Query(group_bys=("client_service", "client_host")), 0, "These rows do not name both ends"),
        (None, 3, "Nothing names this end"),
    ],
)
def test_without_an_end_to_start_from_that_is_said(query: Query | None, row: int, said: str) -> None:
    _, view = opened(query, None, row)

    assert view.dialogs == []
    assert view.notice.startswith(said)
