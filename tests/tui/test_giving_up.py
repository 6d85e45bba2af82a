"""Test that Esc cancels a slow request and keeps the displayed rows."""

import pytest

from cnm_tui.core.query import Query
from tests.builders import FakeSource, a_connection, a_snapshot
from tests.tui.conftest import User, exploring

BEFORE = a_snapshot(a_connection("shown", (("web",), ("store",))), a_connection("other", (("mail",), ("store",))))


async def asks_for_less(user: User) -> None:
    """Send a query with a lower row limit. The query never gets an answer."""
    await user.press("n", *"100", "enter")
    await user.until(lambda: user.source.waiting == 1)


@pytest.mark.parametrize("size", [(80, 24), (200, 50)])
async def test_a_question_is_given_up_for_the_rows_that_are_shown(size: tuple[int, int]) -> None:
    async with exploring(FakeSource(BEFORE), size=size) as user:
        await user.sees("2 rows")
        await asks_for_less(user)

        await user.press("escape")

        await user.sees("Cancelled after 0 s. The rows are from")
        await user.until(lambda: user.source.waiting == 0)
        exploration = user.main.exploration
        assert not exploration.fetching
        assert exploration.query == Query()
        assert len(exploration.table or ()) == 2


async def test_the_filter_stays_when_a_question_is_given_up() -> None:
    async with exploring(FakeSource(BEFORE)) as user:
        await user.sees("2 rows")
        await user.press("slash", *"web", "enter")
        await user.sees("1 of 2 rows")
        await asks_for_less(user)

        await user.press("escape")

        await user.sees("Cancelled")
        assert user.main.exploration.arrangement.row_filter.text == "web"


async def test_a_refresh_that_nobody_waits_for_does_not_keep_the_filter_from_being_cleared() -> None:
    async with exploring(FakeSource(BEFORE)) as user:
        await user.sees("2 rows")
        await user.press("slash", *"web", "enter")
        user.main.session.ask(user.main.exploration.query)
        await user.until(lambda: user.source.waiting == 1)

        await user.press("escape")

        await user.until(lambda: not user.main.exploration.arrangement.row_filter.text)
        assert user.main.exploration.fetching


async def test_before_the_first_answer_it_is_said_that_nothing_was_waited_for() -> None:
    async with exploring(FakeSource()) as user:
        await user.until(lambda: user.source.waiting == 1)

        await user.press("escape")

        await user.sees("Cancelled before an answer arrived.")
        await user.sees("r asks again")
        user.source.will_answer(BEFORE)
        await user.press("r")
        await user.sees("2 rows")


async def test_a_baseline_is_given_up() -> None:
    async with exploring(FakeSource(BEFORE)) as user:
        await user.sees("2 rows")
        await user.press("m", "m")
        await user.until(lambda: user.source.waiting == 1)

        await user.press("escape")

        await user.sees("Cancelled; the rows are unchanged.")
        await user.until(lambda: user.source.waiting == 0)
        assert user.main.exploration.baseline is None
