"""Ranges with readable borders that figures fall into: 1 ms to <10 ms, each with its condition for the local filter."""

from bisect import bisect_right
from collections.abc import Iterable, Mapping, Sequence
from decimal import Decimal
from typing import Final, NamedTuple

from cnm_tui.core.metrics.catalogue import Metric, Number
from cnm_tui.core.units import ABSENT, BYTES, BYTES_PER_SECOND, COUNT, MICRO_SECONDS, SHARE, Scale

_FINE_DECADES: Final = 2
"""Figures that differ by no more powers of ten are told apart by borders at 1, 2 and 5, others by powers alone."""
_LEAST: Final = Decimal("0.001")
"""The smallest border, in the first unit: what is under it, if anything is, goes with zero."""
_LARGEST_POWER: Final = 18

_UNITS: Final[Mapping[Scale, tuple[str, ...]]] = {
    BYTES: ("B", "kB", "MB", "GB", "TB"),
    BYTES_PER_SECOND: ("B/s", "kB/s", "MB/s", "GB/s", "TB/s"),
    COUNT: ("", "k", "M", "G", "T"),
    MICRO_SECONDS: ("µs", "ms", "s"),
    SHARE: ("%",),
}
"""Each is 1,000 of the one before."""


class Bucket(NamedTuple):
    """One range."""

    text: str
    condition: str
    """What the local filter reads as exactly this range."""


class Buckets:
    """The ranges for some figures of a metric, from the smallest to the largest; what is absent comes last."""

    def __init__(self, metric: Metric, numbers: Iterable[Number | None]) -> None:
        self._name = metric.label.casefold().replace(" ", "_")
        self._units = _UNITS[metric.scale]
        self._first_unit = Decimal("0.01") if metric.scale is SHARE else Decimal(1)
        known = {number for number in numbers if number is not None}
        self._decimals = self._borders_around([number for number in known if number > 0])
        self._borders: Sequence[float] = list(map(float, self._decimals))
        least = self._borders[0] if self._borders else float("inf")
        self._has_tiny = any(0 < number < least for number in known)

    def _borders_around(self, positive: Sequence[Number]) -> Sequence[Decimal]:
        least = _LEAST * self._first_unit
        largest = max(positive, default=0)
        if largest < least:
            return [least] if positive else []
        first = Decimal(max(min(positive), float(least))).adjusted()
        last = min(Decimal(largest).adjusted() if largest < 10**_LARGEST_POWER else _LARGEST_POWER, _LARGEST_POWER)
        steps = (1, 2, 5) if last - first <= _FINE_DECADES else (1,)
        borders = [Decimal(step).scaleb(power) for power in range(first, last + 1) for step in steps]
        borders = [border for border in (*borders, Decimal(1).scaleb(last + 1)) if border >= least]
        # From the last that is not over the smallest to the first that is over the largest.
        start = max(0, bisect_right(borders, Decimal(min(positive))) - 1)
        return borders[start : bisect_right(borders, Decimal(largest)) + 1]

    def position(self, number: Number | None) -> int:
        """Which of `all` the figure falls into."""
        if number is None:
            return len(self._borders) + 2
        return 0 if number < 0 else bisect_right(self._borders, number) + 1

    @property
    def all(self) -> Sequence[Bucket]:
        """What is below zero, zero, the ranges, what has no figure; some may be empty."""
        name = self._name
        written = [(self._written(border, " "), self._written(border, "")) for border in self._decimals]
        zero = Bucket("0", f"{name}=0")
        if self._has_tiny:
            zero = Bucket(f"0 to <{written[0][0]}", f"{name}=0..<{written[0][1]}")
        ranges = [
            Bucket(f"{least[0]} to <{limit[0]}", f"{name}={least[1]}..<{limit[1]}")
            for least, limit in zip(written, written[1:], strict=False)
        ]
        over = [Bucket(f"{shown} and over", f"{name}>={typed}") for shown, typed in written[-1:]]
        return [Bucket("below 0", f"{name}<0"), zero, *ranges, *over, Bucket(ABSENT, f"{name}=none")]

    def _written(self, border: Decimal, gap: str) -> str:
        number, units = border / self._first_unit, list(self._units)
        unit = units.pop(0)
        while number >= 1_000 and units:
            number, unit = number / 1_000, units.pop(0)
        return f"{number.normalize():f}{gap}{unit}".rstrip()
