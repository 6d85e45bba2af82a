"""Test how a user sorts rows by several columns, and how the sort columns are displayed."""

from tests.tui.conftest import exploring
from tests.tui.three_rows import WIDE, a_source, clients, headings


async def test_sorting_says_by_which_columns_and_how_to_go_on() -> None:
    async with exploring(a_source(), size=WIDE) as user:
        await user.sees("3 rows")
        await user.press(*["l"] * 9)

        await user.press("s")
        await user.sees("Sorted by RESETS ▾, TOTAL ▾2. S flips; = one only.")
        assert clients(user) == ["auth", "web", "mail"]

        await user.press("equals_sign")
        await user.sees("Sorted by RESETS ▾ alone.")
        assert "TOTAL▾2" not in headings(user)


async def test_the_second_key_decides_where_the_first_ties() -> None:
    async with exploring(a_source(), size=WIDE) as user:
        await user.sees("3 rows")

        await user.press(*["l"] * 5, "s", *["l"] * 4, "s")
        await user.sees("Sorted by RESETS ▾, RTT ▾2, TOTAL ▾3.")

        assert clients(user) == ["auth", "mail", "web"]


async def test_a_view_brings_the_column_that_it_sorts_by_in_sight_and_the_cursor_to_it() -> None:
    async with exploring(a_source()) as user:
        await user.sees("3 rows")
        await user.press(*["l"] * 15)
        assert "TOTAL▾" not in headings(user)

        await user.press("v")
        await user.sees("type to filter")
        await user.type("refused")
        await user.press("enter")

        await user.until(lambda: "REFUSED▾" in headings(user))
        await user.until(lambda: user.grid.cursor_column == "tcp_refusals")


async def test_a_flip_says_which_way_it_is_now() -> None:
    async with exploring(a_source()) as user:
        await user.sees("3 rows")

        await user.press("S")

        await user.sees("Sorted by TOTAL ▴ alone.")
