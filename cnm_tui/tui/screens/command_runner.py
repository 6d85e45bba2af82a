"""Run the commands of the main screen by their command ids."""

from inspect import isawaitable

from textual.actions import parse

from cnm_tui.tui.commands import command
from cnm_tui.tui.features import Features
from cnm_tui.tui.requests import ROWS
from cnm_tui.tui.screens.pane_layout import PaneLayout
from cnm_tui.tui.session import Session
from cnm_tui.tui.terminal.terminal_app import PaintedOnceScreen
from cnm_tui.tui.widgets.grid import Grid


class CommandRunner:
    """Finds the method of a feature, pane or screen that executes a command."""

    def __init__(self, screen: PaintedOnceScreen, session: Session, features: Features, layout: PaneLayout) -> None:
        self._screen = screen
        self._session = session
        self._features = features
        self._layout = layout

    async def run(self, id: str) -> None:
        """Run the command with this id, no matter which widget has the focus."""
        if "tour" in self._features:
            self._features.tour.on_command(id)
        found = command(id)
        name, method, arguments = parse(found.runs)
        if found.heard_by == "rows":
            await self._screen.query_one(Grid).run_action(found.runs)
        elif name in ("", "app", "screen"):
            await self._screen.run_action(found.runs)
        elif isawaitable(doing := getattr(getattr(self._features, name), method)(*arguments)):
            await doing

    def close(self) -> None:
        """Close or cancel the first thing in this list that is open or running.

        The list is: a detail pane that covers the grid, the tour, requests, the filter, a detail pane beside the
        grid.
        """
        if self._layout.detail_covers_rows:
            self._layout.toggle_detail()
        elif "tour" in self._features and self._features.tour.is_on:
            self._features.tour.skip()
        elif self._session.waits_by_hand:
            self._features.navigation.cancel_request()
        elif self._session.requests.cancel_all_but(ROWS):
            self._session.said.emit("Cancelled; the rows are unchanged.")
        elif "filtering" in self._features and self._features.filtering.is_open:
            self._features.filtering.clear()
        elif self._layout.shows_detail:
            self._layout.toggle_detail()
        elif self._session.waits:
            self._features.navigation.cancel_request()
