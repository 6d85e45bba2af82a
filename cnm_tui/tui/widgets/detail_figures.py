"""Create the lines of the detail pane with the metric values of a row.

There is one line for each metric, and related metrics are grouped. Below the lines follows the meaning of
one metric or of all metrics.
"""

from collections.abc import Iterator, Mapping, Sequence
from typing import Final, NamedTuple

from cnm_tui.core.compare.change_words import figure_words
from cnm_tui.core.connections import Connection
from cnm_tui.core.endpoint import Endpoint
from cnm_tui.core.metrics.confidence import unit_sentence
from cnm_tui.core.metrics.health import Health, figure_text, health, thin_sentence
from cnm_tui.core.metrics.metric import Metric, Number
from cnm_tui.core.snapshot import Snapshot
from cnm_tui.core.table.medians import medians
from cnm_tui.core.text import cell_width, fitted, wrapped
from cnm_tui.core.units import ABSENT
from cnm_tui.tui.terminal.painted import Run
from cnm_tui.tui.view import Trend
from cnm_tui.tui.widgets.grid_row import HEALTH_SIGNS

Line = tuple[Run, ...]

REVERSE_WIDTH: Final = 12
"""Width of the reverse row's value, with its sign."""
_VALUE: Final = 13
_BAR: Final = 5
_MEDIAN: Final = 10
_NARROWEST_TREND: Final = 6
_WIDEST_TREND: Final = 16
_TRAFFIC: Final = "Traffic"
"""The first group: all figures that belong to no other."""


class Figures(NamedTuple):
    """The metric values of one row, together with the values that they are compared with.

    These are, for example, the values of the reverse direction and the medians of all rows.
    """

    connection: Connection
    snapshot: Snapshot
    reverse: Connection | None
    """The row of the other way; None if it is not known."""
    inner: int
    """Columns for the text."""
    trend: Trend | None = None
    """Returns the trend of a figure; None without a timeline."""

    @property
    def label_width(self) -> int:
        """Return the number of terminal columns for the names of the metrics."""
        return max(cell_width(metric.label) for metric in self.snapshot.endpoint.metrics.values()) + 1

    @property
    def has_median(self) -> bool:
        """True if there is room for the column with the median. The column for the reverse direction has priority."""
        others = REVERSE_WIDTH if self.reverse is not None else 0
        return self.inner >= self.label_width + _VALUE + 1 + _BAR + 1 + _MEDIAN + others

    @property
    def trend_width(self) -> int:
        """Return the number of terminal columns for the trend, which shows how a metric changed over time.

        Return 0 if there is no timeline, or if there is not enough room for a readable trend.
        """
        others = REVERSE_WIDTH if self.reverse is not None else 0
        left = self.inner - (self.label_width + _VALUE + 1 + _BAR + 1 + _MEDIAN + others) - 1
        return min(left, _WIDEST_TREND) if self.trend is not None and left >= _NARROWEST_TREND else 0

    @property
    def has_bar(self) -> bool:
        """True if there is room for the bar that compares each value with the median."""
        others = REVERSE_WIDTH if self.reverse is not None else 0
        return self.inner >= self.label_width + _VALUE + 1 + _BAR + others


def figure_lines(figures: Figures) -> Iterator[tuple[str, list[Line]]]:
    """Yield for each group of metrics a pair: an identifier of the group, and its lines of text."""
    endpoint = figures.snapshot.endpoint
    usual = medians(figures.snapshot)
    for number, (group, keys) in enumerate(_groups(endpoint).items()):
        yield f"group {group}", [(), _heading(group, figures, first=not number)]
        for key in keys:
            yield key, _figure_line(endpoint.metrics[key], figures, usual)


def _groups(endpoint: Endpoint) -> Mapping[str, Sequence[str]]:
    """Return a dict from the name of a group of metrics to the keys of its metrics.

    Within a group, the metrics have the order of the grid columns.
    """
    groups: dict[str, list[str]] = {_TRAFFIC: [], **{group: [] for group, _ in endpoint.figure_groups}}
    for key in endpoint.shown_order:
        groups[next((group for group, keys in endpoint.figure_groups if key in keys), _TRAFFIC)].append(key)
    return {group: keys for group, keys in groups.items() if keys}


def figures_in_order(endpoint: Endpoint) -> list[str]:
    """Return the keys of the metrics in the order in which they are displayed from top to bottom."""
    return [key for keys in _groups(endpoint).values() for key in keys]


def figures_at(lines: Sequence[Line]) -> int:
    """Return the index of the first line in the pane that contains metric values. Return 0 if there is none."""
    return next((at for at, line in enumerate(lines) if line and line[0] == (f" {_TRAFFIC}", "title")), 0)


def _heading(group: str, figures: Figures, *, first: bool) -> Line:
    """Return the heading of a group of metrics. The heading of the first group also names the columns."""
    if not first:
        return ((f" {group}", "title"),)
    way = "this row" if figures.reverse is None else "this way"
    told = f"{way:>{figures.label_width - len(group) + _VALUE}}"
    if figures.has_bar:
        told += " " * (_BAR + 1)
    if figures.has_median:
        told += f"{'median':>{_MEDIAN + 1}}"
    if figures.reverse is not None:
        told += f"{'other way':>{REVERSE_WIDTH}}"
    if figures.trend_width:
        told += " trend"
    return (f" {group}", "title"), (told, "quiet")


def _figure_line(metric: Metric, figures: Figures, usual: Mapping[str, Number]) -> list[Line]:
    connection, snapshot = figures.connection, figures.snapshot
    text, kind = _figure(metric, connection, snapshot)
    label = fitted(metric.label, figures.label_width - 1)
    gap = figures.label_width - cell_width(label) + _VALUE - cell_width(text)
    line: list[Run] = [(f" {label}", "label"), (" " * max(1, gap), ""), (text, kind)]
    number, median = metric.value(connection.counters, snapshot.window.seconds), usual.get(metric.key)
    if figures.has_bar:
        drawn = "" if number is None or median is None else "█" * round(_against(number, median) * _BAR)
        # In whole cells and the figure's own colour: what differs is sent at each move of the cursor.
        line[-1] = (f"{text} {drawn:<{_BAR}}", kind)
    if figures.has_median:
        told = ABSENT if median is None else figure_text(metric, median)
        line += [(f"{told:>{_MEDIAN + 1}}", "quiet")]
    if figures.reverse is not None:
        other, other_kind = _figure(metric, figures.reverse, snapshot)
        line += [(" " * max(1, REVERSE_WIDTH - cell_width(other)), ""), (other, other_kind)]
    if figures.trend is not None and (width := figures.trend_width):
        line += [(" ", ""), (figures.trend(connection, metric, width).ljust(width), "trend")]
    changed = "" if snapshot.baseline is None else figure_words(snapshot, metric, connection.id)
    return [tuple(line), *(indented(changed, figures.inner, "") if changed else [])]


def _against(number: Number, median: Number) -> float:
    """Return a number from 0 to 1 that compares a value with the median.

    It is 0.5 if they are equal, and near 1 if the value is many times as large as the median.
    """
    return number / (number + median) if number > 0 and median >= 0 else 0.0


def _figure(metric: Metric, connection: Connection, snapshot: Snapshot) -> Run:
    """Return the text of a metric value with a symbol for its health, and the name of the health.

    The name is empty if the value is good.
    """
    number = metric.value(connection.counters, snapshot.window.seconds)
    stands = health(metric, connection.counters)
    kind = "" if stands is Health.GOOD else stands.value
    text, sign = figure_text(metric, number), HEALTH_SIGNS.get(kind, "")
    return f"{sign} {text}" if sign else text, kind


def meaning_lines(metric: Metric, figures: Figures) -> list[Line]:
    """Return lines with the name, the exact value and the meaning of a metric.

    If the value is based on little evidence, the lines say so.
    """
    connection, snapshot = figures.connection, figures.snapshot
    number = metric.value(connection.counters, snapshot.window.seconds)
    unit = unit_sentence(metric, counts_shown=snapshot.counts_connections)
    # Facts about all rows come first, so that they are not sent again for another row.
    sentences = (
        metric.meaning,
        unit,
        _raw_sentence(metric, number, snapshot),
        thin_sentence(metric, connection.counters),
    )
    return [
        ((f" {metric.label}", "label"), (f"  {metric.key}", "quiet")),
        *indented(" ".join(filter(None, sentences)), figures.inner, "quiet"),
    ]


def _raw_sentence(metric: Metric, number: Number | None, snapshot: Snapshot) -> str:
    """Return the exact value of a metric as a sentence. Return an empty text if the rounded value is the same.

    If there is no value, say why.
    """
    if number is None:
        return snapshot.absence_sentence(metric)
    raw = _raw_text(number)
    return "" if metric.scale.text(number).split()[0] == raw else f"{raw} {metric.unit}."


def _raw_text(number: Number) -> str:
    if isinstance(number, int):
        return f"{number:,}"
    return f"{number:,.1f}" if abs(number) >= 100 else f"{number:.6g}"


def indented(text: str, inner: int, component: str) -> list[Line]:
    """Return a text as lines that are wrapped to the width `inner` and indented."""
    return [((f"   {part}", component),) for part in wrapped(text, max(8, inner - 2))]
