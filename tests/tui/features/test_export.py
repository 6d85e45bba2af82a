"""Test the export of rows to a file, without a Textual app."""

from cnm_tui.core.exploration.exploration import Exploration
from cnm_tui.tui.dialogs.write_dialog import WriteDialog
from cnm_tui.tui.features.export import ExportFeature
from tests.builders import a_connection, a_snapshot
from tests.tui.fake_view import a_sitting

ONE = a_snapshot(a_connection())


def test_without_rows_there_is_nothing_to_write() -> None:
    session, view, _ = a_sitting(Exploration(ONE.query, refresh_seconds=None).received(a_snapshot()))

    ExportFeature(session, view).write()

    assert (view.dialogs, view.said) == ([], ["There are no rows to write."])


async def test_what_was_written_is_said_and_nothing_if_nothing_was() -> None:
    session, view, _ = a_sitting(Exploration(ONE.query, refresh_seconds=None).received(ONE))
    ExportFeature(session, view).write()

    await view.answer(None)
    before = view.notice
    await view.answer("1 row written.")

    assert isinstance(view.dialogs[0], WriteDialog)
    assert (before, view.notice) == ("", "1 row written.")
