"""Test which baselines are offered for a comparison. A baseline is an earlier answer that rows are compared
with.

The offered baselines are earlier time windows that Datadog still stores, and recent answers.
"""

from dataclasses import replace

from cnm_tui.core.exploration.baselines import Candidate, candidates, query_for
from cnm_tui.core.exploration.exploration import Exploration
from cnm_tui.core.query import Query
from cnm_tui.core.snapshot import Snapshot
from cnm_tui.core.time.time_range import BUCKET_SECONDS, Ago, TimeRange, Window
from tests.builders import MOMENT, a_connection, a_snapshot

DAY = 86_400
EARLIER = "answer of 09:59:00Z"


def showing(snapshot: Snapshot) -> Exploration:
    return Exploration(snapshot.query).received(snapshot)


def offered(window: Window, now: float = MOMENT) -> dict[str, Window]:
    return {candidate.name: candidate.window for candidate in candidates(showing(a_snapshot(window=window)), now)}


def test_the_window_before_yesterday_and_a_week_ago_are_as_long_and_on_borders() -> None:
    assert offered(Window(MOMENT - 900, MOMENT)) == {
        "previous window": Window(MOMENT - 1_800, MOMENT - 900),
        "same time yesterday": Window(MOMENT - 900 - DAY, MOMENT - DAY),
        "same time a week ago": Window(MOMENT - 900 - 7 * DAY, MOMENT - 7 * DAY),
    }


def test_a_window_off_the_borders_is_compared_with_whole_buckets_before_it() -> None:
    window = Window(MOMENT - 777, MOMENT + 130)

    before = offered(window, MOMENT + 130)["previous window"]

    assert before == Window(MOMENT - 1_800, MOMENT - 900)
    assert before.end <= window.start


def test_a_window_shorter_than_a_bucket_is_compared_with_one_bucket() -> None:
    before = offered(Window(MOMENT - 60, MOMENT))["previous window"]

    assert before.seconds == BUCKET_SECONDS


def test_what_is_no_longer_kept_is_not_offered() -> None:
    assert list(offered(Window(MOMENT - 10 * DAY, MOMENT - 9 * DAY))) == [
        "previous window",
        "same time yesterday",
    ]
    assert offered(Window(MOMENT - 14 * DAY, MOMENT)) == {}


def test_a_window_of_days_is_not_compared_with_a_part_of_itself() -> None:
    assert list(offered(Window(MOMENT - 2 * DAY, MOMENT))) == ["previous window", "same time a week ago"]


def test_a_refresh_before_is_offered_and_what_is_shown_is_not() -> None:
    exploration = showing(a_snapshot(fetched_at=MOMENT - 60)).received(a_snapshot(a_connection()))

    *_, last = candidates(exploration, MOMENT)

    assert (last.name, last.answer and last.answer.fetched_at) == (EARLIER, MOMENT - 60)
    assert len([candidate for candidate in candidates(exploration, MOMENT) if candidate.answer]) == 1


def test_an_answer_on_the_trail_is_offered_where_its_rows_mean_the_same() -> None:
    hour = Query(time_range=TimeRange(Ago(3_600)))
    shown = a_snapshot(query=hour, window=Window(MOMENT - 3_600, MOMENT))
    at_first = showing(a_snapshot(fetched_at=MOMENT - 60))

    wider = at_first.asking(hour).received(shown)
    searched = at_first.asking(Query(search="web")).received(a_snapshot(query=Query(search="web")))

    assert [candidate.name for candidate in candidates(wider, MOMENT) if candidate.answer] == [EARLIER]
    assert [candidate for candidate in candidates(searched, MOMENT) if candidate.answer] == []


def test_a_window_whose_answer_is_at_hand_takes_no_request() -> None:
    yesterday = Window(MOMENT - 900 - DAY, MOMENT - DAY)
    before = a_snapshot(query=query_for(Query(), yesterday), window=yesterday, fetched_at=MOMENT + 5)

    exploration = showing(a_snapshot()).comparing_with(before, keep=True)

    found = {candidate.name: candidate for candidate in candidates(exploration, MOMENT)}
    assert found["same time yesterday"].answer is not None
    assert found["previous window"].answer is None
    assert len(found) == 3


def test_what_is_compared_with_is_offered_though_it_is_no_longer_kept() -> None:
    before = a_snapshot(a_connection("before"), fetched_at=MOMENT - 60)

    exploration = showing(a_snapshot()).comparing_with(before)

    assert [candidate.answer for candidate in candidates(exploration, MOMENT) if candidate.answer] == [before]


def test_an_answer_with_another_limit_does_not_stand_for_a_window() -> None:
    yesterday = Window(MOMENT - 900 - DAY, MOMENT - DAY)
    fewer = a_snapshot(query=replace(query_for(Query(), yesterday), limit=1), window=yesterday, fetched_at=MOMENT + 5)

    exploration = showing(a_snapshot()).comparing_with(fewer, keep=True)

    assert Candidate("same time yesterday", yesterday, None) in candidates(exploration, MOMENT)


def test_a_baseline_is_asked_to_the_second() -> None:
    window = Window(MOMENT - 5_000, MOMENT - 1_000)

    assert query_for(Query(search="web"), window).time_range.window(MOMENT) == window
    assert query_for(Query(search="web"), window).search == "web"


def test_without_an_answer_there_is_nothing_to_compare() -> None:
    assert candidates(Exploration(Query()), MOMENT) == ()
