"""Test the object that sends all requests, without a Textual app. It obeys the rate limit.

Each request belongs to a purpose, for example to a timeline.
"""

import asyncio
from dataclasses import replace
from functools import partial

import pytest

from cnm_tui.core.errors import RateLimited, Unreachable
from cnm_tui.core.query import Query
from cnm_tui.core.service import Budget
from cnm_tui.core.snapshot import Snapshot
from cnm_tui.tui.features.compare import BASELINE
from cnm_tui.tui.requests import ROWS, Priority, Progress, Purpose, Requests
from tests.builders import MOMENT, FakeSource, a_connection, a_snapshot
from tests.tui.scheduling import FakeScheduler, all_that_runs, until

QUERY = Query()
OTHER = Query(search="env:prod")
ANSWER = a_snapshot(a_connection())


def requests_to(source: FakeSource) -> tuple[Requests, FakeScheduler]:
    """Return an object that sends requests to this data source, and its scheduler with a fake clock."""
    scheduler = FakeScheduler()
    requests = Requests(scheduler.clock, scheduler)
    requests.connect(source)
    return requests, scheduler


async def test_equal_questions_under_way_are_asked_once() -> None:
    source = FakeSource()
    requests, _ = requests_to(source)

    rows = asyncio.ensure_future(requests.fetch(ROWS, QUERY))
    baseline = asyncio.ensure_future(requests.fetch(BASELINE, replace(QUERY)))
    await all_that_runs()
    source.answer(ANSWER)

    assert await rows is await baseline is ANSWER
    assert source.asked == [QUERY]


async def test_an_answered_question_is_asked_anew() -> None:
    source = FakeSource(ANSWER, ANSWER)
    requests, _ = requests_to(source)

    await requests.fetch(ROWS, QUERY)
    await requests.fetch(ROWS, QUERY)

    assert source.asked == [QUERY, QUERY]


async def test_a_shared_request_goes_on_while_somebody_waits_for_it_and_no_longer() -> None:
    source = FakeSource()
    requests, _ = requests_to(source)
    rows = asyncio.ensure_future(requests.fetch(ROWS, QUERY))
    baseline = asyncio.ensure_future(requests.fetch(BASELINE, QUERY))
    await all_that_runs()

    rows.cancel()
    await all_that_runs()
    waiting_for_one = source.waiting
    baseline.cancel()
    await all_that_runs()

    assert (waiting_for_one, source.waiting) == (1, 0)


async def test_who_waits_for_a_shared_request_hears_of_its_failure() -> None:
    source = FakeSource()
    requests, _ = requests_to(source)
    both = [asyncio.ensure_future(requests.fetch(purpose, QUERY)) for purpose in (ROWS, BASELINE)]
    await all_that_runs()

    source.answer(problem := Unreachable("No answer.", hint=""))

    assert await asyncio.gather(*both, return_exceptions=True) == [problem, problem]


async def test_work_for_a_purpose_replaces_the_one_before_and_no_other() -> None:
    source = FakeSource()
    requests, _ = requests_to(source)
    answers = list[Snapshot]()

    async def ask(purpose: Purpose, query: Query) -> None:
        answers.append(await requests.fetch(purpose, query))

    requests.run(ROWS, partial(ask, ROWS, QUERY))
    requests.run(BASELINE, partial(ask, BASELINE, OTHER))
    await all_that_runs()
    requests.run(ROWS, partial(ask, ROWS, replace(QUERY, limit=5)))
    await all_that_runs()

    assert [query.limit for query in source.asked] == [QUERY.limit, OTHER.limit, 5]
    assert source.waiting == 2
    for _ in range(2):
        source.answer(ANSWER)
    await until(lambda: len(answers) == 2)
    assert not any(map(requests.is_running, (ROWS, BASELINE)))


async def test_cancelling_says_whether_there_was_anything() -> None:
    source = FakeSource()
    requests, _ = requests_to(source)
    requests.run(BASELINE, partial(_asking, requests, BASELINE))
    await all_that_runs()

    assert requests.cancel(BASELINE, Purpose("another"))
    await all_that_runs()

    assert not requests.cancel(BASELINE, Purpose("another"))
    assert source.waiting == 0


async def test_all_work_but_that_for_the_rows_can_be_cancelled() -> None:
    source = FakeSource()
    requests, _ = requests_to(source)
    for purpose in (ROWS, BASELINE, Purpose("a feature's own")):
        requests.run(purpose, partial(_asking, requests, purpose))
    await all_that_runs()

    found = requests.cancel_all_but(ROWS)
    await all_that_runs()

    assert found
    assert [requests.is_running(purpose) for purpose in (ROWS, BASELINE, Purpose("a feature's own"))] == [
        True,
        False,
        False,
    ]
    assert not requests.cancel_all_but(ROWS)


async def test_another_source_ends_all_that_is_under_way_to_the_one_before() -> None:
    before, after = FakeSource(), FakeSource(ANSWER)
    requests, _ = requests_to(before)
    for purpose in (ROWS, BASELINE):
        requests.run(purpose, partial(_asking, requests, purpose))
    await all_that_runs()

    requests.connect(after)
    await all_that_runs()

    assert before.waiting == 0
    assert await requests.fetch(ROWS, QUERY) is ANSWER


async def test_the_same_question_to_another_source_does_not_wait_for_the_one_before() -> None:
    before, after = FakeSource(), FakeSource(ANSWER)
    requests, _ = requests_to(before)
    requests.run(ROWS, partial(_asking, requests, ROWS))
    await all_that_runs()

    requests.connect(after)
    answer = await asyncio.wait_for(requests.fetch(ROWS, QUERY), 10)
    await all_that_runs()

    assert answer is ANSWER
    assert (before.waiting, after.asked) == (0, [QUERY])


@pytest.mark.parametrize(("limit", "reserved"), [(None, 2), (10, 2), (30, 3), (300, 30)])
async def test_background_work_never_takes_the_last_calls(limit: int | None, reserved: int) -> None:
    budget = Budget(limit, 60, remaining=reserved, reset_at=MOMENT + 40)
    source = FakeSource(ANSWER, budget=budget)
    requests, scheduler = requests_to(source)

    await requests.fetch(BASELINE, QUERY, Priority.BACKGROUND)

    assert scheduler.slept == [40]


async def test_background_work_is_sent_at_once_while_more_calls_are_left() -> None:
    source = FakeSource(ANSWER, budget=Budget(30, 60, remaining=4, reset_at=MOMENT + 40))
    requests, scheduler = requests_to(source)

    await requests.fetch(BASELINE, QUERY, Priority.BACKGROUND)

    assert scheduler.slept == []


async def test_a_call_under_way_counts_as_taken() -> None:
    source = FakeSource(budget=Budget(30, 60, remaining=4, reset_at=MOMENT + 40))
    requests, scheduler = requests_to(source)
    by_hand = asyncio.ensure_future(requests.fetch(ROWS, QUERY))
    await all_that_runs()

    background = asyncio.ensure_future(requests.fetch(BASELINE, OTHER, Priority.BACKGROUND))
    await all_that_runs()

    assert scheduler.slept == [40]
    for _ in range(2):
        source.answer(ANSWER)
    await asyncio.gather(by_hand, background)


async def test_a_key_press_may_take_the_last_call() -> None:
    source = FakeSource(ANSWER, budget=Budget(30, 60, remaining=1, reset_at=MOMENT + 40))
    requests, scheduler = requests_to(source)

    await requests.fetch(ROWS, QUERY)

    assert (source.asked, scheduler.slept) == ([QUERY], [])


async def test_background_work_waits_as_long_as_the_service_said() -> None:
    source = FakeSource(RateLimited("Too many calls.", retry_after_seconds=25), ANSWER)
    requests, scheduler = requests_to(source)
    with pytest.raises(RateLimited):
        await requests.fetch(ROWS, QUERY)

    await requests.fetch(BASELINE, OTHER, Priority.BACKGROUND)

    assert scheduler.slept == [25]


async def test_background_requests_are_sent_one_after_the_other_and_count() -> None:
    source = FakeSource()
    requests, _ = requests_to(source)
    seen = list[Progress]()
    requests.progressed.connect(lambda purpose: seen.append(requests.progress(purpose)))

    both = [asyncio.ensure_future(requests.fetch(BASELINE, query, Priority.BACKGROUND)) for query in (QUERY, OTHER)]
    await all_that_runs()
    under_way_at_first = source.waiting
    source.answer(ANSWER)
    await all_that_runs()
    source.answer(ANSWER)
    await asyncio.gather(*both)

    assert (under_way_at_first, source.asked) == (1, [QUERY, OTHER])
    assert seen == [Progress(0, 1), Progress(0, 2), Progress(1, 2), Progress(2, 2)]
    assert requests.progress(ROWS) == Progress()


async def test_a_refresh_comes_when_it_is_planned_and_only_the_one_planned_last() -> None:
    requests, scheduler = requests_to(FakeSource())
    due = list[float]()
    requests.refresh_due.connect(lambda: due.append(scheduler.now))

    requests.plan(5)
    requests.plan(20)
    scheduler.pass_time(10)
    scheduler.pass_time(10)

    assert (due, requests.next_refresh_at) == ([MOMENT + 20], MOMENT + 20)
    requests.plan(None)
    assert requests.next_refresh_at is None


async def _asking(requests: Requests, purpose: Purpose) -> None:
    await requests.fetch(purpose, QUERY)
