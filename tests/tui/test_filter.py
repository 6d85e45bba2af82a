"""Test how a user filters the loaded rows, and moves the time window with keyboard keys."""

import pytest
from textual import events
from textual.widgets import Input

from cnm_tui.core.snapshot import Snapshot
from cnm_tui.core.time.time_range import Ago, Fixed, TimeRange
from cnm_tui.tui.widgets.filter_bar import FilterBar
from tests.builders import FakeSource, a_connection, a_snapshot
from tests.tui.conftest import exploring


def three() -> Snapshot:
    """Return an answer with three rows. One row is slow and has refused connections."""
    return a_snapshot(
        a_connection(groups=(("web",), ("store",)), rtt_micro_seconds=1_000),
        a_connection(groups=(("web",), ("mail",)), rtt_micro_seconds=90_000, tcp_refusals=4),
        a_connection(groups=(("cron",), ("mail",)), rtt_micro_seconds=2_000),
    )


async def test_a_filter_narrows_the_rows_as_it_is_typed_and_asks_nobody() -> None:
    async with exploring(FakeSource(three())) as user:
        await user.sees("3 rows")

        await user.press("slash")
        await user.type("mail")

        await user.sees("2 of 3 rows")
        assert "store" not in "".join(user.screen().splitlines()[3:])
        assert len(user.source.asked) == 1


async def test_a_comparison_finds_what_is_slow() -> None:
    async with exploring(FakeSource(three())) as user:
        await user.sees("3 rows")

        await user.press("slash", *"rtt", "greater_than_sign", *"50ms", "enter")

        await user.sees("1 of 3 rows")
        assert user.highlighted == "client_service:web, server_service:mail"
        await user.press("j", "y")
        await user.sees("1 id sent to the terminal's clipboard.")


async def test_a_filter_that_cannot_be_read_says_why_and_changes_nothing() -> None:
    async with exploring(FakeSource(three())) as user:
        await user.press("slash", *"mail")
        await user.sees("2 of 3 rows")

        await user.press("space", *"bogus", "greater_than_sign", "1")

        await user.sees("bogus")
        await user.until(lambda: "2 of 3 rows" in user.screen() or "0 of 3 rows" in user.screen())
        assert "is no figure" in user.screen()


async def test_a_filter_that_cannot_be_read_keeps_the_keyboard_when_entered() -> None:
    async with exploring(FakeSource(three())) as user:
        await user.sees("3 rows")
        await user.press("slash", *"rtt", "greater_than_sign")

        await user.press("enter")
        await user.sees("Still filtered by rtt.")
        await user.press(*"50ms")

        assert user.app.screen is user.main
        await user.sees("1 of 3 rows")
        assert "Still filtered" not in user.screen()
        assert user.main.query_one(FilterBar).query_one(Input).value == "rtt>50ms"
        await user.press("enter")
        await user.until(lambda: user.main.focused is user.grid)


async def test_beside_a_filter_that_cannot_be_read_stands_the_one_in_force() -> None:
    async with exploring(FakeSource(three())) as user:
        await user.sees("3 rows")
        await user.press("slash", *"mail", "space", *"rtt", "greater_than_sign", "5")
        await user.sees("'rtt>5' has no unit.")

        await user.press("enter")
        await user.sees("Still filtered by mail rtt.")
        await user.press("tab")

        await user.sees("not in force; mail rtt is: 'rtt>5' has no unit.")


async def test_a_filter_that_cannot_be_read_says_what_to_write_where_there_is_room() -> None:
    async with exploring(FakeSource(three())) as user:
        await user.sees("3 rows")

        await user.press("slash", *"rtt", "greater_than_sign", *"50")

        await user.sees("'rtt>50' has no unit. Write µs, ms or s: rtt>50ms.")


async def test_what_is_wrong_with_a_filter_is_said_whole_when_it_is_entered() -> None:
    async with exploring(FakeSource(three())) as user:
        await user.sees("3 rows")
        await user.press("slash", *"/(a+)+b/")
        await user.until(lambda: "(a+)+b/ repeats" in user.screen())
        assert user.line_with("repeats").rstrip().endswith("…")

        await user.press("enter")

        await user.sees("Repeat single characters or sets of them")


async def test_escape_brings_all_rows_back_from_the_box_and_from_the_grid() -> None:
    async with exploring(FakeSource(three())) as user:
        for way in (("escape",), ("enter", "escape")):
            await user.press("slash", *"cron")
            await user.sees("1 of 3 rows")

            await user.press(*way)

            await user.sees("3 rows")
            await user.until(lambda: "of 3 rows" not in user.screen())
            assert "!word" not in user.screen()


async def test_escape_on_the_rows_takes_away_a_filter_that_was_never_read() -> None:
    async with exploring(FakeSource(three())) as user:
        await user.sees("3 rows")
        await user.press("slash", "slash", "a")
        await user.sees("without its closing /")
        await user.press("tab")
        await user.sees("not in force: ")

        await user.press("escape")

        await user.until(lambda: "closing /" not in user.screen())


async def test_a_filter_survives_a_refresh_and_keeps_the_cursor_on_its_connection() -> None:
    async with exploring(FakeSource(three(), three())) as user:
        await user.press("slash", *"mail", "enter", "j")
        before = user.highlighted

        await user.press("r")

        await user.until(lambda: len(user.source.asked) == 2 and not user.main.exploration.fetching)
        assert "2 of 3 rows" in user.screen()
        assert user.highlighted == before


async def test_where_nothing_matches_it_says_how_to_get_the_rows_back() -> None:
    async with exploring(FakeSource(three())) as user:
        await user.press("slash", *"nowhere")

        await user.sees("No row matches the filter nowhere: esc clears it.")
        assert user.highlighted is None


@pytest.mark.parametrize(
    ("keys", "length"),
    [
        (("comma",), 900),
        (("comma", "full_stop"), 900),
        (("less_than_sign",), 1_800),
        (("comma", "less_than_sign"), 1_800),
    ],
)
async def test_the_window_moves_by_keys(keys: tuple[str, ...], length: int) -> None:
    async with exploring(FakeSource(*[three()] * 3)) as user:
        await user.sees("3 rows")

        await user.press(*keys)

        asked = user.main.exploration.query.time_range
        window = asked.window(2_000_000_000)
        assert window.seconds == length
        assert isinstance(asked.end, Fixed) == (keys[-1] != "full_stop" and keys[0] == "comma")


async def test_a_window_of_the_past_does_not_refresh_and_zero_takes_it_back_to_now() -> None:
    async with exploring(FakeSource(*[three()] * 3)) as user:
        await user.sees("3 rows")

        await user.press("comma")
        await user.sees("fixed")

        await user.press("0")
        await user.until(lambda: user.main.exploration.query.time_range == TimeRange(Ago(900)))
        await user.until(lambda: "fixed" not in user.screen())

        await user.press("0")
        await user.sees("already ends now")


async def test_several_lines_pasted_into_the_filter_are_one_and_what_is_invisible_in_them_is_seen() -> None:
    async with exploring(FakeSource(three())) as user:
        await user.sees("3 rows")
        await user.press("slash")

        user.app.post_message(events.Paste("mail\r\n\u202eweb\x07"))

        await user.sees("/ mail �web␇")
