"""Show the reverse direction of a connection, which is the row from its server to its client.

The user can swap the client and the server of the query, or show both directions of one connection.
"""

from contextlib import suppress
from functools import partial
from typing import Final

from cnm_tui.core.connections import Connection
from cnm_tui.core.errors import CnmError, InvalidQuery
from cnm_tui.core.exploration.history import Cursor
from cnm_tui.core.navigation.reverse import (
    ReverseRow,
    known_reverse_row,
    reverse_query,
    reverse_row_in,
    swapped,
    swapped_arrangement,
)
from cnm_tui.core.query import Query
from cnm_tui.core.snapshot import Snapshot
from cnm_tui.tui.requests import Purpose
from cnm_tui.tui.session import Session
from cnm_tui.tui.view import View

REVERSE_ROW: Final = Purpose("reverse row")
"""Requests for the row B → A of A → B."""


class ReverseFeature:
    """Swaps the client and the server of a query, and finds the row B → A for the row A → B."""

    def __init__(self, session: Session, view: View) -> None:
        self._session = session
        self._view = view
        self._answers: tuple[Snapshot, dict[str, ReverseRow]] | None = None
        """Reverse rows found by requests, for this answer, by connection id."""

    # Swap client and server

    def swap_ends(self) -> None:
        """Run the query with client and server swapped, and move the cursor to the row of the reverse direction."""
        exploration, row = self._session.exploration, self._view.row
        try:
            query = swapped(exploration.query)
            arrangement = swapped_arrangement(exploration.arrangement, exploration.query)
        except InvalidQuery as refusal:
            self._view.say(refusal.sentence)
            return
        if query == exploration.query:
            self._go_the_other_way(row)
            return
        of_its_question = row is not None and not exploration.answers_another_query
        cursor_of = self._found_other_way if of_its_question else self._cursor_of_other_way
        self._session.open(lambda _query: query, arrangement, partial(cursor_of, row, exploration.snapshot))

    def _found_other_way(self, row: Connection | None, shown: Snapshot | None, answer: Snapshot) -> Cursor:
        """Return the cursor position for the row of the reverse direction in a response.

        If the response has no such row, return the position of the first row. In this case, notify the user, unless
        the response was cut.
        """
        cursor = self._cursor_of_other_way(row, shown, answer)
        if cursor.connection_id is None and not answer.cut:
            leads = f"{self._view.key('go_back')} goes back"
            self._view.say(f"No connection goes in the other direction; {leads}.")
        return cursor

    def _cursor_of_other_way(self, row: Connection | None, shown: Snapshot | None, answer: Snapshot) -> Cursor:
        """Return the cursor position for the row of the reverse direction.

        If there is no such row, return the position of the first row.
        """
        found = None
        if row is not None and shown is not None:
            # The rows may still answer a query before the swapped one.
            with suppress(InvalidQuery):
                found = reverse_row_in(answer, row, shown)
        return Cursor(found.id if found is not None else None, 0, self._view.column)

    def _go_the_other_way(self, row: Connection | None) -> None:
        """Move the cursor to the loaded row of the reverse direction. No query is sent.

        This is used if the query with client and server swapped is the same query. If the row is hidden or not
        loaded, tell the user.
        """
        view, table = self._view, self._session.exploration.table
        if row is None or table is None:
            view.say("There is no row whose other direction could be shown.")
            return
        found = self._cursor_of_other_way(row, table.snapshot, table.snapshot)
        if found.connection_id is None:
            known = self.known(row)
            sentence = f"Not among the rows; {self._asking_key} asks for the other direction."
            view.say(sentence if known is not None and known.asks else "No connection in the other direction.")
        elif table.row_of(found.connection_id) is None:
            view.say(f"The filter hides the other direction of this row; {view.key('close')} clears it.")
        else:
            view.move_to(found._replace(top=view.cursor.top))
            view.say(f"This is the other direction; {view.key('swap_ends')} goes back.")

    # Show both directions

    @property
    def _asking_key(self) -> str:
        return self._view.key("show_other_way")

    def show_other_way(self) -> None:
        """Show both directions of the connection in the detail pane.

        If the row of the reverse direction is not loaded, send a request for it.
        """
        row, shown = self._view.row, self._session.exploration.snapshot
        if row is None or shown is None:
            self._view.say("There is no row whose other direction could be shown.")
            return
        try:
            query = reverse_query(row, shown)
        except InvalidQuery as refusal:
            self._view.say(refusal.sentence)
            return
        self._view.show_detail()
        known = self.known(row)
        if known is not None and known.asks:
            self._ask(query, row, shown)

    def _ask(self, query: Query, row: Connection, shown: Snapshot) -> None:
        if self._session.requests.is_running(REVERSE_ROW):
            self._view.say("Loading the other direction …")
        elif self._session.may_ask_besides(self._asking_key):
            self._session.requests.run(REVERSE_ROW, partial(self._fetch, query, row, shown))

    async def _fetch(self, query: Query, row: Connection, shown: Snapshot) -> None:
        try:
            answer = await self._session.fetch_besides(REVERSE_ROW, query)
        except CnmError as problem:
            self._view.say(problem.sentence)
            return
        if self._answers is None or self._answers[0] is not shown.answer:
            self._answers = shown.answer, {}
        self._answers[1][row.id] = ReverseRow(reverse_row_in(answer, row, shown))
        self._view.fill_detail()

    def known(self, row: Connection) -> ReverseRow | None:
        """Return what is known about the reverse direction of a row.

        Return None if the group-bys of the row do not allow a reverse direction.
        """
        shown = self._session.exploration.snapshot
        if shown is None:
            return None
        # The reverse row does not depend on the baseline.
        if self._answers is not None and self._answers[0] is shown.answer and row.id in self._answers[1]:
            return self._answers[1][row.id]
        try:
            return known_reverse_row(row, shown)._replace(key=self._asking_key)
        except InvalidQuery:
            return None
