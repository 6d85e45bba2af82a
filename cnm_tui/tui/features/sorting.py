"""Sort the rows at hand."""

from collections.abc import Callable

from cnm_tui.core.exploration.exploration import Exploration
from cnm_tui.core.exploration.remarks import rank_sentence, sort_sentence
from cnm_tui.tui.session import Session
from cnm_tui.tui.view import View


class SortingFeature:
    """Shows the answer at hand in another order."""

    def __init__(self, session: Session, view: View) -> None:
        self._session = session
        self._view = view

    def sort(self) -> None:
        """Sort by the column under the cursor, and by those before where it ties."""
        if (column := self._view.column) is not None:
            self.sort_by(column)

    def sort_by(self, column: str) -> None:
        """Sort by this column, and by those before where it ties."""
        self._sort(lambda exploration: exploration.sorted_by(column))

    def sort_only(self) -> None:
        """Sort by the column under the cursor and no other."""
        if (column := self._view.column) is not None:
            self._sort(lambda exploration: exploration.sorted_only_by(column))

    def flip(self) -> None:
        """Sort the other way round."""
        self._sort(lambda exploration: exploration.flipped())

    def rank(self) -> None:
        """Sort shares by their number alone, or put what has little evidence last."""
        self._session.update(lambda exploration: exploration.ranked_otherwise())
        self._view.say_when_painted(rank_sentence(self._session.exploration, self._view.key))

    def _sort(self, change: Callable[[Exploration], Exploration]) -> None:
        self._session.update(change)
        # The rows come first; they are what was asked for.
        self._view.say_when_painted(sort_sentence(self._session.exploration, self._view.key))
