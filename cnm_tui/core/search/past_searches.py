"""Past searches, newest first, and the rules for which to keep."""

from collections.abc import Iterable, Sequence
from typing import Final, NamedTuple, Protocol

MOST_KEPT: Final = 500


class PastSearch(NamedTuple):
    """A search, and its last result."""

    search: str
    answered_at: float
    """Time of its last answer, in epoch seconds."""
    rows: int


PastSearches = tuple[PastSearch, ...]
"""Newest first; a repeated search occurs once."""


class SearchKeeper(Protocol):
    """Store for searches between runs: a file, or a fake in tests."""

    def load(self) -> PastSearches:
        """Return the searches of earlier runs.

        Raises:
            StoreFailed: They cannot be read.
        """

    def keep(self, past: PastSearch) -> None:
        """Store one more search.

        Raises:
            StoreFailed: It cannot be stored.
        """


class NotKept:
    """A store that keeps no search."""

    def load(self) -> PastSearches:
        """Return no searches."""
        return ()

    def keep(self, past: PastSearch) -> None:
        """Keep nothing."""


def merged(*several: Iterable[PastSearch]) -> PastSearches:
    """Return all searches merged, newest first: of consecutive equal ones only the newest, up to the maximum."""
    ordered = sorted({past for some in several for past in some}, key=_moment, reverse=True)
    kept: list[PastSearch] = []
    for past in ordered:
        if not kept or kept[-1].search != past.search:
            kept.append(past)
    return tuple(kept[:MOST_KEPT])


def _moment(past: PastSearch) -> tuple[float, str, int]:
    """Return a sort key that orders even searches of the same moment, so that every program merges them alike."""
    return past.answered_at, past.search, past.rows


def matching(past: Sequence[PastSearch], typed: str) -> PastSearches:
    """Return the searches that contain all typed words, each search once."""
    words = typed.casefold().split()
    found: dict[str, PastSearch] = {}
    for one in past:
        if all(word in one.search.casefold() for word in words):
            found.setdefault(one.search, one)
    return tuple(found.values())
