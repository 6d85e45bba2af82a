"""Test the table of commands. Each entry must name something that exists, and must occur only once."""

from collections import Counter
from itertools import groupby

import pytest
from textual.actions import parse
from textual.widgets import Static

from cnm_tui.core.key_presets import KEY_PRESETS
from cnm_tui.tui.app import CnmApp
from cnm_tui.tui.commands import COMMANDS, HINTS, SYNONYMS, Command, command, usual_key
from cnm_tui.tui.features import feature_class
from cnm_tui.tui.screens.main import MainScreen
from cnm_tui.tui.widgets.grid import Grid
from tests.builders import FakeSource, a_connection, a_snapshot
from tests.tui.conftest import exploring


def test_each_command_runs_something_that_is_there() -> None:
    assert [one.id for one in COMMANDS if not runs_something(one)] == []


def test_no_two_commands_have_the_same_id_and_no_group_is_in_two_places() -> None:
    ids = [one.id for one in COMMANDS]
    groups = [group for group, _ in groupby(one.group for one in COMMANDS)]

    assert len(ids) == len(set(ids))
    assert len(groups) == len(set(groups))


def test_no_key_is_for_two_commands_on_the_same_pane() -> None:
    keys = Counter(key for one in COMMANDS for key in one.keys.split(","))

    assert {key: count for key, count in keys.items() if count > 1} == {}


def test_each_hint_is_for_a_command() -> None:
    assert [command(id).id for id in HINTS] == list(HINTS)


def test_a_usual_key_is_named_in_words() -> None:
    ids = ("go_back", "drill_down", "grid.up", "grid.widen", "help", "close", "window.earlier", "pick_search", "sort")

    named = [usual_key(id) for id in ids]

    assert named == ["backspace", "enter", "up", "ctrl+right", "?", "esc", ",", "ctrl+r", "s"]


def runs_something(one: Command) -> bool:
    """Return True if the command runs something that exists: a method of a feature, or an action of the screen or
    app.
    """
    namespace, action, _ = parse(one.runs)
    nodes = {"": Grid if one.heard_by == "rows" else MainScreen, "app": CnmApp, "screen": MainScreen}
    if namespace in nodes:
        return hasattr(nodes[namespace], f"action_{action}")
    return hasattr(feature_class(namespace), action)


def test_other_words_for_commands_are_not_their_titles() -> None:
    titles = {one.title for one in COMMANDS}

    assert SYNONYMS.keys() <= titles
    assert "export" in SYNONYMS["Write to a file …"]
    assert "yesterday" in SYNONYMS["Time range …"]
    assert "clipboard" in SYNONYMS["Copy as …"]


@pytest.mark.parametrize(("typed", "found"), [("export", "Write to a file …"), ("yesterday", "Time range …")])
async def test_the_palette_finds_actions_by_other_words(typed: str, found: str) -> None:
    async with exploring(FakeSource(a_snapshot(a_connection()))) as user:
        await user.sees("1 row")

        await user.press("ctrl+p")
        await user.until(lambda: user.app.screen is not user.main)
        await user.type(typed)

        await user.sees(found)


async def test_the_help_has_a_legend_of_signs_the_filter_and_the_keys_of_dialogs() -> None:
    async with exploring(FakeSource(a_snapshot(a_connection())), size=(200, 60)) as user:
        await user.sees("1 row")

        await user.press("question_mark")

        for text in ("critical, far too much", "rtt=1..5ms", "drill down at once"):
            await user.sees(text)


async def test_the_help_has_the_keys_of_each_dialog_as_they_are_in_force() -> None:
    keys = {"columns.only": "f8"}
    async with exploring(FakeSource(a_snapshot(a_connection())), size=(200, 60), keys=keys) as user:
        await user.sees("1 row")
        await user.press("question_mark")
        await user.until(lambda: "Keys of each dialog" in str(user.app.screen.query_one("#dialogs", Static).content))

        told = str(user.app.screen.query_one("#dialogs", Static).content)

        assert "f8 only this one" in told
        assert "N identify an N/A end" in told
        assert "1 to 9 a preset" in told


@pytest.mark.parametrize("preset", KEY_PRESETS)
async def test_titles_of_the_help_stand_in_one_column_with_any_preset(preset: str) -> None:
    keys = KEY_PRESETS[preset]
    async with exploring(FakeSource(a_snapshot(a_connection())), size=(100, 80), keys=keys) as user:
        await user.sees("1 row")
        await user.press("question_mark")
        await user.sees("Next page")

        at = {
            user.line_with(title).index(title) for title in ("Next row", "Next page", "Drill down", "Edit the search")
        }

        assert len(at) == 1
        assert "ctrl+f " in user.line_with("Next page")


async def test_the_help_starts_the_tour() -> None:
    async with exploring(FakeSource(a_snapshot(a_connection()))) as user:
        await user.sees("1 row")

        await user.press("question_mark", "t")
        await user.sees("1/5 ")
        await user.press("escape")

        await user.sees("The tour is over")
