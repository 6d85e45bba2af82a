"""Windows of which something is known, and which other windows they cover together."""

from collections.abc import Iterable, Sequence
from typing import Generic, TypeVar

from cnm_tui.core.time.time_range import Window

_Known = TypeVar("_Known")


class Coverage(Generic[_Known]):
    """The windows of which something is known."""

    def __init__(self, known: Iterable[tuple[Window, _Known]] = ()) -> None:
        """Take what is known of each window; of the same window the last one counts."""
        self._by_start: dict[int, dict[int, _Known]] = {}
        for window, each in known:
            self._by_start.setdefault(window.start, {})[window.end] = each

    @property
    def since(self) -> int | None:
        """The start of the first window, in epoch seconds; None if there is none."""
        return min(self._by_start, default=None)

    def parts(self, window: Window) -> Sequence[_Known]:
        """Return what is known of windows that together are exactly this one, in order; nothing if one is missing."""
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
        """True if known windows together are exactly this one."""
        return bool(self.parts(window))
