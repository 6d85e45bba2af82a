"""Run the user's own programs with the values of the row at the cursor."""

import os
import shutil
from functools import partial
from typing import Final

from cnm_tui.core.row_commands import Offer, offers
from cnm_tui.core.row_values import values_of
from cnm_tui.daemon import in_daemon_thread
from cnm_tui.store.row_program import run_in_background, run_on_terminal
from cnm_tui.tui.dialogs.program_picker import ConfirmProgram, ProgramPicker
from cnm_tui.tui.dialogs.program_run import ProgramRun
from cnm_tui.tui.session import Session
from cnm_tui.tui.view import View

_LONGEST_SHOWN: Final = 300
"""Characters of a command line that the list always shows whole."""


class ProgramsFeature:
    """Lists the commands that fit the row, shows each command in full length, and runs the chosen command."""

    def __init__(self, session: Session, view: View) -> None:
        self._session = session
        self._view = view

    def choose(self, name: str = "") -> None:
        """Open a dialog in which the user chooses a command for the row.

        The command called `name` is selected first.
        """
        row, shown = self._view.row, self._session.exploration.snapshot
        if row is None or shown is None:
            self._view.say("There is no row to run a command on.")
            return
        own = self._view.settings.commands
        found = [
            one
            for one in offers(own, values_of(row, shown.query), lambda program: shutil.which(program) is not None)
            if not one.why_not or one.name in own
        ]
        if found:
            self._view.ask(ProgramPicker(found, name), self._confirm)
        else:
            groups = self._view.key("pick_group_bys")
            self._view.say(f"No command fits this row: group by an IP address, host, domain or pod ({groups}).")

    def _confirm(self, offer: Offer | None) -> None:
        if offer is None:
            return
        if offer.command.confirm or len(offer.line) > _LONGEST_SHOWN:
            self._view.ask(ConfirmProgram(offer), lambda runs: self._run(offer) if runs else None)
        else:
            self._run(offer)

    def _run(self, offer: Offer) -> None:
        if offer.command.output == "terminal":
            self._session.scheduler.start_work(partial(self._run_on_terminal, offer))
        else:
            self._view.ask(ProgramRun(offer, partial(run_in_background, offer.words, os.environ)), self._copy)

    def _copy(self, lines: list[str] | None) -> None:
        if lines:
            self._view.copy(lines, "line")

    async def _run_on_terminal(self, offer: Offer) -> None:
        with self._view.terminal.lent_terminal(offer.line) as is_lent:
            if not is_lent:
                self._view.say("Not run: the command needs the terminal, which is not available here.")
                return
            said = await in_daemon_thread(partial(run_on_terminal, offer.words, os.environ))
        self._view.say(f"{offer.name}: {said}")
