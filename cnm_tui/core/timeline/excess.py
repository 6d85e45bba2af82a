"""Find the rows whose metrics exceed a limit. These are the rows in which trouble may have begun."""

from collections.abc import Iterable, Mapping, Sequence
from math import sqrt
from typing import NamedTuple

from cnm_tui.core.metrics.confidence import CONFIDENCE, variance
from cnm_tui.core.metrics.health import threshold_of
from cnm_tui.core.metrics.metric import Kind, Metric
from cnm_tui.core.snapshot import Snapshot


class Excess(NamedTuple):
    """The rows in which a metric exceeds a limit. They are divided into odd rows and, above a higher limit, bad
    rows.

    A row is identified by its position in a snapshot, or by its number in a timeline.
    """

    odd: frozenset[int]
    bad: frozenset[int]

    def only(self, row: int) -> "Excess":
        """Return an `Excess` that contains at most this row. It is empty if the row is neither odd nor bad."""
        return Excess(self.odd & {row}, self.bad & {row})

    def numbered(self, numbers: Sequence[int | None], position_of: Sequence[int]) -> "Excess":
        """Return the same rows, identified by their timeline numbers instead of their positions in a snapshot.

        Rows without a number and rows with a repeated id are left out.

        Args:
            numbers: The timeline number of the row at each position. None for a row without a number.
            position_of: The first position of the row with each timeline number.
        """
        odd, bad = (
            frozenset(number for at in positions if (number := numbers[at]) is not None and position_of[number] == at)
            for positions in (self.odd, self.bad)
        )
        return Excess(odd, bad)


def watched(judged: Sequence[Metric]) -> tuple[Metric, ...]:
    """Return the metrics of this sequence that have limits, and therefore can show that a row turned bad.

    If a share and the counter it is calculated from both have limits, only the first of the two is returned.
    """
    found: dict[str, Metric] = {}
    for metric in judged:
        if metric.is_marked:
            found.setdefault(metric.counted_by.key, metric)
    return tuple(found.values())


def excess_of(snapshot: Snapshot) -> Mapping[str, Excess]:
    """Return for each metric the rows that exceed a limit. The dictionary keys are the metric keys.

    The rows are judged in the same way as in `health`. Metrics without such rows are left out.
    """
    found: dict[str, Excess] = {}
    for metric in watched(snapshot.endpoint.judged):
        odd, bad = _above(snapshot, metric)
        if odd or bad:
            found[metric.key] = Excess(frozenset(odd), frozenset(bad))
    return found


def _above(snapshot: Snapshot, metric: Metric) -> tuple[list[int], list[int]]:
    """Return two lists: the positions of odd rows and the positions of bad rows. The function is fast for many
    rows.
    """
    if not snapshot.connections:
        return [], []
    numbers = metric.counted_by.column(snapshot.columns, 0)
    if not any(numbers):
        return [], []
    of, odd, bad = threshold_of(metric)[:3]
    measured = of.measured_of(snapshot.columns)
    if of.kind is Kind.ITSELF:
        enough = (
            (at, number)
            for at, (number, seen) in enumerate(zip(numbers, measured, strict=True))
            if number and number >= odd and seen is not None and seen >= of.least
        )
        return _divided((at, number < bad) for at, number in enough)
    events = of.kind is Kind.EVENTS
    likely = (
        (at, number, base)
        for at, (number, base) in enumerate(zip(numbers, measured, strict=True))
        if number and base is not None and number >= odd * base and base + (number if events else 0) >= of.least
    )
    odd_scatter, bad_scatter = (CONFIDENCE * sqrt(variance(of, limit)) for limit in (odd, bad))
    found = []
    for at, number, base in likely:
        # As in `sample`: an older connection had the events if none is new.
        of_row = max(base, 1) if events else base
        root = sqrt(of_row)
        if number - of_row * bad >= bad_scatter * root:
            found.append((at, False))
        elif number - of_row * odd >= odd_scatter * root:
            found.append((at, True))
    return _divided(found)


def _divided(found: Iterable[tuple[int, bool]]) -> tuple[list[int], list[int]]:
    """Divide pairs of a row position and a bool into two lists: the positions with True, and the positions with
    False.
    """
    odd: list[int] = []
    bad: list[int] = []
    for at, is_odd in found:
        (odd if is_odd else bad).append(at)
    return odd, bad
