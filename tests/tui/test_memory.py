"""What was closed takes no memory."""

import gc

import pytest
from textual._styles_cache import StylesCache
from textual.strip import Strip

from tests.tui.conftest import User, exploring, one_row


def alive(kind: type) -> int:
    """How many of them are held by anybody."""
    gc.collect()
    return sum(isinstance(one, kind) for one in gc.get_objects())


async def open_and_close(user: User, key: str, times: int) -> None:
    for _ in range(times):
        await user.press(key)
        await user.until(lambda: user.app.screen is not user.main)
        await user.press("escape")
        await user.until(lambda: user.app.screen is user.main)


@pytest.mark.parametrize("key", ["question_mark", "b", "v", "ctrl+p"])
async def test_a_dialog_that_was_closed_is_forgotten_with_all_it_drew(key: str) -> None:
    async with exploring(one_row()) as user:
        await user.sees("1 row")
        await open_and_close(user, key, 2)
        before = alive(StylesCache), alive(Strip)

        await open_and_close(user, key, 5)

        caches, strips = alive(StylesCache), alive(Strip)
        assert caches <= before[0]
        assert strips <= 1.2 * before[1]
