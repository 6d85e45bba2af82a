"""The history of queries, to go back and forward, and answers kept for comparison."""

from collections.abc import Iterable
from typing import Final, NamedTuple

from cnm_tui.core.query import Query
from cnm_tui.core.snapshot import Snapshot
from cnm_tui.core.table.table import Table

MOST_ROWS_AT_HAND: Final = 15_000
"""Maximum number of connections in all answers kept for comparison: two full answers, 17 MB without the replies."""
MOST_AT_HAND: Final = 60
"""Maximum number of answers kept for comparison: more would not fit in a list."""


class AtHand(NamedTuple):
    """Answers kept for comparison, oldest first."""

    answers: tuple[Snapshot, ...] = ()

    def keeping(self, snapshot: Snapshot) -> "AtHand":
        """Return the answers with one more; if there are too many, every second one is dropped."""
        answers = (*self.answers, snapshot.answer.without_reply)
        while len(answers) > 1 and (len(answers) > MOST_AT_HAND or _rows(answers) > MOST_ROWS_AT_HAND):
            oldest, *others = answers
            # Counted from the latest, which stays.
            answers = (oldest, *others[-1::-2][::-1]) if len(others) > 1 else tuple(others)
        return AtHand(answers)


def _rows(answers: Iterable[Snapshot]) -> int:
    return sum(answer.rows_held for answer in answers)


MOST_ROWS_KEPT: Final = 22_500
"""Maximum number of connections in all answers of the history: three full answers, about 64 MiB.

With four group-bys, one connection takes 3 kB: itself, its part of the reply, and its baseline.
"""
MOST_STOPS: Final = 100
"""Maximum number of history entries."""


class Cursor(NamedTuple):
    """The cursor's position in a table."""

    connection_id: str | None = None
    """Id of the connection at the cursor; None if there is none."""
    top: int = 0
    """The first visible row."""
    column: str | None = None
    """Key of the column at the cursor."""


NOWHERE: Final = Cursor()


class Stop(NamedTuple):
    """A history entry: an answered query with its table, marks and cursor, as it was left."""

    table: Table
    marked: frozenset[str] = frozenset()
    cursor: Cursor = NOWHERE

    @property
    def query(self) -> Query:
        """The query of this entry."""
        return self.table.snapshot.query


class Trail(NamedTuple):
    """The history: entries before the query shown (back), and after it (forward)."""

    before: tuple[Stop, ...] = ()
    """Entries to go back to, oldest first."""
    after: tuple[Stop, ...] = ()
    """Entries to go forward to, farthest first; the next one is the last."""

    @property
    def stops(self) -> tuple[Stop, ...]:
        """All entries in the order of use; the query shown is between the two sides."""
        return (*self.before, *reversed(self.after))

    @property
    def rows(self) -> int:
        """Number of connections in all answers of the history."""
        return sum(stop.table.snapshot.rows_held for stop in self.stops)

    def gone_on_from(self, stop: Stop) -> "Trail":
        """Return the history after a new answer: this entry added, and nothing to go forward to."""
        return Trail((*self.before, stop))._bounded()

    def gone_back_from(self, stop: Stop) -> "Trail":
        """Return the history after going back from this entry."""
        return Trail(self.before[:-1], (*self.after, stop))._bounded()

    def gone_forth_from(self, stop: Stop) -> "Trail":
        """Return the history after going forward from this entry."""
        return Trail((*self.before, stop), self.after[:-1])._bounded()

    def _bounded(self) -> "Trail":
        """Return the history without the farthest entries, within the limits."""
        trail = self
        while trail.rows > MOST_ROWS_KEPT or len(trail.before) + len(trail.after) > MOST_STOPS:
            if len(trail.before) >= len(trail.after):
                trail = Trail(trail.before[1:], trail.after)
            else:
                trail = Trail(trail.before, trail.after[1:])
        return trail
