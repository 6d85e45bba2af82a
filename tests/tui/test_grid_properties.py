"""Test that the grid draws the same lines with its caches as without, for any table, key presses and refreshes."""

from collections.abc import Sequence
from dataclasses import replace

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st
from textual import on
from textual.app import App, ComposeResult
from textual.strip import Strip

from cnm_tui.core.connections import Connection
from cnm_tui.core.endpoint import CONNECTIONS
from cnm_tui.core.exploration.exploration import Exploration
from cnm_tui.core.query import Query
from cnm_tui.core.settings import DARK
from cnm_tui.core.snapshot import Snapshot
from cnm_tui.core.table.sorting import SortKey
from cnm_tui.core.table.table import Arrangement, Table
from cnm_tui.tui.terminal.themes import theme_called
from cnm_tui.tui.widgets.grid import Grid
from cnm_tui.tui.widgets.grid_body import GridBody
from tests.builders import a_connection, a_snapshot
from tests.tui.painted import painted

KEYS = ("down", "up", "pagedown", "pageup", "home", "end", "left", "right", "ctrl+right", "ctrl+left")
SORTS = (
    (SortKey("total_bytes", descending=True),),
    (SortKey("rtt_micro_seconds", descending=False),),
    (SortKey("client_service", descending=False), SortKey("tcp_refusals", descending=True)),
)


ARRANGEMENTS = (
    Arrangement(),
    Arrangement(columns=("tcp_resets",)),
    Arrangement(columns=CONNECTIONS.shown_order[::-1], widths=(("tcp_resets", -7), ("client_service", 20))),
    Arrangement((SortKey("tcp_probe0_count", descending=True),), widths=(("tcp_probe0_count", 60),)),
    Arrangement((SortKey("tcp_resets", descending=True),), columns=("rtt_micro_seconds", "total_bytes")),
)


class GridApp(App[None]):
    """A Textual app that contains only a grid."""

    exploration = Exploration(Query())

    def on_load(self) -> None:
        """Set a theme of cnm-tui, because other themes lack some colours of the grid."""
        self.register_theme(theme_called(DARK))
        self.theme = DARK

    def compose(self) -> ComposeResult:
        """Yield the grid."""
        yield Grid()

    def show(self, exploration: Exploration) -> Table:
        """Display the rows of the exploration in the grid, and return their table."""
        self.exploration = exploration
        assert exploration.table is not None
        self.query_one(Grid).table = exploration.table
        return exploration.table

    @on(Grid.Widened)
    def _on_widened(self, message: Grid.Widened) -> None:
        self.show(self.exploration.widened(message.column, message.by))


names = st.text(alphabet="ab日é-", min_size=0, max_size=30)
figures = st.one_of(st.none(), st.integers(0, 5), st.integers(0, 10**12))


@st.composite
def snapshots(draw: st.DrawFn) -> Snapshot:
    """Generate answers with up to 60 connections that have different numbers and any metrics."""
    numbers = draw(st.lists(st.integers(0, 80), max_size=60, unique=True))
    return a_snapshot(*(draw(connections(number)) for number in numbers))


@st.composite
def connections(draw: st.DrawFn, number: int) -> Connection:
    """Generate a connection with this number."""
    return a_connection(
        id=f"connection {number}",
        groups=((draw(names),), tuple(draw(st.lists(names, max_size=2)))),
        bytes_sent_by_client=draw(figures),
        rtt_micro_seconds=draw(figures),
        tcp_refusals=draw(figures),
    )


Step = str | Snapshot | tuple[SortKey, ...] | Arrangement
steps = st.lists(
    st.one_of(st.sampled_from(KEYS), snapshots(), st.sampled_from(SORTS), st.sampled_from(ARRANGEMENTS)),
    min_size=1,
    max_size=12,
)


@pytest.mark.slow
@settings(
    max_examples=25,
    deadline=None,
    derandomize=True,
    suppress_health_check=[HealthCheck.too_slow, HealthCheck.data_too_large],
)
@given(first=snapshots(), then=steps)
async def test_the_screen_is_what_a_fresh_rendering_would_give_and_the_cursor_stands_where_it_belongs(
    first: Snapshot, then: Sequence[Step]
) -> None:
    app = GridApp()
    async with app.run_test(size=(70, 14)) as pilot:
        grid = app.query_one(Grid)
        grid.focus()
        app.show(app.exploration.received(first))
        await pilot.pause()
        for step in then:
            before, table_before, moved = grid.highlighted, app.exploration.table, grid.cursor.connection_id is not None
            sort = app.exploration.arrangement.deciding
            if isinstance(step, str):
                await pilot.press(step)
            else:
                table = app.show(_next(app.exploration, step))
                await pilot.pause()
                assert table_before is not None
                if moved and not _rearranged(table_before, table):
                    _assert_cursor_kept(before, grid, table)
                else:
                    assert grid.highlighted == (table.connection(0) if len(table) else None)
                    assert grid.cursor.top == 0
                assert sort == table.arrangement.deciding or _decides_in_sight(grid, table)
            assert _shown(app) == _rendered_anew(grid)
            assert _cursor_column_in_sight(grid)


def _next(exploration: Exploration, step: Snapshot | tuple[SortKey, ...] | Arrangement) -> Exploration:
    if isinstance(step, Snapshot):
        return exploration.received(step)
    if isinstance(step, Arrangement):
        return exploration.arranged(step)
    return exploration.arranged(replace(exploration.arrangement, sort=step))


def _decides_in_sight(grid: Grid, table: Table) -> bool:
    """Return True if the first sort column is visible. Also return True if the rows are not sorted by a column."""
    return table.deciding is None or grid._shown_layout(table).place_of(table.deciding) is not None


def _cursor_column_in_sight(grid: Grid) -> bool:
    assert grid.table is not None
    return grid._shown_layout(grid.table).place_of(grid._column) is not None


def _rearranged(before: Table, table: Table) -> bool:
    """Return True if both tables show the same answer, but with another sort order or other columns."""
    one, other = before.arrangement, table.arrangement
    return before.snapshot is table.snapshot and (one.sort, one.columns) != (other.sort, other.columns)


def _assert_cursor_kept(before: Connection | None, grid: Grid, table: Table) -> None:
    if before is not None and table.row_of(before.id) is not None:
        assert grid.highlighted is not None
        assert grid.highlighted.id == before.id
    elif len(table):
        assert grid.highlighted is not None


def _shown(app: GridApp) -> list[str]:
    """Return the lines that the app believes to be on the screen. Only lines marked as changed are drawn again."""
    return [strip.text for strip in painted(app)]


def _rendered_anew(grid: Grid) -> list[str]:
    """Return all lines of the grid after every cache was cleared."""
    grid._body = GridBody()
    grid._layout = None
    grid._painted.forget_styles()
    return [_text(grid.render_line(y)) for y in range(grid.size.height)]


def _text(strip: Strip) -> str:
    return strip.text
