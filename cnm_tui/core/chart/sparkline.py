"""Draw a sparkline: a series of numbers as one line of text, with eight block characters of different heights.

The lowest block is used only for zero, so that a small number never looks like zero. A gap is drawn as a
blank, and other missing numbers have their own characters (see `points.Missing`). On plain terminals, an
ASCII character replaces each of these characters (see `tui/terminal/plain_terminals.py`).
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
    """Return the points as a text with one character for each point.

    If there are more points than terminal columns, each character shows the highest of several points.

    Args:
        points: One point for each time part, oldest first.
        width: Maximum number of terminal columns.
        top: The number that is drawn with the highest block. Larger numbers have the same block. None means the
            largest point.
        last_is_open: True if the last time part is not over yet. Its character follows the separator `OPEN`.
        counts: True if the points are counts, which grow until their time part is over. The last point is then
            drawn only if it is as high as the previous point, because a lower point would look like a fall.
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
    """Return True if the last point is lower than the point before it, and neither is missing."""
    before, last = points[-2:]
    return not isinstance(last, Missing) and not isinstance(before, Missing) and last < before


def level(number: Number, top: Number) -> int:
    """Return the height of a number on a scale up to `top`, from 0 to 7. Height 0 means zero or less."""
    if number <= 0 or top <= 0:
        return 0
    return max(1, min(len(LEVELS) - 1, round(number / top * (len(LEVELS) - 1))))


def _sign(point: Point, top: Number) -> str:
    return point.value if isinstance(point, Missing) else LEVELS[level(point, top)]
