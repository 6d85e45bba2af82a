"""Test how external programs are run for a row, without a Textual app."""

import sys

from cnm_tui.core.exploration.exploration import Exploration
from cnm_tui.core.query import Query
from cnm_tui.core.row_commands import RowCommand
from cnm_tui.core.settings import Settings
from cnm_tui.tui.dialogs.program_picker import ConfirmProgram, ProgramPicker
from cnm_tui.tui.dialogs.program_run import ProgramRun
from cnm_tui.tui.features.programs import ProgramsFeature
from tests.builders import a_connection, a_snapshot
from tests.tui.fake_view import FakeView, a_sitting

QUERY = Query(group_bys=("client_service", "server_ip"))


def chosen(**commands: RowCommand) -> FakeView:
    """Open the list of these user-defined commands for a row, and return the fake screen."""
    row = a_connection(groups=(("web",), ("10.0.0.1",)))
    session, view, _ = a_sitting(Exploration(QUERY, refresh_seconds=None).received(a_snapshot(row, query=QUERY)))
    view.row, view.settings = row, Settings(commands=commands)
    ProgramsFeature(session, view).choose()
    return view


async def test_a_chosen_command_runs_as_it_was_shown() -> None:
    view = chosen(show=RowCommand((sys.executable, "{server_ip}")))
    picker = view.dialogs[0]
    assert isinstance(picker, ProgramPicker)

    await view.answer(picker._offered[0])

    assert isinstance(view.dialogs[1], ProgramRun)
    assert view.dialogs[1]._offer.words == (sys.executable, "10.0.0.1")


async def test_a_command_that_wants_it_is_confirmed_first() -> None:
    view = chosen(show=RowCommand((sys.executable, "{server_ip}"), confirm=True))
    picker = view.dialogs[0]
    assert isinstance(picker, ProgramPicker)

    await view.answer(picker._offered[0])
    await view.answer(False)

    assert [type(dialog) for dialog in view.dialogs] == [ProgramPicker, ConfirmProgram]


def test_without_a_row_that_is_said() -> None:
    session, view, _ = a_sitting()

    ProgramsFeature(session, view).choose()

    assert view.said == ["There is no row to run a command on."]
