"""Find out which rows exceed the limits of their metrics. The code works for the rules of every API endpoint."""

from bisect import bisect_left
from collections.abc import Mapping, Sequence, Set
from itertools import compress, count, repeat
from math import sqrt
from operator import ge, mul
from typing import NamedTuple

from cnm_tui.core.findings.rule import Level, Rule
from cnm_tui.core.metrics.confidence import CONFIDENCE, variance
from cnm_tui.core.metrics.health import threshold_of
from cnm_tui.core.metrics.metric import Base, Columns, Kind, Metric, Number


class Reached(NamedTuple):
    """The limits that each row of a response exceeds, and the rows for which there is too little evidence."""

    levels: Mapping[int, Sequence[tuple[str, Level]]]
    """By the position of a row its rules that are proven by a share, each with the highest level of it."""
    uncertain: Set[int]
    """The positions of rows with a share beyond a limit that may be chance."""


Proven = tuple[tuple[str, Level], ...]
"""The codes of rules that a share proves, each with the highest level of it."""


class Judged(NamedTuple):
    """One metric of a rule, with values that are calculated only once, so that thousands of rows can be judged fast."""

    code: str
    at: int
    of: Base
    least: int
    of_events: bool
    bounds: Sequence[tuple[Proven, float, float]]
    """Each level with its limit and `variance`, highest limit first."""


def judged_by(rules: Sequence[Rule], metrics: Mapping[str, Metric]) -> Sequence[Judged]:
    """Return a Judged object for each metric of each rule, in the order of the rules."""
    return [
        _judged(rule.code, metrics[key], [level for level in rule.levels if level.metric == key])
        for rule in rules
        for key in dict.fromkeys(level.metric for level in rule.levels)
    ]


def _judged(code: str, metric: Metric, levels: Sequence[Level]) -> Judged:
    assert metric.counter is not None, "a level is of a counted metric"
    of = threshold_of(metric).of
    # One object for all rows that only this level is proven of.
    bounds = [(((code, level),), level.limit, variance(of, level.limit)) for level in levels]
    return Judged(code, metric.counter, of, of.least, of.kind is Kind.EVENTS, bounds)


def reached(all_judged: Sequence[Judged], columns: Columns) -> Reached:
    """Return which rows exceed which limits.

    The function looks at one metric after the other. This is fast because most numbers are healthy.

    Args:
        all_judged: The metrics of all rules.
        columns: For each counter, the numbers of all rows.
    """
    levels: dict[int, Proven] = {}
    uncertain: set[int] = set()
    bases: dict[Base, Sequence[Number]] = {}
    for judged in all_judged:
        of = judged.of
        events = filled(columns[judged.at])
        if not any(events):
            continue
        if of not in bases:
            bases[of] = filled(of.measured_of(columns))
        positions, proven, may_be_chance = _levels(judged, events, bases[of])
        uncertain.update(may_be_chance)
        for at, one in zip(positions, proven, strict=True):
            levels[at] = levels[at] + one if at in levels else one
    return Reached(levels, uncertain)


def _levels(
    judged: Judged, events: Sequence[Number], measured: Sequence[Number]
) -> tuple[list[int], list[Proven], list[int]]:
    """Find the rows whose share exceeds a limit.

    The rule is the same as in `sample` and `is_above`, but written for speed because the user waits for thousands
    of rows.

    Args:
        judged: The metric with its limits.
        events: The counter of each row.
        measured: The base of each row, by which the counter is divided.

    Returns:
        The positions of rows with a proven share, for each of them the highest exceeded limit, and the positions of
        rows whose share may be chance.
    """
    lowest, least, bounds = judged.bounds[-1][1], judged.least, judged.bounds
    positions: list[int] = []
    proven: list[Proven] = []
    may_be_chance: list[int] = []
    for at in compress(count(), map(ge, events, map(mul, measured, repeat(lowest)))):
        if not (number := events[at]):
            continue
        base = seen = measured[at]
        if judged.of_events:
            base, seen = max(base, 1), base + number
        if seen >= least:
            for level, limit, of_one in bounds:
                if number - base * limit >= CONFIDENCE * sqrt(base * of_one):
                    positions.append(at)
                    proven.append(level)
                    break
            else:
                may_be_chance.append(at)
        else:
            may_be_chance.append(at)
    return positions, proven, may_be_chance


def filled(column: Sequence[Number | None]) -> Sequence[Number]:
    """Return one counter of all rows, with 0 in place of None, because a missing number proves nothing."""
    # Mostly nothing is absent.
    return [number or 0 for number in column] if None in column else column  # type: ignore[return-value]


def median_without(in_order: Sequence[Number], own: Number) -> Number:
    """Return the median of the sorted numbers in `in_order` after the number `own` is removed from them."""
    left_out = bisect_left(in_order, own)
    middle = (len(in_order) - 1) // 2

    def at(place: int) -> Number:
        return in_order[place if place < left_out else place + 1]

    return at(middle) if len(in_order) % 2 == 0 else (at(middle - 1) + at(middle)) / 2
