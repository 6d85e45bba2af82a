"""Calculate how a metric's numbers spread over rows: minimum, median, 95th percentile, maximum and total."""

import math
from typing import NamedTuple

from cnm_tui.core.metrics.metric import Metric, Number, Total
from cnm_tui.core.snapshot import picked
from cnm_tui.core.table.table import Table
from cnm_tui.core.units import plural


class Spread(NamedTuple):
    """The minimum, median, 95th percentile, maximum and total of a metric, for the rows in which it was measured."""

    metric: Metric
    least: Number
    median: Number
    p95: Number
    """The smallest value that at least 95 % of the values do not exceed."""
    most: Number
    together: Number | None
    """The sum; for a share or a mean its value for all rows together. None if unknown."""
    known: int
    """Number of rows with a value."""
    rows: int

    @property
    def text(self) -> str:
        """Return the minimum, median, 95th percentile, maximum and total as one line of text."""
        text = self.metric.scale.text
        is_sum = self.metric.total is Total.SUM and not self.metric.parts
        said = [
            f"min {text(self.least)}",
            f"median {text(self.median)}",
            f"p95 {text(self.p95)}",
            f"max {text(self.most)}",
            f"{'sum' if is_sum else 'all together'} {text(self.together)}",
        ]
        if self.known < self.rows:
            said.append(f"of {self.known:,} of {plural(self.rows, 'row')}, the others are not measured")
        return " · ".join(said)


def spread_of(table: Table, metric: Metric) -> Spread | None:
    """Return the minimum, median, 95th percentile, maximum and total of a metric for the rows that match the filter.

    Rows that the table hides because of its maximum number of rows are included. Return None if the metric was
    not measured in any row.
    """
    snapshot, order = table.snapshot, table.matching
    figures = metric.measured(picked(snapshot.figures(metric), order))
    known = sorted(number for number in figures if number is not None)
    if not known:
        return None
    middle = len(known) // 2
    median = known[middle] if len(known) % 2 else (known[middle - 1] + known[middle]) / 2
    p95 = known[math.ceil(0.95 * len(known)) - 1]
    together = snapshot.totals(order).get(metric.key)
    return Spread(metric, known[0], median, p95, known[-1], together, len(known), len(order))
