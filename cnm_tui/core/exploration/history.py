"""Questions to go back and forward to, and answers kept to be compared with."""

from collections.abc import Iterable
from typing import Final, NamedTuple

from cnm_tui.core.query import Query
from cnm_tui.core.snapshot import Snapshot
from cnm_tui.core.table.table import Table

MOST_ROWS_AT_HAND: Final = 15_000
"""Connections in all of them, which is two of the largest answers: 17 MB without the replies that they came in."""
MOST_AT_HAND: Final = 60
"""However small they are: more could not be told apart in a list."""


class AtHand(NamedTuple):
    """The answers, from the oldest on."""

    answers: tuple[Snapshot, ...] = ()

    def keeping(self, snapshot: Snapshot) -> "AtHand":
        """This one, too; where there are too many, every second one goes, so that they reach back to the first."""
        answers = (*self.answers, snapshot.answer.without_reply)
        while len(answers) > 1 and (len(answers) > MOST_AT_HAND or _rows(answers) > MOST_ROWS_AT_HAND):
            oldest, *others = answers
            # Counted from the latest, which stays.
            answers = (oldest, *others[-1::-2][::-1]) if len(others) > 1 else tuple(others)
        return AtHand(answers)


def _rows(answers: Iterable[Snapshot]) -> int:
    return sum(answer.rows_held for answer in answers)


MOST_ROWS_KEPT: Final = 22_500
"""Connections in all the answers that are kept, which is three of the largest: about 64 MiB.

Measured with four group-bys, one takes 3 kB: itself, its part of the reply, what it was compared with.
"""
MOST_STOPS: Final = 100
"""However small their answers are."""


class Cursor(NamedTuple):
    """Where the user stands in a table."""

    connection_id: str | None = None
    """Under the cursor; None where nothing is."""
    top: int = 0
    """The row in the first line."""
    column: str | None = None
    """The key of the one under the cursor."""


NOWHERE: Final = Cursor()


class Stop(NamedTuple):
    """An answered question as it was left: the answer arranged, what was marked, where the user stood."""

    table: Table
    marked: frozenset[str] = frozenset()
    cursor: Cursor = NOWHERE

    @property
    def query(self) -> Query:
        """What was asked there."""
        return self.table.snapshot.query


class Trail(NamedTuple):
    """The stops before the question that is shown, and those after it, which were left by going back."""

    before: tuple[Stop, ...] = ()
    """From the oldest on; the one left last stands last."""
    after: tuple[Stop, ...] = ()
    """From the farthest on; the one to go forth to stands last."""

    @property
    def stops(self) -> tuple[Stop, ...]:
        """All of them, as they followed each other; the question that is shown stands between the two sides."""
        return (*self.before, *reversed(self.after))

    @property
    def rows(self) -> int:
        """Connections in all the answers that are kept."""
        return sum(stop.table.snapshot.rows_held for stop in self.stops)

    def gone_on_from(self, stop: Stop) -> "Trail":
        """A new question was answered: there is nothing to go forth to any more."""
        return Trail((*self.before, stop))._bounded()

    def gone_back_from(self, stop: Stop) -> "Trail":
        """Without the last stop before, which is shown again."""
        return Trail(self.before[:-1], (*self.after, stop))._bounded()

    def gone_forth_from(self, stop: Stop) -> "Trail":
        """Without the last stop after, which is shown again."""
        return Trail((*self.before, stop), self.after[:-1])._bounded()

    def _bounded(self) -> "Trail":
        """Without the farthest stops, as long as there are too many or their answers are too large."""
        trail = self
        while trail.rows > MOST_ROWS_KEPT or len(trail.before) + len(trail.after) > MOST_STOPS:
            if len(trail.before) >= len(trail.after):
                trail = Trail(trail.before[1:], trail.after)
            else:
                trail = Trail(trail.before, trail.after[1:])
        return trail
