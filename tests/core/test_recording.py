"""Test that a replay finds the recorded answer to a query by its parameters, its time window, and the time."""

import pytest

from cnm_tui.core.endpoints.dns import DNS
from cnm_tui.core.errors import NotRecorded
from cnm_tui.core.query import Query, usual_query
from cnm_tui.core.recording import Answers, Recorded, fixed_range, parameters_text, query_sentence, time_range_text
from cnm_tui.core.time.time_range import Snap, TimeRange, Window, last
from tests.builders import MOMENT

QUARTER = Query()
HOUR = Query(time_range=last(3_600))


def recorded(number: int, query: Query, at: float, status: int = 200) -> Recorded:
    window = query.time_range.window(at)
    texts = (query.endpoint.path, parameters_text(query), time_range_text(query))
    return Recorded(number, *texts, window, at - 1, at, "DEMO", status)


SITTING = Answers(
    [
        recorded(1, QUARTER, MOMENT),
        recorded(2, HOUR, MOMENT + 10),
        recorded(3, QUARTER, MOMENT + 60),
        recorded(4, QUARTER, MOMENT + 90, status=429),
        recorded(5, QUARTER, MOMENT + 120),
    ]
)


@pytest.mark.parametrize(
    ("query", "at", "expected"),
    [
        (QUARTER, MOMENT, 1),
        (QUARTER, MOMENT + 59, 1),
        (QUARTER, MOMENT + 100, 3),
        (QUARTER, MOMENT + 10_000, 5),
        (HOUR, MOMENT - 100, 2),
        (Query(time_range=fixed_range(QUARTER.time_range.window(MOMENT + 60))), MOMENT + 500, 3),
    ],
)
def test_the_last_answer_until_the_moment_is_taken_else_the_first_one_after_it(
    query: Query, at: float, expected: int
) -> None:
    assert SITTING.at(query, at).id == expected


@pytest.mark.parametrize(
    ("query", "said"),
    [
        (Query(("team",)), "grouped by team; limit 1000; window 2026-03-01 09:45Z to 2026-03-01 10:00Z"),
        (Query(search="a:b"), "query a:b"),
        (Query(time_range=last(60)), "Recorded are 4 other windows of this question, of 900 s, 3,600 s."),
    ],
)
def test_a_question_without_an_answer_is_named(query: Query, said: str) -> None:
    with pytest.raises(NotRecorded) as told:
        SITTING.at(query, MOMENT)

    assert said in told.value.sentence


@pytest.mark.parametrize(
    ("at", "steps", "expected"), [(0, 1, 3), (60, 1, 5), (120, 1, None), (60, -1, 1), (0, -1, None)]
)
def test_steps_go_from_answer_to_answer_of_the_question(at: int, steps: int, expected: int | None) -> None:
    found = SITTING.beside(QUARTER, MOMENT + at, steps)

    assert (None if found is None else found.id) == expected


def test_closed_buckets_answer_a_sliding_question_of_their_length() -> None:
    bucket = Query(time_range=fixed_range(Window(MOMENT - 300, MOMENT)))
    answers = Answers([recorded(1, bucket, MOMENT + 40)])

    assert answers.at(Query(time_range=last(300)), MOMENT + 77).id == 1


def test_answers_of_every_endpoint_are_read() -> None:
    query = Query(("client_service",), endpoint=DNS)

    assert recorded(1, query, MOMENT).query == query
    assert not Answers([recorded(1, query, MOMENT)]).to(Query(("client_service",)), MOMENT)


@pytest.mark.parametrize("time_range", [last(900), TimeRange(last(7_200).start, last(3_600).start, Snap.ON)])
def test_a_question_is_read_as_it_was_asked(time_range: TimeRange) -> None:
    query = Query(("server_env",), "", ("env:prod", "team:web"), time_range, 77)

    assert recorded(1, query, MOMENT).query == query


def test_the_sentence_of_a_question_begins_with_its_endpoint() -> None:
    assert query_sentence(usual_query(DNS)).startswith("DNS grouped by network.dns_query; limit ")
    assert query_sentence(Query()).startswith("grouped by client_service, server_service; limit ")
