"""The results: a measurement, the floor from the same run, their ratio, and the target."""

from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from statistics import median
from typing import Final

_HEADINGS: Final = ("measured", "figure", "floor", "ratio", "must", "")


@dataclass(frozen=True)
class Figure:
    """One line of the table."""

    what: str
    figure: str
    floor: str = ""
    ratio: str = ""
    must: str = ""
    met: bool | None = None
    """True if the target is met; None without a target."""

    @property
    def cells(self) -> tuple[str, ...]:
        """Return the cells of the table's line."""
        verdict = "" if self.met is None else "ok" if self.met else "MISSED"
        return self.what, self.figure, self.floor, self.ratio, self.must, verdict


def ratio(what: str, seconds: float, floor_seconds: float, most: float) -> Figure:
    """Return a time that may be at most this many times the floor."""
    times = seconds / floor_seconds
    return Figure(what, ms(seconds), ms(floor_seconds), f"{times:.2f}x", f"≤ {most:g}x", times <= most)


def faster(what: str, seconds: float, other_seconds: float, least: float) -> Figure:
    """Return a time that another program must exceed by this factor."""
    times = other_seconds / seconds
    return Figure(what, ms(seconds), ms(other_seconds), f"{times:.1f}x faster", f"≥ {least:g}x", times >= least)


def at_most(what: str, number: float, most: float, unit: str) -> Figure:
    """Return a result with an absolute limit, for bytes, shares, and times that the documentation promises."""
    return Figure(what, f"{number:,.4g} {unit}", must=f"≤ {most:,g} {unit}", met=number <= most)


def for_orientation(what: str, figure: str, other: str = "") -> Figure:
    """Return a result without a target."""
    return Figure(what, figure, other)


def ms(seconds: float) -> str:
    """Return milliseconds with three digits."""
    return f"{seconds * 1000:,.3g} ms" if seconds < 1 else f"{seconds * 1000:,.0f} ms"


def p95(values: Sequence[float]) -> float:
    """Return the value that one in twenty exceeds."""
    return sorted(values)[max(0, round(0.95 * len(values)) - 1)]


def middle(values: Iterable[float]) -> float:
    """Return the median."""
    return median(values)


class Columns:
    """Columns of a table that is printed during the measurements."""

    _WIDTHS: Final = (62, 12, 12, 13, 12, 6)

    def line(self, cells: Sequence[str]) -> str:
        """Return an aligned line: the first column to the left, numbers to the right."""
        first, *others = (cell.rjust(width) for cell, width in zip(cells, self._WIDTHS, strict=True))
        return "  ".join([cells[0].ljust(len(first)), *others]).rstrip()

    def heading(self) -> str:
        """Return the heading line."""
        return self.line(_HEADINGS)
