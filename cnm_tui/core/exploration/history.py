"""Define the history of queries, in which the user moves back and forward.

The module also stores recent responses as baselines for comparisons.
"""

from collections.abc import Iterable
from typing import Final, NamedTuple

from cnm_tui.core.query import Query
from cnm_tui.core.snapshot import Snapshot
from cnm_tui.core.table.table import Table

MOST_RECENT_ROWS: Final = 15_000
"""Maximum number of connections in all answers kept for comparison: two full answers, 17 MB without the replies."""
MOST_RECENT_ANSWERS: Final = 60
"""Maximum number of answers kept for comparison: more would not fit in a list."""


class RecentAnswers(NamedTuple):
    """Recent responses, with which the user may compare the displayed response. The oldest is first."""

    answers: tuple[Snapshot, ...] = ()

    def with_answer(self, snapshot: Snapshot) -> "RecentAnswers":
        """Return the kept responses with one more response.

        If there are too many responses or rows, every second response is dropped.
        """
        answers = (*self.answers, snapshot.answer.without_reply)
        while len(answers) > 1 and (len(answers) > MOST_RECENT_ANSWERS or _rows(answers) > MOST_RECENT_ROWS):
            oldest, *others = answers
            # Counted from the latest, which stays.
            answers = (oldest, *others[-1::-2][::-1]) if len(others) > 1 else tuple(others)
        return RecentAnswers(answers)


def _rows(answers: Iterable[Snapshot]) -> int:
    return sum(answer.rows_held for answer in answers)


MOST_ROWS_KEPT: Final = 15_000
"""Maximum number of connections in all answers of the history: two full answers, 30 to 45 MB.

One connection takes 2 kB, with four group-bys 3 kB: itself, its part of the reply, its figures, and its baseline.
"""
MOST_ENTRIES: Final = 100
"""Maximum number of history entries."""


class Cursor(NamedTuple):
    """The position of the cursor in a table, and the scroll position of the table."""

    connection_id: str | None = None
    """Id of the connection at the cursor; None if there is none."""
    top: int = 0
    """The first visible row."""
    column: str | None = None
    """Key of the column at the cursor."""


NOWHERE: Final = Cursor()


class HistoryEntry(NamedTuple):
    """A query in the history, with its table, marked rows and cursor at the moment when the user left the query."""

    table: Table
    marked: frozenset[str] = frozenset()
    cursor: Cursor = NOWHERE

    @property
    def query(self) -> Query:
        """The query of this entry."""
        return self.table.snapshot.query


class History(NamedTuple):
    """The history entries before the current query, and the history entries after the current query."""

    before: tuple[HistoryEntry, ...] = ()
    """Entries to go back to, oldest first."""
    after: tuple[HistoryEntry, ...] = ()
    """Entries to go forward to, farthest first; the next one is the last."""

    @property
    def entries(self) -> tuple[HistoryEntry, ...]:
        """All entries in the order in which they were used. The current query is not among the entries."""
        return (*self.before, *reversed(self.after))

    @property
    def rows(self) -> int:
        """Total number of connections in all responses of the history."""
        return sum(entry.table.snapshot.rows_held for entry in self.entries)

    def with_entry(self, entry: HistoryEntry) -> "History":
        """Return the history with this entry added before the current query.

        All entries after the current query are dropped.
        """
        return History((*self.before, entry))._bounded()

    def back_from(self, entry: HistoryEntry) -> "History":
        """Return the history after the user moved back by one entry. `entry` is for the query that the user left."""
        return History(self.before[:-1], (*self.after, entry))._bounded()

    def forward_from(self, entry: HistoryEntry) -> "History":
        """Return the history after the user moved forward by one entry. `entry` is for the query that the user left."""
        return History((*self.before, entry), self.after[:-1])._bounded()

    def _bounded(self) -> "History":
        """Return the history within its size limits. Entries that are farthest from the current query are dropped."""
        history = self
        while history.rows > MOST_ROWS_KEPT or len(history.before) + len(history.after) > MOST_ENTRIES:
            if len(history.before) >= len(history.after):
                history = History(history.before[1:], history.after)
            else:
                history = History(history.before, history.after[1:])
        return history
