"""Decide if there is enough evidence to judge a share or a round-trip time, for signs, sorting and comparisons.

A share of few events is chance: 1 of 3 packets lost is 33 %, and proves nothing. So a share counts as above a limit
only if

- at least `LEAST_PACKETS` packets, or `LEAST_ATTEMPTS` attempts, were seen, and
- the lower bound of the 95 % confidence interval is above the limit: Wilson's score interval (Wilson 1927; recommended
  for few observations by Brown, Cai and DasGupta, "Interval Estimation for a Binomial Proportion", Statistical Science
  2001). The bound is above a limit t exactly if k - n t >= z sqrt(n t (1 - t)) for k of n, which needs no root of a
  quadratic.

1,000 packets: the 1 % that is odd are 10 of them. 20 attempts: with fewer, one failure would be the 5 % that is bad.
Zero-window probes are not a share of connections, as one connection may have many: their bound is that of a Poisson
rate, whose variance is n t.

A round-trip time is smoothed by an eighth of each sample (RFC 6298), so that the first sample has a weight under a
tenth only after 17; it is judged from 20 packets on.
"""

from collections.abc import Mapping, Sequence
from enum import Enum
from math import sqrt
from operator import add
from typing import Final, NamedTuple

from cnm_tui.core.metrics.connections import COUNTED_KEYS
from cnm_tui.core.metrics.metric import Columns, Counters, Metric, Number

# The reference does not tell if the two metrics of TCP connections are counts over the window or rates per second. It
# says "measured in connections per second from the client", but the type is an integer, the documented example has 40
# established beside 10 packets of the client, and the web lists "established" and "established / second" separately. So
# each answer is examined: a connection costs packets, so a row in which established x seconds of the window exceeds the
# packets of both sides proves counts. Nothing can prove rates; an unproven answer is judged as counts, which flags
# more. Everything derived from established connections starts here.

_COUNT_OR_RATE: Final = frozenset({"tcp_established_connections", "tcp_closed_connections"})
ESTABLISHED: Final = COUNTED_KEYS.index("tcp_established_connections")
_PACKETS: Final = tuple(COUNTED_KEYS.index(f"packets_sent_by_{side}") for side in ("client", "server"))
_FAILED: Final = tuple(COUNTED_KEYS.index(f"tcp_{kind}") for kind in ("refusals", "resets", "timeouts"))


def may_be_rate(metric: Metric) -> bool:
    """True for the two metrics that may be counts or rates."""
    return metric.key in _COUNT_OR_RATE


def shows_counts(columns: Columns, window_seconds: float) -> bool:
    """Return True if these connections prove that the metrics are counts.

    Args:
        columns: The values of all connections for each of `COUNTED`.
        seconds: Length of the window.
    """
    rows = zip(columns[ESTABLISHED], *(columns[packets] for packets in _PACKETS), strict=True)
    return any(
        # In most answers none is established, or the first rows prove it already.
        established and sent is not None and received is not None and established * window_seconds > sent + received
        for established, sent, received in rows
    )


def unit_sentence(metric: Metric, *, counts_shown: bool) -> str:
    """Return what is known about the unit of this metric; empty if it is documented."""
    if not may_be_rate(metric):
        return ""
    if counts_shown:
        return "A count over the window: as a rate it would need more packets than there were."
    return "From this answer, count or rate is not known; it is judged as a count."


def attempts(counters: Counters) -> Number | None:
    """Return the connection attempts in the window: established, refused, reset or timed out.

    None if the established ones are absent: a failure share without them would always be 100 %.
    """
    known = counters[ESTABLISHED]
    return None if known is None else known + sum(counters[failed] or 0 for failed in _FAILED)


def attempts_of(columns: Columns) -> Sequence[Number | None]:
    """Return the attempts of many connections."""
    try:
        # In most answers nothing is absent.
        tried = columns[ESTABLISHED]
        for failed in _FAILED:
            tried = list(map(add, tried, columns[failed]))
        return tried
    except TypeError:
        return [attempts(counters) for counters in zip(*columns, strict=True)]


LEAST_PACKETS: Final = 1_000
LEAST_ATTEMPTS: Final = 20
LEAST_PACKETS_OF_TIME: Final = 20
CONFIDENCE: Final = 1.96
"""Standard deviations to each side of a 95 % interval."""


class Of(Enum):
    """The base that a counter is divided by, so that busy and quiet connections are judged alike."""

    ITSELF = "itself"
    PACKETS_SENT = "packets sent by the client"
    PACKETS_RECEIVED = "packets sent by the server"
    ATTEMPTS = "connections tried within the window"
    CONNECTIONS = "connections established within the window"

    @property
    def least(self) -> int:
        """Return the minimum of this base for a judgement."""
        if self is Of.ITSELF:
            return LEAST_PACKETS_OF_TIME
        return LEAST_ATTEMPTS if self in (Of.ATTEMPTS, Of.CONNECTIONS) else LEAST_PACKETS

    @property
    def noun(self) -> str:
        """Return the noun for the counted things, such as `packets`."""
        return {Of.ATTEMPTS: "attempts", Of.CONNECTIONS: "connections or probes"}.get(self, "packets")


_POSITION: Final[Mapping[Of, int]] = {
    Of.ITSELF: COUNTED_KEYS.index("packets_sent_by_client"),
    Of.PACKETS_SENT: COUNTED_KEYS.index("packets_sent_by_client"),
    Of.PACKETS_RECEIVED: COUNTED_KEYS.index("packets_sent_by_server"),
    Of.CONNECTIONS: ESTABLISHED,
}


class Sample(NamedTuple):
    """A counter with the base that it is divided by."""

    events: Number
    of: Number
    """The divisor; 1 for a metric without a base."""
    seen: Number
    """Number observed, compared with `Of.least`."""

    @property
    def share(self) -> float:
        """Return the counter divided by its base."""
        return self.events / self.of


def sample(of: Of, events: Number | None, measured: Number | None) -> Sample | None:
    """Return a value with its base; None if one of them is absent, or the base is zero."""
    if events is None or measured is None:
        return None
    if of is Of.ITSELF:
        return Sample(events, 1, measured)
    if of is Of.CONNECTIONS:
        # Without new connections in the window, an older one had the probes.
        return Sample(events, max(measured, 1), measured + events)
    return Sample(events, measured, measured) if measured > 0 else None


def measured(of: Of, counters: Counters) -> Number | None:
    """Return the base of one connection's metric, unchanged."""
    if of is Of.ATTEMPTS:
        return attempts(counters)
    return counters[_POSITION[of]]


def measured_of(of: Of, columns: Columns) -> Sequence[Number | None]:
    """Return the bases of many connections' metric, unchanged."""
    if of is Of.ATTEMPTS:
        return attempts_of(columns)
    return columns[_POSITION[of]]


class Bases(NamedTuple):
    """Many values of `Sample`; None if absent."""

    of: Sequence[Number | None]
    seen: Sequence[Number | None]


def bases_of(of: Of, events: Sequence[Number | None], columns: Columns) -> Bases:
    """Return the divisor of each value, and the number of packets or attempts seen."""
    measured = measured_of(of, columns)
    if of is Of.ITSELF:
        return Bases([1] * len(measured), measured)
    if of is Of.CONNECTIONS:
        samples = [sample(of, number, base) for number, base in zip(events, measured, strict=True)]
        return Bases([one and one.of for one in samples], [one and one.seen for one in samples])
    return Bases(measured, measured)


def is_enough(of: Of, sample: Sample | None) -> bool:
    """True if the evidence is enough for a judgement."""
    return sample is not None and sample.seen >= of.least


def is_above(of: Of, sample: Sample, limit: float) -> bool:
    """True if the lower bound of the confidence interval reaches the limit."""
    if of is Of.ITSELF:
        return sample.events >= limit
    return sample.events - sample.of * limit >= CONFIDENCE * sqrt(sample.of * variance(of, limit))


def variance(of: Of, limit: float) -> float:
    """Return the variance of a count per packet or attempt, if its share is exactly the limit."""
    return limit * (1 if of is Of.CONNECTIONS else 1 - limit)
