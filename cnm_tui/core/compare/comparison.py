"""Join two answers of one query at two times: find new, gone, worse and better connections, and each change.

An absent value is not zero: it has no change. If the windows differ in length, totals are scaled to the current window,
so that rates are compared. If an answer was cut at its limit, a missing connection may exist beyond it.
"""

from collections import Counter
from collections.abc import Iterable, Mapping, Sequence, Set
from dataclasses import dataclass
from functools import cached_property
from itertools import repeat
from typing import Final, NamedTuple

from cnm_tui.core.compare.change_metrics import FROM_ZERO, JUDGED_BY, change_of, changes
from cnm_tui.core.compare.noise import BETTER, WORSE, named, verdicts
from cnm_tui.core.connections import Connections
from cnm_tui.core.fields.group_by import Side
from cnm_tui.core.metrics.metric import ChangeForm, Columns, Counters, Metric, Number
from cnm_tui.core.query import Query
from cnm_tui.core.snapshot import Snapshot, picked
from cnm_tui.core.time.time_range import BUCKET_SECONDS, Window

NOT_IN_BASELINE: Final = -1
_MARKS: Final = "tcp_delivered_ce"
_LOSS: Final = "retransmit_share"


def comparable(one: Query, other: Query) -> bool:
    """True if the rows of two queries mean the same; window and limit may differ."""
    return one.endpoint is other.endpoint and (
        (one.group_bys, one.search, one.tags) == (other.group_bys, other.search, other.tags)
    )


def may_be_off(one: Window, other: Window) -> bool:
    """True if one of two windows does not end on buckets, so that the values may be off by up to a bucket.

    For two answers of the same window it is False: both cover the same buckets.
    """
    return one != other and any(end % BUCKET_SECONDS for end in (*one, *other))


class Pair(NamedTuple):
    """A value now and before; None if absent."""

    number: Number | None
    before: Number | None
    """Scaled to the length of the current window, if the metric is a total."""

    @property
    def change(self) -> Number | None:
        """The difference of now and before."""
        return None if self.number is None or self.before is None else self.number - self.before

    @property
    def ratio(self) -> float | None:
        """The change as a share of the old value; infinite from zero."""
        if self.number is None or self.before is None:
            return None
        if self.before == 0:
            return FROM_ZERO if self.number else 0.0
        return (self.number - self.before) / self.before

    def in_form(self, form: ChangeForm) -> Number | None:
        """Return the change in this form."""
        return self.change if form is ChangeForm.CHANGE else self.ratio


@dataclass(frozen=True, eq=False, kw_only=True)
class Compared(Snapshot):
    """An answer joined with its baseline: its connections, then those that are gone, with absent values."""

    now: Snapshot
    before: Snapshot
    positions_before: Sequence[int]
    """For each connection its position in the baseline; `NOWHERE` if it is not there."""

    @property
    def answer(self) -> Snapshot:
        """The answer, without the baseline."""
        return self.now

    @property
    def baseline(self) -> Snapshot:
        """The earlier answer."""
        return self.before

    @property
    def rows_held(self) -> int:
        """The number of connections of both answers."""
        return len(self.now.connections) + len(self.before.connections)

    @property
    def cut(self) -> bool:
        """True if the answer may lack connections; gone ones do not count."""
        return self.now.cut

    @property
    def as_rates(self) -> bool:
        """True if the windows differ in length, so that only rates can be compared."""
        return self.longer != 1

    @cached_property
    def counts_connections(self) -> bool:
        """True if one of the answers shows that connections are counts: both come from the same service."""
        return self.now.counts_connections or self.before.counts_connections

    def not_comparable(self, metric: Metric) -> bool:
        """True if a metric is a count or a rate (unknown), and windows of different lengths forbid comparing it."""
        return self.as_rates and metric.may_be_rate and not self.counts_connections

    @property
    def may_be_off(self) -> bool:
        """True if the windows do not fit the buckets."""
        return may_be_off(self.window, self.before.window)

    @property
    def longer(self) -> float:
        """Length of the current window divided by that of the baseline."""
        return self.window.seconds / self.before.window.seconds

    def is_gone(self, position: int) -> bool:
        """Return True if the connection at this position is in the baseline only."""
        return position >= len(self.now.connections)

    def standing(self, position: int) -> str:
        """Return how the connection at this position changed; see `standings`."""
        return self.standings[position]

    @cached_property
    def standings(self) -> Sequence[str]:
        """By position: `new`, `gone`, `unsure` (beyond a limit, so unknown), `worse`, `better` or empty."""
        worse, better = self._judged[WORSE], self._judged[BETTER]
        came = "unsure" if self.before.cut else "new"
        went = "unsure" if self.now.cut else "gone"
        # A connection that is worse in one metric is worse, whatever the others say.
        found = [WORSE if at in worse else BETTER if at in better else "" for at in range(len(self.now.connections))]
        for position, position_before in enumerate(self.positions_before[: len(found)]):
            if position_before == NOT_IN_BASELINE:
                found[position] = came
        return found + [went] * (len(self.connections) - len(found))

    @cached_property
    def _judged(self) -> Mapping[str, Mapping[int, Sequence[Metric]]]:
        """The worse or better metrics, by verdict and position, in the order of the columns."""
        found: dict[str, dict[int, list[Metric]]] = {WORSE: {}, BETTER: {}}
        for metric in named(self.endpoint.judged):
            for position, verdict in self._verdicts(metric):
                found[verdict].setdefault(position, []).append(metric)
        worse, better, known = found[WORSE], found[BETTER], self.endpoint.metrics
        # A router marks a packet instead of dropping it (RFC 3168, 5), so more marks may only mean that ECN is in use
        # now.
        for position in [
            at for at in worse if worse[at] == [known.get(_MARKS)] and known.get(_LOSS) in better.get(at, ())
        ]:
            del worse[position]
        return found

    def _verdicts(self, metric: Metric) -> Iterable[tuple[int, str]]:
        """Return the positions at which a metric is worse or better, with the verdict."""
        return () if self.is_unjudged(metric) else verdicts(metric, self.columns, self._columns_before)

    def judged_by(self, position: int) -> Sequence[Metric]:
        """Return the metrics in which the connection at this position is worse, or else better; may be empty."""
        return self._judged.get(self.standing(position), {}).get(position, ())

    def _judged_figures(self, position: int) -> int | None:
        """Return the number of worse metrics per connection, negative for better ones; used for sorting."""
        standing = self.standing(position)
        if standing in ("new", "gone", "unsure"):
            return None
        figures = len(self.judged_by(position))
        return -figures if standing == BETTER else figures

    def is_unjudged(self, metric: Metric) -> bool:
        """True for a share of connections, if connections cannot be compared."""
        base, counted = metric.threshold, self.endpoint.counted
        of_connections = base is not None and any(counted[counter].may_be_rate for counter in base.of.counters)
        return of_connections and self.as_rates and not self.counts_connections

    @cached_property
    def counts(self) -> Mapping[str, int]:
        """Return how many connections have each standing."""
        return Counter(self.standings)

    def metric(self, key: str) -> Metric | None:
        """Return the metric of a column, also of a change column."""
        if key == JUDGED_BY.key:
            return JUDGED_BY
        change = changes(self.endpoint).get(key)
        return super().metric(key) if change is None else change.metric

    def figures(self, metric: Metric) -> Sequence[Number | None]:
        """Return the values of one metric, or its changes, for all connections."""
        if metric is JUDGED_BY:
            return [self._judged_figures(position) for position in range(len(self.connections))]
        change = changes(self.endpoint).get(metric.key)
        if change is None:
            return super().figures(metric)
        known = self._derived.get(metric.key)
        if known is None:
            of_metric = zip(self._figures_now(change.of), self.figures_before(change.of), strict=True)
            known = self._derived[metric.key] = [Pair(*figures).in_form(change.form) for figures in of_metric]
        return known

    def thin(self, key: str) -> Sequence[bool]:
        """Return for all connections if there is too little evidence for a metric; for a change, if it is noise."""
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
        """Return the old values of one metric, scaled to the current window; None for new connections."""
        return metric.measured(self._raw_before(metric))

    def _raw_before(self, metric: Metric) -> Sequence[Number | None]:
        figures = metric.column(self._columns_before, self.before.window.seconds)
        if self.not_comparable(metric):
            return [None] * len(figures)
        if not (self.as_rates and metric.accumulates):
            return figures
        return [None if number is None else number * self.longer for number in figures]

    def named_figures(self, metric: Metric) -> Mapping[str, Sequence[Number | None]]:
        """Return the values of one metric, then the old values (scaled to the current window), then the changes."""
        change = change_of(metric, ChangeForm.CHANGE, self.endpoint)
        before = {f"before.{metric.key}": self._raw_before(metric)}
        return {**super().named_figures(metric), **before, change.key: self.figures(change)}

    def _figures_now(self, metric: Metric) -> Sequence[Number | None]:
        return metric.measured(super().figures(metric))

    @cached_property
    def _columns_before(self) -> Columns:
        # A None behind the last value stands at position -1, for connections that were not there.
        return [picked((*figures, None), self.positions_before) for figures in self.before.columns]

    def _counters_before(self, position: int) -> Counters:
        at = self.positions_before[position]
        return (
            (None,) * len(self.endpoint.counted) if at == NOT_IN_BASELINE else self.before.connections.counters_at(at)
        )

    def verdict(self, metric: Metric, position: int) -> str:
        """Return `worse` or `better` for a value compared with the baseline; empty if neither."""
        # Every visible cell calls this; all verdicts are known by then, as rows show their standing.
        for verdict, of_positions in self._judged.items():
            if any(one.counted_by is metric.counted_by for one in of_positions.get(position, ())):
                return verdict
        return ""

    def pair(self, metric: Metric, position: int) -> Pair:
        """Return one value now and before; the values of other connections are not computed."""
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
        """Return each metric for all these connections together, with its change.

        A value that is absent on one side only is left out of the difference, as it is not zero.
        """
        own = super().totals(positions)
        # In most answers nothing is absent, and the values are summed once.
        now = self.endpoint.totals(self._in_both(self.columns, positions), self.window.seconds) if self._odd else own
        before = self.endpoint.totals(self._in_both(self._columns_before, positions), self.before.window.seconds)
        pairs = {key: self._pair_of(metric, now[key], before[key]) for key, metric in self.endpoint.metrics.items()}
        in_form = {key: pairs[change.of.key].in_form(change.form) for key, change in changes(self.endpoint).items()}
        return {**own, JUDGED_BY.key: None, **in_form}

    def _in_both(self, columns: Columns, positions: Sequence[int] | None) -> Columns:
        """Return the columns at these positions, with None if the other answer lacks that value."""
        known = list(columns)
        for counter, odd in self._odd.items():
            known[counter] = [None if at in odd else number for at, number in enumerate(columns[counter])]
        return known if positions is None else [picked(column, positions) for column in known]

    @cached_property
    def _odd(self) -> Mapping[int, Set[int]]:
        """Return for each counter the positions of connections in both answers where only one has a value."""
        rows_now = len(self.now.connections)
        gone, new = len(self.connections) - rows_now, self.positions_before.count(NOT_IN_BASELINE)
        odd = {}
        for counter, metric in enumerate(self.endpoint.counted):
            columns = (self.columns[counter], self._columns_before[counter])
            now, before = map(metric.measured, columns)
            # A connection in one answer only has no values in the other.
            if now.count(None) > gone or before.count(None) > new:
                both = zip(now[:rows_now], before, self.positions_before, strict=False)
                odd[counter] = frozenset(
                    at
                    for at, (one, other, was) in enumerate(both)
                    if was != NOT_IN_BASELINE and (one is None) is not (other is None)
                )
        return odd

    @cached_property
    def position_of(self) -> Mapping[str, int]:
        """Return the position of a connection; the first one if its id is repeated."""
        if self.connections is self.now.connections:
            return self.now.position_of
        return super().position_of

    def texts(self, position: int) -> Sequence[str]:
        """Return the values of one group-by for all connections, each as one text."""
        return self.now.texts(position) if self.connections is self.now.connections else super().texts(position)

    @cached_property
    def unresolved_shares(self) -> Mapping[Side, float]:
        """Return the shares for the current answer only: gone connections have no bytes."""
        return self.now.unresolved_shares


def compared(now: Snapshot, before: Snapshot) -> Compared:
    """Return the answer joined with a `comparable` baseline, by the ids of their connections."""
    now, before = now.answer, before.answer
    were = dict(zip(_identities(before.connections), range(len(before.connections)), strict=True))
    found = [were.pop(identity, NOT_IN_BASELINE) for identity in _identities(now.connections)]
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
    """Return for each connection its id as sent, and its number among connections with the same id."""
    ids = connections.exact_ids
    if len(set(ids)) == len(ids):
        return zip(ids, repeat(0), strict=False)
    seen = Counter[str]()
    identities = []
    for connection_id in ids:
        identities.append((connection_id, seen[connection_id]))
        seen[connection_id] += 1
    return identities
