"""Run a Textual app that contains only the grid, with two prepared answers: `python -m tests.bench.grid_app
ROWS`.

The keyboard key x switches to the other answer.
"""

import sys
from typing import ClassVar, Final

from textual.app import App, ComposeResult
from textual.binding import Binding, BindingType

from cnm_tui.core.connections import Connections
from cnm_tui.core.query import Query
from cnm_tui.core.settings import DARK
from cnm_tui.core.snapshot import Snapshot
from cnm_tui.core.table.table import Arrangement, Table, arrange
from cnm_tui.core.time.time_range import Window
from cnm_tui.tui.terminal.themes import theme_called
from cnm_tui.tui.widgets.grid import Grid
from tests.api.decoded import decoded
from tests.bench.answers import GROUP_BYS, answer

_MOST_ROWS: Final = 7_500


class GridApp(App[None]):
    """A Textual app with one grid that covers the whole screen."""

    BINDINGS: ClassVar[list[BindingType]] = [Binding("x", "swap", "The other answer")]

    def __init__(self, one: Table, other: Table) -> None:
        super().__init__()
        self._shown, self._other = one, other
        self.register_theme(theme_called(DARK))
        self.theme = DARK

    def compose(self) -> ComposeResult:
        """Yield the grid."""
        yield Grid()

    def on_mount(self) -> None:
        """Show the first answer in the grid, and focus the grid."""
        grid = self.query_one(Grid)
        grid.table = self._shown
        grid.focus()

    def action_swap(self) -> None:
        """Replace all rows of the grid by the rows of the other answer."""
        self._shown, self._other = self._other, self._shown
        self.query_one(Grid).table = self._shown


def tables(rows: int) -> tuple[Table, Table]:
    """Return the tables of two answers to the same query, arranged as on the screen.

    Nearly all metrics of the second answer differ from the first answer.
    """
    snapshots = [Snapshot(Query(GROUP_BYS), Window(0, 900), 900.0, _connections(rows, turn)) for turn in (1, 2)]
    one = arrange(snapshots[0], Arrangement())
    other = arrange(snapshots[1], Arrangement(), after=one)
    for table in (one, other):
        table.prepare()
    return one, other


def _connections(rows: int, turn: int) -> Connections:
    """Return this number of connections. They are decoded from several API responses, because one response is
    limited.
    """
    starts = range(0, rows, _MOST_ROWS)
    bodies = (answer(min(_MOST_ROWS, rows - start), turn=turn, first=start) for start in starts)
    return Connections.joined(decoded(body, GROUP_BYS).connections for body in bodies)


if __name__ == "__main__":
    GridApp(*tables(int(sys.argv[1]))).run()
