"""Measure a metric as a rate: a number of events divided by a base number.

Examples are retransmits per packet, and refused connections per attempted connection. For a round-trip
time, the event is the waiting time of packets.
"""

from collections.abc import Iterable, Mapping, Sequence
from math import inf, sqrt
from typing import Final, NamedTuple

from cnm_tui.core.endpoint import Endpoint
from cnm_tui.core.errors import InvalidQuery
from cnm_tui.core.metrics.confidence import CONFIDENCE, least_share
from cnm_tui.core.metrics.health import threshold_of
from cnm_tui.core.metrics.metric import Kind, Metric, Number
from cnm_tui.core.snapshot import Snapshot
from cnm_tui.core.text import clean

_PACKETS_OF_A_ROUND: Final = 10
"""About as many packets are sent per round trip (RFC 6928), so that many share one measurement of it."""

_NOUNS: Final[Mapping[str, str]] = {
    "tcp_retransmits": "retransmits",
    "rtt_micro_seconds": "waiting time",
    "tcp_refusals": "refusals",
    "tcp_resets": "resets",
    "tcp_timeouts": "time-outs",
    "tcp_rto_count": "retransmission time-outs",
    "tcp_recovery_count": "fast recoveries",
    "tcp_reord_seen": "reordering events",
    "tcp_rcv_ooo_pack": "packets out of order",
    "tcp_delivered_ce": "congestion marks",
    "tcp_probe0_count": "zero-window probes",
}
_SHORT_BASES: Final[Mapping[str, str]] = {
    "packets sent by the client": "packets",
    "connections tried within the window": "connections tried",
    "connections established within the window": "connections",
    "itself": "packets",
}


class Tally(NamedTuple):
    """A number of events, such as retransmits, and the base number that it is divided by, such as packets."""

    events: Number = 0
    base: Number = 0

    def plus(self, other: "Tally") -> "Tally":
        """Return a new tally: the sum of the events and the sum of the base numbers of both tallies."""
        return Tally(self.events + other.events, self.base + other.base)

    def minus(self, other: "Tally") -> "Tally":
        """Return a new tally: this tally minus another tally. Negative results are replaced by 0.

        The connections of the other tally must also be counted in this tally.
        """
        return Tally(max(0, self.events - other.events), max(0, self.base - other.base))

    @property
    def rate(self) -> float:
        """Return the number of events divided by the base number.

        If the base number is 0, return infinity, or return 0 if there are no events either.
        """
        if self.base > 0:
            return self.events / self.base
        return inf if self.events else 0.0


def together(tallies: Iterable[Tally]) -> Tally:
    """Return a new tally: the sum of the events and the sum of the base numbers of all tallies."""
    events: Number = 0
    base: Number = 0
    for one in tallies:
        events, base = events + one.events, base + one.base
    return Tally(events, base)


class Measure:
    """A metric that can be measured as a rate. It contains the base number by which the metric is divided.

    Larger values of the metric are worse.
    """

    def __init__(self, metric: Metric) -> None:
        self.metric = metric.counted_by
        self.of = threshold_of(metric).of
        self.noun = _NOUNS.get(self.metric.key, self.metric.label)
        self.base_noun = _SHORT_BASES.get(self.of.value, self.of.value)

    @property
    def is_time(self) -> bool:
        """True if the metric is a round-trip time. Its events are the waiting time of a row's packets."""
        return self.of.kind is Kind.ITSELF

    def tallies(self, snapshot: Snapshot) -> Sequence[Tally | None]:
        """Return for each row the number of events and the base number of the metric.

        An item is None if one of the two numbers is absent, or if the round-trip time was not measured.
        """
        figures = self.metric.measured(snapshot.figures(self.metric))
        bases = self.of.measured_of(snapshot.columns)
        rows = zip(figures, bases, strict=True)
        if self.is_time:
            return [None if not number or not base else Tally(number * base, base) for number, base in rows]
        return [None if number is None or base is None else Tally(number, base) for number, base in rows]

    def is_enough(self, tally: Tally) -> bool:
        """True if the traffic in `tally` is enough to judge the rate."""
        seen = tally.base + tally.events if self.of.kind is Kind.EVENTS else tally.base
        return seen >= self.of.least

    def least_rate(self, tally: Tally) -> float:
        """Return the lower bound of the 95 % confidence interval of the rate (events divided by base)."""
        if self.is_time:
            rounds = max(tally.base, 1) / _PACKETS_OF_A_ROUND
            return tally.rate * max(0.0, 1 - CONFIDENCE / sqrt(rounds))
        return least_share(self.of, tally.events, tally.base)

    def most_rate(self, tally: Tally) -> float:
        """Return the upper bound of the 95 % confidence interval of the rate (events divided by base)."""
        base = max(tally.base, 1)
        if self.is_time:
            return tally.rate * (1 + CONFIDENCE / sqrt(base / _PACKETS_OF_A_ROUND))
        # The bound of a Poisson rate, which is hardly larger than that of a share.
        return (tally.events + CONFIDENCE**2 / 2 + CONFIDENCE * sqrt(tally.events + CONFIDENCE**2 / 4)) / base


def measure_of(name: str, endpoint: Endpoint) -> Measure:
    """Return the Measure of the metric that has this name. Keys, headings and short names are accepted.

    Raises:
        InvalidQuery: There is no such metric, or larger values of it are not worse.
    """
    metric = endpoint.names.get(name.strip().casefold().replace(" ", "_"))
    if metric is None or not can_be_explained(metric):
        known = ", ".join(key for key in endpoint.metrics if can_be_explained(endpoint.metrics[key]))
        what = "is no metric" if metric is None else "is no metric of which more is worse"
        raise InvalidQuery(f"{clean(name, 60)!r} {what}.", hint=f"Choose one of {known}.")
    return Measure(metric)


def can_be_explained(metric: Metric) -> bool:
    """True if larger values of the metric are worse, and the metric can be divided by a base number."""
    return metric.is_judged
