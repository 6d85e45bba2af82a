"""Test the store that keeps complete parts of timelines until cnm-tui ends, up to a maximum number."""

from dataclasses import replace

import pytest

from cnm_tui.core.query import Query
from cnm_tui.core.time.time_range import Window, last
from cnm_tui.core.timeline.part_store import PartStore
from cnm_tui.core.timeline.timeline import Timeline
from tests.builders import MOMENT, a_connection, a_snapshot
from tests.core.timelines import BUCKET, QUERY, windows


def answered(store: PartStore, timeline: Timeline, window: Window, *, now: float = MOMENT) -> Timeline:
    """Return the timeline with an answer of one row for one time window, after its complete parts were stored."""
    answer = a_snapshot(a_connection("a"), query=timeline.query, window=window, fetched_at=now)
    return store.keep(timeline.joined(window, answer))


def test_another_span_and_time_range_of_the_same_question_has_the_closed_parts() -> None:
    store = PartStore()
    first = answered(store, store.timeline(QUERY, windows(3)), windows(3)[1])

    again = store.timeline(replace(QUERY, time_range=last(86_400)), windows(4, end=MOMENT + BUCKET))

    assert set(again.known) == set(first.known)
    assert again.rows is first.rows


def test_an_open_part_is_asked_again_and_another_question_has_nothing() -> None:
    store = PartStore()
    answered(store, store.timeline(QUERY, windows(3)), windows(3)[2], now=MOMENT - 1)

    assert not store.timeline(QUERY, windows(3)).known
    assert not store.timeline(replace(QUERY, search="a"), windows(3)).known


def test_the_latest_timeline_of_a_question_is_found() -> None:
    store = PartStore()
    timeline = answered(store, store.timeline(QUERY, windows(3)), windows(3)[1])

    assert store.latest(replace(QUERY, time_range=last(86_400))) is timeline
    assert store.latest(Query(search="a")) is None


def test_parts_beyond_the_bound_go_first_those_of_the_question_used_longest_ago(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    monkeypatch.setattr("cnm_tui.core.timeline.part_store.MOST_ROWS_HELD", 2)
    store, other = PartStore(), replace(QUERY, search="a")
    answered(store, store.timeline(other, windows(3)), windows(3)[0])
    timeline = store.timeline(QUERY, windows(3))
    for window in windows(3):
        timeline = answered(store, timeline, window)

    assert not store.timeline(other, windows(3)).known
    assert len(store.timeline(QUERY, windows(3)).known) == 2
