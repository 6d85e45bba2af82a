"""Test that closed dialogs and replaced answers are removed from memory."""

import asyncio
import gc
import sys
from functools import partial
from heapq import heapify
from typing import Any

import psutil  # type: ignore[import-untyped]  # its stubs are a package of their own
import pytest
from textual._styles_cache import StylesCache
from textual.strip import Strip

from cnm_tui.core.exploration.history import MOST_RECENT_ANSWERS
from cnm_tui.core.query import Query
from cnm_tui.core.snapshot import Snapshot
from cnm_tui.tui import terminal
from tests.builders import FakeSource, a_connection, a_snapshot
from tests.tui.conftest import User, exploring, one_row

pytestmark = pytest.mark.slow


def alive(kind: type) -> int:
    """Return the number of objects of this class that are still in memory."""
    # asyncio keeps cancelled timers, such as those of the tests' own minute of patience, until their time has come.
    loop: Any = asyncio.get_running_loop()
    loop._scheduled = [timer for timer in loop._scheduled if not timer.cancelled()]
    heapify(loop._scheduled)
    gc.collect()
    return sum(isinstance(one, kind) for one in gc.get_objects())


async def open_and_close(user: User, key: str, times: int) -> None:
    for _ in range(times):
        await user.press(key)
        await user.until(lambda: user.app.screen is not user.main)
        await user.press("escape")
        await user.until(lambda: user.app.screen is user.main)


@pytest.mark.parametrize("key", ["question_mark", "b", "v", "ctrl+p", "L", "G", "ctrl+t", "E"])
async def test_a_dialog_that_was_closed_is_forgotten_with_all_it_drew(key: str) -> None:
    async with exploring(one_row()) as user:
        await user.sees("1 row")
        await open_and_close(user, key, 2)
        before = alive(StylesCache), alive(Strip)

        await open_and_close(user, key, 5)

        caches, strips = alive(StylesCache), alive(Strip)
        assert caches <= before[0]
        assert strips <= 1.2 * before[1]


class New(FakeSource):
    """A fake data source that answers each query with rows that never occurred before."""

    async def fetch(self, query: Query) -> Snapshot:
        """Return rows with new client and server names."""
        self.asked.append(query)
        number = len(self.asked)
        groups = [((f"client-{number}-{row}",), (f"server-{number}-{row}",)) for row in range(40)]
        return a_snapshot(
            *(a_connection(f"{number}-{row}", ends, bytes_sent_by_client=row) for row, ends in enumerate(groups)),
            query=query,
        )


async def strips_after(user: User, refreshes: int) -> int:
    """Refresh the rows several times, and return the number of drawn lines (Textual's `Strip` objects) in memory."""
    asked = len(user.source.asked)
    for wanted in range(asked + 1, asked + refreshes + 1):
        await user.main.action_run("ask_now")
        await user.until(partial(is_answered, user, wanted))
        await user.pilot.pause()
    return sum(isinstance(one, Strip) for one in gc.get_objects())


def is_answered(user: User, number: int) -> bool:
    """Return True if the app has sent this number of queries, and the last query is answered."""
    return len(user.source.asked) >= number and not user.main.exploration.fetching


async def test_refreshes_leave_nothing_behind_however_long_they_go_on() -> None:
    async with exploring(New(), size=(200, 50)) as user:
        await user.sees("40 rows")
        # As if Python never came to what was in use when it looked last.
        gc.disable()
        try:
            early = await strips_after(user, 20)
            late = await strips_after(user, 60)
            answers = sum(isinstance(one, Snapshot) for one in gc.get_objects())
        finally:
            gc.enable()

        assert late < 2 * early + 500
        # Some more are in use for a moment on a busy machine; a leak would keep all 80.
        assert answers < MOST_RECENT_ANSWERS + 15


@pytest.mark.skipif(sys.platform != "linux", reason="only the GNU C library keeps freed memory")
def test_freed_memory_is_given_back_though_later_memory_is_in_use() -> None:
    # Of the size of a list of all rows, which the C library takes from its heap.
    blocks = [b"x" * 60_000 for _ in range(1_000)]
    last = b"x" * 60_000
    process = psutil.Process()
    blocks.clear()
    before = process.memory_info().rss

    terminal.give_back_freed()

    assert last
    assert before - process.memory_info().rss > 40_000_000
