"""Find the rows of an answer that are above a threshold, which may be where something began."""

from collections.abc import Mapping, Sequence
from typing import NamedTuple

from cnm_tui.core.metrics.health import Health, health, threshold_of
from cnm_tui.core.metrics.metric import Kind, Metric
from cnm_tui.core.snapshot import Snapshot


class Excess(NamedTuple):
    """Positions of rows above a threshold, by their judgement."""

    odd: frozenset[int]
    bad: frozenset[int]

    def health_at(self, position: int) -> Health:
        """Return BAD, ODD, or GOOD for every other judgement."""
        if position in self.bad:
            return Health.BAD
        return Health.ODD if position in self.odd else Health.GOOD


NO_EXCESS = Excess(frozenset(), frozenset())


def watched(judged: Sequence[Metric]) -> tuple[Metric, ...]:
    """Return the metrics with a threshold, and of a share and its count the first."""
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
    counter = metric.counted_by.counter
    if counter is None or not snapshot.connections:
        return []
    numbers = snapshot.columns[counter]
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
