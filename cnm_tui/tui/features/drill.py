"""Drill down into rows: add a value to the search, group by finer fields, identify an unresolved end."""

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
    """Makes queries about chosen rows only."""

    def __init__(self, session: Session, view: View) -> None:
        self._session = session
        self._view = view

    # Add a value to the search

    def narrow(self, direction: str) -> None:
        """Query the connections with the value at the cursor (`to`), or all others (`away`)."""
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
        """Drill down into the row at the cursor, or into all marked rows, by the next field of a drill path."""
        rows, shown = self._rows_to_ask_about()
        if not rows or shown is None:
            return
        self.into(shown, rows)

    def into(self, shown: Snapshot, rows: Sequence[Connection]) -> None:
        """Drill down into these rows of an answer, by the next field of a drill path."""
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
        """Return the marked rows, or the one at the cursor; notify the user if there are none."""
        exploration = self._session.exploration
        if self._awaits_rows():
            return (), None
        rows = chosen_connections(exploration, self._view.row)
        if not rows:
            self._view.say(f"There is no row to drill into. {left_out_sentence(exploration)}".rstrip())
        return rows, exploration.snapshot

    def _awaits_rows(self) -> bool:
        """True, and notify, if the rows answer an earlier query."""
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
        """Query these rows by other fields, with the cursor in the first row and this column."""
        left_out = left_out_sentence(self._session.exploration)
        if self._ask_about(partial(drilled, shown, rows, group_bys), Cursor(column=column)):
            self._say_of_question(remark(shown, rows, left_out, self._view.key))

    # Identify an unresolved end

    def name_end(self) -> None:
        """Query the unresolved end of the row by its address, domain, port and gateway."""
        shown, row = self._session.exploration.snapshot, self._view.row
        if shown is None or row is None:
            self._view.say("There is no row with an N/A end.")
        elif not self._awaits_rows():
            self._name_end(shown, row, field_of(self._view.column, shown.query))

    def _name_end(self, shown: Snapshot, row: Connection, column: str | None) -> None:
        self._ask_about(partial(naming, shown, row, column), Cursor())

    # Run the query

    def _ask_about(self, question: Callable[[], Query], cursor: Cursor) -> bool:
        """Run a query with the current order but without the filter; return False if it is refused."""
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
        """Show a remark about the new query; while it waits for the rate limit, that is shown instead."""
        if sentence and self._session.exploration.fetching:
            self._view.say(sentence)


def _listed(group_bys: tuple[str, ...]) -> str:
    return clean(" or ".join(group_bys) or "one", 60)
