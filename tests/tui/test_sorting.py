"""Sorting by several columns, and seeing what is sorted by."""

from cnm_tui.core.snapshot import Snapshot
from tests.builders import FakeSource, a_connection, a_snapshot
from tests.tui.conftest import User, exploring

WIDE = (220, 30)


def rows() -> Snapshot:
    """One that has most resets, one that is slowest, one that sends most."""
    return a_snapshot(
        a_connection(groups=(("web",), ("store",)), bytes_sent_by_client=9, tcp_resets=1),
        a_connection(groups=(("mail",), ("store",)), bytes_sent_by_client=5, tcp_resets=1, rtt_micro_seconds=9),
        a_connection(groups=(("auth",), ("store",)), bytes_sent_by_client=1, tcp_resets=7),
    )


def a_source(answers: int = 2) -> FakeSource:
    """A source that answers anything with the same rows."""
    return FakeSource(*(rows() for _ in range(answers)))


def headings(user: User) -> list[str]:
    """The headings of the grid from left to right."""
    return user.main.query_one("Grid").render_line(0).text.split()


def clients(user: User) -> list[str]:
    """The clients of the rows from top to bottom."""
    lines = [user.grid.render_line(y).text.split() for y in range(1, 4)]
    return [line[0] for line in lines]


async def test_sorting_says_by_which_columns_and_how_to_go_on() -> None:
    async with exploring(a_source(), size=WIDE) as user:
        await user.sees("3 rows")
        await user.press(*["l"] * 8)

        await user.press("s")
        await user.sees("Sorted by RESETS ▾, TOTAL ▾². S flips; = one only.")
        assert clients(user) == ["auth", "web", "mail"]

        await user.press("equals_sign")
        await user.sees("Sorted by RESETS ▾ alone.")
        assert "TOTAL▾²" not in headings(user)


async def test_the_second_key_decides_where_the_first_ties() -> None:
    async with exploring(a_source(), size=WIDE) as user:
        await user.sees("3 rows")

        await user.press("l", "l", "l", "l", "s", "l", "l", "l", "l", "s")
        await user.sees("Sorted by RESETS ▾, RTT ▾², TOTAL ▾³.")

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
