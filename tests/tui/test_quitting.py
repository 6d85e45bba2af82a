"""Test the end of the app. Answers, timers and resizes may still arrive while panes are removed."""

import pytest
from textual.widget import Widget

from cnm_tui.core.errors import TimedOut
from cnm_tui.tui.screens.main import MainScreen
from cnm_tui.tui.widgets.detail import Detail
from cnm_tui.tui.widgets.grid import Grid
from cnm_tui.tui.widgets.query_bar import QueryBar
from cnm_tui.tui.widgets.status_bar import StatusBar
from cnm_tui.tui.widgets.title_bar import TitleBar
from tests.builders import MOMENT, FakeSource, a_connection, a_snapshot
from tests.tui.conftest import exploring

ANSWER = a_snapshot(a_connection())


@pytest.mark.parametrize("pane", [TitleBar, QueryBar, Grid, Detail, StatusBar])
async def test_nothing_that_arrives_while_panes_are_removed_misses_one(pane: type[Widget]) -> None:
    async with exploring(FakeSource(*[ANSWER] * 9)) as user:
        await user.sees("1 row")
        await user.main.query_one(pane).remove()

        all_that_may_arrive(user.main)

        assert not user.main.query(pane)


def all_that_may_arrive(main: MainScreen) -> None:
    """Cause all events that can occur without a key press, for example a resize."""
    session = main.session
    session.update(lambda exploration: exploration.received(ANSWER))
    session.update(lambda exploration: exploration.failed(TimedOut("No answer."), MOMENT))
    session.requests.refresh_planned.emit()
    session.requests.refresh_due.emit()
    session.source_changed.emit(True)
    session.opened.emit(main.exploration.arrangement)
    session.landed.emit(main.cursor)
    session.said.emit("Cancelled.")
    main.on_descendant_focus()
    main.on_resize()
    main.on_screen_suspend()
    main.on_screen_resume()
    main.show_remark("trend", "2 trends")
    main.offer("R resumes")
