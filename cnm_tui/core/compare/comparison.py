"""Two answers to one question, of two windows or moments, joined: what is new, gone, worse, better, and by how much.

What was absent is no zero: it has no change. Where the windows differ in length, what adds up over a window is taken
for as long a one as now, which compares rates. Where an answer was cut at its limit, what it lacks may only be beyond.
"""

from collections import Counter
from collections.abc import Iterable, Mapping, Sequence, Set
from dataclasses import dataclass
from functools import cached_property
from itertools import repeat
from typing import Final, NamedTuple

from cnm_tui.core.compare.change_metrics import FROM_ZERO, JUDGED_BY, change_of, changes
from cnm_tui.core.compare.noise import BETTER, WORSE, named, verdicts
from cnm_tui.core.fields.group_by import Side
from cnm_tui.core.metrics.confidence import Of, may_be_rate
from cnm_tui.core.metrics.health import counted_by, threshold_of
from cnm_tui.core.metrics.metric import ChangeForm, Columns, Counters, Metric, Number
from cnm_tui.core.query import Query
from cnm_tui.core.snapshot import Connections, Snapshot, picked
from cnm_tui.core.time.time_range import BUCKET_SECONDS, Window

NOWHERE: Final = -1
_MARKS: Final = "tcp_delivered_ce"
_LOSS: Final = "retransmit_share"


def comparable(one: Query, other: Query) -> bool:
    """Whether the rows of two questions mean the same, whatever the window and the limit."""
    return (one.group_bys, one.search, one.tags) == (other.group_bys, other.search, other.tags)


def may_be_off(one: Window, other: Window) -> bool:
    """True if an end of two windows is on no border of buckets, so that what they hold may differ by up to a bucket.

    Of the same window the same buckets are asked for twice.
    """
    return one != other and any(end % BUCKET_SECONDS for end in (*one, *other))


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
    positions_before: Sequence[int]
    """By the position of a connection, that in the answer before; `NOWHERE` where it was not there."""

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

    @cached_property
    def counts_connections(self) -> bool:
        """True if one of the answers shows it: both come from the same service."""
        return self.now.counts_connections or self.before.counts_connections

    def not_comparable(self, metric: Metric) -> bool:
        """True if windows of different lengths forbid to compare a figure that may be a count or a rate."""
        return self.as_rates and may_be_rate(metric) and not self.counts_connections

    @property
    def may_be_off(self) -> bool:
        """True if the windows do not fit the buckets."""
        return may_be_off(self.window, self.before.window)

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
        worse, better = self._judged[WORSE], self._judged[BETTER]
        came = "unsure" if self.before.cut else "new"
        went = "unsure" if self.now.cut else "gone"
        # What is worse in one figure stays so, whatever the others.
        found = [WORSE if at in worse else BETTER if at in better else "" for at in range(len(self.now.connections))]
        for position, position_before in enumerate(self.positions_before[: len(found)]):
            if position_before == NOWHERE:
                found[position] = came
        return found + [went] * (len(self.connections) - len(found))

    @cached_property
    def _judged(self) -> Mapping[str, Mapping[int, Sequence[Metric]]]:
        """By verdict and position the figures that are so, in the order of the columns."""
        found: dict[str, dict[int, list[Metric]]] = {WORSE: {}, BETTER: {}}
        for metric in named(self.endpoint.judged):
            for position, verdict in self._verdicts(metric):
                found[verdict].setdefault(position, []).append(metric)
        worse, better, known = found[WORSE], found[BETTER], self.endpoint.metrics
        # A router that may mark a packet marks it instead of dropping it (RFC 3168, 5): so ECN gets into use.
        for position in [
            at for at in worse if worse[at] == [known.get(_MARKS)] and known.get(_LOSS) in better.get(at, ())
        ]:
            del worse[position]
        return found

    def _verdicts(self, metric: Metric) -> Iterable[tuple[int, str]]:
        """The positions at which this figure is worse or better, and which of both."""
        return () if self.is_unjudged(metric) else verdicts(metric, self.columns, self._columns_before)

    def judged_by(self, position: int) -> Sequence[Metric]:
        """Return the figures by which the connection there is worse, or better; none where it is neither."""
        return self._judged.get(self.standing(position), {}).get(position, ())

    def _judged_figures(self, position: int) -> int | None:
        """Return by how many figures the connection there is worse, or as a negative number better, to sort by."""
        standing = self.standing(position)
        if standing in ("new", "gone", "unsure"):
            return None
        figures = len(self.judged_by(position))
        return -figures if standing == BETTER else figures

    def is_unjudged(self, metric: Metric) -> bool:
        """True for a share of connections where those cannot be compared."""
        of_connections = threshold_of(metric).of in (Of.ATTEMPTS, Of.CONNECTIONS)
        return of_connections and self.as_rates and not self.counts_connections

    @cached_property
    def counts(self) -> Mapping[str, int]:
        """How many connections stand so."""
        return Counter(self.standings)

    def metric(self, key: str) -> Metric | None:
        """The metric of a column, those of changes among them."""
        if key == JUDGED_BY.key:
            return JUDGED_BY
        change = changes(self.endpoint).get(key)
        return super().metric(key) if change is None else change.metric

    def figures(self, metric: Metric) -> Sequence[Number | None]:
        """The figures of one metric, or its changes, of all connections."""
        if metric is JUDGED_BY:
            return [self._judged_figures(position) for position in range(len(self.connections))]
        change = changes(self.endpoint).get(metric.key)
        if change is None:
            return super().figures(metric)
        known = self._derived.get(metric.key)
        if known is None:
            of_metric = zip(self._figures_now(change.of), self.figures_before(change.of), strict=True)
            known = self._derived[metric.key] = [Pair(*figures).told(change.form) for figures in of_metric]
        return known

    def thin(self, key: str) -> Sequence[bool]:
        """For all connections whether there is too little evidence for this figure; of a change, if it is noise."""
        change = changes(self.endpoint).get(key)
        if change is None:
            return super().thin(key)
        known = self._thin.get(key)
        if known is None:
            news = {at for at, _ in self._verdicts(change.of)}
            figures = self.figures(change.metric)
            known = self._thin[key] = [bool(number) and at not in news for at, number in enumerate(figures)]
        return known

    def figures_before(self, metric: Metric) -> Sequence[Number | None]:
        """What the figures of one metric were, for as long a window as now; absent where the connection was."""
        return metric.measured(self._raw_before(metric))

    def _raw_before(self, metric: Metric) -> Sequence[Number | None]:
        figures = metric.column(self._columns_before, self.before.window.seconds)
        if self.not_comparable(metric):
            return [None] * len(figures)
        if not (self.as_rates and metric.accumulates):
            return figures
        return [None if number is None else number * self.longer for number in figures]

    def named_figures(self, metric: Metric) -> Mapping[str, Sequence[Number | None]]:
        """The figures of one metric, behind them what they were, for as long a window as now, and by how much more."""
        change = change_of(metric, ChangeForm.CHANGE, self.endpoint)
        before = {f"before.{metric.key}": self._raw_before(metric)}
        return {**super().named_figures(metric), **before, change.key: self.figures(change)}

    def _figures_now(self, metric: Metric) -> Sequence[Number | None]:
        return metric.measured(super().figures(metric))

    @cached_property
    def _columns_before(self) -> Columns:
        # Behind the last figure, and so at the position -1, stands that of those who were not there.
        return [picked((*figures, None), self.positions_before) for figures in self.before.columns]

    def _counters_before(self, position: int) -> Counters:
        at = self.positions_before[position]
        return (None,) * len(self.endpoint.counted) if at == NOWHERE else self.before.connections.counters_at(at)

    def verdict(self, metric: Metric, position: int) -> str:
        """Return whether a figure there is `worse` or `better` than before; empty if neither."""
        # Each cell in sight asks; all are judged already, as rows say how they stand.
        for verdict, of_positions in self._judged.items():
            if any(counted_by(one) is counted_by(metric) for one in of_positions.get(position, ())):
                return verdict
        return ""

    def pair(self, metric: Metric, position: int) -> Pair:
        """One figure, without looking at those of all connections."""
        number = metric.value(self.connections.counters_at(position), self.window.seconds)
        before = metric.value(self._counters_before(position), self.before.window.seconds)
        return self._pair_of(metric, number, before)

    def _pair_of(self, metric: Metric, number: Number | None, before: Number | None) -> Pair:
        number, before = metric.measured((number, before))
        if self.not_comparable(metric):
            return Pair(number, None)
        if before is not None and self.as_rates and metric.accumulates:
            before *= self.longer
        return Pair(number, before)

    def totals(self, positions: Sequence[int] | None) -> Mapping[str, Number | None]:
        """Each figure for all these connections together, and how it differs from that of all of them before.

        What is absent on one side of a connection that is on both is left out of the difference: it is no zero.
        """
        own = super().totals(positions)
        # Mostly nothing is absent, and the figures are added up once.
        now = self.endpoint.totals(self._in_both(self.columns, positions), self.window.seconds) if self._odd else own
        before = self.endpoint.totals(self._in_both(self._columns_before, positions), self.before.window.seconds)
        pairs = {key: self._pair_of(metric, now[key], before[key]) for key, metric in self.endpoint.metrics.items()}
        told = {key: pairs[change.of.key].told(change.form) for key, change in changes(self.endpoint).items()}
        return {**own, JUDGED_BY.key: None, **told}

    def _in_both(self, columns: Columns, positions: Sequence[int] | None) -> Columns:
        """Return the columns at these positions, absent where the other answer has no figure of that connection."""
        known = list(columns)
        for counter, odd in self._odd.items():
            known[counter] = [None if at in odd else number for at, number in enumerate(columns[counter])]
        return known if positions is None else [picked(column, positions) for column in known]

    @cached_property
    def _odd(self) -> Mapping[int, Set[int]]:
        """By counter, the positions of connections in both answers of which one has no such figure."""
        rows_now = len(self.now.connections)
        gone, new = len(self.connections) - rows_now, self.positions_before.count(NOWHERE)
        odd = {}
        for counter, metric in enumerate(self.endpoint.counted):
            columns = (self.columns[counter], self._columns_before[counter])
            now, before = map(metric.measured, columns)
            # Of connections in one answer all figures of the other are absent.
            if now.count(None) > gone or before.count(None) > new:
                both = zip(now[:rows_now], before, self.positions_before, strict=False)
                odd[counter] = frozenset(
                    at
                    for at, (one, other, was) in enumerate(both)
                    if was != NOWHERE and (one is None) is not (other is None)
                )
        return odd

    @cached_property
    def position_of(self) -> Mapping[str, int]:
        """Return where the connection of an id stands; the first one, should an id be repeated."""
        if self.connections is self.now.connections:
            return self.now.position_of
        return super().position_of

    def texts(self, position: int) -> Sequence[str]:
        """Return the values of one group-by of all connections, each as one text."""
        return self.now.texts(position) if self.connections is self.now.connections else super().texts(position)

    @cached_property
    def unresolved_shares(self) -> Mapping[Side, float]:
        """Return them for the answer alone: connections that are gone have no bytes."""
        return self.now.unresolved_shares


def compared(now: Snapshot, before: Snapshot) -> Compared:
    """The answer joined with the one before by the ids of the connections; they must be `comparable`."""
    now, before = now.answer, before.answer
    were = dict(zip(_identities(before.connections), range(len(before.connections)), strict=True))
    found = [were.pop(identity, NOWHERE) for identity in _identities(now.connections)]
    volumes = before.volumes
    gone = sorted(were.values(), key=lambda position: volumes[position] or 0, reverse=True)
    return Compared(
        query=now.query,
        window=now.window,
        fetched_at=now.fetched_at,
        connections=now.connections.and_gone(before.connections, gone),
        unreadable=now.unreadable,
        budget=now.budget,
        warning=now.warning,
        now=now,
        before=before,
        positions_before=[*found, *gone],
    )


def _identities(connections: Connections) -> Iterable[tuple[str, int]]:
    """What each is found by in another answer: its id as it was sent, and which one of that id it is."""
    ids = connections.exact_ids
    if len(set(ids)) == len(ids):
        return zip(ids, repeat(0), strict=False)
    seen = Counter[str]()
    identities = []
    for connection_id in ids:
        identities.append((connection_id, seen[connection_id]))
        seen[connection_id] += 1
    return identities
