"""Searches that were answered before, the newest first: which are kept."""

from collections.abc import Iterable, Sequence
from typing import Final, NamedTuple, Protocol

MOST_KEPT: Final = 500


class PastSearch(NamedTuple):
    """A search, and what came of it last."""

    search: str
    answered_at: float
    """Epoch seconds."""
    rows: int


PastSearches = tuple[PastSearch, ...]
"""The newest first; one asked again and again stands once."""


class SearchKeeper(Protocol):
    """Whatever keeps searches from one run to the next: the disk, or a test's own."""

    def load(self) -> PastSearches:
        """Those of earlier runs.

        Raises:
            StoreFailed: They cannot be read.
        """

    def keep(self, past: PastSearch) -> None:
        """Keep one more.

        Raises:
            StoreFailed: It cannot be kept.
        """


def merged(*several: Iterable[PastSearch]) -> PastSearches:
    """All of them as one: of the same search with no other in between the newest, and not too many."""
    ordered = sorted({past for some in several for past in some}, key=_moment, reverse=True)
    kept: list[PastSearch] = []
    for past in ordered:
        if not kept or kept[-1].search != past.search:
            kept.append(past)
    return tuple(kept[:MOST_KEPT])


def _moment(past: PastSearch) -> tuple[float, str, int]:
    """Two at the same moment still have an order, so that every program that merges them finds the same."""
    return past.answered_at, past.search, past.rows


def matching(past: Sequence[PastSearch], typed: str) -> PastSearches:
    """Those that hold all words typed, each search once."""
    words = typed.casefold().split()
    found: dict[str, PastSearch] = {}
    for one in past:
        if all(word in one.search.casefold() for word in words):
            found.setdefault(one.search, one)
    return tuple(found.values())
