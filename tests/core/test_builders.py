"""Test that the fake data source behaves like a real data source, because other tests depend on it."""

import asyncio

import pytest

from cnm_tui.core.errors import Unreachable
from cnm_tui.core.query import Query
from cnm_tui.core.service import Budget
from cnm_tui.core.snapshot import Source
from tests.builders import FakeSource, a_connection, a_snapshot


async def test_a_fetch_waits_until_the_test_answers() -> None:
    source = FakeSource()
    fetch = asyncio.ensure_future(source.fetch(Query()))
    await asyncio.sleep(0)
    snapshot = a_snapshot(a_connection())

    source.answer(snapshot)

    assert await fetch is snapshot
    assert source.asked == [Query()]


async def test_answers_go_to_the_oldest_fetch_and_skip_those_cancelled() -> None:
    source = FakeSource()
    first, second, third = (asyncio.ensure_future(source.fetch(Query(limit=number))) for number in (1, 2, 3))
    await asyncio.sleep(0)
    first.cancel()
    await asyncio.sleep(0)
    snapshot = a_snapshot()

    source.answer(snapshot)
    await asyncio.sleep(0)

    assert first.cancelled()
    assert second.done()
    assert not third.done()
    assert source.waiting == 1
    third.cancel()


async def test_prepared_answers_come_at_once_and_failures_are_raised() -> None:
    snapshot = a_snapshot(budget=Budget(remaining=4))
    source: FakeSource = FakeSource(snapshot)
    source.will_answer(Unreachable("No answer."))
    as_a_source: Source = source

    answered = await as_a_source.fetch(Query())
    with pytest.raises(Unreachable, match="No answer"):
        await as_a_source.fetch(Query())
    await as_a_source.aclose()

    assert answered is snapshot
    assert source.budget.remaining == 4
    assert source.closed


def test_a_counter_that_the_endpoint_does_not_have_is_a_mistake_of_the_test() -> None:
    with pytest.raises(AssertionError, match="the endpoint has no bytes_sent"):
        a_connection(bytes_sent=1)
