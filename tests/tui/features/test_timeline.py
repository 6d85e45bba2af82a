"""Test how the parts of a timeline are requested, without a Textual app."""

from dataclasses import replace
from pathlib import Path

import pytest

from cnm_tui.core.endpoint import CONNECTIONS
from cnm_tui.core.errors import CredentialsRefused, RateLimited, ServiceFailed
from cnm_tui.core.exploration.baselines import query_for
from cnm_tui.core.exploration.exploration import Exploration
from cnm_tui.core.query import Query
from cnm_tui.core.service import Budget
from cnm_tui.core.snapshot import Snapshot
from cnm_tui.core.time.time_range import Window, iso_text
from cnm_tui.core.timeline.parts import State
from cnm_tui.core.timeline.timeline import Timeline
from cnm_tui.replay import KeptHistory
from cnm_tui.tui.dialogs.timeline_dialog import OFF, TimelineDialog
from cnm_tui.tui.features.timeline import PARTS, TimelineFeature
from cnm_tui.tui.session import Session
from tests.builders import MOMENT, FakeSource, a_connection, a_snapshot
from tests.recordings import a_recording, an_exchange
from tests.tui.fake_view import FakeView, a_sitting
from tests.tui.scheduling import FakeScheduler, all_that_runs, until

BYTES = CONNECTIONS.metrics["total_bytes"]
SHOWN = a_snapshot(a_connection("row", bytes_sent_by_client=2_000))
PARTS_OF_15_MINUTES = [Window(MOMENT - 300 * (number + 1), MOMENT - 300 * number) for number in range(3)]
"""Newest first."""


def part(window: Window, budget: Budget | None = None) -> Snapshot:
    return a_snapshot(a_connection("row", bytes_sent_by_client=window.start), window=window, budget=budget)


def sitting(source: FakeSource) -> tuple[TimelineFeature, Session, FakeView, FakeScheduler]:
    """Return the timeline feature, a session that shows an answer, its fake screen, and a scheduler with a fake
    clock.
    """
    session, view, scheduler = a_sitting(Exploration(SHOWN.query, refresh_seconds=None).received(SHOWN))
    session.requests.connect(source)
    return TimelineFeature(session, view), session, view, scheduler


async def choose(feature: TimelineFeature, view: FakeView, span: str = "15m") -> None:
    before = len(view.dialogs)
    feature.choose()
    # With a history file it finds out first what the file has.
    await until(lambda: len(view.dialogs) > before)
    await view.answer(span)


def windows_asked(source: FakeSource) -> list[Window]:
    return [query.time_range.window(MOMENT) for query in source.asked]


def shown(session: Session) -> Timeline:
    assert session.exploration.timeline_of_rows is not None
    return session.exploration.timeline_of_rows


async def test_parts_are_asked_newest_first_and_joined_to_the_rows() -> None:
    source = FakeSource(*map(part, PARTS_OF_15_MINUTES))
    feature, session, view, _ = sitting(source)

    await choose(feature, view)
    await until(lambda: "Timeline of" in view.notice)

    assert isinstance(view.dialogs[0], TimelineDialog)
    assert windows_asked(source) == PARTS_OF_15_MINUTES
    assert shown(session).series("row", BYTES).numbers == tuple(one.start for one in reversed(PARTS_OF_15_MINUTES))
    assert view.notice == "Timeline of 15 min: 3 parts; no row is known to have turned bad in it."
    assert view.remarks["timeline"] == ""


async def test_a_closed_part_is_never_asked_twice() -> None:
    source = FakeSource(*map(part, PARTS_OF_15_MINUTES))
    feature, _, view, _ = sitting(source)
    await choose(feature, view)
    await until(lambda: "Timeline of" in view.notice)

    await choose(feature, view, OFF)
    await choose(feature, view, "10m")
    await until(lambda: "Timeline of 10 min" in view.notice)

    assert len(source.asked) == 3


async def test_the_part_that_was_open_is_asked_again() -> None:
    newest = Window(MOMENT - 300, MOMENT)
    open_part = replace(part(newest), fetched_at=MOMENT - 60)
    source = FakeSource(open_part, part(newest))
    feature, session, view, _ = sitting(source)

    await choose(feature, view, "5m")
    await until(lambda: "Timeline of" in view.notice)
    states = shown(session).states
    view.said.clear()
    await choose(feature, view, "5m")
    await until(lambda: "Timeline of" in view.notice)

    assert (states, shown(session).states) == ((State.OPEN,), (State.COMPLETE,))
    assert windows_asked(source) == [newest, newest]


async def test_progress_is_shown_while_it_asks() -> None:
    source = FakeSource(part(PARTS_OF_15_MINUTES[0]))
    feature, _, view, _ = sitting(source)

    await choose(feature, view)
    await until(lambda: source.waiting)

    assert view.remarks["timeline"] == "timeline 1/3"


async def test_giving_up_keeps_the_parts_that_came_and_choosing_again_asks_the_others() -> None:
    source = FakeSource(part(PARTS_OF_15_MINUTES[0]))
    feature, session, view, _ = sitting(source)
    await choose(feature, view)
    await until(lambda: source.waiting)

    session.requests.cancel(PARTS)
    await until(lambda: "Timeline of" in view.notice)
    told, states = view.notice, shown(session).states
    source.will_answer(*map(part, PARTS_OF_15_MINUTES[1:]))
    await choose(feature, view)
    await until(lambda: ": 3 parts" in view.notice)

    assert told == "Timeline of 15 min: 1 of 3 parts; L asks the others."
    assert states == (State.GAP, State.GAP, State.COMPLETE)
    assert windows_asked(source) == [*PARTS_OF_15_MINUTES[:2], *PARTS_OF_15_MINUTES[1:]]


async def test_a_part_that_fails_is_a_gap_and_the_others_are_asked() -> None:
    first, _, last = map(part, PARTS_OF_15_MINUTES)
    source = FakeSource(first, ServiceFailed("HTTP 500."), last)
    feature, session, view, _ = sitting(source)

    await choose(feature, view)
    await until(lambda: "Timeline of" in view.notice)

    assert shown(session).states == (State.COMPLETE, State.GAP, State.COMPLETE)
    assert shown(session).series("row", BYTES).numbers[1] is None
    assert view.notice == "Timeline of 15 min: 2 of 3 parts; L asks the others. HTTP 500."
    assert session.exploration.problem is None


@pytest.mark.parametrize(
    ("failures", "asked"),
    [([CredentialsRefused("No.")], 1), ([ServiceFailed("HTTP 500.")] * 12, 3)],
    ids=["refused keys", "three failures in a row"],
)
async def test_what_cannot_succeed_is_not_asked_on(failures: list[ServiceFailed], asked: int) -> None:
    source = FakeSource(*failures)
    feature, _, view, _ = sitting(source)

    await choose(feature, view, "1h")
    await until(lambda: "0 of 12 parts" in view.notice)

    assert len(source.asked) == asked


async def test_at_the_reserve_it_waits_for_the_reset_and_goes_on() -> None:
    scarce = Budget(limit=30, period_seconds=60, remaining=3, reset_at=MOMENT + 20)
    newest, middle, oldest = PARTS_OF_15_MINUTES
    source = FakeSource(part(newest, scarce), part(middle, Budget(30, 60, 29, MOMENT + 80)), part(oldest))
    feature, session, view, scheduler = sitting(source)
    waited = list[str]()
    session.changed.connect(lambda _before, _after: waited.append(view.remarks.get("timeline", "")))

    await choose(feature, view)
    await until(lambda: "3 parts" in view.notice)

    assert scheduler.slept == [20.0]
    assert "timeline 1/3, waits until 10:00:20Z" in waited


async def test_a_call_refused_by_the_rate_limit_is_sent_again_when_the_service_says() -> None:
    source = FakeSource(RateLimited("HTTP 429.", retry_after_seconds=7), *map(part, PARTS_OF_15_MINUTES))
    feature, session, view, scheduler = sitting(source)

    await choose(feature, view)
    await until(lambda: "3 parts" in view.notice)

    assert sum(scheduler.slept) == 7
    assert shown(session).states == (State.COMPLETE,) * 3


async def test_it_gives_way_to_what_a_person_asks() -> None:
    source = FakeSource()
    feature, session, view, scheduler = sitting(source)
    await choose(feature, view)
    await until(lambda: source.waiting)
    session.ask_changed(lambda query: replace(query, limit=query.limit))
    await until(lambda: source.waiting == 2)

    source.answer(part(PARTS_OF_15_MINUTES[0]))
    await until(lambda: len(scheduler.slept) > 3)
    while_waiting = len(source.asked)
    source.answer(SHOWN)
    await until(lambda: len(source.asked) == 3)

    assert while_waiting == 2


async def test_another_question_ends_it_and_going_back_shows_it_again() -> None:
    source = FakeSource(*map(part, PARTS_OF_15_MINUTES))
    feature, session, view, _ = sitting(source)
    await choose(feature, view)
    await until(lambda: "3 parts" in view.notice)
    timeline = shown(session)
    teams = Query(group_bys=("client_team",))
    source.will_answer(a_snapshot(a_connection("team", (("x",),)), query=teams))

    session.ask_changed(lambda _query: teams)
    await until(lambda: session.exploration.snapshot is not None and session.exploration.snapshot.query == teams)
    elsewhere = session.exploration.timeline
    session.update(lambda exploration: exploration.back())

    assert elsewhere is None
    assert session.exploration.timeline_of_rows is timeline


async def test_a_span_of_the_command_line_begins_with_the_first_rows() -> None:
    source = FakeSource(SHOWN, *map(part, PARTS_OF_15_MINUTES))
    session, view, _ = a_sitting(Exploration(SHOWN.query, refresh_seconds=None))
    TimelineFeature(session, view).begin("15m")

    session.connect(source)
    await until(lambda: "3 parts" in view.notice)

    assert len(source.asked) == 4


async def test_without_rows_and_with_an_unreadable_span_that_is_said() -> None:
    session, view, _ = a_sitting(Exploration(SHOWN.query))
    TimelineFeature(session, view).choose()
    nothing = view.notice
    feature, session, view, _ = sitting(FakeSource())

    await choose(feature, view, "whenever")
    await all_that_runs()

    assert nothing == "There are no rows to follow through time yet."
    assert "is not a time" in view.notice
    assert session.exploration.timeline is None


# While the rows are live


def live_sitting(source: FakeSource) -> tuple[TimelineFeature, Session, FakeView, FakeScheduler]:
    """Return the same objects as `sitting`, but with an answer that is refreshed automatically."""
    session, view, scheduler = a_sitting(Exploration(SHOWN.query).received(SHOWN))
    session.requests.connect(source)
    return TimelineFeature(session, view), session, view, scheduler


def closed(window: Window, at: float) -> Snapshot:
    return replace(part(window), fetched_at=at)


NEXT = Window(MOMENT, MOMENT + 300)


async def test_each_closed_bucket_is_asked_once_while_live() -> None:
    source = FakeSource(*map(part, PARTS_OF_15_MINUTES), closed(NEXT, MOMENT + 330))
    feature, session, view, scheduler = live_sitting(source)
    await choose(feature, view)
    await until(lambda: "Timeline of" in view.notice)
    assert view.remarks["timeline"] == "timeline: 1 request each 5 min"
    told = len(view.said)

    scheduler.pass_time(330)
    await until(lambda: shown(session).window.end == NEXT.end)
    await until(lambda: not session.requests.is_running(PARTS))
    await all_that_runs()

    asked = [query.time_range.window(scheduler.now) for query in source.asked]
    assert asked == [*PARTS_OF_15_MINUTES, NEXT]
    assert shown(session).windows == (*reversed(PARTS_OF_15_MINUTES[:2]), NEXT)
    assert shown(session).states == (State.COMPLETE,) * 3
    assert len(view.said) == told


@pytest.mark.parametrize("why", ["paused", "off"])
async def test_nothing_is_asked_while_it_does_not_go_on(why: str) -> None:
    source = FakeSource(*map(part, PARTS_OF_15_MINUTES))
    feature, session, view, scheduler = live_sitting(source)
    await choose(feature, view)
    await until(lambda: "Timeline of" in view.notice)

    if why == "off":
        feature.toggle_live()
        assert view.notice == "The timeline stays as it is."
    else:
        session.update(Exploration.toggled_live)
    scheduler.pass_time(330)
    await all_that_runs()

    assert len(source.asked) == 3
    assert view.remarks["timeline"] == ""


async def test_a_fixed_window_does_not_go_on() -> None:
    source = FakeSource(*map(part, PARTS_OF_15_MINUTES))
    feature, _, view, scheduler = sitting(source)
    await choose(feature, view)
    await until(lambda: "Timeline of" in view.notice)

    scheduler.pass_time(330)
    await all_that_runs()

    assert len(source.asked) == 3


async def test_after_off_and_on_it_says_what_it_costs() -> None:
    source = FakeSource(*map(part, PARTS_OF_15_MINUTES))
    feature, _, view, _ = live_sitting(source)
    await choose(feature, view)
    await until(lambda: "Timeline of" in view.notice)

    feature.toggle_live()
    feature.toggle_live()

    assert view.notice == "The timeline goes on while the rows are live: 1 request each 5 min."


async def test_parts_that_a_file_keeps_take_no_request(tmp_path: Path) -> None:
    newest, *kept = PARTS_OF_15_MINUTES
    exchanges = [an_exchange(query_for(SHOWN.query, one), one.end + 90, window=one) for one in kept]
    history = KeptHistory(a_recording(tmp_path / "a.cnm", *exchanges), lambda: "datadoghq.eu")
    source = FakeSource(part(newest))
    feature, session, view, _ = sitting(source)
    view.services = view.services._replace(history=lambda: history)

    await choose(feature, view)
    await until(lambda: "Timeline of" in view.notice)

    assert windows_asked(source) == [newest]
    assert State.GAP not in shown(session).states
    assert f"3 parts, {len(kept)} from the history file" in view.notice


async def test_a_span_reaches_as_far_as_the_history_file(tmp_path: Path) -> None:
    day, newest = 86_400, MOMENT // 86_400 * 86_400
    # Each day of 30, but for three of them: two are older than the service keeps.
    days = [Window(start, start + day) for start in range(newest - 30 * day, newest, day)]
    kept = [one for number, one in enumerate(days) if number not in (3, 4, 28)]
    exchanges = [an_exchange(query_for(SHOWN.query, one), one.end + 90, window=one) for one in kept]
    history = KeptHistory(a_recording(tmp_path / "a.cnm", *exchanges), lambda: "datadoghq.eu")
    source = FakeSource(part(days[28]))
    feature, session, view, _ = sitting(source)
    view.services = view.services._replace(history=lambda: history)

    feature.choose()
    await until(lambda: view.dialogs)
    dialog = view.dialogs[-1]
    assert isinstance(dialog, TimelineDialog)
    spans = [option.id for option in dialog._options()]
    await view.answer(f"{iso_text(days[0].start)} to {iso_text(newest)} in 30")
    await until(lambda: "Timeline of" in view.notice)

    assert spans[-1] in ("30d", "31d")
    assert windows_asked(source) == [days[28]]
    states = dict(zip(shown(session).windows, shown(session).states, strict=True))
    assert [one for one in days if states[one] is State.GAP] == days[3:5]
    assert "28 of 30 parts, 27 from the history file" in view.notice
    assert "Parts older than 14 days are known only as far as the history file has them." in view.notice
