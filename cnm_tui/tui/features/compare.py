"""Compare the rows with a baseline: an earlier response, or the response for another time window."""

from functools import partial
from typing import Final

from cnm_tui.core.compare.change_words import comparison_sentence, differences_sentence, has_differences, short_window
from cnm_tui.core.errors import CnmError
from cnm_tui.core.exploration.baselines import (
    Candidate,
    candidates,
    kept_candidates,
    query_for,
    recorded_candidates,
)
from cnm_tui.core.exploration.exploration import Exploration
from cnm_tui.core.exploration.history import Cursor
from cnm_tui.core.metrics.metric import ChangeForm
from cnm_tui.core.query import Query
from cnm_tui.core.snapshot import Snapshot
from cnm_tui.daemon import in_daemon_thread
from cnm_tui.tui.dialogs.compare_picker import ComparePicker, PickedBaseline
from cnm_tui.tui.requests import Purpose
from cnm_tui.tui.session import Session
from cnm_tui.tui.view import View

BASELINE: Final = Purpose("baseline")
"""Requests for rows to compare with."""
_DIFFERENCES: Final = ("new", "gone", "worse", "better")
_SENTENCES: Final = {
    ChangeForm.PERCENT: "Changes in percent beside the figures.",
    ChangeForm.CHANGE: "Changes beside the figures, in their units.",
    ChangeForm.ALONE: "Changes in percent, in place of the figures.",
    ChangeForm.UNTOLD: "Figures only, without changes.",
}


class CompareFeature:
    """Shows the rows compared with a baseline, which is an earlier response. A refresh does not change the baseline."""

    def __init__(self, session: Session, view: View) -> None:
        self._session = session
        self._view = view
        self._asked: Query | None = None
        """The query of a running request for a baseline."""
        session.answered.connect(self._on_answer)

    def choose(self) -> None:
        """Open a dialog in which the user chooses a baseline."""
        exploration = self._session.exploration
        shown = exploration.snapshot
        if shown is None or exploration.answers_another_query:
            self._view.say("There is no answer to compare yet.")
            return
        offered = candidates(exploration, self._session.now())
        services = self._view.services
        if services.replay is not None:
            recorded = services.replay.answers.to(self._session.as_asked(shown.query), self._session.now())
            offered = (*offered, *recorded_candidates(shown, recorded))
        if services.history is None:
            self._offer(shown, offered)
        else:
            self._session.requests.run(BASELINE, partial(self._offer_kept, shown, offered))

    async def _offer_kept(self, shown: Snapshot, offered: tuple[Candidate, ...]) -> None:
        """Offer the baselines in `offered`, and also the responses that the history file contains.

        The list of responses in the history file is read in a thread, because reading takes a moment.
        """
        history = self._view.services.history
        assert history is not None
        try:
            kept = await in_daemon_thread(lambda: kept_candidates(shown, history().covers))
        except CnmError as problem:
            self._view.say(problem.sentence)
            kept = ()
        self._offer(shown, (*offered, *kept))

    def _offer(self, shown: Snapshot, offered: tuple[Candidate, ...]) -> None:
        self._view.ask(ComparePicker(offered, shown.window, self._session.exploration.baseline), self._compare)

    def _compare(self, picked: PickedBaseline | None) -> None:
        if picked is None:
            return
        shown, requests = self._session.exploration.snapshot, self._session.requests
        if picked.candidate is None:
            requests.cancel(BASELINE)
            self._session.update(Exploration.without_comparison)
            self._view.say("The comparison is off.")
        elif picked.candidate.answer is not None:
            requests.run(BASELINE, partial(self._show, picked.candidate.answer, keep=False))
        elif shown is not None and picked.candidate.is_kept and self._view.services.history is not None:
            requests.run(BASELINE, partial(self._read, query_for(shown.query, picked.candidate.window)))
        elif shown is not None:
            self._ask(query_for(shown.query, picked.candidate.window))

    def _ask(self, query: Query) -> None:
        if query == self._asked:
            self._view.say("Already asked; waiting for the answer.")
        elif self._session.may_ask_besides(self._view.key("compare")):
            self._view.say("Loading the rows to compare with …")
            self._session.requests.run(BASELINE, partial(self._fetch, query))

    async def _read(self, query: Query) -> None:
        """Read the response to this query from the history file, and use the response as the baseline."""
        history = self._view.services.history
        assert history is not None
        try:
            baseline = await in_daemon_thread(lambda: history().answer(query))
        except CnmError as problem:
            self._view.say(f"Not compared. {problem.sentence}")
            return
        await self._show(baseline, keep=True)

    async def _fetch(self, query: Query) -> None:
        self._asked = query
        try:
            baseline = await self._session.fetch_besides(BASELINE, query)
        except CnmError as problem:
            self._view.say(f"Not compared. {problem.sentence}")
            return
        finally:
            if self._asked == query:
                self._asked = None
        await self._show(baseline, keep=True)

    async def _show(self, baseline: Snapshot, *, keep: bool) -> None:
        compare = partial(Exploration.comparing_with, baseline=baseline, keep=keep)
        before = await self._session.apply_when_idle(compare)
        shown = self._session.exploration.snapshot
        if shown is None or shown is before.snapshot:
            self._view.say("Not compared: you asked something else meanwhile; the answer is kept.")
        else:
            goes = f"{self._view.key('difference.next')} goes to the next." if has_differences(shown) else ""
            compared = comparison_sentence(shown, short_window)
            self._view.say(" ".join(filter(None, (differences_sentence(shown), goes, compared))))

    def flip_changes(self) -> None:
        """Switch to the next way to display changes: in percent, as values, changes alone, or no changes."""
        exploration = self._session.exploration
        if exploration.baseline is None:
            self._view.say(f"Nothing is compared; {self._view.key('compare')} compares.")
            return
        forms = list(ChangeForm)
        form = forms[(forms.index(exploration.arrangement.change_form) + 1) % len(forms)]
        self._session.update(lambda exploration: exploration.with_change_form(form))
        self._view.say(_SENTENCES[form])

    def go_to_difference(self, step: int) -> None:
        """Move the cursor to the next or previous row that differs from the baseline.

        At the last row, the search continues from the first row, and the reverse.
        """
        exploration = self._session.exploration
        table, row = exploration.table, self._view.row
        if table is None or exploration.baseline is None:
            self._view.say(f"Nothing is compared; {self._view.key('compare')} compares.")
            return
        at = (table.row_of(row.id) if row is not None else None) or 0
        rows = len(table)
        others = ((at + step * distance) % rows for distance in range(1, rows + 1))
        found = next((other for other in others if table.standing(other) in _DIFFERENCES), None)
        if found is None:
            self._view.say("No row shown differs by more than chance.")
            return
        self._view.move_to(Cursor(table.connection_id(found), self._view.cursor.top, self._view.column))
        around = " Continued from the other end." if (found - at) * step <= 0 else ""
        self._view.say(f"{table.standing(found).capitalize()}: row {found + 1:,} of {rows:,}.{around}")

    def _on_answer(self, before: Exploration, _answer: Snapshot) -> None:
        """Tell the user if the comparison ended because the new rows cannot be compared with the baseline."""
        if before.baseline is not None and self._session.exploration.baseline is None:
            # Messages about the query itself stay.
            compares = f"{self._view.key('compare')} compares"
            said = f"{self._view.notice} The comparison ended: this question has other rows; {compares}."
            self._view.say(said.lstrip())
