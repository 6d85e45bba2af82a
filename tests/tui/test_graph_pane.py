"""Test the graph above the grid, which shows a metric over time.

The tests check its height, the selection by keyboard and mouse, and the effect of the keys Enter and m.
"""

from collections.abc import AsyncIterator
from contextlib import asynccontextmanager

import pytest

from cnm_tui.core.connections import Connection
from cnm_tui.core.exploration.baselines import query_for
from cnm_tui.core.exploration.exploration import Exploration
from cnm_tui.core.snapshot import Snapshot
from cnm_tui.core.time.time_range import Fixed, Window
from cnm_tui.core.timeline.timeline import Timeline
from cnm_tui.tui.widgets.graph_pane import GraphPane
from cnm_tui.tui.widgets.grid import Grid
from tests.builders import MOMENT, FakeSource, a_connection, a_snapshot
from tests.core.timelines import QUERY, a_timeline
from tests.tui.conftest import User, exploring

MAIL = (("mail",), ("store",))
SIZES = {(80, 24): 1, (120, 36): 6, (200, 50): 8}


def rows(sent: int) -> list[Connection]:
    return [
        a_connection("web", bytes_sent_by_client=sent),
        a_connection("mail", MAIL, bytes_sent_by_client=1_000),
    ]


def history(parts: int = 6) -> Timeline:
    """Return a timeline whose third part has no data. The last part has the largest number."""
    return a_timeline([None if at == 2 else rows(1_000 * at) for at in range(parts)])


def answer(window: Window | None = None, sent: int = 5_000) -> Snapshot:
    return a_snapshot(*rows(sent), query=QUERY if window is None else query_for(QUERY, window), window=window)


@asynccontextmanager
async def with_timeline(*ready: Snapshot, size: tuple[int, int] = (120, 36)) -> AsyncIterator[User]:
    """Yield a simulated user whose screen shows rows, their timeline, and the graph."""
    async with exploring(
        FakeSource(answer(), *ready), exploration=Exploration(QUERY, refresh_seconds=None), size=size
    ) as user:
        await user.sees("2 rows")
        user.main.session.update(lambda exploration: exploration.with_timeline(history()))
        await user.sees("all rows")
        yield user


def pane(user: User) -> GraphPane:
    return user.main.query_one(GraphPane)


def heading(user: User) -> str:
    return user.line_with("TOTAL ")


@pytest.mark.parametrize("size", SIZES, ids=str)
async def test_it_takes_the_lines_that_the_window_can_spare(size: tuple[int, int]) -> None:
    async with with_timeline(size=size) as user:
        assert pane(user).size.height == SIZES[size]
        assert "09:30–10:00Z" in user.screen() or "UTC" in user.screen()


async def test_it_follows_the_filter_and_the_sort() -> None:
    async with with_timeline() as user:
        await user.press("slash", *"mail", "enter")

        await user.sees("TOTAL of 1 of 2 rows, sum")
        assert "2.0 kB│" in user.screen()


async def test_it_goes_with_the_timeline() -> None:
    async with with_timeline() as user:
        user.main.session.update(lambda exploration: exploration.with_timeline(None))

        await user.until(lambda: not pane(user).display)
        assert "TREND" not in user.screen()


async def test_arrows_choose_a_part_and_a_span_which_enter_asks() -> None:
    async with with_timeline(answer(Window(MOMENT - 900, MOMENT - 300))) as user:
        await user.press("tab")
        await user.until(lambda: pane(user).has_focus)
        await user.press("left")
        assert "09:55–10:00Z: 6.0 kB" in heading(user)

        await user.press("left", "shift+left", "enter")

        await user.until(lambda: len(user.source.asked) == 2)
        asked = user.source.asked[1].time_range
        assert (asked.start, asked.end) == (Fixed(MOMENT - 900), Fixed(MOMENT - 300))
        await user.until(lambda: isinstance(user.app.focused, Grid))
        assert pane(user).chosen == range(0)


async def test_a_span_is_compared_with_the_one_before() -> None:
    chosen, before = Window(MOMENT - 300, MOMENT), Window(MOMENT - 600, MOMENT - 300)
    async with with_timeline(answer(chosen), answer(before, sent=50)) as user:
        await user.press("tab", "left", "m")

        await user.until(lambda: user.main.exploration.baseline is not None)
        assert [query.time_range.window(MOMENT) for query in user.source.asked[1:]] == [chosen, before]
        await user.sees("ΔTOTAL")


async def test_the_mouse_chooses_too() -> None:
    async with with_timeline() as user:
        await user.pilot.mouse_down(GraphPane, offset=(14, 3))
        await user.pilot.hover(GraphPane, offset=(60, 3))
        await user.pilot.mouse_up(GraphPane, offset=(60, 3))

        await user.sees("09:30–09:45Z: 1.0 kB to 2.0 kB")
        assert pane(user).has_focus


async def test_a_gap_is_told_as_not_known() -> None:
    async with with_timeline() as user:
        assert "1 part not known" in heading(user)

        await user.press("tab", "home", "right", "right")

        await user.sees("09:40–09:45Z: not known")


async def test_esc_goes_back_to_the_rows() -> None:
    async with with_timeline() as user:
        await user.press("tab", "left", "escape")

        await user.until(lambda: isinstance(user.app.focused, Grid))
        assert pane(user).chosen == range(0)


async def test_trends_can_be_drawn_on_one_scale() -> None:
    async with with_timeline() as user:
        own = user.line_with(" mail ")

        await user.press("U")

        await user.sees("All trends on one scale: █ is 5.0 kB of TOTAL.")
        assert "▅▅ ▅▅▅" in own
        assert "▂▂ ▂▂▂" in user.line_with(" mail ")


async def test_without_a_timeline_the_scale_has_nothing_to_change() -> None:
    async with exploring(FakeSource(answer())) as user:
        await user.sees("2 rows")

        await user.press("U")

        await user.sees("There is no timeline yet; L asks one.")


async def test_one_key_shows_the_rows_that_began_last_first() -> None:
    async with with_timeline() as user:
        await user.press("B")

        await user.sees("The rows are sorted once all parts are there.")
        assert user.main.exploration.arrangement.deciding == "began"
        _ = user.main.exploration.timeline.onsets if user.main.exploration.timeline else None
        await user.press("B")
        await user.sees("No row is known to have turned bad in the 5 known of 6 parts; L asks the others.")


async def test_the_grid_alone_has_no_graph() -> None:
    async with with_timeline() as user:
        await user.press("z")
        await user.until(lambda: not pane(user).display)

        await user.press("z")
        await user.until(lambda: pane(user).display)
