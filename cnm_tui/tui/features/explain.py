"""Find the tag values that explain why a metric of the chosen rows or of the whole query is bad."""

from collections.abc import Mapping, Sequence
from dataclasses import replace
from functools import partial
from typing import Final

from cnm_tui.core.connections import Connection
from cnm_tui.core.errors import CnmError, InvalidQuery
from cnm_tui.core.explain.candidates import resolved_by
from cnm_tui.core.explain.investigation import Explanation, Investigation, Scope, drill_query, fields_for
from cnm_tui.core.explain.measure import Measure
from cnm_tui.core.explain.ranking import Value
from cnm_tui.core.explain.subject import chosen_subject, found_subjects
from cnm_tui.core.explain.words import cost_sentence
from cnm_tui.core.exploration.selection import chosen_connections
from cnm_tui.core.navigation.drilling import fixed_fields
from cnm_tui.core.query import Query
from cnm_tui.core.snapshot import Snapshot
from cnm_tui.core.text import clean
from cnm_tui.core.units import plural
from cnm_tui.daemon import in_daemon_thread
from cnm_tui.tui.dialogs.explain_dialog import ExplainDialog, Steps
from cnm_tui.tui.requests import Priority, Purpose
from cnm_tui.tui.session import Session
from cnm_tui.tui.view import View

EXPLANATION: Final = Purpose("explanation")


class ExplainFeature:
    """Runs the same query grouped by other fields, and shows which values of these fields explain the metric."""

    def __init__(self, session: Session, view: View) -> None:
        self._session = session
        self._view = view

    def open(self) -> None:
        """Open a dialog that shows how many requests are needed to explain the metric at the cursor."""
        exploration = self._session.exploration
        shown = exploration.snapshot
        if shown is None or exploration.answers_another_query:
            self._view.say("There are no rows to explain yet.")
            return
        if self._session.together:
            # Each of its questions groups by another field, and not by the profile.
            self._view.say(f"The rows of one profile can be explained: {self._view.key('pick_profile')} chooses one.")
            return
        rows = chosen_connections(exploration, self._view.row)
        ids = [row.id for row in rows]
        subject = chosen_subject(shown.answer, self._view.column, ids, exploration.arrangement.sort)
        if subject is None:
            self._view.say(
                "Nothing is wrong here. Move to a figure of which more is worse, such as "
                f"{shown.endpoint.examples.worse}, to explain it."
            )
            return
        chosen = rows if subject.of_rows else ()
        _Talk(self._session, self._view, Measure(subject.metric), shown.answer, chosen).open()


class _Talk:
    """Controls one dialog that explains a metric. It runs the dialog's queries.

    At the end, it searches for the tag value that the user chose in the dialog.
    """

    def __init__(
        self, session: Session, view: View, measure: Measure, shown: Snapshot, rows: Sequence[Connection]
    ) -> None:
        self._session = session
        self._view = view
        self._measure = measure
        self._shown = shown
        self._rows = rows
        self._known: Mapping[str, float] | None = None
        self._seen: dict[str, float] = {}
        self._investigation: Investigation | None = None
        self._found = found_subjects(shown)
        steps = Steps(self._plan, self._choose, self._ask, self._give_up)
        named = [f"{one.title}: {_row_text(shown.connections[one.position])}" for one in self._found]
        self._dialog = ExplainDialog(steps, named, has_rows=bool(rows))

    def open(self) -> None:
        self._view.ask(self._dialog, self._leave)

    # Questions

    def _plan(self, whole: bool) -> None:
        self._session.requests.run(EXPLANATION, partial(self._prepare, whole))

    def _choose(self, number: int) -> None:
        """Plan to explain the problem at this position of the list of problems.

        The row that this problem affects most is used as the example, and the cursor moves to that row.
        """
        chosen = self._found[number]
        row = self._shown.connections[chosen.position]
        self._measure, self._rows = Measure(chosen.metric), [row]
        # After the dialog, one key says why that row is ill.
        self._view.move_to(self._view.cursor._replace(connection_id=row.id))
        self._plan(whole=False)

    async def _prepare(self, whole: bool) -> None:
        if self._known is None:
            recall = self._view.services.recall_resolved
            self._known = await in_daemon_thread(partial(recall, self._session.profile))
        query = self._session.exploration.query
        rows = None if whole else (self._shown, self._rows)
        fixed = fixed_fields(query)
        fields = fields_for(self._measure, query, self._known, fixed, of_rows=not whole)
        try:
            self._investigation = Investigation(self._measure, query, self._shown.window, fields, rows)
        except InvalidQuery as refusal:
            self._dialog.show_refusal(refusal.sentence)
            return
        cost = cost_sentence(self._investigation.cost, fields, self._session.budget)
        self._dialog.show_plan(self._subject(whole), f"Takes {cost}")

    def _subject(self, whole: bool) -> str:
        of = "the whole question"
        if not whole:
            of = plural(len(self._rows), "marked row") if len(self._rows) > 1 else _row_text(self._rows[0])
        return f"Which values of other fields explain the {self._measure.noun} of {of}?"

    def _ask(self) -> None:
        if not self._session.may_ask_besides("enter"):
            self._show_result(self._view.notice)
            return
        self._session.requests.run(EXPLANATION, self._fetch)

    async def _fetch(self) -> None:
        investigation = self._investigation
        assert investigation is not None, "asked before it was planned"
        while (query := investigation.question) is not None:
            by = ", ".join(map(clean, query.group_bys))
            self._dialog.show_progress(f"{investigation.asked + 1} of {_number(investigation)}: by {by} …")
            try:
                answer = await self._session.fetch_besides(EXPLANATION, query, Priority.BACKGROUND)
            except CnmError as problem:
                self._show_result(problem.sentence)
                return
            self._note(query, answer)
            # In a thread: summing thousands of rows would block the keyboard.
            await in_daemon_thread(partial(investigation.on_answer, answer))
        self._show_result()

    def _note(self, query: Query, answer: Snapshot) -> None:
        # A cut answer, or one about a part of the question, does not tell what the others have.
        if not answer.cut and query.search == self._session.exploration.query.search:
            self._seen.update(resolved_by(answer))

    def _give_up(self) -> None:
        self._session.requests.cancel(EXPLANATION)
        self._show_result()

    def _show_result(self, problem: str = "") -> None:
        if self._investigation is not None and self._dialog.is_attached:
            self._dialog.show_result(self._investigation.explanation(), problem)

    # The chosen value

    def _leave(self, value: Value | None) -> None:
        self._session.requests.cancel(EXPLANATION)
        if self._seen:
            remember = self._view.services.remember_resolved
            self._session.scheduler.start_work(
                partial(in_daemon_thread, partial(remember, self._session.profile, self._seen))
            )
        if value is not None and self._investigation is not None:
            self._search_for(value, self._investigation.explanation())

    def _search_for(self, value: Value, explained: Explanation) -> None:
        query = self._session.exploration.query
        # Parts of the rows are searched for within the rows, values that they share in the whole question.
        within = explained.query if explained.scope is Scope.ROWS else query
        try:
            found = drill_query(within, value)
        except InvalidQuery as refusal:
            self._view.say(refusal.sentence)
            return
        self._session.ask_changed(lambda query: replace(query, search=found.search, tags=()))


def _row_text(row: Connection) -> str:
    return clean(" → ".join(row.group_text(at) for at in range(len(row.groups))) or row.id, 120)


def _number(investigation: Investigation) -> str:
    cost = investigation.cost
    return f"{cost.least}" if cost.least == cost.most else f"{cost.least} to {cost.most}"
