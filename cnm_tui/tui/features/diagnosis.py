"""Explain what is wrong with a row, and run the next query that investigates the problem."""

from dataclasses import replace
from typing import Final, NamedTuple

from cnm_tui.core.connections import Connection
from cnm_tui.core.diagnosis.telling import finding_of
from cnm_tui.core.errors import InvalidQuery
from cnm_tui.core.exploration.history import Cursor
from cnm_tui.core.filter.row_filter import RowFilter
from cnm_tui.core.findings.rule import Question, Way
from cnm_tui.core.metrics.extra import FINDING
from cnm_tui.core.navigation.drilling import drilled
from cnm_tui.core.query import Query
from cnm_tui.core.snapshot import Snapshot
from cnm_tui.core.text import clean
from cnm_tui.tui.session import Session
from cnm_tui.tui.view import View
from cnm_tui.tui.widgets.detail_finding import ANSWERED_BY

_COSTS: Final = {
    Way.COMPARE: "1 request at most",
    Way.OTHER_WAY: "1 request at most",
    Way.TIMELINE: "the cost comes first",
    Way.EXPLAIN: "the cost comes first",
}
"""The cost of a question in words; others are one request."""


class _Asked(NamedTuple):
    """A record of the suggested queries about one row that the user has already run."""

    connection_id: str = ""
    query: Query | None = None
    ways: frozenset[Way] = frozenset()


class DiagnosisFeature:
    """Shows the finding of a row, which explains what is wrong with the row.

    If the user presses the same keyboard key again, the next query that the finding suggests is run.
    """

    def __init__(self, session: Session, view: View) -> None:
        self._session = session
        self._view = view
        self._asked = _Asked()

    async def why(self) -> None:
        """Show what is wrong with the row at the cursor.

        If this is displayed already, run the next query that is suggested to investigate the problem.
        """
        row, shown = self._view.row, self._session.exploration.snapshot
        if row is None or shown is None:
            self._view.say("There is no row to explain.")
            return
        found = finding_of(shown, row.id)
        if found is None:
            self._view.say("This row has no finding: it is not in this answer, or nothing judges such rows.")
            return
        if self._asked[:2] != (row.id, shown.query):
            self._asked = _Asked(row.id, shown.query)
        open_questions = [question for question in found.questions if question.way not in self._asked.ways]
        if not self._view.shows_finding:
            self._view.show_finding()
            self._view.say(self._offer(open_questions[0]) if open_questions else "")
        elif self._session.exploration.answers_another_query:
            self._view.say("These rows belong to the previous question; the new ones are loading.")
        elif not open_questions:
            self._view.say("There is no further question about this finding.")
        else:
            question = open_questions[0]
            self._asked = self._asked._replace(ways=self._asked.ways | {question.way})
            await self._ask(question, shown, row)

    def _offer(self, question: Question) -> str:
        """Return a sentence that offers a suggested query.

        It contains the question in words, the keyboard key that runs the query, and the cost in requests.
        """
        cost = _COSTS.get(question.way, "1 request")
        remaining = self._session.budget.remaining
        left = "" if remaining is None else f", {remaining:,} left"
        return f"{question.text} {self._view.key('why')} again asks ({cost}{left})."

    async def _ask(self, question: Question, shown: Snapshot, row: Connection) -> None:
        if question.way is Way.FIELDS:
            self._drill(shown, row, question.by)
            return
        if question.way is Way.EXPLAIN:
            # The column at the cursor would choose another metric than that of the finding.
            self._view.move_to(self._view.cursor._replace(column=FINDING.key))
        await self._view.run(ANSWERED_BY[question.way])

    def _drill(self, shown: Snapshot, row: Connection, fields: tuple[str, ...]) -> None:
        try:
            query = drilled(shown, [row], fields)
        except InvalidQuery as refusal:
            self._view.say(refusal.sentence)
            return
        arrangement = replace(self._session.exploration.arrangement, row_filter=RowFilter(""))
        if self._session.open(lambda _query: query, arrangement, lambda _answer: Cursor()):
            back = self._view.key("go_back")
            self._view.say(
                f"The {query.endpoint.rows_noun} of this row by {clean(', '.join(fields))}; {back} goes back."
            )
