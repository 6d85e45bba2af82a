"""Two answers to one question, of two windows or moments, joined: what is new, gone, worse, better, and by how much.

What was absent is no zero: it has no change. Where the windows differ in length, what adds up over a window is taken
for as long a one as now, which compares rates. Where an answer was cut at its limit, what it lacks may only be beyond.
"""

from collections import Counter
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from functools import cached_property
from typing import Final, NamedTuple

from cnm_tui.core.change_metrics import CHANGE_METRICS, CHANGES, FROM_ZERO
from cnm_tui.core.metrics import (
    COUNTED,
    METRICS,
    ChangeForm,
    Columns,
    Counters,
    Metric,
    Number,
    Total,
    totals,
)
from cnm_tui.core.noise import JUDGED, Sample, judged
from cnm_tui.core.query import Query
from cnm_tui.core.snapshot import Connection, Snapshot, picked

_ABSENT: Final[Counters] = (None,) * len(COUNTED)


def comparable(one: Query, other: Query) -> bool:
    """Whether the rows of two questions mean the same, whatever the window and the limit."""
    return (one.group_bys, one.search, one.tags) == (other.group_bys, other.search, other.tags)


class Pair(NamedTuple):
    """A figure now and before; None where it is absent."""

    number: Number | None
    before: Number | None
    """For as long a window as now, where it adds up over one."""

    @property
    def change(self) -> Number | None:
        """How much more it is now."""
        return None if self.number is None or self.before is None else self.number - self.before

    @property
    def ratio(self) -> float | None:
        """The change as a share of what was before; of zero none can be told, and more than any is said."""
        if self.number is None or self.before is None:
            return None
        if self.before == 0:
            return FROM_ZERO if self.number else 0.0
        return (self.number - self.before) / self.before

    def told(self, form: ChangeForm) -> Number | None:
        """The change in this form."""
        return self.change if form is ChangeForm.CHANGE else self.ratio


@dataclass(frozen=True, eq=False, kw_only=True)
class Compared(Snapshot):
    """An answer beside an earlier one: its connections, then those that are gone, whose figures are absent."""

    now: Snapshot
    before: Snapshot
    counters_before: Sequence[Counters | None]
    """By the position of a connection, its counters in the answer before; None where it was not there."""

    @property
    def answer(self) -> Snapshot:
        """As it came."""
        return self.now

    @property
    def baseline(self) -> Snapshot:
        """The answer before."""
        return self.before

    @property
    def rows_held(self) -> int:
        """Connections of both answers."""
        return len(self.now.connections) + len(self.before.connections)

    @property
    def cut(self) -> bool:
        """Whether the answer may lack connections; those that are gone do not count."""
        return self.now.cut

    @property
    def as_rates(self) -> bool:
        """Whether the windows differ in length, so that only rates can be compared."""
        return self.longer != 1

    @property
    def longer(self) -> float:
        """How many times as long the window is as the one before."""
        return self.window.seconds / self.before.window.seconds

    def is_gone(self, position: int) -> bool:
        """Whether the connection there is only in the answer before."""
        return position >= len(self.now.connections)

    def standing(self, position: int) -> str:
        """How the connection there stands."""
        return self.standings[position]

    @cached_property
    def standings(self) -> Sequence[str]:
        """By position: `new`, `gone`, `unsure` where one of those cannot be told, `worse`, `better` or nothing."""
        worse, better = set[int](), set[int]()
        for metric in JUDGED:
            of_metric = zip(self._figures_now(metric), self.figures_before(metric), strict=True)
            for position, (number, before) in enumerate(of_metric):
                # Mostly nothing changed; and what is worse in one figure stays so, whatever the others.
                if number == before or position in worse:
                    continue
                if verdict := self.verdict(metric, position, Pair(number, before)):
                    (worse if verdict == "worse" else better).add(position)
        came = "unsure" if self.before.cut else "new"
        went = "unsure" if self.now.cut else "gone"
        found = ["worse" if at in worse else "better" if at in better else "" for at in range(len(self.connections))]
        for position, counters in enumerate(self.counters_before):
            if self.is_gone(position):
                found[position] = went
            elif counters is None:
                found[position] = came
        return found

    @cached_property
    def counts(self) -> Mapping[str, int]:
        """How many connections stand so."""
        return Counter(self.standings)

    def metric(self, key: str) -> Metric | None:
        """The metric of a column, those of changes among them."""
        return METRICS.get(key) or CHANGE_METRICS.get(key)

    def figures(self, metric: Metric) -> Sequence[Number | None]:
        """The figures of one metric, or its changes, of all connections."""
        change = CHANGES.get(metric.key)
        if change is None:
            return super().figures(metric)
        known = self._derived.get(metric.key)
        if known is None:
            of_metric = zip(self._figures_now(change.of), self.figures_before(change.of), strict=True)
            known = self._derived[metric.key] = [Pair(*figures).told(change.form) for figures in of_metric]
        return known

    def figures_before(self, metric: Metric) -> Sequence[Number | None]:
        """What the figures of one metric were, for as long a window as now; absent where the connection was."""
        return _measured(metric, self._raw_before(metric))

    def _raw_before(self, metric: Metric) -> Sequence[Number | None]:
        figures = metric.column(self._columns_before, self.before.window.seconds)
        if not (self.as_rates and metric.accumulates):
            return figures
        return [None if number is None else number * self.longer for number in figures]

    def named_figures(self, metric: Metric) -> Mapping[str, Sequence[Number | None]]:
        """The figures of one metric, behind them what they were, for as long a window as now, and by how much more."""
        change = CHANGE_METRICS[ChangeForm.CHANGE.key(metric.key)]
        before = {f"before.{metric.key}": self._raw_before(metric)}
        return {**super().named_figures(metric), **before, change.key: self.figures(change)}

    def _figures_now(self, metric: Metric) -> Sequence[Number | None]:
        return _measured(metric, super().figures(metric))

    @cached_property
    def _columns_before(self) -> Columns:
        if not self.connections:
            return [()] * len(COUNTED)
        return list(zip(*(counters or _ABSENT for counters in self.counters_before), strict=True))

    def verdict(self, metric: Metric, position: int, pair: Pair) -> str:
        """Whether a figure there, with these numbers, is `worse` or `better` than before, or neither."""
        if not metric.bad_when_high:
            return ""
        now = Sample(self.connections[position].counters, self.window.seconds)
        then = Sample(self.counters_before[position] or _ABSENT, self.before.window.seconds)
        return judged(metric, pair.number, pair.before, now, then)

    def pair(self, metric: Metric, position: int) -> Pair:
        """One figure, without looking at those of all connections."""
        number = metric.value(self.connections[position].counters, self.window.seconds)
        before = metric.value(self.counters_before[position] or _ABSENT, self.before.window.seconds)
        return self._pair_of(metric, number, before)

    def _pair_of(self, metric: Metric, number: Number | None, before: Number | None) -> Pair:
        number, before = _measured(metric, (number, before))
        if before is not None and self.as_rates and metric.accumulates:
            before *= self.longer
        return Pair(number, before)

    def totals(self, positions: Sequence[int] | None) -> Mapping[str, Number | None]:
        """Each figure for all these connections together, and how it differs from that of all of them before."""
        now, columns = super().totals(positions), self._columns_before
        if positions is not None:
            columns = [picked(column, positions) for column in columns]
        before = totals(columns, self.before.window.seconds)
        pairs = {key: self._pair_of(metric, now[key], before[key]) for key, metric in METRICS.items()}
        return {**now, **{key: pairs[change.of.key].told(change.form) for key, change in CHANGES.items()}}


def compared(now: Snapshot, before: Snapshot) -> Compared:
    """The answer joined with the one before by the ids of the connections; they must be `comparable`."""
    now, before = now.answer, before.answer
    were = dict(zip(_identities(before.connections), before.connections, strict=True))
    here = _identities(now.connections)
    found = [were.pop(identity, None) for identity in here]
    gone = sorted(were.values(), key=_busy, reverse=True)
    return Compared(
        query=now.query,
        window=now.window,
        fetched_at=now.fetched_at,
        connections=(*now.connections, *(connection._replace(counters=_ABSENT) for connection in gone)),
        unreadable=now.unreadable,
        budget=now.budget,
        warning=now.warning,
        now=now,
        before=before,
        counters_before=[*(was and was.counters for was in found), *(connection.counters for connection in gone)],
    )


def _identities(connections: Sequence[Connection]) -> Sequence[tuple[str, int]]:
    """What each is found by in another answer: its id as it was sent, and which one of that id it is."""
    seen = Counter[str]()
    identities = []
    for connection in connections:
        connection_id = connection.id if connection.unclean is None else connection.unclean.id
        identities.append((connection_id, seen[connection_id]))
        seen[connection_id] += 1
    return identities


def _busy(connection: Connection) -> Number:
    """The bytes of both sides."""
    return METRICS["total_bytes"].value(connection.counters, 1) or 0


def _measured(metric: Metric, figures: Sequence[Number | None]) -> Sequence[Number | None]:
    """A round-trip time of zero means that none was measured."""
    if metric.total is Total.WEIGHTED_MEAN:
        return [number or None for number in figures]
    return figures
