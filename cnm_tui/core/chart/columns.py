"""Calculate which terminal columns of a chart show which time parts.

A time part is one of the equal intervals that a time span is divided into.
"""

from collections.abc import Sequence
from typing import NamedTuple

from cnm_tui.core.chart.points import Point, highest


class PartColumns(NamedTuple):
    """The assignment of terminal columns to time parts, which all have the same length.

    If there is enough room, each time part has several columns. If not, each column shows several time parts.
    """

    parts: int
    room: int
    """Maximum number of columns."""

    @property
    def each(self) -> int:
        """Number of terminal columns for one time part. It is 1 if a column shows several parts."""
        return max(1, self.room // max(1, self.parts))

    @property
    def folded(self) -> int:
        """Number of time parts in one terminal column. It is 1 if a part has several columns."""
        return max(1, -(-self.parts // max(1, self.room)))

    @property
    def width(self) -> int:
        """Number of terminal columns that all time parts together occupy."""
        return -(-self.parts // self.folded) * self.each

    def parts_at(self, column: int) -> range:
        """Return the indexes of the time parts that a terminal column shows.

        If the parts do not divide evenly, the column of the oldest time parts shows fewer parts than the others.
        """
        group = column // self.each
        end = self.parts - (self.width // self.each - 1 - group) * self.folded
        return range(max(0, end - self.folded), max(0, min(end, self.parts)))

    def part_at(self, column: int) -> int:
        """Return the index of the newest time part that a terminal column shows.

        For a column outside the chart, return the index of the nearest time part.
        """
        inside = max(0, min(column, self.width - 1))
        return max(0, self.parts_at(inside).stop - 1)

    def columns_of(self, parts: range) -> range:
        """Return the range of terminal columns that show these time parts."""
        if not parts or not self.parts:
            return range(0)
        newest = self.width // self.each - 1
        groups = [newest - (self.parts - 1 - part) // self.folded for part in (parts[0], parts[-1])]
        return range(groups[0] * self.each, (groups[1] + 1) * self.each)

    def drawn(self, points: Sequence[Point]) -> list[Point]:
        """Return one point for each terminal column.

        If a column shows several time parts, its point is the highest, so that short peaks stay visible.
        """
        if self.folded == 1:
            return [point for point in points for _ in range(self.each)]
        return [highest([points[part] for part in self.parts_at(column)]) for column in range(self.width)]
