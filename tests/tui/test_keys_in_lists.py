"""Test common keyboard keys, such as those of vim, in lists and on pages without a list."""

from pathlib import Path

import pytest
from textual.app import App, ComposeResult
from textual.command import CommandList
from textual.widgets import OptionList, Static

from cnm_tui.tui.app import CnmApp
from cnm_tui.tui.widgets.filtered_list import ChoiceList, ScrolledText
from tests.tui.conftest import exploring, no_keys, one_row
from tests.tui.estate import Estate
from tests.tui.fake_profiles import FakeProfiles
from tests.tui.test_answering_once import in_one_read, with_all_dialogs
from tests.tui.tour import PROD


@pytest.mark.parametrize("opened_by", [("Y",), ("m",), ("enter",), ("t", "down")], ids="".join)
async def test_a_list_without_a_box_is_moved_with_the_keys_of_vim(opened_by: tuple[str, ...], tmp_path: Path) -> None:
    async with with_all_dialogs(tmp_path) as user:
        await user.press(*opened_by)
        await user.until(lambda: user.app.screen.query(OptionList))
        options = user.app.screen.query_one(OptionList)
        places = []

        for key in ("g", "j", "k", "G", "k", "g"):
            await user.press(key)
            places.append(options.highlighted)

        last = options.option_count - 1
        assert places == [0, 1, 0, last, last - 1, 0]


async def test_the_keys_of_vim_scroll_the_help(tmp_path: Path) -> None:
    async with with_all_dialogs(tmp_path) as user:
        await user.press("question_mark")
        await user.until(lambda: user.app.screen.query(ScrolledText))
        text = user.app.screen.query_one(ScrolledText)

        await user.press("G")
        await user.until(lambda: user.app.screen.query_one("#dialogs", Static).content)
        await user.until(lambda: text.scroll_y > 0 and text.scroll_y == text.max_scroll_y)
        await user.press("k")
        await user.until(lambda: text.scroll_y == text.max_scroll_y - 1)
        await user.press("g")

        await user.until(lambda: text.scroll_y == 0)


class Hidden(App[None]):
    """A Textual app with a list that is not displayed."""

    def compose(self) -> ComposeResult:
        """Yield a list that is not displayed."""
        options = ChoiceList("one")
        options.display = False
        yield options


@pytest.mark.parametrize("key", ["pagedown", "pageup"])
async def test_no_page_is_turned_in_a_list_without_room(key: str) -> None:
    app = Hidden()
    async with app.run_test() as pilot:
        options = app.query_one(ChoiceList)
        options.highlighted = 0

        await app.run_action(f"{key.replace('page', 'page_')}", options)
        await pilot.pause()

        assert options.highlighted == 0


async def test_the_palette_turns_no_page_before_it_has_a_list() -> None:
    async with exploring(one_row()) as user:
        await user.sees("1 row")

        in_one_read(user, "ctrl+p", "pagedown", "pageup", "x", "pagedown", *"limit", "pagedown", "enter")

        await user.until(lambda: not user.app.type_ahead.waits)
        await user.press("escape")
        await user.until(lambda: user.app.screen is user.main)
        assert not user.app.query(CommandList)


async def test_esc_closes_the_welcome_and_says_what_can_be_done(monkeypatch: pytest.MonkeyPatch) -> None:
    left: list[bool] = []
    monkeypatch.setattr(CnmApp, "exit", lambda _app: left.append(True))
    async with exploring(Estate(), connect=no_keys, profiles=FakeProfiles(PROD)) as user:
        await user.sees("Welcome")

        await user.press("escape")

        await user.sees("There are no keys.")
        await user.sees("K signs in. r asks again.")
        await user.press("r")
        await user.sees("Welcome")
        assert not left


async def test_a_palette_that_was_typed_into_in_a_hurry_can_be_left() -> None:
    async with exploring(one_row()) as user:
        await user.sees("1 row")

        for _ in range(5):
            in_one_read(user, "ctrl+p", *"abc", "down", *"de", "enter", *"limit", "up", "ctrl+home", *"xyz", "enter")
            await user.pilot.pause()
            await user.until(lambda: not user.app.type_ahead.waits)
            while user.app.screen is not user.main:
                await user.press("escape")
                await user.until(lambda: not user.app.type_ahead.waits)
