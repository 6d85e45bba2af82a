"""Whatever the table, the keys and the refreshes: the lines drawn are what a naive rendering gives."""

from collections.abc import Sequence

from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st
from textual.app import App, ComposeResult
from textual.strip import Strip

from cnm_tui.core.snapshot import Connection, Snapshot
from cnm_tui.core.table import Arrangement, SortKey, Table, arrange
from cnm_tui.tui.widgets.grid import Grid
from tests.builders import a_connection, a_snapshot

KEYS = ("down", "up", "pagedown", "pageup", "home", "end", "left", "right", "ctrl+right", "ctrl+left")
SORTS = (
    (SortKey("total_bytes", descending=True),),
    (SortKey("rtt_micro_seconds", descending=False),),
    (SortKey("client_service", descending=False), SortKey("tcp_refusals", descending=True)),
)


class GridApp(App[None]):
    """A grid and nothing else."""

    def compose(self) -> ComposeResult:
        """Only the grid."""
        yield Grid()


names = st.text(alphabet="ab日é-", min_size=0, max_size=30)
figures = st.one_of(st.none(), st.integers(0, 5), st.integers(0, 10**12))


@st.composite
def snapshots(draw: st.DrawFn) -> Snapshot:
    """Up to 60 connections, told apart by a number, with any values and figures."""
    numbers = draw(st.lists(st.integers(0, 80), max_size=60, unique=True))
    return a_snapshot(*(draw(connections(number)) for number in numbers))


@st.composite
def connections(draw: st.DrawFn, number: int) -> Connection:
    """One connection of this number."""
    return a_connection(
        id=f"connection {number}",
        groups=((draw(names),), tuple(draw(st.lists(names, max_size=2)))),
        bytes_sent_by_client=draw(figures),
        rtt_micro_seconds=draw(figures),
        tcp_refusals=draw(figures),
    )


Step = str | Snapshot | tuple[SortKey, ...]
steps = st.lists(st.one_of(st.sampled_from(KEYS), snapshots(), st.sampled_from(SORTS)), min_size=1, max_size=12)


@settings(
    max_examples=25,
    deadline=None,
    derandomize=True,
    suppress_health_check=[HealthCheck.too_slow, HealthCheck.data_too_large],
)
@given(first=snapshots(), then=steps)
async def test_the_screen_is_what_a_fresh_rendering_would_give_and_the_cursor_keeps_its_connection(
    first: Snapshot, then: Sequence[Step]
) -> None:
    app = GridApp()
    async with app.run_test(size=(70, 14)) as pilot:
        grid = app.query_one(Grid)
        grid.focus()
        grid.table = table = arrange(first, Arrangement())
        await pilot.pause()
        for step in then:
            before = grid.highlighted
            if isinstance(step, str):
                await pilot.press(step)
            else:
                table = grid.table = _next(table, step)
                await pilot.pause()
                _assert_cursor_kept(before, grid, table)
            assert _shown(app) == _rendered_anew(grid)


def _next(table: Table, step: Snapshot | tuple[SortKey, ...]) -> Table:
    if isinstance(step, Snapshot):
        return arrange(step, table.arrangement, after=table)
    return arrange(table.snapshot, Arrangement(step), after=table)


def _assert_cursor_kept(before: Connection | None, grid: Grid, table: Table) -> None:
    if before is not None and table.row_of(before.id) is not None:
        assert grid.highlighted is not None
        assert grid.highlighted.id == before.id
    elif len(table):
        assert grid.highlighted is not None


def _shown(app: GridApp) -> list[str]:
    """What the compositor believes to be on the screen: lines not marked dirty are from before."""
    return [strip.text for strip in app.screen._compositor.render_strips()]


def _rendered_anew(grid: Grid) -> list[str]:
    """Every line drawn from nothing."""
    grid._runs.clear()
    grid._layout = None
    grid._painted.forget_styles()
    return [_text(grid.render_line(y)) for y in range(grid.size.height)]


def _text(strip: Strip) -> str:
    return strip.text
