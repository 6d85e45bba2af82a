"""Say why a row is ill, and ask the next question about it."""

from dataclasses import replace

from cnm_tui.core.connections import Connection
from cnm_tui.core.diagnosis.telling import finding_of
from cnm_tui.core.diagnosis.words import Explanation
from cnm_tui.core.errors import InvalidQuery
from cnm_tui.core.exploration.history import Cursor
from cnm_tui.core.filter.row_filter import RowFilter
from cnm_tui.core.navigation.drilling import drilled
from cnm_tui.core.snapshot import Snapshot
from cnm_tui.core.text import clean
from cnm_tui.core.time.moves import MOVES, snapped
from cnm_tui.tui.session import Session
from cnm_tui.tui.view import View


class DiagnosisFeature:
    """Opens the finding of a row; pressed again, it asks the finding's next question."""

    def __init__(self, session: Session, view: View) -> None:
        self._session = session
        self._view = view
        self._told: tuple[str, Snapshot] | None = None
        """The row whose finding was opened last, and its answer."""

    def why(self) -> None:
        """Open the finding of the row at the cursor; if it is open, ask its next question."""
        row, shown = self._view.row, self._session.exploration.snapshot
        if row is None or shown is None:
            self._view.say("There is no row to explain.")
            return
        found = finding_of(shown, row.id)
        if found is None:
            self._view.say("This row has no finding: it is not in this answer, or nothing judges such rows.")
        elif self._told == (row.id, shown):
            self._ask_next(found, shown, row)
        else:
            self._told = row.id, shown
            self._view.show_finding()
            asks = f"{found.rule.ask} {self._view.key('why')} again asks." if found.rule.ask else ""
            self._view.say(asks)

    def _ask_next(self, found: Explanation, shown: Snapshot, row: Connection) -> None:
        if self._session.exploration.answers_another_query:
            self._view.say("These rows belong to the previous question; the new ones are loading.")
        elif found.found.code == "too_little":
            now = self._session.now()
            widened = MOVES["zoomed_out"]
            self._session.ask_changed(
                lambda query: replace(query, time_range=snapped(widened(query.time_range, now), now))
            )
        elif fields := self._fields(found, shown):
            self._drill(shown, row, fields)
        else:
            self._view.say("There is no further question about this finding.")

    @staticmethod
    def _fields(found: Explanation, shown: Snapshot) -> tuple[str, ...]:
        """Return the fields that answer the next question, without those that the rows have already."""
        further = tuple(field for field in found.rule.ask_by if field not in shown.query.group_bys)
        return further if found.found.code != "healthy" else ()

    def _drill(self, shown: Snapshot, row: Connection, fields: tuple[str, ...]) -> None:
        try:
            query = drilled(shown, [row], fields)
        except InvalidQuery as refusal:
            self._view.say(refusal.sentence)
            return
        arrangement = replace(self._session.exploration.arrangement, row_filter=RowFilter(""))
        if self._session.open(lambda _query: query, arrangement, lambda _answer: Cursor()):
            back = self._view.key("go_back")
            self._view.say(f"The connections of this row by {clean(', '.join(fields))}; {back} goes back.")
