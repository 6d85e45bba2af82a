"""Answers of this sitting that are kept to be compared with, without asking for them again."""

from collections.abc import Iterable
from typing import Final, NamedTuple

from cnm_tui.core.snapshot import Snapshot

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
