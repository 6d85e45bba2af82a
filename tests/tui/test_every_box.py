"""Test text inputs with invalid text. After Enter they must keep the focus, so that typed letters do not run
commands.
"""

import pytest
from textual.widgets import Input

from tests.builders import FakeSource
from tests.tui.conftest import exploring
from tests.tui.test_position import many

BOXES = {
    "search": (("e",), "x" * 8_001, "at most 8,000 can be sent"),
    "filter": (("slash",), "rtt>", "Nothing follows 'rtt>'"),
    "time range": (("t",), "whenever", "whenever"),
    "timeline": (("L", "tab"), "whenever", "whenever"),
    "limit": (("n",), "many", "is not a whole number"),
    "rows to show": (("n", "tab"), "many", "many"),
    "group-by": (("b",), "two words", "two words"),
    "columns": (("c",), "nowhere", "No column matches."),
    "view": (("v",), "nowhere", "No view matches."),
    "view's name": (("v", "ctrl+s"), "n" * 61, "at most 60 are kept"),
    "earlier search": (("ctrl+r",), "nowhere", "No searches yet"),
    "value of a column": (("f",), "nowhere", "No value matches."),
    "file": (("w",), "/proc/nowhere/rows.csv", "/proc/nowhere"),
    "command": (("ctrl+p",), "nowhere at all", "No matches found"),
}


@pytest.mark.parametrize(("opens", "text", "reason"), BOXES.values(), ids=BOXES)
async def test_a_box_that_cannot_use_what_is_in_it_keeps_the_keyboard(
    opens: tuple[str, ...], text: str, reason: str
) -> None:
    async with exploring(FakeSource(many(3))) as user:
        await user.sees("3 rows")
        await user.press(*opens)
        await user.until(lambda: isinstance(user.app.focused, Input))
        box, screen = user.app.focused, user.app.screen
        assert isinstance(box, Input)
        box.value = text
        box.cursor_position = len(text)

        await user.press("enter")
        await user.sees(reason)
        await user.press("q")
        await user.pilot.pause()

        assert user.app.screen is screen
        assert user.app.focused is box
        assert box.value == f"{text}q"
        assert len(user.source.asked) == 1


async def test_a_fast_enter_in_the_palette_runs_what_was_found_for_all_that_was_typed() -> None:
    async with exploring(FakeSource(many(3))) as user:
        await user.sees("3 rows")

        await user.press("ctrl+p")
        await user.until(lambda: isinstance(user.app.focused, Input))
        box = user.app.focused
        assert isinstance(box, Input)
        box.value = "reverse the sort"
        await user.press("enter")

        await user.sees("TOTAL▴")
        assert len(user.source.asked) == 1
