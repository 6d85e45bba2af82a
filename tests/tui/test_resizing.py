"""A window that is made smaller and larger, whatever is open in it."""

import pytest

from cnm_tui.core.exploration import Exploration
from cnm_tui.core.query import Query
from tests.builders import FakeSource, a_connection, a_snapshot
from tests.tui.conftest import User, exploring

SIZES = ((200, 50), (60, 15), (120, 30), (59, 14), (80, 24))
OPENED = {
    "search": ("e", "server_env:prod"),
    "group-bys": ("b", "pod"),
    "time range": ("t", "now-2h"),
    "limit": ("n", "7"),
    "filter": ("slash", "web"),
    "views": ("v", "re"),
    "columns": ("c", "rtt"),
    "copy as": ("Y", ""),
    "earlier searches": ("ctrl+r", "x"),
    "palette": ("ctrl+p", "win"),
    "help": ("question_mark", ""),
    "detail": ("d", ""),
}


async def resized_through(user: User) -> None:
    """All sizes, and the first one again."""
    for columns, lines in SIZES:
        await user.pilot.resize_terminal(columns, lines)
        await user.pilot.pause(0.05)


@pytest.mark.parametrize(("key", "typed"), OPENED.values(), ids=OPENED)
async def test_what_is_open_and_typed_stays(key: str, typed: str) -> None:
    rows = [a_connection(id=f"id {n}", groups=((f"web-{n}",), ("store",))) for n in range(50)]
    quiet = Exploration(Query(), refresh_seconds=None)
    async with exploring(FakeSource(a_snapshot(*rows)), exploration=quiet) as user:
        await user.sees("50 rows")
        await user.press("down", "down", "space", key)
        await user.type(typed)
        await user.pilot.pause(0.2)
        shown, focused = user.screen().splitlines()[1:], user.app.focused

        await resized_through(user)

        await user.until(lambda: user.screen().splitlines()[1:] == shown)
        assert user.app.focused is focused
