"""Test commands for columns and rows, without a Textual app.

The commands hide columns in which all rows are equal, mark all rows, and move the cursor to the next row that
changed in a comparison.
"""

import pytest

from cnm_tui.core.endpoint import CONNECTIONS
from cnm_tui.core.exploration.exploration import Exploration
from cnm_tui.core.export.rows import export
from cnm_tui.core.filter.row_filter import parsed_filter
from cnm_tui.core.query import Query
from cnm_tui.core.snapshot import Snapshot
from cnm_tui.tui.features.columns import ColumnsFeature
from cnm_tui.tui.features.compare import CompareFeature
from cnm_tui.tui.features.marks import MarksFeature
from cnm_tui.tui.session import Session
from tests.builders import MOMENT, a_connection, a_snapshot
from tests.tui.fake_view import FakeView, a_sitting


def answer(*resets: int, at: float = MOMENT) -> Snapshot:
    """Return an answer with one row for each of these numbers. Each number is the TCP resets of the row."""
    rows = (
        a_connection(f"{n}", ((f"web{n}",), ("store",)), tcp_resets=one, bytes_sent_by_client=9 - n)
        for n, one in enumerate(resets)
    )
    return a_snapshot(*rows, fetched_at=at)


def shown(snapshot: Snapshot) -> tuple[Session, FakeView]:
    """Return a session that shows this answer, and the fake screen of the session."""
    session, view, _ = a_sitting(Exploration(Query(), refresh_seconds=None).received(snapshot))
    return session, view


def keys(session: Session) -> set[str]:
    """Return the column keys of the displayed columns."""
    return {column.key for column in session.exploration.columns}


def test_figures_in_which_all_rows_agree_are_hidden_with_their_values_and_come_back() -> None:
    session, view = shown(answer(3, 3))
    columns = ColumnsFeature(session, view)
    before = keys(session)

    columns.hide_agreed()
    hidden = before - keys(session)
    said = view.notice
    columns.hide_agreed()

    assert {"tcp_resets", "tcp_timeouts"} <= hidden
    assert not {"total_bytes", "bytes_sent_by_client"} & hidden
    assert "RESETS 3" in said
    assert "server_service store" in said
    assert "server_service" in hidden
    assert "client_service" not in hidden
    assert keys(session) == before


def test_a_hidden_figure_is_shown_again_once_rows_differ_in_it() -> None:
    session, view = shown(answer(3, 3))
    ColumnsFeature(session, view).hide_agreed()
    before, later = session.exploration, answer(3, 4, at=MOMENT + 60)

    session.update(lambda exploration: exploration.received(later))
    session.answered.emit(before, later)

    assert "tcp_resets" in keys(session)
    assert view.notice == "Shown again, as rows differ now: RESETS."


def test_a_hidden_group_is_shown_again_once_a_filter_is_cleared() -> None:
    rows = [a_connection(f"{n}", ((f"web{n}",), (server,))) for n, server in enumerate(("store", "store", "cache"))]
    session, view, scheduler = a_sitting(Exploration(Query(), refresh_seconds=None).received(a_snapshot(*rows)))
    columns = ColumnsFeature(session, view)
    session.update(lambda exploration: exploration.filtered(parsed_filter("store", CONNECTIONS)))
    columns.hide_agreed()
    hidden = keys(session)

    session.update(lambda exploration: exploration.filtered(parsed_filter("", CONNECTIONS)))
    scheduler.pass_time(1)

    assert "server_service" not in hidden
    assert {"client_service", "server_service"} <= keys(session)
    assert view.notice == "Shown again, as rows differ now: server_service."


def test_one_group_stays_to_name_the_rows() -> None:
    same = a_connection("0", (("web",), ("store",)))
    session, view = shown(a_snapshot(same, same._replace(id="1")))

    ColumnsFeature(session, view).hide_agreed()

    assert [column.key for column in session.exploration.columns if column.is_group] == ["client_service"]


@pytest.mark.parametrize("form", ["csv", "json", "markdown", "table"])
def test_files_keep_the_hidden_groups(form: str) -> None:
    session, view = shown(answer(3, 3))
    ColumnsFeature(session, view).hide_agreed()
    table = session.exploration.table
    assert table is not None

    written = b"".join(export(table, form, source="TEST")).decode().replace("\\", "")

    assert written.count("store") >= 2
    assert "server_service" in written


def test_what_differs_stays() -> None:
    session, view = shown(answer(1))

    ColumnsFeature(session, view).hide_agreed()

    assert view.notice.startswith("The rows shown differ in every column, or are fewer than two.")


@pytest.mark.parametrize(("text", "marked"), [("", {"0", "1", "2"}), ("web1", {"1", "2"})])
def test_all_rows_shown_are_marked_besides_those_that_are_and_unmarked_again(text: str, marked: set[str]) -> None:
    session, view = shown(answer(1, 2, 3))
    session.update(lambda exploration: exploration.toggled_mark("2").filtered(parsed_filter(text, CONNECTIONS)))
    marks = MarksFeature(session, view)

    marks.toggle_shown()
    first = set(session.exploration.marked)
    marks.toggle_shown()

    assert first == marked
    assert session.exploration.marked == (frozenset({"2"}) if text else frozenset())


@pytest.mark.parametrize(
    ("text", "said"),
    [("", "The row shown marked; 1 mark."), ("web0", "The row shown that matches the filter marked; 1 mark.")],
)
def test_a_single_row_marked_is_told_as_one(text: str, said: str) -> None:
    session, view = shown(answer(1))
    session.update(lambda exploration: exploration.filtered(parsed_filter(text, CONNECTIONS)))

    MarksFeature(session, view).toggle_shown()

    assert view.notice == said


def test_without_rows_nothing_is_marked() -> None:
    session, view = shown(answer())

    MarksFeature(session, view).toggle_shown()

    assert view.notice == "There is no row to mark."


def test_one_goes_from_difference_to_difference_and_around() -> None:
    session, view = shown(answer(0, 0, 0, 0))
    gone = answer(0, 0, at=MOMENT - 900)
    session.update(lambda exploration: exploration.comparing_with(gone))
    compare = CompareFeature(session, view)
    assert session.exploration.snapshot is not None
    rows = session.exploration.snapshot.connections
    view.row = rows[0]

    seen = []
    for step in (1, 1, 1, -1):
        compare.go_to_difference(step)
        seen.append(view.cursor.connection_id)
        view.row = rows[int(view.cursor.connection_id or 0)]

    assert seen == ["2", "3", "2", "3"]
    assert view.said[-4].startswith("New: row 3 of 4.")
    assert view.said[-2].endswith("Continued from the other end.")


def test_without_a_comparison_there_is_no_difference() -> None:
    session, view = shown(answer(1))

    CompareFeature(session, view).go_to_difference(1)

    assert view.notice == "Nothing is compared; m compares."
