"""Test that the title bar shows the name of the data source at any width."""

import re

import pytest

from cnm_tui.tui.widgets.title_bar import TitleBar
from tests.builders import FakeSource, a_connection, a_snapshot
from tests.tui.conftest import exploring


@pytest.mark.parametrize(
    ("columns", "begins"),
    [
        (60, " production (us5.datadoghq.com) "),
        (80, " cnm-tui · production (us5.datadoghq.com) "),
    ],
)
async def test_profile_and_site_are_in_sight_and_when_the_figures_are(columns: int, begins: str) -> None:
    source = FakeSource(a_snapshot(a_connection()), label="production (us5.datadoghq.com)")
    async with exploring(source, size=(columns, 24)) as user:
        await user.sees("1 row")

        line = user.screen().splitlines()[0]

        assert line.startswith(begins)
        assert line.endswith("10:00:00Z")


async def test_of_a_name_without_an_end_as_much_is_shown_as_the_clock_leaves() -> None:
    async with exploring(FakeSource(a_snapshot(a_connection()), label="x" * 200), size=(60, 24)) as user:
        await user.sees("1 row")

        line = user.screen().splitlines()[0]

        assert line.startswith(" " + "x" * 20)
        assert "x…" in line
        assert line.endswith("10:00:00Z")


async def test_the_program_is_named_where_there_is_room() -> None:
    async with exploring(FakeSource(a_snapshot(a_connection()), label="DEMO"), size=(60, 15)) as user:
        await user.sees("1 row")

        assert user.screen().startswith(" cnm-tui · DEMO ")


async def test_a_slow_answer_shows_how_long_it_is_awaited() -> None:
    async with exploring(FakeSource(a_snapshot(a_connection()))) as user:
        await user.sees("refresh off · answered 10:00:00Z")

        await user.press("r")
        await user.sees("asking …")

        await user.sees("asking … 1 s · answered 10:00:00Z")


async def test_a_slow_answer_beside_the_rows_shows_what_is_awaited_and_how_long() -> None:
    async with exploring(FakeSource(a_snapshot(a_connection()))) as user:
        await user.sees("refresh off · answered 10:00:00Z")

        await user.press("m", "enter")
        await user.sees("asking: baseline … 1 s · answered 10:00:00Z")

        user.source.answer(a_snapshot(a_connection()))
        await user.sees("refresh off · answered 10:00:00Z")


async def test_a_name_of_any_length_never_touches_what_is_awaited() -> None:
    async with exploring(FakeSource(a_snapshot(a_connection()))) as user:
        await user.sees("refresh off · answered 10:00:00Z")
        await user.press("m", "enter")
        await user.sees("asking: baseline … 1 s")
        title = user.main.query_one(TitleBar)

        for length in range(10, 60):
            title.label = "x" * length
            await user.pilot.pause()

            assert re.search(r"x+…? ", title.render_line(0).text), title.render_line(0).text


async def test_a_part_of_the_title_that_is_drawn_before_a_change_is_told_does_not_hide_the_change() -> None:
    async with exploring(FakeSource(a_snapshot(a_connection()))) as user:
        await user.sees("refresh off · answered 10:00:00Z")
        title = user.main.query_one(TitleBar)
        on_screen = title.render_line(0).text

        title.label = "ELSEWHERE"
        between = title.render_line(0).text
        await user.pilot.pause()

        assert between == on_screen
        assert "ELSEWHERE" in title.render_line(0).text
