"""Define a metric of a row, with its name, unit, formula and limits.

The module also calculates one number of a metric for many rows together.
"""

from collections.abc import Callable, Mapping, Sequence
from contextlib import suppress
from dataclasses import dataclass
from enum import Enum
from itertools import compress
from operator import add, mul
from typing import Final, NamedTuple

from cnm_tui.core.units import BYTES, COUNT, Scale

Number = int | float
Counters = Sequence[Number | None]
"""The counters of one row in the order of its endpoint; None if the reply had no value."""

Columns = Sequence[Sequence[Number | None]]
"""For each counter of an endpoint the values of many rows."""


class Total(Enum):
    """The ways to combine a metric of several connections into one number."""

    SUM = "sum, or what follows from the sums"
    WEIGHTED_MEAN = "weighted mean"
    NONE = "none: percentiles of parts do not tell the percentile of the whole"


class Kind(Enum):
    """The statistical kinds of a counter: a share, events per base, or a value that is not divided."""

    SHARE = "share"
    """A part of its base: a binomial proportion."""
    EVENTS = "events"
    """Events per base, which may be more than one: a Poisson rate."""
    ITSELF = "itself"
    """A value that is not divided."""


@dataclass(frozen=True, eq=False, slots=True)
class Base:
    """The number that a counter is divided by, for example the packets sent.

    Because of the division, rows with much and with little traffic can be judged in the same way.
    """

    value: str
    """The base in words: `packets sent by the client`."""
    noun: str
    """The noun for the counted things, such as `packets`."""
    least: int
    """Minimum of this base for a judgement."""
    counters: tuple[int, ...]
    """Positions of the counters that it adds up; if the first is absent, so is the base."""
    kind: Kind = Kind.SHARE

    def measured(self, counters: Counters) -> Number | None:
        """Return the number that a counter of this row is divided by, for example the packets sent.

        Return None if the number is missing.
        """
        first, *others = self.counters
        known = counters[first]
        if known is None or not others:
            return known
        return known + sum(counters[other] or 0 for other in others)

    def measured_of(self, columns: Columns) -> Sequence[Number | None]:
        """Return for each row the number that its counter is divided by, for example the packets sent."""
        first, *others = self.counters
        if not others:
            return columns[first]
        try:
            # In most answers nothing is absent.
            known = columns[first]
            for other in others:
                known = list(map(add, known, columns[other]))
            return known
        except TypeError:
            return [self.measured(counters) for counters in zip(*columns, strict=True)]


class Threshold(NamedTuple):
    """The two limits of a metric. Above the first limit a number counts as odd, and above the second as bad."""

    of: Base
    odd: float
    bad: float
    reason: str
    marks: bool = True
    """True if values beyond it are marked in every table; False if it only decides changes and findings."""
    least_change: float | None = None
    """The smallest change that counts as a change; None for a tenth of the warning limit."""


class Metric(NamedTuple):
    """One metric of a connection, which the API endpoint returns or the program calculates."""

    key: str
    """The endpoint's own name; our name for a derived metric."""
    label: str
    """The heading, at most ten characters."""
    unit: str
    """Unit of the raw number, in words."""
    scale: Scale
    meaning: str
    """One plain sentence."""
    value: Callable[[Counters, float], Number | None]
    """Returns the raw number from the counters and the window's seconds; None if unknown."""
    total: Total = Total.SUM
    bad_when_high: bool = False
    """True if more is worse and less is better; False for neutral metrics."""
    counter: int | None = None
    """Position in `Counters`; None for a derived metric."""
    of_columns: Callable[[Columns, float], Sequence[Number | None]] | None = None
    """Returns the derived values of many connections, five times as fast as one by one.

    Raises TypeError if a needed counter is absent.
    """
    parts: tuple[int, ...] = ()
    """For a share, the counters that it divides; totals skip connections in which one is absent."""
    weight: int | None = None
    """For a weighted mean, the position of the counter that weighs it."""
    threshold: Threshold | None = None
    """The limits of a metric that is worse if it is larger; None if none are known."""
    share_of: "Metric | None" = None
    """For a share, the metric of its numerator."""
    may_be_rate: bool = False
    """True if the endpoint does not tell if it is a count or a rate per second."""
    unit_note: str = ""
    """A sentence about its unit, if that is not documented."""

    @property
    def is_judged(self) -> bool:
        """True if this metric can make a row better or worse than its baseline."""
        return self.bad_when_high and self.threshold is not None

    @property
    def is_marked(self) -> bool:
        """True if the grid highlights numbers of this metric that are beyond a limit."""
        return self.threshold is not None and self.threshold.marks

    @property
    def ranked_by_evidence(self) -> bool:
        """True if a number of this metric can be large by chance when there was little traffic.

        This is possible for shares and times, but not for counts.
        """
        return self.is_marked and (self.share_of is not None or self.total is Total.WEIGHTED_MEAN)

    @property
    def counted_by(self) -> "Metric":
        """Return the metric that counts the events. For a share, this is the metric of its numerator."""
        return self.share_of or self

    @property
    def accumulates(self) -> bool:
        """True if the metric is a total that grows with the length of the time window.

        Means, shares and throughput do not grow.
        """
        return self.scale in (BYTES, COUNT)

    def measured(self, figures: Sequence[Number | None]) -> Sequence[Number | None]:
        """Return these numbers of the metric, with None in place of numbers that were not measured.

        A round-trip time of 0 was not measured, for example for UDP.
        """
        return [number or None for number in figures] if self.total is Total.WEIGHTED_MEAN else figures

    def column(self, columns: Columns, window_seconds: float) -> Sequence[Number | None]:
        """Return the unrounded numbers of this metric for many connections.

        Args:
            columns: For each counter, the numbers of all rows.
            window_seconds: The length of the time window in seconds.
        """
        if self.counter is not None:
            return columns[self.counter]
        if self.of_columns is not None:
            # A counter is absent, or it is computed differently.
            with suppress(TypeError):
                return self.of_columns(columns, window_seconds)
        return [self.value(counters, window_seconds) for counters in zip(*columns, strict=True)]


def _sum(column: Sequence[Number | None]) -> Number | None:
    try:
        # In most answers nothing is absent, and 7,500 values are added without a test of each.
        return sum(column) if column else None  # type: ignore[arg-type]  # None cannot be added
    except TypeError:
        known = [number for number in column if number is not None]
        return sum(known) if known else None


def _weighted_mean(column: Sequence[Number | None], weights: Sequence[Number | None]) -> Number | None:
    """Return the weighted mean of a column of numbers. Return None if no number has a weight.

    A round-trip time of 0 was not measured, for example for UDP. Such a number and its weight are ignored.
    """
    if None not in column and None not in weights:
        measured: Number = sum(compress(weights, column))  # type: ignore[arg-type]  # any number is true or false
        return sum(map(mul, column, weights)) / measured if measured else None
    weighted = weight = 0.0
    for number, packets in zip(column, weights, strict=True):
        if number and packets:
            weighted += number * packets
            weight += packets
    return weighted / weight if weight else None


def _sums_of_parts(columns: Columns, parts: Sequence[int]) -> Counters:
    """Return the sum of each counter in `parts`. Rows in which one of these counters is missing are left out.

    Args:
        columns: For each counter, the numbers of all rows.
        parts: The positions of the counters to add.
    """
    sums: list[Number | None] = [None] * len(columns)
    known = [row for row in zip(*(columns[part] for part in parts), strict=True) if None not in row]
    for part, column in zip(parts, zip(*known, strict=True), strict=False):
        sums[part] = _sum(column)
    return sums


class _Sums(Sequence[Number | None]):
    """The sums of the counters of all rows. A sum is calculated when it is first used."""

    def __init__(self, columns: Sequence[Sequence[Number | None]]) -> None:
        self._columns = columns

    def __len__(self) -> int:
        return len(self._columns)

    def __getitem__(self, counter: int) -> Number | None:  # type: ignore[override]  # counters are never sliced
        return _sum(self._columns[counter])


def total_of(metric: Metric, columns: Columns, window_seconds: float) -> Number | None:
    """Return the number of one metric for all rows together. Return None if no row has a number for the metric.

    Args:
        metric: The metric.
        columns: For each counter of the metric's API endpoint, the numbers of all rows.
        window_seconds: The length of the time window in seconds.
    """
    if metric.total is Total.WEIGHTED_MEAN and metric.counter is not None and metric.weight is not None:
        return _weighted_mean(columns[metric.counter], columns[metric.weight])
    if metric.total is Total.NONE and metric.counter is not None:
        # A percentile of several rows or parts is in none of theirs.
        alone = columns[metric.counter]
        return alone[0] if len(alone) == 1 else None
    if any(None in columns[part] for part in metric.parts):
        return metric.value(_sums_of_parts(columns, metric.parts), window_seconds)
    return metric.value(_Sums(columns), window_seconds)


def totals(
    counted: Sequence[Metric], derived: Sequence[Metric], columns: Columns, window_seconds: float
) -> Mapping[str, Number | None]:
    """Return a dict from the key of each metric to its number for all rows together.

    The number of a metric is None if no row has the metric.

    Args:
        counted: The counters of an API endpoint, in the order of the columns.
        derived: The metrics derived from these counters.
        columns: For each counter, the numbers of all rows.
        window_seconds: The length of the time window in seconds.
    """
    sums = [_sum(column) for column in columns]
    together = {metric.key: metric.value(sums, window_seconds) for metric in (*counted, *derived)}
    for metric in derived:
        # In most answers nothing is absent, and the sums are right as they are.
        if any(None in columns[part] for part in metric.parts):
            together[metric.key] = metric.value(_sums_of_parts(columns, metric.parts), window_seconds)
    for metric, column in zip(counted, columns, strict=True):
        if metric.total is Total.WEIGHTED_MEAN and metric.weight is not None:
            together[metric.key] = _weighted_mean(column, columns[metric.weight])
        elif metric.total is Total.NONE:
            together[metric.key] = None
    return together


class ChangeForm(Enum):
    """The two ways to display how a metric changed since the baseline: as a number or in percent."""

    PERCENT = "percent"
    """Changes in percent, in a column beside each metric."""
    CHANGE = "change"
    """Changes in the metric's unit, in a column beside each metric."""
    ALONE = "alone"
    """Changes in percent, in columns that replace the metrics."""
    UNTOLD = "untold"

    def key(self, metric_key: str) -> str:
        """Return the key of the column that shows the changes of a metric."""
        return f"{'change' if self is ChangeForm.CHANGE else 'percent'}.{metric_key}"


JUDGED_BY_KEY: Final = "judged_by"
"""Key of the column that names the metrics in which a row is worse or better."""
