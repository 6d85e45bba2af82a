"""Test the mouse: a click on a hint acts like its keyboard key, a double click drills down, and the wheel
scrolls.
"""

import pytest
from textual import events
from textual.pilot import Pilot

from cnm_tui.tui.dialogs.next_field_picker import NextFieldPicker
from cnm_tui.tui.terminal.keys import pressable
from cnm_tui.tui.widgets.grid import Grid
from cnm_tui.tui.widgets.hint import Hint
from tests.builders import FakeSource
from tests.tui.conftest import User, exploring
from tests.tui.test_resizing import DIALOGS, in_front_of_rows
from tests.tui.test_rows import many


async def click(user: User, words: str) -> None:
    """Click on the last occurrence of these words on the screen."""
    lines = user.screen().splitlines()
    y = max(number for number, line in enumerate(lines) if words in line)
    await user.pilot.click(offset=(lines[y].rindex(words), y))


@pytest.mark.parametrize(
    ("hint", "then"),
    [("? help", "─ Keys ─"), ("b by", "─ Group by ─"), ("t time", "─ Time range ─"), ("d detail", "esc closes")],
)
async def test_a_click_on_a_hint_of_the_last_line_does_what_its_key_does(hint: str, then: str) -> None:
    async with exploring(FakeSource(many(5)), size=(120, 60)) as user:
        await user.sees("5 rows")

        await click(user, hint)

        await user.sees(then)


async def test_a_click_beside_the_hints_does_nothing() -> None:
    async with exploring(FakeSource(many(5)), size=(160, 30)) as user:
        await user.sees("5 rows")

        await click(user, "5 rows")
        await user.pilot.pause()

        assert user.app.screen is user.main


async def test_a_hint_of_the_last_line_works_while_a_search_is_typed() -> None:
    async with exploring(FakeSource(many(5)), size=(160, 30)) as user:
        await user.sees("5 rows")
        await user.press("e")
        await user.type("env:prod")
        await user.sees("enter asks")

        await click(user, "t time")

        await user.sees("─ Time range ─")


@pytest.mark.parametrize(("key", "typed"), DIALOGS.values(), ids=DIALOGS)
async def test_a_click_on_the_hint_that_closes_a_dialog_closes_it(key: str, typed: str) -> None:
    async with in_front_of_rows((100, 30)) as user:
        await user.press(key)
        await user.until(lambda: user.app.screen.query(Hint))
        await user.type(typed)
        await user.pilot.pause()
        words = "esc closes" if "esc closes" in user.screen() else "esc cancels"

        await click(user, words)

        await user.until(lambda: user.app.screen is user.main)


async def test_each_key_that_a_dialog_names_can_be_clicked() -> None:
    async with in_front_of_rows((100, 30)) as user:
        await user.press("b")
        await user.sees("─ Group by ─")
        await user.type("pod")
        await user.sees("client_pod_name")

        await click(user, "tab side")
        await user.sees("server_pod_name")
        await click(user, "space adds")
        await click(user, "<> move")
        await click(user, "enter asks")

        await user.until(lambda: len(user.source.asked) == 2)
        assert user.source.asked[1].group_bys == ("client_service", "server_pod_name", "server_service")


@pytest.mark.parametrize(
    ("word", "keys"),
    [
        ("esc", ("esc",)),
        ("ctrl+o", ("ctrl+o",)),
        ("-", ("-",)),
        ("/", ("/",)),
        ("<>", ("<", ">")),
        ("f7/down", ("f7", "down")),
        ("arrows", ()),
        ("ctrl+arrows", ()),
        ("mouse", ()),
        ("type", ()),
        ("", ()),
    ],
)
def test_the_word_that_a_hint_begins_with_is_a_key_or_some_or_none(word: str, keys: tuple[str, ...]) -> None:
    assert pressable(word) == keys


@pytest.mark.parametrize("row", [0, 2])
async def test_a_double_click_goes_down_into_the_row(row: int) -> None:
    async with exploring(FakeSource(many(5))) as user:
        await user.sees("5 rows")

        await user.pilot.click(Grid, offset=(5, 1 + row), times=2)

        await user.until(lambda: isinstance(user.app.screen, NextFieldPicker))
        await user.press("1")
        await user.until(lambda: len(user.source.asked) == 2)
        assert f"client_service:web-00{row}" in user.source.asked[1].search


async def test_a_single_click_moves_the_cursor_and_no_more() -> None:
    async with exploring(FakeSource(many(5))) as user:
        await user.sees("5 rows")

        for _ in range(2):
            await user.pilot.click(Grid, offset=(5, 3))
            await user.pilot.pause(0.6)

        assert "web-002" in (user.highlighted or "")
        assert user.app.screen is user.main
        assert "esc closes" not in user.screen()


async def test_two_clicks_between_which_the_rows_moved_do_not_go_down_into_another_row() -> None:
    async with exploring(FakeSource(many(5))) as user:
        await user.sees("5 rows")
        grid = user.grid
        await user.press("j")

        grid.post_message(a_click(grid, 4, chain=2))
        await user.until(lambda: "web-003" in (user.highlighted or ""))
        await user.pilot.pause()

        assert user.app.screen is user.main


def a_click(grid: Grid, y: int, chain: int) -> events.Click:
    at = grid.region.offset
    return events.Click(grid, 5, y, 0, 0, 1, False, False, False, screen_x=5, screen_y=at.y + y, chain=chain)


async def test_the_wheel_with_shift_scrolls_sideways_and_the_cursor_stays_in_sight() -> None:
    async with exploring(FakeSource(many(5))) as user:
        await user.sees("5 rows")
        await user.press("l", "l")
        before = headings(user)

        await wheel(user.pilot, user.grid, "down", shift=True)
        await user.until(lambda: headings(user) == [*before[:2], *headings(user)[2:]] and headings(user) != before)
        assert before[2] not in headings(user)
        assert user.grid.cursor_column == "total_bytes"
        for _ in range(40):
            await wheel(user.pilot, user.grid, "down", shift=True)
        await user.pilot.pause()
        at_the_end = headings(user)
        for _ in range(40):
            await wheel(user.pilot, user.grid, "up", shift=True)

        await user.until(lambda: headings(user) == before)
        assert at_the_end[:2] == before[:2]
        assert set(at_the_end[2:]).isdisjoint(before[2:])


async def test_without_shift_the_wheel_scrolls_rows() -> None:
    async with exploring(FakeSource(many(100))) as user:
        await user.sees("100 rows")
        before = headings(user)

        await wheel(user.pilot, user.grid, "down")

        await user.until(lambda: "web-003" in (user.highlighted or ""))
        assert headings(user) == before


async def wheel(pilot: Pilot[None], grid: Grid, way: str, *, shift: bool = False) -> None:
    """Turn the mouse wheel by one step over the grid. If `way` is `down`, turn it down, otherwise up."""
    kind = events.MouseScrollDown if way == "down" else events.MouseScrollUp
    x, y = grid.region.x + 5, grid.region.y + 3
    pilot.app.post_message(kind(None, x, y, 0, 0, 0, shift, False, False, screen_x=x, screen_y=y))
    await pilot.pause()


def headings(user: User) -> list[str]:
    """Return the visible column headings, without the symbols that indicate hidden columns."""
    return [word for word in user.screen().splitlines()[3].split() if word[0] not in "‹›"]
