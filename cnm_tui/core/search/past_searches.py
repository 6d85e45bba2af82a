"""Define a past search, which is a search that the user ran earlier, and decide which past searches are kept."""

from collections.abc import Iterable, Sequence
from typing import Final, NamedTuple, Protocol

MOST_KEPT: Final = 500


class PastSearch(NamedTuple):
    """A search that the user ran. It also contains the time of the last response and the number of its rows."""

    search: str
    answered_at: float
    """Time of its last answer, in epoch seconds."""
    rows: int


PastSearches = tuple[PastSearch, ...]
"""Newest first; a repeated search occurs once."""


class SearchKeeper(Protocol):
    """The interface of a store that keeps past searches between runs of cnm-tui. It is a file, or a fake in tests."""

    def load(self) -> PastSearches:
        """Return the searches of earlier runs of cnm-tui.

        Raises:
            StoreFailed: The searches cannot be read.
        """

    def keep(self, past: PastSearch) -> None:
        """Store one more search.

        Raises:
            StoreFailed: The search cannot be stored.
        """


class NotKept:
    """A replacement for the store of past searches. It stores nothing."""

    def load(self) -> PastSearches:
        """Return an empty tuple, because this class stores no searches."""
        return ()

    def keep(self, past: PastSearch) -> None:
        """Do nothing, because this class stores no searches."""


def merged(*several: Iterable[PastSearch]) -> PastSearches:
    """Merge the past searches of several stores. Return them newest first, up to a maximum number.

    If the user ran the same search several times in succession, only the newest of these entries is kept.
    """
    ordered = sorted({past for some in several for past in some}, key=_moment, reverse=True)
    kept: list[PastSearch] = []
    for past in ordered:
        if not kept or kept[-1].search != past.search:
            kept.append(past)
    return tuple(kept[:MOST_KEPT])


def _moment(past: PastSearch) -> tuple[float, str, int]:
    """Return the sort key for a past search: its time, then its text, then its number of rows.

    The text and the number decide the order of searches with the same time. Therefore all running copies of
    cnm-tui sort them in the same order.
    """
    return past.answered_at, past.search, past.rows


def matching(past: Sequence[PastSearch], typed: str) -> PastSearches:
    """Return the past searches that contain all typed words. A search that occurs several times is returned once."""
    words = typed.casefold().split()
    found: dict[str, PastSearch] = {}
    for one in past:
        if all(word in one.search.casefold() for word in words):
            found.setdefault(one.search, one)
    return tuple(found.values())
