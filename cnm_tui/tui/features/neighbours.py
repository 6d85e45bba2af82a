"""Show the neighbours of the client or server at the cursor: its own clients, and the servers that it calls.

Only the loaded rows are used.
"""

from collections.abc import Sequence
from dataclasses import replace
from functools import partial
from typing import Final

from cnm_tui.core.errors import CnmError, InvalidQuery
from cnm_tui.core.filter.row_filter import RowFilter
from cnm_tui.core.neighbours import Edge, End, asking_around, end_of_row, graph_of, has_both_ends, roots_of
from cnm_tui.core.query import Query
from cnm_tui.core.snapshot import Snapshot
from cnm_tui.core.table.extra import USUAL_EXTRAS, overlaid
from cnm_tui.core.table.table import Table, arrange
from cnm_tui.core.text import clean
from cnm_tui.tui.dialogs.neighbours import AskAround, DrillInto, NeighboursDialog, Start
from cnm_tui.tui.dialogs.write_dialog import WriteDialog
from cnm_tui.tui.requests import Purpose
from cnm_tui.tui.session import Session
from cnm_tui.tui.view import View

NEIGHBOURS: Final = Purpose("neighbours")
"""Rows of the end whose neighbours are shown."""


class NeighboursFeature:
    """Shows the loaded rows as a tree, with one client or server at its root.

    It sends a query only if the user requests it.
    """

    def __init__(self, session: Session, view: View) -> None:
        self._session = session
        self._view = view

    def show(self) -> None:
        """Show the neighbours of the clients and servers in the marked rows, or in the row at the cursor.

        If a filter is active and no row is marked, use all rows that match the filter.
        """
        exploration, row = self._session.exploration, self._view.row
        shown, table = exploration.snapshot, exploration.table
        if shown is None or table is None or row is None:
            self._view.say("There is no row whose neighbours could be shown.")
            return
        if not has_both_ends(shown.query):
            groups = self._view.key("pick_group_bys")
            both = shown.endpoint.examples.both_ends
            self._view.say(f"These rows do not name both ends; group by both, as {both} ({groups}).")
            return
        rows = [shown.position_of[id] for id in exploration.marked if id in shown.position_of and not table.hides(id)]
        if rows:
            roots = roots_of(graph_of(shown, rows))
        elif table.arrangement.row_filter.text and self._view.column not in shown.query.group_bys:
            # On a figure no end is chosen: the filter says what it is about.
            roots = roots_of(graph_of(shown, table.matching))
        else:
            roots = [end_of_row(row, shown.query, self._view.column)]
        if any(root.resolved for root in roots):
            self._open(shown, [root for root in roots if root.resolved], self._notes(table))
        else:
            names = self._view.key("name_end")
            self._view.say(f"Nothing names this end, so it has no neighbours of its own; {names} identifies it.")

    def _notes(self, table: Table) -> Sequence[str]:
        """Return sentences that explain why some neighbours may be missing, or why hidden rows are included."""
        shown, notes = table.snapshot, list[str]()
        if shown.cut:
            notes.append(_cut_note(shown))
        if shown.query.search or shown.query.tags:
            notes.append("Rows outside the search are not known.")
        if table.arrangement.row_filter.text:
            notes.append("Rows hidden by the filter count, too.")
        return notes

    def _open(self, shown: Snapshot, roots: Sequence[End], notes: Sequence[str]) -> None:
        extras = overlaid(USUAL_EXTRAS, self._session.exploration.extras, shown)
        asks = ""
        is_partial = shown.cut or shown.query.search or shown.query.tags
        if is_partial and self._session.source is not None:
            left = self._session.source.budget.remaining
            asks = "1 request" if left is None else f"1 request, {left:,} left"
        start = Start(shown, graph_of(shown), roots, extras, notes, asks)
        self._view.ask(NeighboursDialog(start, partial(self._write, shown)), partial(self._go_on, shown))

    def _go_on(self, shown: Snapshot, answer: DrillInto | AskAround | None) -> None:
        if isinstance(answer, DrillInto):
            self._drill(shown, answer.edge)
        elif answer is not None:
            self._ask(shown, answer.end)

    def _drill(self, shown: Snapshot, edge: Edge) -> None:
        self._view.drill_into(shown, [shown.connections[at] for at in edge.positions])

    # Asking

    def _ask(self, shown: Snapshot, end: End) -> None:
        try:
            query = asking_around(shown, end)
        except InvalidQuery as refusal:
            self._view.say(refusal.sentence)
            return
        if self._session.may_ask_besides(self._view.key("neighbours")):
            self._view.say(f"Asking for all neighbours of {clean(end.text, 60)} …")
            self._session.requests.run(NEIGHBOURS, partial(self._fetch, query, end))

    async def _fetch(self, query: Query, end: End) -> None:
        try:
            answer = await self._session.fetch_besides(NEIGHBOURS, query)
        except CnmError as problem:
            self._view.say(f"The neighbours are not known. {problem.sentence}")
            return
        self._view.say("")
        while self._session.is_covered():
            await self._session.scheduler.sleep(0.1)
        notes = [f"Only rows of {clean(end.text, 60)} were asked for: a second hop shows no others."]
        if answer.cut:
            notes.append(_cut_note(answer))
        self._open(answer, [end], notes)

    # Writing

    def _write(self, shown: Snapshot, positions: Sequence[int]) -> None:
        """Open a dialog in which the user chooses a file for the rows at these positions.

        The rows can be written as a graph or as a list of rows.
        """
        arrangement = replace(self._session.exploration.arrangement, row_filter=RowFilter(""), top=None)
        table = arrange(shown, arrangement.in_force_for(shown), extras=self._session.exploration.extras)
        kept = set(positions)
        chosen = table.only(row for row, at in enumerate(table.order) if at in kept)
        session = self._session
        dialog = WriteDialog(
            chosen, session.label, session.holds_own_key, graph_first=True, about_file=session.about_file
        )
        self._view.ask(dialog, lambda said: None if said is None else self._view.say(said))


def _cut_note(answer: Snapshot) -> str:
    """Return a sentence about neighbours that a cut answer may lack."""
    if answer.remainder is not None:
        return f"Not all rows are here, as {answer.remainder.told}: neighbours may be missing."
    return "The answer was cut at the limit: smaller neighbours may be missing."
