"""Test that the terminal shows the same text as the internal copy of the screen in cnm-tui.

The tests draw several regions of the screen at the same time.
"""

import asyncio
from collections.abc import Awaitable, Callable

import pytest
from textual.geometry import Region
from textual.screen import Screen

from cnm_tui.tui.widgets.choice_text import ChoiceText
from tests.pty.emulator import Emulator
from tests.tui.conftest import User, exploring, one_row

SIZE = (80, 24)
SENTENCE = "what is chosen now"


async def repaint_a_corner(screen: Screen[object]) -> None:
    """Repaint a corner of the screen. The same happens when something changes behind a dialog."""
    screen.refresh(Region(0, 0, 1, 1))


async def send_what_is_left(screen: Screen[object]) -> None:
    """Send frames that were held back. The same happens when a terminal accepts output again."""
    screen._compositor_refresh()


async def lay_out_in_a_held_frame(screen: Screen[object]) -> None:
    """Calculate the layout of the screen while its frame is held back. The same happens when a dialog opens."""
    with screen.app.batch_update():
        screen._refresh_layout()
        await asyncio.sleep(0.05)


def sent(user: User) -> str:
    """Return the text that a terminal shows after it has received all output of the app."""
    terminal = Emulator(*SIZE)
    terminal.feed("".join(user.written).encode())
    return "\n".join(terminal.lines())


@pytest.mark.parametrize("meanwhile", [repaint_a_corner, send_what_is_left, lay_out_in_a_held_frame])
async def test_a_sentence_is_sent_whatever_is_painted_before_its_turn(
    meanwhile: Callable[[Screen[object]], Awaitable[None]],
) -> None:
    async with exploring(one_row(), size=SIZE, recorded=True) as user:
        await user.sees("1 row")
        await user.press("v")
        await user.sees("Views")
        dialog = user.app.screen
        told = dialog.query_one(ChoiceText)

        told.update(SENTENCE, layout=False)
        while told not in dialog._dirty_widgets:
            await asyncio.sleep(0)
        await meanwhile(dialog)

        await user.until(lambda: SENTENCE in sent(user))
        assert sent(user) == user.screen()
