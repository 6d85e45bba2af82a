"""Sort the loaded rows."""

from collections.abc import Callable

from cnm_tui.core.exploration.exploration import Exploration
from cnm_tui.core.exploration.remarks import rank_sentence, sort_sentence
from cnm_tui.tui.session import Session
from cnm_tui.tui.view import View


class SortingFeature:
    """Changes the sort order of the displayed rows."""

    def __init__(self, session: Session, view: View) -> None:
        self._session = session
        self._view = view

    def sort(self) -> None:
        """Sort by the column at the cursor. Rows with equal values are sorted by the earlier sort columns."""
        if (column := self._view.column) is not None:
            self.sort_by(column)

    def sort_by(self, column: str) -> None:
        """Sort by this column. Rows with equal values are sorted by the earlier sort columns."""
        self._sort(lambda exploration: exploration.sorted_by(column))

    def sort_only(self) -> None:
        """Sort by the column at the cursor, and forget the earlier sort columns."""
        if (column := self._view.column) is not None:
            self._sort(lambda exploration: exploration.sorted_only_by(column))

    def flip(self) -> None:
        """Reverse the sort order."""
        self._sort(lambda exploration: exploration.flipped())

    def rank(self) -> None:
        """Switch between two ways to sort metrics that are shares, such as an error rate.

        The rows are sorted either by the value alone, or with all rows at the end that have little traffic.
        """
        self._session.update(lambda exploration: exploration.toggled_weak_evidence_last())
        self._view.say_when_painted(rank_sentence(self._session.exploration, self._view.key))

    def _sort(self, change: Callable[[Exploration], Exploration]) -> None:
        self._session.update(change)
        # Paint the rows before the message, as the user waits for them.
        self._view.say_when_painted(sort_sentence(self._session.exploration, self._view.key))
