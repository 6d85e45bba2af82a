"""Test timelines with a simulated API that fails, cuts and delays its answers at random.

Each part of a timeline must have the state of its answer, and no part may be lost.
"""

import asyncio
from collections import Counter
from typing import Literal

from hypothesis import given, settings
from hypothesis import strategies as st

from cnm_tui.core.endpoint import CONNECTIONS
from cnm_tui.core.errors import RateLimited, ServiceFailed, Unreachable
from cnm_tui.core.exploration.exploration import Exploration
from cnm_tui.core.query import Query
from cnm_tui.core.service import Budget
from cnm_tui.core.snapshot import Snapshot
from cnm_tui.core.time.time_range import Window
from cnm_tui.core.timeline.parts import State
from cnm_tui.tui.features.timeline import PARTS, TimelineFeature
from tests.builders import MOMENT, FakeSource, a_connection, a_snapshot
from tests.tui.fake_view import a_sitting
from tests.tui.scheduling import until

Fate = Literal["whole", "cut", "empty", "fails", "gone", "429", "late", "last call"]
FATES: st.SearchStrategy[Fate] = st.sampled_from(("whole", "cut", "empty", "fails", "gone", "429", "late", "last call"))
BYTES = CONNECTIONS.metrics["total_bytes"]
SPANS = [f"{MOMENT - seconds} to {MOMENT}{parts}" for seconds, parts in ((900, ""), (3_600, ""), (14_400, " in 6"))]
"""Spans that do not move with the clock, which waiting moves."""
LONG_AFTER = MOMENT + 1_000_000
SHOWN = a_snapshot(a_connection("row", bytes_sent_by_client=1))


class Moody(FakeSource):
    """A simulated API with a list of outcomes, for example `empty` or `last call`.

    Each request gets the next outcome. When the list has no more outcomes, every answer is complete.
    """

    def __init__(self, fates: list[Fate]) -> None:
        super().__init__()
        self.fates = fates
        self.answered: dict[Window, Fate] = {}
        """The last fate of each window; a refused call is no answer."""
        self.times: Counter[Window] = Counter()
        """Number of answers for each window."""

    async def fetch(self, query: Query) -> Snapshot:
        self.asked.append(query)
        window = query.time_range.window(LONG_AFTER)
        fate: Fate = self.fates.pop(0) if self.fates else "whole"
        if fate == "late":
            for _ in range(5):
                await asyncio.sleep(0)
        if fate == "429":
            raise RateLimited("HTTP 429.", retry_after_seconds=3)
        self.answered[window] = fate
        if fate == "fails":
            raise ServiceFailed("HTTP 500.")
        if fate == "gone":
            raise Unreachable("No answer.")
        self.times[window] += 1
        remaining = 2 if fate == "last call" else 100
        self.budget = Budget(120, 60, remaining, MOMENT + 10_000)
        rows = [] if fate == "empty" else [a_connection("row", bytes_sent_by_client=window.start)]
        answer = a_snapshot(*rows, query=query, window=window, budget=self.budget)
        return answer if fate != "cut" else a_snapshot(*rows, query=query, window=window, unreadable=1)


def expected(fate: Fate | None) -> State:
    if fate in (None, "fails", "gone"):
        return State.GAP
    return State.CUT if fate == "cut" else State.COMPLETE


@settings(deadline=None, max_examples=60)
@given(st.lists(FATES, max_size=30), st.sampled_from(SPANS), st.booleans())
def test_each_part_has_the_state_of_its_answer_and_a_closed_one_is_asked_once(
    fates: list[Fate], span: str, gives_up: bool
) -> None:
    async def sitting() -> None:
        source = Moody(list(fates))
        session, view, _ = a_sitting(Exploration(SHOWN.query, refresh_seconds=None).received(SHOWN))
        session.requests.connect(source)
        feature = TimelineFeature(session, view)
        for _ in range(40):
            feature.choose()
            await view.answer(span)
            if gives_up and len(source.asked) == 1:
                await asyncio.sleep(0)
                session.requests.cancel(PARTS)
            await until(lambda: not session.requests.is_running(PARTS))
            timeline = session.exploration.timeline_of_rows
            assert timeline is not None
            assert timeline.states == tuple(expected(source.answered.get(window)) for window in timeline.windows)
            for window, number in zip(timeline.windows, timeline.series("row", BYTES).numbers, strict=True):
                fate = source.answered.get(window)
                has_row = fate not in (None, "fails", "gone", "empty")
                assert number == (window.start if has_row else 0 if fate == "empty" else None)
            if not timeline.missing:
                break
        else:
            raise AssertionError("some parts never came")
        assert set(source.times.values()) == {1}

    asyncio.run(sitting())
