"""Calculate the graph of a metric over time. Each point of the graph combines the numbers of many rows."""

from collections.abc import Sequence
from dataclasses import dataclass

from cnm_tui.core.chart.chart import Chart
from cnm_tui.core.chart.points import Missing, Point, largest
from cnm_tui.core.metrics.confidence import is_above, is_enough, sample
from cnm_tui.core.metrics.health import figure_text, threshold_of
from cnm_tui.core.metrics.metric import Kind, Metric, Total
from cnm_tui.core.snapshot import Snapshot
from cnm_tui.core.time.time_range import Window
from cnm_tui.core.timeline.drawn import own_top, total_points
from cnm_tui.core.timeline.parts import State
from cnm_tui.core.timeline.timeline import Timeline


@dataclass(frozen=True, eq=False)
class Graph:
    """The data of a graph of one metric over time. It contains one point for each part of a timeline, oldest
    first.
    """

    metric: Metric
    rows: str
    """The rows that are together, in words: `all rows`, `37 of 281 rows`."""
    windows: Sequence[Window]
    points: Sequence[Point]
    kinds: Sequence[str]
    states: Sequence[State]
    why_cut: Sequence[str]
    """Why rows of each part may be missing, in words; empty for a whole part."""
    last_is_open: bool
    asked: range
    """The parts in the window of the rows shown."""
    behind: Sequence[Point] = ()
    """The baseline: its parts where they are known, else its figure over the whole window; empty without one."""
    baseline: Window | None = None
    added_up: float | None = None
    """The parts of the asked window together, as a multiple of the rows' own figure; None if that cannot be compared.

    Of the metric, or of the volume if the metric is a mean or a share.
    """

    @property
    def way(self) -> str:
        """Return a word for how the numbers of the rows are combined: `sum`, `weighted mean` or `together`."""
        if self.metric.total is Total.WEIGHTED_MEAN:
            return "weighted mean"
        return "sum" if self.metric.accumulates else "together"

    @property
    def window(self) -> Window:
        """Return the time window of the whole graph, from the start of its first part to the end of its last part."""
        return Window(self.windows[0].start, self.windows[-1].end)

    def span(self, parts: range) -> Window:
        """Return the time window that the parts of the graph in this range of positions cover together."""
        return Window(self.windows[parts[0]].start, self.windows[parts[-1]].end)

    def chart(self, chosen: range = range(0)) -> Chart:
        """Return the data for drawing the graph as a chart, with the chosen parts marked."""
        return Chart(
            self.points,
            self.metric.scale,
            self.kinds,
            self.behind,
            limits_of(self.metric),
            self.last_is_open,
            self.asked,
            chosen,
            own_top(self.points, self.metric),
        )

    @property
    def levels(self) -> str:
        """Return the smallest and largest number, as `76.1 to 83.5 GB`, or the only one; empty without one.

        The count of an open part, which still grows, counts only if it is the largest.
        """
        grows = self.last_is_open and self.metric.accumulates and self.points[-1] != largest(self.points)
        closed = self.points[:-1] if grows else self.points
        numbers = [point for point in closed if not isinstance(point, Missing)]
        if not numbers:
            return ""
        least, most = (figure_text(self.metric, number) for number in (min(numbers), max(numbers)))
        (number, _, unit), of_most = least.partition(" "), most.partition(" ")[2]
        return most if least == most else f"{number if unit == of_most else least} to {most}"


def limits_of(metric: Metric) -> tuple[float, ...]:
    """Return the limits above which a metric is odd or bad, in the metric's own unit. The tuple is empty for a
    count.

    A count has no limits of its own, because it is judged as a share of another counter.
    """
    return (threshold_of(metric).odd, threshold_of(metric).bad) if metric.ranked_by_evidence else ()


def graph_of(
    timeline: Timeline,
    metric: Metric,
    shown: Snapshot,
    connection_ids: Sequence[str] | None,
    rows: str,
) -> Graph:
    """Return the graph of these rows.

    With thousands of rows, the function may take some milliseconds, so call it in a thread.

    Args:
        timeline: The timeline with its parts.
        metric: The metric to draw. For several rows it is the volume, if values of this metric do not add up.
        shown: The displayed snapshot, with its baseline if there is one.
        connection_ids: The ids of the rows. None for all rows of each part.
        rows: A description of the rows in words.
    """
    if metric.total is Total.NONE and len(shown.connections if connection_ids is None else connection_ids) != 1:
        # Percentiles of several rows do not add up; the trend of each row shows them.
        metric = _volume(timeline)
    points = total_points(timeline, connection_ids, metric)
    asked = overlapping(timeline.windows, shown.window)
    return Graph(
        metric,
        rows,
        timeline.windows,
        points,
        _kinds(timeline, metric, points, connection_ids),
        timeline.states,
        timeline.why_cut,
        timeline.open[-1],
        asked,
        _behind(timeline, metric, shown, points, asked, connection_ids),
        None if shown.baseline is None else shown.baseline.window,
        added_up(timeline, metric if metric.accumulates else _volume(timeline), shown, connection_ids),
    )


def _volume(timeline: Timeline) -> Metric:
    return timeline.endpoint.metrics[timeline.endpoint.volume]


def added_up(timeline: Timeline, metric: Metric, shown: Snapshot, connection_ids: Sequence[str] | None) -> float | None:
    """Add up the metric over the timeline parts in the snapshot's window. Return the sum divided by the snapshot's
    total.

    The result shows how well the parts agree with the snapshot. Return None if the parts do not cover exactly
    this window. Also return None if a part is incomplete or unknown, or if the snapshot reached the row limit.
    """
    asked = overlapping(timeline.windows, shown.window)
    if not asked or shown.cut or any(timeline.states[at] is not State.COMPLETE for at in asked):
        return None
    if Window(timeline.windows[asked[0]].start, timeline.windows[asked[-1]].end) != shown.window:
        return None
    known = shown.answer.position_of
    positions = None if connection_ids is None else [known[one] for one in connection_ids if one in known]
    whole = shown.answer.totals(positions)[metric.key]
    numbers = timeline.total_series(connection_ids, metric).numbers[asked.start : asked.stop]
    return sum(filter(None, numbers)) / whole if whole else None


def overlapping(windows: Sequence[Window], window: Window) -> range:
    """Return the range of positions of those time windows that overlap with `window`."""
    found = [at for at, part in enumerate(windows) if part.start < window.end and part.end > window.start]
    return range(found[0], found[-1] + 1) if found else range(0)


def _kinds(
    timeline: Timeline, metric: Metric, points: Sequence[Point], connection_ids: Sequence[str] | None
) -> list[str]:
    """Return the style of each point of the graph, which shows if the point's number is good, odd or bad.

    All styles are empty if the metric has no limits in its own unit.
    """
    if not limits_of(metric):
        return [""] * len(points)
    counted = [timeline.endpoint.counted[at] for at in threshold_of(metric).of.counters]
    bases = zip(*(timeline.total_series(connection_ids, one).numbers for one in counted), strict=True)
    return [
        "" if isinstance(point, Missing) else _kind(metric, point, sum(filter(None, base)))
        for point, base in zip(points, bases, strict=True)
    ]


def _kind(metric: Metric, number: float, base: float) -> str:
    threshold = threshold_of(metric)
    found = sample(threshold.of, number if threshold.of.kind is Kind.ITSELF else number * base, base)
    if found is None or not is_enough(threshold.of, found):
        return "thin"
    if is_above(threshold.of, found, threshold.bad):
        return "bad"
    return "odd" if is_above(threshold.of, found, threshold.odd) else ""


def _behind(
    timeline: Timeline,
    metric: Metric,
    shown: Snapshot,
    points: Sequence[Point],
    asked: range,
    connection_ids: Sequence[str] | None,
) -> Sequence[Point]:
    """Return the points of the baseline, which is an earlier time that the rows are compared with.

    The points are drawn behind the points of the displayed time window. Return an empty sequence if there is no
    baseline.
    """
    if (baseline := shown.baseline) is None or not asked:
        return ()
    behind: list[Point] = [Missing.GAP] * len(points)
    shift = shown.window.start - baseline.window.start
    starts = {window.start: at for at, window in enumerate(timeline.windows)}
    earlier = [starts.get(timeline.windows[at].start - shift) for at in asked]
    if None not in earlier and not any(isinstance(points[at or 0], Missing) for at in earlier):
        for at, before in zip(asked, earlier, strict=True):
            behind[at] = points[before or 0]
        return behind
    positions = None
    if connection_ids is not None:
        known = baseline.position_of
        positions = [known[one] for one in connection_ids if one in known]
    total = baseline.totals(positions)[metric.key]
    if total is None:
        return ()
    for at in asked:
        share = timeline.windows[at].seconds / baseline.window.seconds if metric.accumulates else 1
        behind[at] = total * share
    return behind
