"""Show the facets, which are the values with the most traffic for each group-by.

The user can filter the rows by these values.
"""

import asyncio
from dataclasses import replace
from functools import partial
from typing import Final

from cnm_tui.core.errors import InvalidQuery
from cnm_tui.core.fields.group_by import Side, side_of
from cnm_tui.core.filter.row_filter import parsed_filter
from cnm_tui.core.navigation.drilling import narrowed, remark_of
from cnm_tui.core.query import column_key
from cnm_tui.core.table.columns import Column
from cnm_tui.core.table.facets import facets
from cnm_tui.core.table.table import Table
from cnm_tui.tui.dialogs.breakdown import BreakdownDialog
from cnm_tui.tui.requests import Handle
from cnm_tui.tui.session import Session
from cnm_tui.tui.view import WIDE, View
from cnm_tui.tui.widgets.facet_list import FacetList

_PAUSE_SECONDS: Final = 0.15
"""Facets follow the rows after this pause: a filter changes at each key."""


class FacetsFeature:
    """Manages the list of facets, which shows the values with the most traffic for each group-by.

    It sends no request by itself. The list is created with the first rows if the terminal is wide enough.
    """

    def __init__(self, session: Session, view: View) -> None:
        self._session = session
        self._view = view
        self._list = FacetList()
        self._table: Table | None = None
        """The table that the facets show, or will show in a moment."""
        self._work: Handle | None = None
        view.show(self._list, "beside rows")
        view.listen(FacetList.ValueChosen, lambda message: self._toggle(message.condition))
        view.listen(FacetList.Searched, self._search)
        view.listen(FacetList.BreakdownWanted, lambda message: self._break_down(message.field))
        view.listen(FacetList.FieldsWanted, lambda _message: self._pick_fields())
        session.changed.connect(lambda _before, _after: self.follow())

    def follow(self) -> None:
        """Calculate the facets (the values with the most traffic) again if other rows are displayed.

        If only the sort order of the rows has changed, the facets are the same, so nothing is calculated.
        """
        before, table = self._table, self._session.exploration.table
        if table is before or self._view.width < WIDE:
            return
        self._table = table
        self._list.key = self._view.key("pick_group_bys")
        if table is None:
            self._list.facets = ()
        elif before is None or not _same_rows(before, table):
            if self._work is not None:
                self._work.cancel()
            self._work = self._session.scheduler.start_work(partial(self._show, table))

    async def _show(self, table: Table) -> None:
        await self._session.scheduler.sleep(_PAUSE_SECONDS)
        # In a thread: thousands of rows would block the keyboard.
        shown = await asyncio.to_thread(facets, table)
        text = f" {table.arrangement.row_filter.text} "
        self._list.chosen = frozenset(
            value.condition for facet in shown for value in facet.values if f" {value.condition} " in text
        )
        self._list.size_word = table.snapshot.endpoint.volume_metric.unit
        self._list.facets = shown

    # What the user chose

    def _toggle(self, condition: str) -> None:
        """Add the condition to the filter, or remove the condition if the filter contains it."""
        exploration = self._session.exploration
        text = f" {exploration.arrangement.row_filter.text} "
        term = f" {condition} "
        changed = text.replace(term, " ", 1) if term in text else f"{text}{condition}"
        try:
            row_filter = parsed_filter(changed.strip(), exploration.query.endpoint)
        except InvalidQuery as refusal:
            self._view.say(refusal.sentence)
            return
        self._session.update(lambda exploration: exploration.filtered(row_filter))
        self._view.show_filter(row_filter.text)

    def _search(self, message: FacetList.Searched) -> None:
        """Add the chosen value to the search, and run the query. The search either requires or excludes the value."""
        exploration = self._session.exploration
        shown = exploration.snapshot
        if shown is None or message.field not in shown.query.group_bys:
            return
        position = shown.query.group_bys.index(message.field)
        values = shown.connections[shown.texts(position).index(message.text)].exact.groups[position]
        try:
            wanted = narrowed(exploration.query, message.field, values, excluded=message.excluded)
        except InvalidQuery as refusal:
            self._view.say(refusal.sentence)
            return
        if wanted == exploration.query:
            self._view.say("The search already contains this.")
        elif self._session.ask_changed(lambda _query: wanted):
            self._view.say(remark_of(message.field, values))

    def _break_down(self, field: str) -> None:
        """Open a dialog with all values of a group-by field."""
        table = self._session.exploration.table
        column = None if table is None else _column(table, field)
        if table is not None and column is not None:
            self._view.ask(BreakdownDialog(table, column), self._filter_by)

    def _filter_by(self, term: str | None) -> None:
        if term is not None:
            self._toggle(term)

    def _pick_fields(self) -> None:
        """Open the dialog in which the user chooses other fields to group by."""

        def ask(chosen: tuple[str, ...]) -> None:
            self._session.ask_changed(lambda query: replace(query, group_bys=chosen))

        before = self._session.exploration.query.group_bys
        self._view.pick_fields(before, side_of(before[0]) if before else Side.CLIENT, ask)


def _same_rows(one: Table, other: Table) -> bool:
    return one.snapshot is other.snapshot and one.arrangement.row_filter == other.arrangement.row_filter


def _column(table: Table, field: str) -> Column | None:
    key = column_key(field, table.snapshot.endpoint)
    return next((column for column in table.columns if column.key == key), None)
