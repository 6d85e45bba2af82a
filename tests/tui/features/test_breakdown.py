"""Test the breakdown, which groups the rows by the values of a column, without a Textual app."""

import pytest

from cnm_tui.core.exploration.exploration import Exploration
from cnm_tui.core.snapshot import Snapshot
from cnm_tui.tui.dialogs.breakdown import BreakdownDialog
from cnm_tui.tui.features.breakdown import BreakdownFeature
from cnm_tui.tui.session import Session
from tests.builders import a_connection, a_snapshot
from tests.tui.fake_view import FakeView, a_sitting

TWO = a_snapshot(a_connection("1", (("web",), ("store",))), a_connection("2", (("mail",), ("store",))))


def broken_down(answer: Snapshot = TWO, column: str | None = "client_service") -> tuple[Session, FakeView]:
    """Show the answer, and open the breakdown by this column. Return the session and its fake screen."""
    session, view, _ = a_sitting(Exploration(answer.query, refresh_seconds=None).received(answer))
    view.column = column
    BreakdownFeature(session, view).open()
    return session, view


async def test_the_rows_of_a_value_are_shown_besides_the_filter_there_is() -> None:
    session, view = broken_down()

    await view.answer("client_service=web")
    await view.answer("server_service=store")

    assert isinstance(view.dialogs[0], BreakdownDialog)
    assert view.filter == session.exploration.arrangement.row_filter.text == "client_service=web server_service=store"


@pytest.mark.parametrize(
    ("answer", "said"),
    [(None, ""), ("rtt>", "Nothing follows"), ("x" * 10_000, "The filter has 10,000 ")],
    ids=["nothing", "half a condition", "too long"],
)
async def test_what_cannot_be_filtered_by_leaves_the_rows_as_they_are(answer: str | None, said: str) -> None:
    session, view = broken_down()

    await view.answer(answer)

    assert session.exploration.arrangement.row_filter.text == view.filter == ""
    assert view.notice.startswith(said)
    assert bool(view.notice) == bool(said)


@pytest.mark.parametrize(
    ("answer", "column", "said"),
    [
        (a_snapshot(), "client_service", "There are no rows to break down."),
        (TWO, None, "There are no rows to break down."),
        (TWO, "change.total_bytes", "Changes have no breakdown: move to a group or a figure; M shows the figures."),
    ],
)
def test_without_a_column_to_divide_that_is_said(answer: Snapshot, column: str | None, said: str) -> None:
    _, view = broken_down(answer, column)

    assert (view.dialogs, view.said) == ([], [said])
