"""Decide which changes of a metric since the baseline are significant, and which are only noise (chance).

A count is compared as a share of the packets, attempts or connections in its own response. So more traffic
alone is neither worse nor better. A change of a share is significant if all of these conditions are true:

- In both responses, there is enough evidence by the rule of the module `confidence`.
- The shares differ by more than a fifth of the larger share. So a rise and a fall are judged in the same way.
- The shares differ by more than a tenth of the share that counts as unusual for this metric.
- The shares differ by more than three standard errors of two proportions with a common value (NIST/SEMATECH
  e-Handbook of Statistical Methods, 7.3.3). Two samples of the same share differ by two standard errors one
  time in 20, which is too often because each row has ten metrics. They differ by three standard errors one
  time in 370. For zero-window probes, the variance of a Poisson rate is used.

A change of a round-trip time is significant if it is more than a fifth and more than 1 ms. TCP smooths this
time by an eighth of each sample (RFC 6298), and a busy host alone may cause a change of less than 1 ms.
"""

from collections.abc import Sequence
from typing import Final, NamedTuple

from cnm_tui.core.metrics.confidence import bases_of
from cnm_tui.core.metrics.health import threshold_of
from cnm_tui.core.metrics.metric import Base, Columns, Kind, Metric

WORSE: Final = "worse"
BETTER: Final = "better"
_A_FIFTH: Final = 0.2
_SCATTERS: Final = 3.0
"""Standard errors that count as noise."""
_OF_ODD: Final = 0.1
"""Smallest change, as a part of the share that is odd."""


class _Rule(NamedTuple):
    """A rule for one metric: from which limit a change is significant, and by which number the metric is divided."""

    of: Base
    least: float

    @classmethod
    def of_metric(cls, metric: Metric) -> "_Rule":
        threshold = threshold_of(metric)
        least = threshold.least_change
        return cls(threshold.of, threshold.odd * _OF_ODD if least is None else least)


def verdicts(metric: Metric, now: Columns, then: Columns) -> Sequence[tuple[int, str]]:
    """Return the positions of connections in which the metric changed, each with the verdict `worse` or `better`.

    Args:
        metric: The metric.
        now: For each counter, the current values of all connections.
        then: For each counter, the values of the same connections in the baseline, in the same order.
    """
    if metric.threshold is None:
        return []
    rule, counted = _Rule.of_metric(metric), metric.counted_by
    least_change, least_seen = rule.least, rule.of.least
    numbers, numbers_then = counted.column(now, 0), counted.column(then, 0)
    if not any(numbers) and not any(numbers_then):
        return []
    bases, bases_then = bases_of(rule.of, numbers, now), bases_of(rule.of, numbers_then, then)
    found = []
    # One function without calls: a comparison runs this 80,000 times.
    for position, (number, before, of, of_then, seen, seen_then) in enumerate(
        zip(numbers, numbers_then, bases.of, bases_then.of, bases.seen, bases_then.seen, strict=True)
    ):
        # Most counters are zero on both sides.
        if not (number or before) or number is None or before is None:
            continue
        if of is None or of_then is None or seen is None or seen_then is None:
            continue
        if seen < least_seen or seen_then < least_seen:
            continue
        share, was = number / of, before / of_then
        change = share - was if share > was else was - share
        if change <= least_change or change <= _A_FIFTH * (share if share > was else was):
            continue
        if rule.of.kind is Kind.ITSELF:
            # A round-trip time of zero was not measured.
            if share and was:
                found.append((position, WORSE if share > was else BETTER))
            continue
        common = (number + before) / (of + of_then)
        spread = 1.0 if rule.of.kind is Kind.EVENTS else 1 - common if common < 1 else 0.0
        variance = common * spread * (1 / of + 1 / of_then)
        if change * change > _SCATTERS * _SCATTERS * variance:
            found.append((position, WORSE if share > was else BETTER))
    return found


def named(metrics: Sequence[Metric]) -> Sequence[Metric]:
    """Return these metrics without those counts whose percentage is also among these metrics.

    A count and its percentage would tell the user the same fact.
    """
    counts = {metric.share_of.key for metric in metrics if metric.share_of is not None}
    return [metric for metric in metrics if metric.key not in counts]
