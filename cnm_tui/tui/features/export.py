"""Write the displayed rows to a file."""

from cnm_tui.tui.dialogs.write_dialog import WriteDialog
from cnm_tui.tui.session import Session
from cnm_tui.tui.view import View


class ExportFeature:
    """Writes the displayed rows to a file."""

    def __init__(self, session: Session, view: View) -> None:
        self._session = session
        self._view = view

    def write(self) -> None:
        """Open a dialog in which the user chooses a format and a file name, then write all displayed rows."""
        if table := self._session.exploration.table:
            session = self._session
            dialog = WriteDialog(table, session.label, session.holds_own_key, about_file=session.about_file)
            self._view.ask(dialog, self._say_written)
        else:
            self._view.say("There are no rows to write.")

    def _say_written(self, said: str | None) -> None:
        if said is not None:
            self._view.say(said)
