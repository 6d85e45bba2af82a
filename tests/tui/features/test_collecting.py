"""Test the collection of all rows with several requests, without a Textual app.

Rows that have arrived must be kept if the collection ends early.
"""

import asyncio

import pytest

from cnm_tui.core.errors import Unreachable
from cnm_tui.core.exploration.exploration import Exploration
from cnm_tui.core.query import MOST_ROWS, Query
from cnm_tui.core.service import Budget
from cnm_tui.core.snapshot import Snapshot
from cnm_tui.tui.features.collecting import ALL_ROWS, CollectingFeature
from cnm_tui.tui.session import Session
from tests.builders import FakeSource
from tests.tui.fake_view import FakeView, a_sitting
from tests.tui.scheduling import until
from tests.wide_world import FIELDS, WideWorld

ROWS = 20_000
QUERY = Query(group_bys=FIELDS, limit=1_000)


class WorldSource(FakeSource):
    """A fake data source with the rows of a simulated network. One of its requests can fail or never end."""

    def __init__(self, world: WideWorld, fails_at: int | None = None, hangs_at: int | None = None) -> None:
        super().__init__(budget=Budget(60, 60, 50, None))
        self.world = world
        self.fails_at = fails_at
        self.hangs_at = hangs_at

    async def fetch(self, query: Query) -> Snapshot:
        number = len(self.asked)
        if number == self.hangs_at:
            return await super().fetch(query)
        self.asked.append(query)
        if number == self.fails_at:
            raise Unreachable("No answer from the network.")
        return self.world.answer(query)


@pytest.fixture(scope="module")
def world() -> WideWorld:
    return WideWorld(ROWS)


async def asked(world: WideWorld, **source: int) -> tuple[Session, FakeView, CollectingFeature]:
    """Show the first 1,000 rows, and start to collect all rows.

    Returns:
        The session, its fake screen, and the feature that collects the rows.
    """
    session, view, _ = a_sitting(Exploration(QUERY, refresh_seconds=None).received(world.answer(QUERY)))
    session.requests.source = WorldSource(world, **source)
    feature = CollectingFeature(session, view)
    feature.ask()
    return session, view, feature


def rows_of(session: Session) -> int:
    shown = session.exploration.snapshot
    return 0 if shown is None else len(shown.connections)


async def test_all_rows_come_in_the_place_of_those_that_were_cut(world: WideWorld) -> None:
    session, view, _ = await asked(world)

    await until(lambda: rows_of(session) == ROWS)

    shown = session.exploration.snapshot
    assert shown is not None
    assert not shown.cut
    assert session.exploration.paused
    assert session.exploration.query.limit == MOST_ROWS
    await until(lambda: view.notice.startswith("All 20,000 rows are here"))
    assert view.remarks["all rows"] == ""


async def test_after_a_failure_the_rows_that_are_there_are_shown_with_its_reason(world: WideWorld) -> None:
    session, view, _ = await asked(world, fails_at=4)

    await until(lambda: rows_of(session) > MOST_ROWS)

    shown = session.exploration.snapshot
    assert shown is not None
    assert shown.cut
    await until(lambda: view.notice)
    assert view.notice.startswith("No answer from the network. ")
    assert "still cut" in view.notice


async def test_given_up_the_rows_that_are_there_are_shown(world: WideWorld) -> None:
    session, view, _ = await asked(world, hangs_at=4)
    await until(lambda: "4 of at most 40 requests" in view.remarks.get("all rows", ""))

    assert session.requests.cancel(ALL_ROWS)

    await until(lambda: rows_of(session) > MOST_ROWS)
    await until(lambda: view.notice.startswith("Given up. "))


async def test_another_question_meanwhile_keeps_its_rows(world: WideWorld) -> None:
    session, view, _ = await asked(world, hangs_at=2)
    await until(lambda: "2 of at most 40 requests" in view.remarks.get("all rows", ""))
    other = Query(group_bys=FIELDS, search="server_service:server-3", limit=1_000)
    session.update(lambda exploration: exploration.asking(other).received(world.answer(other)))
    session.requests.cancel(ALL_ROWS)

    await until(lambda: "dropped" in view.notice)

    assert session.exploration.query == other


async def test_before_the_first_answer_nothing_is_asked() -> None:
    session, view, _ = a_sitting()

    CollectingFeature(session, view).ask()
    await asyncio.sleep(0)

    assert view.said == ["There is no answer yet; all rows can be asked for once there is."]
