"""Test the comparison of the rows with an earlier answer, without a Textual app."""

from dataclasses import replace
from pathlib import Path

from cnm_tui.core.errors import Unreachable
from cnm_tui.core.exploration.baselines import Candidate, query_for
from cnm_tui.core.exploration.exploration import Exploration
from cnm_tui.core.metrics.metric import ChangeForm
from cnm_tui.core.query import Query
from cnm_tui.core.snapshot import Snapshot
from cnm_tui.core.time.time_range import Window
from cnm_tui.replay import KeptHistory
from cnm_tui.tui.dialogs.compare_picker import ComparePicker, PickedBaseline
from cnm_tui.tui.features.compare import BASELINE, CompareFeature
from cnm_tui.tui.session import Session
from tests.builders import MOMENT, FakeSource, a_connection, a_snapshot
from tests.recordings import a_recording, an_exchange
from tests.tui.fake_view import FakeView, a_sitting
from tests.tui.scheduling import all_that_runs, until

NOW = a_snapshot(a_connection("row", bytes_sent_by_client=2_000))
WINDOW = Window(MOMENT - 1_800, MOMENT - 900)
BEFORE = a_snapshot(a_connection("row", bytes_sent_by_client=1_000), window=WINDOW, fetched_at=MOMENT - 900)
TO_BE_ASKED = PickedBaseline(Candidate("previous window", WINDOW, None))
AT_HAND = PickedBaseline(Candidate("answer", WINDOW, BEFORE))


def shown(source: FakeSource, answer: Snapshot = NOW) -> tuple[CompareFeature, Session, FakeView]:
    """Return the compare feature, a session that shows this answer, and the fake screen."""
    session, view, _ = a_sitting(Exploration(answer.query, refresh_seconds=None).received(answer))
    session.requests.connect(source)
    return CompareFeature(session, view), session, view


async def test_what_is_at_hand_takes_no_request() -> None:
    source = FakeSource()
    compare, session, view = shown(source)

    compare.choose()
    await view.answer(AT_HAND)
    await until(lambda: session.exploration.baseline)

    assert isinstance(view.dialogs[0], ComparePicker)
    assert source.asked == []
    assert view.notice.endswith("Compared with 03-01 09:30–09:45Z.")


async def test_another_window_is_asked_for_once_beside_the_rows() -> None:
    source = FakeSource()
    compare, session, view = shown(source)

    compare.choose()
    await view.answer(TO_BE_ASKED)
    await all_that_runs()
    await view.answer(TO_BE_ASKED)
    already = view.notice
    source.answer(BEFORE)
    await until(lambda: session.exploration.baseline)

    assert already == "Already asked; waiting for the answer."
    assert [query.time_range.window(MOMENT) for query in source.asked] == [WINDOW]


async def test_what_does_not_come_is_not_compared() -> None:
    compare, session, view = shown(FakeSource(Unreachable("No answer.", hint="")))

    compare.choose()
    await view.answer(TO_BE_ASKED)
    await until(lambda: view.notice.startswith("Not compared."))

    assert (session.exploration.baseline, session.exploration.problem) == (None, None)


async def test_a_comparison_can_be_ended_and_one_under_way_given_up() -> None:
    source = FakeSource()
    compare, session, view = shown(source)
    compare.choose()
    await view.answer(AT_HAND)
    await until(lambda: session.exploration.baseline)
    await view.answer(TO_BE_ASKED)
    await all_that_runs()

    await view.answer(PickedBaseline(None))
    await all_that_runs()

    assert (session.exploration.baseline, source.waiting) == (None, 0)
    assert view.notice == "The comparison is off."
    assert not session.requests.is_running(BASELINE)


async def test_rows_of_another_question_end_a_comparison_with_a_sentence() -> None:
    by_team = Query(group_bys=("client_team",))
    source = FakeSource(a_snapshot(a_connection("team", (("x",),)), query=by_team))
    compare, session, view = shown(source)
    compare.choose()
    await view.answer(AT_HAND)
    await until(lambda: session.exploration.baseline)

    session.ask_changed(lambda _query: by_team)
    await until(lambda: "The comparison ended" in view.notice)

    assert view.notice == "The comparison ended: this question has other rows; m compares."


async def test_changes_are_told_in_each_form_in_turn() -> None:
    compare, session, view = shown(FakeSource())
    compare.choose()
    await view.answer(AT_HAND)
    await until(lambda: session.exploration.baseline)
    forms = list[ChangeForm]()

    for _ in ChangeForm:
        compare.flip_changes()
        forms.append(session.exploration.arrangement.change_form)

    assert set(forms) == set(ChangeForm)


async def test_without_an_answer_or_a_comparison_that_is_said() -> None:
    compare, session, view = shown(FakeSource())
    compare.flip_changes()
    session.update(lambda exploration: replace(exploration, table=None))

    compare.choose()

    assert view.said == ["Nothing is compared; m compares.", "There is no answer to compare yet."]
    assert view.dialogs == []


async def test_what_a_file_keeps_is_offered_and_compared_without_a_request(tmp_path: Path) -> None:
    before = NOW.window.end - 6 * 7 * 86_400
    window = Window(before - 900, before)
    query = query_for(NOW.query, window)
    history = KeptHistory(
        a_recording(tmp_path / "a.cnm", an_exchange(query, before + 60, window=window)), lambda: "datadoghq.eu"
    )
    source = FakeSource()
    compare, session, view = shown(source)
    view.services = view.services._replace(history=lambda: history)

    compare.choose()
    await until(lambda: view.dialogs)
    await view.answer(PickedBaseline(Candidate("same weekday, 6 weeks ago", window, None, is_kept=True)))
    await until(lambda: session.exploration.baseline)

    assert source.asked == []
    assert session.exploration.baseline is not None
    assert session.exploration.baseline.window == window
