"""Define past searches, sorted newest first, and the rules for which searches are kept."""

from collections.abc import Iterable, Sequence
from typing import Final, NamedTuple, Protocol

MOST_KEPT: Final = 500


class PastSearch(NamedTuple):
    """A search that the user ran, with the time and the number of rows of its last result."""

    search: str
    answered_at: float
    """Time of its last answer, in epoch seconds."""
    rows: int


PastSearches = tuple[PastSearch, ...]
"""Newest first; a repeated search occurs once."""


class SearchKeeper(Protocol):
    """The interface of a store that keeps searches between runs of the program. It is a file, or a fake in tests."""

    def load(self) -> PastSearches:
        """Return the searches of earlier runs of the program.

        Raises:
            StoreFailed: The searches cannot be read.
        """

    def keep(self, past: PastSearch) -> None:
        """Store one more search.

        Raises:
            StoreFailed: The search cannot be stored.
        """


class NotKept:
    """A store for searches that stores nothing."""

    def load(self) -> PastSearches:
        """Return an empty tuple, because no searches are stored."""
        return ()

    def keep(self, past: PastSearch) -> None:
        """Do nothing, because this store keeps no searches."""


def merged(*several: Iterable[PastSearch]) -> PastSearches:
    """Return the searches of several stores, merged and sorted newest first.

    If the same search follows itself, only its newest entry is kept. The number of searches is limited to a
    maximum.
    """
    ordered = sorted({past for some in several for past in some}, key=_moment, reverse=True)
    kept: list[PastSearch] = []
    for past in ordered:
        if not kept or kept[-1].search != past.search:
            kept.append(past)
    return tuple(kept[:MOST_KEPT])


def _moment(past: PastSearch) -> tuple[float, str, int]:
    """Return a sort key for a search.

    The key also orders searches of the same time, so that every running copy of the program merges them equally.
    """
    return past.answered_at, past.search, past.rows


def matching(past: Sequence[PastSearch], typed: str) -> PastSearches:
    """Return the searches that contain all typed words. Each search is returned once."""
    words = typed.casefold().split()
    found: dict[str, PastSearch] = {}
    for one in past:
        if all(word in one.search.casefold() for word in words):
            found.setdefault(one.search, one)
    return tuple(found.values())
