"""Test the explanation of a metric by tag values, without a Textual app."""

from cnm_tui.core.exploration.exploration import Exploration
from cnm_tui.core.query import Query
from cnm_tui.tui.features.explain import ExplainFeature
from tests.builders import a_connection, a_snapshot
from tests.tui.fake_view import a_sitting


def test_rows_of_several_profiles_are_refused_before_a_plan_is_shown() -> None:
    session, view, _ = a_sitting(Exploration(Query(), refresh_seconds=None).received(a_snapshot(a_connection())))
    session.together = ("a", "b")
    view.row, view.column = a_connection(), "rtt_micro_seconds"

    ExplainFeature(session, view).open()

    assert view.said == ["The rows of one profile can be explained: P chooses one."]
    assert view.dialogs == []
