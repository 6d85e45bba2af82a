"""Test that a replay steps from one recorded answer of a query to the next, and reports an answer that is
missing.
"""

from pathlib import Path

import pytest

from cnm_tui.core.exploration.baselines import query_for
from cnm_tui.core.exploration.exploration import Exploration
from cnm_tui.core.query import Query
from cnm_tui.core.time.time_range import Window
from cnm_tui.replay import ReplaySource
from cnm_tui.tui.dialogs.recorded_picker import RecordedPicker
from cnm_tui.tui.features.replay import ReplayFeature
from cnm_tui.tui.services import Services
from cnm_tui.tui.session import Session
from tests.builders import MOMENT
from tests.recordings import a_body, a_recording, an_exchange
from tests.tui.fake_view import FakeView, no_keys
from tests.tui.scheduling import FakeScheduler, until

BYTES = (1_000, 2_000, 3_000)
OTHER = Query(("client_service",))


class Replaying:
    """A replay of three answers to one query, one minute apart, and of one answer to another query."""

    def __init__(self, folder: Path) -> None:
        answers = [
            an_exchange(at=MOMENT + 60 * number, body=a_body({"bytes_sent_by_client": sent}))
            for number, sent in enumerate(BYTES)
        ]
        self.source = ReplaySource(a_recording(folder / "a.cnm", *answers, an_exchange(OTHER, at=MOMENT + 90)))
        self.scheduler = FakeScheduler()
        exploration = Exploration(self.source.answers.first.query, refresh_seconds=None)
        self.session = Session(exploration, lambda: self.source.moment, self.scheduler)
        self.view = FakeView(Services(no_keys, no_keys, replay=self.source))
        self.replay = ReplayFeature(self.session, self.view)
        self.session.said.connect(self.view.say)

    async def shows(self, sent: int) -> None:
        await until(lambda: self.shown == sent)

    @property
    def shown(self) -> int | float | None:
        snapshot = self.session.exploration.snapshot
        return None if snapshot is None else snapshot.connections[0].counters[0]


@pytest.fixture
async def replaying(tmp_path: Path) -> Replaying:
    made = Replaying(tmp_path)
    made.session.connect(made.source)
    await made.shows(1_000)
    return made


async def test_steps_show_each_answer_at_its_time(replaying: Replaying) -> None:
    modes = [replaying.view.modes["replay"]]
    for sent in (2_000, 3_000):
        replaying.replay.step(1)
        await replaying.shows(sent)
        modes.append(replaying.view.modes["replay"])
    replaying.replay.step(1)
    at_the_end = replaying.view.notice
    replaying.replay.step(-1)
    await replaying.shows(2_000)

    assert modes == ["REPLAY 1/3", "REPLAY 2/3", "REPLAY 3/3"]
    assert at_the_end.startswith("This is the last of 3 recorded answers to this question")
    assert replaying.session.now() == MOMENT + 60.5


async def test_a_question_without_an_answer_is_named_and_the_rows_stay(replaying: Replaying) -> None:
    replaying.session.ask_changed(lambda query: Query(("team",)))
    await until(lambda: replaying.session.exploration.problem)

    problem = replaying.session.exploration.problem
    assert problem is not None
    assert "no answer to this question: grouped by team; limit 1000" in problem.sentence
    assert replaying.shown == 1_000


async def test_any_recorded_answer_can_be_chosen(replaying: Replaying) -> None:
    replaying.replay.jump()
    picker = replaying.view.dialogs[-1]
    assert isinstance(picker, RecordedPicker)
    await replaying.view.answer(next(one for one in replaying.source.answers.all if one.query == OTHER))
    await until(lambda: (shown := replaying.session.exploration.snapshot) and shown.query == OTHER)

    assert replaying.session.now() == MOMENT + 90.5


async def test_playing_shows_answer_after_answer_as_fast_as_chosen(replaying: Replaying) -> None:
    replaying.replay.play()
    replaying.replay.play()
    told = replaying.view.notice
    replaying.scheduler.pass_time(5.9)
    before = replaying.shown
    replaying.scheduler.pass_time(0.2)
    await replaying.shows(2_000)
    replaying.scheduler.pass_time(6.1)
    await replaying.shows(3_000)

    assert told == "Playing at 10x; the next answer comes in 6 s."
    assert before == 1_000
    assert replaying.view.notice == "This is the last recorded answer to this question."
    assert replaying.view.modes["replay"] == "REPLAY 3/3"


async def test_windows_of_a_schedule_are_stepped_through_in_their_order(tmp_path: Path) -> None:
    windows = [Window(MOMENT + 300 * number, MOMENT + 300 * (number + 1)) for number in (2, 0, 1)]
    exchanges = [
        an_exchange(
            query_for(Query(), window), MOMENT + 9_000 + at, a_body({"bytes_sent_by_client": window.end}), window=window
        )
        for at, window in enumerate(windows)
    ]
    source = ReplaySource(a_recording(tmp_path / "a.cnm", *exchanges))
    session = Session(
        Exploration(source.answers.first.replayed_query, refresh_seconds=None), lambda: source.moment, FakeScheduler()
    )
    view = FakeView(Services(no_keys, no_keys, replay=source))
    replay = ReplayFeature(session, view)
    seen = []
    session.answered.connect(lambda _before, answer: seen.append(answer.window))
    session.connect(source)
    for number in (1, 2, 3):
        await until(lambda number=number: len(seen) == number)  # type: ignore[misc]
        replay.step(1)

    assert seen == sorted(windows)
    assert view.modes["replay"] == "REPLAY 3/3"
    assert view.notice.startswith("This is the last of 3 recorded answers")
