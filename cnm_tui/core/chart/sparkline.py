"""Draw a series in one line of text, with eight levels.

Zero has the lowest level for itself, so that a small number never looks like zero. A gap is a blank; other missing
parts have their signs (`points.Missing`). Each sign has one of its own in ASCII (`tui/terminal/plain_terminals.py`).
"""

from collections.abc import Sequence
from typing import Final

from cnm_tui.core.chart.columns import PartColumns
from cnm_tui.core.chart.points import Missing, Number, Point, largest

LEVELS: Final = "▁▂▃▄▅▆▇█"
OPEN: Final = "›"
"""Stands before the part that is still open."""


def sparkline(
    points: Sequence[Point],
    width: int,
    *,
    top: Number | None = None,
    last_is_open: bool = False,
    counts: bool = False,
) -> str:
    """Return the points as one sign each; with more points than columns, each sign is the highest of its points.

    Args:
        points: One for each part, oldest first.
        width: Maximum number of columns.
        top: Number of the highest level; None for the largest of the points. Larger numbers have that level, too.
        last_is_open: True if the last part is not over; it stands apart, after `OPEN`.
        counts: True if the points are counts, which grow until their part is over: the last one is drawn only if it is
            as high as the one before it, as it would look like a fall.
    """
    most = largest(points) if top is None else top
    apart = 1 if last_is_open and points and width > len(OPEN) + 1 else 0
    closed = points[: len(points) - apart]
    room = min(len(closed), width - apart * (len(OPEN) + 1))
    if room <= 0:
        return ""
    drawn = PartColumns(len(closed), room).drawn(closed) if room < len(closed) else closed
    signs = "".join(_sign(point, most) for point in drawn)
    if not apart:
        return signs
    return signs + OPEN + ("" if counts and _is_lower(points) else _sign(points[-1], most))


def _is_lower(points: Sequence[Point]) -> bool:
    """Return True if the last point is not known to be as high as the one before it."""
    before, last = points[-2:]
    return not isinstance(last, Missing) and not isinstance(before, Missing) and last < before


def level(number: Number, top: Number) -> int:
    """Return the level of a number, 0 to 7; 0 for zero only."""
    if number <= 0 or top <= 0:
        return 0
    return max(1, min(len(LEVELS) - 1, round(number / top * (len(LEVELS) - 1))))


def _sign(point: Point, top: Number) -> str:
    return point.value if isinstance(point, Missing) else LEVELS[level(point, top)]
