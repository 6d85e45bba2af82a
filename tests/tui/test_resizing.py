"""Test that the terminal window can be resized while any dialog is open."""

from collections.abc import AsyncIterator
from contextlib import asynccontextmanager

import pytest
from textual.widgets import Static

from cnm_tui.core.errors import CredentialsRefused
from cnm_tui.core.exploration.exploration import Exploration
from cnm_tui.core.query import Query
from cnm_tui.core.sign_in import OfferedProfile
from cnm_tui.tui.terminal.terminal_app import SMALLEST
from cnm_tui.tui.widgets.hint import Hint
from cnm_tui.tui.widgets.key_input import KeyInput
from tests.builders import FakeSource, a_connection, a_snapshot
from tests.tui.conftest import User, exploring
from tests.tui.fake_profiles import FakeProfiles
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
"""Dialogs with a line that names their keys: the keys that open each, and a text to type."""
OPENED = {
    "search": ("e", "server_env:prod"),
    "filter": ("slash", "web"),
    "palette": ("ctrl+p", "win"),
    "detail": ("d", ""),
    **DIALOGS,
}
PROD = OfferedProfile("prod-eu", "datadoghq.eu", "a command", site="datadoghq.eu")


@asynccontextmanager
async def in_front_of_rows(size: tuple[int, int]) -> AsyncIterator[User]:
    """Yield a simulated user whose screen shows more rows than fit.

    The data source is a Datadog site, so that there are links to web pages.
    """
    rows = [a_connection(id=f"id {n}", groups=((f"web-{n}",), ("store",))) for n in range(50)]
    source = FakeSource(a_snapshot(*rows))
    source.site = PROD.site
    quiet = Exploration(Query(), refresh_seconds=None)
    async with exploring(source, exploration=quiet, profiles=FakeProfiles(PROD), size=size) as user:
        await user.sees("50 rows")
        yield user


async def resized_through(user: User) -> None:
    """Resize the terminal to each of the test sizes."""
    for columns, lines in SIZES:
        await user.pilot.resize_terminal(columns, lines)


@pytest.mark.slow
@pytest.mark.parametrize(("key", "typed"), OPENED.values(), ids=OPENED)
async def test_what_is_open_and_typed_stays(key: str, typed: str) -> None:
    async with in_front_of_rows(SIZES[-1]) as user:
        await user.press("down", "down", "space", key)
        await user.type(typed)
        # The help adds the keys of dialogs when all are imported.
        await user.until(lambda: all(text.content for text in user.app.screen.query("#dialogs").results(Static)))
        await user.pilot.pause()
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


@pytest.mark.parametrize(("key", "typed"), DIALOGS.values(), ids=DIALOGS)
async def test_in_the_smallest_window_no_key_is_torn_from_what_it_does(key: str, typed: str) -> None:
    async with in_front_of_rows((SMALLEST.width, SMALLEST.height)) as user:
        await user.press(key)
        await user.until(lambda: user.app.screen.query(Hint))
        await user.type(typed)
        await user.pilot.pause()

        hint = user.app.screen.query_one(Hint)
        keys = [named for line in str(hint.content).splitlines() for named in line.split(" · ")]

        assert [named for named in keys if named not in user.screen()] == []


def without_blanks(text: str) -> str:
    """Return the text without blanks and borders, because the text may be wrapped."""
    return "".join(text.replace("│", "").split())


async def test_the_palette_names_its_keys_in_its_box() -> None:
    async with in_front_of_rows((SMALLEST.width, SMALLEST.height)) as user:
        await user.press("ctrl+p")

        await user.sees("enter does it · esc closes")


async def test_a_dialog_that_opens_in_a_window_too_small_takes_no_key_before_it_is_seen() -> None:
    profiles = FakeProfiles(PROD)
    source = FakeSource()
    profiles.sources["prod-eu signed in"] = source
    async with exploring(FakeSource(a_snapshot(a_connection())), profiles=profiles) as user:
        await user.sees("1 row")
        await user.press("K", *"0a1b", "enter", *"f5e4", "enter")
        await user.until(lambda: source.waiting)
        await user.pilot.resize_terminal(59, 15)
        await user.sees("is too small")

        source.answer(CredentialsRefused("datadoghq.eu refused the keys.", hint="Both must be whole."))
        await user.until(lambda: not user.main.exploration.fetching)
        await user.press("x", "T", "ctrl+t", "enter", "escape")
        await user.pilot.pause()
        await user.sees("is too small")
        await user.pilot.resize_terminal(60, 15)

        await user.sees("datadoghq.eu refused the keys.")
        await user.sees("Application key")
        assert [box.value for box in user.app.screen.query(KeyInput)] == ["", ""]
        await user.press("escape")
        await user.until(lambda: user.app.screen is user.main)
