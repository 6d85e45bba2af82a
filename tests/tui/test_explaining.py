"""Test the keyboard key x, which explains a metric of a row.

It first shows the number of requests, and then sends queries that are grouped by other tags. The user can
then search for the tag value that explains the metric.
"""

import pytest
from textual.widgets import OptionList

from cnm_tui.core.errors import Unreachable
from cnm_tui.core.query import MOST_ROWS, Query
from cnm_tui.core.service import Budget
from cnm_tui.core.snapshot import Snapshot
from cnm_tui.tui.features.explain import EXPLANATION
from tests.builders import FakeSource
from tests.core.test_explaining import SERVICE, world
from tests.tui.conftest import User, asking, exploring

ZONE = "server_availability-zone:us-east-1b"


class WorldSource(FakeSource):
    """A fake data source with flows. The flows in one availability zone are unhealthy.

    One of its requests can fail, or never be answered.
    """

    def __init__(self, *, fails_at: int | None = None, hangs_at: int | None = None) -> None:
        super().__init__()
        self.world = world(zone="us-east-1b")
        self.fails_at = fails_at
        self.hangs_at = hangs_at
        self.budget = Budget(60, 60, 50, None)

    async def fetch(self, query: Query) -> Snapshot:
        if len(self.asked) == self.fails_at:
            self.asked.append(query)
            raise Unreachable("No answer from the network.")
        if len(self.asked) == self.hangs_at:
            return await super().fetch(query)
        self.asked.append(query)
        return self.world.answer(query, self.budget)


QUERY = Query(group_bys=(SERVICE,), limit=MOST_ROWS)


async def opened(user: User, *keys: str) -> None:
    """Move the cursor to the column RETRANS%, press these keys, and open the dialog that explains the metric with
    x.
    """
    await user.until(lambda: user.main.exploration.table)
    await user.press("right", "right", *keys, "x")
    await user.sees("requests (50 left)")


def listed(user: User) -> list[str]:
    options = user.app.screen.query_one(OptionList)
    return [str(options.get_option_at_index(at).prompt) for at in range(options.option_count)]


async def test_a_closed_finding_opens_again_and_then_its_question_leads_to_the_tag() -> None:
    async with exploring(WorldSource(), exploration=asking(QUERY), size=(80, 24)) as user:
        await user.until(lambda: user.main.exploration.table)
        await user.press("a")
        await user.sees("Which tag explains it? a again asks (the cost comes first, 50 left).")
        await user.press("escape")
        await user.until(lambda: not user.main.shows_finding)

        await user.press("a")
        await user.until(lambda: user.main.shows_finding)
        assert user.main.is_active
        await user.press("a")

        await user.sees("explain the retransmits of ")


async def test_the_cost_is_named_before_anything_is_asked() -> None:
    async with exploring(WorldSource(), exploration=asking(QUERY)) as user:
        await opened(user)

        assert "explain the retransmits of " in user.screen()
        assert len(user.source.asked) == 1


async def test_the_value_that_explains_the_whole_question_is_searched_for() -> None:
    async with exploring(WorldSource(), exploration=asking(QUERY)) as user:
        await opened(user, "space", "down", "space")
        await user.press("tab")
        await user.sees("of the whole")
        await user.press("enter")
        await user.sees("2.9x")
        assert listed(user)[0].split() == ["2.9x", "98", "%", "33", "%", ZONE]

        await user.press("enter")

        await user.until(lambda: user.main.exploration.query.search == ZONE)
        assert user.main.exploration.query.group_bys == (SERVICE,)


async def test_a_row_is_explained_by_what_divides_it() -> None:
    async with exploring(WorldSource(), exploration=asking(QUERY)) as user:
        await opened(user)
        await user.press("enter")
        await user.sees("of base   value")

        assert ZONE in listed(user)[0]


async def test_the_values_of_a_failed_explanation_stay_with_its_reason() -> None:
    async with exploring(WorldSource(fails_at=6), exploration=asking(QUERY)) as user:
        await opened(user)
        await user.press("tab")
        await user.sees("of the whole")
        await user.press("enter")

        await user.sees("No answer from the network.")
        await user.sees("Given up after ")


async def test_esc_gives_up_and_keeps_what_is_there() -> None:
    async with exploring(WorldSource(hangs_at=4), exploration=asking(QUERY)) as user:
        await opened(user)
        await user.press("tab")
        await user.sees("of the whole")
        await user.press("enter")
        await user.sees("4 of ")

        await user.press("escape")

        await user.sees("Given up after 3 answers")
        assert not user.main.session.requests.is_running(EXPLANATION)
        await user.press("escape")
        await user.until(lambda: user.main.is_active)
        assert user.main.exploration.query == QUERY


@pytest.mark.parametrize("size", [(60, 15), (80, 24), (200, 50)])
async def test_it_fits_any_window(size: tuple[int, int]) -> None:
    async with exploring(WorldSource(), exploration=asking(QUERY), size=size) as user:
        await user.until(lambda: user.main.exploration.table)
        await user.press("right", "right", "x", "enter")
        await user.sees("esc closes")

        assert ZONE[:10] in user.screen()
