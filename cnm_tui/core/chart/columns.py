"""Place the parts of a series on the columns of a chart."""

from collections.abc import Sequence
from typing import NamedTuple

from cnm_tui.core.chart.points import Point, highest


class PartColumns(NamedTuple):
    """The columns of equally long parts: several columns for each part, or several parts in each column."""

    parts: int
    room: int
    """Maximum number of columns."""

    @property
    def each(self) -> int:
        """Number of columns of one part; 1 if a column has several parts."""
        return max(1, self.room // max(1, self.parts))

    @property
    def folded(self) -> int:
        """Number of parts in one column; 1 if a part has several columns."""
        return max(1, -(-self.parts // max(1, self.room)))

    @property
    def width(self) -> int:
        """Number of columns in use."""
        return -(-self.parts // self.folded) * self.each

    def parts_at(self, column: int) -> range:
        """Return the parts that a column shows; the oldest column may have fewer parts than the others."""
        group = column // self.each
        end = self.parts - (self.width // self.each - 1 - group) * self.folded
        return range(max(0, end - self.folded), max(0, min(end, self.parts)))

    def part_at(self, column: int) -> int:
        """Return the newest part that a column shows; the nearest part for a column outside."""
        inside = max(0, min(column, self.width - 1))
        return max(0, self.parts_at(inside).stop - 1)

    def columns_of(self, parts: range) -> range:
        """Return the columns that show these parts."""
        if not parts or not self.parts:
            return range(0)
        newest = self.width // self.each - 1
        groups = [newest - (self.parts - 1 - part) // self.folded for part in (parts[0], parts[-1])]
        return range(groups[0] * self.each, (groups[1] + 1) * self.each)

    def drawn(self, points: Sequence[Point]) -> list[Point]:
        """Return one point for each column: the highest of its parts, so that no short peak is lost."""
        if self.folded == 1:
            return [point for point in points for _ in range(self.each)]
        return [highest([points[part] for part in self.parts_at(column)]) for column in range(self.width)]
