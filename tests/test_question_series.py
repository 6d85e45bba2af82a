"""Test a series of queries. It must obey the rate limit, and leave the last allowed requests to people."""

import pytest

from cnm_tui.core.errors import CnmError, RateLimited
from cnm_tui.core.query import Query
from cnm_tui.core.service import Budget
from cnm_tui.core.snapshot import Snapshot
from cnm_tui.question_series import QuestionSeries
from tests.builders import MOMENT, a_snapshot


class Service:
    """A simulated API that answers from a list. Its clock advances only when the series of queries waits."""

    def __init__(self, *answers: Snapshot | CnmError) -> None:
        self.answers = list(answers)
        self.now: float = MOMENT
        self.said: list[str] = []
        self.series = QuestionSeries("TEST", self.answer, self.said.append, lambda: self.now, self.sleep)

    def answer(self, _query: Query) -> Snapshot:
        answer = self.answers.pop(0)
        if isinstance(answer, CnmError):
            raise answer
        return answer

    def sleep(self, seconds: float) -> None:
        self.now += seconds


def left(remaining: int) -> Snapshot:
    return a_snapshot(budget=Budget(30, 60, remaining, MOMENT + 40))


def test_while_enough_calls_are_left_nothing_waits() -> None:
    service = Service(left(20), left(19))

    answers = [service.series.ask(Query()) for _ in range(2)]

    assert [answer.budget.remaining for answer in answers] == [20, 19]
    assert (service.now, service.said, service.series.asked) == (MOMENT, [], 2)


def test_the_last_calls_of_a_period_are_left_to_people() -> None:
    service = Service(left(3), left(29))

    for _ in range(2):
        service.series.ask(Query())

    assert service.now == MOMENT + 40
    assert service.said == ["The rate limit allows the next request in 40 s; waiting."]


def test_a_refused_question_is_asked_again_when_it_may_be() -> None:
    service = Service(RateLimited("Too many calls.", retry_after_seconds=17), left(20))

    answer = service.series.ask(Query())

    assert answer.budget.remaining == 20
    assert service.now == MOMENT + 17


def test_a_question_that_is_refused_again_and_again_fails() -> None:
    service = Service(*(RateLimited("Too many calls.", retry_after_seconds=1) for _ in range(9)))

    with pytest.raises(RateLimited):
        service.series.ask(Query())

    assert len(service.answers) > 3
