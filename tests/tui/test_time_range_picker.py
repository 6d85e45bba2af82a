"""Test the dialog for the time range: typed times of day, rounding to 5-minute buckets, and the resulting query."""

from collections.abc import Callable
from dataclasses import replace

import pytest
from textual import events
from textual.widgets import Input

from cnm_tui.core.exploration.exploration import Exploration
from cnm_tui.core.query import Query
from cnm_tui.core.time.time_range import Fixed, Snap, TimeRange, last, parsed_time_range
from tests.builders import MOMENT
from tests.tui.conftest import User, exploring, one_row

HOUR = 3_600


async def picking(user: User) -> None:
    """Open the dialog for the time range."""
    await user.sees("1 row")
    await user.press("t")
    await user.sees("touching")


async def asked(user: User) -> TimeRange:
    """Wait for the second query that the app sends, and return its time range."""
    await user.until(lambda: len(user.source.asked) == 2)
    return user.source.asked[1].time_range


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


async def test_a_time_of_day_without_a_zone_is_local(local_zone: Callable[[str], None]) -> None:
    local_zone("EST5")
    async with exploring(one_row()) as user:
        await picking(user)

        await user.type("04:00")
        await user.press("enter")

        assert await asked(user) == TimeRange(Fixed(MOMENT - HOUR))


async def test_a_long_live_window_ends_on_a_border_and_one_key_takes_it_to_the_second() -> None:
    async with exploring(one_row()) as user:
        user.main.session.clock = lambda: MOMENT + 140.0
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


async def test_a_time_range_is_typed_and_says_what_it_becomes() -> None:
    async with exploring(one_row()) as user:
        await picking(user)
        user.app.screen.query_one(Input).value = ""

        await user.type("now-2h to now-1h")
        await user.sees("1 h, touching")
        await user.press("enter")

        assert await asked(user) == parsed_time_range("now-2h to now-1h")


@pytest.mark.parametrize(
    ("written", "said"),
    [
        ("2026-03-01T09:00Z to 2026-03-01T09:15Z", "15 min, touching 3 buckets of 5 minutes"),
        ("2026-03-01T09:13:01Z to 2026-03-01T09:28:01Z", "15 min, touching 4 buckets of 5 minutes"),
        ("2026-03-01T09:06Z to 2026-03-01T09:07Z", "1 min, touching 1 bucket of 5 minutes"),
        ("2026-03-01T09:04:59Z to 2026-03-01T09:05:01Z", "2 s, touching 2 buckets of 5 minutes"),
    ],
)
async def test_every_bucket_that_a_window_touches_is_counted(written: str, said: str) -> None:
    async with exploring(one_row()) as user:
        await picking(user)

        user.app.screen.query_one(Input).value = written

        await user.sees(said)


@pytest.mark.parametrize(
    ("written", "said"),
    [
        ("90s", "1 min 30 s, touching"),
        ("last 4h", "4 h, touching"),
        ("1w", "7 d, touching"),
        ("now-2h to now-1h", "1 h, touching"),
        ("2026-03-01T08:00", "UTC    2026-03-01 07:00Z to 2026-03-01 10:0"),
        ("2026-03-01T08:00 to 2026-03-01T09:30Z", "UTC    2026-03-01 07:00Z to 2026-03-01 09:30Z"),
        ("2026-03-01T08:00+02:00 to 1772352000", "UTC    2026-03-01 06:00Z to 2026-03-01 08:00Z"),
        ("2026-03-01T09:00Z to 2026-03-01T09:15Z", "local  2026-03-01 10:00 to 2026-03-01 10:15 CET"),
        # Summer time begins in between.
        ("2025-03-29T09:00Z to 2025-03-30T09:00Z", "local  2025-03-29 10:00 CET to 2025-03-30 11:00 CEST"),
    ],
)
async def test_every_form_of_the_command_line_is_told_in_utc_and_local_time(
    written: str, said: str, local_zone: Callable[[str], None]
) -> None:
    local_zone("CET-1CEST,M3.5.0,M10.5.0/3")
    async with exploring(one_row()) as user:
        await picking(user)

        user.app.screen.query_one(Input).value = written

        await user.sees(said)


@pytest.mark.parametrize(
    ("written", "said"),
    [
        ("15d", "The window starts before the 14 days that are kept"),
        ("20d to 15d", "All of the window is older than the 14 days that are kept."),
    ],
)
async def test_a_range_that_leaves_the_14_days_is_told_before_it_is_asked(written: str, said: str) -> None:
    async with exploring(one_row()) as user:
        await picking(user)
        assert "14 days" not in user.screen()

        user.app.screen.query_one(Input).value = written

        await user.sees(said)


async def test_presets_go_from_15_minutes_to_the_14_days_that_are_kept() -> None:
    async with exploring(one_row()) as user:
        await user.sees("1 row")

        await user.press("t")

        await user.sees("last 14 d")
        for length in ("15 min", "30 min", "1 h", "4 h", "12 h", "1 d", "2 d", "7 d"):
            assert f"│ last {length} " in user.screen()


async def test_the_preset_under_the_cursor_says_what_it_becomes() -> None:
    async with exploring(one_row()) as user:
        await user.sees("1 row")
        await user.press("t")
        user.app.screen.query_one(Input).value = "2026-03-01T09:00Z to 2026-03-01T09:15Z"
        await user.sees("15 min, touching 3 buckets")

        await user.press("down", "down", "end")
        await user.sees("14 d, touching")
        assert "that are kept" not in user.screen()

        await user.press("shift+tab")
        await user.sees("15 min, touching 3 buckets")


async def test_a_preset_is_picked_from_the_list() -> None:
    async with exploring(one_row()) as user:
        await user.sees("1 row")
        await user.press("t")
        await user.sees("last 4 h")

        await user.press("down", "down", "down", "down", "enter")

        assert await asked(user) == last(4 * HOUR)


async def test_a_fixed_range_can_be_edited_as_it_stands() -> None:
    fixed = TimeRange(Fixed(1_772_350_000), Fixed(1_772_353_600))
    async with exploring(one_row(), exploration=Exploration(Query(time_range=fixed))) as user:
        await user.sees("1 row")
        await user.press("t")
        await user.sees("touching 13 buckets")

        await user.press("enter")

        assert await asked(user) == fixed
