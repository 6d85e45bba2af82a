"""A figure of a row, described once: what it is called, how it is worked out, and how those of many rows become one."""

from collections.abc import Callable, Mapping, Sequence
from contextlib import suppress
from enum import Enum
from typing import Final, NamedTuple

from cnm_tui.core.units import BYTES, COUNT, Scale

Number = int | float
Counters = Sequence[Number | None]
"""The counted figures of one row in the order of its endpoint; None where the reply had none."""

Columns = Sequence[Sequence[Number | None]]
"""For each counted figure of an endpoint those of many rows."""


class Total(Enum):
    """How the figures of several rows become one."""

    SUM = "sum, or what follows from the sums"
    WEIGHTED_MEAN = "weighted mean"


class Metric(NamedTuple):
    """One figure of a connection, counted by the endpoint or derived here."""

    key: str
    """The endpoint's own name; ours where it is derived."""
    label: str
    """The heading, at most ten characters."""
    unit: str
    """Of the raw number, in words."""
    scale: Scale
    meaning: str
    """One plain sentence."""
    value: Callable[[Counters, float], Number | None]
    """The raw number, from the counters and the window's length in seconds; None if it cannot be known."""
    total: Total = Total.SUM
    bad_when_high: bool = False
    """Whether more of it is worse, and less is better; of the others neither is said."""
    counter: int | None = None
    """Where the figure stands in `Counters`; None where it is derived."""
    of_columns: Callable[[Columns, float], Sequence[Number | None]] | None = None
    """The derived figures of many connections at once, five times as fast as one by one.

    Raises TypeError where a counter is absent that they need.
    """
    parts: tuple[int, ...] = ()
    """For a share, the counters that it divides; totals leave out a connection in which one of them is absent."""
    weight: int | None = None
    """For a weighted mean, the counter that weighs it."""

    @property
    def accumulates(self) -> bool:
        """True if a longer window holds more of it: totals do, means, shares and throughput do not."""
        return self.scale in (BYTES, COUNT)

    def measured(self, figures: Sequence[Number | None]) -> Sequence[Number | None]:
        """Return these figures; a round-trip time of 0, as of UDP, says that none was measured, and becomes None."""
        return [number or None for number in figures] if self.total is Total.WEIGHTED_MEAN else figures

    def column(self, columns: Columns, window_seconds: float) -> Sequence[Number | None]:
        """The raw numbers of many connections.

        Args:
            columns: For each counted figure those of all rows.
        """
        if self.counter is not None:
            return columns[self.counter]
        if self.of_columns is not None:
            # Something is absent, or it comes out.
            with suppress(TypeError):
                return self.of_columns(columns, window_seconds)
        return [self.value(counters, window_seconds) for counters in zip(*columns, strict=True)]


def _sum(column: Sequence[Number | None]) -> Number | None:
    try:
        # Mostly nothing is absent, and 7,500 figures are added without looking at each.
        return sum(column) if column else None  # type: ignore[arg-type]  # None cannot be added
    except TypeError:
        known = [number for number in column if number is not None]
        return sum(known) if known else None


def _weighted_mean(column: Sequence[Number | None], weights: Sequence[Number | None]) -> Number | None:
    """A round-trip time of 0 means that none was measured (UDP), so it has no weight."""
    weighted = weight = 0.0
    for number, packets in zip(column, weights, strict=True):
        if number and packets:
            weighted += number * packets
            weight += packets
    return weighted / weight if weight else None


def _sums_of_parts(columns: Columns, parts: Sequence[int]) -> Counters:
    """Return sums over the connections in which none of these counters is absent; the others stay absent."""
    sums: list[Number | None] = [None] * len(columns)
    known = [row for row in zip(*(columns[part] for part in parts), strict=True) if None not in row]
    for part, column in zip(parts, zip(*known, strict=True), strict=False):
        sums[part] = _sum(column)
    return sums


def totals(
    counted: Sequence[Metric], derived: Sequence[Metric], columns: Columns, window_seconds: float
) -> Mapping[str, Number | None]:
    """Return each figure for all rows together, by its key; None where none of them has it.

    Args:
        counted: The counted metrics of an endpoint, in the order of the columns.
        derived: Those that follow from them.
        columns: For each counted figure those of all rows.
    """
    sums = [_sum(column) for column in columns]
    together = {metric.key: metric.value(sums, window_seconds) for metric in (*counted, *derived)}
    for metric in derived:
        # Mostly nothing is absent, and the sums are right as they are.
        if any(None in columns[part] for part in metric.parts):
            together[metric.key] = metric.value(_sums_of_parts(columns, metric.parts), window_seconds)
    for metric, column in zip(counted, columns, strict=True):
        if metric.total is Total.WEIGHTED_MEAN and metric.weight is not None:
            together[metric.key] = _weighted_mean(column, columns[metric.weight])
    return together


class ChangeForm(Enum):
    """How the changes of figures are told in a table that is compared."""

    PERCENT = "percent"
    """Beside each figure."""
    CHANGE = "change"
    """Beside each figure, in its own unit."""
    ALONE = "alone"
    """In percent, in place of the figures."""
    UNTOLD = "untold"

    def key(self, metric_key: str) -> str:
        """The key of the column that tells the change of a metric so."""
        return f"{'change' if self is ChangeForm.CHANGE else 'percent'}.{metric_key}"


JUDGED_BY_KEY: Final = "judged_by"
"""The column of a comparison that names the figures by which a row is worse or better."""
