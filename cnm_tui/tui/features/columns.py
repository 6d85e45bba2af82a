"""Let the user choose, reorder and widen the columns, or hide the columns that have one value in all rows."""

from collections.abc import Sequence
from typing import Final

from cnm_tui.core.exploration.exploration import Exploration
from cnm_tui.core.query import column_key
from cnm_tui.core.table.agreement import Agreed, agree, agreed_columns
from cnm_tui.core.text import clean
from cnm_tui.core.units import ABSENT
from cnm_tui.tui.dialogs.column_picker import ColumnChoice, ColumnPicker
from cnm_tui.tui.session import Session
from cnm_tui.tui.view import View

_LATER_SECONDS: Final = 0.05
_LONG_SECONDS: Final = 12.0
"""Seconds for a sentence with several values."""


class ColumnsFeature:
    """Lets the user change the columns of the displayed rows."""

    def __init__(self, session: Session, view: View) -> None:
        self._session = session
        self._view = view
        self._before: tuple[str, ...] = ()
        """The columns shown before some were hidden because all rows agreed."""
        self._hidden: frozenset[str] = frozenset()
        session.answered.connect(lambda _before, _answer: self._on_answer())
        session.changed.connect(self._on_change)

    def pick(self) -> None:
        """Open a dialog in which the user chooses, reorders and widens the columns."""
        exploration = self._session.exploration
        groups = self._view.key("pick_group_bys")
        endpoint = exploration.query.endpoint
        self._view.ask(ColumnPicker(exploration.all_columns, exploration.columns, endpoint, groups), self._show)

    def _show(self, chosen: ColumnChoice | None) -> None:
        if chosen is not None:
            self._hidden = frozenset()
            self._session.update(lambda exploration: exploration.with_columns(chosen.shown, chosen.widened))

    # Columns in which all rows agree

    def hide_agreed(self) -> None:
        """Hide each column that has the same value in all displayed rows, and show these values in a message.

        If columns are hidden already, show them again.
        """
        exploration = self._session.exploration
        if self._hidden:
            self._show_hidden()
            self._view.say("All columns are shown again.")
            return
        columns = exploration.columns
        agreed = agreed_columns(exploration.table) if exploration.table is not None else []
        # The column that orders the rows stays: it says why they stand so. And one group, to name the rows.
        there = {column.key for column in columns} - {exploration.arrangement.deciding}
        hiding = [one for one in agreed if one.column.key in there]
        groups = [one.column.key for one in hiding if one.column.is_group]
        if groups and len(groups) == sum(column.is_group for column in columns):
            hiding = [one for one in hiding if one.column.key != groups[0]]
        if not hiding:
            self._view.say("The rows shown differ in every column, or are fewer than two.")
            return
        self._before = tuple(column.key for column in columns if not column.is_group)
        self._hidden = frozenset(one.column.key for one in hiding)
        left = tuple(key for key in self._before if key not in self._hidden)
        without = tuple(one.column.key for one in hiding if one.column.is_group)
        self._session.update(lambda exploration: exploration.with_columns(left, (), without))
        shows = self._view.key("hide_agreed")
        told = f"Hidden, as all rows have the same value: {_told(hiding)}. {shows} shows them."
        self._view.say(told, _LONG_SECONDS)

    def _show_hidden(self) -> None:
        before, self._hidden = self._before, frozenset()
        self._session.update(lambda exploration: exploration.with_columns(before, ()))

    def _on_change(self, before: Exploration, after: Exploration) -> None:
        """If other rows of the same response are displayed, for example after a filter, check the
        hidden columns again.
        """
        shown, now = before.table, after.table
        if not self._hidden or shown is None or now is None or shown.order is now.order:
            return
        if shown.snapshot.answer is now.snapshot.answer:
            # Later: listeners of this change are still to hear of it.
            self._session.scheduler.call_after(_LATER_SECONDS, self._on_answer)

    def _on_answer(self) -> None:
        """Show the hidden columns again if at least one of them has different values in the displayed rows."""
        table = self._session.exploration.table
        if not self._hidden or table is None:
            return
        known = {
            column_key(name, table.snapshot.endpoint): at for at, name in enumerate(table.snapshot.query.group_bys)
        }
        differing: list[str] = []
        for key in sorted(self._hidden):
            metric = table.snapshot.metric(key)
            if metric is not None and not agree(table, table.snapshot.figures(metric)):
                differing.append(metric.label)
            elif key in known and not agree(table, table.snapshot.texts(known[key])):
                differing.append(clean(key))
        if differing or not self._hidden <= {*known, *table.snapshot.endpoint.metrics, *table.snapshot.endpoint.extras}:
            self._show_hidden()
        if differing:
            self._view.say(f"Shown again, as rows differ now: {', '.join(differing)}.", _LONG_SECONDS)


def _told(agreed: Sequence[Agreed]) -> str:
    return ", ".join(f"{one.column.label} {one.text or ABSENT}" for one in agreed)
