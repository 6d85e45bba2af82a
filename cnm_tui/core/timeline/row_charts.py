"""Draw the history of one row: the time at which it turned bad, and a chart for each important metric."""

from typing import Final

from cnm_tui.core.chart.chart import Chart, Line, Run, chart_lines
from cnm_tui.core.chart.points import Missing, largest
from cnm_tui.core.chart.time_axis import axis_name, labels_line, local, ticks, utc, zone_name
from cnm_tui.core.metrics.health import Health, figure_text, health
from cnm_tui.core.metrics.metric import Metric
from cnm_tui.core.timeline.drawn import history_kinds, history_points, own_top
from cnm_tui.core.timeline.excess import watched
from cnm_tui.core.timeline.graph import limits_of
from cnm_tui.core.timeline.timeline import Timeline
from cnm_tui.core.timeline.words import onset_sentence, onset_subject
from cnm_tui.core.units import BYTES, seconds_text

CHART_HEIGHT: Final = 2
_ATTEMPTS: Final = "attempts"
_PAINTS: Final = {"odd": "odd", "bad": "bad", "thin": "thin", "open": "", "bar": ""}
"""The paint of the detail pane for style words of charts; others are quiet."""


def row_lines(timeline: Timeline, connection_id: str, width: int, *, all_metrics: bool = False) -> list[Line]:
    """Return the charts of a row as lines of text, with one time axis for all charts.

    Return an empty list if nothing is known about the row.

    Args:
        timeline: The timeline with its parts.
        connection_id: The id of the row.
        width: The width in terminal columns.
        all_metrics: True for charts of all metrics with a number above zero. False for the important metrics
            only.
    """
    if timeline.together(connection_id) is None:
        return []
    metrics = numbered_metrics(timeline, connection_id) if all_metrics else telling_metrics(timeline, connection_id)
    charts = [(metric, _chart(timeline, connection_id, metric)) for metric in metrics]
    room = max((chart.label_width for _, chart in charts if largest(chart.points)), default=0)
    lines: list[Line] = []
    drawn = False
    for metric, chart in charts:
        lines.append(_heading(metric, chart))
        if largest(chart.points):
            chart, drawn = chart._replace(least_label_width=room), True
            lines += [_painted(line) for line in chart_lines(chart, width, CHART_HEIGHT)]
    return [*lines, *_times(timeline, charts[0][1]._replace(least_label_width=room), width)] if drawn else lines


def telling_metrics(timeline: Timeline, connection_id: str) -> list[Metric]:
    """Return the metrics that are important enough to draw for a row.

    First comes the metric that turned bad. Then come shares and times with limits, failures that occurred, and
    metrics that were odd or bad in any part of the timeline. Bytes in both directions are last.
    """
    onset = timeline.onset(connection_id)
    metrics = [] if onset is None else [onset.metric]
    for metric in watched(timeline.endpoint.judged):
        if metric.ranked_by_evidence or _tells(timeline, connection_id, metric):
            metrics.append(metric)
    metrics += [metric for metric in timeline.endpoint.counted if metric.scale is BYTES]
    return list({metric.key: metric for metric in metrics}.values())


def _tells(timeline: Timeline, connection_id: str, metric: Metric) -> bool:
    """True if the metric is important enough to draw for a row.

    A metric of failed connection attempts is important if there was a failure. Any other metric is important if
    it was odd or bad in any part of the timeline.
    """
    known = [counters for counters in timeline.counters(connection_id) if counters is not None]
    if metric.threshold is not None and metric.threshold.of.noun == _ATTEMPTS:
        return any(metric.value(counters, 0) for counters in known)
    return any(health(metric, counters) in (Health.ODD, Health.BAD) for counters in known)


def numbered_metrics(timeline: Timeline, connection_id: str) -> list[Metric]:
    """Return all metrics that have a number above zero in a row, in the order of the table columns."""
    endpoint = timeline.endpoint
    metrics = (endpoint.metrics[key] for key in endpoint.shown_order)
    return [metric for metric in metrics if largest(history_points(timeline, connection_id, metric)) > 0]


def onset_words(timeline: Timeline, connection_id: str) -> str:
    """Return a text that states when the row turned bad, and in which metric.

    An example is `RETRANS% began 10:35Z (0.3 % → 4.1 %), still on`.

    Return an empty string if the row is not known to have turned bad.
    """
    onset = timeline.onset(connection_id)
    return "" if onset is None else f"{onset_subject(onset)} {onset_sentence(onset, timeline.window)}"


def onset_line(timeline: Timeline, connection_id: str) -> Run:
    """Return a sentence that states when the row turned bad, as a pair of the text and its drawing style."""
    onset = timeline.onset(connection_id)
    if onset is None:
        return f"Not known to have turned bad in these {seconds_text(timeline.window.seconds)}.", "quiet"
    kind = "" if not onset.still_on else "bad" if onset.severity >= 1 else "odd"
    return onset_words(timeline, connection_id), kind


def _chart(timeline: Timeline, connection_id: str, metric: Metric) -> Chart:
    points = history_points(timeline, connection_id, metric)
    return Chart(
        points,
        metric.scale,
        history_kinds(timeline, connection_id, metric),
        limits=limits_of(metric),
        last_is_open=timeline.open[-1],
        least_top=own_top(points, metric),
    )


def _heading(metric: Metric, chart: Chart) -> Line:
    """Return the heading of a chart: the name of the metric, and its smallest and largest number.

    A count in the part that is still in progress may still grow. It is left out of these numbers unless it is
    already the largest.
    """
    points = chart.points
    grows = chart.last_is_open and metric.accumulates and points[-1] != largest(points)
    numbers = [point for point in (points[:-1] if grows else points) if not isinstance(point, Missing)]
    if not numbers:
        return ((metric.label, "label"), ("  no figure in any part", "quiet"))
    least, most = (figure_text(metric, number) for number in (min(numbers), max(numbers)))
    told = f"{least} to {most}" if least != most else f"{most} in each part with a figure"
    return ((metric.label, "label"), (f"  {told}", "quiet"))


def _times(timeline: Timeline, chart: Chart, width: int) -> list[Line]:
    """Return the labels of the time axis in UTC and in local time, as lines of text."""
    columns, room = chart.columns(width), chart.label_width - 1
    at = ticks(timeline.window.start, timeline.window.end, columns.width)
    zone = zone_name(*timeline.window)
    return [
        ((f"{axis_name(name, room)} {labels_line(at, columns.width, clock)}", "quiet"),)
        for name, clock in (("UTC", utc), (zone, local))
        if name
    ]


def _painted(line: Line) -> Line:
    return tuple(
        (text, next((_PAINTS[word] for word in kind.split() if word in _PAINTS), "quiet")) for text, kind in line
    )
