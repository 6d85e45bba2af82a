"""Test the app as a whole: the help, the command palette, the first start without API keys, and malicious text."""

import re

import pytest
from textual.widgets import Static

from cnm_tui.core.errors import StoreFailed
from cnm_tui.core.exploration.exploration import Exploration
from cnm_tui.core.query import Query
from cnm_tui.core.snapshot import Source
from cnm_tui.core.text import clean
from cnm_tui.tui.commands import COMMANDS
from cnm_tui.tui.widgets.grid import Grid
from tests.builders import FakeSource, a_connection, a_snapshot
from tests.tui.conftest import exploring, no_keys

HOSTILE = (
    "\x1b]52;c;RVZJTA==\x1b\\",
    "\x1b[2Jgone",
    "\x9b2J",
    "\x9d52;c;RVZJTA==\x9c",
    "nul\x00bell\x07back\x08",
    "line\nbreak\r\ttab",
    "[@click=app.quit]x[/]",
    "A[/nope]B",
    "[link=https://example.com]x[/link]",
    "abc\u202ecod.exe",
    "zero\u200bwidth\u2060join\ufeff",
    "e" + "\u0301" * 50,
    "\U000e0041\U000e0042",
    "日本語" * 40,
    "x" * 10_000,
    "\U0001f468\u200d\U0001f469\u200d\U0001f467",
)


async def test_help_lists_every_key_that_works() -> None:
    async with exploring(FakeSource(a_snapshot(a_connection())), size=(200, 60)) as user:
        await user.sees("1 row")

        await user.press("question_mark")

        await user.sees("Program")
        assert [one.title for one in COMMANDS if one.title not in user.screen()] == []


async def test_no_line_of_the_help_is_broken() -> None:
    async with exploring(FakeSource(a_snapshot(a_connection())), size=(80, 24)) as user:
        await user.sees("1 row")

        await user.press("question_mark")
        await user.sees("Navigate")

        for group in user.app.screen.query(".group").results(Static):
            assert group.size.height == str(group.render()).count("\n") + 1


async def test_help_names_what_textual_binds_in_our_words() -> None:
    async with exploring(FakeSource(a_snapshot(a_connection())), size=(200, 60)) as user:
        await user.sees("1 row")

        await user.press("question_mark")
        await user.sees("Program")

        for keys, does in (
            ("tab", "Next pane"),
            ("shift+tab", "Previous pane"),
            ("ctrl+p", "Command palette"),
            ("q, ctrl+q", "Quit"),
            ("d", "Detail pane"),
        ):
            assert re.search(rf"{re.escape(keys)} +{does}", user.screen())
        assert "Focus" not in user.screen()
        assert user.screen().count("Quit") == 1


async def test_the_palette_names_each_action_once_with_all_its_keys() -> None:
    async with exploring(FakeSource(a_snapshot(a_connection()))) as user:
        await user.sees("1 row")

        commands = list(user.app.get_system_commands(user.main))

        keys = {command.title: command.help for command in commands}
        assert len(keys) == len(commands)
        assert keys["Detail pane"] == "d"
        assert keys["Drill down"] == "enter"
        assert keys["Quit"] == "q, ctrl+q"
        assert keys["Next pane"] == "tab"
        assert keys["Next row"] == "↓, j"
        assert "Command palette" not in keys
        assert not [shown for shown in keys.values() if "super+" in shown or "^" in shown or "⏎" in shown]


async def test_the_palette_lists_every_action() -> None:
    async with exploring(FakeSource(a_snapshot(a_connection()))) as user:
        await user.sees("1 row")

        offered = {command.title for command in user.app.get_system_commands(user.main)}

        assert {one.title for one in COMMANDS if one.id != "app.palette"} <= offered


async def test_the_palette_does_what_it_lists() -> None:
    async with exploring(FakeSource(a_snapshot(a_connection()))) as user:
        await user.sees("1 row")
        await user.press("ctrl+p")
        await user.until(lambda: user.app.screen is not user.main)

        await user.type("row limit")
        await user.sees("Row limit")
        await user.press("enter")

        await user.sees("Rows to ask for")


async def test_the_palette_does_what_belongs_to_the_program() -> None:
    async with exploring(FakeSource(a_snapshot(a_connection()))) as user:
        await user.sees("1 row")
        await user.press("ctrl+p")
        await user.until(lambda: user.app.screen is not user.main)

        await user.type("next pane")
        await user.until(lambda: "Refresh now" not in user.screen())
        await user.press("enter")

        await user.until(lambda: user.app.screen is user.main and not isinstance(user.main.focused, Grid))


async def test_without_keys_the_first_start_says_how_to_give_them_and_offers_the_demo() -> None:
    async with exploring(FakeSource(a_snapshot(a_connection()), label="DEMO"), connect=no_keys) as user:
        await user.sees("export DD_API_KEY")
        assert "network_connections_read" in user.screen()

        await user.press("d")

        await user.sees("1 row")
        assert "DEMO" in user.screen()


async def test_a_keyring_that_fails_is_told_on_the_screen() -> None:
    def broken() -> Source:
        raise StoreFailed("The keyring is locked.", hint="Unlock it.")

    async with exploring(connect=broken) as user:
        await user.sees("The keyring is locked.")
        assert "Unlock it." in user.screen()


async def test_once_the_keyring_answers_r_connects() -> None:
    source = FakeSource(a_snapshot(a_connection(groups=(("web",), ("store",)))))
    failing = [StoreFailed("The keyring is locked.", hint="Unlock it.")]

    def connect() -> Source:
        if failing:
            raise failing.pop()
        return source

    async with exploring(source, connect=connect) as user:
        await user.sees("The keyring is locked.")

        await user.press("r")

        await user.sees("1 row")


@pytest.mark.parametrize("hostile", HOSTILE, ids=lambda text: ascii(text[:16]))
@pytest.mark.parametrize("size", [(80, 24), (200, 50)], ids=str)
async def test_nothing_from_outside_acts_on_the_terminal(hostile: str, size: tuple[int, int]) -> None:
    cleaned = clean(hostile)
    row = a_connection(id=cleaned, groups=((cleaned,), (cleaned, cleaned)))
    query = Query(group_bys=("client_tag", "server_tag"))
    async with exploring(
        FakeSource(a_snapshot(row, query=query)), size=size, exploration=Exploration(query, refresh_seconds=None)
    ) as user:
        await user.sees("1 row")

        await user.press("d", "d")

        for line in user.screen().splitlines():
            assert line.isprintable()
        assert user.app.is_running


async def test_a_screen_that_is_far_too_small_does_no_harm() -> None:
    async with exploring(FakeSource(a_snapshot(a_connection())), size=(10, 3)) as user:
        await user.sees("too small")

        await user.press("j", "l", "s", "d", "d", "question_mark", "escape", "q")
        await user.pilot.resize_terminal(80, 24)

        await user.sees("1 row")
        assert user.app.screen is user.main
        assert user.highlighted is not None
