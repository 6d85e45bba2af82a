"""Find the levels that the metrics of many rows reach, metric by metric, for the rules of any endpoint."""

from bisect import bisect_left
from collections.abc import Mapping, Sequence, Set
from math import sqrt
from typing import NamedTuple

from cnm_tui.core.findings.rule import Level, Rule
from cnm_tui.core.metrics.confidence import CONFIDENCE, variance
from cnm_tui.core.metrics.health import threshold_of
from cnm_tui.core.metrics.metric import Base, Columns, Kind, Metric, Number


class Reached(NamedTuple):
    """The levels that the metrics of an answer reach."""

    levels: Mapping[int, Sequence[tuple[str, Level]]]
    """By the position of a row its rules that are proven by a share, each with the highest level of it."""
    uncertain: Set[int]
    """The positions of rows with a share beyond a limit that may be chance."""


class Judged(NamedTuple):
    """One metric of a rule, with lookups done once for thousands of rows."""

    code: str
    at: int
    of: Base
    least: int
    of_events: bool
    bounds: Sequence[tuple[Level, float, float]]
    """Each level with its limit and `variance`, highest limit first."""


def judged_by(rules: Sequence[Rule], metrics: Mapping[str, Metric]) -> Sequence[Judged]:
    """Return each metric of each rule, in the order of the rules."""
    return [
        _judged(rule.code, metrics[key], [level for level in rule.levels if level.metric == key])
        for rule in rules
        for key in dict.fromkeys(level.metric for level in rule.levels)
    ]


def _judged(code: str, metric: Metric, levels: Sequence[Level]) -> Judged:
    assert metric.counter is not None, "a level is of a counted metric"
    of = threshold_of(metric).of
    bounds = [(level, level.limit, variance(of, level.limit)) for level in levels]
    return Judged(code, metric.counter, of, of.least, of.kind is Kind.EVENTS, bounds)


def reached(all_judged: Sequence[Judged], columns: Columns) -> Reached:
    """Return the levels that the metrics of many rows reach; metric by metric, as most values are healthy.

    Args:
        columns: The values of all rows for each counter.
    """
    levels: dict[int, list[tuple[str, Level]]] = {}
    uncertain: set[int] = set()
    bases: dict[Base, Sequence[Number]] = {}
    for judged in all_judged:
        of, lowest = judged.of, judged.bounds[-1][1]
        events = filled(columns[judged.at])
        if not any(events):
            continue
        if of not in bases:
            bases[of] = filled(of.measured_of(columns))
        for at, (number, base) in enumerate(zip(events, bases[of], strict=True)):
            if not number or number < lowest * base:
                continue
            if (level := _level(judged, number, base)) is None:
                uncertain.add(at)
            else:
                levels.setdefault(at, []).append((judged.code, level))
    return Reached(levels, uncertain)


def _level(judged: Judged, number: Number, measured: Number) -> Level | None:
    """Return the highest level that is proven, as `sample` and `is_above` have it, which thousands cannot wait for."""
    base, seen = (max(measured, 1), measured + number) if judged.of_events else (measured, measured)
    if seen >= judged.least:
        for level, limit, of_one in judged.bounds:
            if number - base * limit >= CONFIDENCE * sqrt(base * of_one):
                return level
    return None


def filled(column: Sequence[Number | None]) -> Sequence[Number]:
    """Return the counters with zeros for absent values, which prove nothing."""
    # Mostly nothing is absent.
    return [number or 0 for number in column] if None in column else column  # type: ignore[return-value]


def median_without(in_order: Sequence[Number], own: Number) -> Number:
    """Return the median of sorted values after removing one value."""
    left_out = bisect_left(in_order, own)
    middle = (len(in_order) - 1) // 2

    def at(place: int) -> Number:
        return in_order[place if place < left_out else place + 1]

    return at(middle) if len(in_order) % 2 == 0 else (at(middle - 1) + at(middle)) / 2
