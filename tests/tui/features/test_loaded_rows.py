"""Test how loaded rows are sorted, marked and followed, and how columns are changed, without a Textual app."""

from cnm_tui.core.exploration.exploration import Exploration
from cnm_tui.tui.dialogs.column_picker import ColumnChoice
from cnm_tui.tui.features.columns import ColumnsFeature
from cnm_tui.tui.features.marks import MarksFeature
from cnm_tui.tui.features.sorting import SortingFeature
from cnm_tui.tui.session import Session
from tests.builders import a_connection, a_snapshot
from tests.tui.fake_view import FakeView, a_sitting

ANSWER = a_snapshot(a_connection("1"), a_connection("2", (("mail",), ("store",))))


def at_rows(column: str | None = "retransmits") -> tuple[Session, FakeView]:
    """Return a session, and its fake screen with the cursor in this column of the first row."""
    session, view, _ = a_sitting(Exploration(ANSWER.query, refresh_seconds=None).received(ANSWER))
    view.row, view.column = ANSWER.connections[0], column
    return session, view


def sorted_by(session: Session) -> list[str]:
    """Return the column keys of the columns by which the rows are sorted, most important column first."""
    return [key.column for key in session.exploration.arrangement.sort]


def test_the_column_under_the_cursor_decides_and_those_before_where_it_ties() -> None:
    session, view = at_rows()
    sorting = SortingFeature(session, view)
    before = sorted_by(session)

    sorting.sort()
    decides = sorted_by(session)
    sorting.sort_only()

    assert decides == ["retransmits", *before]
    assert sorted_by(session) == ["retransmits"]


def test_a_sort_can_be_flipped_and_each_says_what_orders_the_rows() -> None:
    session, view = at_rows()
    sorting = SortingFeature(session, view)
    sorting.sort_by("total_bytes")
    first = session.exploration.arrangement.sort[0]

    sorting.flip()

    assert session.exploration.arrangement.sort[0] == first.flipped()
    assert len(view.said) == 2
    assert all(view.said)


def test_without_a_column_nothing_is_sorted() -> None:
    session, view = at_rows(None)
    before = session.exploration
    sorting = SortingFeature(session, view)

    sorting.sort()
    sorting.sort_only()

    assert session.exploration is before


def test_a_row_is_marked_and_the_mark_taken_away() -> None:
    session, view = at_rows()
    marks = MarksFeature(session, view)

    marks.toggle()
    marked = session.exploration.marked
    marks.unmark_all()
    marks.unmark_all()

    assert (marked, session.exploration.marked) == (frozenset({"1"}), frozenset())
    assert view.said == ["1 mark taken away.", "Nothing is marked."]


def test_a_row_is_followed_until_the_key_is_pressed_again() -> None:
    session, view = at_rows()
    marks = MarksFeature(session, view)

    marks.follow()
    followed = view.followed
    marks.follow()
    view.row = None
    marks.follow()

    assert (followed, view.followed) == (ANSWER.connections[0], None)
    assert view.said == [
        "A move of the cursor, or F, ends it.",
        "No longer following: a sort or a filter shows the first row again.",
        "There is no row to follow.",
    ]


async def test_columns_are_shown_as_chosen_and_stay_when_the_dialog_is_cancelled() -> None:
    session, view = at_rows()

    ColumnsFeature(session, view).pick()
    await view.answer(None)
    before = session.exploration.arrangement.columns
    await view.answer(ColumnChoice(("retransmits", "total_bytes"), ()))

    assert before == ()
    assert session.exploration.arrangement.columns == ("retransmits", "total_bytes")
