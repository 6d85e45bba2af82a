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

from collections.abc import Sequence
from math import sqrt
from typing import Final, NamedTuple

from cnm_tui.core.metrics.metric import Base, Columns, Kind, Metric, Number

CONFIDENCE: Final = 1.96
"""Standard deviations to each side of a 95 % interval."""


def unit_sentence(metric: Metric, *, counts_shown: bool) -> str:
    """Return what is known about the unit of this metric; empty if it is documented."""
    if not metric.may_be_rate:
        return metric.unit_note
    if counts_shown:
        return "A count over the window: as a rate it would need more packets than there were."
    return "From this answer, count or rate is not known; it is judged as a count."


class Sample(NamedTuple):
    """A counter with the base that it is divided by."""

    events: Number
    of: Number
    """The divisor; 1 for a metric without a base."""
    seen: Number
    """Number observed, compared with `Base.least`."""

    @property
    def share(self) -> float:
        """Return the counter divided by its base."""
        return self.events / self.of


def sample(of: Base, events: Number | None, measured: Number | None) -> Sample | None:
    """Return a value with its base; None if one of them is absent, or the base is zero."""
    if events is None or measured is None:
        return None
    if of.kind is Kind.ITSELF:
        return Sample(events, 1, measured)
    if of.kind is Kind.EVENTS:
        # Without new connections in the window, an older one had the probes.
        return Sample(events, max(measured, 1), measured + events)
    return Sample(events, measured, measured) if measured > 0 else None


class Bases(NamedTuple):
    """Many values of `Sample`; None if absent."""

    of: Sequence[Number | None]
    seen: Sequence[Number | None]


def bases_of(of: Base, events: Sequence[Number | None], columns: Columns) -> Bases:
    """Return the divisor of each value, and the number of packets or attempts seen."""
    measured = of.measured_of(columns)
    if of.kind is Kind.ITSELF:
        return Bases([1] * len(measured), measured)
    if of.kind is Kind.EVENTS:
        samples = [sample(of, number, base) for number, base in zip(events, measured, strict=True)]
        return Bases([one and one.of for one in samples], [one and one.seen for one in samples])
    return Bases(measured, measured)


def is_enough(of: Base, sample: Sample | None) -> bool:
    """True if the evidence is enough for a judgement."""
    return sample is not None and sample.seen >= of.least


def is_above(of: Base, sample: Sample, limit: float) -> bool:
    """True if the lower bound of the confidence interval reaches the limit."""
    if of.kind is Kind.ITSELF:
        return sample.events >= limit
    return sample.events - sample.of * limit >= CONFIDENCE * sqrt(sample.of * variance(of, limit))


def variance(of: Base, limit: float) -> float:
    """Return the variance of a count per packet or attempt, if its share is exactly the limit."""
    return limit * (1 if of.kind is Kind.EVENTS else 1 - limit)


def least_share(of: Base, events: Number, base: Number) -> float:
    """Return the lower bound of the confidence interval of a share, or of a rate per packet or attempt."""
    base = max(base, 1)
    if of.kind is Kind.EVENTS or events > base:
        # A count without a limit: the bound of a Poisson rate.
        return max(0.0, events + CONFIDENCE**2 / 2 - CONFIDENCE * sqrt(events + CONFIDENCE**2 / 4)) / base
    share, more = events / base, CONFIDENCE**2 / base
    scatter = CONFIDENCE * sqrt(share * (1 - share) / base + more / (4 * base))
    return max(0.0, (share + more / 2 - scatter) / (1 + more))
