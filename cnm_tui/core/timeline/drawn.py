"""Make the points of a chart from a timeline. The parts of a timeline are its short, consecutive time windows.

Each part gives one point. Gaps, unknown numbers and missing numbers are represented by different points.
"""

from collections.abc import Iterable, Sequence
from typing import Final

from cnm_tui.core.chart.points import Missing, Number, Point
from cnm_tui.core.metrics.health import Health, health, threshold_of
from cnm_tui.core.metrics.metric import Counters, Metric
from cnm_tui.core.timeline.parts import Part
from cnm_tui.core.timeline.timeline import Timeline

LEAST_DRAWN: Final = 20
"""Packets from which a share or a time of a part is drawn: 1 of 3 packets lost would be a peak."""


def history_points(timeline: Timeline, connection_id: str, metric: Metric) -> list[Point]:
    """Return the chart points of one row's metric, one point for each part of the timeline, oldest part first."""
    parts, counters = timeline.parts, timeline.counters(connection_id)
    if metric.counter is None or metric.ranked_by_evidence:
        return [_point(part, known, metric) for part, known in zip(parts, counters, strict=True)]
    # As below, but fast: many rows are drawn when a part arrives.
    at = metric.counter
    numbers = [None if known is None else known[at] for known in counters]
    return [
        number if number is not None else _point(part, known, metric)
        for number, part, known in zip(numbers, parts, counters, strict=True)
    ]


def total_points(timeline: Timeline, connection_ids: Iterable[str] | None, metric: Metric) -> list[Point]:
    """Return the chart points of a metric that is calculated for these connections together.

    There is one point for each part of the timeline. If `connection_ids` is None, all connections are used.
    """
    numbers = timeline.total_series(connection_ids, metric).numbers
    return [
        number if number is not None else _missing(part) for part, number in zip(timeline.parts, numbers, strict=True)
    ]


def history_kinds(timeline: Timeline, connection_id: str, metric: Metric) -> list[str]:
    """Return the style of each chart point of a row: `bad`, `odd`, `thin`, or an empty string for a good number.

    The style `thin` means that there is too little traffic to judge the number.
    """
    judged = (None if one is None else health(metric, one) for one in timeline.counters(connection_id))
    return ["" if one is None or one is Health.GOOD else one.value for one in judged]


def _point(part: Part | None, counters: Counters | None, metric: Metric) -> Point:
    if part is None:
        return Missing.GAP
    if counters is None:
        return Missing.CUT
    number = metric.value(counters, part.seconds)
    if number is None or metric.measured([number]) == [None]:
        return Missing.NO_TRAFFIC
    if metric.ranked_by_evidence:
        seen = threshold_of(metric).of.measured(counters)
        if seen is not None and seen < LEAST_DRAWN:
            return Missing.TOO_FEW
    return number


def _missing(part: Part | None) -> Missing:
    if part is None:
        return Missing.GAP
    return Missing.CUT if part.is_cut else Missing.NO_TRAFFIC


def own_top(points: Sequence[Point], metric: Metric) -> Number:
    """Return the number at which a bar has its full height, when a row's sparkline has its own scale.

    It is at least twice the median of the row's numbers. Therefore a row with even traffic is drawn at half
    height.
    """
    numbers = sorted(point for point in points if not isinstance(point, Missing))
    if not numbers:
        return least_top(metric)
    return max(numbers[-1], 2 * numbers[(len(numbers) - 1) // 2], least_top(metric))


def least_top(metric: Metric) -> Number:
    """Return the minimum for the number at which a bar of a sparkline has its full height.

    For a share with limits it is the limit for odd values, because changes below this limit are not important.
    Otherwise it is 0.
    """
    return threshold_of(metric).odd if metric.share_of is not None and metric.is_marked else 0
