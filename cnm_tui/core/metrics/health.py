"""Decide which numbers are odd (unusual) or bad, by comparing them with the two limits of their metric.

The numbers are judged before rounding, and only if there is enough evidence. The module `confidence`
defines how much evidence is enough.
"""

from collections.abc import Sequence
from enum import Enum
from math import sqrt
from typing import Final

from cnm_tui.core.metrics.confidence import CONFIDENCE, Sample, is_above, is_enough, sample
from cnm_tui.core.metrics.metric import Columns, Counters, Kind, Metric, Number, Threshold
from cnm_tui.core.units import Figure, Scale


class Health(Enum):
    """The judgement of a metric's number: good, odd (unusual), bad, or too little evidence."""

    GOOD = "good"
    ODD = "odd"
    BAD = "bad"
    THIN = "thin"
    """Too little evidence to judge."""


_MOST_DECIMALS: Final = 12


def threshold_of(metric: Metric) -> Threshold:
    """Return the limits of a metric. Callers must pass a metric that has limits."""
    assert metric.threshold is not None, f"no limits are known of {metric.key}"
    return metric.threshold


def sample_of(metric: Metric, counters: Counters) -> Sample | None:
    """Return a row's counter for this metric, with the number that the counter is divided by (such as packets).

    Return None for a metric without limits.
    """
    if metric.threshold is None:
        return None
    of = metric.threshold.of
    return sample(of, metric.counted_by.value(counters, 0), of.measured(counters))


def share_of(metric: Metric, counters: Counters) -> float | None:
    """Return a row's counter for this metric divided by its base, for example by the packets sent.

    Return None if the metric is a time or has no limits, or if the counter or its base is missing.
    """
    found = sample_of(metric, counters)
    return None if found is None or threshold_of(metric).of.kind is Kind.ITSELF else found.share


def health(metric: Metric, counters: Counters) -> Health:
    """Return the judgement of one metric for a connection with these counters."""
    threshold = metric.threshold
    if threshold is None or not threshold.marks or not metric.counted_by.value(counters, 0):
        return Health.GOOD
    found = sample_of(metric, counters)
    if found is None or not is_enough(threshold.of, found):
        return Health.THIN
    if found.share < threshold.odd:
        return Health.GOOD
    if is_above(threshold.of, found, threshold.bad):
        return Health.BAD
    return Health.ODD if is_above(threshold.of, found, threshold.odd) else Health.THIN


def thin(metric: Metric, columns: Columns) -> Sequence[bool]:
    """Return for each connection True if there is too little evidence to rank it by this metric.

    Args:
        metric: The metric that the rows are ranked by.
        columns: For each counter, the numbers of all connections.
    """
    threshold = threshold_of(metric)
    least, odd = threshold.of.least, threshold.odd
    packets = threshold.of.measured_of(columns)
    if threshold.of.kind is Kind.ITSELF:
        return [sent is None or sent < least for sent in packets]
    # As in `health`, but fast for thousands of rows.
    counts = metric.counted_by.column(columns, 0)
    scatter = CONFIDENCE * sqrt(odd * (1 - odd))
    return [
        sent is None
        or sent < least
        or (count is not None and (over := count - odd * sent) >= 0 and over < scatter * sqrt(sent))
        for count, sent in zip(counts, packets, strict=True)
    ]


def thin_sentence(metric: Metric, counters: Counters) -> str:
    """Return a sentence that says why a row is not judged by this metric. Return an empty string if it is judged."""
    if (number := metric.value(counters, 0)) == 0 and metric.measured([number]) == [None]:
        return "0 says that none was measured, as for UDP."
    if health(metric, counters) is not Health.THIN:
        return ""
    of, found = threshold_of(metric).of, sample_of(metric, counters)
    if found is None and of.measured(counters) is None:
        return f"Not judged: nothing is known of the {of.noun} that it is measured against."
    if found is None or not is_enough(of, found):
        seen = 0 if found is None else found.seen
        return f"Not judged: {seen:,} {of.noun} are too few; {of.least:,} are enough."
    return f"Not marked: of {found.of:,} {of.noun} it may be chance."


def telling_figure(metric: Metric, number: Number | None, scale: Scale | None = None) -> Figure | None:
    """Return a number with more digits than usual, so that it does not look equal to a limit that it is just below.

    Return None if the number is not just below a limit, or if the usual number of digits is enough.
    """
    scale = scale or metric.scale
    if not metric.ranked_by_evidence or not number or scale.exactly is None:
        return None
    threshold = threshold_of(metric)
    for limit in (threshold.odd, threshold.bad):
        # No value is rounded by as much as a tenth.
        if 0.9 * limit < number < limit and scale.figure(number) == scale.figure(limit):
            for decimals in range(2, _MOST_DECIMALS):
                figure = scale.exactly(number, decimals)
                if figure != scale.exactly(limit, decimals):
                    return figure
    return None


def figure_text(metric: Metric, number: Number | None) -> str:
    """Return a metric's number as text for a sentence or a list.

    A number below a limit never looks equal to the limit.
    """
    figure = telling_figure(metric, number)
    return metric.scale.text(number) if figure is None else str(figure)


def figure_cell_text(metric: Metric, number: Number | None, scale: Scale | None = None) -> str:
    """Return a metric's number as text for a table column, in the number format `scale`.

    A number below a limit never looks equal to the limit.
    """
    return (scale or metric.scale).cell(number, telling_figure(metric, number, scale))
