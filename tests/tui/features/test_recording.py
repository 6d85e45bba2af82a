"""Test that a recording contains the answers from one key press to the next, and that an error is reported only
once.
"""

import os
from contextlib import closing
from pathlib import Path

from cnm_tui.core.exploration.exploration import Exploration
from cnm_tui.core.query import Query
from cnm_tui.store.recording import Recording
from cnm_tui.store.recording_keeper import RecordingKeeper
from cnm_tui.tui.dialogs.record_dialog import RecordDialog
from cnm_tui.tui.features.recording import RecordingFeature
from cnm_tui.tui.services import Services
from cnm_tui.tui.session import Session
from tests.builders import MOMENT
from tests.recordings import an_exchange
from tests.tui.fake_view import FakeView, no_keys
from tests.tui.scheduling import FakeScheduler, until


def recording(keeper: RecordingKeeper) -> tuple[RecordingFeature, Session, FakeView]:
    session = Session(Exploration(Query()), lambda: MOMENT, FakeScheduler())
    view = FakeView(Services(no_keys, no_keys, recorder=lambda: keeper))
    return RecordingFeature(session, view), session, view


async def test_a_recording_is_shown_until_it_is_stopped(tmp_path: Path) -> None:
    keeper, path = RecordingKeeper(), tmp_path / "a.cnm"
    feature, _, view = recording(keeper)

    feature.toggle()
    assert isinstance(view.dialogs[0], RecordDialog)
    keeper.start(path)
    await view.answer(path)
    shown = view.modes["recording"]
    keeper.keep("DEMO", an_exchange())
    feature.toggle()
    await until(lambda: view.notice.startswith("Recording ended"))

    assert (shown, view.modes["recording"]) == ("RECORDING", "")
    assert view.notice == f"Recording ended: 1 answer in {path}."
    with closing(Recording(path)) as recorded:
        assert len(recorded.answers) == 1


async def test_a_failure_ends_the_recording_and_is_told(tmp_path: Path) -> None:
    keeper = RecordingKeeper()
    keeper.start(tmp_path / "a.cnm")
    _, session, view = recording(keeper)
    assert keeper._recorder is not None
    keeper._recorder._connection.execute("PRAGMA max_page_count = 1")

    keeper.keep("DEMO", an_exchange(body=os.urandom(50_000)))
    session.update(lambda exploration: exploration.queued(exploration.query))

    assert "answers until now are safe" in view.notice
    assert view.modes["recording"] == ""
