"""A window that is made smaller and larger, whatever is open in it."""

from collections.abc import AsyncIterator
from contextlib import asynccontextmanager

import pytest

from cnm_tui.core.exploration import Exploration
from cnm_tui.core.query import Query
from cnm_tui.core.sign_in import Offered
from cnm_tui.tui.terminal import SMALLEST
from cnm_tui.tui.widgets.hint import Hint
from tests.builders import FakeSource, a_connection, a_snapshot
from tests.tui.conftest import User, exploring
from tests.tui.fake_desk import FakeDesk
from tests.tui.tour import drawn

SIZES = ((200, 50), (60, 15), (120, 30), (59, 14), (80, 24))
DIALOGS = {
    "group-bys": ("b", "pod"),
    "time range": ("t", "now-2h"),
    "limit": ("n", "7"),
    "views": ("v", "re"),
    "columns": ("c", "rtt"),
    "profiles": ("P", "prod"),
    "sign in": ("K", "0a1b"),
    "compare": ("m", ""),
    "copy as": ("Y", ""),
    "write": ("w", "x"),
    "division": ("f", "web"),
    "rungs": ("enter", ""),
    "link": ("o", ""),
    "earlier searches": ("ctrl+r", "x"),
    "help": ("question_mark", ""),
}
"""Those with a line that names their keys: what opens each, and what is typed into it."""
OPENED = {
    "search": ("e", "server_env:prod"),
    "filter": ("slash", "web"),
    "palette": ("ctrl+p", "win"),
    "detail": ("d", ""),
    **DIALOGS,
}
PROD = Offered("prod-eu", "datadoghq.eu", "a command", site="datadoghq.eu")


@asynccontextmanager
async def in_front_of_rows(size: tuple[int, int]) -> AsyncIterator[User]:
    """A user who sees more rows than there is room for, of a site that has web pages."""
    rows = [a_connection(id=f"id {n}", groups=((f"web-{n}",), ("store",))) for n in range(50)]
    source = FakeSource(a_snapshot(*rows))
    source.site = PROD.site
    quiet = Exploration(Query(), refresh_seconds=None)
    async with exploring(source, exploration=quiet, desk=FakeDesk(PROD), size=size) as user:
        await user.sees("50 rows")
        yield user


async def resized_through(user: User) -> None:
    """All sizes, and the first one again."""
    for columns, lines in SIZES:
        await user.pilot.resize_terminal(columns, lines)
        await user.pilot.pause(0.05)


@pytest.mark.parametrize(("key", "typed"), OPENED.values(), ids=OPENED)
async def test_what_is_open_and_typed_stays(key: str, typed: str) -> None:
    async with in_front_of_rows(SIZES[-1]) as user:
        await user.press("down", "down", "space", key)
        await user.type(typed)
        await user.pilot.pause(0.2)
        shown, focused = user.screen().splitlines()[1:], user.app.focused

        await resized_through(user)

        await user.until(lambda: user.screen().splitlines()[1:] == shown)
        assert user.app.focused is focused


@pytest.mark.parametrize(("key", "typed"), DIALOGS.values(), ids=DIALOGS)
async def test_in_the_smallest_window_each_dialog_names_its_keys(key: str, typed: str) -> None:
    async with in_front_of_rows((SMALLEST.width, SMALLEST.height)) as user:
        await user.press(key)
        await user.until(lambda: user.app.screen.query(Hint))
        await user.type(typed)

        named = without_blanks(str(user.app.screen.query_one(Hint).render()))

        await user.until(lambda: named in without_blanks("".join(text for text, _ in drawn(user))))


def without_blanks(text: str) -> str:
    """What may stand on more than one line between two borders."""
    return "".join(text.replace("│", "").split())
