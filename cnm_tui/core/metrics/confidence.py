"""Decide if there is enough evidence (for example, enough packets) to judge a share or a round-trip time.

Symbols in the table, sorting and comparisons use this decision.

A share of a few events may be chance. If 1 of 3 packets is lost, the share is 33 %, but it proves nothing.
A share counts as above a limit only if both of these conditions are true:

- At least `LEAST_PACKETS` packets or `LEAST_ATTEMPTS` attempts were seen.
- The lower bound of the 95 % confidence interval is above the limit. The interval is Wilson's score interval
  (Wilson 1927). Brown, Cai and DasGupta recommend it for few observations ("Interval Estimation for a
  Binomial Proportion", Statistical Science 2001). For k of n events, the bound is above a limit t exactly if
  k - n t >= z sqrt(n t (1 - t)). This test needs no root of a quadratic equation.

With 1,000 packets, the limit of 1 % for odd values is 10 packets. With fewer than 20 attempts, a single
failure would already reach the limit of 5 % for bad values.

Zero-window probes are not a share of connections, because one connection may have many probes. Their bound
is the bound of a Poisson rate, whose variance is n t.

TCP smooths the round-trip time, with a weight of one eighth for each sample (RFC 6298). The weight of the
first sample falls below a tenth only after 17 samples. Therefore the round-trip time is judged from 20
packets on.
"""

from collections.abc import Sequence
from math import sqrt
from typing import Final, NamedTuple

from cnm_tui.core.metrics.metric import Base, Columns, Kind, Metric, Number

CONFIDENCE: Final = 1.96
"""Standard deviations to each side of a 95 % interval."""


def unit_sentence(metric: Metric, *, counts_shown: bool) -> str:
    """Return a sentence that says how much is known about the unit of a metric. Empty if the unit is documented.

    Args:
        metric: The metric.
        counts_shown: True if the rows prove that the metrics are counts and not rates per second.
    """
    if not metric.may_be_rate:
        return metric.unit_note
    if counts_shown:
        return "A count over the window: as a rate it would need more packets than there were."
    return "From this answer, count or rate is not known; it is judged as a count."


class Sample(NamedTuple):
    """A counter (such as retransmits) together with its base, the number that it is divided by (such as packets)."""

    events: Number
    of: Number
    """The divisor; 1 for a metric without a base."""
    seen: Number
    """Number observed, compared with `Base.least`."""

    @property
    def share(self) -> float:
        """Return the counter divided by its base, for example by the number of packets."""
        return self.events / self.of


def sample(of: Base, events: Number | None, measured: Number | None) -> Sample | None:
    """Return a counter together with its base, which is the number that the counter is divided by.

    Return None if the counter or the base is missing, or if a share has the base zero.

    Args:
        of: The definition of the base.
        events: The counter.
        measured: The number that was measured for the base, for example the number of packets.
    """
    if events is None or measured is None:
        return None
    if of.kind is Kind.ITSELF:
        return Sample(events, 1, measured)
    if of.kind is Kind.EVENTS:
        # Without new connections in the window, an older one had the probes.
        return Sample(events, max(measured, 1), measured + events)
    return Sample(events, measured, measured) if measured > 0 else None


class Bases(NamedTuple):
    """The numbers by which one counter is divided in many rows. An item is None if the number is missing."""

    of: Sequence[Number | None]
    seen: Sequence[Number | None]


def bases_of(of: Base, events: Sequence[Number | None], columns: Columns) -> Bases:
    """Return for each row the number that a counter is divided by, and how many packets or attempts were seen."""
    measured = of.measured_of(columns)
    if of.kind is Kind.ITSELF:
        return Bases([1] * len(measured), measured)
    if of.kind is Kind.EVENTS:
        samples = [sample(of, number, base) for number, base in zip(events, measured, strict=True)]
        return Bases([one and one.of for one in samples], [one and one.seen for one in samples])
    return Bases(measured, measured)


def is_enough(of: Base, sample: Sample | None) -> bool:
    """True if enough packets or connection attempts were seen to judge the sample."""
    return sample is not None and sample.seen >= of.least


def is_above(of: Base, sample: Sample, limit: float) -> bool:
    """True if a sample is above the limit by more than chance.

    This is the case if the lower bound of the sample's confidence interval reaches the limit. A time is not
    divided by another number. For a time, the result is True if the time itself reaches the limit.
    """
    if of.kind is Kind.ITSELF:
        return sample.events >= limit
    return sample.events - sample.of * limit >= CONFIDENCE * sqrt(sample.of * variance(of, limit))


def variance(of: Base, limit: float) -> float:
    """Return the variance that a counter has for each packet or attempt, if its true share equals the limit."""
    return limit * (1 if of.kind is Kind.EVENTS else 1 - limit)


def least_share(of: Base, events: Number, base: Number) -> float:
    """Return the lower bound of the confidence interval for a share, or for a rate per packet or attempt."""
    base = max(base, 1)
    if of.kind is Kind.EVENTS or events > base:
        # A count without a limit: the bound of a Poisson rate.
        return max(0.0, events + CONFIDENCE**2 / 2 - CONFIDENCE * sqrt(events + CONFIDENCE**2 / 4)) / base
    share, more = events / base, CONFIDENCE**2 / base
    scatter = CONFIDENCE * sqrt(share * (1 - share) / base + more / (4 * base))
    return max(0.0, (share + more / 2 - scatter) / (1 + more))
