"""What was measured: a figure, the floor from the same run, their ratio, and what must be reached."""

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
    """None where nothing must be reached."""

    @property
    def cells(self) -> tuple[str, ...]:
        """As shown."""
        verdict = "" if self.met is None else "ok" if self.met else "MISSED"
        return self.what, self.figure, self.floor, self.ratio, self.must, verdict


def ratio(what: str, seconds: float, floor_seconds: float, most: float) -> Figure:
    """A time that may be at most so many times the floor."""
    times = seconds / floor_seconds
    return Figure(what, ms(seconds), ms(floor_seconds), f"{times:.2f}x", f"≤ {most:g}x", times <= most)


def faster(what: str, seconds: float, other_seconds: float, least: float) -> Figure:
    """A time that another program must need so many times over."""
    times = other_seconds / seconds
    return Figure(what, ms(seconds), ms(other_seconds), f"{times:.1f}x faster", f"≥ {least:g}x", times >= least)


def at_most(what: str, number: float, most: float, unit: str) -> Figure:
    """A figure with an absolute bound: bytes and shares do not depend on the machine, and some times are promised."""
    return Figure(what, f"{number:,.4g} {unit}", must=f"≤ {most:,g} {unit}", met=number <= most)


def for_orientation(what: str, figure: str, other: str = "") -> Figure:
    """A figure that nothing is required of."""
    return Figure(what, figure, other)


def ms(seconds: float) -> str:
    """Milliseconds with three digits."""
    return f"{seconds * 1000:,.3g} ms" if seconds < 1 else f"{seconds * 1000:,.0f} ms"


def p95(values: Sequence[float]) -> float:
    """The value that one in twenty is over."""
    return sorted(values)[max(0, round(0.95 * len(values)) - 1)]


def middle(values: Iterable[float]) -> float:
    """The median."""
    return median(values)


class Columns:
    """Lines of a table that is printed as it is measured."""

    _WIDTHS: Final = (62, 12, 12, 13, 12, 6)

    def line(self, cells: Sequence[str]) -> str:
        """Aligned: the first to the left, figures to the right."""
        first, *others = (cell.rjust(width) for cell, width in zip(cells, self._WIDTHS, strict=True))
        return "  ".join([cells[0].ljust(len(first)), *others]).rstrip()

    def heading(self) -> str:
        """The first line."""
        return self.line(_HEADINGS)
