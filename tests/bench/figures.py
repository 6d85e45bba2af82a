"""Define the result of a measurement. It contains the measured time and its floor, which is the fastest possible
time.

The floor is measured in the same run. A result also contains the ratio of both times, and the target.
"""

from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from statistics import median
from typing import Final

_HEADINGS: Final = ("measured", "figure", "floor", "ratio", "must", "")


@dataclass(frozen=True)
class Figure:
    """One line of the result table. It contains a measured time, the fastest possible time, their ratio and the
    target.
    """

    what: str
    figure: str
    floor: str = ""
    ratio: str = ""
    must: str = ""
    met: bool | None = None
    """True if the target is met; None without a target."""

    @property
    def cells(self) -> tuple[str, ...]:
        """Return the texts of this result for the columns of the table.

        The last text is `ok` or `MISSED`. It is empty if there is no target.
        """
        verdict = "" if self.met is None else "ok" if self.met else "MISSED"
        return self.what, self.figure, self.floor, self.ratio, self.must, verdict


def ratio(what: str, seconds: float, floor_seconds: float, most: float) -> Figure:
    """Return a result for a measured time that may be at most `most` times as long as the fastest possible time."""
    times = seconds / floor_seconds
    return Figure(what, ms(seconds), ms(floor_seconds), f"{times:.2f}x", f"≤ {most:g}x", times <= most)


def faster(what: str, seconds: float, other_seconds: float, least: float) -> Figure:
    """Return a result for a comparison with another program. The other program must need at least `least` times as
    long.
    """
    times = other_seconds / seconds
    return Figure(what, ms(seconds), ms(other_seconds), f"{times:.1f}x faster", f"≥ {least:g}x", times >= least)


def at_most(what: str, number: float, most: float, unit: str) -> Figure:
    """Return a result for a number that must not exceed the limit `most`.

    Examples are numbers of bytes, shares, and times that the documentation promises.
    """
    return Figure(what, f"{number:,.4g} {unit}", must=f"≤ {most:,g} {unit}", met=number <= most)


def for_orientation(what: str, figure: str, other: str = "") -> Figure:
    """Return a result without a target, which is printed only as information."""
    return Figure(what, figure, other)


def ms(seconds: float) -> str:
    """Return a time in seconds as text in milliseconds, with three significant digits below one second."""
    return f"{seconds * 1000:,.3g} ms" if seconds < 1 else f"{seconds * 1000:,.0f} ms"


def p95(values: Sequence[float]) -> float:
    """Return the 95th percentile of the values."""
    return sorted(values)[max(0, round(0.95 * len(values)) - 1)]


def middle(values: Iterable[float]) -> float:
    """Return the median of the values."""
    return median(values)


class Columns:
    """A result table with fixed column widths. Its lines are printed one by one during the measurements."""

    _WIDTHS: Final = (62, 12, 12, 13, 12, 6)

    def line(self, cells: Sequence[str]) -> str:
        """Return one table line as text. The first column is aligned to the left, the other columns to the right."""
        first, *others = (cell.rjust(width) for cell, width in zip(cells, self._WIDTHS, strict=True))
        return "  ".join([cells[0].ljust(len(first)), *others]).rstrip()

    def heading(self) -> str:
        """Return the table line with the column headings."""
        return self.line(_HEADINGS)
