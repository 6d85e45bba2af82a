"""Define a point of a chart: the number for one time part, or the reason why the number is missing."""

import math
from collections.abc import Iterable, Sequence
from enum import Enum
from typing import Final

Number = int | float


class Missing(Enum):
    """The reasons why a time part has no number.

    Each reason is drawn with its own character, and a missing number is never drawn as zero.
    """

    GAP = " "
    """It was not asked, or not answered."""
    NO_TRAFFIC = "–"
    """A complete answer lacks the row, and the metric is not a count: nothing was measured."""
    CUT = "?"
    """The row is missing from an answer that was cut at its limit: it may have had any value."""
    TOO_FEW = "·"
    """Too little was measured for a level."""


Point = Number | Missing

_NEARLY_ZERO: Final = 1e-12
_NICE_STEPS: Final = (1, 1.5, 2, 2.5, 3, 4, 5, 6, 8, 10)


def largest(points: Iterable[Point]) -> Number:
    """Return the largest number among the points, or 0 if all points are missing."""
    return max((point for point in points if not isinstance(point, Missing)), default=0)


def nice_top(number: Number) -> float:
    """Return a round number for the top of a chart's scale. It is not smaller than `number`.

    If `number` is zero or close to zero, return 1.
    """
    if number < _NEARLY_ZERO:
        return 1.0
    power = 10.0 ** math.floor(math.log10(number))
    # Rounding of the power may leave a step slightly below the number that it equals.
    return next((step * power for step in _NICE_STEPS if step * power >= number * (1 - 1e-9)), 10 * power)


def highest(group: Sequence[Point]) -> Point:
    """Return one point that represents several points: the point with the highest number.

    In this way, short peaks stay visible. If no point has a number, return the reason that comes first in this
    list: gap, cut response, too little measured, no traffic.
    """
    numbers = [point for point in group if not isinstance(point, Missing)]
    if numbers:
        return max(numbers)
    return next((reason for reason in _LEAST_FIRST if reason in group), Missing.GAP)


_LEAST_FIRST: Final = (Missing.GAP, Missing.CUT, Missing.TOO_FEW, Missing.NO_TRAFFIC)
