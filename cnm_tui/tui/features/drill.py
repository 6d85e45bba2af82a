"""Drill down into rows, which means to run a query that shows them in more detail.

The query adds a value to the search, groups by more detailed fields, or identifies a client or server
without a name.
"""

from collections.abc import Callable, Sequence
from dataclasses import replace
from functools import partial

from cnm_tui.core.connections import Connection
from cnm_tui.core.errors import InvalidQuery
from cnm_tui.core.exploration.history import Cursor
from cnm_tui.core.exploration.remarks import left_out_sentence
from cnm_tui.core.exploration.selection import chosen_connections
from cnm_tui.core.fields.group_by import side_of
from cnm_tui.core.filter.row_filter import RowFilter
from cnm_tui.core.navigation.drill_paths import DrillContext, Step, step_down, turn_after
from cnm_tui.core.navigation.drilling import (
    drilled,
    fixed_fields,
    is_nameless,
    naming,
    narrowed,
    remark,
    remark_of,
    unresolved_fields,
)
from cnm_tui.core.query import Query, column_key, field_of
from cnm_tui.core.snapshot import Snapshot
from cnm_tui.core.text import clean
from cnm_tui.tui.dialogs.next_field_picker import ITS_ADDRESS, NextFieldPicker
from cnm_tui.tui.session import Session
from cnm_tui.tui.view import View


class DrillFeature:
    """Runs queries that are limited to the rows that the user has chosen."""

    def __init__(self, session: Session, view: View) -> None:
        self._session = session
        self._view = view

    # Add a value to the search

    def narrow(self, direction: str) -> None:
        """Query only the connections with the tag value at the cursor, or only the connections without it.

        Args:
            direction: `to` keeps the connections with the value, and `away` excludes them.
        """
        row, column, shown = self._view.row, self._view.column, self._session.exploration.snapshot
        if shown is None or row is None or column is None:
            self._view.say("There is no row to take a value from.")
        elif (field := field_of(column, shown.query)) is not None:
            self._narrow(shown, row, field, excluded=direction == "away")
        else:
            self._view.say(f"To search for a value, move to {_listed(shown.query.group_bys)}.")

    def _narrow(self, shown: Snapshot, row: Connection, field: str, *, excluded: bool) -> None:
        query = self._session.exploration.query
        value = row.exact.groups[shown.query.group_bys.index(field)]
        try:
            wanted = narrowed(query, field, value, excluded=excluded)
        except InvalidQuery as refusal:
            self._view.say(refusal.sentence)
            return
        if wanted == query:
            self._view.say("The search already contains this.")
            return
        self._session.ask_changed(lambda _query: wanted)
        self._say_of_question(remark_of(field, value))

    # Group by finer fields

    def down(self) -> None:
        """Query the marked rows again, or the row at the cursor if no row is marked, in more detail.

        The new query groups by the next field of a drill path, for example by the pod after the service.
        """
        rows, shown = self._rows_to_ask_about()
        if not rows or shown is None:
            return
        self.into(shown, rows)

    def into(self, shown: Snapshot, rows: Sequence[Connection]) -> None:
        """Query these rows again, grouped by the next field of a drill path.

        For example, after the service comes the pod. If more than one field can be the next, the user chooses the
        field in a dialog.
        """
        field = field_of(self._view.column, shown.query)
        step = step_down(shown.query.group_bys, field, self._context(shown, rows))
        if len(step.next_fields) == 1:
            self._go_down(shown, rows, step, step.next_fields[0])
            return
        marked = len(rows) if self._session.exploration.marked else 0
        picker = NextFieldPicker(step, shown.endpoint.fields, marked, nameless=is_nameless(shown, rows, step.leaves))
        self._view.ask(picker, partial(self._go_down, shown, rows, step))

    def _context(self, shown: Snapshot, rows: Sequence[Connection]) -> DrillContext:
        ladders = self._view.settings.ladders
        return DrillContext(shown.endpoint, fixed_fields(shown.query), unresolved_fields(shown, rows), ladders)

    def _rows_to_ask_about(self) -> tuple[Sequence[Connection], Snapshot | None]:
        """Return the marked rows, or the row at the cursor if no row is marked, together with the response.

        If there are no such rows, notify the user and return an empty sequence.
        """
        exploration = self._session.exploration
        if self._awaits_rows():
            return (), None
        rows = chosen_connections(exploration, self._view.row)
        if not rows:
            self._view.say(f"There is no row to drill into. {left_out_sentence(exploration)}".rstrip())
        return rows, exploration.snapshot

    def _awaits_rows(self) -> bool:
        """Return True and notify the user if the displayed rows belong to an earlier query and new rows are loading.

        Otherwise return False.
        """
        awaits = self._session.exploration.answers_another_query and self._session.waits
        if awaits:
            self._view.say("These rows belong to the previous question; the new ones are loading.")
        return awaits

    def _go_down(self, shown: Snapshot, rows: Sequence[Connection], step: Step, chosen: str | None) -> None:
        if chosen is None:
            return
        if chosen == ITS_ADDRESS:
            self._name_end(shown, rows[0], step.leaves)
            return
        if not chosen:
            # Any other field: the picker has them all.
            then = partial(self._go_down_to, shown, rows)
            self._view.pick_fields(shown.query.group_bys, side_of(step.leaves), then)
            return
        group_bys = step.taken(shown.query.group_bys, chosen)
        column = self._view.column
        if field_of(column, shown.query) is not None:
            column = column_key(turn_after(group_bys, chosen, self._context(shown, rows)), shown.endpoint)
        self._go_down_to(shown, rows, group_bys, column)

    def _go_down_to(
        self, shown: Snapshot, rows: Sequence[Connection], group_bys: tuple[str, ...], column: str | None = None
    ) -> None:
        """Query these rows grouped by other fields, and put the cursor in the first new row and in this column."""
        left_out = left_out_sentence(self._session.exploration)
        if self._ask_about(partial(drilled, shown, rows, group_bys), Cursor(column=column)):
            self._say_of_question(remark(shown, rows, left_out, self._view.key))

    # Identify an unresolved end

    def name_end(self) -> None:
        """Run a query that helps to identify the client or server that has no name in this row.

        The new query groups by address, domain, port and gateway.
        """
        shown, row = self._session.exploration.snapshot, self._view.row
        if shown is None or row is None:
            self._view.say("There is no row with an N/A end.")
        elif not self._awaits_rows():
            self._name_end(shown, row, field_of(self._view.column, shown.query))

    def _name_end(self, shown: Snapshot, row: Connection, column: str | None) -> None:
        self._ask_about(partial(naming, shown, row, column), Cursor())

    # Run the query

    def _ask_about(self, question: Callable[[], Query], cursor: Cursor) -> bool:
        """Run a query, and keep the current sort order but not the filter.

        Return False if the query is invalid, or if the displayed rows are already its result.
        """
        exploration = self._session.exploration
        try:
            query = question()
        except InvalidQuery as refusal:
            self._view.say(refusal.sentence)
            return False
        if exploration.snapshot is not None and query == exploration.snapshot.query:
            self._view.say("These rows already answer that.")
            return False
        arrangement = replace(exploration.arrangement, row_filter=RowFilter("", query.endpoint))
        return self._session.open(lambda _query: query, arrangement, lambda _answer: cursor)

    def _say_of_question(self, sentence: str) -> None:
        """Show a remark about the new query while its request is being sent.

        If the query has to wait for the rate limit, show the message about the wait and not the remark.
        """
        if sentence and self._session.exploration.fetching:
            self._view.say(sentence)


def _listed(group_bys: tuple[str, ...]) -> str:
    return clean(" or ".join(group_bys) or "one", 60)
