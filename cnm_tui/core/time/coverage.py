"""Define the coverage of a store: the time windows for which the store contains data.

The module finds stored windows that follow each other and together make a wanted window.
"""

from collections.abc import Iterable, Sequence
from typing import Generic, TypeVar

from cnm_tui.core.time.time_range import Window

_Known = TypeVar("_Known")


class Coverage(Generic[_Known]):
    """The time windows for which data exists, with the data of each window, for example recorded API answers."""

    def __init__(self, known: Iterable[tuple[Window, _Known]] = ()) -> None:
        """Store the data of each time window. If a window occurs several times, only the data of its last
        occurrence is kept.
        """
        self._by_start: dict[int, dict[int, _Known]] = {}
        for window, each in known:
            self._by_start.setdefault(window.start, {})[window.end] = each

    @property
    def since(self) -> int | None:
        """Return the start of the earliest time window in seconds since 1970. Return None if there is no window."""
        return min(self._by_start, default=None)

    def parts(self, window: Window) -> Sequence[_Known]:
        """Return the data of stored time windows that follow each other and together make exactly this window.

        Return an empty sequence if stored windows do not cover it without a gap.
        """
        found, at = list[_Known](), window.start
        while at < window.end:
            ends = self._by_start.get(at, {})
            # The longest within the window, so that fewer parts are joined.
            if not (end := max((end for end in ends if end <= window.end), default=0)):
                return ()
            found.append(ends[end])
            at = end
        return found

    def covers(self, window: Window) -> bool:
        """True if stored time windows follow each other and together make exactly this window."""
        return bool(self.parts(window))
