"""Draw a series of numbers over time as columns of block characters in a few lines of text.

The time span is divided into time parts of equal length. Every meaning of a colour is also shown by a
character. The column of a time part that is not over yet is hatched. The baseline is drawn as a light shade
behind the series. The axis is a double line where the time window of the displayed rows is. The axis has a
hole where a time part has no response.
"""

from collections.abc import Container, Iterable, Sequence
from itertools import groupby
from typing import Final, NamedTuple

from cnm_tui.core.chart.columns import PartColumns
from cnm_tui.core.chart.points import Missing, Number, Point, largest, nice_top
from cnm_tui.core.chart.sparkline import LEVELS
from cnm_tui.core.units import Scale

Run = tuple[str, str]
"""A text and its style words, as panes draw it."""
Line = tuple[Run, ...]

HATCHED: Final = "▒"
BEHIND: Final = "░"
LIMIT: Final = "╌"
AXIS: Final = "─"
ASKED_AXIS: Final = "═"
TICK: Final = "┬"
ASKED_TICK: Final = "╤"
CHOSEN: Final = "▴"
_EIGHTHS: Final = len(LEVELS)
_EDGE: Final = "│"


class Chart(NamedTuple):
    """The content of a chart: the points of a series over time, and how the points are drawn."""

    points: Sequence[Point]
    """One for each part, oldest first."""
    scale: Scale
    """The number format of the labels."""
    kinds: Sequence[str] = ()
    """Style words of each part, such as `bad`; empty for none."""
    behind: Sequence[Point] = ()
    """The series of the baseline, part by part; empty without one."""
    limits: Sequence[Number] = ()
    """Thresholds, drawn as lines as far as they are on the scale."""
    last_is_open: bool = False
    asked: range = range(0)
    """The parts in the window of the rows shown."""
    chosen: range = range(0)
    """The parts that the user chose."""
    least_top: Number = 0
    """Minimum of `top`, so that an even series is no wall."""
    least_label_width: int = 0
    """Minimum of `label_width`, to draw several charts over one axis."""

    @property
    def top(self) -> float:
        """The number at the upper edge of the chart, which is the largest number of the vertical scale."""
        return nice_top(max(largest(self.points), largest(self.behind), self.least_top))

    @property
    def label_width(self) -> int:
        """Number of terminal columns for the labels of the scale, including the vertical line after the labels."""
        texts = (self.scale.text(number) for number in (0, self.top, *self.limits_on_scale))
        return max(self.least_label_width, max(map(len, texts)) + len(_EDGE))

    @property
    def limits_on_scale(self) -> list[Number]:
        """The thresholds of the metric that are not above the upper edge of the chart."""
        return [limit for limit in self.limits if 0 < limit <= self.top]

    def columns(self, width: int) -> PartColumns:
        """Return the object that assigns each time part to terminal columns, in a chart of this total width.

        Terminal column 0 is the first one after the labels of the scale.
        """
        return PartColumns(len(self.points), max(1, width - self.label_width))


def chart_lines(chart: Chart, width: int, height: int, ticks: Container[int] = ()) -> list[Line]:
    """Return the chart as `height` lines of text, the highest line first, followed by the axis.

    Args:
        chart: The content of the chart.
        width: Width of the whole chart in terminal columns.
        height: Number of text lines without the axis.
        ticks: Terminal columns at which the axis has a tick. Column 0 is the first column after the labels.
    """
    columns = chart.columns(width)
    bars = _Bars(chart, columns, height)
    labels = _labels(chart, height)
    room = chart.label_width - len(_EDGE)
    lines = [
        _merged([(f"{labels.get(row, ''):>{room}}", "scale"), (_EDGE, "axis"), *bars.row(row)])
        for row in reversed(range(height))
    ]
    return [*lines, _merged([(" " * room, "scale"), ("└", "axis"), *_axis(chart, columns, ticks)])]


def _labels(chart: Chart, height: int) -> dict[int, str]:
    """Return the labels of the vertical scale as a dict from line number to text. Line 0 is the lowest line.

    Zero, the top of the scale and the thresholds have a label.
    """
    labels = {_row_of(limit, chart.top, height): chart.scale.text(limit) for limit in reversed(chart.limits_on_scale)}
    # The top is told in any case, as it gives all columns their meaning.
    return {**({0: "0"} if height > 1 else {}), **labels, height - 1: chart.scale.text(chart.top)}


def _row_of(number: Number, top: float, height: int) -> int:
    """Return the number of the text line that contains a number on the scale. Line 0 is the lowest line."""
    # A number on the border of two lines must not fall below it by rounding.
    return min(height - 1, int(number / top * height + 1e-9))


class _Bars:
    """The vertical bars of a chart. The method `row` returns one line of text across all bars."""

    def __init__(self, chart: Chart, columns: PartColumns, height: int) -> None:
        top = chart.top
        self._eighths = [_eighths(point, top, height) for point in columns.drawn(chart.points)]
        self._missing = [point if isinstance(point, Missing) else None for point in columns.drawn(chart.points)]
        behind = columns.drawn(chart.behind) if len(chart.behind) == len(chart.points) else []
        self._behind = [_eighths(point, top, height) for point in behind] or [0] * columns.width
        kinds = list(chart.kinds) or [""] * len(chart.points)
        self._kinds = [_worst(kinds[part] for part in columns.parts_at(column)) for column in range(columns.width)]
        last = len(chart.points) - 1 if chart.last_is_open else -1
        self._open = [last in columns.parts_at(column) for column in range(columns.width)]
        self._under = [
            "chosen" if column in columns.columns_of(chart.chosen) else "asked" if column in asked else ""
            for asked in [columns.columns_of(chart.asked)]
            for column in range(columns.width)
        ]
        self._limit_rows = {_row_of(limit, top, height) for limit in chart.limits_on_scale}

    def row(self, row: int) -> Iterable[Run]:
        """Yield the text and style of each bar in the text line with the number `row`. Line 0 is the lowest line."""
        for column, under in enumerate(self._under):
            sign, kind = self._sign(column, row)
            yield sign, f"{kind} {under}".strip()

    def _sign(self, column: int, row: int) -> Run:
        missing = self._missing[column]
        if missing is not None and row == 0 and missing is not Missing.GAP:
            return missing.value, "absent"
        filled = self._eighths[column] - row * _EIGHTHS
        # Whole lines, rounded: the shade has no eighths.
        is_behind = 2 * (self._behind[column] - row * _EIGHTHS) >= _EIGHTHS
        if filled > 0 and missing is None:
            kind = f"{'open ' if self._open[column] else ''}{self._kinds[column]}".strip() or "bar"
            sign = HATCHED if self._open[column] else LEVELS[min(filled, _EIGHTHS) - 1]
            # A background shows the baseline above a partly filled sign.
            return sign, f"{kind} over" if is_behind and filled < _EIGHTHS else kind
        if is_behind:
            return BEHIND, "behind"
        return (LIMIT, "limit") if row in self._limit_rows else (" ", "")


def _eighths(point: Point, top: float, height: int) -> int:
    """Return the height of a bar in eighths of a text line.

    The height is 1 for the number 0, at least 2 for a larger number, and 0 for a missing number.
    """
    if isinstance(point, Missing):
        return 0
    return max(2 if point > 0 else 1, min(height * _EIGHTHS, round(point / top * height * _EIGHTHS)))


def _worst(kinds: Iterable[str]) -> str:
    return max(kinds, key=_ORDER.index, default="")


_ORDER: Final = ("thin", "", "odd", "bad")


def _axis(chart: Chart, columns: PartColumns, ticks: Container[int]) -> Iterable[Run]:
    asked, chosen = columns.columns_of(chart.asked), columns.columns_of(chart.chosen)
    for column, point in enumerate(columns.drawn(chart.points)):
        if column in chosen:
            yield CHOSEN, "chosen"
        elif point is Missing.GAP:
            yield " ", "axis"
        else:
            signs = (ASKED_AXIS, ASKED_TICK) if column in asked else (AXIS, TICK)
            yield signs[column in ticks], "axis"


def _merged(runs: Iterable[Run]) -> Line:
    """Join neighbouring texts that have the same style, and return the result as one line of text."""
    return tuple(("".join(text for text, _ in group), kind) for kind, group in groupby(runs, key=lambda run: run[1]))
