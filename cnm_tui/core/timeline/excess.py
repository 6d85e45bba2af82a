"""Find the rows of an answer that are above a threshold, which may be where something began."""

from collections.abc import Mapping, Sequence
from typing import NamedTuple

from cnm_tui.core.metrics.confidence import Of, measured_of
from cnm_tui.core.metrics.health import THRESHOLDS, Health, counted_by, health
from cnm_tui.core.metrics.metric import Metric
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
    """Return the metrics with a threshold, and of a share and its count the first."""
    found: dict[str, Metric] = {}
    for metric in judged:
        if metric.key in THRESHOLDS:
            found.setdefault(counted_by(metric).key, metric)
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
    threshold = THRESHOLDS[metric.key]
    counter = counted_by(metric).counter
    if counter is None or not snapshot.connections:
        return []
    numbers = snapshot.columns[counter]
    if not any(numbers):
        return []
    if threshold.of is Of.ITSELF:
        return [at for at, number in enumerate(numbers) if number and number >= threshold.odd]
    bases = measured_of(threshold.of, snapshot.columns)
    return [
        at
        for at, (number, base) in enumerate(zip(numbers, bases, strict=True))
        if number and base is not None and number >= threshold.odd * base
    ]
