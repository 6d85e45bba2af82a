"""Choose, order and widen the columns; hide those in which all rows agree."""

from collections.abc import Sequence
from typing import Final

from cnm_tui.core.exploration.exploration import Exploration
from cnm_tui.core.snapshot import Snapshot
from cnm_tui.core.table.agreement import Agreed, agreed_columns
from cnm_tui.core.units import ABSENT
from cnm_tui.tui.dialogs.column_picker import ColumnChoice, ColumnPicker
from cnm_tui.tui.session import Session
from cnm_tui.tui.view import View

_LONG_SECONDS: Final = 12.0
"""Seconds for a sentence with several values."""


class ColumnsFeature:
    """Changes the columns of the answer shown."""

    def __init__(self, session: Session, view: View) -> None:
        self._session = session
        self._view = view
        self._before: tuple[str, ...] = ()
        """The columns shown before some were hidden because all rows agreed."""
        self._hidden: frozenset[str] = frozenset()
        session.answered.connect(self._on_answer)

    def pick(self) -> None:
        """Choose, order and widen the columns."""
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
        """Hide the figures in which all rows shown agree, and say their values; pressed again, show them."""
        exploration = self._session.exploration
        if self._hidden:
            self._show_hidden()
            self._view.say("All columns are shown again.")
            return
        agreed = agreed_columns(exploration.table) if exploration.table is not None else []
        groups = [one for one in agreed if one.column.is_group]
        told = f" All rows have {_told(groups)}, too." if groups else ""
        shown = tuple(column.key for column in exploration.columns if not column.is_group)
        # The column that orders the rows stays: it says why they stand so.
        kept = exploration.arrangement.deciding
        figures = [one for one in agreed if one.column.key in shown and one.column.key != kept]
        if not figures:
            self._view.say(f"The rows shown differ in every figure, or are fewer than two.{told}")
            return
        self._before, self._hidden = shown, frozenset(one.column.key for one in figures)
        left = tuple(key for key in shown if key not in self._hidden)
        self._session.update(lambda exploration: exploration.with_columns(left, ()))
        shows = self._view.key("hide_agreed")
        self._view.say(
            f"Hidden, as all rows have the same value: {_told(figures)}.{told} {shows} shows them.", _LONG_SECONDS
        )

    def _show_hidden(self) -> None:
        before, self._hidden = self._before, frozenset()
        self._session.update(lambda exploration: exploration.with_columns(before, ()))

    def _on_answer(self, before: Exploration, answer: Snapshot) -> None:
        """Show the hidden columns again once the rows differ in one of them."""
        if not self._hidden:
            return
        metrics = answer.endpoint.metrics
        differing = [
            metrics[key].label for key in metrics if key in self._hidden and len(set(answer.figures(metrics[key]))) > 1
        ]
        if differing or answer.query.group_bys != before.query.group_bys:
            self._show_hidden()
        if differing:
            self._view.say(f"Shown again, as rows differ now: {', '.join(differing)}.", _LONG_SECONDS)


def _told(agreed: Sequence[Agreed]) -> str:
    return ", ".join(f"{one.column.label} {one.text or ABSENT}" for one in agreed)
