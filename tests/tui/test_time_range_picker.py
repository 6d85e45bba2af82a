"""What the time range dialog says of times of day and of borders, and what it asks."""

import time
from collections.abc import Iterator
from dataclasses import replace

import pytest
from textual import events
from textual.widgets import Input

from cnm_tui.core.exploration import Exploration
from cnm_tui.core.query import Query
from cnm_tui.core.time_range import Fixed, Snap, TimeRange, last
from tests.builders import MOMENT
from tests.tui.conftest import User, exploring, one_row

HOUR = 3_600


async def picking(user: User) -> None:
    """Open the dialog."""
    await user.sees("1 row")
    await user.press("t")
    await user.sees("touching")


async def asked(user: User) -> TimeRange:
    """The range of the second question."""
    await user.until(lambda: len(user.source.asked) == 2)
    return user.source.asked[1].time_range


@pytest.fixture
def new_york(monkeypatch: pytest.MonkeyPatch) -> Iterator[None]:
    """Local time is five hours behind UTC; it is put back afterwards."""
    monkeypatch.setenv("TZ", "EST5")
    time.tzset()
    yield
    monkeypatch.undo()
    time.tzset()


async def test_typing_replaces_the_range_that_stands_there() -> None:
    async with exploring(one_row()) as user:
        await picking(user)

        await user.type("1h")
        await user.press("enter")

        assert await asked(user) == last(HOUR)


@pytest.mark.parametrize(
    ("typed", "time_range", "said"),
    [
        ("since 09:00Z", TimeRange(Fixed(MOMENT - HOUR)), "2026-03-01 09:00Z to 2026-03-01 10:00Z"),
        ("11:00Z", TimeRange(Fixed(MOMENT - 23 * HOUR)), "2026-02-28 11:00Z to 2026-03-01 10:00Z"),
        (
            "08:00Z to 09:00Z",
            TimeRange(Fixed(MOMENT - 2 * HOUR), Fixed(MOMENT - HOUR)),
            "2026-03-01 08:00Z to 2026-03-01 09:00Z",
        ),
    ],
)
async def test_a_time_of_day_says_its_day_before_it_is_asked(typed: str, time_range: TimeRange, said: str) -> None:
    async with exploring(one_row()) as user:
        await picking(user)

        await user.type(typed)
        await user.sees(f"UTC    {said}")
        await user.press("enter")

        assert await asked(user) == time_range


@pytest.mark.usefixtures("new_york")
async def test_a_time_of_day_without_a_zone_is_local() -> None:
    async with exploring(one_row()) as user:
        await picking(user)

        await user.type("04:00")
        await user.press("enter")

        assert await asked(user) == TimeRange(Fixed(MOMENT - HOUR))


async def test_a_long_live_window_ends_on_a_border_and_one_key_takes_it_to_the_second() -> None:
    async with exploring(one_row()) as user:
        user.main._clock = lambda: MOMENT + 140.0
        await picking(user)
        await user.type("4h")
        await user.sees("2026-03-01 06:00Z to 2026-03-01 10:00Z")

        await user.press("ctrl+s", "ctrl+s")
        await user.sees("2026-03-01 06:02:20Z to 2026-03-01 10:02:20Z")
        await user.sees("snap   off: to the second")
        await user.press("enter")

        assert await asked(user) == replace(last(4 * HOUR), snap=Snap.OFF)


async def test_a_preset_is_asked_with_the_snap_that_was_chosen() -> None:
    async with exploring(one_row()) as user:
        await picking(user)

        await user.pilot.click("#snap")
        await user.sees("snap   on")
        await user.press("down", "down", "enter")

        assert await asked(user) == replace(last(1_800), snap=Snap.ON)


async def test_the_dialog_opens_with_the_snap_that_was_asked_with() -> None:
    exploration = Exploration(Query(time_range=replace(last(HOUR), snap=Snap.OFF)), refresh_seconds=None)
    async with exploring(one_row(), exploration=exploration) as user:
        await picking(user)
        await user.sees("snap   off")

        await user.press("enter")

        assert await asked(user) == replace(last(HOUR), snap=Snap.OFF)


@pytest.mark.parametrize("written", ["25:00", "since lunch", "10:00-11:00", "now-1h to now-2h", "2100-01-01", ""])
async def test_what_is_no_range_is_refused_with_a_sentence_and_kept(written: str) -> None:
    async with exploring(one_row()) as user:
        await picking(user)
        user.app.screen.query_one(Input).value = written

        await user.press("enter")

        await user.sees("│ ! ")
        assert user.app.screen.query_one(Input).value == written
        assert len(user.source.asked) == 1


async def test_what_is_invisible_in_a_pasted_range_is_seen_in_the_box() -> None:
    async with exploring(one_row()) as user:
        await picking(user)

        user.app.post_message(events.Paste("15m\u202e\x07\n"))

        await user.sees("│  15m�␇ ")
