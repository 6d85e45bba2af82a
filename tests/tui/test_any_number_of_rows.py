"""Test the same keys with no row, with one row, with as many rows as one answer can have, and with far more
rows.

The tests also check answers that arrive while a key is held down.
"""

import pytest

from cnm_tui.core.exploration.exploration import Exploration
from cnm_tui.core.query import Query
from cnm_tui.core.snapshot import Snapshot
from tests.builders import FakeSource, a_connection, a_snapshot
from tests.tui.conftest import exploring

KEYS = (
    "j",
    "k",
    "down",
    "up",
    "pagedown",
    "pageup",
    "l",
    "h",
    "end",
    "g",
    "end",
    "home",
    "s",
    "S",
    "space",
    "u",
    "z",
    "z",
)


def so_many(count: int, *, plus: int = 0) -> Snapshot:
    """Return an answer with this number of rows. The first row has the most bytes."""
    connections = (
        a_connection(
            id=f"id {n}", groups=((f"web-{n:06}",), ("store",)), bytes_sent_by_client=(count - n) * 1_000 + plus
        )
        for n in range(count)
    )
    return a_snapshot(*connections, query=Query(limit=7_500))


@pytest.mark.slow
@pytest.mark.parametrize("size", [(80, 24), (200, 50), (60, 15)], ids=str)
@pytest.mark.parametrize("count", [1, 7_500, 100_000])
async def test_every_row_can_be_reached(count: int, size: tuple[int, int]) -> None:
    snapshot = so_many(count)
    async with exploring(FakeSource(snapshot), size=size, exploration=Exploration(snapshot.query)) as user:
        await user.until(lambda: user.highlighted == "id 0")

        await user.press(*KEYS)
        await user.press("end")

        last = user.grid.highlighted
        assert last is not None
        assert last == user.grid.table.connection(count - 1)  # type: ignore[union-attr]
        assert last.groups[0][0][-3:] in user.screen()


async def test_with_no_row_every_key_does_no_harm() -> None:
    async with exploring(FakeSource(a_snapshot())) as user:
        await user.sees("No connections from")

        await user.press(*KEYS, "y", "d", "escape")

        await user.sees("No connections from")
        assert user.highlighted is None


async def test_no_row_moves_while_a_key_is_held() -> None:
    before, after = so_many(100), so_many(100, plus=500_000_000)
    async with exploring(FakeSource(before)) as user:
        await user.sees("100 rows")
        await user.press("r")
        await user.until(lambda: user.source.waiting == 1)
        shown = user.grid.table

        await user.press("j")
        user.source.answer(after)
        for _ in range(20):
            await user.press("j")
            assert user.grid.table is shown

        await user.until(lambda: user.grid.table is not shown)
        assert user.highlighted == "id 21"
