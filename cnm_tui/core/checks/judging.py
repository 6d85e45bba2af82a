"""Decide if a condition of a check is true for the rows of a response: yes, no, or unknown.

If the response was cut at the row limit, rows are missing. A number may also be absent from a row, so that
its size is unknown. In both cases, the result is yes or no only if the missing rows or numbers cannot
change the result. Otherwise the result is unknown.
"""

from collections.abc import Callable, Collection, Mapping, Sequence
from enum import Enum
from math import ceil, inf
from operator import eq, ge, gt, le, lt, ne
from typing import Final, NamedTuple

from cnm_tui.core.checks.conditions import Condition, Factor, OfAll, OfRows, RowPart
from cnm_tui.core.diagnosis.diagnosis import diagnosed
from cnm_tui.core.metrics.metric import Metric, Number
from cnm_tui.core.snapshot import Snapshot
from cnm_tui.core.units import plural

_COMPARES: Final[Mapping[str, Callable[[Number, Number], bool]]] = {
    "<": lt,
    "<=": le,
    ">": gt,
    ">=": ge,
    "=": eq,
    "!=": ne,
}


class Truth(Enum):
    """The result of testing a condition: yes, no, or unknown."""

    YES = "yes"
    NO = "no"
    UNKNOWN = "unknown"


class Judged(NamedTuple):
    """The result of testing one factor (single comparison) of a condition on the rows of a response."""

    factor: Factor
    truth: Truth
    value: Number | None
    """The value that decides: of the worst row, of all rows together, or the number of rows; None if there is none."""
    metric: Metric | None
    """The metric of the value; None for a number of rows."""
    limit: Number | None
    """The number that the value is compared with; None for a condition without a number."""
    rows: tuple[int, ...] = ()
    """Positions of the rows that match, worst first."""
    why: str = ""
    """Why it is not known."""


class Outcome(NamedTuple):
    """The result of testing a whole condition on the rows of a response, with the results of its factors."""

    condition: Condition
    truth: Truth
    judged: tuple[Judged, ...]


class Ground(NamedTuple):
    """The rows of a response on which the conditions of a check are tested."""

    snapshot: Snapshot
    positions: Sequence[int]
    """The rows that count."""
    is_whole: bool
    """False if there may be more rows: the answer was cut, or a part of it could not be read."""
    unsure: int = 0
    """Number of further rows that may match the filter: a figure is absent, or a finding depends on cut rows."""

    @property
    def has_all_rows(self) -> bool:
        """True if no row is missing: the response is not cut, and it is certain for each row whether it counts."""
        return self.is_whole and not self.unsure


def ground_of(snapshot: Snapshot, filtered: Sequence[RowPart] = ()) -> Ground:
    """Return the rows on which conditions are tested: the rows of a response that match `filtered`."""
    ground = Ground(snapshot, range(len(snapshot.connections)), not snapshot.cut and not snapshot.unreadable)
    if not filtered:
        return ground
    matching, unknown = _rows_that_match(filtered, ground)
    return ground._replace(positions=matching, unsure=len(unknown))


def judged(condition: Condition, ground: Ground) -> Outcome:
    """Test a condition on the rows in `ground`, and return the result."""
    found = tuple(
        _judged_rows(factor, ground) if isinstance(factor, OfRows) else _judged_all(factor, ground)
        for factor in condition.factors
    )
    if ground.snapshot.adds_up_cut:
        found = tuple(one._replace(truth=Truth.UNKNOWN, why="rows were added up from a cut answer") for one in found)
    truths = {one.truth for one in found}
    # All factors must hold, so one that does not decides.
    truth = Truth.NO if Truth.NO in truths else Truth.UNKNOWN if Truth.UNKNOWN in truths else Truth.YES
    return Outcome(condition, truth, found)


# Conditions on rows


def _judged_rows(factor: OfRows, ground: Ground) -> Judged:
    matching, unknown = _rows_that_match(factor.parts, ground)
    total = len(ground.positions)
    may_be_more = 0 if ground.has_all_rows else inf
    if factor.quantifier == "all":
        # Rows that do not match prove it wrong, whatever was cut.
        wrong = total - len(matching) - len(unknown)
        least, most = (wrong, wrong + len(unknown) + may_be_more)
        truth = Truth.NO if least else Truth.UNKNOWN if most else Truth.YES
    else:
        sign, limit = (">", 0) if factor.quantifier == "any" else (factor.sign, factor.limit)
        truth = _compared(len(matching), len(matching) + len(unknown) + may_be_more, sign, limit)
    why = _why_of_rows(factor, ground, unknown) if truth is Truth.UNKNOWN else ""
    leading = next((part.comparison for part in factor.parts if part.comparison and not part.part.negated), None)
    if factor.quantifier == "count" or leading is None:
        limit_told = factor.limit if factor.quantifier == "count" else None
        return Judged(factor, truth, len(matching), None, limit_told, tuple(matching), why)
    figures = leading.metric.measured(ground.snapshot.figures(leading.metric))
    descending = leading.sign in (">", ">=")
    worst_first = sorted(
        matching, key=lambda at: (figures[at] is None, -(figures[at] or 0) * (1 if descending else -1))
    )
    known = [number for at in (matching or ground.positions) if (number := figures[at]) is not None]
    value = (max if descending else min)(known, default=None)
    return Judged(factor, truth, value, leading.metric, leading.limit, tuple(worst_first), why)


def _rows_that_match(row_parts: Sequence[RowPart], ground: Ground) -> tuple[list[int], set[int]]:
    """Return the positions of the rows that match all conditions in `row_parts`.

    The second item of the tuple contains the positions of the rows for which it is unknown if they match.
    """
    possible: Sequence[int] = list(ground.positions)
    unknown: set[int] = set()
    for one in row_parts:
        matched = set(one.part.condition(ground.snapshot, possible))
        unsure = {
            at
            for at in possible
            if ((one.part.negated or at not in matched) and _is_absent(one, ground, at))
            or _is_unsettled(one, ground, at)
        }
        holds = {at for at in possible if (at in matched) is not one.part.negated}
        unknown = (unknown & (holds | unsure)) | unsure
        possible = [at for at in possible if at in holds or at in unsure]
    return [at for at in possible if at not in unknown], unknown


def _is_absent(one: RowPart, ground: Ground, at: int) -> bool:
    """True if a number that the condition needs is absent from the row.

    A round-trip time of UDP does not count as absent.
    """
    snapshot = ground.snapshot
    if one.of_finding:
        return any(
            snapshot.columns[metric.counter][at] is None
            for metric in snapshot.endpoint.judged
            if metric.counter is not None
        )
    return one.figure is not None and is_absent(snapshot, one.figure, at)


def _is_unsettled(one: RowPart, ground: Ground, at: int) -> bool:
    """True if the condition tests the finding (problem) of a row, and this finding is uncertain.

    A finding is uncertain if the response was cut, and the missing rows could change the finding.
    """
    return one.of_finding and not ground.is_whole and at in diagnosed(ground.snapshot).unsettled


def is_absent(snapshot: Snapshot, metric: Metric, at: int) -> bool:
    """Return True if a row has no value for a metric.

    A percentage of a total of 0, or a round-trip time without packets, does not count as absent.
    """
    if snapshot.figures(metric)[at] is not None:
        return False
    return not metric.parts or any(snapshot.columns[part][at] is None for part in metric.parts)


# Conditions on all rows together


def _judged_all(factor: OfAll, ground: Ground) -> Judged:
    snapshot, metric = ground.snapshot, factor.metric
    figures = metric.measured(snapshot.figures(metric))
    known = sorted(number for at in ground.positions if (number := figures[at]) is not None)
    absent = sum(is_absent(snapshot, metric, at) for at in ground.positions)
    if not known:
        why = f"No row has {metric.label}." if ground.has_all_rows else _why(ground, absent)
        return Judged(factor, Truth.UNKNOWN, None, metric, factor.limit, (), why)
    value = _together(factor.function, known, ground, metric)
    complete = ground.has_all_rows and not absent
    least, most = (value, value) if complete else _bounds(factor.function, value)
    truth = _compared(least, most, factor.sign, factor.limit)
    rows = _worst(figures, ground.positions, factor)
    return Judged(
        factor, truth, value, metric, factor.limit, rows, _why(ground, absent) if truth is Truth.UNKNOWN else ""
    )


def _together(function: str, known: Sequence[Number], ground: Ground, metric: Metric) -> Number:
    match function:
        case "sum":
            return sum(known)
        case "min":
            return known[0]
        case "max":
            return known[-1]
        case "mean":
            return sum(known) / len(known)
        case "total":
            total = ground.snapshot.totals(list(ground.positions))[metric.key]
            return known[-1] if total is None else total
        case _:
            # The smallest value that so many percent of the values do not exceed (nearest rank).
            return known[max(0, ceil(len(known) * float(function[1:]) / 100) - 1)]


def _bounds(function: str, value: Number) -> tuple[Number, Number]:
    """Return the smallest and the largest number that a function such as `sum` could give for all rows.

    `value` is its result for the known rows, while other rows or numbers are missing. The calculation relies on
    the fact that no number is negative.
    """
    if function in ("sum", "max"):
        return value, inf
    return 0, (value if function == "min" else inf)


def _worst(figures: Sequence[Number | None], positions: Sequence[int], factor: OfAll) -> tuple[int, ...]:
    """Return the positions of up to 20 rows with the largest numbers. The row with the largest number is first.

    The tuple is empty if the condition does not compare with `>` or `>=`.
    """
    with_figure = [at for at in positions if figures[at]]
    return (
        tuple(
            sorted(
                with_figure,
                key=lambda at: -(figures[at] or 0),
            )[:20]
        )
        if factor.sign in (">", ">=")
        else ()
    )


def _compared(least: Number, most: Number, sign: str, limit: Number) -> Truth:
    """Return yes if all numbers from `least` to `most` fulfil the comparison with `limit`, and no if none does.

    Return unknown if some of the numbers fulfil the comparison and others do not. `sign` is the comparison
    operator, for example `>`.
    """
    compare = _COMPARES[sign]
    if least == most:
        return Truth.YES if compare(least, limit) else Truth.NO
    if sign in ("=", "!="):
        outside = limit < least or limit > most
        return Truth.UNKNOWN if not outside else Truth.YES if sign == "!=" else Truth.NO
    both = {compare(least, limit), compare(most, limit)}
    return Truth.UNKNOWN if len(both) > 1 else Truth.YES if True in both else Truth.NO


def _why(ground: Ground, absent: int, unsettled: int = 0) -> str:
    reasons = []
    if not ground.is_whole:
        reasons.append("rows were cut")
    if unsettled:
        reasons.append(f"the finding of {plural(unsettled, 'row')} depends on those")
    if absent:
        reasons.append(f"the figure is absent from {plural(absent, 'row')}")
    if ground.unsure:
        reasons.append(f"{plural(ground.unsure, 'further row')} may match the filter")
    return " and ".join(reasons)


def _why_of_rows(factor: OfRows, ground: Ground, unknown: Collection[int]) -> str:
    unsettled = sum(any(_is_unsettled(one, ground, at) for one in factor.parts) for at in unknown)
    return _why(ground, len(unknown) - unsettled, unsettled)
