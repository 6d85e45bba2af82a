"""Test that each dialog returns only one result, even if more keys follow in the same packet."""

import threading
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from itertools import cycle
from pathlib import Path
from typing import Any, Final

import pytest
from textual import events
from textual.command import CommandInput, CommandList
from textual.geometry import Size
from textual.keys import _character_to_key
from textual.screen import Screen

from cnm_tui.core.endpoint import CONNECTIONS
from cnm_tui.core.exploration.exploration import Exploration
from cnm_tui.core.insights.insight import Insights, insights_in
from cnm_tui.core.query import Query
from cnm_tui.core.row_commands import RowCommand
from cnm_tui.core.search.past_searches import PastSearch
from cnm_tui.core.time.time_range import Window
from cnm_tui.store.search_history import SearchHistory
from cnm_tui.tui.app import CnmApp
from cnm_tui.tui.dialogs.copy_picker import CopyPicker
from cnm_tui.tui.dialogs.group_by_picker import GroupByPicker
from cnm_tui.tui.dialogs.help import HelpScreen
from cnm_tui.tui.dialogs.palette import Palette
from cnm_tui.tui.dialogs.too_small import TooSmallScreen
from tests.builders import MOMENT
from tests.tui.conftest import User, exploring, no_keys
from tests.tui.estate import Estate
from tests.tui.fake_profiles import FakeProfiles
from tests.tui.tour import LOCAL, PROD

SIZE: Final = (80, 24)
OTHER_SIZES: Final = ((50, 10), (100, 30))
"""Window sizes; the first is too small to show anything."""
OPENED_BY: Final = {
    "group-bys": ("b",),
    "time range": ("t",),
    "presets of time": ("t", "down"),
    "limit": ("n",),
    "views": ("v",),
    "name of a view": ("v", "ctrl+s"),
    "columns": ("c",),
    "file": ("w",),
    "copy": ("Y",),
    "compare": ("m",),
    "division": ("f",),
    "profiles": ("P",),
    "sign in": ("K",),
    "help": ("?",),
    "palette": ("ctrl+p",),
    "searches": ("ctrl+r",),
    "drill down": ("enter",),
    "link": ("o",),
    "timeline": ("L",),
    "explain": (*"lllll", "x"),
    "neighbours": ("G",),
    "recording": ("E",),
    "insights": ("H",),
    "theme": ("ctrl+t",),
    "programs": ("exclamation_mark",),
    "program to confirm": ("exclamation_mark", "enter"),
    "output of a program": ("exclamation_mark", "down", "enter"),
    "copy by hand": ("y",),
}
HURRIES: Final = (
    ("enter", 2, False),
    ("enter", 3, True),
    ("1", 2, True),
    ("pagedown", 3, False),
    ("q", 2, True),
    ("escape", 1, True),
    ("space", 2, False),
    ("ctrl+s", 3, True),
)
"""A key, the number of presses, and True to resize the window in between.

`python -m tests.monkey --dialogs` tries all keys.
"""


PROGRAMS: Final = {
    "ask": RowCommand(("true", "{client_service}"), confirm=True),
    "print": RowCommand(("printf", "%s\\n", "{client_service}")),
}


class EstateWithInsights(Estate):
    """A fake data source that has a few flows, and also network health insights about them."""

    async def insights(self, window: Window) -> Insights:
        """Return three insights about DNS."""
        entries = [
            {"id": f"id {number}", "attributes": {"type": "dns", "client_service": "search", "dns_query": "a.example"}}
            for number in range(3)
        ]
        found = insights_in({"data": entries}, window)
        assert found is not None
        return found


def in_one_read(user: User, *keys: str, resized: bool = False) -> None:
    """Press these keys so that they arrive at the app in one packet. A slow network line has this effect.

    If `resized` is True, the terminal is resized before each key.
    """
    for key, size in zip(keys, cycle(OTHER_SIZES), strict=False):
        if resized:
            user.app.post_message(events.Resize(Size(*size), Size(*size)))
        named = _character_to_key(key) if len(key) == 1 else key
        user.app.post_message(events.Key(named, key if len(key) == 1 else None))
    if resized:
        user.app.post_message(events.Resize(Size(*SIZE), Size(*SIZE)))


def clicked(user: User, x: int, y: int) -> None:
    """Click at this position: press and release the mouse button, with the events that a terminal sends."""
    for event in (events.MouseDown, events.MouseUp):
        user.app.post_message(event(None, x, y, 0, 0, 1, False, False, False, x, y))


@asynccontextmanager
async def with_all_dialogs(directory: Path, *, clipboard: str = "osc52") -> AsyncIterator[User]:
    """Yield a simulated user whose screen shows rows from which every dialog can be opened."""
    source = EstateWithInsights()
    source.site = PROD.site
    history = SearchHistory(directory / "searches.jsonl")
    history.keep(PastSearch("service:web", MOMENT, 1))
    profiles = FakeProfiles(PROD, LOCAL)
    profiles.sources = {PROD.name: Estate(), LOCAL.name: Estate()}
    async with exploring(
        source, profiles=profiles, directory=directory, keeper=history, clipboard=clipboard, commands=PROGRAMS
    ) as user:
        await user.sees(" rows")
        await user.until(lambda: user.main.features.searches.past)
        yield user


async def back_at_the_rows(user: User) -> None:
    """Press Esc until no dialog is open."""
    while user.app.screen is not user.main or user.app.type_ahead.waits:
        await user.press("escape")
        assert len(user.app.screen_stack) < 4


@pytest.mark.slow
@pytest.mark.parametrize("dialog", OPENED_BY)
async def test_any_key_pressed_over_and_over_ends_nothing(
    dialog: str, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(CnmApp, "exit", lambda _app: None)
    monkeypatch.chdir(tmp_path)
    usual = Exploration(Query(), refresh_seconds=None)
    async with with_all_dialogs(tmp_path, clipboard="off" if dialog == "copy by hand" else "osc52") as user:
        for key, times, resized in HURRIES:
            in_one_read(user, *OPENED_BY[dialog], *[key] * times, resized=resized)
            await user.pilot.pause()
            await back_at_the_rows(user)

            user.main.session.update(lambda _exploration: usual)
            user.main.set_focus(user.grid)
            user.main.session.ask(usual.query)
            await user.until(lambda: not user.main.exploration.fetching)


@pytest.mark.parametrize("choice", ["s", "d", "r", "enter", "escape"])
async def test_the_welcome_answers_once(choice: str, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(CnmApp, "exit", lambda _app: None)
    async with exploring(Estate(), connect=no_keys, profiles=FakeProfiles(PROD)) as user:
        await user.sees("Welcome")

        in_one_read(user, choice, choice, choice)

        await user.pilot.pause()
        assert len(user.app.screen_stack) <= 2


async def test_the_key_that_closed_a_dialog_does_nothing_once_more(tmp_path: Path) -> None:
    async with with_all_dialogs(tmp_path) as user:
        in_one_read(user, "Y", "enter", "enter", "enter")

        await user.until(lambda: user.sent)
        await user.pilot.pause()
        assert len(user.sent) == 1
        assert user.app.screen is user.main


async def test_a_help_page_left_in_a_hurry_does_not_quit(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    left: list[bool] = []
    monkeypatch.setattr(CnmApp, "exit", lambda _app: left.append(True))
    async with with_all_dialogs(tmp_path) as user:
        first = user.highlighted

        in_one_read(user, "?", "q", "q", "j")

        await user.until(lambda: user.highlighted != first)
        assert not left


async def test_another_key_behind_an_answer_acts_on_the_rows(tmp_path: Path) -> None:
    async with with_all_dialogs(tmp_path) as user:
        first = user.highlighted

        in_one_read(user, "n", *"100", "enter", "j")

        await user.until(lambda: user.highlighted != first)
        assert user.source.asked[-1].limit == 100


async def test_the_second_click_of_each_double_click_on_an_answer_does_nothing(tmp_path: Path) -> None:
    async with with_all_dialogs(tmp_path) as user:
        before = user.highlighted
        for form in (" TSV", " JSON "):
            await user.press("Y")
            await user.sees("enter copies")
            # Under it stands a row that a click would put the cursor on.
            y = next(y for y, line in enumerate(user.screen().splitlines()) if form in line)
            clicked(user, 30, y)
            await user.until(lambda: user.app.screen is user.main)
            clicked(user, 30, y)
            await user.pilot.pause()

            assert user.highlighted == before
        assert len(user.sent) == 2


async def test_clicks_in_one_read_are_one_answer(tmp_path: Path) -> None:
    async with with_all_dialogs(tmp_path) as user:
        await user.press("Y")
        await user.sees("enter copies")
        lines = user.screen().splitlines()
        y = next(y for y, line in enumerate(lines) if " curl" in line)

        for _ in range(3):
            clicked(user, lines[y].index("curl"), y)

        await user.until(lambda: user.app.screen is user.main)
        await user.pilot.pause()
        assert len(user.sent) == 1


async def test_an_answer_given_under_a_window_too_small_closes_the_dialog_later(tmp_path: Path) -> None:
    async with with_all_dialogs(tmp_path) as user:
        await user.press("Y")
        await user.until(lambda: isinstance(user.app.screen, CopyPicker))
        dialog = user.app.screen
        assert isinstance(dialog, CopyPicker)
        await user.pilot.resize_terminal(*OTHER_SIZES[0])
        await user.until(lambda: isinstance(user.app.screen, TooSmallScreen))

        dialog.dismiss(None)
        await user.pilot.pause()
        assert isinstance(user.app.screen, TooSmallScreen)
        await user.pilot.resize_terminal(*SIZE)

        await user.until(lambda: user.app.screen is user.main)


async def test_the_palette_does_once_what_enter_is_pressed_twice_for(tmp_path: Path) -> None:
    async with with_all_dialogs(tmp_path) as user:
        in_one_read(user, "ctrl+p", *"mark", "down", "up", "enter", "enter")

        await user.until(lambda: user.main.exploration.marked)
        await user.pilot.pause()
        assert len(user.main.exploration.marked) == 1


async def test_a_key_behind_the_palette_is_for_what_it_opened(tmp_path: Path) -> None:
    async with with_all_dialogs(tmp_path) as user:
        in_one_read(user, "ctrl+p", *"limit", "enter", *"9999", "enter")

        await user.sees("The limit is 9,999")


@pytest.mark.slow
@pytest.mark.parametrize("then", ["closed", "left"])
async def test_a_dialog_that_goes_before_it_has_any_widgets_ends_nothing(
    then: str, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    for dialog in OPENED_BY if then == "closed" else ("help", "searches", "group-bys"):
        opened: list[str] = []
        async with with_all_dialogs(tmp_path, clipboard="off" if dialog == "copy by hand" else "osc52") as user:
            push, leave = user.app.push_screen, user.app.pop_screen if then == "closed" else user.app.exit

            def pushed(screen: Screen[Any], *more: Any) -> Any:
                opened.append(type(screen).__name__)  # noqa: B023  # called in this round only
                mounted = push(screen, *more)  # noqa: B023
                leave()  # noqa: B023
                return mounted

            monkeypatch.setattr(user.app, "push_screen", pushed)
            keys = OPENED_BY[dialog]
            in_one_read(user, *(keys if dialog in ("explain", "insights") else keys[:1]))
            await user.until(lambda: opened)  # noqa: B023
            await user.pilot.pause()


async def test_a_palette_that_has_closed_searches_no_more(tmp_path: Path) -> None:
    async with with_all_dialogs(tmp_path) as user:
        await user.press("ctrl+p")
        await user.until(lambda: isinstance(user.app.screen, Palette))
        palette = user.app.screen
        assert isinstance(palette, Palette)
        actions = palette.query_one(CommandList)
        await user.until(lambda: actions.option_count > 10)

        palette.answered = True
        palette.query_one(CommandInput).value = "resume"
        await user.pilot.pause()
        await user.app.workers.wait_for_complete()

        assert actions.option_count > 10


async def test_the_work_of_a_dialog_ends_with_it(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    imported = threading.Event()
    monkeypatch.setattr("cnm_tui.tui.dialogs.help.import_dialogs", imported.wait)
    async with with_all_dialogs(tmp_path) as user:
        await user.press("?")
        await user.until(lambda: isinstance(user.app.screen, HelpScreen))
        await user.press("escape")
        await user.until(lambda: not isinstance(user.app.screen, HelpScreen))

        assert not any(isinstance(worker.node, HelpScreen) and worker.is_running for worker in user.app.workers)
        imported.set()


async def test_a_palette_is_opened_while_the_one_before_is_taken_down(tmp_path: Path) -> None:
    async with with_all_dialogs(tmp_path) as user:
        await user.press("ctrl+p")
        await user.until(lambda: isinstance(user.app.screen, Palette))

        user.app.pop_screen()
        user.app.action_command_palette()

        await user.until(lambda: isinstance(user.app.screen, Palette) and user.app.screen.is_mounted)


async def test_a_key_on_its_way_through_a_box_does_not_act_on_a_dialog_that_a_click_opens(tmp_path: Path) -> None:
    async with with_all_dialogs(tmp_path) as user:
        await user.press("e")
        dialog = GroupByPicker((), CONNECTIONS)

        await user.app.type_ahead._take(events.Key("ctrl+o", None))
        user.app.push_screen(dialog)

        await user.pilot.pause()
        await user.sees("0/10 chosen")
        assert user.app.screen is dialog
