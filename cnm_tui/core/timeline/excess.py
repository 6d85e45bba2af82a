"""Find the rows of an answer that are above a threshold; something may have begun there."""

from collections.abc import Mapping, Sequence
from typing import NamedTuple

from cnm_tui.core.metrics.health import Health, health, threshold_of
from cnm_tui.core.metrics.metric import Kind, Metric
from cnm_tui.core.snapshot import Snapshot


class Excess(NamedTuple):
    """Rows above a threshold, by their judgement: their positions in an answer, or their numbers in a timeline."""

    odd: frozenset[int]
    bad: frozenset[int]

    def only(self, row: int) -> "Excess":
        """Return this row alone, if it is among them."""
        return Excess(self.odd & {row}, self.bad & {row})

    def numbered(self, numbers: Sequence[int | None], position_of: Sequence[int]) -> "Excess":
        """Return the same rows by their numbers; without rows that have none, or repeat an id."""
        odd, bad = (
            frozenset(number for at in positions if (number := numbers[at]) is not None and position_of[number] == at)
            for positions in (self.odd, self.bad)
        )
        return Excess(odd, bad)


def watched(judged: Sequence[Metric]) -> tuple[Metric, ...]:
    """Return the metrics with a threshold; of a share and its count only the first."""
    found: dict[str, Metric] = {}
    for metric in judged:
        if metric.is_marked:
            found.setdefault(metric.counted_by.key, metric)
    return tuple(found.values())


def excess_of(snapshot: Snapshot) -> Mapping[str, Excess]:
    """Return for each watched metric the rows above its threshold; only metrics with any."""
    found: dict[str, Excess] = {}
    for metric in watched(snapshot.endpoint.judged):
        odd: list[int] = []
        bad: list[int] = []
        for position in _candidates(snapshot, metric):
            judged = health(metric, snapshot.connections.counters_at(position))
            if judged is Health.BAD:
                bad.append(position)
            elif judged is Health.ODD:
                odd.append(position)
        if odd or bad:
            found[metric.key] = Excess(frozenset(odd), frozenset(bad))
    return found


def _candidates(snapshot: Snapshot, metric: Metric) -> list[int]:
    """Return the positions of rows whose share reaches the limit, whatever the evidence; fast for thousands of rows."""
    threshold = threshold_of(metric)
    if not snapshot.connections:
        return []
    numbers = metric.counted_by.column(snapshot.columns, 0)
    if not any(numbers):
        return []
    if threshold.of.kind is Kind.ITSELF:
        return [at for at, number in enumerate(numbers) if number and number >= threshold.odd]
    bases = threshold.of.measured_of(snapshot.columns)
    return [
        at
        for at, (number, base) in enumerate(zip(numbers, bases, strict=True))
        if number and base is not None and number >= threshold.odd * base
    ]
