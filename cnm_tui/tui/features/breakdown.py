"""Define the feature that counts the loaded rows by the values of a column."""

from cnm_tui.core.errors import InvalidQuery
from cnm_tui.core.filter.row_filter import parsed_filter
from cnm_tui.tui.dialogs.breakdown import BreakdownDialog
from cnm_tui.tui.session import Session
from cnm_tui.tui.view import View


class BreakdownFeature:
    """Counts the rows by the values of a column, and filters the rows by a value that the user chooses."""

    def __init__(self, session: Session, view: View) -> None:
        self._session = session
        self._view = view

    def open(self) -> None:
        """Open the dialog that counts the visible rows by the values of the column at the cursor."""
        exploration, key = self._session.exploration, self._view.column
        column = next((column for column in exploration.columns if column.key == key), None)
        if exploration.table and column is not None:
            self._view.ask(BreakdownDialog(exploration.table, column), self._filter_besides)
        elif key is not None and self._session.exploration.query.endpoint.of_comparison(key):
            shows = f"{self._view.key('flip_changes')} shows the figures"
            self._view.say(f"Changes have no breakdown: move to a group or a figure; {shows}.")
        else:
            self._view.say("There are no rows to break down.")

    def _filter_besides(self, term: str | None) -> None:
        """Add the condition `term` to the filter of the rows. Do nothing if `term` is None."""
        if term is None:
            return
        try:
            exploration = self._session.exploration
            row_filter = parsed_filter(f"{exploration.arrangement.row_filter.text} {term}", exploration.query.endpoint)
        except InvalidQuery as refusal:
            self._view.say(refusal.sentence)
            return
        self._session.update(lambda exploration: exploration.filtered(row_filter))
        self._view.show_filter(row_filter.text)
