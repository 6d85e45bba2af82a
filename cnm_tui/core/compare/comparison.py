"""Join two responses to the same query, sent at two times, to find what changed. A comparison contains which
connections are new, gone, worse or better, and how each value changed. An absent value is not treated as zero, so it
has no change. If the time windows differ in length, totals are scaled to the length of the current window. If a
response was cut at its row limit, a missing connection may exist beyond the limit."""

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
    """True if the rows of two queries can be compared. The time window and the row limit may differ. Everything else
    must be equal."""
    return one.endpoint is other.endpoint and (
        (one.group_bys, one.search, one.tags) == (other.group_bys, other.search, other.tags)
    )


def may_be_off(one: Window, other: Window) -> bool:
    """True if two time windows differ, and not all of their boundaries are on 5-minute boundaries of the data. The
    compared values may then be wrong by the traffic of up to 5 minutes. The result is False for two responses of the
    same time window, because both responses contain the same data."""
    return one != other and any(end % BUCKET_SECONDS for end in (*one, *other))


class Pair(NamedTuple):
    """The current value and the earlier value of one metric. A value is None if it is absent."""

    number: Number | None
    before: Number | None
    """Scaled to the length of the current window, if the metric is a total."""

    @property
    def change(self) -> Number | None:
        """The current value minus the earlier value, or None if one of them is absent."""
        return None if self.number is None or self.before is None else self.number - self.before

    @property
    def ratio(self) -> float | None:
        """The change divided by the earlier value, or None if a value is absent. It is infinite for a
        change from zero."""
        if self.number is None or self.before is None:
            return None
        if self.before == 0:
            return FROM_ZERO if self.number else 0.0
        return (self.number - self.before) / self.before

    def in_form(self, form: ChangeForm) -> Number | None:
        """Return the change in this form, as a difference or as a ratio."""
        return self.change if form is ChangeForm.CHANGE else self.ratio


@dataclass(frozen=True, eq=False, repr=False, kw_only=True)
class Compared(Snapshot):
    """A response joined with its baseline. It contains the connections of the response, followed by the connections
    that exist only in the baseline (gone connections). The values of gone connections are absent."""

    now: Snapshot
    before: Snapshot
    positions_before: Sequence[int]
    """For each connection its position in the baseline; `NOWHERE` if it is not there."""

    @property
    def answer(self) -> Snapshot:
        """The current response, without the baseline."""
        return self.now

    @property
    def baseline(self) -> Snapshot:
        """The earlier response, which the current response is compared with."""
        return self.before

    @property
    def rows_held(self) -> int:
        """The total number of connections in both responses."""
        return len(self.now.connections) + len(self.before.connections)

    @property
    def cut(self) -> bool:
        """True if the current response was cut at its row limit. Whether the baseline was cut does not matter."""
        return self.now.cut

    @property
    def as_rates(self) -> bool:
        """True if the time windows differ in length, so that only rates can be compared."""
        return self.longer != 1

    @cached_property
    def counts_connections(self) -> bool:
        """True if one of the two responses proves that the service sends numbers of connections as counts, not as
        rates. One proof is enough, because both responses are from the same service."""
        return self.now.counts_connections or self.before.counts_connections

    def not_comparable(self, metric: Metric) -> bool:
        """True if a metric must not be compared in this comparison. This is the case if the time windows differ in
        length, and it is unknown whether the metric is a count or a rate."""
        return self.as_rates and metric.may_be_rate and not self.counts_connections

    @property
    def may_be_off(self) -> bool:
        """True if not all boundaries of the two time windows are on 5-minute buckets."""
        return may_be_off(self.window, self.before.window)

    @property
    def longer(self) -> float:
        """Length of the current time window divided by the length of the baseline's time window."""
        return self.window.seconds / self.before.window.seconds

    def is_gone(self, position: int) -> bool:
        """Return True if the connection at this position is only in the baseline."""
        return position >= len(self.now.connections)

    def standing(self, position: int) -> str:
        """Return how the connection at this position changed. See `standings` for the possible texts."""
        return self.standings[position]

    @cached_property
    def standings(self) -> Sequence[str]:
        """Return for each connection `new`, `gone`, `unsure`, `worse`, `better`, or an empty text for no change.
        `unsure` means that the connection is missing in a response that was cut, so that it may exist beyond the row
        limit."""
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
        """The worse and better metrics of the connections, as a dict with the keys `worse` and `better`. Each value is
        a dict from the position of a connection to its metrics, in the order of the columns."""
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
        """Yield a tuple for each connection in which a metric became worse or better. The tuple contains the position
        of the connection, and `worse` or `better`."""
        return () if self.is_unjudged(metric) else verdicts(metric, self.columns, self._columns_before)

    def judged_by(self, position: int) -> Sequence[Metric]:
        """Return the metrics because of which the connection at this position is judged worse. If no metric is worse,
        return the metrics that are better. The result may be empty."""
        return self._judged.get(self.standing(position), {}).get(position, ())

    def _judged_figures(self, position: int) -> int | None:
        """Return a number for sorting connections by how many of their metrics became worse or better. If the
        connection is worse, it is the number of worse metrics. If it is better, it is minus the number of better
        metrics. Return None for a connection that is new, gone or unsure."""
        standing = self.standing(position)
        if standing in ("new", "gone", "unsure"):
            return None
        figures = len(self.judged_by(position))
        return -figures if standing == BETTER else figures

    def is_unjudged(self, metric: Metric) -> bool:
        """True if a metric is divided by the number of connections, and these numbers cannot be compared here."""
        base, counted = metric.threshold, self.endpoint.counted
        of_connections = base is not None and any(counted[counter].may_be_rate for counter in base.of.counters)
        return of_connections and self.as_rates and not self.counts_connections

    @cached_property
    def counts(self) -> Mapping[str, int]:
        """Return the number of connections for each text in `standings`."""
        return Counter(self.standings)

    @property
    def any_judged(self) -> bool:
        """True if a connection became worse or better."""
        return bool(self.counts[WORSE] or self.counts[BETTER])

    def metric(self, key: str) -> Metric | None:
        """Return the metric that the column with this key shows. The column may be a change column. Return None if no
        column has this key."""
        if key == JUDGED_BY.key:
            return JUDGED_BY
        change = changes(self.endpoint).get(key)
        return super().metric(key) if change is None else change.metric

    def figures(self, metric: Metric) -> Sequence[Number | None]:
        """Return the values of one metric for all connections. If the metric belongs to a change column, return the
        changes."""
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
        """Return for each connection True if its value of a metric is based on too little traffic. For a change column,
        True means that the change is only noise."""
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
        """Return the earlier values of one metric, scaled to the length of the current time window. New connections
        have None."""
        return metric.measured(self._raw_before(metric))

    def _raw_before(self, metric: Metric) -> Sequence[Number | None]:
        figures = metric.column(self._columns_before, self.before.window.seconds)
        if self.not_comparable(metric):
            return [None] * len(figures)
        if not (self.as_rates and metric.accumulates):
            return figures
        return [None if number is None else number * self.longer for number in figures]

    def named_figures(self, metric: Metric) -> Mapping[str, Sequence[Number | None]]:
        """Return three columns by name: the current values of a metric, its earlier values, and the changes. The
        earlier values are scaled to the length of the current time window."""
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
        """Return `worse` or `better` if the value of a metric changed since the baseline. Otherwise return an empty
        text."""
        # Every visible cell calls this; all verdicts are known by then, as rows show their standing.
        for verdict, of_positions in self._judged.items():
            if any(one.counted_by is metric.counted_by for one in of_positions.get(position, ())):
                return verdict
        return ""

    def pair(self, metric: Metric, position: int) -> Pair:
        """Return the current and the earlier value of a metric for the connection at this position. The values of other
        connections are not calculated."""
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
        """Return the sum of each metric over several connections, and the change of this sum, by column key. If a value
        is absent in one of the two responses, the change ignores the value in the other response too, because absent
        is not zero. `positions` is None for all connections."""
        own = super().totals(positions)
        # In most answers nothing is absent, and the values are summed once.
        now = self.endpoint.totals(self._in_both(self.columns, positions), self.window.seconds) if self._odd else own
        before = self.endpoint.totals(self._in_both(self._columns_before, positions), self.before.window.seconds)
        pairs = {key: self._pair_of(metric, now[key], before[key]) for key, metric in self.endpoint.metrics.items()}
        in_form = {key: pairs[change.of.key].in_form(change.form) for key, change in changes(self.endpoint).items()}
        return {**own, JUDGED_BY.key: None, **in_form}

    def _in_both(self, columns: Columns, positions: Sequence[int] | None) -> Columns:
        """Return the counters of these connections, with None in place of numbers that only one response contains."""
        known = list(columns)
        for counter, odd in self._odd.items():
            known[counter] = [None if at in odd else number for at, number in enumerate(columns[counter])]
        return known if positions is None else [picked(column, positions) for column in known]

    @cached_property
    def _odd(self) -> Mapping[int, Set[int]]:
        """Return for each counter the positions of connections with a value in only one of the two responses.
        Connections that are new or gone are left out."""
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
        """Return a dict from the id of a connection to its position. For a repeated id, it is the first position."""
        if self.connections is self.now.connections:
            return self.now.position_of
        return super().position_of

    def texts(self, position: int) -> Sequence[str]:
        """Return the texts of one group-by for all connections. `position` is the position of the group-by."""
        return self.now.texts(position) if self.connections is self.now.connections else super().texts(position)

    @cached_property
    def unresolved_shares(self) -> Mapping[Side, float]:
        """Return for client and server the share of the traffic without a name, in the current response. Gone
        connections are left out, because they have no bytes."""
        return self.now.unresolved_shares


def compared(now: Snapshot, before: Snapshot) -> Compared:
    """Return the response `now` joined with the baseline `before`. Connections are matched by their ids. Callers must
    first check with `comparable` that the two queries can be compared."""
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
    """Return for each connection a tuple of its id and a number that distinguishes connections with the same id."""
    ids = connections.exact_ids
    if len(set(ids)) == len(ids):
        return zip(ids, repeat(0), strict=False)
    seen = Counter[str]()
    identities = []
    for connection_id in ids:
        identities.append((connection_id, seen[connection_id]))
        seen[connection_id] += 1
    return identities
